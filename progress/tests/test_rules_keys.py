"""What counts as a key that a form sends."""

import pytest

from progress.rules.keys import key_of


@pytest.mark.parametrize(
    ("text", "key"),
    [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)]
    + [(text, None) for text in (None, "", " 1", "-1", "1.0", "²", "٣", "\x00", "9" * 19)]
    + [pytest.param("9" * 5000, None, id="5000 digits")],
)
def test_a_key_is_a_whole_number_that_a_database_can_hold(text, key):
    assert key_of(text) == key
