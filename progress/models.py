"""HOW it stands: rounds, reports, readings, the city's table, the rules of judgement."""

from auditlog.registry import auditlog
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from livelihood.organisation.models import Region
from projects.models import Indicator, ListItem, Milestone, Project


class RuleSetQuerySet(models.QuerySet):
    def in_force(self, county, on):
        """The rule set of ``county`` that is valid on the date ``on``, or None."""
        return self.filter(county=county, valid_from__lte=on).order_by("-valid_from").first()


class RuleSet(models.Model):
    """研判规则: a county's thresholds, valid from a date until the next set begins."""

    class Measure(models.TextChoices):
        POINTS = "points", "百分点（实际减计划）"
        RATIO = "ratio", "比例（实际与计划之差占计划的百分比）"

    class CompletionStage(models.TextChoices):
        DECLARED = "declared", "单位报完成"
        VERIFIED = "verified", "核实"
        CLOSED = "closed", "上级销号"

    county = models.ForeignKey(
        Region, models.CASCADE, related_name="rule_sets", verbose_name="县（市、区）"
    )
    valid_from = models.DateField("生效日期")
    measure = models.CharField("偏差算法", max_length=10, choices=Measure, default=Measure.POINTS)
    ahead_points = models.DecimalField(
        "超序时：偏差达到", max_digits=5, decimal_places=2, default=5
    )
    behind_points = models.DecimalField("滞后：落后超过", max_digits=5, decimal_places=2, default=5)
    seriously_behind_points = models.DecimalField(
        "严重滞后：落后超过", max_digits=5, decimal_places=2, default=10
    )
    overdue_days = models.PositiveSmallIntegerField("严重滞后：节点逾期超过（天）", default=30)
    rounds_behind = models.PositiveSmallIntegerField(
        "严重滞后：连续滞后（期）", default=2, validators=[MinValueValidator(2)]
    )
    rounds_stalled = models.PositiveSmallIntegerField(
        "停滞：连续无进展（期）", default=2, validators=[MinValueValidator(1)]
    )
    completion_stage = models.CharField(
        "何时计为已完成", max_length=10, choices=CompletionStage, default=CompletionStage.VERIFIED
    )
    comparison_max_age_days = models.PositiveSmallIntegerField("全市对比数据有效（天）", default=45)
    year_end_month = models.PositiveSmallIntegerField(
        "无节点条目的完成月份",
        default=11,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text="没有进度安排的条目，按年初至该月底的时间进度研判",
    )

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "研判规则"
        ordering = ["county", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "valid_from"],
                name="progress_ruleset_valid_from",
                violation_error_message="该县已有同一天生效的规则。",
            ),
            models.CheckConstraint(
                condition=Q(behind_points__gte=0, ahead_points__gte=0)
                & Q(seriously_behind_points__gte=F("behind_points")),
                name="progress_ruleset_points",
                violation_error_message="各界限不能为负，严重滞后的界限不能小于滞后的界限。",
            ),
            models.CheckConstraint(
                condition=Q(rounds_behind__gte=2, rounds_stalled__gte=1),
                name="progress_ruleset_rounds",
                violation_error_message="连续滞后至少2期，连续无进展至少1期。",
            ),
            models.CheckConstraint(
                condition=Q(year_end_month__gte=1, year_end_month__lte=12),
                name="progress_ruleset_month",
                violation_error_message="月份应在1至12之间。",
            ),
        ]

    def __str__(self):
        return f"{self.county}研判规则（{self.valid_from:%Y-%m-%d}起）"


class RoundQuerySet(models.QuerySet):
    def for_county(self, county, year):
        """A county's rounds of a year, the latest first."""
        return self.filter(county=county, as_of__year=year).order_by("-as_of")


class Round(models.Model):
    """期次: one reporting round of a county."""

    class State(models.TextChoices):
        OPEN = "open", "填报中"
        CLOSED = "closed", "已截止"

    county = models.ForeignKey(
        Region, models.PROTECT, related_name="rounds", verbose_name="县（市、区）"
    )
    as_of = models.DateField("截至日期")
    opens_on = models.DateField("开放填报", null=True, blank=True)
    deadline = models.DateField("填报期限", null=True, blank=True, help_text="当日有效")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
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


class Report(models.Model):
    """进展填报: what a lead unit says of a project in a round."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "已提交"
        RETURNED = "returned", "已退回"
        ACCEPTED = "accepted", "已通过"

    round = models.ForeignKey(Round, models.PROTECT, related_name="reports", verbose_name="期次")
    project = models.ForeignKey(
        Project, models.PROTECT, related_name="reports", verbose_name="事项"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    narrative = models.TextField("进展情况", blank=True)
    problems = models.TextField("存在问题", blank=True)

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


class Completion(models.Model):
    """完成申报: the three closing states of an item, each with its date."""

    item = models.OneToOneField(
        ListItem, models.CASCADE, related_name="completion", verbose_name="条目"
    )
    declared_on = models.DateField("单位报完成")
    verified_on = models.DateField("核实", null=True, blank=True)
    closed_on = models.DateField("上级销号", null=True, blank=True)

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


class CityComparison(models.Model):
    """全市对比: what the city's own table says of an item at a date."""

    item = models.ForeignKey(
        ListItem, models.CASCADE, related_name="comparisons", verbose_name="条目"
    )
    as_of = models.DateField("截至日期")
    figure = models.DecimalField("本县", max_digits=7, decimal_places=2)
    average = models.DecimalField("全市平均", max_digits=7, decimal_places=2)
    rank = models.PositiveSmallIntegerField("排名", null=True, blank=True)
    counties = models.PositiveSmallIntegerField("参与排名的县（市、区）数", null=True, blank=True)
    source = models.CharField("来源", max_length=200)
    illustrative = models.BooleanField("示例数据", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "全市对比"
        ordering = ["item", "-as_of"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "as_of"],
                name="progress_comparison_once",
                violation_error_message="该条目已有同一天的全市对比数据。",
            ),
            models.CheckConstraint(
                condition=Q(figure__gte=0, average__gte=0),
                name="progress_comparison_not_negative",
                violation_error_message="进度不能为负。",
            ),
            models.CheckConstraint(
                condition=Q(rank=None)
                | (Q(rank__gte=1) & (Q(counties=None) | Q(rank__lte=F("counties")))),
                name="progress_comparison_rank",
                violation_error_message="排名应在1至县（市、区）数之间。",
            ),
        ]

    def __str__(self):
        return f"{self.item}：本县{self.figure}，全市平均{self.average}"


auditlog.register(RuleSet)
