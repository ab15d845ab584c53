"""More ways: a withdrawal by an id that was split."""

from collections.abc import Iterator

from tests.exports.attacks.other_ways import event
from tests.exports.attacks.people import AFTER, Person
from tests.exports.attacks.ways import MESSAGES, NOTHING, Way


def _split(one: Person, other: Person, night: str) -> str:
    """The statement by which a night splits the person's id: it keeps the one, and the neighbour gets a new id."""
    return (
        "insert into work.intermediate.int_id_events values "
        f"('person', 'split', ['{one.person}'], ['{other.person}', '{one.person}'], date '{night}')"
    )


def _split_ids() -> Iterator[Way]:
    for night, sent, kind, gone, of_neighbour in (
        ("2026-05-05", None, "BAIXA", MESSAGES, MESSAGES), ("2026-05-04", None, "STOP", MESSAGES, MESSAGES),
        # The message was sent with the id of after the split, or with that of before.
        ("2026-05-01", None, "BAIXA", MESSAGES, NOTHING),
        ("2026-05-01", "2026-05-04T09:00:00", "BAIXA", MESSAGES, NOTHING),
        ("2026-05-01", "2026-04-20T09:00:00", "BAIXA", MESSAGES, MESSAGES),
        ("2026-05-05", None, "CLIC", NOTHING, NOTHING),
    ):  # fmt: skip

        def told(one: Person, other: Person, n: str = night, s: str | None = sent, k: str = kind) -> list[str]:
            message = {"id_persona": one.person, "id_missatge": f"M{one.person}"}
            before = [event(f"B{one.person}", "ENVIAT", s, **message)] if s else []
            return [*before, event(f"E{one.person}", k, AFTER, **message), _split(one, other, n)]

        yield Way("campanyes", kind, f"an id that was split on {night}, sent {sent}", "after", told, gone, of_neighbour)

    def gone_id(one: Person, other: Person) -> list[str]:
        """The id went to the neighbour and to another new id, which was merged into the person since."""
        former, new = f"F{one.person}", f"G{one.person}"
        of_two = (
            "insert into work.intermediate.int_id_events values "
            f"('person', 'split', ['{former}'], ['{new}', '{other.person}'], date '2026-05-04'), "
            f"('person', 'merged', ['{new}', '{one.person}'], ['{one.person}'], date '2026-05-05')"
        )
        return [event(f"E{one.person}", "BAIXA", AFTER, id_persona=former), of_two]

    yield Way("campanyes", "BAIXA", "an id that was split and is gone", "after", gone_id, MESSAGES, MESSAGES)


IDENTITY_WAYS: tuple[Way, ...] = tuple(_split_ids())
