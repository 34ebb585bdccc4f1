"""What the system refuses is said of the path that it refused, and of nothing else."""

import errno
from pathlib import Path

import pytest

from experiments import cli
from experiments.guard import guarded
from experiments.sweeps import sweep as sweeps
from model.errors import InputError, what_failed
from tests.tools.program import Call, tree

DESIGN = 'replicates = 3\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'
STRAY = OSError(errno.EMFILE, "Too many open files")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FileNotFoundError(2, "No such file", "there/case.toml"), "there/case.toml: No such file"),
        (PermissionError(13, "Permission denied", b"/a/b"), "/a/b: Permission denied"),
        (OSError(18, "Cross-device link", "a", None, "b"), "a to b: Cross-device link"),
        (STRAY, "Too many open files"),
        (OSError("what a library\nsays"), "what a library says"),
        (OSError(5, "Input/output error", 7), "Input/output error"),
        (OSError(), "OSError"),
        (TimeoutError(), "TimeoutError"),
    ],
)  # fmt: skip
def test_the_path_that_failed_is_named(error: OSError, text: str) -> None:
    assert what_failed(error) == text


def test_a_stray_refusal_is_not_blamed_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        raise FileNotFoundError(2, "No such file or directory", "/usr/share/fonts/gone.ttf")

    assert guarded(command) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "error: /usr/share/fonts/gone.ttf: No such file or directory\n")


@pytest.mark.parametrize("code", [None, 0, 3, "a text"])
def test_exit_codes_pass_through(code: int | str | None) -> None:
    def command() -> None:
        raise SystemExit(code)

    assert guarded(command) == (code if isinstance(code, int) else int(code is not None))


def test_a_user_s_error_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        raise InputError("delay_cots: what is this?")

    assert guarded(command) == 2
    assert capsys.readouterr().err == "error: delay_cots: what is this?\n"


@pytest.mark.parametrize("error", [STRAY, PermissionError(13, "Permission denied", "/elsewhere/table.bin")])
def test_a_sweep_does_not_blame_its_target(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """Something else is refused while the folder is in the making: nothing of it stays."""

    def fail(design: object, threads: object = None, *rest: object, **more: object) -> object:
        raise error

    monkeypatch.setattr(sweeps, "run_design", fail)
    (tmp_path / "d.toml").write_text(DESIGN)
    before = tree(tmp_path)
    called = call("sweep", "d.toml", "--out", "thesis")
    assert called.code == 1
    assert called.err == f"error: {what_failed(error)}\n"
    assert "thesis" not in called.err
    assert tree(tmp_path) == before


def test_analyze_does_not_blame_the_figures(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments.figures import analyze as figures

    (tmp_path / "d.toml").write_text(DESIGN)
    assert call("sweep", "d.toml", "--out", "thesis", "--no-figures").code == 0

    def fail(*args: object) -> None:
        raise PermissionError(13, "Permission denied", "/usr/share/fonts/mine.ttf")

    monkeypatch.setattr(figures, "save", fail)
    before = tree(tmp_path)
    called = call("analyze", "thesis")
    assert (called.code, called.err) == (1, "error: /usr/share/fonts/mine.ttf: Permission denied\n")
    assert tree(tmp_path) == before
    again = call("sweep", "d.toml", "--out", "thesis")
    assert again.code == 2 and "/usr/share/fonts/mine.ttf" in again.err and len(again.err.splitlines()) == 1


def test_the_program_ends_through_the_guard() -> None:
    assert cli.guarded is guarded
