"""What `run` and `solve` report, as objects of a notebook: tables are data frames, and they show themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from agents.policy import Prepared
from experiments.reports.solution import country_rows, regret_columns
from experiments.tables.frames import frame
from experiments.tables.schema import RUN, SOLVE
from model.solver import best_responses

if TYPE_CHECKING:
    import pandas as pd

SHOWN = ["country", "deal_day", "deal_rank", "package", "tariff_threatened", "tariff_final", "payoff_bn"]


@dataclass(frozen=True)
class Run:
    """One negotiation, played: `hegemon` is its type, deals and surplus, `countries` a data frame."""

    case: str
    seed: int
    replicate: int
    report: Mapping[str, Any] = field(repr=False)

    @cached_property
    def countries(self) -> "pd.DataFrame":
        """A row a country: its deal, rates, concessions and payoff."""
        return frame(RUN.of(self.report["countries"]))

    @property
    def hegemon(self) -> Mapping[str, Any]:
        """Its type (firm or soft), the number of deals, and `surplus_bn`, what it gains over no deal."""
        return self.report["hegemon"]

    def _repr_html_(self) -> str:
        head = (
            f"{self.case}, seed {self.seed}: {self.hegemon['deals']} of {len(self.countries)} countries sign; the "
            f"hegemon is {self.hegemon['type']} and gains {self.hegemon['surplus_bn']:.1f} bn USD a year over no deal."
        )
        return f"<p>{escape(head)}</p>{self.countries[SHOWN]._repr_html_()}"


@dataclass(frozen=True)
class Solution:
    """The distribution of outcomes of a game: `countries` and `regret` are data frames."""

    case: str
    method: str
    prepared: Prepared = field(repr=False)
    report: Mapping[str, Any] = field(repr=False)

    @cached_property
    def countries(self) -> "pd.DataFrame":
        """A row a country: the chance of a deal, its day and rank, rates and payoff."""
        return frame(SOLVE.of(self.report["countries"]))

    @cached_property
    def regret(self) -> "pd.DataFrame":
        """A row a country: the value of its best response to the others, and what its strategy misses of it."""
        found, _ = best_responses(self.prepared.game, self.prepared.policy, self.prepared.exact)
        return frame(pa.Table.from_pylist(country_rows(self.prepared, regret_columns(self.prepared, found))))

    @property
    def hegemon(self) -> Mapping[str, Any]:
        """Mean and standard deviation of what the hegemon gains over no deal, bn USD a year."""
        return self.report["hegemon"]

    def _repr_html_(self) -> str:
        return f"<p>{escape(f'{self.case}: {self.method}')}</p>{self.countries._repr_html_()}"
