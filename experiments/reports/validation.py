"""Known results beside what the model gives: the table a referee asks for.

Each check feeds a limiting configuration to the model's own functions and compares with a published or derived
number. `tariff-pause validate` prints them; a test demands that all pass.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from agents.policy import prepare, strategies_of
from model.bargaining import along, frontier, nash_point, steps_in_order
from model.belief import belief_firm, package_value
from model.case_file import load_case
from model.choice import move_probability
from model.equilibrium import solve
from model.forward import distribution
from model.kernel import play
from model.setting import make_setting
from model.terms import make_terms
from model.timing import Game, raw_game


@dataclass(frozen=True)
class Check:
    """One known number: where it comes from, what it is, and what the model gives."""

    subject: str
    source: str
    quantity: str
    expected: float
    obtained: float
    tolerance: float = 1e-6

    @property
    def passed(self) -> bool:
        return bool(abs(self.expected - self.obtained) <= self.tolerance)


def all_checks() -> list[Check]:
    """Every check, in order."""
    groups: tuple[Callable[[], Iterator[Check]], ...] = (
        nash_bargaining,
        logrolling,
        schelling,
        beliefs,
        kink,
        stopping,
        logit,
        no_information,
        binomial,
        preemption,
        three_racers,
        two_movers,
        free_riding,
        forward_identity,
        no_zone,
        invariance,
        terms_by_rank,
        logit_regret,
        monte_carlo,
    )
    return [check for group in groups for check in group()]


def agreement(
    best: tuple[float, float], loss: list[float], gain: list[float], d: float, d_h: float, beta: float, floor: float = 0
) -> tuple[float, float] | None:
    """The Nash point on the frontier of some steps."""
    losses, gains = np.array(loss, dtype=float), np.array(gain, dtype=float)
    u, h = frontier(*best, losses, gains, steps_in_order(losses, gains))
    agreed, segment, t = nash_point(u, h, d, d_h, beta, floor, 0.0)
    return (float(along(u, segment, t)), float(along(h, segment, t))) if agreed else None


def pair(
    subject: str, source: str, point: tuple[float, float] | None, expected: tuple[float, float]
) -> Iterator[Check]:
    """A check for each side's payoff."""
    found = point or (np.nan, np.nan)
    yield Check(subject, source, "country", expected[0], found[0])
    yield Check(subject, source, "hegemon", expected[1], found[1])


def nothing(i: int, signed: int, harsh: int) -> float:
    """What no deal is worth in the small games below."""
    return 0.0


def nash_bargaining() -> Iterator[Check]:
    for beta, expected in ((0.5, (0.45, 0.55)), (0.3, (0.31, 0.69))):
        point = agreement((1, 0), [1], [1], 0.1, 0.2, beta)
        yield from pair(f"divide a pie of 1, d = .1, .2, beta = {beta}", "Nash 1950", point, expected)


def logrolling() -> Iterator[Check]:
    best, loss, gain = (10.0, -8.0), [10.0, 2.0, 3.0, 4.0], [8.0, 6.0, 3.0, 2.0]
    for d, d_h, beta, expected in ((0, 0, 0.5, (3.125, 2.5)), (0, 0, 0.4, (2.5, 3.0)), (1, 0.5, 0.5, (3.3125, 2.35))):
        point = agreement(best, loss, gain, d, d_h, beta)
        yield from pair(f"one tariff, three issues, d = {d}, {d_h}, beta = {beta}", "derived", point, expected)
    point = agreement(best, [10.0, 3.0, 4.0], [8.0, 3.0, 2.0], 0, 0, 0.5)
    yield from pair("the same, issue 1 a red line", "derived", point, (0.375, 0.3))


def schelling() -> Iterator[Check]:
    for floor, expected in ((0.3, 0.5), (0.7, 0.7), (0.95, 0.95)):
        point = agreement((1, 0), [1], [1], 0, 0, 0.5, floor)
        yield Check(
            f"tied hands: floor {floor} on a pie of 1", "Schelling 1960", "country", expected, (point or (np.nan,))[0]
        )
    agreed = agreement((1, 0), [1], [1], 0, 0, 0.5, 1.1) is not None
    yield Check("tied hands: floor 1.1 on a pie of 1", "Putnam 1988", "agreements", 0, float(agreed))


def beliefs() -> Iterator[Check]:
    for signed, harsh, expected in ((1, 1, 0.7), (2, 2, 0.844828), (3, 2, 0.7)):
        obtained = belief_firm(0.5, 0.7, signed, harsh)
        yield Check(f"prior .5, a = .7, {harsh} of {signed} harsh", "Bayes", "P(firm)", expected, obtained)


def kink() -> Iterator[Check]:
    r_full, r_lean, rebuff = 0.45, 0.75, 0.40
    at = (r_lean - r_full) / (r_lean - r_full + rebuff)
    yield Check("package choice", "derived", "belief at the kink", 0.428571, at)
    for side in (-1e-9, 1e-9):
        value = package_value(r_lean, r_full, rebuff, at + side)
        yield Check("package choice", "derived", "value at the kink", r_full, value)
    blind = package_value(r_lean, r_full, rebuff, 0.5)
    known = 0.5 * package_value(r_lean, r_full, rebuff, 0.0) + 0.5 * package_value(r_lean, r_full, rebuff, 1.0)
    yield Check("package choice, belief .5", "derived", "value of information", 0.15, known - blind)
    for accuracy, expected in ((0.6, 0.01), (0.7, 0.045), (0.8, 0.08), (0.9, 0.115)):
        told = sum(0.5 * package_value(r_lean, r_full, rebuff, belief_firm(0.5, accuracy, 1, h)) for h in (0, 1))
        yield Check(f"one precedent, a = {accuracy}", "derived", "its value", expected, told - blind)


def stopping() -> Iterator[Check]:
    def news_game(kappa: float) -> Game:
        def worth(i: int, k: int, m: int, n: int, h: int, z: int) -> float:
            return 1.0 - kappa * m - (0.0 if z else 0.2)

        return raw_game(worth, nothing, countries=1, meetings=60, precision=1e9, news_hazard=0.03)

    found = solve(news_game(0.002))
    yield Check("wait for news, hazard .03", "optimal stopping", "value", 0.9112293238, float(found.value[0]))
    for kappa, expected in ((0.0059, 0.0), (0.0061, 1.0)):
        move = solve(news_game(kappa)).probability(0, 0)
        yield Check(f"wait for news, cost {kappa} a meeting", "optimal stopping", "moves at 0", expected, move)


def logit() -> Iterator[Check]:
    found = move_probability(0.45 - 0.3, 10.0, 0.0)
    yield Check("last meeting, D = .15, lambda = 10", "logit", "p", 0.8175744762, found)


def no_information() -> Iterator[Check]:
    def worth(i: int, k: int, m: int, n: int, h: int, z: int) -> float:
        return 0.8 - 0.6 * float(belief_firm(0.5, 0.9, n, h))

    def without(i: int, n: int, h: int) -> float:
        return worth(i, 1, 0, n, h, 0)

    game = raw_game(worth, without, countries=3, meetings=8, precision=50.0, base_rate=0.2, precedent_accuracy=0.9)
    found = solve(game)
    reached = [found.probability(i, m, tuple(range(i)), h) for i in range(3) for m in range(i, 8) for h in range(i + 1)]
    gap = max(abs(move - 0.2) for move in reached)
    yield Check("payoffs affine in the belief", "optional stopping", "max |p - mu|", 0.0, gap)


def binomial() -> Iterator[Check]:
    game = raw_game(lambda *state: 1.0, nothing, countries=3, meetings=30, precision=0.0, base_rate=0.05)
    deals = distribution(game, solve(game)).deals
    yield Check("lambda = 0, mu = .05, 30 meetings, N = 3", "binomial", "P(no deal)", 0.2146388, deals[0], 1e-7)
    yield Check("lambda = 0, mu = .05, 30 meetings, N = 3", "binomial", "P(all)", 0.1878212, deals[3], 1e-7)


def race(countries: int, meetings: int, premium: tuple[float, ...]) -> Game:
    """Preemption: waiting gains .01 a meeting, rank k brings a premium."""

    def worth(i: int, k: int, m: int, n: int, h: int, z: int) -> float:
        return 1.0 + 0.01 * m + premium[k - 1]

    return raw_game(worth, nothing, countries=countries, meetings=meetings, precision=20000.0)


def first_move(game: Game, signers: tuple[int, ...]) -> float:
    """The first meeting at which the next country moves with p > 1/2."""
    found = solve(game)
    country = len(signers)
    moves = [m for m in range(len(signers), len(game.offsets) - 1) if found.probability(country, m, signers) > 0.5]
    return float(moves[0]) if moves else np.nan


def preemption() -> Iterator[Check]:
    for premium, expected in ((0.295, 61), (0.145, 76), (0.595, 31)):
        game = race(2, 90, (premium, 0.0))
        subject = f"preemption, N = 2, premium {premium}"
        yield Check(subject, "Fudenberg and Tirole 1985", "first meeting", expected, first_move(game, ()))
    value = float(solve(race(2, 90, (0.295, 0.0))).value[0])
    yield Check("preemption, N = 2: rents are equalised", "Fudenberg and Tirole 1985", "value", 1.8975, value, 1e-4)


def three_racers() -> Iterator[Check]:
    game = race(3, 90, (0.295, 0.195, 0.0))
    for signers, expected in (((), 61), ((0,), 71), ((0, 1), 89)):
        subject = f"preemption, N = 3, {len(signers)} signed"
        yield Check(subject, "Fudenberg and Tirole 1985", "first meeting", expected, first_move(game, signers))
    yield Check("preemption, N = 3", "Fudenberg and Tirole 1985", "value", 1.9, float(solve(game).value[0]), 2e-3)


def two_movers() -> Iterator[Check]:
    expected = ((1.0, 0.5939448, 0.3900939), (5.0, 0.7542680, 0.4876052), (20.0, 0.9707466, 0.5170067))

    def worth(i: int, k: int, m: int, n: int, h: int, z: int) -> float:
        return 0.45 - 0.05 * m + (0.2 if k == 1 else 0.0)

    for precision, move, value in expected:
        found = solve(raw_game(worth, lambda i, n, h: -0.15, countries=2, meetings=3, precision=precision))
        yield Check(f"N = 2, T = 3, lambda = {precision:g}", "Gambit", "p at 0", move, found.probability(0, 0))
        yield Check(f"N = 2, T = 3, lambda = {precision:g}", "Gambit", "value", value, float(found.value[0]))


def free_riding() -> Iterator[Check]:
    n, meetings = 4, 40

    def worth(i: int, k: int, m: int, signed: int, h: int, z: int) -> float:
        return float(package_value(0.75, 0.45, 0.4, belief_firm(0.5, 1.0, signed, h)))

    game = raw_game(worth, nothing, countries=n, meetings=meetings, precision=1e7, precedent_accuracy=1.0)
    found = solve(game)
    early = max(found.probability(0, m) for m in range(meetings - 3 * n))
    yield Check("perfect precedents, free waiting", "Chamley and Gale 1994", "max early p", 0.0, early)


def forward_identity() -> Iterator[Check]:
    game = raw_game(
        lambda i, k, m, n, h, z: 0.5 + 0.1 * i - 0.01 * m - 0.05 * k + 0.03 * h - 0.1 * (1 - z),
        lambda i, n, h: 0.2 - 0.02 * h,
        countries=4,
        meetings=12,
        precision=20.0,
        base_rate=0.1,
        priority=(1.0, 0.5, 2.0, 1.0),
        news_hazard=0.05,
        precedent_accuracy=0.8,
        ratification=lambda i, m: 0.9 if m < 6 else 1.0,
        extension_probability=0.3,
        extension_meetings=4,
    )
    gap = float(np.max(np.abs(distribution(game, solve(game)).value - solve(game).value)))
    yield Check("forward pass against backward induction", "identity", "max gap in value", 0.0, gap, 1e-12)


def no_zone() -> Iterator[Check]:
    for d, d_h, expected in ((0.6, 0.5, 0), (0.5, 0.5, 1)):
        agreed = agreement((1, 0), [1], [1], d, d_h, 0.5) is not None
        yield Check(f"pie of 1, d = {d}, {d_h}", "zone of agreement", "agreements", expected, float(agreed))


def invariance() -> Iterator[Check]:
    """The country's utility times 3, plus 2; the hegemon's times .1, minus 5: the same agreement in the new units."""
    best, loss, gain = (10.0, -8.0), [10.0, 2.0, 3.0, 4.0], [8.0, 6.0, 3.0, 2.0]
    plain = agreement(best, loss, gain, 1.0, 0.5, 0.4) or (np.nan, np.nan)
    losses, gains = [3.0 * step for step in loss], [0.1 * step for step in gain]
    other = agreement((3.0 * best[0] + 2.0, 0.1 * best[1] - 5.0), losses, gains, 5.0, -4.95, 0.4)
    expected = (3.0 * plain[0] + 2.0, 0.1 * plain[1] - 5.0)
    yield from pair("affine change of both utilities", "Nash 1950, axiom", other, expected)


def terms_by_rank() -> Iterator[Check]:
    case = load_case("six")
    for headline, quantity in ((0.06, "largest rise"), (0.0, "largest change")):
        rise = np.diff(make_terms(make_setting(case, {"headline_value": headline})).payoff, axis=1)
        largest = float(np.nanmax(rise if headline else np.abs(rise)))
        yield Check(f"payoff by rank, headline {headline:g}", "derived", quantity, 0.0, max(largest, 0.0))


def logit_regret() -> Iterator[Check]:
    """The most that a logit choice can miss, over advantages D: D (1 - p) where moving is better."""
    for mu, expected in ((0.5, 0.2784645), (0.03, 1.8570887)):
        gains = np.linspace(0.0, 10.0, 200_001)
        worst = max(D * (1.0 - move_probability(D, 1.0, np.log(mu / (1.0 - mu)))) for D in gains)
        yield Check(f"one-step regret, lambda = 1, mu = {mu}", "Lambert W", "largest", expected, float(worst), 1e-6)


def monte_carlo(runs: int = 20_000) -> Iterator[Check]:
    """Chances of a deal in case `six` among runs of the kernel against the exact ones, in standard errors."""
    case = load_case("six")
    prepared = prepare(make_setting(case), strategies_of(case))
    nobody = np.zeros(len(case.ids), np.bool_)
    evaluated = solve(prepared.game, prepared.policy, nobody)
    exact = distribution(prepared.game, evaluated)
    _, records = play(prepared.game, prepared.policy, seed=1, replicates=runs)
    error = np.sqrt(exact.p_deal * (1.0 - exact.p_deal) / runs)
    off = float(np.max(np.abs((records["rank"] > 0).mean(axis=0) - exact.p_deal) / error))
    subject = f"case six: P(deal) in {runs:,} runs against exact"
    yield Check(subject, "99.9 % bands for six", "largest error, s.e.", 0.0, off, 3.77)
