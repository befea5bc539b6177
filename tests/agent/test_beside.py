"""What else differs between two sides reaches people and models: strata, a replaced channel, the season."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.answer import Answer, Audience
from agent.ask import ask
from agent.check import Ground
from agent.check.verdict import judge
from agent.facts import Run
from agent.verdicts import verdicts
from tools.registry import run_tool
from warehouse.workspace import Warehouse, make_workspace

Row = dict[str, Any]
World = Callable[[str], Path]
COURIERS: dict[str, Any] = {"group": {"courier": "Velo"}, "against": {"courier": "Rapid"}}
HALVES: dict[str, Any] = {"before": "2025-H1", "after": "2025-H2"}
JANUARY: dict[str, Any] = {"before": "2024-12", "after": "2025-01"}


def simpson() -> list[Row]:
    cells = {("Velo", "Centre"): (400, 70), ("Velo", "Rural"): (100, 30)}
    cells |= {("Rapid", "Centre"): (100, 80), ("Rapid", "Rural"): (400, 40)}
    return [
        {"nps_score": 10 if 100 * i < happy * size else 2, "courier": courier, "zone": zone, "box": "sml"[i % 3]}
        for (courier, zone), (size, happy) in cells.items()
        for i in range(size)
    ]


def replaced() -> list[Row]:
    return [
        {
            "nps_score": 10 if i < happy * 300 else 5,
            "responded_at": f"2025-{month + i % 6:02d}-11",
            "survey_mode": mode,
            "cabin": ["Economy", "Business"][i % 2],
        }
        for month, mode, happy in ((1, "phone", 0.7), (7, "sms", 0.5))
        for i in range(300)
    ]


def seasonal() -> list[Row]:
    return [
        {
            "nps_score": 10 if i < (48 if month == 1 else 84) else 3,
            "responded_at": f"{year}-{month:02d}-{1 + i % 28:02d}",
            "department": ["Plants", "Tools"][i % 2],
        }
        for year in range(2022, 2026)
        for month in range(1, 13 if year < 2025 else 4)
        for i in range(120)
    ]


MADE: dict[str, Callable[[], list[Row]]] = {"simpson": simpson, "replaced": replaced, "seasonal": seasonal}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The workspace of a planted survey."""
    made: dict[str, Path] = {}

    def world(name: str) -> Path:
        if name not in made:
            folder, rows = tmp_path_factory.mktemp(name), MADE[name]()
            random.Random(1).shuffle(rows)
            with (folder / "survey.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, ["response_id", *rows[0]])
                writer.writeheader()
                writer.writerows({"response_id": f"r{i}", **row} for i, row in enumerate(rows))
            make_workspace([folder / "survey.csv"], folder / "ws")
            made[name] = folder / "ws"
        return made[name]

    return world


def answered(folder: Path, question: str, audience: Audience | None = None) -> Answer:
    with Warehouse(folder) as warehouse:
        return ask(question, warehouse, audience=audience)


def ground(folder: Path, question: str, name: str, arguments: dict[str, Any]) -> Ground:
    run = Run()
    with Warehouse(folder) as warehouse:
        run.adopt(run_tool(warehouse, name, arguments))
        run.record(name, arguments)
        return Ground(run.results, run.calls, warehouse.catalog, question)


@pytest.mark.parametrize("audience", [None, "executive"])
def test_the_second_sentence_says_that_the_sign_turns(world: World, audience: Audience | None) -> None:
    text = answered(world("simpson"), "Which courier is better, Velo or Rapid?", audience).text
    first, second = text.replace("\n", " ").split(". " if audience else "). ")[:2]
    assert "28.0 points higher" in first
    assert "Within the same zone it is the other way round" in second
    assert "20.0 points lower" in second


def test_a_question_that_takes_the_total_for_granted_is_answered_as_a_whole(world: World) -> None:
    text = answered(world("simpson"), "Is NPS of Rapid lower than NPS of Velo?").text
    assert "Yes: " not in text
    assert "Within the same zone it is the other way round" in text


@pytest.mark.parametrize("audience", [None, "executive"])
def test_a_replaced_dimension_is_told_first_and_nobody_is_blamed(world: World, audience: Audience | None) -> None:
    text = answered(world("replaced"), "Why did NPS fall from 2025-H1 to 2025-H2?", audience).text
    assert text.replace("_", " ").startswith("**The two stretches are not comparable in survey mode**: phone")
    assert "NPS fell by" in text
    assert "cabin" not in text


@pytest.mark.parametrize("audience", [None, "executive"])
def test_a_claim_is_held_against_the_data_before_it(world: World, audience: Audience | None) -> None:
    text = answered(world("replaced"), "NPS rose from 2025-H1 to 2025-H2, didn't it?", audience).text
    assert text.startswith("No, the opposite")
    assert text.replace("_", " ").count("not comparable in survey mode") == 1


def test_the_season_is_told(world: World) -> None:
    for question in ("Why did NPS fall in January 2025?", "Did NPS fall in January 2025?"):
        text = answered(world("seasonal"), question).text
        assert "That is the season, not news" in text
        assert "2024-01" in text and "2023-01" in text


@pytest.mark.parametrize(
    ("name", "tool", "arguments", "said"),
    [
        ("simpson", "compare", COURIERS, "within the same zone the sign turns: F6 is clear: lower"),
        ("replaced", "compare", HALVES, "not comparable in survey_mode: phone only before (F6), sms only after (F7)"),
        ("replaced", "decompose_change", HALVES, "blame no segment"),
        ("seasonal", "decompose_change", JANUARY, "it is the season, not news: this step was as large in"),
    ],
)
def test_a_model_is_told_in_one_line(world: World, name: str, tool: str, arguments: Any, said: str) -> None:
    (result,) = ground(world(name), "?", tool, arguments).results
    assert sum(said in line for line in verdicts(result)) == 1


@pytest.mark.parametrize(
    ("name", "tool", "arguments", "draft"),
    [
        ("simpson", "compare", COURIERS, "Velo is ahead by {{ F3 }} ({{ F3.interval }}). Within the same zone it is "
         "the other way round: Velo is {{ F6.abs }} points lower than Rapid ({{ F6.interval }}, n = {{ F6.n }})."),
        ("simpson", "compare", COURIERS, "Compared like with like by zone, Velo is clearly worse than Rapid, by "
         "{{ F6.abs }} points ({{ F6.interval }}, {{ F7.p }})."),
        ("simpson", "compare", COURIERS, "Rapid is better within the same zone by {{ F6.abs }} points, while Velo "
         "looks better overall by {{ F3.abs }} points. The gap comes from the different mix of zones ({{ F8 }})."),
        ("simpson", "compare", COURIERS, "The different mix of zone accounts for {{ F8 }} points of the gap of Velo to "
         "Rapid."),
        ("simpson", "compare", COURIERS, "Velo has the higher NPS. Within the same zone Velo is lower than Rapid."),
        ("simpson", "compare", COURIERS, "Taken as a whole Velo is {{ F3.abs }} points higher than Rapid."),
        ("replaced", "decompose_change", HALVES, "The two stretches are not comparable in survey_mode: {{ F6 }} of the "
         "answers came by phone in 2025-H1, {{ F7 }} by sms in 2025-H2. NPS fell by {{ F3.abs }} points "
         "({{ F3.interval }}), but the change cannot be told from that of survey_mode."),
        ("seasonal", "decompose_change", JANUARY, "NPS fell by {{ F3.abs }} points from 2024-12 to 2025-01. It fell as "
         "much in January 2024 ({{ F6 }}) and January 2023 ({{ F7 }}): that is the season, not news."),
        ("seasonal", "compare", JANUARY, "NPS fell by {{ F3.abs }} points in January 2025. The same step in 2024-01 "
         "and 2023-01 was {{ F8 }} on the mean ({{ F8.interval }}), so this is the season, not news."),
    ],
)  # fmt: skip
def test_sentences_that_repeat_it_pass(world: World, name: str, tool: str, arguments: Any, draft: str) -> None:
    assert _refused(world, name, tool, arguments, draft) == []


@pytest.mark.parametrize(
    ("name", "tool", "arguments", "draft"),
    [
        ("simpson", "compare", COURIERS, "Within the same zone Velo is {{ F6.abs }} points higher than Rapid."),
        ("simpson", "compare", COURIERS, "Within the same zone Velo is {{ F3.abs }} points higher than Rapid."),
        ("simpson", "compare", COURIERS, "Within the same zone Velo is higher than Rapid."),
        ("simpson", "compare", COURIERS, "NPS of Velo is {{ F6.abs }} points lower than that of Rapid."),
        ("simpson", "compare", COURIERS, "NPS of Velo is lower than that of Rapid."),
        ("simpson", "compare", COURIERS, "Velo is {{ F6.abs }} points lower because of its slow riders."),
        ("seasonal", "compare", JANUARY, "NPS rose by {{ F8.abs }} points in January of earlier years."),
    ],
)
def test_sentences_that_turn_it_round_do_not(world: World, name: str, tool: str, arguments: Any, draft: str) -> None:
    assert _refused(world, name, tool, arguments, draft) != []


def _refused(world: World, name: str, tool: str, arguments: Any, draft: str) -> Sequence[Any]:
    return judge(draft, ground(world(name), "Why?", tool, arguments)).refused
