"""Finding tables in a grid: where the head is and what each column holds.

Counties name the same column in many ways (项目内容, 工作任务, 实事内容, 目标任务 …). What
is not sure is asked, and any column can be put right by hand (``with_roles``).
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from projects.documents.grids import GridRow, SheetGrid


class Role(StrEnum):
    """What a column holds."""

    NUMBER = "number"
    CATEGORY = "category"
    TITLE = "title"
    SCHEDULE = "schedule"
    STATUS = "status"
    LEAD_UNIT = "lead_unit"
    SUPPORTING_UNITS = "supporting_units"
    LEADER = "leader"
    PERSON = "person"
    SITES = "sites"
    ALLOCATIONS = "allocations"


ROLE_WORDS = {
    Role.NUMBER: "序号",
    Role.CATEGORY: "项目名称（大类）",
    Role.TITLE: "项目内容",
    Role.SCHEDULE: "工作进度安排",
    Role.STATUS: "目前实施情况",
    Role.LEAD_UNIT: "牵头单位",
    Role.SUPPORTING_UNITS: "配合单位",
    Role.LEADER: "责任领导",
    Role.PERSON: "责任人",
    Role.SITES: "具体点位",
    Role.ALLOCATIONS: "任务分解",
}

PERIOD = (
    r"(?:第?[一二三四1-4]季度?|[上下]半年|(?:20\d\d年)?(?:[1-9]|1[0-2])"
    r"(?:[-—–~～至到](?:[1-9]|1[0-2]))?月(?:份|底|末|[上中下]旬|\d{1,2}日)?前?)"
)
# A heading without blanks and brackets, and what it then means. The first that matches counts,
# full matches before partial ones.
FULL = 1.0
PARTIAL = 0.7
WEAK = 0.5
EXACT: tuple[tuple[Role, str], ...] = (
    (Role.NUMBER, r"(项目|任务|指标|事项)?(序号|编号|序)|no\.?|号"),
    (Role.CATEGORY, r"(实事|项目|任务|工作)?(大类|类别|分类|领域|方面|板块)|所属(领域|类别)|类型"),
    (
        Role.TITLE,
        r"(项目|实事|民生实事|任务|工作|建设|主要|具体|目标|实施|指标|年度|年度工作|年度建设|实事项目)"
        r"(内容|任务|目标任务|任务目标)|(内容|任务)(和|及|与)?目标|目标任务|指标内容|子项目|任务|内容"
        r"|(项目|实事)(名称)?(和|及|与)内容|(实事|民生实事)?指标|目标",
    ),
    (
        Role.SCHEDULE,
        r"(工作|时间|实施|计划|推进|项目|年度|月度|季度)*"
        r"(进度|计划|节点|安排|时限|要求|步骤)*(和|及|与)?(进度)?"
        r"(安排|计划|节点|时限|时间|进度计划|计划进度)|(完成|办结)(时限|时间|期限|日期)|阶段(性)?目标"
        r"|序时进度|进度要求|进度安排",
    ),
    (
        Role.STATUS,
        r"(目前|当前|最新|实际|具体|年度|累计|本期|本月|工作|项目|落实|总体|推进|完成|任务|实施|上期|上月|"
        r"上期工作)*(实施|完成|进展|落实|推进|进度|办理)(情况|进展|成效|进度|状态)?|最新|上期|进展|状态|成效",
    ),
    (
        Role.LEAD_UNIT,
        r"(牵头|责任|主办|承办|实施|主管|主要|负责|牵头责任|责任牵头)(单位|部门|主体)|主办|牵头|单位|部门",
    ),
    (Role.SUPPORTING_UNITS, r"(配合|协办|协同|参与|协助|协作|会办|联办)(单位|部门|责任单位)?"),
    (
        Role.LEADER,
        r"(具体|牵头|责任|分管|挂钩|包保|联系|领衔|包联)+(市|县|区|州)?(委|政府)?领导|县?领导|领导",
    ),
    (Role.PERSON, r"(具体|第一|主要|直接|项目)?(责任人|负责人|联系人|经办人)(员)?"),
    (
        Role.SITES,
        r"(具体|实施|建设|项目)?(点位|地点|位置)(名称|名单|清单)?|(实施|建设)地(址)?",
    ),
    (Role.ALLOCATIONS, r"(目标)?任务分解(情况)?|分解任务|任务分配|指标分解"),
)
WITHIN: tuple[tuple[Role, str], ...] = (
    (Role.SUPPORTING_UNITS, r"配合|协办|协同单位|参与单位"),
    (Role.ALLOCATIONS, r"任务分解"),
    (
        Role.STATUS,
        r"(进展|完成|实施|落实|推进|实际进度)(情况|成效)|截[至止].*(进展|进度|完成)|当前进度",
    ),
    (
        Role.TITLE,
        r"(项目|实事|任务|工作|具体|建设)(内容|任务)|目标任务|任务目标|(工作|年度|总体|具体)目标",
    ),
    (Role.SCHEDULE, r"进度安排|时间节点|(工作|实施|推进|月度|年度)计划|计划进度|完成时限|时间安排"),
    (Role.LEAD_UNIT, r"(牵头|责任|主办|承办|实施|主管)(单位|部门)"),
    (Role.LEADER, r"领导"),
    (Role.PERSON, r"责任人|负责人|联系人"),
    (Role.SITES, r"点位"),
    (Role.CATEGORY, r"大类|类别"),
)
# 项目名称 is the group where another column has the content, and else the content itself.
NAME = re.compile(r"(民生)?(项目|实事|实事项目|工程|任务|工作|事项)(名称)?|名称")
FIGURE = re.compile(
    r"(完成|进度|任务完成)(率|比例|百分比)|形象进度|完成%|状态|目标完成情况|评价|完成成效"
)
PERIOD_HEAD = re.compile(
    rf"(?P<period>{PERIOD})的?(?:工作|任务|计划|目标|进度|安排|节点|要求|完成)*"
)
STATUS_HEAD = re.compile(
    rf"(?:截[至止])?(?:20\d\d年)?{PERIOD}.*(情况|进展|实绩|实际完成|已完成|落实)"
)
BRACKETS = re.compile(r"[（(\[【][^）)\]】]*[）)\]】]?")
# What a column holds when nothing says so.
NUMBERED = re.compile(r"[（(]?\d{1,3}[）).、]?|[一二三四五六七八九十]{1,3}")
UNIT = re.compile(r".{2,20}(局|委|办|部|联|中心|会|大队|院|政府|公司|集团|团县委|团委|街道|镇|乡)")
PLANNED = re.compile(r"季度|月(份|底)?[:：完]|\d月|月底|年底")
TOLD = re.compile(r"已|正在|目前|尚未|完成了")

# What a title over a table holds, and which of several columns on progress is the latest.
TITLE_WORDS = re.compile(
    r"实事|清单|计划表|实施计划|分解|一览|汇总|通报|进展|附件|进度表|责任表|20\d\d年"
)
LATEST = re.compile(r"最新|本期|本月|目前|当前")
EARLIER = re.compile(r"上期|上月|上年|去年|上次")
HEAD_DATE = re.compile(r"(?:(20\d\d)年)?(\d{1,2})月(?:(\d{1,2})日)?|第?([一二三四1-4])季")
QUARTERS = {"一": 3, "二": 6, "三": 9, "四": 12, "1": 3, "2": 6, "3": 9, "4": 12}

LONGEST_HEADING = 40
LONGEST_KEY = 24
SENTENCE = re.compile(r"[。；;！★]")
DEEPEST_HEAD = 3
LONGEST_NAME = 60
SINGLE = (
    Role.NUMBER,
    Role.CATEGORY,
    Role.TITLE,
    Role.LEAD_UNIT,
    Role.SUPPORTING_UNITS,
    Role.LEADER,
    Role.PERSON,
    Role.SITES,
    Role.ALLOCATIONS,
)
# Of two columns that could be the lead unit's or the content's, the one that says so more.
PREFERRED = {
    Role.LEAD_UNIT: ("牵头", "主办", "责任", "承办", "实施"),
    Role.TITLE: ("内容", "目标任务", "工作任务", "指标任务", "任务", "子项目"),
    Role.LEADER: ("分管", "责任领导", "牵头", "领导"),
    Role.PERSON: ("责任人", "负责人"),
}


@dataclass(frozen=True)
class Column:
    """One column: its heading as printed, what it holds (None: something else, kept beside),
    how sure that is (0 to 1), and the period that the heading names (一季度, 8月)."""

    index: int
    heading: str
    role: Role | None
    confidence: float
    period: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Table:
    """One list in a grid: its head, its columns, the rows under it.

    ``before`` holds the rows between the last table and the head; ``questions`` what the
    columns leave open, in Chinese.
    """

    grid: SheetGrid
    name: str
    before: tuple[GridRow, ...]
    head: tuple[GridRow, ...]
    rows: tuple[GridRow, ...]
    columns: tuple[Column, ...]
    questions: tuple[str, ...] = ()

    def of(self, role: Role) -> list[Column]:
        """The columns that hold this, from left to right."""
        return [column for column in self.columns if column.role is role]

    def first(self, role: Role) -> Column | None:
        """The only, or leftmost, column that holds this."""
        return next(iter(self.of(role)), None)


@dataclass
class _Found:
    """A head at a position among the grid's rows."""

    start: int
    end: int
    columns: tuple[Column, ...]
    questions: tuple[str, ...] = field(default=())


def heading_key(text: str) -> str:
    """A heading without what varies: blanks, brackets, width of characters, case."""
    text = "".join(unicodedata.normalize("NFKC", text).split()).lower()
    return BRACKETS.sub("", text).strip("：:*★☆")


def find_tables(grid: SheetGrid) -> list[Table]:
    """The lists in a grid, from top to bottom; none where nothing looks like one.

    A head that comes again under the same title only repeats it (a table over several pages);
    under another title, or with other columns, it begins another list.
    """
    heads = _heads(grid)
    if not heads:
        return _without_head(grid)
    tables = []
    begin = 0
    for position, found in enumerate(heads):
        following = heads[position + 1] if position + 1 < len(heads) else None
        end = _title_start(grid, following.start) if following else len(grid.rows)
        before = tuple(grid.rows[begin : found.start])
        tables.append(
            Table(
                grid,
                _name(grid, before, first=position == 0),
                before,
                tuple(grid.rows[found.start : found.end]),
                tuple(grid.rows[found.end : end]),
                found.columns,
                found.questions,
            )
        )
        begin = end
    return tables


def with_roles(table: Table, roles: Mapping[int, Role | None]) -> Table:
    """The table with columns put right by hand: what was chosen is sure, questions are gone.

    Args:
        table: as it was found.
        roles: what a column holds, by its index; columns not named stay as they are, except
            that a role chosen for one column is taken from the others where only one may
            have it.
    """
    taken = {role for role in roles.values() if role in SINGLE}

    def corrected(column: Column) -> Column:
        if column.index in roles:
            return replace(column, role=roles[column.index], confidence=FULL)
        return replace(column, role=None) if column.role in taken else column

    return replace(table, columns=tuple(map(corrected, table.columns)), questions=())


def is_head_again(table: Table, row: GridRow) -> bool:
    """Whether a row repeats the head, as on the next page."""
    if any(len(cell) > LONGEST_HEADING for cell in row.cells):
        return False
    said = [heading_key(cell) for cell in row.cells if cell.strip()]
    if len(said) < 2:
        return False
    lines = [[heading_key(c) for c in line.cells if c.strip()] for line in table.head]
    return said in lines


def _heads(grid: SheetGrid) -> list[_Found]:
    found: list[_Found] = []
    index = 0
    while index < len(grid.rows):
        if not _looks_like_head(grid.rows[index]):
            index += 1
            continue
        end = _head_end(grid, index)
        columns, questions = _columns(grid, index, end)
        head = _Found(index, end, columns, questions)
        if not found or not _repeats(grid, found[-1], head):
            found.append(head)
        index = end
    return found


def _repeats(grid: SheetGrid, last: _Found, head: _Found) -> bool:
    same = [c.heading for c in last.columns] == [c.heading for c in head.columns]
    if not same:
        return False
    start = _title_start(grid, head.start)
    title = ["".join(grid.rows[i].cells) for i in range(start, head.start)]
    first = ["".join(row.cells) for row in grid.rows[: last.start]]
    return not title or all(words in first for words in title)


def _title_start(grid: SheetGrid, head: int) -> int:
    """Where the titles over a head begin: rows of one cell that are no group and no note."""
    start = head
    while start > 0:
        cells = {cell for cell in grid.rows[start - 1].cells if cell.strip()}
        text = next(iter(cells), "")
        if len(cells) != 1 or len(text) > LONGEST_NAME or not TITLE_WORDS.search(text):
            break
        start -= 1
    return start


def _looks_like_head(row: GridRow) -> bool:
    cells = [cell for cell in row.cells if cell.strip()]
    if len(cells) < 2 or any(len(cell) > LONGEST_HEADING for cell in cells):
        return False
    roles = [meaning(cell)[0] for cell in cells]
    known = [role for role, cell in zip(roles, cells, strict=True) if role or _is_name(cell)]
    about = {role for role in roles if role}
    content = Role.TITLE in about or any(map(_is_name, cells))
    return content and len(set(known)) >= 2 and len(known) * 2 >= len(cells)


def _is_name(text: str) -> bool:
    return bool(NAME.fullmatch(heading_key(text)))


def meaning(text: str) -> tuple[Role | None, float]:
    """What a heading says that its column holds, and how sure that is (0 to 1)."""
    key = heading_key(text)
    if not key or len(key) > LONGEST_KEY or SENTENCE.search(key):
        return None, 0
    if STATUS_HEAD.fullmatch(key):
        return Role.STATUS, FULL
    if PERIOD_HEAD.fullmatch(key):
        return Role.SCHEDULE, FULL
    if FIGURE.fullmatch(key):
        return Role.STATUS, WEAK
    for role, pattern in EXACT:
        if re.fullmatch(pattern, key):
            return role, FULL
    for role, pattern in WITHIN:
        if re.search(pattern, key):
            return role, PARTIAL
    return None, 0


def _head_end(grid: SheetGrid, start: int) -> int:
    """One past the head's last row: cells merged downwards, or a line of periods below."""
    first = grid.rows[start]
    end = start + 1
    bottoms = [
        span.bottom
        for span in grid.merged
        if span.top == first.number < span.bottom <= first.number + DEEPEST_HEAD
        and first.text(span.left).strip()
    ]
    # As deep as most cells of the head are merged.
    bottom = Counter(bottoms).most_common(1)[0][0] if bottoms else first.number
    while end < len(grid.rows) and grid.rows[end].number <= bottom:
        end += 1
    if end == start + 1 and end < len(grid.rows) and _continues_head(first, grid.rows[end]):
        end += 1
    return end


def _continues_head(first: GridRow, second: GridRow) -> bool:
    cells = [(i, cell) for i, cell in enumerate(second.cells) if cell.strip()]
    if not cells or any(len(cell) > LONGEST_HEADING for _, cell in cells):
        return False
    if _looks_like_head(second):
        return False
    under = [
        i
        for i, _ in cells
        if i < len(first.cells)
        and meaning(first.text(i))[0] in (Role.NUMBER, Role.TITLE, Role.CATEGORY)
    ]
    return not under and all(meaning(cell)[0] for _, cell in cells)


def _columns(grid: SheetGrid, start: int, end: int) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    head = grid.rows[start:end]
    body = grid.rows[end : end + 200]
    width = max(max(len(row.cells) for row in head), max((len(r.cells) for r in body), default=0))
    parts = [_heading_parts(grid, head, index) for index in range(width)]
    columns = []
    for index, lines in enumerate(parts):
        role, confidence, period = _column_meaning(lines)
        heading = " ".join(lines)
        hidden = index in grid.hidden_columns
        columns.append(Column(index, heading, role, confidence, period, hidden))
    return _settled(grid, columns, body)


def _heading_parts(grid: SheetGrid, head: Sequence[GridRow], index: int) -> list[str]:
    """The lines of a column's heading from top to bottom, each once."""
    lines: list[str] = []
    for depth, row in enumerate(head):
        text = grid.text(row, index)
        below = any(other.text(index).strip() for other in head[depth + 1 :])
        if not text.strip() and below and not grid.merge_known:
            # Pasted: what was merged over several columns stands in the first of them.
            text = next((row.text(i) for i in range(index, -1, -1) if row.text(i).strip()), "")
        text = "".join(text.split())
        if text and text not in lines:
            lines.append(text)
    return lines


def _column_meaning(lines: Sequence[str]) -> tuple[Role | None, float, str]:
    """What a heading of one or two lines means, and the period it names."""
    if not lines:
        return None, 0, ""
    role, confidence = meaning(lines[-1])
    period = PERIOD_HEAD.fullmatch(heading_key(lines[-1]))
    if len(lines) > 1:
        above, above_confidence = meaning(lines[0])
        if period and above is Role.STATUS:
            return Role.STATUS, above_confidence, period["period"]
        if role is None:
            role, confidence = above, above_confidence
    return role, confidence, period["period"] if period else ""


def _settled(
    grid: SheetGrid, columns: list[Column], body: Sequence[GridRow]
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """One column for each role that only one may have; what is doubtful becomes a question."""
    questions: list[str] = []
    columns = _named(columns, questions)
    by_role: dict[Role, list[Column]] = defaultdict(list)
    for column in columns:
        if column.role:
            by_role[column.role].append(column)
    changed: dict[int, Column] = {}
    # What is not chosen becomes another role on the way.
    for role, found in list(by_role.items()):
        if role in SINGLE and len(found) > 1:
            _choose(role, found, changed, by_role, questions)
    columns = [changed.get(column.index, column) for column in columns]
    columns = _latest_status(grid, columns, body, questions)
    if not any(column.role is Role.TITLE for column in columns):
        questions.append("没有认出哪一列是项目内容，请指定。")
    questions += [
        f"“{column.heading}”列按“{ROLE_WORDS[column.role]}”读取，请确认。"
        for column in columns
        if column.role and column.confidence <= WEAK
    ]
    return tuple(columns), tuple(questions)


def _named(columns: list[Column], questions: list[str]) -> list[Column]:
    """项目名称: the group where another column has the content, and else the content."""
    names = [column for column in columns if _is_name(column.heading) and not _is_exact(column)]
    if not names:
        return columns
    has_content = any(column.role is Role.TITLE and column not in names for column in columns)
    has_group = any(column.role is Role.CATEGORY for column in columns)
    role = Role.CATEGORY if has_content and not has_group else None if has_content else Role.TITLE
    first = names[0].index
    return [
        replace(column, role=role if column.index == first else None, confidence=FULL)
        if column in names
        else column
        for column in columns
    ]


def _is_exact(column: Column) -> bool:
    """Whether a heading that could be a name says by itself what it is: 任务, 类别."""
    key = heading_key(column.heading)
    return "名称" not in key and key in ("任务", "工作任务")


def _choose(role, found, changed, by_role, questions) -> None:
    words = PREFERRED.get(role, ())

    def rank(column: Column) -> tuple:
        key = heading_key(column.heading)
        place = next((i for i, word in enumerate(words) if word in key), len(words))
        return place, -column.confidence, column.index

    best, *others = sorted(found, key=rank)
    for other in others:
        new = None
        if role is Role.LEAD_UNIT and not by_role[Role.SUPPORTING_UNITS]:
            new = Role.SUPPORTING_UNITS
        elif role is Role.TITLE and not by_role[Role.CATEGORY] and other.index < best.index:
            new = Role.CATEGORY
        if new:
            by_role[new].append(other)
        changed[other.index] = replace(other, role=new, confidence=WEAK)
    others_said = "、".join(f"“{other.heading}”" for other in others)
    questions.append(
        f"“{best.heading}”和{others_said}都像“{ROLE_WORDS[role]}”，取了“{best.heading}”，请确认。"
    )


def _latest_status(
    grid: SheetGrid, columns: list[Column], body: Sequence[GridRow], questions: list[str]
) -> list[Column]:
    """Of several columns on progress the latest that is filled in counts; the others are kept
    beside it."""
    found = [column for column in columns if column.role is Role.STATUS]
    if len(found) < 2:
        return columns
    filled = [one for one in found if any(grid.text(row, one.index) for row in body)]
    best = max(filled or found, key=_recency)
    told = [column for column in found if column is not best]
    if any(not FIGURE.fullmatch(heading_key(column.heading)) for column in told):
        others = "、".join(f"“{column.heading}”" for column in told)
        questions.append(f"有{len(found)}列是进展：取了“{best.heading}”，{others}另存，请确认。")
    return [replace(column, role=None) if column in told else column for column in columns]


def _recency(column: Column) -> tuple:
    """Words before mere figures, latest before dated before former; then from the right."""
    key = "".join(column.heading.split())
    is_words = not FIGURE.fullmatch(heading_key(key))
    when = 2 if LATEST.search(key) else 0 if EARLIER.search(key) else 1
    dates = [
        (int(year or 0), QUARTERS[quarter] if quarter else int(month), int(day or 31))
        for year, month, day, quarter in HEAD_DATE.findall(key)
    ]
    return is_words, when, max(dates, default=(0, 0, 0)), column.index


def _name(grid: SheetGrid, before: Sequence[GridRow], *, first: bool) -> str:
    """What the list is called: a title row above, a heading before the table, or the sheet."""
    lines = ["".join(cell.strip() for cell in dict.fromkeys(row.cells)) for row in before]
    if first:
        lines = [*grid.above, *lines]
    short = [line for line in lines if line and len(line) <= LONGEST_NAME]
    named = [line for line in short if TITLE_WORDS.search(line) and not line.startswith("附件")]
    return (named or short or [grid.name])[-1]


def _without_head(grid: SheetGrid) -> list[Table]:
    """A table whose head was not copied: columns by what they hold, all to be confirmed."""
    rows = [row for row in grid.rows if sum(1 for cell in row.cells if cell.strip()) >= 2]
    if grid.hidden or len(rows) < 1 or grid.width < 2:
        return []
    columns = _guessed(grid, rows)
    if not any(column.role is Role.TITLE for column in columns):
        return []
    question = "没有找到表头，各列是按内容猜的，请逐列确认。"
    name = _name(grid, (), first=True)
    return [Table(grid, name, (), (), tuple(grid.rows), tuple(columns), (question,))]


def _guessed(grid: SheetGrid, rows: Sequence[GridRow]) -> list[Column]:
    roles: dict[int, Role] = {}
    lengths: dict[int, float] = {}
    for index in range(grid.width):
        cells = [row.text(index).strip() for row in rows[:200] if row.text(index).strip()]
        if not cells:
            continue
        lengths[index] = sum(map(len, cells)) / len(cells)

        def share(pattern: re.Pattern, full: bool = False, cells=cells) -> float:
            test = pattern.fullmatch if full else pattern.search
            return sum(1 for cell in cells if test(cell)) / len(cells)

        if share(NUMBERED, full=True) > 0.7:
            role = Role.NUMBER
        elif share(UNIT, full=True) > 0.7:
            role = Role.LEAD_UNIT
        elif lengths[index] >= 10 and share(PLANNED) > 0.6 and Role.SCHEDULE not in roles.values():
            role = Role.SCHEDULE
        elif share(TOLD) > 0.5:
            role = Role.STATUS
        else:
            continue
        if role not in roles.values():
            roles[index] = role
    content = [index for index in lengths if index not in roles and lengths[index] >= 5]
    if content and (Role.NUMBER in roles.values() or len(roles) >= 2):
        roles[content[0]] = Role.TITLE
    return [Column(index, "", roles.get(index), WEAK) for index in range(grid.width)]
