"""Any text file as numbered lines; what stands in a line is for the formats' own modules."""

from pathlib import Path

# Control characters that no extract contains, as delimiter and as null: each line is one column.
_DELIMITER = "\\x01"
_NULL = "\\x02"


def numbered_lines(path: Path, encoding: str) -> str:
    """The query (line_number from 1, line) of a file; `encoding` is DuckDB's name: utf-8 or latin-1."""
    name = str(path).replace("'", "''")
    return f"""
    select row_number() over () as line_number, line
    from read_csv('{name}', header = false, auto_detect = false, columns = {{line: 'VARCHAR'}},
        delim = e'{_DELIMITER}', nullstr = e'{_NULL}', quote = '', escape = '', encoding = '{encoding}',
        null_padding = false, parallel = false, max_line_size = 1000000)"""
