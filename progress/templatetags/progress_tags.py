"""Statuses, flags and bars in templates; each a one-line wrapper over progress.parts.chips."""

from django import template

from progress.parts import chips
from progress.parts.links import count_link as link_of_count
from progress.rules.judgement import Status

register = template.Library()


@register.filter
def status_chip(status):
    """{{ standing.status|status_chip }}; also takes the status as a word in the template."""
    return chips.status_chip(status and Status(status))


@register.filter
def flag_chips(standing):
    """{{ standing|flag_chips }}; also takes an ItemState."""
    return chips.flag_chips(getattr(standing, "standing", standing))


@register.filter
def progress_bar(standing):
    """{{ standing|progress_bar }}"""
    return chips.progress_bar(standing.actual_percent, standing.planned_percent)


@register.simple_tag
def sample_badge():
    """示例数据, wherever a made-up figure shows."""
    return chips.SAMPLE


@register.simple_tag
def count_link(place, count, **filters):
    """{% count_link place 3 level="city" status="late" %}: a number that opens its rows."""
    return link_of_count(place, count, **filters)
