"""Measuring variants side by side, and saying how they compare."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter

ROUNDS = 15
# A round gives every variant this much time, so that a fast one is called often. Many short
# rounds rather than a few long ones: what else the machine does comes in bursts.
BLOCK_SECONDS = 0.06
FEWEST_CALLS, MOST_CALLS = 3, 400
WARM_UP_CALLS = 5

Samples = dict[str, list[float]]  # by variant: the median of each round, in seconds


def measure(variants: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> Samples:
    """Time the variants round by round, each in turn, after warming all of them up.

    Each round begins with another variant. A variant is called in one block per round: in
    turns call by call, a heavy one would push a light one out of the processor's caches and
    so make it look slower, to its own advantage.

    Args:
        variants: what to call, by name.
        rounds: how often every variant has its turn.

    Returns:
        For each variant the median seconds of a call, round by round.
    """
    calls = {name: _calls_in_a_block(call) for name, call in variants.items()}
    samples: Samples = {name: [] for name in variants}
    names = list(variants)
    for number in range(rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            gc.collect()  # nobody pays for what another left behind
            samples[name].append(median(_timed(variants[name], calls[name])))
    return samples


def _timed(call: Callable[[], object], times: int) -> list[float]:
    seconds = []
    for _ in range(times):
        start = perf_counter()
        call()
        seconds.append(perf_counter() - start)
    return seconds


def _calls_in_a_block(call: Callable[[], object]) -> int:
    usual = median(_timed(call, WARM_UP_CALLS))
    return min(max(int(BLOCK_SECONDS / usual), FEWEST_CALLS), MOST_CALLS)


@dataclass(frozen=True)
class Line:
    """One comparison: ours against a floor or a peer.

    ``lowest`` and ``highest`` are the ratios of the single rounds; ``goal`` is the highest
    ratio that is wanted, None where the line is printed for scale only.
    """

    name: str
    against: str
    unit: str
    ours: float
    floor: float
    lowest: float
    highest: float
    goal: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the floor ours costs."""
        return self.ours / self.floor

    def misses(self, margin: float = 1.0) -> bool:
        """Whether the ratio is beyond ``margin`` times the goal."""
        return self.goal is not None and self.ratio > self.goal * margin

    def as_dict(self) -> dict:
        """The line as it goes into the JSON file."""
        return {**asdict(self), "ratio": self.ratio, "met": not self.misses()}

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"<= {self.goal:g}"
        verdict = "" if self.goal is None else "MISSED" if self.misses() else "ok"
        spread = f"({self.lowest:.2f}-{self.highest:.2f})"
        return (
            f"{self.name:<42}{self.ours:>10.3f} {self.unit}  {self.against:<38}"
            f"{self.floor:>10.3f} {self.unit}{self.ratio:>9.2f} {spread:<15}{goal:<9}{verdict}"
        )


HEADING = (
    f"{'ours':<42}{'median':>10}     {'against':<38}{'median':>10}   "
    f"{'ratio':>9} {'(rounds)':<15}{'goal':<9}"
)


def compare(
    samples: Samples,
    ours: str,
    floor: str,
    goal: float | None = None,
    *,
    name: str = "",
    per: tuple[int, int] = (1, 1),
) -> Line:
    """One line from two variants of one run of ``measure``.

    Args:
        samples: what ``measure`` gave.
        ours: the variant that is judged.
        floor: the variant it is judged against.
        goal: the highest ratio that is wanted.
        name: what to call ours; the variant's own name if not given.
        per: by how much to divide each of the two, to compare a cost per row.
    """
    divided = (
        [s / per[0] * 1000 for s in samples[ours]],
        [s / per[1] * 1000 for s in samples[floor]],
    )
    ratios = [one / other for one, other in zip(*divided, strict=True)]
    return Line(
        name or ours,
        floor,
        "ms",
        median(divided[0]),
        median(divided[1]),
        min(ratios),
        max(ratios),
        goal,
    )
