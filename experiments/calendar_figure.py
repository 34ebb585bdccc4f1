"""The calendar of one negotiation: a row a country, a column a day, and what happened when it was called.

`read_story` takes what the picture needs from a model at any day; `draw_calendar` draws it. The colours are those of
Okabe and Ito (told apart by colour-blind readers), and every mark also has a shape of its own.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from textwrap import shorten
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from agents.country import FAILED, WAITED, Country
from agents.negotiation import Negotiation
from model.belief import belief_firm
from model.meeting import NEVER

DAY_ZERO = date(2025, 4, 10)
INK, GREY, PALE, FUTURE = "#1a1a1a", "#5f5f5f", "#d4d4d4", "#f0f0f0"
BLUE, SKY, VERMILLION, ORANGE, GREEN = "#0072B2", "#A9D5F0", "#D55E00", "#E69F00", "#00795A"
WIDTH, LEFT, RIGHT = 13.0, 2.05, 1.95  # inches, with those beside the calendar; the browser scales the picture
TITLE, LABEL, SMALL = 20, 16, 13  # points
EDGE = 2.5  # days left free before day 0


@dataclass(frozen=True)
class Row:
    """One country so far."""

    iso3: str
    name: str
    calls: tuple[tuple[int, str], ...]
    deal_day: int | None
    rank: int
    tariff: str  # the threatened rate, then threatened and final, or the rate without a deal
    own_date: int | None
    limited: bool  # domestic limits are in force before that date


@dataclass(frozen=True)
class Story:
    """A run so far, as the public saw it; the hegemon's type is told at the end only."""

    title: str
    subtitle: str
    rows: tuple[Row, ...]
    day: int  # days before this one have been played
    running: bool
    deadline: int
    end: int  # last day of the axis: later than the deadline where it can be put off
    extended: bool
    news_day: int | None
    beliefs: tuple[tuple[int, float], ...]  # (day, belief that the hegemon is firm) from the start, then deal by deal


def read_story(model: Negotiation, subtitle: str = "") -> Story:
    """The story of a model up to its present day."""
    running, day, world = bool(model.running), int(model.day), model.world[0]
    countries, deals, end_day = list(model.countries), int(world["signed"]), int(model.end_day)
    outcomes, beliefs = model.outcomes(), beliefs_over_time(model)
    news = int(outcomes.news_day[0])
    made, belief = f"{deals} of {len(countries)} signed", percent_belief(beliefs[-1][1])
    if running:
        title = f"Day {day} of {end_day}  |  {made}  |  belief that the hegemon is firm: {belief}"
    else:
        title = f"Over on day {day}  |  {made}  |  the hegemon was {model.hegemon.type_name} (belief: {belief})"
    return Story(
        title=title,
        subtitle=subtitle,
        rows=tuple(read_row(country, float(outcomes.tariff_final[0, country.position])) for country in countries),
        day=day,
        running=running,
        deadline=int(model.calendar.window_days),
        end=int(model.calendar.end_day[1]),
        extended=bool(world["extended"]),
        news_day=None if news < 0 else news,
        beliefs=beliefs,
    )


def read_row(country: Country, final: float) -> Row:
    """One country's row."""
    own = country.model.setting.by_country
    channels = ("caps_constraint", "ratification_constraint", "floor_constraint")
    strength = own["domestic_constraint"] * sum(own[channel] for channel in channels)
    tariff = percent(float(country.model.prepared.terms.threatened[country.position]))
    if country.has_deal:
        tariff = f"{tariff} \N{RIGHTWARDS ARROW} {percent(final)}"
    elif not country.model.running:
        tariff = f"no deal: {percent(final)}"
    return Row(
        iso3=country.iso3,
        name=country.data.name,
        calls=tuple(country.calls),
        deal_day=country.deal_day,
        rank=country.record["rank"],
        tariff=tariff,
        own_date=None if country.data.date is None else int(country.data.date),
        limited=bool(strength[country.position] > 0),
    )


def beliefs_over_time(model: Negotiation) -> tuple[tuple[int, float], ...]:
    """The public belief at the start and after every deal."""
    game = model.prepared.game
    keys = ("rank", "deal_meeting", "harsh_precedent")
    signed = sorted(tuple(int(row[key]) for key in keys) for row in model.country_records)
    harsh, out = 0, [(0, float(belief_firm(game.prior_firm, game.precedent_accuracy, 0, 0)))]
    for rank, meeting, is_harsh in signed:
        if meeting != NEVER:
            harsh += is_harsh
            belief = float(belief_firm(game.prior_firm, game.precedent_accuracy, rank, harsh))
            out.append((int(model.calendar.day[meeting]), belief))
    return tuple(out)


def percent(rate: float) -> str:
    """A rate as text: whole percents without a decimal."""
    return f"{100 * rate:.1f}".removesuffix(".0") + "%"


def percent_belief(belief: float) -> str:
    """A belief as text: 0% and 100% only where it is certain."""
    return "<1%" if 0 < belief < 0.005 else ">99%" if 0.995 <= belief < 1 else f"{belief:.0%}"


def draw_calendar(story: Story) -> Figure:
    """The calendar as a Matplotlib figure."""
    n = len(story.rows)
    row_height = 0.62 if n <= 10 else 0.44 if n <= 24 else 0.32
    top, strip, bottom = 1.5, 0.75, 1.2  # inches above the rows, of the belief strip, below it
    height = top + n * row_height + 0.15 + strip + bottom
    figure = Figure(figsize=(WIDTH, height))
    left, width = LEFT / WIDTH, (WIDTH - LEFT - RIGHT) / WIDTH
    calendar = figure.add_axes((left, (bottom + strip + 0.15) / height, width, n * row_height / height))
    beliefs = figure.add_axes((left, bottom / height, width, strip / height))
    figure.text(0.25 / WIDTH, 1 - 0.22 / height, story.title, size=TITLE, weight="bold", color=INK, va="top")
    subtitle = shorten(story.subtitle, 125, placeholder=" ...")
    figure.text(0.25 / WIDTH, 1 - 0.68 / height, subtitle, size=SMALL, color=GREY, va="top")
    scale = min(1.0, row_height / 0.55)
    for axes in (calendar, beliefs):
        axes.set_xlim(-EDGE, story.end + 1.5)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        if story.day < story.end:
            axes.axvspan(story.day, story.end + 1.5, color=FUTURE, lw=0, zorder=0)
        axes.set_xticks([])
    calendar.set_ylim(n - 0.5, -0.5)
    size = max(LABEL * scale, 11)
    calendar.set_yticks(range(n), [label(row, size) for row in story.rows], size=size, color=INK)
    for position, row in enumerate(story.rows):
        draw_row(calendar, position, row, story, scale)
    draw_dates(calendar, beliefs, story, row_height)
    draw_beliefs(beliefs, story)
    draw_legend(figure)
    return figure


def label(row: Row, size: float) -> str:
    """The country's name where it fits beside the calendar, else its code."""
    return row.name if len(row.name) * size * 0.57 / 72 < LEFT - 0.1 else row.iso3


def draw_row(axes: Axes, y: int, row: Row, story: Story, scale: float) -> None:
    """One country: its own date and the limits before it, its calls, its deal, its rates."""
    if row.own_date is not None:
        if row.limited:
            length = min(row.own_date, story.end + 1.5) + EDGE
            axes.barh(y, length, left=-EDGE, height=0.72, color=ORANGE, alpha=0.22, lw=0)
        if row.own_date <= story.end:
            axes.plot([row.own_date] * 2, [y - 0.36, y + 0.36], color=ORANGE, lw=5, solid_capstyle="butt", zorder=2)
        else:
            text = f"own date: day {row.own_date} \N{RIGHTWARDS ARROW}"
            axes.text(-EDGE + 0.3, y - 0.36, text, size=10.5 * scale, color="#7a4f00", va="top")
    axes.plot([0, story.end], [y, y], color=PALE, lw=1.5, zorder=1)
    if row.deal_day is not None:
        axes.plot([row.deal_day, story.day], [y, y], color=SKY, lw=11 * scale, solid_capstyle="butt", zorder=3)
        axes.plot(row.deal_day, y, "o", ms=25 * scale, color=BLUE, mec="white", mew=1.5, zorder=5)
        size = LABEL * scale * (0.8 if row.rank > 9 else 1)
        axes.text(row.deal_day, y + 0.02, str(row.rank), size=size, weight="bold", color="white", ha="center",
                  va="center", zorder=6)  # fmt: skip
    waited = [day for day, answer in row.calls if answer == WAITED]
    failed = [day for day, answer in row.calls if answer == FAILED]
    axes.plot(waited, [y] * len(waited), "o", ms=8.5 * scale, mfc="white", mec=INK, mew=1.6, zorder=4)
    axes.plot(failed, [y] * len(failed), "X", ms=17 * scale, mfc=VERMILLION, mec="white", mew=1.2, zorder=5)
    signed = row.deal_day is not None
    colour = BLUE if signed else GREY if story.running else INK
    axes.text(1.015, y, row.tariff, transform=axes.get_yaxis_transform(), size=max(LABEL * scale, 11), color=colour,
              weight="bold" if signed else "normal", va="center")  # fmt: skip


def draw_dates(calendar: Axes, beliefs: Axes, story: Story, row_height: float) -> None:
    """What all countries share: the deadline, its extension, the sector news, today."""
    lines: list[tuple[int, str, str, Any, float]] = [(story.deadline, "deadline", INK, "-", 0.08)]
    if story.end > story.deadline:
        text = "extended" if story.extended else "if extended"
        lines.append((story.end, text, INK if story.extended else GREY, "-" if story.extended else ":", 0.08))
    if story.news_day is not None:
        lines.append((story.news_day, f"sector news, day {story.news_day}", GREEN, (0, (4, 2)), 0.34))
    for day, text, colour, style, inches in lines:
        for axes in (calendar, beliefs):
            axes.axvline(day, color=colour, lw=3, ls=style, zorder=2.5)
        side = "right" if day > 0.7 * story.end else "left" if day < 0.1 * story.end else "center"
        calendar.text(day, -0.5 - inches / row_height, text, size=14, weight="bold", color=colour, ha=side)
    calendar.text(1.015, -0.5 - 0.08 / row_height, "tariff", transform=calendar.get_yaxis_transform(), size=14,
                  weight="bold", color=INK)  # fmt: skip
    calendar.text(1.085, -0.5 - 0.08 / row_height, "threat \N{RIGHTWARDS ARROW} deal", size=12, color=GREY,
                  transform=calendar.get_yaxis_transform())  # fmt: skip
    if story.running and story.day:
        for axes in (calendar, beliefs):
            axes.axvline(story.day, color=GREY, lw=1.5, zorder=1.5)
    step = 10 * math.ceil(story.end / 150)
    days = list(range(0, story.end + 1, step))
    labels = [str(day) for day in days]
    for position in range(0, len(days), 3):
        when = DAY_ZERO + timedelta(days=days[position])
        labels[position] += f"\n{when.day} {when:%b}"
    beliefs.set_xticks(days, labels, size=SMALL, color=INK)
    beliefs.text(1.015, -0.06, "day", transform=beliefs.transAxes, size=SMALL, color=INK, va="top")


def draw_beliefs(axes: Axes, story: Story) -> None:
    """The strip below: how strongly the hegemon was believed to be firm, day by day."""
    days = [day for day, _ in story.beliefs] + [story.day]
    levels = [belief for _, belief in story.beliefs] + [story.beliefs[-1][1]]
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0.5], ["belief: firm"], size=LABEL - 1, color=INK)
    axes.axhline(0, color=PALE, lw=1, zorder=1)
    axes.axhline(1, color=PALE, lw=1, zorder=1)
    axes.fill_between(days, levels, step="post", color="#7a7a7a", alpha=0.35, lw=0, zorder=2)
    axes.step(days, levels, where="post", color=INK, lw=2.5, zorder=3)
    axes.text(1.015, 0.5, percent_belief(levels[-1]), transform=axes.transAxes, size=LABEL, weight="bold", va="center")


def draw_legend(figure: Figure) -> None:
    """What the marks mean."""
    handles = [
        Line2D([], [], ls="", marker="o", ms=9, mfc="white", mec=INK, mew=1.6, label="called, waited"),
        Line2D([], [], ls="", marker="X", ms=15, mfc=VERMILLION, mec="white", label="ratification failed"),
        Line2D([], [], color=SKY, lw=8, marker="o", ms=15, mfc=BLUE, mec="white", label="signed (number: its rank)"),
        Patch(color=ORANGE, alpha=0.35, lw=0, label="domestic limits before its own date (election)"),
    ]
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.012, 0.0), ncol=4, fontsize=SMALL, frameon=False,
                  handletextpad=0.9, columnspacing=1.7)  # fmt: skip
