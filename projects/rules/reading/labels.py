"""A schedule's labels (第一季度, 5月底前 …) and the words that each of them covers."""

import re
from dataclasses import dataclass, replace
from datetime import date

from projects.rules.reading.periods import Period, find_periods, month_end
from projects.rules.reading.quantities import find_quantities
from projects.rules.reading.text import Text, around, brackets

_TAIL = re.compile(
    r"(?:工作)?(?:目标|计划|任务|工作|进度|安排|节点|要求|阶段)*(?:（[^（）]{0,12}）)?："
)
_BOUNDARY = frozenset("，。；：、 ")
_PREFIX = re.compile(
    r"(?:并|同时|其中|计划|拟|争取|力争|预计|确保|目标|需|应|将|再|截至|截止|从|自|于|在|至|到|原则上|最迟|务必|预期|主要|年度|本年|当年)+$"
)
_FOLLOWS = re.compile(
    r"(?:前)?(?:[，]?(?:要|应|须|需|已|均|将)?)(?:达到?|完成|实现|不低于|不少于|≥|>|累计|全[部面]|建成|开工|投用|投入|竣工|完工|启动|力争|争取|"
    r"通过|提高|保持|覆盖|新增|进度|基本|结束|进场|到位|完毕|出台|交付|\d)"
)
_DEADLINE = re.compile(r"(?:前|底|末|止)$")
_NO_SUBJECT = re.compile(
    r"(?:的|做好|召开|开展|根据|按照?|对照|结合|汇总|纳入|落实|实施|巩固|制定|编制|形成|总结|确定|关于|及|和|与|以|为|对|把|将|近|每|截至|第|上|报|自|了|共|推进|组织|梳理|统计|做|公布|召集|印发|下达|分解)$"
)
_MARK = re.compile(
    r"(?:^|(?<=[。；，]))(?:\d{1,2}[.、](?=\D|\d{1,2}月)|[①-⑳]|（(?:\d{1,2}|[一二三四五六七八九十])）|[一二三四五六七八九](?:、(?!二|三|四)|是))"
)
_PHASE = re.compile(
    r"(?:阶段|期|环节|步|[学节假汛期季冬夏课]前|(?:来临|到来)前|期间|”前)$|(?<![\u4e00-\u9fff])(?!.*[完建成])[\u4e00-\u9fff]{1,5}前$"
)
_DOES = re.compile(r"[完建开启投竣验招发]|\d")
_AFTER_ASIDE = frozenset(["", *"，。；、："])
_SLIP = re.compile(r"(?:^|(?<=[。；]))第(?P<n>[二三四])阶(?:段)?(?=[：，完推全实组])")
_DATE_ONLY = re.compile(r"(?:计划|拟|预计|争取|力争|确保|于|在|至|到|为)*$", re.ASCII)
_DATE_TAIL = re.compile(
    r"(?:之?前|以前|底|末)?(?:全部|全面|基本)?(?:完成|竣工|投用|完工|建成|到位|启动|开工|实施|验收)?$"
)
_NUMERAL = re.compile(r"\d+|[一二三四五六七八九十]")
_NUMERALS = {c: i for i, c in enumerate("一二三四五六七八九十", 1)}
LONGEST_SUBJECT, LONGEST_ASIDE, LONGEST_SEASON = 12, 16, 4
_EDGE = "，；。、：,;. "
_SLIPPED = re.compile(r"(?:并|且|同时)$")


@dataclass(slots=True)
class Stretch:
    """A label and the words under it; positions are those of the clean text."""

    label_start: int
    label_end: int
    due: date
    kind: str
    start: int
    end: int
    header: str = ""
    header_start: int = -1
    doubt: str = ""
    before: bool = False
    month: int = 0
    begins: int = 0  # where the stretch, with its subject, begins

    @property
    def is_empty(self) -> bool:
        return self.end <= self.start


def read_labels(text: Text, year: int, head: str = "") -> list[Stretch]:
    """All labels of a schedule in the order of the text.

    Args:
        text: the schedule.
        year: the document's.
        head: the column's heading, whose period holds for words that stand before any label.
    """
    clean = text.clean
    periods = find_periods(clean, year)
    if "阶" in clean:
        periods = _with_slips(clean, periods, year)
    labels = _labels(clean, periods) if periods else []
    headed = _from_heading(clean, labels, head, year)
    if headed is not None:
        labels.insert(0, headed)
    _cut(clean, labels)
    _resolve_before(labels)
    if "分别" in clean:
        labels = _dealt_out(clean, labels, year)
    return _kept(labels)


def entries(clean: str) -> list[int]:
    """Where the numbered entries of a schedule begin (1. … 2. …, 一是… 二是…)."""
    return [match.start() for match in _MARK.finditer(clean)]


def _with_slips(clean: str, periods: list[Period], year: int) -> list[Period]:
    """第三阶 between quarters, as damaged texts have it, is a quarter."""
    quarters = {p.due.month for p in periods if p.kind == "quarter"}
    found = []
    for match in _SLIP.finditer(clean):
        month = "一二三四".index(match["n"]) * 3 + 3
        if quarters and month not in quarters and month - 3 in quarters:
            doubt = f"“{match.group()}”按第{match['n']}季度读取"
            due = month_end(year, month)
            found.append(Period(*match.span(), due, "quarter", False, month - 2, doubt))
    return sorted(periods + found, key=lambda p: p.start) if found else periods


def _labels(clean: str, periods: list[Period]) -> list[Stretch]:
    outer = brackets(clean)
    marks = [match.span() for match in _MARK.finditer(clean)]
    labels: list[Stretch] = []
    header, header_start, mark_index = "", -1, 0
    for period in periods:
        passed = mark_index
        while mark_index < len(marks) and marks[mark_index][0] <= period.start:
            mark_index += 1
        mark = marks[mark_index - 1] if mark_index else None
        if mark_index != passed:
            header, header_start = "", -1
        bracket = around(outer, period.start)
        if bracket is not None:
            label = _in_bracket(clean, period, bracket, labels, mark)
        else:
            label = _in_text(clean, period, labels, mark)
        if label is None:
            continue
        if bracket is None:
            found = _header(clean, label, labels, mark)
            if found is not None:
                header_start, header = found
        label.header, label.header_start = header, header_start
        if header and header_start >= (labels[-1].label_end if labels else 0):
            label.begins = min(label.begins, header_start)
        if mark and mark[0] >= (labels[-1].label_end if labels else 0):
            label.begins = min(label.begins, mark[0])
        labels.append(label)
    return labels


def _in_bracket(clean, period, bracket, labels, mark) -> Stretch | None:
    """A bracketed date narrows the label before it, or dates the words before it."""
    opening, closing = bracket
    before, after = clean[opening + 1 : period.start], clean[period.end : closing - 1]
    if not (_DATE_ONLY.match(before) and _DATE_TAIL.match(after)):
        return None
    last = labels[-1] if labels else None
    if last is not None and last.label_end == opening:
        last.due, last.label_end, last.start = period.due, closing, closing
        last.doubt = period.doubt  # 国庆前（9月25日前）: the day is told
        return None
    start = max(clean.rfind(c, 0, opening) for c in "。；，：") + 1
    if mark and start <= mark[1] <= opening:
        start = mark[1]
    goes_on = clean[closing : closing + 1] not in _AFTER_ASIDE  # 春季（4月底前）完成5万亩
    season = (
        goes_on and opening - start <= LONGEST_SEASON and not _DOES.search(clean, start, opening)
    )
    if season and start < opening or _PHASE.search(clean, start, opening):
        return _new(period, start, closing, start)
    if last is not None and last.kind != "trailing":
        if last.month <= period.due.month and period.due <= last.due:
            last.due = period.due
        return None
    stretch = _new(period, period.start, period.end, last.end if last else 0)
    stretch.kind, stretch.start, stretch.end = "trailing", last.end if last else 0, closing
    return stretch


def _new(period: Period, start: int, end: int, begins: int) -> Stretch:
    return Stretch(
        start, end, period.due, period.kind, end, end,
        doubt=period.doubt, before=period.before, month=period.month, begins=begins,
    )  # fmt: skip


def _in_text(clean: str, period: Period, labels: list[Stretch], mark) -> Stretch | None:
    start, end = period.start, period.end
    tail = _TAIL.match(clean, end)
    if tail:
        end = tail.end() - 1
    floor = labels[-1].label_end if labels else 0
    prefix = _PREFIX.search(clean, max(floor, start - 8), start)
    begin = prefix.start() if prefix else start
    at_edge = begin <= floor or clean[begin - 1] in _BOUNDARY or bool(mark and mark[1] == begin)
    if not at_edge and not tail:
        if period.kind in ("year", "every") and _SLIPPED.search(clean, floor, start):
            begin = _SLIPPED.search(clean, floor, start).start()
        else:
            return _behind_subject(clean, period, floor)
    if (
        period.kind == "year"
        and not tail
        and clean[end : end + 1] in ("目", "任", "计", "总", "工")
    ):
        return None
    stretch = _new(period, start, end, begin)
    # "计划4月底前完成…": the words begin before the date.
    stretch.start = begin if begin < start else end
    return stretch


def _behind_subject(clean: str, period: Period, floor: int) -> Stretch | None:
    """公证率一季度达到40%: the label stands behind what it speaks of."""
    if not (_FOLLOWS.match(clean, period.end) or _DEADLINE.search(clean, period.start, period.end)):
        return None
    begin = max(clean.rfind(c, floor, period.start) for c in "，。；：、") + 1
    begin = max(begin, floor)
    mark = _MARK.match(clean, begin) if begin == 0 or clean[begin - 1] in "。；，" else None
    subject_start = mark.end() if mark else begin
    if subject_start >= period.start or _NO_SUBJECT.search(clean, subject_start, period.start):
        return None
    stretch = _new(period, period.start, period.end, begin)
    stretch.start = subject_start
    return stretch


def _header(clean, label, labels, mark) -> tuple[int, str] | None:
    """The subject of the labels that follow: before a colon, or before the label itself."""
    floor = labels[-1].label_end if labels else 0
    if mark:
        floor = max(floor, mark[1])
    if label.start < label.label_start and not _PREFIX.fullmatch(
        clean, label.start, label.label_start
    ):
        subject = clean[label.start : label.label_start].removesuffix("并")
        return (label.start, subject) if len(subject) >= 2 else None
    begin = label.begins
    if mark and mark[1] == floor < begin and clean[begin - 1] == "，":
        # "3.法律援助通办，一季度不低于75%": the numbered entry begins with its subject.
        subject = clean[floor:begin].strip(_EDGE)
        return (floor, subject) if 2 <= len(subject) <= 30 and "，" not in subject else None
    if begin >= 2 and clean[begin - 1] == "，":
        # "高龄津贴：按月发放，6月底前…": something without a date stands between.
        start = max(clean.rfind("。", floor, begin), clean.rfind("；", floor, begin)) + 1
        colon = clean.find("：", max(start, floor), begin)
        subject = clean[max(start, floor) : max(colon, 0)].strip(_EDGE)
        named = 2 <= len(subject) <= LONGEST_SUBJECT and "，" not in subject
        return (max(start, floor), subject) if named and begin - colon <= LONGEST_ASIDE else None
    if begin < 2 or clean[begin - 1] != "：":
        return None
    start = max(clean.rfind(c, floor, begin - 1) for c in "。；") + 1
    start = max(start, floor)
    header = clean[start : begin - 1].strip(_EDGE)
    return (start, header) if 2 <= len(header) <= 60 else None


def _from_heading(clean: str, labels: list[Stretch], head: str, year: int) -> Stretch | None:
    """What stands before the first label has its period in the column's heading."""
    if not head:
        return None
    first = labels[0].begins if labels else len(clean)
    periods = find_periods(Text("head", head).clean, year)
    if not periods or not clean[:first].strip(_EDGE):
        return None
    period = periods[-1]
    stretch = _new(period, 0, 0, 0)
    stretch.kind = "heading"
    return stretch


def _cut(clean: str, labels: list[Stretch]) -> None:
    """Give each label the words up to the next one."""
    for place, label in enumerate(labels):
        if label.kind != "trailing":
            following = labels[place + 1] if place + 1 < len(labels) else None
            label.end = len(clean) if following is None else max(label.start, following.begins)
            if following is not None and following.kind == "trailing":
                label.end = label.start
        start, end = label.start, label.end
        while start < end and clean[start] in _EDGE:
            start += 1
        while end > start and clean[end - 1] in _EDGE:
            end -= 1
        label.start, label.end = start, end
    for label in labels:
        name, bracket, _rest = clean[label.label_start : label.label_end].partition("（")
        if label.is_empty and bracket and _PHASE.search(name):
            # A phase without words of its own is named by itself.
            label.start = label.label_start
            label.end = label.label_start + len(name)


def _dealt_out(clean: str, labels: list[Stretch], year: int) -> list[Stretch]:
    """6月底、9月底前分别完成50%、100%: to each label its number."""
    found: list[Stretch] = []
    for label in labels:
        found.append(label)
        if not clean.startswith("分别", label.start):
            continue
        figures = find_quantities(clean[label.start : label.end])
        ends = [label.start + figure.end for figure in figures]
        group = _named_in_list(clean, label, year)
        if len(group) != len(ends):
            group = [label]
            while len(found) > len(group) and found[-len(group) - 1].is_empty:
                group.insert(0, found[-len(group) - 1])
        if len(group) != len(ends) or len(ends) < 2:
            continue
        del found[-sum(1 for one in group if one in found) :]
        start = label.start + len("分别")
        for one, end in zip(group, ends, strict=True):
            one.start, one.end = start, end
            start = end
        found += group
    return found


def _named_in_list(clean: str, label: Stretch, year: int) -> list[Stretch]:
    """A label for each of the months or quarters of 3、6、9月底前."""
    words = clean[label.label_start : label.label_end]
    numbers = _NUMERAL.findall(words)
    if "、" not in words or not numbers or label.kind not in ("months", "quarter"):
        return []
    step = 3 if label.kind == "quarter" else 1
    months = [(_NUMERALS.get(n) or int(n)) * step for n in numbers]
    if not all(1 <= month <= 12 for month in months):
        return []
    return [replace(label, due=month_end(year, month), kind="month") for month in months]


def _resolve_before(labels: list[Stretch]) -> None:
    """4月份之前, followed by 4月份: before that month begins."""
    for label, following in zip(labels, labels[1:], strict=False):
        same = following.month == label.month and following.kind == "month"
        if (
            label.before
            and label.kind == "month"
            and same
            and not following.before
            and label.month > 1
        ):
            label.due = month_end(label.due.year, label.month - 1)
            label.doubt = "其后另有该月的安排，按该月之前读取"


def _kept(labels: list[Stretch]) -> list[Stretch]:
    kept = [label for label in labels if not label.is_empty]
    if labels and not kept:
        labels[-1].doubt = labels[-1].doubt or "只写了完成时限"
        return labels[-1:]
    return kept
