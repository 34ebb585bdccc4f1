"""A file is replaced in one step: what interrupts it leaves the old one whole, and nothing beside it."""

import os
from pathlib import Path

import pytest

from experiments.tables.replacing import beside, replacing
from tests.tools.program import tree


@pytest.mark.parametrize("there", [False, True])
def test_the_new_one_takes_the_place_of_the_old(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "file").write_text("old")
    before = tree(tmp_path)
    with replacing(tmp_path / "file") as part:
        part.write_text("new")
        assert {path: content for path, content in tree(tmp_path).items() if path in before} == before
    assert tree(tmp_path) == {"file": b"new"}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_interruption_leaves_the_old_one(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(type(error)), replacing(tmp_path / "file") as part:
        part.write_text("half")
        raise error
    assert tree(tmp_path) == {"file": b"old"}


def test_two_at_a_time_do_not_meet(tmp_path: Path) -> None:
    """Processes of two containers may have the same number."""
    with replacing(tmp_path / "file") as one, replacing(tmp_path / "file") as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert tree(tmp_path) == {"file": b"one"}


def test_what_was_left_long_ago_is_removed(tmp_path: Path) -> None:
    target = tmp_path / "file"
    old, new, mine = beside(target), beside(target), tmp_path / ".file.partial-mine"
    for path in (old, new, mine):
        path.write_text("half")
    for path in (old, mine):
        os.utime(path, (0, 0))
    with replacing(target) as part:
        part.write_text("whole")
    assert {path.name for path in tmp_path.iterdir()} == {"file", new.name, mine.name}
