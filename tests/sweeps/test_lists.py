"""Lists of points: whatever wrote the file, the same points; every fault is one line."""

from pathlib import Path

import pytest

from experiments.sweeps.design import Design
from experiments.sweeps.design_file import load_design, parse_design
from experiments.sweeps.factor_values import Value
from model.errors import InputError

TEXT = "headline_value,KOR.date,hegemon.strategy\n0.01,54,choosing\n0.02,none,promise_keeping\n-0,,choosing\n"
POINTS: list[dict[str, Value]] = [
    {"headline_value": 0.01, "KOR.date": 54.0, "hegemon.strategy": "choosing"},
    {"headline_value": 0.02, "KOR.date": None, "hegemon.strategy": "promise_keeping"},
    {"headline_value": 0.0, "KOR.date": None, "hegemon.strategy": "choosing"},
]


def listed(folder: Path, content: str | bytes, more: str = "") -> Design:
    """The design of a list beside it."""
    (folder / "points.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "mine.toml").write_text(f'list = "points.csv"\n{more}')
    return load_design(str(folder / "mine.toml"))


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("headline_value", '"headline_value"').replace("choosing", '"choosing"').encode(),
        TEXT.replace(",", " , ").replace("\n", "\n\n").encode(),
        TEXT.rstrip("\n").encode(),
    ],
    ids=["plain", "BOM and CRLF", "CR", "quotes", "blanks and empty lines", "no line end at the end"],
)
def test_whatever_wrote_it(tmp_path: Path, content: bytes) -> None:
    design = listed(tmp_path, content)
    assert design.points == POINTS
    assert design.varied == ("headline_value", "KOR.date", "hegemon.strategy") and design.grid == {}
    assert str(design.points[2]["headline_value"]) == "0.0"


def test_it_is_written_into_the_folder_and_read_back(tmp_path: Path) -> None:
    design = listed(tmp_path, TEXT, "[grid]\nKOR.inertia = [0.1, 0.2]\n[fixed]\ndelay_cost = 0.1")
    assert design.points[3] == {"KOR.inertia": 0.2, **POINTS[0], "delay_cost": 0.1}
    assert design.as_dict()["list"] == "list.csv" and "sample" not in design.as_dict()
    assert design.list_text is not None
    (tmp_path / "list.csv").write_text(design.list_text)
    stored = parse_design(design.as_dict(), "manifest.json", tmp_path, "x")
    assert (stored.points, stored.point_ids, stored.identity) == (design.points, design.point_ids, design.identity)
    assert stored.list_text == design.list_text


def test_what_a_factor_of_it_would_be_otherwise(tmp_path: Path) -> None:
    design = listed(tmp_path, TEXT, "[grid]\nKOR.delay_cost = [0.0, 0.2]\n[fixed]\ndelay_cost = 0.1")
    assert design.defaults == {
        "KOR.delay_cost": 0.1,
        "headline_value": 0.01,
        "KOR.date": 54.0,
        "hegemon.strategy": "promise_keeping",
    }


def test_tables_in_the_place_of_a_file(tmp_path: Path) -> None:
    table = {"list": [{"KOR": {"inertia": 0.1}, "delay_cost": 0}, {"delay_cost": 1, "KOR.inertia": 0.2}]}
    design = parse_design(table, "design", tmp_path, "x", open_files=True)
    assert design.points == [{"KOR.inertia": 0.1, "delay_cost": 0.0}, {"KOR.inertia": 0.2, "delay_cost": 1.0}]
    for rows, told in (
        ([{"inertia": 0.1}, {"inertia": 0.2, "delay_cost": 0}], "row 1: not in row 0: unknown factor 'delay_cost'"),
        ([{"inertia": 0.1, "delay_cost": 0}, {"inertia": 0.2}], "row 1: delay_cost is missing"),
        ([{"inertia": 0.1}, {"inertia": None}], "row 1: inertia is missing"),
        ([{"inertia": 0.1}, {"inertia": "0.2"}], "row 1: inertia: '0.2' is not a number"),
        ([{"inertia": 0.1}, {"inertia": 0.1}], "row 1: the same point as row 0"),
        ([{"KOR.strategy": 3}], "row 0: KOR.strategy: 3 is not the name of a strategy"),
        ([], "no points; at least one is needed"),
        ([{}], "no points; at least one is needed"),
    ):
        with pytest.raises(InputError) as caught:
            parse_design({"list": rows}, "design", tmp_path, "x", open_files=True)
        assert str(caught.value).startswith(f"design: list: {told}")


HEAD = "headline_value,KOR.strategy\n"
BAD: dict[str, tuple[str | bytes, str]] = {
    "an empty file": ("", "points.csv: empty; a line with the names of factors and a row a point are needed"),
    "no rows": (HEAD, "points.csv: no points; a row a point is needed below the names of factors"),
    "the same point twice": (f"{HEAD}0.01,myopic\n0.02,myopic\n0.010,myopic\n", "line 4: the same point as line 2"),
    "an unknown column": (
        "headline_valeu\n0.1\n",
        "unknown parameter 'headline_valeu'; did you mean 'headline_value'?",
    ),
    "an unknown country": ("KOX.inertia\n0.1\n", "unknown country 'KOX'; did you mean 'KOR'?"),
    "a misspelt category": ("KOR.stratgy\nmyopic\n", "unknown factor 'KOR.stratgy'; did you mean 'KOR.strategy'?"),
    "a column twice": ("inertia,inertia\n0.1,0.2\n", "column inertia is given twice"),
    "a column that drives a terminal": ("in\x1b[2Jertia\n0.1\n", "column 1: 'in\\x1b[2Jertia': control and direction"),
    "a column without a name": ("inertia,\n0.1,0.2\n", "column 2 has no name"),
    "a short row": (f"{HEAD}0.01\n", "line 2: 1 cells; 2 are needed, one a factor"),
    "a long row": (f"{HEAD}0.01,myopic,3\n", "line 2: 3 cells; 2 are needed, one a factor"),
    "an empty cell": (f"{HEAD}0.01,myopic\n,myopic\n", "line 3: headline_value is missing"),
    "an empty strategy": (f"{HEAD}0.01,\n", "line 2: KOR.strategy is missing"),
    "no number": (
        f"{HEAD}0.01,myopic\nhigh,myopic\n",
        "line 3: headline_value: 'high' is not a number (allowed: -0.1 to 0.2",
    ),
    "nan": (f"{HEAD}nan,myopic\n", "line 2: headline_value: nan is out of range"),
    "out of range": (f"{HEAD}0.5,myopic\n", "line 2: headline_value: 0.5 is out of range (allowed: -0.1 to 0.2"),
    "not whole": ("window_days\n60.5\n", "line 2: window_days: 60.5 is not a whole number"),
    "no such strategy": (
        f"{HEAD}0.01,myopik\n",
        "line 2: KOR.strategy: unknown strategy 'myopik'; did you mean 'myopic'?",
    ),
    "a number as a strategy": (f"{HEAD}0.01,3\n", "line 2: KOR.strategy: unknown strategy '3'; allowed: equilibrium"),
    "semicolons": ("inertia;delay_cost\n0.1;0.2\n", "columns are separated by commas"),
    "a quote left open": ('inertia\n"0.1\n', "line 2: malformed CSV"),
    "bytes": (b"\xff\xfe\x00\x01", "points.csv: cannot be read (not UTF-8 text)"),
    "zero bytes": ("inertia\n\0\n", "not a text; a CSV file is needed"),
    "points that contradict": (
        "execution_soft,execution_firm\n0.1,0.2\n0.5,0.4\n",
        "mine.toml: point 1: execution_soft = 0.5 is above execution_firm = 0.4",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_list_is_one_line(tmp_path: Path, fault: str) -> None:
    content, told = BAD[fault]
    with pytest.raises(InputError) as caught:
        listed(tmp_path, content)
    text = str(caught.value)
    assert len(text.splitlines()) == 1 and text.startswith("mine.toml: ") and told in text
    assert "list: " in text or "point 1" in text


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for given, told in (
        ('"none.csv"', "none.csv: there is no such file"),
        ('"folder.csv"', "folder.csv: cannot be read (a folder)"),
        ('""', "cannot be read (a folder)"),
        ("3", "list: write the path of a CSV file, as in 'mine.csv'"),
        ("[3]", "list: write the path of a CSV file, as in 'mine.csv'"),
    ):
        (tmp_path / "mine.toml").write_text(f"list = {given}\n")
        with pytest.raises(InputError) as caught:
            load_design(str(tmp_path / "mine.toml"))
        assert str(caught.value).startswith("mine.toml: list: ") and told in str(caught.value)
