"""Everything that has to be done once a day, for one line in cron."""

from django.core.management import call_command
from django.core.management.base import BaseCommand

# Reminders first: whatever fails after them is made up for on the next day.
STEPS = (
    ("remind", "提醒填报"),
    ("clean_exports", "清理导出"),
    ("clearsessions", "清理过期的登录"),
)


class Command(BaseCommand):
    help = "每天运行一次：提醒填报、清理导出、清理过期的登录。可重复运行。"

    def handle(self, *args, **options):
        for command, words in STEPS:
            self.stdout.write(f"{words}：")
            call_command(command, stdout=self.stdout, stderr=self.stderr)
        self.stdout.write("已全部完成。")
