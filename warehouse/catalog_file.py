"""Reading and writing `npsight.yaml`, with errors that name the line and what is allowed there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from warehouse.catalog import Catalog
from warehouse.errors import CatalogError, nearest

FILE_NAME = "npsight.yaml"
HEADER = (
    "# The catalog of this workspace: what npsight took each column for, and why.\n"
    "# Edit it freely: synonyms, events, minimum_base, privacy and roles are kept by the next `npsight load`.\n"
)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def read_catalog(path: Path) -> Catalog:
    """The catalog in `path`; CatalogError says the line, the value and the allowed ones."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise CatalogError(f"There is no {path.name} in {path.parent}; make one with `npsight load`.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CatalogError(f"{path.name}, line {line}: this is not UTF-8 text; save the file as UTF-8.") from None
    data = parse_yaml(text, path)
    try:
        return Catalog.model_validate(data)
    except ValidationError as error:
        raise CatalogError(_explain(error, text, path)) from None


def parse_yaml(text: str, path: Path) -> Any:
    """The plain data in the YAML `text`; a key that stands twice is an error, since one of them would be lost."""
    refuse_nesting(text, path)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        _refuse_repeated_keys(node, path)
        return None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogError(f"{path.name}, line {line}: this is not YAML ({error.problem}).") from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise CatalogError(f"{path.name}, line {line}: this is not YAML ({error.reason}).") from None
    except (ValueError, RecursionError) as error:  # a date that no calendar has, a number of a thousand digits
        raise CatalogError(f"{path.name}: a value cannot be read ({error}); put it in quotes or correct it.") from None
    finally:
        loader.dispose()


def refuse_nesting(text: str, path: Path, deepest: int = 12) -> None:
    """Aliases, of which a few lines make billions of nodes, and lists in lists in lists; nothing here needs either."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > deepest:
                what = f"the alias *{event.anchor}" if isinstance(event, yaml.AliasEvent) else "one list in another"
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise CatalogError(f"{path.name}, line {line}: {what} has no place here; write it out.")
    except yaml.YAMLError:
        return  # parse_yaml says what is wrong


def _refuse_repeated_keys(node: Any, path: Path) -> None:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, _value in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                raise CatalogError(f"{path.name}, line {line}: {key.value!r} stands here twice; keep one of them.")
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
    children = node.value if isinstance(node, yaml.CollectionNode) else []
    for child in children:
        for inner in child if isinstance(child, tuple) else (child,):
            _refuse_repeated_keys(inner, path)


def write_catalog(catalog: Catalog, path: Path) -> None:
    """Write the catalog whole or not at all."""
    data = catalog.model_dump(mode="json", exclude_defaults=True) | {"version": catalog.version}
    body = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    partial = path.with_suffix(".yaml.part")
    partial.write_text(HEADER + body, encoding="utf-8")
    partial.replace(path)


def json_schema() -> str:
    """The catalog's JSON schema, for editors."""
    return json.dumps(Catalog.model_json_schema(), indent=1, ensure_ascii=False) + "\n"


def _explain(error: ValidationError, text: str, path: Path) -> str:
    first = error.errors()[0]
    spot = [str(part) for part in first["loc"] if part != "[key]"]
    line = line_of(text, spot)
    what = first["msg"][0].lower() + first["msg"][1:]
    if first["type"] == "extra_forbidden":
        allowed = _allowed_keys(spot[:-1])
        near = nearest(spot[-1], allowed, 1)
        what = f"{spot[-1]!r} is not a key here" + (f"; did you mean {near[0]!r}?" if near else "")
        what += f" (allowed: {', '.join(allowed)})" if allowed else ""
    elif not isinstance(first.get("input"), dict | list):
        what += f", not {first.get('input')!r}"
    more = len(error.errors()) - 1
    tail = f"; and {more} more" if more else ""
    return f"{path.name}, line {line}, {'.'.join(spot) or 'top level'}: {what}{tail}."


def line_of(text: str, spot: list[str]) -> int:
    """The line on which the key at `spot` stands, or that of the nearest parent that is there."""
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    for part in spot:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if str(key.value) == part]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _allowed_keys(spot: list[str]) -> list[str]:
    """The keys that the JSON schema allows at `spot`."""
    schema = Catalog.model_json_schema()
    node: dict[str, Any] = schema
    for part in spot:
        node = _child(schema, node, part)
    return list(node.get("properties", {}))


def _child(schema: dict[str, Any], node: dict[str, Any], part: str) -> dict[str, Any]:
    found = node.get("properties", {}).get(part) or node.get("additionalProperties") or node.get("items") or {}
    options = [found, *found.get("anyOf", [])] if isinstance(found, dict) else []
    for option in options:
        reference = option.get("$ref")
        if reference:
            return dict(schema["$defs"][reference.rsplit("/", 1)[-1]])
    return dict(found) if isinstance(found, dict) else {}
