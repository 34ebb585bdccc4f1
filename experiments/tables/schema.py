"""Every column of every file that is written: its name, its unit, and what it means, each stated once.

Rates are fractions, money is bn USD a year, days count from 10 April 2025. A cell is empty where there is no number.
`tariff-pause columns` prints all of them.
"""

from dataclasses import replace

from experiments.tables.declaration import (
    COUNT,
    DAY,
    FRACTION,
    INDEX,
    ITS_OWN,
    POINT,
    PROBABILITY,
    RANK,
    Table,
    flag,
    number,
    whole,
    words,
)

SHARE, BN = "share of stakes", "bn USD a year"
WORLD = "world"  # in the place of a country: of no single one

REPLICATE = whole(
    "replicate", INDEX, "run of the point, from 0 on; the same number meets the same draws at every point"
)
COUNTRY = words("country", "ISO 3166 code of the country")
COUNTRY_NAME = words("country_name", "name of the country")
STRATEGY = words("strategy", "name of the country's strategy")
HEGEMON_TYPE = words("hegemon_type", "firm or soft: how readily it executes its threat, and what it insists on")
REGIME = words("regime", "domestic regime: before or after the country's date")
DEAL_DAY = whole("deal_day", DAY, "day of the country's deal; empty without one")
DEAL_RANK = whole("deal_rank", RANK, "place of the deal among those of the run, 1 for the first; empty without a deal")
PACKAGE = words("package", "full, lean, or rebuffed (a lean one that met a firm hegemon); empty without a deal")
TARIFF_FINAL = number("tariff_final", FRACTION, "reciprocal rate after the pause, by the deal or without one")
SECTOR_RATE_FINAL = number("sector_rate_final", FRACTION, "sectoral rate after the pause, by the deal or without one")
CONCESSIONS = words("concessions", "issues conceded, each with its level where not in full; empty where there are none")
PAYOFF_SHARE = number("payoff_share", SHARE, "payoff against the executed threat")
PAYOFF_BN = number("payoff_bn", BN, "payoff against the executed threat")
PAYOFF_PCT_GDP = number("payoff_pct_gdp", "% of GDP", "payoff against the executed threat; empty without a GDP")
CALLED_COUNT = whole("called_count", COUNT, "times that the country was called")
FAILED_RATIFICATIONS = whole("failed_ratifications", COUNT, "signatures of the country that were not ratified at home")

POINTS = Table(
    "points",
    "point",
    (
        replace(whole("replicates", COUNT, "runs of the point, failed ones too"), optional=True),
        words("method", "how the equilibrium was found: exact, moment-based, or none where no country plays it"),
        number(
            "residual",
            PROBABILITY,
            "largest change of a policy in the last iteration times the chance of reaching the state; exact: 0",
        ),
        whole("iterations", COUNT, "iterations of the solver"),
        flag("converged", "whether the solver found the equilibrium: the residual is below its tolerance"),
        *(
            replace(column, optional=True)  # folders of earlier versions have none
            for column in (
                words(
                    "doubt", "why the stated accuracy of a moment-based equilibrium does not hold; empty where it does"
                ),
                words("status", "ok; failed where a run failed; or measures failed"),
                words("reason", "why the point, or its measures, failed; empty where they did not"),
            )
        ),
    ),
    by_point=True,
)
RUNS = Table(
    "runs",
    "point x replicate",
    (
        POINT,
        REPLICATE,
        words("status", "ok or failed"),
        words("error", "why the run failed; empty where it did not"),
        HEGEMON_TYPE,
        whole("deals", COUNT, "deals made in the run"),
        whole("first_deal_day", DAY, "day of the first deal; empty without one"),
        whole("last_deal_day", DAY, "day of the last deal; empty without one"),
        whole("news_day", DAY, "day on which the outcome of the open sectors became known; empty where it did not"),
        number(
            "hegemon_surplus_bn", BN, "what all deals bring the hegemon over no deal, their headline value included"
        ),
    ),
)
COUNTRIES = Table(
    "countries",
    "point x replicate x country",
    (
        POINT,
        REPLICATE,
        COUNTRY,
        DEAL_DAY,
        DEAL_RANK,
        PACKAGE,
        TARIFF_FINAL,
        SECTOR_RATE_FINAL,
        number("terms_share", SHARE, "worth of the terms signed, or of a threat that is not executed"),
        number("flow_share", SHARE, "what the deal gives and takes before the pause ends; 0 without a deal"),
        number("delay_loss", SHARE, "loss from the days until the deal, or until the end, beyond that"),
        number("rebuff_loss", SHARE, "loss from a lean package that met a firm hegemon"),
        number("signing_loss", SHARE, "fixed cost of a signature"),
        PAYOFF_SHARE,
        PAYOFF_BN,
        PAYOFF_PCT_GDP,
        CALLED_COUNT,
        FAILED_RATIFICATIONS,
    ),
)
DAYS_WAITED = number("days_waited", DAY, "days until the deal, or until the end of the pause without one")
REASONED_WAITS = number(
    "reasoned_waits",
    FRACTION,
    "share of the country's waits at which waiting was worth at least as much as moving, or it could not sign; exact "
    "where the solver is, else counted in the runs; empty where it never waits",
)
SUMMED_UP = (DEAL_DAY, DAYS_WAITED, DEAL_RANK, TARIFF_FINAL, PAYOFF_SHARE, PAYOFF_BN)
SUMMARY = Table(
    "summary",
    "point x country",
    (
        COUNTRY,
        COUNTRY_NAME,
        whole("runs", COUNT, "runs of the point that did not fail"),
        number("p_deal", PROBABILITY, "share of the runs in which the country has a deal"),
        *(
            number(f"{column.name}_{kind}", column.unit, f"{what} over the runs: {column.meaning.split(';')[0]}")
            for column in SUMMED_UP
            for kind, what in (("mean", "mean"), ("se", "standard error of the mean"))
        ),
        REASONED_WAITS,
    ),
    by_point=True,
)
TERMS = Table(
    "terms",
    "country x rank x hegemon type x regime x sector news",
    (
        COUNTRY,
        whole("rank", RANK, "place that the deal would have among those of the run, 1 for the first"),
        HEGEMON_TYPE,
        REGIME,
        words("sector_news", "open or known: whether the outcome of the open sectors is known"),
        flag("agreement", "whether there is a zone of agreement; without one the terms are empty"),
        number("payoff_share", SHARE, "worth of the terms to the country beyond the executed threat"),
        number("payoff_bn", BN, "worth of the terms to the country beyond the executed threat"),
        number("tariff", FRACTION, "reciprocal rate of the terms"),
        number("sector_rate", FRACTION, "sectoral rate of the terms"),
        number("open_sector_rate", FRACTION, "rate of the terms on sectors whose outcome is open today"),
        number(
            "all_in_rate", FRACTION, "mean of the three rates of the terms, weighted by what is imported under each"
        ),
        number("concessions_cost_bn", BN, "cost of the concessions at home"),
        number("concessions_value_bn", BN, "worth of the concessions to the hegemon"),
        number("hegemon_payoff_bn", BN, "worth of the terms to the hegemon, without the headline value"),
        number("headline_bn", BN, "headline value: worth of a deal of that rank to the hegemon beyond its terms"),
        CONCESSIONS,
    ),
)
WHOSE = words("country", f"ISO 3166 code of the country, or {WORLD} for what belongs to no single one")
UNIT = words("unit", "unit of value, low and high")
VALUE = (
    number("value", ITS_OWN, "the number; empty where it is not defined"),
    number("low", ITS_OWN, "lower end of its 95 % interval or of its range; empty where it has none"),
    number("high", ITS_OWN, "upper end of its 95 % interval or of its range; empty where it has none"),
)
MEASURES = Table(
    "measures",
    "number",
    (
        WHOSE,
        words("measure", "name of the measure; `tariff-pause measures` says what each means"),
        words("part", "estimand, channel or other part of the measure"),
        UNIT,
        *VALUE,
        words("method", "exact, simulated, or not defined; also whether an equilibrium behind it did not converge"),
    ),
    by_point=True,
)
DATE_PARTS = (
    number("reciprocal_relief", SHARE, "worth of the relief from the reciprocal tariff"),
    number("sector_relief", SHARE, "worth of the relief in sectors under sectoral tariffs"),
    number("open_sector_relief", SHARE, "worth of the relief in sectors whose outcome is open"),
    number("concessions", SHARE, "cost of the concessions at home, negative"),
    number("flow_of_the_pause", SHARE, "what the deal gives and takes before the pause ends"),
    number("rebuff_risk", SHARE, "expected loss from a lean package that meets a firm hegemon, negative"),
    number("delay", SHARE, "loss from the days until then, negative"),
    number("signing_cost", SHARE, "fixed cost of a signature, negative"),
)
DATES = Table(
    "dates",
    "country x meeting",
    (
        COUNTRY,
        whole("meeting", INDEX, "meeting at which the country signs, from 0 on"),
        whole("day", DAY, "day of the meeting"),
        REGIME,
        number("mean_rank", RANK, "expected rank of a deal signed there"),
        number("p_news", PROBABILITY, "chance that the outcome of the open sectors is known by then"),
        number("p_can_sign", PROBABILITY, "chance that there is a zone of agreement"),
        number("ratification", PROBABILITY, "chance that a signature there is ratified"),
        *DATE_PARTS,
        number("payoff_share", SHARE, "sum of the eight parts before: what signing there, ratified, would bring"),
        number("payoff_bn", BN, "what signing there, ratified, would bring"),
        number("concessions_bn", BN, "cost of the concessions at home"),
        number("tariff", FRACTION, "expected reciprocal rate"),
    ),
    by_point=True,
)
ANALYSIS = Table(
    "analysis",
    "number drawn",
    (
        words("figure", "figure in which it is drawn"),
        whole(POINT.name, INDEX, "point that it is of; empty where it is of a bin of a sample"),
        WHOSE,
        words("quantity", "what is drawn"),
        UNIT,
        number("x", ITS_OWN, "where it is drawn: the value of a factor, a day or a rank; empty where there is no axis"),
        *VALUE,
        whole(
            "runs",
            COUNT,
            "runs, pairs of runs or, in a bin of a sample, points behind it; empty where it is exact or measured",
        ),
    ),
)
RUN = Table(
    "run",
    "country",
    (
        COUNTRY,
        COUNTRY_NAME,
        STRATEGY,
        DEAL_DAY,
        DEAL_RANK,
        PACKAGE,
        number("tariff_threatened", FRACTION, "reciprocal rate threatened, at least the baseline"),
        TARIFF_FINAL,
        number("sector_rate_before", FRACTION, "sectoral rate before any deal"),
        SECTOR_RATE_FINAL,
        whole("issues", COUNT, "issues on which the hegemon asks for a concession"),
        whole("issues_conceded", COUNT, "issues conceded in part or in full"),
        CONCESSIONS,
        number("concessions_cost_bn", BN, "cost of the concessions at home"),
        number("stakes_bn", BN, "what a full deal would be worth to the country"),
        PAYOFF_BN,
        PAYOFF_PCT_GDP,
        PAYOFF_SHARE,
        CALLED_COUNT,
        FAILED_RATIFICATIONS,
    ),
)
QUANTILES = (10, 50, 90)  # of the days waited, in percent
SOLVE = Table(
    "solve",
    "country",
    (
        COUNTRY,
        COUNTRY_NAME,
        STRATEGY,
        number("p_deal", PROBABILITY, "chance that the country has a deal"),
        number("deal_day_mean", DAY, "expected day of the deal where there is one"),
        number("days_waited_mean", DAY, f"expected {DAYS_WAITED.meaning}"),
        *(
            number(f"days_waited_q{percent}", DAY, f"days waited that {percent} % of the probability do not exceed")
            for percent in QUANTILES
        ),
        number("p_first", PROBABILITY, "chance that the country signs first"),
        number("tariff_mean", FRACTION, "expected reciprocal rate after the pause"),
        number("sector_rate_mean", FRACTION, "expected sectoral rate after the pause"),
        number("payoff_share_mean", SHARE, "expected payoff against the executed threat"),
        number("payoff_bn_mean", BN, "expected payoff against the executed threat"),
        number("waits_mean", COUNT, "expected calls that the country answers by waiting"),
        REASONED_WAITS,
        *(
            replace(column, optional=True)
            for column in (
                number("days_waited_se", DAY, "standard error of days_waited_mean, where it is simulated"),
                number("payoff_share_se", SHARE, "standard error of payoff_share_mean, where it is simulated"),
                number("best_response_share", SHARE, "value of the best response to the others (--regret)"),
                number("regret_share", SHARE, "best response less what the country's strategy brings (--regret)"),
                number("regret_bn", BN, "best response less what the country's strategy brings (--regret)"),
            )
        ),
    ),
)
REASON = words(
    "reason",
    "of a wait: wants to wait, cannot sign, or hesitates (moving was worth more); of a move: wants to move, or moves "
    "all the same",
)
WAITING_METHOD = words("waiting_method", "exact, or moment-based approximation: how the value of waiting was found")
ANSWER = words("answer", "waited, failed (moved, but was not ratified) or signed")
ACCOUNT_PARTS = (*DATE_PARTS, number("no_deal", SHARE, "worth of a threat that is not executed, without a deal"))
CALLS = Table(
    "calls",
    "call of a run",
    (
        whole("call", INDEX, "which call of the run, from 1 on"),
        whole("meeting", INDEX, "meeting of the call, from 0 on"),
        whole("day", DAY, "day of the call"),
        COUNTRY,
        STRATEGY,
        ANSWER,
        REASON,
        number("probability", PROBABILITY, "chance with which the country moved"),
        number("indifferent", PROBABILITY, "chance with which it would have moved if both had been worth the same"),
        whole("signed_before", COUNT, "deals made before the call"),
        whole("harsh_precedents", COUNT, "harsh precedents among them"),
        number("belief_firm", PROBABILITY, "public belief that the hegemon is firm"),
        flag("sector_news", "whether the outcome of the open sectors is known"),
        REGIME,
        words(
            "package",
            "package that the country would offer: full or lean, agreed (with a hegemon that looks forward), none",
        ),
        number("stakes_bn", BN, "what a full deal would be worth to the country"),
        number("signing", SHARE, "value of a ratified signature"),
        number("ratification", PROBABILITY, "chance that a signature is ratified"),
        number("moving", SHARE, "value of moving: ratified or not"),
        number("waiting", SHARE, "value of waiting"),
        WAITING_METHOD,
        number("advantage", SHARE, "value of moving less that of waiting"),
        number("advantage_bn", BN, "value of moving less that of waiting"),
        *(
            number(f"{side}_{part.name}", SHARE, f"part of the value of {side}: {part.meaning}")
            for side in ("moving", "waiting")
            for part in ACCOUNT_PARTS
        ),
        number("deal_chance", PROBABILITY, "if it waits: chance that it comes to a deal in the end"),
        number("deal_day", DAY, "if it waits: expected day of that deal"),
        number("deal_rank", RANK, "if it waits: expected rank of that deal"),
        *(
            number(f"without_{cause}", SHARE, f"what `advantage` would be {what}")
            for cause, what in (
                ("rank", "if no later rank were worse than the one of the call"),
                ("date", "if the country's own date never came"),
                ("news", "if no news of the open sectors could come"),
                ("precedents", "if precedents taught nothing from the call on"),
            )
        ),
    ),
)
ACCOUNT = Table(
    "account",
    "part, total or cause of a call",
    (
        COUNTRY,
        whole("meeting", INDEX, "meeting of the call, from 0 on"),
        whole("day", DAY, "day of the call"),
        ANSWER,
        REASON,
        words("row", "part, total, or without: what the difference would be without a cause"),
        words("name", "name of the part or of the cause"),
        *(
            number(f"{side}_{unit}", SHARE if unit == "share" else BN, f"{what}{alone}")
            for unit in ("share", "bn")
            for side, what, alone in (
                ("moving", "worth if it moves", "; empty for a cause, and where it cannot sign"),
                ("waiting", "worth if it waits", "; empty for a cause"),
                ("difference", "moving less waiting", "; empty where it cannot sign"),
            )
        ),
        WAITING_METHOD,
    ),
)
COLUMNS = Table(
    "columns",
    "column of a table",
    (
        words("table", "table in which the column is"),
        words("column", "name of the column"),
        words("unit", "unit of its numbers; words, index, count and the like where it has none"),
        words("meaning", "what it means"),
    ),
)
ROW_TABLES = {table.name: table for table in (RUNS, COUNTRIES)}  # of single runs
ADDED = ("reasoned_waits", "all_in_rate")  # columns that folders of version 0.1.0 have not
IN_FOLDERS = (POINTS, RUNS, COUNTRIES, SUMMARY, TERMS, MEASURES, DATES, ANALYSIS)  # of sweeps
TABLES = (POINTS, RUNS, COUNTRIES, SUMMARY, TERMS, MEASURES, DATES, ANALYSIS, RUN, SOLVE, CALLS, ACCOUNT, COLUMNS)
