"""`terms`: the table on a terminal of 80 columns, the same in JSON and CSV, one country alone issue by issue."""

import re
from pathlib import Path

import pytest

from experiments.tables.schema import TERMS
from model.case_file import load_case
from tests.tools.program import SIX, Call, assert_refused, assert_same_rows, read_csv, tree

KEYS = ("country", "rank", "hegemon_type", "regime", "sector_news")


def test_json_and_csv(call: Call, tmp_path: Path) -> None:
    rows = call("terms", "--json", "--csv", "terms.csv").json
    assert {tuple(row) for row in rows} == {tuple(column.name for column in TERMS.columns)}
    keys = [tuple(row[name] for name in KEYS) for row in rows]
    assert len(keys) == len(set(keys))
    dated = {country.iso3 for country in load_case("six").countries if country.date is not None}
    assert "KOR" in dated
    expected = {
        (iso3, rank, kind, regime, news)
        for iso3 in SIX
        for rank in range(1, 7)
        for kind in ("soft", "firm")
        for regime in (("before", "after") if iso3 in dated else ("before",))
        for news in ("open", "known")
    }
    assert set(keys) == expected
    for row in rows:
        assert isinstance(row["agreement"], bool)
        for name in ("payoff_share", "payoff_bn", "tariff", "sector_rate", "hegemon_payoff_bn", "concessions"):
            assert (row[name] is not None) == row["agreement"], (row["country"], name)
    assert_same_rows(read_csv(tmp_path / "terms.csv"), rows)
    assert list(tree(tmp_path)) == ["terms.csv"]


def test_the_all_in_rate_is_weighted_by_what_is_imported(call: Call) -> None:
    countries = {country.iso3: country for country in load_case("six").countries}
    for row in call("terms", "--json").json:
        country = countries[row["country"]]
        paid = (1 - country.sector_share - country.open_share) * row["tariff"]
        paid += country.sector_share * row["sector_rate"] + country.open_share * row["open_sector_rate"]
        assert row["all_in_rate"] == pytest.approx(paid, abs=1e-15)


def test_table_shows_every_signature(call: Call) -> None:
    """A heading for each country, date and news; ranks with the same terms in one line."""
    shown, rows = call("terms"), call("terms", "--json").json
    assert (shown.code, shown.err) == (0, "")
    headings = re.findall(r"^(\w{3}), (\w+) its date, outcome of the open sectors (\w+)", shown.out, flags=re.M)
    assert headings == list(dict.fromkeys((row["country"], row["regime"], row["sector_news"]) for row in rows))
    words = set(shown.out.split())
    for name in ("payoff_bn", "headline_bn", "concessions_cost_bn"):
        assert {f"{row[name]:.2f}" for row in rows if row["rank"] == 1} <= words
    assert {f"{100 * row['all_in_rate']:.1f}" for row in rows} <= words
    lines = re.findall(r"^(soft|firm) +(\d+)(?:-(\d+))? ", shown.out, flags=re.M)
    assert sum(int(last or first) - int(first) + 1 for _, first, last in lines) == len(rows)


def test_one_country_issue_by_issue(call: Call) -> None:
    shown = call("terms", "--country", "AUS").out
    rows = [row for row in call("terms", "--json").json if row["country"] == "AUS"]
    assert "KOR" not in shown.replace("--country KOR", "")
    named = {part.partition(":")[0].replace("_", " ") for row in rows for part in row["concessions"].split("; ")}
    assert named and all(name in shown for name in named)
    assert "critical minerals access 35%" in shown and "soft 1-6: critical" in shown
    assert call("terms", "--country", "AUS", "--json").json == rows
    assert "critical" not in call("terms").out
    assert_refused(
        call("terms", "--country", "XXX", "--csv", "out.csv"), "--country: unknown country 'XXX'", "KOR, JPN"
    )


def test_no_zone_of_agreement_is_said(call: Call) -> None:
    shown = call("terms", "--country", "KOR", "--set", "KOR.floor_before=1").out
    assert re.search(r"^soft +1-6 +none( +-){8}$", shown, flags=re.M)


@pytest.mark.parametrize(
    "command",
    [
        ("run",),
        ("terms",),
        ("terms", "--case", "eighteen", "--country", "EU"),
        ("solve", "--regret", "--strategy", "KOR=wait_and_see"),
        ("measures",),
        ("measures", "--country", "AUS", "--measure", "payoff_by_date"),
    ],
)
def test_tables_fit_80_columns(call: Call, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = call(*command)
    assert shown.code == 0
    assert [line for line in shown.out.splitlines() if len(line.rstrip()) > 80] == []


def test_follows_set(call: Call) -> None:
    plain = call("terms", "--json").json
    changed = call("terms", "--json", "--set", "KOR.domestic_constraint=0").json
    moved = {row["country"] for row, other in zip(plain, changed, strict=True) if row != other}
    assert moved == {"KOR"}


def test_without_stakes(call: Call, tmp_path: Path) -> None:
    rows = call("terms", "--case", "free_trade", "--json", "--csv", "terms.csv").json
    assert not any(row["agreement"] for row in rows)
    assert_same_rows(read_csv(tmp_path / "terms.csv"), rows)
