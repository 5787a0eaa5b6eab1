"""Removes long exports that nobody needs any more; for cron."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from progress.operations.exports import clean_exports


class Command(BaseCommand):
    help = "删除7天以前的导出及其文件。每天运行一次，可重复运行。"

    def handle(self, *args, **options):
        removed = clean_exports(now=timezone.now())
        self.stdout.write(f"已删除{removed}个导出。")
