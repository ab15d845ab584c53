"""What the loaded extracts must look like before any model is built on them, as their contracts say it.

Rows that broke the contract are in quarantine by now; this guards the extract as a whole.
"""

from quality.expectation import Relation, Suite, holds, not_null, one_of, rows_between, unique
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract

_NOT_FROM_THE_FUTURE = {"is_not_from_the_future": "_extract_date <= (select max(business_date) from work.raw.run)"}


def arrivals() -> Suite:
    """The suite of every contract that the registry names."""
    return Suite("arrivals", tuple(_relation(contract) for contract in load_contracts()))


def _relation(contract: Contract) -> Relation:
    """A source's table: keys, required fields and codes, and the shares below which a column was lost."""
    shares = {share.name: share.condition for share in contract.shares}
    return Relation(
        name=f"raw.{contract.relation}",
        flags=_NOT_FROM_THE_FUTURE | shares,
        expectations=(
            # A quiet feed is a normal night; one that never said anything deserves a look.
            rows_between(1, severity="block" if contract.delivery.is_required else "warn"),
            not_null("_source_key"),
            unique("_source_key"),
            not_null("_extract_date"),
            *(not_null(field.name) for field in contract.fields if field.is_required),
            *(one_of(field.name, *field.codes) for field in contract.fields if field.codes),
            # Of a protection every night hears at once.
            *(() if contract.fields_of("protection") else (holds("is_not_from_the_future"),)),
            *(holds(share.name, share.least, share.severity) for share in contract.shares),
        ),
    )
