"""The city's own table: as it was taken in, and what it says of each item."""

from pathlib import PurePath
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from livelihood.organisation.access import Permission, may
from livelihood.organisation.models import Region
from livelihood.organisation.words import cn_date
from progress.rules.city_table import CountyFigure, middle_county
from projects.models import ListItem

ENDINGS = (".xlsx", ".docx", ".txt")


def stored_name(table, filename):
    """A name that nobody outside can guess or choose; only a known ending is kept."""
    ending = PurePath(filename).suffix.lower()
    return f"city/{table.county_id}/{uuid4().hex}{ending if ending in ENDINGS else ''}"


class CityTableQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The tables that exist for ``user``: what is not confirmed, for the office alone."""
        own = self.filter(county__in=Region.objects.visible_to(user))
        if may(user, Permission.COMPARE):
            return own
        return own.exclude(state=CityTable.State.DRAFT)


class CityTable(models.Model):
    """全市对比表: a table of the city as a county took it in. Kept, also when withdrawn."""

    class State(models.TextChoices):
        DRAFT = "draft", "待确认"
        ADOPTED = "adopted", "已采用"
        WITHDRAWN = "withdrawn", "已撤销"

    class Kind(models.TextChoices):
        FILE = "file", "上传文件"
        PASTED = "pasted", "粘贴"
        TYPED = "typed", "单项填入"

    county = models.ForeignKey(
        Region, models.CASCADE, related_name="city_tables", verbose_name="县（市、区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    as_of = models.DateField("截至日期")
    source = models.CharField("来源", max_length=200)
    kind = models.CharField("方式", max_length=10, choices=Kind, default=Kind.FILE)
    name = models.CharField("文件名", max_length=200, blank=True)
    file = models.FileField("原件", upload_to=stored_name, max_length=200, blank=True)
    illustrative = models.BooleanField("示例数据", default=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    # What a person put right in the reading: {"own": …, "level": …, "items": …, "use": …}.
    choices = models.JSONField("更正", default=dict, blank=True)
    version = models.PositiveIntegerField("版本", default=1, editable=False)
    # The comparisons that stood there before, so that withdrawing brings them back.
    replaced = models.JSONField("此前的数据", default=list, blank=True, editable=False)
    taken_in = models.PositiveSmallIntegerField("采用条目数", default=0, editable=False)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="录入人",
    )
    taken_at = models.DateTimeField("录入时间", auto_now_add=True)
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="确认人",
    )
    adopted_at = models.DateTimeField("确认时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤销人",
    )
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)
    reason = models.CharField("撤销原因", max_length=200, blank=True)

    objects = CityTableQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "全市对比表"
        ordering = ["county", "-as_of", "-pk"]
        indexes = [models.Index(fields=["county", "year"], name="progress_citytable_county")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", adopted_at=None)
                | Q(~Q(state="draft"), adopted_at__isnull=False),
                name="progress_citytable_adopted",
                violation_error_message="确认时间与状态不符。",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_at__isnull=False)
                | Q(~Q(state="withdrawn"), withdrawn_at=None),
                name="progress_citytable_withdrawn",
                violation_error_message="撤销时间与状态不符。",
            ),
        ]

    def __str__(self):
        return f"全市对比（截至{cn_date(self.as_of)}）"

    def get_absolute_url(self):
        return reverse("city_table", args=[self.county.code, self.year, self.pk])


class CityComparison(models.Model):
    """全市对比: what the city's own table says of an item at a date."""

    item = models.ForeignKey(
        ListItem, models.CASCADE, related_name="comparisons", verbose_name="条目"
    )
    # None where a list was loaded together with its comparison.
    table = models.ForeignKey(
        CityTable,
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="comparisons",
        verbose_name="对比表",
    )
    as_of = models.DateField("截至日期")
    figure = models.DecimalField("本县", max_digits=12, decimal_places=2)
    average = models.DecimalField("全市平均", max_digits=12, decimal_places=2)
    average_derived = models.BooleanField("平均由各县计算", default=False)
    unit = models.CharField("计量", max_length=20, default="%")
    rank = models.PositiveSmallIntegerField("排名", null=True, blank=True)
    counties = models.PositiveSmallIntegerField("参与排名的县（市、区）数", null=True, blank=True)
    best = models.DecimalField("全市最高", max_digits=12, decimal_places=2, null=True, blank=True)
    best_county = models.CharField("最高的县（市、区）", max_length=50, blank=True)
    # [name, figure or None] of each county of the table.
    by_county = models.JSONField("各县（市、区）", default=list, blank=True)
    comparable = models.BooleanField("可比", default=True)
    reason = models.CharField("不可比的原因", max_length=200, blank=True)
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
            models.CheckConstraint(
                condition=Q(best=None) | Q(best__gte=0),
                name="progress_comparison_best",
                violation_error_message="全市最高不能为负。",
            ),
            models.CheckConstraint(
                condition=Q(comparable=True) | ~Q(reason=""),
                name="progress_comparison_reason",
                violation_error_message="不可比的数据须写明原因。",
            ),
        ]

    def __str__(self):
        return f"{self.item}：本县{self.figure}，全市平均{self.average}"

    @property
    def is_computed(self):
        """Whether it is no table's, but worked out of the counties' reports, and never saved."""
        return self.pk is None

    @property
    def missing(self):
        """The counties of the table without a figure."""
        return [name for name, figure in self.by_county if figure is None]

    @property
    def middle(self):
        """The county in the middle, as (name, figure); None where fewer than three are known."""
        return middle_county(CountyFigure(*pair) for pair in self.by_county)
