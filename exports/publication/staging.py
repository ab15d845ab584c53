"""Stages a night's publication: a database with a copy of the hub's marts, and its manifest.

`seal.py` makes it public, together with the night's deliveries.
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
# The database's name in earlier versions; for one more version, the file also has this name.
FORMER_DATABASE = "hub.duckdb"
CURRENT = "current"


@dataclass(frozen=True)
class StagedPublication(StagedDirectory):
    """A staged publication, which readers do not see yet."""

    business_date: date
    run_id: str

    @property
    def database(self) -> Path:
        """The path of the staged database."""
        return self.staged / DATABASE


def database_of(publication: Path) -> Path:
    """The database of a publication; if an earlier version published it, under its former name."""
    path, former = publication / DATABASE, publication / FORMER_DATABASE
    return former if former.exists() and not path.exists() else path


def is_without_hub(publication: Path) -> bool:
    """Whether a later night has removed a publication's database and kept its manifest."""
    try:
        return bool(json.loads((publication / MANIFEST).read_text(encoding="utf-8"))["database"] is None)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def add_former_name(directory: Path) -> None:
    """Give a new publication's database its former name, too."""
    (directory / FORMER_DATABASE).hardlink_to(directory / DATABASE)


def business_date_of(name: str) -> date | None:
    """The date in the name of a night's directory; None for other names."""
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def journal_path(published_dir: Path, business_date: date) -> Path:
    """The journal that announces the commit of a business date."""
    return published_dir / f".commit-{business_date}.json"


def announced_commits(published_dir: Path) -> list[Path]:
    """The journals of announced commits that are not finished, oldest first."""
    return sorted(published_dir.glob(".commit-*.json"))


def copy_descriptions(
    connection: duckdb.DuckDBPyConnection, name: str, source: str, target: str, columns: Collection[str] | None = None
) -> None:
    """Copy the comments of a table and its columns from one database's schema `hub` to another's.

    Args:
        connection: with both databases attached.
        name: of the table.
        source: database with the comments.
        target: database without them.
        columns: whose comments to copy; None for all.
    """
    # One transaction: otherwise each of several hundred comments would wait for the disk.
    connection.begin()
    _describe(connection, name, source, "table", f"{target}.hub.{identifier(name)}", columns)
    connection.commit()


def create_views(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Create a view in schema `main` for each table of a database's schema `hub`, with the table's comments.

    The query of a view names no database, so it works under any alias of the file.
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
    """Copy one mart with its comments, its rows in a total order; return the number of rows."""
    source, target = f"work.hub.{identifier(name)}", f"publication.hub.{identifier(name)}"
    connection.execute(f"create table {target} as select * from {source} order by all")
    copy_descriptions(connection, name, "work", "publication")
    counts = connection.execute(f"select (select count(*) from {source}), (select count(*) from {target})").fetchone()
    if counts is None or counts[0] != counts[1]:
        raise PublicationError(f"hub.{name}: the copy does not hold the rows of the mart; run the night again")
    return int(counts[1])


def _copy_hub(connection: duckdb.DuckDBPyConnection, path: Path, key: str | None) -> dict[str, int]:
    """Copy tables and views of `work.hub` to a new database, encrypted if there is a key; return the tables' rows."""
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
    """The spans of extract dates that the night has read, by source; empty if the work database lacks `EXTRACTS`."""
    schema, name = EXTRACTS.split(".")[1:]
    tables = "select 1 from duckdb_tables() where database_name = 'work' and schema_name = $1 and table_name = $2"
    if connection.execute(tables, [schema, name]).fetchone() is None:
        return {}
    rows = connection.execute(f"select source, list(extract_date) from {EXTRACTS} group by all").fetchall()
    return {str(source): spans_of(days) for source, days in rows}


def extracts_read(manifest: Path) -> dict[str, list[Span]] | None:
    """The spans of extract dates that a published night has read, by source; None in manifests of earlier versions.

    A source without extracts is left out.
    """
    extracts = json.loads(manifest.read_text(encoding="utf-8")).get("extracts")
    if extracts is None:
        return None
    return {
        source: [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in spans]
        for source, spans in extracts.items()
    }


def _is_encrypted(manifest: Path) -> bool:
    return manifest.exists() and bool(json.loads(manifest.read_text(encoding="utf-8"))["encrypted"])


def stage_publication(
    connection: duckdb.DuckDBPyConnection, published_dir: Path, business_date: date, run_id: str, key: str | None
) -> StagedPublication:
    """Write the publication of a business date to a hidden directory.

    Reads: the tables of `work.hub`.

    Args:
        connection: with `work` attached; with a key, also with httpfs loaded.
        published_dir: of the publications.
        business_date: of the night.
        run_id: of the night's run.
        key: encrypts the database; None to write it in clear.

    Raises:
        PublicationError: an earlier commit is not finished, `current` is not a link, the hub is empty, its copy is
            incomplete, or the current publication is encrypted and there is no key.
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
