"""Sentences that a sample supports: which of its factors move an outcome most, and what a strategy changes over it."""

import numpy as np

from experiments.analysis.aggregate import Analysis
from experiments.analysis.bins import EARLY, PAYOFF_BN, SURPLUS, Binned, Key, paired_points
from experiments.analysis.contrasts import base_of
from experiments.analysis.interval import Interval
from experiments.analysis.statistics import chance_told
from experiments.analysis.summaries import SIGNED
from experiments.analysis.wording import BN_A_YEAR, at_values, higher_or_lower, plain_name, signed_change, with_interval
from experiments.tables.schema import WORLD


def effects(analysis: Analysis, key: Key) -> dict[str, Interval]:
    """From the lowest to the highest bin of each sampled number: the change, where both have points."""
    binned, results = binned_of(analysis), analysis.results
    found = {name: binned.end_change(name, key) for name in results.sampled if name not in results.labels}
    return {name: change for name, change in found.items() if change.defined}


def binned_of(analysis: Analysis) -> Binned:
    """What a sample has."""
    assert analysis.binned is not None
    return analysis.binned


def by_size(found: dict[str, Interval]) -> list[str]:
    """The factors, the one that changes most first; a change that is not clear comes after all that are."""
    return sorted(found, key=lambda name: (not found[name].clear, -abs(found[name].value)))


def of_points(found: Interval, unit: str) -> str:
    """A change between bins as text."""
    return with_interval(found, unit, sign=True).replace("too few runs", "too few points")


def ends_text(binned: Binned, factor: str) -> str:
    """Between which ends, as in "from the lowest to the highest tenth of its range"."""
    bins = binned.bins[factor]
    if bins.by_value:
        return f"from {bins.middle[0]:.3g} to {bins.middle[-1]:.3g}"
    return f"from the lowest to the highest tenth of its range ({bins.low[0]:.3g} to {bins.high[-1]:.3g})"


def moves_most(analysis: Analysis, key: Key, what: str, unit: str = "") -> str:
    """Which of the sampled factors moves an outcome most, and which least."""
    found, where = effects(analysis, key), at_grid(analysis)
    if not found:
        return f"The sample has too few points to say what moves {what}{where}."
    most, *rest = by_size(found)
    change, ends = found[most], ends_text(binned_of(analysis), most)
    if not change.clear:
        which = f"None of {len(found)} sampled factors clearly moves {what}{where}; the most does {plain_name(most)}"
        alone = f"{plain_name(most).capitalize()}, the one sampled factor, does not clearly move {what}{where}"
        return f"{which if rest else alone}: {ends} by {of_points(change, unit)}."
    which = f"Of {len(found)} sampled factors {plain_name(most)} moves {what} most{where}"
    alone = f"{plain_name(most).capitalize()}, the one sampled factor, moves {what}{where}"
    text = f"{which if rest else alone}: {ends} it {signed_change(change, 'it', unit)}"
    least = f"; {plain_name(rest[-1])} does least ({of_points(found[rest[-1]], unit)})" if rest else ""
    return f"{text}{least}."


def at_grid(analysis: Analysis) -> str:
    """Where in the grid, with which the sample is crossed, a sentence is about."""
    held = at_values(analysis.results, analysis.reference, analysis.results.gridded)
    return f" ({held})" if held else ""


def sampled_timing_sentence(analysis: Analysis) -> str:
    """What moves the chance of an early deal; without rows, that of any."""
    key = (EARLY if (EARLY, WORLD) in binned_of(analysis).by_point else SIGNED, WORLD)
    return moves_most(analysis, key, f"the chance that a country {chance_told(analysis)}")


def sampled_left_sentence(analysis: Analysis) -> str:
    """What moves the countries' payoffs, and the hegemon's surplus where runs were saved."""
    text = moves_most(analysis, (PAYOFF_BN, WORLD), "the countries' payoffs taken together", BN_A_YEAR)
    if (SURPLUS, WORLD) not in binned_of(analysis).by_point:
        return text
    surplus = moves_most(analysis, (SURPLUS, WORLD), "the hegemon's surplus", BN_A_YEAR)
    return f"{text} {surplus}"


def sampled_change(analysis: Analysis, factor: str, iso3: str | None) -> str:
    """What a factor of the grid changes over the points of the sample: the payoff of the country whose strategy it is,
    else of all countries together. Of a number its ends, of a category the strategy that changes most."""
    results, values = analysis.results, np.unique(analysis.results.factors[factor])
    base = base_of(analysis, factor) if factor in results.labels else float(values[0])
    others = [float(value) for value in values if value != base]
    key = (PAYOFF_BN, WORLD if iso3 is None else iso3)
    found = {value: paired_points(results, binned_of(analysis), factor, value, base, key) for value in others}
    named = factor in results.labels
    value = max(found, key=lambda one: abs(found[one].value) if found[one].defined else -1.0) if named else others[-1]
    whose = "the sum of the countries' mean payoffs"
    what = whose if iso3 is None else f"the mean payoff of {results.country_name(iso3)}"
    there, before = (results.value_text(factor, one) for one in (value, base))
    told = higher_or_lower(found[value], what, BN_A_YEAR)
    return (
        f"With {plain_name(factor)} {there} instead of {before} {told}, over {found[value].runs} points of the sample, "
        "met with both."
    )
