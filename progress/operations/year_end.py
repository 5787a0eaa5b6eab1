"""The year's end: how each item of each list ended, and the only writer of satisfaction votes."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import cn_date
from progress.models import SatisfactionVote
from progress.operations.groups import promised
from progress.operations.item_state import LEVEL_LABELS, ItemState
from progress.operations.locks import lock_county
from progress.operations.standings import CountyState
from progress.rules.judgement import Status
from progress.rules.year_end import (
    Outcome,
    Reached,
    Votes,
    falls_short,
    faults,
    outcome,
    outcome_sentence,
)
from projects.models import LEVEL_ORDER, Level, ListItem, ProjectList

NOT_REPORTED = frozenset({None, Status.NOT_REPORTED})


@dataclass(frozen=True)
class Ended:
    """How one item ended, with the votes on it, the earliest first."""

    state: ItemState
    outcome: Outcome
    short: bool  # whether a reading is below its target
    votes: Sequence[SatisfactionVote]

    @property
    def task(self) -> str:
        """目标任务: the targets on one line."""
        return promised(self.state.standing.plan)

    @property
    def person(self) -> str:
        """责任人; the responsible leader where the list names nobody else."""
        return self.state.item.person or self.state.item.leader


@dataclass(frozen=True)
class LevelEnd:
    """One list at the year's end."""

    level: str
    title: str
    rows: Sequence[Ended]

    @property
    def label(self) -> str:
        """省级, 市级 or 县级."""
        return LEVEL_LABELS[self.level]

    @property
    def counts(self) -> Counter:
        """How many items ended how."""
        return Counter(row.outcome for row in self.rows)

    @property
    def has_votes(self) -> bool:
        """Whether any item has been voted on, or will be: the county's own list."""
        return self.level == Level.COUNTY or any(row.votes for row in self.rows)


@dataclass(frozen=True)
class YearEnd:
    """A county's year at its end, for one reader."""

    state: CountyState
    levels: Sequence[LevelEnd]
    decimals: int  # of percents

    @property
    def counts(self) -> Counter:
        """How many items of all lists ended how."""
        return sum((level.counts for level in self.levels), Counter())

    @property
    def sentences(self) -> list[tuple[str, str]]:
        """(list, its counts in words) for each list."""
        return [
            (f"{level.label}民生实事{len(level.rows)}项", self.sentence(level))
            for level in self.levels
        ]

    def sentence(self, level: LevelEnd) -> str:
        """The counts of one list in words, with the percents of the page."""
        return outcome_sentence(level.counts, self.decimals)

    @property
    def short(self) -> int:
        """How many completed items have a reading below its target."""
        return sum(1 for level in self.levels for row in level.rows if row.short)


def read_year_end(state: CountyState, decimals: int) -> YearEnd:
    """How the items of ``state`` ended, list by list; two queries."""
    votes = defaultdict(list)
    for vote in SatisfactionVote.objects.for_county(state.county, state.year).order_by(
        "voted_on", "pk"
    ):
        votes[vote.item_id].append(vote)
    titles = ProjectList.objects.titles(state.county, state.year)
    by_level = defaultdict(list)
    for own in state.items:
        by_level[own.item.level].append(ended(own, votes[own.item.pk]))
    levels = [
        LevelEnd(level, titles.get(level, LEVEL_LABELS[level]), by_level[level])
        for level in sorted(by_level, key=LEVEL_ORDER.get)
    ]
    return YearEnd(state, levels, decimals)


def ended(own: ItemState, votes: Sequence[SatisfactionVote]) -> Ended:
    """How one item ended."""
    standing = own.standing
    quantities = [
        Reached(t.target.value, t.value) for t in standing.targets if t.target.kind == "quantity"
    ]
    found = outcome(
        completed=standing.status is Status.COMPLETED,
        reported=standing.status not in NOT_REPORTED,
        quantities=quantities,
    )
    short = found is Outcome.COMPLETED and falls_short(quantities)
    return Ended(own, found, short, votes)


# -- Votes ------------------------------------------------------------------------------


class VotesChangedError(Exception):
    """Somebody else entered or changed votes of the body after the page was opened."""

    def __init__(self, numbers: Sequence[int]):
        self.numbers = numbers
        items = "、".join(f"第{number}项" for number in numbers)
        super().__init__(f"您打开页面之后，{items}的测评结果已被他人修改，没有保存。")


class Line(NamedTuple):
    """The votes on one item as typed; ``counts`` None: the item was not voted on."""

    item: int
    counts: tuple[int, int, int, int] | None  # 满意, 基本满意, 不满意, 弃权或未投
    edits: int  # of the row that the page showed; 0 where there was none


@dataclass(frozen=True)
class Poll:
    """What is the same for all items of one vote."""

    body: str
    voted_on: date
    members: int
    source: str = ""


@dataclass
class Changes:
    """What saving did."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    details: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.details)

    @property
    def words(self) -> str:
        """新增3项，修改1项."""
        counted = (("新增", self.added), ("修改", self.changed), ("删除", self.removed))
        return "，".join(f"{word}{count}项" for word, count in counted if count)


def county_items(user, county: Region, year: int):
    """The items that are voted on: those of the county's own list that exist for ``user``."""
    return (
        ListItem.objects.visible_to(user)
        .for_county(county, year)
        .filter(project_list__level=Level.COUNTY)
        .select_related("project", "project_list")
    )


def votes_of_body(county: Region, year: int, body: str) -> dict[int, SatisfactionVote]:
    """What one body voted, by item."""
    found = SatisfactionVote.objects.for_county(county, year).filter(body=body)
    return {vote.item_id: vote for vote in found}


def bodies_of(county: Region, year: int) -> list[str]:
    """The bodies that have voted, the earliest vote first."""
    rows = SatisfactionVote.objects.for_county(county, year).order_by("voted_on", "pk")
    return list(dict.fromkeys(rows.values_list("body", flat=True)))


@transaction.atomic
def save_votes(*, by, county: Region, year: int, poll: Poll, lines: Sequence[Line]) -> Changes:
    """Keep what one body voted on the items of the county's own list; all or nothing.

    Args:
        by: the person of the office.
        county: whose list.
        year: of the list.
        poll: what is the same for all items.
        lines: one for each item that the page showed; the counts None remove what stood there.

    Raises:
        VotesChangedError: a row is not as the page showed it.
        ValidationError: numbers that cannot be; by item's key, in Chinese.
    """
    # Of two who enter the first votes of a body the second finds those of the first.
    lock_county(county.pk)
    items = {item.pk: item for item in county_items(by, county, year)}
    kept = votes_of_body(county, year, poll.body)
    lines = [line for line in lines if line.item in items]
    _check(lines, items, kept, poll)
    changes = Changes()
    for line in lines:
        _save_line(by, poll, line, items[line.item], kept.get(line.item), changes)
    if changes:
        record(
            by=by,
            subject=ProjectList.objects.get(county=county, year=year, level=Level.COUNTY),
            summary=f"录入{poll.body}满意度测评（{cn_date(poll.voted_on)}）：{changes.words}。",
            changes=changes.details,
        )
        Region.objects.filter(pk=county.pk).touch()
    return changes


def _check(lines: Sequence[Line], items, kept, poll: Poll) -> None:
    overtaken = [
        items[line.item].number
        for line in lines
        if (kept[line.item].edits if line.item in kept else 0) != line.edits
    ]
    if overtaken:
        raise VotesChangedError(overtaken)
    wrong = {
        str(line.item): faults(Votes(poll.members, *line.counts))
        for line in lines
        if line.counts is not None and faults(Votes(poll.members, *line.counts))
    }
    if wrong:
        raise ValidationError(wrong)


def _save_line(by, poll: Poll, line: Line, item: ListItem, old, changes: Changes) -> None:
    if line.counts is None:
        if old is not None:
            changes.removed += 1
            changes.details[str(item)] = (_words(old), None)
            old.delete()
        return
    values = {
        "voted_on": poll.voted_on,
        "members": poll.members,
        "source": poll.source,
        **dict(zip(("satisfied", "fairly", "dissatisfied", "abstained"), line.counts, strict=True)),
    }
    if old is None:
        new = SatisfactionVote.objects.create(item=item, body=poll.body, entered_by=by, **values)
        changes.added += 1
        changes.details[str(item)] = (None, _words(new))
    elif any(getattr(old, name) != value for name, value in values.items()):
        before = _words(old)
        for name, value in values.items():
            setattr(old, name, value)
        old.edits, old.entered_by = old.edits + 1, by
        old.save()
        changes.changed += 1
        changes.details[str(item)] = (before, _words(old))


def _words(vote: SatisfactionVote) -> str:
    return (
        f"{vote.grade_label}：满意{vote.satisfied}、基本满意{vote.fairly}、"
        f"不满意{vote.dissatisfied}、弃权或未投票{vote.abstained}，共{vote.members}人，"
        f"{cn_date(vote.voted_on)}"
    )
