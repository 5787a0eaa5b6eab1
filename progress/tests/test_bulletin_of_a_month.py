"""The bulletin of 象山县 in a month of its simulated year: what its words may claim."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from livelihood.testing import create_unit, create_user
from progress.models import Round
from progress.operations.bulletins import proposed_data, read_draft, start_bulletin

pytestmark = pytest.mark.usefixtures("simulated_year")

XIANGSHAN = ["330225", 2024]


@pytest.fixture
def drafted(db):
    """``drafted(month, day)`` is what the issue on a round of 象山县 draws on and says."""

    def make(month, day):
        found = Round.objects.select_related("county").get(
            county__code="330225", as_of=date(2024, month, day)
        )
        by = create_user("office", "林晓明", "office", create_unit(found.county, "县府办"))
        begun = start_bulletin(by=by, round=found, data=proposed_data(found))
        return read_draft(begun, now=timezone.now())

    return make


def text_of(content):
    return "".join(words for section in content.sections for words in section.paragraphs)


def test_what_was_finished_after_its_last_date_is_not_said_to_be_early(drafted):
    material, content = drafted(10, 31)
    done = [s.standing for s in material.state.items if s.standing.status == "completed"]
    assert all(one.facts.completed_on > one.last_due for one in done)
    assert f"截至10月31日，已完成{len(done)}项。" in text_of(content)
    assert "提前完成" not in text_of(content)


def test_the_list_is_called_after_the_government_that_its_title_names(drafted):
    _material, content = drafted(10, 31)
    assert "2024年我县共承办省政府民生实事指标33项。" in text_of(content)
    assert "承担省政府民生实事项目" in next(s.title for s in content.sheets if "清单" in s.name)


def test_only_promises_whose_day_has_come_are_said_to_be_due(drafted):
    material, content = drafted(10, 31)
    changes = [c for c in material.changes if c.promised is not None]
    due = [c for c in changes if c.promised <= date(2024, 10, 31)]
    kept = [c for c in due if not c.now.standing.is_behind]
    assert 0 < len(due) < len(changes)
    assert (
        f"到期的追赶承诺{len(due)}项，兑现{len(kept)}项、未兑现{len(due) - len(kept)}项；"
        f"另有" in text_of(content)
    )


def test_no_reason_names_zero_days_or_a_word_cut_short(drafted):
    material, content = drafted(6, 30)
    said = text_of(content)
    assert "逾期0天" not in said
    assert "…" not in said
    assert "当日到期，已连续" in said
    behind = [s for s in material.state.items if s.standing.is_behind]
    far = [s for s in behind if s.standing.schedule_variance < -5]
    assert said.count("落后计划") == len(far) > 5


def test_a_variance_that_is_not_actual_minus_planned_is_named_below_its_table(drafted):
    material, content = drafted(6, 30)
    sheets = {sheet.name: sheet for sheet in content.sheets}
    partial = [
        s.name for s in material.state.items if s.standing.is_behind and s.standing.compares_part
    ]
    assert partial == ["县级第33项"]
    note = "县级第33项的偏差只按计划和实际都有数据的目标计算，不等于实际减计划。"
    assert note in sheets["滞后清单"].notes
    assert "只按计划和实际都有数据的目标计算" in dict(sheets["研判规则"].rows)["偏差"]


def test_the_pages_say_it_beside_the_variance(client_for):
    county = Round.objects.filter(county__code="330225").first().county
    client = client_for(create_user("office", "林晓明", "office", create_unit(county, "县府办")))
    for name in ("items", "overview"):
        page = client.get(reverse(name, args=XIANGSHAN), {"as_of": "2024-06-30"})
        row = next(
            row
            for row in BeautifulSoup(page.content, "html.parser").select("tr")
            if "浙里快处" in row.text
        )
        assert "−8.5可比目标" in row.text.replace("\n", ""), name
