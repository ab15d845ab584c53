"""Whether this installation can run its nights: what is missing, what is late, and what ends within two months."""

import importlib.util
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import duckdb

from exports.errors import PublicationError
from exports.publication.history_index import CHANGES, LATEST, index_problems
from exports.publication.intact import require_intact
from exports.publication.seal import current_date
from exports.publication.staging import CURRENT, DATABASE, announced_commits, database_of, is_without_hub
from matching.registry.database import open_registry
from matching.registry.ids import TABLES, RegistryError
from matching.scoring.engine import EngineError
from matching.scoring.spark_session import require_spark
from orchestration.evaluation.city_truth import is_synthetic
from orchestration.health.at_rest import is_on_encrypted_disk, uncovered_here
from orchestration.home.home import Home
from orchestration.home.settings import DBT_PROJECT_DIR, EngineName, Settings
from orchestration.home.work_database import EXTENSIONS, asking_connection, attach
from orchestration.past_nights.published import why_closed
from sources.base import journal
from sources.base.errors import ConnectionFailed
from sources.base.wording import counted
from sources.contracts.contract import Contract
from sources.landing import extraction, fetching
from sources.landing.receipts import damaged_receipts, landed_dates
from sources.parsing.rejections import rejections

Level = Literal["ok", "warn", "fail"]
_AHEAD_DAYS = 60
_LEAST_FREE_BYTES = 5_000_000_000
_TIMES_THE_HUB = 3
# Short, because the user waits.
_CONNECTION_SECONDS = 5


@dataclass(frozen=True)
class Finding:
    """The result of one check; the message of a problem names its remedy."""

    subject: str
    level: Level
    message: str


def day_to_examine(home: Home, today: date) -> date:
    """Today, or for a synthetic city the day after its last published night, because it gets no later extracts."""
    last_night = current_date(home.published) if is_synthetic(home) else None
    return last_night + timedelta(days=1) if last_night else today


def examine(settings: Settings, contracts: tuple[Contract, ...], today: date) -> Iterator[Finding]:
    """Check the installation, the home, and every source as of a day."""
    if is_synthetic(settings.home):
        yield Finding("city", "ok", f"this is a synthetic city: its agreements and extracts are checked as of {today}")
    yield _extensions()
    yield _models()
    yield _engine(settings)
    yield _home(settings.home)
    yield _disk(settings.home)
    yield _key(settings.home)
    yield _at_rest(settings.home)
    yield _registry(settings.home)
    yield _commits(settings.home)
    yield _kept(settings.home)
    yield _alerts(settings)
    for contract in contracts:
        yield _agreement(contract, today)
        yield from _connection(settings, contract)
        yield from _deliveries(settings.home, contract, today)


def _extensions() -> Finding:
    if any(EXTENSIONS.rglob("*.duckdb_extension")):
        return Finding("extensions", "ok", f"DuckDB's extensions are in {EXTENSIONS}")
    return Finding("extensions", "fail", f"there are no DuckDB extensions in {EXTENSIONS}: run `make setup`")


def _models() -> Finding:
    is_there = importlib.util.find_spec("dbt") is not None and (DBT_PROJECT_DIR / "dbt_project.yml").exists()
    return (
        Finding("dbt", "ok", "dbt and its project are installed")
        if is_there
        else Finding("dbt", "fail", "dbt or its project is missing: run `make setup`")
    )


def _engine(settings: Settings) -> Finding:
    if settings.linkage_engine is EngineName.DUCKDB:
        return Finding("engine", "ok", "candidate pairs are scored on DuckDB")
    try:
        require_spark(settings.spark_master, settings.java_home)
    except EngineError as error:
        return Finding("engine", "fail", str(error))
    engine = f"candidate pairs are scored on Spark at {settings.spark_master}"
    if settings.home.hub_key:
        return Finding("engine", "warn", f"{engine}: Spark's input is in work/spark meanwhile, without encryption")
    return Finding("engine", "ok", engine)


def _home(home: Home) -> Finding:
    directory = home.directory
    if not directory.exists():
        place = _existing(directory)
        if not os.access(place, os.W_OK):
            return Finding("home", "fail", f"{place} can't be written: give this user write access, or set FIL_HOME")
        return Finding("home", "ok", f"{directory} does not exist yet: the first command that writes makes it")
    if not os.access(directory, os.W_OK):
        return Finding("home", "fail", f"{directory} can't be written: give this user write access, or set FIL_HOME")
    if stat.S_IMODE(directory.stat().st_mode) & 0o077:
        return Finding("home", "warn", f"other users may read {directory}: run chmod 700 {directory}")
    return Finding("home", "ok", f"only this user may read {directory}")


def _existing(directory: Path) -> Path:
    """The directory, or the nearest one above it that exists."""
    return next(place for place in (directory, *directory.parents) if place.exists())


def _disk(home: Home) -> Finding:
    free = shutil.disk_usage(_existing(home.directory)).free
    hub = home.work_database.stat().st_size if home.work_database.exists() else 0
    needed = max(_LEAST_FREE_BYTES, _TIMES_THE_HUB * hub)
    space = f"{free / 1e9:.1f} GB free, {needed / 1e9:.1f} GB needed"
    return (
        Finding("disk", "ok", space)
        if free >= needed
        else Finding("disk", "warn", f"{space}: free disk space, or keep fewer days (FIL_KEEP_DAYS)")
    )


def _key(home: Home) -> Finding:
    published = database_of(home.published / CURRENT)
    if not published.exists():
        if home.hub_key:
            return Finding("key", "ok", "a key is set; the first night encrypts the databases with it")
        return Finding(
            "key",
            "warn",
            "no key is set, so the first night will not encrypt its databases: make one with `fil key new --output "
            "FILE`, and set FIL_HUB_KEY_FILE to that file",
        )
    try:
        with duckdb.connect(":memory:") as connection:
            attach(connection, published, "published", home.hub_key, read_only=True)
    except duckdb.Error as error:
        return Finding("key", "fail", why_closed(published, error))
    if home.key_warning:
        return Finding("key", "warn", f"the published hub can be opened; {home.key_warning}")
    opens = "the published hub can be opened"
    return Finding("key", "ok", opens if home.hub_key else f"{opens}; it is not encrypted")


def _at_rest(home: Home) -> Finding:
    """What the key does not encrypt, and whether the disk is encrypted."""
    is_encrypted = is_on_encrypted_disk(_existing(home.directory))
    if is_encrypted:
        return Finding("at rest", "ok", f"{home.directory} is on an encrypted disk")
    where = f"Fil can't know whether the disk of {home.directory} is encrypted"
    if is_encrypted is False:
        where = f"the disk of {home.directory} is not encrypted"
    bare = ", ".join(uncovered_here(home) or ["nothing yet"]) if home.hub_key else "everything"
    message = f"{where}; not encrypted by the key: {bare}, and files that commands write elsewhere"
    return Finding("at rest", "warn" if is_encrypted is False else "ok", message)


def _registry(home: Home) -> Finding:
    journals = sorted((home.directory / "registry" / "journal").glob("*.jsonl"))
    try:
        entries = sum(1 for path in journals for _ in journal.read(home.directory, path.stem))
        if not home.registry.database.exists():
            return Finding("registry", "ok", "there is none: the next night makes it, from its journal if it has one")
        with open_registry(home.registry) as connection:
            for table in TABLES:
                connection.execute(f"select bit_xor(hash(columns(*))) from {table}").fetchall()
    except RegistryError as error:
        return Finding("registry", "fail", str(error))
    except duckdb.Error:
        what = f"{home.registry.database} is damaged: move it away; the next night rebuilds it from its journal"
        return Finding("registry", "fail", what)
    return Finding(
        "registry", "ok", f"the registry and {counted(entries, 'entry', 'entries')} of its journals can be read"
    )


def _commits(home: Home) -> Finding:
    if announced := announced_commits(home.published):
        names = ", ".join(path.name for path in announced)
        return Finding(
            "publication",
            "fail",
            f"a night was killed while it published ({names}): run `fil recover`; the next night does it, too",
        )
    return Finding("publication", "ok", "no night was interrupted while it published")


def _kept(home: Home) -> Finding:
    """Whether every publication and every night's changes still match their manifests.

    The current publication is read completely, the others only if they were touched since the last check.
    """
    current = current_date(home.published)
    kept = (database_of(path) for path in home.published.glob("????-??-??"))
    # A night that protects a person removes the databases of earlier nights.
    published = [path for path in kept if path.exists() or not is_without_hub(path.parent)]
    changes = [path / CHANGES for path in home.history.glob("????-??-??")]
    latest = [path / DATABASE for path in home.history.glob(LATEST)]
    damaged = []
    for path in sorted([*published, *changes, *latest]):
        is_current = path in published and path.parent.name == str(current)
        try:
            require_intact(path, None if is_current else home.known_sums)
        except PublicationError as error:
            damaged.append(str(error))
    if damaged := damaged or index_problems(home.history, home.published):
        return Finding("kept nights", "fail", " | ".join(damaged))
    return Finding(
        "kept nights",
        "ok",
        f"intact: {counted(len(published), 'published night')}, {counted(len(changes), 'night')} of history",
    )


def _alerts(settings: Settings) -> Finding:
    if settings.alert_webhook or settings.alert_email:
        return Finding("alerts", "ok", "an alert is sent when a night fails")
    return Finding("alerts", "warn", "no alert is sent when a night fails: set FIL_ALERT_WEBHOOK or FIL_ALERT_EMAIL")


def _agreement(contract: Contract, today: date) -> Finding:
    subject = f"{contract.source} agreement"
    if gap := contract.gap(today):
        return Finding(
            subject, "fail", f"{gap}: Fil does not use its data until {contract.source}.odcs.yaml is renewed"
        )
    until = contract.agreement.valid_to if contract.agreement else today
    level: Level = "warn" if until <= today + timedelta(days=_AHEAD_DAYS) else "ok"
    return Finding(subject, level, f"in force until {until}" + (": renew it" if level == "warn" else ""))


def _connection(settings: Settings, contract: Contract) -> Iterator[Finding]:
    """Whether a source's connection, if it has one, can be listed or queried now."""
    connection = settings.connections.get(contract.source)
    if connection is None:
        return
    subject = f"{contract.source} connection"
    try:
        if connection.is_database:
            with asking_connection() as asking:
                extraction.look(asking, connection.url, contract, _CONNECTION_SECONDS)
            result = "can be queried"
        else:
            result = fetching.look(connection, contract, _CONNECTION_SECONDS)
    except ConnectionFailed as reason:
        yield Finding(subject, "warn", f"{connection.setting} {reason}")
    else:
        yield Finding(subject, "ok", f"{connection.setting} {result}")


def _deliveries(home: Home, contract: Contract, today: date) -> Iterator[Finding]:
    subject = f"{contract.source} deliveries"
    rejected = rejections(home.directory, contract, today)
    dates = [day for day in landed_dates(home.directory, contract, today) if day not in rejected]
    if not dates:
        needed = "and a night needs one" if contract.delivery.is_required else "so the source is empty"
        yield Finding(subject, "warn", f"no good extract has landed, {needed}: deliver one into the inbox")
    # The extract of a day arrives on the next day.
    elif contract.delivery.is_late((today - dates[-1]).days - 1):
        every, allowed = contract.delivery.cadence_days, contract.delivery.staleness_days
        late = (
            f"the last good extract is of {dates[-1]}, one is due every {counted(every, 'day')}, "
            f"and Fil uses it for {counted(allowed, 'day')}"
        )
        is_over = (today - dates[-1]).days - 1 > allowed
        what = "no night is published until the source delivers" if is_over else "ask its owner for an extract"
        yield Finding(subject, "fail" if is_over else "warn", f"{late}: {what}")
    else:
        yield Finding(subject, "ok", f"the last good extract is of {dates[-1]}")
    yield from (Finding(subject, "warn", reason) for reason in rejected.values())
    landed = landed_dates(home.directory, contract, today)
    yield from (Finding(subject, "warn", reason) for reason in damaged_receipts(home.directory, contract, landed))
    if waiting := _waiting(home.inbox / contract.source, contract):
        yield Finding(
            subject,
            "warn",
            f"waiting in the inbox: {counted(waiting, 'file')}. The next night takes each or prints why not",
        )


def _waiting(inbox: Path, contract: Contract) -> int:
    return sum(contract.delivery.date_of(path.name) is not None for path in inbox.glob("*")) if inbox.is_dir() else 0
