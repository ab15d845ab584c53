"""Any text file as numbered lines; what stands in a line is for the formats' own modules."""

import codecs

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# Control characters of ISO-8859-1 (0x80-0x9F) stand in no extract: they tell a byte of another encoding.
_DAMAGE = "\x80"


def numbered_lines(content: bytes, encoding: str, *, is_quoted: bool = False) -> pa.Table:
    """Rows of (line_number from 1, line without its end, is_damaged: it holds bytes that are not of the encoding).

    A damaged line keeps each such byte as the character of its number, behind U+0080. Empty lines are no rows.
    Where text is quoted, a line goes on as long as a double quote is open.
    """
    codecs.register_error("mark_damage", _mark_damage)
    data = content.removeprefix(codecs.BOM_UTF8)
    text = data if data.isascii() else data.decode(encoding, "mark_damage").encode()
    codes = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(codes == ord("\n")) + 1
    if is_quoted:
        quotes = np.flatnonzero(codes == ord('"'))
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    unended = [] if not text or text.endswith(b"\n") else [len(text)]
    offsets = np.concatenate([[0], ends, unended]).astype(np.int64)
    count = len(offsets) - 1
    lines = pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))
    table = pa.table(
        {
            "line_number": np.arange(1, count + 1, dtype=np.int64),
            "line": pc.ascii_rtrim(lines, "\r\n"),
            "is_damaged": _holds_control_characters(codes, offsets),
        }
    )
    return table.filter(pc.greater(pc.binary_length(table["line"]), 0))


def _mark_damage(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(_DAMAGE + chr(byte) for byte in error.object[error.start : error.end]), error.end


def _holds_control_characters(codes: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Per line; in UTF-8, U+0080 to U+009F are 0xC2 followed by 0x80 to 0x9F."""
    found = np.zeros(len(offsets) - 1, dtype=np.bool_)
    places = np.flatnonzero(codes[:-1] == 0xC2)
    places = places[codes[places + 1] < 0xA0]
    found[np.searchsorted(offsets, places, side="right") - 1] = True
    return found
