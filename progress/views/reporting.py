"""报送情况: who has reported, as a page, as a sentence, as Excel."""

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from livelihood.organisation.access import Permission, may
from livelihood.organisation.documents.tables import Column, Kind, Table
from livelihood.organisation.downloads import excel_download
from livelihood.organisation.words import cn_datetime
from progress.models import Report, Round, Slip
from progress.operations.reporting_board import Board, Cell, missing_sentence, read_board
from progress.parts import reporting_cells as cells
from progress.parts.board_tables import round_notes
from progress.parts.reporting_cells import Count
from progress.views.common import Place, find_place


class Shown:
    """The board, the round it speaks of, and the rows that the address asks for."""

    def __init__(self, request, code: str, year: int):
        self.now = timezone.now()
        self.place: Place = find_place(request, code, year)
        self.board: Board = read_board(request.user, self.place.county, year, now=self.now)
        begun = [r for r in self.place.rounds if r.as_of <= self.place.as_of]
        # The board's own rows: theirs have the extensions.
        self.current = next((r for r in self.board.rounds if begun and r == begun[0]), None)
        self.count: Count = cells.chosen_count(request.GET.get("show", ""))
        self.rows = cells.rows_of(self.board, self.count, self.current)

    @property
    def description(self) -> str:
        """What is shown, in words."""
        if not self.place.sees_whole_county:
            return "本单位各期的报送情况。"
        if self.count.key == "all" or self.current is None:
            return f"共{len(self.rows)}个单位，按单位名单的顺序。"
        return (
            f"只显示{self.current}这一期{self.count.label}的{len(self.rows)}个单位"
            f"（共{len(self.board.rows)}个）。"
        )


def reports_url(user, place: Place, cell: Cell) -> str:
    """Where a cell leads: to the unit's own tasks; for who reviews, to the unit's reports
    before the office, else those returned or accepted; for others to the unit's items."""
    in_round = [place.county.code, place.year, cell.round.as_of]
    if may(user, Permission.REPORT):
        return reverse("round_tasks", args=in_round)
    if may(user, Permission.REVIEW) and len(cell.missing) < cell.owed:
        state = Report.State.ACCEPTED
        if cell.waiting or cell.returned:
            state = Report.State.SUBMITTED if cell.waiting else Report.State.RETURNED
        query = urlencode({"unit": cell.unit.pk, "state": state})
        return f"{reverse('review', args=in_round)}?{query}"
    query = urlencode({"unit": cell.unit.pk, "as_of": cell.round.as_of.isoformat()})
    return f"{reverse('items', args=in_round[:2])}?{query}"


def shown_cell(user, place: Place, cell: Cell) -> dict:
    """A cell as the template draws it."""
    return {
        "state": cell.state,
        "chip": cells.chip_words(cell),
        "detail": cells.detail_words(cell),
        "title": cells.title_words(cell),
        "heading": cells.round_heading(cell.round),
        "url": reports_url(user, place, cell),
    }


def missing_rows(shown: Shown) -> list[dict]:
    """The units that have not reported everything, with what is missing and open slips."""
    if shown.current is None:
        return []
    slips = {}
    for slip in Slip.objects.filter(round=shown.current, item=None).open().order_by("number"):
        slips[slip.unit_id] = slip
    return [
        {"cell": cell, "chip": cells.chip_words(cell), "slip": slips.get(cell.unit.pk)}
        for cell in shown.board.cells(shown.current)
        if cell.missing
    ]


@require_safe
@never_cache  # whether something is late changes with the hour, not with the data alone
def reporting(request, code, year):
    """Units × rounds, the counts of one round, and who is missing in it."""
    shown = Shown(request, code, year)
    place, board, current = shown.place, shown.board, shown.current
    whole = place.sees_whole_county
    context = {
        "place": place,
        "board": board,
        "current": current,
        "shown": shown,
        "rounds": [
            (r, cells.round_heading(r), cells.deadline_words(r), r == current) for r in board.rounds
        ],
        "rows": [
            (row, [shown_cell(request.user, place, cell) for cell in row.cells])
            for row in shown.rows
        ],
    }
    if current is not None and board.rows:
        context["counts"] = cells.counts(board, current) if whole else []
        context["missing"] = missing_rows(shown)
        context["may_follow_up"] = may(request.user, Permission.FOLLOW_UP)
        if whole:
            context["sentence"] = missing_sentence(board.cells(current), current, shown.now)
    return render(request, "progress/reporting.html", context)


@require_safe
def reporting_excel(request, code, year):
    """The board as shown, as Excel."""
    shown = Shown(request, code, year)
    title = f"{shown.place.county.name}{year}年民生实事报送情况"
    notes = [f"{cn_datetime(timezone.localtime(shown.now))}的情况。{shown.description}"]
    notes += round_notes(r for r in shown.board.rounds if r.state != Round.State.PLANNED)
    headings = [f"{cells.round_heading(r)}\n{cells.deadline_words(r)}" for r in shown.board.rounds]
    columns = (
        Column("单位", 18),
        Column("事项", 6, Kind.COUNT),
        *(Column(heading, 16, Kind.STATUS) for heading in headings),
    )
    rows = tuple(
        (row.unit.name, row.projects, *(cells.full_words(cell) for cell in row.cells))
        for row in shown.rows
    )
    table = Table("报送情况", title, columns, rows, tuple(notes), empty="没有单位。")
    summary = f"导出“{title}”：{shown.description}"
    return excel_download(request, shown.place.county, [table], title, summary=summary)
