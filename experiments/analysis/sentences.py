"""Sentences that the data of a sweep support: on timing, on what is left, on moving first, and on its strategies.

Every number comes with its 95 % interval; where that holds zero the sentence says "no clear difference". Differences
between points are paired by run where rows were saved.
"""

from collections.abc import Sequence

import numpy as np

from experiments.analysis.aggregate import Analysis
from experiments.analysis.contrasts import Contrast, contrasts
from experiments.analysis.interval import CERTAIN, Interval
from experiments.analysis.measured import CAUSAL, FIRST_MOVER, NAIVE, MeasureRow, measured_along, measured_at
from experiments.analysis.sample_sentences import (
    sampled_change,
    sampled_left_sentence,
    sampled_timing_sentence,
)
from experiments.analysis.statistics import (
    COUNTRIES,
    HEGEMON,
    chance_change,
    chance_told,
    early_deals,
    mean_totals,
    naive_slope,
    payoff_changes,
    total_changes,
)
from experiments.analysis.wording import (
    BN_A_YEAR,
    higher_or_lower,
    of_size,
    plain_name,
    rounded,
    signed_change,
    with_interval,
)
from experiments.tables.schema import BN, WORLD

OF_STAKES = " of stakes"
MOST_CATEGORIES = 3  # that get a sentence each
UNPAIRED = "Rows were not saved, so runs cannot be paired: intervals of these changes are at most so wide."


def three_sentences(analysis: Analysis) -> list[str]:
    """Timing, what is left, moving first; one for each category, and in a sample for each factor of the grid; one on
    intervals where rows were not saved."""
    results = analysis.results
    sentences = [timing_sentence(analysis), left_sentence(analysis), first_sentence(analysis)]
    told = [name for name in results.gridded if name in results.labels or results.sampled]
    sentences += [strategy_sentence(analysis, name) for name in told[:MOST_CATEGORIES]]
    unpaired = results.gridded and not results.sampled and not results.has_countries
    return [*sentences, *([UNPAIRED] if unpaired else [])]


def told_contrasts(analysis: Analysis, factor: str) -> list[Contrast]:
    """The contrasts of a factor; where one varies at a time, those of all, of which the largest is told."""
    results = analysis.results
    factors = (factor,) if results.centre is None else results.gridded
    return [contrast for name in factors for contrast in contrasts(analysis, name)]


def clearest(found: Sequence[tuple[Contrast, Interval]]) -> int:
    """Which of several contrasts changes most."""
    return int(np.argmax([abs(change.value) if change.defined else -1.0 for _, change in found]))


def timing_sentence(analysis: Analysis) -> str:
    """The chance of an early deal along the first varied factor; at a point, the chance itself."""
    results = analysis.results
    if not results.varied:
        return timing_at_a_point(analysis)
    if results.sampled:
        return sampled_timing_sentence(analysis)
    compared = told_contrasts(analysis, results.varied[0])
    found = [(one, *chance_change(analysis, one.point, one.base)) for one in compared]
    contrast, change, by_country = found[clearest([(one, change) for one, change, _ in found])]
    text = f"{contrast.subject} {signed_change(change, f'the chance that a country {chance_told(analysis)}')}"
    most, least = int(np.argmax(by_country)), int(np.argmin(by_country))
    if change.defined and by_country[most] > by_country[least]:
        text += (
            f"; by country from {rounded(by_country[least], sign=True)} ({results.country_names[least]}) "
            f"to {rounded(by_country[most], sign=True)} ({results.country_names[most]})"
        )
    return text + "."


def strategy_sentence(analysis: Analysis, factor: str) -> str:
    """What a strategy in the place of another brings the country that has it, or the country that it changes most."""
    results = analysis.results
    own = factor.partition(".")[0]
    if results.sampled:
        return sampled_change(analysis, factor, own if own in results.countries else None)
    found: list[tuple[Contrast, Interval]] = []
    names: list[str] = []
    for one in contrasts(analysis, factor):
        by_country = payoff_changes(analysis, one.point, one.base)
        sizes = [abs(change.value) if change.defined else -1.0 for change in by_country]
        c = results.countries.index(own) if own in results.countries else int(np.argmax(sizes))
        found.append((one, by_country[c]))
        names.append(results.country_names[c])
    chosen = clearest(found)
    contrast, change = found[chosen]
    how = ", paired by run" if analysis.kept else ""
    told = higher_or_lower(change, f"the mean payoff of {names[chosen]}", BN_A_YEAR)
    return f"With {contrast.strategies} {told}{how}."


def timing_at_a_point(analysis: Analysis) -> str:
    """Which country is likeliest, and which least likely, to sign early."""
    names, early = analysis.results.country_names, early_deals(analysis)[0]

    def one(c: int) -> str:
        return f"{names[c]} {early.value[c]:.2f} (95 % interval {early.low[c]:.2f} to {early.high[c]:.2f})"

    most, least = int(np.nanargmax(early.value)), int(np.nanargmin(early.value))
    apart = early.low[most] > early.high[least]
    others = f"; the least likely one is {one(least)}" if apart else "; no clear difference to the others"
    likeliest = f"The country that most likely {chance_told(analysis)} is {one(most)}"
    return likeliest + (others if len(names) > 1 else "") + "."


def left_sentence(analysis: Analysis) -> str:
    """What is left: cost of domestic constraint or planner's loss where measured, else payoffs along a factor."""
    cost = measured_at(analysis, "constraint_cost", "total", BN)
    if cost:
        return constraint_sentence(analysis, cost)
    varied = analysis.results.varied
    if not varied:
        return left_at_a_point(analysis)
    if analysis.results.sampled:
        return sampled_left_sentence(analysis)
    planner = "" if varied[0] in analysis.results.labels else planner_sentence(analysis)
    if planner:
        return planner
    compared = told_contrasts(analysis, varied[:2][-1])
    found = [(one, total_changes(analysis, one.point, one.base)) for one in compared]
    contrast, change = found[clearest([(one, both[COUNTRIES]) for one, both in found])]
    told = [signed_change(change[COUNTRIES], "the countries' payoffs taken together", BN_A_YEAR)]
    if HEGEMON in change:
        told.append(signed_change(change[HEGEMON], "the hegemon's surplus", BN_A_YEAR))
    return f"{contrast.subject} {' and '.join(told)}."


def planner_sentence(analysis: Analysis) -> str:
    """Where along the first varied factor the game comes closest to a planner of all; empty if not measured."""
    factor = analysis.results.varied[0]
    wanted = {"measure": "planner_loss", "part": "joint", "unit": BN, "country": WORLD}
    at, rows = measured_along(analysis, factor, wanted)
    if len(rows) < 2:
        return ""
    losses = [row.found for row in rows]
    best = min(range(len(losses)), key=lambda i: losses[i].value)
    ends_of_line = [i for i in (0, len(losses) - 1) if i != best]
    others = " and ".join(f"{loss_with_interval(losses[i])} at {at[i]:g}" for i in ends_of_line)
    text = (
        f"The game comes closest to a planner of all at {plain_name(factor)} {at[best]:g}, where the loss is "
        f"{loss_with_interval(losses[best])}, against {others}"
    )
    # NaN where a number is exact: then nothing overlaps.
    unclear = [f"{at[i]:g}" for i in ends_of_line if losses[i].low <= losses[best].high]
    return text + (f" (no clear difference to {' and '.join(unclear)})." if unclear else ".")


def loss_with_interval(loss: Interval) -> str:
    """A measured loss in bn with the interval that it has."""
    interval = f" (95 % interval {loss.low:.2f} to {loss.high:.2f})" if loss.bounded else ""
    return f"{rounded(loss.value)}{BN_A_YEAR}{interval}"


def left_at_a_point(analysis: Analysis) -> str:
    """Means of both sides."""
    mean = mean_totals(analysis, analysis.reference)
    hegemon = f", the hegemon {with_interval(mean[HEGEMON], BN_A_YEAR)}" if HEGEMON in mean else ""
    return (
        f"The countries together gain {with_interval(mean[COUNTRIES], BN_A_YEAR)} against the executed threat{hegemon}."
    )


def constraint_sentence(analysis: Analysis, cost: Sequence[MeasureRow]) -> str:
    """Whom its domestic limits cost most, and whom they help; the range is that of the judgement inputs."""
    if len(cost) == 1:
        (only,) = cost
        whose = f"{analysis.results.country_name(only.country)}'s own domestic constraint"
        if only.found.value > CERTAIN:
            return f"{whose} costs it {bn_with_range(only.found)}."
        verb = "helps" if only.found.value < -CERTAIN else "neither costs nor helps"
        return f"{whose} {verb} it: its cost is {bn_with_range(only.found)}."
    most = max(cost, key=lambda row: row.found.value)
    helped = [row for row in cost if row.found.value < -CERTAIN]
    text = (
        f"A country's own domestic constraint costs {analysis.results.country_name(most.country)} most, "
        f"{bn_with_range(most.found)}"
    )
    if not helped:
        return f"{text}, and helps no country."
    least = min(helped, key=lambda row: row.found.value)
    name = analysis.results.country_name(least.country)
    return f"{text}; it helps {len(helped)} of {len(cost)}, {name} most ({bn_with_range(least.found)})."


def bn_with_range(cost: Interval) -> str:
    """A measured number in bn with the range that it has."""
    text = f" (range of the judgement inputs {rounded(cost.low)} to {rounded(cost.high)})" if cost.bounded else ""
    return f"{rounded(cost.value)}{BN_A_YEAR}{text}"


def first_sentence(analysis: Analysis) -> str:
    """What moving first is worth: the causal advantage beside the naive one where they were measured, else the naive
    slope with its warning."""
    causal, naive = (
        {row.country: row.found for row in measured_at(analysis, FIRST_MOVER, part)} for part in (CAUSAL, NAIVE)
    )
    if causal:
        return causal_sentence(analysis, causal, naive)
    if not analysis.near:
        return "No point of the sample lies near to the defaults, so what moving first goes with is not told at one."
    return (
        slope_sentence(analysis)
        if analysis.kept
        else (
            "What moving first goes with cannot be told: rows were not saved, and the causal effect was not measured."
        )
    )


def slope_sentence(analysis: Analysis) -> str:
    """In how many countries payoffs rise or fall with the realised rank."""
    results = analysis.results
    slopes = {iso3: naive_slope(analysis, c) for c, iso3 in enumerate(results.countries)}
    slopes = {iso3: slope for iso3, slope in slopes.items() if slope.defined}
    if not slopes:
        return "Too few deals at the reference point to say what moving first goes with."
    first = next(iter(slopes))
    down = sum(slope.clear and slope.value < 0 for slope in slopes.values())
    up = sum(slope.clear and slope.value > 0 for slope in slopes.values())
    return (
        f"Each rank later goes with a lower payoff in {down} of {len(slopes)} countries and a higher one in {up}, no "
        f"clear difference in the rest ({results.country_name(first)}: "
        f"{with_interval(slopes[first], f'{OF_STAKES} a rank', sign=True)}); this is the naive slope, which is not an "
        "effect of the rank, and the causal effect was not measured here."
    )


def causal_sentence(analysis: Analysis, causal: dict[str, Interval], naive: dict[str, Interval]) -> str:
    """The causal advantage of the first country of the case, and where the naive one has the wrong sign."""
    first = next(iter(causal))
    effect, name = causal[first], analysis.results.country_name(first)
    if effect.clear:
        size = with_interval(of_size(effect), OF_STAKES)
        worth = f"is worth {size} to {name}" if effect.value > 0 else f"costs {name} {size}"
    else:
        worth = f"makes no clear difference to {name} ({with_interval(effect, OF_STAKES)})"
    text = f"Being made to sign first rather than last {worth}"
    if first in naive:
        text += f", where the naive regression says {with_interval(naive[first], sign=True)}"
    compared = [iso3 for iso3 in causal if iso3 in naive and causal[iso3].clear and naive[iso3].clear]
    wrong = [iso3 for iso3 in compared if causal[iso3].value * naive[iso3].value < 0]
    if len(causal) == 1:
        signs = "of the wrong sign" if wrong else "of the right sign" if compared else "one of the two is not clear"
        return f"{text}: {signs}."
    if not compared:
        return f"{text}; in no country are both clear, so their signs cannot be compared."
    which = f" ({', '.join(wrong[:6])}{', ...' if len(wrong) > 6 else ''})" if wrong else ""
    return f"{text}; of {len(compared)} countries where both are clear, the naive sign is wrong in {len(wrong)}{which}."
