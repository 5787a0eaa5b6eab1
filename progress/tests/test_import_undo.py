"""Taking an import back: to what was, or refused since somebody has built on it."""

from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.models import Unit
from livelihood.organisation.operations.audit import history
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
from progress.operations.bulletins import delete_draft, proposed_data, start_bulletin
from progress.operations.import_undo import undo_import, undo_refusal
from progress.operations.reporting import RefusedError
from progress.tests.test_import import HEAD, ROWS, YEAR, confirmed
from projects.models import (
    Allocation,
    Indicator,
    ListItem,
    Milestone,
    PlanChange,
    PlanImport,
    Programme,
    ProgrammeItem,
    Project,
    ProjectList,
    Site,
)

pytestmark = pytest.mark.django_db

APRIL = date(YEAR, 4, 10)
TOLD = ((*ROWS[0], "已完成30张。"), (*ROWS[1], "已完成3个。已提前完成全年任务。"))


@pytest.fixture
def imported(office, county):
    """A first import with progress: two items, one completed, and the round of April."""
    return confirmed(office, county, *TOLD, head=(*HEAD, "目前实施情况"), as_of=APRIL)


def first():
    return ListItem.objects.get(number=1)


def another_round(**values):
    county = first().project.county
    return Round.objects.create(county=county, as_of=date(YEAR, 5, 10), **values)


def adjustment(by):
    return PlanChange.objects.create(item=first(), by=by, what="目标", old="100张", new="120张")


def programme_link(by):
    county = first().project.county
    made = Programme.objects.create(
        region=county.parent, year=YEAR, level="city", name="养老", order=1
    )
    return ProgrammeItem.objects.create(programme=made, item=first(), county=county)


def kept_standing(by):
    return StandingRecord.objects.create(
        round=another_round(state="closed"), version=1, item=first(), snapshot={}
    )


def comparison(by):
    values = {"as_of": APRIL, "figure": 20, "average": 30, "source": "通报"}
    return CityComparison.objects.create(item=first(), **values)


def closing(by):
    loaded = Completion.objects.get()
    loaded.closed_on, loaded.closed_by = loaded.verified_on, by
    loaded.save()
    return loaded


def slip(by, **values):
    values = {"round": Round.objects.first(), "number": 1, "unit": first().lead_unit, **values}
    return Slip.objects.create(
        kind="urge",
        year=YEAR,
        text="请说明情况。",
        issued_on=APRIL,
        deadline=APRIL,
        issued_by=by,
        county=first().project.county,
        **values,
    )


def vote(by):
    return SatisfactionVote.objects.create(
        item=first(),
        body="县人大常委会",
        voted_on=date(YEAR, 12, 20),
        members=30,
        satisfied=30,
        fairly=0,
        dissatisfied=0,
    )


def bulletin(by, **values):
    april = Round.objects.get()
    return Bulletin.objects.create(
        county=april.county, year=YEAR, round=april, title="四月通报", **values
    )


def issued_bulletin(by):
    return bulletin(by, state="issued", number=3, version=1, issued_on=APRIL, issue_year=YEAR)


def correction(by):
    report = first().project.reports.get()
    report.version, report.state = 1, "draft"
    report.save()
    return report


def report_of_may(by):
    return Report.objects.create(round=another_round(), project=first().project, narrative="开工。")


def evidence(by):
    file = ContentFile(b"photo", "照片.jpg")
    report = first().project.reports.get()
    return Evidence.objects.create(
        report=report, file=file, name="照片.jpg", caption="现场", size=5, uploaded_by=by
    )


def township_figure(by, **values):
    share = Allocation.objects.create(item=first(), order=0, place="鹤浦", value=100)
    values = {"round": another_round(), "unit": first().lead_unit, **values}
    return TownshipFigure.objects.create(
        allocation=share, value=30, by=by, at=timezone.now(), **values
    )


# What keeps an import from being undone: by relation, what makes such a row, and the reason
# that is given.
REFUSED = {
    ("ListItem", "PlanChange.item"): (adjustment, "后来调整过计划"),
    ("ListItem", "ProgrammeItem.item"): (programme_link, "已列入共同项目“养老”，请上级移出"),
    ("ListItem", "StandingRecord.item"): (kept_standing, "已有期次截止存档"),
    ("ListItem", "CityComparison.item"): (comparison, "已有全市对比"),
    ("ListItem", "Completion.item"): (closing, "后来办理过完成、核实或销号"),
    ("ListItem", "Slip.item"): (lambda by: slip(by, item=first()), "已签发催办单或督办单"),
    ("ListItem", "SatisfactionVote.item"): (vote, "已有满意度测评结果，删除"),
    ("Round", "Bulletin.round"): (bulletin, "用于起草通报“四月通报”，删除这份草稿后才能撤销"),
    ("Round", "Bulletin.round, issued"): (issued_bulletin, "已用于印发督查通报〔2025〕第3期"),
    ("Round", "Report.round"): (correction, "已有1个事项填报了进展"),
    ("Round", "Slip.round"): (slip, "已签发催办单或督办单"),
    ("Round", "TownshipFigure.round"): (
        lambda by: township_figure(by, round=Round.objects.first()),
        "已有镇乡填报了完成数",
    ),
    ("Project", "Report.project"): (report_of_may, "已有1个事项填报了进展"),
    ("Allocation", "TownshipFigure.allocation"): (township_figure, "已有镇乡填报了完成数"),
    ("Report", "Evidence.report"): (evidence, "已有1个事项填报了进展"),
}
# What goes with the row it hangs on, and why nobody misses it.
DIES = {
    "ListItem": {
        "Target.item": "the plan as imported",
        "Milestone.item": "the plan as imported",
        "Allocation.item": "the plan as imported",
        "Site.item": "the plan as imported",
        "LoneItem.item": "says only that nothing is proposed for the item",
        "ItemWording.item": "part of a report; refused with it",
        "Reading.item": "part of a report; refused with it",
        "ItemSummary.item": "worked out, and worked out anew",
    },
    "Round": {
        "Extension.round": "time for reports that have not been made; refused once they are",
        "RoundVersion.round": "the progress of the document, as it was judged",
        "StandingRecord.round": "the progress of the document, as it was judged",
        "Notice.round": "speaks of a round that never was",
        "ItemSummary.round": "worked out, and worked out anew",
        "RoundSummary.round": "worked out, and worked out anew",
        "WorkbookUpload.round": "a preview that has changed nothing",
    },
    "Project": {
        "ListItem.project": "the items go first; a project that has others stays",
        "Indicator.project": "the plan as imported",
    },
    "Allocation": {"PlaceReading.allocation": "part of a report; refused with it"},
    "Milestone": {"MilestoneMark.milestone": "part of a report; refused with it"},
    "Site": {"SiteReading.site": "part of a report; refused with it"},
    "Indicator": {
        "Target.indicator": "one that has a target stays",
        "Reading.indicator": "one that has a reading stays",
    },
    "Report": {
        "ItemWording.report": "the document's words",
        "Reading.report": "the document's figures",
        "MilestoneMark.report": "the document's words",
        "SiteReading.report": "the document's figures",
        "PlaceReading.report": "the document's figures",
        "ReportEvent.report": "a step; every step raises the version, which is refused",
        "FormerReport.report": "of a correction, which is refused",
    },
    "Unit": {
        "UnitAlias.unit": "names of a unit that nobody needs",
        "User.unit": "one that has people stays",
        "Project.lead_unit": "one that leads something stays",
        "ListItem.lead_unit": "one that leads something stays",
        "Extension.unit": "one that was given time stays",
        "Slip.unit": "one that has slips stays",
        "TownshipFigure.unit": "one that has told figures stays",
    },
}
DELETED = (ListItem, Round, Project, Allocation, Milestone, Site, Indicator, Report, Unit)


@pytest.mark.parametrize("model", DELETED, ids=lambda model: model.__name__)
def test_somebody_has_thought_about_everything_that_hangs_on_what_is_deleted(model):
    """Whoever adds a relation says here what undoing does with it."""
    related = {
        f"{field.related_model.__name__}.{field.field.name}"
        for field in model._meta.get_fields(include_hidden=True)
        if field.auto_created and not field.concrete
    }
    refused = {relation.partition(",")[0] for name, relation in REFUSED if name == model.__name__}
    assert related == refused | set(DIES.get(model.__name__, {}))


@pytest.mark.parametrize("relation", REFUSED, ids=".".join)
def test_nothing_is_lost_that_somebody_has_built_on_it(
    imported, office, client_for, relation, django_capture_on_commit_callbacks
):
    make, words = REFUSED[relation]
    assert undo_refusal(imported) == ""
    row = make(office)
    place = [imported.county.code, YEAR, imported.pk]
    with django_capture_on_commit_callbacks(execute=True):
        answer = client_for(office).post(reverse("import_undo", args=place))
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert type(row).objects.filter(pk=row.pk).exists()
    assert ListItem.objects.count() == 2
    if isinstance(row, Evidence):
        assert row.file.storage.exists(row.file.name)


def test_a_report_of_an_item_that_came_before_is_not_lost_with_the_round(office, county):
    """The second document changes one item, and has progress of both."""
    confirmed(office, county, *ROWS)
    changed = (1, "新增养老床位130张。", *TOLD[0][2:])
    plan = confirmed(office, county, changed, TOLD[1], head=(*HEAD, "目前实施情况"), as_of=APRIL)
    assert undo_refusal(plan) == ""
    Report.objects.filter(project__items__number=2).update(version=1)
    assert "已有1个事项填报了进展" in undo_refusal(plan)


def test_after_the_draft_is_thrown_away_the_import_is_taken_back(imported, office):
    april = Round.objects.select_related("county").get()
    draft = start_bulletin(by=office, round=april, data=proposed_data(april))
    with pytest.raises(RefusedError, match="删除这份草稿后才能撤销"):
        undo_import(by=office, plan=imported)
    delete_draft(by=office, bulletin=draft, edits=draft.edits)
    undo_import(by=office, plan=imported)
    assert not Round.objects.exists()


def test_a_first_import_is_taken_back_without_a_trace_in_the_lists(imported, office):
    assert undo_refusal(imported) == ""
    plan = undo_import(by=office, plan=imported)
    assert plan.state == PlanImport.State.UNDONE
    for model in (ListItem, Project, Indicator, ProjectList, Round, Report, Completion):
        assert not model.objects.exists(), model
    assert set(Unit.objects.values_list("name", flat=True)) == {"县府办"}
    assert history(plan, 1)[0][2] == "撤销导入2025年清单“清单.xlsx”"


def test_a_unit_that_has_found_other_use_stays(imported, office):
    """It has been given more time in another round, though it leads nothing any more."""
    civil = Unit.objects.get(name="县民政局")
    moment = timezone.now()
    Extension.objects.create(
        round=another_round(), unit=civil, until=moment, reason="汛期", granted_by=office
    )
    undo_import(by=office, plan=imported)
    assert set(Unit.objects.values_list("name", flat=True)) == {"县府办", "县民政局"}


def test_a_second_import_is_taken_back_to_what_was(office, county):
    confirmed(office, county, *ROWS)
    before = [(i.title, i.targets.get().value) for i in ListItem.objects.all()]
    changed = (1, "新增养老床位130张。", *ROWS[0][2:])
    plan = confirmed(
        office, county, changed, ROWS[1], (3, "修路10公里。", "年内完成。", "县住建局")
    )
    assert ListItem.objects.count() == 3
    undo_import(by=office, plan=plan)
    assert [(i.title, i.targets.get().value) for i in ListItem.objects.all()] == before


def test_an_earlier_import_is_not_taken_back_before_the_later_one(office, county):
    first = confirmed(office, county, *ROWS)
    confirmed(office, county, (3, "修路10公里。", "年内完成。", "县住建局"))
    assert "请先撤销那一次" in undo_refusal(first)
