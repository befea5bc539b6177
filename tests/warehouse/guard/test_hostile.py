"""Hostile SQL through the path that a question takes: nothing outside the data is read, written or waited for."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.safety.attacks import HERE as SUITE
from tools.data.sql import run_sql, run_sql_aggregated
from warehouse.errors import NpsError

HERE = Path(__file__).parent
CANARY = "CANARYxFILEx8841"
CANARY_ENV = "CANARYxENVx5527"
VARIABLE = "NPSIGHT_TEST_CANARY"
SECONDS = 2.0
PERSONAL = ("victim.canary", "Canary Quix", "Zanzibarium")
HOSTILE: dict[str, list[str]] = yaml.safe_load((SUITE / "sql" / "outside.yaml").read_text("utf-8"))
ALLOWED = [part for part in (HERE.parent / "allowed_sql.txt").read_text("utf-8").split("\n\n") if "SELECT" in part]
hostile_frame = pd.DataFrame({"secret": [CANARY]})


@dataclass
class Trap:
    """A workspace with files beside it that must stay unread and a folder that must stay as it is."""

    world: Any
    folder: Path
    slowest: tuple[float, str] = (0.0, "")
    leaks: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def spring(self, sql: str) -> None:
        """Run the statement both ways; what comes back may hold no canary, and comes back soon."""
        for run in (run_sql, run_sql_aggregated):
            started = time.perf_counter()
            said = outcome(run, self.world.warehouse, sql)
            taken = time.perf_counter() - started
            self.slowest = max(self.slowest, (taken, sql))
            self.passed += [] if said.startswith("refused") else [sql]
            hidden = (CANARY, CANARY_ENV, *(PERSONAL if run is run_sql_aggregated else PERSONAL[:2]))
            self.leaks += [f"{word} by {sql}" for word in hidden if word in said.replace(sql, "")]

    def names(self) -> dict[str, str]:
        files = {kind: str(self.folder / f"canary.{kind}") for kind in ("csv", "json", "parquet", "txt", "db")}
        made = {"out": str(self.folder / "made.csv"), "folder": str(self.folder), "name": "canary.txt"}
        return files | made | {"env": VARIABLE}

    def state(self) -> dict[str, str]:
        """Every file round the data with its contents."""
        roots = (self.folder, self.world.warehouse.folder.parent, Path.cwd())
        found = [path for root in roots[:2] for path in root.rglob("*")] + [
            path for path in roots[2].iterdir() if path.name[0] != "."
        ]
        whole = {str(path): path for path in found if path.is_file()}
        return {
            name: hashlib.blake2b(path.read_bytes()).hexdigest() if roots[2] not in path.parents else ""
            for name, path in whole.items()
        }


def outcome(run: Callable[..., Any], warehouse: Any, sql: str) -> str:
    try:
        result = run(warehouse, sql=sql)
    except NpsError as error:
        return f"refused: {error}"
    return json.dumps([result.columns, result.rows, result.caveats, [fact.model_dump() for fact in result.facts]])


@pytest.fixture(scope="module")
def trap(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    folder = tmp_path_factory.mktemp("canaries")
    made = Trap(world, folder)
    (folder / "canary.csv").write_text(f"plan,secret\nStarter,{CANARY}\n", encoding="utf-8")
    (folder / "canary.json").write_text(json.dumps([{"plan": "Starter", "secret": CANARY}]), encoding="utf-8")
    (folder / "canary.txt").write_text(CANARY, encoding="utf-8")
    hostile_frame.to_parquet(folder / "canary.parquet")
    with duckdb.connect(str(folder / "canary.db")) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT '{CANARY}' AS secret")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, CANARY_ENV)
        yield made


def statements(trap: Trap, kind: str) -> list[str]:
    return [sql.format(**trap.names()) for sql in HOSTILE[kind]]


def spring_all(trap: Trap, statements: list[str]) -> None:
    before = trap.state()
    trap.slowest, trap.leaks, trap.passed = (0.0, ""), [], []
    for sql in statements:
        trap.spring(sql)
    assert trap.leaks == []
    assert trap.state() == before
    assert trap.slowest[0] <= SECONDS, trap.slowest[1]


def test_the_canaries_would_sing_if_they_could_be_read(trap: Trap) -> None:
    names = trap.names()
    found = [duckdb.sql(f"FROM '{names[kind]}'").fetchall() for kind in ("csv", "json", "parquet")]
    found += [duckdb.sql(f"SELECT content FROM read_text('{names['txt']}')").fetchall()]
    assert all(CANARY in str(rows) for rows in found)
    assert duckdb.sql("SELECT secret FROM hostile_frame").fetchall() == [(CANARY,)]


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_hostile_sql_neither_reads_nor_writes_nor_lasts(trap: Trap, kind: str) -> None:
    spring_all(trap, statements(trap, kind)[::6])  # the suite `safety` of the evals tries them all
    assert kind == "bombs" or trap.passed == []  # a bomb that the limits disarm may run


def test_there_are_at_least_five_hundred_statements() -> None:
    assert len({sql for kind in HOSTILE for sql in HOSTILE[kind]}) >= 500


# Whatever this DuckDB has


def functions(condition: str) -> list[str]:
    sql = f"SELECT DISTINCT function_name FROM duckdb_functions() WHERE {condition} ORDER BY 1"
    return [name for (name,) in duckdb.execute(sql).fetchall()]


OUTSIDE = (
    "file|path|read|write|glob|scan|copy|env|setting|variable|secret|catalog|schema|database|table|user|query|sql|uuid"
    "|random|seed|now|current|today|clock|time|version|size|http|url|net|attach|log|profil|checkpoint|extension|memory"
    "|sequence|nextval|currval|stat|hash|encode|decode|blob|json|eval|invoke|apply|lambda|transform|reduce|macro|pg_|duckdb"
)
BOTH_WAYS = ("FROM {0}('{txt}')", "SELECT {0}('{env}') AS v")
WIDELY = (
    "FROM {0}()",
    "SELECT max(a) AS v FROM {0}('{csv}') AS t(a)",
    "SELECT {0}(score, '{txt}') AS v FROM responses",
)


def test_every_table_function_and_every_telling_name_is_tried(trap: Trap) -> None:
    tables = functions("function_type IN ('table', 'table_macro', 'pragma')")
    telling = functions(f"regexp_matches(function_name, '{OUTSIDE}')")
    assert len(tables) > 100 and len(telling) > 150
    names = trap.names()
    tried = [way.format(f'"{name}"', **names) for name in [*tables, *telling] for way in BOTH_WAYS]
    tried += [way.format(f'"{name}"', **names) for name in tables for way in WIDELY[:1]]
    spring_all(trap, tried[:: 1 if len(tried) < 900 else 2])


# Mixed and damaged


def parts(trap: Trap) -> list[str]:
    return [sql for kind in HOSTILE if kind != "bombs" for sql in statements(trap, kind)]


FRAMES = (
    "{}",
    "SELECT avg(score) AS s FROM responses WHERE plan IN ({})",
    "WITH x AS ({}) SELECT count(*) AS n FROM x",
    "SELECT count(*) AS n FROM ({}) t",
    "{} UNION ALL {}",
    "SELECT ({}) AS v",
    "SELECT plan, count(*) AS n FROM cohorts GROUP BY plan HAVING count(*) > ({})",
    "SELECT * FROM responses WHERE EXISTS ({})",
    "{}; {}",
    "SELECT avg(score) AS s FROM responses /* {} */",
    "SELECT '{}' AS t",
)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_combined_and_damaged_statements_neither_read_nor_tell(trap: Trap, seed: int) -> None:
    draw = random.Random(seed)
    known = [*parts(trap), *ALLOWED]
    frame = draw.choice(FRAMES)
    sql = frame.format(*(draw.choice(known) for _ in range(frame.count("{}"))))
    for _ in range(draw.choice((0, 0, 1, 2))):
        at, to = sorted(draw.choices(range(len(sql) + 1), k=2))
        sql = (
            sql[:at]
            + draw.choice((" ", "(", "'", '"', "--", "/*", ";", ")", draw.choice(known)[:20]))
            + sql[min(to, at + 6) :]
        )
    trap.leaks, trap.slowest = [], (0.0, "")
    trap.spring(sql)
    assert trap.leaks == []
    assert trap.slowest[0] <= SECONDS, sql
