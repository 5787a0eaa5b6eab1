"""The votes on satisfaction at the year's end."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from progress.rules.year_end import GRADES, Votes
from projects.models import ListItem


class SatisfactionVoteQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The votes on the items that exist for ``user``."""
        return self.filter(item__in=ListItem.objects.visible_to(user))

    def for_county(self, county, year):
        """The votes on a county's items of one year."""
        return self.filter(item__project_list__county=county, item__project_list__year=year)


class SatisfactionVote(models.Model):
    """满意度测评: how the members of one body voted on one item."""

    item = models.ForeignKey(
        ListItem, models.CASCADE, related_name="satisfaction_votes", verbose_name="条目"
    )
    body = models.CharField("测评主体", max_length=60, help_text="如县人大常委会、县人民代表大会")
    voted_on = models.DateField("测评日期")
    # All members of the body, whether they came or not: the formula counts by them.
    members = models.PositiveIntegerField("组成人员总数")
    satisfied = models.PositiveIntegerField("满意票")
    fairly = models.PositiveIntegerField("基本满意票")
    dissatisfied = models.PositiveIntegerField("不满意票")
    abstained = models.PositiveIntegerField("弃权或未投票", default=0)
    source = models.CharField("来源", max_length=200, blank=True)
    # Raised by every change, so that two who enter votes are told of each other.
    edits = models.PositiveIntegerField("修改次数", default=1)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="录入人",
    )
    changed_at = models.DateTimeField("修改时间", auto_now=True)

    objects = SatisfactionVoteQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "满意度测评"
        ordering = ["item", "voted_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "body"],
                name="progress_vote_once",
                violation_error_message="该主体对这一条目已有测评结果。",
            ),
            models.CheckConstraint(
                condition=Q(members__gte=1),
                name="progress_vote_members",
                violation_error_message="组成人员总数应大于0。",
            ),
            models.CheckConstraint(
                condition=Q(
                    members__gte=F("satisfied") + F("fairly") + F("dissatisfied") + F("abstained")
                ),
                name="progress_vote_sum",
                violation_error_message="各类票数合计不能超过组成人员总数。",
            ),
            models.CheckConstraint(
                condition=~Q(body=""),
                name="progress_vote_body",
                violation_error_message="测评主体不能为空。",
            ),
        ]

    def __str__(self):
        return f"{self.item}，{self.body}测评：{self.grade_label}"

    @property
    def votes(self) -> Votes:
        """The numbers, as the rules take them."""
        return Votes(self.members, self.satisfied, self.fairly, self.dissatisfied, self.abstained)

    @property
    def grade_label(self) -> str:
        """满意, 基本满意 or 不满意."""
        return GRADES[self.votes.grade]
