"""The city's own table."""

from django.db import models
from django.db.models import F, Q

from projects.models import ListItem


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
