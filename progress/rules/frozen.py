"""A judgement as plain JSON and back, word for word: how a closed round is kept.

The explanation and the reason are kept as the sentences they were, so that they read the
same after the rules have learnt to say it otherwise.
"""

from dataclasses import asdict
from datetime import date

from progress.rules.judgement import (
    Basis,
    Comparison,
    Earlier,
    Facts,
    Figure,
    Flag,
    Measure,
    MilestoneState,
    Standing,
    Status,
    TargetStanding,
    Thresholds,
    Yardstick,
)
from projects.rules.planned import ItemPlan, MilestonePlan, TargetPlan


def standing_to_dict(standing: Standing) -> dict:
    """Everything of a standing in values that JSON knows; dates as 2023-04-10."""
    return {
        "plan": _plan_to_dict(standing.plan),
        "facts": _facts_to_dict(standing.facts),
        "rules": asdict(standing.rules),
        "as_of": standing.as_of.isoformat(),
        "status": standing.status,
        "yardstick": standing.yardstick,
        "planned_percent": standing.planned_percent,
        "actual_percent": standing.actual_percent,
        "schedule_variance": standing.schedule_variance,
        # In the order of the plan's targets.
        "targets": [[t.planned, t.actual, t.value, t.kept] for t in standing.targets],
        "states": list(standing.states),
        "below_city_average": standing.below_city_average,
        "flags": list(standing.flags),
        "explanation": standing.explanation,
        "reason": standing.reason,
    }


def standing_from_dict(kept: dict) -> Standing:
    """The standing that ``standing_to_dict`` made ``kept`` of, also after JSON."""
    plan = _plan_from_dict(kept["plan"])
    status = kept["status"]
    standing = Standing(
        plan=plan,
        facts=_facts_from_dict(kept["facts"]),
        rules=thresholds_from_dict(kept["rules"]),
        as_of=date.fromisoformat(kept["as_of"]),
        status=None if status is None else Status(status),
        yardstick=Yardstick(kept["yardstick"]),
        planned_percent=kept["planned_percent"],
        actual_percent=kept["actual_percent"],
        schedule_variance=kept["schedule_variance"],
        targets=tuple(
            TargetStanding(target, *numbers)
            for target, numbers in zip(plan.targets, kept["targets"], strict=True)
        ),
        states=tuple(map(MilestoneState, kept["states"])),
        below_city_average=kept["below_city_average"],
        flags=tuple(map(Flag, kept["flags"])),
    )
    # What the cached properties would work out is given to them as it was.
    standing.__dict__["explanation"] = list(kept["explanation"])
    standing.__dict__["reason"] = kept["reason"]
    return standing


def thresholds_from_dict(kept: dict) -> Thresholds:
    """The thresholds of a kept standing; those that came later have their defaults."""
    basis = Basis(kept.get("basis", Basis.SCHEDULE))
    return Thresholds(**{**kept, "measure": Measure(kept["measure"]), "basis": basis})


def _plan_to_dict(plan: ItemPlan) -> dict:
    return {
        "targets": [target._asdict() for target in plan.targets],
        "milestones": [m._asdict() | {"due": m.due.isoformat()} for m in plan.milestones],
        "starts": plan.starts.isoformat(),
        "ends": plan.ends.isoformat(),
        "by_elapsed": plan.by_elapsed,
    }


def _plan_from_dict(kept: dict) -> ItemPlan:
    return ItemPlan(
        targets=tuple(TargetPlan(**target) for target in kept["targets"]),
        milestones=tuple(
            MilestonePlan(**{**m, "due": date.fromisoformat(m["due"])}) for m in kept["milestones"]
        ),
        starts=date.fromisoformat(kept["starts"]),
        ends=date.fromisoformat(kept["ends"]),
        by_elapsed=kept.get("by_elapsed", False),
    )


def _facts_to_dict(facts: Facts) -> dict:
    comparison = facts.comparison
    return {
        "reported": facts.reported,
        # Pairs, since the keys of JSON are words and the item as a whole has the key None.
        "figures": [[key, *figure] for key, figure in facts.figures.items()],
        "marks": [[key, met] for key, met in facts.marks.items()],
        "completed_on": facts.completed_on and facts.completed_on.isoformat(),
        "problems": facts.problems,
        "comparison": comparison and comparison._asdict() | {"as_of": comparison.as_of.isoformat()},
        "earlier": [e._asdict() | {"as_of": e.as_of.isoformat()} for e in facts.earlier],
        "contradictions": list(facts.contradictions),
    }


def _facts_from_dict(kept: dict) -> Facts:
    completed_on, comparison = kept["completed_on"], kept["comparison"]
    if comparison is not None:
        as_of = date.fromisoformat(comparison["as_of"])
        comparison = Comparison(**{**comparison, "as_of": as_of})
    return Facts(
        reported=kept["reported"],
        figures={key: Figure(value, percent) for key, value, percent in kept["figures"]},
        marks=dict(kept["marks"]),
        completed_on=completed_on and date.fromisoformat(completed_on),
        problems=kept["problems"],
        comparison=comparison,
        earlier=tuple(map(_earlier_from_dict, kept["earlier"])),
        contradictions=tuple(kept["contradictions"]),
    )


def _earlier_from_dict(kept: dict) -> Earlier:
    status = kept["status"]
    return Earlier(
        **{
            **kept,
            "as_of": date.fromisoformat(kept["as_of"]),
            "status": None if status is None else Status(status),
        }
    )
