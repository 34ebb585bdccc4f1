"""The front end of the page: the scripts, styles and fonts of the package solara-assets, served as they are shipped.

Solara's own route for them (`solara.server.cdn_helper`) fetches what it does not find, and removes a folder that it is
asked for. Here a file is served if the package's list of files has it; nothing is ever fetched, written or removed.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from os import stat_result
from pathlib import Path
from typing import Any

from experiments.page.gate import CDN
from model.errors import InputError

PACKAGE = "solara-assets"
FOLDER = "/share/solara/cdn/"
NEEDED = ("@widgetti/solara-vuetify-app@", "font-awesome@", "requirejs@")  # of what is shipped, what the page asks for
MEND = f"mend it with: uv sync --reinstall-package {PACKAGE}"


@dataclass(frozen=True)
class Shipped:
    """A file as it was shipped: where it lies, and its size in bytes."""

    path: Path
    size: int

    def whole(self) -> bool:
        """Whether it is there, with nothing cut off or added."""
        try:
            return self.path.is_file() and self.path.stat().st_size == self.size
        except OSError:
            return False


def shipped_files() -> dict[str, Shipped]:
    """Every file of the front end by its address below `CDN`; InputError where the package is not installed."""
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError:
        raise InputError(f"view: the page needs the package {PACKAGE}; {MEND}") from None
    return read_record(package.read_text("RECORD") or "", Path(str(package.locate_file(""))))


def read_record(text: str, root: Path) -> dict[str, Shipped]:
    """The files of the front end in a package's list of files (path, hash, size), which is relative to `root`."""
    files = {}
    for row in csv.reader(text.splitlines()):
        _, folder, name = row[0].partition(FOLDER)
        if folder and row[-1].isdecimal():
            files[name] = Shipped(root / row[0], int(row[-1]))
    return files


def check_front_end(files: Mapping[str, Shipped]) -> None:
    """InputError where the page would stay empty, for files that it needs are missing or damaged."""
    needed = {name: file for name, file in files.items() if name.startswith(NEEDED)}
    lost = [name for name, file in needed.items() if not file.whole()]
    if not needed:
        raise InputError(f"view: the package {PACKAGE} does not hold the page's front end; {MEND}")
    if lost:
        raise InputError(
            f"view: {len(lost)} of the {len(needed)} files of the page's front end are missing or damaged, as "
            f"{lost[0]}; {MEND}"
        )


def serve_as_shipped(application: Any, files: Mapping[str, Shipped]) -> None:
    """Put a route of ours in front of Solara's."""
    from solara.server.starlette import StaticCdn
    from starlette.routing import Mount

    class AsShipped(StaticCdn):
        """Only where a file lies is looked up otherwise: Solara compresses it and lets browsers keep it."""

        def lookup_path(self, path: str) -> tuple[str, stat_result | None]:
            file = files.get(Path(path).as_posix())
            return (str(file.path), file.path.stat()) if file and file.whole() else ("", None)

    application.router.routes.insert(0, Mount(CDN, app=AsShipped(packages=[])))
