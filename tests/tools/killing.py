"""Ending a piece of work before one of its file operations, as kill -9 would, in a process of its own."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.utime", "fcntl.flock")


def killed_before(number: int, work: Callable[[], object], folder: Path) -> bool:
    """Do work in a child process that is killed before its file operation `number` (1 is the first) below a folder:
    opening to write, renaming, removing, and putting onto the disk. Whether it was killed; else it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            kill_before(number, str(folder.resolve()))
            work()
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(3)
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    if os.WIFSIGNALED(ended):
        assert os.WTERMSIG(ended) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(ended) == 0
    return False


def kill_before(number: int, folder: str) -> None:
    """From now on count this process's file operations, and kill it before one of them."""
    count = 0

    def counted() -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & WRITING and folder in str(path):
                counted()
        elif event == "fcntl.flock" or (event in CHANGES and any(folder in str(part) for part in arguments)):
            counted()

    def counted_fsync(fd: Any) -> None:
        counted()  # what a process has written outlives it without

    os.fsync = counted_fsync
    sys.addaudithook(hook)
