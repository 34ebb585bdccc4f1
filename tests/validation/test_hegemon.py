"""A hegemon that plays: known answers, and every public history of tiny games."""

import dataclasses

import numpy as np
import pytest
from scipy.special import lambertw

from agents.policy import prepare
from model.bargaining import nash_point
from model.case_file import load_case
from model.equilibrium import Equilibrium, evaluate
from model.forward import distribution
from model.hegemon import Asked, hegemon_values, solve_against
from model.kernel import play
from model.regret import hegemon_regret
from model.setting import Setting, make_setting
from model.shadow import hegemon_there, package_there, pies, ratified_there, sign_there
from model.states import bit_count
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
        lambda *state: 0.0,
        lambda *state: 0.0,
        countries=countries,
        meetings=meetings,
        precision=0.0,
        base_rate=certain,
        shadow=shadow,
    )
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
        {
            "window_days": 3,
            "extension_probability": 0.4,
            "extension_days": 3,
            "sector_news_rate": 0.1,
            "KOR.date": 2,
            "delay_cost": 0.2,
            "headline_value": 0.05,
            "ratification_slope": 12,
            "deal_horizon": 0.4,
            "early_effect": 0.7,
        },
    ),
    "three": ("GBR JPN AUS", {"window_days": 4, "sector_news_rate": 0.3, "prior_firm": 0.3, "hegemon_precision": 300}),
    "lottery": (  # at precision 0 `choosing` is `promise_keeping` (row 31)
        "KOR GBR",
        {
            "window_days": 4,
            "extension_probability": 0.6,
            "extension_days": 3,
            "sector_news_rate": 0.2,
            "KOR.date": 1,
            "GBR.date": 4,
            "headline_value": 0.03,
            "hegemon_precision": 0,
        },
    ),
    "floors": (
        "IND KOR",
        {
            "window_days": 5,
            "IND.floor_before": 0.7,
            "KOR.floor_before": 0.5,
            "KOR.floor_after": 0.1,
            "KOR.date": 3,
            "precedent_accuracy": 0.9,
            "tariff_taste": 0.2,
            "bargaining_weight": 0.3,
            "sector_news_rate": 0.2,
        },
    ),
    "scarce": ("GBR JPN KOR", {"window_days": 21, "meetings_per_week": 1, "headline_value": 0.08, "inertia": 0.9}),
    "rebuffed": (
        "JPN IND",
        {"window_days": 5, "rebuff_cost": 0.02, "hegemon_precision": 1000, "choice_precision": 10, "prior_firm": 0.2},
    ),
}


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


# Known answers on real countries

HEGEMONS = ("choosing", "forward_looking")


@pytest.mark.parametrize("overrides", [{}, {"extension_probability": 0.3, "headline_value": 0.05}], ids=str)
@pytest.mark.parametrize("rule", ["equilibrium", "myopic"])
def test_row_31_choosing_without_precision_is_the_lottery(rule: str, overrides: dict[str, float]) -> None:
    """To the bit: moves, values, and every run."""
    promised = prepare("six", rule, factors=overrides)
    chosen = prepare("six", {"default": rule, "hegemon": "choosing"}, factors=overrides | {"hegemon_precision": 0})
    one, other = (evaluate(ready.game, ready.policy) for ready in (promised, chosen))
    assert one.by_set.tobytes() == other.by_set.tobytes() and one.value.tobytes() == other.value.tobytes()
    assert np.array_equal(one.reasoned, other.reasoned)
    for k in range(2):
        runs = [play(ready.game, ready.policy, seed=4, replicates=200)[k] for ready in (promised, chosen)]
        assert runs[0].tobytes() == runs[1].tobytes()
    surplus = [
        distribution(ready.game, evaluate(ready.game, ready.policy)).surplus_mean for ready in (promised, chosen)
    ]
    assert surplus[0] == surplus[1]


@pytest.mark.parametrize("flexibility", [0.0, 0.5, 0.9])
def test_row_32_the_hegemon_waits_for_a_date_by_itself(flexibility: float) -> None:
    """Caps that loosen: nothing is agreed before the date where both together gain more after it."""
    loosen = {"KOR.flexibility_before": flexibility, "KOR.flexibility_after": 1.0, "KOR.date": 54}
    certain = {
        f"KOR.{name}_{when}": value
        for name, value in (("ratification", 1), ("floor", 0))
        for when in ("before", "after")
    }
    exact = {
        "choice_precision": 1e6,
        "hegemon_precision": 1e6,
        "early_effect": 0,
        "sector_news_rate": 0,
        "signing_cost": 0,
        "inertia": 0.999,
        "precedent_accuracy": 0.5,
    }
    setting = setting_of("KOR", loosen | certain | exact)
    game = game_of(setting)
    found = solve_against(game, looks_forward=True)
    before = game.packages.regime[0] == 0
    agreed = found.terms[:, found.state(0, 0)] >= 0.0
    ready = make_terms(setting).frontiers
    joint = (ready.payoff + ready.hegemon)[0, :, 0].max(axis=-1)
    assert joint[1] > joint[0] + 1e-6
    assert agreed[~before].all() and not agreed[before].any()
    still = game_of(setting_of("KOR", {**loosen, **certain, **exact, "KOR.flexibility_before": 1.0}))
    assert (solve_against(still, looks_forward=True).terms[:, 0] >= 0.0).all()


@pytest.mark.parametrize("kind", HEGEMONS)
@pytest.mark.parametrize("precision", [20.0, 1e6])
def test_row_33_identical_countries_are_treated_alike(kind: str, precision: float) -> None:
    """To the bit: values, moves, calls and terms of two Japans, beside a Korea and a Britain."""
    overrides = {"choice_precision": 100 if precision == 20 else 1e6, "hegemon_precision": precision}
    setting = setting_of("JPN KOR JPN GBR", {})
    names = ("AAA", "BBB", "CCC", "DDD")
    countries = tuple(
        dataclasses.replace(country, iso3=iso3) for country, iso3 in zip(setting.countries, names, strict=True)
    )
    game = game_of(make_setting(dataclasses.replace(setting.case, countries=countries), overrides))
    found = solve_against(game, looks_forward=kind == "forward_looking")
    assert found.value[0] == found.value[2]
    swapped = [2, 1, 0, 3]
    for mask in range(15):
        mirror = sum(1 << swapped[i] for i in range(4) if mask >> i & 1)
        for i in (i for i in range(4) if not mask >> i & 1):
            here = found.state(i, mask)
            there = found.state(swapped[i], mirror)
            width = 2 * (bit_count(mask) + 1)
            for table in (found.by_set, found.calls, found.terms, found.reasoned):
                if len(table):
                    assert table[:, here : here + width].tobytes() == table[:, there : there + width].tobytes()


@pytest.mark.parametrize("kind", HEGEMONS)
@pytest.mark.parametrize("overrides", [{}, {"extension_probability": 0.4, "prior_firm": 0.2}], ids=str)
def test_row_34_backward_and_forward_agree(kind: str, overrides: dict[str, float]) -> None:
    """Countries' values, and the hegemon's: its surplus over no deal, and what the threat is expected to bring."""
    ready = prepare("six", {"hegemon": kind, "AUS": "myopic"}, factors=overrides)
    game, found = ready.game, ready.solution.equilibrium
    assert isinstance(found, Equilibrium)
    passed, scale = distribution(game, found), ready.terms.stakes.sum()
    np.testing.assert_allclose(passed.value, found.value, atol=1e-12)
    threat = np.array([1 - game.prior_firm, game.prior_firm]) @ game.execution * game.shadow.threat.sum()
    expected = (1 - game.prior_firm) * found.hegemon[0] + game.prior_firm * found.hegemon[1]
    assert abs(passed.surplus_mean + threat - expected) <= 1e-10 * scale
    np.testing.assert_allclose(hegemon_values(game, ready.policy), found.hegemon, rtol=0, atol=1e-10 * scale)


@pytest.mark.parametrize("kind", ["promise_keeping", *HEGEMONS])
@pytest.mark.parametrize("headline", [0.0, 0.03])
def test_row_35_the_best_call_in_every_state_is_best(kind: str, headline: float) -> None:
    ready = prepare("six", {"hegemon": kind}, factors={"headline_value": headline})
    prior = np.array([1 - ready.game.prior_firm, ready.game.prior_firm])
    mean = float(ready.terms.stakes.mean())
    worth = [prior @ hegemon_values(ready.game, ready.policy, k / mean) for k in (0, 1, 5, 20, 100, 1e3, 1e6)]
    assert worth[-1] >= max(worth) - 1e-12
    assert worth[-1] > worth[0] + 1e-3
    found = hegemon_regret(ready.game, ready.policy)
    # what a logit misses of the best in one meeting (row 15), with the odds of the least likely country
    priority = ready.game.call_weight[0]
    missed = lambertw((priority.sum() / priority.min() - 1) / np.e).real / 1e6 * mean
    assert worth[-1] - 1e-9 <= found.best <= worth[-1] + missed * (len(ready.game.offsets) - 1)
    assert found.value == pytest.approx(worth[0] if kind == "promise_keeping" else worth[3], abs=1e-9)


@pytest.mark.parametrize("iso3", SIX.ids)
def test_row_36_at_the_last_meeting_no_deal_is_breakdown(iso3: str) -> None:
    setting = setting_of(iso3, {"early_effect": 0, "signing_cost": 0, "delay_cost": 0, "sector_news_rate": 0})
    game, terms = game_of(setting), make_terms(setting)
    found = solve_against(game, looks_forward=True)
    executed = game.prior_firm * game.execution[1] + (1 - game.prior_firm) * game.execution[0]
    regime = int(game.packages.regime[0, -1])
    for known in (0, 1):
        h = terms.frontiers.hegemon[0, regime, known] + terms.headline_increment[0]
        u, last = terms.frontiers.payoff[0, regime, known], int(terms.frontiers.vertices[0, regime, known])
        limits = setting.countries[0], setting.by_country
        floor = getattr(limits[0], f"floor_{('before', 'after')[regime]}") * terms.stakes[0]
        agreed, segment, part = nash_point(
            u[:last],
            h[:last],
            (1 - executed) * terms.grant_gain[0, 0],
            executed * terms.grant_price[0, 0],
            float(limits[1]["bargaining_weight"][0]),
            floor,
            0.0,
        )
        position = found.terms[-1, found.state(0, 0, 0, known)]
        assert agreed == (position >= 0)
        if agreed:
            assert position == pytest.approx(segment + part, abs=1e-9)
