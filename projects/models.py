"""WHAT was promised: lists, their items, targets, milestones, allocations, sites."""

from pathlib import PurePath
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from livelihood.organisation.access import Permission, may
from livelihood.organisation.models import Region, Unit


class Level(models.TextChoices):
    """The government that promised a list."""

    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    COUNTY = "county", "县级"


# The order in which a bulletin speaks of the levels.
LEVEL_ORDER = {level: order for order, level in enumerate(Level.values)}


class ProjectListQuerySet(models.QuerySet):
    def get_by_natural_key(self, county_code, year, level):
        return self.get(county__code=county_code, year=year, level=level)

    def visible_to(self, user):
        """Lists of the regions that exist for ``user``."""
        return self.filter(county__in=Region.objects.visible_to(user))

    def titles(self, county, year):
        """The lists' titles as printed, by level."""
        return dict(self.filter(county=county, year=year).values_list("level", "title"))


class ProjectList(models.Model):
    """清单: one published list of a county, of one level and year."""

    county = models.ForeignKey(
        Region, models.PROTECT, related_name="project_lists", verbose_name="县（市、区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    level = models.CharField("层级", max_length=10, choices=Level)
    title = models.CharField("标题", max_length=120)
    document = models.CharField("文档标识", max_length=60, help_text="交换格式中的 doc")
    source = models.CharField("来源", max_length=300, blank=True)

    objects = ProjectListQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "清单"
        ordering = ["county", "-year", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "level"],
                name="projects_list_level",
                violation_error_message="该县这一年度、这一层级的清单已经存在。",
            ),
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2100),
                name="projects_list_year",
                violation_error_message="年度应在2000至2100之间。",
            ),
        ]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (*self.county.natural_key(), self.year, self.level)


class Project(models.Model):
    """事项: the real piece of work, reported once; it may stand on two or three lists."""

    county = models.ForeignKey(
        Region, models.PROTECT, related_name="projects", verbose_name="县（市、区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("名称", max_length=120)
    lead_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="projects", verbose_name="牵头单位"
    )
    note = models.CharField("各清单口径差异", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "事项"
        ordering = ["county", "-year", "pk"]
        indexes = [models.Index(fields=["county", "year"], name="projects_project_county")]

    def __str__(self):
        return self.name


class ListItemQuerySet(models.QuerySet):
    def get_by_natural_key(self, county_code, year, level, number):
        return self.get(
            project_list__county__code=county_code,
            project_list__year=year,
            project_list__level=level,
            number=number,
        )

    def visible_to(self, user):
        """The items that exist for ``user``.

        County office, supervisors and administrators see every item of their region; a
        person of a lead unit sees the items which that unit leads, and cannot learn that
        others exist.
        """
        if may(user, Permission.SEE_WHOLE_REGION):
            if user.unit_id is None:
                return self.all()
            return self.filter(project_list__county__path__startswith=user.unit.region.path)
        return self.filter(lead_unit_id=user.unit_id)

    def for_county(self, county, year):
        """One county's items of one year, in the order of the published lists."""
        return self.filter(project_list__county=county, project_list__year=year).order_by(
            "project_list", "number"
        )

    def addresses(self, pks):
        """Where the items of these keys have their pages, by key."""
        found = self.filter(pk__in=pks).select_related("project_list__county")
        return {item.pk: item.get_absolute_url() for item in found}


class ListItem(models.Model):
    """条目: one numbered row of a list, with its wording as printed."""

    project_list = models.ForeignKey(
        ProjectList, models.CASCADE, related_name="items", verbose_name="清单"
    )
    number = models.PositiveSmallIntegerField("序号")
    project = models.ForeignKey(Project, models.PROTECT, related_name="items", verbose_name="事项")
    category = models.CharField("类别", max_length=60, blank=True, help_text="项目名称或实事名称")
    starred = models.BooleanField("★", default=False, help_text="清单中以★标出")
    title = models.TextField("项目内容")
    schedule = models.TextField("工作进度安排", blank=True)
    lead_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="list_items", verbose_name="牵头单位"
    )
    lead_unit_printed = models.CharField("牵头单位（原文）", max_length=50)
    supporting_units = models.JSONField("配合单位", default=list, blank=True)
    responsible_leader = models.CharField("责任领导", max_length=30, blank=True)
    responsible_person = models.CharField("责任人", max_length=30, blank=True)
    merged_with = models.PositiveSmallIntegerField(
        "合并于", null=True, blank=True, help_text="与哪一行共用合并的单元格（序号）"
    )
    allocation_total = models.DecimalField(
        "任务分解合计（原文）", max_digits=16, decimal_places=4, null=True, blank=True
    )
    notes = models.TextField("读表备注", blank=True, help_text="原文中自相矛盾或残缺之处")

    objects = ListItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "条目"
        ordering = ["project_list", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["project_list", "number"],
                name="projects_item_number",
                violation_error_message="本清单已有这个序号。",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1),
                name="projects_item_number_from_1",
                violation_error_message="序号从1起。",
            ),
            models.CheckConstraint(
                condition=~Q(merged_with=F("number")),
                name="projects_item_merged_with_other",
                violation_error_message="一行不能与自己合并。",
            ),
        ]
        indexes = [models.Index(fields=["lead_unit", "project_list"], name="projects_item_unit")]

    def __str__(self):
        return f"{self.project_list.get_level_display()}第{self.number}项"

    def get_absolute_url(self):
        listed = self.project_list
        return reverse("item", args=[listed.county.code, listed.year, listed.level, self.number])

    def natural_key(self):
        return (*self.project_list.natural_key(), self.number)


class Indicator(models.Model):
    """指标: something of a project that is measured, once for all lists it stands on."""

    class Kind(models.TextChoices):
        QUANTITY = "quantity", "数量"
        RATE = "rate", "比率"
        MILESTONE = "milestone", "任务"

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="indicators", verbose_name="事项"
    )
    order = models.PositiveSmallIntegerField("顺序")
    name = models.CharField("名称", max_length=120)
    kind = models.CharField("类型", max_length=10, choices=Kind)
    unit_of_measure = models.CharField("计量单位", max_length=20, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "指标"
        ordering = ["project", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "order"],
                name="projects_indicator_order",
                violation_error_message="本事项已有这个顺序的指标。",
            ),
            models.CheckConstraint(
                condition=Q(kind="milestone", unit_of_measure="")
                | (~Q(kind="milestone") & ~Q(unit_of_measure="")),
                name="projects_indicator_unit",
                violation_error_message="数量和比率须有计量单位，任务没有。",
            ),
        ]

    def __str__(self):
        return self.name


class Target(models.Model):
    """目标值: what one list item promises for an indicator, named as that list names it."""

    item = models.ForeignKey(ListItem, models.CASCADE, related_name="targets", verbose_name="条目")
    order = models.PositiveSmallIntegerField("顺序")
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="targets", verbose_name="指标"
    )
    name = models.CharField("名称（原文）", max_length=120)
    unit_of_measure = models.CharField("计量单位（原文）", max_length=20, blank=True)
    value = models.DecimalField("目标值", max_digits=16, decimal_places=4, null=True, blank=True)
    weight = models.DecimalField(
        "权重",
        max_digits=8,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="留空则各目标等权",
    )

    class Meta:
        verbose_name = verbose_name_plural = "目标值"
        ordering = ["item", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "order"],
                name="projects_target_order",
                violation_error_message="本条目已有这个顺序的目标。",
            ),
            models.UniqueConstraint(
                fields=["item", "indicator"],
                name="projects_target_indicator",
                violation_error_message="一个条目对同一指标只能有一个目标值。",
            ),
            models.CheckConstraint(
                condition=Q(value=None) | Q(value__gt=0),
                name="projects_target_positive",
                violation_error_message="目标值应大于0。",
            ),
            models.CheckConstraint(
                condition=Q(weight=None) | Q(weight__gt=0),
                name="projects_target_weight_positive",
                violation_error_message="权重应大于0。",
            ),
        ]

    def __str__(self):
        return self.name


class Milestone(models.Model):
    """节点: what an item's schedule promises by a date."""

    class Basis(models.TextChoices):
        PERCENT = "percent", "原文给出百分比"
        VALUE = "value", "按数量折算"
        FINAL = "final", "全部完成"
        NONE = "none", "无数量"

    item = models.ForeignKey(
        ListItem, models.CASCADE, related_name="milestones", verbose_name="条目"
    )
    order = models.PositiveSmallIntegerField("顺序")
    target = models.ForeignKey(
        Target,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="milestones",
        verbose_name="目标",
        help_text="留空表示整个条目",
    )
    label = models.CharField("时段（原文）", max_length=60)
    due = models.DateField("到期日")
    text = models.TextField("内容（原文）")
    value = models.DecimalField(
        "累计计划数", max_digits=16, decimal_places=4, null=True, blank=True
    )
    percent = models.DecimalField(
        "累计计划百分比", max_digits=5, decimal_places=2, null=True, blank=True
    )
    basis = models.CharField("百分比依据", max_length=10, choices=Basis)

    class Meta:
        verbose_name = verbose_name_plural = "节点"
        ordering = ["item", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "order"],
                name="projects_milestone_order",
                violation_error_message="本条目已有这个顺序的节点。",
            ),
            models.CheckConstraint(
                condition=Q(percent=None) | Q(percent__gte=0, percent__lte=100),
                name="projects_milestone_percent",
                violation_error_message="累计计划百分比应在0至100之间。",
            ),
            models.CheckConstraint(
                condition=Q(value=None) | Q(value__gte=0),
                name="projects_milestone_value",
                violation_error_message="累计计划数不能为负。",
            ),
            models.CheckConstraint(
                condition=Q(basis="none", percent=None) | (~Q(basis="none") & ~Q(percent=None)),
                name="projects_milestone_basis",
                violation_error_message="有百分比的节点须注明依据，没有的依据为“无数量”。",
            ),
        ]
        indexes = [models.Index(fields=["item", "due", "percent"], name="projects_milestone_due")]

    def __str__(self):
        return f"{self.label}：{self.text}"


class Allocation(models.Model):
    """任务分解: the part of a target that falls to one place."""

    item = models.ForeignKey(
        ListItem, models.CASCADE, related_name="allocations", verbose_name="条目"
    )
    order = models.PositiveSmallIntegerField("顺序")
    place = models.CharField("镇乡（街道）", max_length=60)
    value = models.DecimalField("任务数", max_digits=16, decimal_places=4, null=True, blank=True)
    note = models.CharField("说明", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "任务分解"
        ordering = ["item", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "order"],
                name="projects_allocation_order",
                violation_error_message="本条目已有这个顺序的任务分解。",
            ),
            models.CheckConstraint(
                condition=Q(value=None) | Q(value__gte=0),
                name="projects_allocation_value",
                violation_error_message="任务数不能为负。",
            ),
        ]

    def __str__(self):
        return self.place


class Site(models.Model):
    """点位: a named place where an item is carried out."""

    item = models.ForeignKey(ListItem, models.CASCADE, related_name="sites", verbose_name="条目")
    order = models.PositiveSmallIntegerField("顺序")
    name = models.CharField("名称（原文）", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "点位"
        ordering = ["item", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "order"],
                name="projects_site_order",
                violation_error_message="本条目已有这个顺序的点位。",
            ),
        ]

    def __str__(self):
        return self.name


def stored_source(plan_import, filename):
    """A name that nobody outside can guess or choose; only the ending is kept."""
    ending = PurePath(filename).suffix.lower()
    return f"imports/{plan_import.county_id}/{uuid4().hex}{ending}"


class PlanImportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The imports of the regions that exist for ``user``."""
        return self.filter(county__in=Region.objects.visible_to(user))


class PlanImport(models.Model):
    """导入: one document on its way into a county's lists; kept until it is confirmed.

    ``lists`` holds the document's tables with their columns, and what was chosen for each;
    ``units`` what was decided of names that no unit has; ``links`` the rows that look like
    the same work; ``result`` what the confirmation made, for undoing it.
    """

    class State(models.TextChoices):
        COLUMNS = "columns", "待选栏目"
        READING = "reading", "读取中"
        PREVIEW = "preview", "待核对"
        CONFIRMED = "confirmed", "已导入"
        UNDONE = "undone", "已撤销"
        DROPPED = "dropped", "已放弃"

    UNFINISHED = (State.COLUMNS, State.READING, State.PREVIEW)

    county = models.ForeignKey(
        Region, models.PROTECT, related_name="plan_imports", verbose_name="县（市、区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    state = models.CharField("状态", max_length=10, choices=State, default=State.COLUMNS)
    name = models.CharField("文件名", max_length=200)
    source = models.FileField("原文件", upload_to=stored_source, max_length=200, blank=True)
    as_of = models.DateField("截至日期", null=True, blank=True)
    lists = models.JSONField("表", default=list, blank=True)
    leftovers = models.JSONField("没有作为条目的行", default=list, blank=True)
    units = models.JSONField("单位", default=dict, blank=True)
    links = models.JSONField("同一事项", default=list, blank=True)
    result = models.JSONField("导入结果", default=dict, blank=True)
    # Raised by every change of the import or one of its rows: what was decided on an older
    # state is refused.
    version = models.PositiveIntegerField("修改次数", default=0)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="经办人",
    )
    started_at = models.DateTimeField("开始时间", auto_now_add=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="确认人",
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)

    objects = PlanImportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "清单导入"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2100),
                name="projects_import_year",
                violation_error_message="年度应在2000至2100之间。",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["confirmed", "undone"], confirmed_at__isnull=False)
                    | Q(
                        state__in=["columns", "reading", "preview", "dropped"],
                        confirmed_at__isnull=True,
                    )
                ),
                name="projects_import_confirmed",
                violation_error_message="已导入和已撤销的导入有确认时间，其他的没有。",
            ),
        ]
        indexes = [models.Index(fields=["county", "year"], name="projects_import_county")]

    def __str__(self):
        return self.name


class ImportRow(models.Model):
    """导入的一行: what stands in the document, what was read of it, what was put right.

    ``source`` holds the words, ``row`` the item in the exchange format, ``marks`` where each
    value stands in the words; ``doubts`` are sentences, the worst first.
    """

    plan_import = models.ForeignKey(
        PlanImport, models.CASCADE, related_name="rows", verbose_name="导入"
    )
    order = models.PositiveIntegerField("顺序")
    level = models.CharField("层级", max_length=10, choices=Level)
    number = models.PositiveIntegerField("序号")
    lead_unit = models.CharField("牵头单位（原文）", max_length=200, blank=True)
    source = models.JSONField("原文")
    row = models.JSONField("读出的内容", null=True, blank=True)
    marks = models.JSONField("出处", default=dict, blank=True)
    doubts = models.JSONField("疑问", default=list, blank=True)
    # Whether it has doubts that nobody has looked at, and whether it cannot be taken as it is.
    open = models.BooleanField("有疑问", default=False)
    faulty = models.BooleanField("有误", default=False)
    edited = models.BooleanField("已修改", default=False)
    version = models.PositiveIntegerField("修改次数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "导入的行"
        ordering = ["plan_import", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan_import", "order"],
                name="projects_import_row_order",
                violation_error_message="本次导入已有这个顺序的行。",
            ),
        ]

    def __str__(self):
        return f"{self.get_level_display()}第{self.number}项"


class PlanChange(models.Model):
    """计划调整: one thing that an item promised and what it became, why, and by what authority."""

    item = models.ForeignKey(
        ListItem, models.CASCADE, related_name="plan_changes", verbose_name="条目"
    )
    what = models.CharField("栏目", max_length=20)
    old = models.TextField("原内容", blank=True)
    new = models.TextField("现内容", blank=True)
    # A target or site is changed by a decision; a slip of the pen is not.
    major = models.BooleanField("须批准", default=False)
    reason = models.CharField("调整原因", max_length=300, blank=True)
    document = models.CharField("批准文号", max_length=100, blank=True)
    # None: from the command line.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="经办人",
    )
    # None: changed by hand.
    plan_import = models.ForeignKey(
        PlanImport,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="changes",
        verbose_name="导入",
    )
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "计划调整"
        ordering = ["item", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(major=False) | (~Q(reason="") & ~Q(document="")),
                name="projects_change_approved",
                violation_error_message="调整目标或点位，须写明原因和批准文号。",
            ),
        ]

    def __str__(self):
        return f"{self.item}：{self.what}"


class ProgrammeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The programmes that exist for ``user``: those of regions above the own one, too.

        What they hold of other counties does not: ask the items (``ListItem.visible_to``).
        """
        if user.unit_id is None:
            return self.all()
        own = user.unit.region
        codes = own.path.strip("/").split("/")
        return self.filter(Q(region__code__in=codes) | Q(region__path__startswith=own.path))

    def among(self, region, year):
        """The programmes of a year that a region has promised, or one above or below it."""
        codes = region.path.strip("/").split("/")
        above_or_below = Q(region__code__in=codes) | Q(region__path__startswith=region.path)
        return self.filter(above_or_below, year=year)

    def held_by(self, region):
        """Those that have items in counties of a region, with ``held``: in how many."""
        below = Q(links__county__path__startswith=region.path)
        return self.annotate(held=models.Count("links", filter=below)).filter(held__gt=0)


class Programme(models.Model):
    """共同项目: what a province or a city promises in all of its counties in one year.

    Each county prints it on its own list, under its own number and nearly in the same words;
    the city's office has said which items are meant (``ProgrammeItem``).
    """

    region = models.ForeignKey(
        Region, models.PROTECT, related_name="programmes", verbose_name="省、市"
    )
    year = models.PositiveSmallIntegerField("年度")
    level = models.CharField("层级", max_length=10, choices=Level)
    name = models.CharField("名称", max_length=200)
    order = models.PositiveSmallIntegerField("排序", default=0)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "共同项目"
        ordering = ["region", "year", "level", "order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=["province", "city"]),
                name="projects_programme_level",
                violation_error_message="共同项目属于省级或市级清单。",
            ),
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2100),
                name="projects_programme_years",
                violation_error_message="年度应在2000至2100之间。",
            ),
        ]
        indexes = [models.Index(fields=["year", "level"], name="projects_programme_year")]

    def __str__(self):
        return self.name


class ProgrammeItem(models.Model):
    """An item of a county's list that belongs to a programme; of one county only one."""

    programme = models.ForeignKey(
        Programme, models.CASCADE, related_name="links", verbose_name="共同项目"
    )
    item = models.OneToOneField(
        ListItem, models.CASCADE, related_name="programme_link", verbose_name="条目"
    )
    # Repeated from the item's list, so that the database can refuse a second one.
    county = models.ForeignKey(
        Region, models.PROTECT, related_name="+", editable=False, verbose_name="县（市、区）"
    )

    class Meta:
        verbose_name = verbose_name_plural = "共同项目的条目"
        ordering = ["programme", "county"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "county"],
                name="projects_programme_county",
                violation_error_message="一个县只能有一个条目属于同一共同项目。",
            ),
        ]

    def __str__(self):
        return f"{self.item}：{self.programme}"


class LoneItem(models.Model):
    """An item of which the city's or province's office has said that it belongs to no programme:
    it is not proposed again."""

    item = models.OneToOneField(ListItem, models.CASCADE, related_name="lone", verbose_name="条目")

    class Meta:
        verbose_name = verbose_name_plural = "不属于共同项目的条目"
        ordering = ["item"]

    def __str__(self):
        return f"{self.item}不属于共同项目"
