"""Slips that urge and supervise, and reminders inside the product."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from livelihood.organisation.access import Permission, may
from livelihood.organisation.models import Region, Unit
from progress.models.rounds import Round
from projects.models import ListItem


class SlipQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The slips that exist for ``user``: a lead unit's own, a county's for the rest."""
        if may(user, Permission.SEE_WHOLE_REGION):
            return self.filter(unit__region__in=Region.objects.visible_to(user))
        return self.filter(unit_id=user.unit_id)

    def open(self):
        """Slips that have not been closed."""
        return self.filter(closed_at=None)

    def addresses(self, pks):
        """Where the slips of these keys have their pages, by key."""
        found = self.filter(pk__in=pks).values_list("pk", "county__code", "round__as_of__year")
        return {pk: reverse("slip", args=[code, year, pk]) for pk, code, year in found}


class Slip(models.Model):
    """催办单、督办单: a numbered written reminder to a unit, listed until it is closed."""

    class Kind(models.TextChoices):
        URGE = "urge", "催办单"
        BLUE = "blue", "督办单（蓝）"
        YELLOW = "yellow", "督办单（黄）"
        RED = "red", "督办单（红）"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="slips", verbose_name="单位")
    round = models.ForeignKey(Round, models.PROTECT, related_name="slips", verbose_name="期次")
    item = models.ForeignKey(
        ListItem, models.PROTECT, null=True, blank=True, related_name="slips", verbose_name="条目"
    )
    kind = models.CharField("类型", max_length=10, choices=Kind)
    former = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name="此前的单子",
        help_text="升级时，所接续的催办单或督办单",
    )
    year = models.PositiveSmallIntegerField("年度")
    number = models.PositiveSmallIntegerField("编号")
    text = models.TextField("事由和要求")
    issued_on = models.DateField("签发日期")
    deadline = models.DateField("办结期限")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="签发人"
    )
    answer = models.TextField("办理情况", blank=True)
    answered_at = models.DateTimeField("回复时间", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="回复人",
    )
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="办结确认人",
    )
    county = models.ForeignKey(Region, models.PROTECT, related_name="slips", editable=False)

    objects = SlipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "催办督办单"
        ordering = ["-year", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "number"],
                name="progress_slip_number",
                violation_error_message="本年度已有这个编号。",
            ),
            models.CheckConstraint(
                condition=Q(deadline__gte=F("issued_on")),
                name="progress_slip_deadline",
                violation_error_message="办结期限不能早于签发日期。",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | ~Q(answer=""),
                name="progress_slip_answer",
                violation_error_message="回复不能为空。",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}〔{self.year}〕{self.number}号"


class Notice(models.Model):
    """提醒: one reminder to one person, shown inside the product until it is read."""

    class Kind(models.TextChoices):
        BEFORE = "before", "期限将至"
        DUE = "due", "今日截止"
        AFTER = "after", "已过期限"
        RETURNED = "returned", "填报被退回"
        SLIP = "slip", "催办督办"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name="人员"
    )
    round = models.ForeignKey(
        Round, models.CASCADE, null=True, blank=True, related_name="notices", verbose_name="期次"
    )
    kind = models.CharField("类型", max_length=10, choices=Kind)
    # The day whose turn it was to speak: three days before the deadline, the deadline itself.
    # Another deadline (an extension) has days of its own, and so is spoken of again.
    for_day = models.DateField("应提醒日期", null=True, blank=True)
    text = models.CharField("内容", max_length=300)
    url = models.CharField("地址", max_length=200, blank=True)
    created_at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("已读时间", null=True, blank=True)
    mailed_at = models.DateTimeField("邮件发出时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        ordering = ["-created_at", "-pk"]
        constraints = [
            # The ladder speaks once on each rung: before, on and after the deadline.
            models.UniqueConstraint(
                fields=["user", "round", "kind", "for_day"],
                condition=Q(kind__in=["before", "due", "after"]),
                name="progress_notice_once",
                violation_error_message="这条提醒已经发过。",
            ),
        ]
        indexes = [
            # The menu of every page asks how many somebody has not read.
            models.Index(fields=["user"], condition=Q(read_at=None), name="progress_notice_unread"),
        ]

    def __str__(self):
        return self.text
