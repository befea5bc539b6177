"""The walls of the house: who imports whom, how long files and functions are, what is documented."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tools.registry import TOOLS, arguments_model
from warehouse.catalog_file import json_schema

ROOT = Path(__file__).parent.parent
HOUSE = ("warehouse", "tools", "prompts", "agent", "apps", "evals")
FILES = sorted(path for folder in HOUSE for path in (ROOT / folder).rglob("*.py"))
LIBRARIES = {
    "tools/stats": {"numpy", "scipy", "statsmodels", "sklearn"},
    "prompts": {"jinja2"},
}
MAY_IMPORT = {
    "tools/stats": {"tools.stats"},
    "warehouse": {"warehouse"},
    "prompts": {"prompts"},
    "tools": {"tools", "warehouse"},
    "agent": {"agent", "tools", "warehouse", "prompts"},
    "apps": {"apps", "agent", "tools", "warehouse", "prompts", "evals"},  # evals: `npsight eval` starts them
    "evals": {"evals", "agent", "tools", "warehouse", "prompts"},
}


def folder_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return "tools/stats" if parts[:2] == ("tools", "stats") else parts[0]


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    folder = folder_of(path)
    for module in imports(path):
        top = module.split(".")[0]
        if top in HOUSE:
            allowed = MAY_IMPORT[folder]
            assert any(module == name or module.startswith(f"{name}.") for name in allowed), module
        elif top not in sys.stdlib_module_names and folder in LIBRARIES:
            assert top in LIBRARIES[folder], module
        if top.startswith(("langchain", "langgraph")):
            assert folder == "agent", f"{module}: only agent knows LangChain"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert length <= 60, f"{node.name} has {length} lines"


def test_every_tool_is_documented() -> None:
    for tool in TOOLS.values():
        assert "Use " in tool.description or tool.name == "run_sql", tool.name
        assert "Args:" not in tool.description
        for name, field in arguments_model(tool.name).model_fields.items():
            assert field.description, f"{tool.name}.{name}"


def test_the_readme_names_every_command_and_the_agents_file_every_folder() -> None:
    readme, agents = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "AGENTS.md"))
    for command in ("load", "ask", "chat", "serve", "runs", "tool", "tools", "demo", "doctor", "eval"):
        assert f"npsight {command}" in readme
    for folder in ("warehouse", "tools", "prompts", "agent", "apps", "bench"):
        assert folder in agents


def test_the_shipped_schema_is_the_catalogs_own() -> None:
    assert (ROOT / "warehouse" / "npsight.schema.json").read_text(encoding="utf-8") == json_schema()


def test_tools_start_without_the_heavy_libraries() -> None:
    heavy = ("langchain", "langchain_core", "pandas", "pyarrow", "scipy", "sqlglot", "jinja2")
    use = "[tool.function for tool in tools.registry.TOOLS.values()]"
    code = f"import sys, tools.registry; {use}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_no_download_address_is_pinned() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert "://" not in (ROOT / lock).read_text(encoding="utf-8")
