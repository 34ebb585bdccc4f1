"""What results/README.md says is what the kept result files hold; a sweep leaves them, and git, alone."""

import json
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from experiments.sweeps.built_in import built_in_designs

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"
KEPT = RESULTS / "kept"
TEXT = (RESULTS / "README.md").read_text(encoding="utf-8").replace("\n", " ")
SHARE, BN = "share of stakes", "bn USD a year"


def measured(design: str, unit: str) -> pd.DataFrame:
    table = pd.read_csv(KEPT / design / "measures.csv")
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
    dates = pd.read_csv(KEPT / "korea_question" / "dates.csv")
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
    tracked = git("ls-files", "results/kept/*.png", cwd=ROOT).split()
    figures = {path.removeprefix("results/") for path in tracked}
    assert {name for name in figures if f"({name})" in TEXT} == figures
    shown = {"premium_and_delay", "naive_and_causal", "tied_hands", "korea_question"}
    assert {name.split("/")[1] for name in figures} == shown


def test_which_rules_made_them_is_said():
    manifests = [json.loads(path.read_text()) for path in KEPT.glob("*/manifest.json")]
    assert len(manifests) == 5
    for manifest in manifests:
        assert f"version {manifest['versions']['tariff-pause']} " in TEXT
        assert f"`{manifest['git_commit'][:7]}`" in TEXT
        assert f"`{manifest['rule_hash']}`" in TEXT
        assert manifest["design"]["name"] in built_in_designs()


@pytest.mark.parametrize("name", ["quickstart", "first_mover"])
def test_a_sweep_into_its_default_folder_leaves_git_alone(name, call, tmp_path):
    """In a checkout with the kept results, of a design whose results are kept and of one whose are not."""
    shutil.copy(ROOT / ".gitignore", tmp_path)
    shutil.copytree(KEPT, tmp_path / "results" / "kept")
    shutil.copy(RESULTS / "README.md", tmp_path / "results")
    git("init", "-q", cwd=tmp_path)
    git("add", "-A", cwd=tmp_path)
    git("-c", "user.name=tests", "-c", "user.email=tests@example.org", "commit", "-qm", "kept", cwd=tmp_path)
    assert call("sweep", name, "--replicates", "1").code == 0
    assert (tmp_path / "results" / name / "figures").is_dir()
    assert git("status", "--porcelain", cwd=tmp_path) == ""


def git(*arguments, cwd):
    return subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout
