"""The command line: what it prints and writes, and one clear line for everything that cannot be used."""

import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from agents.hegemon_strategies import HEGEMON_CATALOGUE
from agents.strategies import CATALOGUE
from experiments import cli
from experiments.arguments import TYPICAL_SEED
from model.case_file import load_case, shipped_cases
from model.declaration import quantities
from model.parameters import Parameters
from tests.tools.program import PROGRAM, SIX, Call, Called, assert_refused, assert_same_rows, read_csv, tree

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

REPORT_FIELDS = [
    *("case", "seed", "replicate", "overrides", "hegemon", "equilibrium", "sector_news_day", "end_day", "countries")
]
HEGEMON_FIELDS = ["strategy", "type", "deals", "surplus_bn"]
COUNTRY_FIELDS = [
    "country", "country_name", "strategy", "deal_day", "deal_rank", "package", "tariff_threatened", "tariff_final",
    "sector_rate_before", "sector_rate_final", "issues", "issues_conceded", "concessions", "concessions_cost_bn",
    "stakes_bn", "payoff_bn", "payoff_pct_gdp", "payoff_share", "called_count", "failed_ratifications",
]  # fmt: skip
# run


def test_run_json_has_the_documented_fields(call: Call) -> None:
    report = call("run", "--json").json
    assert list(report) == REPORT_FIELDS
    assert list(report["hegemon"]) == HEGEMON_FIELDS
    assert [row["country"] for row in report["countries"]] == list(SIX)
    assert (report["case"], report["seed"], report["overrides"], report["end_day"]) == ("six", TYPICAL_SEED, {}, 90)
    assert report["hegemon"]["type"] in ("firm", "soft")
    for row in report["countries"]:
        assert list(row) == COUNTRY_FIELDS


def test_run_json_is_consistent(call: Call) -> None:
    for seed in range(12):
        report = call("run", "--json", "--seed", str(seed), "--strategy", "myopic").json
        rows = report["countries"]
        signed = [row for row in rows if row["deal_rank"] is not None]
        assert report["hegemon"]["deals"] == len(signed)
        assert sorted(row["deal_rank"] for row in signed) == list(range(1, len(signed) + 1))
        days = [row["deal_day"] for row in sorted(signed, key=lambda row: row["deal_rank"])]
        assert days == sorted(days)
        assert all(0 <= day < 90 for day in days)
        for row in rows:
            assert (row["deal_day"] is None) == (row["deal_rank"] is None) == (row["package"] is None)
            assert row["payoff_bn"] == pytest.approx(row["payoff_share"] * row["stakes_bn"], abs=1e-12)
            assert row["called_count"] >= (row["deal_rank"] is not None) + row["failed_ratifications"]
            assert row["issues_conceded"] == len([part for part in row["concessions"].split("; ") if part])
            assert row["tariff_final"] <= row["tariff_threatened"]


def test_run_is_reproducible_and_seeds_differ(call: Call) -> None:
    first, again, other = (call("run", "--json", "--seed", seed) for seed in ("3", "3", "4"))
    assert first.out == again.out
    assert first.json["countries"] != other.json["countries"]
    assert call("run", "--seed", "3").out == call("run", "--seed", "3").out != call("run", "--seed", "4").out


def test_run_accepts_the_largest_seed(call: Call) -> None:
    assert call("run", "--json", "--seed", str(2**63 - 1)).json["seed"] == 2**63 - 1


def assert_table_shows(text: str, report: dict[str, Any]) -> None:
    """Every country's line in the table of a run: its code, day and rank, in the order of the deals."""
    lines = [words for words in map(str.split, text.splitlines()) if words and words[0] in SIX]
    order = sorted(report["countries"], key=lambda row: (row["deal_rank"] or 10**6, row["country"]))
    assert [words[0] for words in lines] == [row["country"] for row in order]
    for words, row in zip(lines, order, strict=True):
        if row["deal_rank"] is None:
            assert words[1:5] == ["-", "-", "no", "deal"]
        else:
            assert words[1:4] == [str(row["deal_day"]), str(row["deal_rank"]), row["package"]]
        assert f"{100 * row['tariff_threatened']:.1f}>{100 * row['tariff_final']:.1f}" in " ".join(words)
        assert f"{round(row['payoff_bn'], 2) + 0.0:.2f}" in words


@pytest.mark.parametrize("arguments", [(), ("--strategy", "wait_and_see"), ("--strategy", "KOR=script:never")])
def test_run_table_agrees_with_json(call: Call, arguments: tuple[str, ...]) -> None:
    shown = call("run", *arguments)
    report = call("run", *arguments, "--json").json
    assert (shown.code, shown.err) == (0, "")
    assert_table_shows(shown.out, report)
    assert f"The hegemon is {report['hegemon']['type']} and gains {report['hegemon']['surplus_bn']:.1f} bn" in shown.out


def test_run_table_is_whole_on_an_ordinary_terminal(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """80 columns: a number cut short would be a wrong number."""
    report = call("run", "--json").json
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    shown = call("run")
    assert shown.code == 0
    assert "\x1b[" in shown.out
    lines = [line.split() for line in ANSI.sub("", shown.out).splitlines()]
    for row in report["countries"]:
        own = {word for words in lines if words and words[0] == row["country"] for word in words}
        signed = {str(row["deal_day"]), row["package"]} if row["deal_day"] is not None else {"-", "no", "deal"}
        assert signed | {f"{100 * row['tariff_threatened']:.1f}>{100 * row['tariff_final']:.1f}"} <= own, own
        assert f"{round(row['payoff_bn'], 2) + 0.0:.2f}" in own


def test_run_csv_equals_json(call: Call, tmp_path: Path) -> None:
    rows = call("run", "--json", "--csv", "run.csv", "--strategy", "KOR=script:never").json["countries"]
    assert_same_rows(read_csv(tmp_path / "run.csv"), rows)
    assert rows[0]["deal_day"] is None
    assert list(tree(tmp_path)) == ["run.csv"]


def test_csv_is_replaced_whole(call: Call, tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text("something longer\n" * 10_000)
    rows = call("run", "--json", "--csv", "run.csv").json["countries"]
    assert_same_rows(read_csv(tmp_path / "run.csv"), rows)


def test_csv_with_commas_in_names(call: Call, tmp_path: Path) -> None:
    text = load_case("six").text
    (tmp_path / "own.toml").write_text(text.replace("South Korea", "Korea, Republic of"), encoding="utf-8")
    rows = call("run", "--case", "own.toml", "--json", "--csv", "run.csv").json["countries"]
    assert rows[0]["country_name"] == "Korea, Republic of"
    assert_same_rows(read_csv(tmp_path / "run.csv"), rows)


def test_set_changes_the_run_and_is_reported(call: Call) -> None:
    plain = call("run", "--json").json
    changed = call("run", "--json", "--set", "signing_cost=0", "--set", " KOR.domestic_constraint = 0 ").json
    assert changed["overrides"] == {"signing_cost": 0.0, "KOR.domestic_constraint": 0.0}
    assert changed["countries"] != plain["countries"]


def test_set_of_a_default_changes_nothing(call: Call) -> None:
    defaults = [
        argument
        for name, quantity in quantities(Parameters).items()
        for argument in ("--set", f"{name}={quantity.default!r}")
    ]
    assert call("run", "--json", *defaults).json["countries"] == call("run", "--json").json["countries"]


def test_own_value_stands_above_the_general_one_in_any_order(call: Call) -> None:
    pair = (("--set", "delay_cost=0.5"), ("--set", "KOR.delay_cost=0.1"))
    one = call("run", "--json", *pair[0], *pair[1]).json["countries"]
    other = call("run", "--json", *pair[1], *pair[0]).json["countries"]
    assert one == other
    assert one != call("run", "--json", *pair[0]).json["countries"]


def test_strategy_for_all_and_by_country(call: Call) -> None:
    rows = call("run", "--json", "--strategy", "script:never").json["countries"]
    assert [row["strategy"] for row in rows] == ["script:never"] * 6
    assert [row["deal_day"] for row in rows] == [None] * 6

    rows = call("run", "--json", "--strategy", "KOR=script:20", "--strategy", "script:never").json["countries"]
    assert [row["strategy"] for row in rows] == ["script:20"] + ["script:never"] * 5
    assert rows[0]["deal_day"] >= 20
    assert [row["deal_day"] for row in rows[1:]] == [None] * 5

    rows = call("run", "--json", "--strategy", "JPN=wait_and_see").json["countries"]
    assert [row["strategy"] for row in rows] == ["equilibrium", "wait_and_see"] + ["equilibrium"] * 4


def test_run_of_the_users_own_case(call: Call, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(load_case("six").text, encoding="utf-8")
    assert call("run", "--case", str(own), "--json").json["countries"] == call("run", "--json").json["countries"]


def test_run_of_many_countries_with_the_default_strategy(call: Call) -> None:
    """More than the exact solver takes."""
    report = call("run", "--case", "eighteen", "--json").json
    assert [row["country"] for row in report["countries"]] == list(load_case("eighteen").ids)
    assert {row["strategy"] for row in report["countries"]} == {"equilibrium"}
    assert report["hegemon"]["deals"] > 0


@pytest.mark.parametrize("sets", [("window_days=1",), ("window_days=6", "meetings_per_week=1")])
def test_window_without_a_meeting(call: Call, tmp_path: Path, sets: tuple[str, ...]) -> None:
    """floor(window_days * meetings_per_week / 7) = 0: nobody is called, or the window is refused in a line."""
    called = call("run", "--json", *(argument for text in sets for argument in ("--set", text)))
    if called.code == 0:
        assert [row["called_count"] for row in called.json["countries"]] == [0] * 6
        assert called.json["hegemon"]["deals"] == 0
    else:
        assert_refused(called, "window_days")


def test_without_a_gdp_only_the_share_of_gdp_is_empty(call: Call, tmp_path: Path) -> None:
    text = load_case("six").text
    (tmp_path / "own.toml").write_text(re.sub(r"^gdp = .*\n", "", text, count=1, flags=re.MULTILINE), encoding="utf-8")
    rows = call("run", "--case", "own.toml", "--json", "--csv", "run.csv").json["countries"]
    plain = call("run", "--json").json["countries"]
    assert plain[0]["payoff_pct_gdp"] is not None
    assert rows == [{**plain[0], "payoff_pct_gdp": None}, *plain[1:]]
    assert_same_rows(read_csv(tmp_path / "run.csv"), rows)


def test_json_cannot_hold_what_is_not_a_number() -> None:
    with pytest.raises(ValueError, match="JSON"):
        cli.print_json({"payoff": float("nan")})


# listings


def test_cases_a_line_each(call: Call) -> None:
    called = call("cases")
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert [line.split()[0] for line in lines] == shipped_cases()
    assert {"six", "free_trade"} <= set(shipped_cases())
    for line in lines:
        name, count = line.split()[:2]
        assert int(count) == len(load_case(name).countries)


def test_parameters_a_line_each(call: Call) -> None:
    called = call("parameters")
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert [line.split()[0] for line in lines] == list(quantities(Parameters))
    for line, quantity in zip(lines, quantities(Parameters).values(), strict=True):
        assert float(line.split()[1]) == quantity.default
        assert quantity.range_text in line
        assert quantity.plausible is not None and f"plausible {quantity.plausible.text} " in line
        assert quantity.meaning in line


def test_strategies_a_line_each(call: Call) -> None:
    called = call("strategies")
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    hegemons = [f"hegemon={name}" for name in HEGEMON_CATALOGUE]
    assert [line.split()[0] for line in lines] == [*CATALOGUE, "script:D", *hegemons]
    told = [(entry.sentence, entry.citation) for entry in CATALOGUE.values()]
    told += [(entry.sentence, entry.citation) for entry in HEGEMON_CATALOGUE.values()]
    assert all(any(sentence in line and citation in line for line in lines) for sentence, citation in told)


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("terms", "-h"), ("sweep", "--help")])
def test_help(call: Call, arguments: tuple[str, ...]) -> None:
    called = call(*arguments)
    assert (called.code, called.err) == (0, "")
    assert "Usage" in called.out


# bad input


def sets(*texts: str) -> tuple[str, ...]:
    return tuple(argument for text in texts for argument in ("--set", text))


BAD_SETS = [
    (sets("delay_cots=0.1"), ["delay_cots", "did you mean 'delay_cost'"]),
    (sets("DELAY_COST=0.1"), ["DELAY_COST", "did you mean 'delay_cost'"]),
    (sets("délai=0.1"), ["délai"]),
    (sets("delay\n_cost=0.1"), ["did you mean 'delay_cost'"]),
    (sets("KOX.delay_cost=0.1"), ["KOX", "did you mean 'KOR'"]),
    (sets("kor.delay_cost=0.1"), ["kor", "did you mean 'KOR'"]),
    (sets("KOR.delay_cots=0.1"), ["delay_cots", "did you mean 'delay_cost'"]),
    (sets("KOR.KOR.delay_cost=0.1"), ["KOR.delay_cost"]),
    (sets("KOR.=1"), ["--set"]),
    (sets(".delay_cost=1"), ["--set"]),
    (sets("=1"), ["NAME=VALUE"]),
    (sets(""), ["NAME=VALUE"]),
    (sets("delay_cost"), ["delay_cost", "NAME=VALUE"]),
    (sets("delay_cost 0.1"), ["delay_cost", "NAME=VALUE"]),
    (sets("delay_cost="), ["delay_cost", "-1 to 1"]),
    (sets("delay_cost=abc"), ["delay_cost", "'abc'", "-1 to 1"]),
    (sets("delay_cost=0,1"), ["delay_cost", "'0,1'", "-1 to 1"]),
    (sets("delay_cost=0.1=0.2"), ["delay_cost", "'0.1=0.2'", "-1 to 1"]),
    (sets("delay_cost=1.01"), ["delay_cost", "1.01", "-1 to 1"]),
    (sets("delay_cost=-1.01"), ["delay_cost", "-1.01", "-1 to 1"]),
    (sets("delay_cost=nan"), ["delay_cost", "nan", "-1 to 1"]),
    (sets("delay_cost=inf"), ["delay_cost", "inf", "-1 to 1"]),
    (sets("delay_cost=-inf"), ["delay_cost", "-inf", "-1 to 1"]),
    (sets("delay_cost=1e999"), ["delay_cost", "-1 to 1"]),
    (sets("sector_rate=25"), ["sector_rate", "write 0.25"]),
    (sets("window_days=90.5"), ["window_days", "90.5", "whole number"]),
    (sets("delay_cost=0.1", "delay_cost=0.2"), ["delay_cost", "twice"]),
    (sets("delay_cost=0.1", " delay_cost =0.1"), ["delay_cost", "twice"]),
    (sets("KOR.baseline_rate=0.2"), ["baseline_rate", "cannot differ by country"]),
    (sets("KOR.window_days=80"), ["window_days", "cannot differ by country"]),
    (sets("flexibility_before=0.2"), ["KOR.flexibility_before"]),
    (sets("execution_soft=0.95"), ["execution_soft", "0.95", "execution_firm", "0.9"]),
    (sets("execution_firm=0.2"), ["execution_soft", "0.3", "execution_firm", "0.2"]),
    (sets("sector_relief_rate=0.3"), ["sector_relief_rate", "0.3", "sector_rate", "0.25"]),
    (sets("KOR.sector_relief_rate=0.3"), ["sector_relief_rate", "0.3", "KOR"]),
    (sets("KOR.sector_share=0.95"), ["KOR", "sector_share", "open_share"]),
]
BAD_CASES = [
    (("--case", "sixx"), ["'sixx'", "did you mean 'six'"]),
    (("--case", "SIX"), ["'SIX'", "did you mean 'six'"]),
    (("--case", ""), ["six"]),
    (("--case", "none.toml"), ["none.toml", "no such file"]),
    (("--case", "no/where.toml"), ["where.toml", "no such file"]),
    (("--case", "folder.toml"), ["folder.toml", "cannot be read"]),
    (("--case", "file/x.toml"), ["file/x.toml", "cannot be read"]),
    (("--case", "broken.toml"), ["broken.toml", "malformed TOML", "line 2"]),
    (("--case", "bytes.toml"), ["bytes.toml", "not UTF-8"]),
    (("--case", "empty.toml"), ["empty.toml", "[[country]]"]),
    (("--case", "big.toml"), ["big.toml", "threatened_rate"]),
    (("--case", "deep.toml"), ["deep.toml"]),
    (("--case", "x" * 300 + ".toml"), ["cannot be read"]),
]
BAD_STRATEGIES = [
    (("--strategy", "myopik"), ["'myopik'", "did you mean 'myopic'"]),
    (("--strategy", "Myopic"), ["'Myopic'", "did you mean 'myopic'"]),
    (("--strategy", ""), ["myopic"]),
    (("--strategy", "KOR="), ["myopic"]),
    (("--strategy", "KOR=myopik"), ["'myopik'", "did you mean 'myopic'"]),
    (("--strategy", "KOX=myopic"), ["'KOX'", "did you mean 'KOR'"]),
    (("--strategy", "kor=myopic"), ["'kor'", "did you mean 'KOR'"]),
    (("--strategy", "=myopic"), ["unknown country"]),
    (("--strategy", "choosing"), ["choosing is a strategy of the hegemon; write it as hegemon=choosing"]),
    (("--strategy", "KOR=forward_looking"), ["write it as hegemon=forward_looking"]),
    (
        ("--strategy", "hegemon=myopic"),
        ["unknown strategy of the hegemon", "promise_keeping, choosing, forward_looking"],
    ),
    (("--strategy", "hegemon=chosing"), ["did you mean 'choosing'"]),
    (("--strategy", "hegemon=forward_looking", "--strategy", "KOR=aspiration"), ["KOR cannot play aspiration"]),
    (("--strategy", "hegemon=forward_looking", "--strategy", "forecaster"), ["KOR cannot play forecaster"]),
    (("--strategy", "hegemon=choosing", "--case", "eighteen"), ["18 countries", "at most 12"]),
    (("--strategy", "myopic", "--strategy", "wait_and_see"), ["given twice"]),
    (("--strategy", "KOR=myopic", "--strategy", "KOR=myopic"), ["KOR given twice"]),
    *(
        (("--strategy", f"script{text}"), [f"'script{text}'", "script:D"])
        for text in ("", ":", ":-1", ":abc", ":nan", ":inf", ":Infinity", ":1e999", ":7:8", ":7 8")
    ),
]
BAD_SEEDS = [
    (("--seed", "-1"), ["--seed", "-1"]),
    (("--seed", str(2**63)), ["--seed", str(2**63)]),
    (("--seed", "1" + "0" * 40), ["--seed"]),
]
BAD_CSVS = [
    (("--csv", name), [message])
    for name, message in (
        ("no/where.csv", "no/where.csv: cannot be written"),
        ("folder", "folder: cannot be written"),
        ("folder/", "folder: cannot be written"),
        ("file/x.csv", "file/x.csv: cannot be written"),
        (".", ".: cannot be written"),
        ("", "cannot be written"),
        ("x" * 300 + ".csv", ".csv: cannot be written"),
    )
]


@pytest.fixture
def odd_files(tmp_path: Path) -> None:
    """Files and folders that cannot be used as a case."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "file").write_text("text\n")
    (tmp_path / "broken.toml").write_text('name = "broken"\nwindow = = 3\n')
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty.toml").write_text("")
    (tmp_path / "deep.toml").write_text("x = " + "[" * 5_000)
    huge = 'countries_of = "six"\n[[country]]\niso3 = "KOR"\nthreatened_rate = 1' + "0" * 400
    (tmp_path / "big.toml").write_text(huge + "\n")


def identify(value: Any) -> str:
    return "_".join(value)[:60] if isinstance(value, tuple) else ""


@pytest.mark.usefixtures("odd_files")
@pytest.mark.parametrize(
    ("arguments", "fragments"), [*BAD_SETS, *BAD_CASES, *BAD_STRATEGIES, *BAD_SEEDS, *BAD_CSVS], ids=identify
)
def test_run_refuses_bad_input_in_a_line(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], fragments: list[str]
) -> None:
    before = tree(tmp_path)
    csv = () if "--csv" in arguments else ("--csv", "out.csv")
    assert_refused(call("run", *arguments, *csv), *fragments)
    assert tree(tmp_path) == before


@pytest.mark.usefixtures("odd_files")
@pytest.mark.parametrize(
    ("arguments", "fragments"), [BAD_SETS[0], BAD_SETS[4], BAD_SETS[18], BAD_CASES[0], BAD_CASES[7], *BAD_CSVS],
    ids=identify,
)  # fmt: skip
def test_terms_refuses_bad_input_in_a_line(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], fragments: list[str]
) -> None:
    before = tree(tmp_path)
    csv = () if "--csv" in arguments else ("--csv", "out.csv")
    assert_refused(call("terms", *arguments, *csv), *fragments)
    assert tree(tmp_path) == before


def test_csv_that_is_a_pipe_stays_a_pipe(call: Call, tmp_path: Path) -> None:
    """A special file is written to or refused; replacing one could replace a device."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        called = call("run", "--csv", "pipe")
        received = b"" if called.code else os.read(reader, 1 << 16)
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert received.startswith(b"country") if called.code == 0 else called.err.startswith("error: ")


def test_csv_that_is_a_link_is_written_through(call: Call, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    real, link = tmp_path / "kept" / "real.csv", tmp_path / "link.csv"
    real.write_text("old\n")
    link.symlink_to(real)
    rows = call("run", "--json", "--csv", "link.csv").json["countries"]
    assert link.is_symlink()
    assert_same_rows(read_csv(real), rows)


def test_full_disk_is_one_line(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.csv

    def fail(table: Any, file: BinaryIO, options: Any) -> None:
        file.write(b"half a ta")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pyarrow.csv, "write_csv", fail)
    (tmp_path / "run.csv").write_text("old\n")
    assert_refused(call("run", "--csv", "run.csv"), "run.csv: cannot be written (No space left on device)")
    assert tree(tmp_path) == {"run.csv": b"old\n"}


# the installed program


def start(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([str(PROGRAM), *arguments], stderr=subprocess.PIPE, text=True, **options)


def test_installed_program_runs(call: Call, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(PROGRAM), "run", "--json", "--csv", "run.csv", "--seed", "5"], cwd=tmp_path, capture_output=True, text=True
    )
    inside = call("run", "--json", "--seed", "5")
    assert (done.returncode, done.stdout, done.stderr) == (0, inside.out, "")
    assert_same_rows(read_csv(tmp_path / "run.csv"), inside.json["countries"])


def test_installed_program_refuses_in_a_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(PROGRAM), "run", "--set", "delay_cots=1", "--csv", "x.csv"], cwd=tmp_path, capture_output=True, text=True
    )
    assert_refused(Called(done.returncode, done.stdout, done.stderr), "did you mean 'delay_cost'")
    assert tree(tmp_path) == {}


def test_reader_that_leaves_early_sees_no_traceback(tmp_path: Path) -> None:
    """As in `tariff-pause terms --json | head -1`."""
    program = start("terms", "--json", cwd=tmp_path, stdout=subprocess.PIPE)
    assert program.stdout is not None
    assert program.stderr is not None
    assert program.stdout.read(1) == "["
    program.stdout.close()
    assert program.stderr.read() == ""
    program.stderr.close()
    program.wait()


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [("run",), ("run", "--json"), ("parameters",)])
def test_full_standard_output_is_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        program = start(*arguments, cwd=tmp_path, stdout=full)
        _, err = program.communicate()
    assert program.returncode != 0
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1


def test_module_is_the_program() -> None:
    """The console script of the package looks at the imports and enters where these tests do."""
    project = tomllib.loads((Path(cli.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"tariff-pause": "experiments.__main__:main"}
    assert PROGRAM.exists()
    assert sys.modules["experiments.cli"] is cli
