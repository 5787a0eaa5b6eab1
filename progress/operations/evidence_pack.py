"""The evidence pack (佐证材料包) of an item: what was sent with accepted reports, with a sheet
that says what was planned, reported and confirmed."""

import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.utils import timezone

from livelihood.organisation.documents.table_xlsx import table_workbook
from livelihood.organisation.documents.tables import Column, Kind, Table
from livelihood.organisation.words import cn_date, number_cn
from progress.models import Evidence, Report
from progress.operations.closing import steps_of
from progress.operations.frozen import frozen_details
from progress.operations.groups import promised
from progress.operations.item_state import ItemState
from progress.operations.item_told import Told, read_told, told_from_dict
from progress.operations.standings import CountyState
from progress.operations.year_end_tables import made_up
from progress.rules.file_names import Names, safe_ending, safe_name
from progress.rules.judgement import MILESTONE_LABELS

SHEET_NAME = "条目情况.xlsx"
# Photos and PDF do not become smaller by packing.
PACKED = frozenset({".xlsx", ".xls", ".doc", ".docx", ".txt", ".csv"})
NAME_LIMIT = 40


@dataclass(frozen=True)
class Pack:
    """One item with all that belongs into its pack."""

    state: ItemState
    told: Told
    evidence: Sequence[Evidence]  # the earliest round first


@dataclass(frozen=True)
class Stored:
    """One file of a pack: where it lies, "" where the stored file is gone."""

    evidence: Evidence
    path: str


def read_packs(user, states: Sequence[ItemState], state: CountyState) -> list[Pack]:
    """The packs of some items at the date of ``state``; a fixed number of queries.

    Only files of accepted reports, and only those that exist for ``user``.
    """
    files = defaultdict(list)
    accepted = (
        Evidence.objects.visible_to(user)
        .filter(
            report__project__in={s.item.project_id for s in states},
            report__state=Report.State.ACCEPTED,
            report__round__as_of__year=state.year,
            report__round__as_of__lte=state.as_of,
        )
        .select_related("report__round", "uploaded_by")
        .order_by("report__round__as_of", "pk")
    )
    for evidence in accepted:
        files[evidence.report.project_id].append(evidence)
    told = _told(states, state)
    return [Pack(own, told[own.item.pk], files[own.item.project_id]) for own in states]


def _told(states: Sequence[ItemState], state: CountyState) -> dict[int, Told]:
    if state.version is None:
        return read_told(states, state)
    kept = frozen_details(state.version, states)
    return {item: told_from_dict(detail["told"]) for item, detail in kept.items()}


def write_packs(
    packs: Sequence[Pack],
    stream: BinaryIO,
    *,
    state: CountyState,
    made_on: date,
    in_folders: bool,
    step: Callable[[int, int], None] = lambda done, whole: None,
) -> None:
    """Write packs into one zip archive.

    What several items share, since one project stands on several lists, is stored once, in
    the folder of the first; the sheets of the others say where.

    Args:
        packs: at least one.
        stream: where the archive is written, piece by piece; no file is held in memory.
        state: the county, for dates and what is made up.
        made_on: of the sheets.
        in_folders: whether each item has a folder of its own.
        step: told after every file how many of how many are done.
    """
    folders, stored = Names(), {}
    whole = len(packs) + len({e.pk for pack in packs for e in pack.evidence})
    done = 0
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for pack in packs:
            folder = folders.new(_folder(pack)) + "/" if in_folders else ""
            names = Names()
            for evidence in pack.evidence:
                if evidence.pk not in stored:
                    path = folder + names.new(*_name(evidence))
                    found = _add(archive, evidence, path)
                    stored[evidence.pk] = Stored(evidence, path if found else "")
                    done += 1
                    step(done, whole)
            index = [stored[evidence.pk] for evidence in pack.evidence]
            book = item_workbook(pack, index, state=state, made_on=made_on)
            archive.writestr(_member(folder + SHEET_NAME, ZIP_STORED), book)
            done += 1
            step(done, whole)


def _folder(pack: Pack) -> str:
    item = pack.state.item
    title = safe_name(item.title.split("。")[0], longest=NAME_LIMIT)
    return f"{pack.state.level_label}{item.number:02d} {title}"


def _name(evidence: Evidence) -> tuple[str, str]:
    """(path without ending, ending): 截至2023年4月10日/现场照片, .jpg."""
    as_of = cn_date(evidence.report.round.as_of)
    return f"截至{as_of}/{safe_name(evidence.caption)}", safe_ending(evidence.file.name)


def _add(archive: ZipFile, evidence: Evidence, path: str) -> bool:
    """Copy a stored file into the archive; False where it is not there any more."""
    packed = ZIP_DEFLATED if safe_ending(path) in PACKED else ZIP_STORED
    try:
        source = evidence.file.open("rb")
    except FileNotFoundError:
        return False
    moment = timezone.localtime(evidence.uploaded_at)
    with source, archive.open(_member(path, packed, moment), "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target)
    return True


def _member(path: str, compression: int, moment=None) -> ZipInfo:
    moment = timezone.localtime() if moment is None else moment
    member = ZipInfo(path, moment.timetuple()[:6])
    member.compress_type, member.external_attr = compression, 0o644 << 16
    return member


# -- The item's sheet -------------------------------------------------------------------


def item_workbook(
    pack: Pack, index: Sequence[Stored], *, state: CountyState, made_on: date
) -> bytes:
    """The sheet of one item as an .xlsx file."""
    return table_workbook(
        item_tables(pack, index, state),
        title=f"{state.county.name}{state.year}年{pack.state.name}",
        author=state.county.name,
        made_on=made_on,
        marks=[note.partition("：")[0] for note in made_up(state)],
    )


def item_tables(pack: Pack, index: Sequence[Stored], state: CountyState) -> list[Table]:
    """All that is known of one item: plan, judgement, reports, readings, closing, evidence."""
    return [
        _facts_table(pack, state),
        _milestones_table(pack),
        _reports_table(pack),
        _readings_table(pack),
        _index_table(index),
    ]


def _facts_table(pack: Pack, state: CountyState) -> Table:
    own, item, standing = pack.state, pack.state.item, pack.state.standing
    closing = [
        (step.label, cn_date(step.on) if step.reached else "未办理")
        for step in steps_of(pack.told.completion, until=state.as_of)
    ]
    rows = [
        ("条目", own.name),
        ("类别", item.category),
        ("项目内容", ("★" if item.starred else "") + item.title),
        ("目标任务", promised(standing.plan)),
        ("工作进度安排", item.schedule),
        ("牵头单位", item.unit),
        ("配合单位", "、".join(item.supporting_units)),
        ("责任领导", item.leader),
        ("责任人", item.person),
        ("目前实施情况", own.narrative),
        ("存在问题", own.problems),
        ("研判", standing.label),
        ("研判依据", "\n".join(standing.explanation)),
        *closing,
    ]
    return Table(
        name="基本情况",
        title=f"{own.name}基本情况（截至{cn_date(state.as_of)}）",
        columns=(Column("项目", 16, Kind.LABEL), Column("内容", 100)),
        rows=tuple((heading, words) for heading, words in rows if words),
        notes=tuple(made_up(state)),
    )


def _milestones_table(pack: Pack) -> Table:
    standing = pack.state.standing
    pairs = zip(standing.plan.milestones, standing.states, strict=True)
    return Table(
        name="节点",
        title="工作进度安排和节点完成情况",
        columns=(
            Column("到期日", 16, Kind.DATE),
            Column("节点", 60),
            Column("累计计划", 12, Kind.PERCENT),
            Column("情况", 12, Kind.LABEL),
            Column("依据", 40),
        ),
        rows=tuple(
            (m.due, m.text, m.percent, MILESTONE_LABELS[how], pack.told.why.get(m.key, ""))
            for m, how in pairs
        ),
        empty="清单没有写明分期的进度安排。",
    )


def _reports_table(pack: Pack) -> Table:
    return Table(
        name="各期填报",
        title="各期填报（已通过的）",
        columns=(Column("期次", 20, Kind.DATE), Column("实施情况", 70), Column("存在问题", 40)),
        rows=tuple((r.as_of, r.narrative, r.problems) for r in reversed(pack.told.reports)),
        empty="没有已通过的填报。",
    )


def _readings_table(pack: Pack) -> Table:
    return Table(
        name="各期读数",
        title="各期指标读数",
        columns=(
            Column("期次", 20, Kind.DATE),
            Column("指标", 40),
            Column("目标值", 16, Kind.LABEL),
            Column("累计完成", 16, Kind.LABEL),
            Column("实际进度", 12, Kind.PERCENT),
        ),
        rows=tuple(
            (
                report.as_of,
                reading.name,
                _amount(reading.target, reading.unit),
                _amount(reading.value, reading.unit),
                reading.shown_percent,
            )
            for report in reversed(pack.told.reports)
            for reading in report.readings
        ),
        empty="没有指标读数。",
    )


def _amount(value: float | None, unit: str) -> str:
    return "" if value is None else f"{number_cn(value)}{unit}"


def _index_table(index: Sequence[Stored]) -> Table:
    return Table(
        name="佐证材料",
        title="佐证材料目录",
        columns=(
            Column("序号", 6, Kind.COUNT),
            Column("期次", 20, Kind.DATE),
            Column("说明", 36),
            Column("包内位置", 50),
            Column("原文件名", 36),
            Column("大小（KB）", 12, Kind.COUNT),
            Column("上传人", 12, Kind.LABEL),
            Column("上传日期", 16, Kind.DATE),
        ),
        rows=tuple(
            (
                number,
                kept.evidence.report.round.as_of,
                kept.evidence.caption,
                kept.path or "文件已丢失，请联系系统管理员",
                kept.evidence.name,
                -(-kept.evidence.size // 1024),
                str(kept.evidence.uploaded_by),
                timezone.localdate(kept.evidence.uploaded_at),
            )
            for number, kept in enumerate(index, start=1)
        ),
        empty="没有上传佐证材料。",
    )
