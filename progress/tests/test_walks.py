"""Every page, walked on the real lists: 200, one h1, Chinese, nothing that looks broken.

Apart from test_pages.py, since all tests of a module run on one processor core.
"""

import re

import pytest
from django.urls import reverse
from lxml import html

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
XIANGSHAN = ["330225", 2024]
# What a library, or a forgotten translation, would leave behind.
ENGLISH = re.compile(
    r"\b(None|nan|null|True|False|undefined|Error|Required|This field|Submit|Search|Page|Next|"
    r"Previous|Loading|Select|All|Yes|No|of|the|and|Unknown|items?|results?)\b"
)


def walk(client, start):
    """(address, page, its visible text) of every page that links from ``start`` lead to.

    Every address is answered with 200; what is not HTML, such as a download, is not given.
    """
    waiting, seen = [start], set()
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        response = client.get(url, follow=True)
        assert response.status_code == 200, url
        if "html" not in response.headers["Content-Type"]:
            continue
        # lxml itself: BeautifulSoup takes as long for a page as the product does.
        page = html.document_fromstring(response.content.decode())
        for href in page.xpath("//a/@href"):
            href = href.split("#")[0]
            # The same list in another order or with other filters is the same page.
            if href.startswith("/") and "?" not in href and "/static/" not in href:
                waiting.append(href)
        yield url, page, " ".join(page.xpath("//text()[not(parent::script or parent::style)]"))


@pytest.mark.parametrize(
    ("who", "fewest"),
    [("office", 500), ("supervisor", 150), ("reporter", 20), ("administrator", 150)],
)
def test_every_page_that_can_be_reached_is_whole(who, fewest, request, corpus, client_for):
    client = client_for(request.getfixturevalue(who))
    pages = 0
    for url, page, text in walk(client, reverse("overview", args=CANGNAN)):
        pages += 1
        headings = [heading.text_content().strip() for heading in page.findall(".//h1")]
        assert len(headings) == 1, url
        assert headings[0], url
        assert page.get("lang") == "zh-CN", url
        assert not ENGLISH.search(text), (url, ENGLISH.search(text))
        for table in page.find_class("data"):
            assert table.tag != "table" or table.findall(".//tbody/tr"), (url, "an empty table")
    assert pages > fewest


def test_every_page_of_the_county_without_progress_is_whole(corpus, foreign_office, client_for):
    pages = list(walk(client_for(foreign_office), reverse("overview", args=XIANGSHAN)))
    assert len(pages) > 60
    for url, _page, text in pages:
        assert not ENGLISH.search(text), (url, ENGLISH.search(text))
        words_of_the_field = url in ("/guide/", "/about/") or "/layouts/" in url or "/rules/" in url
        assert "按序时" not in text or words_of_the_field or "尚无" in text, url
