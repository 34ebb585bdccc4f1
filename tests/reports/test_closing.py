"""The table that closes a sweep: ends of a number, strategies of a category, tenths of a sampled factor."""

from pathlib import Path

import numpy as np
import pytest

from experiments.reports.closing import MOST_STRATEGIES, group_means, groups_of, show_summary
from tests.tools.program import SIX, Call
from tests.tools.sampled_folder import LIST, SAMPLE, STRATEGIES, read, sweep


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("sampled") / "small", grid=STRATEGIES, **SAMPLE)


def test_tenths_of_a_sampled_factor(sampled: Path) -> None:
    path = sampled / "summary.csv"
    groups = groups_of(path, "headline_value", None)
    means, table = group_means(path, SIX, "headline_value", groups), read(sampled, "summary.csv")
    values = table["headline_value"]
    low, high = values.min(), values.max()
    width = (high - low) / 10
    assert [name for name, _ in groups] == [f"{low:.3g} to {low + width:.3g}", f"{high - width:.3g} to {high:.3g}"]
    for position, here in enumerate((values <= low + width, values >= high - width)):
        for iso3 in ("KOR", "IND"):
            mine = table[here & (table["country"] == iso3)]["payoff_bn_mean"]
            assert means["payoff_bn_mean"].mean[SIX.index(iso3), position] == pytest.approx(mine.mean())
            assert means["payoff_bn_mean"].count[SIX.index(iso3), position] == len(mine)


def test_strategies_beside_each_other(sampled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, labels = sampled / "summary.csv", STRATEGIES["KOR.strategy"]
    means = group_means(path, SIX, "KOR.strategy", groups_of(path, "KOR.strategy", tuple(labels)))
    table = read(sampled, "summary.csv")
    mine = table[table["country"] == "KOR"].groupby("KOR.strategy")["days_waited_mean"].mean()
    assert means["days_waited_mean"].mean[0] == pytest.approx(mine[labels].to_numpy())
    show_summary(path, SIX, "KOR.strategy")
    out = capsys.readouterr().out
    assert "means by KOR.strategy, over all other factors" in out
    assert all(f"days waited, {label}" in out for label in labels)


def test_few_values_of_a_list_are_told_as_they_are(tmp_path: Path) -> None:
    path = sweep(tmp_path / "small", list=LIST) / "summary.csv"
    assert [name for name, _ in groups_of(path, "headline_value", None)] == ["0", "0.06"]
    assert [name for name, _ in groups_of(path, "KOR.strategy", None)] == ["myopic", "deadline"]


def test_names_that_would_break_the_table(tmp_path: Path) -> None:
    labels = ("/a|b/mine.py:patient", "[bold]x", "c", "d")
    groups = groups_of(tmp_path / "x", "strategy", labels)
    assert [name for name, _ in groups] == ["patient", "\\[bold]x", "c"] and len(groups) == MOST_STRATEGIES
    assert groups[0][1](np.array(labels, dtype=object)).tolist() == [True, False, False, False]


@pytest.mark.parametrize(
    "text",
    [
        'list = "mine.csv"',
        'sample = { method = "sobol", points = 8, seed = 1 }\n[ranges]\nheadline_value = { from = 0.0, to = 0.06 }',
        '[grid]\n"hegemon.strategy" = ["choosing", "promise_keeping"]',
    ],
    ids=["list", "sample", "category"],
)
@pytest.mark.parametrize("save", [pytest.param("countries", marks=pytest.mark.slow), "summary"])
def test_a_sweep_of_any_kind_ends_with_it(call: Call, tmp_path: Path, text: str, save: str) -> None:
    (tmp_path / "mine.csv").write_text("headline_value,KOR.date\n0.0,none\n0.03,54\n")
    (tmp_path / "mine.toml").write_text(f'name = "mine"\nreplicates = 6\nstrategy = "myopic"\n{text}\n')
    called = call("sweep", "mine.toml", "--out", "out", "--save", save)
    assert (called.code, called.err) == (0, "")
    assert "days waited, " in called.out and "figures (png, svg) in out/figures/" in called.out
    assert ("rows were not saved: --save countries" in called.out) == (save == "summary")
