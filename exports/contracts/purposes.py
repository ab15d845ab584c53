"""What data is used for, and which consent each use needs: the list `purposes` of `dbt_project.yml`, for Python."""

from dataclasses import dataclass
from functools import cache

import yaml

from exports.contracts.declared import MARTS


@dataclass(frozen=True)
class DataUse:
    """A purpose of agreements and contracts, the consent that it needs, and whether it sends messages."""

    purpose: str
    consent: str
    is_message: bool


@cache
def data_uses() -> tuple[DataUse, ...]:
    """The purposes that need a consent."""
    project = yaml.safe_load((MARTS.parents[1] / "dbt_project.yml").read_text(encoding="utf-8"))
    return tuple(DataUse(**one) for one in project["vars"]["purposes"])


def consent_of(purpose: str) -> str:
    """The consent that a purpose needs."""
    return {one.purpose: one.consent for one in data_uses()}[purpose]


def message_uses() -> tuple[DataUse, ...]:
    """The purposes for which messages are sent."""
    return tuple(one for one in data_uses() if one.is_message)
