"""The columns that a layout of a list may have: their words, headings, widths, kinds.

What stands in their cells is read elsewhere (progress.operations.listing_cells).
"""

from enum import StrEnum
from typing import NamedTuple


class RowsOf(StrEnum):
    """What a row of the table is; ``ROWS_LABELS`` has the words."""

    ITEM = "item"
    PLACE = "place"
    SITE = "site"


ROWS_LABELS = {
    RowsOf.ITEM: "每个条目一行",
    RowsOf.PLACE: "每个镇乡（街道）一行",
    RowsOf.SITE: "每个点位一行",
}


class ColumnSpec(NamedTuple):
    """A column on offer.

    ``word`` is its only name, in the chooser and in placeholders; ``heading`` what is printed
    above it unless the layout says otherwise; ``width`` counts half-width characters;
    ``kind`` is a value of the tables' ``Kind``. A ``shared`` column is one cell for rows that
    the list itself prints with one. ``of`` says which rows have it at all.
    """

    key: str
    word: str
    width: int
    kind: str
    note: str
    heading: str
    over: str
    shared: bool
    of: RowsOf


def _column(
    key: str,
    word: str,
    width: int,
    kind: str,
    note: str,
    *,
    heading: str = "",
    over: str = "",
    shared: bool = False,
    of: RowsOf = RowsOf.ITEM,
) -> ColumnSpec:
    return ColumnSpec(key, word, width, kind, note, heading or word, over, shared, of)


class Topic(NamedTuple):
    """Columns that belong together in the chooser."""

    name: str
    columns: tuple[ColumnSpec, ...]


TOPICS = (
    Topic(
        "编号和名称",
        (
            _column("number", "序号", 6, "count", "清单上的序号。"),
            _column("order", "顺序号", 6, "count", "本表内从1起的连续编号。", heading="序号"),
            _column("name", "编号", 9, "label", "层级加序号，如省级3。"),
            _column("level", "层级", 8, "label", "省级、市级或县级。"),
            _column("category", "项目名称", 14, "label", "清单的类别；按类别分组时可合并。"),
            _column(
                "category_numbered",
                "项目名称（编号）",
                14,
                "label",
                "类别前加一、二、三，编号依整张清单。",
                heading="项目名称",
            ),
            _column("title", "项目内容", 40, "text", "清单原文，有★的带★。"),
            _column(
                "title_plain", "项目内容（不带★）", 40, "text", "清单原文。", heading="项目内容"
            ),
            _column(
                "title_numbered",
                "项目内容（带序号）",
                44,
                "text",
                "序号写在内容前面，如“3.更新……”。",
                heading="项目内容",
            ),
            _column("project", "事项名称", 24, "text", "各清单共用的事项名称。"),
            _column("also_on", "同时列入", 16, "text", "同一事项在其他清单上的序号。"),
            _column("remark", "备注", 16, "label", "承诺的政府，有★的注明★。"),
        ),
    ),
    Topic(
        "目标和计划",
        (
            _column("targets", "指标任务", 30, "text", "各项目标的名称和数量。"),
            _column("target_values", "目标值", 14, "label", "只写数量。"),
            _column(
                "schedule", "工作进度安排", 48, "text", "清单原文，全年的安排。", shared=True
            ),
            _column("plan_month", "本月计划", 34, "text", "截至日期当月到期的节点。", shared=True),
            _column("plan_quarter", "本季度目标", 34, "text", "当季到期的节点。", shared=True),
            _column("plan_next", "下月计划", 34, "text", "下个月到期的节点。", shared=True),
            _column("plan_due", "已到期节点", 34, "text", "最近一次到期的节点。", shared=True),
            _column("period", "起止年限", 20, "label", "进度安排的起止月份。"),
            _column("last_due", "完成时限", 16, "date", "最后一个节点的到期日。"),
            _column("next_due", "下一节点", 16, "date", "下一个没有完成的节点的到期日。"),
        ),
    ),
    Topic(
        "进展",
        (
            _column("narrative", "目前实施情况", 42, "text", "最近一次填报的原文。", shared=True),
            _column(
                "former",
                "上期进展",
                36,
                "text",
                "上一期的原文。",
                heading="上期",
                over="进展情况",
                shared=True,
            ),
            _column(
                "latest",
                "最新进展",
                36,
                "text",
                "本期的原文，与“上期进展”并列。",
                heading="最新",
                over="进展情况",
                shared=True,
            ),
            _column(
                "fulfilment",
                "落实情况",
                42,
                "text",
                "先写当月计划已完成或未完成，再写进展。",
                shared=True,
            ),
            _column(
                "year_fulfilment",
                "年度落实情况",
                42,
                "text",
                "先写年度任务完成得怎样，再写进展。",
                heading="落实情况",
                shared=True,
            ),
            _column(
                "combined",
                "进展、问题及下一步打算",
                52,
                "text",
                "进展情况、存在问题、需要协调、下一步的节点合为一格。",
                heading="进展情况、存在问题及下一步打算",
            ),
            _column("figures", "累计完成数", 26, "text", "各项目标的累计数和占比。"),
            _column("planned", "计划进度", 11, "percent", "按进度安排此时应达到的百分比。"),
            _column("actual", "形象进度", 11, "percent", "填报的实际进度，即完成率。"),
            _column("variance", "偏差（百分点）", 11, "points", "实际减计划，负数为落后。"),
            _column(
                "progress_note",
                "当前进度",
                30,
                "text",
                "百分比，括号内为研判和存在的问题。",
            ),
            _column("reported", "本期填报", 10, "label", "已报或未报。"),
        ),
    ),
    Topic(
        "研判和对比",
        (
            _column("status", "研判", 11, "status", "已完成、按序时、滞后、未报等。"),
            _column("goal", "目标完成情况", 14, "label", "用通报的话说研判：顺利推进等。"),
            _column("outcome", "完成成效", 10, "label", "超额完成、完成、未完成或未填报，同年终。"),
            _column("flags", "提示", 16, "text", "停滞、存在问题、数据存疑等。"),
            _column("reason", "研判理由", 36, "text", "哪里落后，一句话。"),
            _column("overdue", "到期未完成节点", 34, "text", "已到期、填报说没有完成的节点。"),
            _column("below", "是否低于全市平均", 14, "status", "低于的写明，没有对比的留空。"),
            _column("county_figure", "本县数", 10, "percent", "全市对比表中的本县数。"),
            _column("city_average", "全市平均", 10, "percent", "全市对比表中的平均数。"),
            _column("city_gap", "与全市平均之差（百分点）", 12, "points", "本县数减全市平均。"),
            _column("rank", "位次", 9, "label", "全市对比表中的排名，如3/12。"),
        ),
    ),
    Topic(
        "问题和下步",
        (
            _column("problems", "存在问题", 32, "text", "最近一次填报的原文。"),
            _column("cause", "滞后原因", 32, "text", "单位填报的原因。"),
            _column("catch_up", "追赶期限", 16, "date", "单位承诺赶上计划的日期。"),
            _column("next_step", "下步计划", 34, "text", "下一批没有完成的节点。"),
            _column("help", "需协调事项", 30, "text", "单位填报的需要协调的事项。"),
        ),
    ),
    Topic(
        "责任",
        (
            _column(
                "unit_printed", "牵头单位", 16, "label", "清单上印的单位名称。", shared=True
            ),
            _column(
                "unit",
                "牵头单位（规范名称）",
                16,
                "label",
                "同一单位只用一个名称。",
                heading="牵头单位",
                shared=True,
            ),
            _column(
                "unit_person",
                "牵头单位及负责人",
                20,
                "label",
                "单位名称和责任人。",
                heading="牵头单位及主要负责人",
            ),
            _column("supporting", "配合单位", 24, "text", "清单上印的配合单位。"),
            _column("leader", "分管领导", 12, "label", "清单上印的责任领导。"),
            _column("person", "责任人", 12, "label", "清单上印的责任人。"),
        ),
    ),
    Topic(
        "点位和分解",
        (
            _column("sites", "实施点位", 34, "text", "清单点名的点位。"),
            _column("site_stages", "点位进展", 34, "text", "各点位填报的阶段和形象进度。"),
            _column("allocations", "任务分解", 34, "text", "各镇乡（街道）的任务数。"),
            _column("place", "镇乡（街道）", 16, "label", "一行一个镇乡。", of=RowsOf.PLACE),
            _column(
                "place_target", "镇乡任务数", 12, "number", "该镇乡的任务数。",
                heading="目标任务", of=RowsOf.PLACE,
            ),
            _column(
                "place_done", "镇乡完成数", 12, "number", "该镇乡填报的累计完成数。",
                heading="完成数", of=RowsOf.PLACE,
            ),
            _column(
                "place_rate", "镇乡完成比例", 12, "percent", "完成数占任务数的比例。",
                heading="完成比例", of=RowsOf.PLACE,
            ),
            _column("site", "点位", 28, "text", "一行一个点位。", of=RowsOf.SITE),
            _column(
                "site_stage", "点位阶段", 12, "label", "该点位填报的阶段。",
                heading="当前阶段", of=RowsOf.SITE,
            ),
            _column(
                "site_percent", "点位形象进度", 12, "percent", "该点位填报的形象进度。",
                heading="形象进度", of=RowsOf.SITE,
            ),
        ),
    ),
    Topic(
        "日期和销号",
        (
            _column("as_of", "截至日期", 16, "date", "本表的截至日期。"),
            _column("declared", "单位报完成", 16, "date", "牵头单位申报完成的日期。"),
            _column("verified", "核实", 16, "date", "县府办核实的日期。"),
            _column("closed", "上级销号", 16, "date", "上级销号的日期。"),
        ),
    ),
)  # fmt: skip

COLUMNS = {column.key: column for topic in TOPICS for column in topic.columns}
BY_WORD = {column.word: column for column in COLUMNS.values()}
