"""The two real documents, as text, Excel and Word, read to the lists that were read by hand."""

from decimal import Decimal

import pytest

from projects.documents.reading import read_file, read_text
from projects.tests.documents import (
    LEVELS,
    TITLES,
    breakdown_document,
    breakdown_workbook,
    corpus_document,
    corpus_items,
    corpus_text,
    corpus_workbook,
)

# What proof-reading by rule leaves, because a person who knows the words is needed: a comma
# left by a damaged page (twice), a look-alike character, a word printed twice.
BY_HAND = {
    ("city", 6, "schedule"): ("所有学校，现有空调数", "所有学校现有空调数"),
    ("city", 16, "schedule"): ("下达工作仼务", "下达工作任务"),
    ("city", 48, "title"): ("1100例例。", "1100例。"),
    ("county", 7, "schedule"): ("所有学校，现有空调数", "所有学校现有空调数"),
}
WORDS = ("number", "category", "title", "schedule", "status", "lead_unit", "merged_with")


def as_text():
    return read_text(corpus_text("cangnan-2023"))


def as_workbook():
    return read_file(corpus_workbook(), "进展.xlsx")


def as_document():
    return read_file(corpus_document(), "进展.docx")


@pytest.fixture(scope="module", params=[as_text, as_workbook, as_document])
def bulletin(request):
    return request.param()


def test_the_three_lists_are_found_with_their_titles_and_no_question(bulletin):
    assert [one.name for one in bulletin.lists] == [TITLES[level] for level in LEVELS]
    assert [len(one.rows.items) for one in bulletin.lists] == [46, 54, 53]
    assert [one.questions for one in bulletin.lists] == [(), (), ()]
    assert [one.rows.doubts for one in bulletin.lists] == [(), (), ()]


def test_every_row_reads_as_it_was_read_by_hand(bulletin):
    different = {}
    for level, one in zip(LEVELS, bulletin.lists, strict=True):
        items = corpus_items(f"cangnan-2023-{level}")
        for read, expected in zip(one.rows.items, items, strict=True):
            for name in WORDS:
                ours, theirs = getattr(read, name) or None, expected[name] or None
                if ours != theirs:
                    different[level, expected["number"], name] = (ours, theirs)
            assert read.starred is expected["starred"]
    assert different.keys() == BY_HAND.keys()
    for key, (ours, theirs) in different.items():
        printed, meant = BY_HAND[key]
        assert ours.replace(printed, meant) == theirs


def test_the_words_as_printed_are_kept_beside_the_proof_read_ones(bulletin):
    first = bulletin.lists[0].rows.items[0]
    assert first.title == "完成“县中崛起”（苍南中学结对瑞安中学）。"
    assert first.raw["title"] == "完成“县中崛起” (苍南中学结对瑞安中学)。"
    assert first.raw["schedule"].startswith("第一季度:受援地、支援地")


def test_what_is_no_item_is_a_leftover_with_a_reason(bulletin):
    said = {left.text: left.reason for left in bulletin.leftovers}
    for one in bulletin.lists:
        said |= {left.text: left.reason for left in one.rows.leftovers}
    assert said["序号 项目内容 工作进度安排 目前实施情况 牵头单位"] == "表头"
    assert said[TITLES["city"]] in ("表头以上的标题", "清单的标题")
    assert all(reason for reason in said.values())


def test_only_what_pasting_loses_is_a_doubt():
    doubts = [
        (row.number, row.doubts) for one in as_text().lists for row in one.rows.items if row.doubts
    ]
    assert doubts == [
        (19, ("没有进度安排、实施情况和单位，按与第18项合并的单元格读取。",)),
    ]
    for document in (as_workbook(), as_document()):
        assert not any(row.doubts for one in document.lists for row in one.rows.items)


def breakdown_as_text():
    return read_text(corpus_text("xiangshan-2024"))


def breakdown_as_document():
    return read_file(breakdown_document(), "分解.docx")


def breakdown_as_workbook():
    return read_file(breakdown_workbook(), "分解.xlsx")


@pytest.fixture(
    scope="module", params=[breakdown_as_text, breakdown_as_document, breakdown_as_workbook]
)
def breakdown(request):
    (only,) = request.param().lists
    return only


def test_item_blocks_in_prose_read_as_they_were_read_by_hand(breakdown):
    assert breakdown.name == "2024年象山县承担省政府民生实事项目目标任务责任分解"
    for read, expected in zip(breakdown.rows.items, corpus_items("xiangshan-2024"), strict=True):
        assert read.number == expected["number"]
        assert read.starred is expected["starred"]
        assert read.title == expected["title"]
        assert read.schedule == expected["schedule"]
        assert read.lead_unit == expected["lead_unit"]
        assert read.leader == expected["responsible_leader"]
        assert read.person == expected["responsible_person"]
        assert list(read.supporting_units) == expected["supporting_units"]


def test_allocation_tables_read_as_they_were_read_by_hand(breakdown):
    for read, expected in zip(breakdown.rows.items, corpus_items("xiangshan-2024"), strict=True):
        if expected["number"] == 19:
            continue  # four places, three figures: see the next test
        wanted = [
            (a["place"], Decimal(str(a["value"])), a.get("note", ""))
            for a in expected["allocations"]
        ]
        assert [tuple(allocation) for allocation in read.allocations] == wanted
        total = expected["allocation_total"]
        assert read.allocation_total == (None if total is None else Decimal(str(total)))


def test_figures_that_do_not_fit_their_places_are_not_guessed(breakdown):
    item = breakdown.rows.items[18]
    assert [(a.place, a.value) for a in item.allocations] == [
        ("丹东", None),
        ("丹西", None),
        ("石浦", None),
    ]
    assert item.allocation_total == 5
    assert item.doubts == ("任务分解的镇乡和数字个数不一致，请核对。",)
    others = [row for row in breakdown.rows.items if row.doubts and row is not item]
    assert others == []


def test_the_note_under_the_blocks_is_a_leftover(breakdown):
    notes = [left.text for left in breakdown.rows.leftovers if left.reason == "表下的说明"]
    assert notes[0].startswith("备注：★项目为2024年象山县承担")
