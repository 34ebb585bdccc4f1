"""A settings file: what else would be typed after a command, `--settings mine.toml`.

    case = "six"                          # or a path, relative to this file
    countries = ["KOR", "JPN"]
    strategy = { KOR = "wait_and_see" }   # or one name for all; mine.py:patient lies beside this file
    seed = 7                              # where the command draws
    [fixed]                               # as in designs
    headline_value = 0.06
    KOR.inertia = 0.2

What is typed stands above the file, factor by factor and country by country.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.strategy_factors import is_category
from experiments.sweeps.categories import Source, named_strategies
from experiments.sweeps.design_file import KEYS as DESIGN_KEYS
from experiments.sweeps.design_file import parse_fixed, texts
from experiments.sweeps.factor_values import MOST_SEED, names_number, pairs_of
from model.case import Case
from model.declaration import whole
from model.errors import InputError, unknown
from model.toml_file import names_a_file, parse_toml, read_text

KEYS = ("case", "countries", "strategy", "seed", "fixed")


@dataclass(frozen=True)
class SettingsFile:
    """What a settings file says; what depends on the case is read once that is known."""

    origin: str
    folder: Path
    table: Mapping[str, Any]

    @property
    def case(self) -> str | None:
        """The name of a shipped case, or the path of one."""
        name = self.table.get("case")
        if name is None:
            return None
        if not isinstance(name, str):
            raise InputError(f"{self.origin}: case = {name!r} is not a text")
        return str((self.folder / name).absolute()) if names_a_file(name) else name

    @property
    def countries(self) -> list[str] | None:
        """Those that are selected from the case."""
        given = self.table.get("countries")
        return None if given is None else texts(given, f"{self.origin}: countries")

    @property
    def seed(self) -> int | None:
        """The seed of the draws."""
        return whole(self.table["seed"], 0, MOST_SEED, f"{self.origin}: seed") if "seed" in self.table else None

    def overrides(self, case: Case) -> dict[str, float | None]:
        """What is overridden of the case and the parameters."""
        where = f"{self.origin}: fixed"
        fixed = self.table.get("fixed", {})
        for key in fixed if isinstance(fixed, dict) else ():
            if key in KEYS:
                raise InputError(f"{where}: {key}: write it above [fixed]")
        return parse_fixed(Source(case, where, self.folder), fixed)

    def strategies(self, case: Case) -> dict[str, str]:
        """Strategies by country, "default" and "hegemon"; the files of the user's own are opened."""
        source = Source(case, f"{self.origin}: strategy", self.folder, open_files=True)
        return named_strategies(source, self.table.get("strategy", {}))


def read_settings(path: Path) -> SettingsFile:
    """A settings file, the names of its keys checked."""
    origin, table = path.name, parse_toml(read_text(path), path.name)
    for key, value in table.items():
        if key in KEYS:
            continue
        if key in DESIGN_KEYS:
            raise InputError(f"{origin}: {key} is of a design, not of settings: tariff-pause sweep {path} runs it")
        for name, _ in pairs_of({key: value}):
            if is_category(name):
                raise InputError(f"{origin}: {name}: write strategy = {{ {name.partition('.')[0]} = ... }}")
            if name != key or names_number(name):
                raise InputError(f"{origin}: {name}: factors stand below [fixed]")
        raise unknown("field", key, KEYS, origin)
    return SettingsFile(origin, path.parent, table)
