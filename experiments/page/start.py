"""With what the page opens. The command line hands it to the server's process through an environment variable."""

import json
import os
from dataclasses import dataclass, field
from typing import Any

START = "TARIFF_PAUSE_VIEW"  # environment variable: the start of the page as JSON
MOST_SEED = 2**53 - 1  # the largest whole number that a browser holds exactly


@dataclass(frozen=True)
class Start:
    """With what the page opens: what `tariff-pause view` was given."""

    case: str = "six"
    seed: int = 0
    overrides: dict[str, float | None] = field(default_factory=dict)
    strategy: dict[str, str] = field(default_factory=dict)
    replicate: int = 0
    countries: list[str] | None = None  # those that are selected from the case; None: all that it has
    stored: dict[str, Any] | None = None  # the row that is replayed: `experiments.page.replay.Stored` as a dict


def read_start() -> Start:
    """The start that the environment names, or the defaults."""
    return Start(**json.loads(os.environ.get(START, "{}")))
