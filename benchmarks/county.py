"""The county that is measured: 苍南县 2023 with its 153 items, as its office sees it."""

from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.http import HttpRequest
from django.test import Client, RequestFactory

from livelihood.organisation.models import User
from progress.views.common import Place, find_place

CODE, YEAR = "330327", 2023
ITEMS = 153
READER = "cangnan-office"
BACKEND = "livelihood.organisation.backends.PeopleBackend"


def load() -> None:
    """Make the database, load the published lists and collect the static files, all by the
    product's own commands."""
    call_command("demo", no_simulation=True, stdout=StringIO())
    if not settings.STATIC_ROOT.exists():
        call_command("collectstatic", interactive=False, verbosity=0)


def reader() -> User:
    """Who asks for the pages, with unit and region as a request brings them along."""
    return User.objects.with_unit().get(username=READER)


def session_cookie() -> str:
    """A cookie with which the reader is logged in."""
    client = Client()
    client.force_login(reader(), backend=BACKEND)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def request(path: str) -> HttpRequest:
    """A request of the reader for ``path``."""
    made = RequestFactory().get(path)
    made.user = reader()
    return made


def place() -> Place:
    """The county's pages of the year, at the date of the latest round."""
    return find_place(request(f"/{CODE}/{YEAR}/"), CODE, YEAR)
