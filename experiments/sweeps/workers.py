"""Who works on the blocks of a sweep: threads of this process, or the workers of a cluster. Both are asked in the same
way, `submit` a function of `experiments.sweeps.blocks` and wait for its future.

Compiled rules release the interpreter's lock, so threads are enough on one machine.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from experiments.sweeps import blocks
from experiments.sweeps.recipe import Recipe
from model.cores import pool_for, thread_count
from model.errors import InputError

LOOK_SECONDS, LOST_SECONDS = 1.0, 15.0


class WorkersFailed(InputError):
    """Those who work have failed, and not what they were asked to do."""


@dataclass(frozen=True)
class Workers:
    """size: how many blocks are worked on at a time; named_failure: what to raise where the workers themselves fail,
    and not what they were asked to do (None: that is what went wrong); lost: how many seconds they have been out of
    reach."""

    executor: Executor
    size: int
    named_failure: Callable[[BaseException], BaseException | None] = lambda error: None
    lost: Callable[[], float] = lambda: 0.0

    def submit(self, task: Callable[..., Any], *given: Any) -> Future[Any]:
        """Have something done."""
        try:
            return self.executor.submit(task, *given)
        except Exception as error:
            raise self.named_failure(error) or error from None

    def result(self, future: Future[Any]) -> Any:
        """What came of it. Workers that cannot be reached for long have failed: a future may then wait for ever."""
        while True:
            try:
                return future.result(timeout=LOOK_SECONDS)
            except BaseException as error:
                out_of_reach = self.lost() > LOST_SECONDS
                if isinstance(error, TimeoutError) and not future.done() and not out_of_reach:
                    continue
                raise self.named_failure(CancelledError() if out_of_reach else error) or error from None


@contextmanager
def local_workers(recipe: Recipe, jobs: int, threads: int | None) -> Iterator[Workers]:
    """Threads of this process, for so many blocks."""
    count = worker_count(threads)
    blocks.set_up(recipe, count)
    with pool_for(jobs, count) as pool:
        try:
            yield Workers(pool, count)
        finally:
            pool.shutdown(cancel_futures=True)
            blocks.clear(recipe.key)


def worker_count(threads: int | None) -> int:
    """How many threads work: as many as asked for, else one for each core allotted."""
    return threads or thread_count()
