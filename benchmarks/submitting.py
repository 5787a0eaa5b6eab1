"""Fifty people who send their reports at once, through two workers, at the last moment.

Every one of them has opened the form before, as nobody can help doing, and does what its
page does when 提交 is pressed: the whole form by POST, with session and token. Only the
sending is timed. The floor is a null view for people who are logged in, asked by as many
clients of the same kind through the same server; batches of both alternate.
"""

import json
from collections import Counter
from collections.abc import Iterable
from statistics import quantiles
from time import perf_counter

from benchmarks.crowd import Answer, Request, asking, crowd, sending
from benchmarks.deadline import Form, damage, filled, forget, open_rounds, people, told
from benchmarks.measuring import Line, Samples, compare
from benchmarks.pages import NULL_LOGGED_IN
from benchmarks.serving import Server, header, served
from progress.models import Report, ReportEvent
from progress.operations.reporting import data_of

AT_ONCE = 50
WORKERS = 2
# In each batch all 105 forms of as many rounds, so that a client sends several in turn.
ROUNDS_OF_A_BATCH = 3
FEWEST_BATCHES = 5
NULLS = 8  # null views for each of the 130 people, so that these batches take a while, too
# The highest ratios wanted: a submission against a null view, by database; p95 against p50.
GOAL = {"sqlite": 8, "postgresql": 6}
SPREAD_GOAL = 1.5

SENT, NULL = "submission", "null view logged in"
SLOW, USUAL = "95 of 100 answered within", "half answered within"
Crew = dict[int, list[tuple[int, str]]]


def run(database: str, rounds: int) -> list[Line]:
    """Measure submissions beside null views, and count what went wrong, which must be nothing."""
    crew = people()
    samples: Samples = {SENT: [], NULL: [], SLOW: [], USUAL: []}
    wrong: Counter = Counter()
    with served("benchmarks.settings.served", workers=WORKERS) as server:
        _warm_up(server, crew)
        for _batch in range(max(FEWEST_BATCHES, rounds // 3)):
            samples[NULL].append(_null_batch(server, crew))
            wrong += _submissions(server, crew, samples)
        wrong += _quarrel(server, crew)
    return [
        compare(samples, SENT, NULL, GOAL[database], name=f"{SENT}, {AT_ONCE} at once"),
        compare(samples, SLOW, USUAL, SPREAD_GOAL),
        *_counted(wrong),
    ]


def _counted(wrong: Counter) -> list[Line]:
    """What went wrong, as shares of all that was sent; the goal is none at all."""
    return [
        Line(word, "requests", "", wrong[word], wrong["sent"], share, share, 0)
        for word in ("errors", "lost", "half written", "written twice", "overwritten")
        for share in [wrong[word] / wrong["sent"]]
    ]


def _submit(server: Server, form: Form) -> Request:
    return sending(server.port, form, f"{form.address}submit/", form.cookie, form.fields)


def _is_sent(answer: Answer) -> bool:
    """Whether the answer leads to the tasks, and not to the login."""
    return answer.status == 302 and header(answer.content, "Location").endswith("/tasks/")


def _warm_up(server: Server, crew: Crew) -> None:
    """Let both workers load what they keep, and every session note the time."""
    requests = [
        asking(server.port, None, NULL_LOGGED_IN, cookie)
        for team in crew.values()
        for _person, cookie in team
    ]
    for answer in crowd(server.port, requests, WORKERS):
        if answer.status != 200:
            raise RuntimeError(f"the null view answered {answer.status}")
    for _time in range(2):
        _submissions(server, crew, {SENT: [], SLOW: [], USUAL: []}, rounds=1)


def _open_all(server: Server, forms: list[Form]) -> None:
    """Let everybody open the form that they are about to send."""
    pages = [asking(server.port, form, form.address, form.cookie) for form in forms]
    statuses = Counter(answer.status for answer in crowd(server.port, pages, AT_ONCE))
    if statuses != {200: len(forms)}:
        raise RuntimeError(f"the forms answered {dict(statuses)}")


def _null_batch(server: Server, crew: Crew) -> float:
    """Seconds for a null view while as many ask as will submit."""
    cookies = [cookie for team in crew.values() for _person, cookie in team]
    requests = [
        asking(server.port, None, NULL_LOGGED_IN, cookie)
        for _time in range(NULLS)
        for cookie in cookies
    ]
    start = perf_counter()
    statuses = Counter(answer.status for answer in crowd(server.port, requests, AT_ONCE))
    seconds = perf_counter() - start
    if statuses != {200: len(requests)}:
        raise RuntimeError(f"the null view answered {dict(statuses)}")
    return seconds / len(requests)


def _submissions(
    server: Server, crew: Crew, samples: Samples, rounds: int = ROUNDS_OF_A_BATCH
) -> Counter:
    """Send every form of some new rounds, note the times, and compare with the database."""
    opened = open_rounds(rounds)
    forms = filled(opened, crew)
    _open_all(server, forms)
    requests = [_submit(server, form) for form in forms]
    start = perf_counter()
    answers = list(crowd(server.port, requests, AT_ONCE))
    samples[SENT].append((perf_counter() - start) / len(requests))
    cuts = quantiles((answer.seconds for answer in answers), n=20)
    samples[USUAL].append(cuts[9])
    samples[SLOW].append(cuts[18])
    found = damage([a.request.key for a in answers if _is_sent(a)])
    forget(opened)
    return Counter(
        {
            "sent": len(requests),
            "errors": sum(1 for answer in answers if not _is_sent(answer)),
            "lost": found.lost,
            "half written": found.half_written,
            "written twice": found.twice,
        }
    )


# -- Two on the same report ----------------------------------------------------------------


def _quarrel(server: Server, crew: Crew) -> Counter:
    """Two people of a unit on every report at the same moment: as drafts, sent, and as
    无变化. One of them is told, and nothing is overwritten."""
    opened = open_rounds(1)
    ways = {"draft": [], "submit": [], "unchanged": []}
    for number, form in enumerate(filled(opened, crew)):
        way = "unchanged" if form.repeats and number % 2 else ("draft", "submit")[number % 2]
        ways[way].append((form, form.by_another(*_colleague(crew, form))))
    requests = [
        _quarrelling(server, way, form)
        for way, pairs in ways.items()
        for pair in pairs
        for form in pair
    ]
    answers: dict[tuple, list[Answer]] = {}
    for answer in crowd(server.port, requests, AT_ONCE):
        answers.setdefault(answer.request.key.key, []).append(answer)
    wrong = Counter({"sent": len(requests)})
    for way, pairs in ways.items():
        for one, _other in pairs:
            wrong += _JUDGES[way](answers[one.key])
    forget(opened)
    return wrong


def _colleague(crew: Crew, form: Form) -> tuple[int, str]:
    team = next(team for team in crew.values() if (form.person, form.cookie) in team)
    return team[team.index((form.person, form.cookie)) - 1]


def _quarrelling(server: Server, way: str, form: Form) -> Request:
    if way == "unchanged":
        fields = {"project": form.project}
        return sending(server.port, form, form.unchanged_address, form.cookie, fields)
    return sending(server.port, form, f"{form.address}{way}/", form.cookie, form.fields)


def _judged(accepted: list[Form], refused: Iterable[Answer], state: str, steps: int) -> Counter:
    """What is wrong with a report of which one version should have been accepted."""
    wrong = Counter({"errors": sum(1 for answer in refused if answer.status != 409)})
    if len(accepted) != 1:
        return wrong + Counter({"overwritten" if accepted else "errors": 1})
    form = accepted[0]
    report = Report.objects.filter(project=form.project, round=form.round).get()
    if report.updated_by_id != form.person or report.narrative != form.data.narrative:
        return wrong + Counter({"overwritten": 1})
    if told(data_of(report)) != told(form.data) or report.state != state:
        wrong["half written"] += 1
    if report.events.count() != steps:
        wrong["written twice"] += 1
    return wrong


def _judge_drafts(answers: list[Answer]) -> Counter:
    saved = [answer for answer in answers if answer.status == 200]
    versions = [json.loads(a.content.split(b"\r\n\r\n", 1)[1])["version"] for a in saved]
    wrong = _judged(
        [a.request.key for a in saved],
        [a for a in answers if a.status != 200],
        Report.State.DRAFT,
        0,
    )
    return wrong + Counter({"overwritten": int(versions != [1])})


def _judge_sent(answers: list[Answer]) -> Counter:
    return _judged(
        [a.request.key for a in answers if _is_sent(a)],
        [a for a in answers if not _is_sent(a)],
        Report.State.SUBMITTED,
        1,
    )


def _judge_unchanged(answers: list[Answer]) -> Counter:
    """Whoever comes second is led to the report instead, or told that nothing is left."""
    form = answers[0].request.key
    steps = ReportEvent.objects.filter(report__project=form.project, report__round=form.round)
    sent = Report.objects.filter(
        project=form.project, round=form.round, unchanged=True, state=Report.State.SUBMITTED
    )
    return Counter(
        {
            "errors": sum(1 for answer in answers if answer.status != 302),
            "lost": int(not sent.exists()),
            "written twice": max(steps.count() - 1, 0),
        }
    )


_JUDGES = {"draft": _judge_drafts, "submit": _judge_sent, "unchanged": _judge_unchanged}
