"""Measures a command and all its child processes while it runs, from Linux's /proc, several times a second.

Memory is the sum of each process's resident pages, so pages that two processes share count twice. (Linux can share them
out among the processes, but it walks every page for that.) Processor time and bytes include processes that have ended.
`stages.py` assigns the figures to the stages of a night.
"""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.home.redaction import StepFailed
from orchestration.home.settings import PROJECT_DIR

# A sample takes 0.2 ms: this costs less than a hundredth of one core.
_EVERY_SECONDS = 0.1
_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_LONGEST_REASON = 600
_IO = ("rchar", "wchar", "read_bytes", "write_bytes")


@dataclass(frozen=True)
class Sample:
    """Resident bytes at an instant, and the totals since the begin; disk bytes exclude those from the cache."""

    at: float
    resident_bytes: int = 0
    cpu_seconds: float = 0.0
    read_bytes: int = 0
    written_bytes: int = 0
    disk_read_bytes: int = 0
    disk_written_bytes: int = 0


@dataclass(frozen=True)
class Watched:
    """A command from its begin to its end, in seconds since 1970; without samples if the system has no /proc."""

    began_at: float
    ended_at: float
    cpu_seconds: float
    samples: Sequence[Sample]


def has_samples() -> bool:
    """Whether this system shows what a process reads, writes and holds."""
    return (_PROC / "self" / "io").exists()


def watch(command: Sequence[str], environment: Mapping[str, str]) -> Watched:
    """Run a command of ours to its end, and sample its processes meanwhile; an interrupt also kills it.

    Raises:
        StepFailed: it failed; the message has the end of its errors.
    """
    with tempfile.TemporaryFile() as errors:
        began_at = time.time()
        process = subprocess.Popen(  # noqa: S603 - our own commands, no shell, no outside input
            command, stdout=subprocess.DEVNULL, stderr=errors, cwd=PROJECT_DIR, env=environment, start_new_session=True
        )
        try:
            samples = [Sample(began_at), *_looks(process.pid)] if has_samples() else []
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        ended_at, process.returncode = time.time(), os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            reason = errors.read().decode(errors="replace").strip()[-_LONGEST_REASON:]
            called = " ".join([Path(command[0]).name, *command[1:]])
            raise StepFailed(f"{called} ended with {process.returncode}: {reason}")
    return Watched(began_at, ended_at, usage.ru_utime + usage.ru_stime, samples)


def _looks(root: int) -> Iterator[Sample]:
    """Samples until the process ends, and one after that, while /proc still has its sums."""
    tree = _Tree(root)
    while os.waitid(os.P_PID, root, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        yield tree.look()
        time.sleep(_EVERY_SECONDS)
    yield tree.look()


class _Tree:
    """The processes of a session, its leader first."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._members: list[int] = []
        self._others: set[int] = set()

    def look(self) -> Sample:
        """The sums over all processes that exist.

        A parent is read before its children: a child that ends meanwhile is missed once, and never counted twice.
        """
        at, names = time.time(), os.listdir(_PROC)  # noqa: PTH208 - a path for each name costs more than the look
        there = {int(name) for name in names if name.isdigit()}
        self._others &= there
        self._members = [pid for pid in self._members if pid in there]
        for pid in sorted(there - self._others - set(self._members)):
            if _session(pid) == self._root:
                self._members.append(pid)
            else:
                self._others.add(pid)
        sums = [sum(figures) for figures in zip(*map(_figures, self._members), strict=True)]
        resident, ticks, *counted = map(int, sums or [0] * 6)
        return Sample(at, resident, ticks / _TICK, *counted)


def _session(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[3]) if fields else None


def _figures(pid: int) -> tuple[int, ...]:
    """Resident bytes, ticks of the process and its ended children, and bytes; zeros if the process is gone."""
    fields = _stat(pid)
    try:
        lines = (_PROC / str(pid) / "io").read_text().splitlines()
    except OSError:
        lines = []
    io = dict(line.split(": ") for line in lines)
    if not fields:
        return (0,) * (2 + len(_IO))
    return int(fields[21]) * _PAGE, sum(map(int, fields[11:15])), *(int(io.get(name, 0)) for name in _IO)


def _stat(pid: int) -> list[str]:
    """The fields after the command's name, from the state on; empty if the process is gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
