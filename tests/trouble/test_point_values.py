"""What a design varies is read at each point: the window, the end of the extension, countries' dates, the defaults."""

import json
from pathlib import Path

import pytest
from matplotlib.text import Annotation

from experiments.analysis.aggregate import Analysis, analyse
from experiments.figures.sheet import Row
from experiments.figures.timing import draw_cumulative, draw_days
from experiments.sweeps.design_file import load_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.reading import read_results
from model.case_file import load_case
from model.errors import InputError
from model.parameters import Parameters
from model.setting import make_setting
from tests.tools.program import read_csv


def sweep(folder: Path, grid: str, head: str = 'strategy = "deadline"\nreplicates = 30\n') -> Path:
    """The result folder of a small sweep."""
    (folder / "d.toml").write_text(f"{head}[grid]\n{grid}\n")
    run_sweep(load_design(str(folder / "d.toml")), folder / "out", threads=1)
    return folder / "out"


def shares(rows: list[Row], point: int) -> dict[int, float]:
    """Mean share of countries with a deal by day, as drawn."""
    mean = [row for row in rows if row["point"] == point and row["quantity"].endswith("deal, mean")]
    return {int(row["x"]): row["value"] for row in mean}


def counted(folder: Path, point: int, day: int) -> float:
    """The same from countries.csv."""
    table = read_csv(folder / "countries.csv")
    return float((table[table["point"] == point]["deal_day"] <= day).mean())


def deadlines(analysis: Analysis) -> list[float]:
    """Where the figure of deals by day marks a deadline."""
    (axes,) = draw_cumulative(analysis).figure.axes
    marks = [text for text in axes.texts if isinstance(text, Annotation) and text.get_text() == "deadline"]
    return sorted(float(mark.xy[0]) for mark in marks)


@pytest.mark.parametrize(
    ("grid", "last_days"),
    [
        ("window_days = [90, 180]", [90, 180]),
        pytest.param("window_days = [180, 60, 90]", [180, 60, 90], marks=pytest.mark.slow),
        ("extension_probability = [0.0, 0.5, 1.0]", [90, 113, 113]),
        pytest.param("extension_probability = [1.0]\nextension_days = [10, 50]", [100, 140], marks=pytest.mark.slow),
    ],
)
def test_share_by_day_is_what_countries_csv_says(tmp_path: Path, grid: str, last_days: list[int]) -> None:
    folder = sweep(tmp_path, grid, 'strategy = "myopic"\nreplicates = 30\n[fixed]\nprecedent_accuracy = 0.5\n')
    analysis = analyse(read_results(folder))
    assert [analysis.results.last_day(point) for point in range(len(last_days))] == last_days
    rows = draw_cumulative(analysis).rows
    for point, last in enumerate(last_days):
        drawn = shares(rows, point)
        if not drawn:
            continue  # neither the reference point nor an end of the first factor
        assert list(drawn) == list(range(last + 1))
        assert drawn == pytest.approx({day: counted(folder, point, day) for day in drawn})


def test_deals_after_the_case_s_deadline_are_not_counted_on_it(tmp_path: Path) -> None:
    """The strategy moves in the last 14 days only, so by day 90 of 180 nobody has signed."""
    folder = sweep(tmp_path, "window_days = [90, 180]")
    analysis = analyse(read_results(folder))
    rows = draw_cumulative(analysis).rows
    assert shares(rows, 1)[90] == 0.0
    assert shares(rows, 1)[180] == pytest.approx(counted(folder, 1, 180)) and counted(folder, 1, 180) > 0.5
    assert shares(rows, 0)[90] == pytest.approx(counted(folder, 0, 90)) and counted(folder, 0, 75) == 0.0
    assert deadlines(analysis) == [90, 180]


def test_days_of_the_reference_point_end_with_its_own_window(tmp_path: Path) -> None:
    folder = sweep(tmp_path, "window_days = [180, 240]")
    analysis = analyse(read_results(folder))
    rows = [row for row in draw_days(analysis).rows if row["quantity"].startswith("deal within")]
    assert analysis.reference == 0
    assert max(row["x"] for row in rows) == 177
    table = read_csv(folder / "countries.csv")
    deals = table[(table["point"] == 0) & table["deal_day"].notna()]
    for row in rows:
        mine = deals[deals["country"] == row["country"]]["deal_day"]
        assert row["value"] == pytest.approx(((mine >= row["x"]) & (mine < row["x"] + 3)).sum() / 30)


def test_dates_are_those_of_the_point(tmp_path: Path) -> None:
    results = read_results(sweep(tmp_path, '"KOR.date" = [20, 80]\n"VNM.date" = [30]'))
    of_case = {country.iso3: country.date for country in load_case("six").countries if country.date is not None}
    assert "VNM" not in of_case
    assert results.dates(0) == {**of_case, "KOR": 20, "VNM": 30}
    assert results.dates(1) == {**of_case, "KOR": 80, "VNM": 30}


KOREA = load_case("six").country("KOR", "test")
REFERENCES = [
    (f'"KOR.imports" = [{KOREA.imports}, {2 * KOREA.imports}, {3 * KOREA.imports}]', "", 0),
    (f'"KOR.flexibility_before" = [{KOREA.flexibility_before}, 0.98, 0.99]', "", 0),
    ('"KOR.date" = [10, 55, 300, 400, 500]', "", 1),
    ("window_days = [30, 60, 180]", "window_days = 170\n", 2),
    ('"KOR.domestic_constraint" = [0.0, 0.5, 1.0]', "domestic_constraint = 0.1\n", 0),
    ('"KOR.domestic_constraint" = [0.0, 0.5, 1.0]', "", 2),
]


@pytest.mark.parametrize(("grid", "fixed", "nearest"), REFERENCES)
def test_reference_is_nearest_to_what_the_case_says(tmp_path: Path, grid: str, fixed: str, nearest: int) -> None:
    """A number of the window is the case's own where the design does not fix it: here that of a user's file."""
    head = 'strategy = "myopic"\nreplicates = 2\n'
    if fixed.startswith("window_days"):
        (tmp_path / "own.toml").write_text(f'countries_of = "six"\ncountries = ["KOR", "JPN"]\n[window]\n{fixed}')
        head += 'case = "./own.toml"\n'
        fixed = ""
    results = read_results(sweep(tmp_path, grid, f"{head}[fixed]\n{fixed}"))
    assert analyse(results).reference == nearest


def test_folders_without_defaults_are_read_as_before(tmp_path: Path) -> None:
    folder = sweep(tmp_path, '"KOR.date" = [10, 55, 300]\ndomestic_constraint = [0.0, 1.0]')
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest.pop("defaults") == {"KOR.date": 54, "domestic_constraint": 1.0}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    results = read_results(folder)
    assert (results.default("KOR.date"), results.default("domestic_constraint")) == (54, 1.0)
    assert results.default("KOR.imports") is None
    assert analyse(results).reference == 3


@pytest.mark.parametrize("value", ["1e300", "nan", "-1", "0.5"])
def test_a_window_that_no_sweep_has_is_refused(tmp_path: Path, value: str) -> None:
    folder = sweep(tmp_path, "window_days = [90, 180]")
    text = (folder / "points.csv").read_text()
    (folder / "points.csv").write_text(text.replace(",180,", f",{value},"))
    with pytest.raises(InputError, match=r"points\.csv: (column )?window_days"):
        read_results(folder)


@pytest.mark.parametrize("defaults", [3, {"window_days": "90"}, {"window_days": []}])
def test_strange_defaults_are_refused(tmp_path: Path, defaults: object) -> None:
    folder = sweep(tmp_path, "window_days = [90, 180]")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "defaults": defaults}))
    with pytest.raises(InputError, match="defaults"):
        read_results(folder)


def test_every_factor_has_its_value_in_the_case() -> None:
    """`Setting.value` says what each of the kinds of factor is without being varied."""
    inertia = Parameters().inertia
    setting = make_setting(load_case("six"), {"delay_cost": 0.2, "KOR.inertia": 0.5, "window_days": 60, "JPN.gdp": 7.0})
    expected = {
        "delay_cost": 0.2, "KOR.delay_cost": 0.2, "KOR.inertia": 0.5, "JPN.inertia": inertia, "inertia": inertia,
        "window_days": 60, "meetings_per_week": 6, "JPN.gdp": 7.0, "KOR.date": 54, "VNM.date": None,
    }  # fmt: skip
    found = {name: setting.value(name) for name in expected}
    assert found == {name: value if value is None else pytest.approx(value) for name, value in expected.items()}
