"""Where a request comes from, known to whatever is written while it is answered.

The audit trail says of each row who acted and from which address. Writers get ``by`` from
their caller, but neither they nor the library that writes rows by itself see the request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address

from django.conf import settings

_request = ContextVar("request", default=None)


@contextmanager
def answering(request) -> Iterator[None]:
    """Within it, ``request`` is the one that is answered."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def within_request() -> bool:
    """Whether a request is being answered; else the command line acts."""
    return _request.get() is not None


def person():
    """Who is logged in where a request is answered, else None."""
    user = getattr(_request.get(), "user", None)
    return user if user is not None and user.is_authenticated else None


def address() -> str | None:
    """The address from which the request that is answered came; None on the command line."""
    request = _request.get()
    return None if request is None else address_of(request)


def address_of(request) -> str | None:
    """The visitor's IP address, as far as it can be believed.

    What a visitor writes into X-Forwarded-For is no evidence. Only behind the own proxy
    (BEHIND_PROXY) its last entry counts: the one that this proxy has set or added.
    """
    candidates = [request.META.get("REMOTE_ADDR", "")]
    if settings.BEHIND_PROXY:
        candidates.insert(0, request.headers.get("X-Forwarded-For", "").rpartition(",")[2])
    return next(filter(None, map(_plain, candidates)), None)


def _plain(text: str) -> str | None:
    """An address without zone, an IPv4 one in its own form; None where it is none."""
    try:
        found = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)
