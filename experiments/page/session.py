"""One open page: what is set, the run up to the day shown, and what each button does.

Everything is asked for by the browser and answered in turn: also while it plays, the browser asks for the next day
once it has shown the last. So no thread of ours draws, no click is lost, and nothing races.
"""

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, TimeoutError
from dataclasses import replace
from typing import Any

from mesa import Agent

from agents.call_reason import call_reason, in_words, without_deal
from agents.explanation import Explanation
from agents.negotiation import Negotiation
from experiments.page.downloads import calls_csv, outcome_csv
from experiments.page.preparing import PREPARER, Ready
from experiments.page.replay import Stored, compare
from experiments.page.settings import MOST_DAYS, Chosen, chosen_at_start, read_address, whole
from experiments.page.start import MOST_SEED, Start
from model.case_file import shipped_cases
from model.errors import InputError
from model.meeting import Event
from model.setting import find_factor

MOST_LETTERS = 300  # of what is said about an error, which may hold what was given
PATIENCE = 0.5  # seconds that an answer may wait for a setting to be prepared, before the page goes on without


class Session:
    """One open page. `serial` counts its answers, `turn` is the number of the latest request about settings."""

    def __init__(self, start: Start, address: str = "") -> None:
        self.lock = threading.RLock()
        self.stored = Stored(**start.stored) if start.stored else None
        self.start = self.chosen = chosen_at_start(start)
        self.serial, self.turn, self.played, self.problem = 0, 0, 0, ""
        self.scope = ""  # the country whose own parameters are shown; none: those of all
        self.picked, self.picked_call = "", -1  # the country to explain (none: the last called), and which call
        self.told: dict[Event, Explanation] = {}  # the accounts of this run that have been asked for
        self.file: dict[str, Any] = {}
        self.waiting_for: Future[Ready] | None = None
        self.ready = PREPARER.ask(self.chosen).result()
        self.case, self.shown = self.ready.case, self.chosen  # the case that is set; the settings of the run shown
        self.start_title = self.case.title
        self.verdict = compare(self.stored, self.ready.prepared) if self.stored else None
        self.model = self.new_model()
        self.open_at(address)

    def new_model(self) -> Negotiation:
        """The run of the settings in use, on day 0, in the place of the one before.

        Mesa 3.3 keeps every model ever built in a table of its agents' ids; a slider being dragged builds hundreds.
        """
        getattr(Agent, "_ids", {}).pop(getattr(self, "model", None), None)
        self.told = {}
        return Negotiation(prepared=self.ready.prepared, seed=self.shown.seed, replicate=self.shown.replicate)

    def open_at(self, address: str) -> None:
        """Set what an address says; where it cannot be used, say so and open all the same."""
        try:
            chosen, self.played = read_address(address, self.start)
            self.choose(chosen, patience=60.0)
        except InputError as error:
            self.case, self.chosen = self.ready.case, self.start
            self.problem = f"{in_short(error)}. The page opens as it was started."
            self.go(0)

    def act(self, request: dict[str, Any]) -> None:
        """Do what a button, a slider or the clock of a playing page asks for."""
        with self.lock:
            self.serial += 1
            self.turn = int(request.get("turn", self.turn))
            self.file = {}
            try:
                if request["action"] in ACTIONS:
                    ACTIONS[request["action"]](self, request)
            except InputError as error:
                self.problem = f"{in_short(error)}. Not used: the page keeps the last settings that worked."

    # -- the run ------------------------------------------------------------------------------------------------

    def go(self, days: int) -> None:
        """Show the run after so many days have been played. Going back plays it anew: its luck is fixed."""
        self.played = max(0, days)
        if self.played < self.days_done:
            self.model = self.new_model()
        while self.model.running and self.days_done < self.played:
            self.model.step()
        self.played = min(self.played, self.days_done)
        self.picked_call = -1

    @property
    def days_done(self) -> int:
        """How many days the model has played, the day of the end included."""
        return int(self.model.day) if self.model.running else int(self.model.day) + 1

    def step(self, request: dict[str, Any]) -> None:
        self.go(self.played + 1)

    def back(self, request: dict[str, Any]) -> None:
        self.go(self.played - 1)

    def finish(self, request: dict[str, Any]) -> None:
        self.go(MOST_DAYS)

    def reset(self, request: dict[str, Any]) -> None:
        """Back to day 0; what the user has set stays."""
        self.go(0)

    def go_to(self, request: dict[str, Any]) -> None:
        self.go(whole(str(request["day"]), MOST_DAYS, "day"))

    # -- what is set --------------------------------------------------------------------------------------------

    def choose(self, chosen: Chosen, patience: float = PATIENCE) -> None:
        """Take settings up: at once where they are prepared in time, else as soon as they are."""
        self.case, self.chosen, self.problem = chosen.open(), chosen, ""
        if self.waiting_for is not None:
            self.waiting_for.cancel()
            self.waiting_for = None
        self.waiting_for = PREPARER.ask(chosen)
        self.take_up(patience)

    def take_up(self, patience: float = 0.0) -> None:
        """Use what was being prepared, if it is done: the same days are played under the new settings."""
        if self.waiting_for is None:
            return
        try:
            error = self.waiting_for.exception(timeout=patience)
        except TimeoutError:
            return
        except CancelledError:  # another page asked for the same and gave up
            self.waiting_for = PREPARER.ask(self.chosen)
            return
        done, self.waiting_for = self.waiting_for, None
        if isinstance(error, InputError):
            raise error
        if error is not None:
            raise InputError(f"settings: {type(error).__name__}: {error}")
        self.ready, self.shown = done.result(), self.chosen
        days = self.played if self.model.running else MOST_DAYS  # an ended run stays ended
        self.model = self.new_model()
        self.go(days)
        if self.picked not in self.ready.case.ids:
            self.picked = ""
        if self.scope not in self.ready.case.ids:
            self.scope = ""

    def poll(self, request: dict[str, Any]) -> None:
        self.take_up()

    def set_value(self, request: dict[str, Any]) -> None:
        """A slider or a number field: one factor, for all countries or for one."""
        factor = str(request["factor"])
        value = find_factor(self.case, factor, "page").check(request["value"], factor)
        self.choose(self.chosen.with_value(self.case, factor, value))

    def set_seed(self, request: dict[str, Any]) -> None:
        seed = whole(str(request["seed"]), MOST_SEED, "seed")
        self.choose(replace(self.chosen, seed=seed, replicate=0))

    def set_case(self, request: dict[str, Any]) -> None:
        """One of the list: a shipped case as a whole, or what the page was started with."""
        name = str(request["case"])
        if name == self.start.label:
            self.choose(replace(self.chosen, case=self.start.case, countries=self.start.countries, replicate=0))
        elif name in shipped_cases():
            self.choose(replace(self.chosen, case=name, countries=None, replicate=0))

    def set_strategy(self, request: dict[str, Any]) -> None:
        self.choose(self.chosen.with_strategy(str(request["who"]), str(request["name"])))

    def restore(self, request: dict[str, Any]) -> None:
        """Everything as it was when the page was started."""
        self.choose(self.start)

    def set_scope(self, request: dict[str, Any]) -> None:
        self.scope = str(request["scope"]) if request["scope"] in self.ready.case.ids else ""

    # -- what is explained and downloaded -----------------------------------------------------------------------

    def pick(self, request: dict[str, Any]) -> None:
        """A country to explain, or one of its calls; none: follow the country called last."""
        call = int(request.get("call", -1))
        if 0 <= call < len(self.model.events):
            self.picked, self.picked_call = self.ready.case.ids[self.model.events[call].country], call
        else:
            country = str(request.get("country", ""))
            self.picked, self.picked_call = country if country in self.ready.case.ids else "", -1

    def explained(self) -> tuple[str, int, Explanation | None]:
        """The country explained, the number of the call, and its account (none: it has not been called)."""
        events = self.model.events
        call = self.picked_call
        if call < 0:
            own = [
                number
                for number, event in enumerate(events)
                if not self.picked or self.ready.case.ids[event.country] == self.picked
            ]
            call = own[-1] if own else -1
        if call < 0:
            return self.picked, -1, None
        return self.ready.case.ids[events[call].country], call, self.account(events[call])

    def account(self, event: Event) -> Explanation:
        """Why the country called at an event answered as it did."""
        if event not in self.told:
            self.told[event] = self.ready.explainer.explain([event])[0]
        return self.told[event]

    def why_called(self, call: int) -> str:
        """Why the hegemon made a call, in words; nothing where there is none of that number."""
        if call < 0:
            return ""
        prepared, events = self.ready.prepared, self.model.events
        return in_words(call_reason(prepared, events[call], without_deal(prepared, events[:call])))

    def last_reason(self) -> str:
        """Which reason the call made last had."""
        return self.account(self.model.events[-1]).kind if self.model.events else ""

    def download(self, request: dict[str, Any]) -> None:
        """The outcome (where the run has ended), or every call so far, as a CSV file."""
        stem = f"{self.ready.case.name}-seed-{self.shown.seed}"
        if self.shown.replicate:
            stem += f"-replicate-{self.shown.replicate}"
        if request["what"] == "outcome" and not self.model.running:
            text, name = outcome_csv(self.ready.prepared, self.model.outcomes()), f"{stem}.csv"
        elif request["what"] == "calls":
            text, name = calls_csv(self.model, self.ready.explainer), f"{stem}-calls.csv"
        else:
            return
        self.file = {"name": name, "text": text, "serial": self.serial}


def in_short(error: InputError) -> str:
    """What an error says, in one line; the middle of a long one is left out."""
    text, half = error.in_one_line, MOST_LETTERS // 2
    return text if len(text) <= MOST_LETTERS else f"{text[:half]} ... {text[-half:]}"


ACTIONS: dict[str, Callable[..., None]] = {
    "step": Session.step,
    "back": Session.back,
    "finish": Session.finish,
    "reset": Session.reset,
    "go": Session.go_to,
    "poll": Session.poll,
    "value": Session.set_value,
    "seed": Session.set_seed,
    "case": Session.set_case,
    "strategy": Session.set_strategy,
    "restore": Session.restore,
    "scope": Session.set_scope,
    "pick": Session.pick,
    "download": Session.download,
}
