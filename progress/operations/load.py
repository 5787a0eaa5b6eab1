"""Loading files in the exchange format: plans, what was reported of them, the city's table."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import transaction

from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record
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
from projects.models import ListItem, Milestone, ProjectList, Target
from projects.operations.load import FaultsError, LoadedPlan, load_document, load_plan
from projects.operations.sync import Changes, sync
from projects.rules.exchange import (
    LEVEL_WORDS,
    ActualRow,
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
    faults = []
    for doc, document in contents.documents.items():
        codes = {region.code for region in document.regions}
        if document.county not in codes:
            faults.append(Fault("", doc, "county", f"regions 中没有代码 {document.county}。"))
    keys = defaultdict(set)
    for row in contents.items:
        keys[row.doc, row.level].add(row.number)
    for row in contents.items:
        if row.merged_with is not None and row.merged_with not in keys[row.doc, row.level]:
            faults.append(
                Fault(
                    row.doc,
                    f"{LEVEL_WORDS[row.level]}第{row.number}项",
                    "merged_with",
                    f"本清单没有第{row.merged_with}项。",
                )
            )
    return faults


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
    return loaded


def _record(document: DocumentRow, county: Region, changes: Changes, by) -> None:
    counts = f"新增{changes.created}，修改{changes.updated}，删除{changes.deleted}"
    record(by=by, subject=county, summary=f"载入{document.doc}：{counts}")
    for row, different in changes.details:
        if isinstance(row, ListItem | Target | Milestone):
            item = row if isinstance(row, ListItem) else row.item
            shown = {
                str(row._meta.get_field(name).verbose_name): [str(old), str(new)]
                for name, (old, new) in different.items()
            }
            record(by=by, subject=item, summary=f"载入{document.doc}", changes=shown)


def _ensure_rules(county: Region, year: int) -> Changes:
    """A county without rules in force gets the default ones, valid from New Year."""
    if RuleSet.objects.in_force(county, date(year, 12, 31)) is not None:
        return Changes()
    RuleSet.objects.create(county=county, valid_from=date(year, 1, 1))
    return Changes(created=1)


# -- The round ---------------------------------------------------------------------


def _load_round(document: DocumentRow, plan: LoadedPlan, rows: list[ItemRow]) -> Changes:
    """The statuses of a document as one closed reporting round."""
    reported = [row for row in rows if row.status]
    if not reported:
        return Changes()
    changes = Changes()
    reporting_round, created = Round.objects.get_or_create(
        county=plan.county,
        as_of=document.as_of,
        defaults={"state": Round.State.CLOSED, "source": document.source},
    )
    changes.created += created
    items = _items_with_targets(plan)
    by_project = defaultdict(list)
    for row in reported:
        by_project[items[row.key].project_id].append(row)
    reports = _sync_reports(reporting_round, by_project, changes)
    _sync_wordings(reporting_round, by_project, reports, items, changes)
    _sync_readings(reporting_round, by_project, reports, items, changes)
    _sync_marks(reporting_round, by_project, reports, items, changes)
    changes.add(_sync_completions(reported, items, document.as_of))
    return changes


def _items_with_targets(plan: LoadedPlan) -> dict[tuple[str, int], ListItem]:
    """The document's items afresh: linking may have given them other projects."""
    items = ListItem.objects.filter(pk__in=[item.pk for item in plan.items.values()])
    items = items.select_related("project_list").prefetch_related("targets", "milestones")
    return {(item.project_list.level, item.number): item for item in items}


def _sync_reports(reporting_round, by_project, changes: Changes) -> dict[int, Report]:
    wanted = {
        project: {
            "round": reporting_round,
            "project_id": project,
            "state": Report.State.ACCEPTED,
            "narrative": rows[0].status,
            "problems": rows[0].problems,
        }
        for project, rows in by_project.items()
    }
    existing = Report.objects.filter(round=reporting_round).select_related("round")
    # A report of a list that is not being loaded stays.
    done, reports = sync(existing, wanted, lambda r: r.project_id, delete=False)
    changes.add(done)
    return reports


def _sync_wordings(reporting_round, by_project, reports, items, changes: Changes) -> None:
    wanted = {}
    for project, rows in by_project.items():
        for row in rows:
            report = reports[project]
            if (row.status, row.problems) != (report.narrative, report.problems):
                item = items[row.key]
                wanted[item.pk] = {
                    "report": report,
                    "item": item,
                    "narrative": row.status,
                    "problems": row.problems,
                }
    existing = ItemWording.objects.filter(
        report__round=reporting_round, report__project__in=by_project
    ).select_related("report", "item")
    done, _ = sync(existing, wanted, lambda w: w.item_id)
    changes.add(done)


def _stored(actual: ActualRow) -> tuple:
    """A reading as it is kept: a derived percent is not, it follows from the target."""
    percent = None if actual.basis == "derived" else actual.percent
    return actual.basis, actual.value, percent


def _sync_readings(reporting_round, by_project, reports, items, changes: Changes) -> None:
    """Where all lists of a project say the same of an indicator it is kept once; where
    they do not, each list keeps its own figure."""
    wanted = {}
    for project, rows in by_project.items():
        said = defaultdict(dict)  # indicator → {item: figure}
        for row in rows:
            item = items[row.key]
            targets = {t.order: t.indicator_id for t in item.targets.all()}
            for indicator in (*targets.values(), None):
                said[indicator][item.pk] = None
            for actual in row.actual:
                indicator = None if actual.indicator is None else targets[actual.indicator]
                said[indicator][item.pk] = _stored(actual)
        for indicator, figures in said.items():
            shared = len(set(figures.values())) == 1
            for item, figure in figures.items():
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
    existing = Reading.objects.filter(
        report__round=reporting_round, report__project__in=by_project
    ).select_related("report")
    done, _ = sync(existing, wanted, lambda r: (r.report_id, r.indicator_id, r.item_id))
    changes.add(done)


def _sync_marks(reporting_round, by_project, reports, items, changes: Changes) -> None:
    wanted = {}
    for project, rows in by_project.items():
        for row in rows:
            milestones = {m.order: m for m in items[row.key].milestones.all()}
            for order, said in enumerate(row.milestones):
                if said.marked:
                    wanted[milestones[order].pk] = {
                        "report": reports[project],
                        "milestone": milestones[order],
                        "met": said.met,
                        "why": said.met_why,
                    }
    existing = MilestoneMark.objects.filter(
        report__round=reporting_round, report__project__in=by_project
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
    # What was declared after the document's date is not the document's to take back.
    later = existing.filter(declared_on__gt=as_of).exclude(item__in=wanted)
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
    done, _ = sync(existing, wanted, lambda c: (c.item_id, c.as_of))
    return done


def summary(changes: Mapping[str, Changes]) -> list[str]:
    """One line per document for whoever loaded it."""
    return [
        f"{doc}：新增{c.created}，修改{c.updated}，删除{c.deleted}，未变{c.unchanged}"
        for doc, c in changes.items()
    ]
