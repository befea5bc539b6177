"""Rows that repeat another: which are dropped, which stay, and that the others keep their order."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from warehouse.workspace import Warehouse, make_workspace


def load(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    make_workspace([file], folder / "ws")
    return folder / "ws"


def dropped(folder: Path) -> dict[int, str]:
    """Row number and reason of what was dropped."""
    with duckdb.connect(str(folder / "npsight.duckdb"), read_only=True) as connection:
        return {
            row: reason.partition(" (")[0]
            for row, reason in connection.execute("SELECT row, reason FROM dropped").fetchall()
        }


@pytest.mark.parametrize("seed", range(4))
def test_the_rows_that_go_are_those_that_a_look_at_each_pair_finds(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        (
            chance.choice(["", "r1", "r2", "r3"]),
            chance.choice(["", "c1"]),
            chance.randint(8, 9),
            f"2025-01-0{chance.randint(1, 3)}",
        )
        for _ in range(40)
    ] + [(f"x{i}", f"k{i}", i % 11, "2025-01-04") for i in range(60)]
    folder = load(
        tmp_path,
        "s.csv",
        "response_id,customer_id,nps_score,responded_at\n" + "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in rows),
    )
    expected: dict[int, str] = {}
    for i, row in enumerate(rows):
        if (row[0] or row[1]) and row in rows[:i]:
            expected[i + 1] = "exact duplicate row"
    left = [(i, row) for i, row in enumerate(rows) if i + 1 not in expected]
    for i, row in left:
        if row[0] and any(other[0] == row[0] and (other[3], j) > (row[3], i) for j, other in left):
            expected[i + 1] = "repeated response id"
    assert dropped(folder) == expected


def test_kept_rows_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    # More than two of DuckDB's row groups, so that several threads work on them.
    duckdb.execute(
        "COPY (SELECT 'r' || i AS response_id, 'c' || i % 1000 AS customer_id, i % 11 AS nps_score "
        f"FROM range(300000) t(i)) TO '{tmp_path / 's.parquet'}'"
    )
    make_workspace([tmp_path / "s.parquet"], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as warehouse:
        places = "SELECT CAST(substr(response_id, 2) AS BIGINT) AS i, row_number() OVER () - 1 AS place FROM responses"
        assert warehouse.run(f"SELECT count(*), count(*) FILTER (i <> place) FROM ({places})").rows == [(300_000, 0)]


def test_a_column_called_rowid_is_just_a_column(tmp_path: Path) -> None:
    rows = "".join(f"r{i % 50},7,{i % 50 % 11}\n" for i in range(100))
    folder = load(tmp_path, "s.csv", "response_id,rowid,nps_score\n" + rows)
    assert dropped(folder) == dict.fromkeys(range(51, 101), "exact duplicate row")


def test_answers_without_ids_may_be_equal(tmp_path: Path) -> None:
    folder = load(tmp_path, "s.csv", "nps_score,plan\n" + "10,A\n9,B\n" * 30)
    assert dropped(folder) == {}


def test_blanks_around_an_id_do_not_make_it_another(tmp_path: Path) -> None:
    spellings = ["c1", " c1", "c1\u00a0", "\tc1 ", "c2"]
    rows = "".join(f"r{i},{spellings[i % 5]},{i % 11}\n" for i in range(40))
    with Warehouse(load(tmp_path, "s.csv", "response_id,customer_id,nps_score\n" + rows)) as warehouse:
        assert warehouse.run("SELECT DISTINCT customer_id FROM responses ORDER BY 1").rows == [("c1",), ("c2",)]
