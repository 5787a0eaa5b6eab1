"""Who acts in a simulated year (演示数据): people of the demonstration, and stand-ins.

A stand-in cannot log in; the account is switched off as soon as the year has been played.
"""

from collections import Counter
from dataclasses import dataclass

from livelihood.organisation.access import Role
from livelihood.organisation.models import Region, Unit, User
from livelihood.organisation.operations.people import set_active
from projects.models import Project

# By this the people of the demonstration are known, in the names that pages show.
SAMPLE = "（演示）"
OFFICE_UNIT = "县政府办公室"
LAST = 999


@dataclass(frozen=True)
class Cast:
    """The people of a simulated year.

    ``tried_out`` is the key of the unit for which somebody of the demonstration logs in;
    without one, the unit that leads most.
    """

    office: User
    supervisor: User
    reporters: dict[int, User]
    tried_out: int
    stand_ins: list[User]

    def reporter(self, unit: int) -> User:
        """Who reports for the unit of that key."""
        return self.reporters[unit]


def gather(county: Region, year: int) -> Cast:
    """The people who act; whoever is missing is added as a stand-in, in service for now."""
    home, _created = Unit.objects.get_or_create(
        region=county, name=OFFICE_UNIT, defaults={"order": LAST}
    )
    leads = Unit.objects.filter(projects__county=county, projects__year=year)
    stand_ins: list[User] = []
    office = _person(home, Role.OFFICE, "县府办经办人", stand_ins)
    supervisor = _person(home, Role.SUPERVISOR, "督查经办人", stand_ins)
    reporters = {}
    for unit in leads.distinct().order_by("order", "pk"):
        reporters[unit.pk] = _person(unit, Role.LEAD_UNIT, f"{unit}填报人", stand_ins)
    known = [pk for pk, person in reporters.items() if person not in stand_ins]
    tried_out = known[0] if known else _leads_most(county, year)
    return Cast(office, supervisor, reporters, tried_out, stand_ins)


def _leads_most(county: Region, year: int) -> int:
    led = Project.objects.filter(county=county, year=year).order_by("pk")
    units = Counter(led.values_list("lead_unit", flat=True))
    return units.most_common(1)[0][0]


def _person(unit: Unit, role: Role, words: str, stand_ins: list[User]) -> User:
    """Somebody of the demonstration who can log in, else the stand-in of that place."""
    people = User.objects.filter(unit=unit, role=role, name__endswith=SAMPLE)
    for person in people.filter(is_active=True).order_by("pk"):
        if person.has_usable_password():
            return person
    username = f"simulated-{unit.region.code}-{unit.pk}-{role}"
    person = User.objects.filter(username=username).first()
    if person is None:
        person = User(username=username, name=f"{words}{SAMPLE}"[-30:], role=role, unit=unit)
        person.set_unusable_password()
        person.save()
    elif not person.is_active:
        set_active(by=None, person=person, active=True)
        person.refresh_from_db()
    stand_ins.append(person)
    return person


def dismiss(cast: Cast) -> None:
    """Switch the stand-ins' accounts off."""
    for person in cast.stand_ins:
        set_active(by=None, person=person, active=False)
