"""Raw rows beside those of the table, for mutants of subscriptions and requests: every service, channel and state."""

from tests.exports.attacks.other_ways import event
from tests.exports.attacks.people import AFTER, insert, make_person, rows_of
from tests.exports.attacks.ways import attention_row

_SERVICES = {
    "OBRES": {"zona": "Z1"}, "BUS": {"linia": "H4"}, "BUTLLETI": {"butlleti": "D05"},
    "PREINSCRIPCIO": {"bloc": "BATXILLERAT"}, "VOLUNTARIAT": {"interes": "EDUCATIU"},
    "JOVENTUT": {"interes": "TREBALL"}, "PARTICIPACIO": {"interes": "URBANISME"},
}  # fmt: skip


def _subscription(key: str, **columns: str) -> str:
    told = {"servei": "BUTLLETI", "butlleti": "CULTURA", "data_alta": "2026-04-02", "canal": "EMAIL", **columns}
    return insert("subscripcions__subscripcions", key, **told)


def more_rows() -> list[str]:
    """The statements: somebody with everything, the same of somebody protected, an organisation, and a draw."""
    one, hidden = make_person(990), make_person(991)
    found = [*rows_of(one), *rows_of(hidden)]
    found.append(insert("proteccions__proteccions", "X991", nia=hidden.nia))
    for who in (one, hidden):
        both = {"email": f"s{who.email}", "telefon": who.phone}
        for place, (service, columns) in enumerate(_SERVICES.items()):
            for channel in ("EMAIL", "SMS"):
                row = {"servei": service, "canal": channel, "butlleti": None, **columns, **both}
                found.append(_subscription(f"{who.person}-S{place}{channel}", **row))  # type: ignore[arg-type] - a field may be null
        promise = {"informacio_promesa": "S", "tramit": "CERT_EMPADRONAMENT", "nom": "Nom"}
        found += [
            attention_row(f"{who.person}-A1", AFTER, **promise, email=who.email, telefon=who.phone),
            attention_row(f"{who.person}-A2", AFTER, **promise, telefon=who.phone),
            attention_row(f"{who.person}-A3", AFTER, **{**promise, "tramit": "CAP"}, email=who.email),
            attention_row(f"{who.person}-A4", AFTER, **{**promise, "informacio_promesa": "N"}, email=who.email),
        ]
    number = {"canal": "SMS", "telefon": "+34688123456"}
    found += [
        _subscription("P990-S8", data_alta="2026-05-06", email=one.email),
        # Unsubscribed from by telephone, and begun again since.
        event("EM990", "BAIXA", "2026-05-01T10:00:00", adreca="+34688123456", canal="SMS"),
        _subscription("P990-S9", **number), _subscription("P990-S10", **number, data_alta="2026-05-02"),
        _subscription("ORG-S", email="entitat@example.org", rao_social="Entitat"),
        "insert into work.staging.stg_linkage__organisation_links values (md5('subscripcions|ORG-S'), 'O9')",
        attention_row("X990-A", AFTER, **promise, email="qui@example.org"),
        # Of nobody at all.
        attention_row("X991-A", AFTER, consentiment_integracio="N"),
        "insert into work.hub.draw_results values "
        "('D1', 'E1', 2026, 'drawn', '2026-04-01', 'C1', 'P990', 'd@example.org', null), "
        "('D2', 'E2', 2026, 'waiting', '2026-04-01', 'C2', 'P990', null, '+34699999998')",
    ]  # fmt: skip
    return found
