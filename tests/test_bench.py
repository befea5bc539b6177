"""The coverage study runs, and its committed table is that of the settings as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.coverage import FOLDER, Options, all_settings, main, read
from bench.coverage_setting import Row, Seen, Setting, holds_from, measure
from bench.coverage_table import HEAD, render


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All settings with two repeats."""
    folder = tmp_path_factory.mktemp("coverage")
    main(["--repeats", "2", "--jobs", "1", "--out", str(folder)])
    return folder


def keys_of(rows: list[Row] | list[Setting]) -> set[tuple[str, str, str, int, str]]:
    return {(row.part, row.method, row.world, row.n, row.of) for row in rows}


def test_every_setting_runs_and_gives_rates_between_nothing_and_certainty(smoke: Path) -> None:
    rows = read(smoke / "coverage.json")
    missing = keys_of(all_settings()) - keys_of(rows)
    assert len(missing) <= 5, missing  # in two repeats a method may tell nothing
    for row in rows:
        for rate in (row.coverage, row.coverage_low, row.coverage_high, row.alarms, row.alarms_low, row.alarms_high):
            assert rate is None or 0 <= rate <= 1
        assert (row.coverage is None) == (row.width is None)
        assert row.coverage is not None or row.alarms is not None
        assert row.width is None or row.width >= 0


def test_settings_have_keys_of_their_own() -> None:
    keys = [setting.key for setting in all_settings()]
    assert len(set(keys)) == len(keys)


def test_the_table_has_a_line_for_every_row(smoke: Path) -> None:
    lines = (smoke / "coverage.md").read_text(encoding="utf-8").splitlines()
    assert f"| {' | '.join(HEAD)} |" in lines
    parts = lines[lines.index(f"| {' | '.join(HEAD)} |") :]
    table = [line for line in parts if line.startswith("| ") and not line.startswith(f"| {HEAD[0]} ")]
    assert len(table) == len(read(smoke / "coverage.json"))
    assert all(line.count(" | ") == len(HEAD) - 1 for line in table)


def test_running_some_settings_again_leaves_the_others_as_they_were(smoke: Path, tmp_path: Path) -> None:
    for name in ("coverage.json", "coverage.md"):
        (tmp_path / name).write_bytes((smoke / name).read_bytes())
    main(["--repeats", "3", "--jobs", "1", "--only", "kitagawa", "--out", str(tmp_path)])
    before, after = (
        {(row.family, row.n): row.repeats + row.untold for row in read(folder / "coverage.json")}
        for folder in (smoke, tmp_path)
    )
    assert {key for key in after if key[0][1] == "kitagawa"} == {key for key in after if before.get(key) != after[key]}
    assert list(after) == sorted(after, key=list(after).index)


def test_the_same_seed_gives_the_same_row_and_another_seed_another() -> None:
    setting = next(item for item in all_settings() if item.method == "nps_interval")
    one, again, other = (measure(setting, 20, seed)[0].as_dict() for seed in (1, 1, 2))
    assert one == again
    assert one != other


def coin(chance: float, low: float = 0.0) -> Setting:
    """Its interval holds the truth with the chance given, else it lies above."""
    return Setting(
        "p", "m", "w", 10, "answers", lambda rng: {"": Seen(low, *(0, 1) if rng.random() < chance else (2, 3))}
    )


@pytest.mark.parametrize(("chance", "verdict"), [(0.95, "holds"), (0.8, "liberal"), (1.0, "conservative")])
def test_a_known_coverage_is_found(chance: float, verdict: str) -> None:
    (row,) = measure(coin(chance), 2_000, 1)
    assert row.coverage == pytest.approx(chance, abs=0.03)
    assert row.verdict == verdict
    assert row.missed_below == 0


def test_refusals_and_silence_are_counted_and_are_in_no_rate() -> None:
    def once(rng: Any) -> dict[str, Seen]:
        if rng.random() < 0.3:
            raise ValueError("too few")
        return {} if rng.random() < 0.5 else {"": Seen(1.0, 0.0, 2.0)}

    (row,) = measure(Setting("p", "m", "w", 10, "answers", once), 500, 1)
    assert row.coverage == 1
    assert row.repeats + row.untold == 500
    assert row.untold == pytest.approx(500 * 0.65, abs=50)


def test_holds_from_names_the_first_n_after_the_last_failure() -> None:
    assert holds_from([(5, "holds"), (10, "borderline low")]) == "5"
    assert holds_from([(5, "liberal"), (10, "holds"), (20, "conservative"), (50, "holds")]) == (
        "50; below conservative or liberal"
    )
    assert holds_from([(5, "liberal"), (10, "liberal")]) == "liberal"
    assert holds_from([(5, "holds"), (10, "liberal")]) == "not by 10: liberal"


def test_the_committed_study_is_of_the_settings_as_they_are() -> None:
    rows = read(FOLDER / "coverage.json")
    assert keys_of(rows) == keys_of(all_settings()), "run bench/coverage.py again"
    assert min(row.repeats + row.untold for row in rows) >= 500


def test_the_committed_table_is_that_of_the_committed_figures() -> None:
    about = json.loads((FOLDER / "coverage.json").read_text(encoding="utf-8"))["about"]
    rows = read(FOLDER / "coverage.json")
    assert (FOLDER / "coverage.md").read_text(encoding="utf-8") == render(rows, about)


def test_options_have_defaults_that_take_half_an_hour_at_most() -> None:
    from bench.coverage import parse

    assert parse([]) == Options(1_000, 1, "", 2, FOLDER)
