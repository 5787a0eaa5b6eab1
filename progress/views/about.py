"""关于: where the data come from, by which rules it is judged, what the software is."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from progress.models import CityComparison, Round, RuleSet
from projects.models import ProjectList

# What is shipped to the reader's browser, with its licence.
ASSETS = (
    ("Tabler", "1.0.0", "MIT"),
    ("htmx", "1.9.12", "0BSD"),
    ("plotly.js", "4.1.1", "MIT"),
)


def sources(user) -> list[dict]:
    """For every county that the user sees: lists, rounds, the city's tables, the rules."""
    today = timezone.localdate()
    lists = (
        ProjectList.objects.visible_to(user)
        .select_related("county")
        .order_by("county__code", "-year", "pk")
    )
    counties: dict[int, dict] = {}
    for listed in lists:
        county = counties.setdefault(
            listed.county_id, {"county": listed.county, "lists": [], "rounds": [], "tables": []}
        )
        county["lists"].append(listed)
    for reporting_round in Round.objects.filter(county__in=counties).order_by("-as_of"):
        counties[reporting_round.county_id]["rounds"].append(reporting_round)
    tables = (
        CityComparison.objects.filter(item__project_list__county__in=counties)
        .order_by("-as_of", "source")
        .values_list("item__project_list__county", "as_of", "source", "illustrative")
        .distinct()
    )
    for county, as_of, source, illustrative in tables:
        counties[county]["tables"].append((as_of, source, illustrative))
    for rule_set in RuleSet.objects.filter(county__in=counties, valid_from__lte=today).order_by(
        "valid_from"
    ):
        counties[rule_set.county_id]["rule_set"] = rule_set
    return list(counties.values())


@require_safe
def about(request):
    """Sources, rules, software."""
    return render(
        request,
        "progress/about.html",
        {
            "sources": sources(request.user),
            "assets": ASSETS,
        },
    )
