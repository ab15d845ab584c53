"""The table: every way to say no, and from which files exactly its row has to go, that night and ever after.

A way is told on the second night, after a first one on which everybody stood in every file. Each has a person of its
own, and beside them somebody of the same home and surname whom it is not about.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from tests.exports.attacks.people import (
    ADULT,
    AFTER,
    BEFORE,
    FUTURE,
    GIVEN,
    SAME,
    Person,
    decision,
    insert,
)

ATTENTION, CAMPAIGNS = frozenset({"attention"}), frozenset({"campaigns"})
REQUESTED, TASK, CONSENTED = frozenset({"butlletins"}), frozenset({"avisos"}), frozenset({"escola"})
# A survey without consent: a no to surveys stops it, and so does a no to communications.
QUALITY = frozenset({"qualitat"})
SURVEYS = frozenset({"enquesta"}) | QUALITY
# What a no to all communications takes; one as old as the yes is older than what was asked for since.
MESSAGES = CAMPAIGNS | REQUESTED | TASK | CONSENTED | QUALITY
EVERYTHING = ATTENTION | MESSAGES | SURVEYS
NOTHING: frozenset[str] = frozenset()
Files = frozenset[str]
Tell = Callable[[Person, Person], list[str]]
_OF_PURPOSE = {"INTEGRACIO": ATTENTION, "COMUNICACIONS": MESSAGES, "ENQUESTES": SURVEYS}
_MOMENTS = {"before": BEFORE, "at the same moment": SAME, "after": AFTER, "in a year to come": FUTURE}
# Who can be meant by a row that linking leaves alone; a name that others may bear tells too little.
_TELLS_TOO_LITTLE = ("name and surname", "nobody")
_IDENTIFIED = (
    "document", "document as written", "document with another letter", "e-mail", "telephone", "surname and birth",
    *_TELLS_TOO_LITTLE,
)  # fmt: skip


@dataclass(frozen=True)
class Way:
    """One way to say no: what is told of whom, and what follows.

    `tell` gives the raw rows of the second night for the person and the neighbour, `base` those of both nights.
    """

    source: str
    form: str
    identified: str
    moment: str
    tell: Tell = field(repr=False, compare=False)
    gone: Files
    neighbour_gone: Files = NOTHING
    before: Files = EVERYTHING
    gained: Files = NOTHING
    # What `removals.csv` lists, if that is not all that is gone: the receiver itself reports a bounce.
    removed: Files | None = None
    # Of the first night delivered again, where that is not what the second lacks.
    again_gone: Files | None = None
    neighbour_again_gone: Files | None = None
    birth_date: date | None = ADULT
    base: Tell = field(repr=False, compare=False, default=lambda one, other: [])

    @property
    def id(self) -> str:
        """The name of its test."""
        return ", ".join((self.source, self.form, self.identified, self.moment))


def _at(moment: str, files: Files) -> Files:
    """What goes by a no of a moment, the yes being of 1 April and the newsletter of 2 April."""
    return {"before": NOTHING, "at the same moment": files - REQUESTED}.get(moment, files)


def _decisions() -> Iterator[Way]:
    for purpose, files in _OF_PURPOSE.items():
        for state in ("REFUSAT", "RETIRAT"):
            for grantor in ("TITULAR", "TUTOR"):
                for moment, at in _MOMENTS.items():

                    def tell(
                        one: Person, _: Person, p: str = purpose, s: str = state, g: str = grantor, a: str = at
                    ) -> list[str]:
                        return [decision(f"{one.person}-X", p, s, a, atorgant=g, nom=one.given_name)]

                    yield Way(
                        "consentiments", f"{purpose} {state} {grantor}", "linked", moment, tell, _at(moment, files)
                    )
    for service, after, before in (("OBRES", TASK, TASK), ("BUTLLETI", REQUESTED, NOTHING), ("BUS", NOTHING, NOTHING)):
        for state in ("REFUSAT", "RETIRAT"):
            for moment, files in (("before", before), ("after", after)):

                def tell_service(
                    one: Person, _: Person, v: str = service, s: str = state, a: str = _MOMENTS[moment]
                ) -> list[str]:
                    return [decision(f"{one.person}-X", "COMUNICACIONS", s, a, servei=v, nom=one.given_name)]

                yield Way("consentiments", f"service {service} {state}", "linked", moment, tell_service, files)


def of_obres(one: Person) -> str:
    """A no to messages of works, in a row that shows a document and is linked to nobody."""
    return decision(f"X{one.person}", "COMUNICACIONS", "RETIRAT", AFTER, servei="OBRES", document=one.document)


def filler(one: Person) -> str:
    """An attention of the person under a number that anybody writes."""
    return attention_row(f"{one.person}-A", GIVEN, document="00000000T", nom="Nom")


def miswritten(one: Person) -> str:
    """An attention of the person under a number that is read otherwise than it was written."""
    return attention_row(f"{one.person}-A", GIVEN, document=f"PASS {one.document}", nom="Nom")


def _several_decisions() -> Iterator[Way]:
    def told(*rows: tuple[str, str, str, str | None]) -> Tell:
        return lambda one, _: [
            decision(f"{one.person}-X{place}", purpose, state, at, servei=service, nom=one.given_name)
            for place, (purpose, state, at, service) in enumerate(rows)
        ]

    later, last, tomorrow = "2026-05-05T10:00:00", "2026-05-05T11:00:00", "2026-05-06T00:00:00"
    whole = "COMUNICACIONS"
    yield Way("consentiments", "a service, then all", "linked", "after",
              told((whole, "DONAT", AFTER, "OBRES"), (whole, "RETIRAT", later, None)), MESSAGES)  # fmt: skip
    # What was given since is nothing of the night before.
    yield Way("consentiments", "all, then a service again", "linked", "after",
              told((whole, "RETIRAT", AFTER, None), (whole, "DONAT", later, "OBRES")), MESSAGES - TASK,
              again_gone=MESSAGES)  # fmt: skip
    yield Way("consentiments", "a no, then a yes", "linked", "after",
              told((whole, "RETIRAT", AFTER, None), (whole, "DONAT", later, None)), NOTHING)  # fmt: skip
    yield Way("consentiments", "a no, then a yes of tomorrow", "linked", "after",
              told((whole, "RETIRAT", AFTER, None), (whole, "DONAT", tomorrow, None)), MESSAGES)  # fmt: skip
    # A no to one service is none to another, nor is one of another purpose.
    yield Way("consentiments", "all, then a service again, then another refused", "linked", "after",
              told((whole, "RETIRAT", AFTER, None), (whole, "DONAT", later, "OBRES"), (whole, "RETIRAT", last, "BUS")),
              MESSAGES - TASK, again_gone=MESSAGES)  # fmt: skip
    yield Way("consentiments", "a service given, then integration refused", "linked", "after",
              told((whole, "DONAT", AFTER, "OBRES"), ("INTEGRACIO", "RETIRAT", later, None)), ATTENTION)  # fmt: skip
    # A number can be anybody's: a yes that names nobody is none. A surname alone names somebody.
    for named, gone in (({}, MESSAGES), ({"cognom_1": "Vila"}, NOTHING)):
        yield Way("consentiments", f"a no, then a yes of {'a surname' if named else 'nobody named'}", "linked", "after",
                  lambda one, _, n=named: [
                      decision(f"{one.person}-X0", whole, "RETIRAT", AFTER, nom=one.given_name),
                      decision(f"{one.person}-X1", whole, "DONAT", later, telefon=one.phone, **n),
                  ], gone)  # fmt: skip
    # Of one service, by whom linking leaves alone: it is of all services or of none.
    yield Way("consentiments", "a service, linked to nobody", "document", "after",
              lambda one, _:
              [of_obres(one)], NOTHING)  # fmt: skip
    yield Way("consentiments", "a service of integration", "linked", "after",
              told(("INTEGRACIO", "RETIRAT", AFTER, "OBRES")), NOTHING)  # fmt: skip


def _refused_decisions() -> Iterator[Way]:
    relation = "consentiments__esdeveniments_quarantined"

    def row(reason: str, state: str | None, purpose: str | None, at: str | None, identified: str) -> Tell:
        return lambda one, _: [
            insert(
                relation, f"Q{one.person}", int(one.person[1:]), _reason=reason, estat=state, finalitat=purpose,
                data_hora=at, origen="WEB", **one.identified[identified],
            )
        ]  # fmt: skip

    for identified in _IDENTIFIED:
        for purpose, files in (("COMUNICACIONS", MESSAGES), ("FINALITAT_NOVA", EVERYTHING)):
            yield Way("quarantine of consentiments", f"{purpose} RETIRAT", identified, "after",
                      row("unknown_code:origen", "RETIRAT", purpose, AFTER, identified),
                      NOTHING if identified in _TELLS_TOO_LITTLE else files)  # fmt: skip
    whole = "COMUNICACIONS"
    # A number that anybody writes is nobody's.
    yield Way("quarantine of consentiments", "RETIRAT", "a document of fillers", "after",
              lambda one, _: [insert(relation, f"Q{one.person}", 997, _reason="unknown_code:origen", estat="RETIRAT",
                                     finalitat=whole, data_hora=AFTER, document="00000000T")], NOTHING,
              base=lambda one, _: [filler(one)])  # fmt: skip
    yield Way("quarantine of consentiments", "RETIRAT", "a document as it was once miswritten", "after",
              lambda one, _: [insert(relation, f"Q{one.person}", 996, _reason="unknown_code:origen", estat="RETIRAT",
                                     finalitat=whole, data_hora=AFTER, document=f"PASS{one.document}")], MESSAGES,
              base=lambda one, _: [miswritten(one)])  # fmt: skip
    for reason, state, at, files in (
        ("duplicate_key", "RETIRAT", AFTER, MESSAGES), ("bad_date:data_hora", "RETIRAT", "ahir", MESSAGES),
        ("bad_date:data_hora", "REFUSAT", "1026-05-05T10:00:00", MESSAGES),
        ("missing:data_hora", "RETIRAT", None, MESSAGES), ("unknown_code:origen", "RETIRAT", BEFORE, NOTHING),
        ("unknown_code:estat", "ALTRE", AFTER, MESSAGES), ("missing:estat", None, AFTER, MESSAGES),
        ("unknown_code:origen", "DONAT", AFTER, NOTHING), ("repeated_field", "DONAT", AFTER, MESSAGES),
        ("unknown_field", "DONAT", AFTER, MESSAGES), ("bad_type", "DONAT", AFTER, MESSAGES),
        ("bad_encoding", "DONAT", AFTER, MESSAGES),
    ):  # fmt: skip
        yield Way("quarantine of consentiments", f"{reason} {state}", "document", f"{at}",
                  row(reason, state, whole, at, "document"), files)  # fmt: skip
    yield Way("quarantine of consentiments", "duplicate_key", "the good row's key", "after",
              lambda one, _: [insert(relation, f"{one.person}-CC", 999, _reason="duplicate_key", estat="RETIRAT",
                                     finalitat=whole, data_hora=AFTER)], MESSAGES)  # fmt: skip


def attention_row(key: str, at: str | None, **columns: str | None) -> str:
    """A good row of `atencions`."""
    return insert(
        "atencions__atencions", key, data_hora=at, canal="010", id=key, motiu="INFO", resultat="RESOLT", **columns
    )


def _attentions() -> Iterator[Way]:
    columns = {
        "consentiment_integracio": ATTENTION, "consentiment_enquestes": SURVEYS, "consentiment_comunicacions": MESSAGES,
    }  # fmt: skip
    relation = "atencions__atencions_quarantined"
    for column, files in columns.items():
        for moment, at in _MOMENTS.items():
            yield Way("atencions", column, "linked", moment,
                      lambda one, _, c=column, a=at: [attention_row(f"{one.person}-X", a, nom="Nom", **{c: "N"})],
                      _at(moment, files))  # fmt: skip
        for identified in (*_IDENTIFIED, "name and street"):
            meant = NOTHING if identified in _TELLS_TOO_LITTLE else files
            yield Way("atencions", f"{column}, linked to nobody", identified, "after",
                      lambda one, _, c=column, i=identified:
                      [attention_row(f"X{one.person}", AFTER, **{c: "N"}, **one.identified[i])], meant)  # fmt: skip
            yield Way("quarantine of atencions", column, identified, "after",
                      lambda one, _, c=column, i=identified:
                      [insert(relation, f"Q{one.person}", int(one.person[1:]), _reason="unknown_code:canal",
                              data_hora=AFTER, **{c: "N"}, **one.identified[i])], meant)  # fmt: skip
        # Its key was used again, so it stands beside the quarantined rows without a key.
        yield Way("superseded row of atencions", column, "document", "after",
                  lambda one, other, c=column: [
                      insert(relation, None, int(one.person[1:]), _reason="superseded", data_hora=AFTER,
                             document=one.document, **{c: "N"}),
                      attention_row(f"{other.person}-X", AFTER, nom="Nom"),
                  ], files)  # fmt: skip
        # The number that somebody calls from says who calls, if nothing else does.
        for beside, gone in (({}, files), ({"nom": "Desconegut"}, NOTHING)):
            form = f"{column} of {'a name' if beside else 'nobody named'}"
            yield Way("atencions", form, "calling number", "after",
                      lambda one, _, c=column, b=beside:
                      [attention_row(f"X{one.person}", AFTER, telefon_origen=one.phone, **{c: "N"}, **b)],
                      gone)  # fmt: skip
            yield Way("quarantine of atencions", form, "calling number", "after",
                      lambda one, _, c=column, b=beside:
                      [insert(relation, f"Q{one.person}", int(one.person[1:]), _reason="unknown_code:canal",
                              data_hora=AFTER, telefon_origen=one.phone, **{c: "N"}, **b)], gone)  # fmt: skip
        # A document may stand among the names; a telephone in its place is no document.
        for form, of_name, gone in (
            ("a document in the name", lambda one: {"nom": f"{one.given_name} {one.document}"}, files),
            ("a document as a surname", lambda one: {"nom": "X", "cognom_2": f"DNI:{one.document}"}, files),
            ("a number that begins like the document", lambda one: {"document": f"{one.document[:8]}9"}, NOTHING),
        ):  # fmt: skip
            yield Way("atencions", column, form, "after",
                      lambda one, _, c=column, w=of_name:
                      [attention_row(f"X{one.person}", AFTER, **{c: "N"}, **w(one))], gone)  # fmt: skip
            yield Way("quarantine of atencions", column, form, "after",
                      lambda one, _, c=column, w=of_name:
                      [insert(relation, f"Q{one.person}", int(one.person[1:]), _reason="unknown_code:canal",
                              data_hora=AFTER, **{c: "N"}, **w(one))], gone)  # fmt: skip
        for named, gone in (({}, files), ({"cognom_1": "Vila"}, NOTHING)):
            yield Way("atencions", f"{column}, then a yes of {'a surname' if named else 'no name'}", "linked", "after",
                      lambda one, _, c=column, n=named: [
                          attention_row(f"{one.person}-X0", AFTER, nom="Nom", **{c: "N"}),
                          attention_row(f"{one.person}-X1", "2026-05-05T10:00:00", telefon=one.phone, **{c: "S"}, **n),
                      ], gone)  # fmt: skip
        for identified in ("document", "e-mail"):
            yield Way("atencions", f"{column}, a person of that row alone", identified, "after",
                      lambda one, _, c=column, i=identified: [
                          attention_row(f"X{one.person}", AFTER, **{c: "N"}, **one.identified[i]),
                          f"insert into work.raw.moved values ('X{one.person}', 'Z{one.person}')",
                      ], files)  # fmt: skip
        for at in ("ahir", "1026-05-05T10:00:00", FUTURE):
            yield Way("quarantine of atencions", column, "document", at,
                      lambda one, _, c=column, a=at:
                      [insert(relation, f"Q{one.person}", int(one.person[1:]), _reason="bad_date:data_hora",
                              data_hora=a, **{c: "N"}, **one.identified["document"])], files)  # fmt: skip
        for reason, word, meant in (
            ("repeated_field", "S", files), ("unknown_code:canal", "S", NOTHING), ("bad_type", "?", files),
            ("unknown_code:consentiment", "?", files),
        ):  # fmt: skip
            yield Way("quarantine of atencions", f"{column} {reason} {word}", "document", "after",
                      lambda one, _, c=column, r=reason, w=word:
                      [insert(relation, f"Q{one.person}", int(one.person[1:]), _reason=r, data_hora=AFTER, **{c: w},
                              **one.identified["document"])], meant)  # fmt: skip


def words() -> list[Way]:
    """The ways of what people say of their consents."""
    return [*_decisions(), *_several_decisions(), *_refused_decisions(), *_attentions()]
