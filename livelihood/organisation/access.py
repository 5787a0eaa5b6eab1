"""Who may do what: the roles as a table, and the one permission check.

What *exists* for a person is decided by each model's ``visible_to(user)`` (else 404);
what the person may *do* is decided here (else 403).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices


class Role(TextChoices):
    """What a person is in the work of 民生实事."""

    OFFICE = "office", "县府办"
    LEAD_UNIT = "lead_unit", "牵头单位"
    SUPERVISOR = "supervisor", "督查与领导"
    ADMINISTRATOR = "administrator", "系统管理员"


class Permission(StrEnum):
    """One thing that can be allowed."""

    SEE_WHOLE_REGION = "see_whole_region"
    MANAGE_PEOPLE = "manage_people"
    EDIT_PLANS = "edit_plans"  # import lists and change what they promise
    RUN_ROUNDS = "run_rounds"  # set up, open, extend, close, reopen
    COMPARE = "compare"  # take in the city's table
    REPORT = "report"  # fill and send the own unit's reports
    REVIEW = "review"  # accept and return reports, confirm completions
    FOLLOW_UP = "follow_up"  # issue and close slips
    WRITE_BULLETINS = "write_bulletins"  # draft, issue, correct
    READ_AUDIT = "read_audit"
    SET_RULES = "set_rules"  # change the rules of judgement and the weights of targets
    MATCH_ITEMS = "match_items"  # say which items of the counties are the same programme


# What is done in a county is done by the county's own people; those of a city or province
# read what lies below them.
OF_A_COUNTY = frozenset(
    {
        Permission.RUN_ROUNDS,
        Permission.EDIT_PLANS,
        Permission.COMPARE,
        Permission.WRITE_BULLETINS,
        Permission.REVIEW,
        Permission.FOLLOW_UP,
        Permission.SET_RULES,
    }
)
ABOVE_COUNTIES = ("province", "city")


@dataclass(frozen=True)
class RoleRights:
    """A role in plain words, and what it allows."""

    description: str
    permissions: frozenset[Permission]


ROLES: dict[Role, RoleRights] = {
    Role.OFFICE: RoleRights(
        "制定清单、组织每月填报与审核、编发通报，查看本地区全部事项。",
        frozenset(
            {
                Permission.SEE_WHOLE_REGION,
                Permission.EDIT_PLANS,
                Permission.RUN_ROUNDS,
                Permission.COMPARE,
                Permission.REVIEW,
                Permission.FOLLOW_UP,
                Permission.WRITE_BULLETINS,
                Permission.SET_RULES,
                Permission.MATCH_ITEMS,
            }
        ),
    ),
    Role.LEAD_UNIT: RoleRights(
        "填报并查看本单位牵头的事项。",
        frozenset({Permission.REPORT}),
    ),
    Role.SUPERVISOR: RoleRights(
        "查看本地区全部事项，签发催办单和督办单，导出通报，不改动填报的数据。",
        frozenset({Permission.SEE_WHOLE_REGION, Permission.FOLLOW_UP, Permission.READ_AUDIT}),
    ),
    Role.ADMINISTRATOR: RoleRights(
        "管理人员与权限，查看本地区全部事项，不改动业务数据。",
        frozenset({Permission.SEE_WHOLE_REGION, Permission.MANAGE_PEOPLE, Permission.READ_AUDIT}),
    ),
}


def may(user, permission: Permission) -> bool:
    """Whether ``user`` may do what ``permission`` names."""
    if not (user.is_authenticated and user.is_active):
        return False
    if user.is_superuser:
        return True
    if permission in OF_A_COUNTY and is_above_counties(user):
        return False
    return permission in ROLES[user.role].permissions


def is_above_counties(user) -> bool:
    """Whether ``user`` belongs to a city or province, and so reads several counties."""
    return user.unit_id is not None and user.unit.region.kind in ABOVE_COUNTIES


def require(user, permission: Permission) -> None:
    """Let the request go on only if ``user`` may.

    Raises:
        PermissionDenied: the person's role does not allow it (answered with 403).
    """
    if not may(user, permission):
        raise PermissionDenied


def requires(permission: Permission) -> Callable:
    """Decorate a view that needs ``permission``."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            require(request.user, permission)
            return view(request, *args, **kwargs)

        return checked

    return decorate
