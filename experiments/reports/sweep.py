"""What is said of a sweep: at its end, when it is stopped, of a folder on the way, and before it begins."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.sweeps.progress import in_time
from experiments.tables.changeover import UNFINISHED, files_of, is_decided, read_quietly
from experiments.tables.journal import read_journal
from experiments.tables.manifest import MANIFEST
from experiments.tables.owner import read_holder, told
from model.errors import InputError


def end_line(manifest: Mapping[str, Any], target: Path) -> str:
    """What was played, how fast, where the time went, and where the files are."""
    run = manifest["run"]
    work = ", ".join(f"{kind} {seconds:.1f}" for kind, seconds in run["seconds_by_work"].items() if seconds >= 0.05)
    files = ", ".join((*told_files(manifest), MANIFEST))
    failed = f", {manifest['failed_runs']:,} failed" if manifest["failed_runs"] else ""
    return (
        f"{manifest['runs']:,} runs at {manifest['points']:,} points{failed} in {run['seconds']:.1f} s "
        f"({run['runs_per_second']:,.0f} runs/s on {run['cores']} cores; seconds by work, over threads: "
        f"{work or 'none'}). Written to {target}/: {files}"
    )


def told_files(manifest: Mapping[str, Any]) -> list[str]:
    """The files of a result; of a table in parts, its folder and how many there are."""
    folders = [name.split("/")[0] for name in files_of(manifest)]
    return [
        f"{name}/ ({folders.count(name)} part{'s' * (folders.count(name) > 1)})" if name.endswith(".parquet") else name
        for name in dict.fromkeys(folders)
    ]


def finished_line(manifest: Mapping[str, Any], target: Path) -> str:
    """Of a folder that needs nothing."""
    run = manifest.get("run")
    when = f" on {run['finished']}" if isinstance(run, dict) and "finished" in run else ""
    failed = manifest.get("failed_runs", 0)
    rest = f"; {failed:,} of them failed: --retry-failed plays those points again" if failed else ""
    return (
        f"{target}: holds this sweep, finished{when}: {manifest['runs']:,} runs at {manifest['points']:,} points"
        f"{rest}. Nothing to do (--fresh plays it again)"
    )


def failure_text(manifest: Mapping[str, Any], target: Path) -> str:
    """How many points and runs failed, and what can be done; empty where none did."""
    parts = []
    if manifest["failed_runs"]:
        points = len(manifest["failed_points"])
        parts.append(
            f"{manifest['failed_runs']:,} runs failed at {points:,} of {manifest['points']:,} points; points.csv and "
            f"runs.csv say why"
        )
    if failed := manifest["failed_measures"]:
        parts.append(f"measures failed at {len(failed):,} points; {failed[0]} (points.csv says all)")
    return f"{target}: {'; '.join(parts)}; --retry-failed plays those points again" if parts else ""


def unfinished_line(target: Path, state: Mapping[str, Any]) -> str:
    """How far an unfinished sweep has come."""
    points, runs, all_runs = state["points"], state["runs"], state["points"] * state["replicates"]
    rate = state["played"] / state["seconds"] if state["seconds"] and state["played"] else 0.0
    left = f", {rate:,.0f} runs/s, about {in_time((all_runs - runs) / rate)} left" if rate else ""
    return (
        f"{target}: unfinished sweep {state['name']}: {state['point']:,} of {points:,} points, "
        f"{runs:,} of {all_runs:,} runs ({100 * runs / all_runs:.0f} %), {state['failed_runs']:,} failed{left}"
    )


def status_lines(target: Path) -> list[str]:
    """How far a folder has come, found by looking only; InputError where it holds no sweep."""
    work = target / UNFINISHED
    if is_decided(target):
        return [f"{target}: a finished result is being put into place; the next command completes it"]
    lines, journal, holder = [], read_journal(work), read_holder(work)
    if journal is not None:
        lines.append(unfinished_line(target, journal.state))
    elif holder is not None:
        lines.append(f"{target}: a sweep has just begun")
    if lines:
        lines.append(f"in use by {told(holder)}" if holder else "nobody works on it; the same command goes on with it")
    held = read_quietly(target / MANIFEST)
    if held is not None and "runs" in held:
        lines.append(
            f"{target}: finished sweep {held['design'].get('name')}: {held['runs']:,} runs at "
            f"{held['points']:,} points, {held.get('failed_runs', 0):,} failed"
        )
    if not lines:
        raise InputError(f"{target}: {'holds no sweep, finished or not' if target.exists() else 'no such folder'}")
    return lines
