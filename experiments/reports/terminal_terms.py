"""How the terms table looks on a terminal: a table for each country, date and state of the news, in 80 columns."""

import re
import textwrap
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from experiments.console import make_console
from experiments.reports.terminal import WIDTH, make_table, number, percent, say, say_wrapped

HEADINGS = (
    "<type|rank|payoff\nbn|% of\nstakes|recip.\n%|sector\n%|all-in\n%|hege-\nmon bn|head-\nline bn|con-\nceded|cost\nbn"
)
NOTE = (
    "Payoff (none: no zone of agreement): what the terms are worth to the country, bn USD a year beyond the executed "
    "threat, and as a share of its stakes. Rates as news reports them: the reciprocal one, the one on sectors that "
    "have a tariff of their own, and all-in, weighted by what is imported under each (--csv has the open sectors' rate "
    "too). Hegemon: what the terms are worth to it; the headline comes on top. Conceded: issues, in part or in full, "
    "and their cost at home"
)


def show_terms(rows: Sequence[dict[str, Any]], case: str, named: Sequence[str]) -> None:
    """What a signature brings; ranks that bring the same terms stand together. Of countries `named` each concession
    is told, in percent of the issue."""
    say(f"{case}: what a signature brings")
    states: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        states[row["country"], row["regime"], row["sector_news"]].append(row)
    for (iso3, regime, news), own in states.items():
        title = f"{iso3}, {regime} its date, outcome of the open sectors {news}"
        table = make_table(title, HEADINGS)
        told: list[tuple[str, str, list[dict[str, Any]]]] = []
        for members in same_terms(own):
            row = members[0]
            rates = [percent(row[name]) for name in ("tariff", "sector_rate", "all_in_rate")]
            names = [] if not row["concessions"] else row["concessions"].split("; ")
            if row["agreement"]:
                worth = [number(row["payoff_bn"]), percent(row["payoff_share"], 0)]
                gains = [number(row[name]) for name in ("hegemon_payoff_bn", "headline_bn")]
                cells = [*worth, *rates, *gains, str(len(names)), number(row["concessions_cost_bn"])]
            else:
                cells = ["none", *["-"] * 8]
            table.add_row(row["hegemon_type"], ranks_of(members), *cells)
            if row["agreement"]:
                told.append((row["hegemon_type"], concessions_in_words(names), members))
        make_console().print(table)
        for (hegemon_type, conceded), found in groupby(told, lambda line: line[:2]) if iso3 in named else ():
            ranks = ranks_of([row for *_, members in found for row in members])
            line = f"{hegemon_type} {ranks}: {conceded}"
            say(textwrap.fill(line, WIDTH, initial_indent="  ", subsequent_indent="    "))
    say_wrapped(NOTE + ("." if named else "; `--country KOR` names them."))


def same_terms(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows of one state in groups of one type and the same terms."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in ("hegemon_type", "agreement", "payoff_bn", "concessions"))].append(row)
    return sorted(groups.values(), key=lambda members: rows[0]["hegemon_type"] != members[0]["hegemon_type"])


def ranks_of(members: Sequence[dict[str, Any]]) -> str:
    """The ranks of a group: 1, or 2-6."""
    first, last = members[0]["rank"], members[-1]["rank"]
    return str(first) if first == last else f"{first}-{last}"


def concessions_in_words(names: Sequence[str]) -> str:
    """Issues as terms.csv names them (`rice_market:0.30`), in words and percent; whole ones without a number."""
    told = [re.fullmatch(r"(.*?)(?::(\d\.\d\d))?", name, flags=re.DOTALL) for name in names]
    parts = [(found[1].replace("_", " "), found[2]) for found in told if found]
    return ", ".join(f"{name} {float(level):.0%}" if level else name for name, level in parts) or "nothing"
