"""Keys and versions as forms and addresses send them."""

LONGEST = 18  # digits; databases keep no whole number of more


def key_of(text: str | None) -> int | None:
    """The number that was sent; None for whatever is none, however long it is."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
