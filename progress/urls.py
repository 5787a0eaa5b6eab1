"""Addresses of the dashboard: a county by its code, then the year."""

from django.urls import include, path, register_converter

from progress.views import about, guide, items, leaders, overview, units
from progress.views import item as item_views


class CountyCode:
    """An administrative division code."""

    regex = r"\d{6,12}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Year:
    """A year of four digits."""

    regex = r"\d{4}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:04d}"


register_converter(CountyCode, "county")
register_converter(Year, "year")

county_urls = [
    path("", overview.overview, name="overview"),
    path("items/", items.items, name="items"),
    path("items.xlsx", items.items_excel, name="items_excel"),
    path("items/<slug:level>/<int:number>/", item_views.item, name="item"),
    path("units/", units.units, name="units"),
    path("units/<path:name>/", units.unit, name="unit"),
    path("leaders/", leaders.leaders, name="leaders"),
    path("leaders/<path:name>/", leaders.leader, name="leader"),
]

urlpatterns = [
    path("", overview.home, name="home"),
    path("about/", about.about, name="about"),
    path("guide/", guide.guide, name="guide"),
    path("<county:code>/<year:year>/", include(county_urls)),
]
