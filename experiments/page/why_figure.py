"""Why: for one call, its reason in words, and what moving and waiting were worth side by side, part by part.

The account is that of `agents.explanation`, the same as `run --explain` prints. Differences are drawn on one scale.
"""

from collections.abc import Sequence
from html import escape

from agents.amounts import chance, decimals, number, percent
from agents.explanation import Explanation
from agents.reason import AGREED, CAUSE_NAMES, NAMED_FROM, PART_NAMES
from experiments.page.story import ANSWERS, Row, belief_text, date_of
from experiments.page.words import explained
from model.glossary import meaning_of

PACKAGES = {"full": "the full package", "lean": "the lean package", AGREED: "what both agree on today"}
SHOWN = 8  # calls that have a button; the marks in the calendar reach the others
INTRODUCTION = (
    "A country that is called moves (brings its offer and signs) or waits. Moving early can pay: the first deal is "
    "worth more to the hegemon. Waiting can pay: others' deals tell how tough the hegemon is, the news on chips and "
    "medicines comes out, an election passes. Step or play: what both are worth at each call is shown here, part by "
    "part."
)
NO_CAUSES = (
    "Single causes are not defined against a forward-looking hegemon: without one, all bargains to come would differ."
)
HEADS = ("", "moving", "waiting", "difference", "bn/year")


def draw_why(row: Row | None, told: Explanation | None, call: int) -> str:
    """The account of one call as HTML. Without one: what to do to see one."""
    if row is None or told is None:
        who = f"{escape(row.name)} has not" if row is not None else "Nobody has"
        return f'<p class="empty">{who} been called yet.</p><p class="empty">{INTRODUCTION}</p>'
    return (
        f'{verdict(row, told)}{account(told)}<p class="rule">{explained(told.words.outlook)}</p>{state(row, told)}'
        f'<p class="rule">Strategy: {escape(told.sentence)}</p>{calls(row, call)}'
    )


def verdict(row: Row, told: Explanation) -> str:
    """The answer, and its reason in sentences."""
    head = f"<b>{escape(row.name)}</b>, day {told.day} ({date_of(told.day)}): <b>{ANSWERS[told.answer]}</b>."
    words = (text for text in (told.words.differences, told.words.cause) if text)
    said = "".join(f"<p>{explained(true_minus(text))}</p>" for text in words)
    return f'<p class="verdict">{head} {explained(true_minus(told.words.verdict))}</p><div class="said">{said}</div>'


def account(told: Explanation) -> str:
    """Moving and waiting side by side: parts, totals, and what the difference would be without a cause."""
    widest = max([abs(part.difference or 0.0) for part in told.parts] + [abs(told.advantage or 0.0), 1e-9])
    heads = "".join(f'<div class="head" title="{escape(meaning)}">{head}</div>' for head, meaning in named_heads())
    lines = [
        line(PART_NAMES[part.part], (part.moving, part.waiting, part.difference), told, widest, title_of(part.part))
        for part in told.parts
        if max(abs(part.moving or 0.0), abs(part.waiting)) >= NAMED_FROM
    ]
    lines.append(line("in all", (told.moving, told.waiting, told.advantage), told, widest, kind="total"))
    causes = [
        line(CAUSE_NAMES[cause.cause], (None, None, cause.without), told, widest, kind="cause")
        for cause in told.causes
        if abs(cause.change) >= NAMED_FROM
    ]
    note = "" if told.waiting_method == "exact" else f"<p>The value of waiting is a {told.waiting_method}.</p>"
    note += f"<p>{NO_CAUSES}</p>" if told.package == AGREED else ""
    return f'<div class="parts">{heads}{"".join(lines)}{"".join(causes)}</div>{note}'


def named_heads() -> list[tuple[str, str]]:
    """The columns, with what their unit means."""
    unit = f"in % of stakes. {meaning_of('stakes')}"
    return [(head, "" if not head else "bn USD a year" if head == HEADS[-1] else unit) for head in HEADS]


def title_of(part: str) -> str:
    """What the glossary says of a part, where it does."""
    return meaning_of("flow of the pause") if part == "flow_of_the_pause" else ""


def line(
    name: str, values: Sequence[float | None], told: Explanation, widest: float, title: str = "", kind: str = ""
) -> str:
    """One line of the account, from shares of stakes: moving, waiting, their difference with a bar, and that in bn."""
    moving, waiting, difference = values
    cells = "".join(f'<div class="value">{true_minus(percent(value))}</div>' for value in (moving, waiting))
    bar = ""
    if difference is not None:
        width = 50.0 * min(abs(difference) / widest, 1.0)
        side = f"left:50%;width:{width:.1f}%" if difference >= 0.0 else f"left:{50.0 - width:.1f}%;width:{width:.1f}%"
        bar = f'<i class="{"gain" if difference >= 0.0 else "loss"}" style="{side}"></i>'
    amount = None if difference is None else difference * told.stakes_bn
    return (
        f'<div class="line {kind}"><div class="label" title="{escape(title)}">{escape(name)}</div>{cells}'
        f'<div class="value track">{bar}<span>{true_minus(percent(difference, plus=True))}</span></div>'
        f'<div class="value">{true_minus(number(amount, decimals(told.stakes_bn), plus=True))}</div></div>'
    )


def true_minus(text: str) -> str:
    """A text whose numbers have minus signs, not hyphens: those that stand before a digit and after none, or a word."""
    out = [
        "\N{MINUS SIGN}" if one == "-" and after.isdigit() and not before.isalnum() else one
        for before, one, after in zip(f" {text}", text, f"{text[1:]} ", strict=False)
    ]
    return "".join(out)


def state(row: Row, told: Explanation) -> str:
    """The public state in which it was called, as a list of facts."""
    ahead = "none" if row.own_date is None else f"ahead, day {row.own_date}"
    facts: Sequence[tuple[str, str]] = (
        ("belief: firm", belief_text(told.belief_firm)),
        ("deals seen", f"{told.signed_before}, {told.harsh_precedents} harsh"),
        ("sector news", "known" if told.sector_news else "not yet"),
        ("its own date", ahead if told.regime == "before" else "past"),
        ("it would sign" if told.package == AGREED else "it would table", PACKAGES.get(told.package, "nothing")),
        ("ratified with", chance(told.ratification)),
        ("moves with", chance(told.probability)),
    )
    lines = (f"<div><dt>{explained(name)}</dt><dd>{explained(fact)}</dd></div>" for name, fact in facts)
    return f'<dl class="facts">{"".join(lines)}</dl>'


def calls(row: Row, call: int) -> str:
    """A button for each of its latest calls."""
    chips = "".join(
        f'<button type="button" data-call="{one.number}" class="chip {one.answer}" '
        f'aria-pressed="{"true" if one.number == call else "false"}">day {one.day}: {one.answer}</button>'
        for one in row.calls[-SHOWN:]
    )
    if len(row.calls) > SHOWN:
        chips = f"<span>{len(row.calls) - SHOWN} earlier \N{HORIZONTAL ELLIPSIS}</span>{chips}"
    return f'<div class="chips">{chips}</div>'
