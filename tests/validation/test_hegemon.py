"""A hegemon that plays: known answers, and every public history of tiny games."""

import dataclasses

import numpy as np
import pytest

from model.case_file import load_case
from model.hegemon import Asked, hegemon_values, solve_against
from model.setting import Setting, make_setting
from model.shadow import hegemon_there, package_there, pies, ratified_there, sign_there
from model.states import bit_count, set_state
from model.terms import make_terms
from model.timing import Game, raw_game, timing_game
from tests.tools.hegemon_by_history import CHOOSING, FORWARD, HegemonWorld, divide_pies

SIX = load_case("six")


def setting_of(ids: str, overrides: dict[str, float]) -> Setting:
    case = dataclasses.replace(SIX, countries=tuple(SIX.country(iso3, "tests") for iso3 in ids.split()))
    return make_setting(case, overrides)


def game_of(setting: Setting) -> Game:
    return timing_game(setting, make_terms(setting))


# Pies: transferable utility, everybody signs when called


def divided(countries: int, meetings: int, increments: list[float], size: float = 0.0):
    """The raw game, its solution, and what a country gets that signs at a meeting as number n + 1."""
    shadow = pies(countries, size, meetings=meetings, headline=increments)
    certain = 1.0 - 2.0**-53
    game = raw_game(
        lambda *state: 0.0, lambda *state: 0.0, countries=countries, meetings=meetings, precision=0.0,
        base_rate=certain, shadow=shadow,
    )  # fmt: skip
    found = solve_against(game, looks_forward=True)

    def terms(country: int, meeting: int, signers: tuple[int, ...]) -> float:
        position = found.terms[meeting, found.state(country, sum(1 << i for i in signers))]
        return float(package_there(game.shadow, country, 0, 0, 0.0, position))

    return game, found, terms


@pytest.mark.parametrize(
    ("worth", "hegemon", "first", "second"),
    [((1.0, 1.5), 0.75, 0.5, 0.25), ((0.5, 1.5), 0.5625, 0.4375, 0.5), ((1.0, 2.0), 0.875, 0.625, 0.5)],
)
def test_row_28_two_countries_and_two_meetings(worth, hegemon, first, second) -> None:
    increments = [worth[0], worth[1] - worth[0]]
    _, found, terms = divided(2, 2, increments)
    assert found.hegemon == pytest.approx([hegemon] * 2, abs=1e-12)
    assert terms(0, 0, ()) == pytest.approx(first, abs=1e-12)
    assert terms(1, 1, (0,)) == pytest.approx(second, abs=1e-12)
    by_history, table = divide_pies(2, 2, increments)
    assert (by_history, table[0, 0], table[1, 1]) == pytest.approx((hegemon, first, second), abs=1e-12)


HALVING = [2.0 ** (-k / 2) for k in range(4)]
ADVANTAGE = {4: 0.2712, 5: 0.2326, 6: 0.1967, 8: 0.1353, 12: 0.0566, 20: 0.0075, 40: 0.0}


@pytest.mark.parametrize("meetings", ADVANTAGE)
def test_row_29_first_mover_advantage_is_a_scarcity_rent(meetings: int) -> None:
    _, found, terms = divided(4, meetings, HALVING)
    assert terms(0, 0, ()) - terms(3, 3, (0, 1, 2)) == pytest.approx(ADVANTAGE[meetings], abs=5e-5)
    worth, table = divide_pies(4, meetings, HALVING)
    assert found.hegemon == pytest.approx([worth] * 2, abs=1e-11)
    for rank in range(4):
        assert terms(rank, rank, tuple(range(rank))) == pytest.approx(table[rank, rank], abs=1e-11)
    if meetings == 4:
        assert worth == pytest.approx(1.3024, abs=5e-5)
    if meetings == 40:
        assert worth == pytest.approx(1.8535, abs=5e-5)
        assert terms(0, 0, ()) == pytest.approx(0.5 * HALVING[-1], abs=5e-5)  # half of the last increment


def test_row_30_linear_headlines_and_one_country() -> None:
    """No difference by rank where there is time; alone, terms do not depend on how many meetings there are."""
    _, _, terms = divided(3, 60, [0.4, 0.4, 0.4])
    ranks = [terms(rank, rank, tuple(range(rank))) for rank in range(3)]
    assert ranks == pytest.approx([ranks[0]] * 3, abs=1e-6)
    for meetings in (1, 2, 9, 60):
        _, _, alone = divided(1, meetings, [0.3], size=1.0)
        assert alone(0, 0, ()) == pytest.approx(0.65, abs=1e-12)


# Every public history

WORLDS = {
    "two": ("KOR JPN", {"window_days": 5, "sector_news_rate": 0.2, "KOR.date": 2}),
    "extended": (
        "KOR VNM",
        {"window_days": 3, "extension_probability": 0.4, "extension_days": 3, "sector_news_rate": 0.1, "KOR.date": 2,
         "delay_cost": 0.2, "headline_value": 0.05, "ratification_slope": 12, "deal_horizon": 0.4, "early_effect": 0.7},
    ),
    "three": ("GBR JPN AUS", {"window_days": 4, "sector_news_rate": 0.3, "prior_firm": 0.3, "hegemon_precision": 300}),
    "floors": (
        "IND KOR",
        {"window_days": 5, "IND.floor_before": 0.7, "KOR.floor_before": 0.5, "KOR.floor_after": 0.1, "KOR.date": 3,
         "precedent_accuracy": 0.9, "tariff_taste": 0.2, "bargaining_weight": 0.3, "sector_news_rate": 0.2},
    ),
    "scarce": ("GBR JPN KOR", {"window_days": 21, "meetings_per_week": 1, "headline_value": 0.08, "inertia": 0.9}),
    "rebuffed": (
        "JPN IND", {"window_days": 5, "rebuff_cost": 0.02, "hegemon_precision": 1000, "choice_precision": 10,
                    "prior_firm": 0.2},
    ),
}  # fmt: skip


def solved(world: HegemonWorld, game: Game):
    """The solver's answer for the same game; `myopic` countries by the rule said once more, on the states asked."""
    ids = world.setting.case.ids
    responds = np.array([iso3 not in world.myopic for iso3 in ids])

    def answer(i: int, m: int, asked: Asked) -> np.ndarray:
        out = np.zeros(len(asked.column))
        for k in np.flatnonzero(asked.sign > -np.inf):
            n, h = int(asked.signed[k]), int(asked.harsh[k])
            like = world.likelihood(tuple((-1, int(number < h)) for number in range(n)))
            against = world.no_deal(i, like[1] / like.sum(), m >= world.regular)
            out[k] = world.moves(i, n, float(asked.ratification[k] * (asked.sign[k] - against)))
        return out

    return solve_against(game, looks_forward=world.kind == FORWARD, responds=responds, answer=answer)


@pytest.mark.parametrize("myopic", [(), ("JPN",)], ids=["equilibrium", "mix"])
@pytest.mark.parametrize("kind", [FORWARD, CHOOSING])
@pytest.mark.parametrize("name", WORLDS)
def test_every_public_history(name: str, kind: str, myopic: tuple[str, ...]) -> None:
    """Values, calls, moves, chances of ratification and terms, in every history: they depend on the state alone."""
    setting = setting_of(*WORLDS[name])
    world = HegemonWorld(setting, kind, myopic)
    game = game_of(setting)
    found = solved(world, game)
    value, hegemon = world.before()
    assert found.value == pytest.approx(value, abs=1e-10)
    assert found.hegemon == pytest.approx(hegemon, abs=1e-9)
    policy, zones = found.policy(), set()
    for (m, mask, h, z), histories in world.seen.items():
        for answers in histories:
            pulls = {i: found.calls[m, found.state(i, mask, h, z)] for i in answers}
            weight = {i: game.call_weight[m, i] * np.exp(pulls[i] - max(pulls.values())) for i in answers}
            for i, answer in answers.items():
                column = found.state(i, mask, h, z)
                assert weight[i] / sum(weight.values()) == pytest.approx(answer.call, abs=1e-8)
                assert found.by_set[m, column] == pytest.approx(answer.move, abs=1e-7)
                zones.add(answer.agreement is None)
                if kind == CHOOSING:
                    continue
                at = (i, game.packages.regime[i, m], z, game.packages.flow_years[m], policy.terms[m, column])
                assert ratified_there(game.shadow, *at) == pytest.approx(answer.ratified, abs=1e-9)
                sign = sign_there(game.shadow, at[0], m, *at[1:])
                assert (sign == -np.inf) == (answer.agreement is None)
                if answer.agreement is not None:
                    assert sign == pytest.approx(answer.agreement.sign, abs=1e-9)
                    assert hegemon_there(game.shadow, *at) == pytest.approx(answer.agreement.hegemon[0], abs=1e-8)
    assert False in zones
