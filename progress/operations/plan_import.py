"""导入清单, up to the confirmation: a document becomes rows that a person can check.

Nothing here changes a list. A document is kept with what was chosen for it, its rows are
read in portions, and every step can be taken up again later by anybody of the office.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Count, F

from livelihood.organisation.models import Region, Unit
from livelihood.organisation.operations.audit import record
from progress.operations.import_reading import check_row, json_value, read_source, source_of
from progress.operations.reporting import RefusedError
from projects.documents.archives import UnreadableError
from projects.documents.columns import Role
from projects.documents.reading import SourceDocument, SourceList, read_file, read_text
from projects.models import ImportRow, Level, ListItem, PlanImport
from projects.operations.load import unit_names
from projects.rules.exchange import Fault
from projects.rules.similar import Work, likeliest_name, likely_same

PASTED = "粘贴的文字"
FIRST_ROWS = 3
# Rows that are read within one request; more are read in portions, with a word on how far.
PORTION = 500
TITLE_LIMIT = 120
DATE_TOLD = re.compile(r"截[至止](?:(20\d\d)年)?(\d{1,2})月(\d{1,2})日")
# The date that a bulletin adds to a list's title is no part of it.
AS_OF_NOTE = re.compile(r"[（(]截[至止][^）)]*[）)]")
# What a list's title or sheet says of its level; the first that stands there counts.
LEVEL_TOLD = (
    (Level.PROVINCE, re.compile(r"省政府|省级|省民生|province")),
    (Level.CITY, re.compile(r"市政府|市级|市民生|city")),
    (Level.COUNTY, re.compile(r"[县区]政府|[县区]级|[县区]民生|[县区]|county")),
)


class ImportChangedError(Exception):
    """Somebody else has changed the import, or the row, since it was opened."""

    def __init__(self):
        super().__init__("打开之后，这次导入已被他人修改。下面是现在的内容，请核对后再提交。")


class RowFaultsError(Exception):
    """A row cannot be kept as it was put right; ``faults`` name every field."""

    def __init__(self, faults: Sequence[Fault]):
        super().__init__("\n".join(fault.message for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class ListChoice:
    """What one list of the document is: its level ("" leaves it out), title, columns."""

    level: str
    title: str
    roles: Mapping[int, Role | None] = field(default_factory=dict)


# -- The document --------------------------------------------------------------------


@transaction.atomic
def start_import(
    *, by, county: Region, year: int, name: str = "", content: bytes | None = None, text: str = ""
) -> PlanImport:
    """Keep a file, or pasted text, with the lists that were found in it.

    Args:
        by: who imports; None for the command line.
        county: whose lists they are.
        year: of which year.
        name: what the file is called.
        content: the file; None for ``text``.
        text: what was pasted.

    Raises:
        UnreadableError: no list was found; says why, and how to save the file anew.
    """
    document = _read(content, name, text)
    plan = PlanImport(
        county=county,
        year=year,
        name=(name or PASTED)[-200:],
        lists=[_outline(one, document.kind) for one in document.lists],
        as_of=_told_date(document, year),
        started_by=by,
    )
    if content is None:
        plan.source.save("pasted.txt", ContentFile(text.encode()), save=False)
    else:
        plan.source.save(name[-100:], ContentFile(content), save=False)
    plan.save()
    record(by=by, subject=plan, summary=f"开始导入{county}{year}年清单：{plan.name}")
    return plan


def _read(content: bytes | None, name: str, text: str) -> SourceDocument:
    return read_text(text) if content is None else read_file(BytesIO(content), name)


def document_of(plan: PlanImport) -> SourceDocument:
    """The kept document, read again.

    Raises:
        RefusedError: the file is not there any more.
    """
    try:
        with plan.source.open("rb") as file:
            content = file.read()
        pasted = plan.name == PASTED
        return _read(None if pasted else content, plan.name, content.decode() if pasted else "")
    except (OSError, ValueError, UnreadableError):
        raise RefusedError("上传的原文件已经不在，请放弃这次导入，重新上传。") from None


def _outline(one: SourceList, kind) -> dict:
    """What the page on the columns shows of a list."""
    columns, first = [], []
    if one.table is not None:
        columns = [
            {
                "index": column.index,
                "heading": column.heading,
                "role": column.role.value if column.role else "",
                "confidence": column.confidence,
                "hidden": column.hidden,
            }
            for column in one.table.columns
        ]
        first = [
            [one.table.grid.text(row, column.index) for column in one.table.columns]
            for row in one.table.rows[:FIRST_ROWS]
        ]
    else:
        first = [[item.title] for item in one.rows.items[:FIRST_ROWS]]
    return {
        "kind": kind.value,
        "name": one.name,
        "columns": columns,
        "first": first,
        "items": len(one.rows.items),
        "questions": list(one.questions),
        "hidden": one.hidden,
        "level": level_told(one.name),
        "title": AS_OF_NOTE.sub("", one.name)[:TITLE_LIMIT],
    }


def level_told(name: str) -> str:
    """The level that a list's title names; "" if it names none."""
    for level, words in LEVEL_TOLD:
        if words.search(name):
            return level.value
    return ""


def _told_date(document: SourceDocument, year: int) -> date | None:
    """The date up to which the document says to report."""
    texts = [one.name for one in document.lists]
    texts += [column.heading for one in document.lists if one.table for column in one.table.columns]
    texts += [left.text for left in document.leftovers]
    texts += [left.text for one in document.lists for left in one.rows.leftovers]
    for text in texts:
        found = DATE_TOLD.search(text)
        if found:
            try:
                day = date(int(found[1] or year), int(found[2]), int(found[3]))
            except ValueError:
                continue
            return day if day.year == year else None
    return None


# -- Columns -------------------------------------------------------------------------


def choose_columns(
    *, by, plan: PlanImport, choices: Sequence[ListChoice], as_of: date | None, version: int
) -> PlanImport:
    """Read the rows of the lists with the columns as chosen; what was put right is lost.

    Args:
        by: who chose.
        plan: the import.
        choices: one for each list of the document, in its order.
        as_of: up to which day the column on progress reports; None leaves progress out.
        version: that on which was chosen.

    Raises:
        ImportChangedError, RefusedError
    """
    document = document_of(plan)
    read = [
        one.with_roles(choice.roles) if choice.level and choice.roles and one.table else one
        for one, choice in zip(document.lists, choices, strict=True)
    ]
    rows, leftovers = _rows(plan, read, choices)
    leftovers += [_left("", left) for left in document.leftovers]
    if not rows:
        raise RefusedError("选中的表里没有事项，请至少选一张表的层级，并指明“项目内容”一列。")
    with transaction.atomic():
        plan = locked(plan, version)
        for outline, choice in zip(plan.lists, choices, strict=True):
            outline |= {"level": choice.level, "title": choice.title}
            for column in outline["columns"]:
                if column["index"] in choice.roles:
                    role = choice.roles[column["index"]]
                    column |= {"role": role.value if role else "", "confidence": 1}
        plan.rows.all().delete()
        ImportRow.objects.bulk_create(rows, batch_size=500)
        plan.state, plan.as_of = PlanImport.State.READING, as_of
        plan.leftovers, plan.units, plan.links = leftovers, {}, []
        _save(plan)
    return read_next(plan=plan) if len(rows) <= PORTION else plan


def _rows(plan: PlanImport, read: Sequence[SourceList], choices: Sequence[ListChoice]):
    rows, leftovers = [], []
    last: dict[str, int] = {}
    for one, choice in zip(read, choices, strict=True):
        if not choice.level:
            leftovers.append(
                {
                    "list": one.name,
                    "place": "",
                    "text": f"{len(one.rows.items)}个事项",
                    "reason": "整张表没有选层级，不导入",
                }
            )
            continue
        for item in one.rows.items:
            number = item.number or last.get(choice.level, 0) + 1
            last[choice.level] = number
            rows.append(
                ImportRow(
                    plan_import=plan,
                    order=len(rows),
                    level=choice.level,
                    number=number,
                    source=source_of(item, number),
                )
            )
        leftovers += [
            {"list": one.name, "place": g.place, "text": g.text, "reason": "大类标题"}
            for g in one.rows.groups
        ]
        leftovers += [_left(one.name, left) for left in one.rows.leftovers]
    return rows, leftovers


def _left(name: str, left) -> dict:
    return {"list": name, "place": left.place, "text": left.text[:500], "reason": left.reason}


# -- Reading -------------------------------------------------------------------------


@transaction.atomic
def read_next(*, plan: PlanImport, most: int = PORTION) -> PlanImport:
    """Read the next rows; after the last one the import can be checked.

    Asked again, or by two at once, it goes on where it stands.
    """
    plan = locked(plan)
    if plan.state != PlanImport.State.READING:
        return plan
    rows = list(plan.rows.filter(row__isnull=True)[:most])
    for row in rows:
        _read_row(row, plan)
    # An upsert: bulk_update is slower than the reading itself.
    ImportRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["plan_import", "order"],
        update_fields=["row", "marks", "doubts", "open", "faulty", "lead_unit"],
        batch_size=500,
    )
    if len(rows) < most:
        _double_numbers(plan)
        plan.state = PlanImport.State.PREVIEW
        plan.units = _clear_units(plan)
        plan.links = _proposals(plan)
    _save(plan)
    return plan


def _read_row(row: ImportRow, plan: PlanImport) -> None:
    reading = read_source(row.source, row.level, row.number, plan.year, plan.as_of)
    row.row, row.marks = json_value(reading.row), reading.marks
    row.lead_unit = reading.row["lead_unit"][:200]
    _doubt(row, reading.faults, reading.doubts)


def _doubt(row: ImportRow, faults: Sequence[Fault], doubts: Sequence[str]) -> None:
    told = [{"kind": "fault", "text": f"{field_word(f.field)}：{f.message}"} for f in faults]
    row.doubts = told + [{"kind": "doubt", "text": text} for text in doubts]
    row.faulty, row.open = bool(faults), bool(row.doubts)


FIELD_WORDS = {
    "number": "序号", "category": "类别", "title": "项目内容", "schedule": "工作进度安排",
    "status": "目前实施情况", "lead_unit": "牵头单位", "responsible_leader": "责任领导",
    "responsible_person": "责任人", "supporting_units": "配合单位", "merged_with": "合并于",
    "sites": "点位", "allocations": "任务分解", "allocation_total": "任务分解合计",
    "indicators": "指标", "milestones": "节点", "actual": "进展", "problems": "存在问题",
}  # fmt: skip
PLACE = re.compile(r"\[(\d+)\]")


def field_word(name: str) -> str:
    """A field of the exchange format in the words of the pages: 第2个指标."""
    head = re.split(r"[.\[]", name)[0]
    place = PLACE.search(name)
    word = FIELD_WORDS.get(head, "这一行")
    return f"第{int(place[1]) + 1}个{word}" if place else word


def _double_numbers(plan: PlanImport) -> None:
    """Rows whose number another row of their list has: one of them must get another."""
    seen: dict[tuple[str, int], ImportRow] = {}
    for row in plan.rows.only("level", "number", "doubts", "open", "faulty", "plan_import"):
        if seen.setdefault((row.level, row.number), row) is row:
            continue
        text = f"序号：本清单中第{row.number}项不止一行，请改成不同的序号。"
        row.doubts = [{"kind": "fault", "text": text, "double": True}, *row.doubts]
        row.faulty = row.open = True
        row.save(update_fields=["doubts", "faulty", "open"])


# -- Rows put right ------------------------------------------------------------------


@transaction.atomic
def save_row(*, by, row: ImportRow, data: Mapping, version: int) -> ImportRow:
    """Keep a row as somebody put it right.

    Args:
        by: who.
        row: the row.
        data: the item in the exchange format.
        version: the row's, on which it was put right.

    Raises:
        RowFaultsError: it cannot be kept like this.
        ImportChangedError: somebody else was faster.
        RefusedError: the import is over.
    """
    row = _locked_row(row, version)
    plan = row.plan_import
    data = json_value(dict(data))
    number = data.get("number")
    faults, doubts = check_row(data, row.source, plan.year)
    if isinstance(number, int) and (
        plan.rows.filter(level=row.level, number=number).exclude(pk=row.pk).exists()
    ):
        faults = [*faults, Fault("", "", "number", f"本清单已有第{number}项，请用别的序号。")]
    if faults:
        raise RowFaultsError(faults)
    row.row, row.number, row.edited = data, number, True
    row.lead_unit = data["lead_unit"]
    _doubt(row, (), doubts)
    return _save_row(row, by)


@transaction.atomic
def reread_row(*, by, row: ImportRow, words: Mapping[str, str], version: int) -> ImportRow:
    """Put the words of a row right (title, schedule, status) and read them again.

    Raises:
        ImportChangedError, RefusedError
    """
    row = _locked_row(row, version)
    row.source |= {name: words[name] for name in ("title", "schedule", "status")}
    row.edited = True
    _read_row(row, row.plan_import)
    return _save_row(row, by)


@transaction.atomic
def settle_row(*, by, row: ImportRow, version: int) -> ImportRow:
    """Say that a row's doubts have been looked at, and that it is right as it is.

    Raises:
        ImportChangedError
        RefusedError: it is faulty, or the import is over.
    """
    row = _locked_row(row, version)
    if row.faulty:
        raise RefusedError("这一行有误，改正后才能导入。")
    row.open = False
    return _save_row(row, by)


def _locked_row(row: ImportRow, version: int) -> ImportRow:
    plan = locked(row.plan_import)
    row = plan.rows.select_for_update(no_key=True).get(pk=row.pk)
    row.plan_import = plan
    if row.version != version:
        raise ImportChangedError
    return row


def _save_row(row: ImportRow, by) -> ImportRow:
    row.version += 1
    row.save()
    PlanImport.objects.filter(pk=row.plan_import_id).update(version=F("version") + 1)
    return row


# -- Units ---------------------------------------------------------------------------


def unknown_units(plan: PlanImport) -> dict[str, int]:
    """Lead units under names that the county's units do not have, with how many rows."""
    known = unit_names(plan.county)
    counts = plan.rows.order_by("lead_unit").values_list("lead_unit").annotate(Count("pk"))
    return {name: rows for name, rows in counts if name and name not in known}


@dataclass(frozen=True)
class UnitQuestion:
    """A printed name that no unit has; ``chosen`` is a unit's name, "" a new unit, None open."""

    printed: str
    rows: int
    likeliest: str
    chosen: str | None


def unit_questions(plan: PlanImport) -> list[UnitQuestion]:
    """Every unknown name, with the unit, or other unknown name, that it most likely means."""
    unknown = unknown_units(plan)
    if not unknown:
        return []
    names = {name: unit.name for name, unit in unit_names(plan.county).items()}
    questions = []
    # The names that stand there most often come first: the others may be short for them.
    for printed, rows in sorted(unknown.items(), key=lambda pair: -pair[1]):
        like = likeliest_name(printed, names)
        likeliest = names[like] if like else ""
        questions.append(UnitQuestion(printed, rows, likeliest, plan.units.get(printed)))
        names.setdefault(printed, likeliest or printed)
    return sorted(questions, key=lambda q: q.chosen is not None)


def _clear_units(plan: PlanImport) -> dict[str, str]:
    """On a county's first list every name that is like no other is a new unit."""
    if ListItem.objects.filter(project_list__county=plan.county).exists():
        return {}
    return {q.printed: "" for q in unit_questions(plan) if not q.likeliest}


@transaction.atomic
def decide_units(*, by, plan: PlanImport, chosen: Mapping[str, str], version: int) -> PlanImport:
    """Keep what printed names mean: a unit of the county, another name that becomes a new
    unit, or "" for a new unit.

    Raises:
        ImportChangedError
        RefusedError: a chosen unit does not exist, or the import is over.
    """
    plan = locked(plan, version)
    decided = plan.units | dict(chosen)
    known = set(Unit.objects.filter(region=plan.county).values_list("name", flat=True))
    known |= {name for name, unit in decided.items() if not unit}
    if wrong := [unit for unit in chosen.values() if unit and unit not in known]:
        raise RefusedError(f"没有名为“{wrong[0]}”的单位，请重新选择。")
    plan.units = decided
    plan.links = _proposals(plan)
    _save(plan)
    return plan


# -- The same work on several lists ----------------------------------------------------


def _proposals(plan: PlanImport) -> list[dict]:
    """Rows that look like the same work on another list; decisions made before stay."""
    decided = {str(link["members"]): link["state"] for link in plan.links}
    names = {name: unit.name for name, unit in unit_names(plan.county).items()}
    names |= {printed: unit or printed for printed, unit in plan.units.items()}
    rows = list(plan.rows.only("level", "number", "lead_unit", "row", "plan_import"))
    works = [_work(row, names) for row in rows]
    imported = {(row.level, row.number) for row in rows}
    stored = [
        item
        for item in stored_items(plan.county, plan.year)
        if (item.project_list.level, item.number) not in imported
    ]
    existing = {
        (item.project_list.level, item.number)
        for item in ListItem.objects.for_county(plan.county, plan.year).select_related(
            "project_list"
        )
    }
    fresh = {("row", row.pk) for row in rows if (row.level, row.number) not in existing}
    works += [
        Work(
            ("item", item.pk),
            item.project_list.level,
            item.lead_unit.name,
            item.title,
            tuple(
                (t.name, None if t.value is None else float(t.value), t.unit_of_measure)
                for t in item.targets.all()
            ),
        )
        for item in stored
    ]
    found = []
    for same in likely_same(works):
        if not fresh & set(same.keys):
            continue
        members = [list(key) for key in same.keys]
        state = decided.get(str(members), "")
        found.append({"members": members, "why": same.why, "state": state})
    return found


def _work(row: ImportRow, names: Mapping[str, str]) -> Work:
    targets = tuple((i["name"], i["target"], i["unit"] or "") for i in row.row["indicators"])
    unit = names.get(row.lead_unit, row.lead_unit)
    return Work(("row", row.pk), row.level, unit, row.row["title"], targets)


def stored_items(county: Region, year: int) -> Iterable[ListItem]:
    """A county's items of a year with everything that a plan says of them."""
    return (
        ListItem.objects.for_county(county, year)
        .select_related("project_list", "lead_unit", "project")
        .prefetch_related("targets__indicator", "milestones", "allocations", "sites")
    )


@transaction.atomic
def decide_links(
    *, by, plan: PlanImport, decisions: Mapping[int, Sequence[str]], version: int
) -> PlanImport:
    """Keep which rows are the same work.

    Args:
        by: who decided.
        plan: the import.
        decisions: by the place of the proposal the members that are one work, as
            "row-5" or "item-7"; fewer than two: not the same.
        version: that on which it was decided.

    Raises:
        ImportChangedError, RefusedError
    """
    plan = locked(plan, version)
    for place, kept in decisions.items():
        if not 0 <= place < len(plan.links):
            continue
        link = plan.links[place]
        members = [m for m in link["members"] if f"{m[0]}-{m[1]}" in kept]
        link["state"] = "accepted" if len(members) > 1 else "rejected"
        link["kept"] = members if len(members) > 1 else []
    _save(plan)
    return plan


# -- The end without a confirmation ----------------------------------------------------


@transaction.atomic
def drop_import(*, by, plan: PlanImport) -> PlanImport:
    """Give an import up: its rows and its file go, that it was begun stays.

    Raises:
        RefusedError: it is over already.
    """
    plan = locked(plan)
    plan.rows.all().delete()
    source = plan.source.name
    plan.state, plan.source = PlanImport.State.DROPPED, ""
    plan.leftovers, plan.links, plan.units = [], [], {}
    _save(plan)
    record(by=by, subject=plan, summary=f"放弃导入：{plan.name}")
    storage = PlanImport._meta.get_field("source").storage
    # A file that is gone while the row still names it would be worse than one too many.
    transaction.on_commit(lambda: storage.delete(source))
    return plan


def locked(plan: PlanImport, version: int | None = None) -> PlanImport:
    """The import as it is now, locked for this transaction.

    Raises:
        RefusedError: it is over.
        ImportChangedError: it is not as it was at ``version``.
    """
    plan = (
        PlanImport.objects.select_for_update(of=("self",), no_key=True)
        .select_related("county")
        .get(pk=plan.pk)
    )
    if plan.state not in PlanImport.UNFINISHED:
        raise RefusedError(f"这次导入{plan.get_state_display()}，不能再改。")
    if version is not None and plan.version != version:
        raise ImportChangedError
    return plan


def _save(plan: PlanImport) -> None:
    plan.version += 1
    plan.save()
