"""A judgement as JSON and back, word for word."""

import json
from datetime import date

import pytest

from progress.operations.standings import judge_county
from progress.rules import judgement
from progress.rules.frozen import standing_from_dict, standing_to_dict
from progress.rules.judgement import (
    Comparison,
    Earlier,
    Facts,
    Figure,
    Flag,
    Measure,
    Status,
    Thresholds,
    judge,
)
from projects.models import ListItem, ProjectList
from projects.rules.planned import ItemPlan, MilestonePlan, TargetPlan

AS_OF = date(2024, 6, 30)
PLAN = ItemPlan(
    targets=(
        TargetPlan(1, "新建", 40.0, "个", "quantity", 2.0),
        TargetPlan(2, "覆盖率", 95.5, "%", "rate", None),
        TargetPlan(3, "方案", None, "", "milestone", None),
    ),
    milestones=(
        MilestonePlan(11, 1, date(2024, 3, 31), 100 / 3, 13.3333, "一季度", "完成13个"),
        MilestonePlan(12, None, date(2024, 5, 1), None, None, "5月", "开工"),
        MilestonePlan(13, None, date(2024, 11, 30), 100.0, None, "11月", "完工"),
    ),
    starts=date(2024, 1, 1),
    ends=date(2024, 11, 30),
)
FACTS = Facts(
    reported=True,
    figures={1: Figure(4.0, None), 2: Figure(90.0, None), None: Figure(None, 12.5)},
    marks={12: False, 13: None},
    problems="用地未批。",
    comparison=Comparison(date(2024, 6, 1), 10.0, 30.55, 9, 11, "市里的表", True),
    earlier=(
        Earlier(date(2024, 5, 31), Status.BEHIND, 11.1, 0),
        Earlier(date(2024, 4, 30), None, None, 0),
    ),
    contradictions=("点位39处，与目标40个不符。",),
)
RULES = Thresholds(measure=Measure.RATIO, ahead=7.5, behind=2.25, seriously_behind=60.0)


def there_and_back(standing):
    return standing_from_dict(json.loads(json.dumps(standing_to_dict(standing))))


@pytest.mark.parametrize(
    "facts",
    [
        FACTS,
        Facts(),
        Facts(reported=False),
        Facts(reported=True, completed_on=date(2024, 6, 1), marks={11: True}),
    ],
)
@pytest.mark.parametrize("rules", [RULES, Thresholds()])
def test_a_standing_comes_back_as_it_went(facts, rules):
    standing = judge(PLAN, facts, AS_OF, rules)
    kept = there_and_back(standing)
    assert kept == standing
    assert kept.explanation == standing.explanation
    assert kept.reason == standing.reason
    assert type(kept.rules.measure) is Measure
    assert kept.status is standing.status
    assert all(isinstance(flag, Flag) for flag in kept.flags)
    # What is worked out of it is the same too.
    assert kept.milestones_overdue == standing.milestones_overdue
    assert [m.key for m in kept.plan.milestones] == [11, 12, 13]


def test_the_words_stay_when_the_rules_learn_to_say_it_otherwise(monkeypatch):
    standing = judge(PLAN, FACTS, AS_OF, RULES)
    said, why = list(standing.explanation), standing.reason
    kept = json.dumps(standing_to_dict(standing))
    monkeypatch.setattr(judgement, "explain", lambda _standing: ["换了说法。"])
    monkeypatch.setattr(judgement, "short_reason", lambda _standing: "换了说法")
    back = standing_from_dict(json.loads(kept))
    assert back.explanation == said
    assert back.reason == why
    assert "换了说法" not in "".join(back.explanation) + back.reason


@pytest.mark.django_db
def test_every_standing_of_the_real_lists_comes_back_as_it_went(corpus):
    lists = ProjectList.objects.select_related("county")
    for county, year in {(listed.county, listed.year) for listed in lists}:
        state = judge_county(
            ListItem.objects.all(),
            county,
            year,
            as_of=date(year, 6, 30),
            today=date(year, 7, 1),
            rounds=list(county.rounds.order_by("-as_of")),
            rule_set=None,
        )
        assert state.items
        for own in state.items:
            kept = there_and_back(own.standing)
            assert kept == own.standing
            assert kept.explanation == own.standing.explanation
