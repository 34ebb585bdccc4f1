"""Result tables as data frames: typed as they were written, and read when they are asked for.

Whole numbers are `Int64` and truth values `boolean`, so that without a deal its day is missing and no other number.
"""

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv

from experiments.tables.batches import read_header, reading
from experiments.tables.changeover import settle
from experiments.tables.declaration import Table
from experiments.tables.manifest import Manifest, read_manifest
from experiments.tables.saving import CSV
from experiments.tables.schema import ADDED, COUNTRIES, DATES, MEASURES, POINTS, RUNS, SUMMARY, TERMS
from experiments.tables.stored_rows import rows_path, whole_table

if TYPE_CHECKING:
    import pandas as pd


def frame(table: pa.Table) -> "pd.DataFrame":
    """A table as a data frame."""
    import pandas as pd

    return table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get)


@dataclass(frozen=True)
class SweepResults:
    """What a finished sweep wrote: each table a data frame, None where the sweep has no such table.

    Attributes
    ----------
    points
        A row a point: every factor, and how its solver ended.
    runs
        A row for each run of each point: the hegemon's type, deals, days of the first and the last. None where the
        sweep did not save them (`--save summary`).
    countries
        A row for each country in each run of each point: its deal, rates and payoff. None where the sweep did not
        save them (`--save summary` or `runs`).
    summary
        A row for each country at each point: means and standard errors.
    terms
        A row for each signature that could be made at point 0.
    measures, dates
        The measures that the design asked for, and payoff by date of signature.
    manifest
        What is needed to trust and to reproduce the folder.
    """

    folder: Path
    manifest: Manifest = field(repr=False)

    @cached_property
    def points(self) -> "pd.DataFrame":
        return self.read(POINTS)

    @cached_property
    def runs(self) -> "pd.DataFrame | None":
        return self.read_rows(RUNS)

    @cached_property
    def countries(self) -> "pd.DataFrame | None":
        return self.read_rows(COUNTRIES)

    @cached_property
    def summary(self) -> "pd.DataFrame":
        return self.read(SUMMARY)

    @cached_property
    def terms(self) -> "pd.DataFrame":
        return self.read(TERMS)

    @cached_property
    def measures(self) -> "pd.DataFrame | None":
        return self.read_optional(MEASURES)

    @cached_property
    def dates(self) -> "pd.DataFrame | None":
        return self.read_optional(DATES)

    def read(self, table: Table) -> "pd.DataFrame":
        """A table from its file. Only an empty cell is missing: a country may be called NA. Columns that this version
        has added are empty in a folder of an older one."""
        path = self.folder / f"{table.name}.csv"
        header = read_header(path, ())
        schema = table.schema((*self.manifest.varied, *self.manifest.fixed), header)
        added = [column for column in schema if column.name in ADDED and column.name not in header]
        read_header(path, tuple(column.name for column in schema if column not in added))
        kinds = {column.name: column.type for column in schema}
        convert = pa.csv.ConvertOptions(column_types=kinds, null_values=[""], strings_can_be_null=True)
        with reading(path), path.open("rb") as file:
            rows = pa.csv.read_csv(file, convert_options=convert)
        for column in added:
            rows = rows.append_column(column, pa.nulls(len(rows), column.type))
        return frame(rows)

    def read_rows(self, table: Table) -> "pd.DataFrame | None":
        """A table of single runs, as CSV or as Parquet; None where it was not kept."""
        if table.name not in self.manifest.saving.tables:
            return None
        if self.manifest.saving.row_format == CSV:
            return self.read(table)
        return frame(whole_table(rows_path(self.manifest, table.name), table.schema()))

    def read_optional(self, table: Table) -> "pd.DataFrame | None":
        return self.read(table) if (self.folder / f"{table.name}.csv").is_file() else None

    def _repr_html_(self) -> str:
        found = self.manifest
        head = f"{found.name}: {found.runs:,} runs at {found.points:,} points, in {self.folder}"
        return f"<p>{escape(head)}</p>{self.summary._repr_html_()}"


def read_results(folder: str | Path) -> SweepResults:
    """The result folder of a finished sweep, its tables as data frames.

    Parameters
    ----------
    folder
        A folder that `sweep` or the command `tariff-pause sweep` has written.

    Returns
    -------
    SweepResults
        With `points`, `runs`, `countries`, `summary`, `terms`, and, where there are any, `measures` and `dates`.

    Examples
    --------
    >>> from experiments import sweep
    >>> design = {"replicates": 5, "strategy": "myopic", "grid": {"headline_value": [0.0, 0.06]}}
    >>> folder = sweep(design, "premium").folder
    >>> results = read_results(folder)
    >>> len(results.points), len(results.runs), len(results.countries)
    (2, 10, 60)
    """
    settle(Path(folder))
    return SweepResults(Path(folder), read_manifest(Path(folder)))
