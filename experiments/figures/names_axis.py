"""An axis of names: the values of a category as ticks, so broken or turned that they fit beside each other."""

import textwrap
from dataclasses import dataclass, replace

from matplotlib.axes import Axes

from experiments.figures.sheet import WIDTH, Layout
from experiments.tables.reading import Results

LETTER, LINE = 0.054, 0.11  # inches of a letter's width and of a line's height, at the size of ticks
MOST_LINES, LONGEST = 3, 20
NUMBER_DEPTH, NUMBER_WIDTH = 0.12, 0.25  # inches that a number takes below an axis, and beside one


@dataclass(frozen=True)
class Names:
    """Ticks for one factor: its names as written (none: it is a number), whether they are turned, and how many inches
    more than numbers they take."""

    written: tuple[str, ...] = ()
    turned: bool = False
    more: float = 0.0

    def along(self, axes: Axes) -> None:
        """Put them along the lower axis."""
        if self.written:
            axes.set_xticks(range(len(self.written)), self.written, rotation=90 if self.turned else 0)
            axes.tick_params(axis="x", length=0)
            axes.set_xlim(-0.5, len(self.written) - 0.5)

    def upright(self, axes: Axes) -> None:
        """Put them along the left axis."""
        if self.written:
            axes.set_yticks(range(len(self.written)), self.written)
            axes.tick_params(axis="y", length=0)


NUMBERS = Names()


def in_words(label: str) -> str:
    """A strategy's name as a tick: in words, of a file's its function, and cut where it is long."""
    text = label.rpartition(":")[2].replace("_", " ")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def names_along(results: Results, factor: str, width: float) -> Names:
    """The names of a factor along an axis of so many inches."""
    labels = results.labels.get(factor, ())
    if not labels:
        return NUMBERS
    letters = int(width / len(labels) / LETTER) - 1
    texts = [in_words(label) for label in labels]
    broken = [textwrap.wrap(text, max(letters, 1), break_long_words=False) for text in texts]
    fits = all(len(lines) <= MOST_LINES and max(map(len, lines)) <= letters for lines in broken)
    if fits:
        return Names(tuple(map("\n".join, broken)), False, LINE * max(map(len, broken)) - NUMBER_DEPTH)
    return Names(tuple(texts), True, LETTER * max(map(len, texts)) - NUMBER_DEPTH)


def names_beside(results: Results, factor: str) -> Names:
    """The names of a factor along an upright axis."""
    texts = [in_words(label) for label in results.labels.get(factor, ())]
    broken = [textwrap.wrap(text, 11, break_long_words=False) for text in texts]
    widest = max((len(line) for lines in broken for line in lines), default=0)
    return Names(tuple(map("\n".join, broken)), False, max(0.0, LETTER * widest - NUMBER_WIDTH))


def panel_width(layout: Layout, panels: int) -> float:
    """The width in inches of a panel among so many."""
    columns = min(layout.columns, panels)
    return (WIDTH - layout.left - layout.right - (columns - 1) * layout.gap_x) / columns


def with_room(layout: Layout, below: Names, beside: Names = NUMBERS) -> Layout:
    """A layout with room for names below and beside its panels."""
    gap_y = layout.gap_y + (0.0 if layout.sharex else below.more)
    return replace(layout, bottom=layout.bottom + below.more, left=layout.left + beside.more, gap_y=gap_y)
