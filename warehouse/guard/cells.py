"""A SELECT that makes cells of people's rows: every cell and every figure in it is made to rest on the base.

Import it inside functions only: it loads sqlglot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from warehouse.errors import SqlRefusedError
from warehouse.guard.conditions import read_conditions
from warehouse.guard.expressions import read_value
from warehouse.guard.figures import OF_COUNTS, Figure, People, as_it_stands, both, patterns, read_figure
from warehouse.guard.parser import written
from warehouse.guard.people import TOOLS, Predicate, Scope, is_aggregate, number

RAW = {
    "person": "an id",
    "id": "an id",
    "text": "free text",
    "time": "a moment",
    "number": "a number",
}
HOW = {
    "time": "write date_trunc('month', …) or another step",
    "number": "bin it with floor(x / 10) * 10 or a CASE",
}


class Cells:
    """One SELECT with its aggregates, rewritten in place."""

    def __init__(self, select: exp.Select, scope: Scope, people: People, required: list[Predicate]) -> None:
        self._select, self._scope, self._people = select, scope, people
        self._required = required
        self._keys: list[exp.Expr] = []
        self._key_texts: set[str] = set()
        self._sets: exp.Expr | None = None
        self._figures: dict[int, Figure] = {}
        self._kept: list[str] = []

    def rewrite(self) -> None:
        self._distinct()
        self._expand_names()
        self._read_keys()
        self._name_items()
        for root in self._places():
            self._read(root)
        self._read_where()
        atoms = frozenset().union(*(figure.atoms for figure in self._figures.values()))
        classes = patterns(atoms)
        for figure in self._figures.values():
            self._guard(figure, classes)
        self._guard_cells()

    # Names

    def _distinct(self) -> None:
        """SELECT DISTINCT over columns is a SELECT of cells."""
        select = self._select
        distinct = select.args.get("distinct")
        if distinct is not None and distinct.args.get("on"):
            raise SqlRefusedError("DISTINCT ON picks single rows; GROUP BY dimensions instead.")
        figures = any(is_aggregate(node) for item in select.expressions for node in item.walk())
        if distinct is not None and not select.args.get("group") and not figures:
            select.set("distinct", None)
            select.set("group", exp.Group(all=True))

    def _expand_names(self) -> None:
        """Names of the SELECT list are replaced by what they stand for, in the order in which DuckDB looks."""
        select = self._select
        named: dict[str, exp.Expr] = {}
        for item in select.expressions:
            self._substitute(item, named)
            if isinstance(item, exp.Alias):
                named[item.alias.lower()] = item.this
        self._expand_group(named)
        for key in ("where", "having", "qualify"):
            if select.args.get(key):
                self._substitute(select.args[key], named, aliases_first=key != "where")
        for item in select.args["order"].expressions if select.args.get("order") else ():
            if isinstance(item, exp.Ordered) and not self._is_output(item.this, named):
                self._substitute(item, named)

    def _is_output(self, node: exp.Expr, named: dict[str, exp.Expr]) -> bool:
        """A name or position of the SELECT list, standing alone in ORDER BY."""
        is_name = isinstance(node, exp.Column) and not node.text("table") and node.name.lower() in named
        is_all = isinstance(node, exp.Column) and node.name.upper() == "ALL"
        return is_name or is_all or number(node) is not None

    def _substitute(self, root: exp.Expr, named: dict[str, exp.Expr], aliases_first: bool = False) -> None:
        keys = {_text(key) for key in self._plain_keys()}
        for column in list(root.find_all(exp.Column)):
            name = column.name.lower()
            if column.text("table") or name not in named:
                continue
            if self._scope.find(column) is None or (aliases_first and self._text(column) not in keys):
                column.replace(exp.Paren(this=named[name].copy()))

    def _plain_keys(self) -> list[exp.Expr]:
        group = self._select.args.get("group")
        return list(group.expressions) if group else []

    def _expand_group(self, named: dict[str, exp.Expr]) -> None:
        select = self._select
        group = select.args.get("group")
        if group is None:
            return
        if group.args.get("all"):
            plain = [item.unalias() for item in select.expressions if not self._has_figure(item)]
            select.set("group", exp.Group(expressions=[item.copy() for item in plain]) if plain else None)
            return
        for node in list(group.find_all(exp.Literal)):
            place = number(node)
            if isinstance(node.parent, (exp.Group, exp.Rollup, exp.Cube, exp.Tuple, exp.Paren)) and place:
                if not 1 <= int(place) <= len(select.expressions):
                    raise SqlRefusedError(f"GROUP BY {node.name} names no column of the SELECT list.")
                node.replace(select.expressions[int(place) - 1].unalias().copy())
        self._substitute(group, named)

    def _has_figure(self, item: exp.Expr) -> bool:
        return any(is_aggregate(node) or isinstance(node, exp.Window) for node in item.walk())

    def _text(self, node: exp.Expr) -> str:
        """The expression with each column named in full, to compare it by."""
        copy = node.unnest().copy()
        for column in [copy, *copy.find_all(exp.Column)]:
            found = self._scope.find(column) if isinstance(column, exp.Column) else None
            if found is not None:
                column.set("this", exp.to_identifier(found[1], quoted=True))
                column.set("table", exp.to_identifier(found[0].name, quoted=True))
        return _text(copy)

    # What the cells are

    def _read_keys(self) -> None:
        group = self._select.args.get("group")
        if group is None:
            return
        sets = [node for node in group.expressions if isinstance(node, (exp.Rollup, exp.Cube, exp.GroupingSets))]
        if sets and len(group.expressions) > 1:
            raise SqlRefusedError("Write one ROLLUP, CUBE or GROUPING SETS with all its columns in it.")
        self._sets = sets[0] if sets else None
        for node in _leaves(group.expressions):
            value = read_value(node, self._scope)
            raw = value.kind in ("time", "number") and not (value.stepped or value.whole)
            if value.kind in ("person", "id", "text") or raw:
                advice = HOW.get(value.kind, "group by a dimension")
                raise SqlRefusedError(f"GROUP BY {written(node)} groups by {RAW[value.kind]}; {advice}.")
            if self._text(node) not in self._key_texts:
                self._keys.append(node)
                self._key_texts.add(self._text(node))

    def _name_items(self) -> None:
        """The columns keep the names that they have without the conditions."""
        made = []
        for item in self._select.expressions:
            if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
                raise SqlRefusedError("* shows rows of people; name dimensions and aggregates.")
            plain = isinstance(item, (exp.Alias, exp.Column)) or not self._has_figure(item)
            made.append(item if plain else exp.alias_(item, written(item)[:60], quoted=True))
        self._select.set("expressions", made)

    def _places(self) -> Iterator[exp.Expr]:
        args = self._select.args
        yield from self._select.expressions
        yield from (args[key] for key in ("having", "qualify") if args.get(key))
        yield from args.get("windows") or ()
        names = {item.alias_or_name.lower(): item for item in self._select.expressions}
        for item in args["order"].expressions if args.get("order") else ():
            if not isinstance(item, exp.Ordered) or not self._is_output(item.this, names):
                yield item

    def _read(self, root: exp.Expr) -> None:
        """Everything is an aggregate, a grouped expression or made of those."""
        waiting = [root.this if isinstance(root, exp.Alias) else root]
        while waiting:
            node = waiting.pop()
            if self._key_texts and self._text(node) in self._key_texts:
                continue
            if is_aggregate(node):
                figure = read_figure(node, self._scope)
                self._figures[id(figure.node)] = figure
            elif isinstance(node, exp.Column):
                raise SqlRefusedError(
                    f"{written(node)} is neither grouped nor aggregated, so it would show single people; {TOOLS}."
                )
            elif isinstance(node, exp.Subquery):
                read_value(node, self._scope)
            elif isinstance(node, (exp.Select, exp.SetOperation)):
                raise SqlRefusedError("A subquery inside an aggregate SELECT is not allowed; send two calls.")
            elif isinstance(node, exp.Window) and self._sets is not None:
                raise SqlRefusedError("A window beside ROLLUP, CUBE or GROUPING SETS is not allowed; leave one out.")
            else:
                waiting.extend(node.iter_expressions())

    # Conditions

    def _read_where(self) -> None:
        """Conditions that can single somebody out become FILTERs, so that those left out can be counted."""
        where = self._select.args.get("where")
        found = read_conditions(where.this, self._scope) if where else []
        about = frozenset.intersection(OF_COUNTS, *(figure.about for figure in self._figures.values()))
        stay = [predicate for predicate in found if predicate.rank in {"plain", *about}]
        moved = [p for p in found if p not in stay] + self._required
        self._kept = list(dict.fromkeys(predicate.text for predicate in moved))
        self._select.set("where", exp.Where(this=both(p.node for p in stay)) if stay else None)

    def _guard(self, figure: Figure, classes: Iterable[str]) -> None:
        """The figure where it rests on the base, else nothing."""
        people, own = self._people, [test.text for test in figure.filter]
        tests = []
        for gives in figure.gives:
            tests += [people.nobody_or_enough(pattern, gives) for pattern in self._others()]
        for gives in figure.gives or ("",):
            if figure.atoms:
                tests += [people.nobody_or_enough(*self._kept, pattern, gives) for pattern in classes]
            elif figure.weighed:
                tests.append(people.nobody_or_enough(*self._kept, gives))
        if figure.present:
            count = people.nobody_or_enough if figure.may_be_nobody else people.enough
            times = 1 / figure.side
            tests.append(count(*self._kept, *own, figure.present, times=times))
        shown = _filtered(figure.call.copy(), [*self._kept, *own])
        figure.node.replace(self._if(tests, shown))

    def _if(self, tests: list[str], shown: str) -> exp.Expr:
        if not tests:
            return as_it_stands(shown)
        condition = " AND ".join(tests)
        if self._sets is not None:
            condition = f"{condition} AND ({self._is_first_set()} OR bool_and({condition}) OVER ())"
        return as_it_stands(f"CASE WHEN {condition} THEN {shown} END")

    # Cells

    def _guard_cells(self) -> None:
        """A cell is shown where it rests on the base, and so do those whom its conditions leave out."""
        people = self._people
        tests = [people.enough(*self._kept)]
        tests += [people.nobody_or_enough(pattern) for pattern in self._others()]
        condition, args = " AND ".join(tests), self._select.args
        key = "having"
        if self._sets is not None:
            key = "qualify"
            condition = f"{condition} AND ({self._is_first_set()} OR bool_and({condition}) OVER ())"
        wanted = [args[name].this for name in ("having", key) if args.get(name)]
        wanted = wanted[:1] if key == "having" else wanted
        self._select.set("having", None)
        texts = [condition, *(f"({written(node)})" for node in wanted)]
        whole = as_it_stands(" AND ".join(texts))
        self._select.set(key, exp.Having(this=whole) if key == "having" else exp.Qualify(this=whole))

    def _others(self) -> list[str]:
        """The classes of those whom the conditions leave out."""
        return patterns(self._kept, grouped=False)[1:]

    def _is_first_set(self) -> str:
        """True on the rows of the finest (or first listed) grouping; the others could give a small cell away."""
        keys = ", ".join(written(key) for key in self._keys)
        first = _leaves([self._sets.expressions[0]]) if isinstance(self._sets, exp.GroupingSets) else self._keys
        named = {self._text(key) for key in first}
        bits = "".join("0" if self._text(key) in named else "1" for key in self._keys)
        return f"grouping({keys}) = {int(bits or '0', 2)}"


def _leaves(nodes: Iterable[exp.Expr]) -> list[exp.Expr]:
    """The grouped expressions inside ROLLUP, CUBE, GROUPING SETS and brackets."""
    found: list[exp.Expr] = []
    for node in nodes:
        if isinstance(node, (exp.Rollup, exp.Cube, exp.GroupingSets, exp.Tuple)):
            found += _leaves(node.expressions)
        elif isinstance(node, exp.Paren):
            found += _leaves([node.this])
        else:
            found.append(node)
    return found


def _filtered(call: exp.Expr, conditions: list[str]) -> str:
    text = " AND ".join(dict.fromkeys(conditions))
    return f"{written(call)} FILTER (WHERE {text})" if text else written(call)


def _text(node: exp.Expr) -> str:
    return written(node).lower()
