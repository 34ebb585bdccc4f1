"""The headline numbers stay what they are unless somebody means to change them (`update_baseline.py`)."""

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
