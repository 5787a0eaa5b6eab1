"""The library's command of this name empties the trail; ours keeps what must be kept."""

from datetime import date as day_type
from datetime import datetime, time, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from livelihood.organisation.operations.audit import TooYoungError, purge
from livelihood.organisation.seal import KEPT_DAYS


class Command(BaseCommand):
    help = f"清理较早的操作记录。至少保存{KEPT_DAYS}天，这一期限内的记录不能清理。"

    def add_arguments(self, parser):
        parser.add_argument(
            "-b",
            "--before-date",
            type=day_type.fromisoformat,
            default=timezone.localdate() - timedelta(days=KEPT_DAYS),
            help=f"清理这一天（如 2026-01-31）以前的记录；不写时为{KEPT_DAYS}天前",
        )
        parser.add_argument("-y", "--yes", action="store_true", help="不再询问")

    def handle(self, *, before_date, yes, **options):
        shown = f"{before_date.year}年{before_date.month}月{before_date.day}日"
        if not yes and input(f"将删除{shown}以前的操作记录，输入 y 确认：").strip() != "y":
            raise CommandError("没有清理。")
        try:
            before = timezone.make_aware(datetime.combine(before_date, time.min))
            number = purge(before=before)
        except TooYoungError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"已清理{shown}以前的操作记录{number}条。")
