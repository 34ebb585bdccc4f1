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


def said(*texts: str) -> None:
    for text in texts:
        assert text in TEXT, text


def test_the_promise():
    table = (
        measured("the_promise", SHARE)
        .set_index(["headline_value", "meetings_per_week", "part", "country"])
        .sort_index()
    )
    value = 100 * table["value"]
    usual = value[0.01, 6]
    promised, out = usual["promised"], usual["coming_out"]
    said(
        f"Britain {promised['GBR']:.1f} % of its stakes, Japan {promised['JPN']:.1f}, India {promised['IND']:.1f}",
        f"{out['JPN']:.1f} % comes out for Japan and {out['IND']:.1f} for India at six meetings a week",
    )
    assert set(out.dropna().index) == {"JPN", "IND"}
    once = value[0.01, 1]["coming_out"]
    said(f"{once['GBR']:.1f} % comes out for Britain, {once['JPN']:.1f} for Japan, {once['IND']:.1f} for India")
    none = value[0.0, 1]["coming_out"]
    said(f"{none['GBR']:.1f}, {none['JPN']:.1f} and {none['IND']:.1f} % then, and ")
    none = value[0.0, 6]["coming_out"]
    said(f"{none['JPN']:.1f} and {none['IND']:.1f} % for Japan and India at six")
    looking, keeping = usual["causal_coming_out"], usual["causal_promised"]
    said(
        f"pays Japan {looking['JPN']:.1f} % and India {looking['IND']:.1f} against a hegemon that looks forward",
        f"costs them {-keeping['JPN']:.1f} and {-keeping['IND']:.1f} against one that keeps its promise",
    )


def test_the_order():
    table = pd.read_csv(KEPT / "the_order" / "measures.csv").set_index(
        ["measure", "headline_value", "hegemon_precision"]
    )
    choices = {at: table.loc[("hegemon_choices", *at)].set_index("part")["value"] for at in ((0.01, 20), (0.03, 20))}
    usual, dear = choices[0.01, 20], choices[0.03, 20]
    said(
        f"gains nothing by it at the default ({usual['order']:.2f} bn USD a year)",
        f"worth {usual['commitment']:.2f} bn to the hegemon at the default",
        f"costs it {-dear['commitment']:.2f} bn at 0.03",
        f"and {table.loc[('hegemon_choices', 0.0, 20)].set_index('part')['value']['commitment']:.2f} where no headline",
    )
    first = {at: table.loc[("first_call", *at)].set_index(["part", "country"])["value"] for at in table.index.unique()
             .droplevel(0) if at[0] in (0.01, 0.03)}  # fmt: skip
    assert round(first[0.01, 20]["choosing", "GBR"], 2) == 0.19
    assert round(first[0.01, 20]["promise_keeping", "GBR"], 2) == 0.18
    sharp = first[0.03, 100]
    said(
        f"Australia is called first with {100 * sharp['choosing', 'AUS']:.0f} %, a call worth "
        f"{sharp['worth_choosing', 'AUS']:.2f} bn more than one by lottery"
    )
    assert sharp["choosing"][["GBR", "JPN"]].max() < 0.0005
    said(f"that is worth {table.loc[('hegemon_choices', 0.03, 100)].set_index('part')['value']['order']:.2f} bn")
    said(
        f"calls Japan first ({100 * first[0.01, 20]['forward_looking', 'JPN']:.0f} %, at precision 100 "
        f"{100 * first[0.01, 100]['forward_looking', 'JPN']:.0f} %)"
    )
    shares = table.loc[("worth_of_commitment", 0.01, 20)]
    worth = 100 * shares[shares["unit"] == SHARE].set_index("country")["value"]
    said(
        f"only Britain gains from the promise ({worth['GBR']:.1f} % of its stakes)",
        f"Japan {-worth['JPN']:.1f} %, India {-worth['IND']:.1f}, Australia {-worth['AUS']:.1f}, "
        f"Vietnam {-worth['VNM']:.1f}, Korea {-worth['KOR']:.1f}",
    )


def test_korea_election():
    table = pd.read_csv(KEPT / "korea_election" / "measures.csv")
    table = table[table["unit"] != BN].set_index(["measure", "headline_value", "KOR.date", "part", "country"])["value"]
    table = table.sort_index()

    def both(measure: str, headline: float, date: float) -> list[float]:
        found = table[measure, headline]
        found = found[found.index.get_level_values(0).isna()] if pd.isna(date) else found[[date]]
        found = found.droplevel(0)
        return [float(found[hegemon, "KOR"]) for hegemon in ("promise_keeping", "forward_looking")]

    for words, date in (("behind it (day 0)", 0.0), ("on day 54", 54.0), ("never", float("nan"))):
        one, other = (100 * share for share in both("payoff", 0.01, date))
        days, looking = both("days_waited", 0.01, date)
        said(f"| {words} | {one:.1f} | {other:.1f} | {days:.0f} | {looking:.0f} |")
    never, bound = 100 * both("payoff", 0.03, float("nan"))[0], 100 * both("payoff", 0.03, 54.0)[0]
    said(f"({never:.1f} against {bound:.1f} %, promise-keeping)")
    said(f"it then signs after {both('days_waited', 0.03, float('nan'))[0]:.0f} days on average")
    gains = 100 * (table["payoff", 0.01, 54.0] - table["payoff", 0.01, 0.0])["forward_looking"]
    said(f"Who gains is Britain ({gains['GBR']:.1f} %), India ({gains['IND']:.1f}) and Japan ({gains['JPN']:.1f})")
    moved = (table["days_waited", 0.01, 54.0] - table["days_waited", 0.01, 0.0]).unstack(0).drop("KOR")
    assert moved[["promise_keeping", "forward_looking"]].abs().max().max() < 3.5


def test_premium_and_delay():
    table = measured("premium_and_delay", BN)
    table = table[table["measure"] == "planner_loss"]
    table = table.set_index(["part", "precedent_accuracy", "headline_value"]).sort_index()
    loss = table["value"]
    own = loss["countries", 0.75]
    said(
        f"lose {own[0.0]:.2f} bn USD a year",
        f"at a headline value of 0.01 they lose {own[0.01]:.2f} and capture all",
        f"to {own[0.03]:.2f} at 0.03 and {own[0.06]:.2f} at 0.06",
        f"({loss['countries', 0.5, 0.06]:.2f} at 0.06)",
        f"least at 0.01 ({loss['joint', 0.75, 0.01]:.2f} bn)",
    )
    assert loss["joint", 0.75].idxmin() == 0.01
    assert own.idxmin() == 0.01


def test_naive_and_causal():
    table = measured("naive_and_causal", SHARE)
    keys = ["country", "precedent_accuracy", "headline_value"]
    both = table.pivot_table(index=keys, columns="part", values="value")
    assert len(both) == 234
    wrong = both[both["naive"] * both["causal"] < 0].groupby(level=0).size()
    said(
        f"the wrong sign in {wrong.sum()}: {wrong['IND']} of India's 39, {wrong['VNM']} of Vietnam's, {wrong['KOR']} "
        f"of Korea's, {wrong['JPN']} of Japan's, {wrong['AUS']} of Australia's, none of Britain's"
    )
    assert "GBR" not in wrong
    example, usual = both.loc["KOR", 0.95, 0.03], both.loc["KOR", 0.75, 0.01]
    said(
        f"costs it {-example['causal']:.3f} of its stakes, while the regression says that it gains "
        f"{example['naive']:.3f}",
        f"being first is worth {example['causal_held']:.3f} to Korea there",
        f"it is {usual['causal']:.3f} and {usual['causal_held']:.3f}",
        f"{usual['structural']:.3f} at the defaults",
    )


def test_tied_hands():
    table = measured("tied_hands", SHARE)
    own = table[table["KOR.domestic_constraint"] == 1].set_index(["part", "hegemon_patience"])
    total, caps, ratified = (-own["value"][part] for part in ("total", "caps", "ratification"))
    said(f"{total[0.8]:.3f} of its stakes to it at the default patience of 0.8")
    said(f"{total[0.0]:.3f} at 0 and {total[1.0]:.3f}")
    said(f"gain it {caps.min():.3f} to {caps.max():.3f}, doubtful ratification costs it {-ratified.max():.3f} to ")
    assert (total > 0.025).all()
    assert -own["high"]["total"].max() >= 0.003
    assert (own["value"]["floor"] == 0).all()


def test_korea_question():
    dates = pd.read_csv(KEPT / "korea_question" / "dates.csv")
    at = dates.drop_duplicates(["headline_value", "hegemon_patience", "day"])
    at = at.set_index(["headline_value", "hegemon_patience", "day"])
    for day in (0, 53, 54, 88):
        row = at.loc[0.01, 0.8, day]
        stakes = row["payoff_bn"] / row["payoff_share"]
        reliefs = stakes * row[["reciprocal_relief", "sector_relief", "open_sector_relief"]].sum()
        rest = -stakes * row[["rebuff_risk", "delay", "signing_cost"]].sum()
        said(
            f"| {day} | {row['regime']} | {row['mean_rank']:.1f} | {100 * row['ratification']:.0f} "
            f"| {100 * row['tariff']:.1f} | {reliefs:.2f} | {row['concessions_bn']:.2f} "
            f"| {stakes * row['flow_of_the_pause']:.2f} | {rest:.2f} "
            f"| {row['payoff_bn']:.2f} | {100 * row['payoff_share']:.0f} |"
        )
    worth = at["payoff_bn"]
    said(
        f"({worth[0.03, 0.8, 0]:.2f} and {worth[0.03, 0.8, 88]:.2f})",
        f"({worth[0.06, 0.8, 0]:.2f} and {worth[0.06, 0.8, 88]:.2f})",
        f"without a premium it is worth {worth[0.0, 0.8, 0]:.2f} against {worth[0.0, 0.8, 88]:.2f}",
        f"first day is worth {worth[0.01, 0.0, 0]:.2f}",
    )
    assert worth[0.01, 0.8].idxmin() in (52, 53)


def test_first_mover():
    table = pd.read_csv(KEPT / "first_mover" / "summary.csv")
    days = table[table["country"] == "KOR"].set_index(["headline_value", "domestic_constraint"])["days_waited_mean"]
    said(
        f"falls from {days[0.0, 1.0]:.0f} to {days[0.06, 1.0]:.0f} days",
        f"rises from {days[0.03, 0.0]:.0f} to {days[0.03, 1.0]:.0f} days",
    )


def test_every_kept_figure_is_shown():
    tracked = git("ls-files", "results/kept/*.png", cwd=ROOT).split()
    figures = {path.removeprefix("results/") for path in tracked}
    assert {name for name in figures if f"({name})" in TEXT} == figures
    not_kept = {"korea_strategy", "other_assumptions", "rules_in_doubt", "scarce_slots", "what_matters"}
    shown = set(built_in_designs()) - {"first_mover", "quickstart", "wait_and_see"} - not_kept
    assert {name.split("/")[1] for name in figures} == shown


def test_which_rules_made_them_is_said():
    manifests = [json.loads(path.read_text()) for path in KEPT.glob("*/manifest.json")]
    assert len(manifests) == 8
    for manifest in manifests:
        assert f"version {manifest['versions']['tariff-pause']} " in TEXT
        assert f"`{manifest['git_commit'][:7]}`" in TEXT
        assert f"`{manifest['rule_hash']}`" in TEXT
        assert manifest["design"]["name"] in built_in_designs()


@pytest.mark.parametrize("name", ["quickstart", pytest.param("first_mover", marks=pytest.mark.slow)])
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
