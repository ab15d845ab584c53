"""Persons and organisations of the hand-made hub: golden records, ties, cases and ids."""

from datetime import date

import duckdb


def test_the_golden_record(hub: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "full_name, birth_date, sex, document_type, document, email, phone, language, street, street_number, "
        "district_code, census_section, x_etrs89, is_resident, is_deceased, is_minor, source_count, mention_count, "
        "confidence, first_seen_date, last_seen_date"
    )
    row = hub.execute(f"select {columns} from work.hub.persons where person_id = 'P1'").fetchone()
    assert row == (
        *("MARIA DE LA PUIG SOLER", date(1980, 1, 1), "F", "DNI", "00000014Z", "m@example.org", "+34934123456", "ca"),
        *("CALLE BALMES", "12", "01", "01003", 430000.5, True, False, False, 4, 21, 0.923457),
        *(date(2010, 1, 1), date(2026, 5, 5)),
    )


def test_an_unknown_day_of_birth_leaves_the_year_and_death_ends_residence(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "birth_date, birth_year, is_minor, is_resident, is_deceased, household_id"
    assert hub.execute(f"select {columns} from work.hub.persons where person_id = 'P2'").fetchone() == (
        *(None, 1930, False, False, True, None),
    )


def test_households_count_residents(hub: duckdb.DuckDBPyConnection) -> None:
    rows = hub.execute("select household_id, member_count, minor_count from work.hub.households order by 1").fetchall()
    assert rows == [("H1", 2, 1), ("H2", 1, 0)]


def test_a_taxed_object_belongs_to_its_holder_and_a_tax_address_to_nobody(hub: duckdb.DuckDBPyConnection) -> None:
    found = hub.execute(
        "select tax, person_id, holding_right, share_percent::double from work.hub.tax_objects order by tax"
    ).fetchall()
    assert found == [("IBI", "P1", "OWNERSHIP", 50.0), ("IVTM", None, None, 100.0)]
    kept = hub.execute(
        "select value, rank, rule from work.hub.person_attributes "
        "where source = 'contribuents' and attribute = 'address' and person_id = 'P1'"
    ).fetchall()
    assert kept == [("CL BALMES 12, 08007", None, "contribuents, never: not asked of this source")]


def test_an_organisation_with_its_numbers_mentions_and_cards(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "nif, is_nif_valid, legal_name, legal_form, type, mention_count"
    found = hub.execute(f"select {columns} from work.hub.organisations where organisation_id = 'OF'").fetchall()
    assert found == [("B12345674", True, "FUSTES PUJOL SL", "SL", "COMPANY", 4)]
    numbers = "select number, is_valid, is_current, person_id from work.hub.identifiers where organisation_id = 'OF'"
    assert hub.execute(numbers + " order by 1").fetchall() == [
        ("B12345674", True, True, None),
        ("B12345675", False, False, None),
    ]
    theirs = "select count(*) from work.hub.{} where organisation_id = 'OF'"
    assert hub.execute(theirs.format("mentions")).fetchone() == (4,)
    assert hub.execute(theirs.format("interactions")).fetchone() == (2,)


def test_who_administers_whom_and_who_lives_together(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "type, person_id, organisation_id, related_person_id, related_organisation_id, valid_from::varchar"
    assert hub.execute(
        f"select {columns} from work.hub.relationships where source != 'activitats_estiu' order by all"
    ).fetchall() == [
        ("administers", "P1", None, None, "OF", "2011-01-01"),
        ("guardian_of", "P1", None, "P3", None, None),
        ("lives_with", "P1", None, "P3", None, None),
        ("representative_of", None, "OF", None, "O9", "2011-01-01"),
    ]


def test_an_application_is_the_guardians_contact_and_ties_it_to_the_child(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "person_id, channel, service, status, procedure"
    query = f"select {columns} from work.hub.interactions where source_key = 'I1'"
    assert hub.execute(query).fetchall() == [("P1", "WEB", "ESPORTS", "RESOLT", "CASAL")]
    ties = "select person_id, related_person_id from work.hub.relationships where source = 'activitats_estiu'"
    assert hub.execute(ties + " and source_key = 'I1#tutor'").fetchall() == [("P1", "P3")]


def test_cases_are_ranked_by_what_a_decision_would_settle(hub: duckdb.DuckDBPyConnection) -> None:
    """A mention in review counts twice, with its interaction. Of two equal cases, the better pair is first."""
    rows = hub.execute(
        "select rank, kind, settles, interactions_l, person_id_l, person_id_r, match_weight from work.hub.review_cases "
        "order by rank"
    ).fetchall()
    assert rows == [
        (1, "disputed", 4, 1, None, "P1", 12.25),
        (2, "borderline", 2, 0, "P2", "P1", 9.5),
        (3, "borderline", 2, 0, "P3", "P2", 7.5),
    ]
    counts = "select kind, cases, kept from work.hub.review_counts order by kind"
    assert hub.execute(counts).fetchall() == [("borderline", 2, 2), ("disputed", 1, 1)]


def test_what_a_source_shows_has_its_days(hub: duckdb.DuckDBPyConnection) -> None:
    """May's register corrected what April's variation had for the same day; N9 left home after one day."""
    rows = hub.execute(
        "select attribute, value, valid_from::varchar, valid_to::varchar from work.hub.person_history"
        " where attribute in ('name', 'residence') and source = 'padro'"
        " and mention_id in (md5('padro|N1'), md5('padro|N2')) order by all"
    ).fetchall()
    assert rows == [
        ("name", "MARIA DE LA PUIG SOLER", "2020-01-01", None),
        ("name", "PERE MAS", "2026-04-01", None),
        ("residence", "deceased", "2026-04-01", None),
        ("residence", "resident", "2020-01-01", None),
    ]
    contacts = hub.execute(
        "select count(*), count(distinct (person_id, attribute, source, valid_from)),"
        " count(*) filter (valid_to <= valid_from) from work.hub.person_history"
    ).fetchone()
    assert contacts is not None and contacts[0] == contacts[1] and contacts[2] == 0


def test_how_many_ids_outlive_a_night_and_why_others_do_not(hub: duckdb.DuckDBPyConnection) -> None:
    rows = hub.execute(
        "select day(business_date), event, cause_kind, ids, ids_before, share from work.hub.id_stability"
        " where entity = 'person' order by all"
    ).fetchall()
    assert rows == [
        (1, "kept", "no_change", 0, 0, None), (1, "minted", "first_seen", 5, 0, None),
        (2, "kept", "no_change", 4, 5, 0.8), (2, "retired", "not_seen", 1, 5, 0.2),
        (3, "kept", "no_change", 4, 4, 1.0), (3, "reassigned", "seen_again", 1, 4, 0.25),
        (3, "split", "decision", 2, 4, 0.5),
        (4, "kept", "no_change", 4, 6, 0.666667), (4, "merged", "document", 2, 6, 0.333333),
        (4, "reassigned", "link", 2, 6, 0.333333), (4, "retired", "in_review", 1, 6, 0.166667),
        # A night that changed nothing, in April.
        (30, "kept", "no_change", 0, 0, None),
    ]  # fmt: skip
