"""Without rows the summaries say the same, as far as they can; pairs are the runs that both points have."""

import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from experiments.analysis.aggregate import Analysis, analyse
from experiments.analysis.contrasts import contrasts
from experiments.analysis.interval import Z, around, unpaired_difference
from experiments.analysis.sentences import UNPAIRED, three_sentences
from experiments.analysis.statistics import (
    COUNTRIES,
    HEGEMON,
    chance_change,
    mean_totals,
    payoff_changes,
    total_changes,
)
from experiments.tables.reading import read_results
from model.errors import InputError
from tests.tools.program import edit
from tests.tools.sampled_folder import SAMPLE, change_summary, read, sweep

GRID = {"headline_value": [0.0, 0.03, 0.06], "domestic_constraint": [0.0, 1.0], "delay_cost": [0.0, 0.1]}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("saved")
    return {save: sweep(folder / save, save=save, grid=GRID) for save in ("countries", "runs", "summary")}


@pytest.fixture(scope="module")
def analyses(folders: dict[str, Path]) -> dict[str, Analysis]:
    return {save: analyse(read_results(folder)) for save, folder in folders.items()}


def test_means_and_errors_are_those_of_the_rows(analyses: dict[str, Analysis]) -> None:
    rows = analyses["countries"]
    for save in ("runs", "summary"):
        found = analyses[save]
        assert found.reference == rows.reference and np.array_equal(found.plane, rows.plane)
        for name in ("signed", "payoff_share", "payoff_bn"):
            assert np.array_equal(found.means[name].count, rows.means[name].count)
            assert np.allclose(found.means[name].mean, rows.means[name].mean, rtol=1e-9, atol=1e-12)
            assert np.allclose(found.means[name].error, rows.means[name].error, rtol=1e-6, atol=1e-8), name
        assert "early" not in found.means and not found.kept and not found.by_rank
        assert found.failed_runs == 0


def test_totals_are_those_of_the_rows(analyses: dict[str, Analysis]) -> None:
    """Along the third factor too, which no map shows."""
    rows, runs, summary = (analyses[save] for save in ("countries", "runs", "summary"))
    for factor in GRID:
        (one,) = contrasts(rows, factor)
        paired = total_changes(rows, one.point, one.base)
        for found in (runs, summary):
            change = total_changes(found, one.point, one.base)
            assert change[COUNTRIES].value == pytest.approx(paired[COUNTRIES].value, rel=1e-5, abs=1e-5)
            wide, narrow = (of[COUNTRIES].high - of[COUNTRIES].low for of in (change, paired))
            assert wide >= narrow
        assert total_changes(runs, one.point, one.base)[HEGEMON] == paired[HEGEMON]
        assert HEGEMON not in total_changes(summary, one.point, one.base)
        of_both = (payoff_changes(found, one.point, one.base) for found in (summary, rows))
        for change, of_runs in zip(*of_both, strict=True):
            assert change.value == pytest.approx(of_runs.value, rel=1e-4, abs=1e-5)
    at = mean_totals(summary, summary.reference)
    assert set(at) == {COUNTRIES}
    assert total_changes(summary, 3, 3)[COUNTRIES].value == total_changes(summary, 3, 3)[COUNTRIES].high == 0.0


def test_the_chance_of_a_deal_stands_for_that_of_an_early_one(folders: dict[str, Path]) -> None:
    analysis = analyse(read_results(folders["summary"]))
    (one,) = contrasts(analysis, "headline_value")
    change, by_country = chance_change(analysis, one.point, one.base)
    p_deal = read(folders["summary"], "summary.csv").pivot(index="point", columns="country", values="p_deal")
    gap = (p_deal.loc[one.point] - p_deal.loc[one.base])[list(analysis.results.countries)]
    assert change.value == pytest.approx(gap.mean())
    assert by_country == pytest.approx(gap.to_numpy())


def test_an_interval_that_is_not_paired() -> None:
    found = unpaired_difference(around(3.0, 0.3, 10), around(1.0, 0.4, 12))
    assert (found.value, found.runs) == (2.0, 10)
    assert found.high - found.value == pytest.approx(Z * 0.5)
    assert math.isnan(unpaired_difference(around(3.0, math.nan), around(1.0, 0.4)).low)


def test_sentences_say_what_they_are_of(analyses: dict[str, Analysis]) -> None:
    told = {save: three_sentences(found) for save, found in analyses.items()}
    assert "signs in the first 18 days" in told["countries"][0] and UNPAIRED not in told["countries"]
    for save in ("runs", "summary"):
        timing, left, first, *last = told[save]
        assert "the chance that a country has a deal" in timing
        assert ("the hegemon's surplus" in left) == (save == "runs")
        assert first.startswith("What moving first goes with cannot be told: rows were not saved")
        assert last == [UNPAIRED]
        assert not any("nan" in sentence for sentence in told[save])


def test_every_run_failed(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = sweep(tmp_path / "small", save="summary", grid={"headline_value": [0.0, 0.06]})

    def fail(table) -> None:
        table["runs"] = 0
        table[[name for name in table if name.endswith(("_mean", "_se")) or name == "p_deal"]] = np.nan

    change_summary(folder, fail)
    with pytest.raises(InputError, match=r"every run failed.*points\.csv says why"):
        analyse(read_results(folder))


UNTIL = "payoff_bn < 0.105"


@pytest.fixture(scope="module")
def until(tmp_path_factory: pytest.TempPathFactory) -> Path:
    grid = {"headline_value": [0.0, 0.06], "KOR.strategy": ["myopic", "wait_and_see"]}
    return sweep(tmp_path_factory.mktemp("until") / "small", grid=grid, until=UNTIL, replicates=1500)


def test_pairs_are_the_runs_that_both_points_have(until: Path) -> None:
    analysis = analyse(read_results(until))
    results = analysis.results
    assert len(set(results.runs_at.tolist())) > 1, "points need different numbers of runs"
    assert results.runs_at.sum() == results.manifest.runs == len(read(until, "runs.csv"))
    (one,) = contrasts(analysis, "headline_value")
    payoffs = read(until, "countries.csv").groupby(["point", "replicate"])["payoff_bn"].sum()
    gap = (payoffs[one.point] - payoffs[one.base]).dropna()
    change = total_changes(analysis, one.point, one.base)[COUNTRIES]
    assert change.runs == len(gap) == min(results.runs_at[[one.point, one.base]])
    assert change.value == pytest.approx(gap.mean(), rel=1e-5)
    assert change.high - change.value == pytest.approx(Z * gap.sem(), rel=1e-4)


@pytest.mark.parametrize("value", ["", "0.5", "-1", "1501", "x", "nan"])
def test_runs_of_a_point_that_do_not_fit_are_one_line(until: Path, tmp_path: Path, value: str) -> None:
    folder = Path(shutil.copytree(until, tmp_path / "small"))
    lines = (folder / "points.csv").read_text().splitlines()
    at = lines[0].split(",").index("replicates")
    cells = lines[1].split(",")
    cells[at] = value
    (folder / "points.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")
    with pytest.raises(InputError, match=r"points\.csv: ") as refused:
        read_results(folder)
    assert str(refused.value).isprintable()


def test_runs_of_a_point_are_those_of_the_manifest(until: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(until, tmp_path / "small"))
    edit(folder / "points.csv", lambda text: text.replace("replicates", "other", 1))
    with pytest.raises(InputError, match=r"points\.csv: column replicates is missing"):
        read_results(folder)
    shutil.copy(until / "points.csv", folder / "points.csv")
    edit(folder / "manifest.json", lambda text: text.replace(f'"until": "{UNTIL}"', '"about2": ""'))
    with pytest.raises(InputError, match=r"manifest\.json: runs"):
        read_results(folder)


def test_a_sample_needs_no_rows(tmp_path: Path) -> None:
    bare, whole = (
        analyse(read_results(sweep(tmp_path / save, save=save, **SAMPLE))) for save in ("summary", "countries")
    )
    assert bare.binned is not None and whole.binned is not None
    for factor, means in bare.binned.means.items():
        for name, moments in means.items():
            assert np.array_equal(moments.mean, whole.binned.means[factor][name].mean, equal_nan=True)
    assert three_sentences(bare)[1] in three_sentences(whole)[1]
