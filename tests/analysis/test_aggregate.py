"""What the figures and sentences are made from: aggregates of a result folder equal pandas', whatever the blocks."""

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from experiments.analysis.aggregate import analyse
from experiments.analysis.rows import EARLY_DAYS
from experiments.analysis.selection import reference_point
from experiments.analysis.sentences import three_sentences
from experiments.analysis.statistics import changes
from experiments.tables.reading import read_results
from tests.analysis.conftest import REPLICATES
from tests.tools.program import edit, read_tables


def test_reference_is_nearest_to_the_defaults(swept: Path) -> None:
    results = read_results(swept)
    point = reference_point(results)
    found = {name: values[point] for name, values in results.factors.items()}
    assert found == {"headline_value": 0.0, "domestic_constraint": 1.0, "KOR.delay_cost": 0.05}


def test_plane_holds_the_other_factors(swept: Path) -> None:
    analysis = analyse(read_results(swept))
    assert len(analysis.plane) == 6
    assert set(analysis.results.factors["KOR.delay_cost"][analysis.plane]) == {0.05}
    assert len(analysis.kept) == 3 + 2 + 2 - 2
    assert [analysis.results.factors["headline_value"][p] for p in analysis.line("headline_value")] == [0, 0.03, 0.06]


def test_aggregates_equal_pandas(swept: Path) -> None:
    analysis = analyse(read_results(swept))
    _, runs, countries = read_tables(swept)
    countries["early"] = (countries["deal_day"] < EARLY_DAYS).astype(float)
    countries["signed"] = countries["deal_day"].notna().astype(float)
    ids = list(analysis.results.countries)
    for name, moments in analysis.means.items():
        group = countries.groupby(["point", "country"])[name]
        for attribute, expected in (("count", group.count()), ("mean", group.mean()), ("error", group.sem())):
            wanted = expected.unstack()[ids].loc[analysis.plane].to_numpy()
            assert np.allclose(getattr(moments, attribute), wanted, rtol=1e-9, atol=1e-12), (name, attribute)
    surplus = runs.groupby("point")["hegemon_surplus_bn"]
    assert analysis.surplus is not None
    assert np.allclose(analysis.surplus.mean, surplus.mean().loc[analysis.plane])
    assert np.allclose(analysis.surplus.error, surplus.sem().loc[analysis.plane])
    here = countries[countries["point"] == analysis.reference].groupby(["country", "deal_rank"])
    for name, moments in analysis.by_rank.items():
        wanted = here[name].mean().unstack().reindex(index=ids, columns=range(1, len(ids) + 1)).to_numpy()
        assert np.allclose(moments.mean, wanted, equal_nan=True), name


@pytest.mark.parametrize("block", [2_000, 50_000])
def test_blocks_do_not_matter(swept: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    whole = analyse(read_results(swept))
    monkeypatch.setattr("experiments.tables.batches.STREAMED", pa.csv.ReadOptions(block_size=block, use_threads=False))
    cut = analyse(read_results(swept))
    for name, moments in whole.means.items():
        assert np.allclose(moments.mean, cut.means[name].mean, rtol=1e-12, atol=1e-14)
        assert np.allclose(moments.squares, cut.means[name].squares, rtol=1e-9, atol=1e-12)
    for point, kept in whole.kept.items():
        for field in dataclasses.fields(kept):
            assert np.array_equal(getattr(kept, field.name), getattr(cut.kept[point], field.name), equal_nan=True)


def test_failed_runs_are_left_out_and_counted(folder: Path) -> None:
    """All runs of one point, and one run of another."""
    whole = analyse(read_results(folder))
    edit(folder / "runs.csv", lambda t: re.sub(r'\n(10,\d+|0,3),"ok",.*', r'\n\1,"failed","it broke",,,,,,', t))
    edit(folder / "countries.csv", lambda t: re.sub(r"^(10,\d+|0,3),.*\n", "", t, flags=re.MULTILINE))
    analysis = analyse(read_results(folder))
    assert analysis.failed_runs == REPLICATES + 1
    assert np.isnan(analysis.means["early"].mean[list(analysis.plane).index(10)]).all()
    assert (analysis.means["early"].count[0] == REPLICATES - 1).all()
    assert np.allclose(analysis.means["early"].mean[1], whole.means["early"].mean[1])
    change = changes(analysis, "headline_value")["hegemon"]
    assert [item.runs for item in change] == [REPLICATES, REPLICATES, 0]
    assert "no run is in both points" in three_sentences(analysis)[0]


def test_unknown_columns_are_fine(folder: Path) -> None:
    expected = three_sentences(analyse(read_results(folder)))
    for name in ("countries.csv", "runs.csv", "points.csv"):
        lines = (folder / name).read_text().splitlines()
        (folder / name).write_text("\n".join([f"tomorrow,{lines[0]}", *(f"x,{line}" for line in lines[1:])]) + "\n")
    assert three_sentences(analyse(read_results(folder))) == expected


def test_manifest_without_dates_is_fine(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["case"].pop("dates") == {"KOR": 54, "JPN": 101, "AUS": 23}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert read_results(folder).dates(0) == {}


def test_the_model_is_never_run(swept: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from experiments.analysis.aggregate import analyse; "
        "from experiments.tables.reading import read_results; "
        "from experiments.analysis.sentences import three_sentences; "
        f"three_sentences(analyse(read_results(Path({str(swept)!r})))); import experiments.figures.analyze; "
        "assert not {'numba', 'mesa', 'model.kernel', 'matplotlib.pyplot'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[2])


@pytest.mark.slow
def test_ten_million_rows_stream(folder: Path) -> None:
    """1.3 GB of countries.csv: a few hundred MB of memory, mostly the interpreter and its libraries."""
    times = 5_600
    replicates = REPLICATES * times
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["design"]["replicates"], manifest["runs"] = replicates, 12 * replicates
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for name in ("runs.csv", "countries.csv"):
        header, *lines = (folder / name).read_text().splitlines(keepends=True)
        cells = [line.split(",", 2) for line in lines]
        with (folder / name).open("w") as file:
            file.write(header)
            for point in range(12):
                own = [(int(run), rest) for number, run, rest in cells if int(number) == point]
                for k in range(times):
                    file.writelines(f"{point},{run + k * REPLICATES},{rest}" for run, rest in own)
    code = (
        "import resource; from pathlib import Path; from experiments.figures.analyze import analyze; "
        f"print(analyze(Path({str(folder)!r})).runs); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    runs, megabytes = map(int, done.stdout.split())
    assert runs * 6 > 10_000_000
    assert megabytes < 600
