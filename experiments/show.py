"""How results look on a terminal: the tables of `run`, `terms` and `sweep`."""

from collections import defaultdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

WIDE = 150


def make_console() -> Console:
    """The terminal; piped output gets enough room for a whole table."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def make_table(title: str, columns: list[tuple[str, str]]) -> Table:
    """An empty table; each column is (heading, "left" or "right")."""
    table = Table(
        title=title, title_justify="left", title_style="bold", header_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for heading, side in columns:
        table.add_column(
            heading, justify="right" if side == "right" else "left", no_wrap=heading != "concessions", overflow="fold"
        )
    return table


def number(value: float | None, digits: int = 2) -> str:
    """A number, or a dash where there is none; no minus before a zero."""
    return "-" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction in percent, or a dash."""
    return number(None if value is None else 100 * value, digits)


def show_run(report: dict[str, Any]) -> None:
    """One negotiation, a line a country in the order of their deals."""
    rows = sorted(report["countries"], key=lambda row: (row["deal_rank"] or 10**6, row["country"]))
    hegemon, news = report["hegemon"], report["sector_news_day"]
    console = make_console()
    table = make_table(
        f"{report['case']}, seed {report['seed']}: {hegemon['deals']} of {len(rows)} countries sign",
        [
            ("", "left"), ("day", "right"), ("rank", "right"), ("package", "left"), ("tariff %", "right"),
            ("sector %", "right"), ("payoff bn", "right"), ("% GDP", "right"), ("% stakes", "right"),
            ("issues", "right"), ("cost bn", "right"),
        ],
    )  # fmt: skip
    for row in rows:
        table.add_row(
            row["country"],
            "-" if row["deal_day"] is None else str(row["deal_day"]),
            "-" if row["deal_rank"] is None else str(row["deal_rank"]),
            row["package"] or "no deal",
            f"{percent(row['tariff_threatened'])} > {percent(row['tariff_final'])}",
            f"{percent(row['sector_rate_before'], 0)} > {percent(row['sector_rate_final'], 0)}",
            number(row["payoff_bn"]),
            number(row["payoff_pct_gdp"]),
            percent(row["payoff_share"], 0),
            f"{row['issues_conceded']} of {row['issues']}",
            number(row["concessions_cost_bn"]),
        )
    console.print(table)
    console.print(
        f"The hegemon is {hegemon['type']} and gains {hegemon['surplus_bn']:.1f} bn USD a year over no deal; the open "
        f"sectors' outcome is {'not known by the end' if news is None else f'known on day {news}'}.\n"
        f"Rates: threatened > final. Payoff: bn USD a year against the executed threat, and as a share of GDP and of\n"
        f"what is at stake. Issues: conceded in part or in full, and their cost at home (--json and --csv name them).",
        soft_wrap=True, highlight=False,
    )  # fmt: skip


def show_terms(rows: list[dict[str, Any]], case: str) -> None:
    """The terms table, a line a signature; ranks that bring the same terms are drawn together."""
    console = make_console()
    table = make_table(
        f"{case}: what a signature brings",
        [
            ("country", "left"), ("type", "left"), ("date", "left"), ("sectors", "left"), ("rank", "right"),
            ("payoff bn", "right"), ("of stakes", "right"), ("tariff", "right"), ("sector rate", "right"),
            ("hegemon bn", "right"), ("headline bn", "right"), ("concessions", "left"),
        ],
    )  # fmt: skip
    groups: dict[tuple, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        key = (row["country"], row["hegemon_type"], row["regime"], row["sector_news"], row["agreement"],
               row["payoff_bn"], row["concessions"])  # fmt: skip
        groups[key].append(row)
    previous = None
    for members in groups.values():
        row = members[0]
        if previous not in (None, row["country"]):
            table.add_section()
        previous = row["country"]
        ranks = f"{row['rank']}" if len(members) == 1 else f"{row['rank']}-{members[-1]['rank']}"
        table.add_row(
            row["country"], row["hegemon_type"], row["regime"], row["sector_news"], ranks,
            number(row["payoff_bn"]), percent(row["payoff_share"], 0), percent(row["tariff"]),
            percent(row["sector_rate"]), number(row["hegemon_payoff_bn"]), number(row["headline_bn"]),
            (row["concessions"] or "-").replace("_", " ") if row["agreement"] else "no zone of agreement",
        )  # fmt: skip
    console.print(table)


def show_summary(rows: list[dict[str, Any]], varied: tuple[str, ...]) -> None:
    """After a sweep: each country's mean days waited and chance of a deal, where the first factor is least and most."""
    factor = varied[0]
    values = sorted({row[factor] for row in rows})
    ends = values if len(values) < 2 else [values[0], values[-1]]
    columns = [("country", "left")]
    for value in ends:
        columns += [(f"days waited, {factor} {value:g}", "right"), ("deals", "right"), ("payoff bn", "right")]
    table = make_table("means over all other factors", columns)
    for iso3 in dict.fromkeys(row["country"] for row in rows):
        cells = [iso3]
        for value in ends:
            own = [row for row in rows if row["country"] == iso3 and row[factor] == value and row["runs"]]
            for key, digits in (("days_waited_mean", 1), ("p_deal", 2), ("payoff_bn_mean", 2)):
                cells.append(number(sum(row[key] for row in own) / len(own), digits) if own else "-")
        table.add_row(*cells)
    make_console().print(table)
