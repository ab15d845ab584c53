"""Reads XML: one element per record, with its fields in elements below it. Nothing outside the file is fetched.

This module finds the records, a stretch of the file at a time; `xml_fields.py` splits them into fields.
"""

from collections.abc import Iterator

import pyarrow as pa
from lxml import etree

from sources.base.errors import UnreadableExtract
from sources.contracts.contract import Contract
from sources.parsing.streams.reading import Original, Reading, trimmed
from sources.parsing.streams.stretches import LONGEST_BYTES, stretches
from sources.parsing.streams.xml_fields import fields_of

# Bytes of XML that are parsed into a tree at a time.
_FEED_BYTES = 1 << 16
_BATCH_BYTES = 2 << 20
_PARSER = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_comments": True,
    "remove_pis": True,
}  # fmt: skip


def read(original: Original, contract: Contract) -> Reading:
    """Read the records, and give the query on them. Records are numbered from 1; a record's line is its XML.

    Raises:
        UnreadableExtract: the file is not well-formed XML, has a document type, or has elements that are not records.
    """
    names = {"line_number": pa.int64()} | dict.fromkeys(("line", "malformed"), pa.large_string())
    schema = pa.schema(names | {field.name: pa.large_string() for field in contract.fields})
    query = f"select line_number, line, malformed, {trimmed(contract)} from original"
    return Reading(schema, _batches(original, contract), query)


def _batches(original: Original, contract: Contract) -> Iterator[pa.RecordBatch]:
    paths = {field.path.lower(): field.name for field in contract.fields}
    number, size = 1, 0
    records: list[bytes] = []
    for new_records in _records(original, str(contract.delivery.record).lower()):
        records += new_records
        size += sum(map(len, new_records))
        if size > _BATCH_BYTES:
            yield fields_of(records, paths, number)
            number += len(records)
            records, size = [], 0
    if records:
        yield fields_of(records, paths, number)


def _records(original: Original, name: str) -> Iterator[list[bytes]]:
    """The records in order, each as XML in UTF-8; records that were read are removed from the tree."""
    try:
        with original.open() as file:
            parser, waiting_bytes = etree.XMLPullParser(events=("start",), tag=_root_tag(original), **_PARSER), 0
            root = None
            for part in _parts(stretches(file)):
                parser.feed(part)
                # If records have the root's name, each creates an event, which must be discarded.
                root = _first(parser) if root is None else _drained(parser, root)
                # The last record may be incomplete.
                records = _taken(root, name, 1) if root is not None else []
                waiting_bytes = 0 if records else waiting_bytes + len(part)
                if waiting_bytes > LONGEST_BYTES:
                    raise UnreadableExtract(f"one of its records is longer than {LONGEST_BYTES:,} bytes")
                yield records
            parser.close()
            root = _first(parser) if root is None else root
            yield _taken(root, name, 0) if root is not None else []
    except etree.XMLSyntaxError as error:
        # The parser's own message contains text of the file.
        line, column = error.position
        raise UnreadableExtract(f"it is not well-formed XML at line {line}, column {column}") from None


def _parts(whole: Iterator[bytes]) -> Iterator[bytes]:
    for stretch in whole:
        for start in range(0, len(stretch), _FEED_BYTES):
            yield stretch[start : start + _FEED_BYTES]


def _prolog_parts(whole: Iterator[bytes]) -> Iterator[bytes]:
    """The first part byte by byte, so that the root is reported before an error after its start tag."""
    for number, part in enumerate(_parts(whole)):
        yield from [part] if number else (part[at : at + 1] for at in range(len(part)))


def _root_tag(original: Original) -> str:
    """The name of the root element; with this name the parser reports only the root, not each element."""
    parser = etree.XMLPullParser(events=("start",), **_PARSER)
    with original.open() as file:
        for part in _prolog_parts(stretches(file)):
            parser.feed(part)
            if (root := _first(parser)) is not None:
                return str(root.tag)
    # The file ends here: only `close` reports the root, or raises if there is none.
    parser.close()
    root = _first(parser)
    return str(root.tag) if root is not None else "*"


def _first(parser: etree.XMLPullParser) -> etree._Element | None:
    """The root element, once it has begun."""
    root = next((element for _, element in parser.read_events()), None)
    if root is not None and root.getroottree().docinfo.doctype:
        raise UnreadableExtract("it declares a document type, which is not allowed")
    return root


def _drained(parser: etree.XMLPullParser, root: etree._Element) -> etree._Element:
    for _ in parser.read_events():
        pass
    return root


def _taken(root: etree._Element, name: str, kept_count: int) -> list[bytes]:
    """Remove all elements under the root except the last `kept_count`, and return them as XML."""
    end = max(len(root) - kept_count, 0)
    elements = root[:end]
    if any(str(etree.QName(tag).localname).lower() != name for tag in {element.tag for element in elements}):
        raise UnreadableExtract(f"an element under its root is not {name}")
    texts = [etree.tostring(element, encoding="utf-8", with_tail=False) for element in elements]
    del root[:end]
    return texts
