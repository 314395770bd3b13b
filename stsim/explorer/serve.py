"""job=explore: the page served on this computer, to this computer only."""

from __future__ import annotations

import errno
import gc
import logging
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stsim.config import ConfigError
from stsim.explorer.policies import Ground

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

ADDRESS = "127.0.0.1"
#: Names of this computer that a browser may have been given.
NAMES = (ADDRESS, "localhost")


def explore(words: Sequence[str]) -> None:
    """Serve the explorer until it is interrupted; its address is printed alone, last.

    Raises ConfigError with one clear line for words that cannot be used, a missing package and a
    port that is not free.
    """
    ground = Ground.of(words)
    try:
        import panel
        from panel.io.server import get_server
        from tornado.ioloop import IOLoop
        from tornado.web import StaticFileHandler

        from stsim.explorer.desk import Shared
        from stsim.explorer.page import Session
    except ImportError as error:
        needed = error.name or "more packages"
        raise ConfigError(f"job=explore needs {needed}: pip install 'stsim[app]'") from None
    logging.getLogger("tornado").setLevel(logging.ERROR)
    logging.getLogger("bokeh").setLevel(logging.ERROR)
    panel.extension()
    port = ground.law.explore.port or _free_port()
    report = (r"/report/(explorer-[0-9a-f]{12}\.html)", StaticFileHandler,
              {"path": ground.law.results_dir})  # fmt: skip
    shared: list[Shared] = []
    try:
        server = get_server(
            lambda: Session(shared[0]).page(),
            port=port,
            address=ADDRESS,
            websocket_origin=[f"{name}:{port}" for name in NAMES],
            title="stsim",
            extra_patterns=[report],
        )
    except OSError as error:
        raise ConfigError(f"explore.port={port}: {_why(error)}") from None
    _guard(server._tornado, port)
    shared.append(Shared.begin(ground))
    loop = IOLoop.current()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.add_callback_from_signal(loop.stop))
    server.start()
    # what is there now stays; to look through it all for waste would hold up a move by 0.14 s
    gc.freeze()
    print(f"http://{ADDRESS}:{port}/", flush=True)
    try:
        loop.start()
    finally:
        server.stop()
        shared[0].bands.close()


def _free_port() -> int:
    """A port that is free at this moment; origins are told to the server before it has one."""
    import socket

    with socket.socket() as found:
        found.bind((ADDRESS, 0))
        return int(found.getsockname()[1])


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is in use; give another one, or 0 for any that is free"
    return f"{error.strerror or error}; give another port, or 0 for any that is free"


def _guard(application: Any, port: int) -> None:
    """Refuse whatever does not come from this page in a browser on this computer.

    A page of another site can make a browser ask us, under our name or (by a name server of its
    own) under its own; nothing here is to be posted.
    """
    find = application.find_handler

    def guarded(request: HTTPServerRequest, **more: Any) -> Any:
        if allowed(request.method or "", request.headers, port):
            return find(request, **more)
        from tornado.web import ErrorHandler

        return application.get_handler_delegate(request, ErrorHandler, {"status_code": 403})

    application.find_handler = guarded


def allowed(method: str, headers: Any, port: int) -> bool:
    """Whether a request is one that the page, or somebody who opens it, makes."""
    hosts = [f"{name}:{port}" for name in NAMES]
    origin = headers.get("Origin")
    if method not in ("GET", "HEAD") or headers.get("Host") not in hosts:
        return False
    if origin is not None and origin not in [f"http://{host}" for host in hosts]:
        return False
    opened = headers.get("Sec-Fetch-Mode") == "navigate"
    opened = opened and headers.get("Sec-Fetch-Dest") == "document"
    return opened or headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
