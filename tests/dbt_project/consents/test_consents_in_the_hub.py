"""Who consents to what in the hand-made hub, and where each decision comes from."""

import duckdb


def test_consents_up_to_the_business_date_latest_wins_and_children_only_refuse(
    hub: duckdb.DuckDBPyConnection,
) -> None:
    query = "select person_id, purpose, state from work.hub.consents where person_id similar to 'P[0-9]' order by all"
    assert hub.execute(query).fetchall() == [
        ("P1", "communications", "refused"),
        ("P1", "integration", "refused"),  # on 5 May, which is tomorrow
        ("P2", "communications", "withdrawn"),  # in a refused row
        ("P2", "integration", "withdrawn"),  # in one of two rows of one key
        ("P3", "communications", "withdrawn"),
        ("P3", "integration", "withdrawn"),
    ]
    of_source = "select source, count(*) from work.hub.consent_events group by all order by all"
    assert hub.execute(of_source).fetchall() == [("atencions", 15), ("campanyes", 3), ("consentiments", 24)]


def test_a_withdrawal_in_a_refused_row_says_where_it_stands(hub: duckdb.DuckDBPyConnection) -> None:
    found = hub.execute(
        "select evidence, person_id, purpose, decided_at::varchar from work.hub.consent_events "
        "where evidence like 'quarantine of %' and right(evidence, 2) between '90' and '95' order by all"
    ).fetchall()
    place = "quarantine of atencions 2026-05-04, line"
    assert found == [
        (f"{place} 90", "P2", "communications", "2026-05-04 12:00:00"),
        (f"{place} 91", "P2", "integration", "2026-05-04 12:00:00"),
        (f"{place} 92", "P3", "communications", "2026-05-04 23:59:59.999999"),
        (f"{place} 92", "P3", "integration", "2026-05-04 23:59:59.999999"),
        (f"{place} 93", None, "integration", "2026-05-04 12:00:00"),
        *(
            ("quarantine of consentiments 2026-05-04, line 95", person, purpose, "2026-05-04 08:00:00")
            for person in ("PSUB1", "PSUB2", "PSUB3")
            for purpose in ("communications", "integration", "surveys")
        ),
    ]


def test_a_document_alone_gives_neither_consent_nor_contact_data(hub: duckdb.DuckDBPyConnection) -> None:
    said = "select person_id, is_named, state from work.hub.consent_events where decided_at = '2026-05-04 20:00:00'"
    assert hub.execute(said).fetchall() == [("P1", False, "given")]
    assert hub.execute("select email from work.hub.persons where person_id = 'P1'").fetchone() == ("m@example.org",)
