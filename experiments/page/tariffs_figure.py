"""Tariffs: what each country was threatened with, the baseline, what it pays now, and what it has conceded."""

from html import escape

from experiments.page.story import Row, Story, percent

MOST_ROWS = 30  # countries of which all have a bar


def draw_tariffs(story: Story) -> str:
    """The tariffs as HTML: a bar a country on one scale, and its concessions in words."""
    most = max([row.threatened for row in story.rows] + [row.now for row in story.rows] + [story.baseline, 1e-9])
    scale = 1.08 * most
    shown = [row for row in story.rows if len(story.rows) <= MOST_ROWS or row.deal_day is not None]
    rows = "".join(draw_row(row, story, scale) for row in shown)
    key = (
        '<ul class="legend"><li><i class="swatch threat"></i>threatened</li>'
        '<li><i class="swatch now"></i>in force now</li>'
        f'<li><i class="swatch baseline"></i>baseline {percent(story.baseline)}</li></ul>'
    )
    return f'{key}<div class="tariffs">{rows}</div>{others(story, len(shown))}'


def others(story: Story, shown: int) -> str:
    """Those that have no bar, summed up."""
    left = [row for row in story.rows if row.deal_day is None] if shown < len(story.rows) else []
    if not left:
        return ""
    if story.running:
        return f"<p>{len(left)} others without a deal pay the baseline, {percent(story.baseline)}.</p>"
    hit = sum(row.now > story.baseline + 1e-9 for row in left)
    return f"<p>{len(left)} others without a deal: {hit} pay more than the baseline, the rest as before.</p>"


def draw_row(row: Row, story: Story, scale: float) -> str:
    """One country's bar, rates and concessions."""
    threat, now, base = (100 * rate / scale for rate in (row.threatened, row.now, story.baseline))
    kind = "deal" if row.deal_day is not None else "open" if story.running else "none"
    title = escape(f"{row.name}: threatened {percent(row.threatened)}, now {percent(row.now)}")
    return (
        f'<div class="entry"><div class="name" title="{escape(row.name)}" data-country="{row.iso3}">'
        f"<span>{escape(row.name)}</span><b>{row.iso3}</b></div>"
        f'<div class="track" title="{title}"><i class="threat" style="width:{threat:.2f}%"></i>'
        f'<i class="now {kind}" style="width:{now:.2f}%"></i><i class="baseline" style="left:{base:.2f}%"></i></div>'
        f'<div class="value">{percent(row.now)}</div>{conceded(row, story)}</div>'
    )


def conceded(row: Row, story: Story) -> str:
    """What it gave and got, in words; nothing while there is no deal."""
    if row.deal_day is None:
        return "" if story.running else '<div class="conceded">no deal</div>'
    parts = [escape(name) + ("" if level > 0.995 else f" {level:.0%}") for name, level in row.concessions]
    given = f"gave {len(parts)} of {row.issues}: {', '.join(parts)}" if parts else "gave nothing"
    sector = ""
    if row.sector_now < row.sector_before - 1e-9:
        rates = f"{percent(row.sector_before)} \N{RIGHTWARDS ARROW} {percent(row.sector_now)}"
        sector = f' <span class="gained">got sector tariff {rates}</span>'
    return f'<div class="conceded">{given}.{sector}</div>'
