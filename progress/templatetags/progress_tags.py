"""Statuses, flags and bars in templates; each a one-line wrapper over progress.parts.chips."""

import json
from typing import NamedTuple

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

from livelihood.organisation.access import Permission, is_above_counties, may
from livelihood.organisation.documents.tables import Column, Kind, words
from livelihood.organisation.models import Region
from progress.operations import notices
from progress.parts import chips
from progress.parts.links import count_link as link_of_count
from progress.rules.judgement import Status
from projects.models import ProjectList

register = template.Library()

# What could end a script element, as JSON writes it.
HARMLESS = (("<", "\\u003C"), (">", "\\u003E"), ("&", "\\u0026"))


@register.filter
def status_chip(status):
    """{{ standing.status|status_chip }}; also takes the status as a word in the template."""
    return chips.status_chip(status and Status(status))


@register.filter
def flag_chips(standing):
    """{{ standing|flag_chips }}; also takes an ItemState."""
    return chips.flag_chips(getattr(standing, "standing", standing))


@register.filter
def flag_chip(flag):
    """{{ flag|flag_chip }}: one flag alone."""
    return chips.flag_chip(flag)


@register.filter
def progress_bar(standing):
    """{{ standing|progress_bar }}"""
    return chips.progress_bar(standing.actual_percent, standing.planned_percent)


@register.filter
def variance(standing):
    """{{ standing|variance }}: −8.5, and of what, where it is not actual minus planned."""
    return chips.variance(standing)


@register.filter
def percent_of(value, decimals):
    """{{ percent|percent_of:2 }}: 56.67%, with as many decimals as the page writes."""
    return words(value, Column("", 0, Kind.PERCENT, decimals))


@register.filter
def unusual_tag(mark):
    """{{ mark|unusual_tag }}: a Mark of the review's queue."""
    return chips.unusual_tag(mark)


@register.simple_tag
def sample_badge():
    """示例数据, wherever a made-up figure shows."""
    return chips.SAMPLE


@register.simple_tag
def count_link(place, count, **filters):
    """{% count_link place 3 level="city" status="late" %}: a number that opens its rows."""
    return link_of_count(place, count, **filters)


@register.simple_tag
def unread_notices(user):
    """{% unread_notices user as unread %}: how many notices somebody has not read; one query,
    made only where a page is really rendered and the tag stands in it."""
    return notices.unread_notices(user)


class OwnPlace(NamedTuple):
    """What the menu needs to know of the reader's own county."""

    county: Region
    year: int
    sees_whole_county: bool


@register.simple_tag
def menu_place(user, place):
    """{% menu_place user place as menu %}: the page's place; for a page that belongs to no
    county, the reader's own county in its latest year; None where there is none."""
    if place or not user or not user.is_authenticated or user.must_change_password:
        return place or None
    if is_above_counties(user):
        return None
    lists = ProjectList.objects.visible_to(user).select_related("county")
    if user.unit_id:
        lists = lists.filter(county=user.unit.region_id)
    latest = lists.order_by("county__code", "-year").first()
    return latest and OwnPlace(latest.county, latest.year, may(user, Permission.SEE_WHOLE_REGION))


@register.filter
def figure_script(figure, name):
    """{{ figure|figure_script:"unit-figure" }}: a chart's figure for static/js/charts.js.

    The same as Django's json_script, which takes ten times as long: it looks at every single
    character of a text that has a < or & in it.
    """
    text = json.dumps(figure)
    for character, harmless in HARMLESS:
        text = text.replace(character, harmless)
    return SafeString(f'<script id="{escape(name)}" type="application/json">{text}</script>')
