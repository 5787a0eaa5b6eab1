"""Long exports: started by a request, made by a process of their own, fetched later.

The process is ``manage.py run_export``. It writes a sign of life with every step; one that
falls silent (a server that was restarted) counts as failed, and can be started again.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import BinaryIO

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from livelihood.organisation.access import Permission, may
from livelihood.organisation.documents.table_xlsx import save_tables
from livelihood.organisation.models import LogEntry, Region
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import cn_date
from progress.models import Export, Round
from progress.models.exports import FOLDER, KEPT, SILENT_AFTER
from progress.operations.evidence_pack import read_packs, write_packs
from progress.operations.listing import list_table
from progress.operations.reporting import RefusedError
from progress.operations.standings import CountyState, read_county
from progress.rules.layouts import Layout, chosen
from projects.models import ListItem, ProjectList

WHOLE = 100
GONE = "生成中断，可能是服务器重新启动过，请重新开始。"
NO_RIGHT = "发起人已不能查看全县数据，没有生成。"
BROKEN = "生成时出错，请重新开始；再次出错时请联系系统管理员查看服务器日志。"
# Of all rounds' lists: one sheet holds them all.
ROUNDS_LAYOUT = Layout(
    "各期清单",
    (
        chosen("name"),
        chosen("title"),
        chosen("schedule"),
        chosen("narrative"),
        chosen("planned"),
        chosen("actual"),
        chosen("variance"),
        chosen("status"),
        chosen("reason"),
        chosen("unit_printed"),
    ),
    title="{年度}年{县名}民生实事进展情况（截至{截至日期}）",
)


class GivenUpError(Exception):
    """The export was given up while it was being made: it had been silent for too long."""


@dataclass(frozen=True)
class Job:
    """One export while it is being made."""

    export: Export

    @property
    def today(self):
        """The day that judgements and files are of."""
        return timezone.localdate()

    def step(self, done: int, whole: int) -> None:
        """Say how far it is, which is also the sign of life.

        Raises:
            GivenUpError: nobody waits for it any more.
        """
        # The last percent is for keeping the file.
        progress = min(WHOLE - 1, WHOLE * done // max(whole, 1))
        going = Export.objects.filter(pk=self.export.pk, state=Export.State.RUNNING)
        if not going.update(progress=progress, beat_at=timezone.now()):
            raise GivenUpError

    def state_at(self, as_of) -> CountyState:
        """The county for who started it, judged at a date."""
        county, year = self.export.county, self.export.year
        return read_county(
            ListItem.objects.visible_to(self.export.by),
            county,
            year,
            as_of=as_of,
            today=self.today,
            rounds=list(Round.objects.for_county(county, year)),
        )


@dataclass(frozen=True)
class Kind:
    """One kind of long export: what it is called, and who makes it."""

    label: str
    description: str
    ending: str
    write: Callable[[Job, BinaryIO], None]


def _write_evidence(job: Job, stream: BinaryIO) -> None:
    """The packs of all items as they stand at the latest round, or at the year's end."""
    rounds = list(Round.objects.for_county(job.export.county, job.export.year))
    as_of = rounds[0].as_of if rounds else job.today.replace(year=job.export.year, month=12, day=31)
    state = job.state_at(as_of)
    packs = read_packs(job.export.by, state.items, state)
    write_packs(packs, stream, state=state, made_on=job.today, in_folders=True, step=job.step)


def _write_rounds(job: Job, stream: BinaryIO) -> None:
    """A sheet for each round that has begun: all lists as they stood at its date."""
    county, year = job.export.county, job.export.year
    rounds = list(Round.objects.for_county(county, year).order_by("as_of"))
    if not rounds:
        raise RefusedError("还没有开放过的期次，没有可以导出的清单。")
    titles = ProjectList.objects.titles(county, year)

    def tables():
        for done, reporting_round in enumerate(rounds, start=1):
            state = job.state_at(reporting_round.as_of)
            yield list_table(state, ROUNDS_LAYOUT, name=_tab(reporting_round), titles=titles)
            job.step(done, len(rounds) + 1)

    save_tables(tables(), stream, title=job.export.title, made_on=job.today, author=county.name)


def _tab(reporting_round: Round) -> str:
    return f"{reporting_round.as_of.month}月{reporting_round.as_of.day}日"


KINDS: dict[str, Kind] = {
    "evidence": Kind(
        "全部佐证材料",
        "全县各条目的佐证材料包，一个条目一个文件夹，附条目情况表和目录。",
        "zip",
        _write_evidence,
    ),
    "rounds": Kind(
        "各期清单",
        "全年已开放各期的清单，一期一张工作表，按当期研判。",
        "xlsx",
        _write_rounds,
    ),
}


# -- Starting ---------------------------------------------------------------------------


@transaction.atomic
def start_export(*, by, county: Region, year: int, kind: str, now: datetime) -> Export:
    """Put an export in the queue and, when that is stored, start the process that makes it.

    Raises:
        RefusedError: the person has one that is not finished.
        KeyError: there is no such kind.
    """
    _give_up_silent(Export.objects.filter(by=by), now)
    export = Export(
        county=county,
        year=year,
        by=by,
        kind=kind,
        title=f"{county.name}{year}年民生实事{KINDS[kind].label}（{cn_date(timezone.localdate(now))}）",
        created_at=now,
        beat_at=now,
    )
    try:
        with transaction.atomic():
            export.save()
    except IntegrityError:
        raise RefusedError("您还有一个导出正在生成，完成后才能开始下一个。") from None
    summary = f"开始导出：{export.title}"
    record(by=by, subject=export, summary=summary, action=LogEntry.Action.CREATE)
    transaction.on_commit(lambda: launch(export.pk))
    return export


@transaction.atomic
def restart_export(*, by, export: Export, now: datetime) -> Export:
    """Start a failed export anew; it takes the old one's place.

    Raises:
        RefusedError: it has not failed, or the person has another that is not finished.
    """
    found = Export.objects.select_for_update(of=("self",), no_key=True).filter(pk=export.pk).first()
    if found is None or found.state_at(now) != Export.State.FAILED:
        raise RefusedError("这个导出没有失败，不需要重新开始。")
    county, year, kind = found.county, found.year, found.kind
    found.delete()
    return start_export(by=by, county=county, year=year, kind=kind, now=now)


def launch(pk: int) -> None:
    """Start ``manage.py run_export`` apart from this process, which may end before it."""
    apart = (
        {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
        if os.name == "nt"
        else {"start_new_session": True}
    )
    manage = settings.BASE_DIR / "manage.py"
    process = subprocess.Popen(  # noqa: S603 - our own program and a number
        [sys.executable, str(manage), "run_export", str(pk)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        **apart,
    )
    # Its end is waited for, lest it stay in the system's table; the request goes on.
    threading.Thread(target=process.wait, daemon=True).start()


def _give_up_silent(exports, now: datetime) -> int:
    """Enter as failed what has shown no sign of life for too long."""
    return (
        exports.going()
        .filter(beat_at__lt=now - SILENT_AFTER)
        .update(state=Export.State.FAILED, error=GONE, finished_at=now)
    )


# -- Making -----------------------------------------------------------------------------


def run_export(pk: int) -> bool:
    """Make the file of an export that waits; whether it was made.

    What fails on the way is entered with the export, and goes on to the caller.
    """
    waiting = Export.objects.filter(pk=pk, state=Export.State.QUEUED)
    if not waiting.update(state=Export.State.RUNNING, beat_at=timezone.now()):
        return False
    export = Export.objects.select_related("county", "by__unit__region").get(pk=pk)
    error = BROKEN
    try:
        if not may(export.by, Permission.SEE_WHOLE_REGION):
            error = NO_RIGHT
            return False
        with TemporaryFile() as stream:
            KINDS[export.kind].write(Job(export), stream)
            stream.seek(0)
            error = "" if _keep(export, stream) else GONE
    except RefusedError as refused:
        error = str(refused)
    except GivenUpError:
        error = GONE
    finally:
        if error:
            Export.objects.filter(pk=pk, state=Export.State.RUNNING).update(
                state=Export.State.FAILED, error=error[:300], finished_at=timezone.now()
            )
    return not error


def _keep(export: Export, stream: BinaryIO) -> bool:
    """Store the file; False, and nothing kept, where the export was given up meanwhile."""
    export.file.save(f"file.{KINDS[export.kind].ending}", File(stream), save=False)
    now = timezone.now()
    kept = Export.objects.filter(pk=export.pk, state=Export.State.RUNNING).update(
        state=Export.State.DONE,
        progress=WHOLE,
        file=export.file.name,
        size=export.file.size,
        beat_at=now,
        finished_at=now,
    )
    if not kept:
        export.file.delete(save=False)
    return bool(kept)


# -- Removing ---------------------------------------------------------------------------


def clean_exports(*, now: datetime) -> int:
    """Remove exports that are older than seven days, with their files; how many.

    Those whose process fell silent are entered as failed. Files that nobody knows go, too:
    the process ended between storing the file and entering it.
    """
    _give_up_silent(Export.objects.all(), now)
    old = Export.objects.filter(created_at__lt=now - KEPT).exclude(state__in=Export.GOING)
    removed = 0
    for export in old:
        stored = export.file
        export.delete()
        if stored:
            stored.storage.delete(stored.name)
        removed += 1
    return removed + _remove_unknown_files(now)


def _remove_unknown_files(now: datetime) -> int:
    field = Export._meta.get_field("file")
    known = set(Export.objects.values_list("file", flat=True))
    try:
        _folders, names = field.storage.listdir(FOLDER)
    except FileNotFoundError:
        return 0  # nothing has been exported yet
    unknown = [name for name in (f"{FOLDER}/{name}" for name in names) if name not in known]
    old = [n for n in unknown if field.storage.get_modified_time(n) < now - KEPT]
    for name in old:
        field.storage.delete(name)
    return len(old)
