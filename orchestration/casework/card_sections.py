"""Sections of cards: what persons and organisations alike have dealt with the council, and all of an organisation's.

What is a person's alone, and how sections become tables, is in `card.py`.
"""

LATEST = 20

# Title, columns as they are headed, and the query; `$id` is the party, `{party}` the column that names it.
DEALINGS: tuple[tuple[str, str], ...] = (
    (
        "Pending matters",
        "select occurred_at::date as since, channel, service, subject, procedure, status, source, source_key"
        " from {hub}.interactions where {party} = $id and status in ('PENDENT', 'DERIVAT')"
        " order by occurred_at desc, interaction_id",
    ),
    (
        f"Complaints, incidents and suggestions, the latest {LATEST}",
        "select occurred_at::date as opened, channel, service, subject, status, closed_on, answer_days, source,"
        " source_key from {hub}.interactions where {party} = $id and source = 'iris'"
        f" order by occurred_at desc, interaction_id limit {LATEST}",
    ),
    (
        f"Contacts and procedures in every channel, the latest {LATEST}",
        "select occurred_at, channel, service, subject, procedure, status, office, source, source_key"
        " from {hub}.interactions where {party} = $id"
        f" order by occurred_at desc, interaction_id limit {LATEST}",
    ),
    (
        "Tax objects",
        "select tax, reference, holding_right as holding, share_percent as share, property_use, vehicle_class,"
        " registered_on as since, value_year::varchar as value_year, 'objectes_tributaris' as source"
        " from {hub}.tax_objects where {party} = $id order by all",
    ),
    (
        "Licences",
        "select licence_number, licence_kind, place, valid_from, valid_to, 'llicencies_via_publica' as source"
        " from {hub}.licences where {party} = $id order by all",
    ),
    (
        "Subscriptions",
        "select service, topic, channel, address, subscribed_on, ended_on, unsubscribed_on, is_active,"
        " 'subscripcions' as source, source_key from {hub}.subscriptions where {party} = $id order by all",
    ),
)

ORGANISATION_CARD: tuple[tuple[str, str], ...] = (
    (
        "The organisation",
        "select legal_name, nif, is_nif_valid, legal_form, type, address, postcode, email, phone,"
        " first_seen_date as first_seen, last_seen_date as last_seen, source_count as sources, confidence"
        " from {hub}.organisations where organisation_id = $id",
    ),
    (
        "What each source says of it, the latest first",
        "select mentions.observed_at::date as since, source, source_key, legal_name, legal_form, nif, is_nif_valid,"
        " nullif(concat_ws(', ', nullif(concat_ws(' ', street, street_number), ''), postcode), '') as address,"
        " email, phone from {hub}.mentions as mentions inner join {hub}.organisation_mention_values using (mention_id)"
        " where organisation_id = $id order by mentions.observed_at desc, source, source_key",
    ),
    (
        "Numbers",
        "select type, number, is_valid, is_current, valid_from, valid_to from {hub}.identifiers"
        " where organisation_id = $id order by is_current desc, number",
    ),
    (
        "Administrators, representatives and whom it represents",
        "select type, if(organisation_id = $id, 'to', 'from') as direction,"
        " if(organisation_id = $id, coalesce(related_person_id, related_organisation_id),"
        " coalesce(person_id, organisation_id)) as other, source, valid_from, valid_to from {hub}.relationships"
        " where $id in (organisation_id, related_organisation_id) order by all",
    ),
    *DEALINGS,
)
ORGANISATION_HISTORY: tuple[tuple[str, str], ...] = (
    (
        "Ids",
        "select business_date, event, array_to_string(ids_before, ' ') as before,"
        " array_to_string(ids_after, ' ') as after, cause from {hub}.organisation_events"
        " where list_contains(ids_before, $id) or list_contains(ids_after, $id)"
        " order by business_date, event, before, after",
    ),
)
