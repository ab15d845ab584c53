"""The parts of a workbook before a library reads them: of the contract's sheet every cell, a stretch at a time.

The other sheets are never read, so that nothing in them matters.
"""

import re
from collections.abc import Iterator
from posixpath import join, normpath
from zipfile import ZipFile

from lxml import etree

from sources.base.errors import UnreadableExtract

# A cell far outside would have every cell before it kept in memory.
_MOST_CELLS = 20_000_000
_STRETCH_BYTES = 1 << 20
# No tag holds another's beginning: without that bound, each one would be searched to the end of the stretch.
_ERROR = re.compile(rb"<(?:[a-z]+:)?c\s(?=[^<>]*\bt=[\"']e[\"'])([^<>]*)>")
_PLACE = re.compile(rb"<(?:[a-z]+:)?c\s[^<>]*?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3}[0-9]{1,7})[\"']")
_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
# What the library reads beside the sheet.
_SHARED = ("xl/sharedstrings.xml", "xl/styles.xml")


def check_parts(parts: ZipFile, sheet: str) -> None:
    """Refuse a sheet whose cells reach too far, or hold an error where a value should be.

    Raises:
        UnreadableExtract: it is such a sheet.
        BadZipFile: a part is not what the ZIP states, which the library would not notice.
    """
    names = _names(parts)
    for name in set(_SHARED) & names.keys():
        for _ in _stretches(parts, names[name]):
            pass
    for part in _parts_of(parts, sheet):
        _check_cells(_stretches(parts, part), sheet)


def _check_cells(stretches: Iterator[bytes], sheet: str) -> None:
    width = height = 0
    for stretch in stretches:
        if found := _ERROR.search(stretch):
            place = _REFERENCE.search(found[1])
            where = f"cell {place[1].decode()}" if place else "a cell"
            raise UnreadableExtract(f"{where} of its sheet {sheet} holds an error such as #REF! or #DIV/0!")
        if places := _PLACE.findall(stretch):
            columns, rows = zip(*places, strict=True)
            width, height = max(width, *map(_number, set(columns))), max(height, *map(int, set(rows)))
    if width * height > _MOST_CELLS:
        raise UnreadableExtract(
            f"its cells reach to column {width}, row {height} of the sheet {sheet}: "
            "delete what stands outside the table"
        )


def _parts_of(parts: ZipFile, sheet: str) -> list[str]:
    """The part that holds a sheet, by the workbook's own list; where that does not lead to one, all that may."""
    relations = {
        value
        for one in _tree(parts, _BOOK).iter("{*}sheet")
        if one.get("name") == sheet
        for name, value in one.attrib.items()
        if etree.QName(name).localname == "id"
    }
    targets = [
        normpath(join("/xl", str(one.get("Target")))).lstrip("/")
        for one in _tree(parts, _RELATIONS).iter("{*}Relationship")
        if one.get("Id") in relations
    ]
    names = _names(parts)
    found = [names[target.lower()] for target in targets if target.lower() in names]
    usual = (part for name, part in names.items() if name.startswith("xl/worksheets/") and name.endswith(".xml"))
    return found or list(usual)


def _names(parts: ZipFile) -> dict[str, str]:
    """The parts by their names in small letters with slashes, as some systems write backslashes or capitals."""
    return {name.replace("\\", "/").lower(): name for name in parts.namelist()}


def _tree(parts: ZipFile, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(parts.read(_names(parts)[name]), parser)


def _stretches(parts: ZipFile, name: str) -> Iterator[bytes]:
    """A part, each stretch to the end of a tag."""
    pending = b""
    with parts.open(name) as member:
        while read := member.read(_STRETCH_BYTES):
            stretch, mark, rest = (pending + read).rpartition(b">")
            pending = rest[-_STRETCH_BYTES:]
            yield stretch + mark


def _number(column: bytes) -> int:
    """The number of a column, from 1, by its letters."""
    place = 0
    for letter in column:
        place = place * 26 + letter - ord("A") + 1
    return place
