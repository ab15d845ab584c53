"""`fil` as a process of its own, forked from one that has loaded its libraries: five seconds of processor time less.

The process has its own environment, directory, output, session and exit code, and can be killed. `test_demo.py` starts
commands as a user does.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.preloaded"])
    return context


Prepare = Callable[[], object]
_NOWHERE = (os.devnull,) * 3


def start(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path,
    streams: Sequence[str] = _NOWHERE,
    prepare: Prepare | None = None,
) -> BaseProcess:
    """Start `fil` with arguments; `streams` are the files of its input, output and errors.

    `prepare` is a function of a module, called in the process before `fil`.
    """
    told = (list(arguments), dict(environment), str(cwd), list(streams), prepare)
    process = _context().Process(target=_run, args=told)
    process.start()
    return process


def run(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path,
    stdin: str = "",
    prepare: Prepare | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `fil` with arguments to its end."""
    with tempfile.TemporaryDirectory() as directory:
        streams = [Path(directory) / name for name in ("in", "out", "err")]
        for stream in streams:
            stream.write_text(stdin if stream.name == "in" else "", encoding="utf-8")
        process = start(arguments, environment, cwd, [str(stream) for stream in streams], prepare)
        process.join()
        code = process.exitcode
        assert code is not None
        _, out, err = (stream.read_text(encoding="utf-8") for stream in streams)
        return subprocess.CompletedProcess(["fil", *arguments], code, out, err)


def _run(
    arguments: list[str], environment: dict[str, str], cwd: str, streams: list[str], prepare: Prepare | None
) -> None:
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
    if prepare is not None:
        prepare()
    from orchestration.cli.main import main

    main()
