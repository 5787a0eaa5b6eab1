"""What holds for every test of the dashboard."""

import pytest

from progress.operations.kept_states import forget_states


@pytest.fixture(autouse=True)
def nothing_kept():
    """Forget what was judged: what a test wrote is undone, and with it the data's version."""
    forget_states()
