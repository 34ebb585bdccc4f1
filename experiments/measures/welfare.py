"""What the hegemon gains, and what is lost against a planner. bn USD a year.

hegemon surplus  E[sum over deals of terms + headline - no deal]
planner loss     of the countries: the planner's expected sum of their payoffs less theirs. joint: the same with the
                 hegemon's surplus counted too (its headline value included). Never negative; part of it is the noise
                 and inertia of choice, so read it as a function of a parameter
"""

import numpy as np

from experiments.analysis.interval import UNDEFINED, Interval
from experiments.measures.study import Study, estimate, no_table
from model.planner import expected_hegemon_gain, planner_value
from model.terms import NOTHING_AT_STAKE

MEAN, COUNTRIES, JOINT = "mean", "countries", "joint"


def hegemon_surplus(study: Study) -> dict[str, Interval]:
    """The hegemon's expected surplus over no deal."""
    if study.is_exact:
        return {MEAN: Interval(study.exact.surplus_mean)}
    return {MEAN: estimate(study.outcomes.hegemon_surplus_bn)}


def planner_loss(study: Study) -> dict[str, Interval]:
    """Loss against the planner, of the countries and of all; undefined beyond the exact solver's size."""
    if study.looks_forward:
        return no_table((COUNTRIES, JOINT))
    if not study.is_exact:
        return dict.fromkeys((COUNTRIES, JOINT), UNDEFINED)
    prepared, game = study.prepared, study.prepared.game
    stakes = prepared.terms.stakes
    signing = np.where(game.sign > -np.inf, game.sign * np.maximum(stakes, NOTHING_AT_STAKE)[:, None], -np.inf)
    no_deal = game.no_deal * stakes[None, :, None]
    hegemon = expected_hegemon_gain(game)
    payoffs = float(study.payoff_rows[0] @ stakes)
    countries = planner_value(game, signing, no_deal, prepared.policy) - payoffs
    joint = planner_value(game, signing + hegemon, no_deal, prepared.policy) - payoffs - study.exact.surplus_mean
    return {COUNTRIES: Interval(countries), JOINT: Interval(joint)}
