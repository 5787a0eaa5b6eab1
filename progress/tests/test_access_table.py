"""Role × address: what each role gets from every named address of the site."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.urls import get_resolver, reverse
from django.utils import timezone

from livelihood.organisation.models import Region, Unit
from livelihood.testing import thaw
from progress.models import CityTable, Evidence, Export, Report, Round, RuleSet
from progress.operations.bulletins import issue_bulletin, proposed_data, start_bulletin
from progress.operations.layouts import save_layout
from progress.operations.plan_import import ListChoice, choose_columns, start_import
from progress.operations.rounds import refreeze
from progress.operations.slips import issue_slip
from progress.rules.layouts import READY_MADE
from projects.tests.documents import workbook_of

pytestmark = pytest.mark.django_db

PLACE = ["330327", 2023]
FOREIGN = ["330225", 2024]
AS_OF = date(2023, 4, 10)  # of the only round
LOGIN, OK, FORBIDDEN, MISSING, MOVED, WRONG = "login", 200, 403, 404, 302, 405
CONFLICT = 409
# What a person may do to others stands here by role; {pk} is the reporter of 县卫健局.
ROLES = ["anonymous", "office", "supervisor", "reporter", "administrator", "foreign_office"]

# (address name, arguments, method): status by role, in the order of ROLES.
TABLE = {
    ("login", (), "get"): [OK, MOVED, MOVED, MOVED, MOVED, MOVED],
    ("logout", (), "post"): [MOVED, MOVED, MOVED, MOVED, MOVED, MOVED],
    ("logout", (), "get"): [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("password_change", (), "get"): [LOGIN, OK, OK, OK, OK, OK],
    ("audit", (), "get"): [LOGIN, FORBIDDEN, OK, FORBIDDEN, OK, FORBIDDEN],
    ("audit", (), "post"): [LOGIN, FORBIDDEN, WRONG, FORBIDDEN, WRONG, FORBIDDEN],
    ("audit_excel", (), "get"): [LOGIN, FORBIDDEN, OK, FORBIDDEN, OK, FORBIDDEN],
    ("people", (), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("people", (), "post"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, WRONG, FORBIDDEN],
    ("person_add", (), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("person", ("pk",), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("person_password", ("pk",), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("person_deactivate", ("pk",), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("person_activate", ("pk",), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("health", (), "get"): [OK, OK, OK, OK, OK, OK],
    ("health", (), "post"): [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("password_change", (), "put"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("person_add", (), "put"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, WRONG, FORBIDDEN],
    ("person", ("pk",), "put"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, WRONG, FORBIDDEN],
    ("person_password", ("pk",), "put"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, WRONG, FORBIDDEN],
    ("person_deactivate", ("pk",), "put"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        WRONG,
        FORBIDDEN,
    ],
    ("person_activate", ("pk",), "put"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, WRONG, FORBIDDEN],
    ("home", (), "get"): [LOGIN, MOVED, MOVED, MOVED, MOVED, MOVED],
    ("about", (), "get"): [LOGIN, OK, OK, OK, OK, OK],
    ("guide", (), "get"): [LOGIN, OK, OK, OK, OK, OK],
    ("overview", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("overview", (), "post"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("items", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("items_excel", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    # Province 3 is led by 县教育局, the reporter's unit; province 7 by another.
    ("item", ("province", 3), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("item", ("province", 7), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("units", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("unit", ("县教育局",), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("unit", ("县卫健局",), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("leaders", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("leader", ("胡颖磊",), "get"): [LOGIN, MISSING, MISSING, MISSING, MISSING, OK],
    # Rounds. The round as published is closed: it can only be reopened for a unit.
    ("rounds", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("rounds", (), "post"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("round_plan", (), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("round", (AS_OF,), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("round_open", (AS_OF,), "get"): [LOGIN, CONFLICT, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("round_extend", (AS_OF,), "get"): [LOGIN, CONFLICT, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("round_close", (AS_OF,), "get"): [LOGIN, CONFLICT, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("round_close", (AS_OF,), "post"): [LOGIN, CONFLICT, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("round_reopen", (AS_OF,), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    # Who has reported, slips. "slip" is for 县教育局, the reporter's unit; the other is not.
    ("reporting", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("reporting", (), "post"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("reporting_excel", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("slips", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("slip_add", (), "get"): [LOGIN, OK, OK, FORBIDDEN, FORBIDDEN, MISSING],
    ("slip", ("slip",), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    # Only the unit answers; with nothing sent, its form is faulty.
    ("slip", ("slip",), "post"): [LOGIN, FORBIDDEN, FORBIDDEN, 422, FORBIDDEN, MISSING],
    ("slip", ("other_slip",), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("slip_docx", ("slip",), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("slip_docx", ("other_slip",), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("notices", (), "get"): [LOGIN, OK, OK, OK, OK, OK],
    # Reporting by Excel. Without ?unit= it is the own unit's workbook.
    ("workbook", (AS_OF,), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN, FORBIDDEN],
    ("workbook", (AS_OF,), "post"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("workbook_upload", (AS_OF,), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN, FORBIDDEN],
    ("workbook_marked", (AS_OF,), "get"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        MOVED,
        FORBIDDEN,
        FORBIDDEN,
    ],
    # Tasks and reports. The project is one of 县教育局, the reporter's unit; the other is not.
    ("tasks", (), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN, FORBIDDEN],
    ("round_tasks", (AS_OF,), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN, FORBIDDEN],
    ("report_all", (AS_OF,), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN, FORBIDDEN],
    ("report_unchanged", (AS_OF,), "get"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("report_unchanged", (AS_OF,), "post"): [LOGIN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN, FORBIDDEN],
    ("report", (AS_OF, "project"), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN, FORBIDDEN],
    ("report", (AS_OF, "other_project"), "get"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
        FORBIDDEN,
        FORBIDDEN,
    ],
    # The round as published is closed: nothing is written any more.
    ("report_draft", (AS_OF, "project"), "post"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        422,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("report_verdict", (AS_OF, "project"), "post"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        OK,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("report_verdict", (AS_OF, "other_project"), "post"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("report_submit", (AS_OF, "project"), "post"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("report_withdraw", (AS_OF, "project"), "post"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("report_restore", (AS_OF, "project"), "post"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("evidence_add", (AS_OF, "project"), "post"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("evidence", ("evidence",), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("evidence", ("other_evidence",), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    # Townships that report themselves. The reporter's unit is none.
    ("township_figures", (AS_OF,), "post"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        MOVED,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("township_choice", (), "post"): [LOGIN, MOVED, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("township_choice", (), "get"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    # Review. The reporter heads no unit; with nothing sent, nothing can be decided.
    ("review", (AS_OF,), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("review_report", (AS_OF, "project"), "get"): [
        LOGIN,
        OK,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("review_accept", (AS_OF,), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("review_accept", (AS_OF,), "get"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("review_return", (AS_OF, "project"), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("review_restore", (AS_OF, "project"), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("unit_review", (AS_OF,), "get"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("unit_review_report", (AS_OF, "project"), "get"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("unit_review_accept", (AS_OF,), "post"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("unit_review_return", (AS_OF, "project"), "post"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("item_close", ("province", 3), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("item_close", ("province", 3), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    # Changing plans, importing lists. The import is being checked; its row has a doubt.
    ("item_edit", ("province", 3), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("item_edit", ("province", 3), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("item_link", ("province", 3), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("item_link", ("province", 3), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("items_edit", (), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("items_edit", (), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("imports", (), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_start", (), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_start", (), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_template", ("city",), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_page", ("plan",), "get"): [LOGIN, MOVED, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_columns", ("plan",), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_columns", ("plan",), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_reading", ("plan",), "get"): [LOGIN, MOVED, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_preview", ("plan",), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_row", ("plan", "row"), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_row", ("plan", "row"), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    # Sent without the version of the import, they are refused as outdated.
    ("import_units", ("plan",), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("import_links", ("plan",), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("import_confirm", ("plan",), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_confirm", ("plan",), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("import_done", ("plan",), "get"): [LOGIN, MOVED, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("import_undo", ("plan",), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("import_undo", ("plan",), "get"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("import_drop", ("plan",), "post"): [LOGIN, MOVED, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    # Rules of judgement. The only set judged the closed round: it is not changed any more.
    ("rules", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("rules", (), "post"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("rule_set", ("rule_set",), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("rule_set", ("rule_set",), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("rule_set", ("foreign_rule_set",), "get"): [
        LOGIN,
        MISSING,
        MISSING,
        MISSING,
        MISSING,
        MISSING,
    ],
    ("rule_set_add", (), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("rule_set_add", (), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("weights", (), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("item_weights", ("province", 3), "get"): [
        LOGIN,
        OK,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    # Nothing is sent: not even what the weights were.
    ("item_weights", ("province", 3), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    # The city's table. It has been adopted; what a lead unit sees of it stands on its items.
    ("city_tables", (), "get"): [LOGIN, OK, OK, FORBIDDEN, OK, MISSING],
    ("city_tables", (), "post"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("city_table_add", (), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("city_table_add", (), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("city_table", ("city_table",), "get"): [LOGIN, OK, OK, FORBIDDEN, OK, MISSING],
    ("city_table", ("city_table",), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("city_file", ("city_table",), "get"): [LOGIN, OK, OK, FORBIDDEN, OK, MISSING],
    ("city_figure", ("province", 3), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("city_figure", ("province", 3), "post"): [
        LOGIN,
        422,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    # A city with its counties; those of its people stand in test_regions.py. For people of
    # a county none of it exists.
    ("region", ("330300", 2023), "get"): [LOGIN, *[MISSING] * 5],
    ("region_excel", ("330300", 2023), "get"): [LOGIN, *[MISSING] * 5],
    ("region_item", ("330300", 2023, 1), "get"): [LOGIN, *[MISSING] * 5],
    ("region_split", ("330300", 2023, 1), "post"): [LOGIN, *[MISSING] * 5],
    ("region_split", ("330300", 2023, 1), "get"): [LOGIN, *[WRONG] * 5],
    ("region_programmes", ("330300", 2023), "get"): [LOGIN, *[MISSING] * 5],
    ("region_programmes", ("330300", 2023), "post"): [LOGIN, *[MISSING] * 5],
    # Bulletins. "draft" and "issued" are of the published round.
    ("bulletins", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("bulletin_add", (), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("bulletin_add", (), "post"): [LOGIN, MISSING, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("bulletin", ("draft",), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("bulletin", ("issued",), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("bulletin_docx", ("draft",), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("bulletin_docx", ("issued",), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("bulletin_xlsx", ("draft",), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("bulletin_xlsx", ("issued",), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("bulletin_edit", ("draft",), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("bulletin_edit", ("issued",), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("bulletin_edit", ("draft",), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("bulletin_issue", ("draft",), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("bulletin_delete", ("draft",), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    # Layouts. "layout" is the county's own; with nothing sent, its form is faulty.
    ("layouts", (), "get"): [LOGIN, OK, OK, FORBIDDEN, OK, MISSING],
    ("layouts", (), "post"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("layout_add", (), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("layout_add", (), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("layout", ("layout",), "get"): [LOGIN, OK, OK, FORBIDDEN, OK, MISSING],
    ("layout", ("layout",), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("layout_delete", ("layout",), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("layout_delete", ("layout",), "post"): [
        LOGIN,
        CONFLICT,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("layout_excel", ("layout",), "get"): [LOGIN, OK, OK, FORBIDDEN, OK, MISSING],
    ("layout_excel", ("standard_city",), "get"): [LOGIN, OK, OK, FORBIDDEN, OK, MISSING],
    ("layout_template", ("layout",), "get"): [LOGIN, OK, OK, FORBIDDEN, OK, MISSING],
    ("layout_template", ("layout",), "post"): [
        LOGIN,
        422,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        MISSING,
    ],
    ("layout_sample", (), "get"): [LOGIN, OK, OK, FORBIDDEN, OK, MISSING],
    # Boards as Excel are there for whom the page is there.
    ("overview_excel", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("units_excel", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("unit_excel", ("县教育局",), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("unit_excel", ("县卫健局",), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("leaders_excel", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("leader_excel", ("胡颖磊",), "get"): [LOGIN, MISSING, MISSING, MISSING, MISSING, OK],
    ("rounds_excel", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("round_excel", (AS_OF,), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("review_excel", (AS_OF,), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("unit_review_excel", (AS_OF,), "get"): [
        LOGIN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
    ],
    ("slips_excel", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("bulletins_excel", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("item_excel", ("province", 3), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("item_excel", ("province", 7), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("evidence_pack", ("province", 3), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("evidence_pack", ("province", 7), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("year_end", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("year_end", (), "post"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("year_end_excel", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("year_end_docx", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("satisfaction", (), "get"): [LOGIN, OK, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    ("satisfaction", (), "post"): [LOGIN, 422, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING],
    # The export is one of the supervisor's, and done: others than the office have their own.
    ("exports", (), "get"): [LOGIN, OK, OK, FORBIDDEN, OK, MISSING],
    ("exports", (), "post"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("export_start", ("nonsense",), "post"): [
        LOGIN,
        MISSING,
        MISSING,
        FORBIDDEN,
        MISSING,
        MISSING,
    ],
    ("export_start", ("rounds",), "get"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("export_again", ("export",), "post"): [
        LOGIN,
        MISSING,
        CONFLICT,
        FORBIDDEN,
        MISSING,
        MISSING,
    ],
    ("export_file", ("export",), "get"): [LOGIN, OK, OK, FORBIDDEN, MISSING, MISSING],
}
OF_A_COUNTY = {"overview", "items", "items_excel", "item", "units", "unit", "leaders", "leader"}
OF_A_COUNTY |= {"rounds", "round_plan", "round"}
OF_A_COUNTY |= {"round_open", "round_extend", "round_close", "round_reopen"}

OF_A_COUNTY |= {"reporting", "reporting_excel", "slips", "slip_add", "slip", "slip_docx"}
OF_A_COUNTY |= {"workbook", "workbook_upload", "workbook_marked"}
OF_A_COUNTY |= {"tasks", "round_tasks", "report_all", "report_unchanged", "report"}
OF_A_COUNTY |= {"report_draft", "report_verdict", "report_submit", "report_withdraw"}
OF_A_COUNTY |= {"report_restore", "review_restore"}
OF_A_COUNTY |= {"evidence_add", "evidence", "township_figures", "township_choice"}
OF_A_COUNTY |= {"review", "review_report", "review_accept", "review_return", "item_close"}
OF_A_COUNTY |= {"bulletins", "bulletin_add", "bulletin", "bulletin_docx", "bulletin_xlsx"}
OF_A_COUNTY |= {"bulletin_edit", "bulletin_issue", "bulletin_delete"}
OF_A_COUNTY |= {"layouts", "layout_add", "layout", "layout_delete", "layout_excel"}
OF_A_COUNTY |= {"layout_template", "layout_sample"}
OF_A_COUNTY |= {"overview_excel", "units_excel", "unit_excel", "leaders_excel"}
OF_A_COUNTY |= {"leader_excel", "rounds_excel", "round_excel", "review_excel", "slips_excel"}
OF_A_COUNTY |= {"unit_review_excel", "bulletins_excel", "item_excel", "evidence_pack", "year_end"}
OF_A_COUNTY |= {"year_end_excel", "year_end_docx", "satisfaction", "exports", "export_start"}
OF_A_COUNTY |= {"export_again", "export_file"}
OF_A_COUNTY |= {"unit_review", "unit_review_report", "unit_review_accept", "unit_review_return"}
OF_A_COUNTY |= {name for name, _arguments, _method in TABLE if name.startswith("import")}
OF_A_COUNTY |= {"item_edit", "item_link", "items_edit"}
OF_A_COUNTY |= {"rules", "rule_set", "rule_set_add", "weights", "item_weights"}
OF_A_COUNTY |= {"city_tables", "city_table_add", "city_table", "city_file", "city_figure"}


@pytest.fixture
def cast(corpus, office, supervisor, reporter, other_reporter, administrator, foreign_office):
    slip, other_slip = (
        issue_slip(
            by=office,
            unit=person.unit,
            reporting_round=Round.objects.get(county__code="330327"),
            kind="urge",
            text="请尽快完成填报。",
            today=date(2023, 4, 13),
            deadline=date(2023, 4, 17),
        )
        for person in (reporter, other_reporter)
    )
    return {
        "anonymous": None,
        "office": office,
        "supervisor": supervisor,
        "reporter": reporter,
        "administrator": administrator,
        "foreign_office": foreign_office,
        "pk": other_reporter.pk,
        "slip": slip.pk,
        "other_slip": other_slip.pk,
        "layout": save_layout(
            by=office, county=office.unit.region, layout=READY_MADE["standard_city"].layout
        ).pk,
        **an_import(office),
        "rule_set": RuleSet.objects.get(county__code="330327").pk,
        "foreign_rule_set": RuleSet.objects.get(county__code="330225").pk,
        "city_table": adopted_table().pk,
        **drafted_and_issued(office),
        "export": export_of(supervisor),
        **projects_and_evidence(reporter, ""),
        **projects_and_evidence(other_reporter, "other_"),
    }


def an_import(office):
    head = ("序号", "项目内容", "工作进度安排", "牵头单位")
    item = (99, "建设公园3个。", "6月底前完成20%。", "县住建局")
    content = workbook_of(("2023年县政府民生实事",), head, item).getvalue()
    plan = start_import(
        by=office, county=office.unit.region, year=2023, name="清单.xlsx", content=content
    )
    choices = [ListChoice("county", "清单")]
    plan = choose_columns(by=office, plan=plan, choices=choices, as_of=None, version=plan.version)
    return {"plan": plan.pk, "row": plan.rows.get().pk}


def adopted_table():
    """A table of the city that counts, with its file."""
    return CityTable.objects.create(
        county=Region.objects.get(code=PLACE[0]),
        year=PLACE[1],
        as_of=AS_OF,
        source="通报",
        name="a.xlsx",
        file=ContentFile(b"PK", "a.xlsx"),
        state=CityTable.State.ADOPTED,
        adopted_at=timezone.now(),
    )


def drafted_and_issued(office):
    published = Round.objects.select_related("county").get(county__code="330327")
    draft, issued = (
        start_bulletin(by=office, round=published, data=proposed_data(published)) for _ in range(2)
    )
    # Only what is kept can be issued; the other pages are asked for with the round live.
    refreeze(by=office, round=published, note="")
    issue_bulletin(by=office, bulletin=issued, edits=0, issued_on=date(2023, 4, 12))
    thaw()
    return {"draft": draft.pk, "issued": issued.pk}


def export_of(person):
    now = timezone.now()
    export = Export(
        county=person.unit.region, year=2023, by=person, kind="rounds", title="各期清单",
        state="done", progress=100, created_at=now, beat_at=now, finished_at=now,
    )  # fmt: skip
    export.file.save("a.xlsx", ContentFile(b"PK"))
    return export.pk


def projects_and_evidence(person, prefix):
    report = Report.objects.filter(project__lead_unit=person.unit).first()
    evidence = Evidence.objects.create(
        report=report,
        file=ContentFile(b"%PDF-1.7", "a.pdf"),
        name="a.pdf",
        caption="现场",
        size=8,
        uploaded_by=person,
    )
    return {f"{prefix}project": report.project_id, f"{prefix}evidence": evidence.pk}


def text_of(response):
    return BeautifulSoup(response.content, "html.parser").get_text()


def address(name, arguments, cast):
    place = FOREIGN if name in ("leader", "leader_excel") else PLACE
    made = set(cast) - set(ROLES)
    arguments = [cast[argument] if argument in made else argument for argument in arguments]
    return reverse(name, args=[*(place if name in OF_A_COUNTY else []), *arguments])


@pytest.mark.parametrize(("key", "expected"), TABLE.items(), ids=lambda value: str(value)[:60])
def test_every_role_gets_what_the_table_says(key, expected, cast, client, client_for):
    name, arguments, method = key
    url = address(name, arguments, cast)
    answers = []
    for role in ROLES:
        visitor = client if cast[role] is None else client_for(cast[role])
        response = getattr(visitor, method)(url)
        if response.streaming:
            response.getvalue()  # read to its end, a file is closed
        # Whoever sits down next at the same browser must not be shown it again.
        kept = set(response.headers["Cache-Control"].split(", "))
        assert {"private", "no-cache"} <= kept or {"private", "no-store"} <= kept
        to_login = response.status_code == 302 and response.url.startswith(reverse("login"))
        asked = f"{reverse('login')}?next="
        answers.append(
            LOGIN if to_login and response.url.startswith(asked) else response.status_code
        )
    assert dict(zip(ROLES, answers, strict=True)) == dict(zip(ROLES, expected, strict=True))


def test_every_named_address_stands_in_the_table():
    named = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert named == {name for name, _arguments, _method in TABLE}


def test_a_foreign_county_and_one_that_does_not_exist_answer_alike(cast, client_for):
    client = client_for(cast["office"])
    foreign = client.get(reverse("overview", args=FOREIGN))
    absent = client.get(reverse("overview", args=["999999", 2024]))
    assert foreign.status_code == absent.status_code == 404
    assert text_of(foreign) == text_of(absent)


def test_a_reporter_sees_no_word_of_other_units_on_any_page(cast, client_for):
    client = client_for(cast["reporter"])
    others = Unit.objects.filter(region__code="330327").exclude(
        name__in=["县教育局", "县政府办公室"]
    )
    for name in ("overview", "items", "units", "leaders"):
        html = client.get(reverse(name, args=PLACE)).content.decode()
        told = [unit.name for unit in others if f">{unit.name}<" in html]
        assert told == [], name
