"""One process at a time works in a folder, whatever its container or machine.

Among the processes of one kernel a lock decides; it ends with its process. Beside it lies `owner.json`, a random
token and who works there since when. Its time is renewed every RENEWED_EVERY seconds and at each entry of the journal,
and the token is looked at before: so a machine that the lock does not reach sees that the folder is in use. An owner
of another kernel that has been silent for SILENT_SECONDS, by the clock of the file system, is gone. Process numbers are
told and decide nothing.
"""

import errno
import json
import os
import platform
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from experiments.tables.parts import files_in, remove_empty
from experiments.tables.writing import write_whole
from model.errors import InputError

LOCK, OWNER = "lock", "owner.json"
RENEWED_EVERY, SILENT_SECONDS = 20.0, 120.0
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
ATTEMPTS = 20  # at opening a folder that others are just removing


@dataclass(frozen=True)
class Holder:
    """Who works in a folder; `kernel` tells whether the lock reaches us."""

    token: str
    host: str
    process: int
    since: str
    kernel: str


def this_kernel() -> str:
    """What all containers of a running machine have in common."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return platform.node()


def read_holder(work: Path) -> Holder | None:
    """Who is said to work in a folder; None where nobody is, or where the file cannot be made out."""
    try:
        return Holder(**json.loads((work / OWNER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


class Owner:
    """This process's claim to a working folder: `claim` it, `check` before writing, `release` it."""

    def __init__(self, work: Path) -> None:
        self.work = work
        now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        self.holder = Holder(secrets.token_hex(16), platform.node(), os.getpid(), now, this_kernel())
        self.made: list[Path] = []  # folders that were not there before
        self._lock = FileLock(work / LOCK, timeout=0)
        self._stop = threading.Event()

    def claim(self) -> None:
        """Become the owner, or an `InputError` that says who is; OSError where the folder cannot be made."""
        try:
            for attempt in range(ATTEMPTS):
                self._make_folders()
                try:
                    locked = self._acquire()
                    break
                except FileNotFoundError:
                    if attempt == ATTEMPTS - 1:
                        raise
            held = read_holder(self.work)
            if held is not None and not (locked and held.kernel == self.holder.kernel) and not self._is_silent():
                raise in_use(self.work, held)
            write_whole(self.work / OWNER, json.dumps(asdict(self.holder)).encode())
        except BaseException:
            if (self.work / LOCK).exists() and read_holder(self.work) is None:  # interrupted before anything is claimed
                with suppress(OSError, Timeout):
                    self._lock.acquire()
                    (self.work / LOCK).unlink()
            self._lock.release(force=True)
            raise
        threading.Thread(target=self._keep_renewing, daemon=True).start()

    def check(self) -> None:
        """InputError where the folder has been taken over, or is gone."""
        held = read_holder(self.work)
        if held is None:
            raise InputError(f"{self.work}: has been removed or changed by someone else; stopped")
        if held.token != self.holder.token:
            raise InputError(f"{self.work}: has been taken over by {told(held)}; stopped")

    def renew(self) -> None:
        """Say that the owner is at work."""
        self.check()
        os.utime(self.work / OWNER)

    def release(self, keep: bool) -> None:
        """Leave the folder to others; with all that is in it, and itself, unless that is to be kept."""
        self._stop.set()
        held = read_holder(self.work)
        if held is not None and held.token == self.holder.token:
            with suppress(OSError):
                for name in [*files_in(self.work)]:
                    if name != LOCK and not (keep and name != OWNER):
                        (self.work / name).unlink()
                remove_empty(self.work)
                (self.work / LOCK).unlink()
        self._lock.release()
        if not keep:
            for path in reversed(self.made or [self.work]):
                with suppress(OSError):
                    path.rmdir()

    def _make_folders(self) -> None:
        missing = [path for path in (self.work, *self.work.parents) if not path.exists()]
        for path in reversed(missing):
            self.made.append(path)  # before it is made: an interruption may come just after
            try:
                path.mkdir()
            except FileExistsError:
                self.made.remove(path)
        if not self.work.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(self.work))

    def _acquire(self) -> bool:
        """Take the lock: False where the file system has none."""
        try:
            self._lock.acquire()
        except Timeout:
            raise in_use(self.work, read_holder(self.work)) from None
        except NotImplementedError:
            return False
        except OSError as error:
            if error.errno in NO_LOCKS:
                return False
            raise
        if not (self.work / LOCK).exists():  # removed by its last holder between opening and locking
            self._lock.release()
            raise FileNotFoundError(2, "No such file or directory", str(self.work / LOCK))
        return True

    def _is_silent(self) -> bool:
        """Whether the owner's file is old by the clock of the file system that holds it."""
        (self.work / LOCK).touch()
        now = (self.work / LOCK).stat().st_mtime
        return abs(now - (self.work / OWNER).stat().st_mtime) >= SILENT_SECONDS

    def _keep_renewing(self) -> None:
        while not self._stop.wait(RENEWED_EVERY):
            try:
                self.renew()
            except (InputError, OSError):
                return  # found again, and said, before the next entry


def told(holder: Holder) -> str:
    """Who a holder is, in words."""
    return f"process {holder.process} on {holder.host}, since {holder.since}"


def in_use(work: Path, holder: Holder | None) -> InputError:
    """The refusal of a second process."""
    who = told(holder) if holder is not None else "another process"
    return InputError(f"{work.parent}: is in use by {who}; wait for its end")
