"""Read rows of a list from JSON and print what they say in the exchange format."""

import json
import re
import sys
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from projects.rules.exchange import FIRST_YEAR, LAST_YEAR, UNSTORABLE
from projects.rules.reading import as_exchange, read_row

# 20 MB, as for uploaded documents.
MOST_CHARACTERS = 20_000_000
TEXTS = ("title", "schedule", "status")
_DATE = re.compile(r"(\d{4})[-年/.](\d{1,2})[-月/.](\d{1,2})日?")


class Command(BaseCommand):
    help = "读取清单各行的文字（JSON），按交换格式打印读出的目标、节点和进度。"
    # Nothing here needs the database, or the site to be in order.
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", default="-", help="JSON 文件；- 或不写为标准输入")
        parser.add_argument("--year", help="清单的年度，如 2023")
        parser.add_argument("--as-of", help="进度截止日期，如 2023-04-10 或 2023年4月10日")

    def handle(self, *, file, year, as_of, **options):
        year = _year(year)
        day = _day(as_of) if as_of else None
        rows = [_read(row, place, year, day) for place, row in enumerate(_rows(file), start=1)]
        self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))


def _year(text) -> int:
    match = re.fullmatch(r"\s*(20\d\d|2100)年?度?\s*", str(text or ""))
    if not match:
        raise CommandError(f"请用 --year 写明年度，应在{FIRST_YEAR}至{LAST_YEAR}之间，如 2023。")
    return int(match[1])


def _day(text: str) -> date:
    match = _DATE.fullmatch(text.strip())
    try:
        return date(*map(int, match.groups()))
    except (AttributeError, ValueError):
        raise CommandError(
            f"截止日期“{text}”不是日期，应如 2023-04-10 或 2023年4月10日。"
        ) from None


def _rows(file: str) -> list:
    """The rows of a JSON array, of ``{"items": […]}``, or of JSON lines."""
    text = _text(file)
    if not text.strip():
        raise CommandError("没有内容：应是 JSON 数组，每行一个对象（title、schedule、status）。")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        data = _lines(text, error)
    if isinstance(data, dict):
        data = data.get("items", [data])
    if not isinstance(data, list):
        raise CommandError("应是 JSON 数组（[…]）或每行一个 JSON 对象。")
    return data


def _text(file: str) -> str:
    try:
        if file == "-":
            content = sys.stdin.buffer.read(MOST_CHARACTERS * 4)
        else:
            with open(file, "rb") as stream:
                content = stream.read(MOST_CHARACTERS * 4)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"读不了文件“{file}”：{_reason(error)}。") from None
    except UnicodeDecodeError:
        raise CommandError("文件不是 UTF-8 编码的文字，请另存为 UTF-8 后再读。") from None
    if len(text) > MOST_CHARACTERS:
        raise CommandError(f"内容超过{MOST_CHARACTERS // 1_000_000}兆字，请分几次读取。")
    return text


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "文件不存在"
    if isinstance(error, PermissionError):
        return "没有读取权限"
    return "这是目录" if isinstance(error, IsADirectoryError) else "无法打开"


def _lines(text: str, error: Exception) -> list:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise CommandError(f"不是可用的 JSON：{_place(error)}。") from None
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(json.loads(line))
        except (ValueError, RecursionError):
            # Neither one JSON value nor one in each line: say where the whole breaks off.
            where = _place(error) if number == 1 else f"第{number}行不是一个 JSON 对象"
            raise CommandError(f"不是可用的 JSON：{where}。") from None
    return rows


def _place(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"第{error.lineno}行第{error.colno}个字处读不下去"
    return "嵌套太深或数字太长"


def _read(row, place: int, year: int, as_of: date | None) -> dict:
    """One row read; its other keys (number, level, lead_unit …) are passed through."""
    if not isinstance(row, dict):
        raise CommandError(f"第{place}行应是一个对象（{{…}}）。")
    for name in TEXTS:
        value = row.get(name)
        if value is not None and not isinstance(value, str):
            raise CommandError(f"第{place}行的 {name} 应是文字或 null。")
        if value and UNSTORABLE.search(value):
            raise CommandError(f"第{place}行的 {name} 含有无法保存的字符。")
    if not (row.get("title") or "").strip():
        raise CommandError(f"第{place}行没有 title（项目内容）。")
    reading = read_row(
        title=row["title"],
        schedule=row.get("schedule") or "",
        status=row.get("status") or "",
        year=year,
        as_of=as_of,
    )
    read = as_exchange(reading)
    if row.get("starred") is True:
        read["starred"] = True
    passed = {name: value for name, value in row.items() if name not in read}
    return passed | read
