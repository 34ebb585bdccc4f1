"""Three sentences that the data of a sweep support: on timing, on what is left, and on moving first.

Every number comes with its 95 % interval; where that holds zero the sentence says "no clear difference". Differences
between points are paired by run.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.analysis.aggregate import EARLY_DAYS, Analysis
from experiments.analysis.interval import Z, paired_difference, share_interval
from experiments.analysis.measured import Measured, measured_at
from experiments.figures.hegemon import totals
from experiments.figures.measures import along
from experiments.figures.ranks import naive
from experiments.figures.sheet import at_values, plain_name
from experiments.tables.schema import BN, WORLD

CERTAIN = 1e-9  # an exact number beyond this differs from zero


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error (0 where it is exact, NaN where it is not known)."""

    value: float
    error: float

    @property
    def low(self) -> float:
        return self.value - Z * self.error

    @property
    def high(self) -> float:
        return self.value + Z * self.error

    @property
    def clear(self) -> bool:
        """Whether zero is outside its interval."""
        return bool(abs(self.value) > CERTAIN and (self.low > 0 or self.high < 0))

    def text(self, unit: str = "", *, sign: bool = False) -> str:
        """As in "0.21 (95 % interval 0.19 to 0.24)"; two decimals, more where the interval is narrow."""
        shown = number(self.value, self.digits, sign) + unit
        if not math.isfinite(self.error):
            return f"{shown} (too few runs for an interval)"
        if self.error == 0:
            return f"{shown} (exact)"
        low, high = (number(end, self.digits, sign) for end in (self.low, self.high))
        return f"{shown} (95 % interval {low} to {high})"

    @property
    def digits(self) -> int:
        half = Z * self.error
        if half == 0:
            return 3
        return 2 if not math.isfinite(half) else min(max(2, math.ceil(-math.log10(half)) + 1), 5)


def number(value: float, digits: int, sign: bool = False) -> str:
    """Rounded, without a minus before zero."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:+.{digits}f}" if sign and rounded else f"{rounded:.{digits}f}"


def three_sentences(analysis: Analysis) -> list[str]:
    """Timing, what is left, moving first."""
    return [timing_sentence(analysis), left_sentence(analysis), first_sentence(analysis)]


def ends(analysis: Analysis, factor: str) -> tuple[int, int, str]:
    """The points at the lowest and highest value of a factor, and "raising x from a to b" with what is held."""
    results = analysis.results
    line = analysis.line(factor)
    low, high = int(line[0]), int(line[-1])
    values = results.factors[factor]
    held = at_values(results, analysis.reference, [name for name in results.varied if name != factor])
    text = f"Raising {plain_name(factor)} from {values[low]:g} to {values[high]:g}" + (f" ({held})" if held else "")
    return low, high, text


def signed_change(estimate: Estimate, what: str, unit: str = "") -> str:
    """As in "raises the surplus by 2.1 bn (95 % interval ...)" or "makes no clear difference to ...\""""
    if not math.isfinite(estimate.value):
        return f"cannot be compared for {what} (no run is in both points)"
    if not estimate.clear:
        return f"makes no clear difference to {what} (change {estimate.text(unit, sign=True)})"
    verb = "raises" if estimate.value > 0 else "lowers"
    return f"{verb} {what} by {Estimate(abs(estimate.value), estimate.error).text(unit)}"


def timing_sentence(analysis: Analysis) -> str:
    """The chance of a deal in the first 18 days along the first varied factor; at a point, the chance itself."""
    results = analysis.results
    if not results.varied:
        return timing_at_a_point(analysis)
    low, high, raising = ends(analysis, results.varied[0])
    early = {point: analysis.kept[point].early for point in (low, high)}
    value, error, _ = paired_difference(early[high].mean(axis=1), early[low].mean(axis=1))
    what = f"the chance that a country signs in the first {EARLY_DAYS} days"
    text = f"{raising} {signed_change(Estimate(value, error), what)}"
    if len(results.countries) > 1 and math.isfinite(value):
        by_country = [paired_difference(early[high][:, c], early[low][:, c])[0] for c in range(len(results.countries))]
        most, least = int(np.argmax(by_country)), int(np.argmin(by_country))
        text += (
            f"; by country from {number(by_country[least], 2, True)} ({results.country_names[least]}) "
            f"to {number(by_country[most], 2, True)} ({results.country_names[most]})"
        )
    return text + "."


def timing_at_a_point(analysis: Analysis) -> str:
    """Which country is likeliest, and which least likely, to sign early."""
    early = analysis.means["early"]
    names, share, runs = analysis.results.country_names, early.mean[0], early.count[0]
    low, high = share_interval(share * runs, runs)

    def one(c: int) -> str:
        return f"{names[c]} {share[c]:.2f} (95 % interval {low[c]:.2f} to {high[c]:.2f})"

    most, least = int(np.nanargmax(share)), int(np.nanargmin(share))
    others = f"; the least likely is {one(least)}" if low[most] > high[least] else "; no clear difference to the others"
    likeliest = f"The likeliest to sign in the first {EARLY_DAYS} days is {one(most)}"
    return likeliest + (others if len(names) > 1 else "") + "."


def left_sentence(analysis: Analysis) -> str:
    """What is left: cost of domestic constraint or planner's loss where measured, else payoffs along a factor."""
    cost = measured_at(analysis, "constraint_cost", "total", BN)
    if cost:
        return constraint_sentence(analysis, cost)
    planner = analysis.results.varied and planner_sentence(analysis)
    if planner:
        return planner
    if not analysis.results.varied:
        return left_at_a_point(analysis)
    low, high, raising = ends(analysis, analysis.results.varied[:2][-1])
    treated, control = totals(analysis, high), totals(analysis, low)
    change = {party: Estimate(*paired_difference(treated[party], control[party])[:2]) for party in control}
    countries = signed_change(change["countries"], "the countries' payoffs taken together", " bn a year")
    hegemon = signed_change(change["hegemon"], "the hegemon's surplus", " bn a year")
    return f"{raising} {countries} and {hegemon}."


def planner_sentence(analysis: Analysis) -> str:
    """Where along the first varied factor the game comes closest to a planner of all; empty if not measured."""
    factor = analysis.results.varied[0]
    at, items = along(analysis, factor, "planner_loss", "joint", BN, WORLD)
    if len(items) < 2:
        return ""
    best = min(range(len(items)), key=lambda i: items[i].value)
    ends_of_line = [i for i in (0, len(items) - 1) if i != best]
    others = " and ".join(f"{loss_with_interval(items[i])} at {at[i]:g}" for i in ends_of_line)
    text = (
        f"The game comes closest to a planner of all at {plain_name(factor)} {at[best]:g}, where the loss is "
        f"{loss_with_interval(items[best])}, against {others}"
    )
    # NaN where a number is exact: then nothing overlaps.
    unclear = [f"{at[i]:g}" for i in ends_of_line if items[i].low <= items[best].high]
    return text + (f" (no clear difference to {' and '.join(unclear)})." if unclear else ".")


def loss_with_interval(item: Measured) -> str:
    """A measured loss in bn with the interval that it has."""
    interval = f" (95 % interval {item.low:.2f} to {item.high:.2f})" if math.isfinite(item.low) else ""
    return f"{number(item.value, 2)} bn a year{interval}"


def left_at_a_point(analysis: Analysis) -> str:
    """Means of both sides."""
    parts = {}
    for party, values in totals(analysis, analysis.reference).items():
        given = values[~np.isnan(values)]
        error = float(given.std(ddof=1) / np.sqrt(len(given))) if len(given) > 1 else math.nan
        parts[party] = Estimate(float(given.mean()), error)
    return (
        f"The countries together gain {parts['countries'].text(' bn a year')} against the executed threat, "
        f"the hegemon {parts['hegemon'].text(' bn a year')}."
    )


def constraint_sentence(analysis: Analysis, cost: Sequence[Measured]) -> str:
    """Whom its own domestic limits cost most, and whom they help; the range is that of the judgement inputs."""
    if len(cost) == 1:
        (only,) = cost
        name = analysis.results.country_name(only.country)
        whose = f"{name}'s own domestic constraint"
        if only.value > CERTAIN:
            return f"{whose} costs it {bn_with_range(only)}."
        verb = "helps" if only.value < -CERTAIN else "neither costs nor helps"
        return f"{whose} {verb} it: its cost is {bn_with_range(only)}."
    most = max(cost, key=lambda item: item.value)
    helped = [item for item in cost if item.value < -CERTAIN]
    text = (
        f"A country's own domestic constraint costs {analysis.results.country_name(most.country)} most, "
        f"{bn_with_range(most)}"
    )
    if not helped:
        return f"{text}, and helps no country."
    least = min(helped, key=lambda item: item.value)
    name = analysis.results.country_name(least.country)
    return f"{text}; it helps {len(helped)} of {len(cost)}, {name} most ({bn_with_range(least)})."


def bn_with_range(item: Measured) -> str:
    """A measured number in bn with the range that it has."""
    ends_ = f" (range of the judgement inputs {number(item.low, 2)} to {number(item.high, 2)})"
    return f"{number(item.value, 2)} bn a year" + (ends_ if math.isfinite(item.low) else "")


def first_sentence(analysis: Analysis) -> str:
    """What moving first is worth: causal beside naive where measured, else the naive slope with its warning."""
    causal = {item.country: item for item in measured_at(analysis, "first_mover_advantage", "causal")}
    results = analysis.results
    lines = {iso3: naive(analysis, c) for c, iso3 in enumerate(results.countries)}
    slopes = {
        iso3: Estimate(line.advantage, line.error * (line.ranks - 1))
        for iso3, line in lines.items()
        if math.isfinite(line.slope)
    }
    if causal:
        measured = measured_at(analysis, "first_mover_advantage", "naive")
        return causal_sentence(analysis, causal, {**slopes, **{item.country: as_estimate(item) for item in measured}})
    if not slopes:
        return "Too few deals at the reference point to say what moving first goes with."
    first = next(iter(slopes))
    up = sum(estimate.clear and estimate.value > 0 for estimate in slopes.values())
    down = sum(estimate.clear and estimate.value < 0 for estimate in slopes.values())
    return (
        f"Signing first rather than last goes with a higher payoff in {up} of {len(slopes)} countries and a lower one "
        f"in {down}, no clear difference in the rest ({results.country_name(first)}: "
        f"{slopes[first].text(' of stakes', sign=True)}); this is the naive slope, which is not an effect of the rank, "
        "and the causal effect was not measured here."
    )


def causal_sentence(analysis: Analysis, causal: dict[str, Measured], slopes: dict[str, Estimate]) -> str:
    """The causal advantage of the first country of the case, and where the naive slope has the wrong sign."""
    effects = {iso3: as_estimate(item) for iso3, item in causal.items()}
    first = next(iter(effects))
    name = analysis.results.country_name(first)
    compared = [iso3 for iso3 in effects if iso3 in slopes and effects[iso3].clear and slopes[iso3].clear]
    wrong = [iso3 for iso3 in compared if effects[iso3].value * slopes[iso3].value < 0]
    if effects[first].clear:
        size = Estimate(abs(effects[first].value), effects[first].error).text(" of stakes")
        worth = f"is worth {size} to {name}" if effects[first].value > 0 else f"costs {name} {size}"
    else:
        worth = f"makes no clear difference to {name} ({effects[first].text(' of stakes')})"
    text = f"Being made to sign first rather than last {worth}"
    if first in slopes:
        text += f", where the naive slope says {slopes[first].text(sign=True)}"
    if len(effects) == 1:
        signs = "of the wrong sign" if wrong else "of the right sign" if compared else "one of the two is not clear"
        return f"{text}: {signs}."
    if not compared:
        return f"{text}; in no country are both clear, so their signs cannot be compared."
    which = f" ({', '.join(wrong[:6])}{', ...' if len(wrong) > 6 else ''})" if wrong else ""
    return f"{text}; of {len(compared)} countries where both are clear, the naive sign is wrong in {len(wrong)}{which}."


def as_estimate(item: Measured) -> Estimate:
    """A measured number with the standard error that its interval implies; 0 where it is exact."""
    return Estimate(item.value, (item.high - item.low) / (2 * Z) if math.isfinite(item.low) else 0.0)
