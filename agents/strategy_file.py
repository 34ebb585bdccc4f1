"""A strategy in a file of the user's own: FILE.py:FUNCTION, as in `--strategy KOR=mine.py:patient`.

    import numpy as np

    def patient(states):
        "Signs in the last three weeks only, where that beats no deal."
        return np.where((states.day >= 69) & (states.sign > states.no_deal), 1.0, 0.0)

The function is asked about the states of one meeting at a time (`agents.strategy.PublicStates`: arrays in) and answers
with the probability of moving in each of them (an array of the same length, or one number). The first line of its
docstring is its rule in a sentence.

A file is code, so it is opened only by who types its name: `--strategy` on the command line, or a design or a settings
file that it names.
An address of the page, a manifest or a result folder can name such a strategy, but not have its file opened.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.strategy import Strategy
from model.errors import InputError
from model.toml_file import read_text

OPENED: dict[str, Strategy] = {}  # by the text that names them; filled by `open_strategy` alone


def names_file(text: str) -> bool:
    """Whether a strategy's name is that of a function in a file."""
    return text.rpartition(":")[0].lower().endswith(".py") or text.lower().endswith(".py")


def open_strategy(text: str, origin: str, folder: Path | None = None) -> str:
    """Run the file that a strategy's name names, in `folder` where the path is relative. Returns the name under which
    the strategy can be found from now on: with the whole path where a folder was given. InputError where the file
    cannot be read or run, or has no such function."""
    file, _, function = text.rpartition(":")
    if not file or not function:
        raise InputError(f"{origin}: {text!r}: write FILE.py:FUNCTION, as in mine.py:patient")
    path = Path(file) if folder is None else (folder / file).absolute()
    where = f"{origin}: {text}"
    try:
        content = read_text(path)
    except InputError as error:
        raise InputError(f"{origin}: {error}") from None
    found = run_file(content, path, where).get(function)
    if found is None:
        raise InputError(f"{where}: {path.name} has no function {function!r}")
    if not callable(found):
        raise InputError(f"{where}: {function} is no function ({type(found).__name__})")
    sentence = (getattr(found, "__doc__", None) or f"The rule {function} of {path.name}.").strip().splitlines()[0]
    name = f"{path}:{function}"
    OPENED[name] = Strategy(
        f"{path.name}:{function}",
        sentence,
        "a file of the user's own",
        OwnRule(content, path, function, found),
        content,
    )
    return name


def opened_strategy(text: str, origin: str) -> Strategy:
    """The strategy of that name, if its file has been opened in this process."""
    if text not in OPENED:
        raise InputError(
            f"{origin}: {text}: a strategy in a file is opened only by --strategy on the command line, or by a design "
            "or a settings file that it names"
        )
    return OPENED[text]


def run_file(content: str, path: Path, where: str) -> dict[str, Any]:
    """The names that a file defines. Nothing is written beside it."""
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    try:
        exec(compile(content, str(path), "exec"), names)
    except (Exception, SystemExit) as error:
        raise InputError(f"{where}: cannot be run ({described(error)})") from None
    return names


class OwnRule:
    """A function of a user's file; whatever goes wrong in it is an `InputError`. Another process that is handed it
    gets the text of the file, and runs it."""

    def __init__(self, content: str, path: Path, function: str, rule: Callable[..., Any]) -> None:
        self.content, self.path, self.function, self.rule = content, path, function, rule

    def __call__(self, states: Any) -> Any:
        try:
            return self.rule(states)
        except Exception as error:
            raise InputError(f"strategy {self.function}: meeting {states.meeting}: {described(error)}") from None

    def __reduce__(self) -> tuple[Callable[..., "OwnRule"], tuple[str, Path, str]]:
        return own_rule, (self.content, self.path, self.function)


def own_rule(content: str, path: Path, function: str) -> OwnRule:
    """The function of a file's text."""
    return OwnRule(content, path, function, run_file(content, path, str(path))[function])


def described(error: BaseException) -> str:
    """An error of the user's code on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def fingerprint(strategy: Strategy) -> str:
    """What tells a strategy from others of its name: for one in a file, the SHA-256 of its text (12 hex digits)."""
    if not strategy.source:
        return strategy.name
    return f"{strategy.name}#{hashlib.sha256(strategy.source.encode()).hexdigest()[:12]}"
