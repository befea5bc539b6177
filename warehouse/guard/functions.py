"""Which DuckDB functions SQL from outside may call, checked on DuckDB's own parse of the final text.

The text that will run is parsed once more, by DuckDB: whatever sqlglot understood, these are the tables,
columns, functions and types that DuckDB will look up.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection

from warehouse.errors import SqlRefusedError
from warehouse.guard.reading import Node, bare, nodes, read

MAX_SERIES = 10_000
MAX_REPEAT = 1_000


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


AGGREGATES = words(
    """any_value approx_count_distinct approx_quantile arbitrary arg_max arg_max_null arg_min
    arg_min_null argmax argmin array_agg avg bool_and bool_or corr count count_if count_star countif
    covar_pop covar_samp entropy favg first fsum geomean geometric_mean group_concat histogram
    kahan_sum kurtosis kurtosis_pop last list listagg mad max max_by mean median min min_by mode
    product quantile quantile_cont quantile_disc regr_avgx regr_avgy regr_count regr_intercept
    regr_r2 regr_slope regr_sxx regr_sxy regr_syy sem skewness stddev stddev_pop stddev_samp
    string_agg sum sumkahan var_pop var_samp variance wavg weighted_avg"""
)
WINDOWS = words(
    """cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank
    rank_dense row_number"""
)
MATHS = words(
    """% & * ** + - / // ^ | @ abs acos add asin atan atan2 cbrt ceil ceiling cos degrees divide even
    exp fdiv floor fmod gamma gcd greatest isfinite isinf isnan lcm least lgamma ln log log10 log2
    mod multiply pi pow power radians round round_even sign sin sqrt subtract tan trunc"""
)
STRINGS = words(
    """!~~ !~~* || ~~ ~~* ~~~ array_to_string ascii char_length character_length chr concat concat_ws
    contains damerau_levenshtein ends_with format ilike_escape instr jaccard jaro_similarity
    jaro_winkler_similarity lcase left length levenshtein like_escape lower lpad ltrim
    not_ilike_escape not_like_escape ord position prefix printf regexp_extract regexp_extract_all
    regexp_full_match regexp_matches regexp_replace regexp_split_to_array repeat replace reverse
    right rpad rtrim split split_part starts_with str_split string_split string_split_regex
    string_to_array strip_accents strlen strpos substr substring suffix translate trim ucase unicode
    upper"""
)
DATES = words(
    """age century date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc
    day dayname dayofmonth dayofweek dayofyear days_in_month decade epoch epoch_ms hour isodow
    isoyear last_day make_date make_timestamp millennium microsecond millisecond minute month
    monthname quarter second strftime strptime time_bucket to_days to_hours to_milliseconds
    to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years try_strptime week
    weekday weekofyear year yearweek"""
)
LISTS = words(
    """array_contains array_distinct array_extract array_has array_length array_position array_slice
    array_sort cardinality flatten generate_series len list_any_value list_avg list_concat
    list_contains list_count list_distinct list_element list_extract list_first list_has
    list_has_all list_has_any list_indexof list_intersect list_last list_max list_median list_min
    list_mode list_position list_product list_reverse list_reverse_sort list_slice list_sort
    list_stddev_pop list_stddev_samp list_sum list_unique list_value list_var_pop list_var_samp
    list_zip range row unnest"""
)
CONDITIONS = frozenset(("if", "nullif", "typeof"))
FUNCTIONS = AGGREGATES | WINDOWS | MATHS | STRINGS | DATES | LISTS | CONDITIONS
TABLE_FUNCTIONS = frozenset(("generate_series", "range", "unnest"))

TYPES = words(
    """bigint bool boolean date datetime decimal double float float4 float8 hugeint int int128 int1 int2 int4
    int8 integer interval list long numeric real short signed smallint string text time timestamp
    timestamptz tinyint ubigint uhugeint uinteger usmallint utinyint varchar"""
) | {"timestamp with time zone", "timestamp_s", "timestamp_ms", "timestamp_ns"}

EXPRESSIONS = words(
    """BETWEEN CASE CAST COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION OPERATOR STAR SUBQUERY
    TYPE WINDOW"""
)
PARTS = words(
    """SELECT_NODE SET_OPERATION_NODE BASE_TABLE EMPTY EXPRESSION_LIST JOIN SUBQUERY TABLE_FUNCTION
    ASCENDING DESCENDING ORDER_DEFAULT DISTINCT_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER
    ORDER_MODIFIER"""
)

CLOCK = words(
    """current_date current_localtime current_localtimestamp current_time current_timestamp
    get_current_time get_current_timestamp localtime localtimestamp now today transaction_timestamp"""
)
CHANCE = frozenset(("gen_random_uuid", "random", "setseed", "uuid", "uuidv4", "uuidv7"))
# The shortest step that each of these makes, in days.
STEP_DAYS = {"to_days": 1, "to_weeks": 7, "to_months": 28, "to_quarters": 84, "to_years": 365}


def check_as_duckdb_reads_it(text: str, *, tables: Collection[str], columns: Collection[tuple[str, ...]]) -> None:
    """Refuse `text` unless DuckDB reads one SELECT over those tables and columns and allowed functions.

    `tables` and `columns` (as written, in parts) are what the caller has checked, in lower case.
    """
    repeated = 1
    order_all: set[int] = set()
    for node in nodes(read(text)):
        if "null_order" in node:
            order_all.add(id(node["expression"]))  # DuckDB reads ORDER BY ALL as ORDER BY COLUMNS(*)
        _check_kind(node, is_order=id(node) in order_all)
        kind = node.get("class") or node.get("type")
        if kind == "BASE_TABLE":
            _check_table(node, tables)
        elif kind == "COLUMN_REF":
            _check_column(node, columns)
        elif kind == "TYPE" and str(node["type_name"]).lower() not in TYPES:
            raise SqlRefusedError(f"The type {node['type_name']} is not allowed in SQL here; cast to a plain type.")
        elif kind in ("FUNCTION", "WINDOW"):
            repeated *= _check_function(node)
        elif kind == "TABLE_FUNCTION" and node["function"]["function_name"].lower() not in TABLE_FUNCTIONS:
            refuse_function(node["function"]["function_name"])
    if repeated > MAX_SERIES:
        raise SqlRefusedError(f"Nested repeat() would make {repeated:,} copies; {MAX_SERIES:,} are the most.")


def refuse_function(name: str) -> None:
    """Always raises; says what to use instead where that is known."""
    name = name.lower()
    if name in CLOCK:
        advice = "count from the newest date in the data, as in (SELECT max(responded_at) FROM responses)"
    elif name in CHANCE:
        advice = "the answer would change from run to run, so leave it out"
    else:
        near = _alike(name)
        advice = f"the nearest allowed: {near}" if near else "use aggregates, maths, text, date and list functions"
    raise SqlRefusedError(f"The function {name} is not allowed in SQL here; {advice}.")


def _alike(name: str) -> str:
    from rapidfuzz import fuzz, process

    # Plain edit similarity: function names share words (list_, current_) that a looser match takes for likeness.
    names = sorted(function for function in FUNCTIONS if function.isidentifier())
    return ", ".join(found[0] for found in process.extract(name, names, scorer=fuzz.ratio, limit=3, score_cutoff=65))


def _check_kind(node: Node, *, is_order: bool) -> None:
    expression, part = node.get("class"), node.get("type")
    known = expression in EXPRESSIONS if expression else part is None or part in PARTS
    sampled = bool(node.get("sample")) or bool(node.get("at_clause"))
    regex = expression == "STAR" and (node["expr"] is not None or (node["columns"] and not is_order))
    if not known or sampled or regex:
        what = "a sample or version" if sampled else f"{expression or part}"
        raise SqlRefusedError(f"DuckDB reads {what} in the SQL, which is not allowed here; write a plain SELECT.")


def _check_table(node: Node, tables: Collection[str]) -> None:
    path = [str(part) for part in node["qualified_name"]["path"]]
    if len(path) != 1 or path[0].lower() not in tables or node["schema_name"] or node["catalog_name"]:
        raise SqlRefusedError(f"DuckDB reads the table {'.'.join(path)}, which is not one of the data's tables.")


def _check_column(node: Node, columns: Collection[tuple[str, ...]]) -> None:
    path = tuple(str(part).lower() for part in node["column_names"])
    if path not in columns:
        refuse_function(".".join(path))  # such as current_user, which DuckDB parses as a column


def _check_function(node: Node) -> int:
    """How many times longer than its input the value may become."""
    name = str(node["function_name"]).lower()
    if name not in FUNCTIONS or len(node["qualified_name"]["path"]) != 1:
        refuse_function(".".join(str(part) for part in node["qualified_name"]["path"]))
    arguments = [argument["expression"] for argument in node["arguments"]]
    if any(argument["name"] for argument in node["arguments"]):
        raise SqlRefusedError(f"{name} has a named argument; give its arguments by position.")
    if name in ("range", "generate_series"):
        _check_series(name, arguments)
    if name in ("printf", "format"):
        _check_format(name, arguments)
    return _length(name, arguments) if name in ("repeat", "lpad", "rpad") else 1


def _length(name: str, arguments: list[Node]) -> int:
    length = _integer(arguments[1]) if len(arguments) > 1 else None
    if length is None or length > MAX_REPEAT:
        raise SqlRefusedError(f"{name} needs a length written as a number of at most {MAX_REPEAT:,}.")
    return max(length, 1) if name == "repeat" else 1


def _check_format(name: str, arguments: list[Node]) -> None:
    literal = arguments[0].get("literal", {}) if arguments else {}
    if literal.get("kind") != "STRING" or re.search(r"\d{3}|\*|\{[^}]*\{", literal["text"]):
        raise SqlRefusedError(f"{name} needs a written-out pattern with widths below 100.")


def _check_series(name: str, arguments: list[Node]) -> None:
    advice = f"write whole numbers or dates that make at most {MAX_SERIES:,} values, with steps of a day or longer"
    rows = _rows_of_numbers(arguments) if len(arguments) < 3 or _integer(arguments[2]) else _rows_of_dates(arguments)
    if rows is None or rows > MAX_SERIES:
        raise SqlRefusedError(f"{name} is too long or has no visible end; {advice}.")


def _rows_of_numbers(arguments: list[Node]) -> int | None:
    numbers = [_integer(argument) for argument in arguments]
    if not numbers or None in numbers:
        return None
    known = [number for number in numbers if number is not None]
    start, end = (0, known[0]) if len(known) == 1 else (known[0], known[1])
    return abs(end - start) // abs(known[2] if len(known) == 3 else 1) + 1


def _rows_of_dates(arguments: list[Node]) -> int | None:
    """None when the step or a written bound cannot be judged; bounds taken from the data count as short."""
    days = _step_days(arguments[2])
    bounds = [bare(argument) for argument in arguments[:2]]
    if days is None or any(_is_far(bound) for bound in bounds):
        return None
    start, end = (_date(bound) for bound in bounds)
    return abs((end - start).days) // days + 1 if start and end else 1


def _is_far(bound: Node) -> bool:
    """Whether it is no plain date, or is moved by a number that could take it out of four-digit years."""
    if bound.get("class") == "CONSTANT":
        return _date(bound) is None
    return any((_integer(node) or 0) > MAX_SERIES for node in nodes(bound))


def _step_days(node: Node) -> int | None:
    unit = STEP_DAYS.get(str(node.get("function_name", "")).lower())
    if unit is None or not node["arguments"]:
        return None
    number = _integer(bare(node["arguments"][0]["expression"]))
    return unit * abs(number) if number else None


def _integer(node: Node) -> int | None:
    try:
        return int(node["literal"]["text"])
    except (KeyError, ValueError):
        return None


def _date(node: Node) -> dt.date | None:
    match = re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", str((node.get("literal") or {}).get("text")))
    try:
        return dt.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
