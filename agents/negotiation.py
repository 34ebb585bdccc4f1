"""The Mesa model of one negotiation: a step is a day, with all the meetings of that day.

The hegemon calls, the called country decides, by the same compiled rules as the batch kernel and with the same draws,
but on the agents' own records: same case, strategies, seed and replicate, same trajectory, to the bit. This model is
for looking, teaching, stepping and for agents of your own; sweeps use the kernel.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from mesa import Model
from mesa.datacollection import DataCollector

from agents.country import Country
from agents.hegemon import Hegemon
from agents.policy import Prepared, prepare
from model.calendar import make_calendar
from model.calls import NEVER
from model.case import Case
from model.draws import NEWS, WORLD, draw_at, run_key, stream_key
from model.errors import unknown
from model.meeting import COUNTRY_RECORD, MASK_BITS, WORLD_RECORD, Event, is_executed, is_extended, news_comes
from model.outcomes import Outcomes, settle
from model.setting import Overrides
from model.states import PublicState, count_state


class Negotiation(Model):
    """One run. `day` is the next day to be played; `running` turns False after the end.

    case: name, path or `Case`; seed, replicate: which draws; factors: overrides as in `--set`; strategy: a name for all
    countries, or names by iso3 (and "default", "hegemon"); played_by: classes of `Country` by iso3, to have them decide
    otherwise. A setting that is `prepared` already stands in the place of case, factors and strategy. InputError where
    something is not known.
    """

    running: bool

    def __init__(
        self,
        *,
        case: str | Path | Case = "six",
        seed: int = 0,
        replicate: int = 0,
        factors: Overrides | None = None,
        strategy: str | Mapping[str, str] | None = None,
        played_by: Mapping[str, type[Country]] | None = None,
        prepared: Prepared | None = None,
    ) -> None:
        super().__init__(rng=int(seed) % 2**32)
        self.prepared = prepare(case, strategy, factors=factors) if prepared is None else prepared
        self.setting, self.game = self.prepared.setting, self.prepared.game
        self.case = self.setting.case
        self.calendar = make_calendar(self.setting.window)
        self.run_key = np.uint64(run_key(seed, replicate))
        self.news_stream = np.uint64(stream_key(self.run_key, WORLD, NEWS))
        self.day = 0
        self.end_day = self.calendar.window_days
        self.extended = 0
        self.news_meeting = NEVER  # after which the open sectors' outcome became known
        self.called_today: list[str] = []
        self.events: list[Event] = []
        self.hegemon = Hegemon(self)
        kinds = dict(played_by or {})
        for iso3 in kinds:
            if iso3 not in self.case.ids:
                raise unknown("country", iso3, self.case.ids, "played_by")
        self.countries = [kinds.get(iso3, Country)(self, position) for position, iso3 in enumerate(self.case.ids)]
        self.datacollector = DataCollector(
            model_reporters={
                "day": lambda model: model.day,
                "called": lambda model: " ".join(model.called_today),
                "deals": lambda model: sum(model.hegemon.precedents),
                "harsh_precedents": lambda model: model.hegemon.precedents[0],
                "sector_news": lambda model: int(model.news_meeting != NEVER),
                "belief_firm": lambda model: model.hegemon.believed_firm,
            },
            agenttype_reporters={
                Country: {
                    "iso3": lambda country: country.iso3,
                    "status": lambda country: country.status,
                    "deal_day": lambda country: country.deal_day,
                }
            },
        )

    def step(self) -> None:
        """Play one day. The day of the deadline either opens the extension or ends the pause."""
        if not self.running:
            return
        self.called_today = []
        if self.day == self.end_day and not self.extend():
            self.end()
        else:
            for meeting in self.meetings_of(self.day):
                self.hold(meeting)
        self.datacollector.collect(self)
        if self.running:
            self.day += 1

    def hold(self, meeting: int) -> None:
        """One meeting: the hegemon calls, the country answers, and before the next meeting there may be news."""
        state = self.public_state(meeting)
        country = self.hegemon.call(state)
        if country is not None:
            answer = country.answer(state)
            self.events.append(Event(meeting, self.day, country.position, answer, *state[2:]))
            self.called_today.append(country.iso3)
        if not state.known and news_comes(draw_at(self.news_stream, meeting), self.game.news_hazard):
            self.news_meeting = meeting

    def extend(self) -> bool:
        """Whether the deadline is put off now (once at most)."""
        if self.extended or not is_extended(self.run_key, self.game.extension_probability):
            return False
        self.extended = 1
        self.end_day += self.calendar.extension_days
        return self.calendar.extension_days > 0

    def end(self) -> None:
        """The pause ends: the threat is executed or not on each country without a deal."""
        chance = self.game.execution[self.hegemon.firm]
        for country in self.countries:
            if not country.has_deal:
                country.executed = int(is_executed(self.run_key, country.who, chance))
        self.running = False

    def meetings_of(self, day: int) -> range:
        """The meetings that fall on a day."""
        upto = self.calendar.meetings if self.extended else self.calendar.regular
        days = self.calendar.day[:upto]
        return range(int(np.searchsorted(days, day, "left")), int(np.searchsorted(days, day, "right")))

    def public_state(self, meeting: int) -> PublicState:
        """What everybody knows before a meeting."""
        harsh, mild = self.hegemon.precedents
        known, day = int(self.news_meeting != NEVER), int(self.calendar.day[meeting])
        return PublicState(meeting, day, harsh + mild, harsh, known, self.signers)

    @property
    def signers(self) -> int:
        """Who has signed, as bits (kept for up to 62 countries)."""
        if len(self.countries) > MASK_BITS:
            return 0
        return sum(1 << country.position for country in self.countries if country.has_deal)

    def count_state(self, state: PublicState) -> int:
        """Where a state stands in the tables of the game that know how many have signed."""
        return int(count_state(self.game.offsets[state.meeting], state.signed, state.harsh, state.known))

    @property
    def world(self) -> np.ndarray:
        """What has happened in the world so far, as a record (1,): see `model.meeting.WORLD_RECORD`."""
        harsh, mild = self.hegemon.precedents
        known, firm = int(self.news_meeting != NEVER), self.hegemon.firm
        row = (firm, harsh + mild, harsh, known, self.signers, self.news_meeting, self.extended)
        return np.array([row], WORLD_RECORD)

    @property
    def country_records(self) -> np.ndarray:
        """What has happened to each country so far, as records (N,): see `model.meeting.COUNTRY_RECORD`."""
        return np.array([tuple(country.record.values()) for country in self.countries], COUNTRY_RECORD)

    def outcomes(self) -> Outcomes:
        """The outcomes of this run (meaningful once it has ended)."""
        return settle(self.setting, self.prepared.terms, self.world, self.country_records[None, :])
