"""What of the runs is kept and how: the same rows as Parquet as in CSV, the same bytes whoever plays, and none."""

import itertools
import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from experiments.sweeps import blocks, points
from experiments.sweeps.design_file import parse_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables import folder as folders
from experiments.tables import row_parts
from experiments.tables.frames import read_results
from experiments.tables.saving import Saving
from experiments.tables.schema import COUNTRIES, RUNS
from experiments.tables.writing import csv_options, csv_text
from tests.tools.folders import result
from tests.tools.killing import killed_before
from tests.tools.program import Call, assert_refused

PARQUET = Saving(row_format="parquet")
TWO = ("runs", "countries")


def design(**more: Any) -> Any:
    table = {"replicates": 30, "seed": 3, "strategy": "myopic", "grid": {"delay_cost": [0.0, 0.1, 0.2]}, **more}
    return parse_design(table, "design", Path.cwd(), "kept")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 25 runs, blocks of 7, so that neither ends where the other does, nor where a point does."""
    monkeypatch.setattr(row_parts, "PART_ROWS", 25 * 6)
    monkeypatch.setattr(blocks, "BLOCK", 7)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    run_sweep(design(), tmp_path / "whole", saving=PARQUET, threads=1)
    return tmp_path / "whole"


def test_parquet_holds_the_rows_of_the_csv(whole: Path, tmp_path: Path) -> None:
    run_sweep(design(), tmp_path / "csv")
    for table in (RUNS, COUNTRIES):
        parts = sorted((whole / f"{table.name}.parquet").iterdir())
        assert [path.name for path in parts] == [f"part-{k:05d}.parquet" for k in range(4)]
        each = 1 if table is RUNS else 6
        assert [pq.read_metadata(path).num_rows for path in parts] == [25 * each, 25 * each, 25 * each, 15 * each]
        assert all(pq.read_schema(path).equals(table.schema()) for path in parts)
        assert not (whole / f"{table.name}.csv").exists()
    kept, lines = read_results(whole), read_results(tmp_path / "csv")
    pd.testing.assert_frame_equal(kept.countries, lines.countries, check_exact=True)
    pd.testing.assert_frame_equal(kept.runs, lines.runs, check_exact=True)
    for name in ("points.csv", "summary.csv", "terms.csv", "moments.bin"):
        assert (whole / name).read_bytes() == (tmp_path / "csv" / name).read_bytes()
    assert len(pd.read_parquet(whole / "countries.parquet")) == 540


def test_the_manifest_says_so(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text())
    assert (manifest["saved"], manifest["row_format"]) == ("countries", "parquet")
    assert "countries.parquet/part-00003.parquet" in manifest["files"]
    for name, told in manifest["files"].items():
        assert (whole / name).stat().st_size == told["bytes"]


@pytest.mark.parametrize("threads", [2, 4])
@pytest.mark.parametrize("block", [3, 30])
def test_the_same_bytes_in_any_pieces(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, block: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", block)
    monkeypatch.setattr(folders, "ENTRY_SECONDS", 0.0)
    run_sweep(design(), tmp_path / "out", saving=PARQUET, threads=threads)
    assert result(tmp_path / "out") == result(whole)


@pytest.mark.parametrize("saving", [Saving(), PARQUET, Saving("summary")], ids=str)
def test_the_same_bytes_in_any_order_of_completion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saving: Saving
) -> None:
    measured = design(measures=["price_of_waiting"], measured=["KOR"])
    run_sweep(measured, tmp_path / "one", saving=saving, threads=1)
    ended: list[tuple[int, int]] = []
    play, delays = points.play_block, np.random.default_rng(2)

    def late(key: str, point: int, factors: Any, first: int, replicates: int) -> Any:
        time.sleep(float(delays.uniform(0, 0.02)))
        found = play(key, point, factors, first, replicates)
        ended.append((point, first))
        return found

    monkeypatch.setattr(points, "play_block", late)
    run_sweep(measured, tmp_path / "four", saving=saving, threads=4)
    assert ended != sorted(ended)
    assert result(tmp_path / "four") == result(tmp_path / "one")


def test_stopped_and_gone_on_with(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every second item, with and without an entry of the journal before."""

    class Stopped(Exception):
        pass

    for every in (0.0, 1e9):
        monkeypatch.setattr(folders, "ENTRY_SECONDS", every)
        out, sessions = tmp_path / f"out-{every:g}", 0
        while not (out / "manifest.json").exists():
            seen = itertools.count(1)

            def stop(*done: int, seen: Any = seen) -> None:
                if next(seen) == 2:
                    raise Stopped

            sessions += 1
            try:
                run_sweep(design(), out, saving=PARQUET, progress=stop)
            except Stopped:
                continue
        assert sessions > 4
        assert result(out) == result(whole)
        assert not (out / ".unfinished").exists()


@pytest.mark.slow
def test_killed_before_every_file_operation(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was killed, the same command comes to the same files."""
    monkeypatch.setattr(folders, "ENTRY_SECONDS", 0.0)
    killed, number = True, 0
    while killed:
        number, out = number + 1, tmp_path / f"out-{number}"
        killed = killed_before(number, lambda: run_sweep(design(), out, saving=PARQUET, threads=1), out)  # noqa: B023
        run_sweep(design(), out, saving=PARQUET, threads=1)
        assert result(out) == result(whole)
        assert not (out / ".unfinished").exists()
    assert number > 100


@pytest.mark.parametrize("saving", [PARQUET, Saving("runs"), Saving("runs", "parquet"), Saving("summary")], ids=str)
def test_replicates_are_added(tmp_path: Path, saving: Saving) -> None:
    run_sweep(design(replicates=11), tmp_path / "out", saving=saving)
    manifest = run_sweep(design(), tmp_path / "out", saving=saving)
    assert manifest["run"]["played"] == 3 * 19
    run_sweep(design(), tmp_path / "new", saving=saving)
    assert result(tmp_path / "out") == result(tmp_path / "new")


def test_failed_points_are_played_again(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = blocks.prepare_point

    def fail(recipe: Any, factors: Any, *shared: Any) -> Any:
        if factors["delay_cost"] == 0.1:
            raise ArithmeticError("no number")
        return prepare(recipe, factors, *shared)

    with monkeypatch.context() as broken:
        broken.setattr(blocks, "prepare_point", fail)
        assert run_sweep(design(), tmp_path / "out", saving=PARQUET)["failed_runs"] == 30
    held = read_results(tmp_path / "out")
    assert held.runs is not None
    assert (held.runs["status"] == "failed").sum() == 30
    assert held.countries is not None
    assert len(held.countries) == 360
    run_sweep(design(), tmp_path / "out", saving=PARQUET, retry_failed=True)
    assert result(tmp_path / "out") == result(whole)


@pytest.mark.parametrize(("save", "files"), [("runs", {"runs.csv"}), ("summary", set())])
def test_rows_that_are_not_kept(tmp_path: Path, save: str, files: set[str]) -> None:
    run_sweep(design(), tmp_path / "csv")
    run_sweep(design(), tmp_path / "out", saving=Saving(save))
    found = {path.name for path in (tmp_path / "out").iterdir()}
    assert found & {"runs.csv", "countries.csv"} == files
    for name in found - {"manifest.json"}:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "csv" / name).read_bytes()


def test_an_old_result_in_the_other_format_goes(whole: Path) -> None:
    """And back again: nothing of the other is left."""
    run_sweep(design(), whole, fresh=True)
    assert not (whole / "runs.parquet").exists()
    assert (whole / "countries.csv").exists()
    run_sweep(design(), whole, saving=PARQUET, fresh=True)
    assert not (whole / "countries.csv").exists()
    run_sweep(design(), whole, saving=Saving("summary"), fresh=True)
    assert not list(whole.glob("*.parquet"))


def test_a_file_of_the_users_own_among_the_parts(whole: Path) -> None:
    own = whole / "countries.parquet" / "mine.txt"
    own.write_text("my notes")
    with pytest.raises(ValueError, match=r"mine\.txt: is not a file that a sweep wrote here"):
        run_sweep(design(seed=4), whole, saving=PARQUET, fresh=True)
    assert own.read_text() == "my notes"
    assert read_results(whole).runs is not None


def test_numbers_are_written_as_they_always_were() -> None:
    """The shorter way of writing many rows, against pyarrow's own, on numbers that are hard to write."""
    largest, infinite = 1.7976931348623157e308, np.inf
    numbers = [0.0, -0.0, 1.0, 0.1, 1 / 3, 1e-300, -2.5e17, 5e-324, largest, infinite, -infinite, np.nan, None]
    drawn = np.random.default_rng(1).normal(size=2_000).tolist()
    table = pa.table({"one": pa.array(numbers * 200 + drawn, pa.float64()), "two": range(13 * 200 + 2_000)})
    plain = pa.BufferOutputStream()
    pa.csv.write_csv(table, plain, csv_options(table, header=False))
    assert csv_text(table, header=False) == bytes(plain.getvalue())


def test_memory_does_not_grow_with_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 2_000)

    def peak(replicates: int) -> float:
        tracemalloc.start()
        wanted = design(replicates=replicates, grid={"delay_cost": [0.0]})
        run_sweep(wanted, tmp_path / str(replicates), saving=Saving("summary"), threads=1)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)
    few, many = peak(40_000), peak(400_000)
    assert many < 1.2 * few


def test_another_way_of_keeping_is_another_command(call: Call, tmp_path: Path) -> None:
    small = ("sweep", "quickstart", "--replicates", "3", "--no-figures", "--out", "out")
    assert call(*small, "--save", "summary").code == 0
    assert_refused(call(*small), "holds this sweep with --save summary --format csv, not --save countries --format csv")
    assert_refused(call(*small, "--save", "sumary"), "--save: unknown choice 'sumary'; did you mean 'summary'?")
    assert_refused(call(*small, "--format", "xlsx"), "--format: unknown format 'xlsx'; allowed: csv, parquet")
    said = "--format parquet: with --save summary there are no rows to write"
    assert_refused(call(*small, "--save", "summary", "--format", "parquet"), said)


def test_what_is_said(call: Call) -> None:
    called = call("sweep", "quickstart", "--replicates", "60", "--no-figures", "--out", "out", "--format", "parquet")
    assert called.code == 0
    assert "countries.parquet/ (15 parts)" in called.out
    dry = call("sweep", "quickstart", "--dry-run", "--save", "summary").out
    assert "no rows of single runs are kept" in dry
    assert "countries.parquet" in call("sweep", "quickstart", "--dry-run", "--format", "parquet").out
