"""The county's own layouts: saving, deleting, their Excel templates. The only writer of them.

Each writer is one transaction with one row in the audit trail. Whoever saves says which state
of the layout was open; if it has changed since, nothing is written and the caller is told.
"""

from dataclasses import replace

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction

from livelihood.organisation.access import Permission, require
from livelihood.organisation.documents.tables import marks_of
from livelihood.organisation.models import LogEntry, Region
from livelihood.organisation.operations.audit import record
from progress.documents.layout_template import (
    IN_ROWS,
    Template,
    TemplateError,
    fill_template,
    read_template,
    try_template,
)
from progress.models import Bulletin
from progress.models import Layout as LayoutRow
from progress.operations.listing import list_table, slots_of
from progress.operations.standings import CountyState
from progress.rules.keys import key_of
from progress.rules.layout_columns import COLUMNS, RowsOf
from progress.rules.layouts import (
    GROUP_LABELS,
    ONLY_LABELS,
    READY_MADE,
    SORT_LABELS,
    GroupStyle,
    Layout,
    chosen,
    layout_from_dict,
    layout_to_dict,
)
from projects.models import ProjectList

# Who may make layouts: whoever writes what is printed in them.
MAY_EDIT = Permission.WRITE_BULLETINS
MOST_LAYOUTS = 60


class LayoutChangedError(Exception):
    """Somebody else saved or deleted the layout meanwhile; ``row`` is it now, None if gone."""

    def __init__(self, row: LayoutRow | None):
        super().__init__(
            "这个版式已被删除。"
            if row is None
            else f"这个版式在您打开之后已由{row.changed_by}修改。"
        )
        self.row = row


def layout_of(row: LayoutRow) -> Layout:
    """The layout that a row keeps, under the row's name.

    Raises:
        LayoutError: what is kept cannot be used any more.
    """
    return layout_from_dict({**row.spec, "name": row.name})


# -- Writing -------------------------------------------------------------------------------


@transaction.atomic
def save_layout(
    *, by, county: Region, layout: Layout, row: LayoutRow | None = None, edits: int = 0
) -> LayoutRow:
    """Save a layout: a new one, or ``row`` as it was opened.

    Args:
        by: somebody who may make layouts.
        county: whose.
        layout: checked.
        row: the layout to be changed; None for a new one.
        edits: ``row.edits`` as it was opened.

    Raises:
        PermissionDenied: ``by`` may not.
        LayoutChangedError: somebody else saved or deleted it meanwhile.
        ValidationError: the county has another layout of that name, or too many.
    """
    require(by, MAY_EDIT)
    # Two people who save at once come one after the other.
    Region.objects.filter(pk=county.pk).touch()
    if row is None:
        if LayoutRow.objects.filter(county=county).count() >= MOST_LAYOUTS:
            raise ValidationError(f"最多{MOST_LAYOUTS}个版式，请先删去不用的。")
        row, former = LayoutRow(county=county), None
    else:
        row = _current(row, edits)
        former = row.name, row.spec
    row.name, row.spec, row.changed_by = layout.name, layout_to_dict(layout), by
    row.edits += 1
    row.full_clean(exclude=["changed_by"])
    row.save()
    created = former is None
    record(
        by=by,
        subject=row,
        summary=f"{'新建' if created else '修改'}版式“{row.name}”",
        changes=_changes(former, row),
        action=LogEntry.Action.CREATE if created else LogEntry.Action.UPDATE,
    )
    return row


@transaction.atomic
def delete_layout(*, by, row: LayoutRow, edits: int) -> None:
    """Delete a layout with its template.

    Raises:
        PermissionDenied: ``by`` may not.
        LayoutChangedError: somebody else saved or deleted it meanwhile.
    """
    require(by, MAY_EDIT)
    Region.objects.filter(pk=row.county_id).touch()
    row = _current(row, edits)
    summary = f"删除版式“{row.name}”"
    record(by=by, subject=row, summary=summary, action=LogEntry.Action.DELETE)
    _drop_file(row)
    row.delete()


@transaction.atomic
def set_template(*, by, row: LayoutRow, edits: int, content: bytes, name: str) -> LayoutRow:
    """Keep an Excel file as the template of a layout, instead of the one before.

    Raises:
        PermissionDenied: ``by`` may not.
        LayoutChangedError: somebody else saved or deleted it meanwhile.
        TemplateError: the file cannot be filled; with everything that is wrong with it.
    """
    require(by, MAY_EDIT)
    try_template(read_template(content, name))
    return _change_template(by, row, edits, ContentFile(content, "template.xlsx"), f"上传“{name}”")


@transaction.atomic
def remove_template(*, by, row: LayoutRow, edits: int) -> LayoutRow:
    """Print a layout as usual again; errors as with ``set_template``."""
    require(by, MAY_EDIT)
    return _change_template(by, row, edits, None, "移除")


def _change_template(by, row: LayoutRow, edits: int, file, what: str) -> LayoutRow:
    Region.objects.filter(pk=row.county_id).touch()
    row = _current(row, edits)
    _drop_file(row)
    row.template = file
    row.changed_by = by
    row.edits += 1
    row.save()
    record(by=by, subject=row, summary=f"版式“{row.name}”的 Excel 模板：{what}")
    return row


def _current(row: LayoutRow, edits: int) -> LayoutRow:
    """The row as it now is, locked.

    Raises:
        LayoutChangedError: it is another than the one that was opened.
    """
    found = LayoutRow.objects.select_for_update(no_key=True).filter(pk=row.pk).first()
    if found is None or found.edits != edits:
        raise LayoutChangedError(found)
    return found


def _drop_file(row: LayoutRow) -> None:
    if row.template:
        storage, name = row.template.storage, row.template.name
        # Should the transaction fail, the row that names the file is still there.
        transaction.on_commit(lambda: storage.delete(name))


def _changes(former: tuple[str, dict] | None, row: LayoutRow) -> dict:
    old = {} if former is None else _in_words(*former)
    new = _in_words(row.name, row.spec)
    return {label: (old.get(label), new[label]) for label in new if old.get(label) != new[label]}


def _in_words(name: str, spec: dict) -> dict[str, str]:
    columns = spec.get("columns", ())
    return {
        "名称": name,
        "标题": spec.get("title", ""),
        "列": "、".join(column["heading"] for column in columns),
        "范围": ONLY_LABELS.get(spec.get("only"), ""),
        "分组": GROUP_LABELS.get(spec.get("group_by"), ""),
        "排序": SORT_LABELS.get(spec.get("sort"), ""),
    }


# -- Reading -------------------------------------------------------------------------------


def layout_by_key(county: Region, key: str) -> tuple[Layout, LayoutRow | None] | None:
    """A layout by the key of a ready-made one or the number of the county's own.

    Returns:
        The layout and its row (None for a ready-made one); None where there is none.

    Raises:
        LayoutError: what is kept cannot be used any more.
    """
    if key in READY_MADE:
        return READY_MADE[key].layout, None
    row = LayoutRow.objects.filter(county=county, pk=key_of(key)).first()
    return None if row is None else (layout_of(row), row)


def layout_choices(county: Region) -> list[tuple[str, str]]:
    """(key, name) of every layout that a county may use, its own first."""
    own = LayoutRow.objects.filter(county=county).order_by("name").values_list("pk", "name")
    ready = [(key, entry.layout.name) for key, entry in READY_MADE.items()]
    return [*((str(pk), name) for pk, name in own), *ready]


def template_of(row: LayoutRow) -> Template:
    """The checked template of a layout that has one.

    Raises:
        TemplateError: it cannot be filled any more, or its file is gone.
    """
    return read_template(template_file(row), f"{row.name}.xlsx")


def template_file(row: LayoutRow) -> bytes:
    """The file of a layout's template.

    Raises:
        TemplateError: it is gone.
    """
    try:
        with row.template.open("rb") as file:
            return file.read()
    except FileNotFoundError as error:
        words = f"版式“{row.name}”的模板文件找不到了，请重新上传，或移除模板后按版式的列打印。"
        raise TemplateError([words]) from error


def template_workbook(
    state: CountyState,
    layout: Layout,
    template: Template,
    *,
    level: str | None = None,
) -> bytes:
    """A list in a county's own Excel file.

    Args:
        state: the county's items.
        layout: says which items, and in which order; its columns are the template's.
        template: as ``template_of`` gave it.
        level: of which list instead of the layout's own; "" all lists.
    """
    titles = ProjectList.objects.titles(state.county, state.year)
    shown = replace(
        layout,
        columns=tuple(chosen(key) for key in template.keys),
        rows=RowsOf.ITEM,
        # A file has one row for every item, and none for the heading of a group.
        group_style=GroupStyle.MERGED,
        level=layout.level if level is None else level,
    )
    table = list_table(state, shown, titles=titles)
    once = slots_of(state.county, state.year, state.as_of, shown, titles) | {
        "标题": table.title,
        "期号": _issue(state),
        "项数": str(len(table.rows)),
        "说明": "".join(table.notes),
    }
    return fill_template(template, table, once, marks_of(table.notes))


def _issue(state: CountyState) -> str:
    """第N期 of the latest bulletin of the state's date; "" where none is issued."""
    issued = Bulletin.objects.filter(
        county=state.county, round__as_of=state.as_of, state=Bulletin.State.ISSUED
    )
    latest = issued.order_by("issued_on", "pk").last()
    return "" if latest is None else latest.issue


def placeholders() -> list[tuple[str, str]]:
    """(placeholder, what it stands for) of those in the row that is repeated."""
    return [(name, COLUMNS[key].note) for name, key in IN_ROWS.items()]
