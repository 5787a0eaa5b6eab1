"""What an Office file unpacks to, known before anything of it is unpacked.

Every .xlsx and .docx is a zip archive of XML parts. It comes from outside: nothing in it is
taken at its word.
"""

import zlib
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree.ElementTree import ParseError  # noqa: S405 - only the error's name
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from lxml.etree import LxmlError

MEGABYTE = 1024 * 1024
# A local header before a part's name, and the smallest compression that is suspicious.
LOCAL_HEADER = 30
RATIO_COUNTS_FROM = 4 * MEGABYTE
CONTENT_TYPES = "[Content_Types].xml"

# What the libraries raise when a part is not what it should be.
BROKEN_FILE = (
    BadZipFile,
    LxmlError,
    ParseError,
    expat.ExpatError,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class UnreadableError(Exception):
    """The file or text cannot be taken at all; says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Limits:
    """What is read at most; ``told`` in words before anybody uploads."""

    file: int = 20 * MEGABYTE  # bytes
    unpacked: int = 60 * MEGABYTE  # bytes, all parts together
    document: int = 30 * MEGABYTE  # bytes of XML in a Word file, which is in memory as a whole
    ratio: int = 250  # unpacked to packed, of one part
    parts: int = 2000
    rows: int = 5000  # that hold something, in the whole file
    columns: int = 100
    characters: int = 8_000_000  # of text in the whole file

    @property
    def told(self) -> str:
        """The limits as the upload page says them."""
        return f"文件不超过{self.file // MEGABYTE}MB，有内容的行不超过{self.rows}行。"


LIMITS = Limits()


class UnsafeArchiveError(Exception):
    """The archive would unpack to too much, or its parts declare entities."""


def check_archive(content: BinaryIO, limits: Limits = LIMITS) -> dict[str, int]:
    """Look at the archive without unpacking more of it than the beginnings of its XML parts.

    Args:
        content: the archive; left at its beginning.
        limits: what it may unpack to.

    Returns:
        The bytes that each of its parts unpacks to, by lower-case name.

    Raises:
        UnsafeArchiveError: it is a bomb, or declares entities.
        BadZipFile and others of BROKEN_FILE: it is damaged or encrypted.
    """
    try:
        with ZipFile(content) as archive:
            parts = archive.infolist()
            _check_sizes(parts, limits)
            _check_places(parts)
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    _check_no_declarations(archive, part)
            return {part.filename.lower(): part.file_size for part in parts}
    finally:
        content.seek(0)


def main_type(content: BinaryIO) -> bytes:
    """What the archive says of its parts' types; empty where it is no Office file."""
    try:
        with ZipFile(content) as archive:
            if CONTENT_TYPES not in archive.namelist():
                return b""
            with archive.open(CONTENT_TYPES) as stream:
                return stream.read(MEGABYTE)
    finally:
        content.seek(0)


def _check_sizes(parts: list[ZipInfo], limits: Limits) -> None:
    if len(parts) > limits.parts or sum(part.file_size for part in parts) > limits.unpacked:
        raise UnsafeArchiveError
    for part in parts:
        if part.file_size > max(RATIO_COUNTS_FROM, limits.ratio * part.compress_size):
            raise UnsafeArchiveError


def _check_places(parts: list[ZipInfo]) -> None:
    """Refuse parts that lie over one another: the same bytes would be unpacked many times."""
    end = 0
    for part in sorted(parts, key=lambda part: part.header_offset):
        if part.header_offset < end:
            raise UnsafeArchiveError
        end = part.header_offset + LOCAL_HEADER + len(part.orig_filename) + part.compress_size


class _RootReached(Exception):
    """Nothing can be declared from here on."""


def _check_no_declarations(archive: ZipFile, part: ZipInfo) -> None:
    """Refuse a part with a document type: entities could unpack to any size, or read files."""

    def declared(*_):
        raise UnsafeArchiveError

    def root(*_):
        raise _RootReached

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = root
    try:
        with archive.open(part) as stream:
            parser.ParseFile(stream)
    except _RootReached:
        return
    except expat.ExpatError:
        return  # whoever reads the part says that it is broken; few parts are read
