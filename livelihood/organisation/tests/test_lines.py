"""How much room words take: lines of a cell, balanced lines of a title."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.organisation.documents.lines import line_count, text_width, title_lines


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("新增", 4), ("405个", 5), ("“a”，", 7), ("★≥—…", 8)]
)
def test_a_chinese_character_is_two_wide(text, width):
    assert text_width(text) == width


@pytest.mark.parametrize(
    ("text", "capacity", "lines"),
    [
        ("", 10, 1),
        ("字" * 5, 10, 1),
        ("字" * 6, 10, 2),
        ("字" * 5, 9, 2),  # no half of a character stands at the end of a line
        ("一\n二\n\n三", 10, 4),
        ("a" * 10, 10, 1),
        ("a" * 11, 10, 2),
        ("完成1380人", 8, 2),
        ("字字字字，", 8, 2),  # 字，goes to the second line: no line begins with a comma
        ("字字字（字）", 8, 2),
        ("\t字", 8, 2),
        ("字" * 3, 1, 3),
    ],
)
def test_lines_are_counted_as_text_wraps(text, capacity, lines):
    assert line_count(text, capacity) == lines


def test_a_number_is_not_broken():
    # Two characters and the number do not fit together: 完成 | 13800人.
    assert line_count("完成13800人", 8) == 2
    assert line_count("完成完13800", 10) == 2


@given(st.text(max_size=300), st.integers(2, 60))
def test_what_is_counted_has_room_for_the_text(text, capacity):
    """Never fewer lines than the bare widths need, never more than a character a line."""
    lines = line_count(text, capacity)
    parts = text.replace("\t", " " * 8).split("\n")
    assert lines >= sum(max(1, -(-text_width(part) // capacity)) for part in parts)
    assert lines <= sum(max(1, len(part)) for part in parts)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("督查通报", ["督查通报"]),
        (
            "关于苍南县2023年民生实事项目进展情况的通报",
            ["关于苍南县2023年民生实事", "项目进展情况的通报"],
        ),
        (
            "苍南县人民政府办公室关于2023年省市县政府民生实事项目进展情况的通报",
            ["苍南县人民政府办公室关于2023年", "省市县政府民生实事项目进展情况的通报"],
        ),
        ("上一行\n下一行", ["上一行", "下一行"]),
    ],
)
def test_a_title_is_broken_between_words_into_lines_of_like_length(title, lines):
    assert title_lines(title) == lines


@given(st.text(st.sampled_from("关于苍南县的民生实事2023年4月（）、《》abc "), max_size=90))
def test_a_title_loses_nothing_and_every_line_fits(title):
    lines = title_lines(title)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", title)
    assert all(text_width(line) <= 40 for line in lines)


@given(st.text(max_size=80))
def test_any_title_has_lines(title):
    assert title_lines(title)
