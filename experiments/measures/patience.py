"""Implied patience: how a hegemon that looks forward treats a country before its date, as the value of a parameter.

One that keeps its promise insists, before the country's date, on a share of its gain from the deal after it,

    h + rho_k - d_H >= hegemon_patience C (h_after + rho_k - d_H),

C the chance that the country is called again in time (`calendar.chance_called_again`). One that looks forward insists
on what it gives up by the deal. Its implied patience is the parameter at which both insist on the same gain. With
nobody signed and the news open, E over the types, q the chance that the threat is executed and m what that brings,

    patience = (E[W(nobody) - W(j)] - E[q] m) / (C (H_after + dR_0 - E[q] m)),

the numerator at the last meeting before the date, W as it is once that meeting has passed; H_after, flow included, as
struck at the first meeting on or after it; dR_0 what a first deal is worth to the hegemon. It is a ratio and may leave
0 to 1: above 1 where it gives up more than the later deal with this country, as when that deal would cost it headlines
or others would be pressed less; below 0 where it would sign for less than breakdown, for what the deal leads on to.

Exact. Not defined, with the reason, where no date of the country lies between meetings, where nothing is agreed at the
first meeting after it, or no gain over breakdown, and where a hegemon that looks forward cannot be played.
"""

from dataclasses import replace

import numpy as np

from agents.policy import Prepared
from experiments.analysis.interval import UNDEFINED, Interval
from experiments.measures.commitment import FORWARD_LOOKING, TOTAL, no_game
from experiments.measures.study import Study
from model.calendar import chance_called_again, make_calendar
from model.hegemon import least_accepted
from model.meeting import agreed_at
from model.shadow import hegemon_there
from model.terms import AFTER, OPEN

NO_DATE = "not defined: no date in the window with meetings before and after it"
NOTHING_AFTER = "not defined: no zone of agreement at the first meeting after the date"
NO_GAIN_AFTER = "not defined: after the date the hegemon gains nothing over breakdown"


def implied_patience(study: Study, country: int) -> dict[str, Interval]:
    """The patience that comes out, a ratio."""
    if not study.at_stake(country):
        return {TOTAL: UNDEFINED}
    prepared = study.against(FORWARD_LOOKING)
    return {TOTAL: no_game(FORWARD_LOOKING) if prepared is None else patience_with(prepared, country)}


def patience_with(prepared: Prepared, country: int) -> Interval:
    """The patience of a hegemon that looks forward, towards one country."""
    game, policy, shadow = prepared.game, prepared.policy, prepared.game.shadow
    later = np.flatnonzero(game.packages.regime[country, : game.regular] == AFTER)
    if not len(later) or later[0] == 0:
        return replace(UNDEFINED, method=NO_DATE)
    first = int(later[0])
    position = agreed_at(policy, country, first, 0, 0, OPEN, 0)
    if position < 0.0:
        return replace(UNDEFINED, method=NOTHING_AFTER)
    executed = (1.0 - game.prior_firm) * game.execution[0] + game.prior_firm * game.execution[1]
    breakdown = executed * shadow.threat[country]
    after = hegemon_there(shadow, country, AFTER, OPEN, game.packages.flow_years[first], position)
    gain_after = after + shadow.headline[0] - breakdown
    if gain_after <= 0.0:
        return replace(UNDEFINED, method=NO_GAIN_AFTER)
    weight, calendar = game.call_weight[0], make_calendar(prepared.setting.window)
    again = chance_called_again(calendar, prepared.setting.countries[country].date, weight[country] / weight.sum())
    gain_before = least_accepted(game, policy, first - 1)[country] - breakdown
    return Interval(float(gain_before / (again * gain_after)))
