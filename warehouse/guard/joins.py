"""Joins of people's rows: by the customer only, so that a row never mixes two people.

Import it inside functions only: it loads sqlglot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from warehouse.errors import SqlRefusedError
from warehouse.guard.conditions import read_conditions
from warehouse.guard.figures import both, fragment
from warehouse.guard.people import Predicate, Scope, Source, conjuncts
from warehouse.guard.scope import written_column

if TYPE_CHECKING:
    from warehouse.guard.aggregate import Rows

BY_CUSTOMER = "Tables of people are joined by customer_id only; write JOIN … USING (customer_id)."


def check_joins(
    select: exp.Select, parts: list[tuple[exp.Expr, Rows]], scope_of: Callable[[list[Source]], Scope]
) -> tuple[list[Source], list[Predicate]]:
    """The sources and the conditions that their rows must meet; links between them leave WHERE for good."""
    sources = [Source(node.alias_or_name.lower(), rows.columns) for node, rows in parts]
    scope = scope_of(sources)
    joins = select.args.get("joins") or []
    links = [link for join in joins for link in _join(join, sources, scope)]
    links += _links_in_where(select, scope)
    reached = {0}
    for _ in sources:
        reached |= {i for link in links if reached & link for i in link}
    if len(reached) < len(sources):
        raise SqlRefusedError(BY_CUSTOMER)
    outer = {i + 1 for i, join in enumerate(joins) if (join.side or "").upper() == "LEFT"}
    required: list[Predicate] = []
    for i, (source, (_, rows)) in enumerate(zip(sources, parts, strict=True)):
        if rows.required and i in outer:
            raise SqlRefusedError(
                f"{source.name} is joined by LEFT; put the conditions inside it into the outer WHERE."
            )
        for name in rows.required:
            column = written_column(name, source.name)
            required.append(Predicate(column, "single", frozenset((f"{source.name}.{name}",))))
    return sources, required


def _join(join: exp.Join, sources: list[Source], scope: Scope) -> list[set[int]]:
    side, kind, method = ((join.args.get(key) or "").upper() for key in ("side", "kind", "method"))
    if side not in ("", "LEFT") or kind not in ("", "INNER", "OUTER") or method:
        raise SqlRefusedError(
            f"{' '.join(filter(None, (method, side, kind)))} JOIN is not allowed; use JOIN or LEFT JOIN."
        )
    position = next(i for i, s in enumerate(sources) if s.name == join.this.alias_or_name.lower())
    links: list[set[int]] = []
    for column in join.args.get("using") or ():
        owners = {i for i, s in enumerate(sources[: position + 1]) if column.name.lower() in s.columns}
        if any(sources[i].columns[column.name.lower()].kind != "person" for i in owners):
            raise SqlRefusedError(BY_CUSTOMER)
        links.append(owners)
    for part in conjuncts(join.args["on"]) if join.args.get("on") is not None else ():
        link = _link(part, scope)
        if link:
            links.append(link)
        elif side == "LEFT" and any(p.rank != "plain" for p in read_conditions(part, scope)):
            raise SqlRefusedError("A LEFT JOIN may hold customer_id and conditions on dimensions and days; use WHERE.")
        elif side != "LEFT" and not isinstance(part, exp.Boolean):
            _to_where(join, part)
    return links


def _to_where(join: exp.Join, part: exp.Expr) -> None:
    """A condition of an inner join stands as well in WHERE, where those it leaves out are counted."""
    select = join.parent
    if not isinstance(select, exp.Select):
        return
    where = select.args.get("where")
    select.set("where", exp.Where(this=both([where.this, part] if where else [part])))
    part.replace(fragment("TRUE"))


def _link(part: exp.Expr, scope: Scope) -> set[int]:
    """The two sources whose customers an equality matches."""
    if not isinstance(part, exp.EQ):
        return set()
    sides = [part.left.unnest(), part.right.unnest()]
    found = [scope.find(side) if isinstance(side, exp.Column) else None for side in sides]
    if any(item is None or item[2].kind != "person" for item in found):
        return set()
    owners = [i for i, s in enumerate(scope.sources) for item in found if item and s is item[0]]
    return set(owners) if len(set(owners)) == 2 else set()


def _links_in_where(select: exp.Select, scope: Scope) -> list[set[int]]:
    """`FROM a, b WHERE a.customer_id = b.customer_id`: the link moves to the join."""
    where = select.args.get("where")
    links, rest = [], []
    for part in conjuncts(where.this) if where else ():
        link = _link(part, scope)
        if not link:
            rest.append(part)
            continue
        links.append(link)
        join = select.args["joins"][max(link) - 1]
        if join.args.get("side") or join.args.get("using"):
            raise SqlRefusedError(BY_CUSTOMER)
        join.set("on", both([*([join.args["on"]] if join.args.get("on") else []), part]))
        join.set("kind", None)
    if links:
        select.set("where", exp.Where(this=both(rest)) if rest else None)
    return links
