"""The text of a bulletin, drafted from plain values by the sentence patterns of the field.

Every function gives finished paragraphs; a paragraph that has nothing to say is left out,
and a number that is not known is not mentioned. Sources: the bulletin of 苍南县 for the
headline (``rules.headline``), the bulletins of other counties for the rest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from livelihood.organisation.words import cn_date, cn_month_day, number_cn
from progress.rules.judgement import LABELS, NO_STATUS_LABEL, Status, shortened
from progress.rules.year_end import share

SHORT_TITLE = 40
# Where a title may be cut without losing its sense; what stands in brackets is left out.
# “4、” counts what follows; in “G104、G228” and “1.5公里” it does not.
CLAUSE = re.compile(r"[，；。：\n]|(?<![0-9A-Za-z])\d{1,2}[.．、](?!\d)")
# With brackets within brackets.
BRACKETS = re.compile("（((?:[^（）]|（[^（）]*）)*)）|\\(((?:[^()]|\\([^()]*\\))*)\\)")
# Inside a word a bracket is part of what is promised: 新（改、扩）建.
PART_OF_WORD = 6
MOST_NAMED = 12
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Counted:
    """How many items of a list, or of all, stand how."""

    name: str  # 省级…; "" for all
    total: int
    statuses: Mapping[Status | None, int]

    def of(self, *statuses: Status | None) -> int:
        """How many have one of ``statuses``."""
        return sum(self.statuses.get(status, 0) for status in statuses)


@dataclass(frozen=True)
class Mention:
    """An item that a text speaks of: 省级第3项, its title, its unit, and what is said of it."""

    name: str
    title: str
    unit: str
    said: str = ""

    @property
    def words(self) -> str:
        """How it is spoken of, without its unit."""
        return f"{self.name}“{short_title(self.title)}”"


@dataclass(frozen=True)
class SinceLast:
    """What became of the items since the last round; each group in the order of the lists."""

    as_of: date
    finished: Sequence[Mention] = ()
    recovered: Sequence[Mention] = ()
    became_behind: Sequence[Mention] = ()
    still_behind: Sequence[Mention] = ()
    kept: Sequence[Mention] = ()  # promises to have caught up by a date that has come
    missed: Sequence[Mention] = ()
    early: Sequence[Mention] = ()  # caught up although the date is still to come

    @property
    def were_behind(self) -> int:
        """How many stood behind last time, as far as they still stand on a list."""
        return len(self.still_behind) + len(self.recovered)


@dataclass(frozen=True)
class Late:
    """Units that reported late or not at all in the round."""

    missing: Sequence[tuple[str, int]] = ()  # unit, how many projects are missing
    late: Sequence[tuple[str, int]] = ()  # unit, days after the deadline


@dataclass(frozen=True)
class Situation:
    """All that the text of one issue rests on."""

    headline: str
    headline_note: str
    as_of: date
    total: Counted
    levels: Sequence[Counted]
    behind: Sequence[Mention]  # worst first
    below: Mapping[str, Sequence[str]] = field(default_factory=dict)  # unit: names of items
    problems: Sequence[Mention] = ()
    late: Late = Late()
    since: SinceLast | None = None
    due_soon: Sequence[tuple[date, Mention]] = ()
    next_deadline: date | None = None
    office: str = "县政府办公室"


def short_title(title: str) -> str:
    """The first clause of a title, for a sentence that names the item."""
    clauses = CLAUSE.split(_without_brackets(title.strip()))
    clause = next((words.strip() for words in clauses if words.strip()), title.strip())
    clause = shortened(clause, SHORT_TITLE)
    # It is cited between “ and ”: a citation inside it takes the single marks.
    return clause.replace("“", "‘").replace("”", "’")


def _without_brackets(text: str) -> str:
    """The text without what stands in brackets, those within brackets included.

    A few characters between two words stay: without them the text would promise another thing.
    """
    return BRACKETS.sub(_unless_part_of_word, text)


def _unless_part_of_word(bracket: re.Match) -> str:
    text, (start, end) = bracket.string, bracket.span()
    words = bracket[1] or bracket[2] or ""
    between = text[start - 1 : start].isalpha() and text[end : end + 1].isalpha()
    return bracket[0] if between and len(words) <= PART_OF_WORD else ""


def percent_of(part: int, whole: int) -> str:
    """A share in percent with at most one decimal: 5.2%, 50%."""
    return f"{number_cn(share(part, whole, 1))}%"


# -- 一、总体情况 --------------------------------------------------------------------------


def overall(situation: Situation) -> list[str]:
    """The headline, how the items stand by status and level, what changed since last time."""
    paragraphs = [situation.headline + situation.headline_note]
    if situation.total.of(None) < situation.total.total:
        paragraphs.append(_statuses_sentence(situation.total))
        if len(situation.levels) > 1:
            paragraphs.append(_levels_sentence(situation.levels))
    if situation.since is not None:
        paragraphs.append(_since_sentence(situation.since))
    return paragraphs


def _statuses_sentence(total: Counted) -> str:
    done = total.of(Status.COMPLETED)
    rate = f"，完成率{percent_of(done, total.total)}" if done else ""
    parts = [
        f"{count}项{word}"
        for word, count in (
            ("超序时", total.of(Status.AHEAD)),
            ("按序时推进", total.of(Status.ON_SCHEDULE)),
            (LABELS[Status.BEHIND], total.of(Status.BEHIND)),
            (LABELS[Status.SERIOUSLY_BEHIND], total.of(Status.SERIOUSLY_BEHIND)),
            ("本期未报", total.of(Status.NOT_REPORTED)),
            (NO_STATUS_LABEL, total.of(None)),
        )
        if count
    ]
    opening = f"对照进度安排，{total.total}项中已完成{done}项{rate}"
    return "；".join(filter(None, [opening, "，".join(parts)])) + "。"


def _levels_sentence(levels: Sequence[Counted]) -> str:
    parts = []
    for level in levels:
        said = [
            f"{word}{count}项"
            for word, count in (
                ("已完成", level.of(Status.COMPLETED)),
                ("超序时和按序时", level.of(Status.AHEAD, Status.ON_SCHEDULE)),
                ("滞后和严重滞后", level.of(Status.BEHIND, Status.SERIOUSLY_BEHIND)),
                ("未报", level.of(Status.NOT_REPORTED)),
                (NO_STATUS_LABEL, level.of(None)),
            )
            if count
        ]
        parts.append(f"{level.name}{level.total}项，{'、'.join(said)}")
    return f"分层级看，{'；'.join(parts)}。"


def _since_sentence(since: SinceLast) -> str:
    counts = [
        f"{word}{len(items)}项"
        for word, items in (
            ("新完成", since.finished),
            ("赶上进度", since.recovered),
            ("新转入滞后", since.became_behind),
        )
        if items
    ]
    day = cn_month_day(since.as_of)
    if not counts:
        changed = f"与上期（截至{day}）相比，没有新完成、新滞后和赶上进度的项目。"
    else:
        changed = f"与上期（截至{day}）相比，{'，'.join(counts)}。"
    if since.were_behind:
        changed += (
            f"上期滞后的{since.were_behind}项中，{len(since.recovered)}项已赶上进度，"
            f"{len(since.still_behind)}项仍然滞后。"
        )
    return changed + _promises_sentence(since)


def _promises_sentence(since: SinceLast) -> str:
    """Which of the promises that fell due were kept, and what caught up before its date."""
    due = len(since.kept) + len(since.missed)
    said = []
    if due:
        said.append(f"到期的追赶承诺{due}项，兑现{len(since.kept)}项、未兑现{len(since.missed)}项")
    if since.early:
        also = "另有" if due else ""
        said.append(f"{also}{len(since.early)}项承诺未到期，已提前赶上")
    return f"{'；'.join(said)}。" if said else ""


# -- 二、存在问题 --------------------------------------------------------------------------


def problems(situation: Situation) -> list[str]:
    """What is behind, unit by unit with stage and reason; further kinds of trouble."""
    parts = [
        ("部分项目进度滞后。", _behind_sentences(situation.behind)),
        ("部分项目进度低于全市平均。", _below_sentence(situation.below)),
        ("部分承诺没有兑现。", _missed_sentence(situation.since)),
        ("部分项目推进存在困难。", _problem_sentences(situation.problems)),
        ("部分单位报送不及时。", _late_sentence(situation.late)),
    ]
    said = [heading + words for heading, words in parts if words]
    if not said:
        return ["本期没有发现进度滞后和报送不及时的情况。"]
    return numbered(said)


def numbered(paragraphs: Sequence[str]) -> list[str]:
    """（一）, （二）… before each paragraph, where there are several."""
    if len(paragraphs) == 1:
        return list(paragraphs)
    return [f"（{numeral}）{words}" for numeral, words in zip(NUMERALS, paragraphs, strict=False)]


def by_unit(mentions: Sequence[Mention]) -> dict[str, list[Mention]]:
    """Items by unit, the unit with most of them first; ties stay in order."""
    units: dict[str, list[Mention]] = {}
    for mention in mentions:
        units.setdefault(mention.unit, []).append(mention)
    return dict(sorted(units.items(), key=lambda pair: -len(pair[1])))


def _behind_sentences(behind: Sequence[Mention]) -> str:
    sentences = []
    for unit, items in by_unit(behind).items():
        said = "；".join(f"{m.words}{f'，{m.said}' if m.said else ''}" for m in items)
        sentences.append(f"由{unit}负责的{said}。")
    return "".join(sentences)


def _below_sentence(below: Mapping[str, Sequence[str]]) -> str:
    units = [f"{unit}{len(names)}项（{'、'.join(names)}）" for unit, names in below.items()]
    return f"{'，'.join(units)}。" if units else ""


def _missed_sentence(since: SinceLast | None) -> str:
    if since is None or not since.missed:
        return ""
    return "；".join(f"{m.unit}{m.words}{m.said}" for m in since.missed) + "。"


def _problem_sentences(found: Sequence[Mention]) -> str:
    return "".join(f"{m.unit}反映{m.words}：{_ended(m.said)}" for m in found)


def _late_sentence(late: Late) -> str:
    parts = []
    if late.missing:
        parts.append(
            "至截止时仍未报齐的有"
            + "、".join(f"{unit}（{count}项）" for unit, count in late.missing)
        )
    if late.late:
        parts.append("逾期报送的有" + "、".join(f"{unit}（{days}天）" for unit, days in late.late))
    return "；".join(parts) + "。" if parts else ""


def _ended(words: str) -> str:
    words = " ".join(words.split())
    return words if words.endswith(("。", "！", "？")) else f"{words.rstrip('；;，,.')}。"


# -- 三、下步要求 --------------------------------------------------------------------------


def requirements(situation: Situation) -> list[str]:
    """What the units are asked to do: what is behind, what falls due, the next report."""
    said = []
    units = list(by_unit(situation.behind))
    if units:
        said.append(
            f"压实责任，限期赶上。{_named(units)}要由主要负责人牵头，逐项查明滞后原因，"
            "对照进度安排倒排工期，明确赶上计划的日期并按期兑现。"
        )
    if situation.due_soon:
        due_units = list(by_unit([mention for _day, mention in situation.due_soon]))
        last = max(day for day, _mention in situation.due_soon)
        said.append(
            f"盯紧节点，按期完成。至{cn_month_day(last)}还有{len(situation.due_soon)}个节点到期，"
            f"涉及{_named(due_units)}，要提前落实工作条件，确保到期完成。"
        )
    deadline = situation.next_deadline
    until = f"下期填报期限为{cn_date(deadline)}，" if deadline else ""
    said.append(
        f"如实填报，按时报送。{until}各牵头单位要核实数据，按期报送进展、问题和需要协调的事项。"
    )
    if units:
        said.append(
            f"跟踪督办，闭环管理。对连续滞后的项目，{situation.office}将发督办单跟踪到办结。"
        )
    return numbered(said)


def _named(units: Sequence[str]) -> str:
    if len(units) <= MOST_NAMED:
        return "、".join(units)
    return f"{'、'.join(units[:MOST_NAMED])}等{len(units)}个单位"
