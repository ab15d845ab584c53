"""More ways: by an id that was split, of a namesake with another document, and of a guardian for a child."""

from collections.abc import Iterator

from tests.exports.attacks.other_ways import event
from tests.exports.attacks.people import ADULT, AFTER, LETTERS, Person, decision, insert
from tests.exports.attacks.ways import MESSAGES, NOTHING, Files, Tell, Way, attention_row


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


def _of_nobody(one: Person, *, is_quarantined: bool = False, **columns: str) -> list[str]:
    """A withdrawal that is linked to nobody."""
    if not is_quarantined:
        return [decision(f"X{one.person}", "COMUNICACIONS", "RETIRAT", AFTER, **columns)]
    told = {"_reason": "unknown_code:origen", "estat": "RETIRAT", "finalitat": "COMUNICACIONS", "data_hora": AFTER}
    relation = "consentiments__esdeveniments_quarantined"
    return [insert(relation, f"Q{one.person}", int(one.person[1:]), **(told | columns))]


def _stranger(one: Person) -> str:
    """A valid document that nobody has."""
    digits = 71_230_000 + int(one.person[1:])
    return f"{digits}{LETTERS[digits % 23]}"


def _namesakes() -> Iterator[Way]:
    def full_name(one: Person, _: Person) -> list[str]:
        return [attention_row(f"{one.person}-A", "2026-04-01T10:00:00", cognom_2="Segon", **_named(one))]

    def told(form: str, gone: Files, base: Tell = full_name, **columns: str) -> Iterator[Way]:
        for is_quarantined in (False, True):

            def tell(one: Person, _: Person, q: bool = is_quarantined) -> list[str]:
                values = {
                    "name": one.given_name, "surname": one.surname_1, "born": f"{one.birth_date}",
                    "document": one.document, "stranger": _stranger(one), "email": one.email,
                    "mistyped": one.identified["document with another letter"]["document"].replace("1", "7", 1),
                }  # fmt: skip
                filled = {name: value.format(**values) for name, value in columns.items()}
                return _of_nobody(one, is_quarantined=q, **filled)

            source = "quarantine of consentiments" if is_quarantined else "consentiments"
            yield Way(source, "RETIRAT", form, "after", tell, gone, base=base)

    whole = {"nom": "{name}", "cognom_1": "{surname}", "cognom_2": "Segon"}
    other = {"nom": "Wolfgang", "cognom_1": "{surname}", "cognom_2": "Zzuniga", "data_naixement": "{born}"}
    stranger = {"document": "{stranger}", "email": "estrany@example.net", "telefon": "699111043"}
    born = {"data_naixement": "1999-12-31"}
    yield from told("names, another document and birth", NOTHING, **whole, **born, **stranger)
    yield from told("surname and birth, another document and names", NOTHING, **other, **stranger)
    # In doubt it applies: without another valid document, without a plain contradiction, or by their own data.
    yield from told("names, another birth", MESSAGES, **whole, **born)
    yield from told("names, a mistyped document, another birth", MESSAGES, **whole, **born, document="{mistyped}")
    yield from told("surname and birth, other names", MESSAGES, **other)
    yield from told("names, another document", MESSAGES, **whole, **stranger)
    yield from told("names and birth, another document", MESSAGES, **whole, **stranger, data_naixement="{born}")
    year = {"data_naixement": f"{ADULT.replace(year=1981)}"}
    yield from told("names, another document and year of birth", MESSAGES, **whole, **stranger, **year)
    swapped = {"nom": "{surname}", "cognom_1": "Segon", "cognom_2": "{name}", "data_naixement": "{born}"}
    yield from told("names in other fields, birth, another document", MESSAGES, **swapped, **stranger)
    yield from told("document, other names", MESSAGES, **other, document="{document}")
    yield from told("e-mail, another document and names", MESSAGES, **(other | stranger | {"email": "{email}"}))


def _named(one: Person) -> dict[str, str]:
    return {"nom": one.given_name, "cognom_1": one.surname_1}


def _guardians() -> Iterator[Way]:
    child = {"nom": "Pau Quirze", "cognom_2": "Zuloaga", "data_naixement": "2016-02-03"}
    for form, grantor, columns, gone in (
        ("for a child", "TUTOR", child, NOTHING),
        ("for a child, by mistake as their own", "TITULAR", child, MESSAGES),
        ("for a child without a name", "TUTOR", {"data_naixement": "2016-02-03"}, MESSAGES),
        ("for a child of unknown birth", "TUTOR", {"nom": "Pau Quirze"}, MESSAGES),
        ("for themselves", "TUTOR", {"nom": "{name}", "data_naixement": "2016-02-03"}, MESSAGES),
    ):  # fmt: skip
        for identified in ("document", "e-mail"):
            for is_quarantined in (False, True):

                def tell(
                    one: Person, _: Person, g: str = grantor, c: dict[str, str] = columns, i: str = identified,
                    q: bool = is_quarantined,
                ) -> list[str]:  # fmt: skip
                    named = {name: value.format(name=one.given_name) for name, value in c.items()}
                    named |= {"cognom_1": one.surname_1, "atorgant": g}
                    return _of_nobody(one, is_quarantined=q, **named, **one.identified[i])

                source = "quarantine of consentiments" if is_quarantined else "consentiments"
                yield Way(source, f"RETIRAT by a guardian {form}", identified, "after", tell, gone)


IDENTITY_WAYS: tuple[Way, ...] = (*_split_ids(), *_namesakes(), *_guardians())
