"""Agents and views of a user's own: a country that decides otherwise, and the model in Mesa's own page."""

import re
from pathlib import Path

import pytest
import solara
from mesa import Model

from agents import Negotiation
from agents.country import Country
from model.errors import InputError

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


class Eager(Country):
    """Moves whenever it is called."""

    def decide(self, state):
        return True


class Never(Country):
    """Does not move."""

    def decide(self, state):
        return False


def played(**options) -> Negotiation:
    model = Negotiation(case="six", **options)
    while model.running:
        model.step()
    return model


def test_a_country_of_ones_own_decides_and_the_others_as_ever() -> None:
    usual, changed = played(seed=3), played(seed=3, played_by={"KOR": Eager, "AUS": Never})
    korea = changed.countries[0]
    assert type(korea) is Eager and [answer for _, answer in korea.calls][-1] == "signed"
    assert {answer for _, answer in korea.calls} <= {"signed", "failed"}
    assert changed.countries[changed.case.ids.index("AUS")].deal_day is None
    assert all(type(country) is Country for country in usual.countries)


def test_a_country_without_a_zone_of_agreement_waits_whatever_it_decides() -> None:
    barred = {"KOR.floor_before": 1.0, "KOR.floor_after": 1.0}
    korea = played(seed=3, factors=barred, played_by={"KOR": Eager}).countries[0]
    assert len(korea.calls) > 5 and {answer for _, answer in korea.calls} == {"waited"}
    assert korea.deal_day is None


def test_a_country_that_is_not_of_the_case_is_refused() -> None:
    with pytest.raises(InputError, match="played_by: unknown country 'FRA'"):
        Negotiation(case="six", played_by={"FRA": Eager})


def test_the_model_shows_in_mesa_s_own_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the README says, without a browser; the slider's seed makes another run of the same model."""
    blocks = re.findall(r"^```python\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    (block,) = [text for text in blocks if "SolaraViz" in text]
    assert len([line for line in block.splitlines() if line.strip()]) <= 10
    names: dict = {}
    exec(block, names)
    box, context = solara.render(names["page"], handle_error=False)
    assert box.children
    context.close()
    again = Negotiation(seed=5)
    assert isinstance(again, Model) and again.run_key != Negotiation(seed=4).run_key
