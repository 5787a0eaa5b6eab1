"""Print a county's items with their standings in the exchange format."""

import json
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record_export
from livelihood.organisation.words import cn_date
from progress.models import Round
from progress.operations.export import export_county
from progress.operations.standings import read_county
from projects.models import ListItem, ProjectList


class Command(BaseCommand):
    help = "输出一个县一个年度的条目及研判结果（交换格式 JSON）。"

    def add_arguments(self, parser):
        parser.add_argument("--county", required=True, help="县名或行政区划代码，如 苍南县")
        parser.add_argument("--year", required=True, type=int, help="年度，如 2023")
        parser.add_argument(
            "--as-of", help="研判日期，如 2023-04-10；不写则按最近一期，没有期次则按今日"
        )

    def handle(self, *args, county, year, as_of, **options):
        region = find_county(county)
        if not ProjectList.objects.filter(county=region, year=year).exists():
            raise CommandError(f"{region.name}没有{year}年度的清单。")
        state = read_county(
            ListItem.objects.all(),
            region,
            year,
            as_of=self.date_of(as_of, region, year),
            today=timezone.localdate(),
        )
        summary = f"命令行输出{region.name}{year}年条目及研判结果（截至{cn_date(state.as_of)}）。"
        record_export(by=None, region=region, summary=summary)
        self.stdout.write(json.dumps(export_county(state), ensure_ascii=False, indent=1))

    def date_of(self, text: str | None, county: Region, year: int) -> date:
        if text is None:
            latest = Round.objects.for_county(county, year).first()
            return latest.as_of if latest else timezone.localdate()
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise CommandError(f"日期“{text}”无法识别，应写作 2023-04-10 的样子。") from None


def find_county(text: str) -> Region:
    """The county that is named or coded so.

    Raises:
        CommandError: none, or several, are.
    """
    found = list(Region.objects.counties().filter(Q(name=text) | Q(code=text)))
    if len(found) == 1:
        return found[0]
    if found:
        codes = "、".join(f"{r.name}（{r.code}）" for r in found)
        raise CommandError(f"有几个“{text}”，请改用行政区划代码：{codes}。")
    known = "、".join(r.name for r in Region.objects.counties()) or "（尚未载入）"
    raise CommandError(f"没有“{text}”。已有的县：{known}。")
