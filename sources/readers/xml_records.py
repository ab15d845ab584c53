"""XML: one element a record, its fields in elements below it; nothing outside the file is ever fetched."""

from collections.abc import Iterator
from io import BytesIO

import pyarrow as pa
from lxml import etree

from sources.contract import Contract
from sources.errors import UnreadableExtract

_SEPARATOR = "/"


def read(content: bytes, contract: Contract) -> tuple[pa.Table, str]:
    """The records, and the query on them: (line_number, line, malformed, every field as trimmed text or null).

    A record's number counts from 1, its line is its XML.

    Raises:
        UnreadableExtract: the file is no well-formed XML, has a document type, or holds other elements than records.
    """
    names = {field.path.lower(): field.name for field in contract.fields}
    columns: dict[str, list[object]] = {"line_number": [], "line": [], "malformed": []}
    columns |= {field.name: [] for field in contract.fields}
    for number, record in enumerate(_records(content, str(contract.delivery.record)), start=1):
        told, malformed = _told(record, names)
        columns["line_number"].append(number)
        columns["line"].append(etree.tostring(record, encoding="unicode", with_tail=False))
        columns["malformed"].append(malformed)
        for field in contract.fields:
            columns[field.name].append(told.get(field.name))
    types = {name: pa.int64() if name == "line_number" else pa.large_string() for name in columns}
    table = pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})
    picks = ", ".join(f"nullif(trim({field.column}), '') as {field.column}" for field in contract.fields)
    return table, f"select line_number, line, malformed, {picks} from original"


def _records(content: bytes, name: str) -> Iterator[etree._Element]:
    """Each record in turn; what has been read is let go."""
    parts = etree.iterparse(
        BytesIO(content), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    depth = 0
    try:
        for event, element in parts:
            depth += 1 if event == "start" else -1
            if event == "start" and depth == 1 and element.getroottree().docinfo.doctype:
                raise UnreadableExtract("it declares a document type, which no extract needs")
            if event == "end" and depth == 1:
                if _name(element) != name.lower():
                    raise UnreadableExtract(f"an element under its root is no {name}")
                yield element
                element.getparent().remove(element)
    except etree.XMLSyntaxError as error:
        # The parser's own words quote what it stumbled over.
        line, column = error.position
        raise UnreadableExtract(f"it is no well-formed XML at line {line}, column {column}") from None


def _told(record: etree._Element, names: dict[str, str]) -> tuple[dict[str, str], str | None]:
    """The fields of a record, by the contract's names, and what is wrong with its form."""
    told: dict[str, str] = {}
    malformed = None
    groups: set[str] = set()
    for path, element in _below(record, ""):
        if element.attrib or (len(element) and _has_text(element)):
            malformed = "unknown_field"
        if len(element):
            malformed = malformed or ("repeated_field" if path in groups else None)
            groups.add(path)
        elif path not in names:
            malformed = "unknown_field"
        elif names[path] in told:
            malformed = malformed or "repeated_field"
        else:
            told[names[path]] = element.text or ""
    if record.attrib or _has_text(record):
        malformed = "unknown_field"
    return told, malformed


def _below(element: etree._Element, prefix: str) -> Iterator[tuple[str, etree._Element]]:
    """Path and element of everything below a record: groups of fields, and the fields in them."""
    for child in element:
        path = prefix + _name(child)
        yield path, child
        if len(child):
            yield from _below(child, path + _SEPARATOR)


def _has_text(element: etree._Element) -> bool:
    """Whether text stands between its children, where no field is."""
    return any(
        (part or "").strip() for part in ([element.text] if len(element) else []) + [one.tail for one in element]
    )


def _name(element: etree._Element) -> str:
    """The local name in lower case; namespaces differ between versions of one portal, names do not."""
    return str(etree.QName(element).localname).lower()
