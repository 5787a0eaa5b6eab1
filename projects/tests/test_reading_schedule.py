"""Reading titles and schedules: targets, places, labels, cumulative numbers, percents."""

from datetime import date

import pytest

from projects.rules.reading import CERTAIN, DOUBTFUL, LIKELY, read_row

# title, [(target, unit, kind)]
TITLES = [
    ("新建老年学校4所。", [(4, "所", "quantity")]),
    ("推进儿童友好9类试点单元建设20个。", [(20, "个", "quantity")]),
    ("24米以上大型渔船安装宽带卫星终端624艘。", [(624, "艘", "quantity")]),
    ("新增山区26县及农村阳光食品作坊30家。", [(30, "家", "quantity")]),
    ("完成充电桩50个站点200个桩位建设。", [(50, "个", "quantity"), (200, "个", "quantity")]),
    ("报销比例≥50%。", [(50, "%", "rate")]),
    ("报销比例由68%提高到70%以上。", [(70, "%", "rate")]),
    ("参保人数达12.15万人，赔付率达75%。", [(121_500, "人", "quantity"), (75, "%", "rate")]),
    ("推行“一件事一次办”改革。", [(None, None, "milestone")]),
    ("门诊按一般救助人员封顶2万元一年待遇享受。", [(None, None, "milestone")]),
    ("发放创业担保贷款5000万元。", [(50_000_000, "元", "quantity")]),
    ("实现管理站全覆盖（30个）。", [(30, "个", "quantity")]),
    ("新建三所寄宿制学校。", [(3, "所", "quantity")]),
    (
        "新建充电桩300个（快充100个，慢充200个）",
        [(300, "个", "quantity"), (100, "个", "quantity"), (200, "个", "quantity")],
    ),
    ("新增床位一百八十张、服务中心三个。", [(180, "张", "quantity"), (3, "个", "quantity")]),
    ("便民站全覆盖（共186个村）", [(186, "个", "quantity")]),
    ("户均配变容量提升至3.2千伏安。", [(3.2, "千伏安", "quantity")]),
    ("举办讲座20期。", [(20, "期", "quantity")]),
    ("农村低保标准提高到每人每年7200元。", [(7200, "元", "quantity")]),
    ("农产品网络零售额突破3亿元。", [(300_000_000, "元", "quantity")]),
    ("开展安全检查，事故为0起。", [(None, None, "milestone")]),
    (
        "打通断头路8条，其中开工4条，完工4条。",
        [(8, "条", "quantity"), (4, "条", "quantity"), (4, "条", "quantity")],
    ),
    # A range promises its lower end.
    ("新建服务站5—8个", [(5, "个", "quantity")]),
    (
        "建立“快处”网上平台，处理量达1.3万起。",
        [(None, None, "milestone"), (13_000, "起", "quantity")],
    ),
    ("发放残疾人护理补贴和生活补贴1860万元。", [(18_600_000, "元", "quantity")]),
    ("为3000名老人发放补贴，每人补贴200元。", [(3000, "名", "quantity")]),
    ("新建公园2个，总投资500万元。", [(2, "个", "quantity")]),
    ("在学校、车站设置AED 30台。", [(30, "台", "quantity")]),
    ("卫生院配备DR 3台、MRI 1台。", [(3, "台", "quantity"), (1, "台", "quantity")]),
    # Money that is lent is counted itself; what is spent on something is not.
    (
        "投放农户小额信贷3000万元，惠及600户。",
        [(30_000_000, "元", "quantity"), (600, "户", "quantity")],
    ),
    ("投放信贷资金5000万元支持企业100家。", [(100, "家", "quantity")]),
    # Kinds of villages are no places.
    (
        "创建美丽乡村30个：示范村10个、特色村20个。",
        [(30, "个", "quantity"), (10, "个", "quantity"), (20, "个", "quantity")],
    ),
    (
        "建成数字档案馆，完成档案数字化120万页。",
        [(None, None, "milestone"), (1_200_000, "页", "quantity")],
    ),
]


@pytest.mark.parametrize(("title", "targets"), TITLES)
def test_a_title_promises_its_targets(title, targets):
    reading = read_row(title=title, year=2024)

    assert [(i.target, i.unit, i.kind) for i in reading.indicators] == targets


SITES = [
    ("新建公园3个。（甲镇东村、乙镇西村；丙乡）", ["甲镇东村", "乙镇西村", "丙乡"]),
    ("新建公园2个（东门路18号、城南（原粮站）广场）。", ["东门路18号", "城南（原粮站）广场"]),
    ("改造公厕2座：东门路公厕、西关公厕。", ["东门路公厕", "西关公厕"]),
    ("新建体育场地3个。（双台社区、公园路2个）", ["双台社区", "公园路"]),
    ("新建门诊4个（城南、城北、宝塔、柳林）。", ["城南", "城北", "宝塔", "柳林"]),
    ("新（改、扩）建卫生室（服务站）9个。", []),
    ("新增AED（自动体外除颤仪）30台。", []),
    ("新增病种4种（癫痫、孤独症）。", []),
    ("在东门公园、体育中心、西关广场新建驿站3处。", ["东门公园", "体育中心", "西关广场"]),
    ("打通滨河路、学府路和站前街3条断头路。", ["滨河路", "学府路", "站前街"]),
    ("改造幸福里小区、和平小区等8个老旧小区。", ["幸福里小区", "和平小区"]),
    ("在学校、车站设置自动售货机30台。", []),
    ("新建养老机构、托育机构2个。", []),
    ("新建菜市场（农贸市场）3个。", []),
    ("加固海塘工程（北片海塘）3公里。", ["北片海塘"]),
    ("新增妈妈小屋（母婴室）20间。", []),
    ("建设乡镇卫生院（社区医院）2家。", []),
]


@pytest.mark.parametrize(("title", "sites"), SITES)
def test_places_after_a_target_are_sites(title, sites):
    assert [s.name for s in read_row(title=title, year=2024).sites] == sites


@pytest.mark.parametrize(
    ("title", "shares"),
    [
        ("加装电梯7台。（灵溪镇6台、金乡镇1台）", [("灵溪镇", 6), ("金乡镇", 1)]),
        ("广场4个（甲镇、乙镇各1个，丙镇2个）。", [("甲镇", 1), ("乙镇", 1), ("丙镇", 2)]),
        ("服务中心三个（甲镇、乙镇、丙乡各一个）。", [("甲镇", 1), ("乙镇", 1), ("丙乡", 1)]),
        ("托位300个，其中东城街道200个、北关镇100个。", [("东城街道", 200), ("北关镇", 100)]),
        ("停车点15处：甲镇8处、乙镇7处。", [("甲镇", 8), ("乙镇", 7)]),
        ("充电桩200个：甲镇、乙镇各60个，丙乡80个。", [("甲镇", 60), ("乙镇", 60), ("丙乡", 80)]),
        ("球场30处：甲镇20处、其余乡镇10处。", [("甲镇", 20), ("其余乡镇", 10)]),
    ],
)
def test_numbers_of_places_are_their_shares(title, shares):
    reading = read_row(title=title, year=2024)

    assert [(a.place, a.value) for a in reading.allocations] == shares
    assert len(reading.indicators) == 1
    assert reading.sites == []


@pytest.mark.parametrize(
    ("title", "targets", "shares"),
    [
        ("公路40公里：甲镇12公里、乙镇28公里，新建桥梁3座。", [40, 3], [12, 28]),
        (
            "市场2个：甲镇1个、乙镇1个，摊位300个：甲镇100个、乙镇200个。",
            [2, 300],
            [1, 1, 100, 200],
        ),
        # More than the whole: what is meant is left open.
        ("球场30处：甲镇20处、乙镇30处。", [30, 20, 30], []),
    ],
)
def test_the_shares_of_places_end_where_another_target_begins(title, targets, shares):
    reading = read_row(title=title, year=2024)

    assert [i.target for i in reading.indicators] == targets
    assert [a.value for a in reading.allocations] == shares
    assert reading.sites == []


def test_a_star_marks_the_row():
    assert read_row(title="★新增托位620个。", year=2024).starred
    assert not read_row(title="新增托位620个。", year=2024).starred


# title, schedule, [(due, value, percent, basis)]
SCHEDULES = [
    (
        "为2万名农户投保",
        "3月底前摸底；6月底前完成2万名农户合同签订。",
        [("03-31", None, None, "none"), ("06-30", 20_000, 100.0, "value")],
    ),
    (
        "公园10个",
        "3月底前完成公园的建设准备工作；11月底前建成10个。",
        [("03-31", None, None, "none"), ("11-30", 10, 100.0, "value")],
    ),
    (
        "服务3万人次",
        "6月底前服务1万人次；服务人次年底前达3万",
        [("06-30", 10_000, 33.3, "value"), ("12-31", 30_000, 100.0, "value")],
    ),
    (
        "公园10个",
        "3月完成2个；4-6月完成3个；7-9月完成5个。",
        [("03-31", 2, 20.0, "value"), ("06-30", 5, 50.0, "value"), ("09-30", 10, 100.0, "value")],
    ),
    (
        "公园10个",
        "6月底前完成4个，10月底前完成10个。",
        [("06-30", 4, 40.0, "value"), ("10-31", 10, 100.0, "value")],
    ),
    (
        "公园10个",
        "一季度创建2个；二季度创建3个，累计完成5个；四季度（11月份）：累计完成10个。",
        [("03-31", 2, 20.0, "value"), ("06-30", 5, 50.0, "value"), ("11-30", 10, 100.0, "value")],
    ),
    (
        "公园10个",
        "第一季度：选址；第二季度：完成50℅；第四季度：10月份完成进度100%，11月份通过验收。",
        [
            ("03-31", None, None, "none"),
            ("06-30", None, 50.0, "percent"),
            ("10-31", None, 100.0, "percent"),
            ("11-30", None, 100.0, "final"),
        ],
    ),
    (
        "公园10个",
        "Q1 方案制定 Q2 建成2个 Q3 建成6个（累计） Q4 全面完成",
        [
            ("03-31", None, None, "none"),
            ("06-30", 2, 20.0, "value"),
            ("09-30", 6, 60.0, "value"),
            ("12-31", None, 100.0, "final"),
        ],
    ),
    (
        "公园10个",
        "3.1-3.31完成设计；4.1-6.30完成投资过半；7.1-10.31完成总工程量的90%。",
        [
            ("03-31", None, None, "none"),
            ("06-30", None, None, "none"),
            ("10-31", None, 90.0, "percent"),
        ],
    ),
    (
        "发放消费券600万元。",
        "春节期间（2月底前）发放200万元；国庆期间（10月底前）发放400万元。",
        [("02-29", 2_000_000, 33.3, "value"), ("10-31", 6_000_000, 100.0, "value")],
    ),
    (
        "课桌椅更换1万套",
        "7-8月更换6000套；寒假前（12月底前）全部更换到位。",
        [("08-31", 6000, 60.0, "value"), ("12-31", None, 100.0, "final")],
    ),
    (
        "公园10个",
        "3月底前完成八成前期手续；6月底前完成四成；12月底前完成10个。",
        [
            ("03-31", None, None, "none"),
            ("06-30", None, 40.0, "percent"),
            ("12-31", 10, 100.0, "value"),
        ],
    ),
    (
        "打通断头路6条",
        "2条3月底前完工，2条6月底前完工，2条11月底前完工",
        [("03-31", 2, 33.3, "value"), ("06-30", 4, 66.7, "value"), ("11-30", 6, 100.0, "value")],
    ),
    (
        "演出100场",
        "每月开展演出10场左右。",
        [("12-31", None, 100.0, "final")],
    ),
    (
        "高标准农田3.5万亩",
        "一季度完成20%，二季度完成30%，三季度完成30%，四季度完成20%。",
        [
            ("03-31", None, 20.0, "percent"),
            ("06-30", None, 50.0, "percent"),
            ("09-30", None, 80.0, "percent"),
            ("12-31", None, 100.0, "percent"),
        ],
    ),
    (
        "报销比例≥50%",
        "1—3月份落实报销比例60%，全年持续保持。",
        [("03-31", 60, 100.0, "value"), ("12-31", 60, 100.0, "value")],
    ),
    (
        "打造庭院12个",
        "6月底前开工12个，开工率100%；9月底前完成一半；年底前全部完工。",
        [
            ("06-30", None, None, "none"),
            ("09-30", None, 50.0, "percent"),
            ("12-31", None, 100.0, "final"),
        ],
    ),
    (
        "泵站13座",
        "6月底前改造提升13座完成工程量50%；9月底前完成工程量100%。",
        [("06-30", None, 50.0, "percent"), ("09-30", None, 100.0, "percent")],
    ),
    (
        "实训基地1个",
        "制定方案（3月底前）；完成招标（5月底前）；投入使用（10月底前）。",
        [
            ("03-31", None, None, "none"),
            ("05-31", None, None, "none"),
            ("10-31", None, 100.0, "final"),
        ],
    ),
    (
        "工作站20个",
        "选址3月底前完成，挂牌运行9月底前完成。",
        [("03-31", None, None, "none"), ("09-30", None, 100.0, "final")],
    ),
    (
        "就业268人",
        "4月份之前做好准备；4月份开始审核；9月份完成进度60%；11月底完成全年工作任务。",
        [
            ("03-31", None, None, "none"),
            ("04-30", None, None, "none"),
            ("09-30", None, 60.0, "percent"),
            ("11-30", None, 100.0, "final"),
        ],
    ),
    (
        "公园10个",
        "第一季度：选址；第二季度：设计；第三季度：施工；第四季度：全部完成。（11月份前完成）",
        [
            ("03-31", None, None, "none"),
            ("06-30", None, None, "none"),
            ("09-30", None, None, "none"),
            ("11-30", None, 100.0, "final"),
        ],
    ),
    (
        "公园10个",
        "6月底、9月底、11月底前分别完成30%、70%、100%。",
        [
            ("06-30", None, 30.0, "percent"),
            ("09-30", None, 70.0, "percent"),
            ("11-30", None, 100.0, "percent"),
        ],
    ),
    (
        "公园10个",
        "一、二、三季度分别完成2个、3个、5个。",
        [("03-31", 2, 20.0, "value"), ("06-30", 5, 50.0, "value"), ("09-30", 10, 100.0, "value")],
    ),
    (
        "公园10个",
        "第一阶段（2月1日至4月30日）：动员；第二阶段（5月1日-9月30日）：完成10个。",
        [("04-30", None, None, "none"), ("09-30", 10, 100.0, "value")],
    ),
    (
        "公园10个",
        "（一）3月底前制定方案。（二）11月底前完成10个。",
        [("03-31", None, None, "none"), ("11-30", 10, 100.0, "value")],
    ),
    (
        "公园10个",
        "Q2：建成4个；Q4：建成10个。",
        [("06-30", 4, 40.0, "value"), ("12-31", 10, 100.0, "value")],
    ),
    (
        "公园10个",
        "1-3月 前期准备 4-6月 完成4个 7-9月 完成10个",
        [
            ("03-31", None, None, "none"),
            ("06-30", 4, 40.0, "value"),
            ("09-30", 10, 100.0, "value"),
        ],
    ),
    (
        "公园10个",
        "年中完成5个，年底完成10个",
        [("06-30", 5, 50.0, "value"), ("12-31", 10, 100.0, "value")],
    ),
    ("碧道40公里", "每季度建成10公里。", [("12-31", 40, 100.0, "value")]),
    ("图书馆2座", "2024年10月31日前", [("10-31", None, 100.0, "final")]),
    ("送戏下乡100场", "常态化开展。", []),
    (
        "菜店20个",
        "6月底前完成10个（含改建4个）；年底前完成20个，其中改建8个",
        [("06-30", 10, 50.0, "value"), ("12-31", 20, 100.0, "value")],
    ),
    ("送戏下乡2400场", "每季度600场。", [("12-31", 2400, 100.0, "value")]),
    (
        "农田5万亩",
        "春耕前（3月20日前）完成2万亩，夏种前（6月10日前）累计完成3万亩，年底前全部完成",
        [
            ("03-20", 20_000, 40.0, "value"),
            ("06-10", 30_000, 60.0, "value"),
            ("12-31", None, 100.0, "final"),
        ],
    ),
    (
        "绿化10万平方米",
        "春季（4月底前）完成5万㎡，年底前完成10万㎡",
        [("04-30", 50_000, 50.0, "value"), ("12-31", 100_000, 100.0, "value")],
    ),
    (
        "互认项目120项",
        "一季度60项；半年90项；全年120项",
        [
            ("03-31", 60, 50.0, "value"),
            ("06-30", 90, 75.0, "value"),
            ("12-31", 120, 100.0, "value"),
        ],
    ),
    (
        "改造公园10个",
        "3月底前选址完成100%；6月底前苗木到货率90%；9月底前完成50%；年底前全部完成",
        [
            ("03-31", None, None, "none"),
            ("06-30", None, None, "none"),
            ("09-30", None, 50.0, "percent"),
            ("12-31", None, 100.0, "final"),
        ],
    ),
]


@pytest.mark.parametrize(("title", "schedule", "milestones"), SCHEDULES)
def test_a_schedule_is_cumulative(title, schedule, milestones):
    reading = read_row(title=title, schedule=schedule, year=2024)

    assert [
        (f"{m.due:%m-%d}", m.value, m.percent, m.basis) for m in reading.milestones
    ] == milestones
    assert {m.indicator for m in reading.milestones} <= {0}


def test_numbered_parts_of_a_schedule_belong_to_their_targets():
    reading = read_row(
        title="新增床位200张；培训护理员300人。",
        schedule="1.床位：6月底前100张，10月底前200张。2.护理员培训：5月底前90人，9月底前300人。",
        year=2024,
    )

    assert [(m.indicator, f"{m.due:%m-%d}", m.value) for m in reading.milestones] == [
        (1, "05-31", 90),
        (0, "06-30", 100),
        (1, "09-30", 300),
        (0, "10-31", 200),
    ]


@pytest.mark.parametrize(
    ("title", "schedule", "milestones"),
    [
        (
            "（1）养护公路260公里；（2）改造危桥8座；（3）建安防150公里。",
            "（1）6月底前完成130公里。（2）11月底前全部完成。（3）9月底前完成100公里。",
            [(0, "06-30", 130), (2, "09-30", 100), (1, "11-30", None)],
        ),
        (
            "全人群签约率45%，老年人签约率80%",
            "三季度末分别达43%、77%；年底分别达45%、80%",
            [(0, "09-30", 43), (1, "09-30", 77), (0, "12-31", 45), (1, "12-31", 80)],
        ),
        (
            "办理意外保险1.8万人；发放高龄津贴9000人",
            "保险：5月底前完成1.8万人。津贴：按月发放，6月底前8600人，12月底前9000人。",
            [(0, "05-31", 18_000), (1, "06-30", 8600), (1, "12-31", 9000)],
        ),
        (
            "公交站台50座，公交车35辆",
            "上半年完成站台20座、车辆采购；9月底站台40座、车辆20辆；年底前全部完成",
            [(0, "06-30", 20), (0, "09-30", 40), (1, "09-30", 20), (None, "12-31", None)],
        ),
        (
            "培训5500人次，新增高技能人才420人",
            "6月底累计培训2600人次、新增人才150人；9月底累计培训4500人次、新增人才300人",
            [(0, "06-30", 2600), (1, "06-30", 150), (0, "09-30", 4500), (1, "09-30", 300)],
        ),
        (
            "新建墓地18处，新增墓位6000个",
            "九月底前完成10处；十一月底前全部完成",
            [(0, "09-30", 10), (None, "11-30", None)],
        ),
        (
            "敷设管网46公里，消除易涝点8处",
            "4月—6月，完成管网15公里；汛期前（5月31日前）消除易涝点3处；9月底完成46公里",
            [(1, "05-31", 3), (0, "06-30", 15), (0, "09-30", 46)],
        ),
        (
            "（一）建成食堂14个；（二）新增普惠性托位450个，其中公办托位200个",
            "（一）6月底前6个，9月底前14个；（二）8月底前公办托位200个投用，11月底前新增托位450个",
            [(0, "06-30", 6), (2, "08-31", 200), (0, "09-30", 14), (1, "11-30", 450)],
        ),
        (
            "购置公交车30辆，新建停靠站16处",
            "3月完成车辆招标；6月到位30辆；9月停靠站建成16处",
            [(0, "03-31", None), (0, "06-30", 30), (1, "09-30", 16)],
        ),
        (
            "卫生室15个，设备15套",
            "5月底前完成5个、配备5套；8月底前完成10个、配备10套；10月底前全部完成",
            [
                (0, "05-31", 5),
                (1, "05-31", 5),
                (0, "08-31", 10),
                (1, "08-31", 10),
                (None, "10-31", None),
            ],
        ),
        (
            "体检3000人，覆盖率98%",
            "6月底完成1500人；年底前全部完成，覆盖率达98%",
            [(0, "06-30", 1500), (None, "12-31", None), (1, "12-31", 98)],
        ),
        (
            "建成数字档案馆，完成档案数字化120万页",
            "8月底完成80万页扫描，11月底完成120万页扫描并建成数字档案馆",
            [(1, "08-31", 800_000), (1, "11-30", 1_200_000), (0, "11-30", None)],
        ),
        (
            "新建小学3所，新增学位900个：城北小学、河东小学、南山小学",
            "8月底前城北小学开工；年底前3所建成，新增学位900个",
            [(0, "08-31", None), (0, "12-31", 3), (1, "12-31", 900)],
        ),
    ],
)
def test_each_part_of_a_schedule_finds_its_target(title, schedule, milestones):
    reading = read_row(title=title, schedule=schedule, year=2024)

    assert [(m.indicator, f"{m.due:%m-%d}", m.value) for m in reading.milestones] == milestones


def test_new_years_eve_after_the_autumn_is_next_years():
    reading = read_row(title="慰问3200人次", schedule="9月底前1800人次；春节前完成。", year=2023)

    assert [m.due.isoformat() for m in reading.milestones] == ["2023-09-30", "2024-02-09"]


def test_parts_that_only_the_schedule_names_are_added():
    reading = read_row(
        title="建设防护工程80公里。",
        schedule="县道30公里：8月底前完工；乡道50公里：10月底前完工。",
        year=2024,
    )

    assert [(i.name[:2], i.target) for i in reading.indicators] == [
        ("建设", 80),
        ("县道", 30),
        ("乡道", 50),
    ]
    assert [m.indicator for m in reading.milestones] == [1, 2]
    assert reading.indicators[1].span.field == "schedule"


def test_no_part_of_a_target_is_nothing():
    schedule = "东片3所：9月底前完成。西片0所：9月底前完成。"
    reading = read_row(title="新建学校3所", schedule=schedule, year=2024)

    assert [i.target for i in reading.indicators] == [3]


def test_a_period_in_the_columns_heading_holds_for_words_without_one():
    reading = read_row(title="公园10个", schedule="完成50%", schedule_head="8月计划进度", year=2024)

    (milestone,) = reading.milestones
    assert (f"{milestone.due:%m-%d}", milestone.percent) == ("08-31", 50.0)


def test_a_value_points_to_its_words():
    schedule = "第一季度：摸底；第二季度： 完成１２ 个，累计２０个。"
    reading = read_row(title="公园 40 个。", schedule=schedule, year=2024)

    second = reading.milestones[1]
    assert second.value == 20
    assert schedule[second.figure_span.start : second.figure_span.end] == "２０个"
    assert second.label_span.text == "第二季度"
    assert reading.indicators[0].span.text == "40 个"


@pytest.mark.parametrize(
    ("schedule", "level"),
    [
        ("3月完成3个；6月完成3个；9月完成4个。", CERTAIN),
        ("3月完成1个；6月完成3个；9月底全部完成。", DOUBTFUL),
        ("国庆节前全部完成。", LIKELY),
    ],
)
def test_it_says_how_sure_it_is(schedule, level):
    milestones = read_row(title="公园10个", schedule=schedule, year=2024).milestones

    assert level in {m.sure.level for m in milestones}
    assert all(m.sure.reason for m in milestones if m.sure.level != CERTAIN)


# Several targets: title, schedule, [(due, indicator, value, percent)]
SEVERAL = [
    (
        "就业5200人，再就业1300人，困难人员就业400人",
        "第1-2季度：2600/650/200人；第3季度：4000/1000/300人；第4季度：5200/1300/400人",
        [
            ("06-30", 0, 2600, 50.0), ("06-30", 1, 650, 50.0), ("06-30", 2, 200, 50.0),
            ("09-30", 0, 4000, 76.9), ("09-30", 1, 1000, 76.9), ("09-30", 2, 300, 75.0),
            ("12-31", 0, 5200, 100.0), ("12-31", 1, 1300, 100.0), ("12-31", 2, 400, 100.0),
        ],
    ),
    (
        "改扩建学校7所（甲校、乙校、丙校、丁校、戊校、己校、庚校），其中建成投用3所",
        "9月底前甲校、乙校等两个项目主体施工，丙校、丁校、戊校等三个项目全部完工；12月底前结顶。",
        [("09-30", None, None, None), ("09-30", 1, 3, 100.0), ("12-31", None, None, 100.0)],
    ),
    (
        "新增场所8个、提升场所5个",
        "6月底前完成5个提升场所；9月底前完成8个新增场所；11月底前对8个新增场所、5个提升场所进行验收。",
        [("06-30", 1, 5, 100.0), ("09-30", 0, 8, 100.0), ("11-30", None, None, 100.0)],
    ),
    # A part that is named by no more than 新建.
    (
        "改造提升公路60公里，其中新建25公里、提升35公里",
        "6月底前新建10公里；12月底前新建25公里、提升35公里。",
        [("06-30", 1, 10, 40.0), ("12-31", 1, 25, 100.0), ("12-31", 2, 35, 100.0)],
    ),
    # What is finished, unnamed, are the works, and not what they bring about.
    (
        "改造小区20个，新增车位500个",
        "6月底前完工8个；12月底前完工20个，新增车位500个。",
        [("06-30", 0, 8, 40.0), ("12-31", 0, 20, 100.0), ("12-31", 1, 500, 100.0)],
    ),
    # A stage that names them all is the whole's.
    (
        "购置校车22辆，开通线路31条",
        "“五一”前（4月30日前）购置8辆、开通12条；8月底前车辆、线路全部投运。",
        [("04-30", 0, 8, 36.4), ("04-30", 1, 12, 38.7), ("08-31", None, None, 100.0)],
    ),
    (
        "改造学校3所、医院2所",
        "6月底前学校、医院均已开工；12月底前全部投用。",
        [("06-30", None, None, None), ("12-31", None, None, 100.0)],
    ),
    # A target whose parts go on does not end with its own last stage.
    (
        "建设住房200套，其中新建120套、改建80套",
        "上半年开工200套；下半年新建120套、改建80套竣工。",
        [("06-30", 0, None, None), ("12-31", 1, 120, 100.0), ("12-31", 2, 80, 100.0)],
    ),
    (
        "整治山塘12座、水库3座",
        "6月底前山塘全部完工；12月底前山塘和水库全部完工。",
        [("06-30", 0, None, 100.0), ("12-31", None, None, 100.0)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("title", "schedule", "stages"), SEVERAL)
def test_a_schedule_of_several_targets_gives_each_its_own(title, schedule, stages):
    reading = read_row(title=title, schedule=schedule, year=2024)

    found = [(m.due.strftime("%m-%d"), m.indicator, m.value, m.percent) for m in reading.milestones]
    assert found == stages


@pytest.mark.parametrize(
    ("title", "schedule", "words"),
    [
        ("建设公园9个", "6月底前选址3个；11月底前建成9个。", "进度安排中的“3个”没有读作计划数"),
        ("建设公园9个", "6月底前两个项目施工；11月底前建成9个。", "“两个”没有读作计划数"),
        ("加固水库1座（甲镇大湾水库）、山塘2座（乙镇小坑山塘、丙镇小岭山塘）。",
         "6月底前大湾水库和小坑山塘完成50%；11月底前小岭山塘完工。", "只写到2个点位（共3个）"),
        ("加固海塘工程（北片海塘）3公里", "11月底前完工。", "点位“北片海塘”"),
        ("新建服务站5—8个", "11月底前完工。", "取下限"),
    ],
)  # fmt: skip
def test_what_was_not_taken_up_is_a_doubt(title, schedule, words):
    doubts = read_row(title=title, schedule=schedule, year=2024).doubts

    assert any(words in doubt for doubt in doubts), doubts


@pytest.mark.parametrize(
    ("title", "schedule"),
    [
        ("改造泵站13座", "6月底前13座完成工程量50%；9月底前完成工程量100%。"),
        ("建设公园9个", "6月底前建成5个；11月底前建成9个。"),
        ("改造水库2座（甲镇大湾水库、乙镇小坑水库）。", "6月底前完成50%；11月底前全部完成。"),
    ],
)
def test_the_scope_of_a_stage_is_no_doubt(title, schedule):
    assert read_row(title=title, schedule=schedule, year=2024).doubts == []


def test_a_feast_is_doubted_unless_its_day_is_told():
    schedule = "“五一”前（4月28日前）完成2个，“十一”前完成5个，12月底前完成10个。"
    first, second, _last = read_row(title="公园10个", schedule=schedule, year=2024).milestones

    assert (first.due, first.sure.level) == (date(2024, 4, 28), CERTAIN)
    assert (second.due, second.sure.reason) == (date(2024, 9, 30), "“十一前”按9月30日读取")
