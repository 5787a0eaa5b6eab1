"""Reports of a year that never were, so that everything can be seen and tried (演示数据)."""

import time

from django.core.management.base import BaseCommand, CommandError

from livelihood.organisation.models import Region
from progress.operations.reporting import RefusedError
from progress.operations.simulation import counts, remove_simulation, simulate_year


class Command(BaseCommand):
    help = (
        "为一个县的一年生成1月至11月的模拟填报（演示数据），各页面和文件上均注明；"
        "可重复运行，已有的不重做。--remove 移除。"
    )

    def add_arguments(self, parser):
        parser.add_argument("--county", required=True, help="县（市、区）的行政区划代码，如 330225")
        parser.add_argument("--year", type=int, required=True, help="清单的年度")
        parser.add_argument("--seed", type=int, default=1, help="种子：相同的种子得到相同的数据")
        parser.add_argument("--remove", action="store_true", help="移除这一年的演示数据")

    def handle(self, *args, county, year, seed, remove, **options):
        region = Region.objects.counties().filter(code=county).first()
        if region is None:
            raise CommandError(f"没有代码为{county}的县（市、区）。")
        if remove:
            self.remove(region, year)
            return
        self.simulate(region, year, seed)

    def remove(self, region, year):
        """Take the simulated year away and say how many rounds it had."""
        try:
            removed = remove_simulation(county=region, year=year)
        except RefusedError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"已移除{region}{year}年演示数据{removed}期。"
            if removed
            else f"{region}{year}年没有演示数据，未作改动。"
        )

    def simulate(self, region, year, seed):
        """Play the year and say what came of it."""
        begun = time.monotonic()
        try:
            played = simulate_year(county=region, year=year, seed=seed, say=self.stdout.write)
        except RefusedError as error:
            raise CommandError(str(error)) from error
        if not played:
            self.stdout.write(f"{region}{year}年演示数据已经存在，未作改动。")
            return
        states = "，".join(f"{word}{n}项" for word, n in counts(region, year).items() if n)
        seconds = time.monotonic() - begun
        self.stdout.write(f"{region}{year}年演示数据：{played}期，{states}；用时{seconds:.0f}秒。")
