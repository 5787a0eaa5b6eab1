"""Dates and numbers in templates, written as ``livelihood.organisation.words`` writes them."""

from django import template
from django.utils import timezone

from livelihood.organisation import words

register = template.Library()

register.filter("cn_date", words.cn_date)
register.filter("cn_month_day", words.cn_month_day)
register.filter("percent1", words.percent1)
register.filter("points1", words.points1)
register.filter("decimal1", words.decimal1)
register.filter("minutes_cn", words.minutes_cn)


@register.filter
def cn_datetime(moment):
    """A stored moment, in the time of the place."""
    return words.cn_datetime(moment and timezone.localtime(moment))


@register.filter
def number_cn(value, unit=""):
    """A number without idle zeros; ``number_cn:"万"`` counts large ones by ten thousands."""
    return words.number_cn(value, in_wan=unit == "万")
