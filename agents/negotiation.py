"""The Mesa model of one negotiation: a step is a day, with all the meetings of that day.

It holds the same meetings, on the same records, as the batch kernel; agents and data collection are for looking,
teaching and stepping. Same case, strategies, seed and replicate: same trajectory, to the bit.
"""

from typing import NamedTuple

import numpy as np
from mesa import Model
from mesa.datacollection import DataCollector

from agents.country import Country
from agents.hegemon import Hegemon
from agents.policy import Prepared
from model.calendar import make_calendar
from model.draws import run_key
from model.meeting import (
    COUNTRY_RECORD,
    NEVER,
    WORLD_RECORD,
    execute_threats,
    hold_meeting,
    is_extended,
    start_run,
)  # fmt: skip
from model.outcomes import Outcomes, settle


class Event(NamedTuple):
    """One call: which country, in which public state, and its answer. `mask` has the bits of those who had signed."""

    meeting: int
    day: int
    country: int
    answer: str
    signed: int
    harsh: int
    known: int
    mask: int


class Negotiation(Model):
    """One run of a prepared setting. `day` is the next day to be played; `running` turns False after the end."""

    running: bool

    def __init__(self, *, prepared: Prepared, seed: int = 0, replicate: int = 0) -> None:
        super().__init__(rng=int(seed) % 2**32)
        self.prepared = prepared
        self.setting = prepared.setting
        self.case = prepared.setting.case
        self.calendar = make_calendar(prepared.setting.window)
        self.run_key = np.uint64(run_key(seed, replicate))
        self.world = np.zeros(1, WORLD_RECORD)
        self.country_records = np.zeros(len(prepared.who), COUNTRY_RECORD)
        self.call_streams = np.empty(len(prepared.who), np.uint64)
        start_run(prepared.game, self.run_key, prepared.who, self.world, self.country_records, self.call_streams)
        self.day = 0
        self.end_day = self.calendar.window_days
        self.called_today: list[str] = []
        self.events: list[Event] = []
        self.hegemon = Hegemon(self)
        self.countries = [Country(self, position) for position in range(len(prepared.who))]
        self.datacollector = DataCollector(
            model_reporters={
                "day": lambda model: model.day,
                "called": lambda model: " ".join(model.called_today),
                "deals": lambda model: int(model.world[0]["signed"]),
                "harsh_precedents": lambda model: int(model.world[0]["harsh"]),
                "sector_news": lambda model: int(model.world[0]["known"]),
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
            execute_threats(
                self.run_key, self.prepared.who, self.prepared.terms.execution, self.world, self.country_records
            )
            self.running = False
        else:
            for meeting in self.meetings_of(self.day):
                self.hold(meeting)
        self.datacollector.collect(self)
        if self.running:
            self.day += 1

    def extend(self) -> bool:
        """Whether the deadline is put off now (once at most)."""
        if self.world[0]["extended"] or not is_extended(self.prepared.game, self.run_key):
            return False
        self.world[0]["extended"] = 1
        self.end_day += self.calendar.extension_days
        return self.calendar.extension_days > 0

    def meetings_of(self, day: int) -> range:
        """The meetings that fall on a day."""
        upto = self.calendar.meetings if self.world[0]["extended"] else self.calendar.regular
        days = self.calendar.day[:upto]
        return range(int(np.searchsorted(days, day, "left")), int(np.searchsorted(days, day, "right")))

    def hold(self, meeting: int) -> None:
        """Hold one meeting by the rules, and let the called country note its answer."""
        failed_before = self.country_records["failed"].copy()
        state = {name: int(self.world[0][name]) for name in ("signed", "harsh", "known", "mask")}
        called = hold_meeting(
            self.prepared.game, self.prepared.policy, self.prepared.packages, self.run_key, self.prepared.who,
            self.call_streams, meeting, self.world, self.country_records,
        )  # fmt: skip
        if called != NEVER:
            country = self.countries[called]
            answer = country.answer(self.day, int(failed_before[called]))
            self.events.append(Event(meeting, self.day, called, answer, **state))
            self.called_today.append(country.iso3)

    def outcomes(self) -> Outcomes:
        """The outcomes of this run (meaningful once it has ended)."""
        return settle(self.setting, self.prepared.terms, self.world, self.country_records[None, :])
