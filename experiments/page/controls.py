"""The controls, generated from the declarations: for every number its meaning, unit, range, default and slider.

`settings_form` describes them as plain data; `controls.vue` shows whatever it is given.
"""

import math
from typing import Any

from agents.hegemon_strategies import HEGEMON, HEGEMON_CATALOGUE, PROMISE_KEEPING
from agents.policy import DEFAULT, strategies_of
from agents.strategies import CATALOGUE, SCRIPT, SCRIPT_SENTENCE
from experiments.page.session import Session
from experiments.page.settings import general_value, shipped_case
from experiments.page.words import meaning_of_setting
from model.case import Case, Country, Window
from model.case_file import shipped_cases
from model.declaration import Quantity, quantities
from model.errors import InputError
from model.parameters import Parameters

GROUPS = ("hegemon", "information", "domestic", "choice", "trade", "window")
TITLES = {
    "hegemon": "The hegemon",
    "information": "Information",
    "domestic": "Domestic limits",
    "choice": "Choosing to move",
    "trade": "Trade and tariffs",
    "window": "The window",
    "data": "Data of the country",
}
LIVE_COUNTRIES = 8  # so few are solved while a slider is being dragged
SCRIPT_DAYS = (0, 7, 30, 60, "never")
TICKS = 60  # steps that a slider has at least


def settings_form(session: Session) -> dict[str, Any]:
    """Everything that `controls.vue` shows."""
    case = session.case
    overrides, strategy = session.chosen.applied(case)
    scope = session.scope if session.scope in case.ids else ""
    groups = [group for group in GROUPS if not scope or group != "window"] + (["data"] if scope else [])
    return {
        "cases": case_list(session),
        "case": session.chosen.label,
        "about": case.about,
        "seed": session.chosen.seed,
        "replicate": session.chosen.replicate,
        "strategies": strategy_list(),
        "strategy": strategy[DEFAULT],
        "hegemon": strategy.get(HEGEMON, PROMISE_KEEPING),
        "hegemons": hegemon_list(case, strategy),
        "own_strategies": {who: name for who, name in strategy.items() if who in case.ids},
        "countries": [{"iso3": country.iso3, "name": country.name} for country in case.countries],
        "scope": scope,
        "groups": [
            {"name": group, "title": TITLES[group], "controls": group_controls(group, case, overrides, scope)}
            for group in groups
        ],
        "changed": session.chosen != session.start,
        "turn": session.turn,
        "live": len(case.ids) <= LIVE_COUNTRIES,
    }


def case_list(session: Session) -> list[dict[str, str]]:
    """The shipped cases, and what the page was started with where that is a selection or the user's own."""
    cases = [{"name": name, "title": shipped_case(name).title} for name in shipped_cases()]
    own = session.start.label
    return cases if own in shipped_cases() else [{"name": own, "title": session.start_title}, *cases]


def strategy_list() -> list[dict[str, str]]:
    """Every strategy with its sentence, and scripts for a few days; another day's is set on the command line."""
    entries = [{"name": entry.name, "sentence": entry.sentence} for entry in CATALOGUE.values()]
    return entries + [{"name": f"{SCRIPT}:{day}", "sentence": SCRIPT_SENTENCE} for day in SCRIPT_DAYS]


# Numbers that change nothing against a hegemon: one that looks forward has no patience and meets no lean package.
WITHOUT_EFFECT = {
    PROMISE_KEEPING: ("hegemon precision",),
    "forward_looking": ("hegemon patience", "rebuff cost"),
}


def hegemon_list(case: Case, strategy: dict[str, str]) -> list[dict[str, str]]:
    """Every strategy of the hegemon with its sentence, and why it cannot be played here (empty: it can)."""
    return [
        {
            "name": name,
            "sentence": entry.sentence,
            "idle": ", ".join(WITHOUT_EFFECT.get(name, ())),
            "refused": refusal(case, {**strategy, HEGEMON: name}),
        }
        for name, entry in HEGEMON_CATALOGUE.items()
    ]


def refusal(case: Case, strategy: dict[str, str]) -> str:
    """Why these strategies cannot meet in a case; empty where they can."""
    try:
        strategies_of(case, strategy, "")
    except InputError as error:
        return error.in_one_line.removeprefix(f": {HEGEMON}={strategy[HEGEMON]}: ")
    return ""


def group_controls(group: str, case: Case, overrides: dict[str, float | None], scope: str) -> list[dict[str, Any]]:
    """The controls of a group: for all countries, or for the one in `scope` (what can differ by country)."""
    if group == "data":
        own = list(quantities(Country).values())
    else:
        declared = [*quantities(Parameters).values(), *quantities(Window).values()]
        own = [quantity for quantity in declared if quantity.group == group and (quantity.by_country or not scope)]
    controls = []
    for quantity in own:
        factor = f"{scope}.{quantity.name}" if scope else quantity.name
        rest = {name: value for name, value in overrides.items() if name != factor}
        usual = general_value(case, rest, factor)
        if usual is not None:
            controls.append(control(quantity, factor, overrides.get(factor, usual), usual))
    return controls


def control(quantity: Quantity, factor: str, value: float | None, usual: float) -> dict[str, Any]:
    """One control as plain data. `usual` is what it would be if it were not set."""
    low, high, step = slider_range(quantity, usual)
    return {
        "factor": factor,
        "label": quantity.name.replace("_", " "),
        "meaning": quantity.meaning,
        "title": meaning_of_setting(quantity.name),
        "unit": quantity.unit,
        "range": quantity.range_text,
        "source": quantity.source,
        "value": value,
        "usual": usual,
        "least": quantity.low,
        "most": quantity.high,
        "low": low,
        "high": high,
        "step": step,
    }


def slider_range(quantity: Quantity, usual: float) -> tuple[float, float, float]:
    """Least, most and step of a slider. A range a hundred times the usual value or longer is cut at ten times it; the
    number field beside the slider takes the rest. A step is 1, 2 or 5 times a power of ten, on which the usual value
    lies, and a whole number where only those are allowed."""
    most = quantity.high if quantity.high < 100 * usual or usual <= 0 else 10 * usual
    low = quantity.low if quantity.low >= 1e-3 or quantity.low <= 0 else 0.0
    widest = (most - low) / TICKS
    top = math.floor(math.log10(widest))
    for power in range(top, -1 if quantity.integer else top - 4, -1):
        for factor in (5, 2, 1):
            step = float(f"{factor}e{power}")
            steps = (usual - low) / step
            if step <= widest * (1 + 1e-9) and abs(steps - round(steps)) < 1e-6:
                return low, most, step
    return low, most, 1.0 if quantity.integer else float(f"1e{top - 3}")
