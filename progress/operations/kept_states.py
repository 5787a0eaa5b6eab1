"""Judged counties, kept between requests until something in them changes.

A page is read far more often than a figure changes. What was judged is kept by what it
depends on: the county's data version, which every writer raises in its own transaction
(``Region.objects.touch``), the dates, and whose items are seen. The version is read before
the data, so that newer data may be kept under an older version, which nobody asks for
again, but never older data under a newer one.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

State = TypeVar("State")

# About a megabyte each for a county of 150 items; one process serves a county office.
MOST = 24

_kept: OrderedDict = OrderedDict()


def kept_state(key: Hashable, read: Callable[[], State]) -> State:
    """The state kept under ``key``, or what ``read`` gives, kept from now on.

    Whoever gets it must not change it: others are given the same.
    """
    state = _kept.get(key)
    if state is None:
        state = _kept[key] = read()
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    else:
        _kept.move_to_end(key)
    return state


def forget_states() -> None:
    """Forget all; for tests, which undo what they wrote and so the versions too."""
    _kept.clear()
