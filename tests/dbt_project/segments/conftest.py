"""The made-up marts with every segment, built once."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.support.laid_funnel import ENTITIES, PERSONS
from tests.support.made_up_segments import built_segments, rolled_back


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_segments(tmp_path_factory)


@pytest.fixture(scope="module")
def empty(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts with only four adults and an entity."""
    with rolled_back(built) as hub:
        hub.execute("commit")
        for name in ("intermediate.int_consent_state", "hub.campaign_events", "hub.survey_answers"):
            hub.execute(f"delete from work.{name}")
        for place, person in enumerate(PERSONS):
            hub.execute(
                "insert into work.hub.persons by name select * replace ($person as person_id) from work.hub.persons"
                " where is_resident and not is_protected and not is_deceased and birth_date < '1990-01-01'"
                f" order by person_id limit 1 offset {place}",
                {"person": person},
            )
        hub.execute(f"delete from work.hub.persons where person_id not in {PERSONS}")
        for place, entity in enumerate(ENTITIES):
            hub.execute(
                "insert into work.hub.organisations by name select * replace ($entity as organisation_id)"
                f" from work.hub.organisations order by organisation_id limit 1 offset {place}",
                {"entity": entity},
            )
        hub.execute(f"delete from work.hub.organisations where organisation_id not in ('{ENTITIES[0]}')")
        hub.execute("delete from work.hub.requests")
        yield hub
        hub.execute("begin")
