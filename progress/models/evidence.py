"""Evidence files of a report."""

from pathlib import PurePath
from uuid import uuid4

from django.conf import settings
from django.db import models

from progress.models.reports import Report


def stored_name(evidence, filename):
    """A name that nobody outside can guess or choose; only the ending is kept."""
    ending = PurePath(filename).suffix.lower()
    return f"evidence/{evidence.report.round_id}/{uuid4().hex}{ending}"


class EvidenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The files of the reports that exist for ``user``."""
        return self.filter(report__in=Report.objects.visible_to(user))


class Evidence(models.Model):
    """佐证材料: an optional file with a caption, sent as a download only."""

    report = models.ForeignKey(
        Report, models.CASCADE, related_name="evidence", verbose_name="进展填报"
    )
    file = models.FileField("文件", upload_to=stored_name, max_length=200)
    name = models.CharField("文件名", max_length=120)
    caption = models.CharField("说明", max_length=120)
    size = models.PositiveIntegerField("大小（字节）")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "佐证材料"
        ordering = ["report", "pk"]

    def __str__(self):
        return self.caption
