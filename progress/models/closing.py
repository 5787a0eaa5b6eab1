"""The closing states of an item."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from projects.models import ListItem


def _person(label):
    """Who took a step; None for what was loaded from a list as published."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=label,
    )


class CompletionQuerySet(models.QuerySet):
    def unverified(self):
        """What units have declared and the office has not verified."""
        return self.filter(verified_on=None)


class Completion(models.Model):
    """完成申报: the three closing states of an item, each with its date."""

    item = models.OneToOneField(
        ListItem, models.CASCADE, related_name="completion", verbose_name="条目"
    )
    declared_on = models.DateField("单位报完成")
    declared_by = _person("报完成经办人")
    verified_on = models.DateField("核实", null=True, blank=True)
    verified_by = _person("核实人")
    closed_on = models.DateField("上级销号", null=True, blank=True)
    closed_by = _person("销号经办人")

    objects = CompletionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "完成申报"
        constraints = [
            models.CheckConstraint(
                condition=(Q(verified_on=None) | Q(verified_on__gte=F("declared_on")))
                & (Q(closed_on=None) | Q(closed_on__gte=F("verified_on"))),
                name="progress_completion_order",
                violation_error_message="先由单位报完成，再核实，再销号。",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(verified_on__isnull=False),
                name="progress_completion_verified",
                violation_error_message="销号前须先核实。",
            ),
        ]

    def __str__(self):
        return f"{self.item}：{self.declared_on}报完成"
