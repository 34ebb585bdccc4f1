"""What every test can ask for: the program's entry point, called in this process."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments import cli
from tests.tools.program import Call, Called


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
