"""`run --explain`: readable in 80 columns, the same in JSON and CSV, refused where nothing is asked for."""

import csv
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from agents.explanation import Explainer
from agents.negotiation import Negotiation
from agents.policy import prepare
from experiments.reports.calls import calls_table
from experiments.reports.explanation import show_explanation
from experiments.tables.schema import CALLS
from model.parts import PARTS
from tests.tools.program import Call, assert_refused


def played(case: str, seed: int, **factors: float) -> Negotiation:
    model = Negotiation(case=case, seed=seed, factors=factors)
    while model.running:
        model.step()
    return model


def documents(model: Negotiation, iso3: str) -> list[dict]:
    events = [event for event in model.events if model.case.ids[event.country] == iso3]
    return json.loads(json.dumps([asdict(told) for told in Explainer(model.prepared).explain(events)], allow_nan=False))


@pytest.mark.parametrize(
    ("case", "iso3", "factors"),
    [("six", iso3, {}) for iso3 in ("KOR", "JPN", "VNM", "GBR", "AUS", "IND")]
    + [("eighteen", "EU", {}), ("free_trade", "KOR", {}), ("six", "KOR", {"delay_cost": 1.0, "signing_cost": 9.0})],
)
def test_it_fits_eighty_columns(case: str, iso3: str, factors: dict, capsys: pytest.CaptureFixture[str]) -> None:
    model = played(case, 3, **factors)
    calls = documents(model, iso3 if iso3 in model.case.ids else model.case.ids[0])
    show_explanation(iso3, calls)
    text = capsys.readouterr().out
    assert max(len(line) for line in text.splitlines()) <= 80
    for call in calls:
        assert call["kind"] in text
    assert "nan" not in text and "None" not in text
    if calls:
        assert ("(moment-based approximation)" in " ".join(text.split())) == (case == "eighteen")


def test_a_country_that_was_never_called(capsys: pytest.CaptureFixture[str]) -> None:
    show_explanation("KOR", [])
    assert capsys.readouterr().out == "KOR was never called.\n"


def test_json_and_csv_hold_what_is_shown(call: Call, tmp_path: Path) -> None:
    report = call("run", "--explain", "KOR", "--seed", "5", "--explain-csv", "why.csv", "--json").json
    assert report["explanation"] == documents(played("six", 5), "KOR")
    korea = report["countries"][0]
    assert korea["called_count"] == len(report["explanation"])
    last = report["explanation"][-1]
    assert (korea["deal_day"] == last["day"]) == (last["answer"] == "signed")
    with (tmp_path / "why.csv").open() as file:
        rows = list(csv.DictReader(file))
    for explained in report["explanation"]:
        own = [row for row in rows if int(row["meeting"]) == explained["meeting"]]
        parts, total = [row for row in own if row["row"] == "part"], next(row for row in own if row["row"] == "total")
        assert [row["name"] for row in parts] == list(PARTS)
        for unit in ("share", "bn"):
            for side in ("moving", "waiting", "difference"):
                summed = sum(float(row[f"{side}_{unit}"]) for row in parts)
                assert summed == pytest.approx(float(total[f"{side}_{unit}"]), abs=1e-9)
        without = {row["name"]: float(row["difference_share"]) for row in own if row["row"] == "without"}
        assert without == pytest.approx({cause["cause"]: cause["without"] for cause in explained["causes"]})


def test_the_table_of_calls() -> None:
    """A row a call in order, with the declared columns, whether or not it could sign."""
    model = played("six", 2, **{"KOR.floor_before": 1.0})
    table = calls_table(model.prepared, model.events)
    assert table.schema == CALLS.schema() and table["call"].to_pylist() == list(range(1, len(model.events) + 1))
    for row, event in zip(table.to_pylist(), model.events, strict=True):
        assert (row["meeting"], row["answer"]) == (event.meeting, event.answer)
        waiting = sum(row[f"waiting_{part}"] for part in PARTS)
        assert waiting == pytest.approx(row["waiting"], abs=1e-12)
        if row["moving"] is None:
            assert row["reason"] == "cannot sign" and row["advantage"] is None and row["without_rank"] is None
        else:
            assert sum(row[f"moving_{part}"] for part in PARTS) == pytest.approx(row["moving"], abs=1e-12)
    assert set(table["reason"].to_pylist()) >= {"cannot sign", "wants to wait", "wants to move"}


def test_a_file_for_no_explanation_is_refused(call: Call, tmp_path: Path) -> None:
    assert_refused(call("run", "--explain-csv", "why.csv"), "--explain-csv why.csv", "--explain KOR")
    assert_refused(call("run", "--explain", "KRO"), "--explain", "KOR")
    assert not list(tmp_path.iterdir())


def test_solve_says_which_waits_have_a_reason(call: Call) -> None:
    shown = call("solve").out
    assert "Reasoned waits: 90.5% of the" in shown
    report = call("solve", "--json").json
    assert report["reasoned_waits"]["method"] == "exact"
    total = sum(row["waits_mean"] for row in report["countries"])
    assert report["reasoned_waits"]["waits_mean"] == pytest.approx(total)
    reasoned = sum(row["waits_mean"] * row["reasoned_waits"] for row in report["countries"])
    assert report["reasoned_waits"]["share"] == pytest.approx(reasoned / total)
    nobody = prepare("six", "script:0").solution.equilibrium
    assert nobody is None
    rules = call("solve", "--strategy", "script:0", "--json").json["countries"]
    assert rules[1]["reasoned_waits"] is None and rules[1]["waits_mean"] == 0.0
