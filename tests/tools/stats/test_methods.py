"""What holds for all of `tools.stats`: worked examples are right, imports are light, every function is documented."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import tools.stats

MODULES = [f"tools.stats.{module.name}" for module in pkgutil.iter_modules(tools.stats.__path__)]
METHODS = (Path(__file__).parents[3] / "docs" / "methods.md").read_text(encoding="utf-8")


def public_functions(module: ModuleType) -> dict[str, object]:
    return {
        name: function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


@pytest.mark.parametrize("name", MODULES)
def test_worked_examples_give_the_printed_results(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", [m for m in MODULES if not m.endswith(("periods", "counts", "tails"))])
def test_every_statistic_has_a_worked_example(name: str) -> None:
    for function, code in public_functions(importlib.import_module(name)).items():
        assert ">>>" in (inspect.getdoc(code) or ""), f"{function} has no worked example"


@pytest.mark.parametrize("name", [m for m in MODULES if not m.endswith(("periods", "tails"))])
def test_every_public_function_stands_in_the_methods_page_with_its_signature(name: str) -> None:
    for function, code in public_functions(importlib.import_module(name)).items():
        if function.startswith("observed"):
            continue  # the shared check for empty cells, not a statistic
        parameters = ", ".join(inspect.signature(code).parameters)  # type: ignore[arg-type]
        assert f"`{function}({parameters})`" in METHODS, f"docs/methods.md lacks {function}({parameters})"


def test_importing_the_numerics_loads_numpy_and_nothing_else_heavy() -> None:
    imports = "; ".join(f"import {name}" for name in MODULES)
    code = f"{imports}; import sys; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    heavy = {"scipy", "pandas", "duckdb", "sqlglot", "pydantic", "langchain", "statsmodels", "sklearn", "warehouse"}
    assert heavy.isdisjoint(run.stdout.split())
