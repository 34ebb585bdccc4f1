"""What solving against a hegemon that plays will take, said before it where it is long.

    seconds = rate T S,   S = 2^N (N (N - 1) + 2 N) / 2,

T meetings, S states by set of signers (`model.equilibrium.table_bytes`), and a rate that was measured at 6 to 12
countries, where it hardly depends on their number. Bytes are those of the tables (`model.hegemon.hegemon_bytes`).
"""

import sys
from collections.abc import Sequence

from agents.hegemon_strategies import HEGEMON
from agents.policy import Mix
from experiments.measures.commitment import FORWARD_LOOKING
from experiments.sweeps.estimate import in_bytes
from experiments.sweeps.progress import in_time
from model.calendar import make_calendar
from model.hegemon import MOST_COUNTRIES, hegemon_bytes
from model.setting import Setting
from model.states import set_offsets

RATE = {False: 0.18e-6, True: 0.3e-6}  # seconds for a state of a meeting, by whether the hegemon looks forward
WORTH_SAYING, WORTH_SAYING_OF_MANY = 2.0, 10.0  # seconds of one game, and of those that measures solve
AGAINST_EACH = {  # measures that meet every hegemon
    *("premium", "worth_of_commitment", "implied_patience", "hegemon_choices"),
    *("payoff", "rank_payoff", "days_waited", "first_call"),
}
ANEW = {"option_value": 1}  # games of its own hegemon that a measure solves,
ANEW_BY_COUNTRY = {"first_mover_advantage": 1, "constraint_cost": 15}  # and at most by country


def say_what_it_takes(setting: Setting, mix: Mix) -> None:
    """A line on standard error where solving the game is long."""
    if mix.hegemon.chooses:
        say(setting, mix.hegemon.name, mix.hegemon.looks_forward, 1)


def say_what_measures_take(setting: Setting, mix: Mix, names: Sequence[str], countries: int) -> None:
    """The same of all games that measures of so many countries solve: its own, and those against the other hegemons."""
    games = 2 if AGAINST_EACH & {*names} else 0
    if mix.hegemon.chooses:
        games += sum(ANEW.get(name, 0) + ANEW_BY_COUNTRY.get(name, 0) * countries for name in names)
        say(setting, mix.hegemon.name, mix.hegemon.looks_forward, 1 + games)
    elif games:
        say(setting, FORWARD_LOOKING, True, games)


def seconds_to_solve(setting: Setting, looks_forward: bool) -> float:
    """About how long one game takes on one core, seconds."""
    states = int(set_offsets(len(setting.countries))[-1])
    return RATE[looks_forward] * make_calendar(setting.window).meetings * states


def say(setting: Setting, hegemon: str, looks_forward: bool, games: int) -> None:
    """The line, where it is worth saying; nothing for a game that is too large and will be refused."""
    countries, meetings = len(setting.countries), make_calendar(setting.window).meetings
    if countries > MOST_COUNTRIES:
        return
    seconds = games * seconds_to_solve(setting, looks_forward)
    if seconds <= (WORTH_SAYING if games == 1 else WORTH_SAYING_OF_MANY):
        return
    takes, tables = f"about {in_time(seconds)}", f"{in_bytes(hegemon_bytes(countries, meetings))} of tables"
    if games > 1:
        takes, tables = f"up to {games} games, {takes} on one core", f"{tables} each"
    print(
        f"{countries} countries, {meetings} meetings, {HEGEMON}={hegemon}: {takes}, {tables}",
        file=sys.stderr,
        flush=True,
    )
