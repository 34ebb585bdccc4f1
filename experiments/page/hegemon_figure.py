"""The hegemon: whom it is likely to call next, what it has gained so far, and what the public knows about its type."""

from html import escape

from experiments.page.story import Row, Story, belief_text, date_of
from experiments.page.words import explained

SHOWN = 8  # countries listed; the rest are summed up


def draw_hegemon(story: Story) -> str:
    """The hegemon as HTML."""
    precedents = explained(f"{story.harsh} harsh, {story.deals - story.harsh} mild")
    kind = f"It was {story.hegemon}." if story.hegemon else "Its type is drawn, and not public."
    facts = (
        f'<dl class="facts"><div><dt>surplus so far</dt><dd>{story.surplus_bn:.1f} <small>bn USD a year</small></dd>'
        f"</div><div><dt>deals</dt><dd>{story.deals} <small>{precedents}</small></dd></div>"
        f"<div><dt>{explained('belief: firm')}</dt><dd>{belief_text(story.belief[-1][1])}</dd></div>"
        f"<div><dt>meetings left</dt><dd>{story.meetings_left}</dd></div></dl>"
        f"<p>{explained(kind)} Its surplus is what its deals are worth to it beyond no deal, headlines included.</p>"
    )
    return facts + next_call(story)


def next_call(story: Story) -> str:
    """Who is likely to be called next."""
    likely = sorted((row for row in story.rows if row.next_call > 0), key=lambda row: -row.next_call)
    if not story.running:
        return ""
    if not likely or story.next_day is None:
        return "<p>Nobody is left to be called.</p>" if story.deals == len(story.rows) else "<p>No meeting is left.</p>"
    most = likely[0].next_call
    bars = "".join(bar(row, most) for row in likely[:SHOWN])
    rest = sum(row.next_call for row in likely[SHOWN:])
    others = len(likely) - SHOWN
    more = f"<p>and {others} other{'s' if others > 1 else ''}, {rest:.0%} together</p>" if rest else ""
    return (
        f"<h3>Called next, on day {story.next_day} ({date_of(story.next_day)})</h3>"
        f'<div class="chances">{bars}</div>{more}'
    )


def bar(row: Row, most: float) -> str:
    """One country's chance."""
    return (
        f'<div class="name" title="{escape(row.name)}" data-country="{row.iso3}"><span>{escape(row.name)}</span>'
        f'<b>{row.iso3}</b></div><div class="track"><i class="chance" style="width:{100 * row.next_call / most:.1f}%">'
        f'</i></div><div class="value">{row.next_call:.0%}</div>'
    )
