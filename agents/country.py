"""A country at the table: a thin Mesa agent that reads the policy table when it is called and keeps its record."""

from typing import TYPE_CHECKING

from mesa import Agent

from model.meeting import NEVER, PACKAGES, policy_at

if TYPE_CHECKING:
    from agents.negotiation import Negotiation

WAITING, WAITED, FAILED, SIGNED = "waiting", "waited", "failed", "signed"


class Country(Agent):
    """One partner. Its numbers live in the model's records, so that the kernel's rules can be run on them."""

    model: "Negotiation"

    def __init__(self, model: "Negotiation", position: int) -> None:
        super().__init__(model)
        self.position = position
        self.data = model.setting.countries[position]
        self.strategy = model.prepared.strategies[position]
        self.calls: list[tuple[int, str]] = []  # (day, answer) for each call

    @property
    def iso3(self) -> str:
        return self.data.iso3

    @property
    def record(self) -> dict[str, int]:
        """Its record so far: see `model.meeting.COUNTRY_RECORD`."""
        row = self.model.country_records[self.position]
        return {name: int(row[name]) for name in row.dtype.names}

    @property
    def has_deal(self) -> bool:
        return self.record["deal_meeting"] != NEVER

    @property
    def deal_day(self) -> int | None:
        meeting = self.record["deal_meeting"]
        return None if meeting == NEVER else int(self.model.calendar.day[meeting])

    @property
    def package(self) -> str:
        return PACKAGES[self.record["package"]]

    @property
    def status(self) -> str:
        """`signed`, or the answer to its latest call, or `waiting` before the first."""
        return self.calls[-1][1] if self.calls else WAITING

    def move_probability(self, meeting: int) -> float:
        """Probability that it moves if it is called at this meeting, in the public state of the moment."""
        world = self.model.world[0]
        return float(
            policy_at(
                self.model.prepared.policy, self.model.prepared.game.offsets, self.position, meeting,
                int(world["signed"]), int(world["harsh"]), int(world["known"]), int(world["mask"]),
            )
        )  # fmt: skip

    def answer(self, day: int, failed_before: int) -> str:
        """Note what it answered to today's call."""
        if self.has_deal:
            answer = SIGNED
        else:
            answer = FAILED if self.record["failed"] > failed_before else WAITED
        self.calls.append((day, answer))
        return answer
