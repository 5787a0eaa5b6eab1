"""Import a county's lists from Excel, Word or text: the same action as in the browser."""

from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from livelihood.organisation.models import Region
from progress.operations.import_confirm import compare, confirm_import
from progress.operations.plan_changes import Approval, UnapprovedError
from progress.operations.plan_import import (
    ListChoice,
    choose_columns,
    decide_links,
    decide_units,
    drop_import,
    read_next,
    start_import,
    unit_questions,
)
from progress.operations.reporting import RefusedError
from projects.documents.archives import LIMITS, UnreadableError
from projects.models import Level, PlanImport
from projects.operations.load import FaultsError
from projects.rules.exchange import FIRST_YEAR, LAST_YEAR, LEVEL_WORDS

LEVELS = {word: level.value for level, word in zip(Level, Level.labels, strict=True)}


class Command(BaseCommand):
    help = (
        "从 Excel、Word 或文字文件导入清单，并列出全部疑问。不加 --yes 只读取、不写入清单，"
        "留待在网页“清单导入”中核对。"
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help=".xlsx、.docx 或 UTF-8 文字文件")
        parser.add_argument("--county", required=True, help="县名或行政区划代码，如 苍南县")
        parser.add_argument("--year", required=True, help="年度，如 2024")
        parser.add_argument(
            "--level",
            action="append",
            default=[],
            help="层级：省级、市级、县级；几张表的，按表的先后各写一次，-表示不导入；不写则按标题判断",
        )
        parser.add_argument("--sheet", action="append", default=[], help="只导入标题含这些字的表")
        parser.add_argument(
            "--as-of", help="目前实施情况的截至日期，如 2024-04-10；不写则只导入计划"
        )
        parser.add_argument("--new-units", action="store_true", help="名单中没有的单位一律新增")
        parser.add_argument("--link", action="store_true", help="看来是同一项工作的都关联")
        parser.add_argument("--reason", default="", help="调整原因；改动已有条目的目标或点位时必填")
        parser.add_argument("--document", default="", help="批准文号；改动目标或点位时必填")
        parser.add_argument("--yes", action="store_true", help="确认导入，有疑问的按读出的内容")

    def handle(self, *, file, county, year, level, sheet, as_of, **options):
        county, year = _county(county), _year(year)
        day = _day(as_of, year)
        try:
            plan = start_import(
                by=None, county=county, year=year, name=file.name, content=_content(file)
            )
            try:
                plan = self._read(plan, _choices(plan, level, sheet), day)
                self._tell(plan)
                if not options["yes"]:
                    words = "没有写入清单。加 --yes 确认，或在网页“清单导入”中核对后确认。"
                    self.stdout.write(words)
                    return
                self._confirm(plan, options)
            except (CommandError, RefusedError, UnapprovedError, FaultsError):
                # What failed here is begun anew, with other options.
                drop_import(by=None, plan=plan)
                raise
        except UnapprovedError as refused:
            raise CommandError(f"{refused}请加 --reason 和 --document。") from None
        except (UnreadableError, RefusedError, FaultsError) as refused:
            raise CommandError(str(refused)) from None

    def _read(self, plan: PlanImport, choices, day) -> PlanImport:
        plan = choose_columns(by=None, plan=plan, choices=choices, as_of=day, version=plan.version)
        while plan.state == PlanImport.State.READING:
            plan = read_next(plan=plan)
        return plan

    def _tell(self, plan: PlanImport) -> None:
        """Every doubt, row by row, and what was no item."""
        rows = list(plan.rows.all())
        for row in rows:
            for doubt in row.doubts:
                mark = "有误" if doubt["kind"] == "fault" else "疑问"
                name = f"{LEVEL_WORDS[row.level]}第{row.number}项"
                self.stdout.write(f"{mark}　{name}：{doubt['text']}")
        for left in plan.leftovers:
            self.stdout.write(
                f"未作为条目　{left['place']}（{left['reason']}）：{left['text'][:60]}"
            )
        doubtful = sum(row.open for row in rows)
        self.stdout.write(f"读出{len(rows)}项，{doubtful}项有疑问。")

    def _confirm(self, plan: PlanImport, options) -> None:
        open_names = {q.printed: q for q in unit_questions(plan) if q.chosen is None}
        if open_names and not options["new_units"]:
            lines = [
                f"  {q.printed}" + (f"（可能就是“{q.likeliest}”）" if q.likeliest else "")
                for q in open_names.values()
            ]
            raise CommandError(
                "单位名单中没有下列单位。请先在名单中加入或记为别名，或加 --new-units 一律新增：\n"
                + "\n".join(lines)
            )
        if open_names:
            plan = decide_units(
                by=None, plan=plan, chosen=dict.fromkeys(open_names, ""), version=plan.version
            )
        if options["link"]:
            decisions = {
                place: [f"{kind}-{pk}" for kind, pk in link["members"]]
                for place, link in enumerate(plan.links)
            }
            plan = decide_links(by=None, plan=plan, decisions=decisions, version=plan.version)
        comparison = compare(plan)
        for change in comparison.changed:
            for difference in change.differences:
                words = f"{change.name}　{difference.what}：{difference.old} → {difference.new}"
                self.stdout.write(f"改动　{words}")
            if change.refused:
                self.stdout.write(f"不改　{change.name}：{change.refused}")
        for item in comparison.missing:
            self.stdout.write(f"保留　{item}：文件中没有这一项。")
        if not comparison.against and not comparison.new and not comparison.changed:
            drop_import(by=None, plan=plan)
            self.stdout.write("与现有的清单相同，没有改动。")
            return
        approval = Approval(options["reason"], options["document"])
        plan = confirm_import(by=None, plan=plan, version=plan.version, approval=approval)
        new, changed = len(plan.result["items"]), len(plan.result["before"])
        self.stdout.write(f"已导入：新增{new}项，修改{changed}项。")


def _county(text: str) -> Region:
    counties = Region.objects.filter(kind=Region.Kind.COUNTY).select_related("parent")
    found = counties.filter(code=text) if text.isdecimal() else counties.filter(name=text)
    if not found:
        raise CommandError(f"没有县（市、区）“{text}”，请写全名或行政区划代码。")
    return found[0]


def _year(text: str) -> int:
    if not text.isdecimal() or not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise CommandError(f"年度应是{FIRST_YEAR}至{LAST_YEAR}之间的整数，现为“{text}”。")
    return int(text)


def _day(text: str | None, year: int) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"截至日期“{text}”不是日期，应如 {year}-04-10。") from None
    if day.year != year:
        raise CommandError(f"截至日期“{text}”不在{year}年度内。")
    return day


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > LIMITS.file:
            raise CommandError(f"文件“{file.name}”太大。{LIMITS.told}")
        return file.read_bytes()
    except OSError:
        raise CommandError(f"打不开文件“{file}”，请检查文件名和权限。") from None


def _choices(plan: PlanImport, levels, sheets) -> list[ListChoice]:
    """For every list its level: as given, else as its title says."""
    wanted = [
        place
        for place, one in enumerate(plan.lists)
        if not sheets or any(word in one["name"] for word in sheets)
    ]
    if sheets and not wanted:
        names = "、".join(one["name"] for one in plan.lists)
        raise CommandError(f"没有标题含“{'、'.join(sheets)}”的表；文件中有：{names}。")
    if levels and len(levels) != len(wanted):
        raise CommandError(f"写了{len(levels)}个层级，要导入的表有{len(wanted)}张。")
    chosen = {}
    for order, place in enumerate(wanted):
        one = plan.lists[place]
        level = one["level"]
        if levels:
            level = "" if levels[order] == "-" else LEVELS.get(levels[order], levels[order])
        if level and level not in Level.values or not level and not levels:
            raise CommandError(f"“{one['name']}”是哪一级？请用 --level 写明省级、市级或县级。")
        chosen[place] = level
    return [ListChoice(chosen.get(place, ""), one["title"]) for place, one in enumerate(plan.lists)]
