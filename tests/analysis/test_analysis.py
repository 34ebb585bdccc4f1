"""What `analyze` computes: aggregates equal pandas', paired errors the direct ones, sentences what the data support."""

import dataclasses
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.analysis.aggregate import EARLY_DAYS, GroupMoments, analyse, reference_point
from experiments.analysis.interval import Z, paired_difference, share_interval, slope_over_groups
from experiments.analysis.sentences import Estimate, left_sentence, signed_change, three_sentences
from experiments.figures.hegemon import changes
from experiments.figures.ranks import naive
from experiments.sweeps.design import parse_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.reading import read_results
from model.errors import InputError
from tests.tools.program import Call, assert_refused, tree

REPLICATES = 25
DESIGN: dict[str, Any] = {
    "name": "small", "replicates": REPLICATES, "seed": 3, "strategy": "myopic",
    "grid": {"headline_value": [0.0, 0.03, 0.06], "domestic_constraint": [0.0, 1.0], "KOR.delay_cost": [0.05, 0.2]},
}  # fmt: skip


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sweep of three factors."""
    folder = tmp_path_factory.mktemp("swept") / "small"
    run_sweep(parse_design(DESIGN, "small", Path(), "small"), folder)
    return folder


@pytest.fixture
def folder(swept: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(swept, tmp_path / "small"))


def edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    points, runs, countries = (pd.read_csv(folder / f"{name}.csv") for name in ("points", "runs", "countries"))
    return points, runs, countries.merge(points, on="point")


# aggregates


def test_reference_is_nearest_to_the_defaults(swept: Path) -> None:
    results = read_results(swept)
    point = reference_point(results)
    assert {name: values[point] for name, values in results.factors.items()} == {
        "headline_value": 0.03, "domestic_constraint": 1.0, "KOR.delay_cost": 0.05
    }  # fmt: skip


def test_plane_holds_the_other_factors(swept: Path) -> None:
    analysis = analyse(read_results(swept))
    assert len(analysis.plane) == 6
    assert set(analysis.results.factors["KOR.delay_cost"][analysis.plane]) == {0.05}
    assert len(analysis.kept) == 3 + 2 + 2 - 2
    assert [analysis.results.factors["headline_value"][p] for p in analysis.line("headline_value")] == [0, 0.03, 0.06]


def test_aggregates_equal_pandas(swept: Path) -> None:
    analysis = analyse(read_results(swept))
    _, runs, countries = tables(swept)
    countries["early"] = (countries["deal_day"] < EARLY_DAYS).astype(float)
    countries["signed"] = countries["deal_day"].notna().astype(float)
    ids = list(analysis.results.countries)
    for name, moments in analysis.means.items():
        group = countries.groupby(["point", "country"])[name]
        for attribute, expected in (("count", group.count()), ("mean", group.mean()), ("error", group.sem())):
            wanted = expected.unstack()[ids].loc[analysis.plane].to_numpy()
            assert np.allclose(getattr(moments, attribute), wanted, rtol=1e-9, atol=1e-12), (name, attribute)
    surplus = runs.groupby("point")["hegemon_surplus_bn"]
    assert np.allclose(analysis.surplus.mean, surplus.mean().loc[analysis.plane])
    assert np.allclose(analysis.surplus.error, surplus.sem().loc[analysis.plane])
    here = countries[countries["point"] == analysis.reference].groupby(["country", "deal_rank"])
    for name, moments in analysis.by_rank.items():
        wanted = here[name].mean().unstack().reindex(index=ids, columns=range(1, len(ids) + 1)).to_numpy()
        assert np.allclose(moments.mean, wanted, equal_nan=True), name


@pytest.mark.parametrize("block", [2_000, 50_000])
def test_blocks_do_not_matter(swept: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    whole = analyse(read_results(swept))
    monkeypatch.setattr("experiments.tables.reading.BLOCK_BYTES", block)
    cut = analyse(read_results(swept))
    for name, moments in whole.means.items():
        assert np.allclose(moments.mean, cut.means[name].mean, rtol=1e-12, atol=1e-14)
        assert np.allclose(moments.squares, cut.means[name].squares, rtol=1e-9, atol=1e-12)
    for point, kept in whole.kept.items():
        for field in dataclasses.fields(kept):
            assert np.array_equal(getattr(kept, field.name), getattr(cut.kept[point], field.name), equal_nan=True)


def test_naive_slope_is_least_squares(swept: Path) -> None:
    analysis = analyse(read_results(swept))
    _, _, countries = tables(swept)
    here = countries[(countries["point"] == analysis.reference) & countries["deal_rank"].notna()]
    checked = 0
    for c, iso3 in enumerate(analysis.results.countries):
        own = here[here["country"] == iso3]
        if own["deal_rank"].nunique() < 2 or len(own) < 3:
            continue
        expected = stats.linregress(own["deal_rank"], own["payoff_share"])
        line = naive(analysis, c)
        assert line.slope == pytest.approx(expected.slope, rel=1e-9, abs=1e-12)
        assert line.error == pytest.approx(expected.stderr, rel=1e-6, abs=1e-9)
        assert line.advantage == pytest.approx(-expected.slope * (here["deal_rank"].max() - 1))
        checked += 1
    assert checked >= 3


def test_paired_errors_are_the_direct_ones(swept: Path) -> None:
    """And smaller than those of independent samples, which is what the common luck is for."""
    analysis = analyse(read_results(swept))
    _, runs, countries = tables(swept)
    points = analysis.line("headline_value")
    by_run = countries.groupby(["point", "replicate"])["payoff_bn"].sum()
    surplus = runs.set_index(["point", "replicate"])["hegemon_surplus_bn"]
    found = changes(analysis, "headline_value")
    for party, series in (("countries", by_run), ("hegemon", surplus), ("together", by_run + surplus)):
        for i, point in enumerate(points):
            gap = series[point] - series[points[0]]
            change = found[party][i]
            assert change.value == pytest.approx(gap.mean(), rel=1e-5, abs=1e-5)
            assert change.high - change.low == pytest.approx(2 * Z * gap.sem(), rel=1e-4, abs=1e-5)
    apart = math.hypot(surplus[points[0]].sem(), surplus[points[-1]].sem())
    assert (surplus[points[-1]] - surplus[points[0]]).sem() < apart


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-1e3, 1e3)), min_size=1, max_size=60), st.integers(1, 59))
def test_moments_by_group(pairs: list[tuple[int, float]], cut: int) -> None:
    moments = GroupMoments(5)
    group, value = (np.array(column) for column in zip(*pairs, strict=True))
    moments.add(group[:cut], value[:cut].astype(float))
    moments.add(group[cut:], value[cut:].astype(float))
    for g in range(5):
        own = value[group == g]
        assert moments.count[g] == len(own)
        if len(own):
            assert moments.mean[g] == pytest.approx(own.mean(), rel=1e-9, abs=1e-9)
            assert moments.squares[g] == pytest.approx(((own - own.mean()) ** 2).sum(), rel=1e-6, abs=1e-6)
        else:
            assert math.isnan(moments.mean[g])


# intervals


@pytest.mark.parametrize(("count", "runs"), [(0, 10), (3, 10), (10, 10), (50, 200)])
def test_share_interval_is_wilsons(count: int, runs: int) -> None:
    low, high = share_interval(np.array(count), np.array(runs))
    expected = stats.binomtest(count, runs).proportion_ci(method="wilson")
    assert (low, high) == (pytest.approx(expected.low, abs=1e-6), pytest.approx(expected.high, abs=1e-6))


def test_paired_difference_leaves_failed_runs_out() -> None:
    nan = float("nan")
    value, error, pairs = paired_difference(np.array([3.0, 5.0, nan, 9.0]), np.array([1.0, 2.0, 4.0, nan]))
    assert (value, error, pairs) == (2.5, pytest.approx(0.5), 2)
    value, error, pairs = paired_difference(np.array([nan]), np.array([1.0]))
    assert math.isnan(value)
    assert pairs == 0


def test_slope_of_a_line() -> None:
    x = np.array([1.0, 2.0, 4.0])
    slope, error, _, _ = slope_over_groups(x, np.array([2.0, 1.0, 3.0]), 5 - 0.5 * x, np.zeros(3))
    assert (slope, error) == (pytest.approx(-0.5), pytest.approx(0.0, abs=1e-7))


# sentences


def test_there_are_three_sentences_and_their_numbers_are_the_data(swept: Path) -> None:
    analysis = analyse(read_results(swept))
    timing, left, first = three_sentences(analysis)
    _, _, countries = tables(swept)
    countries["early"] = (countries["deal_day"] < EARLY_DAYS).astype(float)
    low, high = analysis.line("headline_value")[[0, -1]]
    by_run = countries.groupby(["point", "replicate"])["early"].mean()
    gap = by_run[high] - by_run[low]
    estimate = Estimate(gap.mean(), gap.sem())
    assert "Raising headline value from 0 to 0.06 (domestic constraint 1, KOR delay cost 0.05)" in timing
    what = "raises the chance that a country signs in the first 18 days by"
    assert (f"{what} {estimate.text()}; by" in timing) == (estimate.clear and estimate.value > 0)
    assert ("no clear difference" in timing) == (not estimate.clear)
    assert left.startswith("Raising domestic constraint from 0 to 1")
    assert "naive slope" in first
    for sentence in (timing, left, first):
        assert sentence.endswith(".")
        assert "95 % interval" in sentence
        assert "nan" not in sentence


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (2.0, 0.5, "raises it by 2.00 (95 % interval 1.02 to 2.98)"),
        (-2.0, 0.5, "lowers it by 2.00 (95 % interval 1.02 to 2.98)"),
        (0.4, 0.5, "makes no clear difference to it (change +0.40 (95 % interval -0.58 to +1.38))"),
        (0.0, 0.0, "makes no clear difference to it (change 0.000 (exact))"),
        (0.25, 0.0, "raises it by 0.250 (exact)"),
        (1.0, math.nan, "makes no clear difference to it (change +1.00 (too few runs for an interval))"),
        (math.nan, math.nan, "cannot be compared for it (no run is in both points)"),
    ],
)
def test_wording_follows_the_interval(value: float, error: float, text: str) -> None:
    assert signed_change(Estimate(value, error), "it") == text


def measures(folder: Path, rows: list[tuple[Any, ...]]) -> None:
    """measures.csv with the same rows at every point."""
    lines = ["point,country,measure,part,unit,value,low,high,method,a_column_of_tomorrow"]
    for point in range(12):
        for country, measure, part, unit, *numbers in rows:
            cells = ["" if number is None else str(number) for number in numbers]
            lines.append(",".join([str(point), country, measure, part, unit, *cells, "exact", "x"]))
    (folder / "measures.csv").write_text("\n".join(lines) + "\n")


def test_sign_of_the_naive_slope_is_judged_by_the_causal_effect(folder: Path) -> None:
    analysis = analyse(read_results(folder))
    slopes = {iso3: naive(analysis, c) for c, iso3 in enumerate(analysis.results.countries)}
    clear = {iso3: line.advantage for iso3, line in slopes.items() if abs(line.advantage) > line.half}
    assert clear
    of = ("first_mover_advantage", "causal", "share of stakes")
    for sign, wrong in ((1, 0), (-1, len(clear))):
        causal = [
            (iso3, *of, math.copysign(0.1, sign * line.advantage), None, None)
            for iso3, line in slopes.items()
        ]  # fmt: skip
        measures(folder, causal)
        sentence = three_sentences(analyse(read_results(folder)))[2]
        assert f"of {len(clear)} countries where both are clear, the naive sign is wrong in {wrong}" in sentence


def test_constraint_cost_is_told_where_it_was_measured(folder: Path) -> None:
    unit = "bn USD a year"
    measures(folder, [("KOR", "constraint_cost", "total", unit, 0.5, 0.2, 0.9),
                      ("JPN", "constraint_cost", "total", unit, -0.25, -0.5, 0.1),
                      ("GBR", "constraint_cost", "total", unit, None, None, None)])  # fmt: skip
    assert left_sentence(analyse(read_results(folder))) == (
        "A country's own domestic constraint costs South Korea most, 0.50 bn a year (range of the judgement inputs "
        "0.20 to 0.90); it helps 1 of 2, Japan most (-0.25 bn a year (range of the judgement inputs -0.50 to 0.10))."
    )


def test_planner_loss_is_told_where_it_is_least(folder: Path) -> None:
    """The loss at each headline value; with intervals that overlap there is no clear difference."""
    points = pd.read_csv(folder / "points.csv")
    plain = "against 3.00 bn a year at 0 and 4.00 bn a year at 0.06."
    for half, end in (("", plain), (1.2, " (no clear difference to 0).")):
        lines = ["point,country,measure,part,unit,value,low,high,method"]
        for _, point in points.iterrows():
            loss = {0.0: 3.0, 0.03: 1.0, 0.06: 4.0}[point["headline_value"]]
            ends = ("", "") if half == "" else (loss - float(half), loss + float(half))
            lines.append(f"{point['point']},world,planner_loss,joint,bn USD a year,{loss},{ends[0]},{ends[1]},exact")
        (folder / "measures.csv").write_text("\n".join(lines) + "\n")
        sentence = left_sentence(analyse(read_results(folder)))
        assert sentence.startswith(
            "The game comes closest to a planner of all at headline value 0.03, where the loss is 1"
        )
        assert sentence.endswith(end)


def test_constraint_cost_of_one_country(folder: Path) -> None:
    measures(folder, [("KOR", "constraint_cost", "total", "bn USD a year", -0.5, None, None)])
    sentence = "South Korea's own domestic constraint helps it: its cost is -0.50 bn a year."
    assert left_sentence(analyse(read_results(folder))) == sentence


# bad input


def cut_in_line(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-25])


def cut_between_lines(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-3]))


def fail_every_run(folder: Path) -> None:
    edit(folder / "runs.csv", lambda t: t.replace('"ok"', '"failed"'))
    edit(folder / "countries.csv", lambda t: t.splitlines()[0] + "\n")


BAD: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "no manifest": (lambda f: (f / "manifest.json").unlink(), ["holds no finished sweep", "manifest.json"]),
    "manifest cut": (lambda f: edit(f / "manifest.json", lambda t: t[:200]), ["manifest.json", "malformed JSON"]),
    "manifest a list": (lambda f: (f / "manifest.json").write_text("[]"), ["manifest.json", "design.name"]),
    "manifest without countries": (
        lambda f: edit(f / "manifest.json", lambda t: t.replace('"countries"', '"x"')), ["case.countries is missing"],
    ),
    "no countries.csv": (lambda f: (f / "countries.csv").unlink(), ["countries.csv is missing", "run the sweep again"]),
    "no runs.csv": (lambda f: (f / "runs.csv").unlink(), ["runs.csv is missing", "tariff-pause sweep small"]),
    "missing column": (
        lambda f: edit(f / "countries.csv", lambda t: t.replace("payoff_bn", "payoff", 1)),
        ["countries.csv", "column payoff_bn is missing"],
    ),
    "missing factor": (
        lambda f: edit(f / "points.csv", lambda t: t.replace("headline_value", "x", 1)),
        ["points.csv", "column headline_value is missing"],
    ),
    "cut in mid-line": (lambda f: cut_in_line(f / "countries.csv"), ["countries.csv", "cut off in mid-line"]),
    "runs cut in mid-line": (lambda f: cut_in_line(f / "runs.csv"), ["runs.csv", "cut off in mid-line"]),
    "a line cut in the middle of the file": (
        lambda f: edit(f / "countries.csv", lambda t: re.sub(r"\n3,7,JPN,.*\n", "\n3,7,JPN,4\n", t)),
        ["countries.csv", "cut off or damaged"],
    ),
    "cut between lines": (lambda f: cut_between_lines(f / "countries.csv"), ["countries.csv", "1,797 rows, 1,800"]),
    "runs cut between lines": (lambda f: cut_between_lines(f / "runs.csv"), ["runs.csv", "297 rows, 300 expected"]),
    "points cut": (lambda f: cut_between_lines(f / "points.csv"), ["points.csv", "9 points, 12 expected"]),
    "text for a number": (
        lambda f: edit(f / "countries.csv", lambda t: t.replace("\n3,7,JPN", "\n3,seven,JPN")),
        ["countries.csv", "seven"],
    ),
    "point that is not there": (
        lambda f: edit(f / "countries.csv", lambda t: t.replace("\n3,7,JPN", "\n99,7,JPN")),
        ["point 99 is not in the manifest"],
    ),
    "country that is not there": (
        lambda f: edit(f / "countries.csv", lambda t: t.replace("\n3,7,JPN", "\n3,7,XXX")), ["country 'XXX'"],
    ),
    "every run failed": (
        fail_every_run,
        ["every run failed", "runs.csv says why"],
    ),
    "empty countries.csv": (lambda f: (f / "countries.csv").write_text(""), ["column point is missing"]),
    "not text": (lambda f: (f / "countries.csv").write_bytes(b"\xff\xfe\x00\n"), ["cut off or damaged"]),
    "damaged measures.csv": (lambda f: (f / "measures.csv").write_text("point,value\n1,2\n"), ["measures.csv"]),
    "figures a file": (lambda f: (f / "figures").write_text("x"), ["figures", "not a folder"]),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_bad_folder_is_refused_in_a_line_and_left_as_it_is(folder: Path, call: Call, fault: str) -> None:
    spoil, fragments = BAD[fault]
    spoil(folder)
    before = tree(folder)
    assert_refused(call("analyze", "small"), *fragments)
    assert tree(folder) == before


@pytest.mark.parametrize(
    ("name", "fragment"),
    [("nowhere", "no such folder"), ("small/points.csv", "not a folder"), (".", "holds no finished sweep")],
)
@pytest.mark.usefixtures("folder")
def test_what_is_no_result_folder(call: Call, name: str, fragment: str) -> None:
    assert_refused(call("analyze", name), name, fragment)


def test_curated_results_say_to_run_the_sweep_again(call: Call) -> None:
    curated = Path(__file__).resolve().parents[2] / "results" / "first_mover"
    if (curated / "countries.csv").exists():
        pytest.skip("the whole sweep is there")
    assert_refused(call("analyze", str(curated)), "is missing", "tariff-pause sweep first_mover --out DIR")


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
    assert [item.pairs for item in change] == [REPLICATES, REPLICATES, 0]
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
    assert read_results(folder).dates == {}


def test_the_model_is_never_run(swept: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from experiments.analysis.aggregate import analyse; "
        "from experiments.tables.reading import read_results; "
        "from experiments.analysis.sentences import three_sentences; "
        f"three_sentences(analyse(read_results(Path({str(swept)!r})))); import experiments.figures.analyze; "
        "assert not {'numba', 'mesa', 'model.kernel', 'matplotlib.pyplot'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[2])


def test_unreadable_table_is_one_line(folder: Path) -> None:
    (folder / "countries.csv").unlink()
    (folder / "countries.csv").mkdir()
    with pytest.raises(InputError, match=r"countries\.csv is missing"):
        read_results(folder)


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
