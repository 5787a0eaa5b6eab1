"""Addresses of the site."""

from django.urls import include, path

from livelihood import views

handler400 = "livelihood.views.bad_request"
handler403 = "livelihood.views.permission_denied"
handler404 = "livelihood.views.page_not_found"
handler500 = "livelihood.views.server_error"

urlpatterns = [
    path("healthz/", views.health, name="health"),
    path("", include("livelihood.organisation.urls")),
    path("", include("progress.urls")),
]
