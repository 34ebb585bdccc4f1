"""`tariff-pause measures`, and measures in a sweep: the same numbers, tidy, complete or not there at all."""

import math
from pathlib import Path

import pandas as pd
import pytest

from agents.policy import prepare, strategies_of
from experiments.measures import catalogue
from experiments.measures.catalogue import CATALOGUE, DATES, measure_rows
from experiments.measures.study import SimulatedRuns, Study
from experiments.sweeps import blocks
from experiments.sweeps.built_in import built_in_designs
from experiments.sweeps.design_file import load_design, parse_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.schema import SHARE
from model.case_file import load_case
from model.setting import make_setting
from tests.tools.program import Call, assert_refused, strict_json

HERE = Path()
TABLE = {
    "name": "measured", "replicates": 20, "seed": 4, "measures": ["price_of_waiting", "hegemon_surplus", DATES],
    "measured": ["JPN", "KOR"], "grid": {"headline_value": [0.0, 0.06]},
}  # fmt: skip


def test_a_sweep_makes_the_measures_of_every_point(tmp_path):
    design = parse_design(TABLE, "test", HERE, "measured")
    assert design.measured == ("KOR", "JPN")  # in the order of the case
    manifest = run_sweep(design, tmp_path / "out")
    assert manifest["failed_measures"] == []
    found = pd.read_csv(tmp_path / "out" / "measures.csv")
    assert list(found["point"].unique()) == [0, 1]
    six = load_case("six")
    for point, headline in enumerate((0.0, 0.06)):
        prepared = prepare(make_setting(six, {"headline_value": headline}), strategies_of(six))
        study = Study(prepared, SimulatedRuns(4, 20))
        expected = list(measure_rows(study, design.measures, design.measured))
        own = found[found["point"] == point]
        assert (own["headline_value"] == headline).all()
        assert list(own["value"]) == pytest.approx([row["value"] for row in expected], abs=1e-15)
        assert list(own["country"]) == [row["country"] for row in expected]
    dates = pd.read_csv(tmp_path / "out" / "dates.csv")
    assert len(dates) == 2 * 2 * 77
    again = parse_design(strict_json((tmp_path / "out" / "manifest.json").read_text())["design"], "test", HERE, "x")
    assert again.identity == design.identity


def test_a_sweep_without_measures_leaves_none_behind(tmp_path):
    run_sweep(parse_design(TABLE, "test", HERE, "measured"), tmp_path / "out")
    plain = parse_design({"name": "plain", "replicates": 2, "grid": {"headline_value": [0.0]}}, "test", HERE, "plain")
    run_sweep(plain, tmp_path / "out", fresh=True)
    assert not (tmp_path / "out" / "measures.csv").exists()
    assert not (tmp_path / "out" / "dates.csv").exists()


def test_measures_that_fail_lose_nothing_else(tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise ArithmeticError("no\nnumber")

    monkeypatch.setattr(blocks, "measure_rows", fail)
    manifest = run_sweep(parse_design(TABLE, "test", HERE, "measured"), tmp_path / "out")
    assert manifest["failed_measures"] == [f"point {point}: ArithmeticError: no number" for point in (0, 1)]
    assert manifest["failed_runs"] == 0
    assert len(pd.read_csv(tmp_path / "out" / "runs.csv")) == 40
    assert not (tmp_path / "out" / "measures.csv").exists()


def test_every_built_in_design_loads_and_is_listed(call: Call):
    listed = call("designs")
    assert (listed.code, listed.err) == (0, "")
    for name in built_in_designs():
        assert name in listed.out
        assert set(load_design(name).measures) <= {*CATALOGUE, DATES}


def test_measures_on_the_command_line(call: Call, tmp_path):
    report = call("measures", "--country", "KOR", "--json", "--out", str(tmp_path / "m")).json
    assert report["countries"] == ["KOR"]
    written = pd.read_csv(tmp_path / "m" / "measures.csv")
    assert list(written["value"]) == pytest.approx(
        [math.nan if row["value"] is None else row["value"] for row in report["measures"]], nan_ok=True
    )
    assert set(written["measure"]) == set(CATALOGUE)
    assert len(pd.read_csv(tmp_path / "m" / "dates.csv")) == 77
    shown = call("measures", "--country", "KOR", "--measure", "first_mover_advantage")
    assert shown.code == 0
    shares = written[(written["measure"] == "first_mover_advantage") & (written["unit"] == SHARE)]
    assert len(shares) == 5 and "causal held" in shown.out
    for share in shares["value"]:
        assert f"{100 * share:.2f} %" in shown.out
    assert call("measures", "--measure", "clustering", "--seed", "3", "--replicates", "50").code == 0


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--measure", "first_mover"], ["--measure", "first_mover_advantage"]),
        (["--country", "KRO"], ["--country", "KOR"]),
        (["--replicates", "1"], ["--replicates", "2"]),
        (["--seed", "-1"], ["--seed"]),
        (["--measure", "clustering", "--measure", "clustering"], ["given twice"]),
        (["--set", "headline_value=9"], ["headline_value", "0.2"]),
        (["--out", "/dev/null"], ["/dev/null", "folder"]),
    ],
)
def test_bad_input_is_one_line(call: Call, words, parts):
    assert_refused(call("measures", *words), *parts)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"measures": ["loss"]}, ["measures", "planner_loss"]),
        ({"measures": "planner_loss"}, ["measures", "list"]),
        ({"measured": ["Korea"]}, ["measured", "Korea"]),
        ({"measured": [1]}, ["measured", "list"]),
    ],
)
def test_a_bad_design_is_one_line(change, parts):
    with pytest.raises(ValueError) as refused:
        parse_design(TABLE | change, "mine.toml", HERE, "measured")
    for part in ("mine.toml", *parts):
        assert part in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_large_case_says_whom_it_measured(call: Call, monkeypatch):
    monkeypatch.setattr(catalogue, "MANY", 3)
    monkeypatch.setattr(catalogue, "FEW", 2)
    shown = call("measures", "--measure", "price_of_waiting")
    assert "Of 6 countries, the 2 from which the hegemon imports most (--country)." in shown.out
    assert "VNM" in shown.out and "GBR" not in shown.out
