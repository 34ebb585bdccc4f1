"""Our own tables are read with the types they were written with; no id of ours is a number to any reader."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pytest

from experiments.analysis.aggregate import analyse
from experiments.page.replay import Stored, compare, read_replay
from experiments.page.session import Session
from experiments.reports.closing import group_means, groups_of
from experiments.sweeps.design_file import load_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.batches import read_columns
from experiments.tables.frames import read_results as read_frames
from experiments.tables.reading import read_results
from model.case_file import load_case
from tests.tools.program import Call

NAMIBIA = 'replicates = 3\ncase = "namibia.toml"\nstrategy = "myopic"\n[grid]\nsigning_cost = [0.0, 0.5]\n'


@pytest.fixture
def namibia(call: Call, tmp_path: Path) -> Path:
    """A sweep of a case with a country NA, which some readers take for nothing."""
    assert call("cases", "six", "--copy", "six.toml").code == 0
    case = (tmp_path / "six.toml").read_text("utf-8")
    assert 'iso3 = "KOR"' in case
    (tmp_path / "namibia.toml").write_text(case.replace('iso3 = "KOR"', 'iso3 = "NA"'), "utf-8")
    (tmp_path / "d.toml").write_text(NAMIBIA)
    run_sweep(load_design(str(tmp_path / "d.toml")), tmp_path / "out")
    return tmp_path / "out"


def test_a_country_na_is_a_country(namibia: Path, call: Call) -> None:
    analysis = analyse(read_results(namibia))
    assert analysis.results.countries[0] == "NA"
    table = pd.read_csv(namibia / "countries.csv", keep_default_na=False)
    mine = table[(table["point"] == 0) & (table["country"] == "NA")]
    assert len(mine) == 3
    assert analysis.means["payoff_bn"].mean[0, 0] == pytest.approx(mine["payoff_bn"].mean())
    frames = read_frames(namibia)
    assert frames.countries is not None
    assert set(frames.countries["country"]) == set(load_case("six").ids) - {"KOR"} | {"NA"}
    again = call("sweep", "d.toml", "--out", "out", "--no-figures", "--fresh")
    assert again.code == 0 and re.search(r"^ ?NA ", again.out, re.MULTILINE)


def test_its_runs_are_replayed(namibia: Path) -> None:
    start = read_replay(str(namibia), 1, 2)
    assert start.stored is not None
    assert start.stored["rows"][0]["country"] == "NA"
    verdict = compare(Stored(**start.stored), Session(start).ready.prepared)
    assert verdict.equal, verdict.text


def test_means_of_the_closing_table(namibia: Path) -> None:
    ids = ("NA", *load_case("six").ids[1:])
    path = namibia / "summary.csv"
    means = group_means(path, ids, "signing_cost", groups_of(path, "signing_cost", [0.0, 0.5]))
    table = pd.read_csv(namibia / "summary.csv", keep_default_na=False, na_values=[""])
    for name, moments in means.items():
        for position, iso3 in enumerate(ids):
            for end, value in enumerate((0.0, 0.5)):
                mine = table[(table["country"] == iso3) & (table["signing_cost"] == value)][name]
                assert moments.mean[position, end] == pytest.approx(mine.mean(), nan_ok=True)


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A result folder whose tables are longer than what a reader looks at to guess a type: their first megabyte has
    whole numbers where fractions come later."""
    (tmp_path / "d.toml").write_text(
        'replicates = 1\nstrategy = "myopic"\n[grid]\nheadline_value = [0.0, 0.01]\n'
        "signing_cost = { from = 0.0, to = 1.0, steps = 24000 }\n[fixed]\ndelay_cost = 0.5\n"
    )
    design = load_design(str(tmp_path / "d.toml"))
    small = tmp_path / "small.toml"
    small.write_text((tmp_path / "d.toml").read_text().replace("steps = 24000", "steps = 2"))
    run_sweep(load_design(str(small)), tmp_path / "out")
    points = read_points(tmp_path / "out")
    rows = [{**points, **point, "point": n, "point_id": design.point_ids[n]} for n, point in enumerate(design.points)]
    table = pa.Table.from_pylist(rows)
    with (tmp_path / "out" / "points.csv").open("wb") as file:
        pa.csv.write_csv(table, file, pa.csv.WriteOptions(quoting_style="none", quoting_header="none"))
    manifest = tmp_path / "out" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"points": 4', '"points": 48000'))
    return tmp_path / "out"


def read_points(folder: Path) -> dict[str, object]:
    """The first row of points.csv."""
    found: dict[str, object] = pd.read_csv(folder / "points.csv").iloc[0].to_dict()
    return found


def test_a_long_points_csv_is_read(long: Path) -> None:
    assert (long / "points.csv").stat().st_size > 2 << 20
    with pytest.raises(pa.ArrowInvalid), (long / "points.csv").open("rb") as file:  # what guessing would come to
        list(pa.csv.open_csv(file))
    columns = read_columns(long / "points.csv", ("point", "headline_value", "signing_cost", "delay_cost"))
    assert columns["headline_value"].tolist() == [0.0] * 24000 + [0.01] * 24000
    assert np.allclose(columns["signing_cost"], np.tile(np.linspace(0, 1, 24000), 2))


def test_its_last_point_is_replayed(tmp_path: Path) -> None:
    """The same in whole: countries.csv of more than a megabyte, in which deals come late."""
    (tmp_path / "d.toml").write_text(
        'replicates = 1500\nstrategy = { default = "script:never", KOR = "script:80" }\n'
        "[grid]\nsigning_cost = [0.0, 0.5]\n"
    )
    run_sweep(load_design(str(tmp_path / "d.toml")), tmp_path / "out")
    assert (tmp_path / "out" / "countries.csv").stat().st_size > 1 << 20
    start = read_replay(str(tmp_path / "out"), 1, 1499)
    assert start.stored is not None
    assert compare(Stored(**start.stored), Session(start).ready.prepared).equal


# Ids


def test_ids_are_texts_to_every_reader(tmp_path: Path) -> None:
    """Twelve hexadecimal digits are a number now and then: 30260e340611 is read as infinity, 123456789012 as itself."""
    (tmp_path / "d.toml").write_text(
        'strategy = "myopic"\n[grid]\nsigning_cost = { from = 0.0, to = 1.0, steps = 20_000 }\n'
    )
    ids = load_design(str(tmp_path / "d.toml")).point_ids
    assert len(set(ids)) == 20_000
    assert all(re.fullmatch(r"p[0-9a-f]{12}", name) for name in ids)
    number = re.compile(r"[0-9]+e?[0-9]*")
    assert sum(number.fullmatch(name[1:]) is not None for name in ids) > 20, "the test would not see it"
    text = "id\n" + "".join(f"{name}\n" for name in ids)
    assert pd.read_csv(io.StringIO(text))["id"].tolist() == ids
    guessed = pa.csv.read_csv(io.BytesIO(text.encode()))["id"]
    assert guessed.type == pa.string() and guessed.to_pylist() == ids


@pytest.mark.parametrize("name", ["30260e340611", "123456789012"])
def test_what_the_letter_is_for(name: str) -> None:
    assert pd.read_csv(io.StringIO(f"id\n{name}\n"))["id"].dtype != object
    assert pd.read_csv(io.StringIO(f"id\np{name}\n"))["id"].tolist() == [f"p{name}"]
