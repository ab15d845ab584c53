"""Both halves of dbt's work on a hand-made work database: what a trap becomes, and who a person turns out to be."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.casework.card import card, golden_mentions, history
from orchestration.casework.find_party import Party, find_parties, find_person
from orchestration.home.redaction import StepFailed
from orchestration.home.work_database import work_database
from sources.contracts.catalogue import load_contracts
from tests.support.hand_made import dbt_build, load_raw

ROOT = Path(__file__).resolve().parents[2]


def mention(hub: duckdb.DuckDBPyConnection, key: str, columns: str) -> tuple[object, ...] | None:
    return hub.execute(
        f"select {columns} from work.intermediate.int_person_mentions where source_key = ?", [key]
    ).fetchone()


def test_mention_ids_come_from_raw_keys(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "N1", "mention_id = md5('padro|N1'), is_register, is_live") == (True, True, True)


def test_entries_are_of_the_registers_that_contracts_name(hub: duckdb.DuckDBPyConnection) -> None:
    """Every source has entries; whose are taken for one person each is for the contracts to say, not for the models."""
    named = {one.source for one in load_contracts() if one.lists_each_person_once}
    assert named == {"padro", "contribuents"}
    found = hub.execute(
        "select distinct entry_of from work.intermediate.int_source_mentions where entry_of is not null"
    ).fetchall()
    assert {row[0] for row in found} == named
    assert mention(hub, "A1", "entry_of") == (None,)


def test_names_and_streets_are_normalised(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "given_name, surname_1, street, street_number, postcode"
    assert mention(hub, "N1", columns) == ("MARIA", "PUIG", "BALMES", "12", "08007")
    assert mention(hub, "A1", columns) == ("MARI", "PUIG SOLA", "ARAGO", "12", "08007")


def test_contacts_are_normalised_and_short_codes_dropped(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "A1", "email, phone") == ("m@example.org", "+34934123456")
    assert mention(hub, "A2", "phone, postcode, street") == (None, "08007", None)
    assert mention(hub, "S0", "phone, postcode") == (None, None)


def test_documents_are_judged(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "document_type, document, is_document_valid"
    assert mention(hub, "A2", columns) == ("DNI", "00000014Z", True)
    assert mention(hub, "A1", columns) == (None, None, False)  # two digits are too few to guess six zeros
    assert mention(hub, "N4", columns) == (None, None, False)  # a placeholder that checks


def test_a_shared_email_links_nobody_and_is_nobodys_contact(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "S0", "email") == (None,)
    assert hub.execute("select email from work.hub.persons where person_id = 'PS0'").fetchone() == (None,)


def test_a_record_that_names_nobody_is_no_mention(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "A5", "1") is None
    assert hub.execute(
        "select person_id, is_identified from work.hub.interactions where source_key = 'A5'"
    ).fetchone() == (None, False)


def test_a_mention_in_review_belongs_to_nobody(hub: duckdb.DuckDBPyConnection) -> None:
    assert hub.execute("select person_id, is_in_review from work.hub.mentions where source_key = 'A7'").fetchone() == (
        None,
        True,
    )
    assert hub.execute(
        "select person_id, is_identified from work.hub.interactions where source_key = 'A7'"
    ).fetchone() == (None, False)


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


def test_households_count_residents(hub: duckdb.DuckDBPyConnection) -> None:
    rows = hub.execute("select household_id, member_count, minor_count from work.hub.households order by 1").fetchall()
    assert rows == [("H1", 2, 1), ("H2", 1, 0)]


def test_every_mart_and_column_is_described(hub: duckdb.DuckDBPyConnection) -> None:
    undescribed = hub.execute(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = 'work' and schema_name = 'hub' and comment is null "
        "union all select table_name, null from duckdb_tables() where database_name = 'work' "
        "and schema_name = 'hub' and (comment is null or not starts_with(comment, 'One row per ')) "
        "union all select view_name, null from duckdb_views() where database_name = 'work' "
        "and schema_name = 'hub' and (comment is null or not starts_with(comment, 'One row per '))"
    ).fetchall()
    assert undescribed == []


def test_an_encrypted_hub_is_built_and_its_key_stays_out_of_logs(tmp_path: Path) -> None:
    key = "6b" * 32
    load_raw(tmp_path / "work.duckdb", key)
    dbt_build(tmp_path / "work.duckdb", "prelink", key)
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "hub.key"]
    assert not any(key.encode() in content or b"VILADEVALL" in content for content in written)
    with work_database(tmp_path / "work.duckdb", key) as connection:
        assert connection.execute("select count(*) from work.intermediate.int_person_mentions").fetchone() == (65,)


def test_a_card_of_iris_in_either_language_and_its_answer_time(hub: duckdb.DuckDBPyConnection) -> None:
    found = hub.execute(
        "select source_key, channel, subject, status, answer_days, is_identified from work.hub.interactions "
        "where source = 'iris' and source_key like 'F%' order by 1"
    ).fetchall()
    assert found == [
        ("F1", "APP", "INCIDENCIA", "RESOLT", 3, True),
        ("F2", "WEB", "QUEIXA", "PENDENT", None, False),
    ]


def test_an_email_left_for_an_answer_is_nobodys_contact(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "F1", "email, document") == ("nuria.vila@example.org", None)
    found = hub.execute("select email, given_name from work.hub.persons where person_id = 'PF1'").fetchall()
    assert found == [(None, "Núria")]


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


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("E1", ("P0801900B", True, "AJUNTAMENT DE BARCELONA", None)),
        ("E2", ("B12345674", True, "FUSTES PUJOL", "SL")),
        ("E3", ("B12345675", False, "FUSTES PUJOL", "SL")),
        ("E4", (None, False, "VEINS DEL COLL", "ASSOCIACIO")),
        ("E5", None),
    ],
)
def test_an_organisations_number_name_and_legal_form(
    hub: duckdb.DuckDBPyConnection, key: str, expected: tuple[object, ...] | None
) -> None:
    columns = "nif, is_nif_valid, legal_name, legal_form"
    query = f"select {columns} from work.intermediate.int_organisation_mentions where source_key = ?"
    assert hub.execute(query, [key]).fetchone() == expected


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


@pytest.mark.parametrize(
    ("street", "postcode", "expected"),
    [
        ("BALMES", "08007", ("exact", "000100", "02081", 430093.7)),
        ("JOSE ANTONIO", "08011", ("former_name", "000300", "02081", 430093.7)),
        ("BALMAS", "08007", ("misspelt_name", "000100", "02081", 430093.7)),
        ("ARAGO", "08013", ("other_postcode", "000200", "02081", 430093.7)),
        ("INEXISTENT", "08001", ("unmatched", None, None, None)),
    ],
)
def test_an_address_is_matched_to_the_street_directory(
    hub: duckdb.DuckDBPyConnection, street: str, postcode: str, expected: tuple[object, ...]
) -> None:
    columns = "match_quality, street_code, census_section, x_etrs89"
    query = f"select {columns} from work.hub.addresses where street = ? and postcode = ?"
    assert hub.execute(query, [street, postcode]).fetchall() == [expected]


def test_of_two_streets_of_one_name_the_type_settles_which_and_letters_tell_doors_apart(
    hub: duckdb.DuckDBPyConnection,
) -> None:
    columns = "street_type, street_number, street_letter, match_quality, street_code, district_code"
    rows = hub.execute(f"select {columns} from work.hub.addresses where street = 'GUIPUSCOA' order by all").fetchall()
    assert rows == [
        ("CARRER", "30", "B", "exact", "000500", "05"),
        ("CARRER", "30", "BIS", "other_letter", "000500", "02"),
        ("CARRER", "30", None, "exact", "000500", "02"),
        ("CARRER", "8", None, "exact", "000500", "02"),
        # However many call a rambla a street, too.
        ("RAMBLA", "8", None, "exact", "000400", "02"),
        (None, "8", None, "unmatched", None, None),
    ]


def test_a_door_that_the_directory_lacks_and_one_in_another_town(hub: duckdb.DuckDBPyConnection) -> None:
    query = "select street_number, match_quality from work.hub.addresses where street = 'ARAGO' and postcode = '08007'"
    assert dict(hub.execute(query).fetchall()) == {
        "12": "other_letter",  # 12 bis
        "14": "nearest_number",
        "18": "nearest_number",
        "999": "street",
    }
    assert hub.execute("select count(*) from work.hub.addresses where postcode = '08902'").fetchone() == (0,)


def test_variations_since_the_full_register_are_replayed_in_their_order(hub: duckdb.DuckDBPyConnection) -> None:
    """Of two variations of one day the later line counts; one before the full register is in it already."""
    columns = "is_live, variation_cause, street, street_number, extract_date::varchar"
    query = f"select {columns} from work.intermediate.int_padro_inscriptions where source_key = ?"
    assert hub.execute(query, ["N4"]).fetchall() == [(True, "MD", "CALLE ARAGO", "14", "2026-05-02")]
    assert hub.execute(query, ["N1"]).fetchall() == [(True, "AC", "CALLE BALMES", "12", "2026-05-01")]


def test_a_full_register_is_reconciled_with_the_one_before(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "padro_person_id, difference, fields, previous_register_date::varchar, register_date::varchar"
    assert hub.execute(f"select {columns} from work.hub.padro_reconciliation order by 1").fetchall() == [
        ("N1", "told_otherwise", ["surname_1"], "2026-04-01", "2026-05-01"),
        ("N4", "only_in_register", [], "2026-04-01", "2026-05-01"),
        ("N9", "unknown_inscription", [], None, "2026-05-01"),
    ]


def test_an_application_is_the_guardians_contact_and_ties_it_to_the_child(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "person_id, channel, service, status, procedure"
    query = f"select {columns} from work.hub.interactions where source_key = 'I1'"
    assert hub.execute(query).fetchall() == [("P1", "WEB", "ESPORTS", "RESOLT", "CASAL")]
    ties = "select person_id, related_person_id from work.hub.relationships where source = 'activitats_estiu'"
    assert hub.execute(ties + " and source_key = 'I1#tutor'").fetchall() == [("P1", "P3")]


@pytest.mark.parametrize(
    ("source", "field", "kind"),
    [
        ("atencions", "canal", "channel"), ("atencions", "motiu", "service"), ("atencions", "resultat", "status"),
        ("iris", "suport", "channel"), ("iris", "estat", "status"), ("tramits", "canal", "channel"),
        ("tramits", "estat", "status"), ("cita_previa", "estat", "status"), ("tramits_hisenda", "canal", "channel"),
        ("tramits_hisenda", "estat", "status"), ("activitats_estiu", "estat", "status"),
    ],
)  # fmt: skip
def test_every_code_that_a_contract_allows_has_a_word_in_the_shared_vocabulary(
    source: str, field: str, kind: str
) -> None:
    (contract,) = (one for one in load_contracts() if one.source == source)
    allowed = {code for one in contract.fields if one.name == field for code in one.codes}
    seed = ROOT / "dbt_project" / "seeds" / "interaction_codes.csv"
    with seed.open(encoding="utf-8", newline="") as lines:
        known = {row["code"] for row in csv.DictReader(lines) if (row["source"], row["kind"]) == (source, kind)}
    assert allowed and allowed <= known


def test_cases_are_ranked_by_what_a_decision_would_settle(hub: duckdb.DuckDBPyConnection) -> None:
    """A mention in review counts twice, with its interaction; of two that settle alike the better pair is first."""
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
    """What April's variation said of the same day was put right by May's register; N9's home was left on one day."""
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


@pytest.fixture
def published(hub: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The hub as readers find it."""
    tables = hub.execute(
        "select table_name from duckdb_tables() where database_name = 'work' and schema_name = 'hub'"
    ).fetchall()
    views = (f"create view published.hub.{name} as from work.hub.{name};" for (name,) in tables)
    hub.execute("attach ':memory:' as published; create schema published.hub;" + "".join(views))
    yield hub
    hub.execute("detach published")


def test_an_id_of_any_day_or_a_document_means_a_person_or_an_organisation(
    published: duckdb.DuckDBPyConnection,
) -> None:
    of_document = [("00.000.014-z", "P1"), ("DNI 14-Z", "P1"), ("d.n.i. 00000014Z", "P1"), ("CIF b12345674", "OF")]
    for told, meant in [("b-1234567 4", "OF"), ("OF", "OF"), ("PZ", "P1"), ("P3", "P3"), *of_document]:
        assert find_parties(published, told) == [Party(meant)]
    assert find_person(published, "pz") == ["P1"]
    for told, why in [("PNOBODY", "no person or organisation"), ("PRETIRED", "since the night of 2026-05-04")]:
        with pytest.raises(StepFailed, match=why):
            find_parties(published, told)
    with pytest.raises(StepFailed, match="belongs to an organisation"):
        find_person(published, "OF")


def test_the_card_of_an_organisation_says_who_runs_it_what_it_holds_and_asked_for(
    published: duckdb.DuckDBPyConnection,
) -> None:
    told = {table.title.split(",")[0]: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
            for table in card(published, Party("OF"))}  # fmt: skip
    assert told["The organisation"][0]["nif"] == "B12345674"
    assert {row["source"] for row in told["Values from each source"]} == {"contribuents", "iris"}
    ties = [(row["type"], row["direction"], row["other"]) for row in told["Administrators"]]
    assert ties == [("administers", "from", "P1"), ("representative_of", "to", "O9")]
    assert [row["tax"] for row in told["Tax objects"]] == ["IVTM"]
    assert len(told["Complaints"]) == len(told["Pending matters"]) == 2
    (ids,) = history(published, Party("OF"))
    assert ids.title == "Ids"
    assert {key for _, key, _ in golden_mentions(published, Party("OF"), None)} >= {"8", "E2"}


def test_every_section_of_a_persons_card_names_source_and_date(published: duckdb.DuckDBPyConnection) -> None:
    told = {table.title: table for table in card(published, Party("P1"))}
    assert {"Identity and contact, the golden values", "The Padró, as it shows the person today", "Tax objects",
            "Ties", "Consents", "Documents", "Standing"} <= {*told}  # fmt: skip
    dates = {"since", "occurred_at", "decided_at", "valid_from", "subscribed_on", "answered_on", "observed", "opened"}
    for title, table in told.items():
        if title not in ("Documents", "Standing"):
            assert "source" in table.columns and dates & {*table.columns}, title
