"""Rows as CSV, as Parquet, or not saved: the same folder otherwise, and a damaged part is one line."""

import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
import pytest

from experiments.analysis.aggregate import Analysis, analyse
from experiments.analysis.sentences import three_sentences
from experiments.page.replay import compare, prepare_stored, read_replay
from experiments.page.session import Session
from experiments.tables.frames import read_results as read_frames
from experiments.tables.reading import read_results
from experiments.tables.stored_rows import count_rows
from model.errors import InputError
from tests.tools.program import Call, assert_refused, tree
from tests.tools.sampled_folder import change_manifest, sweep

GRID = {"headline_value": [0.0, 0.03, 0.06], "domestic_constraint": [0.0, 1.0]}
RUNS = 36


@pytest.fixture(scope="module")
def as_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("csv") / "small", grid=GRID)


@pytest.fixture(scope="module")
def as_parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With its rows cut into several parts."""
    folder = sweep(tmp_path_factory.mktemp("parquet") / "small", row_format="parquet", grid=GRID)
    for name, length in (("runs", 7), ("countries", 50)):
        (whole,) = (folder / f"{name}.parquet").iterdir()
        table = pq.read_table(whole)
        for number, first in enumerate(range(0, len(table), length)):
            pq.write_table(table.slice(first, length), whole.with_name(f"part-{number:05d}.parquet"))
    return folder


@pytest.fixture
def folder(as_parquet: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(as_parquet, tmp_path / "small"))


def analysed(folder: Path) -> Analysis:
    return analyse(read_results(folder))


def test_parquet_is_csv(as_csv: Path, as_parquet: Path) -> None:
    one, other = analysed(as_csv), analysed(as_parquet)
    for name, moments in one.means.items():
        assert np.allclose(moments.mean, other.means[name].mean, rtol=1e-12)
        assert np.allclose(moments.squares, other.means[name].squares, rtol=1e-9, atol=1e-12)
    for name, moments in one.by_rank.items():
        assert np.allclose(moments.mean, other.by_rank[name].mean, rtol=1e-12, equal_nan=True)
    for point, kept in one.kept.items():
        for field in dataclasses.fields(kept):
            mine, theirs = (getattr(of, field.name) for of in (kept, other.kept[point]))
            assert np.array_equal(mine, theirs)
        assert np.array_equal(one.surplus_at[point], other.surplus_at[point])
    assert three_sentences(one) == three_sentences(other)
    assert count_rows(other.results.manifest, "runs") == RUNS and count_rows(one.results.manifest, "runs") is None


def test_frames_are_the_same(as_csv: Path, as_parquet: Path) -> None:
    one, other = read_frames(as_csv), read_frames(as_parquet)
    for mine, theirs in ((one.runs, other.runs), (one.countries, other.countries), (one.points, other.points)):
        assert mine is not None and theirs is not None
        assert (mine.dtypes == theirs.dtypes).all()
        assert mine.equals(theirs)


@pytest.mark.parametrize(("point", "replicate"), [(0, 0), (3, 5), (5, 5)])
def test_a_run_is_found_among_parts(as_csv: Path, as_parquet: Path, point: int, replicate: int) -> None:
    one, other = (Session(read_replay(str(folder), point, replicate)) for folder in (as_csv, as_parquet))
    assert one.stored is not None and other.stored is not None
    assert one.stored.rows == other.stored.rows
    assert other.verdict is not None and other.verdict.equal


@pytest.mark.parametrize(("save", "kept"), [("summary", (False, False)), ("runs", (True, False))])
def test_rows_that_were_not_saved(tmp_path: Path, save: str, kept: tuple[bool, bool]) -> None:
    folder = sweep(tmp_path / "small", save=save, grid={"headline_value": [0.0, 0.06]})
    frames = read_frames(folder)
    assert (frames.runs is not None, frames.countries is not None) == kept
    assert len(frames.summary) == 12
    start = read_replay(str(folder), 1, 2)
    session = Session(start)
    assert session.stored is not None
    told = compare(session.stored, prepare_stored(start))
    assert told.equal is None
    assert told.text == (
        "It cannot be compared with the stored row: the rows of its countries were not saved (--save countries)."
    )


def part(folder: Path, name: str = "countries", number: int = 1) -> Path:
    return folder / f"{name}.parquet" / f"part-{number:05d}.parquet"


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(path)), path)


def with_column(table: pa.Table, name: str, values: list[object] | pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, pa.array(values))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    shutil.rmtree(path)
    path.mkdir()


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def scramble(path: Path) -> None:
    """Its data, behind a whole footer."""
    held = bytearray(path.read_bytes())
    held[40:1200] = bytes(255 - byte for byte in held[40:1200])
    path.write_bytes(held)


def set_value(name: str, value: object) -> Callable[[Path], None]:
    """One cell of a part, in the type of its column."""

    def change(table: pa.Table) -> pa.Table:
        values = table[name].to_pylist()
        values[3] = value
        return with_column(table, name, values)

    return lambda folder: rewrite(part(folder), change)


BAD: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "no folder": (lambda f: shutil.rmtree(f / "runs.parquet"), ["runs.parquet is missing", "run the sweep again"]),
    "empty folder": (lambda f: empty(f / "runs.parquet"), ["holds no part"]),
    "a part missing": (lambda f: part(f).unlink(), ["part 1 is missing"]),
    "the last part missing": (lambda f: part(f, number=4).unlink(), ["countries.parquet: 200 rows, 216 expected"]),
    "a part of runs missing": (lambda f: part(f, "runs", 5).unlink(), ["runs.parquet: 35 rows, 36 expected"]),
    "a part twice": (lambda f: shutil.copy(part(f), part(f, number=5)), ["266 rows, 216 expected"]),
    "cut off": (lambda f: cut(part(f)), ["part-00001.parquet", "cut off or damaged"]),
    "empty": (lambda f: part(f).write_bytes(b""), ["part-00001.parquet", "cut off or damaged"]),
    "no Parquet": (lambda f: part(f).write_text("point,replicate\n"), ["part-00001.parquet", "cut off or damaged"]),
    "scrambled": (lambda f: scramble(part(f)), ["part-00001.parquet"]),
    "a folder for a part": (lambda f: as_folder(part(f)), ["cannot be read (Is a directory)"]),
    "no column": (lambda f: rewrite(part(f), lambda t: t.drop_columns(["deal_day"])), ["column deal_day is missing"]),
    "a column twice": (
        lambda f: rewrite(part(f), lambda t: t.append_column("deal_day", t["deal_day"])),
        ["column deal_day is missing"],
    ),
    "texts for numbers": (
        lambda f: rewrite(part(f), lambda t: with_column(t, "payoff_bn", ["3"] * len(t))),
        ["column payoff_bn: string is not what a sweep writes"],
    ),
    "numbers for texts": (
        lambda f: rewrite(part(f), lambda t: with_column(t, "country", [1] * len(t))),
        ["column country: int64 is not what a sweep writes"],
    ),
    "lists": (
        lambda f: rewrite(part(f), lambda t: with_column(t, "payoff_bn", [[1.0]] * len(t))),
        ["part-00001.parquet: column payoff_bn"],
    ),
    "a point that is not there": (set_value("point", 99), ["point 99 is not in the manifest"]),
    "a replicate that is not there": (set_value("replicate", 6), ["replicate 6 is not in the manifest"]),
    "a negative point": (set_value("point", -1), ["point -1 is not in the manifest"]),
    "no point": (set_value("point", None), ["point nan is not in the manifest"]),
    "a country that is not there": (set_value("country", "X\nX"), ["country 'X\\nX' is not in the manifest"]),
    "no country": (set_value("country", None), ["country '' is not in the manifest"]),
    "an absurd number": (set_value("payoff_bn", 1e300), ["column payoff_bn: 1e+300 is not what a sweep writes"]),
    "an infinite number": (set_value("payoff_share", float("inf")), ["column payoff_share: inf"]),
    "a day that is none": (set_value("deal_day", -3), ["column deal_day: -3 is not what a sweep writes"]),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_damaged_part_is_one_line_and_left_as_it_is(folder: Path, call: Call, fault: str) -> None:
    spoil, fragments = BAD[fault]
    spoil(folder)
    before = tree(folder)
    assert_refused(call("analyze", "small"), *fragments)
    assert tree(folder) == before
    try:
        read_replay(str(folder), 2, 3)
    except InputError as error:
        assert str(error).isprintable()


def test_so_many_runs_are_not_taken_memory_for(folder: Path) -> None:
    """The parts say how many rows they have before any memory is taken for what the manifest says."""

    def claim(held: dict) -> None:
        held["design"]["replicates"], held["runs"] = 10**6, 6 * 10**6

    change_manifest(folder, claim)
    points = (folder / "points.csv").read_text().replace(",6,", ",1000000,")
    (folder / "points.csv").write_text(points)
    with pytest.raises(InputError, match=r"runs\.parquet: 36 rows, 6,000,000 expected|GB of memory"):
        analysed(folder)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units")
def test_parts_stream(tmp_path: Path) -> None:
    """Seven million rows of countries: a few hundred MB of memory, mostly the interpreter and its libraries."""
    replicates, times = 100, 2_000
    folder = sweep(tmp_path / "small", row_format="parquet", grid=GRID, replicates=replicates)
    for name in ("runs", "countries"):
        (whole,) = (folder / f"{name}.parquet").iterdir()
        table, number = pq.read_table(whole), 0
        for point in range(6):
            mine = table.filter(pa.compute.equal(table["point"], point))
            run = mine["replicate"].to_numpy()
            for first in range(0, times, 500):
                copies = [
                    mine.set_column(1, "replicate", pa.array(run + replicates * k)) for k in range(first, first + 500)
                ]
                pq.write_table(pa.concat_tables(copies), whole.with_name(f"part-{number:05d}.parquet"))
                number += 1

    def claim(held: dict) -> None:
        held["design"]["replicates"], held["runs"] = replicates * times, 6 * replicates * times

    change_manifest(folder, claim)
    points = (folder / "points.csv").read_text().replace(f",{replicates},", f",{replicates * times},")
    (folder / "points.csv").write_text(points)
    code = (
        "import resource; from pathlib import Path; from experiments.figures.analyze import analyze; "
        f"print(analyze(Path({str(folder)!r})).runs); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    runs, megabytes = map(int, done.stdout.split())
    assert runs == 1_200_000
    assert megabytes < 600
