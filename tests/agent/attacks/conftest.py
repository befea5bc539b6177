"""The obedient model, the worlds that attacks stand in, and a watch over what the process opens."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from warehouse.workspace import Warehouse

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
_WATCHED = frozenset(["open", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.listdir", "os.scandir"])
_NEVER = (
    "socket.connect",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
)
_seen: list[tuple[str, str]] | None = None


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is None or (event not in _WATCHED and not event.startswith(_NEVER)):
        return
    _seen.append((event, str(arguments[0]) if arguments else ""))


sys.addaudithook(_hook)  # it stays for the life of the process, and looks only while an attack runs


@contextmanager
def _watching() -> Iterator[list[tuple[str, str]]]:
    global _seen
    _seen = made = list[tuple[str, str]]()
    try:
        yield made
    finally:
        _seen = None


def _module(name: str) -> ModuleType:
    """A module beside this file; tests are no package."""
    full = f"attacks_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


obedient, worlds = _module("obedient"), _module("worlds")


def key_of(at: int) -> str:
    """A name in letters, so that it is no figure: agentaa, agentab, …"""
    return f"agent{chr(97 + at // 26)}{chr(97 + at % 26)}"


def planted() -> list[dict[str, Any]]:
    """The attacks in the data, each with the name of its model."""
    listed = yaml.safe_load((HERE / "attacks_planted.yaml").read_text(encoding="utf-8"))
    return [{**attack, "key": key_of(at)} for at, attack in enumerate(listed)]


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The worlds by name: plain, hostile, settings (hostile names in npsight.yaml), and each where rows may be read."""
    folder = tmp_path_factory.mktemp("attacks")
    texts = [worlds.Planted(item["place"], item["key"], f"{item['key']}, {item['text']}") for item in planted()]
    made = {"plain": worlds.plain_world(folder), "hostile": worlds.hostile_world(folder, texts)}
    made["settings"] = worlds.edited(made["plain"], folder / "settings", texts)
    made["rows"] = worlds.edited(made["plain"], folder / "rows", rows_to_model=True)
    made["hostile rows"] = worlds.edited(made["hostile"], folder / "hostile_rows", rows_to_model=True)
    return made


@pytest.fixture(scope="session")
def opened(places: dict[str, Path]) -> Iterator[dict[str, Warehouse]]:
    """The worlds, open."""
    found = {name: Warehouse(folder) for name, folder in places.items()}
    yield found
    for warehouse in found.values():
        warehouse.__exit__(None, None, None)


@pytest.fixture
def watching() -> Any:
    """A context that lists what the process opens, connects to and starts."""
    return _watching


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file and an environment that nobody may read."""
    monkeypatch.setenv("NPSIGHT_CANARY", worlds.VARIABLE)
    monkeypatch.setenv("OPENAI_API_KEY", worlds.KEY)
    monkeypatch.setenv("NPSIGHT_QUERY_SECONDS", "2")
    path = tmp_path / "canary.csv"
    path.write_text(f"canary\n{worlds.FILE_TEXT}\n", encoding="utf-8")
    return path
