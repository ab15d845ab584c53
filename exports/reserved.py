"""Hides in what was published before what is reserved since: publications and the history's changes of other nights.

Every rule here is row by row and leaves what a night hides by itself as it is, so that a history whose changes all went
through it still adds up to what each night has published.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from exports.contract import RESERVED
from exports.files import copy_privately, fresh_directory, sha256_of, sync_directory, write_durably
from exports.history import CHANGES, Attach, StagedChanges
from exports.manifest import MANIFEST
from exports.publish import CURRENT, DATABASE, add_former_name, copy_descriptions, create_views, database_of
from sources.sql import identifier

_PERSON, _MENTION = "person_id in (from reserved_persons)", "mention_id in (from reserved_mentions)"
_ABOUT = f"({_PERSON} or about_person_id in (from reserved_persons))"
_GUARDIAN, _CHILD = (f"{who}_person_id in (from reserved_persons)" for who in ("guardian", "child"))
_ORGANISATION = "organisation_id in (select organisation_id from reserved_organisations)"
_HELD = f"({_PERSON} or {_ORGANISATION})"
_ATTRIBUTE = "attribute in ('address', 'household_id', 'email', 'phone')"
_SPOT = ("place", "x_etrs89", "y_etrs89", "district_code", "barri_code")


@dataclass(frozen=True)
class Rule:
    """What becomes of a table's rows: those that go, and columns that say something else in the rows of a condition."""

    gone: str = "false"
    changed: str = "false"
    columns: Mapping[str, str] | None = None


def _emptied(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "null")


RULES: Mapping[str, Rule] = {
    "persons": Rule(changed=_PERSON, columns=_emptied(*sorted(RESERVED)) | {"is_protected": "true"}),
    "person_attributes": Rule(gone=f"{_PERSON} and {_ATTRIBUTE}"),
    "person_history": Rule(gone=f"{_PERSON} and {_ATTRIBUTE}"),
    "mention_values": Rule(
        changed=_MENTION,
        columns=_emptied("street", "street_number", "postcode", "email", "phone") | {"is_protected": "true"},
    ),
    "organisations": Rule(
        changed=_ORGANISATION,
        columns=_emptied("address", "postcode", "email", "phone"),
    ),
    "organisation_mention_values": Rule(
        changed="mention_id in (select mention_id from reserved_organisations)",
        columns=_emptied("street", "street_number", "postcode", "email", "phone"),
    ),
    "interactions": Rule(changed=_HELD, columns=_emptied("office", "procedure")),
    "licences": Rule(changed=_HELD, columns=_emptied(*_SPOT)),
    # Of a co-holder it tells the same.
    "tax_objects": Rule(
        changed=f"({_HELD} or (tax, reference) in (select (tax, reference) from reserved_references))",
        columns=_emptied("reference", "cadastral_value_eur", "surface_m2"),
    ),
    "subscriptions": Rule(
        changed=_HELD,
        columns=_emptied("zone_code", "bus_line", "district_code", "address")
        | {"topic": "if(coalesce(zone_code, bus_line, district_code) is null, topic, 'RESERVAT')"},
    ),
    "requests": Rule(
        gone=f"{_PERSON} and (segment in ('afectacions', 'xarxa_bus') or (segment = 'butlletins' and topic < 'A'))",
        changed=_PERSON,
        columns=_emptied("address"),
    ),
    "segment_candidates": Rule(gone=f"{_ABOUT} and coalesce(reason_out not in ('protected', 'deceased'), true)"),
    "segment_members": Rule(gone=_ABOUT),
    "campaign_events": Rule(
        changed=_PERSON, columns=_emptied("address", "topic") | {"campaign": "'RESERVADA'"}
    ),
    "draw_applications": Rule(
        changed=f"({_GUARDIAN} or {_CHILD})",
        columns={"published_document": "null"}
        | {name: f"if({_GUARDIAN}, null, {name})" for name in ("email", "phone")},
    ),
    "draw_results": Rule(changed=_GUARDIAN, columns=_emptied("email", "phone")),
    "relationships": Rule(
        gone=f"source = 'padro' and ({_PERSON} or related_person_id in (from reserved_persons))"
    ),
    "households": Rule(gone="household_id in (from reserved_households)"),
    "addresses": Rule(gone="address_id in (from reserved_addresses)"),
    # An audience is called by its topic, which may be a works zone or a bus line.
    "deliveries": Rule(
        changed="recipient_id in (from reserved_persons)",
        columns={"file": "if(starts_with(file, 'audience.'), 'audience.RESERVAT', file)"},
    ),
    "bounced_contacts": Rule(gone="address in (from reserved_contacts)"),
}  # fmt: skip

# Who is meant, by every id that they ever had.
_WHO = """
create or replace temp table reserved_mentions as select mention_id from work.hub.mention_values where is_protected;
create or replace temp table reserved_persons as
select issued_id from work.intermediate.int_current_person_ids semi join (
    select person_id from work.hub.persons where is_protected
) using (person_id);
create or replace temp table reserved_organisations as from work.intermediate.int_protected_organisations;
create or replace temp table reserved_references as from work.intermediate.int_protected_references;
create or replace temp table reserved_contacts as select address from work.intermediate.int_reserved_contacts;
-- Their homes, but not one where somebody is shown to live.
create or replace temp table reserved_households as
select value as household_id from work.intermediate.int_attribute_candidates
semi join reserved_mentions using (mention_id) where attribute = 'household_id'
except select household_id from work.hub.households;
create or replace temp table reserved_addresses as
select address_id from work.intermediate.int_addresses anti join work.hub.addresses using (address_id)
-- Of nights that told neither type nor letter.
union select md5(concat_ws('|', street, coalesce(street_number, ''), coalesce(postcode, ''))) from (
    select street, street_number, postcode from work.intermediate.int_addresses
    except select street, street_number, postcode from work.hub.addresses
);
"""


@dataclass(frozen=True)
class Past:
    """Where earlier and later nights are kept, and how their databases are opened."""

    published: Path
    history: Path
    attach: Attach

    def find(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Write temp tables of who is meant, and return whether the last night that is published shows any of them."""
        connection.execute(_WHO)
        return self._is_anybody_new(connection)

    def stage(
        self,
        connection: duckdb.DuckDBPyConnection,
        night: str,
        changes: tuple[StagedChanges, ...],
        found: bool | None = None,
    ) -> tuple[tuple[StagedChanges, ...], tuple[StagedChanges, ...]]:
        """Stage other nights' publications, and changes, without what `work.hub` hides and they still show.

        `changes` are what `night` has staged of the history; what is returned of it holds them, too. `found` is what
        `find` has returned, where it was asked before.
        """
        if not (self.find(connection) if found is None else found):
            return (), changes
        own = {one.final.name: one for one in changes}
        days = sorted({*own, *(path.name for path in self.history.glob("????-??-??"))})
        kept = {path.name for path in self.published.glob("????-??-??")} - {night}
        published = {day: self._hidden_publication(connection, self.published / day) for day in sorted(kept)}
        of_history = (
            self._hidden_changes(connection, self.history / day, own.get(day), published.get(day)) for day in days
        )
        return tuple(one for one in published.values() if one), tuple(one for one in of_history if one)

    def _is_anybody_new(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether the last publication shows somebody: every night that protects hides them in all others, too."""
        current = database_of(self.published / CURRENT)
        if not current.exists():
            return any(self.history.glob("????-??-??"))
        self.attach(connection, current, "shown", read_only=True)
        try:
            return _shows(connection)
        finally:
            connection.execute("detach shown")

    def _hidden_changes(
        self,
        connection: duckdb.DuckDBPyConnection,
        final: Path,
        staged: StagedChanges | None,
        publication: StagedChanges | None,
    ) -> StagedChanges | None:
        """A night's changes without what is reserved, staged; what was staged already, where it shows nothing.

        `publication` is that night's publication without it, where that is kept and showed something.
        """
        source = staged.staged if staged else final
        if publication and _sha256_in(source) == _sha256_in(publication.final):
            directory: Path | None = _copy_of(publication, final)
        else:
            directory = self._hidden(connection, source / CHANGES, final, CHANGES)
        if directory is None:
            return staged
        token = _seal(source, directory, CHANGES)
        if staged:
            shutil.rmtree(staged.staged)
        return StagedChanges(directory, final, token)

    def _hidden_publication(self, connection: duckdb.DuckDBPyConnection, final: Path) -> StagedChanges | None:
        """A night's publication without what is reserved, staged; None where it shows nothing."""
        directory = self._hidden(connection, database_of(final), final, DATABASE)
        if directory is None:
            return None
        add_former_name(directory)
        return StagedChanges(directory, final, _seal(final, directory, DATABASE))

    def _hidden(self, connection: duckdb.DuckDBPyConnection, source: Path, final: Path, name: str) -> Path | None:
        """A new directory with the database `name`: `source` without what is reserved; None where it shows nothing."""
        self.attach(connection, source, "shown", read_only=True)
        try:
            if not _shows(connection):
                return None
            directory = _staging(final)
            self.attach(connection, directory / name, "hidden")
            try:
                _copy(connection)
                if name == DATABASE:
                    create_views(connection, "hidden")
                connection.execute("checkpoint hidden")
            finally:
                connection.execute("detach hidden")
        finally:
            connection.execute("detach shown")
        (directory / name).chmod(0o600)
        return directory


def protections_of_nobody(connection: duckdb.DuckDBPyConnection) -> int:
    """How many protections name an inscription or document that nobody known has: whom they are for is not hidden."""
    row = connection.execute("select count(*) from work.intermediate.int_protections where mention_id is null")
    (count,) = row.fetchall()[0]
    return int(count)


def _tables(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    rows = connection.execute("select table_name from duckdb_tables() where database_name = 'shown' order by 1")
    return (str(row[0]) for row in rows.fetchall())


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(f"describe shown.hub.{identifier(table)}").fetchall()]


def _shows(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a night tells anything that a rule would hide."""
    for table in _tables(connection):
        rule = RULES.get(table)
        if rule is None:
            continue
        columns = _columns(connection, table)
        other = " or ".join(
            f"{name} is distinct from ({value})" for name, value in (rule.columns or {}).items() if name in columns
        )
        told = f"({rule.gone}) or (({rule.changed}) and ({other or 'false'}))"
        if connection.execute(f"select 1 from shown.hub.{identifier(table)} where {told} limit 1").fetchone():
            return True
    return False


def _copy(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema hidden.hub")
    for table in _tables(connection):
        rule, columns = RULES.get(table, Rule()), _columns(connection, table)
        changed = ", ".join(
            f"if({rule.changed}, {value}, {name}) as {identifier(name)}"
            for name, value in (rule.columns or {}).items()
            if name in columns
        )
        replaced = f" replace ({changed})" if changed else ""
        connection.execute(
            f"create table hidden.hub.{identifier(table)} as select *{replaced} from shown.hub.{identifier(table)}"
            f" where coalesce(not ({rule.gone}), true)"
        )
        copy_descriptions(connection, table, "shown", "hidden")


def _staging(final: Path) -> Path:
    return fresh_directory(final.with_name(f".staging-hidden-{final.name}"))


def _copy_of(publication: StagedChanges, final: Path) -> Path:
    """A new directory with a publication's database as a night's changes."""
    directory = _staging(final)
    copy_privately(publication.staged / DATABASE, directory / CHANGES)
    return directory


def _sha256_in(directory: Path) -> str:
    """The sha256 of a night's database, by the manifest beside it: a first night's changes are a copy of the hub."""
    content = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    return str(content.get("sha256") or content["database"]["sha256"])


def _seal(source: Path, directory: Path, name: str) -> str:
    """Write the manifest of `source` for its new database; return the manifest's sha256."""
    before = (source / MANIFEST).read_text(encoding="utf-8")
    token = write_durably(directory / MANIFEST, _manifest(before, directory / name))
    sync_directory(directory)
    return token


def _manifest(before: str, database: Path) -> str:
    """The manifest as it was, of the new bytes."""
    content = json.loads(before)
    if "sha256" in content:
        return json.dumps(content | {"sha256": sha256_of(database)}) + "\n"
    told = {"name": database.name, "bytes": database.stat().st_size, "sha256": sha256_of(database)}
    return json.dumps(content | {"database": told}, indent=2, sort_keys=True) + "\n"
