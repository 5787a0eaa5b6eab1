"""Names of files in an archive, safe on every system: no path, no reserved word, no doublet."""

import re

# What Windows does not take in a name, and what cannot be seen or turns the reading order.
FORBIDDEN = re.compile(
    r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+'
)
SPACES = re.compile(r"\s+")
ENDING = re.compile(r"\.[a-z0-9]{1,8}")
# Names that Windows keeps to itself, with any ending.
RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
)
LONGEST = 60


def safe_name(text: str, otherwise: str = "未命名", longest: int = LONGEST) -> str:
    """Any text as the name of a file or folder, without an ending.

    Args:
        text: what somebody typed.
        otherwise: the name where nothing usable is left.
        longest: the characters that are kept.
    """
    name = SPACES.sub(" ", FORBIDDEN.sub(" ", text))[:longest]
    # A dot at either end hides the file, climbs out of the folder, or is lost on Windows.
    name = name.strip(" .")
    if name.partition(".")[0].strip().casefold() in RESERVED:
        name = f"_{name}"
    return name or otherwise


def safe_ending(name: str) -> str:
    """The ending of a stored file's name, such as .jpg; "" for an unusual one."""
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    return ending if ENDING.fullmatch(ending) else ""


class Names:
    """Gives every file of an archive a name of its own."""

    def __init__(self):
        self._taken: set[str] = set()

    def new(self, stem: str, ending: str = "") -> str:
        """``stem`` with its ending; a number is put between where that is taken already.

        Upper and lower case count as the same, as on Windows.
        """
        name, number = f"{stem}{ending}", 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem}（{number}）{ending}"
        self._taken.add(name.casefold())
        return name
