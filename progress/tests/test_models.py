"""The database itself keeps what is reported from being nonsense."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db.models import ProtectedError

from livelihood.organisation.models import User
from progress.models import (
    Bulletin,
    BulletinVersion,
    CityComparison,
    CityTable,
    Completion,
    Export,
    Extension,
    ItemSummary,
    ItemWording,
    Layout,
    MilestoneMark,
    Notice,
    PlaceReading,
    Reading,
    Report,
    ReportEvent,
    Round,
    RoundSummary,
    RoundVersion,
    RuleSet,
    SatisfactionVote,
    SiteReading,
    Slip,
    StandingRecord,
    TownshipFigure,
)
from projects.models import Allocation, ListItem, Site
from projects.tests.constraints import assert_refused, constraints_of
from projects.tests.factory import YEAR, make_item, make_list

pytestmark = pytest.mark.django_db

AS_OF = date(YEAR, 4, 10)
MOMENT = datetime(YEAR, 4, 11, tzinfo=UTC)


@pytest.fixture
def item(county, make_unit):
    """An item reported on in April in every way there is."""
    made = make_item(make_list(county), make_unit("县教育局"), stages=[(date(YEAR, 3, 31), 50)])
    april = Round.objects.create(county=county, as_of=AS_OF)
    report = Report.objects.create(round=april, project=made.project)
    indicator = made.targets.get().indicator
    for what in (indicator, None):
        for where in (made, None):
            Reading.objects.create(
                report=report, indicator=what, item=where, percent=20, basis="stated"
            )
    ItemWording.objects.create(report=report, item=made, narrative="已开工。")
    MilestoneMark.objects.create(report=report, milestone=made.milestones.get(), met=True)
    CityComparison.objects.create(item=made, as_of=AS_OF, figure=20, average=30, source="通报")
    RuleSet.objects.create(county=county, valid_from=date(YEAR, 1, 1))
    return made


def rules(item, **values):
    return RuleSet(**{"county": item.project.county, "valid_from": date(YEAR, 2, 1), **values})


def another_round(item, **values):
    return Round(**{"county": item.project.county, "as_of": date(YEAR, 5, 10), **values})


def twice(model, **values):
    """A row that is there already."""
    model.objects.create(**values)
    return model(**values)


def version_again(item):
    now = datetime(YEAR, 5, 1, tzinfo=UTC)
    return twice(RoundVersion, round=item.project.reports.get().round, number=1, at=now)


def standing_again(item):
    april = item.project.reports.get().round
    return twice(StandingRecord, round=april, version=1, item=item, snapshot={"item": item.pk})


def summary(item, **values):
    april = item.project.reports.get().round
    return ItemSummary(**{"round": april, "item": item, "planned": 50, "actual": 20, **values})


def summary_again(item):
    summary(item).save()
    return summary(item)


def counted(item, **values):
    """The counts of a round of one item, behind."""
    counts = dict.fromkeys(
        ("completed", "ahead", "on_schedule", "seriously_behind", "not_reported", "unknown"), 0
    )
    counts |= {"total": 1, "behind": 1, "below": 0, "compared": 0, "problems": 0}
    counts |= {"doubtful": 0, "bottom": 0}
    return RoundSummary(round=item.project.reports.get().round, **{**counts, **values})


def reading(item, where=None, **values):
    """A reading of a report of May, where there is none yet; ``where``: of that list alone."""
    report = item.project.reports.get()
    if values.pop("of_may", True):
        may = Round.objects.create(county=item.project.county, as_of=date(YEAR, 5, 10))
        report = Report.objects.create(round=may, project=item.project)
    indicator = item.targets.get().indicator
    values = {"indicator": indicator, "percent": 20, "basis": "stated", **values}
    return Reading(report=report, item=where, **values)


def completion(item, declared, verified=None, closed=None):
    days = [month and date(YEAR, month, 1) for month in (declared, verified, closed)]
    return Completion(item=item, declared_on=days[0], verified_on=days[1], closed_on=days[2])


def comparison(item, **values):
    values = {"as_of": date(YEAR, 5, 10), "figure": 20, "average": 30, "source": "通报", **values}
    return CityComparison(item=item, **values)


def city_table(item, **values):
    values = {"year": YEAR, "as_of": AS_OF, "source": "通报", **values}
    return CityTable(county=item.project.county, **values)


def somebody(item):
    return User.objects.get_or_create(
        username="somebody", defaults={"name": "某人", "role": "lead_unit", "unit": item.lead_unit}
    )[0]


def slip(item, **values):
    values = {"number": 1, "issued_on": AS_OF, "deadline": AS_OF, "text": "请补报。", **values}
    return Slip(
        county=item.project.county,
        unit=item.lead_unit,
        round=item.project.reports.get().round,
        kind="urge",
        year=YEAR,
        issued_by=somebody(item),
        **values,
    )


def slip_again(item):
    slip(item).save()
    return slip(item)


def notice_again(item):
    round_ = item.project.reports.get().round
    values = {"user": somebody(item), "round": round_, "kind": "due", "text": "请填报。"}
    return twice(Notice, **values, for_day=AS_OF)


def site_reading(item, **values):
    site = Site.objects.get_or_create(item=item, order=0, defaults={"name": "灵溪镇"})[0]
    return {"report": item.project.reports.get(), "site": site, "stage": "started", **values}


def place_reading(item, **values):
    place = Allocation.objects.get_or_create(item=item, order=0, defaults={"place": "灵溪镇"})[0]
    return {"report": item.project.reports.get(), "allocation": place, "value": 1, **values}


def township_figure(item, **values):
    place = place_reading(item)["allocation"]
    unit = item.project.lead_unit
    return {
        "round": item.project.reports.get().round,
        "allocation": place,
        "unit": unit,
        "value": 1,
        "by": somebody(item),
        "at": datetime(YEAR, 4, 11, tzinfo=UTC),
        **values,
    }


ISSUED = {
    "state": "issued",
    "number": 1,
    "issue_year": YEAR,
    "version": 1,
    "issued_on": AS_OF,
}


def bulletin(item, **values):
    april = item.project.reports.get().round
    frame = {"title": "关于进展情况的通报", "signed_by": "县府办", "choices": {"layouts": {}}}
    return Bulletin(**{"county": april.county, "year": YEAR, "round": april, **frame, **values})


def bulletin_again(item):
    bulletin(item, **ISSUED).save()
    return bulletin(item, **ISSUED)


def bulletin_version_again(item):
    issued = bulletin(item, **ISSUED)
    issued.save()
    values = {
        "at": datetime(YEAR, 4, 12, tzinfo=UTC),
        "round_version": 1,
        "content": {"year": YEAR},
    }
    return twice(BulletinVersion, bulletin=issued, number=1, words="全文", **values)


def vote(item, **values):
    values = {"members": 10, "satisfied": 6, "fairly": 2, "dissatisfied": 1, **values}
    return SatisfactionVote(**{"item": item, "body": "县人大常委会", "voted_on": AS_OF, **values})


def vote_again(item):
    vote(item).save()
    return vote(item, voted_on=date(YEAR, 5, 1))


def export(item, **values):
    now = datetime(YEAR, 4, 11, tzinfo=UTC)
    county, person = item.project.county, somebody(item)
    values = {"created_at": now, "beat_at": now, "kind": "rounds", "title": "各期清单", **values}
    return Export(county=county, year=YEAR, by=person, **values)


def export_again(item):
    export(item, state="running").save()
    return export(item)


# One bad row, or several, for each constraint.
BAD = {
    "progress_bulletin_number": [bulletin_again],
    "progress_bulletin_issued": [
        lambda item: bulletin(item, number=1),
        lambda item: bulletin(item, version=1),
        lambda item: bulletin(item, issue_year=YEAR),
        lambda item: bulletin(item, **ISSUED | {"issue_year": None}),
        lambda item: bulletin(item, state="issued"),
        lambda item: bulletin(item, **ISSUED | {"issued_on": None}),
        lambda item: bulletin(item, **ISSUED | {"number": 0}),
    ],
    "progress_bulletin_version_once": [bulletin_version_again],
    "progress_layout_name": [
        lambda item: twice(Layout, county=item.project.county, name="附表", spec={"columns": []})
    ],
    "progress_vote_once": [vote_again],
    "progress_vote_members": [
        lambda item: vote(item, members=0, satisfied=0, fairly=0, dissatisfied=0)
    ],
    "progress_vote_sum": [
        lambda item: vote(item, members=8),
        lambda item: vote(item, abstained=2),
    ],
    "progress_vote_body": [lambda item: vote(item, body="")],
    "progress_export_one_each": [export_again],
    "progress_export_progress": [lambda item: export(item, progress=101)],
    "progress_export_done": [
        lambda item: export(item, state="done", file="exports/a.zip"),
        lambda item: export(item, state="done", finished_at=datetime(YEAR, 4, 12, tzinfo=UTC)),
    ],
    "progress_summary_once": [summary_again],
    "progress_summary_actual": [lambda item: summary(item, actual=-1)],
    "progress_round_summary_total": [
        lambda item: counted(item, total=2),
        lambda item: counted(item, behind=0),
    ],
    "progress_slip_number": [slip_again],
    "progress_slip_deadline": [lambda item: slip(item, deadline=date(YEAR, 4, 9))],
    "progress_slip_answer": [
        lambda item: slip(item, answered_at=datetime(YEAR, 4, 11, tzinfo=UTC))
    ],
    "progress_notice_once": [notice_again],
    "progress_site_reading_once": [lambda item: twice(SiteReading, **site_reading(item))],
    "progress_site_reading_percent": [
        lambda item: SiteReading(**site_reading(item, percent=-1)),
        lambda item: SiteReading(**site_reading(item, percent=101)),
    ],
    "progress_place_reading_once": [lambda item: twice(PlaceReading, **place_reading(item))],
    "progress_place_reading_value": [lambda item: PlaceReading(**place_reading(item, value=-1))],
    "progress_township_figure_once": [lambda item: twice(TownshipFigure, **township_figure(item))],
    "progress_township_figure_value": [
        lambda item: TownshipFigure(**township_figure(item, value=-1))
    ],
    "progress_ruleset_valid_from": [lambda item: rules(item, valid_from=date(YEAR, 1, 1))],
    "progress_ruleset_points": [
        lambda item: rules(item, behind_points=-1),
        lambda item: rules(item, ahead_points=-1),
        lambda item: rules(item, behind_points=10, seriously_behind_points=9),
    ],
    "progress_ruleset_rounds": [
        lambda item: rules(item, rounds_behind=1),
        lambda item: rules(item, rounds_stalled=0),
    ],
    "progress_ruleset_month": [
        lambda item: rules(item, year_end_month=0),
        lambda item: rules(item, year_end_month=13),
    ],
    "progress_ruleset_bottom": [lambda item: rules(item, bottom_ranks=51)],
    "progress_round_as_of": [lambda item: another_round(item, as_of=AS_OF)],
    "progress_round_deadline": [
        lambda item: another_round(item, opens_on=date(YEAR, 5, 2), deadline=date(YEAR, 5, 1))
    ],
    "progress_version_once": [version_again],
    "progress_standing_once": [standing_again],
    "progress_report_once": [
        lambda item: Report(round=item.project.reports.get().round, project=item.project)
    ],
    "progress_wording_once": [
        lambda item: ItemWording(report=item.project.reports.get(), item=item, narrative="又。")
    ],
    "progress_reading_once_on_item": [lambda item: reading(item, item, of_may=False)],
    "progress_reading_once": [lambda item: reading(item, of_may=False)],
    "progress_reading_once_whole_on_item": [
        lambda item: reading(item, item, of_may=False, indicator=None)
    ],
    "progress_reading_once_whole": [lambda item: reading(item, of_may=False, indicator=None)],
    "progress_reading_not_negative": [
        lambda item: reading(item, percent=-1),
        lambda item: reading(item, value=-1),
    ],
    "progress_reading_basis": [
        lambda item: reading(item, basis="none"),
        lambda item: reading(item, basis="none", percent=None, value=5),
        lambda item: reading(item, basis="derived", percent=None),
        lambda item: reading(item, basis="derived", value=5),
        lambda item: reading(item, basis="stated", percent=None, value=5),
        lambda item: reading(item, basis="complete", percent=None),
    ],
    "progress_mark_once": [
        lambda item: MilestoneMark(
            report=item.project.reports.get(), milestone=item.milestones.get(), met=False
        )
    ],
    "progress_completion_order": [
        lambda item: completion(item, 5, 4),
        lambda item: completion(item, 4, 6, 5),
    ],
    "progress_completion_verified": [lambda item: completion(item, 4, None, 5)],
    "progress_comparison_once": [lambda item: comparison(item, as_of=AS_OF)],
    "progress_comparison_not_negative": [
        lambda item: comparison(item, figure=-1),
        lambda item: comparison(item, average=-1),
    ],
    "progress_comparison_best": [lambda item: comparison(item, best=-1)],
    "progress_comparison_reason": [lambda item: comparison(item, comparable=False)],
    "progress_citytable_adopted": [
        lambda item: city_table(item, state="adopted"),
        lambda item: city_table(item, adopted_at=MOMENT),
    ],
    "progress_citytable_withdrawn": [
        lambda item: city_table(item, state="withdrawn", adopted_at=MOMENT),
        lambda item: city_table(item, state="adopted", adopted_at=MOMENT, withdrawn_at=MOMENT),
    ],
    "progress_comparison_rank": [
        lambda item: comparison(item, rank=0, counties=12),
        lambda item: comparison(item, rank=13, counties=12),
    ],
}


def test_every_constraint_has_its_bad_row():
    assert set(BAD) == set(constraints_of("progress"))


@pytest.mark.parametrize(
    ("name", "bad"), [(name, bad) for name, rows in BAD.items() for bad in rows]
)
def test_a_bad_row_is_refused_in_chinese(item, name, bad):
    assert_refused(bad(item), constraints_of("progress")[name])


@pytest.mark.parametrize(
    "good",
    [
        vote,
        lambda item: vote(item, abstained=1),
        lambda item: vote(item, members=1, satisfied=0, fairly=0, dissatisfied=0),
        export,
        lambda item: export(item, state="failed"),
        rules,
        lambda item: rules(item, behind_points=10, seriously_behind_points=10),
        lambda item: rules(item, year_end_month=12, rounds_behind=2, rounds_stalled=1),
        another_round,
        lambda item: another_round(item, opens_on=date(YEAR, 5, 1), deadline=date(YEAR, 5, 1)),
        lambda item: another_round(item, deadline=date(YEAR, 5, 1)),
        reading,
        lambda item: reading(item, item, indicator=None),
        lambda item: reading(item, basis="none", percent=None),
        lambda item: reading(item, basis="derived", percent=None, value=0),
        lambda item: reading(item, basis="stated", percent=Decimal("115.2"), value=463),
        lambda item: completion(item, 4),
        lambda item: completion(item, 4, 4, 4),
        comparison,
        lambda item: comparison(item, rank=12, counties=12),
        lambda item: comparison(item, rank=1),
        lambda item: comparison(item, comparable=False, reason="另一个月的数。"),
        city_table,
        lambda item: city_table(item, state="adopted", adopted_at=MOMENT),
        lambda item: city_table(item, state="withdrawn", adopted_at=MOMENT, withdrawn_at=MOMENT),
    ],
)
def test_a_good_row_is_not(item, good):
    row = good(item)
    row.full_clean()
    row.save()
    row.refresh_from_db()


@pytest.mark.parametrize(
    ("state", "deadline", "today", "over"),
    [
        ("open", None, date(2099, 1, 1), False),
        ("open", 15, date(YEAR, 4, 15), False),
        ("open", 15, date(YEAR, 4, 16), True),
        ("closed", 15, date(YEAR, 4, 1), True),
        ("closed", None, date(YEAR, 4, 1), True),
    ],
)
def test_a_round_is_over_when_closed_or_after_its_last_day(state, deadline, today, over):
    last = deadline and date(YEAR, 4, deadline)
    assert Round(as_of=AS_OF, state=state, deadline=last).is_over(today) is over


def test_the_rule_set_in_force_is_the_latest_that_has_begun(item):
    county = item.project.county
    july = RuleSet.objects.create(county=county, valid_from=date(YEAR, 7, 1))
    first = RuleSet.objects.in_force(county, date(YEAR, 6, 30))
    assert first.valid_from == date(YEAR, 1, 1)
    assert RuleSet.objects.in_force(county, date(YEAR, 7, 1)) == july
    assert RuleSet.objects.in_force(county, date(YEAR - 1, 12, 31)) is None


def test_the_rounds_of_a_year_come_latest_first(item):
    county = item.project.county
    for month in (6, 5):
        another_round(item, as_of=date(YEAR, month, 10)).save()
    another_round(item, as_of=date(YEAR + 1, 1, 10)).save()
    assert [r.as_of.month for r in Round.objects.for_county(county, YEAR)] == [6, 5, 4]


def test_a_report_keeps_its_project_and_its_round(item):
    report = item.project.reports.get()
    for row in (report.round, item.targets.get().indicator):
        with pytest.raises(ProtectedError):
            row.delete()


def test_everything_is_called_by_a_chinese_name(item):
    report = item.project.reports.get()
    assert str(report.round) == f"截至{YEAR}年4月10日"
    assert str(report) == f"测试事项1，截至{YEAR}年4月10日"
    assert [str(MilestoneMark(met=met)) for met in (True, False, None)] == [
        "已完成",
        "未完成",
        "未说明",
    ]
    assert str(RuleSet.objects.get()) == f"苍南县研判规则（{YEAR}-01-01起）"
    assert str(Completion(item=item, declared_on=AS_OF)).startswith("县级第1项：")
    at = datetime(YEAR, 4, 10, 16, 30, tzinfo=UTC)
    assert str(ReportEvent(kind="accepted", at=at)) == f"通过（{YEAR}年4月11日 00:30）"
    assert str(Extension(kind="reopened", until=at)) == f"全部单位重开至{YEAR}年4月11日 00:30"
    assert str(ListItem.objects.get()) == "县级第1项"
