"""What Dagster's pages start by hand ("Materialize selected") on a published home: nothing of it becomes public.

Through GraphQL of `fil ui`, with Fil's own definitions and the job over chosen assets that Dagster makes of them.
"""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.orchestration.web.started import Pages, started
from tests.support.disk_states import contents
from tests.support.nights import DAY

# A server and runs that take minutes: `make test-long`.
pytestmark = pytest.mark.long

PAST, NEXT = "2026-05-03", "2026-05-05"
PUBLICATION = ["published/current", "deliveries/attention", "deliveries/campaigns"]
CANDIDATES = ["exports/attention", "exports/campaigns"]
LAUNCH = """mutation launch($selector: JobOrPipelineSelector!, $tags: [ExecutionTag!]!) {
    launchRun(executionParams: {selector: $selector, runConfigData: {}, executionMetadata: {tags: $tags}}) {
        __typename ... on LaunchRunSuccess { run { runId } } ... on InvalidSubsetError { message } } }"""
BACKFILL = """mutation launch($backfill: LaunchBackfillParams!) {
    launchPartitionBackfill(backfillParams: $backfill) { __typename } }"""
REPOSITORIES = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
RUNS = """{ runsOrError { ... on Runs { results { runId status tags { key value }
    eventConnection(limit: 1000) { events {
        ... on ExecutionStepFailureEvent { error { causes { message } } } } } } } } }"""
_SECONDS = 600


class Chosen(NamedTuple):
    """Assets that somebody materialises alone for a date, and why that fails."""

    assets: list[str]
    day: str
    why: str


CHOSEN = {
    "publication of another date": Chosen(PUBLICATION, NEXT, f"is of the night {DAY}, not of {NEXT}: run the whole"),
    "publication of that date": Chosen(PUBLICATION, DAY, "one run must do all steps of a night: run the whole night"),
    "deliveries of a past date": Chosen(PUBLICATION, PAST, f"is of the night {DAY}, not of {PAST}: run the whole"),
    "candidates": Chosen(CANDIDATES, DAY, "one run must do all steps of a night"),
    "a table of another date": Chosen(["hub/persons"], NEXT, f"is of the night {DAY}, not of {NEXT}: run the whole"),
    "a table of that date": Chosen(["hub/persons"], DAY, "one run must do all steps of a night: run the whole night"),
}


class Dagster:
    """The pages of a home, asked as they ask themselves."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        (found,) = self.ask(REPOSITORIES)["repositoriesOrError"]["nodes"]
        self.names = {"repositoryName": found["name"], "repositoryLocationName": found["location"]["name"]}

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """What GraphQL answers."""
        headers = self.pages.own | {"Content-Type": "application/json"}
        answer = self.pages.ask("POST", "/graphql", headers, json.dumps({"query": query, "variables": variables}))
        assert answer.status == 200, answer.body
        data: dict[str, Any] = json.loads(answer.body)["data"]
        return data

    def launch(self, chosen: Chosen) -> str:
        """Materialise chosen assets; the run's id."""
        assets = [{"path": asset.split("/")} for asset in chosen.assets]
        selector = self.names | {"jobName": "__ASSET_JOB", "assetSelection": assets}
        tags = [{"key": "dagster/partition", "value": chosen.day}]
        launched = self.ask(LAUNCH, selector=selector, tags=tags)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def ended(self, count: int) -> list[dict[str, Any]]:
        """All runs, once so many have ended."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            runs: list[dict[str, Any]] = self.ask(RUNS)["runsOrError"]["results"]
            if sum(run["status"] in ("SUCCESS", "FAILURE", "CANCELED") for run in runs) == count:
                return runs
            time.sleep(1)
        raise AssertionError(f"not all of {count} runs have ended")


def why(run: dict[str, Any]) -> str:
    found = [event["error"]["causes"] for event in run["eventConnection"]["events"] if event.get("error")]
    errors = [cause["message"] for causes in found for cause in causes]
    assert run["status"] == "FAILURE" and errors, run
    return " ".join(errors)


def public(home: Path) -> dict[str, dict[str, str]]:
    places = ("published", "exports", "history", "registry", "backup")
    return {place: contents(home / place) for place in places}


@pytest.fixture
def home(first_night: Path, tmp_path: Path) -> Iterator[Path]:
    home = Path(shutil.copytree(first_night, tmp_path / "home", symlinks=True))
    shutil.rmtree(home / "dagster")
    yield home


def test_nothing_that_is_materialised_alone_becomes_public(home: Path) -> None:
    before = public(home)
    with started(home) as pages:
        dagster = Dagster(pages)
        launched = {dagster.launch(chosen): chosen for chosen in CHOSEN.values()}
        several = {
            "partitionNames": [PAST, NEXT], "assetSelection": [{"path": one.split("/")} for one in CANDIDATES],
        }  # fmt: skip
        assert (
            dagster.ask(BACKFILL, backfill=several)["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess"
        )
        runs = dagster.ended(len(CHOSEN) + 2)
    for run in runs:
        if chosen := launched.get(run["runId"]):
            assert chosen.why in why(run), (chosen, why(run))
        else:
            assert "run the whole night" in why(run)
    assert public(home) == before
