"""What results/README.md says is what the kept result files hold."""

from pathlib import Path

import pandas as pd
import pytest

RESULTS = Path(__file__).resolve().parents[2] / "results"
TEXT = (RESULTS / "README.md").read_text(encoding="utf-8").replace("\n", " ")
SHARE, BN = "share of stakes", "bn USD a year"


def measured(design: str, unit: str) -> pd.DataFrame:
    table = pd.read_csv(RESULTS / design / "measures.csv")
    return table[table["unit"] == unit]


def test_premium_and_delay():
    table = measured("premium_and_delay", BN)
    loss = table[table["measure"] == "planner_loss"].set_index(["part", "precedent_accuracy", "headline_value"])[
        "value"
    ]
    for accuracy, headline, said in (
        (0.75, 0.0, "2.73"),
        (0.5, 0.0, "1.63"),
        (0.75, 0.06, "2.17"),
        (0.5, 0.06, "2.45"),
    ):
        assert f"{loss['countries', accuracy, headline]:.2f}" == said
        assert said in TEXT
    gaps = [loss["countries", 0.75, h] - loss["countries", 0.5, h] for h in (0.0, 0.01, 0.03)]
    assert [f"{gap:.2f}" for gap in gaps] == ["1.10", "0.14", "0.04"]
    joint = loss["joint"][0.75]
    assert joint.idxmin() == 0.01
    assert [f"{joint[h]:.2f}" for h in (0.01, 0.12)] == ["3.50", "5.25"]
    for said in ("The difference, 1.10 bn", "down to 0.14 bn, 0.03 to 0.04", "3.50 bn", "5.25 at 0.12"):
        assert said in TEXT


def test_naive_and_causal():
    table = measured("naive_and_causal", SHARE)
    keys = ["country", "precedent_accuracy", "headline_value"]
    both = table[table["part"].isin(["causal", "naive"])].pivot_table(index=keys, columns="part", values="value")
    assert len(both) == 234
    wrong = both[both["naive"] * both["causal"] < 0]
    assert wrong.groupby(level=0).size().to_dict() == {"KOR": 13, "AUS": 9, "VNM": 8, "IND": 1}
    assert "the wrong sign in 31: 13 of Korea's 39, 9 of Australia's, 8 of Vietnam's, 1 of India's" in TEXT
    example = both.loc["KOR", 0.95, 0.025]
    assert (round(example["causal"], 3), round(example["naive"], 3)) == (-0.045, 0.162)
    apart = (both["naive"] - both["causal"]).abs().groupby(level=0).max().round(2)
    assert apart[["JPN", "IND", "GBR"]].max() == 0.06
    assert (apart["KOR"], apart["AUS"]) == (0.29, 0.49)
    korea = table[(table["country"] == "KOR") & (table["headline_value"] == 0.03)]
    korea = korea[korea["precedent_accuracy"] == 0.75].set_index("part")["value"]
    assert (round(korea["structural"], 3), round(korea["causal"], 3)) == (0.244, 0.012)


@pytest.mark.parametrize(
    ("patience", "total", "low", "high"),
    [(0.5, -0.031, -0.070, 0.029), (0.8, 0.019, 0.013, 0.048), (1.0, 0.023, 0.023, 0.060)],
)
def test_tied_hands(patience, total, low, high):
    table = measured("tied_hands", SHARE)
    own = table[(table["KOR.domestic_constraint"] == 1) & (table["hegemon_patience"] == patience)].set_index("part")
    assert tuple(own.loc["total", ["value", "low", "high"]].astype(float).round(3)) == (total, low, high)
    assert own.loc["floor", "value"] == 0
    if patience == 0.5:
        assert (round(own.loc["caps", "value"], 3), round(own.loc["ratification", "value"], 3)) == (-0.068, 0.037)
    for number in (abs(total), abs(low), abs(high))[: 3 if patience < 1 else 1]:
        assert f"{number:.3f}" in TEXT


def test_korea_question():
    dates = pd.read_csv(RESULTS / "korea_question" / "dates.csv")
    at = dates.drop_duplicates(["headline_value", "hegemon_patience", "day"])
    at = at.set_index(["headline_value", "hegemon_patience", "day"])
    for day in (0, 53, 54, 88):
        row = at.loc[0.03, 0.8, day]
        stakes = row["payoff_bn"] / row["payoff_share"]
        reliefs = stakes * row[["reciprocal_relief", "sector_relief", "open_sector_relief"]].sum()
        rest = -stakes * row[["rebuff_risk", "delay", "signing_cost"]].sum()
        line = (
            f"| {day} | {row['regime']} | {row['mean_rank']:.1f} | {100 * row['ratification']:.0f} "
            f"| {100 * row['tariff']:.1f} | {reliefs:.2f} | {row['concessions_bn']:.2f} | {rest:.2f} "
            f"| {row['payoff_bn']:.2f} | {100 * row['payoff_share']:.0f} |"
        )
        assert line in TEXT
    for headline, patience, day, said in (
        (0.0, 0.8, 0, "1.60"), (0.0, 0.8, 54, "4.12"), (0.06, 0.8, 0, "6.81"), (0.06, 0.8, 54, "5.29"),
        (0.03, 0.0, 0, "5.94"),
    ):  # fmt: skip
        assert f"{at.loc[headline, patience, day]['payoff_bn']:.2f}" == said
        assert said in TEXT
    assert at.loc[0.03, 0.0]["payoff_bn"].idxmax() == 0


def test_every_kept_figure_is_shown():
    figures = {str(path.relative_to(RESULTS)) for path in RESULTS.glob("*/figures/*.png")}
    shown = {name for name in figures if f"({name})" in TEXT}
    assert {name.split("/")[0] for name in shown} == {
        "premium_and_delay", "naive_and_causal", "tied_hands", "korea_question",
    }  # fmt: skip
