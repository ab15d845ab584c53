"""Reads the bytes, lines, cells and tags of a file, a stretch at a time; the readers turn them into fields."""
