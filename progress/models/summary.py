"""What the pages of a city or province read: how items stand, judged and kept beforehand.

Written in the transaction of every change by ``progress.operations.summary`` alone, which
can also work all of it out anew (``manage.py rebuild_summary``).
"""

from django.db import models
from django.db.models import Q

from progress.models.rounds import Round
from projects.models import ListItem


class ItemSummary(models.Model):
    """条目概要: how one item stands at the date of one round, as it was last judged.

    Of a round that still runs what depends on the day alone is left open: an item whose
    report is missing is 未报 once ``awaited_until`` has passed.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="summaries", verbose_name="期次")
    item = models.ForeignKey(
        ListItem, models.CASCADE, related_name="summaries", verbose_name="条目"
    )
    status = models.CharField("研判", max_length=20, blank=True)
    flags = models.CharField("标记", max_length=100, blank=True, help_text="以空格分隔")
    planned = models.FloatField("计划进度")
    actual = models.FloatField("实际进度", null=True, blank=True)
    # Else what it says is carried forward from an earlier round, and counts in no average.
    reported = models.BooleanField("本期已报或已完成", default=False)
    variance = models.FloatField("偏差", null=True, blank=True)
    below = models.BooleanField("低于全市平均", null=True, blank=True)
    awaited_until = models.DateField("待报至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "条目概要"
        ordering = ["round", "item"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "item"],
                name="progress_summary_once",
                violation_error_message="该条目在本期已有概要。",
            ),
            models.CheckConstraint(
                condition=Q(actual=None) | Q(actual__gte=0),
                name="progress_summary_actual",
                violation_error_message="实际进度不能为负。",
            ),
        ]
        indexes = [
            # What averages read is all in it.
            models.Index(
                fields=["item", "round", "reported", "actual"], name="progress_summary_item"
            ),
        ]

    def __str__(self):
        return f"{self.item}，{self.round}"


class RoundSummary(models.Model):
    """期次概要: how many of a county's items stand how at the date of one round."""

    round = models.OneToOneField(Round, models.CASCADE, related_name="summary", verbose_name="期次")
    total = models.PositiveIntegerField("条目")
    completed = models.PositiveIntegerField("已完成")
    ahead = models.PositiveIntegerField("超序时")
    on_schedule = models.PositiveIntegerField("按序时")
    behind = models.PositiveIntegerField("滞后")
    seriously_behind = models.PositiveIntegerField("严重滞后")
    not_reported = models.PositiveIntegerField("未报")
    unknown = models.PositiveIntegerField("尚无进展")
    below = models.PositiveIntegerField("低于全市平均")
    compared = models.PositiveIntegerField("有全市对比")
    problems = models.PositiveIntegerField("存在问题")
    doubtful = models.PositiveIntegerField("数据存疑")
    bottom = models.PositiveIntegerField("位次靠后")
    # Until the earliest of the days on which something may become 未报; null: on none.
    awaited_until = models.DateField("待报至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "期次概要"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    total=models.F("completed")
                    + models.F("ahead")
                    + models.F("on_schedule")
                    + models.F("behind")
                    + models.F("seriously_behind")
                    + models.F("not_reported")
                    + models.F("unknown")
                ),
                name="progress_round_summary_total",
                violation_error_message="各类条目数之和应等于条目总数。",
            ),
        ]

    def __str__(self):
        return f"{self.round}：{self.total}项"
