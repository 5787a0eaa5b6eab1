"""Reporting rounds, and who may report when."""

from datetime import datetime, time

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.models import Region, Unit
from livelihood.organisation.words import cn_datetime


class RoundQuerySet(models.QuerySet):
    def for_county(self, county, year):
        """A county's rounds of a year that have begun, the latest first."""
        return (
            self.filter(county=county, as_of__year=year)
            .exclude(state=Round.State.PLANNED)
            .order_by("-as_of")
        )

    def open_for(self, county):
        """The rounds of a county in which reports are awaited, the earliest first."""
        return self.filter(county=county, state=Round.State.OPEN).order_by("as_of")

    def addresses(self, pks):
        """Where the rounds of these keys have their pages, by key."""
        found = self.filter(pk__in=pks).values_list("pk", "county__code", "as_of")
        return {pk: reverse("round", args=[code, day.year, day]) for pk, code, day in found}


class Round(models.Model):
    """期次: one reporting round of a county."""

    class State(models.TextChoices):
        PLANNED = "planned", "未开放"
        OPEN = "open", "填报中"
        CLOSED = "closed", "已截止"

    county = models.ForeignKey(
        Region, models.PROTECT, related_name="rounds", verbose_name="县（市、区）"
    )
    as_of = models.DateField("截至日期")
    opens_on = models.DateField("开放填报", null=True, blank=True)
    deadline = models.DateField("填报期限", null=True, blank=True, help_text="当日有效")
    # The day on which the deadline would have fallen, where that was a weekend or holiday.
    moved_from = models.DateField("顺延前的期限", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField("开放时间", null=True, blank=True)
    closed_at = models.DateTimeField("截止时间", null=True, blank=True)
    # 0 until the standings have been kept: 1 from the closing, raised by every correction.
    version = models.PositiveSmallIntegerField("版本", default=0)
    simulated = models.BooleanField("演示数据", default=False)
    source = models.CharField("来源", max_length=300, blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "期次"
        ordering = ["county", "-as_of"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "as_of"],
                name="progress_round_as_of",
                violation_error_message="该县已有截至同一天的期次。",
            ),
            models.CheckConstraint(
                condition=Q(opens_on=None) | Q(deadline=None) | Q(deadline__gte=F("opens_on")),
                name="progress_round_deadline",
                violation_error_message="填报期限不能早于开放填报的日期。",
            ),
        ]

    def __str__(self):
        return f"截至{self.as_of.year}年{self.as_of.month}月{self.as_of.day}日"

    def is_over(self, today):
        """Whether reports are no longer awaited on the date ``today``."""
        return self.state == self.State.CLOSED or (
            self.deadline is not None and today > self.deadline
        )

    @property
    def sample_mark(self) -> str:
        """What stands beside the round in plain text: that it is 演示数据, or nothing."""
        return "（演示数据）" if self.simulated else ""

    @property
    def deadline_at(self):
        """The last moment of the deadline's day; None without a deadline."""
        if self.deadline is None:
            return None
        return timezone.make_aware(datetime.combine(self.deadline, time.max))


class Extension(models.Model):
    """延期与重开: a unit, or all, may report until a moment beyond the deadline."""

    class Kind(models.TextChoices):
        EXTENDED = "extended", "延期"
        REOPENED = "reopened", "重开"

    round = models.ForeignKey(Round, models.CASCADE, related_name="extensions", verbose_name="期次")
    unit = models.ForeignKey(
        Unit,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="单位",
        help_text="留空表示全部单位",
    )
    kind = models.CharField("类型", max_length=10, choices=Kind)
    until = models.DateTimeField("延至")
    reason = models.CharField("原因", max_length=200)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="批准人"
    )
    granted_at = models.DateTimeField("批准时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "延期与重开"
        ordering = ["round", "granted_at"]

    def __str__(self):
        until = cn_datetime(timezone.localtime(self.until))
        return f"{self.unit or '全部单位'}{self.get_kind_display()}至{until}"

    def runs(self, now):
        """Whether it lets anybody report at the moment ``now``; closing ends an extension."""
        reopened = self.kind == self.Kind.REOPENED
        state = Round.State.CLOSED if reopened else Round.State.OPEN
        return self.until >= now and self.round.state == state


class RoundVersion(models.Model):
    """期次版本: how a round was judged at its closing (1), or anew after a correction (2…)."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="versions", verbose_name="期次")
    number = models.PositiveSmallIntegerField("版本")
    at = models.DateTimeField("时间")
    # None where the command line froze it.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    note = models.CharField("说明", max_length=200, blank=True)
    # The rule set by its fields, as it was; null where the county had none.
    rules = models.JSONField("研判规则", null=True)
    # What the version before said otherwise, item by item (operations.freezing.Change).
    changes = models.JSONField("与上一版本的差异", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "期次版本"
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "number"],
                name="progress_version_once",
                violation_error_message="该期次已有这个版本。",
            ),
        ]

    def __str__(self):
        return f"{self.round}第{self.number}版"


class StandingRecord(models.Model):
    """研判结果（存档）: how an item was judged when a round was closed, word for word."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="standings", verbose_name="期次")
    version = models.PositiveSmallIntegerField("版本")
    item = models.ForeignKey(
        "projects.ListItem", models.PROTECT, related_name="standings", verbose_name="条目"
    )
    status = models.CharField("研判", max_length=20, blank=True)
    # What every page shows: printed fields, words, standing (operations.frozen).
    snapshot = models.JSONField("存档")
    # What only the page of the item, ``export_data`` and some columns of layouts add to it.
    detail = models.JSONField("存档（明细）", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "研判结果（存档）"
        ordering = ["round", "version", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "version", "item"],
                name="progress_standing_once",
                violation_error_message="该条目在这一版本已有研判结果。",
            ),
        ]

    def __str__(self):
        return f"{self.item}，{self.round}第{self.version}版"
