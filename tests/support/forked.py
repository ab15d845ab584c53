"""`fil` as a process of its own, forked from one that has loaded its libraries: that takes a second less of everything.

The process has its own environment, directory, output, session and exit code, and can be killed. Commands that start
as a user starts them are in `test_demo.py` and `test_connected_night.py`.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

# What a night loads sooner or later, by the modules of ours that load it.
_LOADED = (
    "orchestration.cli.main", "orchestration.definitions", "orchestration.run_night", "quality.duckdb_datasource",
    "matching.night", "orchestration.casework.card", "orchestration.outgoing.redelivery",
)  # fmt: skip


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_LOADED))
    return context


def start(arguments: Sequence[str], environment: Mapping[str, str], cwd: Path, streams: Sequence[str]) -> BaseProcess:
    """Start `fil` with arguments; `streams` are the files of its input, output and errors."""
    process = _context().Process(target=_run, args=(list(arguments), dict(environment), str(cwd), list(streams)))
    process.start()
    return process


def run(
    arguments: Sequence[str], environment: Mapping[str, str], cwd: Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `fil` with arguments to its end."""
    with tempfile.TemporaryDirectory() as directory:
        streams = [Path(directory) / name for name in ("in", "out", "err")]
        for stream in streams:
            stream.write_text(stdin if stream.name == "in" else "", encoding="utf-8")
        process = start(arguments, environment, cwd, [str(stream) for stream in streams])
        process.join()
        code = process.exitcode
        assert code is not None
        _, out, err = (stream.read_text(encoding="utf-8") for stream in streams)
        return subprocess.CompletedProcess(["fil", *arguments], code, out, err)


def _run(arguments: list[str], environment: dict[str, str], cwd: str, streams: list[str]) -> None:
    os.setsid()
    for number, (path, mode) in enumerate(zip(streams, (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY), strict=True)):
        opened = os.open(path, mode)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate("rww")
    )
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["fil", *arguments]
    from orchestration.cli.main import main

    main()
