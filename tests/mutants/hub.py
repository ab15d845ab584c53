"""The prepared hub on its second night, and what a mutant of its SQL changes in what was said and who may be told."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from exports.contracts.contract import load_contract
from exports.gate import audience_rows
from exports.gate.consent_state import consent_state_sql
from exports.gate.leaving import show_leaving
from exports.gate.rows import admitted_sql
from tests.exports.attacks.nights import raw_rows
from tests.exports.attacks.prepared import RELATIONS, SECOND, build, create_raw
from tests.mutants.funnel_rows import REACHED, judged
from tests.mutants.more_rows import more_rows
from tests.mutants.word_rows import word_rows

CAMPAIGNS = load_contract("campaigns")
# A join that lost its condition need not be waited for.
_LONGEST_SECONDS = 20
CONSENT_MODELS = (
    "stg_atencions__quarantined", "stg_consentiments__quarantined", "stg_campanyes__quarantined", "int_consent_events",
    "int_possible_withdrawals", "consent_events", "int_consent_state", "consents",
)  # fmt: skip
AUDIENCE_MODELS = ("subscriptions", "requests", "int_segment_recipients", "segment_candidates", "segment_members")
# What a gate must bear though no model leaves it: nobody knows a state, a day, a birth or a death; a no at the moment
# of a request; a request of somebody else's address, one that ended, and one of an organisation that is none.
_UNCLEAR = """
create or replace temp table unclear as
select 'P' || number as person_id, *
from (values
    (900, '1980-01-01', 1980, false, false, 1.0), (910, null, 2011, false, false, 1.0),
    (911, null, 2012, false, false, 1.0), (912, null, null, false, false, 1.0),
    (913, '2012-05-05', 2012, false, false, 1.0), (914, '2012-05-06', 2012, false, false, 1.0),
    (915, '1980-01-01', 1980, null, false, 1.0), (916, '1980-01-01', 1980, false, null, 1.0),
    (917, '1980-01-01', 1980, false, false, null), (918, '1980-01-01', 1980, false, false, 0.989),
    (919, '1980-01-01', 1980, false, false, 0.949), (920, '1980-01-01', 1980, true, false, 1.0),
    (921, '1980-01-01', 1980, false, true, 1.0)
) as t(number, birth_date, birth_year, is_deceased, is_protected, confidence);
insert into unclear
select 'P' || number, number, '1980-01-01', 1980, false, false, 1.0 from range(901, 910) as t(number);
insert into work.hub.persons by name
select persons.* replace (unclear.person_id as person_id, unclear.birth_date::date as birth_date,
    unclear.birth_year as birth_year, unclear.is_deceased as is_deceased, unclear.is_protected as is_protected,
    unclear.confidence as confidence)
from work.hub.persons cross join unclear where persons.person_id = 'N000';
insert into work.hub.consents (person_id, purpose, service, state, decided_at)
select 'P' || number, purpose, service, state, decided_at::timestamp
from (
    from (values
        (900, 'given', '2026-01-01'), (900, null, '2026-01-01'), (901, 'given', '2026-01-01'), (901, 'given', null),
        (902, 'given', '2026-01-01'), (902, 'given', '2026-05-06'), (903, 'given', '2026-05-06'), (904, null, null),
        (905, 'refused', null), (906, 'refused', '2026-04-02'), (907, 'refused', '2026-04-03'),
        (908, 'given', '2026-01-01'), (908, 'withdrawn', '2026-04-03')
    ) as t(number, state, decided_at)
    union all select number, 'given', '2026-01-01' from unclear where number >= 910
), (values ('integration', null), ('communications', null), ('surveys', null)) as words(purpose, service);
-- 909 said nothing of all, and of one service yes, of another no.
insert into work.hub.consents (person_id, purpose, service, state, decided_at) values
    ('P909', 'communications', 'OBRES', 'given', '2026-01-01'), ('P909', 'integration', 'OBRES', 'given', '2026-01-01'),
    ('P909', 'communications', 'BUTLLETI', 'refused', '2026-04-03'),
    ('P900', 'communications', 'OBRES', 'given', '2026-01-01'),
    ('P905', 'communications', 'BUTLLETI', 'refused', '2026-01-01'),
    ('P907', 'communications', 'BUTLLETI', 'given', '2026-04-04'),
    ('P919', 'surveys', 'OBRES', 'refused', '2026-01-01');
insert into work.hub.requests by name
select requests.* replace (unclear.person_id as person_id, request_id || number as request_id)
from work.hub.requests cross join unclear where requests.person_id = 'N000';
insert into work.hub.requests by name
select requests.* replace (null as person_id, told.organisation_id as organisation_id,
    request_id || told.organisation_id as request_id, told.is_active as is_active)
from work.hub.requests, (values ('O1', true), ('O2', true), ('O3', false), ('O4', true), ('O5', true))
    as told(organisation_id, is_active)
where person_id = 'N000';
insert into work.hub.organisations (organisation_id) values ('O1'), ('O3'), ('O4'), ('O5');
insert into work.intermediate.int_segment_candidates by name
select candidates.* replace (candidate_id || number as candidate_id, unclear.person_id as person_id,
    request_id || number as request_id)
from work.intermediate.int_segment_candidates as candidates cross join unclear
where candidates.person_id = 'N000';
insert into work.intermediate.int_segment_candidates by name
select candidates.* replace (candidate_id || told.organisation_id as candidate_id, null as person_id,
    told.organisation_id as organisation_id, request_id || told.organisation_id as request_id)
from work.intermediate.int_segment_candidates as candidates,
    (values ('O1'), ('O2'), ('O3'), ('O4'), ('O5')) as told(organisation_id)
where candidates.person_id = 'N000' and candidates.segment in ('butlletins', 'avisos');
-- Of a child that lives (N000) and one that does not (P920): other people, topics and segments go on.
insert into work.intermediate.int_segment_candidates by name
select md5(concat_ws('|', segment, topic, person_id)) as candidate_id, *, 'public_task' as basis, 'why' as reason
from (values ('familia', 'NADO', 'P913', 'P920'), ('familia', 'ALTRE', 'P913', 'N000'),
    ('avisos', 'NADO', 'P913', 'N000'), ('familia', 'NADO', 'P910', 'N000'), ('familia', 'NADO', 'P900', 'N000')
) as t(segment, topic, person_id, about_person_id);
-- P914 unsubscribed and said yes again, P910 did not; of P930 what is said since is a no, or about something else.
-- Nobody has the last address. What is asked for at an address that is closed is sent there.
insert into work.hub.person_attributes (person_id, attribute, value) values
    ('P914', 'email', 'open@example.org'), ('P910', 'email', 'closed@example.org'),
    ('P930', 'email', 'shut@example.org');
insert into work.hub.consents (person_id, purpose, service, state, decided_at) values
    ('P930', 'communications', null, 'given', '2025-06-01'), ('P930', 'surveys', null, 'refused', '2026-01-01'),
    ('P930', 'integration', null, 'given', '2026-01-01');
insert into work.hub.campaign_events by name
select 'unsubscribed' as event,
    unnest(['open@example.org', 'closed@example.org', 'shut@example.org', 'left@example.org', null]) as address,
    timestamp '2025-12-01' as occurred_at
union all select 'opened', 'x@example.org', '2026-05-01'
union all select 'unsubscribed', 'closed@example.org', '2026-05-01';
update work.hub.requests set address = 'closed@example.org' where person_id = 'P900';
-- For O1 somebody protected answers; for O3, of which a request ended, and O4 not; for O5 nobody of the hub.
insert into work.hub.relationships values
    ('P921', 'O1'), ('N000', 'O3'), ('N000', 'O4'), ('P999', 'O5'), ('P921', null);
update work.hub.segments set bases = list_append(bases, 'altra') where segment in ('avisos', 'butlletins');
-- Of a purpose that sends no messages.
insert into work.hub.segments by name
select segments.* replace ('atendre' as segment, 'attend' as purpose) from work.hub.segments where segment = 'avisos';
insert into work.intermediate.int_segment_candidates by name
select candidates.* replace (candidate_id || 'attend' as candidate_id, 'atendre' as segment)
from work.intermediate.int_segment_candidates as candidates where segment = 'avisos' and person_id = 'N000';
"""
# Every candidate as if the funnel had let all of them through, on each basis, to its address and to another; on what
# was asked for by any request, by their own and by one that is gone.
_ROWS = """
create or replace temp table rows_to_leave as
select row_number() over (
    order by segment, topic, recipient_id, basis, address, request_id, addressee, channel
) as place, *
from (
    select candidates.segment, candidates.topic, coalesce(candidates.organisation_id, candidates.person_id)
        as recipient_id, told.basis, told.address, told.request_id, written.addressee, written.channel
    from work.intermediate.int_segment_candidates as candidates
    left join work.hub.requests as requests using (request_id)
    cross join (
        select basis, request_id, address
        from (values ('request', null), ('request', '{own}'), ('request', 'gone'), ('consent', null),
             ('public_task', null), ('altra', null)) as bases(basis, request_id),
             (values (null), ('{address}'), ('x@example.org'), ('open@example.org'), ('closed@example.org'),
                 ('shut@example.org'), ('left@example.org')) as addresses(address)
    ) as asked
    cross join (values ('person', 'email'), ('family', 'letter'), ('family', 'email')) as written(addressee, channel)
    -- What rests on no request has an address and a request of its own, too.
    cross join lateral (select asked.basis,
        replace(asked.address, '{address}', coalesce(requests.address, 'own@example.org')) as address,
        replace(asked.request_id, '{own}', coalesce(requests.request_id, 'own')) as request_id) as told
);
create or replace table work.hub.segment_members as
select segment, topic, person_id, organisation_id, about_person_id
from work.intermediate.int_segment_candidates;
"""


@dataclass(frozen=True)
class Subject:
    """SQL that mutants are made of: its name, its statement, what runs after it, and the rows that it then changes."""

    name: str
    statement: str
    after: tuple[str, ...]
    observed: str


@contextmanager
def second_night() -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Subject]]]:
    """The hub of the second night with every subject; nothing that a mutant does stays."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("set threads = 1; attach ':memory:' as work")
        create_raw(connection, SECOND)
        connection.execute("; ".join([*raw_rows(is_second=True), *more_rows(), *word_rows()]))
        statements = dict(build(connection))
        show_leaving(connection)
        connection.execute(f"{REACHED}; {judged()}")
        models = [
            Subject(name, statements[name], (), f"from {RELATIONS[name]}")
            for name in (*CONSENT_MODELS, *AUDIENCE_MODELS)
        ]
        yield connection, [*models, *_gates()]


def _gates() -> Iterator[Subject]:
    for target in ("attention", "campaigns"):
        query = admitted_sql(load_contract(target), SECOND)
        yield Subject(f"gate of {target}", f"create or replace temp table found as {query}", (), "from temp.found")
    rules = CAMPAIGNS.audiences
    assert rules is not None
    columns = "place, segment, topic, recipient_id, addressee, basis, channel, address, request_id"
    source = audience_rows.with_admitted(f"from (select {columns} from temp.rows_to_leave)", rules, SECOND)
    found = f"create or replace temp table found as {source} select place from admitted"
    state, *questions = audience_rows.questions(SECOND)
    state = state.replace("leaving_consent_state", f"({consent_state_sql('leaving_consents')})")
    yield Subject("gate of audiences: consent state", state, (found,), "from temp.found")
    names = ("told of nobody", "protected organisations", "closed addresses", "bounced since")
    for name, question in zip(names, questions, strict=True):
        yield Subject(f"gate of audiences: {name}", question, (found,), "from temp.found")
    yield Subject("gate of audiences", found, (), "from temp.found")


def observe(connection: duckdb.DuckDBPyConnection, subject: Subject, statement: str) -> object:
    """What is seen once a statement stands in a subject's place; an error is seen, too, and that there is no end."""
    limit = threading.Timer(_LONGEST_SECONDS, connection.interrupt)
    limit.start()
    connection.execute("begin")
    try:
        if subject.name.startswith("gate of"):
            connection.execute(_UNCLEAR)
        if subject.name.startswith("gate of audiences"):
            for given in (_ROWS, *audience_rows.questions(SECOND)):
                connection.execute(given)
        for one in (statement, *subject.after):
            connection.execute(one)
        return connection.execute(
            f"select count(*), bit_xor(hash(told)), sum(hash(told)) from ({subject.observed}) as told"
        ).fetchone()
    except duckdb.Error as error:
        return type(error).__name__
    finally:
        limit.cancel()
        connection.execute("rollback")


def survivors(
    connection: duckdb.DuckDBPyConnection, subject: Subject, statements: Mapping[str, str], original: str
) -> Iterator[str]:
    """The names of the mutants that nothing on the hub tells from the original."""
    expected = observe(connection, subject, original)
    if isinstance(expected, str) or expected != observe(connection, subject, subject.statement):
        raise AssertionError(f"{subject.name} gives {expected} once it is read and written again")
    for name, statement in statements.items():
        if observe(connection, subject, statement) == expected:
            yield name
