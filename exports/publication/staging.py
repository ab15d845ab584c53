"""Stages a night's publication: the hub's marts copied into a database of their own, with a manifest beside it.

Making it current, together with the night's deliveries, is the one commit of `seal.py`.
"""

import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from exports.errors import PublicationError
from exports.staged import MANIFEST, StagedDirectory
from sources.base.files import fresh_directory, private_directory, sha256_of, sync_directory, write_durably
from sources.base.sql import identifier, literal
from sources.loading.hearing import Span, spans_of
from sources.loading.raw_tables import EXTRACTS

DATABASE = "fil.duckdb"
# Its name in earlier versions. For one version it stays a second name of the same file.
FORMER_DATABASE = "hub.duckdb"
CURRENT = "current"


@dataclass(frozen=True)
class StagedPublication(StagedDirectory):
    """A publication that is written and that nobody sees yet."""

    business_date: date
    run_id: str

    @property
    def database(self) -> Path:
        """Its database, as long as it is staged."""
        return self.staged / DATABASE


def database_of(publication: Path) -> Path:
    """The database of a publication, under its former name where an earlier version published it."""
    path, former = publication / DATABASE, publication / FORMER_DATABASE
    return former if former.exists() and not path.exists() else path


def is_without_hub(publication: Path) -> bool:
    """Whether a later night has taken a publication's database away, and left its manifest."""
    try:
        return bool(json.loads((publication / MANIFEST).read_text(encoding="utf-8"))["database"] is None)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def add_former_name(directory: Path) -> None:
    """Give a new publication's database its former name, too."""
    (directory / FORMER_DATABASE).hardlink_to(directory / DATABASE)


def business_date_of(name: str) -> date | None:
    """The date that a directory of a night is named after; None of any other."""
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def journal_path(published_dir: Path, business_date: date) -> Path:
    """Where the commit of a business date is announced before it is carried out."""
    return published_dir / f".commit-{business_date}.json"


def announced_commits(published_dir: Path) -> list[Path]:
    """The journals of commits that are announced and not carried out to their end, oldest first."""
    return sorted(published_dir.glob(".commit-*.json"))


def copy_descriptions(
    connection: duckdb.DuckDBPyConnection, name: str, source: str, target: str, columns: Collection[str] | None = None
) -> None:
    """Give a table of a database's schema `hub`, and its columns (or some), the comments of another database's."""
    # In one transaction: each comment would wait for the disk, and a hub has several hundred.
    connection.begin()
    _describe(connection, name, source, "table", f"{target}.hub.{identifier(name)}", columns)
    connection.commit()


def create_views(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Give each table of a database's schema `hub` a view of its name in schema `main`, with the table's comments.

    A view's query names no database, so that it holds under each name that the file is opened or attached by.
    """
    names = connection.execute(
        "select table_name from duckdb_tables() where database_name = $1 and schema_name = 'hub' order by 1", [database]
    ).fetchall()
    connection.begin()
    for (name,) in names:
        view = f"{database}.main.{identifier(str(name))}"
        connection.execute(f"create view {view} as from hub.{identifier(str(name))}")
        _describe(connection, str(name), database, "view", view)
    connection.commit()


def copy_views(connection: duckdb.DuckDBPyConnection, source: str, target: str, *, is_past: bool = False) -> None:
    """Copy the views of a database's schema `hub` to another database that has the tables, with their comments.

    Their queries name no database (`dbt_project/macros/hub_views.sql`), so that each reads the tables beside it.

    Args:
        connection: with both databases attached.
        source: alias of the database that has the views.
        target: alias of the database that gets them.
        is_past: the tables may be of an earlier version of Fil; views that they cannot answer are left out.
    """
    views = connection.execute(
        "select view_name, sql from duckdb_views() where database_name = $1 and schema_name = 'hub' order by 1",
        [source],
    ).fetchall()
    missing = (duckdb.CatalogException, duckdb.BinderException) if is_past else ()
    copied = []
    for name, sql in views:
        with suppress(*missing):
            connection.execute(f"create view {target}.{str(sql).removeprefix('CREATE VIEW ')}")
            copied.append(str(name))
    connection.begin()
    for name in copied:
        _describe(connection, name, source, "view", f"{target}.hub.{identifier(name)}")
    connection.commit()


def _describe(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    source: str,
    kind: str,
    target: str,
    columns: Collection[str] | None = None,
) -> None:
    described = connection.execute(
        "select null, comment from duckdb_tables() where database_name = $2 and schema_name = 'hub' "
        "and table_name = $1 and comment is not null "
        "union all select null, comment from duckdb_views() where database_name = $2 and schema_name = 'hub' "
        "and view_name = $1 and comment is not null "
        "union all select column_name, comment from duckdb_columns() where database_name = $2 "
        "and schema_name = 'hub' and table_name = $1 and comment is not null",
        [name, source],
    ).fetchall()
    for column, comment in described:
        if column is not None and columns is not None and column not in columns:
            continue
        subject = f"{kind} {target}" if column is None else f"column {target}.{identifier(str(column))}"
        connection.execute(f"comment on {subject} is {literal(str(comment))}")


def _copy_table(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Copy one mart with its descriptions, rows in a total order, and return its rows."""
    source, target = f"work.hub.{identifier(name)}", f"publication.hub.{identifier(name)}"
    connection.execute(f"create table {target} as select * from {source} order by all")
    copy_descriptions(connection, name, "work", "publication")
    counts = connection.execute(f"select (select count(*) from {source}), (select count(*) from {target})").fetchone()
    if counts is None or counts[0] != counts[1]:
        raise PublicationError(f"hub.{name}: the copy does not hold the rows of the mart; run the night again")
    return int(counts[1])


def _copy_hub(connection: duckdb.DuckDBPyConnection, path: Path, key: str | None) -> dict[str, int]:
    """Copy the tables and views of work.hub into a new database, encrypted if given a key; return the tables' rows."""
    names = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'work' and schema_name = 'hub' order by 1"
    ).fetchall()
    if not names:
        raise PublicationError("the work database has no table in schema hub; build the marts first")
    options = f" (encryption_key {literal(key)})" if key else ""
    connection.execute(f"attach {literal(str(path))} as publication{options}")
    try:
        connection.execute("create schema publication.hub")
        rows = {str(name): _copy_table(connection, str(name)) for (name,) in names}
        copy_views(connection, "work", "publication")
        create_views(connection, "publication")
        connection.execute("checkpoint publication")
    finally:
        connection.execute("detach publication")
    path.chmod(0o600)
    add_former_name(path.parent)
    return rows


def extracts_of_work(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Span]]:
    """The dates of the extracts that the night has read, by source, where its work database tells them."""
    schema, name = EXTRACTS.split(".")[1:]
    tables = "select 1 from duckdb_tables() where database_name = 'work' and schema_name = $1 and table_name = $2"
    if connection.execute(tables, [schema, name]).fetchone() is None:
        return {}
    rows = connection.execute(f"select source, list(extract_date) from {EXTRACTS} group by all").fetchall()
    return {str(source): spans_of(days) for source, days in rows}


def extracts_read(manifest: Path) -> dict[str, list[Span]] | None:
    """The dates of the extracts that a published night had read, by source; None where an earlier version did not say.

    A source that is not among them had no extract.
    """
    told = json.loads(manifest.read_text(encoding="utf-8")).get("extracts")
    if told is None:
        return None
    return {
        source: [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in spans]
        for source, spans in told.items()
    }


def _is_encrypted(manifest: Path) -> bool:
    return manifest.exists() and bool(json.loads(manifest.read_text(encoding="utf-8"))["encrypted"])


def stage_publication(
    connection: duckdb.DuckDBPyConnection, published_dir: Path, business_date: date, run_id: str, key: str | None
) -> StagedPublication:
    """Write the publication of a business date into a hidden directory; with a key, httpfs must be loaded.

    Raises:
        PublicationError: an earlier commit waits to be finished, `current` is no link, the hub is empty or not copied
            whole, or the publication would be in clear where the current one is not.
    """
    private_directory(published_dir)
    current = published_dir / CURRENT
    if current.exists() and not current.is_symlink():
        raise PublicationError(f"{current} must be a symbolic link, but is not: move it away and run the night again")
    waiting = sorted(path.name for path in published_dir.glob(".commit-*.json"))
    if waiting:
        raise PublicationError(f"unfinished commits in {published_dir}: {', '.join(waiting)}; recover them first")
    if key is None and _is_encrypted(current / MANIFEST):
        raise PublicationError(
            f"{current} is encrypted, but there is no key: set FIL_HUB_KEY_FILE, or move that publication away"
        )
    staged = fresh_directory(published_dir / f".staging-{business_date}")
    rows = _copy_hub(connection, staged / DATABASE, key)
    content = {
        "business_date": business_date.isoformat(),
        "run_id": run_id,
        "encrypted": key is not None,
        "database": {
            "name": DATABASE,
            "bytes": (staged / DATABASE).stat().st_size,
            "sha256": sha256_of(staged / DATABASE),
        },
        "rows": rows,
    }
    if read := extracts_of_work(connection):
        content["extracts"] = {source: [list(map(str, span)) for span in spans] for source, spans in read.items()}
    token = write_durably(staged / MANIFEST, json.dumps(content, indent=2, sort_keys=True) + "\n")
    sync_directory(staged)
    return StagedPublication(staged, published_dir / business_date.isoformat(), token, business_date, run_id)
