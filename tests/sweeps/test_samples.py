"""Samples: evenly spread by their method, whole where factors are, the same from a seed, read back as written."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from experiments.sweeps.design import Design
from experiments.sweeps.design_file import load_design, parse_design
from experiments.sweeps.sampling import LATIN_HYPERCUBE, METHODS, SOBOL, Sample, draw_points
from model.case import Case
from model.case_file import load_case
from model.errors import InputError

RANGES = {"headline_value": (0.0, 0.06), "KOR.inertia": (0.1, 0.5)}
WHOLE = {"window_days": (60.0, 120.0), "delay_cost": (-0.1, 0.2)}


SIX = load_case("six")


@pytest.fixture
def six() -> Case:
    return SIX


def drawn(case: Case, method: str, points: int, seed: int, ranges: dict[str, tuple[float, float]]) -> np.ndarray:
    """The points of a sample, (points, factors)."""
    return np.array(draw_points(case, Sample(method, points, seed, ranges), "test").rows)


def strata(column: np.ndarray, low: float, high: float, parts: int) -> Counter[int]:
    """How many points lie in each of so many equal parts; those that rounding put on an edge count as inside."""
    return Counter(np.minimum(np.floor((column - low) / (high - low) * parts + 1e-7).astype(int), parts - 1).tolist())


@settings(max_examples=25, deadline=None)
@given(points=some.integers(1, 200), seed=some.integers(0, 2**63 - 1))
def test_a_latin_hypercube_has_a_point_in_each_part_of_each_range(points: int, seed: int) -> None:
    rows = drawn(SIX, LATIN_HYPERCUBE, points, seed, RANGES)
    for column, (low, high) in zip(rows.T, RANGES.values(), strict=True):
        assert strata(column, low, high, points) == Counter(range(points))


@settings(max_examples=15, deadline=None)
@given(power=some.integers(0, 8), seed=some.integers(0, 2**63 - 1))
def test_so_has_a_sobol_sequence_of_a_power_of_two(power: int, seed: int) -> None:
    rows = drawn(SIX, SOBOL, 2**power, seed, RANGES)
    for column, (low, high) in zip(rows.T, RANGES.values(), strict=True):
        assert strata(column, low, high, 2**power) == Counter(range(2**power))


def test_a_sobol_sequence_spreads_pairs_evenly_too(six: Case) -> None:
    """Of 64 points in two factors one lies in each of the 8 x 8 squares."""
    rows = drawn(six, SOBOL, 64, 3, RANGES)
    sides = [
        np.floor((column - low) / (high - low) * 8 + 1e-7)
        for column, (low, high) in zip(rows.T, RANGES.values(), strict=True)
    ]
    assert set(Counter(zip(*sides, strict=True)).values()) == {1}


@pytest.mark.parametrize("method", METHODS)
def test_whole_numbers_are_whole_and_uniform(six: Case, method: str) -> None:
    """Both ends as often as the others: 61 values, 4096 points, hence 67 or 68 of each."""
    column = drawn(six, method, 4096, 5, WHOLE)[:, 0]
    counts = Counter(column.tolist())
    assert set(counts) == {float(day) for day in range(60, 121)}
    assert set(counts.values()) <= {66, 67, 68}


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_points_and_another_others(six: Case, method: str) -> None:
    first, again, other = (drawn(six, method, 32, seed, RANGES) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not (first == other).any()


@pytest.mark.parametrize("method", METHODS)
def test_numbers_have_twelve_digits_and_stay_inside(six: Case, method: str) -> None:
    low, high = 1 / 7, 2 / 7
    column = drawn(six, method, 512, 1, {"inertia": (low, high)})[:, 0]
    assert column.min() >= low and column.max() <= high
    assert all(number in (low, high) or float(f"{number:.12g}") == number for number in column)


def sampled(**changes: Any) -> Design:
    """A small Latin hypercube, or what is changed of it."""
    table = {
        "sample": {"method": LATIN_HYPERCUBE, "points": 8, "seed": 1},
        "ranges": {name: list(ends) for name, ends in RANGES.items()},
        **changes,
    }
    return parse_design(table, "test", Path(), "mine", open_files=True)


def test_every_point_has_an_id_of_its_content(tmp_path: Path) -> None:
    """Another factor in the ranges, another number of points: ids stay those of what is at the point."""
    design, more = (
        sampled(),
        sampled(ranges={**{name: list(ends) for name, ends in RANGES.items()}, "delay_cost": [0, 1]}),
    )
    for one in (design, more):
        assert len(set(one.point_ids)) == len(one.points) == one.size == 8
        for point, point_id in zip(one.points, one.point_ids, strict=True):
            alone = parse_design({"list": [point]}, "test", tmp_path, "alone", open_files=True)
            assert alone.point_ids == [point_id]
    assert not set(design.point_ids) & set(more.point_ids)


def test_a_grid_is_slowest_and_what_is_fixed_comes_last() -> None:
    alone = sampled()
    crossed = sampled(
        grid={"hegemon": {"strategy": ["choosing", "promise_keeping"]}, "window_days": [60, 90]},
        fixed={"rebuff_cost": 0.1},
    )
    assert crossed.varied == ("hegemon.strategy", "window_days", *RANGES)
    assert crossed.factors == (*crossed.varied, "rebuff_cost")
    assert len(crossed.points) == crossed.size == 32
    expected = [
        {"hegemon.strategy": hegemon, "window_days": days, **row, "rebuff_cost": 0.1}
        for hegemon in ("choosing", "promise_keeping")
        for days in (60.0, 90.0)
        for row in alone.points
    ]
    assert crossed.points == expected
    assert [list(point) for point in crossed.points] == [list(crossed.factors)] * 32


def test_ranges_may_be_nested_and_sampled_factors_are_not_set(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'sample = { method = "sobol", points = 4 }\n[ranges]\nKOR.inertia = { from = 0.1, to = 0.2 }\n'
        "KOR.rice_market.red_line = [0, 1]\n"
    )
    design = load_design(str(tmp_path / "mine.toml"))
    assert design.varied == ("KOR.inertia", "KOR.rice_market.red_line")
    assert design.sample is not None and design.sample.seed == 0
    assert Counter(design.points[n]["KOR.rice_market.red_line"] for n in range(4)) == {0.0: 2, 1.0: 2}


def test_a_stored_sample_is_read_and_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    design = sampled(grid={"KOR.strategy": ["myopic", "equilibrium"]}, until="payoff_bn < 0.02")
    assert design.list_text is not None
    (tmp_path / "list.csv").write_text(design.list_text)
    monkeypatch.setattr("experiments.sweeps.sampling.unit_points", None)
    stored = parse_design(design.as_dict(), "manifest.json", tmp_path, "x")
    assert (stored.points, stored.point_ids, stored.identity) == (design.points, design.point_ids, design.identity)
    assert stored.as_dict() == design.as_dict() and stored.list_text == design.list_text
    (tmp_path / "list.csv").write_text(design.list_text.replace("headline_value", "delay_cost"))
    with pytest.raises(InputError, match="columns of the list are not the factors of its ranges"):
        parse_design(design.as_dict(), "manifest.json", tmp_path, "x")
    (tmp_path / "list.csv").unlink()
    with pytest.raises(InputError, match=r"list: .*list\.csv: there is no such file"):
        parse_design(design.as_dict(), "manifest.json", tmp_path, "x")
    with pytest.raises(InputError, match=r"in a result folder it is 'list\.csv'"):
        parse_design({**design.as_dict(), "list": "../list.csv"}, "manifest.json", tmp_path, "x")


def test_an_illegal_point_of_a_large_sample_is_found_and_a_legal_one_is_not_refused(tmp_path: Path) -> None:
    """Where the corners of the ranges are not legal, the points themselves are looked at."""

    def points(soft: tuple[float, float], firm: tuple[float, float]) -> Design:
        ranges = {"execution_soft": list(soft), "execution_firm": list(firm)}
        return sampled(sample={"method": "latin_hypercube", "points": 2100, "seed": 1}, ranges=ranges)

    assert points((0.1, 0.5), (0.5, 0.9)).size == 2100
    with pytest.raises(InputError, match=r"test: point \d+: execution_soft = .* is above execution_firm"):
        points((0.1, 0.6), (0.5, 0.9))
    rows = [{"execution_soft": 0.1 + n * 1e-4, "execution_firm": 0.1 + n * 1e-4} for n in range(2100)]
    assert parse_design({"list": rows}, "test", tmp_path, "x", open_files=True).size == 2100
