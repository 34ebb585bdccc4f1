"""How much memory is free: of the machine, or of the container where that has less."""

import os
from contextlib import suppress
from pathlib import Path

CONTAINER = Path("/sys/fs/cgroup")


def free_bytes() -> float:
    """Bytes that a program could take now; infinity where the system does not say."""
    found = [machine_bytes(), container_bytes(CONTAINER)]
    return min(found)


def machine_bytes() -> float:
    """What the machine has left, caches that it would give up included."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return 1024.0 * float(next(line.split()[1] for line in lines if line.startswith("MemAvailable:")))
    with suppress(OSError, ValueError, AttributeError):
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return float("inf")


def container_bytes(folder: Path) -> float:
    """What the container's limit leaves, by its control group (version 2); infinity where there is none."""
    with suppress(OSError, ValueError):
        limit, used = ((folder / name).read_text(encoding="ascii").strip() for name in ("memory.max", "memory.current"))
        return float("inf") if limit == "max" else max(float(limit) - float(used), 0.0)
    return float("inf")
