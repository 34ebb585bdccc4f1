"""What can be taken away from the page: the outcome as `run --csv` writes it, and the run call by call."""

import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.csv

from agents.explanation import PARTS, Explanation
from agents.negotiation import Negotiation
from agents.policy import Prepared
from experiments.reports.run import run_rows
from experiments.tables.folder import csv_options, table_of
from model.meeting import Event
from model.outcomes import Outcomes

CALLS = pa.schema(
    [
        ("call", pa.int64()),  # 1 for the first
        ("meeting", pa.int64()),
        ("day", pa.int64()),
        ("country", pa.string()),
        ("strategy", pa.string()),
        ("answer", pa.string()),  # waited, failed (to ratify), signed
        ("probability", pa.float64()),  # with which it moved
        ("signed_before", pa.int64()),
        ("harsh_precedents", pa.int64()),
        ("belief_firm", pa.float64()),
        ("sector_news", pa.bool_()),
        ("regime", pa.string()),
        ("package", pa.string()),
        *((part, pa.float64()) for part in PARTS),
        ("signing", pa.float64()),  # the sum of the parts; this and the values below in shares of stakes
        ("ratification", pa.float64()),
        ("moving", pa.float64()),
        ("waiting", pa.float64()),
        ("waiting_method", pa.string()),
        ("no_deal", pa.float64()),
        ("option_value", pa.float64()),
        ("advantage", pa.float64()),
    ]
)


def csv_text(table: pa.Table) -> str:
    """A table as CSV."""
    buffer = io.BytesIO()
    pa.csv.write_csv(table, buffer, csv_options(table.schema))
    return buffer.getvalue().decode()


def outcome_csv(prepared: Prepared, outcomes: Outcomes) -> str:
    """The outcome, a row a country: the very file that `run --csv` writes."""
    return csv_text(table_of(run_rows(prepared, outcomes)))


def calls_csv(model: Negotiation, account: Callable[[Event], Explanation]) -> str:
    """The run up to the day shown, a row a call, with what moving and waiting were worth."""
    rows: list[dict[str, Any]] = []
    for number, event in enumerate(model.events, 1):
        told = account(event)
        values = {name: getattr(told, name, None) for name in CALLS.names}
        rows.append(
            {**values, **told.parts, "call": number, "meeting": event.meeting,
             "strategy": model.prepared.strategies[event.country].name}
        )  # fmt: skip
    return csv_text(pa.Table.from_pylist(rows, CALLS))
