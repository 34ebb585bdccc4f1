"""The calendar: a row a country, a column a day, what happened at each call; below it the belief on the same days.

An SVG whose days are percentages of its width, so that it fits any width with letters that stay readable. Every mark
has a shape of its own beside its colour (those of Okabe and Ito), and a tooltip; a click on it asks why.
"""

import math
from html import escape

from experiments.page.story import ANSWERS, Call, Row, Story, belief_text, date_of, percent
from experiments.page.words import explained

EDGE = 2.0  # days left free before day 0 and after the last
HEAD = 46  # pixels above the rows, for the names of the dates
BELIEF = 88  # pixels of the belief strip
MOST_ROWS = 30  # countries of which all have a row
AXIS = 46  # pixels below it, for days and dates
CROSS = "M-7-7 7 7M7-7-7 7"


def row_height(rows: int) -> int:
    """Pixels of a row: less for many countries."""
    return 46 if rows <= 8 else 38 if rows <= 12 else 28 if rows <= 24 else 24


def rows_shown(story: Story) -> tuple[list[Row], list[Row]]:
    """The rows to draw and those left out: of very many countries, those called so far, in the order of first calls."""
    if len(story.rows) <= MOST_ROWS:
        return list(story.rows), []
    called = sorted((row for row in story.rows if row.calls), key=lambda row: row.calls[0].number)
    return called, [row for row in story.rows if not row.calls]


def draw_calendar(story: Story, picked_call: int) -> str:
    """The calendar as HTML: names, the SVG, rates; the picked call has a ring round it."""
    shown, left_out = rows_shown(story)
    height = row_height(len(story.rows))
    total = HEAD + height * len(shown) + BELIEF + AXIS
    names = "".join(
        f'<div class="name" style="height:{height}px" title="{escape(row.name)}" data-country="{row.iso3}">'
        f"<span>{escape(row.name)}</span><b>{row.iso3}</b></div>"
        for row in shown
    )
    rates = "".join(f'<div style="height:{height}px">{rate_text(row, story)}</div>' for row in shown)
    rows = "".join(draw_row(row, HEAD + k * height, height, story) for k, row in enumerate(shown))
    calls = "".join(
        draw_call(row, call, HEAD + (k + 0.5) * height, height, story, call.number == picked_call)
        for k, row in enumerate(shown)
        for call in row.calls
    )
    size = "wide" if height >= 36 else "close" if height >= 28 else "dense"
    others = ", ".join(escape(row.name) for row in left_out)
    return (
        f'<div class="calendar {size}">'
        f'<div class="names"><div style="height:{HEAD}px"></div>{names}'
        f'<div class="strip" style="height:{BELIEF}px"><span>{explained("belief: firm")}</span></div>'
        f'<div class="axis" style="height:{AXIS}px">day</div></div>'
        f'<svg height="{total}" role="img" aria-label="Calendar of the calls: {len(shown)} countries, '
        f'{sum(len(row.calls) for row in shown)} calls">'
        f"{shade(story, total)}{rows}{draw_dates(story, total)}{draw_belief(story, total - AXIS - BELIEF)}{calls}</svg>"
        f'<div class="rates"><div class="head" style="height:{HEAD}px"><span class="long">tariff:&nbsp;</span>'
        f"threat \N{RIGHTWARDS ARROW} now</div>{rates}"
        f'<div class="strip" style="height:{BELIEF}px">{belief_text(story.belief[-1][1])}</div></div></div>'
        f"{LEGEND}" + (f'<p class="others">Not called so far ({len(left_out)}): {others}.</p>' if left_out else "")
    )


def x_of(day: float, story: Story) -> str:
    """Where a day lies, in percent of the width."""
    return f"{100 * (day + EDGE) / (story.last + 2 * EDGE):.3f}%"


def width_of(days: float, story: Story) -> str:
    """How wide so many days are, in percent of the width."""
    return f"{100 * max(days, 0.0) / (story.last + 2 * EDGE):.3f}%"


def line(day: float, top: float, bottom: float, kind: str, story: Story) -> str:
    """A vertical line at a day."""
    x = x_of(day, story)
    return f'<line x1="{x}" x2="{x}" y1="{top}" y2="{bottom}" class="{kind}"/>'


def label(day: float, y: float, text: str, kind: str, story: Story, anchor: str = "middle") -> str:
    """A text at a day; a text at the edges turns inwards."""
    part = (day + EDGE) / (story.last + 2 * EDGE)
    anchor = "end" if part > 0.93 else "start" if part < 0.07 else anchor
    return f'<text x="{x_of(day, story)}" y="{y}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'


def shade(story: Story, total: int) -> str:
    """The days that are still to come."""
    if not story.running:
        return ""
    left, length = x_of(story.day, story), width_of(story.last + EDGE - story.day, story)
    return f'<rect x="{left}" y="{HEAD}" width="{length}" height="{total - AXIS - HEAD}" class="future"/>'


def draw_row(row: Row, top: int, height: int, story: Story) -> str:
    """The ground of one country: the time under domestic limits, its own date, the time since its deal."""
    middle, inset = top + height / 2, height * 0.1
    out = [f'<line x1="0%" x2="100%" y1="{middle}" y2="{middle}" class="row"/>']
    if row.own_date is not None:
        note = escape(f"{row.name}, day {row.own_date}: {row.date_note or 'its own date'}")
        if row.limited:
            until = min(row.own_date, story.last + EDGE)
            out.append(
                f'<rect x="0%" width="{width_of(until + EDGE, story)}" y="{top + inset}" height="{height - 2 * inset}"'
                f' class="limits"><title>{note}; limits at home until then</title></rect>'
            )
        if row.own_date <= story.last:
            mark = line(row.own_date, top + inset, top + height - inset, "own-date", story)
            out.append(f"<g>{mark}<title>{note}</title></g>")
        if height >= 36:
            out.append(date_label(row, top, story))
    if row.deal_day is not None:
        thick = height * 0.36
        until = story.day if story.running else story.end_day
        out.append(
            f'<rect x="{x_of(row.deal_day, story)}" width="{width_of(until - row.deal_day, story)}"'
            f' y="{middle - thick / 2}" height="{thick}" class="signed-since"/>'
        )
    return "".join(out)


def date_label(row: Row, top: int, story: Story) -> str:
    """The name of a country's own date: beside its mark, or at the right edge with an arrow where it comes later."""
    day = row.own_date or 0
    text = f"{'election' if 'elect' in row.date_note else 'date'} day {day}"
    at, side, shift = day, "start", 7
    if day > story.last:
        at, side, shift, text = story.last, "end", -7, f"{text} \N{RIGHTWARDS ARROW}"
    elif day >= 0.8 * story.last:
        side, shift = "end", -7
    return f'<text x="{x_of(at, story)}" dx="{shift}" y="{top + 12}" text-anchor="{side}" class="note">{text}</text>'


def draw_call(row: Row, call: Call, middle: float, height: int, story: Story, picked: bool) -> str:
    """The mark of one call, with its tooltip; `data-call` tells the page what was clicked."""
    day, answer = call.day, call.answer
    x = x_of(day, story)
    if answer == "signed":
        size = min(height * 0.40, 16)
        rate = f"{percent(row.threatened)} \N{RIGHTWARDS ARROW} {percent(row.now)}"
        mark = (
            f'<circle cx="{x}" cy="{middle}" r="{size}" class="signed"/><text x="{x}" y="{middle + size * 0.37:.1f}"'
            f' class="rank" style="font-size:{size * 1.12:.0f}px">{row.rank}</text>'
        )
        told = f"signed as number {row.rank}, tariff {rate}"
    elif answer == "failed":
        size = min(height * 0.35, 13)
        scale = size / 13
        mark = (
            f'<svg x="{x}" y="{middle}" class="at"><path d="{CROSS}" transform="scale({scale:.2f})" class="failed-edge"'
            f'/><path d="{CROSS}" transform="scale({scale:.2f})" class="failed"/></svg>'
        )
        told = ANSWERS[answer]
    else:
        size = min(height * 0.19, 7)
        mark = f'<circle cx="{x}" cy="{middle}" r="{size:.1f}" class="waited"/>'
        told = ANSWERS[answer]
    ring = f'<circle cx="{x}" cy="{middle}" r="{size + 4:.1f}" class="picked"/>' if picked else ""
    target = f'<circle cx="{x}" cy="{middle}" r="{max(size, 10):.1f}" class="target"/>'
    title = escape(f"{row.name}, day {day} ({date_of(day)}): {told}")
    return f'<g data-call="{call.number}" class="call"><title>{title}</title>{ring}{mark}{target}</g>'


def rate_text(row: Row, story: Story) -> str:
    """The tariff threatened and the one in force."""
    if row.deal_day is not None:
        return f'{percent(row.threatened)} \N{RIGHTWARDS ARROW} <b class="deal">{percent(row.now)}</b>'
    if story.running:
        return f"{percent(row.threatened)}"
    return f"{percent(row.threatened)} \N{RIGHTWARDS ARROW} <b>{percent(row.now)}</b>"


def draw_belief(story: Story, top: int) -> str:
    """The strip below: how strongly the hegemon was believed to be firm, and the precedent of every deal."""
    low, high = top + BELIEF - 10, top + 14
    until = story.day if story.running else story.end_day
    out = [
        f'<line x1="0%" x2="100%" y1="{y}" y2="{y}" class="row"/><text x="0" y="{y - 3}" class="note">{text}</text>'
        for y, text in ((high, "100%"), (low, ""))
    ]

    def y_of(belief: float) -> float:
        return round(low - belief * (low - high), 1)

    previous: float | None = None
    for k, (day, belief, _) in enumerate(story.belief):
        end = story.belief[k + 1][0] if k + 1 < len(story.belief) else until
        y, x, width = y_of(belief), x_of(day, story), width_of(end - day, story)
        out.append(f'<rect x="{x}" y="{y}" width="{width}" height="{low - y:.1f}" class="belief-area"/>')
        out.append(f'<line x1="{x}" x2="{x_of(end, story)}" y1="{y}" y2="{y}" class="belief-line"/>')
        if previous is not None:
            out.append(line(day, previous, y, "belief-line", story))
        previous = y
    for day, belief, harsh in story.belief[1:]:
        shape, kind = ("M0-8 8 6-8 6z", "harsh") if harsh else ("M0 8 8-6-8-6z", "mild")
        out.append(
            f'<svg x="{x_of(day, story)}" y="{y_of(belief)}" class="at"><path d="{shape}" class="{kind}">'
            f"<title>day {day}: a {kind} precedent; belief {belief_text(belief)}</title></path></svg>"
        )
    return "".join(out)


def draw_dates(story: Story, total: int) -> str:
    """What all share: deadline, extension, sector news, today, and the axis."""
    bottom = total - AXIS
    side = "middle" if story.last == story.deadline else "end"
    out = [line(story.deadline, HEAD - 6, bottom, "deadline", story)]
    out.append(label(story.deadline, HEAD - 12, "deadline", "mark", story, side))
    if story.last > story.deadline:
        kind, text = ("deadline", "extended") if story.extended else ("maybe", "if extended")
        out += [line(story.last, HEAD - 6, bottom, kind, story), label(story.last, HEAD - 12, text, "mark", story)]
    if story.news_day is not None:
        text = f"sector news, day {story.news_day}"
        out.append(line(story.news_day, HEAD - 24, bottom, "news", story))
        out.append(label(story.news_day, HEAD - 30, text, "mark news-text", story))
    if story.running:
        out.append(line(story.day, HEAD - 6, bottom, "today", story))
        near = min(abs(story.day - day) for day in (story.deadline, story.last)) < 0.34 * story.last
        if not near:
            out.append(label(story.day, HEAD - 12, f"day {story.day}", "mark today-text", story))
    step = 10 * math.ceil(story.last / 130)
    for number, day in enumerate(range(0, story.last + 1, step)):
        out.append(label(day, bottom + 19, str(day), "tick" if number % 3 == 0 else "tick minor", story))
        if number % 3 == 0:
            out.append(label(day, bottom + 38, date_of(day), "tick date minor" if number % 2 else "tick date", story))
    return "".join(out)


LEGEND = (
    '<ul class="legend">'
    '<li><svg width="20" height="20"><circle cx="10" cy="10" r="6" class="waited"/></svg>called, waited</li>'
    f'<li><svg width="24" height="24"><g transform="translate(12 12)"><path d="{CROSS}" class="failed"/></g></svg>'
    "moved, not ratified</li>"
    '<li><svg width="44" height="24"><rect x="12" y="8" width="32" height="8" class="signed-since"/>'
    '<circle cx="13" cy="12" r="11" class="signed"/><text x="13" y="16.5" class="rank" style="font-size:13px">1</text>'
    f"</svg><span>{explained('signed (its rank)')}</span></li>"
    '<li><svg width="34" height="20"><rect width="28" height="20" class="limits"/>'
    '<line x1="29" x2="29" y1="0" y2="20" class="own-date"/></svg>limits at home until its own date</li>'
    '<li><svg width="34" height="20"><path d="M8 3l7 13H1z" class="harsh"/>'
    '<path d="M26 17l7-13H19z" class="mild"/></svg>'
    f"<span>{explained('harsh, mild precedent')}</span></li></ul>"
)
