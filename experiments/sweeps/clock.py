"""Where the time of a sweep goes: seconds of work by kind, added up over threads and over interrupted sessions."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

KINDS = ("solving", "playing", "measuring", "writing", "waiting")


class Clock:
    """Seconds by kind. Threads may share it."""

    def __init__(self, before: Mapping[str, float] | None = None) -> None:
        self._seconds = {**dict.fromkeys(KINDS, 0.0), **(before or {})}
        self._lock = threading.Lock()

    @contextmanager
    def measure(self, kind: str) -> Iterator[None]:
        """Add the time that the block takes."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add(kind, time.perf_counter() - started)

    def add(self, kind: str, seconds: float) -> None:
        """Add seconds."""
        with self._lock:
            self._seconds[kind] += seconds

    def add_all(self, seconds: Mapping[str, float]) -> None:
        """Add what another clock has."""
        for kind, more in seconds.items():
            self.add(kind, more)

    def seconds(self) -> dict[str, float]:
        """All so far."""
        with self._lock:
            return {kind: round(seconds, 3) for kind, seconds in self._seconds.items()}
