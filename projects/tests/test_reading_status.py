"""Reading reports: figures, completion, stages that are met, obstacles; and the doubts."""

from datetime import date

import pytest

from projects.rules.reading import as_exchange, read_row

AS_OF = date(2024, 4, 10)


def read(status, *, title="新建公园10个。", schedule="", as_of=AS_OF):
    return read_row(title=title, schedule=schedule, status=status, year=2024, as_of=as_of)


# status, (value, percent, basis)
FIGURES = [
    ("已完成4个。", (4, 40.0, "derived")),
    ("基本完成5个，准备迎检。", (5, 50.0, "derived")),
    ("累计建成6个，其中本月2个。", (6, 60.0, "derived")),
    ("完成总进度的30%。", (None, 30.0, "stated")),
    ("已完成11个，总进度为30%。", (11, 30.0, "stated")),
    ("完成总任务40%左右。", (None, 40.0, "stated")),
    ("任务数10个，实际完成3个，完成率30%。", (3, 30.0, "stated")),
    ("已完成12个，完成率120%。", (12, 120.0, "stated")),
    ("已建成三个。", (3, 30.0, "derived")),
    ("一季度任务已完成。", (None, None, "none")),
    ("已选址10个。", (None, None, "none")),
    ("已完成10个的选址、设计工作。", (None, None, "none")),
    ("10个公园已全部开工。", (None, None, "none")),
    ("10个公园已基本完成。", (None, None, "none")),
    ("计划4月底完成5个。", (None, None, "none")),
    ("预计10月底完成率达60%。", (None, None, "none")),
    ("投资完成率58%。", (None, None, "none")),
    ("二季度完成2个，为上半年目标任务的50%。", (2, 20.0, "derived")),
    ("80%（东区进度滞后）", (None, 80.0, "stated")),
    ("已完工4个、在建3个。", (4, 40.0, "derived")),
    ("10个公园已全部完工待验收。", (10, 100.0, "derived")),
    ("3个公园完成装修。", (None, None, "none")),
    ("已启动第一批共3个，另有2个正在设计。", (None, None, "none")),
    ("已建成4个，剩余6个完成工程量的65%。", (4, 40.0, "derived")),
    ("苗木到货率96%，已建成4个。", (4, 40.0, "derived")),
    ("开工率100%，完工率60%。", (None, 60.0, "stated")),
    ("完成年度计划的30%。", (None, 30.0, "stated")),
    ("方案设计完成80%。", (None, None, "none")),
    ("10个公园均已定点，建成4个。", (4, 40.0, "derived")),
    ("已开工9个、竣工4个。", (4, 40.0, "derived")),
    ("累计建成6个（其中7月2个），完成年度任务的60%。", (6, 60.0, "stated")),
]


@pytest.mark.parametrize(("status", "figures"), FIGURES)
def test_a_status_gives_the_figures_of_the_years_task_only(status, figures):
    (actual,) = read(status).actual

    assert (actual.value, actual.percent, actual.basis) == figures


DECLARED = [
    ("该项民生实事已完成。", True),
    ("提前完成年度任务。", True),
    ("已超额完成全年目标任务。", True),
    ("项目已全部完工并投入使用。", True),
    ("已完成。", True),
    ("一季度工作任务已完成。", False),
    ("基本完成年度任务。", False),
    ("已完成全年任务的30%。", False),
    ("预计10月完成全年任务。", False),
    ("尚未完成。", False),
    ("选址工作已全部完成。", False),
    ("主体工程已完工。", False),
    ("已完成设计。", False),
    ("年度任务全面完成，正在结算。", True),
    ("各项指标均已完成。", True),
]


@pytest.mark.parametrize(("status", "completed"), DECLARED)
def test_only_a_declaration_completes_an_item(status, completed):
    assert read(status).completed is completed


PLAN = "第一季度：完成选址和方案设计；第二季度：完成50%；第四季度：全部完成。"


@pytest.mark.parametrize(
    ("status", "met"),
    [
        ("一季度目标任务已完成。", [True, None, None]),
        ("方案设计已完成，进入招标阶段。", [True, None, None]),
        ("正在进行施工。", [True, None, None]),
        ("方案设计正在征求意见。", [False, None, None]),
        ("已完成6个。", [True, True, None]),
        ("该项实事已完成。", [True, True, True]),
        ("已召开会议。", [None, None, None]),
    ],
)
def test_milestones_are_met_by_words_and_figures(status, met):
    assert [m.met for m in read(status, schedule=PLAN).milestones] == met


@pytest.mark.parametrize(
    ("status", "completed", "met"),
    [
        ("已完成。已制定方案。", False, [True, None]),
        ("已完成。已建成3个，完成率30%。", False, [True, None]),
        ("已完成。10个均已投用。", True, [True, True]),
    ],
)
def test_done_in_a_monthly_table_means_what_was_due(status, completed, met):
    reading = read(status, schedule="3月：制定方案。11月：完成10个。")

    assert reading.completed is completed
    assert [m.met for m in reading.milestones] == met


@pytest.mark.parametrize(
    ("schedule", "status", "met"),
    [
        ("3月底前开工6个；11月底前完工10个。", "开工8个，另有2个正在公示。", [True, None]),
        ("3月底前开工6个；11月底前完工10个。", "开工4个。", [False, None]),
        ("3月编制方案；11月完工10个。", "未来社区方案全部通过评审。", [True, None]),
        ("3月：桩基；11月：完工。", "主体结构施工至七层。", [True, None]),
        ("3月完成方案；5月完成招标；11月完工。", "招标已完成。", [True, True, None]),
        ("3月完成装饰；11月完工10个。", "较计划略有提前。", [True, None]),
    ],
)
def test_a_stage_is_judged_by_its_own_step(schedule, status, met):
    assert [m.met for m in read(status, schedule=schedule).milestones] == met


def test_a_percent_belongs_to_the_target_whose_number_it_fits():
    title = "新增充电桩320个，其中公共桩120个，自用桩200个。"
    reading = read("建成231个，其中公共桩87个，自用桩144个，总完成率72.2%。", title=title)

    assert [(a.value, a.percent) for a in reading.actual] == [(231, 72.2), (87, 72.5), (144, 72.0)]


def test_a_percent_of_the_whole_belongs_to_no_single_target():
    title = "新建管网62公里，修复沟渠15公里。"
    reading = read("新建管网58.3公里，修复沟渠15.4公里，总体完成率96%。", title=title)

    assert [(a.indicator, a.percent) for a in reading.actual] == [
        (None, 96.0), (0, 94.0), (1, 102.7),
    ]  # fmt: skip


def test_a_figure_short_of_the_plan_is_not_met():
    reading = read("已完成1个。", schedule="3月底前完成2个；6月底前完成10个。")

    assert [m.met for m in reading.milestones] == [False, None]
    assert reading.milestones[0].met_why == "10.0%（计划20.0%）" or "1" in (
        reading.milestones[0].met_why
    )


def test_without_a_date_nothing_is_judged():
    reading = read("已完成1个。", schedule="3月底前完成2个。", as_of=None)

    assert reading.milestones[0].met is None


@pytest.mark.parametrize(
    ("status", "problems"),
    [
        ("已完成2个。存在问题：资金拨付不及时。下一步将加快推进。", "资金拨付不及时。"),
        ("已完成前期，但目前财政经费投入未到位。", "目前财政经费投入未到位"),
        ("已完成2个。", None),
        ("等待市里下发文件。", None),
        ("已完成2个。存在问题：无。", None),
        ("存在的问题：暂无", None),
        ("存在问题：没有。下一步：加快建设。", None),
        ("1个因房屋产权纠纷暂停建设；其余推进中。", "1个因房屋产权纠纷暂停建设"),
        ("东村公园因塌方影响，工期滞后约20天。", "东村公园因塌方影响，工期滞后约20天"),
        ("受连续降雨影响，进度偏慢。", "受连续降雨影响，进度偏慢"),
        ("进度未滞后。", None),
        ("其余农户因房屋空置联系困难。", "其余农户因房屋空置联系困难"),
        ("2个小区因居民意见分歧，尚未开工。", "2个小区因居民意见分歧，尚未开工"),
        ("因灾致困难家庭已改造50户。", None),
        ("基因检测完成300例，尚未发现异常。", None),
        ("因地制宜推进建设，尚未验收。", None),
    ],
)
def test_obstacles_are_kept_in_their_words(status, problems):
    assert read(status).problems == problems


TWO_KINDS = "新建公园10个，购置座椅300套。"
ACTUALS = [
    # The figure in closed brackets hides nothing that follows.
    (TWO_KINDS, "累计建成公园6个（其中7月2个），购置座椅150套。", [(0, 6, 60.0), (1, 150, 50.0)]),
    # What is bought is not yet in place.
    ("新建公园10个，配备座椅300套。", "座椅完成采购300套，安装到位150套。", [(1, 150, 50.0)]),
    # A name that leaves characters out.
    (
        "农村危房改造120户、农村户用厕所改造2600户。",
        "危房竣工60户；户厕完成1300户，占年度任务的50%。",
        [(0, 60, 50.0), (1, 1300, 50.0)],
    ),
    # One of many.
    ("新建菜市场3个、商业网点26个。", "西关菜市场完成工程量的35%；网点建成13个。", [(1, 13, 50.0)]),
    # Numbered as in the title, several targets in one entry.
    (
        "（一）建成食堂10个；（二）新增普惠性托位450个，其中公办托位200个。",
        "（一）已建成5个；（二）新增托位225个，其中公办托位100个。",
        [(0, 5, 50.0), (1, 225, 50.0), (2, 100, 50.0)],
    ),
    ("新增绿化面积10万平方米。", "新增绿化5万㎡。", [(0, 50_000, 50.0)]),
    # Starts that are promised are counted.
    ("住房开工300套、建成200套。", "开工210套；建成50套。", [(0, 210, 70.0), (1, 50, 25.0)]),
    # Parts that are named by no more than what is done.
    (
        "改造公路60公里，其中改建25公里、提升35公里。",
        "改建10公里，提升14公里。",
        [(1, 10, 40.0), (2, 14, 40.0)],
    ),
    (
        "新建改造公厕20座，其中新建8座、改造12座。",
        "新建完成4座，改造完成6座。",
        [(1, 4, 50.0), (2, 6, 50.0)],
    ),
    # The works are finished, and not what they bring about.
    ("改造小区20个，新增车位500个。", "已开工18个，完工6个。", [(0, 6, 30.0)]),
    # The frame's share is no progress, whatever rates stand beside it.
    (
        "新建配送中心1个，公交化率达到80%。",
        "配送中心钢结构安装完成90%；公交化率60%。",
        [(1, 60, 75.0)],
    ),
    # Of several schools one is a target of its own.
    (
        "新建小学1所、改建中学3所。",
        "中学建成2所；小学主体施工至四层，完成总工程量的52%。",
        [(0, None, 52.0), (1, 2, 66.7)],
    ),
    # What is brought on line is done.
    ("布设自助终端60台。", "上线终端24台。", [(0, 24, 40.0)]),
]


@pytest.mark.parametrize(("title", "status", "figures"), ACTUALS)
def test_each_figure_of_a_status_finds_its_target(title, status, figures):
    reading = read(status, title=title)
    known = [a for a in reading.actual if a.percent is not None]

    assert [(a.indicator, a.value, a.percent) for a in known] == figures


@pytest.mark.parametrize(
    ("status", "completed"),
    [
        ("两项任务均已完成。", True),
        ("2项任务均已完成。", True),
        ("公园、座椅两项任务均已完成。", True),
        ("第二项任务均已完成。", False),
        ("三项任务均已完成。", False),
        ("两项任务均已完成50%。", False),
        ("预计两项任务均已完成。", False),
    ],
)
def test_tasks_that_are_done_are_all_if_they_are_as_many_as_the_targets(status, completed):
    assert read(status, title=TWO_KINDS).completed is completed


def test_what_one_target_waits_for_holds_no_other_up():
    title, schedule = "新建水厂1座，铺设管线24公里。", "水厂：3月底前主体封顶，12月底前投用。"
    status = "水厂主体于3月22日封顶。管线穿越铁路段因手续未批复，已停工。"
    reading = read(status, title=title, schedule=schedule)

    assert [m.met for m in reading.milestones] == [True, None]
    assert reading.problems == "管线穿越铁路段因手续未批复"


def test_some_that_are_still_at_a_step_leave_it_open():
    schedule = "3月底前完成招标并开工；12月底前全部完工。"
    reading = read("8个公园已进场，2个正在办理施工招标。", schedule=schedule)

    assert [m.met for m in reading.milestones] == [False, None]


@pytest.mark.parametrize(
    ("schedule", "status", "met"),
    [
        ("3月底前主体完成三层；12月底前完工。", "主体施工至五层。", [True, None]),
        ("3月底前主体完成六层；12月底前完工。", "主体施工至五层。", [False, None]),
        ("4月底前启动；12月底前完成10个。", "工作于4月8日启动。", [True, None]),
        ("4月底前完成招标；12月底前完成10个。", "已完成招标，中标单位正进场。", [True, None]),
    ],
)
def test_floors_and_beginnings_are_judged_by_themselves(schedule, status, met):
    assert [m.met for m in read(status, schedule=schedule).milestones] == met


def test_works_are_compared_by_their_own_length():
    schedule = "6月底前完成路基30公里；12月底前全部通车。"
    reading = read("路基完成33公里。", title="新建公路60公里。", schedule=schedule)

    assert [m.met for m in reading.milestones] == [True, None]


def test_the_progress_of_one_of_two_sites_is_not_the_items():
    title = "改造市场2个（城南市场、河西市场）。"
    reading = read("城南市场已开业，河西市场完成60%。", title=title)

    assert [a.percent for a in reading.actual] == [None]


def test_sites_progress_is_not_the_items():
    reading = read(
        "东村公园完成60%，西村公园完成30%。", title="新建公园2个。（东村公园、西村公园）"
    )

    assert reading.actual[0].percent is None
    assert {left.span.text for left in reading.leftovers} >= {"60%", "30%"}


DOUBTS = [
    ({"title": "新建公园1个。（甲村、乙村）"}, "多于目标值"),
    ({"title": "电梯10台。（甲镇6台、乙镇1台）"}, "与目标值10不符"),
    ({"schedule": "6月底前完成5个；9月底前完成5个；10月底前完成5个。"}, "与目标值10个不符"),
    ({"schedule": "6月底前完成30%；12月底前完成60%。"}, "没有到100%"),
    ({"schedule": "常态化推进。"}, "没有读出时间节点"),
    ({"schedule": "9月底前完成20%；12月底前全部完成。"}, "第四季度"),
    ({"schedule": "6月底前完成60%；9月底前完成50%；11月底前全部完成。"}, "低"),
    ({"status": "已完成1个，完成进度50%。"}, "两者不一致"),
    ({"status": "已完成10个。"}, "没有写明该项已完成"),
    ({"schedule": "2025年3月底前全部完成。"}, "不在本年度"),
]


@pytest.mark.parametrize(("row", "words"), DOUBTS)
def test_contradictions_are_said_in_chinese(row, words):
    reading = read_row(**{"title": "新建公园10个。", "year": 2024, "as_of": AS_OF} | row)

    assert any(words in sentence for sentence in reading.doubts), reading.doubts
    assert all(sentence.endswith("。") for sentence in reading.doubts)


def test_a_plain_row_has_no_doubts():
    reading = read(
        "已完成4个。", schedule="第一季度：完成4个；第二季度：累计完成8个；三季度：累计完成10个。"
    )

    assert reading.doubts == []
    assert reading.leftovers == []


def test_a_number_that_became_nothing_is_named():
    reading = read("已完成4个，接待群众3000人。")

    assert [left.span.text for left in reading.leftovers] == ["3000人"]


def test_the_exchange_format_says_where_each_value_comes_from():
    read_out = as_exchange(read("已完成4个。", schedule=PLAN))

    assert len(read_out["readings"]["milestones"]) == len(read_out["milestones"]) == 3
    assert read_out["readings"]["indicators"][0]["words"] == "10个"
    assert read_out["actual"] == [{"indicator": 0, "value": 4, "percent": 40.0, "basis": "derived"}]
    assert read_out["milestones"][1]["due"] == "2024-06-30"


MET_DOUBTS = [
    # title's stages, status, what is doubted
    ("3月底前制订方案", "正在听取意见。", "已到期，实施情况没有写明是否完成"),
    ("3月底前确定选址", "已基本确定选址。", "按“已基本确定选址”读作已完成"),
    ("5月底前完成招标", "已完成招标。", "尚未到期，按“已完成招标”读作已完成"),
    ("3月底前确定选址", "甲公园正在施工图设计，乙公园已完成招标。", "另有“甲公园正在施工图设计”"),
]


@pytest.mark.parametrize(("stage", "status", "words"), MET_DOUBTS)
def test_a_verdict_that_rests_on_words_is_doubted(stage, status, words):
    reading = read(status, schedule=f"{stage}；11月底前建成10个。")

    assert any(words in doubt for doubt in reading.doubts), reading.doubts


def test_a_figure_or_a_plain_claim_is_not_doubted():
    reading = read("一季度任务已完成。", schedule="3月底前制订方案；11月底前建成10个。")
    assert reading.doubts == []


def test_an_obstacle_that_is_not_called_one_is_doubted():
    assert any("原文没有写明“存在问题”" in d for d in read("资金尚未落实。").doubts)
    assert not any("没有写明“存在问题”" in d for d in read("存在问题：资金未到位。").doubts)


def test_the_words_of_a_problem_are_kept_whole():
    assert read("存在问题：有6台电梯停工。").problems == "有6台电梯停工。"
    assert read("存在问题有：资金未到位。").problems == "资金未到位。"


def test_places_that_are_done_before_the_day_are_met():
    schedule = "5月底前完成东门至西山、南岭至北坑路段施工；11月底前建成10个。"
    reading = read("东门至西山、南岭至北坑路段已完工。", schedule=schedule)
    assert [m.met for m in reading.milestones] == [True, None]


def test_the_share_of_the_main_structure_is_not_that_of_the_task():
    (actual,) = read("完成主体工程的40%。").actual
    assert actual.percent is None
