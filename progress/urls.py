"""Addresses of the dashboard: a county by its code, then the year."""

from datetime import date

from django.urls import include, path, register_converter

from progress.views import (
    about,
    boards,
    bulletins,
    city_tables,
    evidence_pack,
    exports,
    guide,
    import_rows,
    imports,
    item_close,
    item_edit,
    item_link,
    items,
    layouts,
    leaders,
    notices,
    overview,
    regions,
    report,
    reporting,
    review,
    rules,
    slips,
    tasks,
    townships,
    units,
    weights,
    year_end,
)
from progress.views import item as item_views
from progress.views import rounds as round_views
from progress.views import workbook as workbook_views


class CountyCode:
    """An administrative division code."""

    regex = r"\d{6,12}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Year:
    """A year of four digits."""

    regex = r"\d{4}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:04d}"


class Day:
    """A date as 2024-04-10."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(CountyCode, "county")
register_converter(Year, "year")
register_converter(Day, "day")

county_urls = [
    path("", overview.overview, name="overview"),
    path("items/", items.items, name="items"),
    path("items.xlsx", items.items_excel, name="items_excel"),
    path("items/<slug:level>/<int:number>/", item_views.item, name="item"),
    path("units/", units.units, name="units"),
    path("units/<path:name>/", units.unit, name="unit"),
    path("leaders/", leaders.leaders, name="leaders"),
    path("leaders/<path:name>/", leaders.leader, name="leader"),
    # Rounds
    path("rounds/", round_views.rounds, name="rounds"),
    path("rounds/plan/", round_views.round_plan, name="round_plan"),
    path("rounds/<day:day>/", round_views.round_page, name="round"),
    path("rounds/<day:day>/open/", round_views.round_open, name="round_open"),
    path("rounds/<day:day>/extend/", round_views.round_extend, name="round_extend"),
    path("rounds/<day:day>/close/", round_views.round_close, name="round_close"),
    path("rounds/<day:day>/reopen/", round_views.round_reopen, name="round_reopen"),
    # Reporting by Excel
    path("rounds/<day:day>/workbook.xlsx", workbook_views.workbook, name="workbook"),
    path("rounds/<day:day>/workbook/", workbook_views.workbook_upload, name="workbook_upload"),
    path(
        "rounds/<day:day>/workbook/marked.xlsx",
        workbook_views.workbook_marked,
        name="workbook_marked",
    ),
    # Tasks and reports
    path("tasks/", tasks.tasks, name="tasks"),
    path("rounds/<day:day>/tasks/", tasks.round_tasks, name="round_tasks"),
    path("rounds/<day:day>/tasks/all/", tasks.report_all, name="report_all"),
    path("rounds/<day:day>/tasks/unchanged/", tasks.unchanged, name="report_unchanged"),
    path("rounds/<day:day>/tasks/<int:project>/", report.report, name="report"),
    path("rounds/<day:day>/tasks/<int:project>/draft/", report.draft, name="report_draft"),
    path("rounds/<day:day>/tasks/<int:project>/verdict/", report.verdict, name="report_verdict"),
    path("rounds/<day:day>/tasks/<int:project>/submit/", report.submit, name="report_submit"),
    path("rounds/<day:day>/tasks/<int:project>/withdraw/", report.withdraw, name="report_withdraw"),
    path("rounds/<day:day>/tasks/<int:project>/restore/", report.restore, name="report_restore"),
    path(
        "rounds/<day:day>/tasks/<int:project>/evidence/", report.evidence_add, name="evidence_add"
    ),
    path("evidence/<int:pk>/", report.evidence, name="evidence"),
    path("rounds/<day:day>/townships/", townships.township_figures, name="township_figures"),
    path("townships/", townships.township_choice, name="township_choice"),
    # Who has reported, slips
    path("reporting/", reporting.reporting, name="reporting"),
    path("reporting.xlsx", reporting.reporting_excel, name="reporting_excel"),
    path("slips/", slips.slips, name="slips"),
    path("slips/new/", slips.slip_add, name="slip_add"),
    path("slips/<int:pk>/", slips.slip, name="slip"),
    path("slips/<int:pk>.docx", slips.slip_docx, name="slip_docx"),
    # Review and closing states
    path("rounds/<day:day>/review/", review.review, name="review"),
    path("rounds/<day:day>/review/accept/", review.review_accept, name="review_accept"),
    path("rounds/<day:day>/review/<int:project>/", review.review_report, name="review_report"),
    path(
        "rounds/<day:day>/review/<int:project>/return/",
        review.review_return,
        name="review_return",
    ),
    path(
        "rounds/<day:day>/review/<int:project>/restore/",
        review.review_restore,
        name="review_restore",
    ),
    path("rounds/<day:day>/unit-review/", review.unit_review, name="unit_review"),
    path(
        "rounds/<day:day>/unit-review/accept/",
        review.unit_review_accept,
        name="unit_review_accept",
    ),
    path(
        "rounds/<day:day>/unit-review/<int:project>/",
        review.unit_review_report,
        name="unit_review_report",
    ),
    path(
        "rounds/<day:day>/unit-review/<int:project>/return/",
        review.unit_review_return,
        name="unit_review_return",
    ),
    path("items/<slug:level>/<int:number>/close/", item_close.item_close, name="item_close"),
    # Importing lists, changing plans
    path("items/<slug:level>/<int:number>/edit/", item_edit.item_edit, name="item_edit"),
    path("items/<slug:level>/<int:number>/link/", item_link.item_link, name="item_link"),
    path("items/edit/", item_edit.items_edit, name="items_edit"),
    path("imports/", imports.imports, name="imports"),
    path("imports/new/", imports.import_start, name="import_start"),
    path("imports/template-<slug:level>.xlsx", imports.import_template, name="import_template"),
    path("imports/<int:pk>/", imports.import_page, name="import_page"),
    path("imports/<int:pk>/columns/", imports.import_columns, name="import_columns"),
    path("imports/<int:pk>/reading/", imports.import_reading, name="import_reading"),
    path("imports/<int:pk>/preview/", imports.import_preview, name="import_preview"),
    path("imports/<int:pk>/rows/<int:row>/", import_rows.import_row, name="import_row"),
    path("imports/<int:pk>/units/", imports.import_units, name="import_units"),
    path("imports/<int:pk>/links/", imports.import_links, name="import_links"),
    path("imports/<int:pk>/confirm/", imports.import_confirm, name="import_confirm"),
    path("imports/<int:pk>/done/", imports.import_done, name="import_done"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<int:pk>/drop/", imports.import_drop, name="import_drop"),
    # Rules of judgement
    path("rules/", rules.rules, name="rules"),
    path("rules/new/", rules.rule_set_add, name="rule_set_add"),
    path("rules/<int:pk>/", rules.rule_set, name="rule_set"),
    path("rules/weights/", weights.weights, name="weights"),
    path("rules/weights/<slug:level>/<int:number>/", weights.item_weights, name="item_weights"),
    # The city's table
    path("city/", city_tables.city_tables, name="city_tables"),
    path("city/new/", city_tables.city_table_add, name="city_table_add"),
    path("city/<int:pk>/", city_tables.city_table, name="city_table"),
    path("city/<int:pk>/file/", city_tables.city_file, name="city_file"),
    path("city/<slug:level>/<int:number>/", city_tables.city_figure, name="city_figure"),
    # Bulletins
    path("bulletins/", bulletins.bulletins, name="bulletins"),
    path("bulletins/new/", bulletins.bulletin_add, name="bulletin_add"),
    path("bulletins/<int:pk>/", bulletins.bulletin, name="bulletin"),
    path("bulletins/<int:pk>/edit/", bulletins.bulletin_edit, name="bulletin_edit"),
    path("bulletins/<int:pk>/issue/", bulletins.bulletin_issue, name="bulletin_issue"),
    path("bulletins/<int:pk>/delete/", bulletins.bulletin_delete, name="bulletin_delete"),
    path("bulletins/<int:pk>.docx", bulletins.bulletin_docx, name="bulletin_docx"),
    path("bulletins/<int:pk>.xlsx", bulletins.bulletin_xlsx, name="bulletin_xlsx"),
    # Layouts
    path("layouts/", layouts.layouts, name="layouts"),
    path("layouts/new/", layouts.layout_add, name="layout_add"),
    path("layouts/sample.xlsx", layouts.layout_sample, name="layout_sample"),
    path("layouts/<slug:key>.xlsx", layouts.layout_excel, name="layout_excel"),
    path("layouts/<int:pk>/", layouts.layout, name="layout"),
    path("layouts/<int:pk>/delete/", layouts.layout_delete, name="layout_delete"),
    path("layouts/<int:pk>/template/", layouts.layout_template, name="layout_template"),
    # Every board as Excel, the year's end, evidence packs, long exports
    path("overview.xlsx", boards.overview_excel, name="overview_excel"),
    path("units.xlsx", boards.units_excel, name="units_excel"),
    path("units/<path:name>.xlsx", boards.unit_excel, name="unit_excel"),
    path("leaders.xlsx", boards.leaders_excel, name="leaders_excel"),
    path("leaders/<path:name>.xlsx", boards.leader_excel, name="leader_excel"),
    path("rounds.xlsx", boards.rounds_excel, name="rounds_excel"),
    path("rounds/<day:day>.xlsx", boards.round_excel, name="round_excel"),
    path("rounds/<day:day>/review.xlsx", boards.review_excel, name="review_excel"),
    path("rounds/<day:day>/unit-review.xlsx", boards.unit_review_excel, name="unit_review_excel"),
    path("slips.xlsx", boards.slips_excel, name="slips_excel"),
    path("bulletins.xlsx", boards.bulletins_excel, name="bulletins_excel"),
    path("items/<slug:level>/<int:number>.xlsx", evidence_pack.item_excel, name="item_excel"),
    path(
        "items/<slug:level>/<int:number>/evidence.zip",
        evidence_pack.evidence_pack,
        name="evidence_pack",
    ),
    path("year-end/", year_end.year_end, name="year_end"),
    path("year-end.xlsx", year_end.year_end_excel, name="year_end_excel"),
    path("year-end.docx", year_end.year_end_docx, name="year_end_docx"),
    path("year-end/votes/", year_end.satisfaction, name="satisfaction"),
    path("exports/", exports.exports, name="exports"),
    path("exports/new/<slug:kind>/", exports.export_start, name="export_start"),
    path("exports/<int:pk>/again/", exports.export_again, name="export_again"),
    path("exports/<int:pk>/file/", exports.export_file, name="export_file"),
]

# A city or province with its counties
region_urls = [
    path("", regions.region, name="region"),
    path("overview.xlsx", regions.region_excel, name="region_excel"),
    path("items/<int:pk>/", regions.region_item, name="region_item"),
    path("items/<int:pk>/split/", regions.region_split, name="region_split"),
    path("programmes/", regions.region_programmes, name="region_programmes"),
]

urlpatterns = [
    path("", overview.home, name="home"),
    path("about/", about.about, name="about"),
    path("guide/", guide.guide, name="guide"),
    path("notices/", notices.notices, name="notices"),
    path("regions/<county:code>/<year:year>/", include(region_urls)),
    path("<county:code>/<year:year>/", include(county_urls)),
]
