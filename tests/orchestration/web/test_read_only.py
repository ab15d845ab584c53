"""`fil ui --read-only`, and how either ends."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.orchestration.conftest import VARIABLES
from tests.orchestration.web.started import FIL, IS_PAUSED, PAUSE, Pages, started

RESUME = PAUSE.replace("true", "false")
MUTATIONS = "{ __schema { mutationType { fields { name } } } }"
# Ways to put a mutation that Dagster asks no permission for, so that this server alone refuses it.
UNASKED = "setNuxSeen"
FORMS = {
    "alone": {"query": f"mutation {{ {UNASKED} }}"},
    "aliases": {"query": f"mutation {{ a: {UNASKED} b: {UNASKED} }}"},
    "fragment": {"query": f"fragment f on Mutation {{ {UNASKED} }} mutation {{ ...f }}"},
    "inline fragment": {"query": f"mutation {{ ... on Mutation {{ {UNASKED} }} }}"},
    "directive": {"query": f"mutation @include(if: true) {{ {UNASKED} }}"},
    "named": {"query": f"query a {{ version }} mutation b {{ {UNASKED} }}", "operationName": "b"},
    "batch": [{"query": "{ version }"}, {"query": f"mutation {{ {UNASKED} }}"}],
    "no document": {"variables": {}, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}},
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    home = tmp_path_factory.mktemp("looked_at")
    with started(home, "--read-only") as pages:
        yield pages
    assert pages.process.returncode == 0
    assert list((home / "work").glob("ui-*")) == []


def children(pid: int) -> list[str]:
    """What a process and those under it have started, by their arguments."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            told = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            found += [told, *children(int(child))]
    return found


def is_paused(pages: Pages) -> bool:
    answer = pages.graphql(IS_PAUSED)
    assert answer.status == 200, answer
    return bool(json.loads(answer.body)["data"]["instance"]["autoMaterializePaused"])


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="asks Linux which processes there are")
def test_who_only_looks_starts_nothing(pages: Pages, tmp_path: Path) -> None:
    assert is_paused(pages)
    reported = pages.own | {"Content-Type": "application/json"}
    assert pages.ask("POST", "/report_asset_materialization/linkage", reported, "{}").status == 403
    running = children(pages.process.pid)
    assert running and not [command for command in running if "dagster-daemon" in command]
    taken = subprocess.run(
        [str(FIL), "ui", "--port", str(pages.port)], capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if name not in VARIABLES}
        | {"FIL_HOME": str(tmp_path)},
    )  # fmt: skip
    assert taken.returncode == 2 and f"--port {pages.port} can't be used" in taken.stderr


def test_every_mutation_that_dagster_has_is_refused(pages: Pages) -> None:
    asked = json.loads(pages.graphql(MUTATIONS).body)["data"]["__schema"]["mutationType"]["fields"]
    names = {field["name"] for field in asked}
    assert {"launchRun", "deleteRun", "reloadWorkspace", "sensorDryRun", "logTelemetry", UNASKED} < names
    for query in (RESUME, *(f"mutation {{ {name} }}" for name in sorted(names))):
        answer = pages.graphql(query)
        assert answer.status == 403 and "--read-only" in answer.body, (query, answer)
    assert is_paused(pages)


@pytest.mark.parametrize("form", FORMS)
def test_a_mutation_in_any_form_is_refused(pages: Pages, form: str) -> None:
    headers = pages.own | {"Content-Type": "application/json"}
    assert pages.ask("POST", "/graphql", headers, json.dumps(FORMS[form])).status == 403


@pytest.mark.parametrize("query", [RESUME, f"mutation {{ {UNASKED} }}", f"subscription {{ {UNASKED} }}"])
def test_a_websocket_carries_out_no_mutation(pages: Pages, query: str) -> None:
    own = {"origin": f"http://{pages.host}", "additional_headers": {"Cookie": pages.cookie}}
    with connect(f"ws://{pages.host}/graphql", subprotocols=["graphql-ws"], **own) as socket_:
        socket_.send(json.dumps({"type": "start", "id": "1", "payload": {"query": query}}))
        answer = json.loads(socket_.recv(60))
    assert (answer["type"], answer["id"]) == ("error", "1") and UNASKED not in answer.get("data", {})
    assert is_paused(pages)
