"""The library's command of this name, with a row in the audit trail."""

from django.core.management.base import BaseCommand

from livelihood.organisation.operations.audit import lift_lock


class Command(BaseCommand):
    help = "解除账号因连续输错密码而受到的锁定。"

    def add_arguments(self, parser):
        parser.add_argument("username", nargs="+", help="用户名，可以有几个")

    def handle(self, *, username, **options):
        for name in username:
            found = lift_lock(by=None, username=name)
            self.stdout.write(f"{name}：{'已解除锁定。' if found else '没有登录失败的记录。'}")
