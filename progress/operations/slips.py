"""催办单、督办单: issuing, answering, closing; and the words that a new one begins with.

The only writer of slips. Each step is one transaction with one row in the audit trail and a
notice to the unit's people.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.access import Permission, require
from livelihood.organisation.models import LogEntry, Region, Unit
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import cn_date, number_cn, percent1, points1
from progress.models import Notice, Round, Slip
from progress.operations.item_state import ItemState
from progress.operations.notices import notify, people_who_report
from progress.operations.reporting import RefusedError
from progress.operations.reporting_board import Cell, due_words
from progress.operations.workdays import is_workday
from progress.rules.calendar import next_workday
from progress.rules.judgement import (
    MilestoneState,
    Standing,
    Status,
    milestone_words,
    overdue_words,
)
from projects.models import ListItem

# From the mildest to the sharpest; a slip is followed by one further on.
LADDER = (Slip.Kind.URGE, Slip.Kind.BLUE, Slip.Kind.YELLOW, Slip.Kind.RED)
# How many working days a unit is given, unless the office says otherwise.
DAYS_GIVEN = {Slip.Kind.URGE: 2, Slip.Kind.BLUE: 10, Slip.Kind.YELLOW: 5, Slip.Kind.RED: 3}
NAMED_PROJECTS = 20
WHOLE = 200  # characters of a milestone: as good as all


class SlipChangedError(Exception):
    """Somebody else answered or closed the slip meanwhile; ``slip`` is the row now."""

    def __init__(self, slip: Slip):
        super().__init__("这份单子在您打开之后已有新的办理情况。")
        self.slip = slip


def version_of(slip: Slip) -> str:
    """A mark of the slip's answer and closing; it differs as soon as one of them does."""
    return "/".join(at.isoformat() if at else "" for at in (slip.answered_at, slip.closed_at))


def slip_url(slip: Slip) -> str:
    """The address of a slip, in the county and year of its round."""
    return reverse("slip", args=[slip.county.code, slip.round.as_of.year, slip.pk])


# -- Writing ---------------------------------------------------------------------------


@transaction.atomic
def issue_slip(
    *,
    by,
    unit: Unit,
    reporting_round: Round,
    kind: str,
    text: str,
    deadline: date,
    today: date,
    item: ListItem | None = None,
    former: Slip | None = None,
) -> Slip:
    """Issue a slip under the next number of the county and the year of issue.

    Args:
        by: somebody who may follow up.
        unit: whom it is addressed to.
        reporting_round: the round it belongs to.
        kind: a value of Slip.Kind.
        text: matter and demand.
        deadline: by when it is to be dealt with; not before ``today``.
        today: the day of issue.
        item: the item that is behind; none for a slip about missing reports.
        former: the slip that this one follows as the next sharper one.

    Raises:
        PermissionDenied: ``by`` may not follow up.
        RefusedError: the same matter has an open slip of this kind, or ``former`` does not fit.
        ValidationError: a value does not fit; by field, in Chinese.
    """
    require(by, Permission.FOLLOW_UP)
    county = reporting_round.county
    # The new version of the county's pages also keeps two people apart who issue at once:
    # whoever comes second waits here, and then counts the first one's slip.
    Region.objects.filter(pk=county.pk).touch(judged=False)
    if former is not None:
        former = Slip.objects.get(pk=former.pk)  # as it is now that nobody else can change it
    _refuse_what_does_not_fit(unit, reporting_round, kind, item, former)
    last = Slip.objects.filter(county=county, year=today.year).aggregate(last=Max("number"))["last"]
    slip = Slip(
        county=county,
        unit=unit,
        round=reporting_round,
        item=item,
        kind=kind,
        former=former,
        year=today.year,
        number=(last or 0) + 1,
        text=text.strip(),
        issued_on=today,
        deadline=deadline,
        issued_by=by,
    )
    _validate(slip)
    slip.save()
    _record_issue(slip)
    _tell_unit(slip, f"收到{slip}，请于{cn_date(deadline)}前办结并回复。")
    return slip


def _refuse_what_does_not_fit(unit, reporting_round, kind, item, former) -> None:
    if unit.region_id != reporting_round.county_id:
        raise RefusedError(f"{unit}不是本地区的单位。")
    if item is not None and item.lead_unit_id != unit.pk:
        raise RefusedError(f"{item}不由{unit}牵头。")
    same = Slip.objects.open().filter(unit=unit, item=item, kind=kind)
    if item is None:
        same = same.filter(round=reporting_round)
    if open_slip := same.first():
        raise RefusedError(
            f"同一事由已有未办结的{open_slip}（{cn_date(open_slip.issued_on)}签发），不重复签发。"
        )
    if former is None:
        return
    if (former.unit_id, former.item_id) != (unit.pk, item and item.pk):
        raise RefusedError(f"{former}是另一事由，不能由本单接续。")
    if LADDER.index(kind) <= LADDER.index(former.kind):
        raise RefusedError(f"接续{former}的，只能是更重的一级。")
    if former.closed_at is not None:
        raise RefusedError(f"{former}已经办结，不再升级。")


def _record_issue(slip: Slip) -> None:
    changes = {"办结期限": (None, cn_date(slip.deadline)), "事由和要求": (None, slip.text)}
    if slip.former is not None:
        changes["此前的单子"] = (None, slip.former)
    record(
        by=slip.issued_by,
        subject=slip,
        summary=f"向{slip.unit}签发{slip}",
        changes=changes,
        action=LogEntry.Action.CREATE,
    )


def _validate(slip: Slip) -> None:
    if not slip.text:
        raise ValidationError({"text": "请填写事由和要求。"})
    if slip.deadline < slip.issued_on:
        raise ValidationError({"deadline": f"办结期限不能早于今天（{cn_date(slip.issued_on)}）。"})
    # The database decides the rest; the number was counted under the lock.
    slip.clean_fields(exclude=["unit", "round", "item", "issued_by", "former", "county"])


@transaction.atomic
def answer_slip(*, by, slip: Slip, answer: str, version: str, now: datetime) -> Slip:
    """Answer a slip for the own unit; it may be answered anew until it is closed.

    Args:
        by: somebody who reports for the unit.
        slip: one of the own unit's.
        answer: what was done.
        version: ``version_of`` the slip as it was opened.
        now: the moment.

    Raises:
        PermissionDenied: the slip is another unit's, or ``by`` does not report.
        RefusedError: it has been closed.
        SlipChangedError: somebody else answered it meanwhile.
        ValidationError: the answer is empty.
    """
    require(by, Permission.REPORT)
    slip = _locked(slip)
    if slip.unit_id != by.unit_id:
        raise PermissionDenied
    if slip.closed_at is not None:
        raise RefusedError(
            f"{slip}已于{cn_date(timezone.localdate(slip.closed_at))}办结，不再回复。"
        )
    if version_of(slip) != version:
        raise SlipChangedError(slip)
    if not answer.strip():
        raise ValidationError({"answer": "请填写办理情况。"})
    old = slip.answer
    slip.answer, slip.answered_at, slip.answered_by = answer.strip(), now, by
    slip.save(update_fields=["answer", "answered_at", "answered_by"])
    changes = {"办理情况": (old or None, slip.answer)}
    record(by=by, subject=slip, summary=f"回复{slip}", changes=changes)
    if slip.issued_by.is_active:
        _notify([slip.issued_by], slip, f"{slip.unit}回复了{slip}，请核实后办结。")
    return slip


@transaction.atomic
def close_slip(*, by, slip: Slip, version: str, now: datetime) -> Slip:
    """Close a slip: the matter is settled. From then on it is no longer listed as open.

    Args:
        by: somebody who may follow up.
        slip: which.
        version: ``version_of`` the slip as it was opened: no answer is closed unread.
        now: the moment.

    Raises:
        PermissionDenied: ``by`` may not follow up.
        RefusedError: it has been closed before.
        SlipChangedError: the unit answered meanwhile.
    """
    require(by, Permission.FOLLOW_UP)
    slip = _locked(slip)
    if slip.closed_at is not None:
        when = cn_date(timezone.localdate(slip.closed_at))
        raise RefusedError(f"{slip}已由{slip.closed_by}于{when}办结。")
    if version_of(slip) != version:
        raise SlipChangedError(slip)
    slip.closed_at, slip.closed_by = now, by
    slip.save(update_fields=["closed_at", "closed_by"])
    when = cn_date(timezone.localdate(now))
    record(by=by, subject=slip, summary=f"办结{slip}", changes={"办结时间": (None, when)})
    _tell_unit(slip, f"{slip}已办结。")
    return slip


def _locked(slip: Slip) -> Slip:
    """The slip as it is now, with the county's pages renewed; nobody else can change it.

    The county comes first, as in ``issue_slip``: two steps at once wait in one order.
    """
    Region.objects.filter(pk=slip.county_id).touch(judged=False)
    return (
        Slip.objects.select_for_update(of=("self",), no_key=True)
        .select_related("unit", "round", "county", "issued_by", "closed_by")
        .get(pk=slip.pk)
    )


def _tell_unit(slip: Slip, text: str) -> None:
    _notify(people_who_report(slip.unit), slip, text)


def _notify(people, slip: Slip, text: str) -> None:
    sample = "（演示数据）" if slip.round.simulated else ""
    notify(
        people,
        kind=Notice.Kind.SLIP,
        text=f"{sample}{text}",
        url=slip_url(slip),
        reporting_round=slip.round,
    )


# -- The words that a new slip begins with ----------------------------------------------


def proposed_deadline(kind: str, today: date) -> date:
    """The day that is proposed for dealing with a slip: so many working days from today."""
    day = today
    for _workday in range(DAYS_GIVEN[kind]):
        day = next_workday(day + timedelta(days=1), is_workday)
    return day


class Draft(NamedTuple):
    """What the form of a new slip begins with."""

    kind: str
    text: str


def urging_draft(cell: Cell, former: Slip | None = None) -> Draft:
    """A slip about what a unit has not reported in a round: a 催办单, or what follows one.

    Args:
        cell: the unit's reports of the round, as they are now.
        former: the latest slip about them, which the new one follows.
    """
    if former is None:
        return Draft(Slip.Kind.URGE, _urging_text(cell))
    text = "\n".join(p for p in (former_words(former), _urging_text(cell)) if p)
    return Draft(next_kind(former, None), text)


def _urging_text(cell: Cell) -> str:
    reporting_round = cell.round
    first = f"截至{cn_date(reporting_round.as_of)}的民生实事进展填报"
    if cell.due is not None:
        first += f"，期限为{timezone.localdate(cell.due).year}年{due_words(cell.due)}"
        first += "（经批准延期）" if cell.extended else ""
    first += f"。你单位应报{cell.owed}项，"
    if not cell.missing:
        # What the office wants of a unit that has reported everything it says itself.
        returned = f"其中{cell.returned}项被退回，尚未修改后重新提交。请在办结期限前完成。"
        return first + returned if cell.returned else ""
    first += f"现有{len(cell.missing)}项尚未报送："
    names = [f"{order}．{name}" for order, name in enumerate(cell.missing[:NAMED_PROJECTS], 1)]
    lines = [f"{line}；" for line in names[:-1]] + [f"{line}。" for line in names[-1:]]
    if len(cell.missing) > NAMED_PROJECTS:
        lines.append(f"其余{len(cell.missing) - NAMED_PROJECTS}项见系统。")
    demand = "请在办结期限前登录系统完成填报；确有困难的，请书面说明原因和完成填报的时间。"
    return "\n".join([first, *lines, demand])


def supervising_draft(state: ItemState, as_of: date, former: Slip | None) -> Draft:
    """A 督办单 about an item, with the numbers and reasons of its standing.

    Args:
        state: the item, judged.
        as_of: at which date.
        former: the latest slip about the item, which the new one follows.
    """
    standing = state.standing
    paragraphs = [former_words(former)] if former is not None else []
    paragraphs += [_opening(state, as_of), _reasons(standing)]
    if state.problems:
        paragraphs.append(f"你单位填报的存在问题：{_sentence(state.problems)}")
    paragraphs.append(
        "请认真分析滞后原因，落实责任，采取有效措施加快推进，"
        "并在办结期限前书面回复滞后原因、采取的措施和计划赶上序时进度的日期。"
    )
    return Draft(next_kind(former, standing.status), "\n".join(p for p in paragraphs if p))


def former_words(former: Slip) -> str:
    """The sentence with which a slip names the one that it follows."""
    words = (
        f"此前已于{cn_date(former.issued_on)}签发{former}，要求于{cn_date(former.deadline)}前办结"
    )
    if former.answered_at is None:
        return f"{words}，至今未见回复。"
    answered = timezone.localdate(former.answered_at)
    return f"{words}；你单位于{cn_date(answered)}回复，但事项仍未办结。"


def next_kind(former: Slip | None, status: Status | None) -> str:
    """The kind proposed: one step above ``former``, else blue, or yellow if seriously behind."""
    if former is not None:
        step = LADDER.index(former.kind) + 1
        return LADDER[min(step, len(LADDER) - 1)]
    return Slip.Kind.YELLOW if status is Status.SERIOUSLY_BEHIND else Slip.Kind.BLUE


def _opening(state: ItemState, as_of: date) -> str:
    standing = state.standing
    plan = f"计划进度{percent1(standing.planned_percent)}"
    if standing.actual_percent is not None:
        plan += f"，实际进度{percent1(standing.actual_percent)}"
    if standing.schedule_variance is not None:
        plan += f"，偏差{points1(standing.schedule_variance)}个百分点"
    title = _sentence(state.item.title).rstrip("。；")
    return (
        f"你单位牵头的{state.name}“{title}”，截至{cn_date(as_of)}{plan}，研判为{standing.label}。"
    )


def _reasons(standing: Standing) -> str:
    """What is behind, milestone by milestone, and below the city's average where its table
    is no 示例数据; "" if nothing is."""
    reasons = [
        f"{milestone_words(m, WHOLE)}应于{cn_date(m.due)}前完成，至今未完成，"
        f"{overdue_words(m, standing.as_of)}"
        for m in standing.milestones_in(MilestoneState.UNMET)
    ]
    reasons += [
        f"{milestone_words(m, WHOLE)}已于{cn_date(m.due)}到期，填报未说明是否完成"
        for m in standing.milestones_in(MilestoneState.UNTOLD)
    ]
    reasons += [
        f"{t.target.name}{number_cn(t.value)}{t.target.unit}，"
        f"低于{number_cn(t.target.value)}{t.target.unit}"
        for t in standing.targets
        if t.kept is False
    ]
    comparison = standing.facts.comparison
    if standing.below_city_average and not comparison.illustrative:
        reasons.append(
            f"全市对比（截至{cn_date(comparison.as_of)}）本县{percent1(comparison.figure)}，"
            f"低于全市平均{percent1(comparison.average)}"
        )
    return f"具体情况：{'；'.join(reasons)}。" if reasons else ""


def _sentence(text: str) -> str:
    """A text on one line, with a full stop at its end."""
    line = " ".join(text.split())
    return line if line.endswith(("。", "！", "？")) else f"{line}。"
