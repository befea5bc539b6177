"""What the server answers to: the page and its parts, the conversations, and a question as a stream of events."""

from __future__ import annotations

import asyncio
import dataclasses
import html
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from apps.web.desk import Asked, BusyError, Desk
from apps.web.guard import MOST_BYTES, Access, Guard, same
from warehouse.errors import NpsError, UnknownNameError

if TYPE_CHECKING:
    from apps.web.desk import Piece

PULSE = 10.0
"""Seconds of silence after which the stream says that it lives."""
_PAGE = Path(__file__).parent / "page"
_PARTS = {
    "app.js": "text/javascript",
    "chart.js": "text/javascript",
    "marks.js": "text/javascript",
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
}


class Question(BaseModel):
    """What the page sends."""

    model_config = ConfigDict(extra="forbid")
    question: str
    conversation: str | None = None
    audience: Literal["executive", "analyst"] | None = None


def make_app(desk: Desk, access: Access) -> ASGIApp:
    """The whole server as an ASGI application, its guard before it."""
    pages = _Pages(desk, access)
    routes = [
        Route("/", pages.index),
        Route("/part/{name}", pages.part),
        Route("/api/about", pages.about),
        Route("/api/conversations", pages.conversations),
        Route("/api/conversations/{name}", pages.conversation),
        Route("/api/ask", pages.ask, methods=["POST"]),
    ]
    return Guard(Starlette(routes=routes), access)


class _Pages:
    """The routes, with what they need."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self.desk, self.access = desk, access
        self.page = (_PAGE / "index.html").read_text(encoding="utf-8").replace("{seal}", html.escape(access.seal))
        self.parts = {name: (_PAGE / name).read_bytes() for name in _PARTS}

    async def index(self, request: Request) -> Response:
        """The page, for whoever may see it."""
        let_in = same(request.cookies.get(self.access.cookie), self.access.session)
        token = request.query_params.get("token")
        if not let_in and not self.access.opens(token):
            return PlainTextResponse("Open the address with ?token=… that `npsight serve` was started with.", 401)
        page: Response
        if token is not None:  # out of the address line and the history
            page = RedirectResponse("/", 303)
        else:
            page = Response(self.page, media_type="text/html; charset=utf-8")
        page.set_cookie(self.access.cookie, self.access.session, httponly=True, samesite="strict")
        return page

    async def part(self, request: Request) -> Response:
        """A script, the style or the icon."""
        name = request.path_params["name"]
        if name not in self.parts:
            return PlainTextResponse("There is no such part.", 404)
        return Response(self.parts[name], media_type=_PARTS[name])

    async def about(self, _request: Request) -> Response:
        """What the page says of the data, and questions to begin with."""
        catalog = self.desk.warehouse.catalog
        asks = ["What is our NPS?", *(f"What is our NPS by {name}?" for name in list(catalog.dimensions)[:1])]
        if catalog.events:
            asks.append(f"Did {next(iter(catalog.events)).replace('_', ' ')} change NPS, and whom?")
        return JSONResponse(
            {
                "data": catalog.name,
                "as_of": str(catalog.as_of) if catalog.as_of else "",
                "model": self.desk.model,
                "audience": self.desk.audience or "",
                "asks": asks,
            }
        )

    async def conversations(self, _request: Request) -> Response:
        """The conversations, the one that was spoken in last first."""
        from apps.conversations import newest

        try:
            found = await run_in_threadpool(newest, self.desk.warehouse.folder)
        except NpsError as error:
            return _refusal(error)
        return JSONResponse({"conversations": [dataclasses.asdict(one) for one in reversed(found)]})

    async def conversation(self, request: Request) -> Response:
        """Questions and answers of one conversation."""
        try:
            turns = await run_in_threadpool(_exchanges, self.desk, request.path_params["name"])
        except NpsError as error:
            return _refusal(error)
        return JSONResponse({"turns": turns})

    async def ask(self, request: Request) -> Response:
        """A question: what happens comes as server-sent events, the answer last."""
        try:
            asked = await self._asked(await _body(request))
        except ValidationError:
            return JSONResponse({"error": "Send an object with question, conversation and audience."}, 422)
        except NpsError as error:
            return _refusal(error)
        headers = {"x-npsight-conversation": asked.talk.id, "x-accel-buffering": "no"}
        return StreamingResponse(_stream(asked), media_type="text/event-stream", headers=headers)

    async def _asked(self, body: bytes) -> Asked:
        wanted = Question.model_validate_json(body)
        audience = wanted.audience or self.desk.audience
        loop = asyncio.get_running_loop()
        return await run_in_threadpool(self.desk.begin, wanted.question, wanted.conversation, audience, loop)


async def _body(request: Request) -> bytes:
    """The body, read no further than the limit: a length that was announced may be a lie."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise NpsError(f"A question may have {MOST_BYTES:,} bytes.")
    return body


async def _stream(asked: Asked) -> AsyncIterator[str]:
    async for piece in asked.pieces(PULSE):
        yield _told(piece) if piece is not None else ": at work\n\n"


def _told(piece: Piece) -> str:
    """A piece as an event. JSON escapes line ends, so that no text can end it and begin another."""
    return f"event: {piece['kind']}\ndata: {json.dumps(piece)}\n\n"


def _exchanges(desk: Desk, name: str) -> list[dict[str, str]]:
    from agent.conversation import Conversation

    with Conversation(desk.warehouse.folder, name) as talk:
        return [dataclasses.asdict(exchange) for exchange in talk.exchanges]


def _refusal(error: NpsError) -> Response:
    status = 404 if isinstance(error, UnknownNameError) else 409 if isinstance(error, BusyError) else 400
    return JSONResponse({"error": str(error)}, status)
