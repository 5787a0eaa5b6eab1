"""A long export made by a real process. A module of its own: in one that shares the corpus a
transaction is open all the time, and another process would wait for its end."""

import time
from io import BytesIO

import pytest
from django.db import connection
from django.urls import reverse
from openpyxl import load_workbook

from progress.models import Export

PLACE = ["330327", 2023]


def environment(folder):
    """Variables by which another process finds the tests' database and files."""
    kept = connection.settings_dict
    if connection.vendor == "sqlite":
        address = f"sqlite:///{kept['NAME']}"
    else:
        host = f"?host={kept['HOST']}" if str(kept["HOST"]).startswith("/") else ""
        server = "" if host else f"{kept['HOST'] or 'localhost'}"
        port = f":{kept['PORT']}" if kept["PORT"] and server else ""
        if kept["PORT"] and host:
            host += f"&port={kept['PORT']}"
        secret = f":{kept['PASSWORD']}" if kept["PASSWORD"] else ""
        address = f"postgresql://{kept['USER']}{secret}@{server}{port}/{kept['NAME']}{host}"
    return {"DATABASE_URL": address, "VAR_DIR": str(folder), "SECRET_KEY": "tests-only"}


@pytest.mark.django_db(transaction=True)
def test_a_real_process_makes_the_file_while_the_request_is_long_over(
    tmp_path, monkeypatch, settings, request
):
    settings.MEDIA_ROOT = tmp_path / "media"
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    request.getfixturevalue("served_corpus")
    office, client_for = (request.getfixturevalue(name) for name in ("office", "client_for"))
    client = client_for(office)
    response = client.post(reverse("export_start", args=[*PLACE, "rounds"]))
    assert response.status_code == 302
    export = Export.objects.get()
    waited = time.monotonic() + 90
    while export.state in Export.GOING and time.monotonic() < waited:
        time.sleep(0.3)
        export.refresh_from_db()
    assert (export.state, export.error) == ("done", "")
    fetched = client.get(reverse("export_file", args=[*PLACE, export.pk]))
    book = load_workbook(BytesIO(fetched.getvalue()))
    assert book.sheetnames == ["4月10日"]
