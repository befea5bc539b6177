"""What an answer by a chat model takes: characters of the first request, and calls and characters a question.

    python bench/model_cost.py

The first requests are those that the tests hold (tests/agent/first_requests); the questions are the runs that are kept
(tests/cassettes), in which somebody played the model by hand and read nothing but the request.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 20_000


def main() -> None:
    """Print both tables."""
    print(f"{'first request of':<16}{'rules':>8}{'card':>8}{'tools':>8}{'all':>8}   (limit {LIMIT:,} characters)")
    for path in sorted((ROOT / "tests" / "agent" / "first_requests").glob("*.json")):
        request = json.loads(path.read_text(encoding="utf-8"))
        rules, card, *_question = (len(message["content"]) for message in request["messages"])
        whole = characters(request)
        print(f"{path.stem:<16}{rules:>8,}{card:>8,}{characters(request['tools']):>8,}{whole:>8,}")
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(cassettes())]
    if not runs:
        return
    print(f"\n{'question':<64}{'calls':>7}{'tools':>7}{'sent':>10}  status")
    for run in runs:
        sent = sum(characters(one["request"]) for one in run["sent"])
        status = run["answer"]["status"]
        print(f"{run['question'][:62]:<64}{len(run['sent']):>7}{len(run['tools']):>7}{sent:>10,}  {status}")
    calls = [len(run["sent"]) for run in runs]
    print(f"\n{len(runs)} questions: {statistics.mean(calls):.1f} model calls each, {max(calls)} at most")


def cassettes() -> list[Path]:
    """The runs that are kept."""
    return list((ROOT / "tests" / "cassettes").glob("*.json"))


def characters(told: Any) -> int:
    """As they go over the wire, near enough."""
    return len(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
