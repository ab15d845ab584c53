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
