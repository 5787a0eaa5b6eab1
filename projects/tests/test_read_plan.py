"""``manage.py read_plan``: rows as JSON in, the exchange format out, clear words on bad input."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

ROW = {
    "title": "新建公园3个。",
    "schedule": "6月底前完成1个，10月底前完成3个",
    "status": "已完成1个",
}


def run(file, **options):
    out = io.StringIO()
    call_command("read_plan", str(file), stdout=out, **{"year": "2024"} | options)
    return json.loads(out.getvalue())


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "rows.json"
        path.write_text(content, encoding="utf-8")
        return path

    return write


def test_rows_come_out_read_with_what_else_they_held(write):
    rows = [ROW | {"number": 7, "level": "county", "lead_unit": "县住建局", "own": [1]}]

    (read,) = run(write(json.dumps(rows)), as_of="2024年7月1日")

    assert (read["number"], read["level"], read["lead_unit"], read["own"]) == (
        7, "county", "县住建局", [1],
    )  # fmt: skip
    assert [m["due"] for m in read["milestones"]] == ["2024-06-30", "2024-10-31"]
    assert [m["met"] for m in read["milestones"]] == [True, None]
    assert read["actual"][0]["percent"] == 33.3


def test_json_lines_and_an_object_with_items_are_read_as_well(write):
    lines = "\n".join(json.dumps(ROW, ensure_ascii=False) for _row in range(3))

    assert len(run(write(lines))) == 3
    assert len(run(write(json.dumps({"items": [ROW, ROW]})))) == 2
    assert len(run(write(json.dumps(ROW)))) == 1


def test_rows_are_read_from_standard_input(monkeypatch):
    content = io.BytesIO(json.dumps([ROW]).encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))

    assert len(run("-")) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "没有内容"),
        ("{", "不是可用的 JSON"),
        ('{"title": "甲"}\n{"title"', "第2行不是"),
        ("3", "应是 JSON 数组"),
        ("[3]", "第1行应是一个对象"),
        ('[{"title": 3}]', "title 应是文字"),
        ('[{"title": "甲", "schedule": []}]', "schedule 应是文字"),
        ('[{"title": " "}]', "没有 title"),
        ('[{"title": "\\ud800"}]', "无法保存的字符"),
        ("[" * 100_000, "不是可用的 JSON"),
    ],
)
def test_bad_input_is_refused_in_words(write, content, words):
    with pytest.raises(CommandError, match=words):
        run(write(content))


@pytest.mark.parametrize("options", [{"year": "1900"}, {"year": None}, {"year": "abc"}])
def test_a_year_is_needed(write, options):
    with pytest.raises(CommandError, match="年度"):
        run(write(json.dumps([ROW])), **options)


@pytest.mark.parametrize("as_of", ["abc", "2024-13-01", "4月10日"])
def test_a_date_has_to_be_one(write, as_of):
    with pytest.raises(CommandError, match="不是日期"):
        run(write(json.dumps([ROW])), as_of=as_of)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"nofile.*文件不存在"):
        run(tmp_path / "nofile.json")
    with pytest.raises(CommandError, match="这是目录"):
        run(tmp_path)
    (tmp_path / "gbk.json").write_bytes("新建".encode("gbk"))
    with pytest.raises(CommandError, match="UTF-8"):
        run(tmp_path / "gbk.json")
