"""Parses the XML tags that lxml writes; each different tag of a file is parsed once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[^\s/>]+)(?P<attributes>[^>]*?)(?P<is_empty>/?)>", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([^\s=]+)=(?:"([^"]*)"|'([^']*)')""")
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
# Attributes without data that Java and .NET add.
_OF_INSTANCE = ("type", "schemaLocation", "noNamespaceSchemaLocation")
_NIL = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Tag:
    """A tag. `name` is its local name in lower case, because versions of a portal have different namespaces.

    `step` is 1 if the tag begins an element, -1 if it ends one, 0 if it does both. `is_odd`: it has an attribute that
    may contain data. `is_nil`: the value is missing (`xsi:nil`).
    """

    step: int
    name: str
    is_odd: bool
    is_nil: bool


def tags_of(texts: Sequence[str]) -> list[Tag]:
    """Parse the texts of tags, such as `<nom xml:lang="ca">`."""
    tags = [_parts(text) for text in texts]
    uris_by_prefix: dict[str, set[str]] = {}
    for _, _, attributes in tags:
        for name, value in attributes.items():
            if name.startswith("xmlns:"):
                uris_by_prefix.setdefault(name.removeprefix("xmlns:"), set()).add(value)
    prefixes = [prefix for prefix, uris in uris_by_prefix.items() if uris == {_INSTANCE}]
    return [_tag(step, name, attributes, prefixes) for step, name, attributes in tags]


def _parts(text: str) -> tuple[int, str, dict[str, str]]:
    parts = _TAG.fullmatch(text)
    if parts is None:
        raise ValueError("no tag")
    step = -1 if parts["end"] else 0 if parts["is_empty"] else 1
    attributes = {name: double or single for name, double, single in _ATTRIBUTE.findall(parts["attributes"])}
    return step, parts["name"].rpartition(":")[2].lower(), attributes


def _tag(step: int, name: str, attributes: dict[str, str], prefixes: Sequence[str]) -> Tag:
    harmless = {f"{prefix}:{attribute}" for prefix in prefixes for attribute in _OF_INSTANCE} | {"xml:lang"}
    nil = {f"{prefix}:nil" for prefix in prefixes}
    is_odd = is_nil = False
    for attribute, value in attributes.items():
        if attribute in nil and value.strip() in _NIL:
            is_nil = _NIL[value.strip()]
        elif attribute not in harmless and attribute != "xmlns" and not attribute.startswith("xmlns:"):
            is_odd = True
    return Tag(step, name, is_odd, is_nil)
