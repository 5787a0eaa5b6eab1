"""An admin site for the benchmarks alone, beside the product's addresses."""

from django.contrib import admin
from django.urls import include, path

from benchmarks import county
from projects.models import ListItem

SHOWN_AT_ONCE = 200

site = admin.AdminSite()


@admin.register(ListItem, site=site)
class ItemAdmin(admin.ModelAdmin):
    """The county's items, in whatever columns the benchmark sets."""

    columns: list = []
    list_per_page = SHOWN_AT_ONCE
    ordering = ["project_list", "number"]

    def get_queryset(self, request):
        return ListItem.objects.filter(
            project_list__county__code=county.CODE, project_list__year=county.YEAR
        )

    def get_list_display(self, request):
        return self.columns


urlpatterns = [
    path("admin/", site.urls),
    path("", include("livelihood.urls")),
]
