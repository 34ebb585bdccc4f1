"""A file or a folder is replaced in one step: what interrupts it leaves the old one whole, and nothing beside it."""

import os
from pathlib import Path

import pytest

from experiments.tables.replacing import beside, replacing
from tests.tools.program import tree


def make(path: Path, text: str) -> None:
    """A file, or where the name has no ending a folder with a file in it."""
    if path.name.startswith(".file") or path.name == "file":
        path.write_text(text)
    else:
        path.mkdir()
        (path / "inside").write_text(text)


@pytest.mark.parametrize("name", ["file", "folder"])
@pytest.mark.parametrize("there", [False, True])
def test_the_new_one_takes_the_place_of_the_old(tmp_path: Path, name: str, there: bool) -> None:
    if there:
        make(tmp_path / name, "old")
    before = tree(tmp_path)
    with replacing(tmp_path / name) as part:
        make(part, "new")
        assert {path: content for path, content in tree(tmp_path).items() if path in before} == before
    assert [content for content in tree(tmp_path).values() if content] == [b"new"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["file", "folder"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_interruption_leaves_the_old_one(tmp_path: Path, name: str, error: BaseException) -> None:
    make(tmp_path / name, "old")
    before = tree(tmp_path)
    with pytest.raises(type(error)), replacing(tmp_path / name) as part:
        make(part, "half")
        raise error
    assert tree(tmp_path) == before


def test_a_folder_that_cannot_be_put_into_place_gives_way_to_the_old(tmp_path: Path) -> None:
    make(tmp_path / "folder", "old")
    before = tree(tmp_path)
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "folder"):
        pass  # nothing was made
    assert tree(tmp_path) == before


def test_what_is_abandoned_is_removed(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    running = beside(target).with_name(f".folder.partial-{os.getppid()}")
    make(running, "of another process")
    for gone in (".folder.partial-999999999", ".folder.partial-999999999-old"):
        make(tmp_path / gone, "of a process that is gone")
    (tmp_path / ".folder.partial-mine").write_text("of the user's own")
    with replacing(target) as part:
        make(part, "new")
    assert {path.name for path in tmp_path.iterdir()} == {"folder", running.name, ".folder.partial-mine"}
