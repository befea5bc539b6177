"""What every test stands on: its own cache folder, and no key of anybody's."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples each time, so that a red run means a change; look for new ones with HYPOTHESIS_PROFILE=explore.
settings.register_profile("steady", derandomize=True, max_examples=60)
settings.register_profile("explore", max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
# A shell starts what runs in its background deaf to Ctrl-C, and every process of the tests would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once, so that the same files are loaded once in a run."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _no_traces(monkeypatch: pytest.MonkeyPatch, _shared_cache: Path) -> None:
    """Throw-away workspaces go to a temporary folder; keys and settings of the machine do not count."""
    monkeypatch.setenv("NPSIGHT_CACHE", str(_shared_cache))
    for name in (
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "NPSIGHT_MODEL",
        "NPSIGHT_PRICE",
        "NPSIGHT_LIMIT_MODEL_CALLS",
        "NPSIGHT_LIMIT_TOOL_CALLS",
        "NPSIGHT_LIMIT_SECONDS",
        "NPSIGHT_LIMIT_TOKENS",
        "NPSIGHT_LIMIT_MONEY",
        "NPSIGHT_TOKEN",
        "NPSIGHT_DEBUG",
        "NPSIGHT_MEMORY",
        "NPSIGHT_THREADS",
        "NPSIGHT_QUERY_SECONDS",
    ):
        monkeypatch.delenv(name, raising=False)
