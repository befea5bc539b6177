"""The pricing demo's comments with the themes that they were written for."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from warehouse.demo import write_demo


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """ids, texts and themes of the comments, as truth.json has them."""
    folder = tmp_path_factory.mktemp("planted")
    write_demo("pricing", folder)
    (truth,) = folder.rglob("truth.json")
    (survey,) = folder.rglob("survey.csv")
    themes = json.loads(truth.read_text(encoding="utf-8"))["comments"]["themes"]
    with Path(survey).open(encoding="utf-8", newline="") as file:
        texts = {row["response_id"]: row["comment"] for row in csv.DictReader(file)}
    ids = [key for key in themes if texts.get(key)]
    return {"ids": ids, "texts": [texts[key] for key in ids], "themes": [themes[key] for key in ids]}
