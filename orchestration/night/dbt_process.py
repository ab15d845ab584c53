"""One dbt process for a whole run, because dbt takes seconds to load; it builds what steps request.

Its answers contain only nodes of the project. `dbt/worker.py` runs in it.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from dagster import ConfigurableResource, InitResourceContext, ResourceDependency
from pydantic import PrivateAttr

from orchestration.dbt.project import environment_of_dbt
from orchestration.home.process import set_up_process
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import PROJECT_DIR, Settings


@dataclass(frozen=True)
class NodeOutcome:
    """How a model or seed ended, with dbt's status; the message is redacted."""

    node: str
    status: str
    seconds: float
    message: str


class Dbt(ConfigurableResource[Any]):
    """dbt on a copy of the project and the night's work database, in a process of its own."""

    project: str
    settings: ResourceDependency[Settings]
    _process: subprocess.Popen[str] = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["Dbt"]:
        """Start the process, which loads dbt during the first steps; it ends with the run."""
        settings = self.settings
        set_up_process(settings.home)
        target = settings.home.dbt_artifacts / "target"
        # dbt parses its whole project again if the path in its profile changes, so the work database is
        # `~/work.duckdb` in every home.
        environment = environment_of_dbt(settings.memory) | {"HOME": str(settings.home.directory)}
        command = [sys.executable, "-m", "orchestration.dbt.worker", self.project, str(target)]
        with subprocess.Popen(  # noqa: S603 - our own module, no shell, no outside input
            command, cwd=PROJECT_DIR, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as self._process:
            try:
                self._hand_over(settings.home.hub_key)
                yield self
            finally:
                self._process.kill()
                # An error of the pipe must not hide why the process ended.
                with contextlib.suppress(BrokenPipeError):
                    self._pipes()[0].close()

    def _hand_over(self, key: str | None) -> None:
        """Send the hub's key to the process; if it has ended already, the first build raises the error."""
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps({"key": key}), file=self._pipes()[0], flush=True)

    def build(self, select: str) -> Iterator[NodeOutcome]:
        """Build a selection of dbt, with seeds and without tests; yield each node when it has ended.

        Raises:
            StepFailed: the process ended before the build, or the build failed without a failed node.
        """
        requests, answers = self._pipes()
        try:
            print(json.dumps({"select": select}), file=requests, flush=True)
        except BrokenPipeError:
            raise self._ended(select) from None
        is_explained = False
        for line in answers:
            answer = json.loads(line)
            if "node" not in answer:
                if not (answer["is_success"] or is_explained):
                    raise StepFailed(f"dbt did not build all of {select}, but reported no failed model; run it again")
                return
            outcome = NodeOutcome(**answer)
            is_explained = is_explained or outcome.status not in ("success", "skipped")
            yield outcome
        raise self._ended(select)

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise TypeError("dbt's process was started without pipes")
        return requests, answers

    def _ended(self, select: str) -> StepFailed:
        return StepFailed(
            f"dbt's process ended with exit code {self._process.wait()} before it built {select}; -9 means that the "
            "system had too little memory: stop other programs on this machine, then run the night again"
        )
