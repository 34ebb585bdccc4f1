"""Designs as they are written: factors of a country, and what is looked at before anything is run."""

from pathlib import Path

import pytest

from experiments.sweeps.design import Design, load_design
from model.errors import InputError

KOREA = """
[fixed]
KOR.inertia = 0.2
[grid]
KOR.domestic_constraint = [0.0, 1.0]
delay_cost = [0.0, 0.1]
"""


def load(tmp_path: Path, text: str) -> Design:
    path = tmp_path / "design.toml"
    path.write_text(text)
    return load_design(str(path))


def test_a_factor_of_a_country_needs_no_quotes(tmp_path: Path) -> None:
    """TOML reads `KOR.inertia = ...` as a table of Korea's; it is the same factor."""
    quoted = KOREA.replace("KOR.inertia", '"KOR.inertia"').replace(
        "KOR.domestic_constraint", '"KOR.domestic_constraint"'
    )
    one, other = load(tmp_path, KOREA), load(tmp_path, quoted)
    assert one.factors == other.factors == ("KOR.domestic_constraint", "delay_cost", "KOR.inertia")
    assert one.points == other.points and one.identity == other.identity
    with pytest.raises(InputError, match=r"KOR\.inertia is given twice"):
        load(tmp_path, KOREA.replace("[fixed]", '[fixed]\n"KOR.inertia" = 0.3'))
    with pytest.raises(InputError, match=r"unknown parameter 'inertiaa'"):
        load(tmp_path, KOREA.replace("KOR.inertia", "KOR.inertiaa"))


@pytest.mark.parametrize("steps", [3, 100])
def test_an_illegal_corner_is_found_before_anything_is_run(tmp_path: Path, steps: int) -> None:
    """In a small grid, where every point is looked at, and in one of 10,000 points, where the extreme ones are."""
    text = (
        f"[grid]\nexecution_soft = {{ from = 0.1, to = 0.6, steps = {steps} }}\n"
        f"execution_firm = {{ from = 0.5, to = 0.9, steps = {steps} }}\n"
    )
    with pytest.raises(InputError, match=r"execution_soft = 0\.6 is above execution_firm = 0\.5"):
        load(tmp_path, text)
    assert len(load(tmp_path, text.replace("0.6", "0.5")).points) == steps**2
