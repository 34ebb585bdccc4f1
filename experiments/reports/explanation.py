"""How `run --explain` looks on a terminal: every call in a line, then the account of those in which something is new.

Plain text that fits 80 columns.
"""

from textwrap import fill
from typing import Any

from agents.amounts import chance, decimals, number, percent
from agents.reason import AGREED, CAUSE_NAMES, NAMED_FROM, PART_NAMES

WIDTH = 80
CAUSES_FOUND = " What a cause changes is found by taking that one thing away from the call on, the others' moves held."
NEW = ("answer", "kind", "signed_before", "harsh_precedents", "sector_news", "regime", "package")


def show_explanation(country: str, calls: list[dict[str, Any]]) -> None:
    """Why a country moved or waited, in the order of its calls."""
    if not calls:
        print(f"{country} was never called.")
        return
    print("\n".join(["", *overview(country, calls), ""]))
    told, before = 0, None
    for call in calls:
        state = tuple(call[name] for name in NEW)
        if state != before:
            print("\n".join([*account(call), ""]))
            told += 1
        before = state
    if told < len(calls):
        untold = f"Calls in which nothing was new since the call before are not repeated ({len(calls) - told})"
        print(wrapped(f"{untold}; --json and --explain-csv have the account of each."))
    caused = any(call["causes"] for call in calls)
    print(
        wrapped(
            f"Strategy: {calls[-1]['sentence']} Moving is ratification x signing + (1 - ratification) x waiting. "
            f"Waiting goes on under everybody's own strategy ({calls[-1]['waiting_method']}).{CAUSES_FOUND * caused}"
        )
    )


def show_hegemon(calls: list[dict[str, Any]]) -> None:
    """Whom the hegemon called and why, a call a sentence."""
    print("\n".join(["", f"The hegemon: {len(calls)} calls", *(wrapped(call["words"], "  ") for call in calls)]))


def overview(country: str, calls: list[dict[str, Any]]) -> list[str]:
    """A line a call."""
    lines = [
        f"{country}: {len(calls)} call{'s' if len(calls) > 1 else ''}",
        f"{'% of stakes':>67}{'bn a year':>12}",
        f" day deals  answer {'reason':<20}{'moving':>8}{'waiting':>8}{'difference':>12}{'difference':>12}",
    ]
    for call in calls:
        cells = f"{percent(call['moving']):>8}{percent(call['waiting']):>8}{percent(call['advantage'], plus=True):>12}"
        amount = number(call["advantage_bn"], decimals(call["stakes_bn"]), plus=True)
        lines.append(
            f"{call['day']:>4}{call['signed_before']:>6}  {call['answer']:<7}{call['kind']:<20}{cells}{amount:>12}"
        )
    return [line.rstrip() for line in lines]


def account(call: dict[str, Any]) -> list[str]:
    """The account of one call: the state, the reason in words, the parts, the causes."""
    date = f"before its date, day {call['own_date']}" if call["own_date"] is not None else "no date ahead"
    package = "sign what both agree on today" if call["package"] == AGREED else f"table the {call['package']} package"
    package = f"would {package}, ratified with {chance(call['ratification'])}"
    news = "known" if call["sector_news"] else "not yet"
    state = (
        f"Day {call['day']}, {call['answer']}. Deals {call['signed_before']}, {call['harsh_precedents']} harsh; belief "
        f"in a firm hegemon {chance(call['belief_firm'])}; sector news {news}; {date}; "
        f"{'cannot sign' if call['signing'] is None else package}."
    )
    unit = decimals(call["stakes_bn"])
    lines = [
        wrapped(state),
        *(wrapped(text, "  ") for text in call["words"].values() if text),
        f"  {'':<28}{'% of stakes':>24}{'bn USD a year':>24}",
        f"  {'':<28}{' moving waiting  differ':>24}{' moving waiting  differ':>24}",
    ]
    for part in call["parts"]:
        if any(abs(part[side] or 0.0) >= NAMED_FROM for side in ("moving", "waiting")):
            lines.append(row(PART_NAMES[part["part"]], part, unit))
    total = {"moving": call["moving"], "waiting": call["waiting"], "difference": call["advantage"]}
    lines.append(row("in all", in_both_units(total, call), unit))
    for cause in call["causes"]:
        if abs(cause["change"]) >= NAMED_FROM:
            without = in_both_units({"difference": cause["without"]}, call)
            lines.append(row(CAUSE_NAMES[cause["cause"]], without, unit))
    return lines


def in_both_units(shares: dict[str, float | None], call: dict[str, Any]) -> dict[str, float | None]:
    """Shares of stakes, and beside them bn."""
    stakes = call["stakes_bn"]
    return shares | {f"{name}_bn": None if value is None else value * stakes for name, value in shares.items()}


def row(name: str, values: dict[str, Any], unit: int) -> str:
    """One line of an account: a name, then moving, waiting and their difference in both units."""
    sides = ("moving", "waiting", "difference")
    shares = "".join(f"{percent(values.get(side), side == 'difference'):>8}" for side in sides)
    amounts = "".join(f"{number(values.get(f'{side}_bn'), unit, side == 'difference'):>8}" for side in sides)
    return f"  {name:<28}{shares}{amounts}".rstrip()


def wrapped(text: str, indent: str = "") -> str:
    """A text in lines of at most 80 columns."""
    return fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
