"""More ways: of the campaign tool, of subscriptions, by death, protection and weak links, by merges, splits and age."""

from collections.abc import Iterator
from datetime import date

from tests.exports.attacks.people import AFTER, BEFORE, Person, decision, insert, make_person, rows_of
from tests.exports.attacks.ways import (
    ATTENTION,
    CAMPAIGNS,
    CONSENTED,
    EVERYTHING,
    MESSAGES,
    NOTHING,
    QUALITY,
    REQUESTED,
    SURVEYS,
    TASK,
    Files,
    Tell,
    Way,
    attention_row,
    words,
)

_FAMILY = frozenset({"familia"})


def event(key: str, kind: str, at: str, table: str = "campanyes__esdeveniments", **columns: str | None) -> str:
    """A row of `campanyes`."""
    told = {"id_missatge": f"M{key}", "campanya": "c", "canal": "EMAIL", "esdeveniment": kind, "moment": at}
    return insert(table, key, int(key[-3:]), **(told | columns))


def _campaigns() -> Iterator[Way]:
    def told(identified: str, kind: str, at: str, files: Files, form: str = "", **columns: str) -> Way:
        is_of_email = (kind, columns.get("adreca")) == ("BAIXA", "{email}")
        return Way("campanyes", form or kind, identified, at, lambda one, _: [event(
            f"E{one.person}", kind, at,
            **{name: value.format(id=one.person, email=one.email.title(), phone=one.phone)
               for name, value in columns.items()},
        )], files, again_gone=files | SURVEYS if is_of_email else None)  # fmt: skip

    # That night's questionnaire went to the e-mail, the next one's goes to the telephone.
    yield told("id", "BAIXA", AFTER, MESSAGES, id_persona="{id}")
    yield told("id and address", "BAIXA", AFTER, MESSAGES, id_persona="{id}", adreca="{email}")
    yield told("e-mail", "BAIXA", AFTER, MESSAGES, adreca="{email}")
    yield told("telephone", "BAIXA", AFTER, MESSAGES, adreca="{phone}", canal="SMS")
    yield told("an id that is nobody's and an address", "BAIXA", AFTER, MESSAGES, id_persona="PGONE", adreca="{email}")
    yield told("an address that nobody has", "BAIXA", AFTER, NOTHING, adreca="ningu@example.org")
    yield told("id", "BAIXA", BEFORE, NOTHING, id_persona="{id}")
    for kind in ("ENVIAT", "LLIURAT", "OBERT", "CLIC"):
        yield told("id and address", kind, AFTER, NOTHING, id_persona="{id}", adreca="{email}")
    yield Way("campanyes", "BAIXA", "an id that was merged into theirs", "after", lambda one, _: [
        event(f"E{one.person}", "BAIXA", AFTER, id_persona=f"F{one.person}"),
        f"insert into work.intermediate.int_id_events values ('person', 'merged', ['F{one.person}', '{one.person}'], "
        f"['{one.person}'], date '2026-05-01')",
    ], MESSAGES)  # fmt: skip
    refused = "campanyes__esdeveniments_quarantined"
    for reason, kind, files in (
        ("unknown_code:canal", "BAIXA", MESSAGES), ("repeated_field", "ENVIAT", MESSAGES),
        ("unknown_code:canal", "ENVIAT", NOTHING),
    ):  # fmt: skip
        yield Way("quarantine of campanyes", f"{kind} {reason}", "id", "after",
                  lambda one, _, r=reason, k=kind:
                  [event(f"E{one.person}", k, AFTER, refused, _reason=r, id_persona=one.person)], files)  # fmt: skip
        yield Way("quarantine of campanyes", f"{kind} {reason}", "e-mail", "after",
                  lambda one, _, r=reason, k=kind:
                  [event(f"E{one.person}", k, AFTER, refused, _reason=r, adreca=one.email)], files)  # fmt: skip
    yield Way("quarantine of campanyes", "BAIXA unknown_code:canal", "id in lower case", "after",
              lambda one, _: [event(f"E{one.person}", "BAIXA", AFTER, refused, _reason="bad_form:id_persona",
                                    id_persona=one.person.lower())], MESSAGES)  # fmt: skip
    # The second night writes to the telephone; the first one, delivered again, writes to no address that bounced since.
    yield Way("campanyes", "REBOT_DUR", "e-mail", "after",
              lambda one, _: [event(f"E{one.person}", "REBOT_DUR", AFTER, adreca=one.email)], REQUESTED,
              removed=NOTHING, again_gone=MESSAGES - CAMPAIGNS | SURVEYS)  # fmt: skip
    yield Way("quarantine of campanyes", "BAIXA unknown_code:canal", "telephone", "after",
              lambda one, _:
              [event(f"E{one.person}", "BAIXA", AFTER, refused, _reason="unknown_code:canal", adreca=one.phone)],
              MESSAGES)  # fmt: skip
    # Who else told the address is not known, and stays so.
    yield Way("quarantine of campanyes", "BAIXA unknown_code:canal", "an e-mail that a stranger told, too", "after",
              lambda one, _: [
                  attention_row(f"X{one.person}", AFTER, email=one.email, nom="Desconegut"),
                  event(f"E{one.person}", "BAIXA", AFTER, refused, _reason="unknown_code:canal", adreca=one.email),
              ], MESSAGES)  # fmt: skip
    # Who it is of is known; a newsletter to that address is nobody's any more.
    yield Way("campanyes", "BAIXA", "id and an e-mail of two", "after",
              lambda one, _: [event(f"E{one.person}", "BAIXA", AFTER, id_persona=one.person, adreca=one.email)],
              MESSAGES, REQUESTED, base=one_mailbox)  # fmt: skip
    # Two of a home have one mailbox: who is meant is not known, so both are.
    yield Way("campanyes", "BAIXA", "an e-mail of two", "after",
              lambda one, _: [event(f"E{one.person}", "BAIXA", AFTER, adreca=one.email)], MESSAGES, MESSAGES,
              base=one_mailbox, again_gone=MESSAGES | SURVEYS,
              neighbour_again_gone=MESSAGES | SURVEYS)  # fmt: skip


def nothing(_: Person, __: Person) -> list[str]:
    """No row: the day alone changes something."""
    return []


def one_mailbox(one: Person, other: Person) -> list[str]:
    """The rows of a home in which two tell one e-mail."""
    return [
        f"update work.raw.people set email = '{one.email}' where person = '{other.person}'",
        f"update work.raw.consentiments__esdeveniments set email = '{one.email}' "
        f"where starts_with(_source_key, '{other.person}-')",
        f"update work.raw.subscripcions__subscripcions set email = '{one.email}' "
        f"where starts_with(_source_key, '{other.person}-')",
    ]


def _changed(source: str, form: str, statement: str, gone: Files, **more: object) -> Way:
    """A way that one statement tells, in which `{person}`, `{nia}` and `{document}` are the person's."""

    def tell(one: Person, other: Person) -> list[str]:
        values = {"person": one.person, "nia": one.nia, "document": one.document, "neighbour": other.person}
        return [statement.format(**values)]

    return Way(source, form, "linked", "after", tell, gone, **more)  # type: ignore[arg-type] - fields of a way


def _states() -> Iterator[Way]:
    subscription = "work.raw.subscripcions__subscripcions"
    ended = f"update {subscription} set data_baixa = '{{}}' where _source_key = '{{{{person}}}}-S'"
    for day, gone in (("2026-05-04", REQUESTED), ("2026-05-05", REQUESTED), ("2026-05-06", NOTHING)):
        yield _changed("subscripcions", f"ends on {day}", ended.format(day), gone)
    removed = f"delete from {subscription} where _source_key = '{{person}}-S'"
    yield _changed("subscripcions", "not told any more", removed, REQUESTED)
    for form, key, estat, data_baixa, extract, gone in (
        ("BAIXA", "S", "BAIXA", None, "2026-05-05", REQUESTED),
        ("ALTA that ended in 1970", "S", "ALTA", "1970-01-01", "2026-05-05", REQUESTED),
        ("BAIXA of the good row's extract", "S", "BAIXA", None, "2026-05-04", REQUESTED),
        ("BAIXA before the good row", "S", "BAIXA", None, "2026-05-03", NOTHING),
        ("ALTA", "S", "ALTA", None, "2026-05-05", NOTHING),
        ("BAIXA of another subscription", "T", "BAIXA", None, "2026-05-05", NOTHING),
    ):

        def tell(
            one: Person, _: Person, k: str = key, s: str = estat, d: str | None = data_baixa, e: str = extract
        ) -> list[str]:
            return [
                insert(
                    "subscripcions__subscripcions_quarantined", f"{one.person}-{k}", int(one.person[1:]), extract=e,
                    _reason="unknown_code:idioma", estat=s, data_baixa=d,
                )
            ]  # fmt: skip

        yield Way("quarantine of subscripcions", form, "key", "after", tell, gone)
    for service, gone in (("BUTLLETI", REQUESTED), ("BUTLLETÍ", REQUESTED), (None, REQUESTED), ("OBRES", NOTHING)):

        def tell_address(one: Person, _: Person, v: str | None = service) -> list[str]:
            return [
                insert(
                    "subscripcions__subscripcions_quarantined", None, int(one.person[1:]), estat="BAIXA",
                    _reason="missing:id_subscripcio", servei=v, email=f"<{one.email.upper()}>",
                )
            ]  # fmt: skip

        yield Way("quarantine of subscripcions", f"BAIXA of {service} without a key", "e-mail", "after", tell_address,
                  gone)  # fmt: skip
    yield _changed(
        "padro", "died", "update work.raw.people set is_deceased = true where person = '{person}'", EVERYTHING
    )
    yield _changed(
        "padro",
        "nobody knows if alive",
        "update work.raw.people set is_deceased = null where person = '{person}'",
        EVERYTHING,
    )
    weak = "update work.raw.people set confidence = {} where person = '{{person}}'"
    unsure = CAMPAIGNS | TASK | CONSENTED | SURVEYS
    for confidence, gone in (
        ("0.989", unsure),
        ("0.949", unsure | ATTENTION),
        ("null", unsure | ATTENTION),
        ("0.99", NOTHING),
    ):
        yield _changed("linkage", f"sure by {confidence}", weak.format(confidence), gone)
    hidden = EVERYTHING - ATTENTION
    protect = "insert into work.raw.proteccions__proteccions by name select 'X{person}' as _source_key, "
    for form, columns, gone in (
        ("by inscription", "'{nia}' as nia", hidden), ("by document", "'{document}' as document", hidden),
        ("from a day to come", "'{nia}' as nia, '2027-01-01' as data_inici", hidden),
        ("until today", "'{nia}' as nia, '2026-05-05' as data_fi", hidden),
        ("until yesterday", "'{nia}' as nia, '2026-05-04' as data_fi", NOTHING),
    ):  # fmt: skip
        # Of who lives with them, too.
        yield _changed("proteccions", form, protect + columns, gone, neighbour_gone=gone)
    quarantined = (
        "insert into work.raw.proteccions__proteccions_quarantined by name select 'X{person}' as _source_key, "
        "date '2026-05-05' as _extract_date, 1 as _line_number, "
    )
    for form, columns in (
        ("in its place", "'{document}' as document"),
        ("in the other's place", "'{document}' as nia"),
        ("until nobody knows when", "'{nia}' as nia, 'mai' as data_fi"),
    ):
        yield _changed("quarantine of proteccions", form, quarantined + columns, hidden, neighbour_gone=hidden)


def _identities() -> Iterator[Way]:
    def refuser(at: str) -> Tell:
        return lambda one, _: rows_of(make_person(int(one.person[1:]), "R"), "REFUSAT", at, subscribes=False)

    moved = (
        "insert into work.raw.moved select _source_key, {to} from work.raw.{table} "
        "where starts_with(_source_key, '{whose}')"
    )

    def moves(whose: str, to: str, *, with_inscription: bool) -> Tell:
        def tell(one: Person, other: Person) -> list[str]:
            of, target = whose.format(one=one.person, n=one.person[1:]), to.format(one=one.person, other=other.person)
            rows = [
                moved.format(table=table, to=target, whose=f"{of}-")
                for table in ("consentiments__esdeveniments", "subscripcions__subscripcions")
            ]
            padro = f"insert into work.raw.moved select nia, {target} from work.raw.people where person = '{of}'"
            return [*rows, padro] if with_inscription else rows[:1]

        return tell

    for form, at, gone in (("before", BEFORE, NOTHING), ("after", AFTER, EVERYTHING)):
        yield Way("linkage", "merged with who refused", "linked", form,
                  moves("R{n}", "'{one}'", with_inscription=True), gone, base=refuser(at))  # fmt: skip
    # The id is gone; what it stood for leaves under the other's.
    yield Way("linkage", "merged into a neighbour", "linked", "after",
              moves("{one}", "'{other}'", with_inscription=True), EVERYTHING, again_gone=NOTHING)  # fmt: skip
    silent = ATTENTION | CAMPAIGNS | CONSENTED | SURVEYS - QUALITY
    yield Way("linkage", "split from what was consented", "linked", "after",
              moves("{one}", "'Z{one}'", with_inscription=False), silent)  # fmt: skip
    yield Way("linkage", "what was consented waits for a steward", "linked", "after",
              moves("{one}", "null", with_inscription=False), silent)  # fmt: skip
    yield _changed("linkage", "what was consented may be another's",
                   "insert into work.raw.doubted select _source_key from work.raw.consentiments__esdeveniments "
                   "where starts_with(_source_key, '{person}-')", silent)  # fmt: skip
    yield Way("linkage", "everything waits for a steward", "linked", "after",
              moves("{one}", "null", with_inscription=True), EVERYTHING)  # fmt: skip


def _children() -> Iterator[Way]:
    def child(one: Person, _: Person) -> list[str]:
        return rows_of(make_person(int(one.person[1:]), "C"), guardian=one.person)

    told = EVERYTHING | _FAMILY
    yield Way("padro", "the child that it is about died", "linked", "after", lambda one, _: [
        f"update work.raw.people set is_deceased = true where person = 'C{one.person[1:]}'"], _FAMILY, before=told,
        base=child)  # fmt: skip
    yield Way("proteccions", "the child that it is about", "inscription", "after", lambda one, _: [
        "insert into work.raw.proteccions__proteccions by name select 'XC' as _source_key, nia "
        f"from work.raw.people where person = 'C{one.person[1:]}'"], _FAMILY, before=told, base=child)  # fmt: skip
    for grantor in ("TITULAR", "TUTOR"):

        def given(one: Person, _: Person, g: str = grantor) -> list[str]:
            return [
                f"update work.raw.consentiments__esdeveniments set atorgant = '{g}' "
                f"where starts_with(_source_key, '{one.person}-')"
            ]

        # What was given by or for a child counts no more once it may speak for itself; what needs no consent begins.
        yield Way("padro", f"turns 14, given by {grantor}", "linked", "after", nothing, NOTHING, before=NOTHING,
                  gained=TASK | REQUESTED | QUALITY, birth_date=date(2012, 5, 5), base=given,
                  again_gone=NOTHING)  # fmt: skip
        yield Way("padro", f"is 13, given by {grantor}", "linked", "after", nothing, NOTHING, before=NOTHING,
                  birth_date=date(2012, 5, 6), base=given)  # fmt: skip
    unknown = ATTENTION | REQUESTED

    def by_guardian(one: Person, _: Person) -> list[str]:
        return [
            "update work.raw.consentiments__esdeveniments set atorgant = 'TUTOR' "
            f"where starts_with(_source_key, '{one.person}-')"
        ]

    def of_a_year(one: Person, _: Person) -> list[str]:
        return [f"update work.raw.people set birth_year = 2012 where person = '{one.person}'"]

    # What a guardian gave for somebody of unknown age may be of an adult; of a year of birth the last day counts.
    yield Way("consentiments", "given by a guardian, nobody knows the age", "linked", "after", nothing, NOTHING,
              before=REQUESTED, birth_date=None, base=by_guardian)  # fmt: skip
    yield Way("padro", "born in the year of turning 14", "linked", "after", nothing, NOTHING, before=NOTHING,
              birth_date=None, base=of_a_year)  # fmt: skip
    for purpose, gone in (("INTEGRACIO", ATTENTION), ("COMUNICACIONS", REQUESTED)):
        yield Way("consentiments", f"{purpose} RETIRAT, nobody knows the age", "linked", "after",
                  lambda one, _, p=purpose: [decision(f"{one.person}-X", p, "RETIRAT", AFTER, nom=one.given_name)],
                  gone, before=unknown, birth_date=None)  # fmt: skip


BY_THEMSELVES: tuple[Way, ...] = (*words(), *_campaigns(), *_states(), *_identities(), *_children())
