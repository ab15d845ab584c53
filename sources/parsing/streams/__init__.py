"""The bytes, lines, cells and tags of a file, a stretch at a time, before any field is known."""
