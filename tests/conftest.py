"""What every test can ask for: the program's entry point, called in this process. At the end, seconds by test file."""

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments import cli
from tests.tools.program import Call, Called


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--durations-by-file", action="store_true", help="Show seconds by test file (always where CI is set)."
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Seconds by test file, the longest first; those of all processes together where there are several."""
    if not config.getoption("--durations-by-file") and "CI" not in os.environ:
        return
    seconds: dict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("::")[0]] += report.duration
    terminalreporter.section("seconds by file")
    for name, total in sorted(seconds.items(), key=lambda entry: -entry[1]):
        terminalreporter.write_line(f"{total:7.1f}  {name}")


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Call the program's entry point in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def enter(*arguments: str) -> Called:
        monkeypatch.setattr(sys, "argv", ["tariff-pause", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        code = ended.value.code
        return Called(code if isinstance(code, int) else int(code is not None), captured.out, captured.err)

    yield enter
