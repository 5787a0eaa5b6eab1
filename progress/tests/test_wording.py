"""What changed between two texts."""

from hypothesis import given
from hypothesis import strategies as st

from progress.rules.wording import Piece, compared


def test_only_the_clause_that_changed_is_marked():
    left, right = compared("已建成3所，正在装修。", "已建成5所，正在装修。")
    assert left == [Piece("已建成3所，", True), Piece("正在装修。", False)]
    assert right == [Piece("已建成5所，", True), Piece("正在装修。", False)]


def test_a_text_that_came_or_went_is_marked_whole():
    assert compared("", "土地未批。") == ([], [Piece("土地未批。", True)])
    assert compared("土地未批。", "") == ([Piece("土地未批。", True)], [])


def test_the_same_text_has_no_mark():
    assert compared("一切\n照旧。", "一切\n照旧。") == (
        [Piece("一切\n照旧。", False)],
        [Piece("一切\n照旧。", False)],
    )


TEXTS = st.text(alphabet="甲乙丙，。；\n3%", max_size=40)


@given(TEXTS, TEXTS)
def test_nothing_of_either_text_is_lost(old, new):
    left, right = compared(old, new)
    assert "".join(p.text for p in left) == old
    assert "".join(p.text for p in right) == new
    assert [p.text for p in left if not p.changed] == [p.text for p in right if not p.changed]
