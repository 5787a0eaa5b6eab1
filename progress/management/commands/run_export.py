"""Makes the file of one long export; started by the site itself."""

from django.core.management.base import BaseCommand

from progress.operations.exports import run_export


class Command(BaseCommand):
    help = "生成一个导出的文件。由系统自动启动，不需要手工运行。"

    def add_arguments(self, parser):
        parser.add_argument("pk", type=int, help="导出的编号")

    def handle(self, *args, pk, **options):
        made = run_export(pk)
        self.stdout.write("已生成。" if made else "没有生成。")
