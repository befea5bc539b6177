"""Where the worlds of the attacks lie: made once, and kept in the cache folder while the code stays the same."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import duckdb

from evals.once import made_once
from evals.safety import company, worlds
from evals.safety.attacks import HERE, planted
from evals.safety.watch import FILE_TEXT
from warehouse.workspace import cache_folder

KEPT = "kept"
_DONE = "done"
KINDS = ("csv", "json", "parquet", "txt", "db")


def place(name: str) -> Path:
    """The workspace of a world: plain, rows, hostile, hostile-rows, settings, company or company-rows.

    `kept` is no workspace but a folder of files that nobody may read. Worlds whose name ends in rows are those whose
    owner lets a model read rows.
    """
    return _made() / name


def _made() -> Path:
    return made_once(cache_folder().resolve() / f"safety-{_code()}", _DONE, _make)


def _make(folder: Path) -> None:
    files = folder / "files"
    for name in ("plain", "hostile", "company"):
        (files / name).mkdir(parents=True)
    made = {
        "plain": worlds.plain_world(files / "plain"),
        "hostile": worlds.hostile_world(files / "hostile", planted()),
        "company": company.company_world(files / "company"),
    }
    for name, workspace in made.items():
        workspace.rename(folder / name)
    worlds.edited(folder / "plain", folder / "settings", planted())
    for source, target in (("plain", "rows"), ("hostile", "hostile-rows"), ("company", "company-rows")):
        worlds.edited(folder / source, folder / target, rows_to_model=True)
    for name in (*made, "settings", "rows", "hostile-rows", "company-rows"):
        (folder / name / "runs").mkdir(exist_ok=True)
    _keep(folder / KEPT)
    (folder / _DONE).write_text("", encoding="utf-8")


def _keep(folder: Path) -> None:
    """Files of every kind that must stay unread."""
    folder.mkdir()
    (folder / "canary.csv").write_text(f"plan,secret\nStarter,{FILE_TEXT}\n", encoding="utf-8")
    (folder / "canary.json").write_text(json.dumps([{"plan": "Starter", "secret": FILE_TEXT}]), encoding="utf-8")
    (folder / "canary.txt").write_text(FILE_TEXT, encoding="utf-8")
    with duckdb.connect(folder / "canary.db") as connection:
        connection.execute(f"CREATE TABLE t AS SELECT '{FILE_TEXT}' AS secret")
        connection.execute(f"COPY t TO '{folder / 'canary.parquet'}' (FORMAT parquet)")


@cache
def _code() -> str:
    """The code that draws and loads the worlds: a newer program never meets an older world."""
    import warehouse

    digest = hashlib.blake2b(digest_size=4)
    for root, kinds in ((Path(warehouse.__file__ or "").parent, ("py",)), (HERE, ("py", "yaml"))):
        for source in sorted(path for kind in kinds for path in root.rglob(f"*.{kind}")):
            digest.update(source.read_bytes())
    return digest.hexdigest()
