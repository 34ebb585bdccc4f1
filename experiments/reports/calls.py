"""A run call by call: who was called, what moving and waiting were worth to it, and what it did."""

from collections.abc import Callable

import pyarrow as pa

from agents.explanation import Explanation, explain
from agents.negotiation import Negotiation
from agents.policy import Prepared
from experiments.tables.schema import CALLS
from model.meeting import Event
from model.solver import waiting_values


def calls_table(model: Negotiation, account: Callable[[Event], Explanation]) -> pa.Table:
    """The run so far, a row a call; `account` explains one."""
    rows = []
    for number, event in enumerate(model.events, 1):
        why = account(event)
        strategy = model.prepared.strategies[event.country].name
        values = {name: getattr(why, name, None) for name in CALLS.schema().names}
        rows.append(values | why.parts | {"call": number, "meeting": event.meeting, "strategy": strategy})
    return CALLS.of(rows)


def calls_of_run(prepared: Prepared, seed: int, replicate: int) -> pa.Table:
    """Every call of a whole run."""
    model = Negotiation(prepared=prepared, seed=seed, replicate=replicate)
    while model.running:
        model.step()
    values = waiting_values(prepared.game, prepared.policy)
    return calls_table(model, lambda event: explain(prepared, event, values))
