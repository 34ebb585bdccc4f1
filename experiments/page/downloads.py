"""What can be taken away from the page: the outcome as `run --csv` writes it, and the run call by call."""

import io
from collections.abc import Callable

import pyarrow as pa
import pyarrow.csv

from agents.explanation import Explanation
from agents.negotiation import Negotiation
from agents.policy import Prepared
from experiments.reports.run import run_rows
from experiments.tables.folder import csv_options
from experiments.tables.schema import CALLS, RUN
from model.meeting import Event
from model.outcomes import Outcomes


def csv_text(table: pa.Table) -> str:
    """A table as CSV."""
    buffer = io.BytesIO()
    pa.csv.write_csv(table, buffer, csv_options(table.schema))
    return buffer.getvalue().decode()


def outcome_csv(prepared: Prepared, outcomes: Outcomes) -> str:
    """The outcome, a row a country: the very file that `run --csv` writes."""
    return csv_text(RUN.of(run_rows(prepared, outcomes)))


def calls_csv(model: Negotiation, account: Callable[[Event], Explanation]) -> str:
    """The run up to the day shown, a row a call, with what moving and waiting were worth."""
    rows = []
    for number, event in enumerate(model.events, 1):
        why = account(event)
        strategy = model.prepared.strategies[event.country].name
        values = {name: getattr(why, name, None) for name in CALLS.schema().names}
        rows.append(values | why.parts | {"call": number, "meeting": event.meeting, "strategy": strategy})
    return csv_text(CALLS.of(rows))
