"""The style sheets and scripts: legible colours, and nothing that an old browser cannot do."""

import re

import pytest
from django.conf import settings

STATIC = settings.BASE_DIR / "static"
SITE_CSS = (STATIC / "css" / "site.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", SITE_CSS))
PAIRS = [(name.removesuffix("-pale"), name) for name in COLOURS if name.endswith("-pale")]
PAIRS += [(ink, ground) for ink in ("ink", "ink-2", "blue") for ground in ("paper", "ground")]
PAIRS += [("ink", "ground-2"), ("ink-2", "ground-2"), ("paper", "blue"), ("paper", "blue-dark")]


def luminance(colour):
    """Relative luminance as WCAG 2 defines it."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_status_has_a_colour_and_its_pale_ground():
    statuses = {"completed", "ahead", "on_schedule", "behind", "seriously_behind", "not_reported"}
    assert statuses <= {ink for ink, _ in PAIRS}


@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(ink, ground):
    assert contrast(COLOURS[ink], COLOURS[ground]) >= 4.5


@pytest.mark.parametrize("sheet", sorted(STATIC.glob("css/*.css")), ids=lambda path: path.name)
def test_the_style_sheets_are_understood_by_chromium_78(sheet):
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    too_new = (
        r"(?<![\w-])gap:|:has\(|:is\(|:where\(|:focus-visible|aspect-ratio|(?<![\w-])inset:"
        r"|color-mix|oklch|(?<!-)\b(?:min|max|clamp)\(|@layer|@container"
    )
    assert re.findall(too_new, text) == []


@pytest.mark.parametrize("script", sorted(STATIC.glob("js/*.js")), ids=lambda path: path.name)
def test_the_scripts_are_understood_by_chromium_78(script):
    text = script.read_text(encoding="utf-8")
    assert re.findall(r"\?\.[a-zA-Z(\[]|\?\?|\.replaceAll\(|\.at\(|&&=|\|\|=", text) == []
