"""导入清单: taking a confirmed import back, as long as nobody has built on it."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q

from livelihood.organisation.models import Region, Unit, UnitAlias
from livelihood.organisation.operations.audit import record
from progress.models import (
    Bulletin,
    CityComparison,
    Completion,
    Evidence,
    Extension,
    Report,
    Round,
    SatisfactionVote,
    Slip,
    StandingRecord,
    TownshipFigure,
)
from progress.operations.locks import lock_year
from progress.operations.reporting import RefusedError
from progress.operations.round_removal import remove_rounds
from progress.operations.summary import refresh
from projects.models import (
    Indicator,
    ListItem,
    PlanChange,
    PlanImport,
    ProgrammeItem,
    Project,
    ProjectList,
)
from projects.operations.load import load_plan
from projects.rules.exchange import DocumentRow, Fault, ItemRow, read_item

# What somebody has entered by hand since: loaded completions name nobody.
BY_SOMEBODY = (
    Q(declared_by__isnull=False) | Q(verified_by__isnull=False) | Q(closed_by__isnull=False)
)


def undo_refusal(plan: PlanImport) -> str:
    """Why a confirmed import cannot be undone any more; "" where it can."""
    if plan.state != PlanImport.State.CONFIRMED:
        return f"这次导入{plan.get_state_display()}，不能撤销。"
    later = PlanImport.objects.filter(
        county=plan.county,
        year=plan.year,
        state=PlanImport.State.CONFIRMED,
        confirmed_at__gt=plan.confirmed_at,
    ).first()
    if later is not None:
        return f"之后又导入了“{later.name}”，请先撤销那一次。"
    items = _touched(plan)
    return _told_since(plan, items) or _made_of_rounds(plan, items) or _made_of_items(plan, items)


def _told_since(plan: PlanImport, items: list[int]) -> str:
    """What units and townships have said since of the work, or in the round of the document."""
    own = plan.result["rounds"]
    reports = Report.objects.filter(
        Q(project__items__in=items) & ~Q(round__in=own)
        | Q(round__in=own, version__gt=0)
        | Q(pk__in=Evidence.objects.filter(report__round__in=own).values("report"))
    )
    if (count := reports.values("project").distinct().count()) > 0:
        return f"已有{count}个事项填报了进展，不能再撤销；要改动的，请在条目中逐处修改。"
    figures = TownshipFigure.objects.filter(Q(allocation__item__in=items) | Q(round__in=own))
    if figures.exists():
        return "已有镇乡填报了完成数，不能再撤销；要改动的，请在条目中逐处修改。"
    return ""


def _made_of_rounds(plan: PlanImport, items: list[int]) -> str:
    """What rests on the items as a round judges them, or on the round of the document."""
    own = plan.result["rounds"]
    if StandingRecord.objects.filter(item__in=items).exclude(round__in=own).exists():
        return "导入后已有期次截止存档，不能再撤销。"
    if Slip.objects.filter(Q(item__in=items) | Q(round__in=own)).exists():
        return "其中的条目已签发催办单或督办单，不能再撤销。"
    # The issued ones first: a draft can be thrown away.
    bulletin = Bulletin.objects.filter(round__in=own).order_by("-state").first()
    if bulletin is None:
        return ""
    if bulletin.state == Bulletin.State.ISSUED:
        return f"导入的进展已用于印发{bulletin}，不能再撤销。"
    return f"导入的进展已用于起草通报“{bulletin.title}”，删除这份草稿后才能撤销。"


def _made_of_items(plan: PlanImport, items: list[int]) -> str:
    """What people have entered of the items themselves."""
    made = plan.result["items"]
    adjusted = PlanChange.objects.filter(item__in=items, at__gt=plan.confirmed_at)
    if adjusted.exclude(plan_import=plan).exists():
        return "其中的条目后来调整过计划，不能再撤销。"
    if CityComparison.objects.filter(item__in=made).exists():
        return "其中的条目已有全市对比，不能再撤销。"
    completions = Completion.objects.filter(Q(item__in=made) | Q(pk__in=plan.result["completions"]))
    if completions.filter(BY_SOMEBODY).exists():
        return "其中的条目后来办理过完成、核实或销号，不能再撤销。"
    if SatisfactionVote.objects.filter(item__in=items).exists():
        return "其中的条目已有满意度测评结果，删除这些结果后才能撤销。"
    link = ProgrammeItem.objects.filter(item__in=made).select_related("programme").first()
    if link is not None:
        return f"其中的条目已列入共同项目“{link.programme}”，请上级移出后再撤销。"
    return ""


def _touched(plan: PlanImport) -> list[int]:
    """The items that the confirmation made or changed."""
    keys = {(row["level"], row["number"]) for row in plan.result["before"]}
    items = ListItem.objects.for_county(plan.county, plan.year).values_list(
        "pk", "project_list__level", "number"
    )
    changed = [pk for pk, level, number in items if (level, number) in keys]
    return [*plan.result["items"], *changed]


@transaction.atomic
def undo_import(*, by, plan: PlanImport) -> PlanImport:
    """Take a confirmed import back, as long as nobody has built on it since.

    Raises:
        RefusedError: somebody has; says what.
    """
    # First, so that nobody builds on it while it is taken back.
    lock_year(plan.county_id, plan.year)
    Region.objects.filter(pk=plan.county_id).touch()
    plan = (
        PlanImport.objects.select_for_update(of=("self",), no_key=True)
        .select_related("county")
        .get(pk=plan.pk)
    )
    if refusal := undo_refusal(plan):
        raise RefusedError(refusal)
    made = plan.result
    Completion.objects.filter(pk__in=made["completions"]).delete()
    remove_rounds(Round.objects.filter(pk__in=made["rounds"]))
    plan.changes.all().delete()
    projects = set(Project.objects.filter(items__in=made["items"]).values_list("pk", flat=True))
    ListItem.objects.filter(pk__in=made["items"]).delete()
    Indicator.objects.filter(project__in=projects, targets=None, readings=None).delete()
    Project.objects.filter(pk__in=projects, items=None).delete()
    _write_back(plan)
    ProjectList.objects.filter(pk__in=made["lists"], items=None).delete()
    for row in made["lists_before"]:
        ProjectList.objects.filter(pk=row.pop("pk")).update(**row)
    UnitAlias.objects.filter(pk__in=made["aliases"]).delete()
    _remove_units(made["units"])
    plan.state = PlanImport.State.UNDONE
    plan.version += 1
    plan.save()
    refresh(plan.county, since=date(plan.year, 1, 1))
    record(by=by, subject=plan, summary=f"撤销导入{plan.year}年清单“{plan.name}”")
    return plan


def _remove_units(pks: Sequence[int]) -> None:
    """The units that came with the import; those that have found other use stay."""
    units = Unit.objects.filter(
        pk__in=pks, list_items=None, projects=None, people=None, slips=None, township_figures=None
    )
    units.exclude(pk__in=Extension.objects.filter(unit__in=pks).values("unit")).delete()


def _write_back(plan: PlanImport) -> None:
    """Changed items read again as they did before."""
    rows = [_row_before(row) for row in plan.result["before"]]
    if not rows:
        return
    before = {row["pk"]: row for row in plan.result["lists_before"]}
    one = next(iter(before.values()))
    document = DocumentRow(
        doc=one["document"],
        county=plan.county.code,
        year=plan.year,
        as_of=None,
        source=one["source"],
        regions=(),
        units=(),
        titles={},
    )
    load_plan(document, plan.county, rows, [])


def _row_before(row: Mapping) -> ItemRow:
    faults: list[Fault] = []
    for place in ("indicators", "milestones", "allocations"):
        row[place] = [dict(value) for value in row[place]]
    row["doc"] = "before"
    item = read_item(row, "", 1, faults)
    if faults:
        raise ValueError(faults)
    return item
