"""苍南县 at a deadline: 26 units with five people each, their 105 forms filled in.

And what must be true of the database once they were sent.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from auditlog import get_logentry_model
from django.conf import settings
from django.db.models import Count, Q
from django.test import Client
from django.utils import timezone

from benchmarks import county
from livelihood.organisation.access import Role
from livelihood.organisation.models import Region, Unit, User
from progress.models import Report, ReportEvent, Round
from progress.operations.checks import findings_of, ready_unchanged
from progress.operations.reporting import ReportData, data_of
from progress.operations.sheets import PARTS, Sheet, read_sheets
from progress.parts.report_form import ReportForm, field_texts
from progress.rules.findings import Kind, percent_field, unanswered, value_field
from projects.models import Project

PEOPLE_OF_A_UNIT = 5
FIRST_DAY = date(county.YEAR, 5, 31)


@dataclass(frozen=True)
class Form:
    """One project's form in one round, as one person sends it."""

    project: int
    round: int
    person: int
    cookie: str
    address: str  # of the form's page; it is sent to addresses below it
    fields: dict
    data: ReportData  # what the report says once it is saved
    repeats: bool  # whether 无变化 could be said instead

    @property
    def key(self) -> tuple[int, int]:
        """Which report it becomes."""
        return self.project, self.round

    @property
    def unchanged_address(self) -> str:
        """Where 无变化 is sent."""
        return f"{self.address.rsplit('/', 2)[0]}/unchanged/"

    def by_another(self, person: int, cookie: str) -> "Form":
        """The same form as a colleague sends it, with other words."""
        words = f"{self.data.narrative}（另一人）"
        return replace(
            self,
            person=person,
            cookie=cookie,
            fields=self.fields | {"narrative": words},
            data=replace(self.data, narrative=words),
        )


def people() -> dict[int, list[tuple[int, str]]]:
    """Five people of each unit that leads projects, logged in: by unit, (key, cookie)."""
    units = Unit.objects.filter(region__code=county.CODE)
    leading = units.filter(pk__in=Project.objects.values("lead_unit")).order_by("order", "pk")
    return {
        unit.pk: [_person(unit, number) for number in range(PEOPLE_OF_A_UNIT)] for unit in leading
    }


def _person(unit: Unit, number: int) -> tuple[int, str]:
    person = User.objects.create(
        username=f"deadline-{unit.pk}-{number}",
        name=f"{unit.name}填报人{number + 1}",
        unit=unit,
        role=Role.LEAD_UNIT,
        must_change_password=False,
    )
    client = Client()
    client.force_login(person, backend=county.BACKEND)
    name = settings.SESSION_COOKIE_NAME
    return person.pk, f"{name}={client.cookies[name].value}"


def open_rounds(count: int) -> list[Round]:
    """New open rounds of the county on their last day, a fortnight apart."""
    region = Region.objects.get(code=county.CODE)
    return [
        Round.objects.create(
            county=region,
            as_of=FIRST_DAY + timedelta(days=14 * number),
            opens_on=FIRST_DAY,
            deadline=timezone.localdate(),
            state=Round.State.OPEN,
        )
        for number in range(count)
    ]


def forget(rounds: Iterable[Round]) -> None:
    """Remove rounds with what was reported in them, so that every batch finds the same."""
    Report.objects.filter(round__in=rounds).delete()
    Round.objects.filter(pk__in=[r.pk for r in rounds]).delete()


def filled(rounds: Iterable[Round], crew: dict[int, list[tuple[int, str]]]) -> list[Form]:
    """Every project's form in every round, filled in so that it can be sent; the people of a
    unit take turns."""
    forms = []
    for number, reporting_round in enumerate(rounds):
        projects = Project.objects.filter(county__code=county.CODE, year=county.YEAR)
        for sheet in read_sheets(
            projects.select_related("lead_unit", "county"), reporting_round, now=timezone.now()
        ):
            team = crew[sheet.project.lead_unit_id]
            turn = (sheet.project.pk + number) % len(team)
            forms.append(_filled(sheet, *team[turn]))
    return forms


def _filled(sheet: Sheet, person: int, cookie: str) -> Form:
    fields = _fields(sheet)
    form = ReportForm(sheet, fields)
    form.is_valid()
    data = form.report_data()
    findings = findings_of(sheet, data)
    confirmed = [f.key for f in findings if f.kind is Kind.CONFIRM]
    if form.errors or unanswered(findings, confirmed):
        raise RuntimeError(f"{sheet.project} cannot be sent so: {form.errors} {findings}")
    day = sheet.round.as_of
    return Form(
        project=sheet.project.pk,
        round=sheet.round.pk,
        person=person,
        cookie=cookie,
        address=f"/{county.CODE}/{county.YEAR}/rounds/{day}/tasks/{sheet.project.pk}/",
        fields={**fields, "confirmed": confirmed},
        data=data,
        repeats=ready_unchanged(sheet),
    )


def _fields(sheet: Sheet) -> dict:
    """What a browser would send: last month's figures, new words, a percent where there was
    no figure, and why the work is behind."""
    fields = field_texts(sheet, sheet.data) | {
        "version": 0,
        "narrative": f"截至{sheet.round.as_of}，{sheet.project}按计划推进。",
        "cause": "雨水偏多，进场推迟。",
        "catch_up_on": (sheet.round.as_of + timedelta(days=30)).isoformat(),
    }
    for row in sheet.figures:
        if not fields[value_field(row.key)] and not fields[percent_field(row.key)]:
            fields[percent_field(row.key)] = "35"
    # A box that is not ticked is not sent.
    return {name: text for name, text in fields.items() if text or name != "declares_completion"}


# -- What must be true afterwards ------------------------------------------------------


@dataclass(frozen=True)
class Damage:
    """What went wrong with the reports of a batch: how many were …"""

    lost: int  # accepted by an answer, but not in the database so
    half_written: int  # in the database, but not as a whole
    twice: int  # sent or written down more than once


def damage(accepted: Sequence[Form], others: Sequence[Form] = ()) -> Damage:
    """Compare what was accepted for sending with the database.

    Args:
        accepted: the forms whose answer said that they were sent.
        others: forms without an answer; they may have been sent or not, but only as a whole.
    """
    rounds = {form.round for form in (*accepted, *others)}
    reports = {
        (r.project_id, r.round_id): r
        for r in Report.objects.filter(round__in=rounds)
        .annotate(
            steps=Count("events", filter=Q(events__kind=ReportEvent.Kind.SUBMITTED), distinct=True)
        )
        .order_by("pk")
        .prefetch_related(*PARTS)
    }
    rows = _audit_rows(reports.values())
    lost = [f for f in accepted if not _is_sent(reports.get(f.key), f)]
    known = [(f, reports[f.key]) for f in (*accepted, *others) if f.key in reports]
    half = [
        f
        for f, report in known
        if told(data_of(report)) != told(f.data)
        or (report.state == Report.State.SUBMITTED) != (report.steps > 0)
        or rows[report.pk] != report.steps
    ]
    twice = [f for f, report in known if report.steps > 1 or rows[report.pk] > 1]
    return Damage(len(lost), len(half), len(twice))


def _is_sent(report: Report | None, form: Form) -> bool:
    return (
        report is not None
        and report.state == Report.State.SUBMITTED
        and report.updated_by_id == form.person
        and report.submitted_at is not None
    )


def _audit_rows(reports: Iterable[Report]) -> Counter:
    """By report, how many rows of the audit trail speak of it."""
    keys = [report.pk for report in reports]
    entries = get_logentry_model().objects.get_for_objects(Report.objects.filter(pk__in=keys))
    return Counter(entries.values_list("object_id", flat=True))


def told(data: ReportData) -> ReportData:
    """What a report says without what it leaves open, as the database keeps it."""
    return replace(
        data,
        values={k: v for k, v in data.values.items() if v is not None},
        percents={k: v for k, v in data.percents.items() if v is not None},
        places={k: v for k, v in data.places.items() if v is not None},
        sites={k: s for k, s in data.sites.items() if s.stage or s.percent is not None},
    )
