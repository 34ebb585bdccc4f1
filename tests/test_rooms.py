"""Rooms in the order of the data: imports run one way, in no circle; those inside functions count too.

What is imported for type checking alone does not.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (  # from the lowest to the highest: a module imports from its own room and from those before it
    ("model",),
    ("agents",),
    ("experiments.analysis.interval", "experiments.analysis.moments", "experiments.analysis.regression"),
    ("experiments.console", "experiments.output"),
    ("experiments.tables",),
    ("experiments.measures",),
    ("experiments.sweeps",),
    ("experiments.analysis",),
    ("experiments.figures",),
    ("experiments.reports",),
    ("experiments.page",),
    ("experiments.arguments", "experiments.settings_file", "experiments.guard"),
    ("experiments", "experiments.cli"),
)
LEVELS = {name: level for level, room in enumerate(ROOMS) for name in room}


def sources(root: Path) -> dict[str, str]:
    """The text of every module of ours, by its name."""
    paths = [path for package in ("model", "agents", "experiments") for path in (root / package).rglob("*.py")]
    names = [".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__") for path in paths]
    return {name: path.read_text("utf-8") for name, path in zip(names, paths, strict=True)}


def nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node of a module but those under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from nodes(child)


def imported(text: str, ours: Collection[str]) -> set[str]:
    """The modules of ours that a module's text imports, wherever in it."""
    found = set()
    for node in nodes(ast.parse(text)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            while name and name not in ours:  # a name in a module, or a module that is not ours
                name = name.rpartition(".")[0]
            found.add(name)
    return found - {""}


def level(name: str) -> int:
    """In which room a module is: that of the longest of the names that it begins with."""
    while name not in LEVELS:
        name = name.rpartition(".")[0]
    return LEVELS[name]


def upward(found: Mapping[str, set[str]]) -> list[str]:
    """The imports that go up."""
    return [
        f"{name} imports {other}"
        for name, others in found.items()
        for other in sorted(others)
        if level(other) > level(name)
    ]


SOURCES = sources(ROOT)
IMPORTS = {name: imported(text, SOURCES) for name, text in SOURCES.items()}


def test_no_room_imports_upward():
    assert upward(IMPORTS) == []


def test_no_circle():
    order = list(TopologicalSorter(IMPORTS).static_order())
    assert set(order) == set(IMPORTS)


def test_every_room_is_there_and_every_module_in_one():
    assert len(IMPORTS) > 90
    assert all(any(name == room or name.startswith(f"{room}.") for name in IMPORTS) for room in LEVELS)
    assert max(len(found) for found in IMPORTS.values()) > 8


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("import experiments.cli", ["model.choice imports experiments.cli"]),
        ("def f():\n    from experiments.tables.schema import RUN", ["model.choice imports experiments.tables.schema"]),
        ("class A:\n    def f(self):\n        from agents import policy", ["model.choice imports agents.policy"]),
        ("if TYPE_CHECKING:\n    from agents.policy import Prepared", []),
        ("import typing\nif typing.TYPE_CHECKING:\n    import agents.policy", []),
        ("from model.terms import Terms\nimport numpy", []),
    ],
)
def test_a_wrong_import_would_be_seen(text: str, faults: list[str]):
    assert upward({"model.choice": imported(text, SOURCES)}) == faults


def test_a_circle_would_be_seen():
    circle = {"model.terms": "import model.choice", "model.choice": "def f():\n    import model.terms"}
    with pytest.raises(CycleError):
        list(TopologicalSorter({name: imported(text, circle) for name, text in circle.items()}).static_order())
