"""Splits many XML records into fields at once.

lxml has written the records: only tags contain `<` and `>`, and there are no comments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.parsing.streams.lines import Flags, Places
from sources.parsing.streams.xml_tags import Tag, tags_of

# Escape sequences and their characters, in the order of their replacement.
_ESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&#13;", "\r"), ("&amp;", "&"))


@dataclass(frozen=True)
class _Elements:
    """The elements of some records in the order of the text: their record, the position of their tag, their path.

    A leaf has no element in it. `path` has indexes of `paths`; index 0 is the record itself.
    """

    record: Places
    tag: Places
    path: Places
    is_leaf: Flags
    is_empty: Flags
    is_odd: Flags
    is_nil: Flags
    paths: Sequence[str]


def fields_of(records: Sequence[bytes], names: Mapping[str, str], first_number: int) -> pa.RecordBatch:
    """One row per record: line_number, line, malformed, fields; `names` has the field of each lower-case path."""
    data = b"".join(records)
    starts = np.concatenate([[0], np.cumsum([len(record) for record in records])]).astype(np.int64)
    pieces, begins = _pieces(data)
    elements = _elements(pieces)
    is_unknown = _unknown(elements, pieces, names, np.searchsorted(starts, begins, side="right") - 1, len(records))
    key = np.sort((elements.record * len(elements.paths) + elements.path)[elements.path > 0])
    is_repeated = np.zeros(len(records), dtype=np.bool_)
    is_repeated[key[1:][np.diff(key) == 0] // len(elements.paths)] = True
    malformed = pc.if_else(pa.array(is_repeated), "repeated_field", pa.scalar(None, pa.large_string()))
    malformed = pc.if_else(pa.array(is_unknown), "unknown_field", malformed)
    columns = {
        "line_number": pa.array(np.arange(first_number, first_number + len(records), dtype=np.int64)),
        "line": pa.LargeStringArray.from_buffers(len(records), pa.py_buffer(starts), pa.py_buffer(data)),
        "malformed": malformed.cast(pa.large_string()),
    }
    has_escapes = b"&" in data
    for path, name in names.items():
        column = _values(elements, pieces, path, len(records))
        columns[name] = _unescaped(column) if has_escapes else column
    return pa.RecordBatch.from_pydict(columns)


def _pieces(data: bytes) -> tuple[pa.LargeStringArray, Places]:
    """Each tag and the text after it, in turn, and the positions where the tags begin."""
    codes = np.frombuffer(data, dtype=np.uint8)
    begins, ends = np.flatnonzero(codes == ord("<")), np.flatnonzero(codes == ord(">")) + 1
    offsets = np.append(np.stack([begins, ends], axis=1).ravel(), len(data)).astype(np.int64)
    pieces = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))
    return pieces, begins


def _elements(pieces: pa.LargeStringArray) -> _Elements:
    tag_texts = pieces.take(pa.array(np.arange(0, len(pieces), 2))).dictionary_encode()
    tags = tags_of(tag_texts.dictionary.to_pylist())
    kind = tag_texts.indices.to_numpy()
    step = np.array([tag.step for tag in tags])[kind]
    at = np.flatnonzero(step >= 0)
    is_empty = step[at] == 0
    depth = np.cumsum(step)[at] + is_empty
    path, paths = _paths(tags, kind[at], depth)
    return _Elements(
        record=np.cumsum(depth == 1) - 1,
        tag=at,
        path=path,
        is_leaf=is_empty | (step[np.minimum(at + 1, len(step) - 1)] == -1),
        is_empty=is_empty,
        is_odd=np.array([tag.is_odd for tag in tags])[kind[at]],
        is_nil=np.array([tag.is_nil for tag in tags])[kind[at]],
        paths=paths,
    )


def _paths(tags: Sequence[Tag], kind: Places, depth: Places) -> tuple[Places, list[str]]:
    """The path of each element below its record, computed level by level."""
    numbers = {name: number for number, name in enumerate({tag.name: None for tag in tags})}
    texts = list(numbers)
    name = np.array([numbers[tag.name] for tag in tags])[kind]
    path, paths = np.zeros(len(depth), dtype=np.int64), [""]
    above = np.flatnonzero(depth == 1)
    for level in range(2, int(depth.max()) + 1):
        at = np.flatnonzero(depth == level)
        parent = path[above[np.searchsorted(above, at) - 1]]
        keys, index = np.unique(parent * len(texts) + name[at], return_inverse=True)
        path[at] = index + len(paths)
        paths += [f"{paths[key // len(texts)]}/{texts[key % len(texts)]}".lstrip("/") for key in keys]
        above = at
    return path, paths


def _unknown(
    elements: _Elements, pieces: pa.LargeStringArray, names: Mapping[str, str], record_of_tag: Places, count: int
) -> Flags:
    """For each record, whether it has an element, an attribute or a text that is not a field of the contract."""
    groups = {path.rpartition("/")[0] for path in names} - {""}
    is_field = np.array([path in names or not path for path in elements.paths])[elements.path]
    is_group = np.array([path in groups for path in elements.paths])[elements.path]
    has_text = np.zeros(len(pieces) // 2, dtype=np.bool_)
    has_text[_with_text(pieces)] = True
    holds_value = elements.is_leaf & ~elements.is_empty & (elements.path > 0)
    is_bad = elements.is_odd | (elements.is_leaf & ~is_field & ~(is_group & elements.is_nil))
    is_bad |= elements.is_nil & (~elements.is_leaf | (~elements.is_empty & has_text[elements.tag]))
    # All other texts are outside the fields.
    has_text[elements.tag[holds_value]] = False
    unknown = np.zeros(count, dtype=np.bool_)
    unknown[elements.record[is_bad]] = True
    unknown[record_of_tag[has_text]] = True
    return unknown


def _with_text(pieces: pa.LargeStringArray) -> Places:
    """The numbers of the tags with a text after them that is not only white space."""
    offsets = np.frombuffer(pieces.buffers()[1], dtype=np.int64)
    some = np.flatnonzero(np.diff(offsets)[1::2])
    # The carriage return is the only escape sequence that is white space.
    texts = pc.utf8_trim_whitespace(pc.replace_substring(pieces.take(pa.array(some * 2 + 1)), "&#13;", "\r"))
    has_text: Flags = pc.greater(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    return some[has_text]


def _values(elements: _Elements, pieces: pa.LargeStringArray, path: str, count: int) -> pa.LargeStringArray:
    """The texts of one field; null in records without it; the first one if a record has it twice."""
    piece = np.full(count, -1)
    if path in elements.paths:
        has_value = elements.is_leaf & ~elements.is_empty & ~elements.is_nil
        has_value &= elements.path == elements.paths.index(path)
        at = np.flatnonzero(has_value)[::-1]
        piece[elements.record[at]] = elements.tag[at] * 2 + 1
    return pieces.take(pa.array(piece, mask=piece < 0))


def _unescaped(column: pa.LargeStringArray) -> pa.LargeStringArray:
    if pc.any(pc.match_substring(column, "&")).as_py():
        for escape, character in _ESCAPED:
            column = pc.replace_substring(column, escape, character)
    return column
