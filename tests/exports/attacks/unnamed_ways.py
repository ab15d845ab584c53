"""Ways of people beside somebody of whom only an address is known, who may be the same person."""

from collections.abc import Iterator

from tests.exports.attacks.people import AFTER, Person, decision
from tests.exports.attacks.ways import ATTENTION, MESSAGES, NOTHING, QUALITY, REQUESTED, TASK, Way


def nameless_neighbour(one: Person, other: Person) -> list[str]:
    """The rows of a neighbour of whom nothing is known but the person's e-mail, and a newsletter."""
    return [
        "update work.raw.people set given_name = null, surname_1 = null, document = null, phone = null, "
        f"email = '{one.email}' where person = '{other.person}'",
        f"delete from work.raw.consentiments__esdeveniments where starts_with(_source_key, '{other.person}-')",
        f"update work.raw.subscripcions__subscripcions set nom = null, cognoms = null, email = '{one.email}' "
        f"where starts_with(_source_key, '{other.person}-')",
    ]


def beside_the_unnamed() -> Iterator[Way]:
    """A withdrawal of messages is of the person without a name, too; one of integration is not."""
    for purpose, gone, also in (
        ("COMUNICACIONS", MESSAGES, TASK | REQUESTED | QUALITY),
        ("INTEGRACIO", ATTENTION, NOTHING),
    ):

        def tell(one: Person, _: Person, p: str = purpose) -> list[str]:
            return [decision(f"{one.person}-X", p, "RETIRAT", AFTER, nom=one.given_name)]

        yield Way(
            "consentiments", f"{purpose} RETIRAT, beside a person without a name", "linked", "after", tell, gone, also,
            base=nameless_neighbour,
        )  # fmt: skip
