"""Who is logged in."""

from django.contrib.auth.backends import ModelBackend

from livelihood.organisation.models import User


class PeopleBackend(ModelBackend):
    """Django's own backend; the person comes with unit and region in the same query."""

    def get_user(self, user_id):
        user = User.objects.with_unit().filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
