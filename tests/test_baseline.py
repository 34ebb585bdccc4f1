"""The headline numbers stay what they are unless somebody means to change them (`update_baseline.py`)."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.update_baseline import baseline, changes, read_baseline

KEPT = read_baseline()


@pytest.mark.parametrize("case", ["six", "eighteen", "all"])
def test_the_headline_numbers_are_those_that_are_kept(case):
    kept = {key: value for key, value in KEPT.items() if key[0] == case}
    assert kept
    assert changes(kept, baseline((case,))) == []


def test_a_number_that_changed_is_told():
    key = ("six", "defaults", "value", "KOR")
    told = changes(KEPT, KEPT | {key: repr(float(KEPT[key]) * (1 + 1e-9))})
    assert len(told) == 1
    assert told[0].startswith("changed  six defaults value KOR")


def test_the_script_starts_as_its_docstring_says():
    """Run from the root of the checkout, as far as its imports: `tests/agents` must not stand in the way of ours."""
    from tests import update_baseline

    ways = re.findall(r"uv run python (-m \S+|\S+)", update_baseline.__doc__ or "")
    assert ways and set(ways) == {"-m tests.update_baseline"}
    root = Path(__file__).resolve().parents[1]
    code = "import runpy; runpy.run_module('tests.update_baseline', run_name='imported')"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
