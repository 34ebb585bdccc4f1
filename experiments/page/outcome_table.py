"""The outcome of a run that has ended: a row a country, in the order of the deals."""

import math
from html import escape

from agents.negotiation import Negotiation
from agents.reason import AGREED
from experiments.page.words import explained, titled
from experiments.reports.run import run_rows
from experiments.reports.terminal import number, percent

HEADS = (
    "country",
    "deal day",
    "rank",
    "package",
    "tariff %",
    "sector tariff %",
    "issues conceded",
    "payoff, bn USD a year",
    "payoff, % of GDP",
    "payoff, % of stakes",
)


def outcome_table(model: Negotiation, command: str) -> str:
    """The outcome as HTML (while the run goes on: that it will be here), its files, and its command line."""
    return (table(model) if not model.running else "") + take_away(model, command)


def take_away(model: Negotiation, command: str) -> str:
    """The files of the run, and the command line that plays it again."""
    ended = "" if not model.running else ' disabled title="When the run has ended"'
    called = "" if model.events else " disabled"
    shell = f"<p>The same run in a shell: <code>{escape(command)}</code></p>" if command else ""
    return (
        f'<div class="take"><button type="button" data-action="download" data-what="outcome"{ended}>Outcome as CSV'
        f'</button><button type="button" data-action="download" data-what="calls"{called}>Calls so far as CSV</button>'
        f"<small>a row a country; a row a call, with what moving and waiting were worth</small>{shell}</div>"
    )


def package(model: Negotiation, name: str | None) -> str:
    """Which package was signed. A hegemon that looks forward knows no full and lean ones: each is what was agreed."""
    if name is None:
        return "no deal"
    return AGREED if model.prepared.hegemon.looks_forward else titled(name)


def table(model: Negotiation) -> str:
    """The outcome, a row a country."""
    rows = run_rows(model.prepared, model.outcomes())
    rows.sort(key=lambda row: (row["deal_rank"] or math.inf, row["country"]))
    body = "".join(
        "<tr>"
        + "".join(
            f"<td>{cell}</td>"
            for cell in (
                escape(row["country_name"]),
                "-" if row["deal_day"] is None else row["deal_day"],
                row["deal_rank"] or "-",
                package(model, row["package"]),
                f"{percent(row['tariff_threatened'])} \N{RIGHTWARDS ARROW} {percent(row['tariff_final'])}",
                f"{percent(row['sector_rate_before'], 0)} \N{RIGHTWARDS ARROW} {percent(row['sector_rate_final'], 0)}",
                f"{row['issues_conceded']} of {row['issues']}",
                number(row["payoff_bn"]),
                number(row["payoff_pct_gdp"]),
                percent(row["payoff_share"], 0),
            )
        )
        + "</tr>"
        for row in rows
    )
    heads = "".join(f'<th scope="col">{explained(head)}</th>' for head in HEADS)
    return (
        f'<div class="scroll"><table class="outcome"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    )
