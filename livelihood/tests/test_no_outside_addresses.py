"""No page and no asset asks another server for anything."""

import re

import pytest
from django.conf import settings

# Names of XML vocabularies look like addresses and are never asked for.
NEVER_ASKED = re.compile(r"https?://(www\.w3\.org/|127\.0\.0\.1|localhost)")
ADDRESS = re.compile(r"https?://[^\s\"'<>)]*|(?:src|href|action)\s*=\s*[\"']//[^\s\"'<>]*")
# What a stylesheet would fetch from elsewhere.
FETCHED_BY_CSS = re.compile(r"url\(\s*[\"']?(?:https?:)?//|@import")
# A page's script, style or picture that does not come from {% static %} or this server.
LOADED = re.compile(r"<(?:script|link|img|iframe|source|object|embed)\b[^>]*>", re.DOTALL)
OURS = ("templates", "static/css", "static/js")


def texts(*places, endings=(".html", ".css", ".js", ".svg", ".txt")):
    """(path, text) of every file below ``places`` in the project's directory."""
    for place in places:
        for file in sorted((settings.BASE_DIR / place).rglob("*")):
            if file.suffix in endings:
                yield file.relative_to(settings.BASE_DIR), file.read_text()


def addresses(text):
    """The addresses in ``text`` that lie outside the server."""
    return [found for found in ADDRESS.findall(text) if not NEVER_ASKED.match(found)]


def test_our_pages_and_assets_name_no_address_outside_the_server():
    found = {str(path): addresses(text) for path, text in texts(*OURS)}
    assert {path: list_ for path, list_ in found.items() if list_} == {}


def test_vendored_stylesheets_fetch_nothing_from_elsewhere():
    found = [
        f"{path}: {match.group()}"
        for path, text in texts("static/vendor", endings=(".css",))
        for match in FETCHED_BY_CSS.finditer(text)
    ]
    assert not found, "\n".join(found)


def test_templates_load_files_of_this_server_only():
    """Vendored scripts name addresses in their texts; what matters is who is loaded."""
    found = [
        f"{path}: {tag}"
        for path, text in texts("templates")
        for tag in LOADED.findall(text)
        if re.search(r"(?:src|href|data)\s*=\s*[\"']?\s*(?:[a-z]+:)?//", tag)
    ]
    assert not found, "\n".join(found)


def test_every_vendored_package_has_its_licence():
    packages = [p for p in (settings.BASE_DIR / "static/vendor").iterdir() if p.is_dir()]
    assert packages
    assert [p.name for p in packages if not list(p.glob("LICENSE*"))] == []


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example.com/x.js">',
        "<link href='//fonts.example.com/css'>",
        'fetch("http://example.com/api")',
    ],
)
def test_an_address_outside_is_found(text):
    assert addresses(text)


@pytest.mark.parametrize(
    "text", ['<svg xmlns="http://www.w3.org/2000/svg">', "// a comment", '<a href="/lists/">']
)
def test_what_stays_on_the_server_is_not_taken_for_an_address(text):
    assert addresses(text) == []
