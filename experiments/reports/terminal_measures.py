"""How measures look on a terminal: a table for each measure, a line a country."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from experiments.console import make_console
from experiments.measures.catalogue import CATALOGUE, DATES
from experiments.measures.study import UNCONVERGED
from experiments.reports.terminal import WIDTH, make_table, number, percent, say_wrapped
from experiments.tables.schema import BN, DATE_PARTS, PROBABILITY, SHARE

GAP = 2  # between two columns, in letters
DATE_STEP = 6  # every sixth meeting: one a week at the defaults


def show_measures(title: str, names: Sequence[str], rows: list[dict[str, Any]], dates: list[dict[str, Any]]) -> None:
    """Every measure asked for, in shares of stakes and in bn USD a year, with what its interval is."""
    console = make_console()
    for name in names:
        own = [row for row in rows if row["measure"] == name]
        if not own:
            continue
        console.print(f"\n{name.replace('_', ' ')}, {title}", style="bold", highlight=False)
        say_wrapped(CATALOGUE[name].sentence)
        if CATALOGUE[name].of_world is not None:
            show_world(own)
        else:
            show_by_country(own)
    if DATES in names:
        for iso3 in dict.fromkeys(row["country"] for row in dates):
            show_dates([row for row in dates if row["country"] == iso3])
    if any(row["method"] == UNCONVERGED for row in rows):
        names = ", ".join(dict.fromkeys(row["measure"] for row in rows if row["method"] == UNCONVERGED))
        console.print(f"WARNING: an equilibrium behind {names} did not converge (--json and --out say where).")
    if any(row["method"].startswith("simulated") for row in rows):
        console.print("In brackets: 95 % interval of the simulation.", highlight=False)
    if any(row["measure"] == "constraint_cost" for row in rows):
        console.print(
            "Brackets of a total constraint cost: the range that the judgement inputs imply.", highlight=False
        )


def show_by_country(rows: list[dict[str, Any]]) -> None:
    """A line a part, a column a country; as many countries side by side as WIDTH holds."""
    parts = list(dict.fromkeys(row["part"] for row in rows))
    lines: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        text = in_its_unit(row) if row["value"] is not None else "-"
        if text not in lines[row["country"], row["part"]]:
            lines[row["country"], row["part"]].append(text)
    # Two lines a cell: a number that a narrow column cuts short would be a wrong number.
    cells = {key: "\n".join(texts) for key, texts in lines.items()}
    longest = max(len(line) for cell in cells.values() for line in cell.split("\n"))
    beside = max(1, (WIDTH - max(len(part) for part in parts)) // (longest + GAP))
    for some in batched(dict.fromkeys(row["country"] for row in rows), beside):
        table = make_table("", "|".join(["<", *some]))
        for part in parts:
            table.add_row(heading(part), *(cells[iso3, part] for iso3 in some))
        make_console().print(table)


def in_its_unit(row: dict[str, Any]) -> str:
    """A number with its unit; the range of one in shares stands there, and not again in bn."""
    if row["unit"] == BN:
        return f"{number(row['value'])} bn"
    return f"{interval(row, 100)} %" if row["unit"] in (SHARE, PROBABILITY) else f"{interval(row)} {row['unit']}"


def batched(names: Iterable[str], size: int) -> Iterator[list[str]]:
    """The names in groups of `size`, the last one may be smaller."""
    rest = list(names)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def show_world(rows: list[dict[str, Any]]) -> None:
    """A line a part."""
    table = make_table("", "<|value|<unit")
    for row in rows:
        in_percent = row["unit"].startswith("share")
        cell = interval(row, 100 if in_percent else 1)
        table.add_row(
            heading(row["part"]), cell, f"% {row['unit'].removeprefix('share ')}" if in_percent else row["unit"]
        )
    make_console().print(table)


def heading(part: str) -> str:
    """A part's name with spaces."""
    return part.replace("_", " ")


def interval(row: dict[str, Any], factor: float = 1.0) -> str:
    """A value with its interval, if it has one."""
    value, low, high = (None if row[key] is None else factor * row[key] for key in ("value", "low", "high"))
    return number(value) if low is None else f"{number(value)} [{number(low)}, {number(high)}]"


def show_dates(rows: list[dict[str, Any]]) -> None:
    """What signing on a date would bring one country, a line a week: mean rank, the parts of the payoff, the rate."""
    table = make_table(
        f"{rows[0]['country']}: what signing on a day would bring, % of stakes (costs: of delay and of signing)",
        "day|rank|recip.|sector|open|con-\ncess.|flow|rebuff|costs|payoff\n%|bn|rate\n%",
    )
    for row in rows[::DATE_STEP]:
        when = [str(row["day"]), number(row["mean_rank"], 1)]
        *parts, delay, cost = (row[column.name] for column in DATE_PARTS)
        parts = [percent(part) for part in (*parts, None if delay is None else delay + cost)]
        payoff = [percent(row["payoff_share"]), number(row["payoff_bn"]), percent(row["tariff"])]
        table.add_row(*when, *parts, *payoff)
    make_console().print(table)
