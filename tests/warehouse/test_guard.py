"""The SQL guard: what it lets through runs as DuckDB would run it, what could harm or mislead is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evals.safety.attacks import HERE as SUITE
from warehouse.errors import NpsError, SqlRefusedError, UnknownNameError
from warehouse.guard import CheckedSql, check_sql

HERE = Path(__file__).parent


def world() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": "false"})
    connection.execute((HERE / "guard_world.sql").read_text(encoding="utf-8"))
    return connection


def schema() -> dict[str, dict[str, str]]:
    columns: dict[str, dict[str, str]] = {}
    sql = "SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY ordinal_position"
    for table, column, kind in world().execute(sql).fetchall():
        columns.setdefault(table, {})[column] = kind
    return columns


SCHEMA = schema()
DIMENSIONS = {
    "plan": ["Starter", "Growth", "Enterprise"],
    "country": ["DE", "FR", "US"],
    "nps_class": ["promoter", "passive", "detractor"],
    "comment": [],
}
PERSONAL = ["email", "full_name"]


def check(sql: str) -> CheckedSql:
    return check_sql(sql, tables=SCHEMA, dimensions=DIMENSIONS, personal=PERSONAL)


def statements(path: Path, separator: str) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith("# "))
    return [part.strip() for part in text.split(separator) if part.strip()]


ALLOWED = statements(HERE / "allowed_sql.txt", "\n\n")
EXPRESSIONS = statements(HERE / "allowed_expressions.txt", "\n")
HOSTILE = statements(SUITE / "sql" / "refused.txt", "\n")


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = world()
    yield connection
    connection.close()


def result(database: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    return sorted(map(repr, database.execute(sql).fetchall()))


# What passes


@pytest.mark.parametrize("sql", ALLOWED)
def test_an_analytics_query_passes_and_gives_the_result_that_duckdb_gives_for_the_original(
    database: duckdb.DuckDBPyConnection, sql: str
) -> None:
    checked = check(sql)
    assert result(database, checked.sql) == result(database, sql)
    assert check(checked.sql) == checked
    (statement,) = duckdb.extract_statements(checked.sql)
    assert statement.type == duckdb.StatementType.SELECT


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_keeps_its_value_and_its_meaning_on_the_way_through_the_guard(
    database: duckdb.DuckDBPyConnection, expression: str
) -> None:
    sql = f"SELECT {expression} AS v FROM responses"
    assert result(database, check(sql).sql) == result(database, sql)


def test_comments_are_left_out_and_texts_that_look_like_them_stay() -> None:
    checked = check("SELECT /* one; two */ '-- not /* a */ comment;' AS t -- three\n; -- four")
    assert checked.sql == "SELECT '-- not /* a */ comment;' AS t"


def test_sql_that_duckdb_reads_otherwise_than_it_was_parsed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlglot import exp

    from warehouse.guard.parser import PlainParser

    sql = "SELECT list(score)[1] FROM responses"
    assert check(sql).sql == sql
    monkeypatch.setattr(PlainParser, "ARRAY_CONSTRUCTORS", {"LIST": exp.List})  # as sqlglot has it: the score is lost
    monkeypatch.setattr("warehouse.guard._check_shape", lambda _: None)
    with pytest.raises(SqlRefusedError, match="read in two ways"):
        check(sql)


def test_names_written_by_the_caller_are_the_names_of_the_result(database: duckdb.DuckDBPyConnection) -> None:
    sql = 'SELECT plan AS "Plan of it", count(*) AS N, Country FROM responses GROUP BY ALL'
    described = database.execute(check(sql).sql).description
    assert [column[0] for column in described] == ["Plan of it", "N", "country"]


def test_the_tables_and_columns_read_are_listed_once_with_their_own_spelling() -> None:
    checked = check("WITH x AS (SELECT PLAN, score AS s FROM Responses) SELECT plan, avg(s) FROM x GROUP BY plan")
    assert checked.tables == ["responses"]
    assert checked.columns == ["responses.plan", "responses.score"]


def test_the_columns_behind_a_star_and_a_using_are_listed() -> None:
    checked = check("SELECT o.*, r.score FROM orders o JOIN responses r USING (customer_id)")
    of_orders = [f"orders.{column}" for column in sorted(SCHEMA["orders"])]
    assert checked.columns == [*of_orders, "responses.customer_id", "responses.score"]


def test_a_column_named_like_a_keyword_or_with_spaces_is_written_out_in_quotes() -> None:
    tables = {"responses": {"order": "INTEGER", "How likely?": "INTEGER", "email": "VARCHAR"}}
    checked = check_sql("FROM responses", tables=tables, dimensions={}, personal=["email"])
    assert checked.sql == 'SELECT "order", "How likely?" FROM responses'


@pytest.mark.parametrize(
    "condition", ["comment = 'anything'", "plan <> ''", "plan ILIKE 'start%'", "lower(plan) = 'x'"]
)
def test_texts_are_free_for_blanks_patterns_and_dimensions_without_listed_values(condition: str) -> None:
    assert check(f"SELECT count(*) FROM responses WHERE {condition}").tables == ["responses"]


def test_the_guard_loads_neither_sqlglot_nor_duckdb_before_it_is_used() -> None:
    code = "import sys, warehouse.guard; print(sorted({'sqlglot', 'duckdb', 'rapidfuzz'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


# Personal columns


@pytest.mark.parametrize(
    ("sql", "same_as"),
    [
        ("SELECT * FROM customers", "SELECT * EXCLUDE (email, full_name) FROM customers"),
        ("FROM customers", "SELECT * EXCLUDE (email, full_name) FROM customers"),
        ("SELECT * EXCLUDE (email, age) FROM customers", "SELECT * EXCLUDE (email, age, full_name) FROM customers"),
        (
            "SELECT * REPLACE (age + 1 AS age) RENAME (plan AS tariff) FROM customers",
            "SELECT * EXCLUDE (email, full_name) REPLACE (age + 1 AS age) RENAME (plan AS tariff) FROM customers",
        ),
        (
            "SELECT * FROM customers JOIN orders USING (customer_id)",
            "SELECT * EXCLUDE (email, full_name) FROM customers JOIN orders USING (customer_id)",
        ),
        (
            "SELECT * FROM orders o LEFT JOIN customers c ON o.customer_id = c.customer_id",
            "SELECT * EXCLUDE (email, full_name) FROM orders o LEFT JOIN customers c ON o.customer_id = c.customer_id",
        ),
        (
            "SELECT c.*, amount FROM customers c JOIN orders USING (customer_id)",
            "SELECT c.* EXCLUDE (email, full_name), amount FROM customers c JOIN orders USING (customer_id)",
        ),
        (
            "WITH a AS (SELECT * FROM customers) SELECT * FROM a SEMI JOIN orders USING (customer_id)",
            "SELECT * EXCLUDE (email, full_name) FROM customers SEMI JOIN orders USING (customer_id)",
        ),
        (
            "SELECT * FROM customers SEMI JOIN orders USING (customer_id)",
            "SELECT * EXCLUDE (email, full_name) FROM customers SEMI JOIN orders USING (customer_id)",
        ),
    ],
)
def test_a_star_is_written_out_without_the_personal_columns(
    database: duckdb.DuckDBPyConnection, sql: str, same_as: str
) -> None:
    assert result(database, check(sql).sql) == result(database, same_as)


def test_a_table_standing_as_a_column_is_refused_since_it_is_the_whole_row(
    database: duckdb.DuckDBPyConnection,
) -> None:
    leak = "SELECT (SELECT max(c) FROM customers c) FROM (SELECT plan AS c FROM responses)"
    assert "SECRET" in str(database.execute(leak).fetchall())
    with pytest.raises(SqlRefusedError, match="'c' is a table here"):
        check(leak)


def test_the_columns_of_a_trimmed_star_cannot_be_renamed_by_position() -> None:
    with pytest.raises(SqlRefusedError, match="column list"):
        check("WITH x(a, b, d) AS (SELECT * FROM customers) SELECT d FROM x")


# What is refused


@pytest.mark.parametrize("sql", [*HOSTILE, "", " ", "\n", "\x00", "SELECT '\x00'", "SELECT '\ud800'", "SELECT 1\x1b"])
def test_a_hostile_statement_is_refused(sql: str) -> None:
    with pytest.raises(NpsError):
        check(sql)


def test_there_are_at_least_300_hostile_and_60_legitimate_statements() -> None:
    assert len(set(HOSTILE)) >= 300
    assert len(set(ALLOWED)) >= 60


def functions_of(condition: str) -> list[str]:
    sql = f"SELECT DISTINCT function_name FROM duckdb_functions() WHERE {condition} ORDER BY 1"
    return [name for (name,) in duckdb.execute(sql).fetchall()]


TABLE_FUNCTIONS = sorted(
    set(functions_of("function_type IN ('table', 'table_macro', 'pragma')"))
    - {"range", "generate_series", "unnest", "repeat", "histogram"}  # bounded, or an aggregate of that name
)
TEMPLATES = [
    "FROM {}('x')",
    'SELECT score FROM responses, "{}"() AS t(a)',
    "SELECT score FROM responses WHERE score IN (SELECT a FROM main.{}(1))",
    "SELECT max({}('x')) OVER () FROM responses",
]
TOUCHES = (
    "^(pg_|has_|inet_|current_|json|read_|write_|get_|getvariable|nextval|currval|setval|setseed|session_user|user$|txid"
    "|now$|today|version|sleep|in_search_path|list_(agg|apply|trans|filter|red)|array_(agg(r|regate)|apply|trans|filter)"
    "|parse_|uuid|gen_|random|which_secret|hash$|md5|sha|struct_|error|encode|decode|to_json|row_to|obj_desc|shobj"
    "|col_desc|format_|st_|remap|invoke|stats|alias|from_json|variant|map|union_|enum|bitstring|can_cast|cast_to|make_type)"
)
OUTSIDE = sorted(set(functions_of(f"regexp_matches(function_name, '{TOUCHES}')")) - {"array_agg"})


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_table_function_of_duckdb_is_refused_wherever_it_stands(template: str) -> None:
    assert len(TABLE_FUNCTIONS) > 100
    assert [name for name in TABLE_FUNCTIONS if passes(template.format(name))] == []


def test_every_function_that_reads_settings_files_session_or_sequences_is_refused() -> None:
    assert len(OUTSIDE) > 100
    assert [name for name in OUTSIDE if passes(f"SELECT {name}(score, 'x') FROM responses")] == []


def passes(sql: str) -> bool:
    try:
        check(sql)
    except NpsError:
        return False
    return True


def test_every_allowed_function_exists_in_duckdb_and_none_is_volatile() -> None:
    from warehouse.guard.functions import FUNCTIONS

    assert sorted(FUNCTIONS - set(functions_of("true"))) == []
    assert sorted(FUNCTIONS & set(functions_of("stability = 'VOLATILE'"))) == []


# What the errors say


@pytest.mark.parametrize(
    ("sql", "kind", "name", "suggestion"),
    [
        ("SELECT score FROM respones", "table", "respones", "responses"),
        ("SELECT scor FROM responses", "column", "scor", "score"),
        ("SELECT r.contry FROM responses r", "column in r", "contry", "country"),
        ("SELECT x.score FROM responses r", "table in FROM", "x", "r"),
        ("SELECT score FROM responses WHERE plan = 'Startr'", "value of plan", "Startr", "Starter"),
        ("SELECT score FROM responses WHERE plan IN ('growth')", "value of plan", "growth", "Growth"),
        ("SELECT score AS s FROM responses ORDER BY amount", "column", "amount", "amount is a column of orders"),
    ],
)
def test_an_unknown_name_is_named_with_the_nearest_ones(sql: str, kind: str, name: str, suggestion: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        check(sql)
    assert (caught.value.kind, caught.value.name) == (kind, name)
    assert suggestion in str(caught.value)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT regexp_match(comment, 'x') FROM responses", "regexp_match .* regexp_matches"),
        ("SELECT current_date", "CURRENT DATE .* newest date"),
        ("SELECT random()", "random .* run to run"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("DROP TABLE responses", "begins with 'DROP'"),
        ("SELECT (1", "line 1"),
        ('SELECT "Email" FROM customers', "'Email' is a personal column"),
        ("SELECT count(*) FROM responses, orders", "orders is joined without a condition"),
        ("SELECT customer_id FROM responses r JOIN orders o ON true", "r.customer_id or o.customer_id"),
        ("SELECT repeat('x', 5000)", "at most 1,000"),
        ("WITH orders AS (SELECT 1 AS a) SELECT * FROM orders", "name of a table"),
        ("SELECT 1 -- " + "x" * 20_000, "20,000 are the most"),
    ],
)
def test_a_refusal_says_what_and_what_to_do(sql: str, said: str) -> None:
    with pytest.raises(SqlRefusedError, match=said) as caught:
        check(sql)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        "SELECT " + "NOT " * 4000 + "true",
        "SELECT " + "- " * 9000 + "1",
        "SELECT " + "1+" * 9000 + "1",
        "SELECT " + "CASE WHEN 1 THEN " * 800 + "1" + " END" * 800,
        "SELECT " + "abs(" * 2000 + "1" + ")" * 2000,
        "SELECT 1" + " UNION ALL SELECT 1" * 900,
        "SELECT 1::INT" + "::INT" * 2500,
        "WITH a AS (SELECT 1 AS x)" + "".join(f", a{i} AS (SELECT 1 AS x)" for i in range(500)) + " SELECT 1",
        "(" * 19000,
        "SELECT " + "date(" * 40 + "1" + ")" * 40,
    ],
)
def test_deep_or_long_sql_is_refused_without_exhausting_the_parser(sql: str) -> None:
    with pytest.raises(NpsError):
        check(sql)


# Any text

WORDS = """
SELECT FROM WHERE GROUP BY ORDER HAVING QUALIFY LIMIT WITH AS ( ) , . * ; = < || - + [ ] { } :: : -> $1 ? #1 @
JOIN LEFT SEMI ANTI ASOF CROSS NATURAL POSITIONAL USING ON LATERAL UNION ALL EXCEPT DISTINCT NOT IN IS NULL
AND OR CASE WHEN THEN END OVER PARTITION FILTER EXCLUDE REPLACE RENAME COLUMNS VALUES CAST INTERVAL PIVOT
UNPIVOT INTO FOR UPDATE DELETE INSERT SET SHOW DESCRIBE SAMPLE TABLESAMPLE RECURSIVE LAMBDA DATE EXTRACT
responses customers orders cohorts c r t x score plan email full_name customer_id rowid main 'Starter' 'x.csv'
count max list unnest struct_pack to_json row range read_csv abs string_agg lower "email" "c" 1 2.5 $$ E' ' " --
/* */ \\ é
"""
FRAGMENTS = [*WORDS.split(), "\n", "\u00a0"]
TAILS = ["customers c", "customers", "(SELECT * FROM customers) c", "responses r JOIN customers c USING (customer_id)"]


def one_select_or_nothing(sql: str) -> CheckedSql | None:
    try:
        checked = check(sql)
    except NpsError as error:
        assert str(error)
        return None
    (statement,) = duckdb.extract_statements(checked.sql)
    assert statement.type == duckdb.StatementType.SELECT
    return checked


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
@example("SELECT \u2028 1")
@example("\ufeffSELECT 1")
def test_any_text_is_refused_or_becomes_exactly_one_select(text: str) -> None:
    one_select_or_nothing(text)
    one_select_or_nothing(f"SELECT {text} FROM customers")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(FRAGMENTS), max_size=14),
    st.sampled_from(TAILS),
    st.lists(st.sampled_from(FRAGMENTS), max_size=6),
)
def test_whatever_passes_over_customers_never_shows_a_personal_value(
    database: duckdb.DuckDBPyConnection, head: list[str], tail: str, end: list[str]
) -> None:
    checked = one_select_or_nothing(f"SELECT {' '.join(head)} FROM {tail} {' '.join(end)}")
    if checked is not None:
        assert "SECRET" not in rows_or_error(database, checked.sql)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ALLOWED), st.data())
def test_a_damaged_query_is_refused_or_becomes_exactly_one_select(
    database: duckdb.DuckDBPyConnection, sql: str, data: st.DataObject
) -> None:
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(sql)), st.integers(0, len(sql)))))
    put = data.draw(st.lists(st.sampled_from(FRAGMENTS), max_size=3))
    checked = one_select_or_nothing(f"{sql[:start]} {' '.join(put)} {sql[min(end, start + 12) :]}")
    if checked is not None:
        assert "SECRET" not in rows_or_error(database, checked.sql)


def rows_or_error(database: duckdb.DuckDBPyConnection, sql: str) -> str:
    try:
        return str(database.execute(sql).fetchmany(500))
    except duckdb.Error as error:  # such as a sum of texts: DuckDB's own checks come after the guard
        return str(error)
