"""Reminders about missing reports, and e-mail for what has not been mailed; for cron."""

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from livelihood.organisation.words import cn_date
from progress.models import Notice
from progress.operations.reminders import remind


class Command(BaseCommand):
    help = (
        "提醒填报：期限前提醒填报人，当日起提醒单位负责人，过期后提醒督查人员；"
        "设有邮件服务器的，同时发邮件。每天运行一次，可重复运行，不会重复提醒。"
    )

    def handle(self, *args, **options):
        today = timezone.localdate()
        outcome = remind(today=today)
        if not outcome.notices:
            self.stdout.write(f"{cn_date(today)}：没有新的提醒。")
        for (reporting_round, kind), count in outcome.notices.items():
            self.stdout.write(
                f"{reporting_round.county}{reporting_round}：{Notice.Kind(kind).label}，提醒{count}人。"
            )
        if not settings.EMAIL_HOST:
            self.stdout.write("没有设置邮件服务器（EMAIL_HOST），不发邮件。")
            return
        self.stdout.write(f"已发邮件{outcome.mailed}封。")
        if outcome.fault:
            failed = f"{outcome.failed}封" if outcome.failed else "邮件"
            self.stderr.write(f"{failed}未能发出，下次运行时重试：{outcome.fault}")
