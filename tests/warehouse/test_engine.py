"""The one door to the data: it reads and never writes, opens no file, keeps its limits and never mixes up threads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tools.measure.score import nps
from tools.registry import TOOLS, run_tool
from warehouse.engine import Engine, Limits
from warehouse.errors import NpsError, QueryLimitError, SqlRefusedError
from warehouse.workspace import Warehouse, make_workspace

FOREVER = "SELECT sum(a.range * b.range) FROM range(10_000_000) a, range(10_000_000) b"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("engine")
    survey = "response_id,customer_id,nps_score,responded_at,plan,comment\n" + "".join(
        f"r{i},c{i % 300},{i % 11},2025-0{i % 6 + 1}-11,{['Starter', 'Growth', 'Pro'][i % 3]},a longer remark no {i}\n"
        for i in range(2_200)
    )
    (root / "survey.csv").write_text(survey, encoding="utf-8")
    (root / "secret.csv").write_text("secret\nhunter2\n", encoding="utf-8")
    duckdb.execute(f"COPY (SELECT 'hunter2' AS secret) TO '{root / 'secret.parquet'}'")
    with duckdb.connect(str(root / "other.duckdb")) as other:
        other.execute("CREATE TABLE secrets AS SELECT 'hunter2' AS secret")
    make_workspace([root / "survey.csv"], root / "ws")
    return root / "ws"


@pytest.fixture
def warehouse(folder: Path) -> Iterator[Warehouse]:
    with Warehouse(folder) as opened:
        yield opened


def one_sentence(error: BaseException) -> None:
    said = str(error)
    assert said.endswith(".")
    assert "\n" not in said
    assert "Traceback" not in said


FILES = [
    "SELECT * FROM read_csv('{root}/secret.csv')",
    "SELECT * FROM '{root}/secret.csv'",
    "SELECT * FROM '{root}/secret.parquet'",
    "SELECT * FROM read_parquet('{root}/secret.parquet')",
    "SELECT * FROM parquet_metadata('{root}/secret.parquet')",
    "SELECT * FROM read_text('{root}/secret.csv')",
    "SELECT * FROM read_blob('{root}/secret.csv')",
    "SELECT * FROM read_json_auto('{root}/secret.csv')",
    "SELECT * FROM glob('{root}/*')",
    "SELECT * FROM sniff_csv('{root}/secret.csv')",
    "SELECT * FROM sqlite_scan('{root}/other.duckdb', 'secrets')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM query('SELECT * FROM read_text(''{root}/secret.csv'')')",
    "SELECT (SELECT content FROM read_text('{root}/secret.csv')) FROM responses",
    "WITH a AS (SELECT * FROM read_text('{root}/secret.csv')) SELECT * FROM a",
    "SELECT getenv('HOME')",
    "SELECT * FROM read_csv('https://example.com/a.csv')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_text('{root}/ws/npsight.yaml')",
    "SELECT * FROM read_text('{root}/ws/npsight.duckdb')",
]


@pytest.mark.parametrize("sql", FILES)
def test_no_file_is_read(warehouse: Warehouse, folder: Path, sql: str) -> None:
    statement = sql.replace("{root}", str(folder.parent))
    try:
        found = warehouse.run(statement).rows
    except (NpsError, duckdb.Error):
        return
    assert found == [], found


WRITES = [
    "COPY responses TO '{root}/out.csv'",
    "COPY (SELECT 1) TO '{root}/out.parquet' (FORMAT parquet)",
    "EXPORT DATABASE '{root}/out'",
    "ATTACH '{root}/other.duckdb' AS other",
    "ATTACH '{root}/new.duckdb'",
    "DETACH ws",
    "USE ws",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{root}/x.duckdb_extension'",
    "SET memory_limit='100GB'",
    "SET enable_external_access=true",
    "SET lock_configuration=false",
    "RESET ALL",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "CALL pragma_version()",
    "CREATE TABLE t (a INTEGER)",
    "CREATE TEMP TABLE t AS SELECT 1",
    "CREATE VIEW v AS SELECT 1",
    "CREATE OR REPLACE VIEW responses AS SELECT 1",
    "CREATE MACRO m() AS 1",
    "CREATE SECRET s (TYPE s3)",
    "INSERT INTO ws.main.responses SELECT * FROM ws.main.responses",
    "INSERT INTO responses SELECT * FROM responses",
    "UPDATE ws.main.responses SET score = 10",
    "DELETE FROM ws.main.responses",
    "TRUNCATE ws.main.responses",
    "DROP TABLE ws.main.responses",
    "DROP VIEW responses",
    "ALTER TABLE ws.main.responses ADD COLUMN a INTEGER",
    "CHECKPOINT",
    "FORCE CHECKPOINT ws",
    "VACUUM",
    "ANALYZE",
    "BEGIN",
    "PREPARE p AS SELECT 1",
    "EXPLAIN ANALYZE DELETE FROM ws.main.responses",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE ws.main.responses",
    "IMPORT DATABASE '{root}'",
    "",
    ";",
    "-- nothing",
]


@pytest.mark.parametrize("sql", WRITES)
def test_anything_but_one_select_is_refused_in_one_sentence(warehouse: Warehouse, folder: Path, sql: str) -> None:
    before = sorted(path.name for path in folder.parent.rglob("*"))
    with pytest.raises(SqlRefusedError) as caught:
        warehouse.run(sql.replace("{root}", str(folder.parent)))
    one_sentence(caught.value)
    assert sorted(path.name for path in folder.parent.rglob("*")) == before
    assert warehouse.run("SELECT count(*) FROM responses").rows == [(2_200,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT set_config('memory_limit', '100GB')",
        "SELECT nextval('s')",
        "WITH a AS (DELETE FROM ws.main.responses RETURNING *) SELECT * FROM a",
        "WITH a AS (INSERT INTO ws.main.responses SELECT * FROM ws.main.responses RETURNING *) SELECT * FROM a",
        "WITH a AS (UPDATE ws.main.responses SET score = 10 RETURNING *) SELECT * FROM a",
    ],
)
def test_a_select_that_would_change_something_is_refused(warehouse: Warehouse, sql: str) -> None:
    with pytest.raises((NpsError, duckdb.Error)):
        warehouse.run(sql)
    assert warehouse.run("SELECT count(*), sum(score) FROM responses").rows == [(2_200, 11_000)]


def test_only_the_file_that_is_read_in_place_is_open(folder: Path) -> None:
    secret = folder.parent / "secret.parquet"
    opened = folder.parent / "opened.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS a) TO '{opened}'")
    with Engine(views={"v": f"SELECT * FROM read_parquet('{opened}')"}, paths=[opened]) as engine:
        assert engine.run("SELECT * FROM v").rows == [(1,)]
        for sql in (f"SELECT * FROM '{secret}'", f"SELECT * FROM '{folder.parent}/*.parquet'"):
            with pytest.raises((NpsError, duckdb.Error)):
                engine.run(sql)


def test_python_variables_are_not_tables(warehouse: Warehouse) -> None:
    import pandas as pd

    secret_frame = pd.DataFrame({"secret": ["hunter2"]})
    with pytest.raises((NpsError, duckdb.Error)):
        warehouse.run("SELECT * FROM secret_frame")
    assert len(secret_frame) == 1


def test_questions_leave_the_workspace_files_as_they_were(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
    with Warehouse(folder) as warehouse:
        arguments: dict[str, dict[str, Any]] = {
            "nps": {"by": ["plan"]},
            "trend": {"grain": "month"},
            "compare": {"before": "2025-01..2025-03", "after": "2025-04..2025-06"},
            "run_sql": {"sql": "SELECT plan, count(*) AS n FROM responses GROUP BY plan ORDER BY plan"},
        }
        for name in TOOLS:
            if name in arguments or not name.startswith(("decompose", "find")):
                try:
                    run_tool(warehouse, name, arguments.get(name, {}))
                except NpsError:
                    continue  # a refusal must not write either
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}
    assert after == before


def test_a_workspace_in_a_folder_that_cannot_be_written_answers(folder: Path) -> None:
    modes = {path: path.stat().st_mode for path in (folder, *folder.iterdir())}
    try:
        for path in modes:
            path.chmod(0o555 if path.is_dir() else 0o444)
        with Warehouse(folder) as warehouse:
            assert warehouse.run("SELECT count(*) FROM cohorts").rows == [(2_200,)]
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def test_eight_threads_each_get_their_own_right_numbers(warehouse: Warehouse) -> None:
    def ask(number: int) -> tuple[int, int]:
        sql = "SELECT count(*), sum(score) + ? FROM responses WHERE score = ?"
        (row,) = warehouse.run(sql, (number * 100_000, number % 11)).rows
        return row

    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            found = list(pool.map(ask, range(64)))
            assert found == [(200, 200 * (n % 11) + n * 100_000) for n in range(64)]


def test_eight_threads_may_use_the_tools_at_once(warehouse: Warehouse) -> None:
    def ask(plan: str) -> tuple[str, int | None, float | None]:
        total = nps(warehouse, where={"plan": plan}).total
        return plan, total.n, total.nps

    plans = ["Starter", "Growth", "Pro"] * 8
    alone = {plan: ask(plan) for plan in plans[:3]}
    for number, plan in enumerate(plans[:3]):
        scores = [i % 11 for i in range(2_200) if i % 3 == number]
        expected = 100 * (sum(s > 8 for s in scores) - sum(s < 7 for s in scores)) / len(scores)
        assert alone[plan][:2] == (plan, len(scores))
        assert alone[plan][2] == pytest.approx(expected)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, plans)) == [alone[plan] for plan in plans]


@pytest.mark.parametrize("limit", [0.5, 1.0])
def test_a_query_that_would_run_for_an_hour_stops_near_its_limit(folder: Path, limit: float) -> None:
    with Warehouse(folder, limits=Limits(seconds=limit)) as warehouse:
        started = time.perf_counter()
        with pytest.raises(QueryLimitError, match=f"{limit:g} second") as caught:
            warehouse.run(FOREVER)
        assert limit <= time.perf_counter() - started <= 1.5 * limit + 0.3  # 0.3 s for a busy machine
        one_sentence(caught.value)
        assert warehouse.run("SELECT count(*) FROM responses").rows == [(2_200,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM responses a, responses b, responses c, responses d WHERE a.comment || b.plan > c.comment",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT a.range FROM range(1000000000000) a WHERE a.range < 0",
        "SELECT repeat(comment, 500) FROM responses, range(100000000) ORDER BY md5(comment || range) LIMIT 1",
    ],
)
def test_no_shape_of_endless_query_gets_past_the_limit(folder: Path, sql: str) -> None:
    with Warehouse(folder, limits=Limits(seconds=0.4)) as warehouse:
        started = time.perf_counter()
        with pytest.raises(QueryLimitError):
            warehouse.run(sql)
        assert time.perf_counter() - started <= 1.5 * 0.4 + 0.4


def test_a_stopped_query_does_not_stop_its_neighbours(folder: Path) -> None:
    with Warehouse(folder, limits=Limits(seconds=0.5)) as warehouse, ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(warehouse.run, FOREVER) for _ in range(2)]
        deadline = time.perf_counter() + 0.9
        while time.perf_counter() < deadline:
            assert warehouse.run("SELECT count(*) FROM responses").rows == [(2_200,)]
        for future in slow:
            with pytest.raises(QueryLimitError):
                future.result()


def test_a_timer_never_hits_a_query_that_comes_after(folder: Path) -> None:
    with Warehouse(folder, limits=Limits(seconds=0.3)) as warehouse:
        for _ in range(6):
            assert warehouse.run("SELECT 1").rows == [(1,)]
            time.sleep(0.1)


def test_rows_beyond_the_limit_are_cut_and_the_cut_is_said(folder: Path) -> None:
    with Warehouse(folder, limits=Limits(rows=10)) as warehouse:
        cut = warehouse.run("SELECT response_id FROM responses")
        assert (len(cut.rows), cut.truncated) == (10, True)
        whole = warehouse.run("SELECT response_id FROM responses LIMIT 10")
        assert (len(whole.rows), whole.truncated) == (10, False)
        more = warehouse.run("SELECT response_id FROM responses", rows=2_200)
        assert (len(more.rows), more.truncated) == (2_200, False)


def test_a_query_that_needs_too_much_memory_ends_in_one_sentence(folder: Path) -> None:
    with Warehouse(folder, limits=Limits(memory="60MB", seconds=20, threads=1)) as warehouse:
        with pytest.raises(QueryLimitError, match="60MB") as caught:
            warehouse.run("SELECT list(range) FROM range(50000000)")
        one_sentence(caught.value)
        assert warehouse.run("SELECT count(*) FROM responses").rows == [(2_200,)]


def test_a_query_that_needs_too_much_memory_leaves_no_files_behind(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sql = "SELECT list(range ORDER BY md5(range::VARCHAR)) FROM range(8000000)"
    limits = Limits(memory="60MB", seconds=10, threads=1)
    with Warehouse(folder, limits=limits) as warehouse, pytest.raises(QueryLimitError):
        warehouse.run(sql)
    assert list(tmp_path.iterdir()) == []
    assert {path.name for path in folder.iterdir()} <= {"npsight.yaml", "npsight.duckdb", "runs"}


def test_limits_come_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPSIGHT_QUERY_SECONDS", "0.3")
    with Warehouse(folder) as warehouse, pytest.raises(QueryLimitError, match=r"0\.3"):
        warehouse.run(FOREVER)


@pytest.mark.parametrize(
    ("name", "value"), [("SECONDS", "soon"), ("SECONDS", "-1"), ("SECONDS", "0"), ("SECONDS", "nan")]
)
def test_a_senseless_time_limit_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"NPSIGHT_QUERY_{name}", value)
    with pytest.raises(NpsError, match="NPSIGHT_QUERY_SECONDS") as caught:
        Warehouse(folder).close()
    one_sentence(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("MEMORY", "lots"), ("MEMORY", "-1GB"), ("THREADS", "many"), ("THREADS", "0")]
)
def test_a_senseless_memory_or_thread_limit_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"NPSIGHT_{name}", value)
    with pytest.raises(NpsError, match=f"NPSIGHT_{name}") as caught:
        Warehouse(folder).close()
    one_sentence(caught.value)


def test_parameters_are_values_and_never_sql(warehouse: Warehouse) -> None:
    nasty = "'; DROP TABLE ws.main.responses; --"
    assert warehouse.run("SELECT count(*) FROM responses WHERE plan = ?", (nasty,)).rows == [(0,)]
    assert warehouse.run("SELECT ? AS said", (nasty,)).records() == [{"said": nasty}]


def test_two_workspaces_may_be_open_at_once(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("nps_score\n" + "10\n" * 30, encoding="utf-8")
    make_workspace([tmp_path / "b.csv"], tmp_path / "b")
    with Warehouse(folder) as first, Warehouse(tmp_path / "b") as second, Warehouse(folder) as again:
        counts = [each.run("SELECT count(*) FROM responses").rows[0][0] for each in (first, second, again)]
    assert counts == [2_200, 30, 2_200]


def test_a_closed_engine_may_be_closed_again() -> None:
    engine = Engine()
    assert engine.run("SELECT 1 AS one").records() == [{"one": 1}]
    engine.close()
    engine.close()


def test_sql_that_cannot_be_parsed_is_one_sentence(warehouse: Warehouse) -> None:
    for sql in ("SELEC 1", "SELECT FROM WHERE", "SELECT 'open", "SELECT (1", "\x00"):
        with pytest.raises(SqlRefusedError) as caught:
            warehouse.run(sql)
        one_sentence(caught.value)
