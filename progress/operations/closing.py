"""The three closing states of an item: 单位报完成 → 核实 → 上级销号. The only writer of them.

The unit declares with a report that the office accepts; the office verifies, and enters
that the level above has struck the item off its list. The last step can be undone, with a
reason. Which of the three counts as 已完成 is the county's rule set to say.

A step that counts and is dated into closed rounds corrects them: each gets a new version.
What a report had declared is taken back as soon as it is opened to be corrected, but out of
closed rounds only when the correction is accepted (``declared_otherwise``).
"""

from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import cn_date
from progress.models import Completion, Report, Round
from progress.operations.finished import DEFAULT_STAGE
from progress.operations.frozen import frozen_version
from progress.operations.locks import lock_county
from progress.operations.reporting import RefusedError
from progress.operations.rounds import refreeze
from progress.operations.summary import refresh
from progress.rules.judgement import Status
from projects.models import ListItem

STAGES = ("declared", "verified", "closed")
LABELS = {"declared": "单位报完成", "verified": "核实", "closed": "上级销号"}


class ClosingChangedError(Exception):
    """Somebody else took or undid a step after the page was opened."""

    def __init__(self):
        super().__init__("这个条目的完成状态在您打开页面之后已被他人修改，请核对后再办理。")


class Step(NamedTuple):
    """One closing state of an item; ``on`` and ``by`` are None while it is not reached."""

    stage: str
    label: str
    on: date | None
    by: object

    @property
    def reached(self) -> bool:
        """Whether the item has this state."""
        return self.on is not None


def steps_of(completion: Completion | None, until: date | None = None) -> list[Step]:
    """The three states in their order, as they stood at the date ``until`` (None: now)."""
    steps = []
    for stage in STAGES:
        on = getattr(completion, f"{stage}_on", None)
        if on is None or (until is not None and on > until):
            steps.append(Step(stage, LABELS[stage], None, None))
        else:
            steps.append(Step(stage, LABELS[stage], on, getattr(completion, f"{stage}_by")))
    return steps


def stage_of(completion: Completion | None) -> str:
    """The last state reached; "" before the first. The mark by which a change is noticed."""
    reached = [step.stage for step in steps_of(completion) if step.reached]
    return reached[-1] if reached else ""


def next_stage(reached: str) -> str:
    """What the office may enter next; "" before the unit has declared, and after the last."""
    if not reached or reached == STAGES[-1]:
        return ""
    return STAGES[STAGES.index(reached) + 1]


def completion_of(item: ListItem) -> Completion | None:
    """The item's closing states with the people who entered them."""
    return (
        Completion.objects.filter(item=item)
        .select_related("declared_by", "verified_by", "closed_by")
        .first()
    )


@transaction.atomic
def declare(*, by, report: Report) -> None:
    """Enter 单位报完成, as of the round, for every item of an accepted report's project.

    Items that have been declared before stay as they are. The caller has locked the county.
    """
    for item in _items_of(report):
        completion, created = Completion.objects.get_or_create(
            item=item,
            defaults={"declared_on": report.round.as_of, "declared_by": report.updated_by},
        )
        if created:
            summary = f"{report.round.sample_mark}通过单位报完成：{item}，{report.round}。"
            _log(by, item, summary, "declared", new=completion)


@transaction.atomic
def take_declaration_back(*, by, report: Report) -> None:
    """Take back what accepting ``report`` had declared, as far as nobody has verified it.

    The caller has locked the county.
    """
    declared = Completion.objects.filter(
        item__project=report.project, declared_on=report.round.as_of, verified_on=None
    )
    for completion in declared.select_related("item__project_list"):
        sample = report.round.sample_mark
        summary = f"{sample}撤回单位报完成：{completion.item}，因{report.round}的填报被退回。"
        _log(by, completion.item, summary, "declared", old=completion)
        completion.delete()


@transaction.atomic
def verify(*, by, item: ListItem, on: date, seen: str, today: date) -> Completion:
    """Enter 核实: the office has seen for itself that the work is done.

    Args:
        by: the person of the office.
        item: which item.
        on: the day on which it was verified.
        seen: ``stage_of`` the item when the page was opened.
        today: no step lies in the future.

    Raises:
        ClosingChangedError: the item has another state by now.
        RefusedError: the unit has not declared completion, or it is verified already.
        ValidationError: the day does not fit; for the field ``on``, in Chinese.
    """
    return _take(by, item, "verified", on, seen, today)


@transaction.atomic
def close(*, by, item: ListItem, on: date, seen: str, today: date) -> Completion:
    """Enter 上级销号: the level above has struck the item off; arguments as for ``verify``."""
    return _take(by, item, "closed", on, seen, today)


@transaction.atomic
def undo(*, by, item: ListItem, reason: str, seen: str) -> str:
    """Undo the last state that was reached.

    Returns:
        The label of what was undone.

    Raises:
        ClosingChangedError: the item has another state by now.
        RefusedError: there is nothing to undo.
        ValidationError: no reason was given; for the field ``reason``, in Chinese.
    """
    completion = _locked(item, seen)
    if completion is None:
        raise RefusedError("这个条目还没有报完成，没有可撤销的。")
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": "请写明撤销的原因。"})
    old = Completion.objects.get(pk=completion.pk)
    summary = f"撤销{LABELS[seen]}：{item}（{cn_date(getattr(old, f'{seen}_on'))}），原因：{reason}"
    new = None
    if seen == "declared":
        completion.delete()
    else:
        setattr(completion, f"{seen}_on", None)
        setattr(completion, f"{seen}_by", None)
        completion.save()
        new = completion
    _correct(by, item, seen, getattr(old, f"{seen}_on"), f"撤销{LABELS[seen]}：{item}。")
    _log(by, item, summary, seen, old=old, new=new)
    _summarise(item, getattr(old, f"{seen}_on"))
    return LABELS[seen]


def closed_rounds(item: ListItem, stage: str, since: date) -> list[Round]:
    """The closed rounds in whose versions a step of ``stage`` on the day ``since`` counts, the
    earliest first: their as-of date is not before it, and by the rules kept with them the
    state is 已完成."""
    project_list = item.project_list
    rounds = Round.objects.for_county(project_list.county_id, project_list.year)
    kept = rounds.filter(state=Round.State.CLOSED, as_of__gte=since, version__gt=0)
    return [r for r in reversed(kept) if _counted_stage(r) == stage]


def declared_otherwise(report: Report) -> dict[Round, bool]:
    """The closed rounds, from the report's own on, that say otherwise of its items than they
    are declared now; each with whether they are."""
    items = _items_of(report)
    rounds = closed_rounds(items[0], "declared", report.round.as_of) if items else []
    if not rounds:
        return {}
    completions = Completion.objects.filter(item__in=items)
    days = dict(completions.values_list("item_id", "declared_on"))
    found = {}
    for reporting_round in rounds:
        kept = reporting_round.standings.filter(version=reporting_round.version, item__in=items)
        for item, status in kept.values_list("item_id", "status"):
            declared = item in days and days[item] <= reporting_round.as_of
            if declared != (status == Status.COMPLETED):
                found[reporting_round] = declared
    return found


def _counted_stage(reporting_round: Round) -> str:
    version = frozen_version([reporting_round], reporting_round.as_of)
    return (version.rules or {}).get("completion_stage", DEFAULT_STAGE)


def _correct(by, item: ListItem, stage: str, on: date, note: str) -> None:
    items = ListItem.objects.filter(pk=item.pk)
    for reporting_round in closed_rounds(item, stage, on):
        refreeze(by=by, round=reporting_round, note=note, items=items)


def _take(by, item, stage, on, seen, today) -> Completion:
    completion = _locked(item, seen)
    before = STAGES[STAGES.index(stage) - 1]
    if seen == stage or (seen and STAGES.index(seen) > STAGES.index(stage)):
        raise RefusedError(f"这个条目已经{LABELS[stage]}。")
    if seen != before:
        raise RefusedError(f"{LABELS[stage]}之前，须先有“{LABELS[before]}”。")
    earliest = getattr(completion, f"{before}_on")
    if on > today:
        raise ValidationError({"on": f"{LABELS[stage]}的日期不能晚于今天。"})
    if on < earliest:
        raise ValidationError(
            {"on": f"{LABELS[stage]}的日期不能早于{LABELS[before]}的日期（{cn_date(earliest)}）。"}
        )
    setattr(completion, f"{stage}_on", on)
    setattr(completion, f"{stage}_by", by)
    completion.save()
    done = f"{LABELS[stage]}：{item}，{cn_date(on)}。"
    _correct(by, item, stage, on, done)
    _log(by, item, done, stage, new=completion)
    _summarise(item, on)
    return completion


def _summarise(item: ListItem, since: date) -> None:
    """Bring the summary of the rounds in line in which a step counts that begins or ends."""
    refresh(item.project_list.county, since=since, projects={item.project_id})


def _items_of(report: Report) -> list[ListItem]:
    items = ListItem.objects.filter(project=report.project_id)
    return list(items.select_related("project_list").order_by("pk"))


def _locked(item: ListItem, seen: str) -> Completion | None:
    lock_county(item.project_list.county_id)
    completion = Completion.objects.filter(item=item).first()
    if stage_of(completion) != seen:
        raise ClosingChangedError
    return completion


def _log(by, item, summary, stage, old=None, new=None) -> None:
    """One row of the audit trail, and a new version of the county's pages."""
    days = [getattr(row, f"{stage}_on", None) for row in (old, new)]
    record(by=by, subject=item, summary=summary, changes={LABELS[stage]: tuple(days)})
    Region.objects.filter(pk=item.project_list.county_id).touch()
