"""The file names of audiences; `audiences.py` writes the files."""

import hashlib
import re

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


def segment_stem(segment: str) -> str:
    """The first part of the file names of a segment's audiences."""
    return f"audience.{segment}"


def stem_of(segment: str, topic: str) -> str:
    """An audience's file name without its format; unsafe characters of a topic are replaced, with a hash added."""
    plain = _UNSAFE.sub("_", topic)
    if plain != topic:
        plain += "-" + hashlib.sha256(topic.encode()).hexdigest()[:8]
    return f"{segment_stem(segment)}.{plain}"


def stem_sql(segment: str, topic: str) -> str:
    """The SQL that computes the name of `stem_of` from two SQL expressions."""
    plain = f"regexp_replace({topic}, '[^A-Za-z0-9_-]', '_', 'g')"
    suffix = f"if({plain} = {topic}, '', '-' || left(sha256({topic}), 8))"
    return f"('audience.' || {segment} || '.' || {plain} || {suffix})"
