"""A city with many counties that never were (演示数据), to see and to measure."""

import time

from django.core.management.base import BaseCommand, CommandError

from livelihood.organisation.models import Region
from progress.operations.reporting import RefusedError
from progress.operations.simulated_counties import MOST, remove_counties, simulate_counties

MOST_ROUNDS = 12


class Command(BaseCommand):
    help = (
        "为一个市生成若干模拟县及其清单和填报（演示数据），名称均以“模拟”开头；"
        "可重复运行，已有的不重做。--remove 移除。"
    )

    def add_arguments(self, parser):
        parser.add_argument("--city", required=True, help="设区市的行政区划代码，如 330300")
        parser.add_argument("--counties", type=int, default=12, help="模拟县的个数")
        parser.add_argument("--year", type=int, default=2024, help="清单的年度")
        parser.add_argument("--seed", type=int, default=1, help="种子：相同的种子得到相同的数据")
        parser.add_argument("--items", type=int, default=153, help="每个县各级清单的条目总数")
        parser.add_argument("--rounds", type=int, default=12, help="期数，每月一期，到12月为止")
        parser.add_argument("--remove", action="store_true", help="移除这个市的模拟县")

    def handle(self, *args, city, remove, **options):
        if remove:
            self.remove(city)
            return
        self.check_sizes(**options)
        self.simulate(self.city(city), **options)

    def remove(self, code):
        """Take the city's simulated counties away and say how many."""
        region = Region.objects.filter(code=code, kind=Region.Kind.CITY).first()
        try:
            count = 0 if region is None else remove_counties(city=region)
        except RefusedError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"已移除模拟县{count}个。" if count else "没有模拟县，未作改动。")

    def check_sizes(self, *, counties, items, rounds, **options):
        """Refuse what cannot be made."""
        for name, value, most in (
            ("counties", counties, MOST),
            ("items", items, 500),
            ("rounds", rounds, MOST_ROUNDS),
        ):
            if not 1 <= value <= most:
                raise CommandError(f"--{name} 应在1至{most}之间。")

    def city(self, code):
        """The city of that code; a simulated one, and its province, where there is none."""
        found = Region.objects.filter(code=code).first()
        if found is not None:
            if found.kind != Region.Kind.CITY:
                raise CommandError(f"{code}不是设区市。")
            return found
        if len(code) != 6 or not code.isdigit() or not code.endswith("00"):
            raise CommandError("设区市的行政区划代码为6位数字，末两位是00，如 330300。")
        province, _made = Region.objects.get_or_create(
            code=f"{code[:2]}0000", defaults={"name": "模拟省", "kind": Region.Kind.PROVINCE}
        )
        return Region.objects.create(
            code=code, name="模拟市", kind=Region.Kind.CITY, parent=province
        )

    def simulate(self, city, *, counties, year, seed, items, rounds, **options):
        """Make the counties and say what came of it."""
        begun = time.monotonic()
        try:
            added = simulate_counties(
                city=city,
                counties=counties,
                year=year,
                seed=seed,
                items=items,
                rounds=rounds,
                say=self.stdout.write,
            )
        except RefusedError as error:
            raise CommandError(str(error)) from error
        if not added:
            self.stdout.write(f"{city}的模拟县已经存在，未作改动。")
            return
        seconds = time.monotonic() - begun
        self.stdout.write(
            f"{city}{year}年模拟县{added}个（演示数据），每县{items}个条目、{rounds}期；"
            f"用时{seconds:.0f}秒。"
        )
