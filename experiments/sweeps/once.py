"""Things that several need, made once: by the first who asks, while the others wait for it."""

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np


class Once:
    """Things by key. Kept are those that were used last: `most` of them, and no more than `most_bytes` of arrays in
    all (the last one always). What is dropped here lives on with those who use it."""

    def __init__(self, most: int, most_bytes: float = np.inf) -> None:
        self.most, self.most_bytes = most, most_bytes
        self._things: OrderedDict[Hashable, Thing] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The thing of that key, made by `make` where it is not there. What `make` raises is raised to all who wait."""
        with self._lock:
            thing = self._things.setdefault(key, Thing())
            self._things.move_to_end(key)
        made = thing.get(make)
        with self._lock:
            while len(self._things) > 1 and (len(self._things) > self.most or self.bytes > self.most_bytes):
                self._things.popitem(last=False)
        return made

    @property
    def bytes(self) -> int:
        """Bytes of arrays in all things that are made."""
        return sum(thing.bytes for thing in self._things.values())

    def __len__(self) -> int:
        return len(self._things)


class Thing:
    """One of them: made at the first `get`."""

    def __init__(self) -> None:
        self.bytes = 0
        self._lock = threading.Lock()
        self._made: Any = None
        self._error: Exception | None = None
        self._done = False

    def get(self, make: Callable[[], Any]) -> Any:
        """The thing itself, or what went wrong when it was made."""
        with self._lock:
            if not self._done:
                try:
                    self._made = make()
                    self.bytes = array_bytes(self._made)
                except Exception as error:
                    self._error = error
                self._done = True
        if self._error is not None:
            raise self._error
        return self._made


def array_bytes(thing: Any) -> int:
    """Bytes of the arrays in a thing: in its fields, and in theirs."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    if isinstance(thing, tuple | list):
        return sum(array_bytes(one) for one in thing)
    if dataclasses.is_dataclass(thing):
        return sum(array_bytes(getattr(thing, field.name)) for field in dataclasses.fields(thing))
    return 0
