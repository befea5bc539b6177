"""`npsight.yaml`: what is written is read back, edits are kept, and what may not stand there is named by line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.measure.score import nps
from warehouse.catalog import (
    BusinessEvent,
    Catalog,
    CohortTable,
    Dimension,
    Measure,
    MinimumBase,
    Scale,
    TableColumn,
    TimeColumn,
)
from warehouse.catalog_file import FILE_NAME, json_schema, read_catalog, write_catalog
from warehouse.errors import CatalogError, NpsError, UnknownNameError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

SURVEY = "response_id,customer_id,nps_score,responded_at,plan\n" + "".join(
    f"r{i},c{i % 30},{i % 11},2025-0{i % 6 + 1}-11,{['Starter', 'Growth', 'Pro'][i % 3]}\n" for i in range(66)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "survey.csv").write_text(SURVEY, encoding="utf-8")
    make_workspace([tmp_path / "survey.csv"], tmp_path / "ws")
    return tmp_path / "ws"


def edit(folder: Path, change: dict[str, Any]) -> None:
    """Set keys of the catalog, written like `dimensions.plan.synonyms`."""
    path = folder / FILE_NAME
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for spot, value in change.items():
        *parents, last = spot.split(".")
        node = data
        for part in parents:
            node = node.setdefault(part, {})
        node[last] = value
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def refused(path: Path) -> str:
    with pytest.raises(CatalogError) as caught:
        read_catalog(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert FILE_NAME in sentence
    return sentence


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = TEXT.filter(bool)
COLUMN = st.builds(
    TableColumn,
    source=NAME,
    role=st.sampled_from(["score", "dimension", "comment", "attribute"]),
    type=st.sampled_from(["text", "number", "date", "boolean"]),
    personal=st.booleans(),
    why=TEXT,
)
DAY = st.dates(dt.date(1970, 1, 1), dt.date(2100, 1, 1))
CATALOG = st.builds(
    Catalog,
    name=NAME,
    as_of=st.none() | DAY,
    scale=st.sampled_from([Scale(), Scale(low=1, high=5, detractor_to=3, promoter_from=5)]),
    minimum_base=st.builds(MinimumBase, cell=st.integers(1, 99)),
    tables=st.dictionaries(
        st.sampled_from(["responses", "customers"]),
        st.builds(
            CohortTable, file=NAME, rows=st.integers(0, 10**9), columns=st.dictionaries(NAME, COLUMN, max_size=4)
        ),
        max_size=2,
    ),
    dimensions=st.dictionaries(
        NAME,
        st.builds(
            Dimension,
            values=st.dictionaries(TEXT, st.integers(0, 999), max_size=4),
            synonyms=st.lists(TEXT, max_size=3),
            value_synonyms=st.dictionaries(TEXT, st.lists(TEXT, max_size=2), max_size=2),
        ),
        max_size=3,
    ),
    times=st.dictionaries(NAME, st.builds(TimeColumn, first=st.none() | DAY, last=st.none() | DAY), max_size=2),
    measures=st.dictionaries(NAME, st.builds(Measure, low=st.none() | st.floats(allow_nan=False)), max_size=2),
    events=st.dictionaries(NAME, st.builds(BusinessEvent, date=DAY, synonyms=st.lists(TEXT, max_size=2)), max_size=2),
    repeated_customers=st.booleans(),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(catalog=CATALOG)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> None:
    path = tmp_path_factory.mktemp("catalog") / FILE_NAME
    write_catalog(catalog, path)
    assert read_catalog(path) == catalog


@pytest.mark.parametrize(
    "value", ["yes", "No", "on", "null", "~", "1", "01", "1e3", "2025-01-01", "0x1f", "1:30", "=", "- a", "#"]
)
def test_a_value_that_yaml_could_take_for_something_else_stays_text(tmp_path: Path, value: str) -> None:
    catalog = Catalog(name=value, tables={}, dimensions={value: Dimension(values={value: 3}, synonyms=[value])})
    write_catalog(catalog, tmp_path / FILE_NAME)
    assert read_catalog(tmp_path / FILE_NAME) == catalog


def test_the_file_opens_with_words_for_who_edits_it(folder: Path) -> None:
    assert (folder / FILE_NAME).read_text(encoding="utf-8").startswith("#")


def test_a_comment_of_a_person_does_not_stop_reading(folder: Path) -> None:
    path = folder / FILE_NAME
    path.write_text("# mine\n" + path.read_text(encoding="utf-8") + "# end\n", encoding="utf-8")
    assert read_catalog(path).name == "survey"


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_key(folder: Path) -> None:
    path = folder / FILE_NAME
    edit(folder, {"dimensions.plan.synonims": ["tariff"]})
    said = refused(path)
    assert f"line {line_of(path, 'synonims')}" in said
    assert "'synonims'" in said
    assert "synonyms" in said.replace("synonims", "")


def test_an_unknown_key_at_the_top_lists_what_is_allowed(folder: Path) -> None:
    edit(folder, {"minimum_bases": {"cell": 5}})
    said = refused(folder / FILE_NAME)
    assert "minimum_base" in said.replace("minimum_bases", "")
    assert "scale" in said


def test_a_bad_role_is_named_with_its_line_and_the_roles(folder: Path) -> None:
    path = folder / FILE_NAME
    edit(folder, {"tables.responses.columns.plan.role": "dimenson"})
    said = refused(path)
    assert f"line {line_of(path, 'dimenson')}" in said
    assert "'dimenson'" in said
    assert "'dimension'" in said
    assert "'comment'" in said


@pytest.mark.parametrize(
    ("spot", "value", "words"),
    [
        ("minimum_base.cell", "five", "five"),
        ("minimum_base.cell", 0, "1"),
        ("repeated_customers", "perhaps", "perhaps"),
        ("as_of", "yesterday", "yesterday"),
        ("events.price_rise.date", "2025-13-01", "2025-13-01"),
        ("dimensions.plan.synonyms", "tariff", "list"),
        ("tables.responses.columns.plan.type", "string", "boolean"),
        ("version", 2, "1"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_its_line_and_key(
    folder: Path, spot: str, value: object, words: str
) -> None:
    path = folder / FILE_NAME
    edit(folder, {spot: value})
    said = refused(path)
    key = spot.rsplit(".", 1)[-1]
    position = [
        number for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if f"{key}:" in line
    ]
    assert any(f"line {number}," in said for number in position)
    assert key in said
    assert words in said


@pytest.mark.parametrize(
    "scale",
    [
        {"low": 0, "high": 10, "detractor_to": 9, "promoter_from": 7},
        {"detractor_to": 6, "promoter_from": 6},
        {"low": 7},
        {"high": 8},
    ],
)
def test_a_scale_out_of_order_is_named_with_its_line_and_the_rule(folder: Path, scale: dict[str, int]) -> None:
    path = folder / FILE_NAME
    edit(folder, {"scale": scale})
    said = refused(path)
    assert f"line {line_of(path, 'scale:')}" in said
    assert "detractor_to < promoter_from" in said


@pytest.mark.parametrize("broken", ["name: [unclosed\n", "\tname: tabs\n", "name: a: b\n", "a: 'open\n", "%bad\n---\n"])
def test_what_is_not_yaml_is_said_with_its_line(tmp_path: Path, broken: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_text("version: 1\n" + broken, encoding="utf-8")
    said = refused(path)
    assert "line " in said
    assert "YAML" in said


@pytest.mark.parametrize("text", ["", "# only a comment\n", "just words\n", "- a\n- list\n", "3\n"])
def test_a_file_that_holds_no_catalog_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(text, encoding="utf-8")
    refused(path)


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00name", b"name: \xe4\n", b"name: a\x00b\n", b"name: \x07\n"])
def test_bytes_that_are_no_text_are_one_sentence(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(raw)
    refused(path)


def test_a_file_with_a_byte_order_mark_is_read(folder: Path) -> None:
    path = folder / FILE_NAME
    path.write_text("\ufeff" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert read_catalog(path).name == "survey"


def test_a_key_that_stands_twice_is_said_and_not_half_obeyed(folder: Path) -> None:
    path = folder / FILE_NAME
    path.write_text(path.read_text(encoding="utf-8") + "name: second\n", encoding="utf-8")
    assert f"line {line_of(path, 'name: second')}" in refused(path)


def test_a_python_object_in_the_file_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    made = tmp_path / "made"
    path.write_text(f'version: 1\nname: !!python/object/apply:os.mkdir ["{made}"]\n', encoding="utf-8")
    refused(path)
    assert not made.exists()


def test_no_catalog_names_the_command_that_makes_one(tmp_path: Path) -> None:
    assert "npsight load" in refused(tmp_path / FILE_NAME)


def test_carried_over_edits_survive_a_second_load(folder: Path, tmp_path: Path) -> None:
    edit(
        folder,
        {
            "dimensions.plan.synonyms": ["tariff", "Tarif"],
            "dimensions.plan.value_synonyms": {"Starter": ["basic"]},
            "minimum_base": {"cell": 7, "comments": 9, "ranking": 30},
            "events": {"price_rise": {"date": "2025-03-01", "affects": {"plan": ["Starter"]}}},
            "metrics": {"nps": {"synonyms": ["loyalty"]}},
        },
    )
    make_workspace([tmp_path / "survey.csv"], folder)
    catalog = read_catalog(folder / FILE_NAME)
    assert catalog.dimensions["plan"].synonyms == ["tariff", "Tarif"]
    assert catalog.dimensions["plan"].value_synonyms == {"Starter": ["basic"]}
    assert catalog.dimensions["plan"].values == {"Starter": 22, "Growth": 22, "Pro": 22}
    assert catalog.minimum_base == MinimumBase(cell=7, comments=9, ranking=30)
    assert catalog.events["price_rise"].date == dt.date(2025, 3, 1)
    assert catalog.events["price_rise"].affects == {"plan": ["Starter"]}
    assert catalog.metrics["nps"].synonyms == ["loyalty"]


def test_an_event_of_the_options_joins_those_of_the_catalog(folder: Path, tmp_path: Path) -> None:
    edit(folder, {"events": {"price_rise": {"date": "2025-03-01"}, "release": {"date": "2025-01-01"}}})
    new = {"release": BusinessEvent(date=dt.date(2025, 2, 2))}
    make_workspace([tmp_path / "survey.csv"], folder, LoadOptions(events=new))
    events = read_catalog(folder / FILE_NAME).events
    assert {name: event.date for name, event in events.items()} == {
        "price_rise": dt.date(2025, 3, 1),
        "release": dt.date(2025, 2, 2),
    }


def test_new_answers_refresh_counts_and_dates_but_not_the_edits(folder: Path, tmp_path: Path) -> None:
    edit(folder, {"dimensions.plan.synonyms": ["tariff"]})
    more = SURVEY + "r900,c1,9,2025-07-30,Enterprise\nr901,c2,9,2025-07-29,Enterprise\n"
    (tmp_path / "survey.csv").write_text(more, encoding="utf-8")
    make_workspace([tmp_path / "survey.csv"], folder)
    catalog = read_catalog(folder / FILE_NAME)
    assert catalog.dimensions["plan"].values["Enterprise"] == 2
    assert catalog.dimensions["plan"].synonyms == ["tariff"]
    assert catalog.as_of == dt.date(2025, 7, 30)


def test_a_minimum_base_that_is_edited_is_obeyed_at_once(folder: Path) -> None:
    with Warehouse(folder) as warehouse:
        assert len(nps(warehouse, by=["plan"]).cells) == 3
    edit(folder, {"minimum_base": {"cell": 23}})
    with Warehouse(folder) as warehouse, pytest.raises(NpsError, match="23"):
        nps(warehouse, by=["plan"])  # 22 answers a plan


def test_a_scale_that_is_edited_changes_the_classes_at_once(folder: Path) -> None:
    edit(folder, {"scale": {"low": 0, "high": 10, "detractor_to": 4, "promoter_from": 8}})
    with Warehouse(folder) as warehouse:
        total = nps(warehouse).total
        assert (total.promoters, total.passives, total.detractors) == (18, 18, 30)  # six of each score


def test_the_schema_is_a_json_schema_that_describes_what_it_allows() -> None:
    schema = json.loads(json_schema())
    keys = set(Catalog.model_fields)
    assert set(schema["properties"]) == keys
    assert schema["additionalProperties"] is False
    assert "description" in schema["properties"]["as_of"]


def agrees(schema: dict[str, Any], node: dict[str, Any], value: Any) -> bool:
    """Whether `value` fits the schema; the few words of JSON schema that pydantic writes here."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    if "anyOf" in node:
        return any(agrees(schema, option, value) for option in node["anyOf"])
    if "enum" in node or "const" in node:
        return value in node.get("enum", [node.get("const")])
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    if node.get("type") in ("integer", "number"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, kinds[node["type"]]):
        return False
    if isinstance(value, list):
        return all(agrees(schema, node["items"], item) for item in value)
    if not isinstance(value, dict):
        return True
    known, rest = node.get("properties", {}), node.get("additionalProperties", True)
    fits = all(key in known or rest is not False for key in value) and set(node.get("required", [])) <= set(value)
    return fits and all(
        agrees(schema, known[key], item) if key in known else not isinstance(rest, dict) or agrees(schema, rest, item)
        for key, item in value.items()
    )


def test_the_schema_agrees_with_what_is_written(folder: Path) -> None:
    schema = json.loads(json_schema())
    edit(folder, {"events": {"price_rise": {"date": "2025-03-01"}}, "minimum_base": {"cell": 7}})
    read_catalog(folder / FILE_NAME)
    written = yaml.safe_load((folder / FILE_NAME).read_text(encoding="utf-8"))
    assert agrees(schema, schema, written)
    assert not agrees(schema, schema, written | {"surprise": 1})
    written["tables"]["responses"]["columns"]["plan"]["role"] = "dimenson"
    assert not agrees(schema, schema, written)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(catalog=CATALOG)
def test_the_schema_agrees_with_every_catalog(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> None:
    schema = json.loads(json_schema())
    path = tmp_path_factory.mktemp("catalog") / FILE_NAME
    write_catalog(catalog, path)
    assert agrees(schema, schema, yaml.safe_load(path.read_text(encoding="utf-8")))


def _edited(folder: Path, change: dict[str, object]) -> None:
    path = folder / "npsight.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")) | change), encoding="utf-8")


def test_the_ends_of_the_scale_are_not_half_obeyed(tmp_path: Path) -> None:
    survey = tmp_path / "s.csv"
    survey.write_text("id,nps\n" + "".join(f"r{i},{i % 11}\n" for i in range(44)), encoding="utf-8")
    make_workspace([survey], tmp_path / "w")
    _edited(tmp_path / "w", {"scale": {"low": 1, "high": 5, "detractor_to": 3, "promoter_from": 5}})
    with pytest.raises(CatalogError, match="read on 0-10; run `npsight load`"):
        Warehouse(tmp_path / "w")


@pytest.mark.parametrize("affects", [{"regoin": ["North"]}, {"region": ["Nroth"]}])
def test_an_event_touches_only_what_is_there(tmp_path: Path, affects: dict[str, list[str]]) -> None:
    survey = tmp_path / "s.csv"
    rows = "".join(f"r{i},{i % 11},{'North' if i % 2 else 'South'}\n" for i in range(44))
    survey.write_text("id,nps,region\n" + rows, encoding="utf-8")
    make_workspace([survey], tmp_path / "w")
    _edited(tmp_path / "w", {"events": {"launch": {"date": "2025-01-01", "affects": affects}}})
    with pytest.raises(UnknownNameError, match=r"the nearest: (region|North)"):
        Warehouse(tmp_path / "w")


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "name: " + "[" * 40 + "]" * 40 + "\n",
        "name: x\nas_of: 2025-13-45\n",
        "name: x\nversion: " + "9" * 6_000 + "\n",
    ],
    ids=["aliases", "nesting", "no date", "no number"],
)
def test_a_hostile_catalog_ends_in_a_sentence_at_once(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"npsight\.yaml"):
        read_catalog(tmp_path / FILE_NAME)
