"""The hegemon: it calls one country at a time, and its precedents are all that the others see of its type."""

from typing import TYPE_CHECKING

import numpy as np
from mesa import Agent

from agents.country import Country
from model.belief import belief_firm
from model.calls import call_time
from model.meeting import call_weights, is_firm
from model.states import PublicState
from model.terms import TYPE_NAMES

if TYPE_CHECKING:
    from agents.negotiation import Negotiation


class Hegemon(Agent):
    """The country that announced the tariffs. Its type is drawn, and is not public."""

    model: "Negotiation"

    def __init__(self, model: "Negotiation") -> None:
        super().__init__(model)
        self.firm = int(is_firm(model.run_key, model.game.prior_firm))

    @property
    def type_name(self) -> str:
        return TYPE_NAMES[self.firm]

    @property
    def precedents(self) -> tuple[int, int]:
        """Harsh and mild precedents so far."""
        signed = [country for country in self.model.countries if country.has_deal]
        harsh = sum(country.harsh_precedent for country in signed)
        return harsh, len(signed) - harsh

    @property
    def believed_firm(self) -> float:
        """The public belief that it is firm."""
        harsh, mild = self.precedents
        game = self.model.game
        return float(belief_firm(game.prior_firm, game.precedent_accuracy, harsh + mild, harsh))

    def call(self, state: PublicState) -> Country | None:
        """Call one of the countries without a deal: by a lottery weighted by priority, or whom it chooses; None where
        all have signed. Override this to have it call otherwise."""
        weight = self.weights(state)
        waiting = [country for country in self.model.countries if not country.has_deal]
        return min(
            waiting,
            key=lambda country: call_time(country.call_draw(state.meeting), weight[country.position]),
            default=None,
        )

    def weights(self, state: PublicState) -> np.ndarray:
        """The weight with which each country is called in this state, (N,)."""
        return call_weights(self.model.game, self.model.prepared.policy, state)
