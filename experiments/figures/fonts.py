"""Which fonts a figure is written in: Matplotlib's own, and for letters that it lacks one that is installed.

A name that no font can write would be a row of boxes: the country's code stands in its place.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import matplotlib
from matplotlib import font_manager, ft2font

from experiments.analysis.aggregate import Analysis

OWN = "DejaVu Sans"  # comes with Matplotlib, as the style says
BOXES = ("last resort", "lastresort", "adobe blank")  # fonts that have something for every letter, and no letters
LAYS_OUT = hasattr(ft2font, "__libraqm_version__")  # Matplotlib 3.11 and later: writing from right to left
UNKNOWN = "?"


@lru_cache(maxsize=256)
def letters_of(path: str) -> frozenset[int]:
    """The letters that a font has; none where it cannot be read or scaled."""
    try:
        font = ft2font.FT2Font(path)
        return frozenset(font.get_charmap()) if font.scalable else frozenset()
    except (OSError, RuntimeError):
        return frozenset()


def own_letters() -> frozenset[int]:
    """The letters of Matplotlib's own font."""
    return letters_of(str(font_manager.findfont(OWN)))


def installed_fonts() -> dict[str, str]:
    """Upright fonts of ordinary weight by name, those that come with Matplotlib aside, and where they lie."""
    bundled = Path(matplotlib.get_data_path())
    return {
        font.name: font.fname
        for font in sorted(font_manager.fontManager.ttflist, key=lambda font: (font.name, font.fname))
        if font.style == "normal"
        and font.weight in (400, "normal", "regular", "book")
        and not font.name.lower().startswith(BOXES)
        and bundled not in Path(font.fname).parents
    }


def families_for(texts: Iterable[str]) -> dict[str, frozenset[int]]:
    """The fonts to write texts in, in order, with their letters: the own one, and those installed that have most of
    what is still missing, for as long as one has any."""
    families = {OWN: own_letters()}
    missing = {ord(letter) for text in texts for letter in text} - families[OWN]
    others = {name: letters_of(path) for name, path in installed_fonts().items()} if missing else {}
    while missing and others:
        best = max(others, key=lambda name: len(others[name] & missing))
        if not others[best] & missing:
            break
        families[best] = others.pop(best)
        missing -= families[best]
    return families


def is_written(text: str, letters: frozenset[int]) -> bool:
    """Whether a text can be written in these letters, and in its direction."""
    backwards = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
    return all(ord(letter) in letters for letter in text) and (LAYS_OUT or not backwards)


def with_written_names(analysis: Analysis) -> tuple[Analysis, list[str]]:
    """The analysis under names that can be written in figures, and the fonts for them."""
    results = analysis.results
    families = families_for([*results.country_names, results.case])
    letters = frozenset().union(*families.values())
    names = (
        name if is_written(name, letters) else iso3
        for iso3, name in zip(results.countries, results.country_names, strict=True)
    )
    case = "".join(letter if is_written(letter, letters) else UNKNOWN for letter in results.case)
    return replace(analysis, results=replace(results, country_names=tuple(names), case=case)), list(families)
