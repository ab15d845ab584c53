"""The whole table: what holds of each way by itself, with what the extract and the address of a no decide.

A row of this module takes the place of the one with its id, or is new.
"""

from collections.abc import Iterator
from dataclasses import replace

from tests.exports.attacks.identity_ways import IDENTITY_WAYS
from tests.exports.attacks.other_ways import BY_THEMSELVES, event, one_mailbox
from tests.exports.attacks.people import AFTER, decision
from tests.exports.attacks.unnamed_ways import beside_the_unnamed
from tests.exports.attacks.ways import ATTENTION, MESSAGES, NOTHING, REQUESTED, SURVEYS, TASK, Files, Way

_OF_PURPOSE = {"INTEGRACIO": ATTENTION, "COMUNICACIONS": MESSAGES, "ENQUESTES": SURVEYS}


def _by_extract() -> Iterator[Way]:
    """A no of a day that the extract before should have told counts from the end of the extract's own day."""
    for way in BY_THEMSELVES:
        if way.source == "consentiments" and way.moment in ("before", "at the same moment"):
            gone: Files = _OF_PURPOSE.get(way.form.split()[0], way.gone)
            yield replace(way, gone=REQUESTED if way.form.startswith("service BUTLLETI") else gone)
        if way.source == "atencions" and way.moment == "before":
            gone = {"consentiment_integracio": ATTENTION, "consentiment_enquestes": SURVEYS}.get(
                way.form, MESSAGES - REQUESTED
            )
            yield replace(way, gone=gone)
        # In the first extract of a source a no counts at its moment: who asked for messages since has the last word.
        if way.source == "campanyes" and way.moment == "2025-04-01T10:00:00":
            yield replace(way, gone=MESSAGES - REQUESTED)
        if way.form == "a service, linked to nobody":
            yield replace(way, gone=TASK)
        if way.source == "quarantine of consentiments" and way.form == "unknown_code:origen RETIRAT":
            yield replace(way, gone=MESSAGES)


def _by_address() -> Iterator[Way]:
    """Who unsubscribes, or says no without a name or a document, does so for everybody who has the address."""
    for identified, person in (
        ("id and an e-mail of two", True),
        ("an id that is nobody's and an e-mail of two", False),
    ):
        yield Way("campanyes", "BAIXA", identified, "after", lambda one, _, p=person: [
            event(f"E{one.person}", "BAIXA", AFTER, id_persona=one.person if p else "PGONE", adreca=one.email)],
            MESSAGES, MESSAGES, base=one_mailbox, again_gone=MESSAGES | SURVEYS,
            neighbour_again_gone=MESSAGES | SURVEYS)  # fmt: skip
    for purpose, files in _OF_PURPOSE.items():
        yield Way("consentiments", f"{purpose} RETIRAT", "linked, an e-mail of two alone", "after",
                  lambda one, _, p=purpose: [decision(f"{one.person}-X", p, "RETIRAT", AFTER, email=one.email)],
                  files, files, base=one_mailbox)  # fmt: skip
        # A name says who of the two it is.
        yield Way("consentiments", f"{purpose} RETIRAT", "linked, with a name, an e-mail of two", "after",
                  lambda one, _, p=purpose: [
                      decision(f"{one.person}-X", p, "RETIRAT", AFTER, email=one.email, nom=one.given_name,
                               cognom_1=one.surname_1)],
                  files, NOTHING, base=one_mailbox)  # fmt: skip


_DECIDED = {way.id: way for way in (*_by_extract(), *_by_address(), *beside_the_unnamed(), *IDENTITY_WAYS)}
WAYS: tuple[Way, ...] = tuple(({way.id: way for way in BY_THEMSELVES} | _DECIDED).values())
