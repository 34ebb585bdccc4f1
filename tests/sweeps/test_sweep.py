"""Sweeps: the files of a result folder, reproducible to the byte, and complete or not there at all."""

import hashlib
import itertools
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.policy import Prepared, prepare
from experiments import cli
from experiments.sweeps import blocks, progress
from experiments.sweeps.design import Design
from experiments.sweeps.design_file import load_design, parse_design, with_overrides
from experiments.sweeps.recipe import Recipe
from experiments.sweeps.sharing import Shared
from experiments.sweeps.sweep import run_sweep
from model.case_file import load_case
from model.declaration import quantities
from model.parameters import Parameters
from model.solver import reasoned_waits
from tests.tools.program import SIX, Call, assert_refused, read_csv, strict_json, tree

REPLICATES = 30
ENDING = ["replicates", "method", "residual", "iterations", "converged", "doubt"]  # of the solver
TABLES = ("points.csv", "runs.csv", "countries.csv", "summary.csv", "terms.csv")
FILES = {*TABLES, "manifest.json", "case.toml", "columns.csv", "moments.bin"}
STATUS = ["status", "reason"]  # of a point
FACTORS = ["headline_value", "KOR.domestic_constraint", "delay_cost"]
RUNS = [
    "point", "replicate", "status", "error", "hegemon_type", "deals", "first_deal_day", "last_deal_day", "news_day",
    "hegemon_surplus_bn",
]  # fmt: skip
COUNTRIES = [
    "point", "replicate", "country", "deal_day", "deal_rank", "package", "tariff_final", "sector_rate_final",
    "terms_share", "flow_share", "delay_loss", "rebuff_loss", "signing_loss", "payoff_share", "payoff_bn",
    "payoff_pct_gdp", "called_count", "failed_ratifications",
]  # fmt: skip
DEAL_COLUMNS = ["deal_day", "deal_rank", "package"]
MEASURED = ["deal_day", "days_waited", "deal_rank", "tariff_final", "payoff_share", "payoff_bn"]
SUMMARY_AFTER_FACTORS = [
    "country", "country_name", "runs", "p_deal", *(f"{name}_{kind}" for name in MEASURED for kind in ("mean", "se")),
    "reasoned_waits",
]  # fmt: skip
SMALL = """
name = "small"
about = "Two by two."
case = "six"
replicates = 30
seed = 7
strategy = { default = "equilibrium", JPN = "wait_and_see" }
[fixed]
delay_cost = 0.1
[grid]
headline_value = { from = 0.0, to = 0.06, steps = 2 }
"KOR.domestic_constraint" = [0.0, 1.0]
"""
MYOPIC = 'name = "quick"\nreplicates = 4\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'


SECONDS_BETWEEN_LINES = progress.SECONDS_BETWEEN_LINES


@pytest.fixture(autouse=True)
def no_progress_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine, or one that has to compile first, would print some."""
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", float("inf"))


@pytest.fixture(autouse=True)
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures have tests of their own; here they would only take time."""
    monkeypatch.setattr(cli, "draw_after_sweep", lambda target: None)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def contents(folder: Path, names: tuple[str, ...] = TABLES) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small design, swept once."""
    folder = tmp_path_factory.mktemp("small")
    design = load_design(str(write(folder / "small.toml", SMALL)))
    run_sweep(design, folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Design:
    return load_design(str(write(tmp_path_factory.mktemp("design") / "small.toml", SMALL)))


# the files


def test_its_files_and_nothing_else(small: Path) -> None:
    assert {path.name for path in small.iterdir()} == FILES
    assert hidden(small.parent) == []


def test_columns_in_the_documented_order(small: Path) -> None:
    tables = {name: read_csv(small / name) for name in TABLES}
    assert list(tables["points.csv"].columns) == ["point", "point_id", *FACTORS, *ENDING, *STATUS]
    assert list(tables["runs.csv"].columns) == RUNS
    assert list(tables["countries.csv"].columns) == COUNTRIES
    assert list(tables["summary.csv"].columns) == ["point", "point_id", *FACTORS, *SUMMARY_AFTER_FACTORS]


def test_row_counts_and_keys(small: Path) -> None:
    points, runs, countries, summary = (read_csv(small / name) for name in TABLES[:4])
    assert list(points["point"]) == [0, 1, 2, 3]
    assert [tuple(row) for row in points[FACTORS].to_numpy()] == [
        (0.0, 0.0, 0.1), (0.0, 1.0, 0.1), (0.06, 0.0, 0.1), (0.06, 1.0, 0.1),
    ]  # fmt: skip
    assert points["point_id"].is_unique
    assert list(zip(runs["point"], runs["replicate"], strict=True)) == [
        (point, replicate) for point in range(4) for replicate in range(REPLICATES)
    ]
    assert list(zip(countries["point"], countries["replicate"], countries["country"], strict=True)) == [
        (point, replicate, iso3) for point in range(4) for replicate in range(REPLICATES) for iso3 in SIX
    ]
    assert list(zip(summary["point"], summary["country"], strict=True)) == [
        (point, iso3) for point in range(4) for iso3 in SIX
    ]
    merged = summary.merge(points, on="point", suffixes=("", "_of_points"))
    for name in ("point_id", *FACTORS):
        assert (merged[name] == merged[f"{name}_of_points"]).all()


def test_deal_columns_are_empty_exactly_without_a_deal(small: Path) -> None:
    countries, runs = read_csv(small / "countries.csv"), read_csv(small / "runs.csv")
    missing = countries[DEAL_COLUMNS].isna()
    assert 0 < missing["deal_rank"].sum() < len(countries)
    for name in DEAL_COLUMNS:
        assert (missing[name] == missing["deal_rank"]).all()
    rest = [name for name in COUNTRIES if name not in DEAL_COLUMNS]
    assert not countries[rest].isna().any().any()
    assert np.isfinite(countries[rest].select_dtypes("number").to_numpy()).all()
    assert set(countries["package"].dropna()) <= {"full", "lean", "rebuffed"}
    deals = countries.groupby(["point", "replicate"]).agg(
        deals=("deal_rank", "count"), first=("deal_day", "min"), last=("deal_day", "max")
    )
    assert (deals["deals"].to_numpy() == runs["deals"].to_numpy()).all()
    assert np.array_equal(deals["first"].to_numpy(float), runs["first_deal_day"].to_numpy(float), equal_nan=True)
    assert np.array_equal(deals["last"].to_numpy(float), runs["last_deal_day"].to_numpy(float), equal_nan=True)
    assert set(runs["status"]) == {"ok"}
    assert runs["error"].isna().all()


def test_payoffs_add_up(small: Path) -> None:
    countries = read_csv(small / "countries.csv")
    added = countries["terms_share"] + countries["flow_share"]
    added -= countries["delay_loss"] + countries["rebuff_loss"] + countries["signing_loss"]
    assert np.allclose(added, countries["payoff_share"], rtol=0, atol=1e-12)
    waited = countries["deal_day"].fillna(90)
    assert np.allclose(countries["delay_loss"], 0.1 * waited / 90, rtol=0, atol=1e-12)
    signed = countries["deal_rank"].notna()
    assert (countries.loc[~signed, ["flow_share", "rebuff_loss", "signing_loss"]] == 0).all().all()
    assert (countries.loc[signed & (countries["deal_day"] < 89), "flow_share"] != 0).all()
    assert ((countries["rebuff_loss"] > 0) == (countries["package"] == "rebuffed")).all()
    assert (countries.loc[signed, "signing_loss"] > 0).all()


def test_summary_equals_a_groupby(small: Path) -> None:
    countries, summary = read_csv(small / "countries.csv"), read_csv(small / "summary.csv")
    countries["days_waited"] = countries["deal_day"].fillna(90)
    groups = countries.groupby(["point", "country"])
    summary = summary.set_index(["point", "country"]).sort_index()
    assert (summary["runs"] == REPLICATES).all()
    assert np.allclose(summary["p_deal"], groups["deal_rank"].count() / REPLICATES, rtol=0, atol=1e-12)
    for name in MEASURED:
        for kind, values in (("mean", groups[name].mean()), ("se", groups[name].sem())):
            given = summary[f"{name}_{kind}"]
            assert (given.isna() == values.isna()).all(), name
            assert np.allclose(given, values, rtol=0, atol=1e-9, equal_nan=True), (name, kind)
    assert not summary[[f"{name}_{kind}" for name in MEASURED[1:2] + MEASURED[3:] for kind in ("mean", "se")]].isna(
    ).any().any()  # fmt: skip


def test_reasoned_waits_of_a_summary_are_those_of_solve(small: Path) -> None:
    """Exact, whatever the replicates."""
    points, summary = read_csv(small / "points.csv"), read_csv(small / "summary.csv")
    for point in points.to_dict("records"):
        prepared = prepare("six", {"JPN": "wait_and_see"}, factors={name: point[name] for name in FACTORS})
        expected = reasoned_waits(prepared.game, prepared.solution, seed=0, replicates=1).share
        given = summary[summary["point"] == point["point"]]["reasoned_waits"]
        assert np.array_equal(given, expected)


def test_summary_of_one_replicate_has_no_standard_error(design: Design, tmp_path: Path) -> None:
    run_sweep(with_overrides(design, {}, 1, None), tmp_path / "out")
    summary = read_csv(tmp_path / "out" / "summary.csv")
    assert summary["payoff_bn_mean"].notna().all()
    assert summary[[f"{name}_se" for name in MEASURED]].isna().all().all()


def test_first_replicate_equals_run(small: Path, call: Call) -> None:
    points, runs, countries = (read_csv(small / name) for name in TABLES[:3])
    for point in points.to_dict("records"):
        factors = [argument for name in FACTORS for argument in ("--set", f"{name}={point[name]!r}")]
        report = call("run", "--json", "--seed", "7", "--strategy", "JPN=wait_and_see", *factors).json
        run = runs[(runs["point"] == point["point"]) & (runs["replicate"] == 0)].iloc[0]
        assert report["hegemon"]["type"] == run["hegemon_type"]
        assert report["hegemon"]["deals"] == run["deals"]
        assert report["hegemon"]["surplus_bn"] == run["hegemon_surplus_bn"]
        news = report["sector_news_day"]
        assert pd.isna(run["news_day"]) if news is None else news == run["news_day"]
        own = countries[(countries["point"] == point["point"]) & (countries["replicate"] == 0)]
        for row, (_, written) in zip(report["countries"], own.iterrows(), strict=True):
            for name in set(COUNTRIES) & set(row):
                if row[name] is None:
                    assert pd.isna(written[name])
                else:
                    assert row[name] == written[name], (row["country"], name)


def test_every_point_meets_the_same_luck(small: Path) -> None:
    runs = read_csv(small / "runs.csv")
    types = runs.pivot(index="replicate", columns="point", values="hegemon_type")
    assert (types.nunique(axis=1) == 1).all()
    assert set(types[0]) == {"firm", "soft"}


def test_terms_are_those_of_point_0(small: Path, call: Call, tmp_path: Path) -> None:
    factors = ("headline_value=0", "KOR.domestic_constraint=0", "delay_cost=0.1")
    call("terms", *(argument for text in factors for argument in ("--set", text)), "--csv", "terms.csv")
    assert (tmp_path / "terms.csv").read_bytes() == (small / "terms.csv").read_bytes()


def test_manifest(small: Path, design: Design) -> None:
    manifest = strict_json((small / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["design"] == {
        "name": "small",
        "about": "Two by two.",
        "case": "six",
        "replicates": 30,
        "seed": 7,
        "strategy": {"default": "equilibrium", "JPN": "wait_and_see"},
        "fixed": {"delay_cost": 0.1},
        "grid": {"headline_value": [0.0, 0.06], "KOR.domestic_constraint": [0.0, 1.0]},
    }
    assert list(manifest["parameters"]) == list(quantities(Parameters))
    assert manifest["parameters"]["delay_cost"] == 0.1
    assert manifest["parameters"]["inertia"] == 0.3
    assert manifest["window"]["window_days"] == 90
    digest = load_case("six").digest
    dates = {"KOR": 54, "JPN": 101, "AUS": 23}
    assert manifest["case"] == {"name": "six", "sha256": digest, "countries": list(SIX), "dates": dates}
    assert manifest["seeds"] == {"seed": 7, "replicates": [0, 29]}
    assert (manifest["points"], manifest["runs"], manifest["failed_runs"]) == (4, 120, 0)
    assert re.fullmatch(r"[0-9a-f]{16}", manifest["rule_hash"])
    assert manifest["git_commit"] is None or re.fullmatch(r"[0-9a-f]{40}(-dirty)?", manifest["git_commit"])
    assert manifest["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"tariff-pause", "numpy", "numba", "pyarrow"} <= set(manifest["versions"])
    listed = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents(small, tuple(sorted(FILES - {"manifest.json"}))).items()
    }
    assert manifest["files"] == listed
    assert (small / "case.toml").read_text(encoding="utf-8") == load_case("six").text
    run = manifest["run"]
    assert run["seconds"] > 0
    assert run["runs_per_second"] == pytest.approx(120 / run["seconds"], rel=0.05)
    assert (run["played"], run["sessions"]) == (120, 1)
    assert run["cores"] == os.cpu_count()
    assert set(run["seconds_by_work"]) == {"solving", "playing", "measuring", "writing", "waiting"}
    assert run["seconds_by_work"]["solving"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", run["finished"])
    again = parse_design(manifest["design"], "manifest.json", small, "small")
    assert again.identity == design.identity == manifest["identity"]


def test_manifest_of_an_own_case_can_be_read_back(tmp_path: Path) -> None:
    own = write(tmp_path / "own.toml", load_case("six").text.replace("0.3817", "0.3"))
    design = load_design(str(write(tmp_path / "d.toml", f'case = "{own.name}"\n{MYOPIC}')))
    manifest = run_sweep(design, tmp_path / "out")
    assert parse_design(manifest["design"], "manifest.json", tmp_path, "d").identity == design.identity


# the same numbers, whatever the way


def test_same_design_twice_is_identical_to_the_byte(small: Path, design: Design, tmp_path: Path) -> None:
    run_sweep(design, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(small)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(small: Path, design: Design, tmp_path: Path, threads: int) -> None:
    run_sweep(design, tmp_path / "out", threads=threads)
    assert contents(tmp_path / "out") == contents(small)


@pytest.mark.parametrize("chunk", [1, 7, 30])
def test_chunk_size_changes_nothing(
    small: Path, design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """To the byte: values are added up one by one, in the order of the runs."""
    monkeypatch.setattr(blocks, "BLOCK", chunk)
    run_sweep(design, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(small)


def test_more_replicates_keep_the_first_ones(small: Path, design: Design, tmp_path: Path) -> None:
    run_sweep(with_overrides(design, {}, REPLICATES + 10, None), tmp_path / "out")
    more, first = read_csv(tmp_path / "out" / "countries.csv"), read_csv(small / "countries.csv")
    pd.testing.assert_frame_equal(more[more["replicate"] < REPLICATES].reset_index(drop=True), first)


def test_another_seed_gives_other_runs(small: Path, design: Design, tmp_path: Path) -> None:
    run_sweep(with_overrides(design, {}, None, 8), tmp_path / "out")
    assert contents(tmp_path / "out", ("points.csv", "terms.csv")) == contents(small, ("points.csv", "terms.csv"))
    for name in ("runs.csv", "countries.csv", "summary.csv"):
        assert (tmp_path / "out" / name).read_bytes() != (small / name).read_bytes()


# point ids


def ids(tmp_path: Path, text: str) -> dict[frozenset[Any], str]:
    """The id of each point by its factors."""
    design = load_design(str(write(tmp_path / "ids.toml", text)))
    return {frozenset(point.items()): design.point_id(point) for point in design.points}


PLAIN = "[grid]\ndelay_cost = [0.0, 0.1]\ninertia = [0.02, 0.2]\n"


@pytest.mark.parametrize(
    "text",
    [
        "[grid]\ninertia = [0.2, 0.02]\ndelay_cost = [0.1, 0.0]\n",
        "[grid]\ndelay_cost = [0.3, 0.0, 0.1]\ninertia = [0.02, 0.2, 0.5]\n",
        "[fixed]\ninertia = 0.2\n[grid]\ndelay_cost = [0.0, 0.1]\n",
        "[grid]\ndelay_cost = { from = 0, to = 0.1, steps = 2 }\ninertia = [0.02, 0.2]\n",
        f'name = "other"\nabout = "other"\nreplicates = 3\nseed = 9\nstrategy = "equilibrium"\n{PLAIN}',
    ],
)
def test_point_id_depends_on_content_only(tmp_path: Path, text: str) -> None:
    plain, other = ids(tmp_path, PLAIN), ids(tmp_path, text)
    common = plain.keys() & other.keys()
    assert len(common) >= 2
    assert {key: plain[key] for key in common} == {key: other[key] for key in common}
    assert len({*plain.values(), *other.values()}) == len(plain.keys() | other.keys())


@pytest.mark.parametrize("head", ['case = "free_trade"', 'strategy = "myopic"', 'strategy = { KOR = "myopic" }'])
def test_point_id_tells_cases_and_strategies_apart(tmp_path: Path, head: str) -> None:
    assert not set(ids(tmp_path, PLAIN).values()) & set(ids(tmp_path, f"{head}\n{PLAIN}").values())


def test_steps_hit_zero(tmp_path: Path) -> None:
    """A range that crosses zero in equal steps has a point at zero itself, as its list of values has."""
    steps = "[grid]\nheadline_value = { from = -0.1, to = 0.2, steps = 4 }\n"
    listed = "[grid]\nheadline_value = [-0.1, 0.0, 0.1, 0.2]\n"
    assert ids(tmp_path, steps) == ids(tmp_path, listed)


# design files


def sweep(call: Call, tmp_path: Path, text: str, *arguments: str) -> Path:
    """Sweep a design through the command line; its result folder."""
    called = call("sweep", str(write(tmp_path / "designs" / "mine.toml", text)), *arguments)
    assert (called.code, called.err) == (0, "")
    return tmp_path / (arguments[arguments.index("--out") + 1] if "--out" in arguments else "results/quick")


def test_command_line_sweep_equals_the_function(small: Path, call: Call, tmp_path: Path) -> None:
    called = call("sweep", str(write(tmp_path / "small.toml", SMALL)))
    assert (called.code, called.err) == (0, "")
    assert contents(tmp_path / "results" / "small") == contents(small)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"small.toml", *FILES}
    assert hidden(tmp_path / "results") == []


def test_sweep_ends_with_a_table_and_where_the_files_are(call: Call, tmp_path: Path) -> None:
    called = call("sweep", str(write(tmp_path / "quick.toml", MYOPIC)))
    lines = called.out.splitlines()
    assert "8 runs at 2 points" in lines[-1]
    assert "results/quick" in lines[-1]
    assert all(name in lines[-1] for name in FILES)
    summary = read_csv(tmp_path / "results" / "quick" / "summary.csv")
    shown = {line.split()[0]: line.split()[1:] for line in lines if line.split() and line.split()[0] in SIX}
    assert list(shown) == list(SIX)
    for iso3, cells in shown.items():
        own = summary[summary["country"] == iso3].sort_values("delay_cost")
        expected = [
            text
            for _, row in own.iterrows()
            for text in (f"{row['days_waited_mean']:.1f}", f"{row['p_deal']:.2f}", f"{row['payoff_bn_mean'] + 0:.2f}")
        ]
        assert [float(cell) for cell in cells] == [float(text) for text in expected]


def test_defaults_of_a_design(tmp_path: Path) -> None:
    design = load_design(str(write(tmp_path / "my-design.toml", "[grid]\ndelay_cost = [0]\n")))
    assert (design.name, design.case.name, design.replicates) == ("my-design", "six", 200)
    assert design.strategy == {"default": "equilibrium"}
    assert design.points == [{"delay_cost": 0.0}]


def test_range_gives_the_values_a_person_would_type(tmp_path: Path) -> None:
    text = "[grid]\ndelay_cost = { from = 0.0, to = 1.0, steps = 11 }\ninertia = { from = 0.3, to = 0.1, steps = 3 }\n"
    grid = load_design(str(write(tmp_path / "d.toml", text))).grid
    assert grid["delay_cost"] == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    assert grid["inertia"] == (0.3, 0.2, 0.1)


def test_last_factor_varies_fastest(tmp_path: Path) -> None:
    text = "[grid]\ndelay_cost = [0.2, 0.1]\ninertia = [0.3, 0.1, 0.2]\n"
    points = load_design(str(write(tmp_path / "d.toml", text))).points
    assert [tuple(point.values()) for point in points] == list(itertools.product([0.2, 0.1], [0.3, 0.1, 0.2]))


def test_strategies_of_a_design_are_played(call: Call, tmp_path: Path) -> None:
    text = MYOPIC.replace('"myopic"', '{ default = "script:never", KOR = "script:30" }')
    countries = read_csv(sweep(call, tmp_path, text) / "countries.csv")
    signed = countries["deal_rank"].notna()
    assert signed.any()
    assert set(countries.loc[signed, "country"]) == {"KOR"}
    assert countries["deal_day"].min() >= 30


@pytest.mark.parametrize("where", ["own.toml", "cases/own.toml", "../own.toml", "./own", "cases/own"])
def test_own_case_is_found_beside_the_design(call: Call, tmp_path: Path, where: str) -> None:
    """A path in a design file is relative to that file, wherever the command is typed."""
    text = load_case("six").text.replace('name = "South Korea"', 'name = "Own Korea"')
    write(tmp_path / "designs" / where, text)
    folder = sweep(call, tmp_path, f'case = "{where}"\n{MYOPIC}')
    assert "Own Korea" in set(read_csv(folder / "summary.csv")["country_name"])


def test_without_a_gdp_only_the_share_of_gdp_is_empty(call: Call, tmp_path: Path) -> None:
    text = load_case("six").text
    write(tmp_path / "designs" / "own.toml", re.sub(r"^gdp = .*\n", "", text, count=1, flags=re.MULTILINE))
    countries = read_csv(sweep(call, tmp_path, f'case = "own.toml"\n{MYOPIC}') / "countries.csv")
    empty = countries["payoff_pct_gdp"].isna()
    assert set(countries.loc[empty, "country"]) == {"KOR"}
    assert empty.sum() == 8
    assert not countries.drop(columns=[*DEAL_COLUMNS, "payoff_pct_gdp"]).isna().any().any()


def test_own_case_by_absolute_path(call: Call, tmp_path: Path) -> None:
    own = write(tmp_path / "far" / "own.toml", load_case("six").text)
    assert (sweep(call, tmp_path, f'case = "{own}"\n{MYOPIC}') / "manifest.json").exists()


def test_set_replicates_and_seed_override(call: Call, tmp_path: Path) -> None:
    text = f"{MYOPIC}[fixed]\nsigning_cost = 0.2\n"
    folder = sweep(
        call, tmp_path, text, "--set", "KOR.inertia=0.2", "--set", "signing_cost=0.3", "--replicates", "3",
        "--seed", "11", "--out", "there",
    )  # fmt: skip
    points, runs = read_csv(folder / "points.csv"), read_csv(folder / "runs.csv")
    assert set(points.columns) == {"point", "point_id", "delay_cost", "KOR.inertia", "signing_cost", *ENDING, *STATUS}
    assert set(points["signing_cost"]) == {0.3}
    assert set(points["KOR.inertia"]) == {0.2}
    assert len(runs) == 6
    manifest = strict_json((folder / "manifest.json").read_text("utf-8"))
    assert manifest["design"]["fixed"] == {"signing_cost": 0.3, "KOR.inertia": 0.2}
    assert manifest["seeds"] == {"seed": 11, "replicates": [0, 2]}
    report = call(
        "run", "--json", "--seed", "11", "--strategy", "myopic", "--set", "delay_cost=0", "--set", "signing_cost=0.3",
        "--set", "KOR.inertia=0.2",
    ).json  # fmt: skip
    assert report["hegemon"]["surplus_bn"] == runs["hegemon_surplus_bn"][0]


# folders that hold something already


def test_another_sweep_is_refused_unless_fresh(call: Call, tmp_path: Path) -> None:
    folder = sweep(call, tmp_path, MYOPIC)
    write(folder / "notes.txt", "mine\n")
    write(folder / "figures" / "a.svg", "<svg/>\n")
    before = tree(tmp_path)
    again = ("sweep", "designs/mine.toml", "--seed", "5")
    assert_refused(call(*again), "results/quick", "another sweep", "--fresh")
    assert tree(tmp_path) == before
    assert call(*again, "--fresh").code == 0
    after = tree(tmp_path)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {
        f"results/quick/{name}" for name in ("runs.csv", "countries.csv", "summary.csv", "moments.bin", "manifest.json")
    }
    assert strict_json((folder / "manifest.json").read_text("utf-8"))["seeds"]["seed"] == 5


@pytest.mark.parametrize(
    ("change", "said"),
    [(("--replicates", "3"), "with 4 replicates; 3 are fewer"), (("--set", "inertia=0.2"), "another sweep")],
)
def test_another_size_is_another_sweep(call: Call, tmp_path: Path, change: tuple[str, str], said: str) -> None:
    sweep(call, tmp_path, MYOPIC)
    before = tree(tmp_path)
    assert_refused(call("sweep", "designs/mine.toml", *change), said, "--fresh")
    assert tree(tmp_path) == before


def test_a_finished_sweep_is_said_to_be_finished(call: Call, tmp_path: Path) -> None:
    sweep(call, tmp_path, MYOPIC)
    before = tree(tmp_path)
    called = call("sweep", "designs/mine.toml")
    assert (called.code, called.err) == (0, "")
    assert "results/quick: holds this sweep, finished on " in called.out
    assert "8 runs at 2 points" in called.out
    assert tree(tmp_path) == before


@pytest.mark.parametrize("spoil", [lambda path: path.write_text("spoilt\n"), lambda path: path.unlink()])
def test_a_finished_sweep_that_lacks_something_is_made_whole(
    call: Call, tmp_path: Path, spoil: Callable[[Path], Any]
) -> None:
    folder = sweep(call, tmp_path, MYOPIC)
    write(folder / "notes.txt", "mine\n")
    before = contents(folder)
    spoil(folder / "countries.csv")
    sweep(call, tmp_path, MYOPIC)
    assert contents(folder) == before
    assert {path.name for path in folder.iterdir()} == {*FILES, "notes.txt"}


@pytest.mark.parametrize(
    ("entry", "value", "said"),
    [("rule_hash", "0" * 16, "by other rules of the model"), ("versions", {}, "with python of an unknown version")],
)
def test_a_finished_sweep_by_other_rules_is_kept_unless_fresh(
    call: Call, tmp_path: Path, entry: str, value: Any, said: str
) -> None:
    folder = sweep(call, tmp_path, MYOPIC)
    held = json.loads((folder / "manifest.json").read_text())
    held[entry] = value
    write(folder / "manifest.json", json.dumps(held))
    before = tree(tmp_path)
    assert_refused(call("sweep", "designs/mine.toml"), "results/quick", said, "--fresh")
    assert tree(tmp_path) == before
    sweep(call, tmp_path, MYOPIC, "--fresh")


def test_folder_with_other_files_is_refused_unless_fresh(call: Call, tmp_path: Path) -> None:
    write(tmp_path / "out" / "notes.txt", "mine\n")
    write(tmp_path / "d.toml", MYOPIC)
    before = tree(tmp_path)
    assert_refused(call("sweep", "d.toml", "--out", "out"), "out", "not empty", "--fresh")
    assert tree(tmp_path) == before
    assert call("sweep", "d.toml", "--out", "out", "--fresh").code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*FILES, "notes.txt"}
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine\n"


def test_empty_and_deep_folders_are_used(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert {path.name for path in sweep(call, tmp_path, MYOPIC, "--out", "empty").iterdir()} == FILES
    assert {path.name for path in sweep(call, tmp_path, MYOPIC, "--out", "a/b/c").iterdir()} == FILES


MANIFESTS = ["", "text", "[]", "null", "3", "{}", '{"design": {}}', '{"identity": 3, "design": 5}',
             '{"identity": "x", "design": null}', '{"identity": "x", "design": ["a"]}']  # fmt: skip


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_folder_with_a_strange_manifest_is_refused(call: Call, tmp_path: Path, manifest: str) -> None:
    write(tmp_path / "out" / "manifest.json", manifest)
    write(tmp_path / "d.toml", MYOPIC)
    before = tree(tmp_path)
    assert_refused(call("sweep", "d.toml", "--out", "out"), "out", "--fresh")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["countries.csv", "manifest.json"])
def test_folder_in_the_place_of_a_result_is_refused_whole(call: Call, tmp_path: Path, name: str) -> None:
    """Nothing is replaced if not everything can be."""
    (tmp_path / "out" / name).mkdir(parents=True)
    write(tmp_path / "d.toml", MYOPIC)
    before = tree(tmp_path)
    assert_refused(call("sweep", "d.toml", "--out", "out", "--fresh"), name)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("out", "fragment"),
    [("file", "is a file"), ("file/out", "cannot be written"), ("file/a/b", "cannot be written"),
     ("dangling", "dangling"), ("x" * 300, "cannot be")],
)  # fmt: skip
def test_output_that_cannot_be_a_folder(call: Call, tmp_path: Path, out: str, fragment: str) -> None:
    write(tmp_path / "file", "text\n")
    (tmp_path / "dangling").symlink_to("nowhere")
    write(tmp_path / "d.toml", MYOPIC)
    before = tree(tmp_path)
    assert_refused(call("sweep", "d.toml", "--out", out), out, fragment)
    assert tree(tmp_path) == before


# points that fail


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Point 2 of the small design cannot be prepared."""
    prepare_point = blocks.prepare_point

    def prepare(recipe: Recipe, factors: Any, *shared: Shared) -> Prepared:
        if (factors["headline_value"], factors["KOR.domestic_constraint"]) == (0.06, 0.0):
            raise ArithmeticError('no "root",\nno fruit')
        return prepare_point(recipe, factors, *shared)

    monkeypatch.setattr(blocks, "prepare_point", prepare)


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("chunk", [7, 5000])
def test_failed_point(small: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(blocks, "BLOCK", chunk)
    called = call("sweep", str(write(tmp_path / "small.toml", SMALL)), "--out", "out")
    assert called.code == 2
    assert len(called.err.splitlines()) == 1
    assert "30 runs failed at 1 of 4 points" in called.err
    assert "--retry-failed" in called.err

    out = tmp_path / "out"
    runs, whole = read_csv(out / "runs.csv"), read_csv(small / "runs.csv")
    failed = runs[runs["point"] == 2]
    assert list(failed["replicate"]) == list(range(REPLICATES))
    assert set(failed["status"]) == {"failed"}
    assert set(failed["error"]) == {'ArithmeticError: no "root", no fruit'}
    assert failed[RUNS[4:]].isna().all().all()
    pd.testing.assert_frame_equal(
        runs[runs["point"] != 2].reset_index(drop=True), whole[whole["point"] != 2].reset_index(drop=True),
        check_dtype=False,
    )  # fmt: skip

    countries, whole = read_csv(out / "countries.csv"), read_csv(small / "countries.csv")
    pd.testing.assert_frame_equal(countries, whole[whole["point"] != 2].reset_index(drop=True), check_dtype=False)

    summary, whole = read_csv(out / "summary.csv"), read_csv(small / "summary.csv")
    empty = summary[summary["point"] == 2]
    assert list(empty["country"]) == list(SIX)
    assert (empty["runs"] == 0).all()
    assert empty[SUMMARY_AFTER_FACTORS[3:]].isna().all().all()
    numbers = [name for name in summary.columns if name.endswith(("_mean", "_se"))]
    others, expected = (frame[frame["point"] != 2][numbers].to_numpy() for frame in (summary, whole))
    assert np.allclose(others, expected, rtol=0, atol=1e-12, equal_nan=True)

    assert contents(out, ("terms.csv",)) == contents(small, ("terms.csv",))
    points, whole = read_csv(out / "points.csv"), read_csv(small / "points.csv")
    assert points.loc[2, ENDING[1:]].isna().all()
    assert list(points.loc[2, STATUS]) == ["failed", 'ArithmeticError: no "root", no fruit']
    assert set(points.drop(2)["status"]) == {"ok"}
    assert points.drop(2)["reason"].isna().all()
    assert points.drop(columns=[*ENDING, *STATUS]).equals(whole.drop(columns=[*ENDING, *STATUS]))
    pd.testing.assert_frame_equal(points.drop(2), whole.drop(2), check_dtype=False)
    manifest = strict_json((out / "manifest.json").read_text("utf-8"))
    assert (manifest["failed_runs"], manifest["failed_points"]) == (REPLICATES, [2])


# progress


def lines_of_progress(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds_a_look: float
) -> tuple[list[str], str]:
    """Standard error, line by line, and standard output of a sweep of 20 points, by a clock of our own."""
    now = itertools.count(0, seconds_a_look)
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", SECONDS_BETWEEN_LINES)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(now)))
    text = MYOPIC.replace("[0.0, 0.1]", "{ from = 0.0, to = 0.19, steps = 20 }")
    called = call("sweep", str(write(tmp_path / "quick.toml", text)))
    assert called.code == 0
    return called.err.splitlines(), called.out


def test_short_sweep_away_from_a_terminal_is_silent(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, _ = lines_of_progress(call, tmp_path, monkeypatch, 0.1)
    assert lines == []


PROGRESS = r"quick: (\d+) of 20 points(?:, [\d,]+ runs/s, .* left)?"


def test_lines_on_standard_error_now_and_then(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines, out = lines_of_progress(call, tmp_path, monkeypatch, 6.0)
    assert 2 <= len(lines) <= 10
    done = [int(found[1]) for line in lines if (found := re.fullmatch(PROGRESS, line))]
    assert len(done) == len(lines)
    assert done == sorted(set(done))
    assert not re.search(r"of 20 points|\x1b", out)


# bad designs

GRID = "[grid]\ndelay_cost = [0.0, 0.1]\n"
BAD_DESIGNS = {
    "empty file": ("", ["[grid]", "empty"]),
    "missing grid": ("replicates = 5\n", ["[grid]"]),
    "empty grid": ("[grid]\n", ["[grid]", "empty"]),
    "grid not a table": ("grid = 3\n", ["grid", "not a table"]),
    "fixed not a table": (f"fixed = 3\n{GRID}", ["fixed", "not a table"]),
    "empty list": ("[grid]\ndelay_cost = []\n", ["delay_cost", "empty"]),
    "not a list": ("[grid]\ndelay_cost = 0.1\n", ["delay_cost", "list of values"]),
    "text in a list": ('[grid]\ndelay_cost = [0.1, "x"]\n', ["delay_cost", "'x'"]),
    "truth in a list": ("[grid]\ndelay_cost = [true]\n", ["delay_cost", "True"]),
    "value out of range": ("[grid]\ndelay_cost = [0.5, 1.5]\n", ["delay_cost", "1.5", "-1 to 1"]),
    "nan": ("[grid]\ndelay_cost = [nan]\n", ["delay_cost", "nan", "-1 to 1"]),
    "inf": ("[grid]\ndelay_cost = [inf]\n", ["delay_cost", "inf", "-1 to 1"]),
    "huge whole number": (f"[grid]\ndelay_cost = [1{'0' * 400}]\n", ["delay_cost", "-1 to 1"]),
    "duplicate value": ("[grid]\ndelay_cost = [0.1, 0.2, 0.10]\n", ["delay_cost", "twice"]),
    "duplicate zero": ("[grid]\ndelay_cost = [0.0, -0.0]\n", ["delay_cost", "twice"]),
    "range of one value": ("[grid]\ndelay_cost = { from = 0.1, to = 0.1, steps = 3 }\n", ["delay_cost", "twice"]),
    "steps 0": ("[grid]\ndelay_cost = { from = 0, to = 1, steps = 0 }\n", ["delay_cost", "steps"]),
    "steps not whole": ("[grid]\ndelay_cost = { from = 0, to = 1, steps = 2.5 }\n", ["delay_cost", "steps", "2.5"]),
    "from missing": ("[grid]\ndelay_cost = { to = 1, steps = 2 }\n", ["delay_cost", "from"]),
    "to missing": ("[grid]\ndelay_cost = { from = 1, steps = 2 }\n", ["delay_cost", "`to`"]),
    "steps missing": ("[grid]\ndelay_cost = { from = 0, to = 1 }\n", ["delay_cost", "steps"]),
    "unknown key of a range": (
        "[grid]\ndelay_cost = { from = 0, to = 1, steps = 2, step = 3 }\n",
        ["delay_cost", "'step'"],
    ),
    "range out of range": ("[grid]\ndelay_cost = { from = 0, to = 2, steps = 2 }\n", ["delay_cost", "to", "-1 to 1"]),
    "range between whole numbers": (
        "[grid]\nwindow_days = { from = 80, to = 90, steps = 4 }\n",
        ["window_days", "whole number"],
    ),
    "too many points": (
        "[grid]\ndelay_cost = { from = 0, to = 1, steps = 2000 }\ninertia = { from = 0.1, to = 0.2, steps = 2000 }\n",
        ["4,000,000 points"],
    ),
    "unknown factor": ("[grid]\ndelay_cots = [0.1]\n", ["delay_cots", "did you mean 'delay_cost'"]),
    "unknown country of a factor": ('[grid]\n"KOX.delay_cost" = [0.1]\n', ["KOX", "did you mean 'KOR'"]),
    "factor not by country": ('[grid]\n"KOR.baseline_rate" = [0.1]\n', ["baseline_rate", "cannot differ"]),
    "unknown fixed factor": (f"{GRID}[fixed]\nenertia = 0.1\n", ["fixed", "enertia", "did you mean 'inertia'"]),
    "fixed out of range": (f"{GRID}[fixed]\ninertia = 2\n", ["fixed", "inertia", "0.999"]),
    "fixed not a number": (f'{GRID}[fixed]\ninertia = "x"\n', ["fixed", "inertia", "'x'"]),
    "fixed a list": (f"{GRID}[fixed]\ninertia = [0.1]\n", ["fixed", "inertia"]),
    "fixed and varied": (f"{GRID}[fixed]\ndelay_cost = 0.1\n", ["delay_cost", "both fixed and varied"]),
    "points that contradict": (
        "[grid]\nexecution_soft = [0.1, 0.5]\nexecution_firm = [0.4, 0.6]\n",
        ["execution_soft = 0.5", "execution_firm = 0.4"],
    ),
    "zero replicates": (f"replicates = 0\n{GRID}", ["replicates", "0"]),
    "negative replicates": (f"replicates = -1\n{GRID}", ["replicates", "-1"]),
    "replicates not whole": (f"replicates = 5.0\n{GRID}", ["replicates", "5.0"]),
    "replicates a truth": (f"replicates = true\n{GRID}", ["replicates", "True"]),
    "negative seed": (f"seed = -1\n{GRID}", ["seed", "-1"]),
    "seed too large": (f"seed = {2**63}\n{GRID}", ["seed", str(2**63)]),
    "unknown key": (f"replicate = 5\n{GRID}", ["'replicate'", "did you mean 'replicates'"]),
    "malformed": ("name = \n[grid]\n", ["malformed TOML", "line 1"]),
    "malformed at the end": ("[grid]\ndelay_cost = [0.1", ["malformed TOML"]),
    "nested too deep": (f"x = {'[' * 5000}", []),
    "unknown strategy": (f'strategy = "myopik"\n{GRID}', ["strategy", "did you mean 'myopic'"]),
    "unknown strategy of one": (f'strategy = {{ KOR = "myopik" }}\n{GRID}', ["strategy", "did you mean 'myopic'"]),
    "unknown country of a strategy": (f'strategy = {{ KOX = "myopic" }}\n{GRID}', ["strategy", "did you mean 'KOR'"]),
    "strategy not a text": (f"strategy = 3\n{GRID}", ["strategy"]),
    "name with a slash": (f'name = "a/b"\n{GRID}', ["name", "'a/b'"]),
    "name of the folder above": (f'name = ".."\n{GRID}', ["name", "'..'"]),
    "empty name": (f'name = ""\n{GRID}', ["name"]),
    "name not a text": (f"name = 3\n{GRID}", ["name", "3"]),
    "about not a text": (f"about = 3\n{GRID}", ["about", "3"]),
    "unknown case": (f'case = "sixx"\n{GRID}', ["case", "did you mean 'six'"]),
    "case not a text": (f"case = 3\n{GRID}", ["case", "3"]),
    "missing case file": (f'case = "nowhere.toml"\n{GRID}', ["case", "nowhere.toml", "no such file"]),
}


@pytest.mark.parametrize("fault", BAD_DESIGNS)
def test_bad_design_is_refused_in_a_line(call: Call, tmp_path: Path, fault: str) -> None:
    text, fragments = BAD_DESIGNS[fault]
    write(tmp_path / "faulty.toml", text)
    before = tree(tmp_path)
    assert_refused(call("sweep", "faulty.toml", "--replicates", "2", "--out", "out") if "replicates" not in text
                   else call("sweep", "faulty.toml", "--out", "out"), "faulty.toml", *fragments)  # fmt: skip
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "fragments"),
    [
        ("none.toml", ["none.toml", "no such file"]),
        ("quickstrat", ["'quickstrat'", "did you mean 'quickstart'"]),
        ("QUICKSTART", ["'QUICKSTART'", "did you mean 'quickstart'"]),
        ("", ["quickstart"]),
        (".", ["quickstart"]),
        ("./folder", ["folder", "cannot be read"]),
        ("bytes.toml", ["bytes.toml", "not UTF-8"]),
    ],
)
def test_design_that_is_not_there(call: Call, tmp_path: Path, name: str, fragments: list[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    before = tree(tmp_path)
    assert_refused(call("sweep", name, "--out", "out"), *fragments)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("--set", "delay_cost=0.1"), ["delay_cost", "the design varies delay_cost"]),
        (("--set", "delay_cots=0.1"), ["delay_cots", "did you mean 'delay_cost'"]),
        (("--set", "inertia=2"), ["inertia", "0.999"]),
        (("--set", "inertia=0.1", "--set", "inertia=0.1"), ["inertia", "twice"]),
        (("--set", "execution_soft=0.95"), ["execution_soft = 0.95", "execution_firm = 0.9"]),
        (("--replicates", "0"), ["--replicates", "0"]),
        (("--replicates", "-3"), ["--replicates", "-3"]),
        (("--replicates", "2000000000"), ["--replicates"]),
        (("--seed", "-1"), ["--seed", "-1"]),
        (("--seed", str(2**63)), ["--seed", str(2**63)]),
    ],
)
def test_bad_override_is_refused_in_a_line(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], fragments: list[str]
) -> None:
    write(tmp_path / "quick.toml", MYOPIC)
    before = tree(tmp_path)
    assert_refused(call("sweep", "quick.toml", "--out", "out", *arguments), *fragments)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["first_mover", "tied_hands", "wait_and_see", "quickstart"])
def test_built_in_designs(name: str) -> None:
    design = load_design(name)
    assert design.name == name
    assert design.about
    assert design.case.name == "six"
    assert len(design.points) == np.prod([len(values) for values in design.grid.values()])
    assert json.loads(json.dumps(design.as_dict())) == design.as_dict()
    varied = {
        "first_mover": {"headline_value", "domestic_constraint"},
        "tied_hands": {"KOR.domestic_constraint", "hegemon_patience"},
        "wait_and_see": {"precedent_accuracy", "sector_regret"},
        "quickstart": {"headline_value", "domestic_constraint"},
    }
    assert set(design.grid) == varied[name]
