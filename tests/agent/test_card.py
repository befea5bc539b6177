"""What a chat model is sent first: the schema card and the tools, and how large that is."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.cabinet import CORE, FIND
from agent.card import MAX_CARD, known_texts, system_prompt
from agent.facts import Run
from agent.toolbox import make_tools
from tools.registry import TOOLS
from warehouse.catalog import Catalog, Dimension
from warehouse.workspace import Warehouse


def catalog_of(dimensions: dict[str, Dimension], base: Catalog) -> Catalog:
    return base.model_copy(update={"dimensions": dimensions})


def test_the_first_request_for_ten_dimensions_stays_under_20000_characters(warehouse: Warehouse) -> None:
    ten = {
        f"dimension {i}": Dimension(values={f"a value of some length {i}-{j}": 1000 - j for j in range(40)})
        for i in range(10)
    }
    system = system_prompt(catalog_of(ten, warehouse.catalog))
    offered = [tool for tool in make_tools(warehouse, Run()) if tool.name in CORE or tool.name not in TOOLS]
    tools = json.dumps([convert_to_openai_tool(tool) for tool in offered])
    assert len(system) + len(tools) < 20_000
    assert all(name in system for name in ten)


def test_the_card_lists_values_with_their_rows_and_the_span(warehouse: Warehouse) -> None:
    system = system_prompt(warehouse.catalog)
    assert "- plan: Growth (100); Scale Up (100); Starter (100)" in system
    assert "Answers from 2025-01-01 to 2025-06-30" in system
    assert "price_rise on 2025-04-01" in system


def test_comments_and_personal_columns_are_not_in_the_first_request(warehouse: Warehouse) -> None:
    assert "Fine 10/10" not in system_prompt(warehouse.catalog)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=60), st.integers(1, 300), max_size=60))
def test_the_card_never_outgrows_its_room(warehouse_catalog: Catalog, sizes: dict[str, int]) -> None:
    wide = {name: Dimension(values={f"{'v' * 50}{i}": 1 for i in range(n)}) for name, n in sizes.items()}
    assert len(system_prompt(catalog_of(wide, warehouse_catalog))) <= MAX_CARD


def test_every_tool_and_both_ways_out_are_offered(warehouse: Warehouse) -> None:
    names = {tool.name for tool in make_tools(warehouse, Run())}
    assert names == {*TOOLS, FIND, "ask_user", "cannot_answer"}


def test_digits_of_a_time_expression_are_known_but_not_other_numbers_of_the_question(warehouse: Warehouse) -> None:
    known = known_texts(warehouse.catalog, "Is our NPS 70 in the last 90 days?")
    assert any("90" in text for text in known)
    assert not any("70" in text for text in known)
