"""WHO: regions, units, people."""

from auditlog.models import AbstractLogEntry, LogEntryManager
from auditlog.registry import auditlog
from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from livelihood.organisation import origin
from livelihood.organisation.access import Permission, Role, may

# What stands for the person when the command line acted.
SYSTEM = "系统（命令行）"


class RegionQuerySet(models.QuerySet):
    def get_by_natural_key(self, code):
        return self.get(code=code)

    def counties(self):
        """Counties, in the order of their codes."""
        return self.filter(kind=Region.Kind.COUNTY).order_by("code")

    def visible_to(self, user):
        """The regions that exist for ``user``: the own one and those below it."""
        if user.unit_id is None:
            # Only a system administrator stands outside every unit (see User.Meta).
            return self.all()
        return self.filter(path__startswith=user.unit.region.path)

    def touch(self, *, judged: bool = True):
        """Say that something a page shows has changed, so that no stale page is served.

        Args:
            judged: whether a judgement may rest on it; False for the steps of a report on
                its way to the office, which count for nothing until it is accepted, and
                for what is told or asked of people.
        """
        raised = {"data_version": F("data_version") + 1}
        if judged:
            raised["judged_version"] = F("judged_version") + 1
        return self.update(**raised)


# How the names of counties end; others are spoken of as 县.
SEATS = "县市区旗"


class Region(models.Model):
    """地区: a node of the tree province > city > county > township."""

    class Kind(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市"
        COUNTY = "county", "县（市、区）"
        TOWNSHIP = "township", "镇乡（街道）"

    code = models.CharField(
        "行政区划代码",
        max_length=12,
        unique=True,
        validators=[RegexValidator(r"^\d{6,12}$", "行政区划代码为6至12位数字。")],
    )
    name = models.CharField("名称", max_length=50)
    kind = models.CharField("层级", max_length=10, choices=Kind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    # The codes from the root down, "330000/330300/330327/": what lies below a region
    # is found by one indexed prefix.
    path = models.CharField("路径", max_length=60, unique=True, editable=False)
    # Raised in the transaction of every change that a page of the county shows.
    data_version = models.PositiveIntegerField("数据版本", default=1, editable=False)
    # Raised with it, but only where plans, accepted reports, rules or rounds have changed.
    judged_version = models.PositiveIntegerField("研判版本", default=1, editable=False)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "地区"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="province", parent=None) | (~Q(kind="province") & ~Q(parent=None)),
                name="organisation_region_parent",
                violation_error_message="省没有上级，其他地区必须有上级。",
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.path = f"{self.parent.path if self.parent else ''}{self.code}/"
        super().save(*args, **kwargs)

    def natural_key(self):
        return (self.code,)

    @property
    def seat(self):
        """What a county is, in one character, as in 县政府 and 区府办: 县, 市, 区 or 旗."""
        return self.name[-1] if self.name[-1] in SEATS else "县"

    @property
    def short_name(self):
        """How a bulletin speaks of itself: 我县、我市、我区."""
        return f"我{self.name[-1]}"


class UnitQuerySet(models.QuerySet):
    def get_by_natural_key(self, region_code, name):
        return self.get(region__code=region_code, name=name)

    def visible_to(self, user):
        """The units that exist for ``user``: a lead unit knows itself only."""
        if may(user, Permission.SEE_WHOLE_REGION):
            return self.filter(region__in=Region.objects.visible_to(user))
        return self.filter(pk=user.unit_id)


class Unit(models.Model):
    """单位: a department or office of a region. Lists print it under several names."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="units", verbose_name="地区")
    name = models.CharField("名称", max_length=50)
    order = models.PositiveSmallIntegerField("排序", default=0, help_text="名单中的先后，从1起")

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["region", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "name"],
                name="organisation_unit_name",
                violation_error_message="本地区已有同名单位。",
            ),
        ]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (*self.region.natural_key(), self.name)


class UnitAlias(models.Model):
    """单位别名: another name under which a unit is printed (县交通局 = 县交通运输局)."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="aliases", verbose_name="单位")
    # Repeated from the unit, so that the database can keep a name from meaning two units.
    region = models.ForeignKey(Region, models.CASCADE, related_name="+", editable=False)
    name = models.CharField("别名", max_length=50)

    class Meta:
        verbose_name = verbose_name_plural = "单位别名"
        ordering = ["unit", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "name"],
                name="organisation_unit_alias_name",
                violation_error_message="这个别名已经指向本地区的一个单位。",
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.region_id = self.unit.region_id
        super().save(*args, **kwargs)

    def clean(self):
        if Unit.objects.filter(region=self.unit.region, name=self.name).exists():
            raise ValidationError({"name": f"“{self.name}”已是本地区一个单位的正式名称。"})


class UserQuerySet(models.QuerySet):
    def with_unit(self):
        """People with their unit and region, as every page needs them."""
        return self.select_related("unit__region")

    def visible_to(self, user):
        """The people whom ``user`` may look after: those of the own region and below."""
        if user.unit_id is None:
            return self.all()
        return self.filter(unit__region__path__startswith=user.unit.region.path)

    def addresses(self, pks):
        """Where the people of these keys have their pages, by key."""
        return {pk: reverse("person", args=[pk]) for pk in pks}


class PeopleManager(UserManager.from_queryset(UserQuerySet)):
    """Django's own manager of users, with our querysets."""

    def create_superuser(self, username, email=None, password=None, **extra):
        extra.setdefault("role", Role.ADMINISTRATOR)
        return super().create_superuser(username, email, password, **extra)


class User(AbstractUser):
    """人员: one person, never a shared account. Kept: name, unit, office phone."""

    first_name = None
    last_name = None
    name = models.CharField("姓名", max_length=30)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="people", verbose_name="单位"
    )
    role = models.CharField("角色", max_length=15, choices=Role)
    heads_unit = models.BooleanField(
        "单位负责人", default=False, help_text="本单位填报在报出前由其审核，过期未报时提醒到其本人"
    )
    phone = models.CharField("办公电话", max_length=20, blank=True)
    must_change_password = models.BooleanField(
        "下次登录须改密码", default=True, help_text="由他人设置的初始密码，本人首次登录时修改"
    )

    objects = PeopleManager()

    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        ordering = ["unit__region", "unit__order", "username"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(unit=None) | Q(role="administrator"),
                name="organisation_user_unit",
                violation_error_message="除系统管理员外，每个人都要属于一个单位。",
            ),
        ]

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name


# -- The audit trail ---------------------------------------------------------------------

# How the things of the product lead to their region, the shortest way first.
TO_REGION = ("region", "county", "round", "project_list", "unit", "project", "item", "report")


def region_of(subject) -> int | None:
    """The key of the region to which a thing of the product belongs; None: to none."""
    if isinstance(subject, Region):
        return subject.pk
    for step in TO_REGION:
        if step in ("region", "county") and hasattr(subject, f"{step}_id"):
            return getattr(subject, f"{step}_id")
        if (nearer := getattr(subject, step, None)) is not None:
            return region_of(nearer)
    return None


class LogEntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The rows that exist for ``user``: those of the own region and below.

        What belongs to no region, such as a login under a name that nobody has, exists for
        administrators.
        """
        if not may(user, Permission.READ_AUDIT):
            return self.none()
        if user.unit_id is None:
            return self.all()
        # The keys themselves: a join would keep the database from reading the newest rows
        # off the index.
        below = list(Region.objects.visible_to(user).values_list("pk", flat=True))
        here = Q(region__in=below) if len(below) > 1 else Q(region=below[0])
        return self.filter(here | Q(region=None) if user.role == Role.ADMINISTRATOR else here)


class TrailManager(LogEntryManager.from_queryset(LogEntryQuerySet)):
    """The library's manager; every row also says where it belongs and who acted from where."""

    def log_create(self, instance, force_log=False, **values):
        """Write one row about ``instance``; the library calls it for registered models."""
        if values.get("changes") is None and not force_log:
            return None
        person = values.setdefault("actor", origin.person())
        values.setdefault("remote_addr", origin.address())
        if values.get("region") is None:
            unit = person and person.unit
            values["region_id"] = region_of(instance) or (unit and unit.region_id)
            values.pop("region", None)
        if person is not None:
            values |= {
                "by_name": person.name,
                "by_login": person.username,
                "by_role": person.get_role_display(),
            }
        elif not origin.within_request():
            values["by_name"] = SYSTEM
        values.setdefault("summary", self._plain_summary(instance, values["action"]))
        return super().log_create(instance, force_log, **values)

    def _plain_summary(self, instance, action):
        """What a row says that the library writes by itself."""
        what = self.model.Action(action).label
        return f"{what}{instance._meta.verbose_name}“{instance}”。"


class LogEntry(AbstractLogEntry):
    """操作记录: who did what, when, from where, to what; the database keeps it unchanged.

    The library's row with what a reader asks for in columns of their own. A person or a
    region of which rows speak cannot be deleted, only switched off. See seal.py before
    altering the table.
    """

    class Action(models.IntegerChoices):
        """What kind of deed it was; the first four are the library's own."""

        CREATE = 0, "新增"
        UPDATE = 1, "修改"
        DELETE = 2, "删除"
        ACCESS = 3, "查看"
        LOGIN = 10, "登录"
        LOGIN_FAILED = 11, "登录失败"
        LOCKED = 12, "账号锁定"
        UNLOCKED = 13, "解除锁定"
        LOGOUT = 14, "退出"
        REFUSED = 15, "拒绝访问"
        EXPORT = 20, "导出"
        PURGE = 21, "清理记录"

    content_type = models.ForeignKey(
        ContentType, models.PROTECT, related_name="+", verbose_name="对象种类"
    )
    action = models.PositiveSmallIntegerField("动作", choices=Action, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="人员",
    )
    region = models.ForeignKey(
        Region,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="地区",
        db_index=False,  # the index below begins with it
    )
    # As they were on that day, whatever the person is called and does now.
    by_name = models.CharField("姓名", max_length=30, blank=True)
    by_login = models.CharField("用户名", max_length=150, blank=True)
    by_role = models.CharField("角色", max_length=10, blank=True)
    summary = models.TextField("说明", blank=True)

    objects = TrailManager()

    class Meta(AbstractLogEntry.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "操作记录"
        ordering = ["-timestamp", "-id"]
        indexes = [
            models.Index(fields=["region", "timestamp", "id"], name="organisation_log_region"),
        ]

    def __str__(self):
        return self.summary


auditlog.register(Unit)
auditlog.register(UnitAlias)
# The operations record that a password was set; no part of a hash belongs in the trail.
auditlog.register(User, exclude_fields=["last_login", "password"])
