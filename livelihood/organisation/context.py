"""What every page's frame needs."""

from django.conf import settings

from livelihood.organisation.access import Permission, is_above_counties, may


def site(request):
    """The site's name and what the menu offers this person."""
    user = getattr(request, "user", None)
    return {
        "site_name": settings.SITE_NAME,
        "may_manage_people": user is not None and may(user, Permission.MANAGE_PEOPLE),
        "may_read_audit": user is not None and may(user, Permission.READ_AUDIT),
        "may_review": user is not None and may(user, Permission.REVIEW),
        "reads_counties": user is not None and user.is_authenticated and is_above_counties(user),
        "may_report": user is not None and may(user, Permission.REPORT),
    }
