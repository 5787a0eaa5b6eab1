"""Many clients at once, so light that the server has the machine almost to itself.

One process waits for all connections in one loop: fifty threads would quarrel with each
other, and with the server, over two processor cores.
"""

import selectors
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter
from typing import NamedTuple
from urllib.parse import urlencode

WAIT_SECONDS = 60
TOKEN = "b" * 32  # Django compares the cookie's with the form's; any will do


class Request(NamedTuple):
    """What one client sends: everything ready, as it goes over the wire."""

    key: object  # by which the asker knows it
    wire: bytes


@dataclass
class Answer:
    """What became of a request; ``status`` is 0 where the connection broke."""

    request: Request
    seconds: float = 0.0
    content: bytes = b""

    @property
    def status(self) -> int:
        """The HTTP status; 0 where no whole head came back."""
        head = self.content[9:12]
        return int(head) if head.isdigit() and b"\r\n\r\n" in self.content else 0


@dataclass
class _Client:
    """One of the crowd: a connection, what is still to be sent, what has come back."""

    answer: Answer
    started: float
    unsent: bytes
    parts: list[bytes] = field(default_factory=list)


def asking(port: int, key: object, path: str, cookie: str) -> Request:
    """A GET request."""
    return Request(key, _head("GET", port, path, cookie, []).encode())


def sending(port: int, key: object, path: str, cookie: str, fields: dict) -> Request:
    """A form sent by POST, with Django's token against forgery; lists are sent as several."""
    body = urlencode({**fields, "csrfmiddlewaretoken": TOKEN}, doseq=True).encode()
    more = [
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    ]
    return Request(
        key, _head("POST", port, path, f"{cookie}; csrftoken={TOKEN}", more).encode() + body
    )


def _head(method: str, port: int, path: str, cookie: str, more: list[str]) -> str:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Cookie: {cookie}", *more]
    return "\r\n".join([*lines, "", ""])


def crowd(port: int, requests: Iterable[Request], clients: int) -> Iterator[Answer]:
    """Let ``clients`` send the requests: whoever is answered sends the next one at once.

    Each request has a connection of its own, since gunicorn's sync workers keep none open.

    Yields:
        The answers, in the order in which they came.
    """
    waiting = iter(requests)
    with selectors.DefaultSelector() as selector:
        for request in islice(waiting, clients):
            _connect(selector, port, request)
        while selector.get_map():
            ready = selector.select(WAIT_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer for {WAIT_SECONDS} seconds")
            for key, _events in ready:
                if not _serve(selector, key):
                    continue
                request = next(waiting, None)
                if request is not None:
                    _connect(selector, port, request)
                yield key.data.answer


def _connect(selector, port: int, request: Request) -> None:
    connection = socket.socket()
    connection.setblocking(False)
    client = _Client(Answer(request), perf_counter(), request.wire)
    connection.connect_ex(("127.0.0.1", port))
    selector.register(connection, selectors.EVENT_WRITE, client)


def _serve(selector, key) -> bool:
    """Send or receive what goes now; whether the client is done."""
    connection, client = key.fileobj, key.data
    try:
        if client.unsent:
            client.unsent = client.unsent[connection.send(client.unsent) :]
            if not client.unsent:
                selector.modify(connection, selectors.EVENT_READ, client)
            return False
        part = connection.recv(1 << 18)
    except OSError:
        part = b""
    if part:
        client.parts.append(part)
        return False
    selector.unregister(connection)
    connection.close()
    client.answer.seconds = perf_counter() - client.started
    client.answer.content = b"".join(client.parts)
    return True
