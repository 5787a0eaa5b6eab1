"""By which thresholds a county judges."""

from auditlog.registry import auditlog
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from livelihood.organisation.models import Region


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

    class Basis(models.TextChoices):
        SCHEDULE = "schedule", "各条目自己的进度安排"
        ELAPSED = "elapsed", "时间进度（全年已过去的比例）"

    class ComparisonSource(models.TextChoices):
        CITY_TABLE = "city_table", "市里下发的对比表，没有的用系统计算的全市平均"
        COMPUTED = "computed", "系统计算的全市平均，没有的用市里下发的对比表"

    county = models.ForeignKey(
        Region, models.CASCADE, related_name="rule_sets", verbose_name="县（市、区）"
    )
    valid_from = models.DateField("生效日期")
    basis = models.CharField("计划进度的依据", max_length=10, choices=Basis, default=Basis.SCHEDULE)
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
    comparison_source = models.CharField(
        "全市平均的来源",
        max_length=10,
        choices=ComparisonSource,
        default=ComparisonSource.CITY_TABLE,
    )
    comparison_max_age_days = models.PositiveSmallIntegerField("全市对比数据有效（天）", default=45)
    bottom_ranks = models.PositiveSmallIntegerField(
        "位次靠后：全市排名的后几位",
        default=0,
        validators=[MaxValueValidator(50)],
        help_text="0表示不提示",
    )
    year_end_month = models.PositiveSmallIntegerField(
        "时间进度的完成月份",
        default=11,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text="按时间进度研判的条目，从年初算到该月底",
    )

    unit_approves = models.BooleanField(
        "单位内部审核", default=False, help_text="填报人提交后，先由单位负责人审核，再报县府办"
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
            models.CheckConstraint(
                condition=Q(bottom_ranks__lte=50),
                name="progress_ruleset_bottom",
                violation_error_message="全市排名的后几位应在0至50之间。",
            ),
        ]

    def __str__(self):
        return f"{self.county}研判规则（{self.valid_from:%Y-%m-%d}起）"


auditlog.register(RuleSet)
