"""Tables are read by pyarrow alone: a file of Python's that one of its threads still holds aborts the program."""

import io
import threading
from pathlib import Path
from typing import Any

import pytest

from experiments.tables.batches import read_batches


def test_no_other_thread_reads_a_file_of_pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers, plain = set(), Path.open

    class Watched(io.FileIO):
        def read(self, *given: Any) -> Any:
            readers.add(threading.get_ident())
            return super().read(*given)

    def watching(path: Path, mode: str = "r", *given: Any, **more: Any) -> Any:
        return Watched(path) if mode == "rb" else plain(path, mode, *given, **more)

    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,x\n" * 1000)
    monkeypatch.setattr(Path, "open", watching)
    assert sum(len(batch["a"]) for batch in read_batches(path, ("a",), ("b",))) == 1000
    assert readers == {threading.get_ident()}


def test_a_path_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9.csv"
    try:
        path.write_text("a\n1\n")
    except OSError:
        pytest.skip("this file system has no such names")
    assert [batch["a"].tolist() for batch in read_batches(path, ("a",))] == [[1.0]]
