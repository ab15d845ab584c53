"""The expectations of loaded extracts, from their contracts; they are checked before any model is built.

Rows that break the contract are already in quarantine; these expectations check the extract as a whole.
"""

from quality.expectation import Relation, Suite, holds, not_null, one_of, rows_between, unique
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract

_NOT_FROM_THE_FUTURE = {"is_not_from_the_future": "_extract_date <= (select max(business_date) from work.raw.run)"}


def arrivals() -> Suite:
    """The suite with one relation per contract of the catalogue."""
    return Suite("arrivals", tuple(_relation(contract) for contract in load_contracts()))


def _relation(contract: Contract) -> Relation:
    """A source's table: keys, required fields, codes and expected shares."""
    shares = {share.name: share.condition for share in contract.shares}
    return Relation(
        name=f"raw.{contract.relation}",
        flags=_NOT_FROM_THE_FUTURE | shares,
        expectations=(
            # An empty table is normal for a source that is not required, so it only warns.
            rows_between(1, severity="block" if contract.delivery.is_required else "warn"),
            not_null("_source_key"),
            unique("_source_key"),
            not_null("_extract_date"),
            *(not_null(field.name) for field in contract.fields if field.is_required),
            *(one_of(field.name, *field.codes) for field in contract.fields if field.codes),
            # A protection applies at once, also if its extract is of a later date.
            *(() if contract.fields_of("protection") else (holds("is_not_from_the_future"),)),
            *(holds(share.name, share.least, share.severity) for share in contract.shares),
        ),
    )
