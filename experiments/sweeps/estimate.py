"""What a sweep will take, before it: points and runs from the design, time and bytes from one point of it."""

import math
from pathlib import Path

from experiments.sweeps import blocks
from experiments.sweeps.design import Design
from experiments.sweeps.progress import in_time
from experiments.sweeps.recipe import Recipe, recipe_of
from experiments.sweeps.workers import worker_count
from experiments.tables.row_parts import parquet_bytes
from experiments.tables.saving import CSV, Saving

TRIED = 2_000  # runs, at most


def estimate_lines(design: Design, target: Path, saving: Saving | None = None) -> list[str]:
    """The lines that `sweep --dry-run` prints. One point in the middle is solved, measured, and partly played."""
    saving = saving or Saving()
    points, runs = design.points, len(design.points) * design.replicates
    recipe, tried = recipe_of(design, saving), min(TRIED, design.replicates)
    number, factors = len(points) // 2, points[len(points) // 2]
    for replicates in (1, tried):  # the first time pays for compiling
        blocks.clear(recipe.key)
        blocks.set_up(recipe)
        block = blocks.play_block(recipe.key, number, factors, 0, replicates)
    measured = blocks.measure_point(recipe.key, number, factors)
    blocks.clear(recipe.key)
    solving, measuring = block.seconds["solving"], measured.seconds["measuring"]
    playing = (block.seconds["playing"] + block.seconds["writing"]) / tried
    cores = worker_count(None)
    seconds = ((solving + measuring) * len(points) + playing * runs) / cores
    at_most = "at most " if recipe.until else ""
    return [
        f"{design.name}: {len(points):,} points x {at_most}{design.replicates:,} replicates = {runs:,} runs, into "
        f"{target}/",
        f"{at_most or 'about '}{in_time(seconds)} on {cores} cores (a point: solving {solving:.2g} s"
        + (f", measures {measuring:.2g} s" if design.measures else "")
        + f"; {1 / playing:,.0f} runs/s a core)",
        f"{at_most or 'about '}{in_bytes(row_bytes(block, recipe) / tried * runs)} in {' and '.join(saving.files)}; "
        f"twice that while the folder holds a result that is replaced. Nothing was written"
        if saving.tables
        else "no rows of single runs are kept. Nothing was written",
    ]


def row_bytes(block: blocks.Played, recipe: Recipe) -> int:
    """How many bytes the rows of a block take in their files."""
    if recipe.saving.row_format == CSV:
        return sum(len(rows) for rows in block.rows.values())
    return sum(len(parquet_bytes(rows)) for rows in block.rows.values())


def in_bytes(count: float) -> str:
    """A size as people say it."""
    unit = min(int(math.log10(max(count, 1)) // 3), 4)
    return f"{count / 1000**unit:.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[unit]}"
