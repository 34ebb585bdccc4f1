"""The table that closes a sweep takes no more memory than a block of summary.csv, however many points there are."""

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.reports.closing import MOST_COUNTRIES, show_summary
from model.case_file import load_case

POINTS = 400_000
SIX = load_case("six").ids
CLOSE = """
import resource, sys
from pathlib import Path
from experiments.reports.closing import show_summary
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
show_summary(Path(sys.argv[1]), sys.argv[2].split(","), "headline_value", (0.0, 0.5, 0.06))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(after - before, after, file=sys.stderr)
"""


def summary(path: Path, points: int) -> Path:
    """A summary.csv of so many points: the values of the first factor are 0, 0.06 and 0.5 in turn."""
    head = "point,point_id,headline_value,country,country_name,runs,p_deal"
    names = ("deal_day", "days_waited", "deal_rank", "tariff_final", "payoff_share", "payoff_bn")
    columns = [f"{name}_{kind}" for name in names for kind in ("mean", "se")]
    numbers = ",".join(f"{3.14159265358979 + place}" for place in range(len(columns)))
    with path.open("w") as file:
        file.write(f"{head},{','.join(columns)}\n")
        for point in range(points):
            value = ("0", "0.06", "0.5")[point % 3]
            file.writelines(f"{point},p0123456789ab,{value},{iso3},A name,200,0.25,{numbers}\n" for iso3 in SIX)
    return path


@pytest.mark.slow  # half a gigabyte is written
@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units")
def test_memory_does_not_grow_with_points(tmp_path: Path) -> None:
    path = summary(tmp_path / "summary.csv", POINTS)
    assert path.stat().st_size > 500_000_000
    done = subprocess.run([sys.executable, "-c", CLOSE, str(path), ",".join(SIX)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "days waited, headline_value 0 " in done.stdout and "days waited, headline_value 0.5 " in done.stdout
    assert "5.1" in done.stdout and "0.25" in done.stdout
    more, all_of_it = (int(kilobytes) for kilobytes in done.stderr.split())
    assert more < 300_000 and all_of_it < 1_000_000, "the rows as Python objects took 4.8 GB"


def test_a_long_table_says_what_it_leaves_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = summary(tmp_path / "summary.csv", 3)
    show_summary(path, SIX, "headline_value", (0.0, 0.06, 0.5))
    assert "more countries" not in capsys.readouterr().out
    many = [*SIX, *(f"X{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    show_summary(path, many, "headline_value", (0.0, 0.06, 0.5))
    out = capsys.readouterr().out
    assert f"{len(many) - MOST_COUNTRIES} more countries are in {path}" in out
    shown = [line.split()[0] for line in out.splitlines() if line.strip()]
    assert "XX" in shown and "XZ" not in shown


def test_a_factor_of_one_value_has_one_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_summary(summary(tmp_path / "summary.csv", 1), SIX, "headline_value", (0.0,))
    assert capsys.readouterr().out.count("days waited") == 1
