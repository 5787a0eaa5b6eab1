"""The ladder of reminders by a table of dates; e-mail; the command; the page 提醒."""

from datetime import date, datetime, timedelta
from io import StringIO
from smtplib import SMTPRecipientsRefused

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from progress.models import Extension, Notice, Report, Round
from progress.operations.notices import mark_read, notify, unread_notices
from progress.operations.reminders import remind, rung_of
from projects.models import Project
from projects.tests.factory import make_project

pytestmark = pytest.mark.django_db

DUE = date(2023, 6, 5)
DAYS = (3, 1)
NOTICES = reverse("notices")


def day(number):
    return date(2023, 6, number)


def at(number, hour=12):
    return datetime(2023, 6, number, hour, tzinfo=timezone.get_default_timezone())


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2023, 6, 1), None),
        (day(2), ("before", day(2))),
        (day(3), ("before", day(2))),  # made up for, where the run of the day before failed
        (day(4), ("before", day(4))),
        (day(5), ("due", day(5))),
        (day(6), ("after", day(6))),
        (day(12), ("after", day(6))),
        (day(13), None),
    ],
)
def test_the_rung_of_a_day(today, expected):
    assert rung_of(DUE, today, DAYS) == expected
    assert rung_of(DUE, today, ()) == (expected if expected and expected[0] != "before" else None)


@pytest.fixture
def reporting_round(county):
    return Round.objects.create(county=county, as_of=date(2023, 5, 31), deadline=DUE)


@pytest.fixture
def head(make_user, reporter):
    person = make_user("lead_unit", reporter.unit)
    person.heads_unit = True
    person.save()
    return person


@pytest.fixture
def cast(county, reporting_round, office, supervisor, reporter, head, other_reporter):
    """县教育局 (reporter, head) owes two projects, 县卫健局 one."""
    for number, person in enumerate((reporter, reporter, other_reporter)):
        make_project(person.unit, f"事项{number}", year=2023)
    return {
        "reporter": reporter,
        "head": head,
        "other_reporter": other_reporter,
        "supervisor": supervisor,
        "office": office,
    }


def told(cast):
    """(person, kind) of all notices."""
    names = {person.pk: name for name, person in cast.items()}
    return sorted((names[n.user_id], n.kind) for n in Notice.objects.all())


def report(reporting_round, person, state="submitted", count=None):
    for project in Project.objects.filter(lead_unit=person.unit)[:count]:
        Report.objects.create(
            round=reporting_round,
            project=project,
            state=state,
            first_submitted_at=at(1),
            submitted_at=at(1),
        )


REPORTERS = ["other_reporter", "reporter"]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (day(1), []),
        (day(2), [(name, "before") for name in REPORTERS]),
        (day(3), [(name, "before") for name in REPORTERS]),
        (day(4), [(name, "before") for name in REPORTERS]),
        (day(5), [(name, "due") for name in ["head", *REPORTERS]]),
        (day(6), [(name, "after") for name in ["head", *REPORTERS, "supervisor"]]),
        (day(30), []),
    ],
)
def test_each_rung_speaks_to_its_people(cast, today, expected):
    remind(today=today)
    assert told(cast) == expected


def test_over_all_days_each_rung_is_spoken_once_however_often_it_runs(cast):
    for number in (1, 2, 2, 3, 4, 4, 5, 5, 6, 7, 8, 20):
        remind(today=day(number))
    counts = {
        name: [n.kind for n in person.notices.order_by("pk")] for name, person in cast.items()
    }
    assert counts == {
        "reporter": ["before", "before", "due", "after"],
        "other_reporter": ["before", "before", "due", "after"],
        "head": ["due", "after"],
        "supervisor": ["after"],
        "office": [],
    }


def test_the_words_say_what_is_missing_and_until_when(cast):
    for number in (2, 5, 6):
        remind(today=day(number))
    texts = [n.text for n in cast["reporter"].notices.order_by("pk")]
    assert texts == [
        "截至2023年5月31日的进展填报，期限为6月5日，还有3天：县教育局尚有2项未报。",
        "截至2023年5月31日的进展填报今日（6月5日）截止：县教育局尚有2项未报。",
        "截至2023年5月31日的进展填报已过期限（6月5日）：县教育局尚有2项未报，请立即补报。",
    ]
    (notice,) = cast["supervisor"].notices.all()
    assert notice.text == (
        "截至2023年5月31日的进展填报已过期限（6月5日），"
        "2个单位未报齐：县教育局（2项）、县卫健局（1项）。"
    )
    assert notice.url == f"{reverse('reporting', args=['330327', 2023])}?as_of=2023-05-31"


def test_only_who_really_misses_something_is_reminded(cast, reporting_round, reporter):
    report(reporting_round, reporter)
    remind(today=day(6))
    assert told(cast) == [("other_reporter", "after"), ("supervisor", "after")]
    assert "县教育局" not in cast["supervisor"].notices.get().text


def test_a_returned_report_is_not_missing_and_a_draft_is(cast, reporting_round, reporter):
    report(reporting_round, reporter, state="returned")
    report(reporting_round, cast["other_reporter"], state="draft")
    remind(today=day(5))
    assert told(cast) == [("other_reporter", "due")]


def test_what_waits_for_the_head_reminds_the_head_alone(cast, reporting_round, reporter):
    report(reporting_round, reporter, state="in_unit")
    report(reporting_round, cast["other_reporter"])
    remind(today=day(4))
    assert told(cast) == [("head", "before")]
    assert "尚有2项未报（其中2项待单位负责人审核）" in cast["head"].notices.get().text


def test_what_waits_for_a_head_who_has_gone_reminds_the_reporters(
    cast, reporting_round, reporter, head
):
    report(reporting_round, reporter, state="in_unit")
    report(reporting_round, cast["other_reporter"])
    head.is_active = False
    head.save()
    remind(today=day(4))
    assert told(cast) == [("reporter", "before")]
    said = "其中2项待单位负责人审核，而本单位现无负责人账号，请撤回后重新提交"
    assert said in reporter.notices.get().text


def test_a_head_without_reporters_is_the_reporter(cast, reporter):
    reporter.is_active = False
    reporter.save()
    remind(today=day(4))
    assert told(cast) == [("head", "before"), ("other_reporter", "before")]


def test_an_extension_moves_the_ladder_of_its_unit_and_is_spoken_of_again(
    cast, reporting_round, office, reporter
):
    remind(today=day(4))
    Extension.objects.create(
        round=reporting_round,
        unit=reporter.unit,
        kind="extended",
        until=at(9, 17),
        reason="数据核对",
        granted_by=office,
    )
    remind(today=day(5))
    assert [n.kind for n in reporter.notices.all()] == ["before"]
    remind(today=day(6))
    assert cast["supervisor"].notices.get().text.count("县") == 1, "县卫健局 alone is overdue"
    latest = reporter.notices.first()
    assert (latest.kind, latest.for_day) == ("before", day(6))
    assert "期限为6月9日17:00（经批准延期），还有3天" in latest.text
    remind(today=day(10))
    assert reporter.notices.first().kind == "after"
    assert cast["supervisor"].notices.count() == 2


def test_planned_and_deadlineless_rounds_remind_nobody_and_closed_ones_say_so(
    cast, reporting_round
):
    Round.objects.filter(pk=reporting_round.pk).update(state="planned")
    assert not remind(today=day(5)).notices
    Round.objects.filter(pk=reporting_round.pk).update(state="closed")
    remind(today=day(6))
    assert "已截止，县教育局尚有2项未报。需要补报的，请与县政府办公室联系" in (
        cast["reporter"].notices.get().text
    )
    Notice.objects.all().delete()
    Round.objects.filter(pk=reporting_round.pk).update(deadline=None, state="open")
    assert not remind(today=day(6)).notices


def test_the_database_keeps_a_rung_from_being_spoken_twice(cast, reporting_round, reporter):
    remind(today=day(5))
    said = reporter.notices.get()
    said.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        said.save(force_insert=True)


def test_what_is_opened_from_the_list_is_read(cast, client_for, reporting_round):
    person, stranger = cast["reporter"], cast["supervisor"]
    for url in ("/330327/2023/", ""):
        notify([person], kind="slip", text="收到催办单", url=url, reporting_round=reporting_round)
    leading = person.notices.exclude(url="").get()
    sent = {"pk": leading.pk, "do": "open"}
    assert client_for(stranger).post(NOTICES, sent).url == NOTICES, "another's notice"
    client = client_for(person)
    assert client.post(NOTICES, sent).url == "/330327/2023/"
    assert unread_notices(person) == 1
    assert client.post(NOTICES, sent).url == "/330327/2023/", "and from a page opened before"
    other = person.notices.get(url="")
    assert client.post(NOTICES, {"pk": other.pk, "do": "open"}).url == NOTICES
    assert unread_notices(person) == 0


# -- E-mail -----------------------------------------------------------------------------


@pytest.fixture
def mailed(settings, cast):
    """A mail server is set, and everybody but the head has an address."""
    settings.EMAIL_HOST = "smtp.example.gov.cn"
    settings.SITE_URL = "https://shishi.example.gov.cn/"
    for name in ("reporter", "other_reporter", "supervisor"):
        cast[name].email = f"{name}@example.gov.cn"
        cast[name].save()
    return cast


def test_reminders_are_mailed_once_to_who_has_an_address(mailed):
    outcome = remind(today=day(5))
    assert (outcome.mailed, outcome.failed) == (2, 0)
    assert sorted(m.to[0] for m in mail.outbox) == [
        "other_reporter@example.gov.cn",
        "reporter@example.gov.cn",
    ]
    message = next(m for m in mail.outbox if m.to == ["reporter@example.gov.cn"])
    assert message.subject == "【民生实事进展】今日截止"
    assert "县教育局尚有2项未报。" in message.body
    assert "https://shishi.example.gov.cn/330327/2023/rounds/2023-05-31/tasks/" in message.body
    assert mailed["reporter"].notices.get().mailed_at is not None
    assert mailed["head"].notices.get().mailed_at is None
    assert remind(today=day(5)).mailed == 0
    assert len(mail.outbox) == 2


def test_without_a_mail_server_nothing_is_mailed(mailed, settings):
    settings.EMAIL_HOST = ""
    outcome = remind(today=day(5))
    assert outcome.notices
    assert (outcome.mailed, mail.outbox) == (0, [])


def test_notices_of_other_kinds_are_mailed_too_but_not_what_was_read_or_is_old(
    mailed, reporting_round
):
    person = mailed["reporter"]
    for kind, text in (("slip", "收到催办单"), ("returned", "被退回"), ("slip", "读过的")):
        notify([person], kind=kind, text=text, url="", reporting_round=reporting_round)
    mark_read(by=person, pk=person.notices.get(text="读过的").pk)
    old = person.notices.get(text="被退回")
    Notice.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=4))
    remind(today=day(1))
    assert [m.body.split("\n")[2] for m in mail.outbox] == ["收到催办单"]


class Refusing(EmailBackend):
    """A server that refuses one address."""

    def send_messages(self, messages):
        if "reporter@example.gov.cn" in messages[0].to:
            raise SMTPRecipientsRefused({"reporter@example.gov.cn": (550, b"unknown")})
        return super().send_messages(messages)


class Gone(EmailBackend):
    """A server that cannot be reached."""

    def open(self):
        raise ConnectionRefusedError("refused")


def test_one_refused_address_hinders_no_other_and_is_tried_again(mailed, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    outcome = remind(today=day(5))
    assert (outcome.mailed, outcome.failed) == (1, 1)
    assert mailed["reporter"].notices.get().mailed_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert remind(today=day(5)).mailed == 1


def test_a_server_that_is_down_breaks_nothing(mailed, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Gone"
    outcome = remind(today=day(5))
    assert outcome.fault == "refused"
    assert mailed["reporter"].notices.count() == 1
    assert not Notice.objects.exclude(mailed_at=None).exists()


# -- The command ------------------------------------------------------------------------


def run():
    out, faults = StringIO(), StringIO()
    call_command("remind", stdout=out, stderr=faults)
    return out.getvalue(), faults.getvalue()


def test_the_command_says_what_it_did_and_a_second_time_nothing_new(mailed, reporting_round):
    today = timezone.localdate()
    Round.objects.filter(pk=reporting_round.pk).update(deadline=today)
    first, _faults = run()
    assert "苍南县截至2023年5月31日：今日截止，提醒3人。" in first
    assert "已发邮件2封。" in first
    second, _faults = run()
    assert "没有新的提醒。" in second
    assert "已发邮件0封。" in second


def test_the_command_names_a_fault_of_the_mail_server(mailed, reporting_round, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Gone"
    Round.objects.filter(pk=reporting_round.pk).update(deadline=timezone.localdate())
    out, faults = run()
    assert "提醒3人" in out
    assert "未能发出，下次运行时重试：refused" in faults


# -- The page 提醒 -----------------------------------------------------------------------


def page_of(client):
    return BeautifulSoup(client.get(NOTICES).content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def test_the_page_lists_the_own_notices_and_marks_them_as_read(cast, reporter, client_for):
    for number in (2, 5):
        remind(today=day(number))
    client = client_for(reporter)
    page = page_of(client)
    assert len(page.select(".notice.unread")) == 2
    assert "县卫健局" not in page.get_text()
    assert unread_notices(reporter) == 2
    one = page.select(".notice [name=pk]")[0]["value"]
    assert client.post(NOTICES, {"pk": one}).status_code == 302
    page = page_of(client)
    assert [words(n.select_one(".tag")) for n in page.select(".notice")] == ["● 未读", "已读"]
    assert client.post(NOTICES).status_code == 302
    assert unread_notices(reporter) == 0


def test_nobody_marks_the_notices_of_another(cast, reporter, other_reporter, client_for):
    remind(today=day(5))
    foreign = other_reporter.notices.get()
    for pk in (foreign.pk, "x", "9" * 30):
        assert client_for(reporter).post(NOTICES, {"pk": pk}).status_code == 302
    assert unread_notices(other_reporter) == 1
    assert unread_notices(reporter) == 1


def test_reading_the_page_changes_nothing_and_the_count_is_one_query(cast, reporter, client_for):
    remind(today=day(5))
    page_of(client_for(reporter))
    with CaptureQueriesContext(connection) as queries:
        assert unread_notices(reporter) == 1
    assert len(queries) == 1


def test_without_notices_the_page_says_what_will_stand_there(reporter, client_for):
    assert "还没有提醒。" in words(page_of(client_for(reporter)))


def test_the_menu_of_an_unchanged_page_counts_anew_after_a_reminder_and_after_reading(
    corpus, county, reporter, client_for
):
    client, url = client_for(reporter), reverse("overview", args=["330327", 2023])
    etag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    Round.objects.create(
        county=county, as_of=date(2023, 5, 10), deadline=date(2023, 5, 15), state="open"
    )
    remind(today=date(2023, 5, 15))
    later = client.get(url, headers={"If-None-Match": etag})
    assert later.status_code == 200
    assert "提醒（1）" in later.content.decode()
    client.post(reverse("notices"))
    client.get(reverse("notices"))  # shows the message, which else keeps every page fresh
    read = client.get(url, headers={"If-None-Match": later.headers["ETag"]})
    assert read.status_code == 200
    assert "提醒（" not in read.content.decode()
