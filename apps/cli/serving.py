"""`npsight serve`: the same conversations in the browser."""

from __future__ import annotations

import importlib.util
import ipaddress
from typing import Annotated

import typer

from apps.cli.arguments import Audience, Brain, Overrides, Source
from apps.cli.page import note
from apps.cli.places import open_warehouse


def serve(
    source: Source,
    overrides: Overrides,
    brain: Brain,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port; 0 for any that is free.")] = 8080,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address of this machine to listen on.")] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            metavar="SECRET",
            envvar="NPSIGHT_TOKEN",
            help="What visitors must know; needed for any but this machine's own address.",
        ),
    ] = None,
    audience: Audience = None,
) -> None:
    """Serve a page to ask from, for this machine's own browser.

    Ctrl-C ends it. With --host it is open to other machines, then only with a token.
    """
    from warehouse.errors import NpsError

    _check_installed()
    if not _is_own(host) and not token:
        raise NpsError(
            f"{host} is open to other machines; set NPSIGHT_TOKEN (or --token) to what visitors must know, "
            "or leave --host out."
        )
    if token is not None and len(token) < 16:
        raise NpsError("The token is shorter than 16 characters; give a longer one that nobody guesses.")
    from apps.web.desk import Desk
    from apps.web.guard import Access
    from apps.web.server import listening
    from apps.web.server import serve as run

    with listening(host, port) as opened:
        access = Access(host=host, port=opened.getsockname()[1], token=token)
        desk = Desk(open_warehouse(source, overrides, demo=True), brain.chosen, audience)
        try:
            run(desk, access, opened, lambda: _say_where(access.host, access.port, open_to_all=not _is_own(host)))
        finally:
            desk.close()
    note("stopped")


def _say_where(host: str, port: int, *, open_to_all: bool) -> None:
    name = f"[{host}]" if ":" in host else host
    note(f"npsight is at http://{name}:{port}/{'?token=…' if open_to_all else ''} (Ctrl-C ends it)")
    if open_to_all:
        note("what is sent is not encrypted; put a server with TLS before it")


def _is_own(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _check_installed() -> None:
    from warehouse.errors import NpsError

    if any(importlib.util.find_spec(name) is None for name in ("starlette", "uvicorn")):
        raise NpsError("The page needs a part that is not installed; install it with: pip install 'npsight[web]'.")
