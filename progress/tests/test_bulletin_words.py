"""The text of a bulletin: what is said of which counts, and what is left out."""

from datetime import date

import pytest

from progress.rules import bulletin_words as words
from progress.rules.bulletin_words import Counted, Late, Mention, SinceLast, Situation
from progress.rules.judgement import Status

APRIL = date(2023, 4, 10)
MARCH = date(2023, 3, 10)


def counted(name="", **statuses):
    known = {Status(key): count for key, count in statuses.items() if key != "unknown"}
    if "unknown" in statuses:
        known[None] = statuses["unknown"]
    return Counted(name, sum(statuses.values()), known)


def situation(**given):
    values = {
        "headline": "2023年我县共承办省政府民生实事指标3项。",
        "headline_note": "",
        "as_of": APRIL,
        "total": counted(on_schedule=3),
        "levels": (),
        "behind": (),
    }
    return Situation(**values | given)


def mention(number=3, unit="县教育局", said="", title="新建公办幼儿园6所，其中……"):
    return Mention(f"省级第{number}项", title, unit, said)


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("新建公办幼儿园6所，新增学位1800个。", "新建公办幼儿园6所"),
        ("新（改、扩）建农村公路100公里；维修50公里", "新（改、扩）建农村公路100公里"),
        ("（一）完成老旧小区改造9个。", "完成老旧小区改造9个"),
        ("新建“阳光会客厅”1个", "新建‘阳光会客厅’1个"),
        (
            "开展老年、青少年和孕产妇等重点人群免费心理健康筛查",
            "开展老年、青少年和孕产妇等重点人群免费心理健康筛查",
        ),
        ("新建1.5公里堤防", "新建1.5公里堤防"),
        ("建设三项：1.新建甲；2.改建乙", "建设三项"),
        ("12、新建公园10个", "新建公园10个"),
        ("推进G104、G228国道提升改造", "推进G104、G228国道提升改造"),
        ("建设充电桩A5、公交站B6", "建设充电桩A5、公交站B6"),
        ("新建12号、13、14号泵站", "新建12号、13、14号泵站"),
        ("（暂定）", "（暂定）"),
        ("新建中学7所（县少年艺术学校（第六小学）楼、宜山一中）", "新建中学7所"),
        (
            "实现困难群众资助参保率100%、救助政策落实率100%、高额医疗费用化解率100%",
            "实现困难群众资助参保率100%、救助政策落实率100%",
        ),
        # What stands inside a word is part of what is promised.
        ("新（改）建城市生活污水管网3公里。", "新（改）建城市生活污水管网3公里"),
        ("新（改、扩）建中小学5所（其中小学3所）", "新（改、扩）建中小学5所"),
        ("新(改)造农村生活污水处理设施19个", "新(改)造农村生活污水处理设施19个"),
    ],
)
def test_a_short_title_is_the_first_clause_without_brackets(title, short):
    assert words.short_title(title) == short


def test_statuses_are_named_with_their_numbers_and_those_without_items_left_out():
    total = counted(completed=8, ahead=45, on_schedule=91, behind=9)
    paragraphs = words.overall(situation(total=total))
    assert paragraphs[1] == (
        "对照进度安排，153项中已完成8项，完成率5.2%；45项超序时，91项按序时推进，9项滞后。"
    )


def test_shares_are_rounded_as_people_round_and_as_the_tables_do():
    assert words.percent_of(1, 16) == "6.3%"
    assert words.percent_of(1, 3) == "33.3%"
    assert words.percent_of(1, 2) == "50%"


def test_every_item_is_accounted_for_also_what_has_no_progress_yet():
    total = counted(completed=1, not_reported=2, seriously_behind=3, unknown=4)
    assert words.overall(situation(total=total))[1] == (
        "对照进度安排，10项中已完成1项，完成率10%；3项严重滞后，2项本期未报，4项尚无进展。"
    )


def test_where_nothing_has_been_reported_only_the_headline_is_said():
    silent = situation(total=counted(unknown=3), levels=[counted("省级", unknown=3)])
    assert words.overall(silent) == [silent.headline]


def test_levels_are_compared_only_where_there_are_several():
    levels = [counted("省级", completed=1, on_schedule=1), counted("县级", behind=1)]
    total = counted(completed=1, on_schedule=1, behind=1)
    assert words.overall(situation(total=total, levels=levels))[2] == (
        "分层级看，省级2项，已完成1项、超序时和按序时1项；县级1项，滞后和严重滞后1项。"
    )
    assert len(words.overall(situation(levels=levels[:1]))) == 2


def test_what_changed_since_last_time_is_told_with_the_promises():
    since = SinceLast(
        as_of=MARCH,
        finished=[mention(1)],
        recovered=[mention(2)],
        became_behind=[mention(4)],
        still_behind=[mention(5), mention(6)],
        kept=[mention(2)],
        missed=[mention(5)],
    )
    assert words.overall(situation(since=since))[-1] == (
        "与上期（截至3月10日）相比，新完成1项，赶上进度1项，新转入滞后1项。"
        "上期滞后的3项中，1项已赶上进度，2项仍然滞后。"
        "到期的追赶承诺2项，兑现1项、未兑现1项。"
    )


def test_what_caught_up_before_its_date_is_not_counted_among_the_promises_due():
    early = SinceLast(MARCH, recovered=[mention(2)], early=[mention(2)])
    assert words.overall(situation(since=early))[-1].endswith(
        "1项已赶上进度，0项仍然滞后。1项承诺未到期，已提前赶上。"
    )
    both = SinceLast(MARCH, early=[mention(2)], missed=[mention(5)])
    assert words.overall(situation(since=both))[-1].endswith(
        "到期的追赶承诺1项，兑现0项、未兑现1项；另有1项承诺未到期，已提前赶上。"
    )


def test_that_nothing_changed_is_said_too():
    assert words.overall(situation(since=SinceLast(MARCH)))[-1] == (
        "与上期（截至3月10日）相比，没有新完成、新滞后和赶上进度的项目。"
    )


def test_late_items_stand_by_unit_the_unit_with_most_of_them_first():
    behind = [
        mention(3, "县水利局", "滞后：落后计划7.0个百分点"),
        mention(4, "县教育局", "严重滞后：落后计划12.0个百分点"),
        mention(9, "县教育局", "滞后：落后计划6.0个百分点"),
    ]
    (only,) = words.problems(situation(behind=behind))
    assert only.index("由县教育局负责的") < only.index("由县水利局负责的")
    assert "省级第4项“新建公办幼儿园6所”，严重滞后：落后计划12.0个百分点；省级第9项" in only
    assert not only.startswith("（一）")


def test_kinds_of_trouble_are_numbered_where_there_are_several():
    told = words.problems(
        situation(
            behind=[mention()],
            below={"县教育局": ["省级第3项", "省级第5项"]},
            problems=[mention(6, said="经费尚未落实；")],
            late=Late(missing=[("县住建局", 2)], late=[("县卫健局", 3)]),
        )
    )
    assert [p[:3] for p in told] == ["（一）", "（二）", "（三）", "（四）"]
    assert "县教育局2项（省级第3项、省级第5项）。" in told[1]
    assert told[2].endswith("县教育局反映省级第6项“新建公办幼儿园6所”：经费尚未落实。")
    assert told[3].endswith("至截止时仍未报齐的有县住建局（2项）；逾期报送的有县卫健局（3天）。")


def test_where_nothing_is_wrong_that_is_said():
    assert words.problems(situation()) == ["本期没有发现进度滞后和报送不及时的情况。"]


def test_a_promise_that_was_not_kept_is_named():
    since = SinceLast(MARCH, missed=[mention(5, said="承诺4月1日前赶上，未兑现")])
    (only,) = words.problems(situation(since=since))
    assert only == (
        "部分承诺没有兑现。县教育局省级第5项“新建公办幼儿园6所”承诺4月1日前赶上，未兑现。"
    )


def test_requirements_name_the_units_the_milestones_and_the_deadline():
    told = words.requirements(
        situation(
            behind=[mention()],
            due_soon=[(date(2023, 4, 30), mention(7, "县水利局")), (date(2023, 5, 8), mention())],
            next_deadline=date(2023, 5, 12),
        )
    )
    assert told[0].startswith("（一）压实责任，限期赶上。县教育局要由主要负责人牵头")
    assert "至5月8日还有2个节点到期，涉及县水利局、县教育局，" in told[1]
    assert "下期填报期限为2023年5月12日" in told[2]
    assert "督办单" in told[3]


def test_nobody_is_urged_where_nothing_is_behind():
    assert words.requirements(situation()) == [
        "如实填报，按时报送。各牵头单位要核实数据，按期报送进展、问题和需要协调的事项。"
    ]


def test_a_long_list_of_units_is_cut_with_its_number():
    behind = [mention(n, f"单位{n}") for n in range(15)]
    assert "单位11等15个单位要由主要负责人" in words.requirements(situation(behind=behind))[0]
