"""Makes a county known to the site, so that its people can be added and its lists imported."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from livelihood.organisation.access import Role
from livelihood.organisation.operations.people import add_person
from livelihood.organisation.operations.regions import RefusedError, add_county


class Command(BaseCommand):
    help = (
        "新增一个县（市、区）及其政府办公室，上级市、省没有的一并新增；"
        "--person 同时新增办公室的第一个人员，打印初始密码。已有的不作改动。"
    )

    def add_arguments(self, parser):
        parser.add_argument("code", help="县（市、区）的行政区划代码，如 330326")
        parser.add_argument("name", help="名称，如 平阳县")
        parser.add_argument("--city", default="", help="所属设区市的名称，如 温州市；已有的不必写")
        parser.add_argument("--province", default="", help="所属省的名称，如 浙江省；已有的不必写")
        parser.add_argument("--office", default="", help="办公室的名称，不写时如 县政府办公室")
        parser.add_argument(
            "--person", nargs=2, metavar=("用户名", "姓名"), help="办公室的第一个人员"
        )

    def handle(self, *, person, **options):
        given = {name: options[name] for name in ("code", "name", "city", "province", "office")}
        password = ""
        try:
            with transaction.atomic():
                office = add_county(by=None, **given)
                if person:
                    username, name = person
                    _person, password = add_person(
                        by=None, username=username, name=name, unit=office, role=Role.OFFICE
                    )
        except RefusedError as error:
            raise CommandError(str(error)) from None
        except ValidationError as error:
            raise CommandError("".join(error.messages)) from None
        self.stdout.write(f"{office.region}（{office.region.code}）已可使用，办公室为{office}。")
        if password:
            self.stdout.write(f"{name}，用户名 {username}，初始密码 {password}（只显示这一次）。")
