"""What a page of another site, a name that leads here and another user of the machine can ask of `fil ui`: nothing."""

import json
import socket
import urllib.parse
from collections.abc import Callable, Iterator

import pytest
from dagster import DagsterInstance, DagsterRun
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from orchestration.home.settings import PROJECT_DIR
from tests.orchestration.web.started import IS_PAUSED, PAUSE, Answer, Pages, started

RUN = "44444444-4444-4444-4444-444444444444"
_LAUNCH = """executionParams: {executionMetadata: {tags: [{key: "dagster/partition", value: "2026-05-04"}]}, selector: {
    repositoryName: "__repository__", repositoryLocationName: "orchestration.definitions", jobName: "nightly"}}"""
MUTATIONS = (
    f'mutation {{ deleteRun(runId: "{RUN}") {{ __typename }} }}',
    f'mutation {{ terminateRun(runId: "{RUN}") {{ __typename }} }}',
    f"mutation {{ launchRun({_LAUNCH}) {{ __typename }} }}",
    "mutation { reloadWorkspace { __typename } }",
    'mutation { reloadRepositoryLocation(repositoryLocationName: "orchestration.definitions") { __typename } }',
    "mutation { setNuxSeen }",
)
STATE = """{ runsOrError { ... on Runs { results { runId status } } }
    workspaceOrError { ... on Workspace { locationEntries { updatedTimestamp } } } }"""
EVIL = "http://evil.example.org"
STATIC = "/favicon.svg"
ROUTES = (
    ("GET", "/"), ("HEAD", "/"), ("GET", "/runs"), ("GET", "/login"), ("GET", STATIC), ("GET", "/server_info"),
    ("GET", "/graphql"), ("POST", "/graphql"), ("POST", "/login"), ("POST", "/report_asset_materialization/linkage"),
    ("GET", "/download_debug/1"), ("GET", "/logs/1"),
)  # fmt: skip
FOREIGN = {
    "rebound": {"Host": "evil.example.org:{port}"},
    "rebound_as_localhost": {"Host": "localhost.evil.example.org:{port}"},
    "any_address": {"Host": "0.0.0.0:{port}"},
    "another_port": {"Host": "127.0.0.1:1"},
    "no_port": {"Host": "127.0.0.1"},
    "no_host": {"Host": ""},
    "another_site": {"Origin": EVIL},
    "hidden_site": {"Origin": "null"},
    "another_server_of_the_machine": {"Origin": "http://127.0.0.1:1"},
    "another_name_of_the_machine": {"Origin": "http://localhost:{port}"},
    "another_scheme": {"Origin": "https://127.0.0.1:{port}"},
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    home = tmp_path_factory.mktemp("ui")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(PROJECT_DIR))
        patch.setenv("FIL_DAGSTER_DIR", str(home / "dagster"))
        with DagsterInstance.get() as instance:
            instance.add_run(DagsterRun(job_name="nightly", run_id=RUN))
    with started(home) as pages:
        yield pages


def is_paused(pages: Pages) -> bool:
    answer = pages.graphql(IS_PAUSED)
    assert answer.status == 200, answer
    return bool(json.loads(answer.body)["data"]["instance"]["autoMaterializePaused"])


def foreign(pages: Pages, name: str) -> dict[str, str]:
    told = pages.own | {key: value.format(port=pages.port) for key, value in FOREIGN[name].items()}
    return {key: value for key, value in told.items() if value}


def test_its_own_pages_are_answered(pages: Pages) -> None:
    reading = {"Host": pages.host, "Cookie": pages.cookie}
    page = pages.ask("GET", "/", reading)
    assert page.status == 200 and "<html" in page.body
    assert page.headers["x-frame-options"] == "DENY" and page.headers["referrer-policy"] == "same-origin"
    assert pages.ask("GET", STATIC, reading).status == 200
    by_name = {"Host": f"localhost:{pages.port}", "Origin": f"http://localhost:{pages.port}"}
    assert pages.graphql(IS_PAUSED, **by_name).status == 200
    assert pages.graphql(PAUSE.replace("true", "false")).status == 200
    assert not is_paused(pages)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_request_is_refused_on_every_route_although_it_has_the_session(pages: Pages, name: str) -> None:
    for method, path in ROUTES:
        headers = foreign(pages, name) | {"Content-Type": "application/json"}
        # Without a host there is no request: uvicorn says so itself.
        answer = pages.ask(method, path, headers, json.dumps({"query": PAUSE}) if method == "POST" else "")
        assert answer.status in ((403, 400) if name == "no_host" else (403,)), (method, path, answer)
    assert not is_paused(pages)


@pytest.mark.parametrize("origin", [None, "null", EVIL, "http://127.0.0.1:1", ""])
def test_a_websocket_of_another_page_is_refused(pages: Pages, origin: str | None) -> None:
    headers = {"Cookie": pages.cookie}
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://{pages.host}/graphql", origin=origin, subprotocols=["graphql-ws"], additional_headers=headers)
    assert refused.value.response.status_code == 403


def test_a_websocket_is_for_its_own_pages_in_their_session(pages: Pages) -> None:
    own = {"origin": f"http://{pages.host}", "subprotocols": ["graphql-ws"]}
    with connect(f"ws://{pages.host}/graphql", additional_headers={"Cookie": pages.cookie}, **own) as socket_:
        socket_.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket_.recv(60)) == {"type": "connection_ack"}
    for cookie in ({}, {"Cookie": f"{pages.cookie}x"}):
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://{pages.host}/graphql", additional_headers=cookie, **own)
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "content",
    ["text/plain", "text/plain; application/json", "application/x-www-form-urlencoded", "multipart/form-data",
     "application/graphql", "application/json, text/plain", ""],
)  # fmt: skip
def test_what_a_form_can_send_is_refused(pages: Pages, content: str) -> None:
    assert pages.graphql(PAUSE, Content_Type=content).status == 415
    with_query = pages.own | ({"Content-Type": content} if content else {})
    assert pages.ask("POST", f"/graphql?query={PAUSE.replace(' ', '%20')}", with_query).status == 415
    assert not is_paused(pages)


def test_a_post_without_an_origin_is_refused(pages: Pages) -> None:
    assert pages.graphql(PAUSE, Origin="").status == 403
    assert not is_paused(pages)


@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/%67raphql"])
def test_graphql_is_not_asked_by_an_address(pages: Pages, path: str) -> None:
    reading = {"Host": pages.host, "Cookie": pages.cookie}
    for accepted in ("*/*", "text/html", "application/json"):
        answer = pages.ask("GET", f"{path}?query={PAUSE.replace(' ', '%20')}", reading | {"Accept": accepted})
        assert answer.status == 405
    assert not is_paused(pages)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(pages: Pages, method: str) -> None:
    assert pages.ask(method, "/graphql", pages.own).status == 405


def test_nothing_is_answered_without_the_session(pages: Pages) -> None:
    for cookie in ("", f"fil_session_{pages.port}=", f"fil_session_{pages.port}=x", pages.cookie[:-1], "x=y;;=;"):
        for method, path in ROUTES:
            headers = pages.own | {"Cookie": cookie, "Content-Type": "application/json"}
            body = json.dumps({"query": PAUSE}) if method == "POST" else ""
            expected = (
                200 if (method, path) == ("GET", "/login") else 405 if (method, path) == ("GET", "/graphql") else 401
            )
            assert (
                pages.ask(method, path, {key: headers[key] for key in headers if headers[key]}, body).status == expected
            )
    assert not is_paused(pages)


def test_cookies_of_other_servers_of_the_machine_do_no_harm(pages: Pages) -> None:
    among = f'a="b; fil_session_1=x; fil_session_{pages.port}=tossed; {pages.cookie}; c'
    assert pages.graphql(IS_PAUSED, Cookie=among).status == 200


def test_the_link_works_once_and_the_next_one_is_printed(pages: Pages) -> None:
    used = pages.tokens()[0]
    for token in (used, "", "x", "à", "x" * 100_000):
        refused = pages.log_in(token)
        assert refused.status == 401 and "set-cookie" not in refused.headers
    malformed = {"Host": pages.host, "Origin": f"http://{pages.host}", "Content-Type": "application/json"}
    for body in ("[]", "{", "null", '{"token": 1}', '{"token": ["x"]}'):
        assert pages.ask("POST", "/login", malformed, body).status == 401
    fresh = pages.tokens()[-1]
    assert fresh != used
    session = pages.log_in(fresh)
    assert session.status == 204 and session.body == ""
    parts = {part.strip() for part in session.headers["set-cookie"].split(";")[1:]}
    assert parts == {"Path=/", "HttpOnly", "SameSite=Strict"}
    assert pages.log_in(fresh).status == 401


def test_no_log_and_no_referrer_has_a_token_or_a_session(pages: Pages) -> None:
    for path in ("/login", f"/runs?token={pages.tokens()[0]}", "/none", f"/login?{pages.cookie}"):
        page = pages.ask("GET", path, {"Host": pages.host, "Cookie": pages.cookie})
        assert page.headers["referrer-policy"] == "same-origin"
    page = pages.ask("GET", "/login", {"Host": pages.host})
    assert page.headers["cache-control"] == "no-store" and "'unsafe" not in page.headers["content-security-policy"]
    told = "".join(pages.errors) + "".join(line for line in pages.printed if "/login#" not in line)
    secrets = [*pages.tokens(), pages.cookie.partition("=")[2]]
    assert not [secret for secret in secrets if secret in told or secret in page.body]
    assert "GET /" not in told and "POST /" not in told


def test_nobody_elsewhere_reaches_it(pages: Pages) -> None:
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", pages.port), timeout=5)
    with pytest.raises(OSError):
        socket.create_connection(("::1", pages.port), timeout=5)


def posted(pages: Pages, query: str, **headers: str) -> Answer:
    return pages.graphql(query, **headers)


def by_address(pages: Pages, query: str, **headers: str) -> Answer:
    asked = {"Host": pages.host, "Cookie": pages.cookie} | headers
    return pages.ask("GET", f"/graphql?query={urllib.parse.quote(query)}", asked)


def by_socket(pages: Pages, query: str, **headers: str) -> Answer:
    with pytest.raises(InvalidStatus) as refused:
        connect(
            f"ws://{pages.host}/graphql?query={urllib.parse.quote(query)}", origin=headers.pop("Origin", None),
            subprotocols=["graphql-ws"], additional_headers={"Cookie": pages.cookie} | headers,
        )  # fmt: skip
    return Answer(refused.value.response.status_code, {}, "")


# How a mutation is put, with which headers, and the answer.
DOORS: dict[str, tuple[Callable[..., Answer], dict[str, str], int]] = {
    "form": (posted, {"Content-Type": "text/plain"}, 415),
    "foreign host": (posted, {"Host": "evil.example.org"}, 403),
    "foreign origin": (posted, {"Origin": EVIL}, 403),
    "no session": (posted, {"Cookie": ""}, 401),
    "address": (by_address, {}, 405),
    "address without session": (by_address, {"Cookie": ""}, 405),
    "socket of a foreign origin": (by_socket, {"Origin": EVIL}, 403),
    "socket without session": (by_socket, {"Cookie": "", "Origin": "own"}, 403),
}


def test_no_mutation_comes_through_another_door(pages: Pages) -> None:
    before = pages.graphql(STATE).body
    assert RUN in before
    for door, (ask, headers, status) in DOORS.items():
        told = {name: pages.own["Origin"] if value == "own" else value for name, value in headers.items()}
        for query in MUTATIONS:
            assert ask(pages, query, **told).status == status, (door, query)
    used, _ = pages.tokens()[:2]
    assert pages.log_in(used).status == 401
    assert pages.graphql(STATE).body == before
    assert json.loads(pages.graphql(MUTATIONS[0]).body)["data"]["deleteRun"]["__typename"] == "DeletePipelineRunSuccess"
    assert RUN not in pages.graphql(STATE).body
