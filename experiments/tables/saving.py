"""What of the runs is kept, and how their rows are written: `--save` and `--format`.

Small tables (points, summary, terms, measures, dates) are always CSV. Rows of single runs are CSV, or Parquet: then a
table is a folder of part files, which pandas, Polars, DuckDB and pyarrow read as one.
"""

from dataclasses import dataclass
from typing import Any

from model.errors import InputError, unknown

RUNS, COUNTRIES = "runs", "countries"
KEPT = {COUNTRIES: (RUNS, COUNTRIES), RUNS: (RUNS,), "summary": ()}  # what is kept -> the tables that hold it
CSV, PARQUET = "csv", "parquet"
FORMATS = (CSV, PARQUET)


@dataclass(frozen=True)
class Saving:
    """save: countries (every run and every country in it), runs, or summary (neither); row_format: csv or parquet."""

    save: str = COUNTRIES
    row_format: str = CSV

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables of single runs that are written."""
        return KEPT[self.save]

    @property
    def files(self) -> tuple[str, ...]:
        """Their files, or the folders of their parts."""
        return tuple(f"{name}.{self.row_format}" for name in self.tables)

    def as_dict(self) -> dict[str, str]:
        """For the manifest."""
        return {"saved": self.save, "row_format": self.row_format}


def parse_saving(save: Any, row_format: Any) -> Saving:
    """What was typed after --save and --format; None: the default."""
    chosen = Saving(save or COUNTRIES, row_format or CSV)
    if chosen.save not in KEPT:
        raise unknown("choice", str(chosen.save), KEPT, "--save")
    if chosen.row_format not in FORMATS:
        raise unknown("format", str(chosen.row_format), FORMATS, "--format")
    if row_format is not None and not chosen.tables:
        raise InputError(f"--format {row_format}: with --save {save} there are no rows to write")
    return chosen
