"""What the files of segments' audiences are called; what they hold is for `audiences.py`."""

import hashlib
import re

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


def segment_stem(segment: str) -> str:
    """The beginning of the names of all audiences of a segment."""
    return f"audience.{segment}"


def stem_of(segment: str, topic: str) -> str:
    """An audience's file without its format; a topic that no file may be called by has its hash behind it."""
    plain = _UNSAFE.sub("_", topic)
    if plain != topic:
        plain += "-" + hashlib.sha256(topic.encode()).hexdigest()[:8]
    return f"{segment_stem(segment)}.{plain}"


def stem_sql(segment: str, topic: str) -> str:
    """The same name as `stem_of` gives, of two SQL expressions."""
    plain = f"regexp_replace({topic}, '[^A-Za-z0-9_-]', '_', 'g')"
    suffix = f"if({plain} = {topic}, '', '-' || left(sha256({topic}), 8))"
    return f"('audience.' || {segment} || '.' || {plain} || {suffix})"
