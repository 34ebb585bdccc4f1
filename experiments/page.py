"""The browser page: SolaraViz, the calendar of one negotiation, a slider for every parameter.

`experiments.view` serves it. Every slider is an explicit keyword of `PageModel`: that is how SolaraViz hands the
values over at Reset. A combination that cannot be used is said in one line, and the last good one stays.
"""

import io
import json
import math
import re
import shlex
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from inspect import Parameter, Signature
from typing import Any

import pyarrow.csv
import solara
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from agents.negotiation import Negotiation
from agents.policy import DEFAULT, Prepared, prepare, strategies_of
from agents.strategies import CATALOGUE, EQUILIBRIUM
from experiments.calendar_figure import draw_calendar, read_story
from experiments.results import csv_options, table_of
from experiments.run import run_report
from experiments.show import number, percent
from experiments.view import Start, read_start
from model.case_file import load_case, shipped_cases
from model.declaration import Quantity, quantities
from model.errors import InputError
from model.parameters import Parameters
from model.setting import make_setting

SEEDS = 200  # the seed slider's length
DECLARED = quantities(Parameters)
CSS = """
.v-navigation-drawer .v-input__slider .v-input__slot {flex-direction: column; align-items: stretch}
.v-navigation-drawer .v-input__slider .v-label {white-space: pre-line; height: auto; max-width: 100%;
  margin-bottom: 14px; font-size: 0.85rem; line-height: 1.25; color: inherit}
.v-navigation-drawer .v-slider__thumb-label-container {display: block !important}
.v-navigation-drawer .v-slider__thumb-label {transform: translate(-50%, -2px) !important; background: none !important;
  width: auto !important; height: auto !important; font-size: 0.95rem; font-weight: bold; color: inherit}
.v-navigation-drawer .v-slider__thumb-label > * {transform: none !important}
.calendar img {width: 100%; max-width: 1560px; height: auto}
.told {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)}
.outcome {border-collapse: collapse; font-size: 1.05rem}
.outcome td, .outcome th {padding: 3px 14px; text-align: right; border-bottom: 1px solid #ccc}
.outcome td:nth-child(-n+2), .outcome th:nth-child(-n+2) {text-align: left}
"""


@dataclass(eq=False)
class Session:
    """One open page: its start, and the last combination that could be used (settings, seed, as a command line)."""

    start: Start
    good: tuple[Prepared, int, str] | None = None


def slider_range(quantity: Quantity, value: float) -> tuple[float, float, float]:
    """Least, most and step of a slider. A range a hundred times the default or longer is cut at ten times it (the
    rest is reached with --set); the step is fine enough for the present value, so that showing it changes nothing."""
    default = float(quantity.default or 0)
    most = quantity.high if quantity.high < 100 * default or default <= 0 else 10 * default
    low, high = min(quantity.low, value), max(most, value)
    decimals = -math.floor(math.log10((high - low) / 40))
    while decimals <= 6 and any(round(x, decimals) != x for x in (value, default)):
        decimals += 1
    return low, high, round(10.0**-decimals, 6)  # 0, where seven decimals would be needed: no steps


def parameter_slider(quantity: Quantity, value: float, heading: bool) -> dict[str, Any]:
    """The slider of a declared parameter, as SolaraViz wants it. Its label says all that the declaration says."""
    low, high, step = slider_range(quantity, value)
    title = f"{quantity.group.upper()}\n\n" if heading else ""
    label = (
        f"{title}{quantity.name}\n{quantity.meaning} "
        f"({quantity.unit}; {quantity.range_text}, default {quantity.default:g})"
    )
    return {"type": "SliderFloat", "label": label, "value": value, "min": low, "max": high, "step": step}


def page_parameters(session: Session) -> dict[str, Any]:
    """What SolaraViz is given: the pickers, the seed, and a slider for every parameter, group by group."""
    start = session.start
    strategy = start.strategy.get(DEFAULT, EQUILIBRIUM)
    cases, names, first = shipped_cases(), list(CATALOGUE), start.seed - start.seed % SEEDS
    out: dict[str, Any] = {
        "session": session,
        "case": {
            "type": "Select", "label": "case", "value": start.case,
            "values": cases if start.case in cases else [start.case, *cases],
        },
        "strategy": {
            "type": "Select", "label": "strategy of all countries", "value": strategy,
            "values": names if strategy in names else [strategy, *names],
        },
        "seed": {
            "type": "SliderInt", "label": "seed\nwhich luck; the same seed gives the same run", "value": start.seed,
            "min": first, "max": first + SEEDS - 1, "step": 1,
        },
    }  # fmt: skip
    groups = list(dict.fromkeys(quantity.group for quantity in DECLARED.values()))
    previous = ""
    for quantity in sorted(DECLARED.values(), key=lambda quantity: groups.index(quantity.group)):
        value = start.overrides.get(quantity.name, float(quantity.default or 0))
        out[quantity.name] = parameter_slider(quantity, value, heading=quantity.group != previous)
        previous = quantity.group
    return out


@lru_cache(maxsize=32)
def prepared(
    case: str, digest: str, overrides: tuple[tuple[str, float], ...], strategy: tuple[tuple[str, str], ...]
) -> Prepared:
    """A prepared setting, kept for the next Reset. `digest` changes when the case's file does."""
    loaded = load_case(case)
    return prepare(make_setting(loaded, dict(overrides), "sliders"), strategies_of(loaded, dict(strategy), "strategy"))


def combination(
    start: Start, case: str, strategy: str, seed: int, sliders: dict[str, float]
) -> tuple[Prepared, int, str]:
    """The prepared setting of what is set on the page, its seed, and the command line that plays the same run.

    The start's overrides without a slider, and its strategies of single countries, hold where the case has them.
    """
    loaded = load_case(case)
    countries = {name: chosen for name, chosen in start.strategy.items() if name in loaded.ids}
    overrides = {
        name: value
        for name, value in start.overrides.items()
        if name not in DECLARED and ("." not in name or name.split(".", 1)[0] in loaded.ids)
    }
    for name, value in sliders.items():
        clipped = min(max(float(value), DECLARED[name].low), DECLARED[name].high)
        if clipped != DECLARED[name].default:
            overrides[name] = clipped
    chosen = {DEFAULT: strategy, **countries}
    words = ["tariff-pause", "run", "--case", case, "--seed", str(seed)]
    for name, rule in chosen.items():
        words += ["--strategy", rule if name == DEFAULT else f"{name}={rule}"]
    for name, value in overrides.items():
        words += ["--set", f"{name}={value!r}".removesuffix(".0")]
    ready = prepared(case, loaded.digest, tuple(overrides.items()), tuple(chosen.items()))
    return ready, int(seed), shlex.join(words)


class PageModel(Negotiation):
    """The negotiation on the page. Its keywords are those of `page_parameters`, one for each slider."""

    def __init__(self, *, session: Session, case: str, strategy: str, seed: int, **sliders: float) -> None:
        self.problem = ""
        try:
            session.good = combination(session.start, case, strategy, seed, sliders)
        except InputError as error:
            if session.good is None:
                raise
            self.problem = f"{error}. Not used: the calendar keeps the last settings that worked."
        ready, self.seed, self.command = session.good
        super().__init__(prepared=ready, seed=self.seed)

    def step(self) -> None:
        """Play one day, unless the run has ended (SolaraViz may ask for more steps than are left)."""
        if self.running:
            super().step()


def explicit_signature() -> Signature:
    """The signature of `PageModel.__init__` with the sliders spelled out: SolaraViz reads it."""
    names = ["session", "case", "strategy", "seed", *DECLARED]
    keywords = [Parameter(name, Parameter.KEYWORD_ONLY) for name in names]
    return Signature([Parameter("self", Parameter.POSITIONAL_OR_KEYWORD), *keywords])


PageModel.__init__.__signature__ = explicit_signature()  # type: ignore[attr-defined]


def first_model(session: Session) -> PageModel:
    """The model with which the page opens."""
    values = {name: value["value"] for name, value in page_parameters(session).items() if name != "session"}
    return PageModel(session=session, **values)


def outcome_table(report: dict[str, Any]) -> str:
    """The outcome as an HTML table, in the order of the deals."""
    rows = sorted(report["countries"], key=lambda row: (row["deal_rank"] or math.inf, row["country"]))
    heads = ("", "country", "deal day", "rank", "package", "tariff %", "sector tariff %", "payoff, bn", "% of GDP")
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in (
            row["country"], row["country_name"], "-" if row["deal_day"] is None else row["deal_day"],
            row["deal_rank"] or "-", row["package"] or "no deal", percent(row["tariff_final"]),
            percent(row["sector_rate_final"]), number(row["payoff_bn"]), number(row["payoff_pct_gdp"]),
        )) + "</tr>"
        for row in rows
    )  # fmt: skip
    return f"<thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>{body}</tbody>"


def csv_bytes(report: dict[str, Any]) -> bytes:
    """The outcome as the CSV that `run --csv` writes."""
    table, buffer = table_of(report["countries"]), io.BytesIO()
    pyarrow.csv.write_csv(table, buffer, csv_options(table.schema))
    return buffer.getvalue()


def in_short(command: str) -> str:
    """What a command line sets, without its flags."""
    return re.sub(r"--(set|strategy) |--", "", command.removeprefix("tariff-pause run "))


@solara.component
def CalendarPanel(model: PageModel) -> None:
    """The calendar up to the present day, and the outcome once the run has ended."""
    update_counter.get()
    seen = [model, int(model.day), bool(model.running)]
    if model.problem:
        solara.Error(model.problem)
    with solara.Column(classes=["calendar"]):
        story = solara.use_memo(lambda: read_story(model, in_short(model.command)), seen)
        figure = solara.use_memo(lambda: draw_calendar(story), seen)
        solara.Text(f"{story.title}. {story.subtitle}", classes=["told"])  # the picture in words, for screen readers
        solara.FigureMatplotlib(figure, seen, format="png", dpi=120, pil_kwargs={"compress_level": 1})
    solara.HTML(tag="div", unsafe_innerHTML=f"The same run in a shell: <code>{escape(model.command)}</code>")
    if model.running:
        solara.Text(
            "Step plays one day, \N{BLACK RIGHT-POINTING TRIANGLE} the rest. What you set takes effect at Reset."
        )
    else:
        report = run_report(model.prepared, model.outcomes(), model.seed)
        name = f"{report['case']}-seed-{model.seed}"
        solara.HTML(tag="table", unsafe_innerHTML=outcome_table(report), classes=["outcome"])
        with solara.Row():
            solara.FileDownload(lambda: csv_bytes(report), filename=f"{name}.csv", label="Download CSV")
            solara.FileDownload(lambda: json.dumps(report, indent=2), filename=f"{name}.json", label="Download JSON")


@solara.component
def Page() -> None:
    """SolaraViz with its controls and sliders, and the calendar over the whole width beside them."""
    session = solara.use_memo(lambda: Session(read_start()), [])
    model: solara.Reactive[PageModel] = solara.use_reactive(solara.use_memo(lambda: first_model(session), []))
    settings = solara.use_memo(lambda: page_parameters(session), [])
    solara.Title("tariff-pause")
    solara.Style(CSS)
    SolaraViz(model, components=[], model_params=settings, name="tariff-pause")
    CalendarPanel(model.value)
