"""The server's life: from the socket to a clean end on Ctrl-C and SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn

from apps.web.desk import Desk
from apps.web.guard import Access
from apps.web.routes import make_app
from warehouse.errors import NpsError

_LAST_WORDS = 3
"""Seconds that open streams have to end."""


class _Server(uvicorn.Server):
    """Ends its work first when it is told to stop, and then is done: no signal is raised anew."""

    def __init__(self, config: uvicorn.Config, desk: Desk, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.desk, self.ready = desk, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that it is there once it is."""
        await super().startup(sockets)
        if self.started:
            self.ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Tell the streams, which end the server's wait for them."""
        self.desk.stop()
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As the base does, without raising the signal again at the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listening(host: str, port: int) -> socket.socket:
    """A socket on that address; NpsError where it is taken or is none of this machine's."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        opened = socket.socket(family, kind, protocol)
    except OSError as error:
        raise NpsError(f"The host {host!r} is not known ({error.strerror}); give an address of this machine.") from None
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(128)
    except OSError as error:
        opened.close()
        raise NpsError(
            f"Port {port} of {host} cannot be used ({error.strerror}); give another with --port, 0 for any."
        ) from None
    return opened


def serve(desk: Desk, access: Access, opened: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    config = uvicorn.Config(
        make_app(desk, access),
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_LAST_WORDS,
        limit_concurrency=64,
    )
    asyncio.run(_Server(config, desk, ready).serve(sockets=[opened]))
