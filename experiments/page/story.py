"""The story of a run up to the day shown: what the pictures need, read from the Mesa model once a day.

The pictures are drawn from this alone. It never changes, so they cannot see a run in the middle of a step.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from agents.call_reason import Candidate, candidates_in
from agents.country import Country
from agents.hegemon_strategies import HegemonStrategy
from agents.negotiation import Negotiation
from model.belief import belief_firm
from model.calls import NEVER
from model.outcomes import Outcomes

DAY_ZERO = date(2025, 4, 10)


@dataclass(frozen=True)
class Call:
    """One call of a country: its number among all calls (0 for the first), the day, the answer."""

    number: int
    day: int
    answer: str


@dataclass(frozen=True)
class Row:
    """One country so far. Rates are fractions."""

    iso3: str
    name: str
    calls: tuple[Call, ...]
    deal_day: int | None
    rank: int
    threatened: float
    now: float  # the rate in force: the baseline during the pause
    sector_before: float
    sector_now: float
    concessions: tuple[tuple[str, float], ...]  # issue, how far it was conceded (0 to 1)
    issues: int
    own_date: int | None
    date_note: str
    limited: bool  # domestic limits are in force before that date


@dataclass(frozen=True)
class Story:
    """A run so far, as the public saw it; the hegemon's type is told at the end only."""

    title: str
    steps: int  # of the Mesa model: days that it has played
    agents: int  # of the Mesa model: the hegemon and the countries
    day: int  # days before this one have been played
    running: bool
    deadline: int
    end_day: int  # the day on which the pause ends, as far as is known
    last: int  # last day of the axis: later than the deadline where it can be put off
    extended: bool
    news_day: int | None
    belief: tuple[tuple[int, float, bool | None], ...]  # (day, belief in a firm hegemon, harsh); the start, then deals
    baseline: float
    hegemon: str  # its type, once the run has ended
    surplus_bn: float
    meetings_left: int
    next_day: int | None  # the day of the next meeting
    rows: tuple[Row, ...]
    called_today: tuple[str, ...]
    strategy: HegemonStrategy  # of the hegemon
    candidates: tuple[Candidate, ...]  # for the next call, the likeliest first; none where nobody will be called

    @property
    def deals(self) -> int:
        return len(self.belief) - 1

    @property
    def harsh(self) -> int:
        return sum(bool(harsh) for _, _, harsh in self.belief)


def read_story(model: Negotiation) -> Story:
    """The story of a model up to its present day."""
    running, day, world = bool(model.running), int(model.day), model.world[0]
    outcomes = model.outcomes()
    news = int(outcomes.news_day[0])
    left = meetings_left(model)
    calls: list[list[Call]] = [[] for _ in model.countries]
    for number, event in enumerate(model.events):
        calls[event.country].append(Call(number, event.day, event.answer))
    return Story(
        title=model.case.title,
        steps=int(model.steps),
        agents=len(model.agents),
        day=day,
        running=running,
        deadline=int(model.calendar.window_days),
        end_day=int(model.end_day),
        last=int(model.calendar.end_day[1]),
        extended=bool(world["extended"]),
        news_day=None if news < 0 else news,
        belief=belief_over_time(model),
        baseline=float(model.prepared.terms.baseline),
        hegemon="" if running else model.hegemon.type_name,
        surplus_bn=float(outcomes.hegemon_surplus_bn[0]),
        meetings_left=len(left),
        next_day=int(model.calendar.day[left[0]]) if left else None,
        rows=tuple(read_row(country, tuple(calls[country.position]), outcomes) for country in model.countries),
        called_today=tuple(model.called_today),
        strategy=model.prepared.hegemon,
        candidates=next_candidates(model, left),
    )


def read_row(country: Country, calls: tuple[Call, ...], outcomes: Outcomes) -> Row:
    """One country's row."""
    i, own, data = country.position, country.model.setting.by_country, country.data
    terms = country.model.prepared.terms
    channels = ("caps_constraint", "ratification_constraint", "floor_constraint")
    strength = own["domestic_constraint"][i] * sum(own[channel][i] for channel in channels)
    levels = outcomes.concession_levels[0, i]
    origin = data.provenance.get("date")
    return Row(
        iso3=data.iso3,
        name=data.name,
        calls=calls,
        deal_day=country.deal_day,
        rank=country.record["rank"],
        threatened=float(terms.threatened[i]),
        now=float(outcomes.tariff_final[0, i]),
        sector_before=float(terms.sector_rate[i]),
        sector_now=float(outcomes.sector_rate_final[0, i]),
        concessions=tuple(
            (issue.name.replace("_", " "), float(level))
            for issue, level in zip(data.issues, levels, strict=False)
            if level > 1e-9
        ),
        issues=len(data.issues),
        own_date=None if data.date is None else int(data.date),
        date_note=origin.note if origin else "",
        limited=bool(strength > 0),
    )


def meetings_left(model: Negotiation) -> range:
    """The meetings that are still to be held before the pause ends."""
    if not model.running:
        return range(0)
    upto = model.calendar.meetings if model.world[0]["extended"] else model.calendar.regular
    return range(int(np.searchsorted(model.calendar.day[:upto], model.day, "left")), upto)


def next_candidates(model: Negotiation, left: range) -> tuple[Candidate, ...]:
    """Whom the hegemon may call at the next meeting."""
    waiting = [country.position for country in model.countries if not country.has_deal]
    return candidates_in(model.prepared, model.public_state(left[0]), waiting) if left and waiting else ()


def belief_over_time(model: Negotiation) -> tuple[tuple[int, float, bool | None], ...]:
    """The public belief that the hegemon is firm, at the start and after every deal, with the deal's precedent."""
    game = model.prepared.game
    keys = ("rank", "deal_meeting", "harsh_precedent")
    signed = sorted(tuple(int(row[key]) for key in keys) for row in model.country_records)
    start = float(belief_firm(game.prior_firm, game.precedent_accuracy, 0, 0))
    harsh = 0
    out: list[tuple[int, float, bool | None]] = [(0, start, None)]
    for rank, meeting, is_harsh in signed:
        if meeting != NEVER:
            harsh += is_harsh
            belief = float(belief_firm(game.prior_firm, game.precedent_accuracy, rank, harsh))
            out.append((int(model.calendar.day[meeting]), belief, bool(is_harsh)))
    return tuple(out)


def date_of(day: int) -> str:
    """The date of a day, as in 9 July."""
    when = DAY_ZERO + timedelta(days=day)
    return f"{when.day} {when:%B}"


def percent(rate: float) -> str:
    """A rate as text: whole percents without a decimal."""
    return f"{100 * rate:.1f}".removesuffix(".0") + "%"


def belief_text(belief: float) -> str:
    """A belief as text: 0% and 100% only where it is certain."""
    return "<1%" if 0 < belief < 0.005 else ">99%" if 0.995 <= belief < 1 else f"{belief:.0%}"


def headline(story: Story) -> str:
    """The run so far in one line."""
    signed = f"{story.deals} of {len(story.rows)} signed"
    belief = belief_text(story.belief[-1][1])
    if story.running:
        return f"Day {story.day} of {story.end_day} ({date_of(story.day)}): {signed}; belief in a firm hegemon {belief}"
    return (
        f"Over on day {story.day} ({date_of(story.day)}): {signed}; the hegemon was {story.hegemon} (belief {belief})"
    )


def in_words(story: Story, reason: str = "") -> str:
    """What happened today, in a sentence; reason: of the call made last, if it was today."""
    if not story.running and story.day == story.end_day and not story.called_today:
        without = len(story.rows) - story.deals
        return "All have signed." if not without else f"{without} without a deal: the threat falls due."
    today = story.day - 1 if story.running else story.day
    said = []
    for row in story.rows:
        for call in row.calls:
            if call.day == today:
                said.append((call.number, f"{row.name} {ANSWERS[call.answer]}"))
    texts = [text for _, text in sorted(said)]
    if texts and reason:
        texts[-1] += f" (it {reason})"
    return f"Day {today}: {'; '.join(texts)}." if texts else ("" if story.day == 0 else f"Day {today}: no call.")


ANSWERS = {"waited": "waited", "failed": "moved, but was not ratified at home", "signed": "signed"}
