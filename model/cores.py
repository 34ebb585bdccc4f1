"""How many threads to use: as many as cores are allotted to this process, unless the user says how many.

A machine has more cores than a process may use: a scheduler pins it to some (affinity), a container has a quota of
time (cgroup v2, `cpu.max`: microseconds in each period). Threads beyond these only stand in each other's way.
"""

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from model.errors import InputError

CGROUPS, OWN_CGROUP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
MOST_THREADS = 1024

chosen: dict[str, int] = {}  # "threads": what the user said, if anything
worker = threading.local()  # `share`: the threads that a worker of a pool may use for its own job


def choose_threads(count: int | None, origin: str = "threads") -> None:
    """Use so many threads from now on; None: as many as cores are allotted."""
    chosen.clear()
    if count is not None:
        if not 1 <= count <= MOST_THREADS:
            raise InputError(f"{origin} {count}: a whole number from 1 to {MOST_THREADS} is allowed")
        chosen["threads"] = count


def thread_count() -> int:
    """How many threads the work at hand may use."""
    return int(getattr(worker, "share", 0)) or chosen.get("threads") or allotted_cores()


def pool_for(jobs: int, threads: int) -> ThreadPoolExecutor:
    """A pool for so many jobs. Its workers share the threads, so that what a job starts by itself stays among them."""
    workers = max(1, min(threads, jobs))

    def take_share() -> None:
        worker.share = threads // workers

    return ThreadPoolExecutor(workers, initializer=take_share)


def allotted_cores() -> int:
    """The cores that this process may use, at least one; a part of a core counts as one."""
    machine = getattr(os, "process_cpu_count", os.cpu_count)() or 1
    pinned = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else machine
    return max(1, int(min(machine, pinned, math.ceil(min(quota(), machine)))))


def quota() -> float:
    """The cores' worth of time that the cgroup of this process, and those above it, grant; infinite where none says."""
    least = math.inf
    with suppress(OSError, ValueError):
        own = next((line for line in OWN_CGROUP.read_text().splitlines() if line.startswith("0::")), "0::/")
        place = CGROUPS / own.removeprefix("0::").strip("/")
        for folder in (place, *place.parents):
            with suppress(OSError, ValueError, ZeroDivisionError):
                time, period = (folder / "cpu.max").read_text().split()
                least = min(least, math.inf if time == "max" else int(time) / int(period))
    return least
