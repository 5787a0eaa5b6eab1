"""What lead units report in a round, and what became of it."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.access import Permission, may
from livelihood.organisation.models import Region
from livelihood.organisation.words import cn_datetime
from progress.models.rounds import Round
from projects.models import Allocation, Indicator, ListItem, Milestone, Project, Site


class ReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The reports that exist for ``user``: a lead unit's own, a county's for the rest.

        What a unit has not sent yet is its own: drafts exist for nobody else, nor do reports
        that the unit's head sent back. What was loaded as published was never sent.
        """
        if not may(user, Permission.SEE_WHOLE_REGION):
            return self.filter(project__lead_unit_id=user.unit_id)
        regions = Region.objects.visible_to(user)
        return self.filter(project__county__in=regions).exclude(
            Q(state__in=[Report.State.DRAFT, Report.State.IN_UNIT])
            | Q(state=Report.State.RETURNED, submitted_at=None, accepted_at=None)
        )

    def addresses(self, pks):
        """Where what these reports say is shown, by key: on the first item of the project."""
        found = self.filter(pk__in=pks, project__items__isnull=False).order_by(
            "project__items__project_list", "project__items__number"
        )
        addresses = {}
        for pk, code, year, level, number, day in found.values_list(
            "pk",
            "project__county__code",
            "project__year",
            "project__items__project_list__level",
            "project__items__number",
            "round__as_of",
        ):
            page = reverse("item", args=[code, year, level, number])
            addresses.setdefault(pk, f"{page}?as_of={day.isoformat()}")
        return addresses


class Report(models.Model):
    """进展填报: what a lead unit says of a project in a round."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        IN_UNIT = "in_unit", "待单位审核"
        SUBMITTED = "submitted", "待审核"
        RETURNED = "returned", "已退回"
        ACCEPTED = "accepted", "已通过"

    round = models.ForeignKey(Round, models.PROTECT, related_name="reports", verbose_name="期次")
    project = models.ForeignKey(
        Project, models.PROTECT, related_name="reports", verbose_name="事项"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    narrative = models.TextField("进展情况", blank=True)
    problems = models.TextField("存在问题", blank=True)
    help_needed = models.TextField("需要协调", blank=True)
    cause = models.TextField("滞后原因", blank=True)
    catch_up_on = models.DateField("计划赶上日期", null=True, blank=True)
    declares_completion = models.BooleanField("申报完成", default=False)
    unchanged = models.BooleanField("无变化", default=False)
    # Raised by every save; a save that was opened on another version is refused.
    version = models.PositiveIntegerField("保存次数", default=0)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="最近修改人",
    )
    updated_at = models.DateTimeField("最近修改时间", auto_now=True)
    # Kept even after a return: whoever was on time stays on time.
    first_submitted_at = models.DateTimeField("首次提交时间", null=True, blank=True)
    # Emptied when the unit's head sends the report back: then the office never had it.
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    # Kept while it is corrected: it has counted before.
    accepted_at = models.DateTimeField("通过时间", null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "进展填报"
        ordering = ["round", "project"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "round"],
                name="progress_report_once",
                violation_error_message="本期该事项已有填报。",
            ),
        ]
        indexes = [models.Index(fields=["round", "state"], name="progress_report_round")]

    def __str__(self):
        return f"{self.project}，{self.round}"


class ItemWording(models.Model):
    """条目表述: how a report is worded on one list, where the lists print different words."""

    report = models.ForeignKey(
        Report, models.CASCADE, related_name="wordings", verbose_name="进展填报"
    )
    item = models.ForeignKey(ListItem, models.CASCADE, related_name="wordings", verbose_name="条目")
    narrative = models.TextField("目前实施情况")
    problems = models.TextField("存在问题", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "条目表述"
        ordering = ["report", "item"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "item"],
                name="progress_wording_once",
                violation_error_message="该条目在本期已有表述。",
            ),
        ]

    def __str__(self):
        return self.narrative


class Reading(models.Model):
    """指标读数: the cumulative figure of an indicator in a report.

    Without an indicator it is the state of the work as a whole. Without an item it holds
    on every list on which the project stands; with one, it is what that list alone prints
    (the same four kitchens are 30 % by the province's count and 22 % by the city's).
    """

    class Basis(models.TextChoices):
        STATED = "stated", "单位自报百分比"
        DERIVED = "derived", "按数量折算"
        COMPLETE = "complete", "申报完成"
        NONE = "none", "提及而无数据"

    report = models.ForeignKey(
        Report, models.CASCADE, related_name="readings", verbose_name="进展填报"
    )
    indicator = models.ForeignKey(
        Indicator,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="readings",
        verbose_name="指标",
        help_text="留空表示整体",
    )
    item = models.ForeignKey(
        ListItem,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="readings",
        verbose_name="条目",
        help_text="留空表示各清单通用",
    )
    value = models.DecimalField(
        "累计完成数", max_digits=16, decimal_places=4, null=True, blank=True
    )
    percent = models.DecimalField("实际进度", max_digits=7, decimal_places=2, null=True, blank=True)
    basis = models.CharField("依据", max_length=10, choices=Basis)

    class Meta:
        verbose_name = verbose_name_plural = "指标读数"
        ordering = ["report", "pk"]
        constraints = [
            # Four constraints for one rule: a NULL equals no other NULL in a unique
            # constraint, and SQLite has no "nulls not distinct".
            models.UniqueConstraint(
                fields=["report", "indicator", "item"],
                condition=Q(indicator__isnull=False, item__isnull=False),
                name="progress_reading_once_on_item",
                violation_error_message="本期该条目的这项指标已有读数。",
            ),
            models.UniqueConstraint(
                fields=["report", "indicator"],
                condition=Q(indicator__isnull=False, item=None),
                name="progress_reading_once",
                violation_error_message="本期该指标已有读数。",
            ),
            models.UniqueConstraint(
                fields=["report", "item"],
                condition=Q(indicator=None, item__isnull=False),
                name="progress_reading_once_whole_on_item",
                violation_error_message="本期该条目已有整体进度。",
            ),
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(indicator=None, item=None),
                name="progress_reading_once_whole",
                violation_error_message="本期该事项已有整体进度。",
            ),
            models.CheckConstraint(
                condition=(Q(value=None) | Q(value__gte=0)) & (Q(percent=None) | Q(percent__gte=0)),
                name="progress_reading_not_negative",
                violation_error_message="累计完成数和实际进度不能为负。",
            ),
            models.CheckConstraint(
                condition=Q(basis="none", value=None, percent=None)
                | Q(basis="derived", value__isnull=False, percent=None)
                | Q(basis__in=["stated", "complete"], percent__isnull=False),
                name="progress_reading_basis",
                violation_error_message="读数与其依据不符：折算须有数量，自报须有百分比。",
            ),
        ]

    def __str__(self):
        return f"{self.indicator or '整体'}：{self.value}（{self.percent}%）"


class MilestoneMark(models.Model):
    """节点完成情况: what a report says of a milestone: met, not met, or nothing."""

    report = models.ForeignKey(
        Report, models.CASCADE, related_name="marks", verbose_name="进展填报"
    )
    milestone = models.ForeignKey(
        Milestone, models.CASCADE, related_name="marks", verbose_name="节点"
    )
    met = models.BooleanField("是否完成", null=True, blank=True, help_text="留空表示未说明")
    met_on = models.DateField("完成日期", null=True, blank=True)
    why = models.TextField("依据", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "节点完成情况"
        ordering = ["report", "milestone"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "milestone"],
                name="progress_mark_once",
                violation_error_message="本期该节点已有说明。",
            ),
        ]

    def __str__(self):
        return {True: "已完成", False: "未完成", None: "未说明"}[self.met]


class SiteReading(models.Model):
    """点位进展: the stage of one named place in a report."""

    class Stage(models.TextChoices):
        PLANNED = "planned", "方案"
        SITED = "sited", "选址"
        DESIGNED = "designed", "设计"
        TENDERED = "tendered", "招标"
        STARTED = "started", "开工"
        TOPPED_OUT = "topped_out", "主体完成"
        FINISHED = "finished", "完工"
        ACCEPTED = "accepted", "验收"
        IN_USE = "in_use", "投用"

    report = models.ForeignKey(
        Report, models.CASCADE, related_name="site_readings", verbose_name="进展填报"
    )
    site = models.ForeignKey(Site, models.CASCADE, related_name="readings", verbose_name="点位")
    stage = models.CharField("阶段", max_length=12, choices=Stage, blank=True)
    percent = models.DecimalField("形象进度", max_digits=5, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "点位进展"
        ordering = ["report", "site"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "site"],
                name="progress_site_reading_once",
                violation_error_message="该点位在本期已有进展。",
            ),
            models.CheckConstraint(
                condition=Q(percent=None) | Q(percent__gte=0, percent__lte=100),
                name="progress_site_reading_percent",
                violation_error_message="形象进度应在0至100之间。",
            ),
        ]

    def __str__(self):
        return f"{self.site}：{self.get_stage_display()}"


class PlaceReading(models.Model):
    """镇乡完成数: the cumulative figure of one place of a breakdown in a report."""

    report = models.ForeignKey(
        Report, models.CASCADE, related_name="place_readings", verbose_name="进展填报"
    )
    allocation = models.ForeignKey(
        Allocation, models.CASCADE, related_name="readings", verbose_name="任务分解"
    )
    value = models.DecimalField("累计完成数", max_digits=16, decimal_places=4)

    class Meta:
        verbose_name = verbose_name_plural = "镇乡完成数"
        ordering = ["report", "allocation"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "allocation"],
                name="progress_place_reading_once",
                violation_error_message="该镇乡在本期已有完成数。",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="progress_place_reading_value",
                violation_error_message="累计完成数不能为负。",
            ),
        ]

    def __str__(self):
        return f"{self.allocation}：{self.value}"


class ReportEvent(models.Model):
    """填报经过: one step of a report, with who, when and the note."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", "提交"
        APPROVED_IN_UNIT = "approved", "单位审核通过"
        RETURNED_IN_UNIT = "sent_back", "单位退回"
        WITHDRAWN = "withdrawn", "撤回"
        RETURNED = "returned", "退回"
        ACCEPTED = "accepted", "通过"
        # After the round was closed: what had been accepted before, or what had not.
        CORRECTED = "corrected", "通过更正"
        LATE = "late", "通过补报"
        RESTORED = "restored", "不再更正"

    report = models.ForeignKey(
        Report, models.CASCADE, related_name="events", verbose_name="进展填报"
    )
    kind = models.CharField("步骤", max_length=10, choices=Kind)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    note = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "填报经过"
        ordering = ["report", "at", "pk"]

    def __str__(self):
        return f"{self.get_kind_display()}（{cn_datetime(timezone.localtime(self.at))}）"


class FormerReport(models.Model):
    """更正前填报: what an accepted report said when its correction began.

    It is put back when nothing comes of the correction, and gone once one is accepted.
    """

    report = models.OneToOneField(
        Report, models.CASCADE, related_name="former", verbose_name="进展填报"
    )
    # Its own fields by name, and the rows of its parts as Django's serializer gives them.
    fields = models.JSONField("栏目", encoder=DjangoJSONEncoder)
    parts = models.JSONField("数据", encoder=DjangoJSONEncoder)
    returned = models.BooleanField("由县政府办公室退回", help_text="否则由单位取回")

    class Meta:
        verbose_name = verbose_name_plural = "更正前填报"
        ordering = ["report"]

    def __str__(self):
        return f"{self.report}（更正前）"


class FieldComment(models.Model):
    """退回意见: what the reviewer says of one field of a returned report."""

    event = models.ForeignKey(
        ReportEvent, models.CASCADE, related_name="comments", verbose_name="退回"
    )
    # The name of the field in the form, such as narrative or indicator-12; "" for the whole.
    field = models.CharField("栏目", max_length=40, blank=True)
    text = models.TextField("意见")

    class Meta:
        verbose_name = verbose_name_plural = "退回意见"
        ordering = ["event", "pk"]

    def __str__(self):
        return self.text
