"""Load lists, and what was reported of them, from files in the exchange format."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from progress.operations.load import load, read_files, summary
from projects.operations.load import FaultsError


class Command(BaseCommand):
    help = "载入清单及进展（交换格式 JSON）。有任何差错则整批不载入，并逐条说明差错所在。"

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="交换格式的文件")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")

    def handle(self, *args, files, dry_run, **options):
        try:
            contents = read_files(files, described_in=settings.BASE_DIR / "fixtures")
            if dry_run:
                self.stdout.write(f"检查通过：{len(contents.items)}个条目，未写入。")
                return
            loaded = load(contents)
        except FaultsError as error:
            faults = "\n".join(f"  {fault}" for fault in error.faults)
            raise CommandError(
                f"发现{len(error.faults)}处差错，没有载入任何数据：\n{faults}"
            ) from None
        for line in summary(loaded.changes):
            self.stdout.write(line)
