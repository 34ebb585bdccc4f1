"""How numbers and names are said: factors, measures and their parts, where a point lies, a number with its interval."""

import math
from collections.abc import Iterable, Sequence

from experiments.analysis.aggregate import Analysis
from experiments.analysis.interval import EXACT, Interval
from experiments.tables.reading import Results
from model.case import Country, Issue, Window
from model.declaration import Quantity, quantities
from model.parameters import Parameters

TITLES = {
    "first_mover_advantage": "First-mover advantage",
    "price_of_waiting": "Price of waiting",
    "option_value": "Option value of waiting",
    "constraint_cost": "Cost of domestic constraint",
    "premium": "Premium of the first over the last",
    "worth_of_commitment": "Worth of the hegemon's commitment",
    "implied_patience": "Implied patience of the hegemon",
    "hegemon_choices": "What choices are worth to the hegemon",
    "hegemon_surplus": "Hegemon surplus",
    "planner_loss": "Loss against a planner",
    "clustering": "Clustering of deals",
}
PARTS = {
    "causal_held": "causal, date and state held",
    "causal_promised": "causal, promised",
    "causal_coming_out": "causal, coming out",
    "caps": "caps on concessions",
    "floor": "payoff floor",
    "week": "one week",
    "total": "total",
    "coming_out": "coming out",
    "order": "choosing the order",
    "commitment": "keeping its promise",
    "information": "information part",
    "last_9_days": "share of deals in the last 9 days",
    "quiet_spell": "longest quiet spell",
}
BN_A_YEAR = " bn a year"
LEAST_DIGITS, MOST_DIGITS, EXACT_DIGITS = 2, 5, 3  # decimals of a number with an interval, and of an exact one


def title_of(measure: str) -> str:
    """A measure in words."""
    return TITLES.get(measure, measure.replace("_", " ").capitalize())


def part_name(part: str) -> str:
    """A part of a measure in words."""
    return PARTS.get(part, part.replace("_", " "))


def factor_quantity(name: str) -> Quantity | None:
    """The declaration of a factor, for its unit; None for one that this version does not know."""
    known = {**quantities(Parameters), **quantities(Window)}
    return known.get(name) or {**known, **quantities(Country), **quantities(Issue)}.get(name.rpartition(".")[2])


def plain_name(factor: str) -> str:
    """A factor's name in words: `KOR.domestic_constraint` is "KOR domestic constraint"."""
    return factor.replace(".", " ").replace("_", " ")


def factor_label(factor: str) -> str:
    """A factor as an axis label, with its unit."""
    quantity = factor_quantity(factor)
    text = plain_name(factor)
    return f"{text[0].upper()}{text[1:]}" + (f" ({quantity.unit})" if quantity else "")


def at_values(results: Results, point: int, factors: Iterable[str]) -> str:
    """Where a point lies, as in "headline value 0.03, domestic constraint 1"."""
    return ", ".join(f"{plain_name(name)} {results.value_text(name, results.factors[name][point])}" for name in factors)


def source_line(analysis: Analysis) -> str:
    """Which sweep it is."""
    results = analysis.results
    failed = f", {analysis.failed_runs:,} failed runs left out" if analysis.failed_runs else ""
    most = "" if results.manifest.until is None else "at most "
    return f"Sweep {results.name}, case {results.case}, {most}{results.replicates:,} runs a point{failed}."


def reference_line(analysis: Analysis) -> str:
    """Which point stands for the sweep where one point is shown."""
    results = analysis.results
    where = at_values(results, analysis.reference, results.varied)
    nearest = "the nearest to the defaults" if results.points > 1 else "the only one"
    return f"Point {analysis.reference}, {nearest}" + (f": {where}." if where else ".")


def held_text(analysis: Analysis, free: Sequence[str]) -> str:
    """The values at which the varied factors are held, but for the free ones; empty where there are none."""
    held = [name for name in analysis.results.varied if name not in free]
    return at_values(analysis.results, analysis.reference, held)


def held_line(analysis: Analysis, free: Sequence[str]) -> str:
    """The same as a sentence of a caption."""
    held = held_text(analysis, free)
    return f"Held: {held}." if held else ""


def rounded(value: float, digits: int = LEAST_DIGITS, *, sign: bool = False) -> str:
    """A number as text, without a minus before zero; with `sign` a plus where it is positive."""
    shown = round(value, digits) + 0.0
    return f"{shown:+.{digits}f}" if sign and shown else f"{shown:.{digits}f}"


def with_interval(found: Interval, unit: str = "", *, sign: bool = False) -> str:
    """As in "0.21 (95 % interval 0.19 to 0.24)"; two decimals, more where the interval is narrow."""
    if found.low < found.high:
        fine = math.ceil(-math.log10((found.high - found.low) / 2)) + 1
        digits = min(max(LEAST_DIGITS, fine), MOST_DIGITS)
        low, high = (rounded(end, digits, sign=sign) for end in (found.low, found.high))
        return f"{rounded(found.value, digits, sign=sign)}{unit} (95 % interval {low} to {high})"
    if found.low == found.high or found.method == EXACT:
        return f"{rounded(found.value, EXACT_DIGITS, sign=sign)}{unit} (exact)"
    return f"{rounded(found.value, LEAST_DIGITS, sign=sign)}{unit} (too few runs for an interval)"


def of_size(found: Interval) -> Interval:
    """The same number without its sign."""
    if found.value >= 0:
        return found
    return Interval(-found.value, -found.high, -found.low, found.method, found.runs)


def higher_or_lower(change: Interval, what: str, unit: str = "") -> str:
    """As in "Korea's mean payoff is 0.3 bn lower (95 % interval ...)", or that there is no clear difference."""
    if not change.clear:
        return f"there is no clear difference in {what} (change {with_interval(change, unit, sign=True)})"
    size, _, rest = with_interval(of_size(change), unit).partition(" (")
    return f"{what} is {size} {'higher' if change.value > 0 else 'lower'} ({rest}"


def signed_change(change: Interval, what: str, unit: str = "") -> str:
    """As in "raises the surplus by 2.1 bn (95 % interval ...)" or "makes no clear difference to ...\""""
    if not change.defined:
        return f"cannot be compared for {what} (no run is in both points)"
    if not change.clear:
        return f"makes no clear difference to {what} (change {with_interval(change, unit, sign=True)})"
    return f"{'raises' if change.value > 0 else 'lowers'} {what} by {with_interval(of_size(change), unit)}"
