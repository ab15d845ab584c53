"""The prepared hub on its second night, and what a mutant of its SQL changes in what was said and who may be told."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from exports import audience_gate
from exports.contract import load_contract
from exports.gate import admitted_sql
from tests.exports.attacks.nights import raw_rows
from tests.exports.attacks.prepared import RELATIONS, SECOND, build, create_raw

CAMPAIGNS = load_contract("campaigns")
CONSENT_MODELS = (
    "stg_atencions__quarantined", "stg_consentiments__quarantined", "stg_campanyes__quarantined", "int_consent_events",
    "int_possible_withdrawals", "consent_events", "consents",
)  # fmt: skip
AUDIENCE_MODELS = ("subscriptions", "requests", "int_segment_recipients", "segment_candidates", "segment_members")
_MADE = re.compile(r"create or replace (?:temp )?(?:table|view) (\S+)")
# What a mutant must change to be found: a column that is told for its own sake alone is none.
_OBSERVED = """
select 'event' as what, [person_id, purpose, service, state, source, decided_at::varchar] as told
from work.hub.consent_events
union all select 'consent', [person_id, purpose, service, state, source, decided_at::varchar, is_by_guardian::varchar]
from work.hub.consents
union all select 'request',
    [request_id, segment, topic, person_id, address, asked_at::varchar, is_active::varchar, unsubscribed_on::varchar]
from work.hub.requests
union all select 'candidate',
    [candidate_id, person_id, step, reason_out, channel, address, language, recipient_name]
from work.hub.segment_candidates
union all select 'member', [segment, topic, person_id, address] from work.hub.segment_members
"""
# Every candidate as if the funnel had let all of them through, on each basis, to its address and to another.
_ROWS = """
create or replace temp table rows_to_leave as
select row_number() over (order by all) as place, *
from (
    select candidates.segment, candidates.topic, candidates.person_id as recipient_id, told.basis, told.address
    from work.intermediate.int_segment_candidates as candidates
    left join work.hub.requests as requests using (request_id)
    cross join (
        select basis, address from (values ('request'), ('consent'), ('public_task')) as bases(basis),
            (values (null), ('{address}'), ('x@example.org')) as addresses(address)
    ) as asked
    cross join lateral (select asked.basis, replace(asked.address, '{address}', requests.address) as address) as told
);
create or replace table work.hub.segment_members as
select segment, topic, person_id, null::varchar as organisation_id, about_person_id
from work.intermediate.int_segment_candidates;
"""


@dataclass(frozen=True)
class Subject:
    """SQL that mutants are made of: its name, its statement, and what runs after it to see what it changed."""

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
        connection.execute("; ".join(raw_rows(is_second=True)))
        steps = build(connection)
        yield connection, [*_models(steps), *_gates()]


def _models(steps: list[tuple[str, str]]) -> Iterator[Subject]:
    for name in (*CONSENT_MODELS, *AUDIENCE_MODELS):
        place = next(at for at, (step, _) in enumerate(steps) if step == name)
        changed, after = {RELATIONS[name]}, []
        for _, statement in steps[place + 1 :]:
            if any(re.search(rf"{re.escape(one)}\b", statement) for one in changed):
                after.append(statement)
                changed |= set(_MADE.findall(statement))
        yield Subject(name, steps[place][1], tuple(after), _OBSERVED)


def _gates() -> Iterator[Subject]:
    for target in ("attention", "campaigns"):
        query = admitted_sql(load_contract(target), SECOND)
        yield Subject(f"gate of {target}", f"create or replace temp table found as {query}", (), "from temp.found")
    rules = CAMPAIGNS.audiences
    assert rules is not None
    said = audience_gate._SAID.format(day=f"date '{SECOND}'")
    columns = ", ".join(("place", "segment", "topic", "recipient_id", "basis", "address"))
    source = audience_gate.with_admitted(f"from (select {columns} from temp.rows_to_leave)", rules, SECOND)
    found = f"create or replace temp table found as {source} select place from admitted"
    nobody = audience_gate._TOLD_OF_NOBODY
    yield Subject("gate of audiences: what was said", said, (_ROWS, nobody, found), "from temp.found")
    yield Subject("gate of audiences: told of nobody", nobody, (said, found), "from temp.found")
    yield Subject("gate of audiences", found, (), "from temp.found")


def observe(connection: duckdb.DuckDBPyConnection, subject: Subject, statement: str) -> object:
    """What is seen once a statement stands in a subject's place; an error is seen, too."""
    connection.execute("begin")
    try:
        if subject.name.startswith("gate of audiences"):
            for given in (_ROWS, audience_gate._SAID.format(day=f"date '{SECOND}'"), audience_gate._TOLD_OF_NOBODY):
                connection.execute(given)
        connection.execute(statement)
        for one in subject.after:
            connection.execute(one)
        return connection.execute(
            f"select count(*), bit_xor(hash(told)), sum(hash(told)) from ({subject.observed}) as told"
        ).fetchone()
    except duckdb.Error as error:
        return type(error).__name__
    finally:
        connection.execute("rollback")


def survivors(
    connection: duckdb.DuckDBPyConnection, subject: Subject, statements: Mapping[str, str], original: str
) -> Iterator[str]:
    """The names of the mutants that nothing on the hub tells from the original."""
    expected = observe(connection, subject, original)
    if isinstance(expected, str) or expected != observe(connection, subject, subject.statement):
        raise AssertionError(f"{subject.name} gives something else once it is read and written again")
    for name, statement in statements.items():
        if observe(connection, subject, statement) == expected:
            yield name
