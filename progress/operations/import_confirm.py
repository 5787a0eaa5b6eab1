"""导入清单: what confirming an import would change, and doing it (import_undo.py undoes it)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from difflib import SequenceMatcher
from functools import cached_property

from django.db import transaction
from django.utils import timezone

from livelihood.organisation.models import Region, Unit, UnitAlias
from livelihood.organisation.operations.audit import record
from progress.models import (
    Completion,
    MilestoneMark,
    PlaceReading,
    Reading,
    Round,
    RuleSet,
    SiteReading,
)
from progress.operations.import_reading import json_value
from progress.operations.load import load, uncollected
from progress.operations.locks import lock_year
from progress.operations.plan_changes import (
    Approval,
    Difference,
    differences,
    keep_changes,
    major_of,
    milestone_moved,
)
from progress.operations.plan_import import locked, stored_items, unit_questions
from progress.operations.reporting import RefusedError
from projects.models import (
    ImportRow,
    Level,
    ListItem,
    PlanChange,
    PlanImport,
    ProjectList,
)
from projects.operations.load import project_name
from projects.rules.exchange import (
    LEVEL_WORDS,
    AllocationRow,
    Contents,
    DocumentRow,
    Fault,
    IndicatorRow,
    ItemRow,
    LinkRow,
    MilestoneRow,
    RegionRow,
    UnitRow,
    read_item,
)
from projects.rules.similar import Work, same_targets

NO_APPROVAL = Approval()
# Below this likeness of their words two rows of one number are hardly the same work.
HARDLY = 0.4

# -- What would change ---------------------------------------------------------------


@dataclass
class RowChange:
    """What becomes of one row: ``before`` is None for a new item."""

    row: ImportRow
    item: ItemRow
    before: ItemRow | None = None
    differences: list[Difference] = field(default_factory=list)
    refused: str = ""
    warning: str = ""
    # What of it only a decision allows, in words.
    major: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How the item is called: 县级第3项."""
        return f"{LEVEL_WORDS[self.item.level]}第{self.item.number}项"


@dataclass
class Comparison:
    """Everything that confirming an import would do, and what still stands against it."""

    plan: PlanImport
    rows: list[RowChange]
    missing: list[ListItem]
    round_taken: bool
    questions: list = field(default_factory=list)

    @cached_property
    def new(self) -> list[RowChange]:
        """Rows that become new items."""
        return [change for change in self.rows if change.before is None]

    @cached_property
    def changed(self) -> list[RowChange]:
        """Rows whose items read otherwise now."""
        return [change for change in self.rows if change.differences]

    @property
    def major(self) -> list[RowChange]:
        """Changed rows that only a decision allows to change."""
        return [change for change in self.changed if change.major and not change.refused]

    @property
    def voted(self) -> bool:
        """Whether such a row is one of the county's own list."""
        return any(change.item.level == Level.COUNTY for change in self.major)

    @cached_property
    def unchanged(self) -> int:
        """How many rows are as they are stored."""
        return len(self.rows) - len(self.new) - len(self.changed)

    @cached_property
    def faulty(self) -> int:
        """How many rows cannot be taken as they are."""
        return self.plan.rows.filter(faulty=True).count()

    @cached_property
    def open(self) -> int:
        """How many rows have doubts that nobody has looked at."""
        return self.plan.rows.filter(open=True, faulty=False).count()

    @property
    def undecided_units(self) -> list:
        """Names of which nobody has said what unit they mean."""
        return [question for question in self.questions if question.chosen is None]

    @property
    def new_units(self) -> list[str]:
        """The names that become new units."""
        return [question.printed for question in self.questions if question.chosen == ""]

    @property
    def new_aliases(self) -> list[tuple[str, str]]:
        """(printed name, unit whose alias it becomes)."""
        return [(q.printed, q.chosen) for q in self.questions if q.chosen]

    @property
    def undecided_links(self) -> int:
        """How many proposals nobody has answered; they are not linked."""
        return sum(not link["state"] for link in self.plan.links)

    @property
    def takes_progress(self) -> bool:
        """Whether the document's progress is taken over, too."""
        return self.plan.as_of is not None and not self.round_taken

    @property
    def against(self) -> list[str]:
        """Why it cannot be confirmed yet, in sentences."""
        found = []
        if self.faulty:
            found.append(f"还有{self.faulty}项有误，改正后才能导入。")
        if self.undecided_units:
            names = "、".join(q.printed for q in self.undecided_units[:5])
            found.append(f"还有{len(self.undecided_units)}个单位名称没有确定：{names}。")
        return found


def compare(plan: PlanImport) -> Comparison:
    """What confirming the import would do as things stand now."""
    stored = {
        (item.project_list.level, item.number): item
        for item in stored_items(plan.county, plan.year)
    }
    rows = []
    adjusted = set(
        PlanChange.objects.filter(
            item__in=[i.pk for i in stored.values()], plan_import=None
        ).values_list("item_id", flat=True)
    )
    reported = Reported([item.pk for item in stored.values()])
    for row in plan.rows.filter(faulty=False, row__isnull=False):
        item = item_row(row.row)
        old = stored.get(item.key)
        rows.append(
            RowChange(row, item)
            if old is None
            else _changed(row, item, old, reported, old.pk in adjusted)
        )
    levels = {row.level for row in plan.rows.only("level", "plan_import")}
    imported = {(row.level, row.number) for row in plan.rows.only("level", "number", "plan_import")}
    missing = [item for key, item in stored.items() if key[0] in levels and key not in imported]
    taken = plan.as_of and Round.objects.filter(county=plan.county, as_of=plan.as_of).exists()
    return Comparison(plan, rows, missing, bool(taken), unit_questions(plan))


def item_row(row: Mapping) -> ItemRow:
    """A row that was checked, as the loader takes it."""
    faults: list[Fault] = []
    item = read_item(dict(row), "", 1, faults)
    if faults:  # it was checked before it was kept
        raise ValueError(faults)
    return item


def stored_row(item: ListItem) -> ItemRow:
    """What is stored of an item's plan, as a document would say it."""
    targets = list(item.targets.all())
    place = {target.pk: order for order, target in enumerate(targets)}
    return ItemRow(
        doc="",
        level=item.project_list.level,
        number=item.number,
        category=item.category,
        starred=item.starred,
        title=item.title,
        schedule=item.schedule,
        status="",
        lead_unit=item.lead_unit_printed,
        responsible_leader=item.responsible_leader,
        responsible_person=item.responsible_person,
        supporting_units=tuple(item.supporting_units),
        merged_with=item.merged_with,
        sites=tuple(site.name for site in item.sites.all()),
        allocations=tuple(AllocationRow(a.place, a.value, a.note) for a in item.allocations.all()),
        allocation_total=item.allocation_total,
        indicators=tuple(
            IndicatorRow(t.name, t.value, t.unit_of_measure, t.indicator.kind) for t in targets
        ),
        milestones=tuple(
            MilestoneRow(
                None if m.target_id is None else place[m.target_id],
                m.label,
                m.due,
                m.text,
                m.value,
                m.percent,
                m.basis,
            )
            for m in item.milestones.all()
        ),
        actual=(),
        completed=False,
        problems="",
        notes=item.notes,
    )


def _changed(
    row: ImportRow, item: ItemRow, old: ListItem, reported: "Reported", adjusted: bool
) -> RowChange:
    # Remarks are made by hand; no document has them.
    item = replace(item, notes=old.notes)
    before = stored_row(old)
    change = RowChange(row, item, before, differences(before, item))
    if change.differences:
        change.refused = reported.against(old, item)
        moved = bool(reported.moved(old, item))
        change.major = major_of(before, item, reported_moved=moved)
        like = SequenceMatcher(None, before.title, item.title, autojunk=False).ratio()
        if like < HARDLY:
            change.warning = "与现有的这一项内容不像同一项工作，可能是序号变了，请核对。"
        elif adjusted:
            change.warning = "这一项的计划后来调整过，采用文件会把调整的内容改掉，请核对。"
    return change


STAYS = "已有填报，删去或移位会使填报错位；可以改它的日期和数量，或在末尾增加。"
GOES = "已有填报，不能删去；可以改它的日期和内容，填报的完成情况不变。"


class Reported:
    """What has been reported of stored items, and would lose its meaning with their plan."""

    def __init__(self, pks: Collection[int]):
        self.marks = self._by_item(
            MilestoneMark.objects.filter(milestone__item__in=pks).values_list(
                "milestone__item_id", "milestone__order"
            )
        )
        self.sites = self._by_item(
            SiteReading.objects.filter(site__item__in=pks).values_list(
                "site__item_id", "site__order"
            )
        )
        self.places = self._by_item(
            PlaceReading.objects.filter(allocation__item__in=pks).values_list(
                "allocation__item_id", "allocation__order"
            )
        )
        self.indicators = set(
            Reading.objects.filter(indicator__targets__item__in=pks).values_list(
                "indicator_id", flat=True
            )
        )

    @staticmethod
    def _by_item(pairs: Iterable[tuple[int, int]]) -> Mapping[int, set[int]]:
        found = defaultdict(set)
        for item, order in pairs:
            found[item].add(order)
        return found

    def against(
        self, old: ListItem, new: ItemRow, origins: Sequence[int | None] | None = None
    ) -> str:
        """Why the item cannot become the new row; "" where it can.

        Args:
            old: the item.
            new: what it should say.
            origins: for each of the new milestones the order of the one that it was, None for
                a further one; without, they are told by place, label and words.
        """
        for m in old.milestones.all():
            if m.order not in self.marks[old.pk]:
                continue
            if origins is not None:
                if m.order not in origins:
                    return f"节点“{m.label}”{GOES}"
            elif not _kept(
                new.milestones, m.order, lambda n, m=m: m.label == n.label or m.text == n.text
            ):
                return f"节点“{m.label}”{STAYS}"
        for site in old.sites.all():
            if site.order in self.sites[old.pk] and not _kept(
                new.sites, site.order, lambda n, site=site: n == site.name
            ):
                return f"点位“{site.name}”{STAYS}"
        for share in old.allocations.all():
            if share.order in self.places[old.pk] and not _kept(
                new.allocations, share.order, lambda n, share=share: n.place == share.place
            ):
                return f"“{share.place}”{STAYS}"
        for target in old.targets.all():
            if target.indicator_id in self.indicators and not _kept(
                new.indicators,
                target.order,
                lambda n, t=target: (n.kind, n.unit) == (t.indicator.kind, t.unit_of_measure),
            ):
                return f"目标“{target.name}”已有填报，不能删去，也不能改计量单位和类型。"
        return ""

    def moved(
        self, old: ListItem, new: ItemRow, origins: Sequence[int | None] | None = None
    ) -> list[str]:
        """The labels of milestones that were reported of, and say something else now.

        Args:
            old, new, origins: as for ``against``.
        """
        before = stored_row(old).milestones
        places = range(len(new.milestones)) if origins is None else origins
        now = dict(zip(places, new.milestones, strict=False))
        return [
            one.label
            for order, one in enumerate(before)
            if order in self.marks[old.pk] and order in now and milestone_moved(one, now[order])
        ]


def _kept(values: tuple, order: int, same) -> bool:
    return order < len(values) and same(values[order])


# -- Confirming ----------------------------------------------------------------------


@uncollected()
@transaction.atomic
def confirm_import(
    *,
    by,
    plan: PlanImport,
    version: int,
    chosen: Collection[int] | None = None,
    approval: Approval = NO_APPROVAL,
) -> PlanImport:
    """Write the lists: new rows, and of the changed ones those that were chosen.

    Args:
        by: who confirms; None for the command line.
        plan: the import, read to its end.
        version: that which was looked at.
        chosen: primary keys of the rows that are taken, new and changed; None takes all.
        approval: why items change, and by what decision; needed where the targets or sites
            of a taken row change.

    Raises:
        ImportChangedError: somebody has changed it since.
        UnapprovedError: reason or document is missing.
        RefusedError: something still stands against it, or it is over.
        FaultsError: links that cannot be made.
    """
    # What is compared now is what is written below.
    lock_year(plan.county_id, plan.year)
    plan = locked(plan, version)
    if plan.state != PlanImport.State.PREVIEW:
        raise RefusedError("这次导入还没有读取完，请先完成前面的步骤。")
    comparison = compare(plan)
    if comparison.against:
        raise RefusedError("".join(comparison.against))
    taken = [c for c in comparison.rows if _is_taken(c, chosen)]
    if not any(c.before is None or c.differences for c in taken) and not comparison.takes_progress:
        raise RefusedError("没有选中任何要导入的条目。")
    changed = [c for c in taken if c.before is not None and c.differences]
    approval.require_for([what for c in changed for what in c.major])
    before = _Before(plan)
    contents = _contents(plan, comparison, taken)
    load(contents, by=by)
    _keep_old(plan, changed, approval, by)
    plan.result = before.result(changed, taken) | {"left": len(comparison.rows) - len(taken)}
    plan.state = PlanImport.State.CONFIRMED
    plan.confirmed_by, plan.confirmed_at = by, timezone.now()
    plan.version += 1
    plan.save()
    Region.objects.filter(pk=plan.county_id).touch()
    counts = f"新增{len(plan.result['items'])}项，修改{len(changed)}项"
    record(by=by, subject=plan, summary=f"确认导入{plan.year}年清单“{plan.name}”：{counts}")
    return plan


def _keep_old(plan: PlanImport, changed: list[RowChange], approval: Approval, by) -> None:
    """On every changed item what it said before, as where a plan is changed by hand."""
    items = {
        (item.project_list.level, item.number): item
        for item in ListItem.objects.for_county(plan.county, plan.year).select_related(
            "project_list"
        )
    }
    PlanChange.objects.bulk_create(
        kept
        for change in changed
        for kept in keep_changes(
            items[change.item.key],
            change.differences,
            major=change.major,
            approval=approval,
            by=by,
            plan_import=plan,
        )
    )


def _is_taken(change: RowChange, chosen: Collection[int] | None) -> bool:
    if change.refused:
        return False
    if change.before is not None and not change.differences:
        return True
    return chosen is None or change.row.pk in chosen


def _contents(plan: PlanImport, comparison: Comparison, taken: list[RowChange]) -> Contents:
    """The import as the loader takes a document."""
    county = plan.county
    lists = {one.level: one for one in ProjectList.objects.filter(county=county, year=plan.year)}
    doc = next((one.document for one in lists.values()), f"{county.code}-{plan.year}")
    names = {q.printed: q.chosen for q in comparison.questions}
    titles = {level: one.title for level, one in lists.items()}
    titles |= {
        outline["level"]: outline["title"]
        for outline in plan.lists
        if outline["level"] and outline["title"] and outline["level"] not in lists
    }
    source = next((one.source for one in lists.values() if one.source), f"导入的文件：{plan.name}")
    parent = county.parent.code if county.parent else None
    document = DocumentRow(
        doc=doc,
        county=county.code,
        year=plan.year,
        as_of=plan.as_of if comparison.takes_progress else None,
        source=source[:300],
        regions=(RegionRow(county.code, county.name, county.kind, parent),),
        units=_units(county, names),
        titles=titles,
    )
    items = [replace(change.item, doc=doc) for change in taken]
    return Contents({doc: document}, items, _links(plan, taken, doc))


def _units(county: Region, names: Mapping[str, str]) -> tuple[UnitRow, ...]:
    """The county's units in their order with the names added, then the new ones."""
    added = defaultdict(list)
    for printed, unit in names.items():
        if unit:
            added[unit].append(printed)
    existing = Unit.objects.filter(region=county).values_list("name", flat=True)
    rows = [UnitRow(name, tuple(added[name])) for name in existing]
    rows += [UnitRow(printed, tuple(added[printed])) for printed, unit in names.items() if not unit]
    return tuple(rows)


def _links(plan: PlanImport, taken: list[RowChange], doc: str) -> list[LinkRow]:
    """The accepted proposals; stored items come first, so that their projects stay."""
    items = {change.row.pk: change.item for change in taken}
    accepted = [link for link in plan.links if link["state"] == "accepted"]
    pks = [pk for link in accepted for kind, pk in link["kept"] if kind == "item"]
    stored = {item.pk: item for item in stored_items(plan.county, plan.year) if item.pk in pks}
    links = []
    for link in accepted:
        old = [stored[pk] for kind, pk in link["kept"] if kind == "item" and pk in stored]
        rows = [stored_row(item) for item in old]
        rows += [items[pk] for kind, pk in link["kept"] if kind == "row" and pk in items]
        if len(rows) < 2:
            continue
        name = old[0].project.name if old else project_name(rows[0])
        note = old[0].project.note if old else ""
        keys = tuple(row.key for row in rows)
        links.append(LinkRow(doc, name, keys, note, _shared(rows)))
    return links


def _shared(rows: list[ItemRow]) -> tuple[tuple[tuple[str, int, int], ...], ...]:
    """Which figures of linked rows are the same."""
    works = [
        Work(
            row.key,
            row.level,
            row.lead_unit,
            row.title,
            tuple((i.name, i.target, i.unit) for i in row.indicators),
        )
        for row in rows
    ]
    groups = defaultdict(list)
    for place, work in enumerate(works[1:], start=1):
        for ours, theirs in same_targets(works[0], work):
            if rows[0].indicators[ours].kind == rows[place].indicators[theirs].kind:
                groups[ours].append((*work.key, theirs))
    return tuple(((*works[0].key, ours), *others) for ours, others in sorted(groups.items()))


class _Before:
    """What existed before a confirmation, to know afterwards what it made."""

    def __init__(self, plan: PlanImport):
        self.plan = plan
        self.had = self._pks()
        lists = ProjectList.objects.filter(county=plan.county, year=plan.year)
        self.lists = list(lists.values("pk", "title", "document", "source"))

    def _pks(self) -> dict[str, set[int]]:
        county, year = self.plan.county, self.plan.year
        found = {
            "items": ListItem.objects.for_county(county, year),
            "lists": ProjectList.objects.filter(county=county, year=year),
            "units": Unit.objects.filter(region=county),
            "aliases": UnitAlias.objects.filter(region=county),
            "rounds": Round.objects.filter(county=county, as_of__year=year),
            "rules": RuleSet.objects.filter(county=county),
            "completions": Completion.objects.filter(item__project_list__county=county),
        }
        return {name: set(rows.values_list("pk", flat=True)) for name, rows in found.items()}

    def result(self, changed: list[RowChange], taken: list[RowChange]) -> dict:
        """What the confirmation made, and how changed rows read before, for a JSON field."""
        made = {name: sorted(pks - self.had[name]) for name, pks in self._pks().items()}
        return made | {
            "lists_before": self.lists,
            "before": [json_value(asdict(change.before)) for change in changed],
            "taken": len(taken),
        }
