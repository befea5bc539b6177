"""Cells: exact counts, and what answers of the same customers do to their intervals, counted or from a sample."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.cells import Cell, Cells, count_cells
from tools.data.sql import run_sql
from tools.measure.score import nps
from tools.scope import MISSING, axis, period_axis, scope
from warehouse import sample
from warehouse.engine import Engine
from warehouse.errors import NpsError
from warehouse.periods import Grain, bucket
from warehouse.workspace import Warehouse, make_workspace

Answer = tuple[str | None, int | None, str | None, dt.datetime | None]
"""Customer, score, plan, date."""
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose answers each test replaces by its own."""
    root = tmp_path_factory.mktemp("cells")
    rows = "".join(f"r{i},c{i % 9},{i % 11},2025-01-0{1 + i % 9},{'AB'[i % 2]}\n" for i in range(40))
    (root / "survey.csv").write_text("response_id,customer_id,nps_score,responded_at,plan\n" + rows, encoding="utf-8")
    make_workspace([root / "survey.csv"], root / "ws")
    return root / "ws"


def holding(template: Path, answers: list[Answer]) -> Warehouse:
    """The workspace with these answers in the place of its own."""
    rows = ", ".join(f"({', '.join(map(literal, (f'r{i}', *answer)))})" for i, answer in enumerate(answers))
    types = "(NULL::VARCHAR, NULL::VARCHAR, NULL::TINYINT, NULL::VARCHAR, NULL::TIMESTAMP)"
    named = "t(response_id, customer_id, score, plan, responded_at)"
    view = f"SELECT * FROM (VALUES {', '.join(filter(None, [types, rows]))}) {named} WHERE response_id IS NOT NULL"
    warehouse = Warehouse(template)
    warehouse.engine.close()
    warehouse.engine = Engine(views={"responses": view})
    return warehouse


def literal(value: object) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def by_hand(answers: list[Answer]) -> tuple[int, int, int, int, float]:
    """Responses, promoters, passives, detractors and the design effect of one cell, straight from its definition.

    The sandwich variance of the ratio (sum of x) / (number of answers) over customers, x = +1, 0, -1, divided by the
    variance of as many independent answers.
    """
    xs: dict[object, list[int]] = defaultdict(list)
    for i, (customer, score, _plan, _date) in enumerate(answers):
        if score is not None:
            xs[customer if customer is not None else i].append((score >= 9) - (score <= 6))
    flat = [x for mine in xs.values() for x in mine]
    n, promoters, detractors = len(flat), flat.count(1), flat.count(-1)
    counts = (len(answers), promoters, n - promoters - detractors, detractors)
    variance = (promoters + detractors) / n - ((promoters - detractors) / n) ** 2 if n else 0.0
    if len(xs) == 1:
        return *counts, float(n)  # one customer: the spread between customers is unknown, so the answers count as one
    if not xs or variance <= 0:
        return *counts, 1.0
    ratio = sum(flat) / n
    squares = sum((sum(mine) - ratio * len(mine)) ** 2 for mine in xs.values())
    clustered = len(xs) / (len(xs) - 1) * squares / n**2
    return *counts, max(1.0, clustered / (variance / (n - 1)))


def figures(cell: Cell) -> tuple[object, ...]:
    counts = cell.counts
    return (
        cell.rows,
        int(counts.promoters),
        int(counts.passives),
        int(counts.detractors),
        pytest.approx(cell.design_effect, rel=1e-9),
    )


def whole(found: Cells) -> list[tuple[object, ...]]:
    return [(cell.key, cell.rows, cell.counts, cell.design_effect) for cell in [*found.cells, found.total]]


CUSTOMERS = st.sampled_from([None, "a", "b", "c", "d", "r0", "r1"])  # two are called as answers are
SCORES = st.sampled_from([None, 0, 6, 7, 8, 9, 10])
DATES = st.sampled_from(
    [None, dt.datetime(2024, 12, 30, 23, 59), dt.datetime(2024, 12, 31), dt.datetime(2025, 2, 3, 4)]
)
ANSWERS = st.lists(st.tuples(CUSTOMERS, SCORES, st.sampled_from([None, "A", "B"]), DATES), max_size=25)


@settings(max_examples=25, deadline=None)
@given(answers=ANSWERS, seed=st.integers(0, 99))
def test_cells_are_what_plain_counting_by_hand_gives(template: Path, answers: list[Answer], seed: int) -> None:
    by_cell: dict[tuple[str, ...], list[Answer]] = defaultdict(list)
    for answer in answers:
        month = bucket(answer[3].date(), "month") if answer[3] else MISSING
        by_cell[answer[2] or MISSING, month].append(answer)
    with holding(template, answers) as warehouse:
        axes = [axis(warehouse, "plan"), period_axis(warehouse, "month")]
        found = count_cells(warehouse, axes, scope(warehouse))
        alone = count_cells(warehouse, [], scope(warehouse))
    assert {cell.key: by_hand(by_cell[cell.key]) for cell in found.cells} == {c.key: figures(c) for c in found.cells}
    assert {cell.key for cell in found.cells} == set(by_cell)
    assert by_hand(answers) == figures(found.total) == figures(alone.total)
    shuffled = random.Random(seed).sample(answers, len(answers))
    with holding(template, shuffled) as warehouse:
        assert whole(count_cells(warehouse, axes, scope(warehouse))) == whole(found)


def test_two_equal_answers_of_each_customer_count_half(template: Path) -> None:
    # All n = 2 and s = 2 x: clustered variance V / (G - 1) against V / (2 G - 1), G = 100 customers.
    day = dt.datetime(2025, 1, 1)
    answers: list[Answer] = [(f"c{i % 100}", 10 if i % 100 < 50 else 0, "A", day) for i in range(200)]
    with holding(template, answers) as warehouse:
        assert count_cells(warehouse, [], scope(warehouse)).total.design_effect == pytest.approx(199 / 99)


def test_answers_without_a_customer_are_independent(template: Path) -> None:
    answers: list[Answer] = [(None, (0, 7, 10)[i % 3], "A", None) for i in range(90)]
    with holding(template, answers) as warehouse:
        total = count_cells(warehouse, [axis(warehouse, "plan")], scope(warehouse)).total
    assert total.design_effect == pytest.approx(1.0)
    assert (total.customers, total.n) == (90, 90)


EDGES = ["2023-12-31", "2024-01-01", "2024-02-29", "2024-12-29", "2024-12-30", "2025-03-31", "2025-04-01", "2026-01-04"]


@pytest.mark.parametrize("grain", GRAINS)
def test_periods_are_labelled_as_the_calendar_names_them(template: Path, grain: Grain) -> None:
    days = [dt.datetime.fromisoformat(f"{day} 23:59:59") for day in EDGES]
    wanted = {bucket(day.date(), grain): 0 for day in days}
    for day in days:
        wanted[bucket(day.date(), grain)] += 1
    with holding(template, [(None, 10, "A", day) for day in days]) as warehouse:
        for repeated in (True, False):
            warehouse.catalog.repeated_customers = repeated
            for asked in (period_axis(warehouse, grain), axis(warehouse, f"responded_at:{grain}")):
                found = count_cells(warehouse, [asked], scope(warehouse))
                assert {cell.key[0]: cell.n for cell in found.cells} == wanted
                assert "STRFTIME(responded_at" not in found.sql[0].upper()  # never once for each answer


def test_a_value_that_reads_missing_joins_the_missing_ones(template: Path) -> None:
    day = dt.datetime(2025, 1, 1)
    answers: list[Answer] = [("a", 10, MISSING, day), ("b", 10, None, day), ("c", 0, "A", day)]
    with holding(template, answers) as warehouse:
        for repeated in (True, False):
            warehouse.catalog.repeated_customers = repeated
            found = count_cells(warehouse, [axis(warehouse, "plan")], scope(warehouse))
            assert [(cell.key, cell.n) for cell in found.cells] == [(("A",), 1), ((MISSING,), 2)]


LARGE = """
    SELECT 'r' || i AS response_id, CASE WHEN plan <> 'none' THEN 'c' || c END AS customer_id, plan,
        TIMESTAMP '2024-01-01' + to_minutes(CAST(i * 5 AS INTEGER)) AS responded_at, ['N', 'S'][1 + c % 2] AS k0,
        CASE WHEN u < 0.02 THEN NULL WHEN same < 0.5 THEN mood ELSE CAST(floor(u * 11) AS INTEGER) END AS nps_score
    FROM (
        SELECT *, ['a', 'b', 'none'][1 + c % 3] AS plan, CAST(floor(hash(c + 77777777) / 18446744073709551616.0 * 11)
            AS INTEGER) AS mood, hash(i + 10000000000) / 18446744073709551616.0 AS u,
            hash(i + 20000000000) / 18446744073709551616.0 AS same
        FROM (SELECT i, CAST(hash(i + 30000000000) % 30000 AS INTEGER) AS c FROM range(200000) r(i))
    )
"""
"""200,000 answers of 20,000 customers, half of them the customer's own mood; the plan none has no customer ids."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("large")
    duckdb.execute(f"COPY ({LARGE}) TO '{root / 'survey.parquet'}'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample, "LARGE_ROWS", 100_000)
        patch.setattr(sample, "SAMPLE_ROWS", 50_000)
        make_workspace([root / "survey.parquet"], root / "ws")
        yield root / "ws"


SPLITS: list[tuple[list[str], Grain | None]] = [
    ([], None),
    (["plan"], None),
    (["plan", "k0"], None),
    ([], "quarter"),
]


def split(warehouse: Warehouse, by: list[str], grain: Grain | None) -> Cells:
    axes = [axis(warehouse, name) for name in by] + ([period_axis(warehouse, grain)] if grain else [])
    return count_cells(warehouse, axes, scope(warehouse))


@pytest.mark.parametrize(("by", "grain"), SPLITS)
def test_a_sample_gives_exact_counts_and_nearly_the_same_width(
    large: Path, monkeypatch: pytest.MonkeyPatch, by: list[str], grain: Grain | None
) -> None:
    with Warehouse(large) as warehouse:
        sampled = split(warehouse, by, grain)
        monkeypatch.setattr(sample, "LARGE_ROWS", 1_000_000)
        exact = split(warehouse, by, grain)
    assert (sampled.sampled, exact.sampled) == (True, False)
    pairs = list(zip([*exact.cells, exact.total], [*sampled.cells, sampled.total], strict=True))
    assert [(a.key, a.rows, a.counts) for a, _b in pairs] == [(b.key, b.rows, b.counts) for _a, b in pairs]
    # One customer in four: a variance from some 800 sampled customers is off by about 5 %, a width by half of it.
    for one, other in pairs:
        assert other.design_effect == pytest.approx(one.design_effect, rel=0.12)
    if by == ["plan"]:
        effects = {cell.key[0]: cell.design_effect for cell in sampled.cells}
        assert effects["none"] == pytest.approx(1.0)
        assert min(effects["a"], effects["b"]) > 2


def test_cells_add_up_to_the_total(large: Path) -> None:
    with Warehouse(large) as warehouse:
        for by, grain in SPLITS:
            found = split(warehouse, by, grain)
            for figure in ("rows", "n"):
                assert sum(getattr(cell, figure) for cell in found.cells) == getattr(found.total, figure)
            assert found.total.rows == 200_000


def test_without_the_kept_sample_the_same_customers_are_picked_again(large: Path, tmp_path: Path) -> None:
    shutil.copytree(large, tmp_path / "ws")
    with duckdb.connect(str(tmp_path / "ws" / "npsight.duckdb")) as connection:
        connection.execute(f"DROP TABLE {sample.SAMPLE}")
    for by, grain in SPLITS:
        with Warehouse(large) as kept, Warehouse(tmp_path / "ws") as bare:
            assert whole(split(kept, by, grain)) == whole(split(bare, by, grain))


def test_a_narrow_filter_on_a_large_survey_is_counted_exactly(large: Path) -> None:
    with Warehouse(large) as warehouse:
        assert not count_cells(warehouse, [], scope(warehouse, {"plan": "a"}, "2024-02")).sampled
        assert count_cells(warehouse, [], scope(warehouse, {"plan": "a"})).sampled


def test_nothing_in_a_large_survey_is_nothing(large: Path) -> None:
    with Warehouse(large) as warehouse:
        total = count_cells(warehouse, [], scope(warehouse, None, "1999")).total
    assert (total.n, total.rows, total.design_effect) == (0, 0, 1.0)


def test_the_reader_is_told_of_the_sample(large: Path) -> None:
    with Warehouse(large) as warehouse:
        assert any("estimated from a sample of customers" in caveat for caveat in nps(warehouse).caveats)


def test_the_sample_holds_no_ids_and_is_closed_to_questions(large: Path) -> None:
    with Warehouse(large) as warehouse:
        columns = warehouse.run(f"SELECT * FROM ws.main.{sample.SAMPLE} LIMIT 1")
        assert set(columns.columns) == {"customer_id", "score", "plan", "k0", "responded_at"}
        assert all(not isinstance(value, str) or value in {"a", "b", "none", "N", "S"} for value in columns.rows[0])
        for name in (sample.SAMPLE, f"ws.main.{sample.SAMPLE}"):
            with pytest.raises(NpsError):
                run_sql(warehouse, sql=f"SELECT count(*) AS n FROM {name}")
