"""Why: for one call, what moving was worth beside what waiting was worth, part by part, and what followed.

The account is that of `agents.explanation`, the same as `run --explain` prints. All bars have one scale, in percent
of what is at stake for the country.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from agents.explanation import Explanation
from experiments.page.story import Row, belief_text, date_of

SHOWN = 8  # calls that have a button; the marks in the calendar reach the others
PART_NAMES = {
    "reciprocal_relief": "relief from the threatened tariff",
    "sector_relief": "relief in sectors (autos, steel)",
    "open_sector_relief": "relief in open sectors (chips, pharma)",
    "concessions": "concessions",
    "flow_of_the_pause": "what flows before the pause ends",
    "rebuff_risk": "risk of a rebuff",
    "delay": "time lost so far",
    "signing_cost": "cost of signing",
}
INTRODUCTION = (
    "A country that is called moves (brings its offer and signs) or waits. Moving early can pay: the first deal is "
    "worth more to the hegemon. Waiting can pay: others' deals tell how tough the hegemon is, the news on chips and "
    "medicines comes out, an election passes. Step or play: what both were worth at each call is shown here, part by "
    "part."
)
OUTCOME = {
    "waited": "It <b>waited</b>.",
    "failed": "It <b>moved</b>, and was not ratified at home.",
    "signed": "It <b>moved</b> and signed.",
}


@dataclass(frozen=True)
class Bar:
    """A line of the account: from where to where the bar goes; a total starts at 0 and is drawn darker."""

    name: str
    start: float
    end: float
    total: bool = False

    @property
    def text(self) -> str:
        value = self.end if self.total else self.end - self.start
        return signed(value, plus=not self.total)


def signed(share: float, plus: bool = True) -> str:
    """A share of stakes in percent, with a true minus sign."""
    value = round(100 * share, 1) + 0.0
    return f"{value:{'+' if plus and value else ''}.1f}".replace("-", "\N{MINUS SIGN}")


def draw_why(row: Row | None, told: Explanation | None, call: int) -> str:
    """The account of one call as HTML. Without one: what to do to see one."""
    if row is None or told is None:
        who = f"{escape(row.name)} has not" if row is not None else "Nobody has"
        return f'<p class="empty">{who} been called yet.</p><p class="empty">{INTRODUCTION}</p>'
    calls = "".join(
        f'<button type="button" data-call="{one.number}" class="chip {one.answer}" '
        f'aria-pressed="{"true" if one.number == call else "false"}">day {one.day}: {one.answer}</button>'
        for one in row.calls[-SHOWN:]
    )
    if len(row.calls) > SHOWN:
        calls = f"<span>{len(row.calls) - SHOWN} earlier \N{HORIZONTAL ELLIPSIS}</span>{calls}"
    return (
        f'<p class="verdict">{verdict(row, told)}</p><div class="account">{bars(told)}</div>{state(row, told)}'
        f'<p class="rule">Strategy: {escape(told.sentence)}</p><div class="chips">{calls}</div>'
    )


def verdict(row: Row, told: Explanation) -> str:
    """The answer in two sentences."""
    head = f"<b>{escape(row.name)}</b>, day {told.day} ({date_of(told.day)}): "
    if told.moving is None:
        return f"{head}no zone of agreement: it could not sign in this state. It <b>waited</b>."
    gain = told.moving - told.waiting
    side = "more" if gain >= 0 else "less"
    text = f"moving was worth {signed(abs(gain), plus=False)}% of its stakes {side} than waiting"
    return f"{head}{text}; it moved with probability <b>{chance(told.probability)}</b>. {OUTCOME[told.answer]}"


def chance(probability: float) -> str:
    """A probability as text, with a digit more where it is small."""
    return f"{probability:.1%}" if 0.0005 <= probability < 0.1 else belief_text(probability)


def account_bars(told: Explanation) -> list[tuple[str, list[Bar]]]:
    """The lines of the account: moving, then waiting."""
    move: list[Bar] = []
    if told.moving is not None:
        level = 0.0
        for name, value in told.parts.items():
            if abs(value) > 5e-5:
                move.append(Bar(PART_NAMES[name], level, level + value))
            level += value
        if told.ratification < 1:
            move.append(Bar(f"not ratified ({1 - told.ratification:.0%}): it goes on", level, told.moving))
        move.append(Bar("MOVING NOW", 0.0, told.moving, total=True))
    wait = [
        Bar("no deal at the end", 0.0, told.no_deal),
        Bar("option of a later deal", told.no_deal, told.waiting),
        Bar("WAITING", 0.0, told.waiting, total=True),
    ]
    return [("Moving now", move), ("Waiting", wait)]


def bars(told: Explanation) -> str:
    """All bars on one scale."""
    groups = account_bars(told)
    ends = [0.0, *(x for _, group in groups for bar in group for x in (bar.start, bar.end))]
    low, high = min(ends), max(ends)
    width = max(high - low, 1e-9)
    zero = 100 * -low / width
    out = []
    for heading, group in groups:
        if group:
            kind = "move" if heading == "Moving now" else "wait"
            out.append("".join(draw_bar(bar, low, width, zero, kind) for bar in group))
    gap = '<div class="gap"></div>'
    note = "" if told.waiting_method == "exact" else f"<p>The value of waiting is a {told.waiting_method}.</p>"
    return f'<div class="bars">{gap.join(out)}</div>{note}'


def draw_bar(bar: Bar, low: float, width: float, zero: float, kind: str) -> str:
    """One line: its name, its bar, its value in percent of stakes."""
    left, right = sorted((100 * (bar.start - low) / width, 100 * (bar.end - low) / width))
    sign = "total" if bar.total else "loss" if bar.end < bar.start else "gain"
    return (
        f'<div class="label {sign}">{escape(bar.name)}</div><div class="track"><i class="zero" '
        f'style="left:{zero:.2f}%"></i><i class="{sign} {kind}" style="left:{left:.2f}%;width:{right - left:.2f}%"></i>'
        f'</div><div class="value {sign}">{bar.text}</div>'
    )


def state(row: Row, told: Explanation) -> str:
    """The public state in which it was called, as a list of facts."""
    ahead = "none" if row.own_date is None else f"ahead, day {row.own_date}"
    facts: Sequence[tuple[str, str]] = (
        ("belief: firm", belief_text(told.belief_firm)),
        ("deals seen", f"{told.signed_before}, {told.harsh_precedents} harsh"),
        ("sector news", "known" if told.sector_news else "not yet"),
        ("its own date", ahead if told.regime == "before" else "past"),
        ("it would table", {"full": "the full package", "lean": "the lean package"}.get(told.package, "nothing")),
        ("ratified with", f"{told.ratification:.0%}"),
        ("moves with", chance(told.probability)),
    )
    return '<dl class="facts">' + "".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in facts) + "</dl>"
