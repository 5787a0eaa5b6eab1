"""Loading files in the exchange format: plans, what was reported of them, the city's table."""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import number_cn
from progress.models import (
    CityComparison,
    Completion,
    ItemWording,
    MilestoneMark,
    Reading,
    Report,
    Round,
    RuleSet,
)
from progress.operations.freezing import freeze
from progress.operations.locks import lock_year
from progress.operations.summary import refresh
from projects.models import LEVEL_ORDER, ListItem, Milestone, ProjectList, Target
from projects.operations.load import FaultsError, LoadedPlan, load_document, load_plan
from projects.operations.sync import Changes, sync
from projects.rules.exchange import (
    LEVEL_WORDS,
    Contents,
    DocumentRow,
    Fault,
    ItemRow,
    check_due_dates,
    read_file,
)

MEGABYTE = 1024 * 1024
FILE_LIMIT_MEGABYTES = 20


@dataclass
class Loaded:
    """What loading did, per document."""

    changes: dict[str, Changes] = field(default_factory=lambda: defaultdict(Changes))


def read_files(paths: list[Path], described_in: Path) -> Contents:
    """Read and check files without touching the database.

    A document's description is looked for among the files, then in the folder
    ``described_in``.

    Raises:
        FaultsError: everything that is wrong with the files.
    """
    contents, faults = Contents(), []
    for path in paths:
        _read_path(path, contents, faults)
    missing = {row.doc for row in contents.items} | {link.doc for link in contents.links}
    missing |= {row.doc for row in contents.comparisons}
    for doc in sorted(missing - set(contents.documents)):
        description = described_in / f"{doc}.document.json"
        # A name that a file gives must not lead out of the folder.
        if doc and description.parent == described_in and description.is_file():
            _read_path(description, contents, faults)
    faults += [
        Fault("", doc, "doc", "没有这份文档的说明（县、年度、单位名单），请一并载入。")
        for doc in sorted(missing - set(contents.documents))
        if doc
    ]
    years = {doc: document.year for doc, document in contents.documents.items()}
    faults += check_due_dates(contents, years)
    faults += _check_references(contents)
    if faults:
        raise FaultsError(faults)
    return contents


def _read_path(path: Path, contents: Contents, faults: list[Fault]) -> None:
    try:
        if path.stat().st_size > FILE_LIMIT_MEGABYTES * MEGABYTE:
            faults.append(Fault(path.name, "", "", f"超过{FILE_LIMIT_MEGABYTES}兆字节。"))
            return
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        faults.append(Fault(path.name, "", "", "不是 UTF-8 编码的文本文件。"))
    except OSError:
        faults.append(Fault(path.name, "", "", "打不开，请检查文件名和权限。"))
    else:
        read_file(text, path.name, contents, faults)


def _check_references(contents: Contents) -> list[Fault]:
    """Whatever names something that the same document does not have."""
    return [
        *(f for doc in contents.documents.values() for f in _check_document(doc)),
        *_check_rows(contents),
        *_check_links(contents),
    ]


def _check_document(document: DocumentRow) -> list[Fault]:
    faults, kinds = [], {region.code: region.kind for region in document.regions}
    if document.county not in kinds:
        message = f"regions 中没有代码 {document.county}。"
        faults.append(Fault("", document.doc, "county", message))
    elif kinds[document.county] != Region.Kind.COUNTY:
        message = f"{document.county} 不是县（市、区）。"
        faults.append(Fault("", document.doc, "county", message))
    if document.as_of is not None and document.as_of.year != document.year:
        message = f"截至日期不在{document.year}年度内。"
        faults.append(Fault("", document.doc, "as_of", message))
    return faults


def _check_rows(contents: Contents) -> list[Fault]:
    faults, known = [], {(row.doc, *row.key) for row in contents.items}
    for row in contents.items:
        name = f"{LEVEL_WORDS[row.level]}第{row.number}项"
        if row.merged_with is not None and (row.doc, row.level, row.merged_with) not in known:
            message = f"本清单没有第{row.merged_with}项。"
            faults.append(Fault(row.doc, name, "merged_with", message))
        document = contents.documents.get(row.doc)
        if document is not None and document.as_of is None and row.is_reported:
            message = "写有进展，但文档说明中没有截至日期（as_of）。"
            faults.append(Fault(row.doc, name, "status", message))
    return faults


def _check_links(contents: Contents) -> list[Fault]:
    counts = {(row.doc, *row.key): len(row.indicators) for row in contents.items}
    return [
        Fault(
            link.doc,
            link.project,
            "indicators",
            f"{LEVEL_WORDS[level]}第{number}项没有第{index}号指标（从0数起）。",
        )
        for link in contents.links
        for group in link.shared or ()
        for level, number, index in group
        if index >= counts.get((link.doc, level, number), index + 1)
    ]


@contextmanager
def uncollected() -> Iterator[None]:
    """While thousands of rows are made, look for no garbage among them.

    They all live until they are written; collecting would go through them again and again,
    which takes as long as writing them.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@uncollected()
@transaction.atomic
def load(contents: Contents, *, by=None) -> Loaded:
    """Write everything that ``contents`` holds, or nothing.

    Loading the same again changes nothing and leaves no trace.

    Args:
        contents: what ``read_files`` gave.
        by: the person who loads; None for the command line.

    Raises:
        FaultsError: units or rows that the database does not know.
    """
    loaded = Loaded()
    for doc, document in contents.documents.items():
        county, changes = load_document(document)
        lock_year(county.pk, document.year)
        rows = [row for row in contents.items if row.doc == doc]
        links = [link for link in contents.links if link.doc == doc]
        plan = load_plan(document, county, rows, links)
        changes.add(plan.changes)
        changes.add(_ensure_rules(county, document.year))
        if document.as_of is not None:
            changes.add(_load_round(document, plan, rows))
        table = [row for row in contents.comparisons if row.doc == doc]
        changes.add(_load_comparisons(table, plan))
        loaded.changes[doc] = changes
        if changes:
            Region.objects.filter(pk=county.pk).touch()
            _record(document, county, changes, by)
        if document.as_of is not None:
            _freeze(document, county, bool(changes), by)
        if changes:
            refresh(county, since=date(document.year, 1, 1))
    return loaded


def _freeze(document: DocumentRow, county: Region, changed: bool, by) -> None:
    """Keep the document's closed round as it is judged now, once and after every change.

    A file that is loaded again with other content is a correction of what was published.
    """
    published = Round.objects.filter(
        county=county, as_of=document.as_of, state=Round.State.CLOSED
    ).first()
    if published is None:
        return
    if changed or not published.version:
        note = "重新载入，内容有变化" if published.version else "载入公布的进展"
        freeze(published, by=by, note=note, now=timezone.now())


def _record(document: DocumentRow, county: Region, changes: Changes, by) -> None:
    counts = f"新增{changes.created}，修改{changes.updated}，删除{changes.deleted}"
    record(by=by, subject=county, summary=f"载入{document.year}年清单：{counts}")
    for row, different in changes.details:
        if isinstance(row, ListItem | Target | Milestone):
            item = row if isinstance(row, ListItem) else row.item
            shown = {
                str(row._meta.get_field(name).verbose_name): (_in_words(old), _in_words(new))
                for name, (old, new) in different.items()
            }
            record(by=by, subject=item, summary=f"重新载入{document.year}年清单", changes=shown)


def _in_words(value) -> str | None:
    """A stored value as a reader of the trail takes it; None where nothing was stated."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return number_cn(value)
    if isinstance(value, list):
        return "、".join(value)
    return None if value is None else str(value)


def _ensure_rules(county: Region, year: int) -> Changes:
    """A county without rules in force gets the default ones, valid from New Year."""
    if RuleSet.objects.in_force(county, date(year, 12, 31)) is not None:
        return Changes()
    RuleSet.objects.create(county=county, valid_from=date(year, 1, 1))
    return Changes(created=1)


# -- The round ---------------------------------------------------------------------


class _Said(NamedTuple):
    """What one list prints of a project in the round."""

    item: ListItem
    narrative: str
    problems: str
    # (basis, value, percent) by indicator, None of them the whole; None: not spoken of
    figures: dict[int | None, tuple | None]


def _load_round(document: DocumentRow, plan: LoadedPlan, rows: list[ItemRow]) -> Changes:
    """The statuses of a document as one closed reporting round."""
    reported = [row for row in rows if row.is_reported]
    if not reported:
        return Changes()
    changes = Changes()
    reporting_round, created = Round.objects.get_or_create(
        county=plan.county,
        as_of=document.as_of,
        defaults={"state": Round.State.CLOSED, "source": document.source},
    )
    changes.created += created
    pks = [item.pk for item in plan.items.values()]
    items = _items_with_targets(ListItem.objects.filter(pk__in=pks))
    # What a unit has reported or corrected itself is not the document's to take back.
    own = reporting_round.reports.exclude(updated_by=None)
    told = set(own.values_list("project_id", flat=True))
    loaded = [(row, items[row.key]) for row in reported if items[row.key].project_id not in told]
    said = _said_by_project(reporting_round, loaded, pks)
    reports = _sync_reports(reporting_round, said, changes)
    _sync_wordings(reports, said, changes)
    _sync_readings(reports, said, changes)
    _sync_marks(reports, loaded, changes)
    changes.add(_sync_completions(reported, items, document.as_of))
    return changes


def _items_with_targets(items: QuerySet[ListItem]) -> dict[tuple[str, int], ListItem]:
    """Items by level and number, read afresh: linking may have given them other projects."""
    # Into lists: a queryset for each of thousands of items is what would take the time.
    items = items.select_related("project_list").prefetch_related(
        Prefetch("targets", to_attr="own_targets"),
        Prefetch("milestones", to_attr="own_milestones"),
    )
    return {(item.project_list.level, item.number): item for item in items}


def _said_by_project(reporting_round: Round, loaded, pks) -> dict[int, list[_Said]]:
    """What every list prints of the projects that ``loaded``, (row, item) pairs, speaks of.

    An item that is not being loaded now, not of ``pks``, stands as it was loaded before.
    The order is that of the lists, whatever the order of the files: the first one's words
    are the report's.
    """
    said = [_said(row, item) for row, item in loaded]
    projects = {item.project_id for _row, item in loaded}
    others = ListItem.objects.filter(project__in=projects).exclude(pk__in=pks)
    said += _said_before(reporting_round, _items_with_targets(others).values())
    said.sort(key=lambda s: (LEVEL_ORDER[s.item.project_list.level], s.item.number))
    by_project = defaultdict(list)
    for one in said:
        by_project[one.item.project_id].append(one)
    return by_project


def _said(row: ItemRow, item: ListItem) -> _Said:
    indicators = {target.order: target.indicator_id for target in item.own_targets}
    figures = dict.fromkeys((*indicators.values(), None))
    for actual in row.actual:
        # A derived percent is not kept, it follows from the target.
        percent = None if actual.basis == Reading.Basis.DERIVED else actual.percent
        figure = actual.basis, actual.value, percent
        figures[None if actual.indicator is None else indicators[actual.indicator]] = figure
    return _Said(item, row.status, row.problems, figures)


def _said_before(reporting_round: Round, items: Iterable[ListItem]) -> list[_Said]:
    """What is kept of ``items`` in the round; nothing where their project has no report."""
    reports = Report.objects.filter(
        round=reporting_round, project__in={item.project_id for item in items}
    ).prefetch_related("wordings", "readings")
    by_project = {report.project_id: report for report in reports}
    said = []
    for item in items:
        report = by_project.get(item.project_id)
        if report is None:
            continue
        own = [wording for wording in report.wordings.all() if wording.item_id == item.pk]
        words = own[0] if own else report
        figures = dict.fromkeys((*(t.indicator_id for t in item.own_targets), None))
        for place in (None, item.pk):  # what the list prints for itself goes last
            for reading in report.readings.all():
                if reading.item_id == place and reading.indicator_id in figures:
                    figure = reading.basis, reading.value, reading.percent
                    figures[reading.indicator_id] = figure
        said.append(_Said(item, words.narrative, words.problems, figures))
    return said


def _sync_reports(reporting_round, said, changes: Changes) -> dict[int, Report]:
    wanted = {
        project: {
            "round": reporting_round,
            "project_id": project,
            "state": Report.State.ACCEPTED,
            "narrative": lists[0].narrative,
            "problems": lists[0].problems,
        }
        for project, lists in said.items()
    }
    existing = Report.objects.filter(round=reporting_round).select_related("round")
    # A report of a list that is not being loaded stays.
    done, reports = sync(existing, wanted, lambda r: r.project_id, delete=False)
    changes.add(done)
    return reports


def _sync_wordings(reports, said, changes: Changes) -> None:
    wanted = {
        one.item.pk: {
            "report": reports[project],
            "item": one.item,
            "narrative": one.narrative,
            "problems": one.problems,
        }
        for project, lists in said.items()
        for one in lists
        if (one.narrative, one.problems) != (lists[0].narrative, lists[0].problems)
    }
    existing = ItemWording.objects.filter(report__in=reports.values())
    existing = existing.select_related("report", "item")
    done, _ = sync(existing, wanted, lambda w: w.item_id)
    changes.add(done)


def _sync_readings(reports, said, changes: Changes) -> None:
    """Where all lists of a project say the same of an indicator it is kept once; where
    they do not, each list keeps its own figure."""
    wanted = {}
    for project, lists in said.items():
        figures = defaultdict(dict)  # indicator → {item: figure}
        for one in lists:
            for indicator, figure in one.figures.items():
                figures[indicator][one.item.pk] = figure
        for indicator, by_item in figures.items():
            shared = len(set(by_item.values())) == 1
            for item, figure in by_item.items():
                if figure is None:
                    continue
                place = None if shared else item
                basis, value, percent = figure
                wanted[reports[project].pk, indicator, place] = {
                    "report": reports[project],
                    "indicator_id": indicator,
                    "item_id": place,
                    "basis": basis,
                    "value": value,
                    "percent": percent,
                }
    existing = Reading.objects.filter(report__in=reports.values()).select_related("report")
    done, _ = sync(existing, wanted, lambda r: (r.report_id, r.indicator_id, r.item_id))
    changes.add(done)


def _sync_marks(reports, loaded, changes: Changes) -> None:
    wanted = {}
    for row, item in loaded:
        milestones = {m.order: m for m in item.own_milestones}
        for order, said in enumerate(row.milestones):
            if said.marked:
                wanted[milestones[order].pk] = {
                    "report": reports[item.project_id],
                    "milestone": milestones[order],
                    "met": said.met,
                    "why": said.met_why,
                }
    existing = MilestoneMark.objects.filter(
        report__in=reports.values(),
        # Marks of a list that is not being loaded stay.
        milestone__item__in=[item.pk for _row, item in loaded],
    ).select_related("report", "milestone")
    done, _ = sync(existing, wanted, lambda m: m.milestone_id)
    changes.add(done)


def _sync_completions(rows: list[ItemRow], items, as_of: date) -> Changes:
    """Completions as published: a bulletin prints only what the office has confirmed."""
    wanted = {
        items[row.key].pk: {"item": items[row.key], "declared_on": as_of, "verified_on": as_of}
        for row in rows
        if row.completed
    }
    in_question = [items[row.key].pk for row in rows]
    existing = Completion.objects.filter(item__in=in_question).select_related("item")
    keep = {
        completion.item_id: {
            "item": completion.item,
            "declared_on": min(completion.declared_on, as_of),
            "verified_on": min(completion.verified_on or as_of, as_of),
        }
        for completion in existing
        if completion.item_id in wanted
    }
    # What was declared after the document's date, or by a person, is not the document's to
    # take back.
    later = existing.filter(
        Q(declared_on__gt=as_of) | Q(declared_by__isnull=False) | Q(verified_by__isnull=False)
    ).exclude(item__in=wanted)
    existing = existing.exclude(pk__in=later.values("pk"))
    done, _ = sync(existing, wanted | keep, lambda c: c.item_id)
    return done


# -- The city's table --------------------------------------------------------------


def _load_comparisons(table, plan: LoadedPlan) -> Changes:
    if not table:
        return Changes()
    items = {
        (item.project_list.level, item.number): item
        for item in ListItem.objects.filter(
            project_list__in=ProjectList.objects.filter(county=plan.county, year=plan.year)
        ).select_related("project_list")
    }
    faults = [
        Fault(row.doc, f"{LEVEL_WORDS[row.level]}第{row.number}项", "number", "清单中没有这一项。")
        for row in table
        if (row.level, row.number) not in items
    ]
    if faults:
        raise FaultsError(faults)
    wanted = {
        (items[row.level, row.number].pk, row.as_of): {
            "item": items[row.level, row.number],
            "as_of": row.as_of,
            "figure": row.figure,
            "average": row.average,
            "rank": row.rank,
            "counties": row.counties,
            "source": row.source,
            "illustrative": row.illustrative,
        }
        for row in table
    }
    existing = CityComparison.objects.filter(
        item__in=items.values(), as_of__in={row.as_of for row in table}
    ).select_related("item")
    # What the office took in itself is not the document's to change.
    for own in existing.filter(table__isnull=False):
        wanted.pop((own.item_id, own.as_of), None)
    existing = existing.filter(table=None)
    done, _ = sync(existing, wanted, lambda c: (c.item_id, c.as_of))
    return done


def summary(changes: Mapping[str, Changes]) -> list[str]:
    """One line per document for whoever loaded it."""
    return [
        f"{doc}：新增{c.created}，修改{c.updated}，删除{c.deleted}，未变{c.unchanged}"
        for doc, c in changes.items()
    ]
