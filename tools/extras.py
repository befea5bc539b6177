"""Heavy libraries that only some tools need: asked for when they are needed, one clear sentence when missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from warehouse.errors import MissingDataError


def need(module: str, extra: str, tool: str) -> ModuleType:
    """The module; MissingDataError says how to install it.

    Args:
        extra: the optional part of npsight that brings it, as in `npsight[comments]`.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingDataError(
            f"{tool} needs {module.split('.')[0]}, which is not installed; run `pip install 'npsight[{extra}]'`."
        ) from None
