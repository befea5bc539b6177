"""Themes of comments: shares by hand, tests that find what was planted and nothing else, agreement with hand codes."""

from __future__ import annotations

import itertools
import math
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import chi2_contingency, fisher_exact

from tools.comments.codebook import Codebook, Theme, write_codebook
from tools.comments.shares import difference_of_shares, same_shares
from tools.comments.themes import ThemesResult, themes
from tools.stats.agreement import cohen_kappa
from tools.stats.multiplicity import holm
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
BOOK = Codebook(
    themes=[
        Theme(name="parking", words={"en": ["parking", "car park"]}),
        Theme(name="staff", words={"en": ["staff"]}),
        Theme(name="food", words={"en": ["food", "menu"]}),
        Theme(name="lifts", words={"en": ["lift"]}),
    ]
)
SAID = {
    "parking": "Not enough parking.",
    "staff": "About the staff.",
    "food": "A word on the menu.",
    "": "Words about something else.",
}


FILLER = itertools.cycle(["Once.", "Again.", "Still.", "Often.", "Here."])


def answer(score: int, *topics: str, **values: Any) -> Row:
    text = " ".join([*(SAID[topic] for topic in topics), next(FILLER)]) if topics else None
    return {"nps_score": score, "comment": text, **values}


@pytest.fixture(scope="module")
def hotel() -> list[Row]:
    """120 comments of as many guests, 40 answers without one, 4 that say nothing."""
    rows = [answer(3, "parking", site="old") for _ in range(20)]
    rows += [answer(2, "parking", "food", site="old") for _ in range(10)]
    rows += [answer(9, "parking", site="new") for _ in range(5)]
    rows += [answer(10, "staff", site="new") for _ in range(30)]
    rows += [answer(5, "staff", site="old") for _ in range(5)]
    rows += [answer(8, "food", site="new") for _ in range(25)]
    rows += [answer(7, "", site="old") for _ in range(25)]
    rows += [answer(10, site="new") for _ in range(40)]
    rows += [{"nps_score": 6, "comment": text, "site": "old"} for text in ("n/a", "-", "none", "no comment")]
    random.Random(5).shuffle(rows)
    return [{"customer_id": f"c{at}", **row} for at, row in enumerate(rows)]


@pytest.fixture(scope="module")
def opened(load: Callable[..., Warehouse], hotel: list[Row]) -> Warehouse:
    warehouse = load(hotel)
    write_codebook(warehouse.folder, BOOK)
    return warehouse


def wilson(x: float, n: float) -> tuple[float, float]:
    z = 1.959963984540054
    centre, margin = x + z * z / 2, z * math.sqrt(x * (n - x) / n + z * z / 4)
    return (centre - margin) / (n + z * z), (centre + margin) / (n + z * z)


class TestShares:
    def test_shares_and_intervals_by_hand(self, opened: Warehouse, fact: Callable[..., Any]) -> None:
        result = themes(opened)
        assert fact(result, "comments").value == 120
        assert [row.theme for row in result.themes] == ["parking", "staff", "food"]
        for name, count in (("parking", 35), ("staff", 35), ("food", 35)):
            share = fact(result, "theme_share", theme=name)
            assert (share.value, share.n) == (pytest.approx(count / 120), 120)
            assert (share.low, share.high) == pytest.approx(wilson(count, 120))
        assert fact(result, "no_theme_share").value == pytest.approx(25 / 120)
        assert fact(result, "several_themes_share").value == pytest.approx(10 / 120)
        assert fact(result, "comment_share").value == pytest.approx(124 / 164)

    def test_nps_of_those_who_mention_a_theme(self, opened: Warehouse, fact: Callable[..., Any], by_hand: Any) -> None:
        result = themes(opened)
        rows = [{"nps_score": score} for score, n in ((3, 20), (2, 10), (9, 5)) for _ in range(n)]
        level = fact(result, "nps", theme="parking")
        assert (level.value, level.n) == (pytest.approx(by_hand.nps(rows)), 35)
        assert (level.low, level.high) == pytest.approx(by_hand.interval(rows, 1.0))
        assert fact(result, "detractor_share", theme="parking").value == pytest.approx(30 / 35)

    def test_themes_that_lean_to_a_class_are_tested_and_adjusted(
        self, opened: Warehouse, fact: Callable[..., Any]
    ) -> None:
        result = themes(opened)
        counts = {
            "staff": (5, 30),
            "parking": (30, 5),
            "food": (10, 0),
        }  # of 35 detractors' and of 35 promoters' comments
        p = [chi2_contingency([[d, 35 - d], [q, 35 - q]], correction=False).pvalue for d, q in counts.values()]
        found = {row.theme: row for row in result.themes}
        assert [found[name].p_holm for name in counts] == pytest.approx(holm(p))
        leans = {name: row.leans for name, row in found.items()}
        assert leans == {"parking": "detractors", "staff": "promoters", "food": "detractors"}
        assert fact(result, "theme_share", theme="parking", nps_class="detractor").value == pytest.approx(30 / 35)
        cell = {"theme": "parking", "nps_class": "detractor", "against": "promoter"}
        assert fact(result, "theme_share_difference", **cell).value == pytest.approx(25 / 35)
        assert result.detractors_most == "parking"

    def test_one_class_alone(self, opened: Warehouse, fact: Callable[..., Any]) -> None:
        result = themes(opened, nps_class="detractor")
        assert fact(result, "comments", nps_class="detractor").value == 35
        assert fact(result, "theme_share", theme="parking", nps_class="detractor").value == pytest.approx(30 / 35)
        assert {row.leans for row in result.themes} == {"not tested"}

    def test_near_empty_comments_are_set_aside_and_small_themes_left_out(self, opened: Warehouse) -> None:
        said = " ".join(themes(opened).caveats)
        assert "4 comments that say nothing" in said
        assert "fewer than 8 comments mention them: lifts" in said
        assert "codebook.yaml: 4 written by hand" in said

    def test_the_longest_list_can_be_limited_without_changing_the_tests(self, opened: Warehouse) -> None:
        assert themes(opened, limit=1).themes[0].p_holm == themes(opened).themes[0].p_holm

    def test_repeated_customers_widen_the_interval(
        self, load: Callable[..., Warehouse], fact: Callable[..., Any]
    ) -> None:
        rows = [answer(3, "parking", customer_id=f"a{at % 10}") for at in range(40)]
        rows += [answer(9, "staff", customer_id=f"b{at % 20}") for at in range(80)]
        warehouse = load(rows)
        write_codebook(warehouse.folder, BOOK)
        share = fact(themes(warehouse), "theme_share", theme="parking")
        # every customer says always the same, so the 120 comments are worth as many as there are customers, by
        # Cochran's ratio estimator: sum over customers of (hits - p n)^2 * G/(G-1) / N^2 against p(1-p)/(N-1).
        p, groups = 40 / 120, 30
        squares = 10 * (4 - p * 4) ** 2 + 20 * (0 - p * 4) ** 2
        effect = squares * groups / (groups - 1) / 120**2 / (p * (1 - p) / 119)
        assert (share.low, share.high) == pytest.approx(wilson(40 / effect, 120 / effect))


class TestSegments:
    def test_a_theme_in_a_segment_against_the_rest(self, opened: Warehouse, fact: Callable[..., Any]) -> None:
        result = themes(opened, by=["site"])
        assert fact(result, "theme_share", theme="parking", site="old").value == pytest.approx(30 / 60)
        assert fact(result, "theme_share", theme="parking", site="new").value == pytest.approx(5 / 60)
        verdicts = {(cell.theme, cell.where["site"]): cell.verdict for cell in result.segments}
        assert verdicts["parking", "old"] == "more often"
        assert verdicts["parking", "new"] == "less often"
        assert verdicts["staff", "new"] == "more often"
        # of two segments each is the other's rest, so that three themes are three tests
        pairs = [(30, 5), (5, 30), (10, 25)]
        p = [chi2_contingency([[a, 60 - a], [b, 60 - b]], correction=False).pvalue for a, b in pairs]
        cells = {cell.theme: cell.p_holm for cell in result.segments if cell.where["site"] == "old"}
        assert [cells[name] for name in ("parking", "staff", "food")] == pytest.approx(holm(p))
        assert result.table is not None and result.table.columns[1].name == "new (n = 60)"

    def test_small_segments_are_left_out_of_everything(
        self, load: Callable[..., Warehouse], hotel: list[Row], fact: Callable[..., Any]
    ) -> None:
        extra = [answer(0, "parking", site="tiny", customer_id=f"t{at}") for at in range(4)]
        warehouse = load([*hotel, *extra])
        write_codebook(warehouse.folder, BOOK)
        result = themes(warehouse, by=["site"])
        assert fact(result, "comments").value == 120
        assert fact(result, "theme_comments", theme="parking").value == 35
        assert not any("tiny" in item.where.values() for item in result.facts)
        assert any("1 segments with fewer than 8 comments are left out" in said for said in result.caveats)

    def test_planted_noise_gives_no_findings(self, load: Callable[..., Warehouse]) -> None:
        draw = random.Random(8)
        rows = [
            answer(draw.choice([2, 8, 10]), draw.choice(["parking", "staff", "food", ""]), site=f"s{draw.randrange(5)}")
            for _ in range(800)
        ]
        warehouse = load(rows)
        write_codebook(warehouse.folder, BOOK)
        result = themes(warehouse, by=["site"])
        assert {cell.verdict for cell in result.segments} == {"no clear difference"}
        assert not any(test.differs for test in result.segment_tests)
        assert {row.leans for row in result.themes} == {"no clear difference"}

    def test_small_counts_are_tested_exactly(self) -> None:
        assert same_shares([3, 0], [10, 12]) == pytest.approx(fisher_exact([[3, 7], [0, 12]]).pvalue)
        assert same_shares([30, 10], [60, 60]) == pytest.approx(
            chi2_contingency([[30, 30], [10, 50]], correction=False).pvalue
        )
        assert same_shares([0, 0], [10, 12]) == same_shares([10, 12], [10, 12]) == 1.0
        assert same_shares([4, 0, 0], [9, 9, 9]) == same_shares([4, 0, 0], [9, 9, 9])
        assert same_shares([30, 10], [60, 60], 2.0) == pytest.approx(same_shares([15, 5], [30, 30]))
        found, p = difference_of_shares(30, 60, 10, 60)
        assert found.estimate == pytest.approx(20 / 60) and p < 0.001

    def test_a_dimension_called_theme_is_refused(self, load: Callable[..., Warehouse], hotel: list[Row]) -> None:
        warehouse = load([{**row, "theme": row["site"]} for row in hotel])
        write_codebook(warehouse.folder, BOOK)
        with pytest.raises(NpsError, match="cannot stand beside the themes"):
            themes(warehouse, by=["theme"])


class TestHandCodes:
    @pytest.fixture(scope="class")
    @staticmethod
    def checked(load: Callable[..., Warehouse], hotel: list[Row]) -> ThemesResult:
        """Ninety comments coded by hand: what the words say, but that every fifth mention of parking was not seen."""
        rows, seen = [], 0
        for row in hotel:
            text = row["comment"] or ""
            codes = [name for name, said in SAID.items() if name and said in text]
            if "parking" in codes:
                seen += 1
                codes = [code for code in codes if code != "parking" or seen % 5]
            hand = "; ".join([*codes, "weather"] if "staff" in codes else codes) or "none"
            rows.append({**row, "hand": hand if text.startswith(("N", "A", "W")) else None})
        warehouse = load(rows)
        write_codebook(warehouse.folder, BOOK)
        return themes(warehouse, hand_coded="hand")

    def test_kappa_precision_and_recall_by_hand(self, checked: ThemesResult, fact: Callable[..., Any]) -> None:
        precision = fact(checked, "coding_precision", theme="parking")
        assert (precision.value, precision.n) == (28 / 35, 35)
        assert fact(checked, "coding_recall", theme="parking").value == 1.0
        kappa = fact(checked, "coding_kappa", theme="parking")
        expected = cohen_kappa([[28, 7], [0, 85]])
        assert (kappa.value, kappa.low, kappa.n) == pytest.approx((expected.estimate, expected.low, 120))

    def test_perfect_agreement_has_no_interval(self, checked: ThemesResult, fact: Callable[..., Any]) -> None:
        kappa = fact(checked, "coding_kappa", theme="food")
        assert (kappa.value, kappa.low, kappa.high) == (1.0, None, None)

    def test_codes_that_are_no_theme_are_told(self, checked: ThemesResult) -> None:
        assert any(
            "35 codes in hand are no theme of the codebook and do not count (weather)" in c for c in checked.caveats
        )

    def test_statements_of_the_facts_exist(self, checked: ThemesResult) -> None:
        assert all(1 <= int(item.source.split("#")[1]) <= len(checked.sql) for item in checked.facts)

    def test_a_column_without_any_themes_name_is_refused(self, opened: Warehouse) -> None:
        with pytest.raises(NpsError, match="No code in 'site' is the name of a theme"):
            themes(opened, hand_coded="site")
        with pytest.raises(UnknownNameError, match="column of hand codes"):
            themes(opened, hand_coded="nothing")


class TestRefusals:
    def test_no_comments_at_all(self, load: Callable[..., Warehouse], answers: Callable[..., list[Row]]) -> None:
        with pytest.raises(MissingDataError, match="no column of comments"):
            themes(load(answers(20, 10, 10)))

    def test_too_few_comments(self, load: Callable[..., Warehouse]) -> None:
        rows = [answer(3, "parking") for _ in range(7)] + [answer(9) for _ in range(30)]
        warehouse = load(rows)
        with pytest.raises(NpsError, match="at least 30 comments that say something"):
            themes(warehouse)
        write_codebook(warehouse.folder, BOOK)
        with pytest.raises(MissingDataError, match="Fewer than 8 comments say something here"):
            themes(warehouse)

    def test_an_unknown_or_personal_column(self, pricing: Warehouse) -> None:
        with pytest.raises(UnknownNameError, match="column of texts"):
            themes(pricing, column="remarks")


class TestOnTheDemo:
    @pytest.fixture(scope="class")
    @staticmethod
    def found(pricing: Warehouse) -> ThemesResult:
        return themes(pricing)

    def test_price_sets_detractors_apart(self, found: ThemesResult) -> None:
        leans = {row.theme: row.leans for row in found.themes}
        assert leans["price and value"] == "detractors"
        assert leans["customer service and support"] == "promoters"
        assert found.codebook == "found in the comments"

    def test_the_answer_is_the_same_every_time(self, found: ThemesResult, pricing: Warehouse) -> None:
        assert themes(pricing) == found

    def test_the_language_is_told(self, found: ThemesResult, by_id: Callable[..., Any]) -> None:
        first = by_id(found, found.languages[0])
        assert first.where == {"language": "English"} and first.value > 0.9

    def test_no_figure_is_missing_without_a_reason(self, found: ThemesResult) -> None:
        for item in found.facts:
            assert item.value is not None or item.reason
            assert item.low is None or item.low <= item.value <= item.high


@pytest.mark.skipif("NPSIGHT_DATA" not in os.environ, reason="NPSIGHT_DATA names no folder of real data")
def test_themes_by_stage_of_a_real_survey(tmp_path: Path) -> None:
    from warehouse.workspace import make_workspace

    make_workspace([Path(os.environ["NPSIGHT_DATA"]) / "uk-broadband-verbatims" / "verbatim.csv"], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as warehouse:
        result = themes(warehouse, by=["SURVEY_SUB_TYPE"], limit=20)
    leans = {row.theme: row.leans for row in result.themes}
    assert leans["waiting and delays"] == leans["delivery and set-up"] == "detractors"
    assert leans["ease of use"] == leans["staff and friendliness"] == "promoters"
    often = {(cell.theme, cell.where["SURVEY_SUB_TYPE"]) for cell in result.segments if cell.verdict == "more often"}
    assert ("waiting and delays", "Equipment Received") in often
