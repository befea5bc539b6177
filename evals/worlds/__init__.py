"""Worlds: seeded generators of surveys with a planted truth.

Each module of this package that holds a `WORLD` (or `WORLDS`) is one; a world is made into a workspace once and kept in
the cache folder for as long as the code that makes it stays the same.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from evals.once import made_once
from evals.worlds.world import Made, Truths, World
from warehouse.errors import UnknownNameError
from warehouse.workspace import cache_folder, make_workspace

__all__ = ["Made", "Truths", "World", "make_world", "worlds"]

GOLD, TRUTH = "gold.duckdb", "truth.json"
SEED = 7


@cache
def worlds() -> dict[str, World]:
    """All worlds by name."""
    found: dict[str, World] = {}
    for module in pkgutil.iter_modules(__path__):
        made = importlib.import_module(f"{__name__}.{module.name}")
        for world in [*getattr(made, "WORLDS", []), *([made.WORLD] if hasattr(made, "WORLD") else [])]:
            if world.name in found:
                raise ValueError(f"Two worlds are called {world.name}.")
            found[world.name] = world
    return found


def make_world(name: str, seed: int = SEED) -> Path:
    """The world as a workspace, with its truth beside it in `gold.duckdb` and `truth.json`.

    Raises UnknownNameError where there is no such world.
    """
    if name not in worlds():
        raise UnknownNameError("world", name, sorted(worlds()))
    folder = cache_folder() / f"world-{name}-{seed}-{_code()}"
    return made_once(folder, TRUTH, lambda partial: _make(worlds()[name], partial, seed))


def _make(world: World, folder: Path, seed: int) -> None:
    (folder / "files").mkdir()
    made = world.write(folder / "files", seed)
    make_workspace(made.files, folder, made.options)
    _write_gold(folder / GOLD, made)
    (folder / TRUTH).write_text(json.dumps(made.truth, indent=1, default=str), encoding="utf-8")


def _write_gold(path: Path, made: Made) -> None:
    with duckdb.connect(path) as connection:
        for name, table in made.tables.items():
            frame = pd.DataFrame(list(table.rows), columns=list(table.columns))
            connection.register("frame", frame)
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM frame')
            connection.unregister("frame")


@cache
def _code() -> str:
    """The code that draws and loads worlds: a newer program never meets an older world."""
    import warehouse

    digest = hashlib.blake2b(digest_size=4)
    for root in (Path(warehouse.__file__ or "").parent, Path(__path__[0])):
        for source in sorted(root.rglob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()
