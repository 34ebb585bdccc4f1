"""The hegemon: a thin Mesa agent that calls one country at a time and leaves precedents for the others to read."""

from typing import TYPE_CHECKING

from mesa import Agent

from model.belief import belief_firm
from model.meeting import NEVER, called_country
from model.terms import TYPE_NAMES

if TYPE_CHECKING:
    from agents.negotiation import Negotiation


class Hegemon(Agent):
    """The country that announced the tariffs. Its type is drawn, and is not public."""

    model: "Negotiation"

    @property
    def type_name(self) -> str:
        return TYPE_NAMES[int(self.model.world[0]["firm"])]

    @property
    def precedents(self) -> tuple[int, int]:
        """Harsh and mild precedents so far."""
        world = self.model.world[0]
        return int(world["harsh"]), int(world["signed"] - world["harsh"])

    @property
    def believed_firm(self) -> float:
        """The public belief that it is firm."""
        world, game = self.model.world[0], self.model.prepared.game
        return float(belief_firm(game.prior_firm, game.precedent_accuracy, int(world["signed"]), int(world["harsh"])))

    def next_call(self, meeting: int) -> int | None:
        """Whom it calls at this meeting: the position of the country, or None when all have signed."""
        called = called_country(
            self.model.prepared.game.call_weight[meeting], self.model.country_records, self.model.call_streams, meeting
        )
        return None if called == NEVER else int(called)
