"""OpenTelemetry spans of answers, model calls and tool calls, in the GenAI semantic conventions.

Without an SDK they cost next to nothing. Set OTEL_EXPORTER_OTLP_ENDPOINT and install `npsight[otel]` to send them.
No span carries texts: neither questions nor answers nor arguments.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from warehouse.errors import NpsError

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

    from agent.answer import Answer

SYSTEM = "npsight"


@contextmanager
def answer_span(model: str, conversation: str | None) -> Iterator[Callable[[Answer], None]]:
    """The span of one whole answer; call what it gives with the answer."""
    with _span(f"invoke_agent {SYSTEM}", "invoke_agent", SpanKind.INTERNAL) as span:
        span.set_attribute("gen_ai.agent.name", SYSTEM)
        span.set_attribute("gen_ai.request.model", _bare(model))
        if conversation:
            span.set_attribute("gen_ai.conversation.id", conversation)

        def told(answer: Answer) -> None:
            span.set_attribute("npsight.status", answer.status)
            span.set_attribute("npsight.path", answer.path)
            _tokens(span, answer.usage.prompt_tokens, answer.usage.completion_tokens)
            if answer.run:
                span.set_attribute("npsight.run", answer.run)

        yield told


@contextmanager
def model_span(model: str) -> Iterator[Callable[[AIMessage | None], None]]:
    """The span of one model call; call what it gives with the reply."""
    with _span(f"chat {_bare(model)}", "chat", SpanKind.CLIENT) as span:
        span.set_attribute("gen_ai.provider.name", model.partition(":")[0] or SYSTEM)
        span.set_attribute("gen_ai.request.model", _bare(model))

        def told(message: AIMessage | None) -> None:
            usage = message.usage_metadata if message is not None else None
            if usage:
                _tokens(span, usage["input_tokens"], usage["output_tokens"])
            reason = message.response_metadata.get("finish_reason") if message is not None else None
            if reason:
                span.set_attribute("gen_ai.response.finish_reasons", [str(reason)])

        yield told


@contextmanager
def tool_span(name: str, call: str) -> Iterator[None]:
    """The span of one tool call."""
    with _span(f"execute_tool {name}", "execute_tool", SpanKind.INTERNAL) as span:
        span.set_attribute("gen_ai.tool.name", name)
        span.set_attribute("gen_ai.tool.type", "function")
        if call:
            span.set_attribute("gen_ai.tool.call.id", call)
        yield


@contextmanager
def _span(name: str, operation: str, kind: SpanKind) -> Iterator[Any]:
    """A span whose errors are told by their kind only: an error's text may hold what must not leave."""
    tracer = trace.get_tracer(SYSTEM)
    with tracer.start_as_current_span(name, kind=kind, record_exception=False, set_status_on_exception=False) as span:
        span.set_attribute("gen_ai.operation.name", operation)
        try:
            yield span
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise


def _tokens(span: Any, prompt: int, completion: int) -> None:
    span.set_attribute("gen_ai.usage.input_tokens", prompt)
    span.set_attribute("gen_ai.usage.output_tokens", completion)


def _bare(model: str) -> str:
    return model.partition(":")[2] or model


def send_spans() -> None:
    """Send spans to the collector that the environment names; nothing where it names none.

    Raises NpsError where the exporter is not installed.
    """
    if not any(os.environ.get(name) for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise NpsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the exporter is not installed: pip install 'npsight[otel]'."
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", SYSTEM)}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
