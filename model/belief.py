"""What the public believes about the hegemon, and which package a country tables under that belief.

Two types, firm and soft. After h harsh of n precedents, each right with probability a,
    log-odds(firm) = log-odds(prior) + (2h - n) log(a / (1 - a)),
so (n, h) is a sufficient statistic.
"""

import math

from model.compiled import compiled


@compiled
def belief_firm(prior: float, accuracy: float, signed: int, harsh: int) -> float:
    """Posterior probability that the hegemon is firm.

    prior in [0,1], accuracy in [1/2,1], 0 <= harsh <= signed. Priors 0 and 1 never move. At accuracy 1 this is the
    limit: the majority of precedents decides, and contradictory evidence (impossible there) leaves the prior.
    """
    if prior <= 0.0 or prior >= 1.0:
        return min(max(prior, 0.0), 1.0)
    excess = 2 * harsh - signed
    if excess == 0 or accuracy == 0.5:
        return prior
    if accuracy >= 1.0:
        return 1.0 if excess > 0 else 0.0
    log_odds = math.log(prior) - math.log1p(-prior) + excess * (math.log(accuracy) - math.log1p(-accuracy))
    if log_odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1.0 + odds)


@compiled
def harsh_probability(belief: float, accuracy: float) -> float:
    """Predictive probability that the next precedent is harsh: b a + (1 - b)(1 - a)."""
    return belief * accuracy + (1.0 - belief) * (1.0 - accuracy)


@compiled
def lean_value(r_lean: float, r_full: float, rebuff_cost: float, belief: float) -> float:
    """Expected worth of tabling the lean package: (1 - b) r_S + b (r_F - rebuff_cost), in shares of stakes.

    `r_lean` is NaN where a soft hegemon leaves no zone of agreement; then so is the result.
    """
    return (1.0 - belief) * r_lean + belief * (r_full - rebuff_cost)


@compiled
def tables_lean(r_lean: float, r_full: float, rebuff_cost: float, belief: float) -> bool:
    """Whether the lean package is worth strictly more than the full one (never, where it is NaN)."""
    return lean_value(r_lean, r_full, rebuff_cost, belief) > r_full


@compiled
def package_value(r_lean: float, r_full: float, rebuff_cost: float, belief: float) -> float:
    """M(b) = max{ r_F, (1 - b) r_S + b (r_F - rebuff_cost) }: what a signature is worth before delay and cost.

    Its kink is what makes learning worth something. NaN where the full package has no zone of agreement.
    """
    if tables_lean(r_lean, r_full, rebuff_cost, belief):
        return lean_value(r_lean, r_full, rebuff_cost, belief)
    return r_full
