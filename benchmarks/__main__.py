"""``python -m benchmarks``: measure everything on SQLite and PostgreSQL, and say how it stands."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.databases import ROOT, WITH_POSTGRESQL, environment, postgresql_environment
from benchmarks.measuring import ROUNDS

# What the database has no part in is measured once.
WITH_DATABASE = ("pages", "data", "submitting")
WITHOUT_DATABASE = ("table", "charts", "script", "briefing", "reading", "workbooks")
# What takes minutes to generate is measured only where it is asked for by name.
BY_NAME = ("scale",)
DATABASES = ("sqlite", "postgresql")
FEWEST_ROUNDS = 5
# How far beyond its goal a ratio has to be for --check to fail: machines differ.
MARGIN = 2


def main() -> int:
    """Measure, print, and give the exit status: not 0 if something broke, or --check fails."""
    options = _options()
    lines: list[dict] = []
    # In /tmp whatever TMPDIR says: PostgreSQL's server account must be able to look inside.
    with TemporaryDirectory(prefix="livelihood-benchmark-") as name:
        folder = Path(name)
        once = WITHOUT_DATABASE
        for database in options.database or DATABASES:
            parts = [p for p in (*WITH_DATABASE, *once, *BY_NAME) if p in options.only]
            once = ()
            if parts:
                lines += _run(database, parts, options, folder)
    _conclude(lines)
    _warn_if_busy()
    if options.json:
        options.json.write_text(json.dumps(lines, ensure_ascii=False, indent=1) + "\n")
    far_off = options.check and any(_is_far_off(line) for line in lines)
    return int(far_off or any(_is_broken(line) for line in lines))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parts = (*WITH_DATABASE, *WITHOUT_DATABASE)
    parser.add_argument(
        "--database", action="append", choices=DATABASES, help="only this one (default: both)"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=(*parts, *BY_NAME),
        default=parts,
        help=f"only these parts (default: all but {', '.join(BY_NAME)})",
    )
    parser.add_argument("--counties", type=int, default=90, help="for scale (default: 90)")
    parser.add_argument("--months", type=int, default=12, help="for scale (default: 12)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument(
        "--check", action="store_true", help=f"fail if a ratio is over {MARGIN} times its goal"
    )
    options = parser.parse_args()
    if options.rounds < FEWEST_ROUNDS:
        parser.error(f"at least {FEWEST_ROUNDS} rounds, or a median says nothing")
    return options


def _run(database: str, parts: list[str], options, folder: Path) -> list[dict]:
    """Measure on one database in a process of its own, since settings are read once."""
    result = folder / f"{database}.json"
    command = [sys.executable, "-m", "benchmarks.one_database", "--result", str(result)]
    for name in ("rounds", "counties", "months"):
        command += [f"--{name}", str(getattr(options, name))]
    for part in parts:
        command += ["--part", part]
    env = environment(folder)
    if database == "postgresql":
        command, env = [str(WITH_POSTGRESQL), *command], postgresql_environment(folder)
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        status = process.wait()
    except KeyboardInterrupt:
        process.wait()  # it was interrupted as well, and removes what it had started
        raise
    if status:
        sys.exit(f"Measuring on {database} broke off with exit status {status} (see above).")
    return json.loads(result.read_text())


def _is_far_off(line: dict) -> bool:
    return line["goal"] is not None and line["ratio"] > MARGIN * line["goal"]


def _is_broken(line: dict) -> bool:
    """Whether something happened that must not happen at all, on any machine."""
    return line["goal"] == 0 and not line["met"]


def _conclude(lines: list[dict]) -> None:
    goals = [line for line in lines if line["goal"] is not None]
    missed = [line for line in goals if not line["met"]]
    print(f"\n{len(goals) - len(missed)} of {len(goals)} goals met.")
    for line in missed:
        where = f"{line['name']} against {line['against']} ({line['database']})"
        print(f"  MISSED  {where}: {line['ratio']:.2f}, goal <= {line['goal']:g}")


def _warn_if_busy() -> None:
    """Say when others kept the machine busy: a short request then waits longer for its turn
    than it works, and whatever is compared with it looks better than it is."""
    load, cores = os.getloadavg()[1], os.cpu_count() or 1
    if load > cores:
        print(
            f"The machine was busy (load {load:.1f} on {cores} cores): "
            "ratios against null views come out too low. Run again when it is quiet."
        )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
