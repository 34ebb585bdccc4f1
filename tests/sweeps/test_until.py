"""Runs are added to a point until a mean is known well enough."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.sweeps.design_file import parse_design
from experiments.sweeps.sweep import run_sweep
from experiments.sweeps.until import ALLOWED, FIRST_LOOK, Until, parse_until
from experiments.tables import folder as folders
from experiments.tables.saving import Saving
from experiments.tables.summary import PointSummary, Samples
from model.case_file import load_case
from model.reasoned import Waits
from tests.tools.folders import result
from tests.tools.program import Call, assert_refused

COUNTRIES = [("KOR", "South Korea"), ("JPN", "Japan")]


def summary_of(values: np.ndarray, deals: np.ndarray | None = None) -> PointSummary:
    """A summary in which every quantity has these values (R, 2)."""
    summary = PointSummary(COUNTRIES)
    signed = np.ones(values.shape, dtype=bool) if deals is None else deals
    none = Waits(np.zeros(2), np.zeros(2), len(values))
    summary.add(Samples(np.broadcast_to(values, (6, *values.shape)).copy(), signed, none))
    return summary


def design(**more: Any) -> Any:
    table = {"replicates": 4_000, "seed": 3, "grid": {"delay_cost": [0.0, 0.1], "headline_value": [0.0, 0.06]}, **more}
    return parse_design(table, "design", Path.cwd(), "until")


def test_the_standard_error_that_counts() -> None:
    values = np.random.default_rng(1).normal(size=(600, 2)) * [1.0, 3.0]
    summary = summary_of(values)
    wanted = values.std(axis=0, ddof=1) / np.sqrt(600)
    assert Until("payoff_bn", 1.0).error_of(summary) == pytest.approx(wanted[1], rel=1e-12)
    assert Until("payoff_bn", 1.0, "KOR").error_of(summary) == pytest.approx(wanted[0], rel=1e-12)


def test_a_country_without_values_does_not_count_and_one_value_is_not_enough() -> None:
    values = np.full((600, 2), np.nan)
    values[:, 0] = np.arange(600) % 2
    assert Until("deal_day", 1.0).error_of(summary_of(values)) == pytest.approx(0.5 / np.sqrt(599), rel=1e-12)
    values[3, 1] = 1.0
    assert Until("deal_day", 1.0).error_of(summary_of(values)) == np.inf


def test_a_share_of_none_or_all_is_not_known_at_once() -> None:
    deals = np.zeros((500, 2), dtype=bool)
    error = Until("p_deal", 1.0).error_of(summary_of(np.zeros((500, 2)), deals))
    share = 2 / 504
    assert error == pytest.approx(np.sqrt(share * (1 - share) / 504), rel=1e-12)
    assert Until("p_deal", 1e-3).next_look(summary_of(np.zeros((500, 2)), deals), 10**6) > 500


@pytest.mark.parametrize(("bound", "wanted"), [(2.0, 600), (0.99, 800), (0.5, 2_400), (0.75, 1_200), (0.0001, 2_400)])
def test_when_to_look_next(bound: float, wanted: int) -> None:
    """600 runs with a standard error of 1: 1.1 x 600 / bound^2, from 1.25 to 4 times as many, in hundreds."""
    values = np.tile([[-1.0], [1.0]], (300, 2)) * np.sqrt(599)
    assert Until("payoff_bn", bound).next_look(summary_of(values), 10**6) == wanted
    assert Until("payoff_bn", bound).next_look(summary_of(values), 700) == min(wanted, 700)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("until") / "out"
    run_sweep(design(until="payoff_bn < 0.05"), folder, threads=2)
    return folder


def test_points_have_as_many_runs_as_they_need(swept: Path) -> None:
    points, summary = pd.read_csv(swept / "points.csv"), pd.read_csv(swept / "summary.csv")
    runs, countries = pd.read_csv(swept / "runs.csv"), pd.read_csv(swept / "countries.csv")
    manifest = json.loads((swept / "manifest.json").read_text())
    assert points["replicates"].between(FIRST_LOOK, 4_000).all()
    assert points["replicates"].nunique() > 1
    for _, point in points.iterrows():
        mine = summary[summary["point"] == point["point"]]
        assert (mine["runs"] == point["replicates"]).all()
        known = mine["payoff_bn_se"].max() < 0.05
        assert known or point["replicates"] == 4_000
        assert (runs["point"] == point["point"]).sum() == point["replicates"]
        own = countries[(countries["point"] == point["point"]) & (countries["country"] == "KOR")]
        assert own["replicate"].to_list() == list(range(point["replicates"]))
        error = own["payoff_bn"].std() / np.sqrt(len(own))
        assert mine.loc[mine["country"] == "KOR", "payoff_bn_se"].item() == pytest.approx(error, rel=1e-9)
    assert manifest["runs"] == points["replicates"].sum() == len(runs)
    assert manifest["design"]["until"] == "payoff_bn < 0.05"
    worst = summary.groupby("point")["payoff_bn_se"].max()
    assert manifest["points_not_known"] == list(worst.index[worst >= 0.05])


def test_one_look_before_it_was_not_known(swept: Path) -> None:
    """By the rows: at each look but the last the largest standard error was at least the bound."""
    points, countries = pd.read_csv(swept / "points.csv"), pd.read_csv(swept / "countries.csv")
    until, looks_in_all = Until("payoff_bn", 0.05), 0
    for _, point in points.iterrows():
        rows = countries[countries["point"] == point["point"]]
        values = rows.pivot(index="replicate", columns="country", values="payoff_bn").to_numpy()
        looks = [FIRST_LOOK]
        while looks[-1] < point["replicates"]:
            seen = values[: looks[-1]]
            assert seen.std(axis=0, ddof=1).max() / np.sqrt(len(seen)) >= 0.05
            two = summary_of(seen[:, :2])
            worst = (seen.std(axis=0, ddof=1) / np.sqrt(len(seen))).max()
            scale = worst / until.error_of(two)
            looks.append(Until("payoff_bn", 0.05 / scale).next_look(two, 4_000))
        assert looks[-1] == point["replicates"]
        looks_in_all += len(looks)
    assert looks_in_all > len(points)


@pytest.mark.parametrize("threads", [1, 4])
def test_the_same_bytes_whoever_plays(swept: Path, tmp_path: Path, threads: int) -> None:
    run_sweep(design(until="payoff_bn < 0.05"), tmp_path / "out", threads=threads)
    assert result(tmp_path / "out") == result(swept)


def test_the_same_summaries_without_rows(swept: Path, tmp_path: Path) -> None:
    run_sweep(design(until="payoff_bn < 0.05"), tmp_path / "out", saving=Saving("summary"))
    for name in ("points.csv", "summary.csv", "moments.bin"):
        assert (tmp_path / "out" / name).read_bytes() == (swept / name).read_bytes()
    assert not (tmp_path / "out" / "runs.csv").exists()


def test_interrupted_and_gone_on_with(swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ENTRY_SECONDS", 0.0)

    class Stopped(Exception):
        pass

    for at in (1, 2):
        seen = itertools.count(1)

        def stop(*done: int, seen: Any = seen, at: int = at) -> None:
            if next(seen) == at:
                raise Stopped

        with pytest.raises(Stopped):
            run_sweep(design(until="payoff_bn < 0.05"), tmp_path / "out", progress=stop)
    manifest = run_sweep(design(until="payoff_bn < 0.05"), tmp_path / "out")
    assert manifest["run"]["sessions"] == 3
    assert result(tmp_path / "out") == result(swept)


@pytest.mark.parametrize("saving", [Saving(), Saving(row_format="parquet"), Saving("summary")], ids=str)
def test_a_higher_limit_adds_runs(swept: Path, tmp_path: Path, saving: Saving) -> None:
    """A point that had all that were allowed gets more; those that were known stay."""
    fewer = design(until="payoff_bn < 0.05", replicates=700)
    run_sweep(fewer, tmp_path / "out", saving=saving)
    assert pd.read_csv(tmp_path / "out" / "points.csv")["replicates"].max() == 700
    run_sweep(design(until="payoff_bn < 0.05"), tmp_path / "out", saving=saving)
    run_sweep(design(until="payoff_bn < 0.05"), tmp_path / "new", saving=saving)
    assert result(tmp_path / "out") == result(tmp_path / "new")


def test_on_the_command_line(call: Call, tmp_path: Path) -> None:
    called = call("sweep", "quickstart", "--until", "KOR.days_waited < 0.9", "--replicates", "900", "--save", "summary")
    assert called.code == 0, called.err
    points = pd.read_csv(tmp_path / "results" / "quickstart" / "points.csv")
    assert points["replicates"].between(FIRST_LOOK, 900).all()
    assert "warning: KOR.days_waited < 0.9 was not reached at" in called.err
    few = call("sweep", "quickstart", "--until", "KOR.days_waited < 0.9", "--replicates", "300")
    assert_refused(few, "the first look comes after 500 runs, but replicates = 300; allow as many")
    again = call("sweep", "quickstart", "--until", "KOR.days_waited < 0.9", "--replicates", "900", "--save", "summary")
    assert "Nothing to do" in again.out
    other = call("sweep", "quickstart", "--until", "KOR.days_waited < 3", "--replicates", "900", "--save", "summary")
    assert_refused(other, "holds another sweep or other measures")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'': write it as in"),
        ("payoff_bn", "'payoff_bn': write it as in 'payoff_bn < 0.02'"),
        ("payoff_bn > 0.02", "write it as in"),
        ("payoff_bn < ", "write it as in"),
        ("payoff_bn < little", "'little' is not a number"),
        ("payoff_bn < 0", "0: a standard error is above 0"),
        ("payoff_bn < -1", "a standard error is above 0"),
        ("payoff_bn < nan", "a standard error is above 0"),
        ("payoff_bn < inf", "a standard error is above 0"),
        ("payof_bn < 1", "unknown quantity 'payof_bn'; did you mean 'payoff_bn'?"),
        ("XYZ.payoff_bn < 1", "unknown country 'XYZ'"),
    ],
)
def test_conditions_that_are_none(call: Call, text: str, said: str) -> None:
    assert_refused(call("sweep", "quickstart", "--until", text), "--until: ", said)


def test_every_quantity_of_the_summary_can_be_asked_for() -> None:
    case = load_case("six")
    for name in ALLOWED:
        until = parse_until(f"{name} < 0.5", case, "until")
        assert until is not None
        assert parse_until(until.text, case, "until") == until
    assert parse_until(None, case, "until") is None
