"""Spans of answers, model calls and tool calls, by the GenAI conventions and without anybody's words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import agent.telemetry
from agent.ask import ask
from agent.scripted import ScriptedChatModel, call
from agent.telemetry import send_spans
from warehouse.workspace import Warehouse


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What would be sent to a collector."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(agent.telemetry.trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def test_one_answer_is_a_span_over_its_model_and_tool_calls(warehouse: Warehouse, spans: InMemorySpanExporter) -> None:
    model = ScriptedChatModel(replies=[call("nps", by=["plan"]), "All together are at {{ F1 }}."])
    ask("NPS by plan", warehouse, model=model, record=False)
    found = spans.get_finished_spans()
    assert [span.name for span in found] == [
        "chat scripted",
        "execute_tool nps",
        "chat scripted",
        "invoke_agent npsight",
    ]
    whole = found[-1]
    assert whole.context is not None
    assert all(span.parent is not None and span.parent.span_id == whole.context.span_id for span in found[:-1])
    operations = [(span.attributes or {})["gen_ai.operation.name"] for span in found]
    assert operations == ["chat", "execute_tool", "chat", "invoke_agent"]
    assert (found[1].attributes or {})["gen_ai.tool.name"] == "nps"
    assert (whole.attributes or {})["npsight.status"] == "answered"


def test_spans_carry_no_words_of_question_answer_or_data(warehouse: Warehouse, spans: InMemorySpanExporter) -> None:
    model = ScriptedChatModel(replies=[call("nps", where={"plan": "Starter"}), "Starter is at {{ F1 }}."])
    ask("How is the Starter plan doing?", warehouse, model=model, record=False)
    told = " ".join(span.to_json() for span in spans.get_finished_spans())
    assert "Starter" not in told
    assert "+20.0" not in told


def test_spans_are_sent_nowhere_unless_a_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    before = trace.get_tracer_provider()
    send_spans()
    assert trace.get_tracer_provider() is before
