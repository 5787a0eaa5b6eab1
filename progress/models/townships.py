"""Townships that report themselves, where a county wants that."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from livelihood.organisation.models import Region, Unit
from progress.models.rounds import Round
from projects.models import Allocation


class CountyChoice(models.Model):
    """县级设置: what a county has chosen; without a row all is as by default."""

    county = models.OneToOneField(
        Region, models.CASCADE, related_name="choice", verbose_name="县（市、区）"
    )
    townships_report = models.BooleanField(
        "镇乡自行填报", default=False, help_text="镇乡填报本镇乡的完成数，牵头单位采用并对总数负责"
    )

    class Meta:
        verbose_name = verbose_name_plural = "县级设置"

    def __str__(self):
        return f"{self.county}设置"


class TownshipFigureQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What exists for ``user``: the own unit's, and those of projects that it leads."""
        return self.filter(
            Q(unit_id=user.unit_id) | Q(allocation__item__project__lead_unit_id=user.unit_id)
        )


class TownshipFigure(models.Model):
    """镇乡报数: the cumulative figure that a township tells its lead unit in a round."""

    round = models.ForeignKey(
        Round, models.PROTECT, related_name="township_figures", verbose_name="期次"
    )
    # Where several lists break the work down alike, the first one's row stands for all.
    allocation = models.ForeignKey(
        Allocation, models.CASCADE, related_name="township_figures", verbose_name="任务分解"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="township_figures", verbose_name="镇乡"
    )
    value = models.DecimalField("累计完成数", max_digits=16, decimal_places=4)
    note = models.CharField("说明", max_length=200, blank=True)
    # Raised by every save; a save that was opened on another version is refused.
    version = models.PositiveIntegerField("保存次数", default=1)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="填报人"
    )
    at = models.DateTimeField("时间")

    objects = TownshipFigureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "镇乡报数"
        ordering = ["round", "allocation"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "allocation"],
                name="progress_township_figure_once",
                violation_error_message="本期该镇乡已报这一项。",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="progress_township_figure_value",
                violation_error_message="累计完成数不能为负。",
            ),
        ]

    def __str__(self):
        return f"{self.unit}：{self.value}"
