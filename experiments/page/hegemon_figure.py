"""The hegemon: how it plays, why it called whom it did, whom it may call next, and what the public knows about it.

Who may be called, and what is expected of it, is that of `agents.call_reason`, the same as `run --explain hegemon`.
"""

from collections.abc import Sequence
from html import escape

from agents.amounts import number
from agents.call_reason import Candidate, next_in_words
from experiments.page.story import Story, belief_text, date_of
from experiments.page.why_figure import true_minus
from experiments.page.words import explained, titled

SHOWN = 8  # countries listed; the rest are summed up
WORTH = "What the hegemon expects of this call beyond one by lottery, bn USD a year"


def draw_hegemon(story: Story, reason: str = "") -> str:
    """The hegemon as HTML; reason: of the call that is explained, in words."""
    precedents = explained(f"{story.harsh} harsh, {story.deals - story.harsh} mild")
    kind = f"It was {story.hegemon}." if story.hegemon else "Its type is drawn, and not public."
    facts = (
        f'<dl class="facts"><div><dt>surplus so far</dt><dd>{story.surplus_bn:.1f} <small>bn USD a year</small></dd>'
        f"</div><div><dt>deals</dt><dd>{story.deals} <small>{precedents}</small></dd></div>"
        f"<div><dt>{explained('belief: firm')}</dt><dd>{belief_text(story.belief[-1][1])}</dd></div>"
        f"<div><dt>meetings left</dt><dd>{story.meetings_left}</dd></div></dl>"
        f"<p>{explained(kind)} Its surplus is what its deals are worth to it beyond no deal, headlines included.</p>"
    )
    name = titled(story.strategy.name.replace("_", "-"))
    plays = f'<p class="rule">Strategy: {name}. {explained(story.strategy.sentence)}</p>'
    said = f'<p class="reason">{explained(true_minus(reason))}</p>' if reason else ""
    return facts + plays + said + next_call(story)


def next_call(story: Story) -> str:
    """Who is likely to be called next, and where the hegemon chooses, why."""
    if not story.running:
        return ""
    if not story.candidates or story.next_day is None:
        return "<p>Nobody is left to be called.</p>" if story.deals == len(story.rows) else "<p>No meeting is left.</p>"
    shown, rest = story.candidates[:SHOWN], story.candidates[SHOWN:]
    why = story.candidates[0].less_bn is not None
    others = f"{len(rest)} other{'s' if len(rest) > 1 else ''}, {sum(one.chance for one in rest):.0%} together"
    more = f"<p>and {others}</p>" if rest else ""
    return (
        f"<h3>Called next, on day {story.next_day} ({date_of(story.next_day)})</h3>"
        f"<p>{explained(true_minus(next_in_words(story.candidates)))}</p>{bars(shown, why)}{more}"
    )


def bars(shown: Sequence[Candidate], why: bool) -> str:
    """A line a country: its chance, and why: what is expected of its call beyond one by lottery."""
    most = shown[0].chance
    lines = "".join(bar(one, most) + (expected(one) if why else "") for one in shown)
    if not why:
        return f'<div class="chances">{lines}</div>'
    heads = f'<div class="head">chance</div><div class="head" title="{WORTH}">beyond a lottery, bn</div>'
    return f'<div class="chances why">{heads}{lines}</div>'


def bar(one: Candidate, most: float) -> str:
    """One country's chance."""
    return (
        f'<div class="name" title="{escape(one.name)}" data-country="{one.country}"><span>{escape(one.name)}</span>'
        f'<b>{one.country}</b></div><div class="track"><i class="chance" style="width:{100 * one.chance / most:.1f}%">'
        f'</i></div><div class="value">{one.chance:.0%}</div>'
    )


def expected(one: Candidate) -> str:
    """What is expected of its call beyond one by lottery, and whether there is anything to agree on."""
    amount = true_minus(number(one.beyond_lottery_bn, 3, plus=True))
    barred = "" if one.can_sign else '<div class="barred">no zone of agreement today</div>'
    return f'<div class="value">{amount}</div>{barred}'
