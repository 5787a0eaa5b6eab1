"""A simulated year (演示数据): the script of rules.simulation, played through the real writers.

Every step is taken by a person through the operations that the pages use, at a moment of that
year. What the product itself stamps with the clock (the audit trail) keeps the true time.
Each round is one transaction; a run that was broken off is taken up by the next.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max
from django.utils import timezone

from livelihood.organisation.models import Region, Unit
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import number_cn
from progress.models import (
    Completion,
    Extension,
    Notice,
    Report,
    Round,
    Slip,
)
from progress.operations.checks import findings_of, ready_unchanged, send_told
from progress.operations.closing import close, stage_of, verify
from progress.operations.finished import read_finished
from progress.operations.locks import lock_county
from progress.operations.reminders import Outcome, remind_county
from progress.operations.reporting import (
    Mark,
    RefusedError,
    ReportData,
    save_report,
    withdraw_report,
)
from progress.operations.reporting_board import read_board
from progress.operations.review import accept_reports, return_report
from progress.operations.round_removal import remove_rounds
from progress.operations.rounds import close_round, extend, open_round, plan_rounds, reopen
from progress.operations.sheets import Sheet, read_sheet, read_sheets
from progress.operations.simulation_cast import Cast, dismiss, gather
from progress.operations.slips import (
    answer_slip,
    close_slip,
    issue_slip,
    proposed_deadline,
    supervising_draft,
    urging_draft,
    version_of,
)
from progress.operations.standings import behind_first, read_county
from progress.operations.workdays import is_workday
from progress.rules.calendar import DAY, as_of_dates, next_workday, round_dates
from progress.rules.findings import Kind, value_field
from progress.rules.judgement import Status
from progress.rules.simulation import (
    EXTENDED_MONTH,
    MISREPORTED_MONTH,
    MISSING_MONTH,
    WITHDRAWN_MONTH,
    Aim,
    Conduct,
    Course,
    Month,
    Node,
    Work,
    conduct_of,
    days_late,
    deal_courses,
    draw,
    misreported,
    month_of,
    spread,
    times_returned,
)
from projects.models import ListItem, Project
from projects.rules.planned import quantified

FIRST_MONTH, LAST_MONTH = 1, 11
OPENS_BEFORE, DEADLINE_AFTER = 3, 5  # days from the as-of date
CLOSES_AFTER = 7  # days after the deadline
USABLE_DAYS = 365  # for so long the open round can be tried out from the day of the run
# After which rounds slips are issued, after which they are sharpened, how many at once.
ISSUE_MONTHS, SHARPEN_MONTHS, SLIPS_AT_ONCE = (4, 6, 8, 10), (6, 9), 2
# In which states the open round leaves the unit that is tried out; the rest is not begun.
TRIED_OUT = (
    Report.State.SUBMITTED,
    Report.State.RETURNED,
    Report.State.DRAFT,
    None,
    Report.State.ACCEPTED,
)
# How many of the units have reported when the open round is left as it is.
BEGUN_SHARE = 0.85
# What is missing in a report that is returned for its words.
THIN_WORDS = "正在按计划推进。"
ANSWER = "已召开专题会议研究，逐项排出时间节点，落实到责任科室；每周调度一次，力争按期赶上进度。"
URGED_ANSWER = "因经办人员调整，未能按期填报，已书面说明情况；下期起指定专人负责，按时报送。"


def source_words(seed: int) -> str:
    """What a simulated round says of its source."""
    return f"演示数据：由系统模拟生成，种子{seed}"


# -- What may be simulated ----------------------------------------------------------------


def simulate_year(
    *, county: Region, year: int, seed: int, say: Callable[[str], None] = lambda line: None
) -> int:
    """Give a county's year simulated reports for January to November; the last round is open.

    Args:
        county: whose lists of ``year`` are loaded and have no rounds of their own.
        year: of the lists.
        seed: the same seed gives the same figures and words.
        say: is told in Chinese what has been done, round by round.

    Returns:
        How many rounds were played; 0 if everything was there.

    Raises:
        RefusedError: the year has no lists, real rounds, or was simulated from another seed.
    """
    _refuse_what_is_real(county, year, seed)
    with transaction.atomic():
        cast = gather(county, year)
        dates = round_dates(
            as_of_dates(year, FIRST_MONTH, LAST_MONTH),
            days_until_opening=-OPENS_BEFORE,
            days_until_deadline=DEADLINE_AFTER,
            is_workday=is_workday,
        )
        plan_rounds(
            by=cast.office, county=county, year=year, dates=dates, simulated=source_words(seed)
        )
    played = 0
    for reporting_round in _rounds(county, year).filter(state=Round.State.PLANNED):
        with transaction.atomic():
            reports = _Play(cast, reporting_round, seed).run()
        say(f"{reporting_round}：填报{reports}项")
        played += 1
    dismiss(cast)
    return played


def _rounds(county: Region, year: int):
    rounds = Round.objects.filter(county=county, as_of__year=year, simulated=True)
    return rounds.order_by("as_of").select_related("county")


def _refuse_what_is_real(county: Region, year: int, seed: int) -> None:
    if not Project.objects.filter(county=county, year=year).exists():
        raise RefusedError(f"{county}没有{year}年度的清单，不能生成演示数据。")
    if Round.objects.filter(county=county, as_of__year=year, simulated=False).exists():
        raise RefusedError(f"{county}{year}年已有真实的期次，不能生成演示数据。")
    other = _rounds(county, year).exclude(source=source_words(seed)).first()
    if other is not None:
        raise RefusedError(
            f"{county}{year}年已有另一组演示数据（{other.source}），请先用 --remove 移除。"
        )


@transaction.atomic
def remove_simulation(*, county: Region, year: int) -> int:
    """Take the simulated rounds of a county's year away with all that hangs on them.

    The audit trail stays as it is, and so do the accounts of which it speaks, switched off.

    Returns:
        How many rounds were removed.

    Raises:
        RefusedError: a bulletin of one of them has been issued, or a real round's slip
            follows one of theirs.
    """
    lock_county(county.pk)
    rounds = _rounds(county, year)
    days = list(rounds.values_list("as_of", flat=True))
    if not days:
        return 0
    Region.objects.filter(pk=county.pk).touch()
    declared = Completion.objects.filter(
        item__project_list__county=county, declared_on__in=days, declared_by__isnull=False
    )
    declared.delete()
    remove_rounds(rounds)
    summary = f"移除{county}{year}年演示数据：{len(days)}期"
    record(by=None, subject=county, summary=summary)
    return len(days)


# -- From the plan as it is stored to the plan as the script takes it ------------------------


def work_of(order: int, sheet: Sheet) -> Work:
    """A project as the script knows it; its milestones are those of the sheet, in their order."""
    aims = []
    for row in sheet.figures:
        states = [
            (state, target)
            for state in sheet.items
            for target in state.standing.plan.targets
            if state.indicators[target.key] == row.key
        ]
        # Where the lists differ, the larger target is worked towards.
        state, target = max(states, key=lambda pair: pair[1].value or 0)
        milestones = quantified(state.standing.plan, target.key)
        numbers = [target.value or 0, *(m.value or 0 for m in milestones)]
        aims.append(
            Aim(
                row.key,
                row.name,
                row.unit,
                row.kind,
                target.value,
                tuple(sorted((m.due, m.percent) for m in milestones)),
                0 if all(n == int(n) for n in numbers) else 1,
            )
        )
    nodes = tuple(Node(m.label, m.text, m.due, m.by_figure) for m in sheet.milestones)
    return Work(order, sheet.project.name, tuple(aims), nodes)


def data_of_month(sheet: Sheet, work: Work, month: Month) -> ReportData:
    """What the script says of a month, as a report holds it; without cause and catch-up date."""
    marks = {}
    for place, day in month.met.items():
        for key in sheet.milestones[place].keys:
            marks[key] = Mark(day is not None, day)
    return ReportData(
        narrative=month.narrative,
        problems=month.problems,
        help_needed=month.help_needed,
        declares_completion=month.declares,
        values={key: Decimal(str(value)) for key, value in month.values.items()},
        percents={key: Decimal(str(percent)) for key, percent in month.percents.items()},
        marks=marks,
        places=_places(sheet, work, month),
    )


def _places(sheet: Sheet, work: Work, month: Month) -> dict[int, Decimal]:
    decimals = {aim.key: aim.decimals for aim in work.aims}
    places = {}
    for table in sheet.place_tables:
        known = [month.values.get(key) for key in table.indicators]
        if not known or None in known or not sum(known):
            continue
        most = max(decimals[key] for key in table.indicators)
        shares = spread(sum(known), [p.task for p in table.places], most)
        for place, share in zip(table.places, shares, strict=True):
            places |= dict.fromkeys(place.keys, Decimal(str(share)))
    return places


def explained(sheet: Sheet, data: ReportData, month: Month) -> ReportData:
    """``data`` with cause and catch-up date where it would be judged behind."""
    if not any(f.kind is Kind.EXPLAIN for f in findings_of(sheet, data)):
        return data
    # A promise that still runs is not renewed.
    return replace(
        data,
        cause=sheet.carried.cause or month.cause,
        catch_up_on=sheet.carried.catch_up_on or month.catch_up_on,
    )


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def workday(day: date) -> date:
    """The day itself, or the next on which people work."""
    return next_workday(day, is_workday)


def later(moment: datetime, days: int) -> datetime:
    """In the morning of the first working day so many days after a moment."""
    return at(workday(timezone.localdate(moment) + days * DAY), 9, 40)


# -- One round ------------------------------------------------------------------------------


@dataclass
class _Play:
    """One round as it is played: who acts, what is to happen when, what has been sent."""

    cast: Cast
    round: Round
    seed: int
    agenda: list = field(default_factory=list)
    order: count = field(default_factory=count)
    sent: dict[int, int] = field(default_factory=dict)  # how often, by project
    # In which state the open round leaves the projects of the unit that is tried out.
    parts: dict[int, str | None] = field(default_factory=dict)

    def run(self) -> int:
        """Play the round; how many reports it has."""
        self.month = self.round.as_of.month
        self.is_last = self.month == LAST_MONTH
        self.deadline = self.round.deadline
        self.ends = at(self.deadline - DAY, 17, 30) if self.is_last else None
        self.round = open_round(
            by=self.cast.office, round=self.round, now=at(self.round.opens_on, 8, 30)
        )
        self._read()
        self._schedule()
        self._act()
        self._stamp()
        return self.round.reports.count()

    def _read(self) -> None:
        projects = Project.objects.filter(
            county=self.round.county, year=self.round.as_of.year
        ).select_related("lead_unit", "county")
        now = at(self.round.as_of + DAY, 9)
        self.sheets = {
            s.project.pk: s for s in read_sheets(projects.order_by("pk"), self.round, now=now)
        }
        ordered = enumerate(self.sheets.values())
        self.works = {sheet.project.pk: work_of(order, sheet) for order, sheet in ordered}
        dealt = deal_courses(list(self.works.values()), self.seed)
        self.courses = {pk: dealt[work.order] for pk, work in self.works.items()}
        sizes = {}
        for sheet in self.sheets.values():
            unit = sheet.project.lead_unit
            sizes[unit.pk] = sizes.get(unit.pk, 0) + 1
        self.units = list(sizes)
        rest = {pk: size for pk, size in sizes.items() if pk != self.cast.tried_out}
        self.conduct: Conduct = conduct_of(rest, self.seed)

    # -- The agenda

    def _at(self, moment: datetime, act: Callable, *about) -> None:
        heapq.heappush(self.agenda, (moment, next(self.order), act, about))

    def _act(self) -> None:
        """Do what is on the agenda, in the order of time, until it is empty or the round ends."""
        spoken = Notice.objects.aggregate(last=Max("pk"))["last"] or 0
        while self.agenda:
            moment, _order, act, about = heapq.heappop(self.agenda)
            if self.ends is not None and moment > self.ends:
                break
            act(moment, *about)
            # What was said on that day is read the day after, but for the round that goes on.
            fresh = Notice.objects.filter(pk__gt=spoken)
            read = None if self.is_last else moment + DAY
            if fresh.update(created_at=moment, read_at=read):
                spoken = Notice.objects.aggregate(last=Max("pk"))["last"]

    def _schedule(self) -> None:
        # What is done is no longer asked for.
        done = read_finished(self.round.county, self.round.as_of.year).before(self.round.as_of)
        for place, unit in enumerate(self.units):
            projects = [
                pk
                for pk, sheet in self.sheets.items()
                if sheet.project.lead_unit_id == unit and pk not in done
            ]
            self._schedule_unit(place, unit, projects)
        deadline = self.deadline
        for days in (*settings.REMIND_DAYS_BEFORE, 0, -1):
            self._at(at(deadline - days * DAY, 8, 40), self._remind)
        if self.is_last:
            self._at(at(deadline - DAY, 15), self._review)
            self._at(self.ends, self._keep_open)
            return
        for days in (1, 3, 6):
            self._at(at(workday(deadline + days * DAY), 15), self._review)
        if self.month == MISSING_MONTH and self.conduct.missing:
            self._at(at(workday(deadline + DAY), 10), self._urge)
        if self.month == EXTENDED_MONTH and self.conduct.extended:
            self._at(at(deadline - DAY, 10), self._extend)
        closes = workday(deadline + CLOSES_AFTER * DAY)
        self._at(at(closes, 15), self._review)
        self._at(at(closes, 17, 30), self._close)

    def _schedule_unit(self, place: int, unit: int, projects: list[int]) -> None:
        if self.month == MISSING_MONTH and unit == self.conduct.missing:
            return
        if self.is_last and unit == self.cast.tried_out:
            self._schedule_tried_out(projects)
            return
        chance = draw(self.seed, "day", place, self.month)
        if self.is_last and chance > BEGUN_SHARE:
            return
        days = (self.deadline - self.round.as_of).days - self.is_last
        day = min(workday(self.round.as_of + (1 + int(chance * days)) * DAY), self.deadline)
        if self.month == EXTENDED_MONTH and unit == self.conduct.extended:
            day = self.deadline + 2 * DAY
        elif late := days_late(place, self.month, self.seed):
            day = workday(self.deadline + late * DAY)
        begun = at(day, 9, int(40 * chance)) + timedelta(minutes=int(240 * chance))
        for nth, pk in enumerate(projects):
            moment = begun + timedelta(minutes=6 * nth)
            self._at(moment, self._send, pk)
            withdraws = self.month == WITHDRAWN_MONTH and unit == self.conduct.withdrawing
            if withdraws and nth == 0:
                self._at(moment + timedelta(minutes=25), self._withdraw, pk)

    def _schedule_tried_out(self, projects: list[int]) -> None:
        """The unit of whoever tries the product out: one of each state, the rest to be done."""
        self.parts = dict(zip(projects, TRIED_OUT, strict=False))
        day = workday(self.round.as_of + DAY)
        for nth, (pk, part) in enumerate(self.parts.items()):
            if part == Report.State.DRAFT:
                self._at(at(day + DAY, 10), self._draft, pk)
            elif part is not None:
                self._at(at(day, 10, 5 * nth), self._send, pk)

    def _stamp(self) -> None:
        """Give the rows that the clock has stamped the moments of the year."""
        reports = Report.objects.filter(round=self.round)
        reports.exclude(submitted_at=None).update(updated_at=F("submitted_at"))
        if self.ends is not None:
            reports.filter(submitted_at=None).update(updated_at=self.ends)

    # -- What units do

    def _told(self, pk: int) -> tuple[Sheet, Month, ReportData]:
        sheet, work = self.sheets[pk], self.works[pk]
        if self.sent.get(pk):
            sheet = read_sheet(sheet.project, self.round, now=at(self.deadline, 9))
        month = month_of(work, self.courses[pk], self.round.as_of, self.seed)
        return sheet, month, data_of_month(sheet, work, month)

    def _send(self, moment: datetime, pk: int) -> None:
        sheet, month, data = self._told(pk)
        work, course = self.works[pk], self.courses[pk]
        mistaken = course is Course.MISREPORTED and self.month == MISREPORTED_MONTH
        unchanged = False
        if mistaken and not self.sent.get(pk):
            data = self._with_wrong_figure(sheet, work, month)
        elif self._is_flawed(pk):
            data = self._flawed(pk, sheet, data)
        else:
            unchanged = self._is_unchanged(sheet, data)
        data = sheet.carried if unchanged else explained(sheet, data, month)
        self._send_told(sheet, data, moment, unchanged=unchanged)
        self.sent[pk] = self.sent.get(pk, 0) + 1

    def _send_told(self, sheet: Sheet, data: ReportData, moment, *, unchanged=False) -> Report:
        confirmed = {f.key for f in findings_of(sheet, data) if f.kind is Kind.CONFIRM}
        return send_told(
            by=self.cast.reporter(sheet.project.lead_unit_id),
            sheet=sheet,
            data=data,
            version=sheet.version,
            confirmed=confirmed,
            unchanged=unchanged,
            now=moment,
        )

    def _is_unchanged(self, sheet: Sheet, data: ReportData) -> bool:
        same = (data.values, data.percents, data.marks, data.problems) == (
            sheet.carried.values,
            sheet.carried.percents,
            sheet.carried.marks,
            sheet.carried.problems,
        )
        declared = data.declares_completion == sheet.carried.declares_completion
        return same and declared and ready_unchanged(sheet)

    def _draft(self, moment: datetime, pk: int) -> None:
        sheet, month, data = self._told(pk)
        save_report(
            by=self.cast.reporter(sheet.project.lead_unit_id),
            project=sheet.project,
            reporting_round=self.round,
            data=explained(sheet, data, month),
            version=0,
            now=moment,
        )

    def _withdraw(self, moment: datetime, pk: int) -> None:
        report = self.round.reports.get(project=pk)
        by = self.cast.reporter(report.project.lead_unit_id)
        withdraw_report(by=by, report=report, now=moment)
        self._at(moment + timedelta(minutes=15), self._send, pk)

    def _is_flawed(self, pk: int) -> bool:
        """Whether what is sent now is what the office will return."""
        if pk in self.parts:
            return self.parts[pk] == Report.State.RETURNED and not self.sent.get(pk)
        times = times_returned(self.works[pk].order, self.month, self.seed)
        place = self.units.index(self.sheets[pk].project.lead_unit_id)
        if days_late(place, self.month, self.seed):
            times = min(times, 1)  # there is no time to be returned twice before the closing
        return self.sent.get(pk, 0) < times

    def _flawed(self, pk: int, sheet: Sheet, data: ReportData) -> ReportData:
        """The figure of the month in the place of the cumulative one, or too few words."""
        key = self._mixed_up(pk, sheet, data)
        if key is None:
            return replace(data, narrative=THIN_WORDS)
        month = data.values[key] - sheet.last_data.values[key]
        return replace(data, values={**data.values, key: month}, places={})

    def _mixed_up(self, pk: int, sheet: Sheet, data: ReportData) -> int | None:
        """The figure in which the month's amount was told for the whole; None: in none."""
        if draw(self.seed, "mixed up", self.works[pk].order, self.month) < 0.5:
            return None
        quantities = [aim.key for aim in self.works[pk].aims if aim.kind == "quantity"]
        for key in quantities:
            now, last = data.values.get(key), sheet.last_data.values.get(key)
            if None not in (now, last) and 0 < now - last < last:
                return key
        return None

    def _with_wrong_figure(self, sheet: Sheet, work: Work, month: Month) -> ReportData:
        values = {
            aim.key: misreported(aim, month.values[aim.key])
            for aim in work.aims
            if aim.kind == "quantity" and aim.key in month.values
        }
        wrong = replace_figures(month, values)
        words = "；".join(
            f"截至{self.month}月底，{aim.name}累计完成{number_cn(values[aim.key])}{aim.unit}"
            for aim in work.aims
            if aim.key in values
        )
        return replace(data_of_month(sheet, work, wrong), narrative=f"{words}。")

    # -- What the office does

    def _remind(self, moment: datetime) -> None:
        remind_county(
            self.round.county,
            self.round.as_of.year,
            [self.round],
            today=timezone.localdate(moment),
            outcome=Outcome(),
        )

    def _review(self, moment: datetime) -> None:
        good = []
        waiting = self.round.reports.filter(state=Report.State.SUBMITTED).order_by("pk")
        for report in waiting:
            pk = report.project_id
            if self._was_flawed(pk):
                self._return(report, moment)
            elif self.parts.get(pk) != Report.State.SUBMITTED:
                good.append((report, report.version))
        if self.is_last:
            good = good[1::2]  # the other half waits for whoever tries the review out
        accept_reports(by=self.cast.office, reports=good, now=moment)

    def _was_flawed(self, pk: int) -> bool:
        self.sent[pk] -= 1
        flawed = self._is_flawed(pk)
        self.sent[pk] += 1
        return flawed

    def _return(self, report: Report, moment: datetime) -> None:
        words = "进展情况过于笼统，请写明本月新增数量、已完成的节点和下一步安排。"
        comments = [("narrative", words)]
        if report.narrative != THIN_WORDS:
            key = next(a.key for a in self.works[report.project_id].aims if a.kind == "quantity")
            figure = "累计完成数少于上期，请核对是否误填为本月数。"
            comments = [(value_field(key), figure)]
        return_report(
            by=self.cast.office,
            report=report,
            version=report.version,
            comments=comments,
            now=moment,
        )
        # What whoever tries the product out is to mend is left to them.
        if report.project_id not in self.parts:
            mended = workday(timezone.localdate(moment) + DAY)
            self._at(at(mended, 9, 20), self._send, report.project_id)

    def _urge(self, moment: datetime) -> None:
        board = read_board(None, self.round.county, self.round.as_of.year, now=moment)
        shown = next(r for r in board.rounds if r.pk == self.round.pk)
        cell = next(c for c in board.cells(shown) if c.unit.pk == self.conduct.missing)
        today = timezone.localdate(moment)
        slip = issue_slip(
            by=self.cast.office,
            unit=cell.unit,
            reporting_round=self.round,
            kind=Slip.Kind.URGE,
            text=urging_draft(cell).text,
            deadline=proposed_deadline(Slip.Kind.URGE, today),
            today=today,
        )
        self._at(later(moment, 2), self._answer, slip.pk, URGED_ANSWER)
        self._at(later(moment, 3), self._settle, slip.pk)

    def _extend(self, moment: datetime) -> None:
        unit = Unit.objects.get(pk=self.conduct.extended)
        until = at(self.deadline + 4 * DAY, 23, 59)
        reason = "经办人员参加集中培训，申请延期。"
        self._grant(moment, unit=unit, until=until, reason=reason)

    def _keep_open(self, moment: datetime) -> None:
        """The open round stays usable: else all of it would be overdue by years."""
        until = at(timezone.localdate() + USABLE_DAYS * DAY, 23, 59)
        reason = "演示数据：期限顺延，便于随时试用填报和审核。"
        self._grant(moment, unit=None, until=until, reason=reason)

    def _grant(self, moment: datetime, **granted) -> None:
        extension = extend(by=self.cast.office, round=self.round, now=moment, **granted)
        Extension.objects.filter(pk=extension.pk).update(granted_at=moment)

    def _close(self, moment: datetime) -> None:
        close_round(by=self.cast.office, round=self.round, now=moment)
        self.round = _rounds(self.round.county, self.round.as_of.year).get(pk=self.round.pk)
        if self.month == MISREPORTED_MONTH:
            wrong = [pk for pk, c in self.courses.items() if c is Course.MISREPORTED]
            for pk in wrong:
                self._at(later(moment, 2), self._correct, pk)
        self._at(later(moment, 1), self._confirm_completions)
        if self.month >= ISSUE_MONTHS[0]:
            self._at(later(moment, 3), self._follow_up)

    def _correct(self, moment: datetime, pk: int) -> None:
        """A figure that was told wrong is corrected after the closing."""
        sheet = self.sheets[pk]
        unit = sheet.project.lead_unit
        reason = "单位来函：4月累计数漏计，申请更正。"
        extension = reopen(
            by=self.cast.office, round=self.round, unit=unit, hours=24, reason=reason, now=moment
        )
        Extension.objects.filter(pk=extension.pk).update(granted_at=moment)
        report = self.round.reports.get(project=pk)
        key = next(a.key for a in self.works[pk].aims if a.kind == "quantity")
        return_report(
            by=self.cast.office,
            report=report,
            version=report.version,
            comments=[(value_field(key), "请按来函更正4月底的累计完成数。")],
            now=moment + timedelta(minutes=20),
        )
        sheet, month, data = self._told(pk)
        mended = self._send_told(
            sheet, explained(sheet, data, month), moment + timedelta(minutes=90)
        )
        accept_reports(
            by=self.cast.office,
            reports=[(mended, mended.version)],
            now=moment + timedelta(minutes=180),
        )

    def _confirm_completions(self, moment: datetime) -> None:
        """Verify what was declared, mostly in the next month; close what was verified before."""
        today = timezone.localdate(moment)
        completions = Completion.objects.filter(
            item__project_list__county=self.round.county,
            item__project_list__year=self.round.as_of.year,
            closed_on=None,
        )
        for completion in completions.select_related("item__project_list").order_by("item"):
            order = self.works[completion.item.project_id].order
            step = {"declared": verify, "verified": close}[stage_of(completion)]
            fresh = completion.declared_on == self.round.as_of
            waits = fresh if step is verify else completion.verified_on > today - 45 * DAY
            if waits or draw(self.seed, "confirm", order, self.month) < 0.3:
                continue
            step(
                by=self.cast.office,
                item=completion.item,
                on=today,
                seen=stage_of(completion),
                today=today,
            )

    # -- Slips

    def _follow_up(self, moment: datetime) -> None:
        """Close the slips of what has caught up, sharpen the others, issue new ones."""
        year = self.round.as_of.year
        state = read_county(
            ListItem.objects.all(),
            self.round.county,
            year,
            as_of=self.round.as_of,
            today=timezone.localdate(moment),
        )
        states = {own.item.pk: own for own in state.items}
        slips = Slip.objects.open().filter(county=self.round.county, round__simulated=True)
        supervised = set()
        for slip in slips.exclude(item=None).order_by("pk"):
            supervised.add(slip.item_id)
            if not states[slip.item_id].standing.is_behind:
                self._settle(moment, slip.pk)
            elif slip.kind != Slip.Kind.RED and self.month in SHARPEN_MONTHS:
                self._issue(moment, states[slip.item_id], slip)
        behind = [own for own in behind_first(state.items) if own.standing.is_behind]
        behind.sort(key=lambda own: own.standing.status is Status.SERIOUSLY_BEHIND)
        fresh = [own for own in behind if own.item.pk not in supervised]
        for own in fresh[: SLIPS_AT_ONCE if self.month in ISSUE_MONTHS else 0]:
            self._issue(moment, own, None)

    def _issue(self, moment: datetime, own, former: Slip | None) -> None:
        today = timezone.localdate(moment)
        kind, text = supervising_draft(own, self.round.as_of, former)
        slip = issue_slip(
            by=self.cast.supervisor,
            unit=Unit.objects.get(pk=own.item.unit_id),
            reporting_round=self.round,
            kind=kind,
            text=text,
            deadline=proposed_deadline(kind, today),
            today=today,
            item=ListItem.objects.get(pk=own.item.pk),
            former=former,
        )
        if former is not None:
            self._settle(moment, former.pk)
        # The last slip to the unit that is tried out waits for its answer.
        if self.month < SHARPEN_MONTHS[-1] or slip.unit_id != self.cast.tried_out:
            self._at(later(moment, 5), self._answer, slip.pk, ANSWER)

    def _answer(self, moment: datetime, pk: int, words: str) -> None:
        slip = Slip.objects.get(pk=pk)
        by = self.cast.reporter(slip.unit_id)
        answer_slip(by=by, slip=slip, answer=words, version=version_of(slip), now=moment)

    def _settle(self, moment: datetime, pk: int) -> None:
        slip = Slip.objects.get(pk=pk)
        by = self.cast.office if slip.kind == Slip.Kind.URGE else self.cast.supervisor
        close_slip(by=by, slip=slip, version=version_of(slip), now=moment)


def replace_figures(month: Month, values: dict[int, float]) -> Month:
    """A month with some other figures."""
    return replace(month, values={**month.values, **values})


def counts(county: Region, year: int) -> dict[str, int]:
    """How many reports of a simulated year are in which state, by the words for it."""
    found = Report.objects.filter(round__in=_rounds(county, year)).order_by()
    by_state = dict(found.values_list("state").annotate(count=Count("pk")))
    return {label: by_state.get(state, 0) for state, label in Report.State.choices}
