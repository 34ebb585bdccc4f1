"""The measures against every history of tiny games, without the recursions and the tables they are made with."""

import numpy as np
import pytest

from experiments.measures.dates import payoff_by_date
from experiments.measures.first_mover import first_mover_advantage, rank_when_last
from experiments.measures.waiting import option_value, price_of_waiting
from experiments.measures.welfare import hegemon_surplus, planner_loss
from tests.tools.every_history import Leaf, World

BOUND = {"KOR.date": 3, "delay_cost": 0.2}  # Korea's limits change within the window
WORLDS = {
    "three": ("KOR JPN AUS", {"window_days": 5, "sector_news_rate": 0.2}, {}),
    "extended": (
        "KOR JPN",
        BOUND | {"window_days": 4, "extension_probability": 0.4, "extension_days": 3, "sector_news_rate": 0.1},
        {},
    ),
    "weeks": (
        "KOR VNM",
        BOUND | {"KOR.date": 7, "window_days": 10, "meetings_per_week": 3, "headline_value": 0.08, "rebuff_cost": 0.05,
                 "precedent_accuracy": 0.9, "deal_horizon": 0.4, "early_effect": 0.7, "tariff_taste": 0.2,
                 "ratification_slope": 12},
        {},
    ),
    "mixed": ("KOR JPN IND", {"window_days": 5, "prior_firm": 0.3, "headline_value": -0.05}, {"JPN": "bandwagon"}),
}  # fmt: skip


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return World(*WORLDS[request.param])


def close(found: float | None, expected: float) -> None:
    assert found == pytest.approx(expected, abs=1e-10)


def mean(world: World, country: int, leaves: list[Leaf]) -> float:
    """Expected payoff; the leaves are all there are."""
    assert sum(leaf.chance.sum() for leaf in leaves) == pytest.approx(1, abs=1e-12)
    return sum(world.payoff(country, leaf) for leaf in leaves)


def mean_where_signed(world: World, country: int, leaves: list[Leaf]) -> float:
    signed = [leaf for leaf in leaves if country in leaf.deals]
    return sum(world.payoff(country, leaf) for leaf in signed) / sum(leaf.chance.sum() for leaf in signed)


def test_first_last_and_held(world):
    for i in range(world.n):
        found, first = first_mover_advantage(world.study, i), world.at(i, 0)
        if not any(i in leaf.deals for leaf in first):
            assert not found["causal"].defined and not found["causal_held"].defined
            continue
        close(found["causal"].value, mean(world, i, first) - mean(world, i, world.last(i)))
        world.held = i
        try:
            close(found["causal_held"].value, mean(world, i, world.at(i, 0)) - mean(world, i, world.last(i)))
        finally:
            world.held = None


def test_naive_slope_on_the_rank_when_last(world):
    histories = list(world.leaves())
    for i in range(world.n):
        signed = [(leaf.chance.sum(), leaf.deals[i].rank) for leaf in world.last(i) if i in leaf.deals]
        if not signed:
            assert first_mover_advantage(world.study, i)["naive"].defined is False
            continue
        rank = sum(p * k for p, k in signed) / sum(p for p, _ in signed)
        close(rank_when_last(world.study, i), rank)
        points = [
            (p, leaf.deals[i].rank, payoff)
            for leaf in histories if i in leaf.deals
            for p, payoff in zip(leaf.chance, leaf.deals[i].payoff[int(leaf.extended)], strict=True)
        ]  # fmt: skip
        p, x, y = np.array(points).T
        slope = np.polyfit(x, y, 1, w=np.sqrt(p))[0]
        close(first_mover_advantage(world.study, i)["naive"].value, (1 - rank) * slope)


def test_waiting(world):
    for i in range(world.n):
        no_deal = np.array([1 - world.prior, world.prior]) @ (
            (1 - world.x) * world.no_deal(i, False) + world.x * world.no_deal(i, True)
        )
        close(option_value(world.study, i)["total"].value, mean(world, i, world.waits(i)) - no_deal)
        for row in payoff_by_date(world.study, i):
            if row["payoff_share"] is not None:
                close(row["payoff_share"], mean_where_signed(world, i, world.at(i, row["meeting"])))


@pytest.mark.parametrize("closed", [{}, {"KOR.floor_after": 1.0, "extension_probability": 0.5, "extension_days": 3}])
def test_price_of_a_week(closed):
    """Also where Korea cannot sign a week later, and has no deal, without or with the extension."""
    ids, overrides, mix = WORLDS["weeks"]
    world = World(ids, overrides | closed, mix)
    for i in range(world.n):
        found = price_of_waiting(world.study, i)["week"].value
        close(found, mean(world, i, world.at(i, 0)) - mean(world, i, world.at(i, 3)))


def test_surplus_and_planner(world):
    histories = list(world.leaves())
    surplus = sum(
        float(leaf.chance @ deal.surplus[int(leaf.extended)]) for leaf in histories for deal in leaf.deals.values()
    )
    close(hegemon_surplus(world.study)["mean"].value, surplus)
    payoffs = sum(world.payoff(i, leaf) * world.terms.stakes[i] for leaf in histories for i in range(world.n))
    lost = planner_loss(world.study)
    close(lost["countries"].value, world.planner(hegemon=False) - payoffs)
    close(lost["joint"].value, world.planner(hegemon=True) - payoffs - surplus)
