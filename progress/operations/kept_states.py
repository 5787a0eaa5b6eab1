"""Judged counties, kept between requests until something in them changes.

A page is read far more often than a figure changes. What was judged is kept by what it
depends on: the county's judged version, which every writer of such data raises in its own
transaction (``Region.objects.touch``), the dates, and whose items are seen. The version is
read before the data, so that newer data may be kept under an older version, which nobody
asks for again, but never older data under a newer one.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar

State = TypeVar("State")


class _Shelf:
    """What was used last, up to a number of states; for many threads at once."""

    def __init__(self, most: int):
        self.most, self.kept = most, OrderedDict()
        self.lock = Lock()

    def state(self, key: Hashable, read: Callable[[], State]) -> State:
        """The state kept under ``key``, or what ``read`` gives, kept from now on."""
        with self.lock:
            state = self.kept.get(key)
            if state is not None:
                self.kept.move_to_end(key)
                return state
        # Outside: others need not wait until it is judged, even if two judge the same.
        state = read()
        with self.lock:
            self.kept[key] = state
            while len(self.kept) > self.most:
                self.kept.popitem(last=False)
        return state


# About a megabyte each for a county of 150 items; one process serves a county office.
_counties = _Shelf(24)
# A unit's share of that, some tens of kilobytes: all units of a few counties at a deadline.
_units = _Shelf(200)


def kept_state(key: Hashable, read: Callable[[], State]) -> State:
    """What ``read`` judges of a county, or what is kept of it under ``key``.

    Whoever gets it must not change it: others are given the same.
    """
    return _counties.state(key, read)


def kept_of_unit(key: Hashable, read: Callable[[], State]) -> State:
    """The same for what concerns the projects of one unit."""
    return _units.state(key, read)


def forget_states() -> None:
    """Forget all; for tests, which undo what they wrote and so the versions too."""
    for shelf in (_counties, _units):
        shelf.kept.clear()
