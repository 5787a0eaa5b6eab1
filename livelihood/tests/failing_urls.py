"""The site's addresses and some that fail, for the tests of the error pages."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.urls import path

from livelihood import urls as site

handler400, handler403 = site.handler400, site.handler403
handler404, handler500 = site.handler404, site.handler500


@login_not_required
def denied(request):
    raise PermissionDenied


@login_not_required
def suspicious(request):
    raise SuspiciousOperation


def broken(request):
    raise RuntimeError("the secret of this fault")


urlpatterns = [
    *site.urlpatterns,
    path("denied/", denied),
    path("suspicious/", suspicious),
    path("broken/", broken),
]
