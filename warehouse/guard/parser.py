"""Text to sqlglot's tree and back, with function calls left as they are written.

Import it inside functions only: it loads sqlglot.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError
from sqlglot.generators.duckdb import DuckDBGenerator
from sqlglot.parsers.duckdb import DuckDBParser

from warehouse.errors import SqlRefusedError

MAX_CHARACTERS = 20_000
MAX_TOKENS = 6_000
MAX_NESTING = 100
MAX_TYPE_NESTING = 3  # sqlglot tries date(…) as a type, then as a call: twice the time for each level
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")

# What sqlglot's parser and generator raise on text that they were not made for.
BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)
PLAIN_SYNTAX = ("CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "TRY_CAST")


class PlainParser(DuckDBParser):
    """sqlglot's own reading of some functions changes them (it drops the third argument of
    jaro_winkler_similarity), so a call stays a name with arguments."""

    ARRAY_CONSTRUCTORS: ClassVar[dict[str, type[exp.Func]]] = {"ARRAY": exp.Array}  # list(x)[1] would lose its x
    FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        name: DuckDBParser.FUNCTION_PARSERS[name] for name in PLAIN_SYNTAX
    }

    def _warn_unsupported(self) -> None:
        self.raise_error("not a query")  # instead of a line in the log and an unread statement


class PlainGenerator(DuckDBGenerator):
    """Writes what was parsed, without the help that other dialects' SQL would need."""

    MULTI_ARG_DISTINCT = True

    def ignorenulls_sql(self, expression: exp.IgnoreNulls) -> str:
        return self._nulls(expression, "IGNORE NULLS")

    def respectnulls_sql(self, expression: exp.RespectNulls) -> str:
        return self._nulls(expression, "RESPECT NULLS")

    def _nulls(self, expression: exp.Expr, what: str) -> str:
        return f"{self.sql(expression, 'this')} {what}"

    def withingroup_sql(self, expression: exp.WithinGroup) -> str:
        return f"{self.sql(expression, 'this')} WITHIN GROUP ({self.sql(expression, 'expression').strip()})"

    def extract_sql(self, expression: exp.Extract) -> str:
        return f"EXTRACT({self.sql(expression, 'this')} FROM {self.sql(expression, 'expression')})"

    def if_sql(self, expression: exp.If) -> str:
        return self.func("if", *(expression.args.get(key) for key in ("this", "true", "false")))

    def join_sql(self, expression: exp.Join, join_op: str | None = None) -> str:
        return super(DuckDBGenerator, self).join_sql(expression, join_op)


def parse(sql: str) -> exp.Expr:
    """The tree of the one statement in `sql`."""
    _check_text(sql)
    try:
        tokens = sqlglot.tokenize(sql, read="duckdb")
        _check_tokens(tokens)
        trees = PlainParser(dialect=DuckDB()).parse(tokens, sql)
    except SqlglotError as error:
        raise SqlRefusedError(f"The SQL cannot be read{_place(error)}; write one DuckDB SELECT.") from error
    except RecursionError as error:
        raise SqlRefusedError("The SQL is nested too deeply; split it into WITH parts.") from error
    except BROKEN as error:
        raise SqlRefusedError("The SQL cannot be read; write one DuckDB SELECT.") from error
    return _only(trees)


def parse_whole(text: str) -> exp.Expr:
    """The tree of a text that was made here, of whatever length."""
    return _only(PlainParser(dialect=DuckDB()).parse(sqlglot.tokenize(text, read="duckdb"), text))


def _only(trees: list[exp.Expr | None]) -> exp.Expr:
    found = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(found) != 1:
        raise SqlRefusedError(f"There are {len(found)} statements; send exactly one SELECT.")
    return found[0]


def written(tree: exp.Expr) -> str:
    """The tree as DuckDB SQL on one line, without comments."""
    generator = PlainGenerator(
        dialect=DuckDB(), comments=False, normalize_functions=False, unsupported_level=ErrorLevel.RAISE
    )
    try:
        return generator.generate(tree)
    except (SqlglotError, RecursionError, *BROKEN) as error:
        raise SqlRefusedError("The SQL cannot be written back as DuckDB SQL; write it more plainly.") from error


def _check_text(sql: str) -> None:
    if len(sql) > MAX_CHARACTERS:
        raise SqlRefusedError(f"The SQL has {len(sql):,} characters; {MAX_CHARACTERS:,} are the most.")
    odd = next((c for c in sql if (c < " " and c not in "\t\r\n") or "\ud800" <= c <= "\udfff"), None)
    if odd is not None:
        raise SqlRefusedError(f"The SQL holds the control character U+{ord(odd):04X}; leave it out.")


def _check_tokens(tokens: list[sqlglot.Token]) -> None:
    """Refuse what does not begin like a query, and depth that would exhaust a parser."""
    first = next((token.text for token in tokens if token.text != "("), "")
    if not first:
        raise SqlRefusedError("There is no statement; send exactly one SELECT.")
    if first.upper() not in ("SELECT", "WITH", "FROM"):
        raise SqlRefusedError(f"The SQL begins with {first!r}; only one SELECT (or WITH … SELECT) is allowed.")
    if len(tokens) > MAX_TOKENS:
        raise SqlRefusedError(f"The SQL has {len(tokens):,} words and signs; {MAX_TOKENS:,} are the most.")
    _check_nesting(tokens)


def _check_nesting(tokens: list[sqlglot.Token]) -> None:
    opened: list[bool] = []
    for before, token in itertools.pairwise([None, *tokens]):
        if token and token.text in OPENING:
            opened.append(before is not None and before.token_type in DuckDBParser.TYPE_TOKENS)
        elif token and token.text in CLOSING and opened:
            opened.pop()
        if len(opened) > MAX_NESTING or sum(opened) > MAX_TYPE_NESTING:
            raise SqlRefusedError(f"The SQL is nested deeper than {MAX_NESTING} brackets; split it into WITH parts.")


def _place(error: SqlglotError) -> str:
    if not isinstance(error, ParseError) or not error.errors:
        return ""
    first = error.errors[0]
    near = f" near {first['highlight']!r}" if first.get("highlight") else ""
    return f" at line {first.get('line')}, column {first.get('col')}{near}"
