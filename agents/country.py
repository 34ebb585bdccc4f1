"""A country at the table. When it is called it decides; to have it decide otherwise, override `decide`:

class Patient(Country):
    def decide(self, state):
        return state.day >= 60 and super().decide(state)

Negotiation(case="six", played_by={"KOR": Patient})
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from mesa import Agent

from model.calls import NEVER
from model.draws import CALL, CHOICE, draw_at, stream_key
from model.frontiers import NOWHERE
from model.meeting import (
    COUNTRY_RECORD,
    FULL,
    NO_DEAL,
    PACKAGES,
    is_harsh,
    is_ratified,
    moves,
    package_signed,
    policy_at,
    position_at,
    ratification_at,
    sign_at,
)
from model.states import PublicState

if TYPE_CHECKING:
    from agents.negotiation import Negotiation

WAITING, WAITED, FAILED, SIGNED = "waiting", "waited", "failed", "signed"


class Country(Agent):
    """One partner: what it has signed, and the answers to its calls. Days and meetings count from 0."""

    model: "Negotiation"

    def __init__(self, model: "Negotiation", position: int) -> None:
        super().__init__(model)
        self.position = position
        self.data = model.setting.countries[position]
        self.strategy = model.prepared.strategies[position]
        self.who = np.uint64(model.game.who[position])
        self.call_stream = np.uint64(stream_key(model.run_key, self.who, CALL))
        self.choice_stream = np.uint64(stream_key(model.run_key, self.who, CHOICE))
        self.calls: list[tuple[int, str]] = []  # (day, answer) for each call
        self.failed = 0  # ratifications that failed
        self.deal_meeting = NEVER
        self.rank = 0
        self.package_number = NO_DEAL
        self.known_at_deal = 0
        self.harsh_precedent = 0
        self.executed = 0
        self.agreed = NOWHERE  # where on the frontier, if its terms were agreed on that day

    @property
    def iso3(self) -> str:
        return self.data.iso3

    @property
    def has_deal(self) -> bool:
        return self.deal_meeting != NEVER

    @property
    def deal_day(self) -> int | None:
        return int(self.model.calendar.day[self.deal_meeting]) if self.has_deal else None

    @property
    def package(self) -> str:
        return PACKAGES[self.package_number]

    @property
    def record(self) -> dict[str, Any]:
        """All of it by the names of `model.meeting.COUNTRY_RECORD`, in their order."""
        deal = (self.deal_meeting, self.rank, self.package_number, self.known_at_deal, self.harsh_precedent)
        values = (*deal, len(self.calls), self.failed, self.executed, self.agreed)
        return dict(zip(COUNTRY_RECORD.names or (), values, strict=True))

    @property
    def status(self) -> str:
        """`signed`, or the answer to its latest call, or `waiting` before the first."""
        return self.calls[-1][1] if self.calls else WAITING

    def call_draw(self, meeting: int) -> float:
        """Its draw in the race for the call of a meeting, in (0, 1)."""
        return float(draw_at(self.call_stream, meeting))

    def move_probability(self, state: PublicState) -> float:
        """Probability that it moves if it is called in this state, by the policy table of its strategy."""
        policy, game = self.model.prepared.policy, self.model.game
        return float(policy_at(policy, game.offsets, self.position, *state.seen))

    def decide(self, state: PublicState) -> bool:
        """Whether it moves, now that it is called. Override this to play by another rule."""
        return bool(moves(draw_at(self.choice_stream, state.meeting), self.move_probability(state)))

    def answer(self, state: PublicState) -> str:
        """Its answer to a call: it waits, or moves and its signature fails at home or stands."""
        answer = WAITED
        if self.can_sign(state) and self.decide(state):
            answer = SIGNED if self.is_ratified(state) else FAILED
        self.failed += answer == FAILED
        if answer == SIGNED:
            self.sign(state)
        self.calls.append((state.day, answer))
        return answer

    def can_sign(self, state: PublicState) -> bool:
        """Whether there is a zone of agreement in this state: without one a called country can only wait."""
        policy, game = self.model.prepared.policy, self.model.game
        return bool(sign_at(game, policy, self.position, *state.seen) > -np.inf)

    def is_ratified(self, state: PublicState) -> bool:
        """Whether its signature is ratified at home."""
        policy, game = self.model.prepared.policy, self.model.game
        chance = ratification_at(game, policy, self.position, *state.seen)
        return bool(is_ratified(self.model.run_key, self.who, state.meeting, chance))

    def sign(self, state: PublicState) -> None:
        """Sign: the next rank, one public precedent; the package by the public belief and the hegemon's true type, or
        the terms on which both have agreed today."""
        model, policy, m = self.model, self.model.prepared.policy, state.meeting
        believed, firm = model.hegemon.believed_firm, model.hegemon.firm
        self.deal_meeting, self.rank, self.known_at_deal = m, state.signed + 1, state.known
        self.agreed, self.package_number = float(position_at(policy, self.position, *state.seen)), FULL
        if self.agreed == NOWHERE:
            self.package_number = int(
                package_signed(model.game.packages, self.position, m, state.signed, state.known, believed, firm)
            )
        self.harsh_precedent = int(is_harsh(model.run_key, self.who, m, model.game.precedent_accuracy, firm))
