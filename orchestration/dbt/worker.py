"""The process that runs dbt for a night. It starts once, because dbt takes seconds to load, and builds several times.

It reads the hub's key (`{"key": null}` if there is none), then one request per line, `{"select": "tag:prelink"}`. It
answers one line for each node that ends and one for the build. All other output is suppressed, because dbt may quote
rows. It ends when its input ends, even during a build.
"""

import gc
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO, Any

from orchestration.home.redaction import redact_database

_QUIET = (
    "--quiet", "--no-use-colors", "--log-level", "none", "--log-level-file", "none", "--no-write-json",
    "--no-send-anonymous-usage-stats", "--no-version-check",
)  # fmt: skip
# Unit tests read no row of a night; `rules.py` counts the other tests.
_NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


def main(project: str, target: str) -> None:
    """Parse the project while other steps run, then build what each request selects."""
    answers = _only_answers()
    key = json.loads(sys.stdin.readline())["key"]
    requests: Queue[Mapping[str, str]] = Queue()
    Thread(target=_read, args=(requests,), daemon=True).start()
    from dbt.cli.main import dbtRunner

    from orchestration.dbt.key import hand_over

    hand_over(key, Path(project))
    runner: Any = dbtRunner
    places = ("--project-dir", project, "--profiles-dir", project, "--target-path", target, "--log-path", target)
    parsed = ("--partial-parse-file-path", f"{project}/target/partial_parse.msgpack")
    manifest = runner().invoke([*_QUIET, "parse", *parsed, *places]).result

    def answer(**values: Any) -> None:
        print(json.dumps(values), file=answers, flush=True)

    def report(event: Any) -> None:
        if event.info.name == "NodeFinished":
            ended, node = event.data.run_result, event.data.node_info
            answer(node=node.unique_id, status=node.node_status, seconds=round(ended.execution_time, 3),
                   message=redact_database(ended.message))  # fmt: skip

    while True:
        options = [word for name, names in requests.get().items() for word in (f"--{name}", *names.split())]
        arguments = [*_QUIET, "build", *options, *_NO_TESTS, *places]
        result = runner(manifest=manifest, callbacks=[report]).invoke(arguments)
        _close()
        if result.exception is not None:
            answer(node="its start", status="error", seconds=0, message=redact_database(str(result.exception)))
        answer(is_success=result.success)


def _only_answers() -> IO[str]:
    """Standard output as a stream for answers; all other output is discarded from now on."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    return answers


def _read(requests: "Queue[Mapping[str, str]]") -> None:
    for line in sys.stdin:
        requests.put(json.loads(line))
    os._exit(0)


def _close() -> None:
    """Close the work database, which dbt would hold open until its process ends."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    connections: Any = DuckDBConnectionManager
    # `close_all_connections` forgets the database without closing it.
    if (database := connections._ENV) is not None:  # noqa: SLF001 - its public way raises where there is none
        database.close()
    connections.close_all_connections()
    gc.collect()


if __name__ == "__main__":
    main(*sys.argv[1:])
