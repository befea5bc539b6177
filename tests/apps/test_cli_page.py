"""Layout: nothing is wider than its page, nothing acts on the terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.cli.page import Page, clean, cut, fold, never_fail_on_text, one_line, text_width, wrap
from apps.cli.plot import plot_lines
from apps.cli.show import markdown_lines, untabled
from apps.cli.tables import table_lines
from apps.figures import format_cell, format_interval, intervals, origin
from tools.result import Cell, Column, Fact, Table, Unit

PIPED = Page(80, terminal=False, colour=False)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=25)


def nps_table(rows: list[list[Cell]]) -> Table:
    units: tuple[Unit, ...] = ("text", "points", "points", "points", "responses", "responses")
    names = ("plan", "NPS", "95% low", "95% high", "n", "promoters")
    columns = [Column(name=name, unit=unit) for name, unit in zip(names, units, strict=True)]
    return Table(title="NPS by plan", columns=columns, rows=rows)


TWO = nps_table([["Starter", 40.0, 2.5, 66.25, 1234, 12], ["Growth", -40.0, -66.0, -2.0, 20, 4]])


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (12.34, "points", "+12.3"),
        (-0.04, "points", "0.0"),
        (0.4123, "share", "41.2%"),
        (12345, "responses", "12,345"),
        (2025, "number", "2025"),
        (30160, "number", "30,160"),
        (7.870755, "number", "7.871"),
        (None, "points", "–"),
        (True, "number", "yes"),
        ("Starter", "text", "Starter"),
        (float("inf"), "number", "–"),
    ],
)
def test_figures_are_written_in_their_unit(value: Cell, unit: Unit, written: str) -> None:
    assert format_cell(value, unit) == written


def test_small_p_values_are_bounded_not_zero() -> None:
    assert format_cell(0.00004, "p-value").replace(" ", "") == "<0.001"


def test_an_interval_that_is_not_there_is_left_blank() -> None:
    assert format_interval(None, None, "points") == ""


def test_a_table_is_aligned_with_numbers_to_the_right() -> None:
    assert table_lines(TWO, PIPED) == [
        "NPS by plan",
        "plan       NPS  95% low  95% high      n  promoters",
        "───────  ─────  ───────  ────────  ─────  ─────────",
        "Starter  +40.0     +2.5     +66.2  1,234         12",
        "Growth   -40.0    -66.0      -2.0     20          4",
    ]


def test_a_narrow_table_gives_up_class_counts_before_intervals() -> None:
    lines = table_lines(TWO, Page(44, terminal=False, colour=False))
    assert "95% high" in lines[1]
    assert "promoters" not in lines[1]
    assert lines[-1] == "too narrow for: promoters"


def test_a_table_too_wide_for_columns_becomes_cards() -> None:
    lines = table_lines(TWO, Page(30, terminal=False, colour=False))
    assert lines[1] == "Starter"
    assert "NPS +40.0, 95% low +2.5" in " ".join(line.strip() for line in lines)


def test_a_long_table_says_how_many_rows_are_not_shown() -> None:
    rows: list[list[Cell]] = [[f"plan {k}", 1.0, 0.0, 2.0, 10, 5] for k in range(32)]
    lines = table_lines(nps_table(rows), PIPED)
    assert lines[-1] == "… and 12 more rows (--json has all)"
    assert sum(line.startswith("plan ") for line in lines) == 20 + 1


def test_an_empty_table_says_so() -> None:
    assert table_lines(nps_table([]), PIPED)[-1] == "no rows"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(words, words, st.floats(-1e9, 1e9), st.integers(0, 10**9)), max_size=25),
    st.integers(20, 120),
)
def test_no_table_is_wider_than_its_page(rows: list[tuple[str, str, float, int]], width: int) -> None:
    columns = [Column(name="plan"), Column(name="a b", unit="text"), Column(name="NPS", unit="points")]
    table = Table(title="T", columns=[*columns, Column(name="n", unit="responses")], rows=[[*row] for row in rows])
    for line in table_lines(table, Page(width, terminal=False, colour=False)):
        assert text_width(line) <= max(width, len("… and 5 more rows (--json has all)"))


@settings(deadline=None)
@given(words, st.integers(1, 40))
def test_folding_keeps_every_character_but_spaces(text: str, width: int) -> None:
    lines = fold(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line) <= max(width, 2) for line in lines)


@settings(deadline=None)
@given(words, st.integers(2, 40))
def test_cutting_never_exceeds_the_width(text: str, width: int) -> None:
    assert text_width(cut(text, width)) <= width


def test_wide_characters_count_twice_and_combining_ones_not_at_all() -> None:
    assert text_width("日本") == 4
    assert text_width("e\u0301") == 1


def test_wrapped_lines_hang_below_their_mark() -> None:
    assert wrap("one two three", 10, first="• ", rest="  ") == ["• one two", "  three"]


@pytest.mark.parametrize("evil", ["\x1b[31mred", "\x1b]0;title\x07", "a\x08b", "\u202etxt.exe", "\x9b2J"])
def test_data_cannot_act_on_the_terminal(evil: str) -> None:
    table = Table(title=evil, columns=[Column(name=evil)], rows=[[evil]])
    for text in (clean(evil), one_line(evil), *table_lines(table, PIPED), *markdown_lines(evil, PIPED)):
        assert not any(character in text for character in "\x1b\x07\x08\x9b\u202e")


def test_colours_are_codes_only_where_they_are_on() -> None:
    assert PIPED.bold("x") == "x"
    assert Page(80, terminal=True, colour=True).dim("x") == "\x1b[2mx\x1b[0m"


def test_a_stream_that_knows_only_ascii_gets_likenesses() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    never_fail_on_text(stream)
    stream.write("├─●─┤ … – Größe")
    stream.flush()
    assert raw.getvalue() == b"|-o-| ... - Gr??e"


def test_intervals_are_read_from_the_columns_beside_the_value() -> None:
    assert [(item.label, item.value, item.low, item.high) for item in intervals(TWO)] == [
        ("Starter", 40.0, 2.5, 66.25),
        ("Growth", -40.0, -66.0, -2.0),
    ]


def test_intervals_are_drawn_on_one_axis_with_zero_marked() -> None:
    numbers, axis, starter, growth = plot_lines(TWO, PIPED)
    assert "0" in numbers.split()
    assert starter.index("├") < starter.index("●") < starter.index("┤")
    assert growth.rindex("┤") < axis.index("┼") < starter.index("├")


@settings(deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20), st.integers(40, 120))
def test_a_picture_fits_its_page_and_keeps_the_order_of_values(values: list[float], width: int) -> None:
    rows: list[list[Cell]] = [[f"p{k}", v, max(v - 5, -100), min(v + 5, 100), 9, 3] for k, v in enumerate(values)]
    lines = plot_lines(nps_table(rows), Page(width, terminal=True, colour=False))
    places = [line.index("●") for line in lines[2:]]
    assert all(len(line) <= width for line in lines)
    for one, two in zip(sorted(zip(values, places, strict=True)), sorted(places), strict=True):
        assert one[1] == two


def test_one_value_or_no_interval_is_not_drawn() -> None:
    assert plot_lines(nps_table([TWO.rows[0]]), PIPED) == []
    assert plot_lines(Table(title="x", columns=[Column(name="a")], rows=[["b"], ["c"]]), PIPED) == []


def test_tables_of_one_answer_share_their_axis() -> None:
    other = nps_table([["Starter", 0.0, -5.0, 5.0, 9, 3], ["Growth", 1.0, -4.0, 6.0, 9, 3]])
    assert plot_lines(other, PIPED, [TWO, other])[:2] == plot_lines(TWO, PIPED)[:2]
    assert plot_lines(other, PIPED)[:2] != plot_lines(TWO, PIPED)[:2]


def test_only_facts_that_no_table_shows_are_listed() -> None:
    shown = Fact(id="F1", name="nps", value=40.0, unit="points", source="nps#1")
    apart = Fact(id="F2", name="p_value", value=0.003, unit="p-value", source="nps#1")
    missing = Fact(id="F3", name="nps", value=None, unit="points", source="nps#1", reason="few")
    assert untabled([shown, apart, missing], [TWO]) == [apart]


def test_markdown_is_plain_text_when_it_is_piped() -> None:
    assert markdown_lines("**NPS** is +12\n\n- one\n- two", PIPED) == ["NPS is +12", "", " • one", " • two"]


def test_the_last_line_says_where_the_answer_came_from() -> None:
    from agent.answer import Answer, ToolCall

    calls = [ToolCall(name="nps", arguments={}), ToolCall(name="nps", arguments={"by": ["plan"]})]
    answer = Answer(status="answered", text="", question="?", path="governed", tools=calls, seconds=1.25, run="r1")
    assert origin(answer) == "governed metrics · nps · builtin · 1.2 s · run r1"
