"""The page 关于 and what is really shipped."""

import re

from django.conf import settings

from progress.views.about import ASSETS

# "| `htmx/` | `htmx.org` | 1.9.12 | 0BSD |"
ROW = re.compile(r"^\| `(\w+)/.*\| (\d+[.\d]+) \| (\w+) \|$", re.MULTILINE)


def test_the_versions_and_licences_told_are_those_of_the_vendored_files():
    text = (settings.BASE_DIR / "static" / "vendor" / "README.md").read_text()
    vendored = set(ROW.findall(text))
    assert len(vendored) == 3
    told = {
        (name.lower().removesuffix(".js"), version, licence) for name, version, licence in ASSETS
    }
    assert told == vendored
