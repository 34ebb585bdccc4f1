"""Where a sweep stands between two steps: what the journal keeps, and an undisturbed sweep holds in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from experiments.sweeps.points import Place
from experiments.tables.summary import PointSummary
from model.solver import Status

PLAIN = ("failure", "measures_failure", "runs", "played", "failed_runs", "why", "sessions", "commit", "offsets")


@dataclass
class Standing:
    """Everything before `place` is in the tables.

    replicates, summary, ending, failure, measures_failure: of the point in work; offsets: how far the tables of an
    earlier result have been taken over; runs: how many of the sweep's are done, played: of them by this sweep;
    sessions: how often it was begun or gone on with.
    """

    summary: PointSummary
    place: Place = field(default_factory=Place)
    replicates: int = 0  # that the point in work has; not kept, for it is said anew
    ending: Status | None = None
    failure: str = ""
    measures_failure: str = ""
    runs: int = 0
    played: int = 0
    failed_runs: int = 0
    why: str = ""  # the first run failed
    sessions: int = 1
    commit: str | None = None
    offsets: dict[str, int] = field(default_factory=dict)

    def next_point(self) -> None:
        """The point in work is done."""
        self.place = Place(self.place.point + 1)
        self.summary, self.ending = PointSummary(self.summary.countries), None
        self.failure = self.measures_failure = ""

    def as_dict(self) -> dict[str, Any]:
        """For the journal; numbers of the summary in hexadecimal, so that they come back to the bit."""
        rest = {name: getattr(self, name) for name in PLAIN}
        return {
            **asdict(self.place),
            **rest,
            "ending": asdict(self.ending) if self.ending is not None else None,
            "summary": [float(number).hex() for number in self.summary.numbers],
        }

    @classmethod
    def from_dict(cls, held: Mapping[str, Any], countries: Sequence[tuple[str, str]]) -> "Standing":
        """As it stood."""
        numbers = np.array([float.fromhex(text) for text in held["summary"]])
        ending = held["ending"]
        place = Place(**{name: held[name] for name in ("point", "taken", "measured", "replicate")})
        rest = {name: held[name] for name in PLAIN}
        at_end = Status(**ending) if ending else None
        return cls(PointSummary(countries, numbers), place, ending=at_end, **rest)
