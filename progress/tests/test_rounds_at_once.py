"""Two people who close a round at once: one does, the other is told.

A module of its own: here the lists are stored, and no transaction holds them.
"""

import threading
from datetime import date

import pytest
from django.db import connection

from livelihood.organisation.models import Region
from livelihood.testing import load_corpus
from progress.models import Round, RoundVersion, StandingRecord
from progress.operations.reporting import RefusedError
from progress.operations.rounds import close_round


@pytest.mark.django_db(transaction=True)
def test_two_people_who_close_at_once_close_once(make_user):
    load_corpus()
    county = Region.objects.get(code="330225")
    people = [make_user("office", county.units.first()) for _person in range(2)]
    april = Round.objects.create(county=county, as_of=date(2024, 4, 30), state=Round.State.OPEN)
    start, told = threading.Barrier(2), []

    def close(by):
        start.wait()
        try:
            close_round(by=by, round=april)
            told.append("closed")
        except RefusedError as error:
            told.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=close, args=[by]) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("closed") == 1
    assert any("已经截止" in words for words in told)
    assert RoundVersion.objects.filter(round=april).count() == 1
    assert StandingRecord.objects.filter(round=april).count() == 33
