"""Take in the city's table from a file, as the page 全市对比 does."""

from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from livelihood.organisation.models import Region
from progress.operations.city_tables import Preview, adopt, discard, preview, take_in
from progress.operations.reporting import RefusedError
from projects.documents.archives import UnreadableError
from projects.models import ProjectList


class Command(BaseCommand):
    help = (
        "录入全市对比表（.xlsx、.docx 或文本）。没有把握的行逐条列出，不采用；"
        "加 --with-doubts，有疑问但有对应条目的行也采用。"
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="对比表")
        parser.add_argument("--county", required=True, help="县（市、区）的名称或行政区划代码")
        parser.add_argument("--year", required=True, type=int, help="年度")
        parser.add_argument(
            "--as-of", required=True, type=date.fromisoformat, help="截至日期，如 2023-04-10"
        )
        parser.add_argument("--source", default="", help="来源；不写即文件名")
        parser.add_argument("--illustrative", action="store_true", help="是示例数据")
        parser.add_argument("--with-doubts", action="store_true", help="有疑问的行也采用")

    def handle(self, *args, file, county, year, as_of, source, with_doubts, **options):
        if as_of.year != year or as_of > timezone.localdate():
            raise CommandError(f"截至日期应在{year}年内，且不晚于今天。")
        try:
            content = file.read_bytes()
            table = take_in(
                by=None,
                county=_county(county, year),
                year=year,
                content=content,
                name=file.name,
                as_of=as_of,
                source=source or file.name,
                illustrative=options["illustrative"],
            )
            shown = preview(table)
        except OSError as error:
            raise CommandError(f"文件“{file}”无法打开：{error.strerror}。") from None
        except UnreadableError as error:
            raise CommandError(str(error)) from None
        self._tell(shown)
        try:
            adopt(
                by=None,
                table=table,
                version=table.version,
                token=shown.token,
                only_sure=not with_doubts,
                checked=with_doubts,
            )
        except RefusedError as refused:
            discard(by=None, table=table)
            raise CommandError(f"没有采用：{refused}") from None
        table.refresh_from_db()
        reference = table.comparisons.filter(comparable=False).count()
        aside = f"，其中{reference}个只作参考，不参与研判" if reference else ""
        self.stdout.write(f"已采用{table}：{table.taken_in}个条目{aside}。")

    def _tell(self, shown: Preview) -> None:
        for words in (shown.reading.reason, *shown.reading.notes):
            if words:
                self.stderr.write(words)
        for problem in shown.reading.problems:
            self.stderr.write(f"{problem.place}：{problem.text}")
        for line in shown.doubtful:
            why = [line.match.why, line.match.reason, *line.row.doubts]
            item = shown.items.get(line.match.item)
            words = "".join(filter(None, why))
            self.stderr.write(f"{line.row.place}“{line.row.name[:30]}”→{item or '无'}：{words}")


def _county(words: str, year: int) -> Region:
    county = Region.objects.counties().filter(Q(code=words) | Q(name=words)).first()
    if county is None:
        raise CommandError(f"没有名为“{words}”的县（市、区）。")
    if not ProjectList.objects.filter(county=county, year=year).exists():
        raise CommandError(f"{county}没有{year}年度的清单。")
    return county
