"""How results look on a terminal: the tables of `run`, `solve`, `terms` and the rest."""

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from rich.box import SIMPLE_HEAD
from rich.table import Table

from agents import amounts
from experiments.console import make_console
from model.case import Case, Country, Provenance, Window
from model.declaration import quantities

if TYPE_CHECKING:
    from experiments.reports.validation import Check

WIDTH = 80  # of a terminal, in letters


def make_table(title: str, headings: str) -> Table:
    """An empty table. Headings stand between bars; one that begins with "<" is of a column of words, set left."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        collapse_padding=True,
    )
    for heading in headings.split("|"):
        side: Literal["left", "right"] = "left" if heading.startswith("<") else "right"
        name = heading.removeprefix("<")
        table.add_column(name, justify=side, no_wrap=name != "concessions", overflow="fold")
    return table


def say(text: str) -> None:
    """Print a text as it is: lines are not cut, numbers are not coloured."""
    make_console().print(text, soft_wrap=True, highlight=False)


def say_wrapped(text: str) -> None:
    """Print a paragraph in lines of WIDTH letters."""
    say(textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False))


def number(value: float | None, digits: int = 2) -> str:
    """A number, or a dash where there is none; no minus before a zero."""
    return "-" if value is None else amounts.number(value, digits)


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction in percent, or a dash."""
    return number(None if value is None else 100 * value, digits)


def show_run(report: dict[str, Any]) -> None:
    """One negotiation, a line a country in the order of their deals."""
    rows = sorted(report["countries"], key=lambda row: (row["deal_rank"] or 10**6, row["country"]))
    hegemon, news = report["hegemon"], report["sector_news_day"]
    table = make_table(
        f"{report['case']}, seed {report['seed']}: {hegemon['deals']} of {len(rows)} countries sign",
        "<|day|rank|<package|tariff %|sector\n%|payoff\nbn|% of\nGDP|% of\nstakes|issues|cost\nbn",
    )
    for row in rows:
        table.add_row(
            row["country"],
            "-" if row["deal_day"] is None else str(row["deal_day"]),
            "-" if row["deal_rank"] is None else str(row["deal_rank"]),
            row["package"] or "no deal",
            f"{percent(row['tariff_threatened'])}>{percent(row['tariff_final'])}",
            f"{percent(row['sector_rate_before'], 0)}>{percent(row['sector_rate_final'], 0)}",
            number(row["payoff_bn"]),
            number(row["payoff_pct_gdp"]),
            percent(row["payoff_share"], 0),
            f"{row['issues_conceded']}/{row['issues']}",
            number(row["concessions_cost_bn"]),
        )
    make_console().print(table)
    known = "is not known by the end" if news is None else f"is known on day {news}"
    say_wrapped(
        f"The hegemon{played(hegemon)} is {hegemon['type']} and gains {hegemon['surplus_bn']:.1f} bn USD a year over "
        f"no deal; the open sectors' outcome {known}."
    )
    say_wrapped(
        "Rates: threatened > final. Payoff: bn USD a year against the executed threat, and as a share of GDP and of "
        "what is at stake. Issues: conceded in part or in full, and their cost at home (--json and --csv name them)."
    )


def show_solution(report: dict[str, Any]) -> None:
    """The distribution of outcomes, a line a country."""
    from experiments.tables.schema import QUANTILES

    rows, hegemon = report["countries"], report["hegemon"]
    with_regret = "regret_share" in rows[0]
    headings = "<|deal\n%|first\n%|days\nwaited|10 50 90\n%|tariff\n%|payoff\nbn|% of\nstakes|waits\n(reason %)"
    headings += "|regret\n%" if with_regret else ""
    table = make_table(f"{report['case']}: distribution of outcomes ({report['method']})", headings)
    for row in rows:
        chances = [percent(row[name]) for name in ("p_deal", "p_first")]
        quantiles = " ".join(f"{row[f'days_waited_q{level}']:.0f}" for level in QUANTILES)
        waited, payoff = number(row["days_waited_mean"], 1), number(row["payoff_bn_mean"])
        rest = [percent(row["tariff_mean"]), payoff, percent(row["payoff_share_mean"])]
        rest += [f"{number(row['waits_mean'], 1)} ({percent(row['reasoned_waits'], 0)})"]
        rest += [percent(row["regret_share"])] if with_regret else []
        table.add_row(row["country"], *chances, waited, quantiles, *rest)
    make_console().print(table)
    mean_deals = sum(int(count) * chance for count, chance in report["deals"].items())
    say_wrapped(
        f"{mean_deals:.2f} deals on average; the hegemon{played(hegemon)} gains {hegemon['surplus_bn_mean']:.2f} bn "
        f"USD a year over no deal (s.d. {hegemon['surplus_bn_sd']:.2f}). {ending(report)}{regret_note(report)}"
    )
    if "accuracy" in report:
        say_wrapped(report["accuracy"] + (f" Here: {report['doubt']}." if report["doubt"] else ""))
    say_wrapped(strategies_note({row["country"]: row["strategy"] for row in rows}))
    say_wrapped(
        "Days waited: mean, and the days that 10, 50 and 90 % of the probability do not exceed; no deal counts as the "
        "end of the pause."
    )
    say_wrapped(reasoned_note(report["reasoned_waits"]))


def strategies_note(played: dict[str, str]) -> str:
    """Who plays what: what most play, then the others."""
    usual = Counter(played.values()).most_common(1)[0][0]
    others = [f"{iso3} {name}" for iso3, name in played.items() if name != usual]
    return f"Strategies: {usual}" + (f" but {', '.join(others)}." if others else " for all.")


def played(hegemon: dict[str, Any]) -> str:
    """Its strategy, where it does not keep its promise."""
    from agents.hegemon_strategies import PROMISE_KEEPING

    return "" if hegemon["strategy"] == PROMISE_KEEPING else f" ({hegemon['strategy']})"


def ending(report: dict[str, Any]) -> str:
    """How the solver ended."""
    if report["residual"] is None:
        return "No equilibrium was solved for."
    if "iterations" not in report:
        return f"Forward and backward values agree to {report['residual']:.0e}."
    ended = "converged" if report["converged"] else "DID NOT CONVERGE"
    return f"Equilibrium: {ended} after {report['iterations']} iterations, residual {report['residual']:.0e}."


def reasoned_note(waits: dict[str, Any]) -> str:
    """How many waits have a reason, and what that means."""
    if waits["share"] is None:
        return "No call is answered by waiting."
    return (
        f"Reasoned waits: {waits['share']:.1%} of the {waits['waits_mean']:.1f} calls a run answered by waiting "
        f"({waits['method']}): waiting was worth at least as much as moving, or no signature was possible; the rest "
        f"is hesitation."
    )


def regret_note(report: dict[str, Any]) -> str:
    """How regret was found, where it is shown."""
    if "regret_method" not in report:
        return ""
    text = f" Regret: % of stakes, {report['regret_method']}, the others' policies fixed."
    if "hegemon_regret_bn" in report:
        text += f" The hegemon would gain {report['hegemon_regret_bn']:.2f} bn more by the best call each time."
    return text


def show_case(case: Case) -> None:
    """Every number of a case, a line each: value, range, status, sources, note; then the sources."""
    print(f"{case.name}: {case.title}. {case.about}")
    holders: list[tuple[str, Window | Country]] = [("window", case.window)]
    holders += [(country.iso3, country) for country in case.countries]
    for label, holder in holders:
        print(f"\n{label}" + (f" {holder.name}" if isinstance(holder, Country) else ""))
        if isinstance(holder, Country) and holder.about:
            print(f"  {holder.about}")
        for key, quantity in quantities(type(holder)).items():
            value = getattr(holder, key)
            if value is None:
                continue
            origin = holder.provenance.get(key, Provenance())
            print(f"  {key:<22} {value:>10g} {quantity.unit:<15} {origin_text(origin)}")
        for issue in holder.issues if isinstance(holder, Country) else ():
            red = ", red line" if issue.red_line else ""
            scores = f"value {issue.hegemon_value:g}, cost {issue.domestic_cost:g}{red}"
            print(f"  issue {issue.name}: {scores}; {origin_text(issue.provenance)}")
    print("\nsources")
    for key, text in case.sources.items():
        print(f"  {key}: {text}")


def origin_text(origin: Provenance) -> str:
    """Status, range, sources, note of a number, and from when it was known."""
    spread = f" {origin.low:g}..{origin.high:g}" if origin.low is not None and origin.high is not None else ""
    source = f" [{origin.source}]" if origin.source else ""
    known_from = f" (known from {origin.known_from})" if origin.known_from else ""
    return f"{origin.status}{spread}{source}{known_from}" + (f" {origin.note}" if origin.note else "")


def show_checks(checks: "list[Check]") -> None:
    """Known results beside what the model gives."""
    table = make_table("known results", "<subject|<source|<quantity|expected|obtained|<")
    for check in checks:
        cells = (check.subject, check.source, check.quantity, f"{check.expected:.7g}", f"{check.obtained:.7g}")
        table.add_row(*cells, "ok" if check.passed else f"off by {abs(check.expected - check.obtained):.1e}")
    console = make_console()
    console.print(table)
    console.print(f"{sum(check.passed for check in checks)} of {len(checks)} pass.")
