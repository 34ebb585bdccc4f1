"""Functions for a notebook say what the commands say, as data frames, and import pandas and Mesa only where needed."""

import doctest
import json
import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import agents
import experiments
import model
import model.solver
from agents import Negotiation, prepare
from experiments import measure, read_results, run, solve, sweep
from experiments.notebook import design_of
from model import load_case
from model.crowd import solve_crowd
from model.errors import InputError
from model.setting import make_setting
from tests.tools.program import SIX, Call

FACTORS = {"headline_value": 0.06, "KOR.domestic_constraint": 0.5}
MIX = {"KOR": "wait_and_see", "default": "myopic"}
TYPED = ("--set", "headline_value=0.06", "--set", "KOR.domestic_constraint=0.5")
MIXED = ("--strategy", "KOR=wait_and_see", "--strategy", "myopic")
DESIGN: dict[str, Any] = {
    "name": "small", "replicates": 8, "seed": 3, "strategy": MIX, "measures": ["constraint_cost"], "measured": ["KOR"],
    "grid": {"headline_value": [0.0, 0.06]},
}  # fmt: skip


def same(frame: pd.DataFrame, rows: list[dict[str, Any]]) -> None:
    """A frame holds what JSON rows hold; what is null there is missing here."""
    assert list(frame.columns) == list(rows[0])
    plain = [{key: None if pd.isna(value) else value for key, value in row.items()} for row in frame.to_dict("records")]
    assert plain == rows


# run, solve, measure


@pytest.mark.parametrize("seed", [0, 7])
def test_run_is_the_command(call: Call, seed: int) -> None:
    report = call("run", "--json", "--seed", str(seed), *TYPED, *MIXED).json
    played = run("six", seed=seed, strategy=MIX, factors=FACTORS)
    same(played.countries, report["countries"])
    assert played.hegemon == report["hegemon"]
    assert (played.case, played.seed, played.replicate) == ("six", seed, 0)


def test_whole_numbers_stay_whole_where_there_is_no_deal() -> None:
    for strategy in ("equilibrium", "script:never", "script:0"):
        countries = run(strategy=strategy).countries
        assert [str(countries[name].dtype) for name in ("deal_day", "deal_rank", "called_count")] == ["Int64"] * 3
        assert (countries["package"].isna() == countries["deal_day"].isna()).all()


def test_solve_is_the_command(call: Call) -> None:
    report = call("solve", "--json", "--regret", *TYPED).json
    solved = solve("six", factors=FACTORS)
    shared = list(solved.countries.columns)
    same(solved.countries, [{name: row[name] for name in shared} for row in report["countries"]])
    same(solved.regret, [{name: row[name] for name in solved.regret.columns} for row in report["countries"]])
    assert {"best_response_share", "regret_share", "regret_bn"} <= set(solved.regret.columns)
    assert (solved.hegemon, solved.method) == (report["hegemon"], report["method"])


def test_measure_is_the_command(call: Call) -> None:
    asked = ("--measure", "constraint_cost", "--measure", "price_of_waiting", "--country", "KOR")
    report = call("measures", "--json", *asked, *TYPED).json
    found = measure("six", measures=["constraint_cost", "price_of_waiting"], measured="KOR", factors=FACTORS)
    same(found, report["measures"])


def test_payoff_by_date_is_a_table_of_its_own(call: Call) -> None:
    report = call("measures", "--json", "--measure", "payoff_by_date", "--country", "KOR").json
    same(measure(measures="payoff_by_date", measured=["KOR"]), report["dates"])
    with pytest.raises(InputError, match="ask for it alone"):
        measure(measures=["payoff_by_date", "clustering"])


def test_a_game_is_prepared_once_and_played_often() -> None:
    prepared = prepare("six", MIX, factors=FACTORS)
    seeds: Any = np.arange(3)  # as they come in a notebook
    for seed in seeds:
        played = run(prepared, seed=seed)
        assert played.countries.equals(run("six", seed=int(seed), strategy=MIX, factors=FACTORS).countries)
        negotiation = Negotiation(prepared=prepared, seed=int(seed))
        while negotiation.running:
            negotiation.step()
        assert [country.deal_day for country in negotiation.countries] == [
            None if pd.isna(day) else day for day in played.countries["deal_day"]
        ]
    assert solve(prepared).countries.equals(solve("six", strategy=MIX, factors=FACTORS).countries)


def test_replicates_of_a_seed_differ() -> None:
    surplus = {run(seed=1, replicate=replicate).hegemon["surplus_bn"] for replicate in range(4)}
    assert len(surplus) > 1


# prepare


def test_prepare_takes_a_name_a_path_a_case_and_a_setting(tmp_path: Path) -> None:
    six = load_case("six")
    path = tmp_path / "own.toml"
    path.write_text(six.text, encoding="utf-8")
    ways = [prepare(case, MIX, factors=FACTORS) for case in ("six", six, str(path), path, make_setting(six))]
    ways.append(prepare(make_setting(six, {"headline_value": 0.06}), MIX, factors={"KOR.domestic_constraint": 0.5}))
    ways.append(prepare(make_setting(six, FACTORS), ways[0].strategies))
    for way in ways:
        assert way.setting.overrides == FACTORS
        assert np.array_equal(way.policy.by_count, ways[0].policy.by_count)
        assert [strategy.name for strategy in way.strategies] == ["wait_and_see", *["myopic"] * 5]


def test_prepare_takes_one_strategy_for_all_and_numbers_of_numpy() -> None:
    factors: dict[str, Any] = {"window_days": np.int64(60), "delay_cost": np.float32(0.25)}
    prepared = prepare(strategy="deadline", factors=factors)
    assert {strategy.name for strategy in prepared.strategies} == {"deadline"}
    assert (prepared.setting.window.window_days, prepared.setting.parameters.delay_cost) == (60, 0.25)


ODD: dict[str, Any] = {"text": "x", "function": np.sin, "half": 1.5, "three": np.int64(3)}
BAD: list[tuple[Any, str]] = [
    (lambda: run("sixx"), "did you mean 'six'"),
    (lambda: run(factors={"delay_cots": 1}), "factors: unknown parameter 'delay_cots'; did you mean 'delay_cost'"),
    (lambda: run(factors={"delay_cost": ODD["text"]}), "factors: delay_cost: 'x' is not a number"),
    (lambda: run(strategy="myopik"), "strategy: unknown strategy 'myopik'"),
    (lambda: run(strategy={"KOX": "myopic"}), "strategy: unknown country 'KOX'"),
    (lambda: run(strategy={"KOR": ODD["function"]}), "a rule of your own stands in a file"),
    (lambda: run(strategy="nowhere.py:patient"), "strategy: nowhere.py: there is no such file"),
    (lambda: run(seed=-1), "seed = -1: a whole number from 0"),
    (lambda: run(seed=ODD["half"]), "seed = 1.5: a whole number"),
    (lambda: run(prepare(), strategy="myopic"), "a prepared game has its strategies"),
    (lambda: solve(prepare(), factors={"delay_cost": 0}), "a prepared game has its strategies"),
    (lambda: measure(measures="constrain_cost"), "measures: unknown measure 'constrain_cost'"),
    (lambda: measure(measured=["KOX"]), "measured: unknown country 'KOX'"),
    (lambda: measure(replicates=1), "replicates = 1: a whole number from 2"),
    (lambda: sweep("first_move"), "did you mean 'first_mover'"),
    (lambda: sweep({"grid": {"headline_valu": [0]}}), "design: grid: headline_valu"),
    (lambda: sweep({}), "design: \\[grid\\] is empty"),
    (lambda: sweep(DESIGN, replicates=0), "replicates = 0: a whole number from 1"),
    (lambda: read_results("nowhere"), "nowhere: no such folder"),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_what_cannot_be_used_is_an_error_of_one_line(number: int, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    ask, said = BAD[number]
    with pytest.raises(ValueError, match=said) as error:
        ask()
    assert len(str(error.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ask", [run, solve])
def test_an_equilibrium_that_was_not_found_is_a_warning(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model.solver, "solve_crowd", partial(solve_crowd, max_iterations=2))
    with pytest.warns(UserWarning, match="did not converge: residual .* after 2 iterations") as told:
        ask("eighteen")
    assert told[0].filename == __file__


# sweep and read_results


def test_a_strategy_in_a_file_is_opened_by_who_types_its_name(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("def never(states):\n    return 0.0\n")
    assert run(strategy={"KOR": "mine.py:never"}).countries["deal_day"].isna()[0]
    found = sweep({"replicates": 2, "strategy": {"KOR": "mine.py:never"}, "grid": {"delay_cost": [0.1]}})
    assert found.countries is not None
    assert found.countries.query("country == 'KOR'")["deal_day"].isna().all()


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A small sweep, made as in a notebook."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return sweep(DESIGN, tmp_path_factory.mktemp("swept") / "small")


def test_sweep_is_the_command(call: Call, swept: Any, tmp_path: Path) -> None:
    text = ['name = "small"', "replicates = 8", "seed = 3", 'measures = ["constraint_cost"]', 'measured = ["KOR"]']
    text += ['strategy = { KOR = "wait_and_see", default = "myopic" }', "[grid]", "headline_value = [0.0, 0.06]"]
    (tmp_path / "small.toml").write_text("\n".join(text))
    assert call("sweep", "small.toml", "--no-figures").code == 0
    assert (tmp_path / "results" / "small" / "manifest.json").exists()
    for path in (tmp_path / "results" / "small").glob("*.csv"):
        assert path.read_bytes() == (swept.folder / path.name).read_bytes()


def test_tables_are_frames_of_their_files(swept: Any) -> None:
    for name in ("points", "runs", "countries", "summary", "terms", "measures"):
        frame, written = getattr(swept, name), pd.read_csv(swept.folder / f"{name}.csv", dtype={"point_id": str})
        assert list(frame.columns) == list(written.columns)
        assert len(frame) == len(written) > 0
        for column in frame:
            one, other = frame[column], written[column]
            assert (one.isna() == other.isna()).all()
            assert (one.dropna().astype(object) == other.dropna().astype(object)).all()
        assert getattr(swept, name) is frame  # read once
    assert swept.dates is None
    assert swept.manifest.rule_hash == json.loads((swept.folder / "manifest.json").read_text())["rule_hash"]


def test_columns_have_the_types_they_were_written_with(swept: Any, tmp_path: Path) -> None:
    """Whatever the cells look like: an id like a power of ten, a country called NA, a column without a number."""
    for path in (*swept.folder.glob("*.csv"), swept.folder / "manifest.json"):
        text = path.read_text().replace(swept.points["point_id"][1], "30260e340611").replace("AUS", "NA")
        (tmp_path / path.name).write_text(text)
    found = read_results(tmp_path)
    assert list(found.points["point_id"]) == [swept.points["point_id"][0], "30260e340611"]
    assert found.countries is not None and found.runs is not None
    assert set(found.countries["country"]) == {"KOR", "JPN", "VNM", "GBR", "NA", "IND"}
    for frame in (found.runs, found.countries):
        for name in ("deal_day", "deal_rank", "point", "replicate", "news_day", "first_deal_day"):
            assert name not in frame or str(frame[name].dtype) == "Int64"
    assert str(found.points["converged"].dtype) == "boolean"
    assert found.runs["error"].isna().all()
    assert str(found.points["headline_value"].dtype) == "float64"


def test_kept_results_can_be_read_without_the_tables_that_are_not_kept() -> None:
    kept = read_results(Path(__file__).resolve().parents[1] / "results" / "kept" / "korea_question")
    assert kept.dates is not None and list(kept.dates["country"].unique()) == ["KOR"]
    assert len(kept.summary) == 6 * len(kept.points) and "<table" in kept._repr_html_()
    with pytest.raises(InputError, match=r"runs\.csv: cannot be read \(No such file"):
        _ = kept.runs


@pytest.mark.parametrize("cut", [1, 10, 500])
def test_a_table_that_is_cut_off_is_not_read(swept: Any, tmp_path: Path, cut: int) -> None:
    for path in (*swept.folder.glob("*.csv"), swept.folder / "manifest.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes()[: None if path.name == "manifest.json" else -cut])
    with pytest.raises(InputError, match=r"countries\.csv: cut off in mid-line"):
        _ = read_results(tmp_path).countries


def test_a_design_by_name_and_by_path_with_its_default_folder(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    found = sweep("quickstart", replicates=ODD["three"], seed=5)
    assert found.folder == Path("results/quickstart")
    assert found.runs is not None and (len(found.runs), found.manifest.seed) == (18, 5)
    (tmp_path / "own.toml").write_text('replicates = 2\n[grid]\n"KOR.inertia" = [0.1, 0.2]\n')
    assert sweep(Path("own.toml")).folder == Path("results/own")
    with pytest.raises(InputError, match="holds another sweep"):
        sweep("quickstart", replicates=4)
    assert sweep("quickstart", replicates=4, fresh=True).manifest.runs == 24


def test_a_design_of_arrays_tuples_and_ranges(tmp_path: Path) -> None:
    grid = {"headline_value": np.linspace(0, 0.06, 3), "window_days": range(60, 62), "KOR": {"inertia": (0.1,)}}
    found = sweep({"replicates": np.int64(1), "strategy": "myopic", "grid": grid}, tmp_path / "out")
    assert list(found.points["headline_value"].unique()) == [0.0, 0.03, 0.06]
    assert list(found.points["window_days"].unique()) == [60, 61]
    assert list(found.points["KOR.inertia"].unique()) == [0.1]


def test_a_design_of_a_sample_or_of_a_frame_of_points() -> None:
    sampled = design_of(
        {
            "sample": {"method": "sobol", "points": np.int64(4), "seed": np.int64(1)},
            "ranges": {"inertia": (0.1, np.float64(0.3)), "window_days": {"from": np.int64(60), "to": 90}},
            "grid": {"KOR.strategy": np.array(["myopic", "deadline"])},
        }
    )
    assert (sampled.size, sampled.varied) == (8, ("KOR.strategy", "inertia", "window_days"))
    points = pd.DataFrame({"KOR.date": [54, np.nan], "inertia": [0.1, 0.2], "hegemon.strategy": ["choosing"] * 2})
    for rows in (points, [{"KOR.date": 54, "inertia": np.float64(0.1), "hegemon.strategy": "choosing"}]):
        design = design_of({"list": rows})
        assert design.points[0] == {"KOR.date": 54.0, "inertia": 0.1, "hegemon.strategy": "choosing"}
    assert design_of({"list": points}).points[1]["KOR.date"] is None
    with pytest.raises(InputError, match="row 1: inertia is missing"):
        design_of({"list": pd.DataFrame({"inertia": [0.1, np.nan]})})


def test_failed_runs_are_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import experiments.sweeps.blocks

    prepare_point = experiments.sweeps.blocks.prepare_point

    def fail(recipe: Any, factors: Any, *shared: Any) -> Any:
        if factors["headline_value"] > 0:
            raise ArithmeticError("no number")
        return prepare_point(recipe, factors, *shared)

    monkeypatch.setattr(experiments.sweeps.blocks, "prepare_point", fail)
    with pytest.warns(UserWarning, match="8 runs failed; `runs` says why"):
        found = sweep({**DESIGN, "measures": [], "measured": []}, tmp_path / "out")
    assert found.runs is not None
    failed = found.runs[found.runs["status"] == "failed"]
    assert set(failed["error"]) == {"ArithmeticError: no number"}
    assert set(failed["point"]) == set(found.points["point"][found.points["status"] == "failed"])
    assert found.summary["payoff_bn_mean"][found.summary["point"].isin(failed["point"])].isna().all()


def test_a_sweep_without_any_result_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import experiments.sweeps.blocks

    def fail(*arguments: Any, **options: Any) -> None:
        raise ArithmeticError("no number")

    monkeypatch.setattr(experiments.sweeps.blocks, "settle", fail)
    with pytest.raises(InputError, match=r"every run failed, nothing is kept or replaced; ArithmeticError: no number"):
        sweep({**DESIGN, "measures": [], "measured": []}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# how it shows, and what it imports


def test_results_show_themselves_in_a_notebook(swept: Any) -> None:
    shown = {
        run(seed=7)._repr_html_(): "six, seed 7: ",
        solve()._repr_html_(): "six: exact",
        swept._repr_html_(): "small: 16 runs at 2 points, in ",
    }
    for html, said in shown.items():
        assert html.startswith(f"<p>{said}")
        assert "<table" in html and all(country in html for country in SIX)


def test_names_in_a_case_cannot_be_markup(tmp_path: Path) -> None:
    text = load_case("six").text.replace('name = "six"', 'name = "<b>six"').replace("South Korea", "<i>Korea")
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    for found in (run(tmp_path / "own.toml"), solve(tmp_path / "own.toml")):
        assert "<b>six" not in found._repr_html_() and "&lt;b&gt;six" in found._repr_html_()
        assert "<i>Korea" not in found._repr_html_()


@pytest.mark.parametrize("package", [model, agents, experiments])
def test_packages_list_what_they_offer(package: Any) -> None:
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert callable(getattr(package, name))
        assert getattr(package, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("from model import load_case; load_case('six')", ("numba", "numpy", "pandas", "mesa")),
        ("from agents import prepare", ("mesa", "pandas")),
        ("from experiments import run, solve, measure, sweep, read_results", ("mesa", "pandas", "matplotlib")),
    ],
)
def test_nothing_is_imported_before_its_time(code: str, absent: tuple[str, ...]) -> None:
    ask = f"{code}\nimport sys\nprint([name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["agents.policy", "experiments.notebook", "experiments.tables.frames"])
def test_examples_in_docstrings_are_true(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testmod(sys.modules[name], optionflags=doctest.NORMALIZE_WHITESPACE)
    assert (failed, tried > 0) == (0, True)
