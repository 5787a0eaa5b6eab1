"""Everything a first look needs: migrations, the two counties as published, people to log in,
and a simulated year (演示数据) of 象山县, whose list was published without progress."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from livelihood.organisation.access import Role
from livelihood.organisation.models import Region, Unit, User
from livelihood.organisation.operations.people import initial_password
from progress.operations.load import load, read_files, summary
from progress.operations.reporting import RefusedError
from progress.operations.simulation import simulate_year
from progress.operations.simulation_cast import LAST, OFFICE_UNIT
from progress.operations.summary import rebuild, unsummarised

FIXTURES = ("cangnan-2023*.json", "xiangshan-2024*.json")
SIMULATED = "330225", 2024, 1  # county, year, seed
# (user name, name, role, unit) of each county; the names say what the person is for.
PEOPLE = {
    "330327": (
        ("cangnan-office", "苍南县府办（演示）", Role.OFFICE, OFFICE_UNIT),
        ("cangnan-supervisor", "苍南督查（演示）", Role.SUPERVISOR, OFFICE_UNIT),
        ("cangnan-education", "县教育局联络员（演示）", Role.LEAD_UNIT, "县教育局"),
        ("cangnan-health", "县卫健局联络员（演示）", Role.LEAD_UNIT, "县卫健局"),
    ),
    "330225": (
        ("xiangshan-office", "象山县府办（演示）", Role.OFFICE, OFFICE_UNIT),
        ("xiangshan-supervisor", "象山督查（演示）", Role.SUPERVISOR, OFFICE_UNIT),
        ("xiangshan-housing", "县住建局联络员（演示）", Role.LEAD_UNIT, "县住建局"),
    ),
}
ADMINISTRATOR = ("admin", "系统管理员（演示）", Role.ADMINISTRATOR, None)


class Command(BaseCommand):
    help = (
        "建库，载入两县公开的清单，建立各角色的演示人员（密码随机生成并打印），"
        "生成象山县2024年的演示数据。可重复运行。"
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--reset-passwords", action="store_true", help="为已有的演示人员重新生成密码"
        )
        parser.add_argument("--no-simulation", action="store_true", help="不生成象山县的演示数据")

    def handle(self, *args, reset_passwords, no_simulation, **options):
        call_command("migrate", verbosity=0)
        folder: Path = settings.BASE_DIR / "fixtures"
        files = [path for pattern in FIXTURES for path in sorted(folder.glob(pattern))]
        for line in summary(load(read_files(files, described_in=folder)).changes):
            self.stdout.write(line)
        for county in unsummarised():  # loaded by a release that kept no summary
            with transaction.atomic():
                rebuild(county)
        passwords = self.make_people(reset_passwords)
        if not no_simulation:
            self.simulate(*SIMULATED)
        if passwords:
            self.stdout.write("\n演示人员（密码随机生成，只显示这一次）：")
            for user, password in passwords:
                where = user.unit.region if user.unit else "全部地区"
                role = user.get_role_display()
                self.stdout.write(
                    f"  {user.username:<22}{password:<18}{where}　{role}　{user.name}"
                )
        else:
            self.stdout.write(
                "演示人员已经存在，密码未变；忘记时运行 manage.py demo --reset-passwords。"
            )

    def simulate(self, code: str, year: int, seed: int) -> None:
        """Give a county's year simulated reports, unless it has real rounds by now."""
        county = Region.objects.get(code=code)
        self.stdout.write(f"{county}{year}年演示数据（模拟1月至11月的填报）：")
        try:
            played = simulate_year(
                county=county,
                year=year,
                seed=seed,
                say=lambda line: self.stdout.write(f"  {line}"),
            )
        except RefusedError as error:
            self.stdout.write(f"  {error}")
            return
        if not played:
            self.stdout.write("  已经存在，未作改动。")

    @transaction.atomic
    def make_people(self, reset_passwords: bool) -> list[tuple[User, str]]:
        """Create whoever is missing; the new (or reset) passwords come back, once."""
        passwords = []
        for region, unit_name, (username, name, role, _) in self.wanted_people():
            unit = None
            if unit_name is not None:
                unit, _created = Unit.objects.get_or_create(
                    region=region, name=unit_name, defaults={"order": LAST}
                )
            user, created = User.objects.get_or_create(
                username=username, defaults={"name": name, "role": role, "unit": unit}
            )
            if created or reset_passwords:
                password = initial_password()
                user.set_password(password)
                # Whoever tries the product steps from role to role; a forced change each time
                # would only be in the way. Real people are made on the page 人员.
                user.must_change_password = False
                user.save(update_fields=["password", "must_change_password"])
                passwords.append((user, password))
        return passwords

    def wanted_people(self):
        """(region, unit name, person) of every demonstration account."""
        for code, people in PEOPLE.items():
            region = Region.objects.get(code=code)
            for person in people:
                yield region, person[3], person
        yield None, None, ADMINISTRATOR
