"""Which npsight this is."""

from __future__ import annotations


def own_version() -> str:
    """The installed version; `0` for a checkout that was never installed."""
    return package_version("npsight") or "0"


def package_version(name: str) -> str | None:
    """Version of an installed package, without importing it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None
