"""Long exports: made outside the request, fetched later."""

from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from livelihood.organisation.access import Permission, may
from livelihood.organisation.models import Region

# Without a sign of life for so long, the process that made the file is gone.
SILENT_AFTER = timedelta(minutes=5)
KEPT = timedelta(days=7)
# Of the media, where the files lie; nothing else lies there.
FOLDER = "exports"


def stored_name(export, filename):
    """A name that nobody outside can guess; only the ending is kept."""
    return f"{FOLDER}/{uuid4().hex}.{filename.rpartition('.')[2]}"


class ExportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own exports; for the office those of the county as well.

        Only while the person sees the whole region: the files hold all of it.
        """
        if not may(user, Permission.SEE_WHOLE_REGION):
            return self.none()
        seen = self.filter(county__in=Region.objects.visible_to(user))
        return seen if may(user, Permission.RUN_ROUNDS) else seen.filter(by=user)

    def going(self):
        """Those that wait or are being made."""
        return self.filter(state__in=Export.GOING)


class Export(models.Model):
    """导出: one long export of a person, with how far it is."""

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "生成中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"

    GOING = (State.QUEUED, State.RUNNING)

    county = models.ForeignKey(
        Region, models.CASCADE, related_name="exports", verbose_name="县（市、区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports", verbose_name="发起人"
    )
    kind = models.CharField("种类", max_length=30)
    title = models.CharField("内容", max_length=120)
    parameters = models.JSONField("参数", default=dict, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField("进度（%）", default=0)
    file = models.FileField("文件", upload_to=stored_name, max_length=200, blank=True)
    size = models.PositiveBigIntegerField("大小（字节）", default=0)
    error = models.CharField("原因", max_length=300, blank=True)
    created_at = models.DateTimeField("发起时间")
    # The last sign of life of the process that makes the file.
    beat_at = models.DateTimeField("最近活动时间")
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导出"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["by"],
                condition=Q(state__in=["queued", "running"]),
                name="progress_export_one_each",
                violation_error_message="每人同时只能有一个正在生成的导出。",
            ),
            models.CheckConstraint(
                condition=Q(progress__lte=100),
                name="progress_export_progress",
                violation_error_message="进度不能超过百分之百。",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | (~Q(file="") & Q(finished_at__isnull=False)),
                name="progress_export_done",
                violation_error_message="已完成的导出须有文件和结束时间。",
            ),
        ]

    def __str__(self):
        return self.title

    def state_at(self, now) -> str:
        """The state as it is: one whose process fell silent has failed."""
        if self.state in self.GOING and now - self.beat_at > SILENT_AFTER:
            return self.State.FAILED
        return self.state

    @property
    def kept_until(self):
        """When the file may be removed."""
        return self.created_at + KEPT
