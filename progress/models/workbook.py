"""The filled workbook of a unit, between the preview and its confirmation."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from progress.models.rounds import Round

KEPT_HOURS = 24


class WorkbookUploadQuerySet(models.QuerySet):
    def fresh(self):
        """The uploads that may still be confirmed."""
        return self.filter(created_at__gte=timezone.now() - timedelta(hours=KEPT_HOURS))

    def stale(self):
        """The uploads that nobody confirmed in time."""
        return self.filter(created_at__lt=timezone.now() - timedelta(hours=KEPT_HOURS))


class WorkbookUpload(models.Model):
    """上传的填报表: kept in the database, so that it survives a restart and is found by
    whichever worker is asked next; deleted when it is used, or after a day."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="上传人"
    )
    round = models.ForeignKey(Round, models.CASCADE, related_name="+", verbose_name="期次")
    name = models.CharField("文件名", max_length=200)
    content = models.BinaryField("内容")
    created_at = models.DateTimeField("上传时间", default=timezone.now)

    objects = WorkbookUploadQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "上传的填报表"
        ordering = ["-pk"]

    def __str__(self):
        return self.name
