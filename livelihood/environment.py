"""Reading settings from the environment; nonsense is refused in words."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def env_bool(name: str, default: bool) -> bool:
    """The variable ``name`` as True or False; anything else is refused.

    Raises:
        ImproperlyConfigured: the value is neither "True" nor "False".
    """
    value = os.environ.get(name)
    if value is None:
        return default
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"{name} must be True or False, not {value!r}")
    return value == "True"


def env_int(name: str, default: int) -> int:
    """The variable ``name`` as a whole number.

    Raises:
        ImproperlyConfigured: the value is not a whole number.
    """
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None


def env_list(name: str, default: list[str]) -> list[str]:
    """The variable ``name`` as a list, parted by commas."""
    value = os.environ.get(name)
    if value is None:
        return default
    return [part.strip() for part in value.split(",") if part.strip()]


def env_ints(name: str, default: list[int]) -> list[int]:
    """The variable ``name`` as whole numbers, parted by commas.

    Raises:
        ImproperlyConfigured: a part is not a whole number.
    """
    try:
        return [int(part) for part in env_list(name, default=[str(n) for n in default])]
    except ValueError:
        value = os.environ.get(name)
        raise ImproperlyConfigured(f"{name} must be whole numbers, not {value!r}") from None


def secret_key(kept_in: Path) -> str:
    """The signing key: SECRET_KEY, else the key kept in a file that only its owner reads.

    No key stands in the code. On the first start without SECRET_KEY a random one is made
    and kept, so that sessions outlive a restart.
    """
    if given := os.environ.get("SECRET_KEY"):
        return given
    try:
        return kept_in.read_text().strip()
    except FileNotFoundError:
        kept_in.parent.mkdir(parents=True, exist_ok=True)
        key = secrets.token_urlsafe(64)
        try:
            descriptor = os.open(kept_in, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another worker of the same start was faster
            return kept_in.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            file.write(key)
        return key
