"""Works the summary out anew from reports and rules, or proves that it is what they say."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from livelihood.organisation.models import Region
from progress.operations.summary import differences, rebuild

SHOWN = 50
SECONDS = 5  # between two words of progress


class Command(BaseCommand):
    help = (
        "按填报和研判规则重新计算供市、省页面使用的概要。--check 只核对，有出入时逐行列出并以"
        "非零状态退出。升级后首次使用前运行一次。"
    )

    def add_arguments(self, parser):
        parser.add_argument("--county", help="只算一个县（市、区）的行政区划代码")
        parser.add_argument("--check", action="store_true", help="只核对，不写入")

    def handle(self, *args, county, check, **options):
        counties = Region.objects.counties()
        if county:
            counties = counties.filter(code=county)
            if not counties:
                raise CommandError(f"没有代码为{county}的县（市、区）。")
        if check:
            self.check_summary(list(counties))
        else:
            self.rebuild(list(counties))

    def rebuild(self, counties):
        """Rebuild county by county, each in a transaction of its own."""
        rounds = 0
        for county in self.told(counties):
            with transaction.atomic():
                rounds += rebuild(county)
        self.stdout.write(f"已重新计算{len(counties)}个县（市、区）{rounds}期的概要。")

    def check_summary(self, counties):
        """Compare, name what differs, and fail if anything does."""
        found = []
        for county in self.told(counties):
            with transaction.atomic():
                found += differences(county)
        for difference in found[:SHOWN]:
            self.stderr.write(str(difference))
        if found:
            raise CommandError(f"概要有{len(found)}处与重新研判的结果不符。")
        self.stdout.write(f"{len(counties)}个县（市、区）的概要与重新研判的结果一致。")

    def told(self, counties):
        """The counties one after the other; now and then it says how far it has come."""
        said = time.monotonic()
        for number, county in enumerate(counties, start=1):
            yield county
            if time.monotonic() - said > SECONDS:
                said = time.monotonic()
                self.stdout.write(f"已完成{number}／{len(counties)}个县（市、区）")
