"""Zip archives that come out the same, byte by byte, whenever they are written."""

import shutil
from io import BytesIO
from os import PathLike
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# The earliest moment that a zip archive can hold; it stands at every member.
MOMENT = (1980, 1, 1, 0, 0, 0)


class SameZip(ZipFile):
    """A zip archive to be written that says nothing of when and where it was."""

    def __init__(self, file, mode: str = "w"):
        super().__init__(file, mode, ZIP_DEFLATED)

    def writestr(self, zinfo_or_arcname, data, compress_type=None, compresslevel=None) -> None:
        """Add a member from bytes or text."""
        name = getattr(zinfo_or_arcname, "filename", zinfo_or_arcname)
        super().writestr(_member(name), data, compress_type, compresslevel)

    def write(self, filename: str | PathLike, arcname=None, *_, **__) -> None:
        """Add a member from a file, which is read piece by piece."""
        member = _member(arcname or str(filename))
        with open(filename, "rb") as source, self.open(member, "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target)


def _member(name: str) -> ZipInfo:
    member = ZipInfo(name, MOMENT)
    member.compress_type = ZIP_DEFLATED
    member.create_system, member.external_attr = 3, 0o600 << 16
    return member


def same_bytes(archive: bytes) -> bytes:
    """The same archive without the moments of its writing."""
    stream = BytesIO()
    with ZipFile(BytesIO(archive)) as source, SameZip(stream) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return stream.getvalue()
