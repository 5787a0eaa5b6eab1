"""What Excel, WPS and Word want of a file beyond what openpyxl, python-docx and LibreOffice do.

``faults(content)`` looks an .xlsx or .docx over by the rules of ISO/IEC 29500 and by the limits
that Excel documents: what would make these programs offer to repair the file.
"""

import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from posixpath import dirname, join, normpath
from zipfile import ZipFile

from lxml import etree
from openpyxl.utils import range_boundaries

RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
X = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"

SHEET_ORDER = (
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection "
    "protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells "
    "phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins "
    "pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors "
    "smartTags drawing legacyDrawing legacyDrawingHF picture oleObjects controls webPublishItems "
    "tableParts extLst"
)
BOOK_ORDER = (
    "fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups "
    "externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches extLst"
)
STYLE_ORDER = "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors"
EDGES = "top left start bottom right end insideH insideV between bar tl2br tr2bl"
WORD_ORDERS = {
    "pPr": (
        "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr "
        "suppressLineNumbers pBdr shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct "
        "topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing ind "
        "contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
        "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange"
    ),
    "rPr": (
        "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint "
        "noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u "
        "effect bdr shd fitText vertAlign rtl cs em lang eastAsianLayout specVanish oMath"
    ),
    "tbl": "tblPr tblGrid tr",
    "tblPr": (
        "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc "
        "tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook"
    ),
    "tcPr": (
        "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText "
        "vAlign hideMark"
    ),
    "sectPr": (
        "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders "
        "lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter "
        "docGrid printerSettings"
    ),
    **dict.fromkeys(("tblBorders", "tcBorders", "tblCellMar", "tcMar", "pBdr"), EDGES),
}
# All others named above stand once at most.
REPEATED = {"conditionalFormatting", "footerReference", "headerReference", "tr"}
FORBIDDEN_IN_NAMES = set(r":\/?*[]")
# 'a name'!$A$1:$B$2, or a plain name without the quotes.
REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'|([^'!\s]+))!\$?([A-Z]+)\$?\d+(?::\$?([A-Z]+)\$?\d+)?")
PLAIN_NAME = re.compile(r"[^\W\d][\w.]*")


def faults(content: bytes) -> list[str]:
    """What is wrong with an Office file, in words; an empty list where nothing is."""
    with ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
        found = [f"{name}: twice" for name, n in Counter(names).items() if n > 1]
        parts = {name: archive.read(name) for name in names}
    trees = {
        name: etree.fromstring(part)
        for name, part in parts.items()
        if name.endswith((".xml", ".rels"))
    }
    found += _package(parts, trees)
    if "xl/workbook.xml" in parts:
        found += _workbook(trees)
    else:
        found += _document(trees)
    return found


# -- The package --------------------------------------------------------------------------


def _package(parts, trees) -> Iterator[str]:
    types = trees["[Content_Types].xml"]
    endings = {default.get("Extension").lower() for default in types.iter(f"{TYPES}Default")}
    overrides = [override.get("PartName") for override in types.iter(f"{TYPES}Override")]
    yield from (
        f"{name}: its type is said twice" for name, n in Counter(overrides).items() if n > 1
    )
    yield from (f"{name}: has a type and is missing" for name in overrides if name[1:] not in parts)
    reached = {"[Content_Types].xml"}
    for name in parts:
        ending = name.rpartition(".")[2].lower()
        if name != "[Content_Types].xml" and f"/{name}" not in overrides and ending not in endings:
            yield f"{name}: has no type"
        if not name.endswith(".rels"):
            continue
        reached.add(name)
        owner = dirname(dirname(name))
        keys = [relation.get("Id") for relation in trees[name]]
        yield from (f"{name}: {key} twice" for key, n in Counter(keys).items() if n > 1)
        for relation in trees[name].iter(f"{RELS}Relationship"):
            if relation.get("TargetMode") == "External":
                yield f"{name}: leads out to {relation.get('Target')}"
                continue
            target = relation.get("Target")
            whole = target[1:] if target.startswith("/") else normpath(join(owner, target))
            reached.add(whole)
            if whole not in parts:
                yield f"{name}: {target} is missing"
    yield from (f"{name}: nothing leads to it" for name in parts if name not in reached)
    for name, tree in trees.items():
        keys = {value for node in tree.iter() for key, value in node.attrib.items() if REL in key}
        relations = trees.get(join(dirname(name), "_rels", f"{name.rpartition('/')[2]}.rels"), ())
        yield from (
            f"{name}: {key} is no relationship" for key in keys - {r.get("Id") for r in relations}
        )


def _in_order(element, order: str, where: str) -> Iterator[str]:
    places = {name: place for place, name in enumerate(order.split())}
    last = -1
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        if name not in places:
            yield f"{where}: {name} has no place in {etree.QName(element).localname}"
        elif places[name] < last:
            yield f"{where}: {name} stands too late in {etree.QName(element).localname}"
        elif places[name] == last and name not in REPEATED:
            yield f"{where}: {name} stands twice in {etree.QName(element).localname}"
        else:
            last = places[name]


# -- Workbooks ----------------------------------------------------------------------------


def _workbook(trees) -> Iterator[str]:
    book, styles = trees["xl/workbook.xml"], trees["xl/styles.xml"]
    yield from _in_order(book, BOOK_ORDER, "workbook")
    yield from _in_order(styles, STYLE_ORDER, "styles")
    names = [sheet.get("name") for sheet in book.iter(f"{X}sheet")]
    yield from _names_of_sheets(names)
    yield from _defined_names(book, names)
    yield from _styles(styles)
    strings = trees.get("xl/sharedStrings.xml")
    counts = {
        "strings": 0 if strings is None else len(strings),
        "styles": len(styles.find(f"{X}cellXfs")),
        "dxfs": len(styles.find(f"{X}dxfs")) if styles.find(f"{X}dxfs") is not None else 0,
    }
    yield from _texts(() if strings is None else strings)
    for name, tree in trees.items():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            yield from _sheet(name, tree, counts)
            yield from _texts(tree.iter(f"{X}is"))
        if name.startswith("xl/charts/chart"):
            for formula in tree.iter(f"{CHART}f"):
                yield from _reference(f"{name}", formula.text, names)


def _texts(texts) -> Iterator[str]:
    for words in texts:
        if len("".join(words.itertext()).encode("utf-16-le")) > 2 * 32_767:
            yield "a text is longer than a cell holds"


def _names_of_sheets(names) -> Iterator[str]:
    folded = Counter(name.casefold() for name in names)
    for name in names:
        if not 1 <= len(name.encode("utf-16-le")) // 2 <= 31:
            yield f"“{name}”: a sheet's name has 1 to 31 characters"
        if FORBIDDEN_IN_NAMES & set(name) or name[0] == "'" or name[-1] == "'":
            yield f"“{name}”: is no name for a sheet"
        if folded[name.casefold()] > 1 or name.casefold() == "history":
            yield f"“{name}”: is taken"


def _defined_names(book, sheets) -> Iterator[str]:
    keys = [(d.get("name").casefold(), d.get("localSheetId")) for d in book.iter(f"{X}definedName")]
    yield from (f"{key}: defined twice" for key, n in Counter(keys).items() if n > 1)
    for defined in book.iter(f"{X}definedName"):
        local = defined.get("localSheetId")
        if local is not None and int(local) >= len(sheets):
            yield f"{defined.get('name')}: of no sheet"
        for part in re.findall(r"(?:'(?:[^']|'')+'|[^,'])+", defined.text):
            if not re.search(r"!\$\d+:\$\d+$", part):  # rows that are repeated
                yield from _reference(defined.get("name"), part, sheets)


def _reference(where, text, sheets) -> Iterator[str]:
    match = REFERENCE.fullmatch(text)
    if match is None:
        yield f"{where}: {text} is no reference"
        return
    quoted, plain = match[1], match[2]
    name = quoted.replace("''", "'") if quoted else plain
    if name not in sheets:
        yield f"{where}: {text} leads to no sheet"
    if plain and not PLAIN_NAME.fullmatch(plain):
        yield f"{where}: {text} wants quotes"


def _styles(styles) -> Iterator[str]:
    parts = {
        "fontId": len(styles.find(f"{X}fonts")),
        "fillId": len(styles.find(f"{X}fills")),
        "borderId": len(styles.find(f"{X}borders")),
        "xfId": len(styles.find(f"{X}cellStyleXfs")),
    }
    for colour in styles.iter():
        # The palette of old files ("rgbColor") is written so by everybody.
        if colour.tag != f"{X}rgbColor" and colour.get("rgb", "").startswith("00"):
            yield f"styles: the colour {colour.get('rgb')} is transparent"
    formats = {int(f.get("numFmtId")) for f in styles.iter(f"{X}numFmt") if f.get("formatCode")}
    for xf in styles.find(f"{X}cellXfs"):
        for key, number in parts.items():
            if int(xf.get(key, 0)) >= number:
                yield f"styles: {key} {xf.get(key)} is missing"
        number_format = int(xf.get("numFmtId", 0))
        if number_format >= 164 and number_format not in formats:
            yield f"styles: the format {number_format} is missing"
    if len(styles.find(f"{X}cellXfs")) > 64_000:
        yield "styles: more than Excel holds"


def _sheet(name, tree, counts) -> Iterator[str]:
    yield from _in_order(tree, SHEET_ORDER, name)
    yield from _rows(name, tree, counts)
    last = 0
    for column in tree.iter(f"{X}col"):
        if int(column.get("min")) <= last or int(column.get("max")) < int(column.get("min")):
            yield f"{name}: columns over each other"
        last = int(column.get("max"))
        if not 0 <= float(column.get("width", 8)) <= 255:
            yield f"{name}: a column is {column.get('width')} wide"
    merged = [m.get("ref") for m in tree.iter(f"{X}mergeCell")]
    yield from _apart(name, "merged cells", merged)
    yield from (f"{name}: {ref} is one cell, merged" for ref in merged if ":" not in ref)
    yield from _rules(name, tree, counts)
    yield from _validations(name, tree)
    for band in tree.iterfind(f"{X}headerFooter/*"):
        if len((band.text or "").encode("utf-16-le")) > 2 * 255:
            yield f"{name}: a header or footer is longer than 255 characters"
    pane = tree.find(f".//{X}pane")
    if pane is not None and pane.get("state") == "frozen" and not pane.get("topLeftCell"):
        yield f"{name}: panes are frozen nowhere"


def _rows(name, tree, counts) -> Iterator[str]:
    last_row = 0
    for row in tree.iterfind(f"{X}sheetData/{X}row"):
        number = int(row.get("r"))
        if number <= last_row or number > 1_048_576:
            yield f"{name}: row {number} follows row {last_row}"
        last_row, last_column = number, 0
        if float(row.get("ht", 15)) > 409.5:
            yield f"{name}: row {number} is {row.get('ht')} points high"
        for cell in row.iterfind(f"{X}c"):
            column, at, *_ = range_boundaries(cell.get("r"))
            if at != number or column <= last_column or column > 16_384:
                yield f"{name}: {cell.get('r')} stands in row {number} after column {last_column}"
            last_column = column
            if int(cell.get("s", 0)) >= counts["styles"]:
                yield f"{name}: {cell.get('r')} has no style"
            value = cell.find(f"{X}v")
            if cell.get("t") == "s" and int(value.text) >= counts["strings"]:
                yield f"{name}: {cell.get('r')} has no words"
            if cell.get("t", "n") == "n" and value is not None and value.text is not None:
                float(value.text)


def _rules(name, tree, counts) -> Iterator[str]:
    priorities = [rule.get("priority") for rule in tree.iter(f"{X}cfRule")]
    yield from (f"{name}: the rule {p} twice" for p, n in Counter(priorities).items() if n > 1)
    for rule in tree.iter(f"{X}cfRule"):
        if int(rule.get("dxfId", 0)) >= counts["dxfs"]:
            yield f"{name}: a rule has no look"
        if rule.get("type") == "containsText" and not (rule.get("text") and len(rule) == 1):
            yield f"{name}: a rule for a text without its text or formula"
    for held in tree.iter(f"{X}conditionalFormatting"):
        for ref in held.get("sqref").split():
            range_boundaries(ref)


def _validations(name, tree) -> Iterator[str]:
    limits = {"promptTitle": 32, "errorTitle": 32, "prompt": 255, "error": 225}
    validations = list(tree.iter(f"{X}dataValidation"))
    yield from _apart(name, "validations", [r for v in validations for r in v.get("sqref").split()])
    for validation in validations:
        for key, most in limits.items():
            if len(validation.get(key, "")) > most:
                yield f"{name}: {key} has more than {most} characters"
        formula = validation.find(f"{X}formula1")
        if formula is not None and len(formula.text or "") > 255:
            yield f"{name}: the formula of a validation has more than 255 characters"
    held = tree.find(f"{X}dataValidations")
    if held is not None and not 0 < len(held) <= 65_534:
        yield f"{name}: {len(held)} validations"


def _apart(name, what, references) -> Iterator[str]:
    """Whether areas lie over each other, found row by row."""
    areas = sorted((range_boundaries(ref) for ref in references), key=lambda area: area[1])
    going: list[tuple] = []
    for left, top, right, bottom in areas:
        going = [area for area in going if area[3] >= top]
        if any(left <= other[2] and other[0] <= right for other in going):
            yield f"{name}: {what} over each other at row {top}"
        going.append((left, top, right, bottom))


# -- Documents ----------------------------------------------------------------------------


def _document(trees) -> Iterator[str]:
    body = trees["word/document.xml"].find(f"{W}body")
    if etree.QName(body[-1]).localname != "sectPr":
        yield "document: does not end with its section"
    for name, tree in trees.items():
        if not name.startswith("word/"):
            continue
        for element in tree.iter():
            local = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if element.tag == f"{W}{local}" and local in WORD_ORDERS:
                yield from _in_order(element, WORD_ORDERS[local], name)
        for table in tree.iter(f"{W}tbl"):
            yield from _table(name, table)
    zoom = trees["word/settings.xml"].find(f"{W}zoom")
    if zoom is not None and zoom.get(f"{W}percent") is None:
        yield "settings: a zoom without its percent"


def _table(name, table) -> Iterator[str]:
    width = len(table.findall(f"{W}tblGrid/{W}gridCol"))
    open_merges: set[int] = set()
    for row in table.findall(f"{W}tr"):
        at, begun = 0, set()
        for cell in row.findall(f"{W}tc"):
            if cell[-1].tag != f"{W}p":
                yield f"{name}: a cell does not end with a paragraph"
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            if merge is not None:
                if merge.get(f"{W}val", "continue") == "continue" and at not in open_merges:
                    yield f"{name}: cells go on that have not begun"
                begun.add(at)
            at += 1 if span is None else int(span.get(f"{W}val"))
        open_merges = begun
        if at != width:
            yield f"{name}: a row fills {at} of {width} columns"
