"""Raw rows beside those of the table, for mutants of what people say: moments, addresses and refused rows."""

from tests.exports.attacks.other_ways import event
from tests.exports.attacks.people import AFTER, decision, insert, make_person, rows_of
from tests.exports.attacks.ways import attention_row

# The hour that October's last Sunday has twice, and moments of which one thing is otherwise.
_NEAR_DOUBLED_HOUR = (
    "2025-10-26T02:30:00", "2026-03-29T02:30:00", "2025-10-19T02:30:00", "2025-10-27T02:30:00", "2025-10-26T03:30:00",
)  # fmt: skip
_LATER = "2026-05-05T10:00:00"
# One mailbox, as its domain reads and as DNS has it.
_READ, _OF_DNS = "bustia@exàmple.org", "bustia@xn--exmple-cua.org"


def word_rows() -> list[str]:
    """The statements."""
    return [*_people(), *_names(), *_moments(), *_refused()]


def _people() -> list[str]:
    doubted, meant, by_address, of_service, reads, of_dns = (make_person(980 + place) for place in range(6))
    everybody = (doubted, meant, by_address, of_service, reads, of_dns)
    whole, document = "COMUNICACIONS", "unknown_code:origen"
    return [
        *(row for one in everybody for row in rows_of(one)),
        # A yes and a no of a record that may be another's; the no shows whose.
        decision(f"{doubted.person}-X", "INTEGRACIO", "RETIRAT", AFTER, email=meant.email),
        f"insert into work.raw.doubted values ('{doubted.person}-CE'), ('{doubted.person}-X')",
        # Somebody else unsubscribed the address; of a service they said no by themselves.
        event("EM982", "BAIXA", AFTER, id_persona="PGONE", adreca=by_address.email),
        decision(f"{by_address.person}-X", whole, "RETIRAT", _LATER, servei="OBRES", nom="Nom"),
        # A yes to all, later than a no to a service.
        decision(f"{of_service.person}-X0", whole, "RETIRAT", AFTER, servei="OBRES", nom="Nom"),
        decision(f"{of_service.person}-X1", whole, "DONAT", _LATER, nom="Nom"),
        # A no of an address that two told, each in its spelling; another no means one of them by document.
        attention_row(f"{reads.person}-A", AFTER, nom="Nom", email=_READ),
        attention_row(f"{of_dns.person}-A", AFTER, nom="Nom", email=_OF_DNS),
        _decision("Q984", 2984, _reason=document, email=_OF_DNS),
        _decision("Q985", 2985, _reason=document, document=reads.document),
        # Unsubscribed from a questionnaire, and from another message.
        event("EM983", "BAIXA", AFTER, id_persona=reads.person, segment="enquesta"),
        event("EM984", "BAIXA", AFTER, id_persona=of_dns.person, segment="escola"),
        # Nobody knows when.
        attention_row(f"{of_dns.person}-A1", None, nom="Nom", consentiment_comunicacions="N"),
    ]


def _names() -> list[str]:
    """People with two surnames, in two fields or in one, refused rows that name them otherwise, a shared address."""
    apart, whole, single, shares = (make_person(970 + place) for place in range(4))
    named = {"nom": "Nom", "data_naixement": "1960-03-14"}
    both = {"cognom_1": "Casalsol", "cognom_2": "Boscol"}
    refused = {"_reason": "unknown_code:origen", "data_naixement": "1960-03-14"}
    return [
        *(row for one in (apart, whole, single, shares) for row in rows_of(one)),
        attention_row(f"{apart.person}-A", AFTER, **named, **both),
        attention_row(f"{whole.person}-A", AFTER, **named, cognom_1="Vernet Queralt"),
        attention_row(f"{single.person}-A", AFTER, **named, cognom_1="Ferrol"),
        attention_row(f"{shares.person}-A", AFTER, nom="Nom", email="compartit@example.org"),
        _decision("Q970", 2970, **refused, cognom_1="Casalsol Boscol"),
        _decision("Q971", 2971, **refused, cognom_1="Vernet", cognom_2="Queralt"),
        _decision("Q972", 2972, _reason="unknown_code:origen", nom="Boscol Nom", cognom_1="Casalsol"),
        # One surname is in two ways: the row and the person have it alone.
        _decision("Q973", 2973, **refused, cognom_1="Ferrol"),
        # Everybody who has the address, and one of them by a document.
        _decision("Q974", 2974, _reason="unknown_code:origen", email="compartit@example.org"),
        _decision("Q975", 2975, _reason="unknown_code:origen", document=shares.document),
        _decision("Q976", 2976, _reason="unknown_code:origen", document=apart.document, email="compartit@example.org"),
    ]


def _moments() -> list[str]:
    """A yes and a no of each moment, told in an extract that has none before it."""
    return [
        decision(f"P986-{state}{place}", "COMUNICACIONS", state, moment, nom="Nom", extract="2026-04-01")
        for place, moment in enumerate(_NEAR_DOUBLED_HOUR)
        for state in ("DONAT", "RETIRAT")
    ]


def _refused() -> list[str]:
    """Refused rows that come twice, with a key and without; that name somebody beside an address; of what service.

    They come the second time tomorrow, so that today's stays the first extract of their sources.
    """
    found = []
    for place, key in enumerate((None, "Q987")):
        for extract in ("2026-05-05", "2026-05-06"):
            told = {"_reason": "unknown_code:canal", "extract": extract}
            email = f"qui{place}@example.org"
            found += [
                _decision(key, 2986 + place, **told, email=email),
                _attention(key, 2986 + place, **told, email=email),
                _event(key, 2986 + place, **told, esdeveniment="BAIXA", adreca=email),
            ]
    named = {"_reason": "unknown_code:canal", "nom": "Desconegut", "email": "qui2@example.org"}
    found += [
        _decision("Q988", 2988, **named, servei="OBRES"),
        _decision("Q989", 2989, **named, servei="ALTRE"),
        _attention("Q988", 2988, **named),
        _event("Q988", 2988, _reason="unknown_code:canal", adreca="qui3@example.org"),
        _event("Q989", 2989, _reason="unknown_code:canal", esdeveniment="REBOT_DUR", adreca="qui3@example.org"),
        _event("Q990", 2990, _reason="repeated_field", esdeveniment="REBOT_DUR", adreca="qui3@example.org"),
    ]
    return found


def _decision(key: str | None, line: int, **columns: str) -> str:
    told = {"estat": "RETIRAT", "finalitat": "COMUNICACIONS", "data_hora": AFTER, "origen": "WEB", **columns}
    return insert("consentiments__esdeveniments_quarantined", key, line, **told)


def _attention(key: str | None, line: int, **columns: str) -> str:
    told = {"consentiment_comunicacions": "N", "data_hora": AFTER, **columns}
    return insert("atencions__atencions_quarantined", key, line, **told)


def _event(key: str | None, line: int, **columns: str) -> str:
    told = {"canal": "EMAIL", "moment": AFTER, **columns}
    return insert("campanyes__esdeveniments_quarantined", key, line, **told)
