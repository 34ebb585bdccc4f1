"""What can be taken away from the page: the outcome as `run --csv` writes it, and the run call by call."""

from agents.explanation import Explainer
from agents.negotiation import Negotiation
from agents.policy import Prepared
from experiments.reports.calls import calls_table
from experiments.reports.run import run_rows
from experiments.tables.schema import RUN
from experiments.tables.writing import csv_text
from model.outcomes import Outcomes


def outcome_csv(prepared: Prepared, outcomes: Outcomes) -> str:
    """The outcome, a row a country: the very file that `run --csv` writes."""
    return csv_text(RUN.of(run_rows(prepared, outcomes)), header=True).decode()


def calls_csv(model: Negotiation, explainer: Explainer) -> str:
    """The run up to the day shown, a row a call, with what moving and waiting were worth."""
    return csv_text(calls_table(model.prepared, model.events, explainer), header=True).decode()
