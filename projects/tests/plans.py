"""Plans for tests, shortly written; and whatever plans hypothesis can think of."""

from datetime import date, timedelta

from hypothesis import strategies as st

from projects.rules.planned import ItemPlan, MilestonePlan, TargetPlan

YEAR = 2023
FIRST_DAY, LAST_DAY = date(YEAR, 1, 1), date(YEAR, 12, 31)
ENDS = date(YEAR, 11, 30)


def day(text):
    """``day("6-30")`` is 30 June of the tests' year."""
    month, number = text.split("-")
    return date(YEAR, int(month), int(number))


def target(key=0, value=100.0, unit="人", kind="quantity", weight=None):
    """A target named 目标0 for the key 0."""
    return TargetPlan(key, f"目标{key}", value, unit, kind, weight)


def stage(due, percent=None, *, target=None, value=None, text="按计划推进"):
    """A milestone, due on a date or a text such as "6-30"; of the whole item without target."""
    when = day(due) if isinstance(due, str) else due
    label = f"{when.month}月{when.day}日"
    return MilestonePlan(-1, target, when, percent, value, label, text)


def plan(*stages, targets=None, starts=FIRST_DAY, ends=ENDS):
    """A plan with one target unless others are given; milestones get the keys 0, 1, 2 …"""
    targets = (target(),) if targets is None else tuple(targets)
    milestones = tuple(one._replace(key=key) for key, one in enumerate(stages))
    return ItemPlan(targets, milestones, starts, ends)


# -- For hypothesis ------------------------------------------------------------------

DAYS = st.dates(FIRST_DAY, LAST_DAY)
ANY_DAYS = st.dates(FIRST_DAY - timedelta(days=400), LAST_DAY + timedelta(days=400))
PERCENTS = st.integers(0, 1000).map(lambda tenths: tenths / 10)
WEIGHTS = st.none() | st.integers(1, 50).map(float)


@st.composite
def plans(draw, percents=PERCENTS):
    """A plan of up to four targets and six milestones, in any order of dates."""
    weights = draw(st.lists(WEIGHTS, max_size=4))
    targets = [target(key, weight=weight) for key, weight in enumerate(weights)]
    places = st.sampled_from([None, *range(len(targets))])
    stages = draw(
        st.lists(
            st.builds(
                lambda due, p, t: stage(due, p, target=t), DAYS, st.none() | percents, places
            ),
            max_size=6,
        )
    )
    return plan(*stages, targets=targets)
