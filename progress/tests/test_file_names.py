"""Names of files in an archive: harmless on every system, and each its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.file_names import FORBIDDEN, LONGEST, Names, safe_ending, safe_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("现场照片", "现场照片"),
        ("../../etc/passwd", "etc passwd"),
        ("..\\..\\Windows", "Windows"),
        ("C:\\报告", "C 报告"),
        ("验收报告：“终稿”", "验收报告：“终稿”"),
        ('a<b>c|d?e*f"g', "a b c d e f g"),
        ("一\n二\t三\x00四", "一 二 三 四"),
        (" . . ", "未命名"),
        ("", "未命名"),
        ("...", "未命名"),
        ("报告. ", "报告"),
        (".隐藏", "隐藏"),
        ("CON", "_CON"),
        ("nul.照片", "_nul.照片"),
        ("com1", "_com1"),
        ("congress", "congress"),
        ("照\u202egpj.exe", "照 gpj.exe"),
        ("长" * 200, "长" * LONGEST),
    ],
)
def test_any_caption_becomes_a_harmless_name(typed, name):
    assert safe_name(typed) == name


@given(st.text())
def test_no_text_leaves_the_folder(text):
    name = safe_name(text)
    assert name
    assert not FORBIDDEN.search(name)
    assert len(name) <= LONGEST + 1
    assert name[0] not in ". "
    assert name[-1] not in ". "


@pytest.mark.parametrize(
    ("stored", "ending"),
    [
        ("evidence/3/ab12.JPG", ".jpg"),
        ("a.tar.gz", ".gz"),
        ("ohne", ""),
        ("a.b/c", ""),
        ("a.超长", ""),
        ("a.abcdefghi", ""),
    ],
)
def test_the_ending_is_a_plain_one_or_none(stored, ending):
    assert safe_ending(stored) == ending


def test_doublets_are_numbered_also_where_only_the_case_differs():
    names = Names()
    assert [names.new("照片", ".jpg") for _ in range(3)] == [
        "照片.jpg",
        "照片（2）.jpg",
        "照片（3）.jpg",
    ]
    assert names.new("A", ".jpg") == "A.jpg"
    assert names.new("a", ".JPG") == "a（2）.JPG"
    assert names.new("照片（2）", ".jpg") == "照片（2）（2）.jpg"
