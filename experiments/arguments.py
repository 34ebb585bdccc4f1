"""What can be typed after a command: the options, and how overrides, strategies and seeds are read from them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.cores import choose_threads
from model.errors import InputError

if TYPE_CHECKING:
    from agents.policy import Mix, Prepared
    from model.case import Case
    from model.setting import Setting

MOST_SEED = 2**63 - 1
TYPICAL_SEED = 246  # of 0 to 999, that whose days waited are nearest to the exact means of `six` (least squares)
SEED_HELP = (
    f"Seed of the draws; the same seed gives the same run. The default, {TYPICAL_SEED}, is that of 0 to 999 whose run "
    "of case six is nearest to the means."
)
MOST_REPLICATES = 10**9


def check_threads(count: int | None) -> int | None:
    """Use so many threads for all that follows."""
    choose_threads(count, "--threads")
    return count


CaseOption = Annotated[
    str | None, typer.Option("--case", help="A shipped case (default six), or the path of your own .toml.")
]
CountriesOption = Annotated[
    str | None,
    typer.Option(
        "--countries",
        metavar="KOR,JPN",
        help="These countries of the case alone, in this order; without --case, of all there are.",
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Override, as in delay_cost=0.2, KOR.domestic_constraint=0 or KOR.date=none. Repeatable.",
    ),
]
StrategyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--strategy",
        metavar="[KOR=]NAME",
        help="For all countries, or one; a name, or FILE.py:FUNCTION of your own. Repeatable.",
    ),
]
SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="A .toml file with case, countries, strategy, seed and \\[fixed]; what is typed stands above it.",
    ),
]
SeedOption = Annotated[int | None, typer.Option("--seed", help=SEED_HELP, show_default=False)]
CsvOption = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Also write the table to a CSV file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
DesignArgument = Annotated[
    str | None,
    typer.Argument(help="A built-in design (tariff-pause designs lists them) or a .toml file."),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", callback=check_threads, help="Default: the cores allotted to the program."),
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Result folder; default results/<name>.")]


@dataclass(frozen=True)
class Chosen:
    """What a command is about, from what was typed and from a settings file below it. `where` says in messages where
    the overrides and the strategies were given."""

    case: "Case"
    case_given: str
    countries: list[str] | None  # those that are selected from the case
    overrides: dict[str, float | None]
    strategies: dict[str, str]
    seed: int | None  # of the settings file
    where: tuple[str, str] = ("--set", "--strategy")

    @property
    def setting(self) -> "Setting":
        """The case under the overrides."""
        from model.setting import make_setting

        return make_setting(self.case, self.overrides, self.where[0])

    @property
    def mix(self) -> "Mix":
        """Who plays what."""
        from agents.policy import strategies_of

        return strategies_of(self.case, self.strategies, self.where[1])

    def prepared(self, force_exact: bool = False) -> "Prepared":
        """The prepared setting; force_exact: see `solver.solve_for`."""
        from agents.policy import prepare
        from experiments.sweeps.solving_time import say_what_it_takes

        setting, mix = self.setting, self.mix
        say_what_it_takes(setting, mix)
        return prepare(setting, mix, force_exact=force_exact)

    def seed_or(self, typed: int | None, default: int) -> int:
        """The seed typed, else that of the settings file, else the default."""
        if typed is not None:
            check_seed(typed)
        return next(seed for seed in (typed, self.seed, default) if seed is not None)


def chosen(
    case: str | None,
    countries: str | None,
    sets: list[str] | None,
    strategy: list[str] | None = None,
    settings: Path | None = None,
) -> Chosen:
    """What --case, --countries, --set and --strategy name, above what the file of --settings says."""
    from model.case_file import case_meant, load_case
    from model.case_selection import select_countries

    typed = parse_countries(countries)
    if settings is None:
        loaded = chosen_case(case, countries)
        given, strategies = parse_sets(loaded, sets), parse_strategies(strategy)
        return Chosen(loaded, case_meant(case, typed), typed, given, strategies, None)
    from experiments.settings_file import read_settings

    file = read_settings(settings)
    selected, where = (file.countries, f"{file.origin}: countries") if typed is None else (typed, "--countries")
    name = case_meant(file.case if case is None else case, selected)
    try:
        loaded = load_case(name)
    except InputError as error:
        raise error if case is not None else error.within(f"{file.origin}: case") from None
    if selected is not None:
        loaded = select_countries(loaded, selected, where)
    return Chosen(
        loaded,
        name,
        selected,
        {**file.overrides(loaded), **parse_sets(loaded, sets)},
        {**file.strategies(loaded), **parse_strategies(strategy)},
        file.seed,
        (f"{file.origin}{' and --set' if sets else ''}", f"{file.origin}{' and --strategy' if strategy else ''}"),
    )


def chosen_case(case: str | None, countries: str | None) -> "Case":
    """The case that --case and --countries name."""
    from model.case_file import load_case

    return load_case(case, parse_countries(countries), "--countries")


def parse_countries(text: str | None) -> list[str] | None:
    """The countries typed as KOR,JPN; None where none were."""
    if text is None:
        return None
    return [iso3.strip() for iso3 in text.split(",")] if text.strip() else []


def parse_sets(case: "Case", sets: list[str] | None) -> dict[str, float | None]:
    """The overrides typed as NAME=VALUE."""
    from model.setting import find_factor

    chosen: dict[str, float | None] = {}
    for text in sets or []:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise InputError(f"--set {text!r}: write NAME=VALUE, as in delay_cost=0.2")
        if name in chosen:
            raise InputError(f"--set {name}: given twice")
        chosen[name] = find_factor(case, name, "--set").parse(value, f"--set {name}")
    return chosen


def parse_strategies(texts: list[str] | None) -> dict[str, str]:
    """The strategies typed as NAME or KOR=NAME; a file that a name names (mine.py:patient) is opened."""
    from agents.policy import DEFAULT
    from agents.strategy_file import names_file, open_strategy

    chosen: dict[str, str] = {}
    for text in texts or []:
        iso3, equals, name = text.partition("=")
        key, value = (iso3.strip(), name.strip()) if equals else (DEFAULT, text.strip())
        if key in chosen:
            raise InputError(f"--strategy {text}: {'all countries' if key == DEFAULT else key} given twice")
        chosen[key] = open_strategy(value, "--strategy") if names_file(value) else value
    return chosen


def check_seed(seed: int) -> None:
    """Seeds are whole numbers from 0."""
    if not 0 <= seed <= MOST_SEED:
        raise InputError(f"--seed {seed}: a whole number from 0 to {MOST_SEED} is allowed")
