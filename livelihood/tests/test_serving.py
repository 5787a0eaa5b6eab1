"""`make run` gives a newcomer the site, served as in production."""

import os
import re
import signal
import socket
import subprocess
import time
from urllib.request import Request, urlopen

import pytest
from django.conf import settings

PATIENCE = 60  # seconds
STATIC = re.compile(r'(?:src|href)="(/static/[^"]+)"')
HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(address):
    """The answer to a GET as a browser would send it."""
    return urlopen(Request(address, headers={"Accept-Encoding": "br"}), timeout=PATIENCE)


@pytest.fixture
def served(tmp_path):
    """The address of a site that `make run` serves from nothing, and its log."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "MAKEFLAGS")}
    home = f"http://127.0.0.1:{port}"
    log = tmp_path / "printed.txt"
    with log.open("w") as printed:
        server = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=settings.BASE_DIR,
            env={**environment, "VAR_DIR": str(tmp_path)},
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + PATIENCE
        while f"{home}/" not in log.read_text():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield home, log
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=PATIENCE)


def test_make_run_serves_the_site_as_in_production(served):
    home, log = served
    with get(home) as page:
        html = page.read().decode()
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.url.startswith(f"{home}/")
    assert settings.SITE_NAME in html
    for role in ("县府办", "牵头单位", "系统管理员"):
        assert role in log.read_text()
    assets = STATIC.findall(html)
    assert assets
    for asset in assets:
        assert HASHED.search(asset), f"{asset} would be kept by browsers after an update"
        with get(home + asset) as file:
            assert "immutable" in file.headers["Cache-Control"]
