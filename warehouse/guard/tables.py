"""Tables of people inside a statement that nobody sees: rows, or one row a customer.

Conditions that they were computed with are written out as columns beside them, so that the SELECT with the aggregates
can count whom they leave out. Import it inside functions only: it loads sqlglot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from warehouse.errors import SqlRefusedError
from warehouse.guard.conditions import read_conditions
from warehouse.guard.expressions import read_value
from warehouse.guard.figures import FIGURES, arguments, both, fragment, gives
from warehouse.guard.parser import written
from warehouse.guard.people import NUMBERS, TEXTS, TOOLS, Predicate, Scope, Value, is_aggregate, number

if TYPE_CHECKING:
    from warehouse.guard.aggregate import Rows, Statement

PICKED = frozenset(("min", "max", "any_value", "arg_max", "arg_min", "max_by", "min_by", "first", "last", "mode"))
COUNTED = frozenset(("count", "approx_count_distinct", "count_if", "countif", "bool_or", "bool_and"))
OF_CUSTOMERS = frozenset(FIGURES | PICKED | {"bool_or", "bool_and"})
PERSON = "npsight_person"
LEFT_OUT = ("limit", "offset", "qualify", "windows", "distinct")


class PeopleTable:
    """A SELECT whose rows are people's."""

    def __init__(self, select: exp.Select, scope: Scope, required: list[Predicate], statement: Statement) -> None:
        self._select, self._required, self._statement = select, required, statement
        self._scope = scope
        self._hidden: dict[str, str] = {}
        self._moved: list[str] = []

    def is_of_customers(self) -> bool:
        """Grouped by the customer, so that each of its rows is one."""
        return any(self._is_person(node) for node in self._grouped())

    def read(self) -> Rows:
        """Its columns; conditions are added to it as columns."""
        from warehouse.guard.aggregate import Rows

        select = self._select
        for key in LEFT_OUT:
            if select.args.get(key):
                raise SqlRefusedError(f"{key.upper()} is not allowed over people's rows; aggregate them first.")
        select.set("order", None)
        of_customers = self.is_of_customers()
        required = self._where(of_customers)
        columns: dict[str, Value] = {}
        scope = replace(self._scope, figure=self._figure) if of_customers else self._scope
        if select.args.get("group"):
            self._check_group()
        for item in list(select.expressions):
            made = self._item(item, scope)
            if not columns.keys().isdisjoint(made):
                raise SqlRefusedError(f"Two columns are called {', '.join(columns.keys() & made)}; name them apart.")
            columns |= made
        columns |= self._person(columns)
        if select.args.get("having"):
            required += self._having(scope)
        for text, name in self._hidden.items():
            select.append("expressions", exp.alias_(fragment(text), name))
            columns[name] = Value("condition", answers=False)
        return Rows(columns, required)

    def _grouped(self) -> list[exp.Expr]:
        group = self._select.args.get("group")
        if group is None:
            return []
        items = self._select.expressions
        if group.args.get("all"):
            return [item.unalias() for item in items if not any(is_aggregate(part) for part in item.walk())]
        places = [number(node) for node in group.expressions]
        return [
            items[int(place) - 1].unalias() if place and 1 <= int(place) <= len(items) else node
            for place, node in zip(places, group.expressions, strict=True)
        ]

    def _is_person(self, node: exp.Expr) -> bool:
        found = self._scope.find(node) if isinstance(node, exp.Column) else None
        if found is not None:
            return found[2].kind == "person"
        named = [i.this for i in self._select.expressions if isinstance(i, exp.Alias) and i.alias == node.name]
        return isinstance(node, exp.Column) and any(n is not node and self._is_person(n) for n in named)

    def _check_group(self) -> None:
        for node in self._grouped():
            if isinstance(node, (exp.Rollup, exp.Cube, exp.GroupingSets)):
                raise SqlRefusedError("A table of one row a customer takes a plain GROUP BY customer_id.")

    def _person(self, columns: dict[str, Value]) -> dict[str, Value]:
        """The customer goes along unseen, so that people can be counted wherever the columns end up."""
        source = self._scope.sources[0]
        person = source.person()
        if person is None or any(value.kind == "person" for value in columns.values()):
            return {}
        grouped = [node for node in self._grouped() if isinstance(node, exp.Column) and self._is_person(node)]
        column = self._scope.text(source, person)
        text = written(grouped[0]) if grouped and self._scope.find(grouped[0]) else column
        self._select.append("expressions", exp.alias_(fragment(text), PERSON))
        return {PERSON: Value("person", answers=False)}

    # Conditions

    def _hide(self, text: str) -> str:
        """The column that holds the condition."""
        if text not in self._hidden:
            self._hidden[text] = self._statement.hidden_name()
        return self._hidden[text]

    def _where(self, of_customers: bool) -> list[str]:
        """Conditions on dimensions and days stay; the others are handed on as columns."""
        where = self._select.args.get("where")
        found = read_conditions(where.this, self._scope) if where else []
        stay = [predicate for predicate in found if predicate.rank == "plain"]
        moved = [predicate for predicate in found if predicate.rank != "plain"] + self._required
        self._select.set("where", exp.Where(this=both(p.node for p in stay)) if stay else None)
        if not moved:
            return []
        text = " AND ".join(predicate.text for predicate in moved)
        if not of_customers:
            return [self._hide(f"({text})")]
        self._moved = [text]
        return [self._hide(f"coalesce(bool_or({text}), FALSE)")]

    def _having(self, scope: Scope) -> list[str]:
        having = self._select.args["having"]
        self._restrict_all(having)
        read_conditions(having.this, scope)
        text = written(having.this)
        self._select.set("having", None)
        return [self._hide(f"({text})")]

    # Columns

    def _item(self, item: exp.Expr, scope: Scope) -> dict[str, Value]:
        plain = item.unalias()
        if isinstance(plain, exp.Star) or (isinstance(plain, exp.Column) and isinstance(plain.this, exp.Star)):
            return self._star(plain)
        name = item.alias or (plain.name if isinstance(plain, exp.Column) else "")
        if scope.figure is not None:
            self._restrict_all(item)
        value = read_value(item.unalias(), scope)
        hidden = self._of_item(value, scope)
        kind = "label" if value.kind == "condition" else value.kind
        kind = {"constant": "number", "person": "id" if value.changed else "person"}.get(kind, kind)
        if not name:
            return {}
        made = Value(kind, value.stepped, whole=value.whole, answers=value.answers, hidden=frozenset(hidden))
        return {name.lower(): made}

    def _of_item(self, value: Value, scope: Scope) -> set[str]:
        """The columns that hold the conditions of a column, its own and those from below."""
        if scope.figure is None:
            hidden = {self._hide(name) for name in value.hidden}
        else:
            own = set(self._hidden.values())
            hidden = {n if n in own else self._hide(f"coalesce(bool_or({n}), FALSE)") for n in value.hidden}
        tests = [test for test in value.conditions if not (test.rank == "answer" and value.kind == "score")]
        if not tests or value.kind not in ("number", "score") or (value.counted and self._by_answers(tests)):
            return hidden
        if scope.figure is not None and not value.counted:
            raise SqlRefusedError(
                "A CASE over aggregates of a customer gives labels only; put it into the outer SELECT."
            )
        gives = "" if value.counted else self._gives([value])
        return hidden | {self._hide(side) for test in tests for side in _sides(test.text, gives)}

    def _by_answers(self, tests: Iterable[Predicate]) -> bool:
        return all(test.rank == "answer" for test in tests)

    def _gives(self, values: Iterable[Value]) -> str:
        """True of the rows that add something to a figure."""
        columns = sorted(frozenset().union(*(value.columns for value in values)))
        return " OR ".join(gives(columns, self._scope, weighed=True))

    def _restrict_all(self, root: exp.Expr) -> None:
        for node in [part for part in root.walk() if is_aggregate(part)]:
            if not isinstance(node.parent, exp.Filter):
                self._restrict(node)

    def _restrict(self, node: exp.Expr) -> None:
        """The aggregate over the rows that the moved conditions keep."""
        if not self._moved:
            return
        call = node.this if isinstance(node, exp.Filter) else node
        own = [f"({written(node.expression.this)})"] if isinstance(node, exp.Filter) else []
        node.replace(fragment(f"{written(call)} FILTER (WHERE {' AND '.join([*self._moved, *own])})"))

    def _star(self, node: exp.Expr) -> dict[str, Value]:
        star = node if isinstance(node, exp.Star) else node.this
        changed = star.args.get("replace") or star.args.get("rename")
        if len(self._scope.sources) > 1 or self.is_of_customers() or changed:
            raise SqlRefusedError("Name the columns instead of * here.")
        dropped = {column.name.lower() for column in star.args.get("except_") or ()}
        return {name: value for name, value in self._scope.sources[0].columns.items() if name not in dropped}

    def _figure(self, node: exp.Expr) -> Value:
        """An aggregate over one customer's rows."""
        call = node.this if isinstance(node, exp.Filter) else node
        name = call.name.lower()
        if name not in OF_CUSTOMERS or isinstance(call, exp.WithinGroup):
            raise SqlRefusedError(f"{written(call)} is not allowed in a table of customers; {TOOLS}.")
        tests = read_conditions(node.expression.this, self._scope) if isinstance(node, exp.Filter) else []
        items = arguments(call)
        if any(isinstance(item, exp.Order) for item in items):
            raise SqlRefusedError(f"{written(call)}: write arg_max(x, responded_at) instead of an ORDER BY inside.")
        values = [read_value(item, self._scope) for item in items if not isinstance(item, exp.Star)]
        return self._of_rows(name, call, tests, values)

    def _of_rows(self, name: str, call: exp.Expr, tests: list[Predicate], values: list[Value]) -> Value:
        conditions = [*tests, *(p for value in values for p in value.conditions)]
        first = values[0] if values else Value("number")
        counting = name == "count" or first.counted
        if name not in COUNTED:
            allowed = (*NUMBERS, *(("time", *TEXTS) if name in PICKED else ()))
            if any(value.kind not in allowed for value in values[:1]) or any(v.kind in ("text", "id") for v in values):
                raise SqlRefusedError(f"{written(call)} is not allowed in a table of customers; {TOOLS}.")
        about = bool(conditions) and all(p.rank == "answer" for p in conditions) and (counting or first.kind == "score")
        summed = "" if counting else self._gives(values[:1])
        texts = [] if about else [p.text for p in conditions]
        texts += [f"({hidden})" for value in values for hidden in value.hidden]
        sides = [side for text in texts for side in _sides(text, summed)]
        hidden = {self._hide(f"coalesce(bool_or({side}), FALSE)") for side in sides}
        kind = first.kind if name in PICKED | {"avg", "median"} else "score" if about else "number"
        return Value(
            "number" if kind in ("constant", "condition") else kind,
            stepped=first.stepped and name in PICKED,
            whole=name in COUNTED,
            columns=frozenset().union(*(v.columns for v in values), *(p.columns for p in conditions)),
            answers=about or (kind == "score" and first.answers),
            changed=True,
            hidden=frozenset(hidden),
        )


def _sides(condition: str, gives: str) -> list[str]:
    """Rows that add something, inside and outside of a condition."""
    also = f" AND ({gives})" if gives else ""
    return [f"({condition} IS TRUE{also})", f"({condition} IS NOT TRUE{also})"]
