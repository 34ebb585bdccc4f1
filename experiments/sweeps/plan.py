"""What a sweep into a folder has to do, found by looking only: everything, what is missing, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from experiments.sweeps.design import Design
from experiments.tables.changeover import TABLES, UNFINISHED, files_of, read_quietly
from experiments.tables.earlier import MOMENTS, fingerprint
from experiments.tables.folder import check_held, check_target, journal_like
from experiments.tables.manifest import FORMAT, MANIFEST, maker
from experiments.tables.provenance import number_hash, versions_of_numbers
from experiments.tables.replacing import reason
from experiments.tables.saving import Saving
from model.errors import InputError


@dataclass(frozen=True)
class Plan:
    """finished: the manifest of the result that is there already; earlier: that of one whose rows are taken over, with
    `again` where its failed points are played again; like: what an unfinished folder must have been made for."""

    like: Mapping[str, Any]
    finished: Mapping[str, Any] | None = None
    earlier: Mapping[str, Any] | None = None
    again: bool = False


def make_plan(design: Design, saving: Saving, target: Path, fresh: bool, retry_failed: bool) -> Plan:
    """What there is to do; InputError where the folder holds something else. Nothing is written, but that an
    interrupted change-over is finished."""
    try:
        check_target(target)
        return plan_of(design, saving, target, fresh, retry_failed)
    except OSError as error:
        raise InputError(f"{error.filename or target}: cannot be read ({reason(error)})") from None


def plan_of(design: Design, saving: Saving, target: Path, fresh: bool, retry_failed: bool) -> Plan:
    """The plan for a target that is a folder or nothing."""
    like = {
        "format": FORMAT,
        "identity": design.identity,
        "rules": number_hash(),
        "versions": versions_of_numbers(),
        "saving": saving.as_dict(),
        "earlier": None,
    }
    held = read_quietly(target / MANIFEST)
    if held is not None and not fresh and is_whole(target, held):
        adds = lacks_replicates_only(design, held)
        if adds or held.get("identity") == design.identity:
            check_same_rules(target, held, like)
            check_same_saving(target, held, saving)
            again = retry_failed and not adds and bool(held.get("failed_runs") or held.get("failed_measures"))
            if not adds and not again:
                return Plan(like, finished=held)
            if MOMENTS not in files_of(held):
                raise InputError(f"{target}: made by {maker(held)}, which kept too little to go on from; add --fresh")
            return Plan({**like, "earlier": [fingerprint(target), again]}, earlier=held, again=again)
        if replicates := more_replicates(design, held):
            raise InputError(
                f"{target}: holds this sweep with {replicates:,} replicates; {design.replicates:,} are fewer; ask for "
                "more, or add --fresh to replace it"
            )
    if retry_failed:
        raise InputError(f"{target}: --retry-failed: holds no finished sweep of this design")
    goes_on = journal_like(target / UNFINISHED, like) is not None
    check_held(target, design.identity, fresh or goes_on)
    return Plan(like)


def is_whole(target: Path, manifest: Mapping[str, Any]) -> bool:
    """Whether all files of a finished result are there, as long as they were."""
    files = files_of(manifest)
    sizes = {name: entry.get("bytes") for name, entry in files.items()} or dict.fromkeys(TABLES)
    return all(
        (target / name).is_file() and size in (None, (target / name).stat().st_size) for name, size in sizes.items()
    )


def lacks_replicates_only(design: Design, manifest: Mapping[str, Any]) -> bool:
    """Whether a finished result is the beginning of the same sweep with more replicates."""
    replicates = manifest["design"].get("replicates")
    fewer = isinstance(replicates, int) and 0 < replicates < design.replicates
    return fewer and replace(design, replicates=replicates).identity == manifest.get("identity")


def more_replicates(design: Design, manifest: Mapping[str, Any]) -> int:
    """How many replicates a finished result of the same sweep has, if they are more; else 0."""
    replicates = manifest["design"].get("replicates")
    more = isinstance(replicates, int) and replicates > design.replicates
    return replicates if more and replace(design, replicates=replicates).identity == manifest.get("identity") else 0


def check_same_saving(target: Path, held: Mapping[str, Any], saving: Saving) -> None:
    """Refuse to go on with a result that keeps other rows, or in another format."""
    found = {name: held.get(name, default) for name, default in Saving().as_dict().items()}
    if found["saved"] != saving.save or (saving.tables and found["row_format"] != saving.row_format):
        raise InputError(
            f"{target}: holds this sweep with --save {found['saved']} --format {found['row_format']}, not --save "
            f"{saving.save} --format {saving.row_format}; add --fresh to play it again"
        )


def check_same_rules(target: Path, held: Mapping[str, Any], like: Mapping[str, Any]) -> None:
    """Refuse to take what other rules or versions made for the same."""
    versions = held.get("versions")
    versions = versions if isinstance(versions, dict) else {}
    if held.get("rule_hash") != like["rules"]:
        raise InputError(f"{target}: holds this sweep by other rules of the model; add --fresh to play it again")
    for name, now in like["versions"].items():
        if versions.get(name) != now:
            raise InputError(
                f"{target}: holds this sweep with {name} {versions.get(name, 'of an unknown version')}, now {now}; "
                f"add --fresh to play it again"
            )
