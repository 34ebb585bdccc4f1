"""The three sentences: their numbers are the data, and their words follow the intervals."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.analysis.aggregate import analyse
from experiments.analysis.interval import Interval, around
from experiments.analysis.rows import EARLY_DAYS
from experiments.analysis.sentences import left_sentence, three_sentences
from experiments.analysis.wording import signed_change, with_interval
from experiments.tables.reading import read_results
from tests.tools.program import read_tables


def test_there_are_three_sentences_and_their_numbers_are_the_data(swept: Path) -> None:
    analysis = analyse(read_results(swept))
    timing, left, first = three_sentences(analysis)
    _, _, countries = read_tables(swept)
    countries["early"] = (countries["deal_day"] < EARLY_DAYS).astype(float)
    low, high = analysis.line("headline_value")[[0, -1]]
    by_run = countries.groupby(["point", "replicate"])["early"].mean()
    gap = by_run[high] - by_run[low]
    change = around(gap.mean(), gap.sem())
    assert "Raising headline value from 0 to 0.06 (domestic constraint 1, KOR delay cost 0.05)" in timing
    what = "raises the chance that a country signs in the first 18 days by"
    assert (f"{what} {with_interval(change)}; by" in timing) == (change.clear and change.value > 0)
    assert ("no clear difference" in timing) == (not change.clear)
    assert left.startswith("Raising domestic constraint from 0 to 1")
    assert "this is the naive slope, which is not an effect of the rank" in first
    assert "of stakes a rank" in first
    for sentence in (timing, left, first):
        assert sentence.endswith(".")
        assert "95 % interval" in sentence
        assert "nan" not in sentence


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (around(2.0, 0.5), "raises it by 2.00 (95 % interval 1.02 to 2.98)"),
        (around(-2.0, 0.5), "lowers it by 2.00 (95 % interval 1.02 to 2.98)"),
        (around(0.4, 0.5), "makes no clear difference to it (change +0.40 (95 % interval -0.58 to +1.38))"),
        (Interval(0.0), "makes no clear difference to it (change 0.000 (exact))"),
        (Interval(0.25), "raises it by 0.250 (exact)"),
        (around(0.25, 0.0), "raises it by 0.250 (exact)"),
        (around(1.0, math.nan), "makes no clear difference to it (change +1.00 (too few runs for an interval))"),
        (around(math.nan, math.nan), "cannot be compared for it (no run is in both points)"),
    ],
)
def test_wording_follows_the_interval(change: Interval, text: str) -> None:
    assert signed_change(change, "it") == text


def measures(folder: Path, rows: list[tuple[Any, ...]]) -> None:
    """measures.csv with the same rows at every point."""
    lines = ["point,country,measure,part,unit,value,low,high,method,a_column_of_tomorrow"]
    for point in range(12):
        for country, measure, part, unit, *numbers in rows:
            cells = ["" if number is None else str(number) for number in numbers]
            lines.append(",".join([str(point), country, measure, part, unit, *cells, "exact", "x"]))
    (folder / "measures.csv").write_text("\n".join(lines) + "\n")


OF = ("first_mover_advantage", "causal", "share of stakes")
NAIVE = ("first_mover_advantage", "naive", "share of stakes")


def test_sign_of_the_naive_advantage_is_judged_by_the_causal_one(folder: Path) -> None:
    """Where both are clear; the naive one is that of measures.csv, whatever the slope through the runs."""
    naive = {"KOR": 0.3, "JPN": -0.2, "GBR": 0.1}
    for sign, wrong in ((1, 0), (-1, len(naive))):
        rows = [(iso3, *OF, math.copysign(0.1, sign * value), None, None) for iso3, value in naive.items()]
        rows += [(iso3, *NAIVE, value, None, None) for iso3, value in naive.items()]
        measures(folder, [*rows, ("VNM", *OF, 0.1, None, None), ("VNM", *NAIVE, 0.1, -0.1, 0.3)])
        sentence = three_sentences(analyse(read_results(folder)))[2]
        assert "where the naive regression says +0.300 (exact)" in sentence
        assert f"of 3 countries where both are clear, the naive sign is wrong in {wrong}" in sentence


def test_causal_advantage_alone_is_compared_with_nothing(folder: Path) -> None:
    measures(folder, [("KOR", *OF, 0.1, None, None), ("JPN", *OF, -0.1, None, None)])
    assert three_sentences(analyse(read_results(folder)))[2] == (
        "Being made to sign first rather than last is worth 0.100 of stakes (exact) to South Korea; in no country are "
        "both clear, so their signs cannot be compared."
    )


def test_constraint_cost_is_told_where_it_was_measured(folder: Path) -> None:
    unit = "bn USD a year"
    cost = ("constraint_cost", "total", unit)
    measures(
        folder, [("KOR", *cost, 0.5, 0.2, 0.9), ("JPN", *cost, -0.25, -0.5, 0.1), ("GBR", *cost, None, None, None)]
    )
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
