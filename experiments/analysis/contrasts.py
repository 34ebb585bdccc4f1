"""Which two points are set against each other to say what a factor of the grid does: the ends of a number's line, and
of a category each strategy against the default one."""

from dataclasses import dataclass

import numpy as np

from experiments.analysis.aggregate import Analysis
from experiments.analysis.wording import held_text, plain_name


@dataclass(frozen=True)
class Contrast:
    """A point against another, and how a sentence about it begins; of a category also what is in what's place."""

    point: int
    base: int
    subject: str
    strategies: str = ""


def contrasts(analysis: Analysis, factor: str) -> list[Contrast]:
    """Those of a factor through the reference point."""
    results, line = analysis.results, analysis.line(factor)
    values = results.factors[factor]
    held = held_text(analysis, [factor])
    where = f" ({held})" if held else ""
    name = plain_name(factor)
    if factor not in results.labels:
        low, high = int(line[0]), int(line[-1])
        return [Contrast(high, low, f"Raising {name} from {values[low]:g} to {values[high]:g}{where}")]
    base, found = int(line[np.argmax(values[line] == base_of(analysis, factor))]), []
    for point in map(int, line):
        if point != base:
            mine, other = (results.value_text(factor, values[at]) for at in (point, base))
            text = f"{name} {mine} instead of {other}{where}"
            found.append(Contrast(point, base, text[0].upper() + text[1:], text))
    return found


def base_of(analysis: Analysis, factor: str) -> float:
    """The strategy against which a category's others are set: the default, or else the first."""
    default = analysis.results.default(factor)
    return 0.0 if default is None else default
