"""The misbehaving server as a fixture."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="session")
def faults() -> ModuleType:
    """The module of the server; tests are no package."""
    spec = importlib.util.spec_from_file_location("misbehaving_server", Path(__file__).with_name("server.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def server(faults: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server of this test alone, with the client's settings pointing at it."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with faults.serving() as serving:
        monkeypatch.setenv("OPENAI_API_KEY", faults.KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", serving.address)
        yield serving
