"""What one issue of the bulletin says: texts and tables of a round, as plain values."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from django.utils import timezone

from livelihood.organisation.documents.tables import Table
from livelihood.organisation.words import cn_month_day
from progress.documents.bulletin import BulletinContent, Section
from progress.models import Round
from progress.operations.bulletin_tables import (
    LATE,
    below_table,
    changes_table,
    late_table,
    overview_table,
    reporting_table,
    rules_table,
    units_table,
)
from progress.operations.item_state import LEVEL_LABELS, ItemState
from progress.operations.listing import list_table
from progress.operations.overview import (
    Tally,
    by_level,
    county_headline,
    headline_note,
    tally,
)
from progress.operations.reporting_board import Cell, read_board
from progress.operations.since_last import STILL, Changed, Move, Promise, changes_since
from progress.operations.standings import CountyState, behind_first, read_county
from progress.rules import bulletin_words as words
from progress.rules.headline import units_by_count
from progress.rules.judgement import Status, behind_reasons
from progress.rules.layouts import Layout
from projects.models import Level, ListItem, ProjectList

# The parts of the text that the office may edit, in their order, and their headings.
PARTS = {
    "lead_in": "",
    "overall": "一、总体情况",
    "problems": "二、存在问题",
    "requirements": "三、下步要求",
}
CATEGORIES = frozenset({"category", "category_numbered"})
SAMPLE_NOTE = "演示数据：本期进展为演示数据，不代表任何单位的真实进展。"


@dataclass(frozen=True)
class Frame:
    """What stands around the text: given by the office."""

    title: str
    number: str  # 督查通报〔2023〕第1期
    addressees: str
    copies: str
    signed_by: str
    issued_on: date | None
    correction: str = ""  # why it is a new version of what has gone out


@dataclass
class Material:
    """Everything that an issue of one round can draw on, read once."""

    state: CountyState
    before: CountyState | None
    cells: Sequence[Cell]  # of the round: who has reported
    titles: dict[str, str]  # of the lists, by level
    next_round: Round | None
    office: str

    @cached_property
    def changes(self) -> list[Changed]:
        """What moved since the round before."""
        return [] if self.before is None else changes_since(self.before, self.state)

    @cached_property
    def drafts(self) -> dict[str, list[str]]:
        """The text as drafted from the data, paragraph by paragraph, by part."""
        situation = self.situation
        state = self.state
        return {
            "lead_in": [
                f"现将{state.year}年{state.county.name}民生实事项目截至"
                f"{cn_month_day(state.as_of)}的进展情况通报如下："
            ],
            "overall": words.overall(situation),
            "problems": words.problems(situation),
            "requirements": words.requirements(situation),
        }

    @cached_property
    def situation(self) -> words.Situation:
        """The facts of the text."""
        state = self.state
        return words.Situation(
            headline=county_headline(state, state.county.short_name, self.titles),
            headline_note=headline_note(state),
            as_of=state.as_of,
            total=_counted(tally(state.items)),
            levels=[_counted(t) for t in by_level(state.items)],
            behind=[
                _mention(s, _why_behind(s))
                for s in behind_first(state.items)
                if s.standing.is_behind
            ],
            below=_below(state.items),
            problems=[_mention(s, s.problems) for s in _with_problems(state.items)],
            late=_late(self.cells),
            since=self._since,
            due_soon=[(m.due, _mention(s, m.text)) for s, m in state.due_soon()],
            next_deadline=self.next_round and self.next_round.deadline,
            office=self.office,
        )

    @property
    def _since(self) -> words.SinceLast | None:
        if self.before is None or not self.before.has_progress:
            return None

        def moved(*moves: Move) -> list[words.Mention]:
            return [_mention(c.now, c.promise) for c in self.changes if {*c.moves} & {*moves}]

        def promised(outcome: Promise) -> list[words.Mention]:
            return [_mention(c.now, c.promise) for c in self.changes if c.outcome is outcome]

        return words.SinceLast(
            as_of=self.before.as_of,
            finished=moved(Move.FINISHED),
            recovered=moved(Move.RECOVERED),
            became_behind=moved(Move.BECAME_BEHIND),
            still_behind=moved(*STILL),
            kept=promised(Promise.KEPT),
            missed=promised(Promise.MISSED),
            early=promised(Promise.EARLY),
        )


def read_material(reporting_round: Round, levels: Sequence[str], *, now: datetime) -> Material:
    """Read what an issue of ``reporting_round`` on the lists of ``levels`` can draw on.

    A closed round is read as it was kept, so that an issue says what the pages say.
    """
    county, as_of = reporting_round.county, reporting_round.as_of
    year, today = as_of.year, timezone.localdate(now)
    items = ListItem.objects.filter(project_list__level__in=levels)
    rounds = list(Round.objects.for_county(county, year))
    state = read_county(items, county, year, as_of=as_of, today=today, rounds=rounds)
    earlier = next((r for r in rounds if r.as_of < as_of), None)
    before = None
    if earlier is not None:
        before = read_county(items, county, year, as_of=earlier.as_of, today=today, rounds=rounds)
    projects = {s.item.project_id for s in state.items}
    board = read_board(None, county, year, now=now, only=projects)
    own = next(r for r in board.rounds if r.pk == reporting_round.pk)
    return Material(
        state=state,
        before=before,
        cells=board.cells(own),
        titles=ProjectList.objects.titles(county, year),
        next_round=next((r for r in board.rounds if r.as_of > as_of), None),
        office=f"{county.seat}府办",
    )


def compose(
    material: Material,
    frame: Frame,
    *,
    layouts: Mapping[str, Layout],
    texts: Mapping[str, str],
) -> BulletinContent:
    """The whole issue.

    Args:
        material: what was read.
        frame: what stands around the text.
        layouts: how the list of each level is printed; its levels are the ones annexed.
        texts: the parts (``PARTS``) that the office has edited, paragraphs parted by line
            ends; the others are drafted from the data.
    """
    state = material.state
    lists = [
        _list_sheet(material, level, layouts[level]) for level in Level.values if level in layouts
    ]
    late = late_table(state, material.titles)
    sheets = (
        overview_table(state, state.county.short_name, material.titles),
        *lists,
        late,
        below_table(state, material.titles),
        units_table(state),
        reporting_table(material.cells, state),
        changes_table(material.before, material.changes),
        rules_table(state),
    )
    annexes = [sheet.name for sheet in lists]
    if late.rows:
        annexes.append(LATE)
    told = {part: _paragraphs(material, texts, part) for part in PARTS}
    return BulletinContent(
        county=state.county.name,
        year=state.year,
        as_of=state.as_of,
        title=frame.title,
        number=frame.number,
        notes=(*_correction_note(frame), *notes_of(state)),
        # What page and files put behind them is not printed twice.
        addressees=frame.addressees.rstrip("：: "),
        lead_in="\n".join(told["lead_in"]),
        sections=tuple(
            Section(heading, tuple(told[part])) for part, heading in PARTS.items() if heading
        ),
        signed_by=frame.signed_by,
        issued_on=frame.issued_on,
        copies=frame.copies.rstrip("。. "),
        sheets=sheets,
        annexes=tuple(annexes),
    )


def _correction_note(frame: Frame) -> list[str]:
    return [f"更正：{frame.correction}"] if frame.correction else []


def notes_of(state: CountyState) -> list[str]:
    """What must be read with the issue wherever it goes: made-up data is never silent."""
    notes = []
    if state.current_round is not None and state.current_round.simulated:
        notes.append(SAMPLE_NOTE)
    if state.has_sample_comparisons:
        notes.append("示例数据：全市平均为示例数据，低于全市平均的项数依据示例数据得出。")
    return notes


def proposed_title(county: str, year: int, as_of: date) -> str:
    """关于…的通报, as a title begins before the office has changed it."""
    return f"关于{year}年{county}民生实事项目进展情况的通报（截至{cn_month_day(as_of)}）"


def plain_text(text: str) -> str:
    """Paragraphs without blank lines and stray spaces, so that two texts can be compared."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def mark_of(text: str) -> str:
    """A short mark by which a text is known again."""
    return hashlib.sha256(plain_text(text).encode()).hexdigest()[:16]


def _list_sheet(material: Material, level: str, layout: Layout) -> Table:
    return list_table(
        material.state,
        _without_empty_categories(layout, level, material.state),
        level=level,
        name=f"{LEVEL_LABELS[level]}清单",
        titles=material.titles,
    )


def _without_empty_categories(layout: Layout, level: str, state: CountyState) -> Layout:
    """Without the column of categories, where the list has none at all."""
    if any(own.item.category for own in state.items if own.item.level == level):
        return layout
    columns = tuple(column for column in layout.columns if column.key not in CATEGORIES)
    return replace(layout, columns=columns or layout.columns)


def _paragraphs(material: Material, texts: Mapping[str, str], part: str) -> list[str]:
    if part not in texts:
        return material.drafts[part]
    return [line.strip() for line in texts[part].splitlines() if line.strip()]


def _counted(counted: Tally) -> words.Counted:
    return words.Counted(counted.name, counted.total, counted.statuses)


def _mention(state: ItemState, said: str = "") -> words.Mention:
    return words.Mention(state.name, state.item.title, state.item.unit, said)


def _why_behind(state: ItemState) -> str:
    return "：".join([state.standing.label, "，".join(behind_reasons(state.standing))])


def _below(states: Sequence[ItemState]) -> dict[str, list[str]]:
    """Items below the city's average by unit, the unit with most of them first."""
    below = [s for s in states if s.standing.below_city_average]
    order = [name for _, name in sorted({(s.item.unit_order, s.item.unit) for s in below})]
    ranked = units_by_count([s.item.unit for s in below], order)
    return {unit: [s.name for s in below if s.item.unit == unit] for unit, _count in ranked}


def _with_problems(states: Sequence[ItemState]) -> list[ItemState]:
    """Unfinished items with a reported problem; one project's problem is told once."""
    told: set[tuple[int, str]] = set()
    found = []
    for state in states:
        key = state.item.project_id, state.problems
        if state.problems and state.standing.status is not Status.COMPLETED and key not in told:
            told.add(key)
            found.append(state)
    return found


def _late(cells: Sequence[Cell]) -> words.Late:
    begun = [cell for cell in cells if cell.begun]
    return words.Late(
        missing=[(str(c.unit), len(c.missing)) for c in begun if c.missing and c.over],
        late=[(str(c.unit), c.late_days) for c in begun if c.late],
    )
