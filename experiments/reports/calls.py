"""The calls of a run as tables: a row a call with what moving and waiting were worth, or a row a part of each call."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from agents.explanation import Explainer, Explanation
from agents.negotiation import Negotiation
from agents.policy import Prepared
from experiments.tables.schema import ACCOUNT, CALLS
from model.meeting import Event

SIDES = ("moving", "waiting", "difference")


def calls_table(prepared: Prepared, events: Sequence[Event], explainer: Explainer | None = None) -> pa.Table:
    """A row for each of these calls of a run, in their order."""
    explained = (explainer or Explainer(prepared)).explain(events)
    return CALLS.of([call_row(number, told) for number, told in enumerate(explained, 1)])


def calls_of_run(prepared: Prepared, seed: int, replicate: int) -> pa.Table:
    """Every call of a whole run."""
    model = Negotiation(prepared=prepared, seed=seed, replicate=replicate)
    while model.running:
        model.step()
    return calls_table(prepared, model.events)


def call_row(number: int, told: Explanation) -> dict[str, Any]:
    """One call."""
    row = {name: getattr(told, name, None) for name in CALLS.schema().names}
    row |= {"call": number, "reason": told.kind}
    row |= {f"{side}_{part.part}": getattr(part, side) for part in told.parts for side in SIDES[:2]}
    return row | {f"without_{cause.cause}": cause.without for cause in told.causes}


def account_table(calls: Iterable[dict[str, Any]]) -> pa.Table:
    """A row for each part, total and cause of each call; `calls`: explanations as documents."""
    rows = []
    for call in calls:
        head = {name: call[name] for name in ("country", "meeting", "day", "answer", "waiting_method")}
        head |= {"reason": call["kind"]}
        lines = [("part", part["part"], [part[side] for side in SIDES]) for part in call["parts"]]
        lines.append(("total", "in all", [call["moving"], call["waiting"], call["advantage"]]))
        lines += [("without", cause["cause"], [None, None, cause["without"]]) for cause in call["causes"]]
        for kind, name, shares in lines:
            money = [None if share is None else share * call["stakes_bn"] for share in shares]
            values = {f"{side}_share": share for side, share in zip(SIDES, shares, strict=True)}
            values |= {f"{side}_bn": amount for side, amount in zip(SIDES, money, strict=True)}
            rows.append({**head, "row": kind, "name": name, **values})
    return ACCOUNT.of(rows)
