"""Every table, column and dimension value in a parsed SELECT resolves, or the statement is refused.

A walk of its own over sqlglot's tree, scope by scope. Where DuckDB would resolve a name that this walk does
not know, the name is refused; in particular a table's name standing as a column, which in DuckDB is the whole
row with its personal columns. Import it inside functions only: it loads sqlglot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlglot import exp

from warehouse.errors import SqlRefusedError, UnknownNameError
from warehouse.guard.functions import TABLE_FUNCTIONS
from warehouse.guard.scope import (
    QUERIES,
    Ctes,
    Derived,
    Origin,
    Output,
    Scope,
    Source,
    as_star,
    clauses,
    common,
    is_excluded,
    is_small,
    literal_text,
    merged_by_name,
    output_name,
    source_names,
    star_columns,
    star_sources,
    with_columns,
    with_numbers,
)

COMPARISONS = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)


class NameCheck:
    """Resolves the names of one statement; `*` over tables with personal columns is written out in place."""

    def __init__(
        self,
        tables: Mapping[str, Mapping[str, str]],
        dimensions: Mapping[str, Collection[str]],
        personal: Collection[str],
    ) -> None:
        self._tables = {name.lower(): (name, list(columns)) for name, columns in tables.items()}
        self._dimensions = {name.lower(): list(values) for name, values in dimensions.items()}
        self._personal = {name.lower() for name in personal}
        self._row_names: set[str] = set()
        self._owners: dict[int, Source] = {}
        self.table_names: set[str] = set(self._tables)
        """Every name that may stand as a table, CTEs included, in lower case."""
        self.tables_used: set[str] = set()
        self.columns_used: set[str] = set()

    def check(self, tree: exp.Expr) -> None:
        for node in list(tree.find_all(exp.Table, exp.Column)):
            self._drop_main(node)
        self._refuse_personal(tree)
        self._row_names = {
            table.alias_or_name.lower()
            for table in tree.find_all(exp.Table)
            if isinstance(table.this, exp.Identifier) and table.name.lower() in self._tables
        }
        self._query(tree, {}, None)

    def column_paths(self, tree: exp.Expr) -> set[tuple[str, ...]]:
        """Every column as it is written, in parts, in lower case."""
        return {tuple(part.name.lower() for part in column.parts) for column in tree.find_all(exp.Column)}

    def _drop_main(self, node: exp.Expr) -> None:
        table = node.name if isinstance(node, exp.Table) else node.text("table")
        if node.text("db").lower() == "main" and table.lower() in self._tables:
            node.set("db", None)

    def _refuse_personal(self, tree: exp.Expr) -> None:
        for name in tree.find_all(exp.Identifier):
            if name.name.lower() in self._personal and not is_excluded(name):
                raise SqlRefusedError(f"{name.name!r} is a personal column and may not be named in SQL; leave it out.")

    # Queries

    def _query(self, node: exp.Expr, ctes: Ctes, outer: Scope | None) -> Derived:
        if isinstance(node, exp.Select):
            return self._select(node, ctes, outer)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, ctes, outer)
        if isinstance(node, exp.Subquery):
            derived = self._query(node.this, ctes, outer)
            self._ordered(node, derived, ctes, outer)
            return derived
        raise SqlRefusedError(f"{node.key.upper()} cannot stand as a query here; write a SELECT.")

    def _set_operation(self, node: exp.SetOperation, ctes: Ctes, outer: Scope | None) -> Derived:
        ctes = self._with(node, ctes, outer)
        left, right = self._query(node.this, ctes, outer), self._query(node.expression, ctes, outer)
        if node.args.get("by_name"):
            outputs = merged_by_name(left.outputs, right.outputs)
        else:
            pairs = zip(left.outputs, right.outputs, strict=False)
            outputs = [common(a, b) for a, b in pairs]
        derived = Derived(outputs, left.many or right.many, left.trimmed or right.trimmed)
        self._ordered(node, derived, ctes, outer)
        return derived

    def _ordered(self, node: exp.Expr, derived: Derived, ctes: Ctes, outer: Scope | None) -> None:
        """ORDER BY and LIMIT of a bracket or set operation see its output columns only."""
        result = Source("", derived.outputs, derived.many)
        scope = Scope(outer, [result], [result])
        self._expressions((node.args.get(key) for key in ("order", "limit", "offset")), scope, ctes)

    def _with(self, node: exp.Expr, ctes: Ctes, outer: Scope | None) -> Ctes:
        clause = node.args.get("with_")
        for cte in clause.expressions if clause else ():
            name = cte.alias.lower()
            if name in self._tables:
                raise SqlRefusedError(f"The WITH part {cte.alias!r} has the name of a table; call it otherwise.")
            derived = with_columns(self._query(cte.this, ctes, outer), cte.args["alias"])
            ctes = {**ctes, name: derived}
            self.table_names.add(name)
        return ctes

    def _select(self, node: exp.Select, ctes: Ctes, outer: Scope | None) -> Derived:
        ctes = self._with(node, ctes, outer)
        scope = Scope(outer)
        if node.args.get("from_"):
            self._add_source(node.args["from_"].this, scope, ctes)
        for join in node.args.get("joins") or ():
            self._join(join, scope, ctes)
        outputs = self._projections(node, scope, ctes)
        rest = ("distinct", "where", "group", "having", "qualify", "windows", "order", "limit", "offset")
        self._expressions(clauses(node, rest), scope, ctes)
        self._check_joined(node, scope)
        many = any(source.many for source in scope.visible) and not scope.correlated and not is_small(node)
        return Derived(outputs, many, scope.trimmed)

    # FROM

    def _add_source(self, node: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        source = self._source(node, scope, ctes)
        if source.name and any(source.name == other.name for other in scope.sources):
            raise SqlRefusedError(f"Two tables in one FROM are called {source.name!r}; give each an alias of its own.")
        scope.sources.append(source)
        scope.visible.append(source)

    def _source(self, node: exp.Expr, scope: Scope, ctes: Ctes) -> Source:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            return self._table(node, ctes)
        name = node.alias_or_name.lower() if isinstance(node, exp.Table) else node.alias.lower()
        if isinstance(node, exp.Values):
            rows = [row.expressions for row in node.expressions if isinstance(row, exp.Tuple)]
            self._expressions(node.expressions, scope, ctes)
            width = len(rows[0]) if rows else 1
            derived = Derived([Output(f"col{i}", None) for i in range(width)], many=False)
        elif isinstance(node, (exp.Unnest, exp.Table)):
            derived = self._series(node, scope, ctes)
        elif isinstance(node, (exp.Subquery, exp.Lateral)):
            inner = node.this if isinstance(node, exp.Lateral) else node
            derived = self._query(inner, ctes, scope)
        else:
            raise SqlRefusedError(f"{node.key.upper()} cannot stand in FROM; use a table or a subquery.")
        derived = with_columns(derived, node.args.get("alias"))
        return Source(name, with_numbers(derived.outputs), derived.many, trimmed=derived.trimmed)

    def _table(self, node: exp.Table, ctes: Ctes) -> Source:
        name, alias = node.name.lower(), node.alias_or_name.lower()
        if node.text("db") or node.text("catalog"):
            raise SqlRefusedError(f"{node.sql('duckdb')} is not one of the tables; name a table without a schema.")
        if name in ctes:
            derived = with_columns(ctes[name], node.args.get("alias"))
            return Source(alias, with_numbers(derived.outputs), derived.many, trimmed=derived.trimmed)
        if name not in self._tables:
            raise UnknownNameError("table", node.name, [table for table, _ in self._tables.values()])
        if node.args.get("alias") and node.args["alias"].columns:
            raise SqlRefusedError(f"{node.name} may not have its columns renamed; rename them in the SELECT list.")
        table, columns = self._tables[name]
        self.tables_used.add(table)
        shown = [Output(c, Origin(table, c)) for c in columns if c.lower() not in self._personal]
        return Source(alias, shown, many=True, hides=len(shown) < len(columns))

    def _series(self, node: exp.Unnest | exp.Table, scope: Scope, ctes: Ctes) -> Derived:
        """`FROM range(…)`, `generate_series(…)` or `unnest(…)`: one column, named like its alias."""
        content = node.this if isinstance(node, exp.Table) else None
        name = content.name.lower() if isinstance(content, exp.Anonymous) else "unnest"
        if name not in TABLE_FUNCTIONS or (content is not None and not isinstance(content, exp.Anonymous)):
            raise SqlRefusedError(f"The table function {name} is not allowed in SQL here; read from a table.")
        self._expressions([content] if content else node.expressions, scope, ctes)
        return Derived([Output(node.alias or name, None)], many=False)

    def _join(self, join: exp.Join, scope: Scope, ctes: Ctes) -> None:
        self._add_source(join.this, scope, ctes)
        source, position = scope.sources[-1], len(scope.sources) - 1
        for column in join.args.get("using") or ():
            self._using(column.name, source, scope)
            scope.links.append({position, *(i for i, s in enumerate(scope.sources) if s.get(column.name.lower()))})
        on = join.args.get("on")
        self._expressions([on], scope, ctes)
        if on is not None:
            scope.links.extend(self._links(on, scope))
        if (join.kind or "").upper() in ("SEMI", "ANTI") or (join.side or "").upper() in ("SEMI", "ANTI"):
            scope.visible.remove(source)

    def _using(self, column: str, source: Source, scope: Scope) -> None:
        left = [output for side in scope.visible[:-1] for output in side.outputs]
        for name, outputs in (("the left of USING", left), (source.name or "the subquery", source.outputs)):
            found = next((output for output in outputs if output.name.lower() == column.lower()), None)
            if found is None:
                raise self._unknown(column, [output.name for output in outputs], name)
            self._use(found)
        scope.using.add(column.lower())

    def _check_joined(self, node: exp.Select, scope: Scope) -> None:
        """Two sources as long as the data, unconnected, multiply their rows."""
        large = [i for i, source in enumerate(scope.sources) if source.many]
        if len(large) < 2:
            return
        where = node.args.get("where")
        reached = {large[0]}
        links = [*scope.links, *(self._links(where.this, scope) if where else ())]
        for _ in scope.sources:
            reached = reached.union(*(link for link in links if link & reached))
        for i in large:
            if i not in reached:
                name = scope.sources[i].name or "the subquery"
                raise SqlRefusedError(f"{name} is joined without a condition; add ON or USING with its key.")

    def _links(self, condition: exp.Expr, scope: Scope) -> list[set[int]]:
        condition = condition.unnest()
        if isinstance(condition, exp.And):
            return [link for part in condition.flatten() for link in self._links(part, scope)]
        if isinstance(condition, exp.Or):
            parts = [self._links(part, scope) for part in condition.flatten()]
            return [set.intersection(*(set().union(*links) for links in parts))]
        owners = [self._owners.get(id(column)) for column in condition.find_all(exp.Column)]
        return [{i for i, source in enumerate(scope.sources) if any(source is owner for owner in owners)}]

    # The SELECT list

    def _projections(self, node: exp.Select, scope: Scope, ctes: Ctes) -> list[Output]:
        outputs: list[Output] = []
        written: list[exp.Expr] = []
        for item in node.expressions:
            star = as_star(item)
            if star is None:
                self._expressions([item], scope, ctes)
                outputs.append(self._output(item, scope))
                written.append(item)
                continue
            columns = star_columns(item, star, scope, self._personal)
            outputs.extend(Output(output_name(column.written), column.origin) for column in columns)
            self.columns_used.update(".".join(column.origin) for column in columns if column.origin)
            reached = star_sources(item, scope)
            scope.trimmed |= any(source.hides or source.trimmed for source in reached)
            if any(source.hides for source in reached):
                written.extend(column.written for column in columns)
                self._expressions((column.written for column in columns), scope, ctes)
            else:
                written.append(item)
                self._expressions([star], scope, ctes)
        node.set("expressions", written)
        return outputs

    def _output(self, item: exp.Expr, scope: Scope) -> Output:
        plain = item.unalias().unnest()
        origin = self._resolve(plain, scope) if isinstance(plain, exp.Column) else None
        if isinstance(item, exp.Alias):
            scope.aliases[item.alias.lower()] = origin
        return Output(output_name(item), origin)

    # Expressions

    def _expressions(self, roots: Iterable[exp.Expr | None], scope: Scope, ctes: Ctes) -> None:
        waiting = [root for root in roots if root is not None]
        while waiting:
            node = waiting.pop()
            if isinstance(node, QUERIES):
                self._query(node, ctes, scope)
            elif isinstance(node, exp.Star):
                waiting.extend(node.args.get("replace") or ())
            elif isinstance(node, exp.Column):
                self._resolve(node, scope)
            elif isinstance(node, (exp.Table, exp.Values, exp.Lateral)):
                raise SqlRefusedError(f"{node.sql('duckdb')} cannot stand in an expression; write a subquery.")
            else:
                self._check_star_argument(node)
                self._check_values(node, scope)
                waiting.extend(node.iter_expressions())

    def _check_star_argument(self, node: exp.Expr) -> None:
        starred = [child for child in node.iter_expressions() if as_star(child)]
        is_count = isinstance(node, exp.Anonymous) and node.name.lower() == "count"
        if starred and not (is_count and isinstance(starred[0], exp.Star)):
            raise SqlRefusedError("* may stand in the SELECT list and in count(*) only; name the columns.")

    def _resolve(self, column: exp.Column, scope: Scope) -> Origin | None:
        name, table = column.name.lower(), column.text("table").lower()
        if not isinstance(column.this, exp.Identifier) or column.text("db"):
            raise SqlRefusedError(f"{column.sql('duckdb')} is not a column; write column or alias.column.")
        if not table and name in self._row_names:
            raise SqlRefusedError(f"{column.name!r} is a table here, not a column; write {column.name}.column.")
        current: Scope | None = scope
        passed: list[Scope] = []
        while current is not None:
            found = self._find(column, table, name, current)
            if found is not None:
                for inner in passed:
                    inner.correlated = True
                return found.origin
            passed.append(current)
            current = current.outer
        raise self._unresolved(column, table, scope)

    def _find(self, column: exp.Column, table: str, name: str, scope: Scope) -> Output | None:
        named = [source for source in scope.visible if not table or source.name == table]
        owners = [source for source in named if source.get(name)]
        if table and named and not owners:
            raise self._unknown(column.name, [output.name for output in named[0].outputs], table)
        if len(owners) > 1 and not table and name not in scope.using and name not in scope.aliases:
            choice = " or ".join(f"{source.name}.{column.name}" for source in owners)
            raise SqlRefusedError(f"{column.name!r} is in more than one table; write {choice}.")
        if owners:
            self._owners[id(column)] = owners[0]
            output = owners[0].get(name)
            self._use(output)
            return output
        return Output(name, scope.aliases[name]) if not table and name in scope.aliases else None

    def _use(self, output: Output | None) -> None:
        if output is not None and output.origin is not None:
            self.columns_used.add(".".join(output.origin))

    def _unresolved(self, column: exp.Column, table: str, scope: Scope) -> UnknownNameError:
        if table:
            return UnknownNameError("table in FROM", column.text("table"), source_names(scope))
        known = [output.name for source in scope.visible for output in source.outputs if output.name]
        return self._unknown(column.name, [*known, *scope.aliases])

    def _unknown(self, name: str, known: Iterable[str], table: str = "") -> UnknownNameError:
        homes = [t for t, columns in self._tables.values() if name.lower() in map(str.lower, columns)]
        hint = f"{name} is a column of {' and '.join(homes)}" if homes else ""
        known = [column for column in known if column.lower() != name.lower()]
        kind = f"column in {table}" if table else "column"
        return UnknownNameError(kind, name, list(dict.fromkeys(known)), hint)

    # Values of dimensions

    def _check_values(self, node: exp.Expr, scope: Scope) -> None:
        if isinstance(node, COMPARISONS):
            self._check_value(node.left, [node.right], scope)
            self._check_value(node.right, [node.left], scope)
        elif isinstance(node, exp.In):
            self._check_value(node.this, node.expressions, scope)
        elif isinstance(node, exp.Case) and node.this:
            self._check_value(node.this, [branch.this for branch in node.args["ifs"]], scope)

    def _check_value(self, column: exp.Expr, values: list[exp.Expr], scope: Scope) -> None:
        column = column.unnest()
        texts = [text for text in map(literal_text, values) if text]
        if not texts or not isinstance(column, exp.Column):
            return
        origin = self._resolve(column, scope)
        allowed = self._dimensions.get(origin.column.lower(), []) if origin else []
        for text in texts:
            if origin and allowed and text not in allowed:
                raise UnknownNameError(f"value of {origin.column}", text, allowed)
