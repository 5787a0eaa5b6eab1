"""Issues of the bulletin, each version of them word for word, and the county's own layouts."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from livelihood.organisation.access import Permission, may
from livelihood.organisation.models import Region
from progress.models.rounds import Round


class BulletinQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Issues of the regions that exist for ``user``; a lead unit sees no drafts."""
        seen = self.filter(county__in=Region.objects.visible_to(user))
        if may(user, Permission.SEE_WHOLE_REGION):
            return seen
        return seen.filter(state=Bulletin.State.ISSUED)


class Bulletin(models.Model):
    """通报: one issue (第N期), drafted from a round, then issued, frozen and numbered."""

    class State(models.TextChoices):
        DRAFT = "draft", "起草中"
        ISSUED = "issued", "已印发"

    county = models.ForeignKey(
        Region, models.PROTECT, related_name="bulletins", verbose_name="县（市、区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    round = models.ForeignKey(Round, models.PROTECT, related_name="bulletins", verbose_name="期次")
    series = models.CharField("文种", max_length=30, default="督查通报")
    # Given at the issuing: the next one of its series in the year of its date, which need not
    # be the year of the lists.
    issue_year = models.PositiveSmallIntegerField("期号年份", null=True, blank=True)
    number = models.PositiveSmallIntegerField("期号", null=True, blank=True)
    title = models.CharField("标题", max_length=120)
    addressees = models.TextField("主送", blank=True)
    copies = models.TextField("抄送", blank=True)
    signed_by = models.CharField("落款单位", max_length=60, blank=True)
    issued_on = models.DateField("印发日期", null=True, blank=True)
    # Levels, the layout of each, on which drafts the edited texts rest:
    # progress.operations.bulletins.BulletinData.
    choices = models.JSONField("收录范围和版式", default=dict)
    # The texts as the office has edited them, by part; a part that is missing is drafted
    # anew from the data each time it is shown.
    texts = models.JSONField("文稿", default=dict, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    # 0 while it is a draft, 1 from the issuing, raised by every correction.
    version = models.PositiveSmallIntegerField("版本", default=0)
    # Raised by every saving, so that two editors are told of each other.
    edits = models.PositiveIntegerField("修改次数", default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="起草人"
    )
    created_at = models.DateTimeField("起草时间", auto_now_add=True)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报"
        ordering = ["county", "-year", "-number", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "issue_year", "series", "number"],
                name="progress_bulletin_number",
                violation_error_message="本年度已有这一期。",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", number=None, issue_year=None, version=0)
                | Q(
                    state="issued",
                    number__gt=0,
                    issue_year__isnull=False,
                    version__gt=0,
                    issued_on__isnull=False,
                ),
                name="progress_bulletin_issued",
                violation_error_message="已印发的通报须有期号、印发日期和版本，起草中的没有。",
            ),
        ]

    def __str__(self):
        return self.numbered(self.series)

    def numbered(self, series: str) -> str:
        """Its number under a series: 督查通报〔2023〕第1期."""
        return f"{series}〔{self.issue_year or self.year}〕{self.issue}"

    @property
    def issue(self) -> str:
        """第N期, or that it is a draft."""
        return "（草稿）" if self.number is None else f"第{self.number}期"


class BulletinVersion(models.Model):
    """通报版本: an issue as it went out (1), or as it was corrected (2…), word for word."""

    bulletin = models.ForeignKey(
        Bulletin, models.CASCADE, related_name="versions", verbose_name="通报"
    )
    number = models.PositiveSmallIntegerField("版本")
    at = models.DateTimeField("时间")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    note = models.CharField("更正说明", max_length=300, blank=True)
    # Which version of the round it rests on; 0 where the round was still open.
    round_version = models.PositiveSmallIntegerField("期次版本")
    # progress.documents.bulletin.content_to_dict
    content = models.JSONField("内容")
    # Title and text as plain words, to be searched: JSON keeps Chinese as numbers.
    words = models.TextField("全文")
    # What the version before said otherwise, one sentence each.
    changes = models.JSONField("与上一版本的差异", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "通报版本"
        ordering = ["bulletin", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["bulletin", "number"],
                name="progress_bulletin_version_once",
                violation_error_message="该期通报已有这个版本。",
            ),
        ]

    def __str__(self):
        return f"{self.bulletin}第{self.number}版"


class LayoutQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Layouts of the regions that exist for ``user``."""
        return self.filter(county__in=Region.objects.visible_to(user))


class Layout(models.Model):
    """版式: how a county wants a list printed: columns, order, grouping, filter, rounding."""

    county = models.ForeignKey(
        Region, models.CASCADE, related_name="layouts", verbose_name="县（市、区）"
    )
    name = models.CharField("名称", max_length=40)
    # progress.rules.layouts.layout_to_dict
    spec = models.JSONField("内容")
    # The county's own Excel file with placeholders, where it has one.
    template = models.FileField("Excel模板", upload_to="layouts/", blank=True)
    edits = models.PositiveIntegerField("修改次数", default=0)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="修改人"
    )
    changed_at = models.DateTimeField("修改时间", auto_now=True)

    objects = LayoutQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "版式"
        ordering = ["county", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "name"],
                name="progress_layout_name",
                violation_error_message="已有同名的版式。",
            ),
        ]

    def __str__(self):
        return self.name
