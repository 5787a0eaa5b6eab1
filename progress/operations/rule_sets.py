"""研判规则: a county's sets with their validity, what a change would do, and the writer.

A set holds from its date until the next one begins. What a closed round was judged by is
never changed: such a set is followed by a new one.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from auditlog.context import disable_auditlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from livelihood.organisation.access import Permission, require
from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import Action, record
from livelihood.organisation.words import cn_date
from progress.models import Round, RuleSet
from progress.operations.frozen import kept_row
from progress.operations.item_state import ItemState
from progress.operations.locks import lock_county
from progress.operations.reporting import RefusedError
from progress.operations.standings import CountyState, judge_county
from progress.operations.summary import refresh
from progress.rules.judgement import Flag, Status
from projects.models import ListItem

# A rule is set for this year or the next, not for a slip of the pen.
LATEST_START = timedelta(days=2 * 366)


class RulesChangedError(Exception):
    """Somebody else has changed the county's rules since the page was opened."""

    def __init__(self):
        super().__init__("您打开本页后，有人改动了本县的研判规则，没有保存。")


@dataclass(frozen=True)
class SetInTime:
    """A rule set and when it holds; ``last`` is its last day, None while none follows."""

    rule_set: RuleSet
    last: date | None
    rounds: tuple[Round, ...]  # that it judges, the earliest first, planned ones included

    @property
    def closed(self) -> list[Round]:
        """The rounds that were closed, and so kept, as it judged them."""
        return [r for r in self.rounds if r.state == Round.State.CLOSED]

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on ``day``."""
        return self.rule_set.valid_from <= day and (self.last is None or day <= self.last)


def sets_of(county: Region) -> list[SetInTime]:
    """All rule sets of a county, the latest first, with the rounds they judge; two queries."""
    sets = list(RuleSet.objects.filter(county=county).order_by("-valid_from"))
    rounds = list(Round.objects.filter(county=county).order_by("as_of"))
    found, following = [], None
    for rule_set in sets:
        last = following and following.valid_from - timedelta(days=1)
        until = last or date.max
        own = [r for r in rounds if rule_set.valid_from <= r.as_of <= until]
        found.append(SetInTime(rule_set, last, tuple(own)))
        following = rule_set
    return found


def mark_of(county: Region) -> str:
    """A mark of all rules of a county; it differs as soon as one of them is changed."""
    rows = [kept_row(rule_set) for rule_set in RuleSet.objects.filter(county=county).order_by("pk")]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:24]


def earliest_start(county: Region) -> date | None:
    """The first day from which new rules may hold: after the last closed round; None: any."""
    last = Round.objects.filter(county=county, state=Round.State.CLOSED).order_by("as_of").last()
    return last and last.as_of + timedelta(days=1)


def start_fault(county: Region, start: date, today: date, rule_set: RuleSet | None) -> str:
    """Why a set may not begin on ``start``, in Chinese; "" if it may.

    Args:
        county: whose set.
        start: its first day.
        today: the day on which it is asked.
        rule_set: the set that is to begin then; None: a new one.
    """
    earliest = earliest_start(county)
    if earliest is not None and start < earliest:
        before = cn_date(earliest - timedelta(days=1))
        return f"截至{before}的期次已经截止存档，生效日期应在{cn_date(earliest)}或以后。"
    if start > today + LATEST_START:
        return "生效日期离今天太远，请核对年份。"
    others = RuleSet.objects.filter(county=county, valid_from=start)
    if others.exclude(pk=rule_set and rule_set.pk).exists():
        return f"已有一套规则自{cn_date(start)}起生效，请修改那一套，或另选日期。"
    return ""


# -- What a change would do ----------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One item that would be judged otherwise."""

    before: ItemState
    after: ItemState

    @property
    def gained(self) -> list[Flag]:
        """Flags that would come."""
        return [f for f in self.after.standing.flags if f not in self.before.standing.flags]

    @property
    def lost(self) -> list[Flag]:
        """Flags that would go."""
        return [f for f in self.before.standing.flags if f not in self.after.standing.flags]

    @property
    def status_changes(self) -> bool:
        """Whether the schedule status is another one."""
        return self.before.standing.status != self.after.standing.status

    @property
    def why(self) -> list[str]:
        """The sentences of the judgement that the item did not have before."""
        before = self.before.standing.explanation
        return [sentence for sentence in self.after.standing.explanation if sentence not in before]

    @property
    def no_longer(self) -> list[str]:
        """The sentences that a flag which goes rested on."""
        after = self.after.standing.explanation
        return [sentence for sentence in self.before.standing.explanation if sentence not in after]


@dataclass(frozen=True)
class Preview:
    """A round judged by the rules in force and by others, side by side."""

    before: CountyState
    after: CountyState
    changes: list[Change]

    @property
    def statuses(self) -> list[tuple[Status | None, int, int]]:
        """(status, items before, items after) of every status that occurs, worst first."""
        return _side_by_side(
            [Status.SERIOUSLY_BEHIND, Status.BEHIND, Status.NOT_REPORTED, Status.ON_SCHEDULE,
             Status.AHEAD, Status.COMPLETED, None],
            *(Counter(s.standing.status for s in state.items) for state in self._states),
        )  # fmt: skip

    @property
    def flags(self) -> list[tuple[Flag, int, int]]:
        """(flag, items before, items after) of every flag that occurs."""
        return _side_by_side(
            Flag,
            *(Counter(f for s in state.items for f in s.standing.flags) for state in self._states),
        )

    @property
    def _states(self) -> tuple[CountyState, CountyState]:
        return self.before, self.after


def _side_by_side(kinds, before: Counter, after: Counter) -> list[tuple]:
    return [(kind, before[kind], after[kind]) for kind in kinds if before[kind] or after[kind]]


def preview_rules(
    items: QuerySet[ListItem],
    county: Region,
    *,
    as_of: date,
    today: date,
    rounds: Sequence[Round],
    rule_set: RuleSet,
) -> Preview:
    """What ``rule_set``, which need not be saved, would change; writes nothing.

    Both sides are judged by what the database says now, so that nothing but the rules makes
    the difference; a closed round keeps what it has.

    Args:
        items: the items that exist for the reader.
        county: whose items.
        as_of: the date of judgement, of a round or not; its year is that of the lists.
        today: the day on which it is asked.
        rounds: the year's rounds, the latest first.
        rule_set: the rules to try.
    """
    before, after = (
        judge_county(
            items, county, as_of.year, as_of=as_of, today=today, rounds=rounds, rule_set=rules
        )
        for rules in (RuleSet.objects.in_force(county, as_of), rule_set)
    )
    pairs = (Change(*pair) for pair in zip(before.items, after.items, strict=True))
    return Preview(before, after, [c for c in pairs if c.status_changes or c.gained or c.lost])


# -- Writing -------------------------------------------------------------------------


@transaction.atomic
def save_rule_set(
    *, by, county: Region, values: Mapping, mark: str, today: date, rule_set: RuleSet | None = None
) -> RuleSet:
    """Change a set by which no closed round was judged, or begin a new one.

    Args:
        by: the person of the office.
        county: whose rules.
        values: field by field, ``valid_from`` included.
        mark: ``mark_of`` the county's rules as they were when the page was opened.
        today: the day of saving.
        rule_set: the set to change; None: a new one.

    Returns:
        The set as saved.

    Raises:
        RefusedError: a round that it judged has been closed.
        RulesChangedError: somebody else has changed the county's rules meanwhile.
        ValidationError: by field, in Chinese.
    """
    require(by, Permission.SET_RULES)
    # A round that is being closed is judged by the old rules or the new, whole.
    lock_county(county.pk)
    if mark_of(county) != mark:
        raise RulesChangedError
    if rule_set is None:
        saved, old, former = RuleSet(county=county), {}, None
    else:
        found = next(s for s in sets_of(county) if s.rule_set.pk == rule_set.pk)
        refuse_if_kept(found)
        saved = found.rule_set
        old, former = _shown(saved), saved.valid_from
    for field, value in values.items():
        setattr(saved, field, value)
    fault = start_fault(county, saved.valid_from, today, rule_set)
    if fault:
        raise ValidationError({"valid_from": fault})
    saved.full_clean(exclude=["county"])
    if _save(saved, old, by):
        # The rounds that the set judged before count as well as those it judges now.
        _refresh(county, min(saved.valid_from, former or saved.valid_from))
    return saved


def refuse_if_kept(found: SetInTime) -> None:
    """Let only a set be changed by which no closed round was judged.

    Raises:
        RefusedError: there is such a round.
    """
    if found.closed:
        raise RefusedError(
            f"已有{len(found.closed)}期按这套规则研判并存档，不能再修改。"
            "需要调整的，请从新的日期起另立一套。"
        )


def _save(saved: RuleSet, old: Mapping, by) -> bool:
    """Save a set that differs from what it was; whether it does."""
    new = _shown(saved)
    changes = {f: (old.get(f), new[f]) for f in new if old.get(f) != new[f]}
    if not changes:
        return False
    created = saved.pk is None
    # The row that ``record`` writes says more than the library's own.
    with disable_auditlog():
        saved.save()
    start = cn_date(saved.valid_from)
    record(
        by=by,
        subject=saved,
        summary=f"{'新立' if created else '修改'}{saved.county.name}研判规则（{start}起执行）",
        changes=changes,
        action=Action.CREATE if created else Action.UPDATE,
    )
    Region.objects.filter(pk=saved.county_id).touch()
    return True


def _refresh(county: Region, since: date) -> None:
    days = Round.objects.filter(county=county, as_of__gte=since).values_list("as_of", flat=True)
    for year in sorted({day.year for day in days}):
        refresh(county, since=max(since, date(year, 1, 1)))


def _shown(rule_set: RuleSet) -> dict:
    """The fields of a set by name, choices in words."""
    fields = [f for f in RuleSet._meta.concrete_fields if f.name not in ("id", "county")]
    return {f.name: _in_words(f, f.to_python(f.value_from_object(rule_set))) for f in fields}


def _in_words(field, value):
    if isinstance(value, bool):
        return "是" if value else "否"
    return dict(field.flatchoices).get(value, value)
