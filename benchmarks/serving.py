"""The product served as in use, and a client that costs next to nothing."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from time import monotonic, sleep

from benchmarks.databases import ROOT

START_SECONDS = 60
ANSWER_SECONDS = 60


class Server:
    """A running server on this machine's loopback."""

    def __init__(self, port: int):
        self.port = port

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Ask once, on a connection of its own: gunicorn's sync workers keep none open.

        A bare socket instead of an HTTP client: what the client costs would be counted
        with the page and the floor alike, and so flatter the ratio.

        Args:
            path: the address without the host.
            headers: further headers; ``If_None_Match`` is sent as If-None-Match.

        Returns:
            The status, and the whole answer as it came over the wire.
        """
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Accept-Encoding: gzip"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        with socket.create_connection(("127.0.0.1", self.port), ANSWER_SECONDS) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            parts = []
            while part := connection.recv(1 << 18):
                parts.append(part)
        answer = b"".join(parts)
        return int(answer[9:12]), answer


def header(answer: bytes, name: str) -> str:
    """A header of an answer as ``Server.get`` gives it."""
    for line in answer.split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")[1:]:
        key, _colon, value = line.partition(":")
        if key.lower() == name.lower():
            return value.strip()
    raise KeyError(name)


@contextmanager
def served(settings: str, *, workers: int = 1) -> Iterator[Server]:
    """Serve with ``settings`` (a module) by gunicorn as ``make run`` does, until the end.

    One worker instead of two, unless clients ask at once: it answers one client at a time
    either way, and what a second one has not cached yet would only blur the figures.
    """
    port = _free_port()
    own = {
        "DJANGO_SETTINGS_MODULE": settings,
        "BIND": f"127.0.0.1:{port}",
        "WORKERS": str(workers),
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "livelihood/gunicorn.py"]
    with TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **own}, stdout=log, stderr=log
        )
        try:
            _wait_for(process, port, log)
            yield Server(port)
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(process: subprocess.Popen, port: int, log) -> None:
    until = monotonic() + START_SECONDS
    while monotonic() < until and process.poll() is None:
        try:
            Server(port).get("/login/")
        except ConnectionRefusedError:
            sleep(0.1)
        else:
            return
    log.seek(0)
    raise RuntimeError(f"gunicorn did not start:\n{log.read().decode(errors='replace')}")
