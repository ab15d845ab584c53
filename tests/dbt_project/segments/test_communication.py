"""What people consented to and asked for, and what became of messages: decisions, services, guardians, resolved ids."""

import duckdb

Rows = list[tuple[object, ...]]


def rows(hub: duckdb.DuckDBPyConnection, query: str) -> Rows:
    return hub.execute(query).fetchall()


def test_what_is_withdrawn_as_a_whole_is_withdrawn_for_each_service(hub: duckdb.DuckDBPyConnection) -> None:
    """A consent to everything does not reopen a service that was refused."""
    query = "select purpose, service, state from work.hub.consents where person_id = 'PC1' order by all"
    assert rows(hub, query) == [
        ("communications", "BUS", "withdrawn"),
        ("communications", None, "withdrawn"),
        ("integration", "OBRES", "withdrawn"),
        ("integration", None, "given"),
        ("surveys", None, "given"),
    ]


def test_a_guardians_consent_counts_until_the_child_may_speak_for_itself(hub: duckdb.DuckDBPyConnection) -> None:
    query = "select person_id, purpose, state, is_by_guardian from work.hub.consents where person_id in ('PCK', 'PCT')"
    assert rows(hub, query + " order by all") == [
        ("PCK", "integration", "given", True),
        ("PCT", "communications", "withdrawn", False),
    ]


def test_subscriptions_are_in_force_up_to_their_last_day(hub: duckdb.DuckDBPyConnection) -> None:
    query = (
        "select source_key, person_id, service, topic, district_code, is_active from work.hub.subscriptions order by 1"
    )
    assert rows(hub, query) == [
        ("SUB1", "PSUB1", "BUTLLETI", "05", "05", True),
        ("SUB2", "PSUB2", "BUTLLETI", "CULTURA", None, False),
        ("SUB3", "PSUB3", "PREINSCRIPCIO", "BATXILLERAT", None, True),
        ("SUB4", "PSUB4", "BUTLLETI", "ESPORTS", None, False),  # unsubscribed from a message to its address
    ]
    names = "select given_name, surname_1, surname_2 from work.hub.persons where person_id = 'PSUB1'"
    assert rows(hub, names) == [("Sergi", "de la Torre", "Vila")]


def test_what_is_left_for_a_subscription_is_nobodys_contact_data(hub: duckdb.DuckDBPyConnection) -> None:
    assert rows(hub, "select email from work.hub.persons where person_id = 'PSUB1'") == [(None,)]


def test_a_message_is_of_whom_its_id_or_its_address_means_today(hub: duckdb.DuckDBPyConnection) -> None:
    query = "select source_key, person_id, linked_by, event from work.hub.campaign_events"
    assert rows(hub, f"{query} where length(source_key) = 2 and source_key < 'E7' order by 1") == [
        ("E1", "P1", "delivery", "sent"),  # its id was merged into another
        ("E2", "P1", "contact", "opened"),  # alone holds the address
        ("E3", None, None, "bounced_hard"),
        ("E4", "PCT", "delivery", "unsubscribed"),
        ("E5", None, None, "sent"),  # an id that means nobody any more is not guessed at
        ("E6", "PSUB4", "contact", "unsubscribed"),
    ]


def test_a_result_is_of_whom_the_message_was_sent_to_or_who_asked_for_it(hub: duckdb.DuckDBPyConnection) -> None:
    """The message in an audience of Fil decides, then the request, then the only holder of the address."""
    query = """
        select source_key, person_id, organisation_id, linked_by from work.hub.campaign_events
        where source_key in ('E7', 'E8', 'E9', 'E10', 'E11', 'E12') order by length(source_key), 1
    """
    assert rows(hub, query) == [
        ("E7", "P1", None, "delivery"),  # delivered to an id that was merged since
        ("E8", None, None, None),  # the tool returns another person's id
        ("E9", None, "OF", "delivery"),
        ("E10", "PSUB1", None, "request"),  # three people have the address, one subscribed to this newsletter
        ("E11", None, None, None),  # three people have the address
        ("E12", None, None, None),  # the only record with the address is nobody's until a steward decides
    ]


def test_whoever_unsubscribes_wants_no_more_messages(hub: duckdb.DuckDBPyConnection) -> None:
    query = "select person_id, purpose, state, reference from work.hub.consent_events where source = 'campanyes'"
    assert rows(hub, query + " order by all") == [
        ("PCT", "communications", "withdrawn", "ME4"),
        ("PCZ", "communications", "withdrawn", None),
        ("PSUB4", "communications", "withdrawn", "ME6"),  # whoever ever told the address
    ]


def test_a_withdrawal_that_tells_too_little_counts_for_whomever_it_could_mean(hub: duckdb.DuckDBPyConnection) -> None:
    """An e-mail alone; one with an invisible letter and an impossible time; a quarantined unsubscription."""
    query = "select person_id, state from work.hub.consents where person_id in ('PCX', 'PCU', 'PCZ') order by all"
    assert rows(hub, query) == [("PCU", "withdrawn"), ("PCX", "withdrawn"), ("PCZ", "withdrawn")]


def test_an_answer_is_of_who_was_attended(hub: duckdb.DuckDBPyConnection) -> None:
    query = "select source_key, person_id, service, channel, satisfaction from work.hub.survey_answers order by 1"
    assert rows(hub, query) == [("R1", "P1", "PADRO", "010", 9), ("R2", None, "PADRO", "WEB", 9)]


def test_zones_and_stops_carry_lists(hub: duckdb.DuckDBPyConnection) -> None:
    assert rows(hub, "select transports, radius_m, barri_codes from work.hub.works_zones") == [
        (["BUS", "COTXE"], 200, ["07", "08"])
    ]
    assert rows(hub, "select kind, bus_lines from work.hub.bus_network") == [("stop", ["H4", "V11"])]


def test_notices_say_what_about_to_whom_and_in_which_channels(hub: duckdb.DuckDBPyConnection) -> None:
    query = (
        "select segment, subject, district_code, is_for_subscribers, is_for_neighbours, channels, is_withdrawn "
        "from work.hub.notices order by notice_code"
    )
    assert rows(hub, query) == [
        ("xarxa_bus", "H4", None, False, True, None, True),
        ("butlletins", "CULTURA", None, True, False, None, False),
        ("butlletins", "05", None, True, False, None, False),
        ("afectacions", "Z1", None, True, True, ["email", "letter"], False),
        ("participacio", "URBANISME", None, True, False, None, False),
        ("participacio", "URBANISME", "02", True, False, None, False),
    ]


def test_a_withdrawal_under_an_unknown_passport_is_of_no_other_holder(
    hub: duckdb.DuckDBPyConnection, compiled: dict[str, str]
) -> None:
    """A passport has no DNI digits, and two documents without DNI digits have nothing in common."""
    hub.execute("begin")
    try:
        hub.execute("""
            update work.intermediate.int_person_mentions
            set document = 'PA' || hash(mention_id) % 1000000, document_type = 'PASSPORT', is_document_valid = false;
            update work.intermediate.int_person_mentions set document_raw = document;
            insert into work.raw.atencions__atencions_quarantined by name
            select 'B9' as id, 'B9' as _source_key, 99 as _line_number, date '2026-05-04' as _extract_date,
                'unknown_code:idioma' as _reason, '2026-05-04T12:00:00' as data_hora, '010' as canal,
                document, 'N' as consentiment_integracio, 'N' as consentiment_comunicacions
            from (values ('XK7654321'), (''), ('  ')) as t(document)
        """)
        found = hub.execute(
            f"select distinct person_id from ({compiled['int_possible_withdrawals']}) where evidence like '%line 99'"
        ).fetchall()
    finally:
        hub.execute("rollback")
    assert found == [(None,)]
