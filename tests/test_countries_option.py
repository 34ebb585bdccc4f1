"""`--countries` in every command that takes a case, `cases --template`, and a case file with many faults."""

from pathlib import Path

import pytest

from model.case_file import load_case
from tests.tools.program import Call, assert_refused, read_csv, strict_json

SOME = ("--countries", "TWN,KOR", "--strategy", "myopic")
BAD_CASE = """
countries_of = "six"
titel = "mine"
[window]
window_days = 0
[[country]]
iso3 = "KOR"
import = 3
imports = -1
"""


def countries_of(rows: list[dict[str, object]]) -> list[object]:
    return list(dict.fromkeys(row["country"] for row in rows))


def test_run_and_solve(call: Call) -> None:
    assert countries_of(call("run", *SOME, "--json").json["countries"]) == ["TWN", "KOR"]
    assert countries_of(call("solve", *SOME, "--json").json["countries"]) == ["TWN", "KOR"]
    of_six = call("run", "--case", "six", "--countries", " JPN , KOR ", "--strategy", "myopic", "--json")
    assert countries_of(of_six.json["countries"]) == ["JPN", "KOR"]


def test_terms(call: Call) -> None:
    rows = call("terms", "--countries", "TWN,KOR", "--set", "KOR.domestic_constraint=0", "--json").json
    assert countries_of(rows) == ["TWN", "KOR"]
    assert {row["rank"] for row in rows} == {1, 2}


def test_measures(call: Call, tmp_path: Path) -> None:
    call("measures", *SOME, "--measure", "hegemon_surplus", "--out", "out")
    design = strict_json((tmp_path / "out" / "manifest.json").read_text())["design"]
    assert design["countries"] == ["TWN", "KOR"]
    assert design["case_sha256"] == load_case(None, ["TWN", "KOR"]).digest


def test_sweep(call: Call, tmp_path: Path) -> None:
    called = call("sweep", "quickstart", "--countries", "JPN,KOR", "--replicates", "2", "--out", "out", "--no-figures")
    assert called.code == 0
    assert list(read_csv(tmp_path / "out" / "countries.csv")["country"].unique()) == ["JPN", "KOR"]
    manifest = strict_json((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["design"]["case"] == "six"
    assert manifest["design"]["countries"] == manifest["case"]["countries"] == ["JPN", "KOR"]
    assert manifest["case"]["sha256"] == load_case("six", ["JPN", "KOR"]).digest


def test_view(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = []
    monkeypatch.setattr("experiments.page.serve.serve", lambda start, *rest, **options: starts.append(start))
    call("view", "--countries", "TWN,KOR")
    call("view", "--case", "six")
    assert [(start.case, start.countries) for start in starts] == [("all", ["TWN", "KOR"]), ("six", None)]
    assert_refused(call("view", "--replay", "out", "--countries", "KOR"), "--countries cannot be given too")


def test_cases(call: Call, tmp_path: Path) -> None:
    shown = call("cases", "--countries", "JPN,TWN", "--show").out
    assert "\nJPN Japan\n  government: minority government" in shown and "\nKOR " not in shown
    assert "(known from 2025-07-22) weaker cabinet" in shown
    assert "issue investment_vehicle: value 5, cost 3; judgement [W15;W16] (known from 2025-07-22) US: centre" in shown
    call("cases", "six", "--countries", "JPN,KOR", "--copy", "mine.toml")
    assert load_case(str(tmp_path / "mine.toml")) == load_case("six", ["JPN", "KOR"])


@pytest.mark.parametrize("command", ["run", "solve", "terms", "measures", "view", "sweep quickstart"])
@pytest.mark.parametrize(
    ("countries", "told"),
    [
        ("KOR,XXX", "--countries: unknown country 'XXX'"),
        ("KOR,JPN,KOR", "--countries: KOR is named 2 times, allowed once"),
        ("", "--countries: no country is named"),
        ("KOR,", "--countries: unknown country ''"),
    ],
)
def test_bad_countries_are_one_line(call: Call, command: str, countries: str, told: str) -> None:
    assert_refused(call(*command.split(), "--countries", countries), told)


def test_the_template_is_written_and_runs(call: Call, tmp_path: Path) -> None:
    called = call("cases", "--template", "mine.toml")
    assert called.code == 0 and called.out.startswith("mine.toml: written")
    report = call("run", "--case", "mine.toml", "--json").json
    assert countries_of(report["countries"]) == ["KOR", "XYZ"]
    assert (tmp_path / "mine.toml").read_text("utf-8").startswith("# A case of two countries")
    assert_refused(call("cases", "--template", "mine.toml"), "mine.toml")  # what is there stays


def test_every_fault_of_a_case_file_is_a_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(BAD_CASE)
    called = call("run", "--case", "bad.toml")
    assert (called.code, called.out) == (2, "")
    lines = called.err.splitlines()
    assert len(lines) == 4
    for line, told in zip(lines, ("'titel'", "window_days: 0", "'import'", "imports: -1"), strict=True):
        assert line.startswith("error: bad.toml: ") and told in line


def test_a_listing_says_from_when_a_default_was_known(call: Call) -> None:
    (line,) = [line for line in call("parameters").out.splitlines() if line.startswith("sector_relief_rate")]
    assert line.endswith("[default known from 2025-07-22]")
