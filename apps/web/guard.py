"""Who may speak to the server, and what a browser may do with what it says.

The server holds customers' answers and may spend money on a model. A page from elsewhere in the same browser must
neither read from it (no CORS, a cookie that is not sent across sites, the Host header against DNS rebinding) nor make
it work (a seal that only our own page knows).
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 * 1024
SEAL = "x-npsight-seal"
LOOPBACK = frozenset(["localhost", "127.0.0.1", "::1"])
_EVERYWHERE = frozenset(["0.0.0.0", "::"])
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def _secret() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Access:
    """Where the server listens, and what opens it."""

    host: str = "127.0.0.1"
    port: int = 8080
    token: str | None = None
    """What a visitor must know; None on this machine's own addresses."""
    session: str = field(default_factory=_secret)
    """What a browser shows that was let in; new in each process."""
    seal: str = field(default_factory=_secret)
    """What our own page shows when it asks; no other page can read it."""

    @property
    def cookie(self) -> str:
        """One a port: cookies do not tell ports apart."""
        return f"npsight-{self.port}"

    def knows(self, host: str) -> bool:
        """Whether a Host header is one of ours. A name of somebody else that leads here is DNS rebinding."""
        name = _without_port(host)
        if name in LOOPBACK or name == self.host.lower():
            return True
        return self.host in _EVERYWHERE and _is_address(name)

    def opens(self, token: str | None) -> bool:
        """Whether a visitor is let in with this token."""
        return self.token is None or same(token, self.token)


def same(given: str | None, wanted: str) -> bool:
    """Equal, in a time that does not tell how nearly."""
    return given is not None and hmac.compare_digest(given.encode(), wanted.encode())


def _without_port(host: str) -> str:
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """Stands before every route: refuses what is not ours, and sets the headers of what goes out."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        refused = self._refused(Request(scope))
        await (refused or self.app)(scope, receive, with_headers)

    def _refused(self, request: Request) -> PlainTextResponse | None:
        if not self.access.knows(request.headers.get("host", "")):
            return PlainTextResponse("This server does not go by that name.", 421)
        if request.method not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("Not allowed.", 405)
        if request.url.path.startswith("/api/") and not same(
            request.cookies.get(self.access.cookie), self.access.session
        ):
            return PlainTextResponse("Open the page first.", 403)
        return self._refused_post(request.headers) if request.method == "POST" else None

    def _refused_post(self, headers: Headers) -> PlainTextResponse | None:
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2].lower() != headers.get("host", "").lower():
            return PlainTextResponse("Asked from another site.", 403)
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("Asked from another site.", 403)
        if not same(headers.get(SEAL), self.access.seal):
            return PlainTextResponse("The page is of an earlier start of the server; load it again.", 403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return PlainTextResponse("That is too much.", 413)
        return None
