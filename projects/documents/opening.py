"""What a file is, by what it holds and not by its name; all else is refused with a way out."""

from enum import StrEnum
from typing import BinaryIO
from zipfile import is_zipfile

from projects.documents.archives import (
    BROKEN_FILE,
    LIMITS,
    MEGABYTE,
    Limits,
    UnreadableError,
    UnsafeArchiveError,
    check_archive,
    main_type,
)


class Kind(StrEnum):
    """What can be read."""

    WORKBOOK = "xlsx"
    DOCUMENT = "docx"
    TEXT = "text"


SAVE_WORKBOOK = (
    "请在 WPS 或 Excel 中打开它，选“另存为”，文件类型选“Excel 工作簿（*.xlsx）”，再上传。"
)
SAVE_DOCUMENT = "请在 WPS 或 Word 中打开它，选“另存为”，文件类型选“Word 文档（*.docx）”，再上传。"
PASTE = "也可以把其中的表格或文字复制下来，直接粘贴。"
SAVE_EITHER = "请另存为 Excel 工作簿（*.xlsx）或 Word 文档（*.docx）再上传，" + PASTE

OLE = b"\xd0\xcf\x11\xe0"
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
PACKED = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
MARKUP = ("<!doctype html", "<html", "<table", "<?xml", "mime-version:", "<meta")
# Of a byte order mark, what follows is decoded so; without one, these are tried in turn.
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
ENCODINGS = ("utf-8", "gb18030")
# Names of streams in old files, as they stand in their directory.
OLD_DOCUMENT, OLD_SLIDES, ENCRYPTED = (
    name.encode("utf-16-le") for name in ("WordDocument", "PowerPoint Document", "EncryptedPackage")
)


def kind_of(content: BinaryIO, name: str, limits: Limits = LIMITS) -> Kind:
    """What the file is; it is left at its beginning, and nothing of it has been unpacked.

    Args:
        content: the file.
        name: as it is called, for the sentences.
        limits: what is read at most.

    Raises:
        UnreadableError: it cannot be read; why, and how to save it anew.
    """
    content.seek(0)
    begin = content.read(4096)
    size = content.seek(0, 2)
    content.seek(0)
    if not begin.strip():
        raise UnreadableError(f"“{name}”是空的，请检查后再上传。")
    if size > limits.file:
        raise UnreadableError(
            f"“{name}”有{_megabytes(size)}MB，超过{limits.file // MEGABYTE}MB。"
            "请删去其中的图片和无关的内容，另存后再上传。"
        )
    if begin.startswith(b"PK") or is_zipfile(content):
        content.seek(0)
        return _office_kind(content, name, limits)
    content.seek(0)
    _refuse_known(begin, content, name)
    return Kind.TEXT


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f}"


def _office_kind(content: BinaryIO, name: str, limits: Limits) -> Kind:
    try:
        names = check_archive(content, limits)
        types = main_type(content)
    except UnsafeArchiveError as error:
        raise UnreadableError(
            f"“{name}”展开后太大或结构异常，不是正常的文件。"
            "请把需要的内容复制到新建的工作簿或文档里，另存后再上传。"
        ) from error
    except BROKEN_FILE as error:
        raise UnreadableError(
            f"“{name}”不完整，可能没有下载或保存完。请重新打开并另存后再上传。"
        ) from error
    is_workbook = "xl/workbook.xml" in names or b"spreadsheetml.sheet.main+xml" in types
    is_document = "word/document.xml" in names or b"wordprocessingml.document.main+xml" in types
    if b"macroEnabled" in types or any(part.endswith("vbaproject.bin") for part in names):
        anew = SAVE_DOCUMENT if is_document else SAVE_WORKBOOK
        raise UnreadableError(f"“{name}”里有宏，不能上传。{anew}")
    if "xl/workbook.bin" in names:
        raise UnreadableError(f"“{name}”是二进制工作簿（.xlsb）。{SAVE_WORKBOOK}")
    if is_workbook:
        return Kind.WORKBOOK
    if is_document:
        if sum(size for part, size in names.items() if part.endswith(".xml")) > limits.document:
            raise UnreadableError(f"“{name}”展开后太大。请只保留要导入的清单，另存后再上传。")
        return Kind.DOCUMENT
    if types or "mimetype" in names or "ofd.xml" in names:
        raise UnreadableError(
            f"“{name}”不是 Excel 工作簿，也不是 Word 文档，无法读取。{SAVE_EITHER}"
        )
    raise UnreadableError(f"“{name}”是压缩包。请先解压，再上传其中的表格或文档。")


def _refuse_known(begin: bytes, content: BinaryIO, name: str) -> None:
    """Refuse what is neither an Office file nor plain text."""
    if begin.startswith(OLE):
        _refuse_old(content, name)
    if begin.lstrip().startswith(b"%PDF"):
        raise UnreadableError(
            f"“{name}”是 PDF 文件，其中的表格无法可靠读取。请上传原来的 Excel 或 Word 文件，{PASTE}"
        )
    if begin.lstrip().startswith(b"{\\rtf"):
        raise UnreadableError(f"“{name}”是 RTF 文件。{SAVE_DOCUMENT}")
    if begin.startswith(PICTURES):
        raise UnreadableError(
            f"“{name}”是图片，其中的文字无法读取。请上传原来的 Excel 或 Word 文件。"
        )
    if begin.startswith(PACKED):
        raise UnreadableError(f"“{name}”是压缩包。请先解压，再上传其中的表格或文档。")
    marked = any(begin.startswith(mark) for mark, _ in MARKS)
    if b"\0" in begin and not marked:
        raise UnreadableError(f"“{name}”的格式无法识别。{SAVE_EITHER}")
    if begin.decode("latin-1").lstrip("ï»¿ \r\n\t").lower().startswith(MARKUP):
        raise UnreadableError(f"“{name}”其实是网页格式的文件，不是真正的表格。{SAVE_WORKBOOK}")
    if name.lower().endswith((".csv", ".tsv")):
        raise UnreadableError(f"“{name}”是 CSV 文件。{SAVE_WORKBOOK}")


def _refuse_old(content: BinaryIO, name: str) -> None:
    whole = content.read()
    content.seek(0)
    if ENCRYPTED in whole:
        raise UnreadableError(f"“{name}”加了打开密码。请去掉密码，保存后再上传。")
    if OLD_DOCUMENT in whole:
        raise UnreadableError(f"“{name}”是旧格式的文档（.doc 或 .wps）。{SAVE_DOCUMENT}")
    if OLD_SLIDES in whole:
        raise UnreadableError(f"“{name}”是演示文稿，无法读取。{SAVE_EITHER}")
    raise UnreadableError(f"“{name}”是旧格式的表格（.xls 或 .et）。{SAVE_WORKBOOK}")


def decoded(content: bytes, name: str) -> str:
    """The text of a plain text file, in UTF-8, UTF-16 or a Chinese encoding.

    Raises:
        UnreadableError: it is no text.
    """
    marked = [encoding for mark, encoding in MARKS if content.startswith(mark)]
    for encoding in marked or ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableError(f"“{name}”的文字编码无法识别。请用记事本另存为 UTF-8 编码，{PASTE}")
