"""What a tag of XML is, by its text as lxml writes it; each different tag of a file is read once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[^\s/>]+)(?P<attributes>[^>]*?)(?P<is_empty>/?)>", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([^\s=]+)=(?:"([^"]*)"|'([^']*)')""")
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
# What an element may carry beside its value, as Java and .NET write it.
_OF_INSTANCE = ("type", "schemaLocation", "noNamespaceSchemaLocation")
_NIL = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Tag:
    """The local name in lower case: namespaces differ between versions of one portal, names do not.

    `step` is 1 where the tag begins an element, -1 where it ends one, 0 where it does both. `is_odd`: it has an
    attribute that may hold data. `is_nil`: the value is absent (`xsi:nil`).
    """

    step: int
    name: str
    is_odd: bool
    is_nil: bool


def tags_of(texts: Sequence[str]) -> list[Tag]:
    """Each tag of a file by its text, such as `<nom xml:lang="ca">`."""
    found = [_parts(text) for text in texts]
    bound: dict[str, set[str]] = {}
    for _, _, attributes in found:
        for name, value in attributes.items():
            if name.startswith("xmlns:"):
                bound.setdefault(name.removeprefix("xmlns:"), set()).add(value)
    prefixes = [prefix for prefix, uris in bound.items() if uris == {_INSTANCE}]
    return [_tag(step, name, attributes, prefixes) for step, name, attributes in found]


def _parts(text: str) -> tuple[int, str, dict[str, str]]:
    parts = _TAG.fullmatch(text)
    if parts is None:
        raise ValueError("no tag")
    step = -1 if parts["end"] else 0 if parts["is_empty"] else 1
    attributes = {name: one or other for name, one, other in _ATTRIBUTE.findall(parts["attributes"])}
    return step, parts["name"].rpartition(":")[2].lower(), attributes


def _tag(step: int, name: str, attributes: dict[str, str], prefixes: Sequence[str]) -> Tag:
    harmless = {f"{prefix}:{one}" for prefix in prefixes for one in _OF_INSTANCE} | {"xml:lang"}
    nil = {f"{prefix}:nil" for prefix in prefixes}
    is_odd = is_nil = False
    for attribute, value in attributes.items():
        if attribute in nil and value.strip() in _NIL:
            is_nil = _NIL[value.strip()]
        elif attribute not in harmless and attribute != "xmlns" and not attribute.startswith("xmlns:"):
            is_odd = True
    return Tag(step, name, is_odd, is_nil)
