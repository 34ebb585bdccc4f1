"""A cluster of dask.distributed that is there already: its workers do the blocks of a sweep.

Each worker is sent the recipe of the sweep once, prepares the points of its blocks itself and keeps them. One that has
other rules or versions is refused. A block whose worker dies is done again by another; blocks are the same whoever does
them, so the tables are the same to the byte.
"""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any

from agents.strategy_file import described
from experiments.sweeps import blocks
from experiments.sweeps.recipe import Recipe, made_here, refuse_other_makers
from experiments.sweeps.workers import Workers, WorkersFailed
from model.errors import InputError

ANSWER_SECONDS = 10.0  # within which a scheduler must answer, and have a worker
SCHEMES = ("tcp://", "tls://")
LOGGING = ("distributed", "tornado")
ATTEMPTS = 3  # at a block whose worker ran out of memory or could not be reached


@contextmanager
def cluster_workers(recipe: Recipe, address: str) -> Iterator[Workers]:
    """The workers of the cluster at an address; InputError, in a line, where there is none or it cannot be used."""
    where = f"--scheduler {address}"
    check_address(address)
    try:
        from dask import config
        from distributed import Client
    except ImportError:
        raise InputError(f"{where}: needs dask.distributed, the extra tariff-pause[cluster]") from None
    with without_log():
        with config.set({"distributed.comm.timeouts.connect": ANSWER_SECONDS}):
            try:
                client = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
            except Exception as error:
                raise InputError(
                    f"{where}: does not answer ({in_short(error)}); is the scheduler up, and reached?"
                ) from None
        try:
            threads = check_workers(client, recipe, where)
            register(client, recipe)
            executor = client.get_executor(pure=False, retries=ATTEMPTS)
            yield Workers(executor, threads, lambda error: failure_of(error, where), OutOfReach(client).seconds)
        finally:
            with suppress(Exception):
                executor.shutdown(wait=False)
            with suppress(Exception):
                client.unregister_worker_plugin(recipe.key)
            with suppress(Exception):
                client.close(timeout=ANSWER_SECONDS)


class OutOfReach:
    """For how long a client has had no connection to its scheduler, as far as it was asked."""

    def __init__(self, client: Any) -> None:
        self.client, self.since = client, None  # type: Any, float | None

    def seconds(self) -> float:
        """0 while there is one."""
        if self.client.status == "running":
            self.since = None
            return 0.0
        now = time.monotonic()
        self.since = now if self.since is None else self.since
        return now - self.since


@contextmanager
def without_log() -> Iterator[None]:
    """Without what Dask logs about workers and connections that are lost: what matters of it is one line of ours."""
    loggers = [logger for name, logger in logging.Logger.manager.loggerDict.items() if name.split(".")[0] in LOGGING]
    before = [(logger, logger.level) for logger in loggers if isinstance(logger, logging.Logger)]
    for logger, _ in before:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in before:
            logger.setLevel(level)


def check_address(address: str) -> None:
    """tcp://HOST:PORT or tls://HOST:PORT."""
    port = address.rpartition(":")[2]
    host = address.partition("://")[2].rpartition(":")[0]
    if not (address.startswith(SCHEMES) and host and port.isdigit() and 0 < int(port) < 65536):
        raise InputError(f"--scheduler {address!r}: write tcp://HOST:PORT or tls://HOST:PORT")


def check_workers(client: Any, recipe: Recipe, where: str) -> int:
    """How many threads the workers have. InputError where there is none, or one that would make other numbers."""
    try:
        client.wait_for_workers(1, timeout=ANSWER_SECONDS)
        made = client.run(made_here, on_error="return")
        threads = client.nthreads()
    except Exception as error:
        raise InputError(f"{where}: has no workers ({in_short(error)})") from None
    for worker, found in made.items():
        if isinstance(found, BaseException):
            raise InputError(f"{where}: worker {worker}: cannot run tariff-pause ({in_short(found)})")
        refuse_other_makers(f"{where}: worker {worker}", recipe.made_by, found)
    return sum(threads.values())


def register(client: Any, recipe: Recipe) -> None:
    """Set up all workers, those that come later too."""
    from distributed import WorkerPlugin

    class SetUp(WorkerPlugin):
        name = recipe.key

        def setup(self, worker: Any) -> None:
            blocks.set_up(recipe, worker.state.nthreads)

        def teardown(self, worker: Any) -> None:
            blocks.clear(recipe.key)

    client.register_plugin(SetUp())


def failure_of(error: BaseException, where: str) -> BaseException | None:
    """What is said where the cluster fails, and not the block: then nothing of it is in the tables."""
    if isinstance(error, InputError):
        return error.within(where)
    if isinstance(error, CancelledError):
        return WorkersFailed(f"{where}: the cluster failed (the scheduler cannot be reached any more)")
    if isinstance(error, Exception):
        return WorkersFailed(f"{where}: the cluster failed ({in_short(error)})")
    return None


def in_short(error: BaseException) -> str:
    """An error in a line."""
    text = described(error)
    return text if len(text) <= 200 else f"{text[:197]}..."
