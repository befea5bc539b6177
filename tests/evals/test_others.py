"""Other people's questions: read where NPSIGHT_DATA says, with a sentence where it does not."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from evals.others import cases, judge
from warehouse.errors import NpsError

DATA = os.environ.get("NPSIGHT_DATA", "")


def test_without_the_folder_it_is_said_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NPSIGHT_DATA", str(tmp_path))
    with pytest.raises(NpsError, match="set NPSIGHT_DATA"):
        cases()


@pytest.mark.skipif(not DATA, reason="NPSIGHT_DATA does not name the published data")
def test_the_published_counts_of_what_reads_and_what_must_be_refused() -> None:
    families = Counter(case.family for case in cases())
    assert (families["sql-read"], families["sql-refuse"], families["not-in-the-data"]) == (55, 20, 75)


@pytest.mark.skipif(not DATA, reason="NPSIGHT_DATA does not name the published data")
def test_every_statement_that_writes_or_reads_outside_is_refused() -> None:
    found = judge([case for case in cases() if case.family == "sql-refuse"], 1)
    assert Counter(outcome.verdict for outcome in found) == {"passed": 20}


@pytest.mark.skipif(not DATA, reason="NPSIGHT_DATA does not name the published data")
def test_the_cleaned_answers_of_the_survey_task_are_read_as_their_gold_says() -> None:
    found = judge([case for case in cases() if case.family in ("cleaning-classes", "cleaning-first")], 1)
    assert [outcome.verdict for outcome in found] == ["passed", "passed"]
