"""版式: which columns, rows and order a county wants of a list. Pure values, no database.

A layout that is kept or typed is checked as a whole: all that is wrong is said at once, in
Chinese, each with the field it belongs to.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple

from progress.rules.layout_columns import COLUMNS, ROWS_LABELS, RowsOf

NAME_LIMIT, TITLE_LIMIT, HEADING_LIMIT, UNIT_LIMIT, LEADER_LIMIT = 40, 120, 40, 50, 30
MOST_COLUMNS = 20
WIDTHS = range(4, 121)
DECIMALS = range(3)
LEVELS = {"": "全部清单", "province": "省级", "city": "市级", "county": "县级"}


class GroupBy(StrEnum):
    """By what items are put together; ``GROUP_LABELS`` has the words."""

    NOTHING = ""
    CATEGORY = "category"
    UNIT = "unit"
    LEADER = "leader"
    LEVEL = "level"
    STATUS = "status"


GROUP_LABELS = {
    GroupBy.NOTHING: "不分组",
    GroupBy.CATEGORY: "按类别（项目名称）",
    GroupBy.UNIT: "按牵头单位",
    GroupBy.LEADER: "按分管领导",
    GroupBy.LEVEL: "按层级",
    GroupBy.STATUS: "按研判",
}
# The columns that say which group a row is in: one of them becomes the merged cell.
GROUP_COLUMNS = {
    GroupBy.NOTHING: (),
    GroupBy.CATEGORY: ("category", "category_numbered"),
    GroupBy.UNIT: ("unit_printed", "unit"),
    GroupBy.LEADER: ("leader",),
    GroupBy.LEVEL: ("level",),
    GroupBy.STATUS: ("status", "goal"),
}


class GroupStyle(StrEnum):
    """How a group is shown; ``STYLE_LABELS`` has the words."""

    ROWS = "rows"
    MERGED = "merged"


STYLE_LABELS = {GroupStyle.ROWS: "每组上面一行标题", GroupStyle.MERGED: "合并单元格"}


class Only(StrEnum):
    """Which items are listed; ``ONLY_LABELS`` has the words."""

    ALL = "all"
    UNFINISHED = "unfinished"
    BEHIND = "behind"
    ATTENTION = "attention"
    IN_STEP = "in_step"
    BELOW = "below"
    COMPLETED = "completed"
    NOT_REPORTED = "not_reported"
    PROBLEM = "problem"


ONLY_LABELS = {
    Only.ALL: "全部",
    Only.UNFINISHED: "未完成的",
    Only.BEHIND: "滞后的（含严重滞后）",
    Only.ATTENTION: "需要关注的",
    Only.IN_STEP: "按序时推进的（含超序时）",
    Only.BELOW: "低于全市平均的",
    Only.COMPLETED: "已完成的",
    Only.NOT_REPORTED: "本期未报的",
    Only.PROBLEM: "存在问题的",
}


class Sort(StrEnum):
    """In which order, within a group; ``SORT_LABELS`` has the words."""

    LIST = "list"
    WORST = "worst"
    UNIT = "unit"
    VARIANCE = "variance"
    PROGRESS = "progress"


SORT_LABELS = {
    Sort.LIST: "清单顺序",
    Sort.WORST: "研判由重到轻",
    Sort.UNIT: "按牵头单位",
    Sort.VARIANCE: "落后最多的在前",
    Sort.PROGRESS: "实际进度由高到低",
}

# What a title or a heading may leave open, and an example.
SLOTS = {
    "年度": "2023",
    "县名": "苍南县",
    "层级": "省级",
    "清单名称": "2023年省政府民生实事项目实施计划",
    "截至日期": "2023年4月10日",
    "月日": "4月10日",
    "月份": "4月",
    "下月": "5月",
    "季度": "第二季度",
}
CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
SLOT = re.compile(r"\{([^{}]*)\}")


class Chosen(NamedTuple):
    """A column as a layout prints it; neighbours with the same ``over`` share that heading."""

    key: str
    heading: str
    width: int
    over: str = ""


@dataclass(frozen=True)
class Layout:
    """How a list is printed. "" as ``level`` is all lists, as ``unit`` and ``leader`` any."""

    name: str
    columns: tuple[Chosen, ...]
    level: str = ""
    rows: RowsOf = RowsOf.ITEM
    group_by: GroupBy = GroupBy.NOTHING
    group_style: GroupStyle = GroupStyle.ROWS
    only: Only = Only.ALL
    unit: str = ""
    leader: str = ""
    starred: bool = False
    sort: Sort = Sort.LIST
    decimals: int = 1
    title: str = "{清单名称}（截至{月日}）"


class Problem(NamedTuple):
    """One thing that is wrong with a layout, and where: a field's name, or ``columns``."""

    field: str
    words: str


class LayoutError(Exception):
    """A layout that cannot be used; ``problems`` are all that is wrong with it."""

    def __init__(self, problems: list[Problem]):
        super().__init__("".join(problem.words for problem in problems))
        self.problems = problems


def chosen(key: str, heading: str = "", width: int = 0, over: str | None = None) -> Chosen:
    """A known column with its own heading, width and upper heading where none are given."""
    spec = COLUMNS[key]
    return Chosen(
        key, heading or spec.heading, width or spec.width, spec.over if over is None else over
    )


def layout_to_dict(layout: Layout) -> dict:
    """A layout in values that JSON knows."""
    kept = asdict(layout)
    kept["columns"] = [column._asdict() for column in layout.columns]
    return kept


_CHOICES = {
    "level": ("清单", LEVELS),
    "rows": ("行", ROWS_LABELS),
    "group_by": ("分组", GROUP_LABELS),
    "group_style": ("分组方式", STYLE_LABELS),
    "only": ("范围", ONLY_LABELS),
    "sort": ("排序", SORT_LABELS),
}


def layout_from_dict(kept: Mapping) -> Layout:
    """The layout that ``layout_to_dict`` made ``kept`` of, or that somebody typed.

    Raises:
        LayoutError: with all that is wrong.
    """
    problems: list[Problem] = []
    values = {}
    for field, (label, choices) in _CHOICES.items():
        values[field] = kept.get(field, getattr(Layout, field))
        if not isinstance(values[field], str) or values[field] not in choices:
            problems.append(Problem(field, f"“{label}”没有“{_short(values[field])}”这个选项。"))
            values[field] = getattr(Layout, field)
    for field in ("name", "unit", "leader", "title"):
        value = kept.get(field, getattr(Layout, field, ""))
        values[field] = _plain(value) if isinstance(value, str) else ""
    values["starred"] = bool(kept.get("starred", False))
    values["decimals"] = kept.get("decimals", 1)
    columns = list(_columns(kept.get("columns", ()), problems))
    layout = Layout(
        **values
        | {
            "columns": tuple(columns),
            "rows": RowsOf(values["rows"]),
            "group_by": GroupBy(values["group_by"]),
            "group_style": GroupStyle(values["group_style"]),
            "only": Only(values["only"]),
            "sort": Sort(values["sort"]),
        }
    )
    problems += problems_of(layout)
    if problems:
        raise LayoutError(problems)
    return layout


def _plain(text: str) -> str:
    """A text on one line, without what neither databases nor files can hold."""
    return CONTROL.sub("", " ".join(text.split()))


def _short(value: object) -> str:
    return str(value)[:20]


def _columns(kept: object, problems: list[Problem]) -> Iterator[Chosen]:
    if not isinstance(kept, list | tuple):
        problems.append(Problem("columns", "列的写法无法识别。"))
        return
    for column in kept:
        if not isinstance(column, Mapping) or column.get("key") not in COLUMNS:
            key = column.get("key") if isinstance(column, Mapping) else column
            problems.append(Problem("columns", f"没有“{_short(key)}”这一列。"))
            continue
        width = column.get("width", COLUMNS[column["key"]].width)
        heading, over = (_plain(str(column.get(name) or "")) for name in ("heading", "over"))
        if not isinstance(width, int) or isinstance(width, bool):
            word = COLUMNS[column["key"]].word
            problems.append(Problem("columns", f"“{word}”的列宽应为整数。"))
            width = COLUMNS[column["key"]].width
        yield Chosen(column["key"], heading, width, over)


def problems_of(layout: Layout) -> list[Problem]:
    """All that is wrong with a layout whose values are of the right kind; [] if it can be used."""
    return [
        *_text_problems(layout),
        *_column_problems(layout),
        *_group_problems(layout),
        *_row_problems(layout),
    ]


def _text_problems(layout: Layout) -> Iterator[Problem]:
    for field, label, limit in (
        ("name", "名称", NAME_LIMIT),
        ("title", "标题", TITLE_LIMIT),
        ("unit", "牵头单位", UNIT_LIMIT),
        ("leader", "分管领导", LEADER_LIMIT),
    ):
        value = getattr(layout, field)
        if not value and field in ("name", "title"):
            yield Problem(field, f"请填写{label}。")
        if len(value) > limit:
            yield Problem(field, f"{label}不超过{limit}个字。")
    for words in slot_problems(layout.title):
        yield Problem("title", f"标题中{words}")
    if layout.decimals not in DECIMALS or isinstance(layout.decimals, bool):
        yield Problem("decimals", "小数位数只能是0、1或2。")


def _column_problems(layout: Layout) -> Iterator[Problem]:
    if not layout.columns:
        yield Problem("columns", "请至少选一列。")
    if len(layout.columns) > MOST_COLUMNS:
        yield Problem("columns", f"最多{MOST_COLUMNS}列，现在选了{len(layout.columns)}列。")
    seen = set()
    for column in layout.columns:
        word = COLUMNS[column.key].word
        if column.key in seen:
            yield Problem("columns", f"“{word}”选了两次。")
        seen.add(column.key)
        if not column.heading:
            yield Problem("columns", f"“{word}”没有列名。")
        if max(len(column.heading), len(column.over)) > HEADING_LIMIT:
            yield Problem("columns", f"“{word}”的列名不超过{HEADING_LIMIT}个字。")
        if column.width not in WIDTHS:
            yield Problem(
                "columns",
                f"“{word}”的列宽应在{WIDTHS.start}至{WIDTHS.stop - 1}之间，现在是{column.width}。",
            )
        for words in (*slot_problems(column.heading), *slot_problems(column.over)):
            yield Problem("columns", f"“{word}”的列名中{words}")


def _group_problems(layout: Layout) -> Iterator[Problem]:
    if layout.group_by is GroupBy.NOTHING or layout.group_style is not GroupStyle.MERGED:
        return
    shown = GROUP_COLUMNS[layout.group_by]
    if not {column.key for column in layout.columns} & set(shown):
        words = "或".join(f"“{COLUMNS[key].word}”" for key in shown)
        yield Problem(
            "group_style",
            f"{GROUP_LABELS[layout.group_by]}合并单元格，须选{words}列；"
            f"不选就改为“{STYLE_LABELS[GroupStyle.ROWS]}”。",
        )


def _row_problems(layout: Layout) -> Iterator[Problem]:
    for column in layout.columns:
        spec = COLUMNS[column.key]
        if spec.of not in (RowsOf.ITEM, layout.rows):
            yield Problem("columns", f"“{spec.word}”列只在“{ROWS_LABELS[spec.of]}”的版式中可用。")
    needed = {RowsOf.PLACE: "place", RowsOf.SITE: "site"}.get(layout.rows)
    if needed and needed not in {column.key for column in layout.columns}:
        yield Problem(
            "columns", f"“{ROWS_LABELS[layout.rows]}”的版式须选“{COLUMNS[needed].word}”列。"
        )


def slot_problems(pattern: str) -> Iterator[str]:
    """What is wrong with the slots of a pattern, one sentence's end each."""
    for slot in SLOT.findall(pattern):
        if slot not in SLOTS:
            near = get_close_matches(slot, SLOTS, 1, 0.3)
            hint = f"，是不是“{{{near[0]}}}”" if near else ""
            yield f"没有“{{{slot}}}”这个空位{hint}；可用的有{slots_in_words()}。"
    if re.search("[{}]", SLOT.sub("", pattern)):
        yield "的花括号没有成对。"


def slots_in_words() -> str:
    """All slots as they are typed."""
    return "、".join(f"{{{slot}}}" for slot in SLOTS)


def filled(pattern: str, values: Mapping[str, str]) -> str:
    """A pattern with its slots filled; ``values`` has all of ``SLOTS``."""
    return SLOT.sub(lambda match: values[match[1]], pattern)


# -- Ready-made ----------------------------------------------------------------------------


class ReadyMade(NamedTuple):
    """A layout on offer, and what it is for."""

    layout: Layout
    use: str


def _standard(level: str, name: str, *columns: Chosen, **more) -> Layout:
    return Layout(name=f"标准三表（{name}）", columns=columns, level=level, **more)


_CATEGORY_MERGED = {"group_by": GroupBy.CATEGORY, "group_style": GroupStyle.MERGED}
# Lists number their items each for itself: over all lists each stands under its level.
_BY_LEVEL = {"group_by": GroupBy.LEVEL}
_PLAIN_TITLE = "{年度}年{县名}民生实事"

READY_MADE: dict[str, ReadyMade] = {
    "standard_province": ReadyMade(
        _standard(
            "province",
            "省级",
            chosen("number"),
            chosen("title"),
            chosen("schedule"),
            chosen("narrative"),
            chosen("unit_printed"),
        ),
        "通报附件：省政府民生实事项目实施计划。",
    ),
    "standard_city": ReadyMade(
        _standard(
            "city",
            "市级",
            chosen("category_numbered"),
            chosen("number"),
            chosen("title"),
            chosen("schedule"),
            chosen("narrative"),
            chosen("unit_printed"),
            **_CATEGORY_MERGED,
        ),
        "通报附件：市政府民生实事项目实施计划，项目名称合并。",
    ),
    "standard_county": ReadyMade(
        _standard(
            "county",
            "县级",
            chosen("category", "实事名称"),
            chosen("title_numbered", "项目内容（含具体点位）"),
            chosen("schedule", "工作计划和进度安排"),
            chosen("narrative"),
            chosen("unit_printed"),
            **_CATEGORY_MERGED,
        ),
        "通报附件：县政府民生实事项目实施计划，实事名称合并。",
    ),
    "unfinished": ReadyMade(
        Layout(
            "未完成项目表",
            (
                chosen("order"),
                chosen("title"),
                chosen("progress_note"),
                chosen("unit_printed"),
                chosen("remark"),
            ),
            only=Only.UNFINISHED,
            title=_PLAIN_TITLE + "未完成项目表（截至{月日}）",
        ),
        "年底前后盘点还没有完成的项目。",
    ),
    "month": ReadyMade(
        Layout(
            "月度计划对照表",
            (
                chosen("name", "序号"),
                chosen("title"),
                chosen("plan_month", "{月份}工作计划"),
                chosen("unit_printed"),
                chosen("fulfilment"),
            ),
            group_by=GroupBy.UNIT,
            group_style=GroupStyle.MERGED,
            title=_PLAIN_TITLE + "{月份}计划落实情况",
        ),
        "每月对照当月计划，已完成、未完成写在前面。",
    ),
    "fulfilment": ReadyMade(
        Layout(
            "年度任务落实情况表",
            (
                chosen("number"),
                chosen("title"),
                chosen("unit_printed"),
                chosen("year_fulfilment"),
            ),
            **_BY_LEVEL,
            title=_PLAIN_TITLE + "落实情况（截至{月日}）",
        ),
        "下半年通报：提前完成、基本完成、正在推进。",
    ),
    "rate": ReadyMade(
        Layout(
            "完成率表",
            (
                chosen("title"),
                chosen("planned", "{月份}计划进度"),
                chosen("narrative", "实际进度情况"),
                chosen("actual", "完成率"),
                chosen("unit_printed", "责任单位"),
                chosen("leader", "具体分管领导"),
            ),
            **_BY_LEVEL,
            title=_PLAIN_TITLE + "进度表（截至{月日}）",
        ),
        "计划进度和完成率并列，写明分管领导。",
    ),
    "year_end": ReadyMade(
        Layout(
            "年度完成情况表",
            (
                chosen("number"),
                chosen("title"),
                chosen("narrative", "年度完成情况", 36),
                chosen("figures"),
                chosen("outcome"),
                chosen("unit_printed", "责任单位"),
                chosen("person"),
            ),
            **_BY_LEVEL,
            title=_PLAIN_TITLE + "年度完成情况",
        ),
        "年终总结：完成数、完成成效（完成或超额完成）、责任人。",
    ),
    "states": ReadyMade(
        Layout(
            "进展状态表",
            (
                chosen("number"),
                chosen("title", "任务"),
                chosen("unit_printed", "单位"),
                chosen("narrative", "进展"),
                chosen("status", "状态"),
            ),
            **_BY_LEVEL,
            title=_PLAIN_TITLE + "进展情况（截至{月日}）",
        ),
        "一行一项，末列写按序时、滞后等状态。",
    ),
    "in_step": ReadyMade(
        Layout(
            "按序时推进项目表",
            (
                chosen("order"),
                chosen("title", "实事内容"),
                chosen("unit_printed"),
                chosen("narrative", "进展情况"),
            ),
            only=Only.IN_STEP,
            title=_PLAIN_TITLE + "按序时推进项目（截至{月日}）",
        ),
        "单列按序时和超序时推进的项目。",
    ),
    "sites": ReadyMade(
        Layout(
            "点位推进表",
            (
                chosen("number"),
                chosen("title", "实事名称"),
                chosen("target_values", "指标任务"),
                chosen("unit_printed", "责任单位"),
                chosen("sites"),
                chosen("last_due"),
                chosen("narrative", "进展情况"),
                chosen("next_step"),
            ),
            **_BY_LEVEL,
            title=_PLAIN_TITLE + "推进情况（截至{月日}）",
        ),
        "半年通报：指标任务、实施点位、完成时限、下步计划。",
    ),
    "quarter": ReadyMade(
        Layout(
            "季度目标表",
            (
                chosen("number"),
                chosen("title", "工作任务"),
                chosen("unit_printed", "责任单位"),
                chosen("plan_quarter", "{季度}目标"),
                chosen("combined"),
                chosen("goal"),
            ),
            **_BY_LEVEL,
            title=_PLAIN_TITLE + "{季度}目标完成情况",
        ),
        "每季度对照目标，进展、问题和打算写在一格。",
    ),
    "image": ReadyMade(
        Layout(
            "形象进度表",
            (
                chosen("number"),
                chosen("title", "目标任务"),
                chosen("leader", "牵头领导"),
                chosen("unit_printed", "责任单位"),
                chosen("narrative", "进展情况"),
                chosen("actual"),
            ),
            **_BY_LEVEL,
            title=_PLAIN_TITLE + "形象进度（截至{月日}）",
        ),
        "每月通报：牵头领导和形象进度。",
    ),
    "subprojects": ReadyMade(
        Layout(
            "子项目推进表",
            (
                chosen("number"),
                chosen("project", "项目名称"),
                chosen("period"),
                chosen("targets", "子项目"),
                chosen("title", "具体内容"),
                chosen("figures", "具体完成情况"),
                chosen("narrative", "截至{月份}底进展"),
                chosen("plan_next", "{下月}工作计划"),
            ),
            **_BY_LEVEL,
            title=_PLAIN_TITLE + "推进情况（{月份}）",
        ),
        "项目分成子项目，写明本月进展和下月计划。",
    ),
    "former": ReadyMade(
        Layout(
            "上期对照表",
            (
                chosen("number"),
                chosen("category"),
                chosen("title", "内容和目标"),
                chosen("former"),
                chosen("latest"),
                chosen("unit_printed", "主办", over="承办单位"),
                chosen("supporting", "协办", over="承办单位"),
            ),
            **_BY_LEVEL,
            title=_PLAIN_TITLE + "进展情况（截至{月日}）",
        ),
        "上期和最新进展并列，主办、协办分列。",
    ),
    "places": ReadyMade(
        Layout(
            "镇乡任务分解表",
            (
                chosen("number"),
                chosen("title"),
                chosen("place"),
                chosen("place_target"),
                chosen("place_done"),
                chosen("place_rate"),
            ),
            rows=RowsOf.PLACE,
            **_BY_LEVEL,
            title=_PLAIN_TITLE + "镇乡任务完成情况（截至{月日}）",
        ),
        "分镇乡（街道）的目标任务、完成数和完成比例，每项有合计。",
    ),
    "leaders": ReadyMade(
        Layout(
            "分管领导表",
            (
                chosen("leader"),
                chosen("category", "大类"),
                chosen("name", "序号"),
                chosen("title", "工作任务"),
                chosen("unit_person"),
                chosen("narrative", "落实进展情况"),
            ),
            group_by=GroupBy.LEADER,
            group_style=GroupStyle.MERGED,
            title=_PLAIN_TITLE + "分管领导责任表（截至{月日}）",
        ),
        "按分管领导汇总，写明牵头单位和主要负责人。",
    ),
    "behind": ReadyMade(
        Layout(
            "滞后项目表",
            (
                chosen("name"),
                chosen("title"),
                chosen("status"),
                chosen("planned"),
                chosen("actual"),
                chosen("variance"),
                chosen("reason"),
                chosen("cause"),
                chosen("catch_up"),
                chosen("unit_printed"),
            ),
            only=Only.BEHIND,
            sort=Sort.WORST,
            title=_PLAIN_TITLE + "滞后项目表（截至{月日}）",
        ),
        "滞后和严重滞后的项目：计划、实际、原因、追赶期限。",
    ),
    "below": ReadyMade(
        Layout(
            "低于全市平均项目表",
            (
                chosen("name"),
                chosen("title"),
                chosen("unit_printed"),
                chosen("county_figure"),
                chosen("city_average"),
                chosen("city_gap"),
                chosen("rank"),
                chosen("problems"),
            ),
            only=Only.BELOW,
            sort=Sort.UNIT,
            title=_PLAIN_TITLE + "低于全市平均项目表（截至{月日}）",
        ),
        "全市对比表中低于平均的项目和位次。",
    ),
}
