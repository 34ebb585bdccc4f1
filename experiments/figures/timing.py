"""When deals are made: the cumulative share of countries with a deal, and each country's own distribution of days."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes

from experiments.analysis.aggregate import NO_DEAL, NOT_RUN, Analysis, Kept
from experiments.analysis.interval import Z, share_interval
from experiments.figures.sheet import (
    GREY,
    INK,
    PALE,
    WIDTH,
    LeftOut,
    Plot,
    colour_bar,
    line_with_band,
    new_page,
    plain_name,
    reference_line,
    row,
    short,
    shown_countries,
    source_line,
)

DAYS_LABEL = "Days since 10 April 2025"
RUNS_AT_ONCE = 20_000
BIN_DAYS = 3


def timing_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """The cumulative share and the distribution of days."""
    yield draw_cumulative(analysis)
    yield draw_days(analysis)


def cumulative_share(kept: Kept, days: int) -> Mapping[str, np.ndarray]:
    """Share of countries with a deal on or before each day: mean over runs, its 95 % interval, and the runs' deciles.

    The distribution over runs is counted run by run in slices, so that memory does not grow with runs x days.
    """
    n = kept.deal_day.shape[1]
    histogram = np.zeros((days + 1, n + 1))
    present = kept.deal_day[:, 0] != NOT_RUN
    for first in range(0, len(present), RUNS_AT_ONCE):
        chunk = kept.deal_day[first : first + RUNS_AT_ONCE][present[first : first + RUNS_AT_ONCE]]
        made = np.zeros((len(chunk), days + 1), dtype=np.int16)
        signed = chunk >= 0
        np.add.at(made, (np.nonzero(signed)[0], np.minimum(chunk[signed], days)), 1)
        total = np.cumsum(made, axis=1)
        for day in range(days + 1):
            histogram[day] += np.bincount(total[:, day], minlength=n + 1)
    runs = present.sum()
    share = np.arange(n + 1) / n
    mean = histogram @ share / runs
    spread = (histogram * (share[None, :] - mean[:, None]) ** 2).sum(axis=1)
    half = Z * np.sqrt(spread / (runs - 1) / runs) if runs > 1 else np.full(days + 1, np.nan)
    below = np.cumsum(histogram, axis=1) / runs
    deciles = [share[(below >= quantile - 1e-12).argmax(axis=1)] for quantile in (0.1, 0.9)]
    return {"mean": mean, "low": mean - half, "high": mean + half, "first": deciles[0], "last": deciles[1]}


def draw_cumulative(analysis: Analysis) -> Plot:
    """The reference point, and the lowest and highest value of the first varied factor."""
    results = analysis.results
    days = int(results.last_day)
    lines = [(analysis.reference, "")]
    if results.varied:
        factor = results.varied[0]
        values = results.factors[factor]
        ends = analysis.line(factor)[[0, -1]]
        lines = [(analysis.reference, f"{plain_name(factor)} {values[analysis.reference]:g} (reference)")]
        lines += [(p, f"{plain_name(factor)} {values[p]:g}") for p in ends if p != analysis.reference]
    caption = [
        source_line(analysis), reference_line(analysis),
        "Dark bands: 95 % intervals of the mean; pale band: the middle 80 % of runs at the reference point.",
        "Dotted: countries' own dates (elections and the like)." if results.dates else "",
    ]  # fmt: skip
    figure, (axes,) = new_page(
        1,
        title="Share of countries with a deal",
        caption=caption,
        panel_height=2.6,
        top=0.62,
        left=0.7,
        right=0.35,
    )
    rows, x, top = [], np.arange(days + 1), 0.0
    for style, (point, label) in enumerate(lines):
        kept = analysis.kept[int(point)]
        if (kept.deal_day[:, 0] == NOT_RUN).all():
            continue
        share = cumulative_share(kept, days)
        top = max(top, *(float(np.nanmax(values)) for values in share.values()))
        if style == 0:
            axes.fill_between(x, share["first"], share["last"], color=PALE, alpha=0.6, linewidth=0, step="post")
        line_with_band(axes, x, share["mean"], share["low"], share["high"], style, label=label)
        runs = (kept.deal_day[:, 0] != NOT_RUN).sum()
        for name, value, low, high in (
            ("share of countries with a deal, mean", share["mean"], share["low"], share["high"]),
            ("share of countries with a deal, middle 80 % of runs", share["mean"], share["first"], share["last"]),
        ):
            rows += [
                row("cumulative_deals", point, "world", name, "share of countries", day, value[day],
                    low=low[day], high=high[day], runs=runs)
                for day in range(days + 1)
            ]  # fmt: skip
    axes.set(
        xlim=(0, days),
        ylim=(0, 1.0 if top > 0.5 else 1.6 * top or 1.0),
        xlabel=DAYS_LABEL,
        ylabel="Share of countries with a deal",
    )
    axes.grid(axis="y")
    mark_dates(axes, analysis)
    if len(lines) > 1:
        axes.legend(loc="upper left")
    return Plot("cumulative_deals", figure, rows)


def mark_dates(axes: Axes, analysis: Analysis, only: str | None = None) -> None:
    """The deadline, and countries' own dates that lie on the axis; close ones share a label."""
    results = analysis.results
    end = axes.get_xlim()[1]
    axes.axvline(min(results.window_days, end), color=INK, linewidth=1.0, linestyle=(0, (4, 2)), clip_on=False)
    axes.annotate(
        "deadline", (results.window_days, 1), xycoords=("data", "axes fraction"), xytext=(0, 2),
        textcoords="offset points", ha="center", va="bottom", size=6.5,
    )  # fmt: skip
    dates = sorted((day, iso3) for iso3, day in results.dates.items() if day <= end and only in (None, iso3))
    groups: list[tuple[float, list[str]]] = []
    for day, iso3 in dates:
        if groups and day - groups[-1][0] <= 0.05 * end:
            groups[-1][1].append(iso3)
        else:
            groups.append((day, [iso3]))
        axes.axvline(day, color=GREY, linewidth=0.8, linestyle=(0, (1, 1.5)))
    for day, names in groups:
        text = ", ".join(names[:2]) + (f" +{len(names) - 2}" if len(names) > 2 else "") + " date"
        lifted = "\n" if abs(day - results.window_days) < 0.1 * end else ""
        axes.annotate(
            text + lifted, (day, 1),
            xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
            ha="center", va="bottom", size=6.5, color=GREY,
        )  # fmt: skip


def draw_days(analysis: Analysis) -> Plot:
    """A strip a country: how its deals spread over the window, its median, its own date, and its chance of none."""
    results = analysis.results
    countries, note = shown_countries(analysis)
    kept = analysis.kept[analysis.reference]
    ran = kept.deal_day[:, 0] != NOT_RUN
    runs = int(ran.sum())
    width = int(np.ceil(results.last_day / BIN_DAYS))
    share, none, median = {}, {}, {}
    rows = []
    for c, iso3 in enumerate(results.countries):
        days = kept.deal_day[ran, c]
        count = np.bincount(np.minimum(days[days >= 0] // BIN_DAYS, width - 1), minlength=width)
        share[c], none[c] = count / runs, int((days == NO_DEAL).sum())
        waited = np.sort(np.where(days == NO_DEAL, np.inf, days))
        median[c] = float(waited[(runs - 1) // 2])
        low, high = share_interval(count, np.full(width, runs))
        rows += [
            row("deal_days", analysis.reference, iso3, f"deal within {BIN_DAYS} days from x", "probability",
                b * BIN_DAYS, share[c][b], low=low[b], high=high[b], runs=runs)
            for b in range(width)
        ]  # fmt: skip
        low, high = share_interval(np.array(none[c]), np.array(runs))
        rows.append(row("deal_days", analysis.reference, iso3, "no deal", "probability", None, none[c] / runs,
                        low=float(low), high=float(high), runs=runs))  # fmt: skip
    order = sorted(countries, key=lambda c: (median[c], none[c]))
    per_row = 0.23 if len(order) <= 8 else 0.18
    caption = [
        source_line(analysis), reference_line(analysis),
        "White mark: median day; line with triangles: the country's own date. No deal: share of runs with its 95 % "
        "interval.", note,
    ]  # fmt: skip
    figure, (axes,) = new_page(
        1, title="When each country signs", caption=caption, panel_height=per_row * len(order), left=1.35, right=2.1,
        top=0.6,
    )  # fmt: skip
    image = axes.pcolormesh(
        np.arange(width + 1) * BIN_DAYS, np.arange(len(order) + 1) - 0.5, np.array([share[c] for c in order]), vmin=0
    )
    axes.set(xlim=(0, width * BIN_DAYS), ylim=(len(order) - 0.5, -0.5), xlabel=DAYS_LABEL)
    axes.set_yticks(range(len(order)), [short(results.country_names[c], 20) for c in order])
    axes.tick_params(axis="y", length=0)
    for y in range(1, len(order)):
        axes.axhline(y - 0.5, color="white", linewidth=1.0)
    for y, c in enumerate(order):
        low, high = share_interval(np.array(none[c]), np.array(runs))
        axes.annotate(
            f"{none[c] / runs:.2f} [{low:.2f}, {high:.2f}]", (1, y), xycoords=("axes fraction", "data"),
            xytext=(6, 0), textcoords="offset points", va="center", size=6.6,
        )  # fmt: skip
        if np.isfinite(median[c]):
            axes.plot(median[c] + 0.5, y, "o", color="white", markeredgecolor="black", markersize=3.6, mew=0.6)
        date = results.dates.get(results.countries[c])
        if date is not None and date <= results.last_day:
            axes.plot([date, date], [y - 0.42, y + 0.42], color="white", linewidth=2.0)
            axes.plot([date, date], [y - 0.42, y + 0.42], color="black", linewidth=1.0)
            axes.plot(date, y - 0.34, "v", color="white", markeredgecolor="black", markersize=3.6, mew=0.6)
    axes.annotate("no deal", (1, 1), xycoords="axes fraction", xytext=(6, 3), textcoords="offset points", size=6.8)
    axes.axvline(results.window_days, color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    axes.annotate(
        "deadline", (results.window_days, 1), xycoords=("data", "axes fraction"), xytext=(0, 3), ha="right",
        textcoords="offset points", size=6.5,
    )  # fmt: skip
    colour_bar_beside(figure, axes, image)
    return Plot("deal_days", figure, rows)


def colour_bar_beside(figure: object, axes: Axes, image: object) -> None:
    """The colour bar, right of the column of numbers."""
    box = axes.get_position()
    shifted = axes.figure.add_axes((box.x1, box.y0, 1.0 / WIDTH, box.height))
    shifted.set_axis_off()
    colour_bar(axes.figure, [shifted], image, f"Chance of signing\nin {BIN_DAYS} days")  # type: ignore[arg-type]
