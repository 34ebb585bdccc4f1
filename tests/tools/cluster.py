"""A real dask.distributed cluster on this machine, each part a process of its own that can be killed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS = 60.0  # to come up
ROOT = Path(__file__).resolve().parents[2]


class Cluster:
    """A scheduler, and workers that are started when they are asked for. A context: at its end all are killed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.workers = folder, []  # type: Path, list[subprocess.Popen[bytes]]
        told = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told))
        self.address = wait_for(lambda: address_in(told))

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *error: object) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def add_worker(self) -> "subprocess.Popen[bytes]":
        """One more worker of one thread; it is there when this returns."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        arguments = (self.address, "--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder))
        process = self._start("worker", *arguments, log=log)
        self.workers.append(process)
        wait_for(lambda: "Registered to:" in log.read_text() or None)
        return process

    def _start(self, part: str, *arguments: str, log: Path | None = None) -> "subprocess.Popen[bytes]":
        program = [sys.executable, "-m", "dask", part, "--no-dashboard", *arguments]
        paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        with (log or self.folder / f"{part}.log").open("wb") as out:
            env = {**os.environ, "PYTHONPATH": paths}
            return subprocess.Popen(program, stdout=out, stderr=subprocess.STDOUT, env=env)


def address_in(told: Path) -> str | None:
    """The address that a scheduler has written into its file; None while it is not there, or not whole."""
    try:
        return str(json.loads(told.read_text())["address"])
    except (FileNotFoundError, ValueError):
        return None


def wait_for(answer: Callable[[], Any]) -> Any:
    """What is answered, as soon as it is not None."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = answer()
        if found is not None:
            return found
        time.sleep(0.05)
    raise TimeoutError("the cluster did not come up")
