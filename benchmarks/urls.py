"""The product's addresses, and views that do next to nothing."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path


@login_not_required
def null(request):
    """Nothing at all, for anybody."""
    return HttpResponse("ok")


def null_logged_in(request):
    """Nothing, once it is known who asks.

    Raises:
        PermissionDenied: nobody is logged in, and so something else would be measured.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied
    return HttpResponse("ok")


def empty_page(request):
    """The product's frame with nothing in it."""
    return render(request, "base.html")


urlpatterns = [
    path("benchmark/null/", null),
    path("benchmark/null-logged-in/", null_logged_in),
    path("benchmark/empty/", empty_page),
    path("", include("livelihood.urls")),
]
