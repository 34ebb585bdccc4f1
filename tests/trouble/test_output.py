"""What is printed does not decide what is done, and no encoding or reader ends the program with a traceback."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.tools.program import PROGRAM

DESIGN = 'replicates = 3\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'
TABLES = {"points.csv", "runs.csv", "countries.csv", "summary.csv", "terms.csv", "manifest.json"}
TABLES |= {"case.toml", "columns.csv", "moments.bin"}
DONE = {*TABLES, "figures", "analysis.csv"}
FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and devices of a posix system")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a design in it."""
    (tmp_path / "d.toml").write_text(DESIGN)
    return tmp_path


def shell(folder: Path, script: str, environment: Mapping[str, str] = {}) -> subprocess.CompletedProcess[bytes]:
    """Run a script of bash in a folder; $P is the program."""
    known = {**os.environ, "P": str(PROGRAM), **environment}
    return subprocess.run(["bash", "-c", script], cwd=folder, env=known, capture_output=True)


def held(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


@pytest.mark.parametrize(
    "script",
    [
        "$P sweep d.toml --out out | head -1 > first; exit ${PIPESTATUS[0]}",
        pytest.param("$P sweep d.toml --out out | true; exit ${PIPESTATUS[0]}", marks=pytest.mark.slow),
        pytest.param("$P sweep d.toml --out out 2>&-", marks=pytest.mark.slow),
        pytest.param("$P sweep d.toml --out out <&- >&- 2>&-", marks=pytest.mark.slow),
        pytest.param("$P sweep d.toml --out out 2>/dev/full", marks=pytest.mark.slow),
        pytest.param(
            "PYTHONUNBUFFERED=1 $P sweep d.toml --out out | true; exit ${PIPESTATUS[0]}", marks=pytest.mark.slow
        ),
    ],
)
def test_a_reader_that_leaves_ends_the_printing_alone(here: Path, script: str) -> None:
    done = shell(here, script)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr + done.stdout and b"error" not in done.stderr
    assert held(here / "out") == DONE


@pytest.mark.skipif(not FULL.is_char_device(), reason="no device that is always full")
@pytest.mark.parametrize("buffering", ["", pytest.param("1", marks=pytest.mark.slow)])
def test_a_full_standard_output_is_said_after_the_work(here: Path, buffering: str) -> None:
    done = shell(here, "$P sweep d.toml --out out > /dev/full", {"PYTHONUNBUFFERED": buffering})
    assert done.returncode == 1
    assert done.stderr == b"error: standard output cannot be written (No space left on device)\n"
    assert held(here / "out") == DONE


def test_a_user_s_error_stays_one(here: Path) -> None:
    done = shell(here, "$P sweep nothing > /dev/full")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith(b"error: sweep: unknown design 'nothing'")
    assert shell(here, "$P sweep nothing 2>&-").returncode == 2


@pytest.mark.parametrize("arguments", ["parameters", "terms --json", "run", "--help"])
def test_every_command_outlasts_its_reader(here: Path, arguments: str) -> None:
    done = shell(here, f"$P {arguments} | true; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
def test_what_is_written_to_a_file_is_whole_where_nothing_can_be_printed(here: Path) -> None:
    """With standard output closed, the first file that is opened takes its number: nothing may be printed into it."""
    assert shell(here, "$P run --csv closed.csv >&-").returncode == 0
    assert shell(here, "$P run --csv open.csv").returncode == 0
    assert (here / "closed.csv").read_bytes() == (here / "open.csv").read_bytes()


# Encodings

NAMES = {"South Korea": "대한민국 ≥ β", "Japan": "日本", "Vietnam": "Việt Nam"}


@pytest.fixture
def named(here: Path) -> Path:
    """The same with a case of which names and title are in scripts that few encodings have."""
    shell(here, "$P cases six --copy six.toml")
    text = (here / "six.toml").read_text()
    for name, own in NAMES.items():
        assert f'name = "{name}"' in text
        text = text.replace(f'name = "{name}"', f'name = "{own}"')
    (here / "six.toml").write_text(text)
    (here / "d.toml").write_text(f'case = "six.toml"\n{DESIGN}')
    return here


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"PYTHONIOENCODING": "cp1252"}, marks=pytest.mark.slow),
        pytest.param({"PYTHONIOENCODING": "ascii:strict"}, marks=pytest.mark.slow),
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
    ids=lambda environment: "-".join(environment.values()),
)
def test_no_encoding_is_an_error(named: Path, environment: dict[str, str]) -> None:
    for arguments in ("cases six.toml --show", "terms --case six.toml", "sweep d.toml --out out"):
        done = shell(named, f"$P {arguments}", environment)
        assert (done.returncode, done.stderr) == (0, b""), arguments
    assert held(named / "out") == DONE


NOT_UTF8 = os.fsdecode(b"th\xe8se")


@pytest.fixture
def latin(here: Path) -> Iterator[Path]:
    """A folder whose name is no UTF-8."""
    folder = here / NOT_UTF8
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system has no such names")
    yield folder


@pytest.mark.slow
def test_a_path_that_is_no_utf8(latin: Path) -> None:
    """Every file is written and read below it, and it is printed, escaped."""
    (latin / "d.toml").write_text(DESIGN)
    steps = [
        "$P cases six --copy own.toml",
        "$P run --case ./own.toml --csv run.csv",
        "$P sweep d.toml --out out",
        "$P analyze out",
        "$P sweep d.toml --out out",
        '$P sweep "$PWD/d.toml" --out "$PWD/there" --no-figures',
        '$P measures --measure hegemon_surplus --out "$PWD/measures"',
    ]
    for step in steps:
        done = shell(latin, step)
        assert (done.returncode, done.stderr) == (0, b""), (step, done.stderr)
    assert held(latin / "out") == DONE and held(latin / "there") == TABLES
    assert rb"th\udce8se/there" in shell(latin, steps[5]).stdout
    refused = shell(latin, '$P run --case "$PWD/nothing.toml"')
    assert (refused.returncode, refused.stderr.count(b"\n")) == (2, 1)
    assert refused.stderr.endswith(rb"th\udce8se/nothing.toml: there is no such file" + b"\n")


def test_a_stored_run_below_it_is_replayed(latin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments.page.replay import read_replay
    from experiments.sweeps.design_file import load_design
    from experiments.sweeps.sweep import run_sweep

    (latin / "d.toml").write_text(DESIGN)
    run_sweep(load_design(str(latin / "d.toml")), latin / "out")
    stored = read_replay(str(latin / "out"), 1, 2).stored
    assert stored is not None and len(stored["rows"]) == 6


# A terminal


def test_progress_on_a_terminal_and_a_terminal_that_goes(here: Path) -> None:
    """The terminal is closed while the sweep is at work: the signal ends it, and nothing half written stays."""
    (here / "long.toml").write_text(DESIGN.replace("replicates = 3", "replicates = 100_000_000"))
    ours, its = pty.openpty()
    program = subprocess.Popen(
        [str(PROGRAM), "sweep", "long.toml", "--out", "out"], cwd=here, stdin=its, stdout=its, stderr=its,
        start_new_session=True,
    )  # fmt: skip
    os.close(its)
    seen = b""
    try:
        while b"long" not in seen:
            seen += os.read(ours, 1 << 16)
    finally:
        os.close(ours)
        program.send_signal(signal.SIGHUP)
        assert program.wait(timeout=120) == 128 + signal.SIGHUP
    assert not [path.name for path in here.iterdir() if "partial" in path.name or path.name == "out"]


def test_streams_are_given_back(capfd: pytest.CaptureFixture[str]) -> None:
    """What lasts is put in place of the program's own streams, and of no others."""
    from experiments.output import LastingStream, lasting, lasting_output, raw_stream

    before: Any = sys.stdout, sys.stderr
    with lasting_output():
        pass
    assert (sys.stdout, sys.stderr) == before
    closed = lasting(None)
    assert closed.write("lost") == 4
    closed.close()
    assert sys.__stdout__ is not None
    ours = lasting(sys.__stdout__)
    assert isinstance(raw_stream(ours), LastingStream) and ours.fileno() == sys.__stdout__.fileno()
    assert ours.isatty() == sys.__stdout__.isatty() and ours.encoding == sys.__stdout__.encoding
