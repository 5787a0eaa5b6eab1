"""使用说明: the user's guide, part of the product."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from livelihood.organisation.access import ROLES, Role


@require_safe
def guide(request):
    """How to use the product, for the three groups."""
    roles = [(Role(role).label, rights.description) for role, rights in ROLES.items()]
    return render(request, "progress/guide.html", {"roles": roles})
