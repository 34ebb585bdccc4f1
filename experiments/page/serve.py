"""`tariff-pause view`: serve the browser page on this machine. Nothing that it does leaves the machine.

Everything about the server is fixed before it serves: what the first visitor says decides nothing for the next one.
`experiments.page.gate` stands in front of it.
"""

import errno
import json
import os
import socket
import sys
import threading
import time
import warnings
import webbrowser
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from experiments.page.addresses import Addresses, addresses, is_loopback
from experiments.page.front_end import check_front_end, serve_as_shipped, shipped_files
from experiments.page.gate import Gate
from experiments.page.home import lend_home
from experiments.page.start import MOST_SEED, START, Start
from model.errors import InputError

MOST_PORT = 65535
SLOW = 3.0  # seconds of silence before the user is told what takes so long
QUIET = {
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",  # else the server reports usage to an analytics service
    "SOLARA_MODE": "production",  # else the page asks Solara's site whether the installation works
    "SOLARA_ASSETS_PROXY": "True",  # the front end comes from this server, also where Solara would not think so
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",  # and is never fetched
    "SOLARA_KERNEL_CULL_TIMEOUT": "1h",  # how long a page that has been closed is kept
    "SOLARA_THEME_TITLE": "tariff-pause",
    "SOLARA_THEME_LOADER": "plain",
    "SOLARA_THEME_SHOW_BANNER": "False",
}


def serve(
    start: Start,
    host: str = "127.0.0.1",
    port: int = 8765,
    open_browser: bool = True,
    *,
    allowed: Iterable[str] = (),
    behind: str | None = None,
) -> None:
    """Serve the page until it is interrupted. InputError, before anything is served, where it cannot start.

    `allowed` are further names under which the page may be reached, `behind` is its address behind a proxy.
    """
    if not 0 <= start.seed <= MOST_SEED:
        raise InputError(f"--seed {start.seed}: a whole number from 0 to {MOST_SEED} is allowed on the page")
    listener = listen(host, port)
    try:
        reached = addresses(host, listener.getsockname()[1], allowed, behind)
        check_front_end(shipped_files())
        lend_home()
        os.environ.update(QUIET)  # Solara reads these when it is imported
        warnings.filterwarnings("ignore", category=UserWarning, module="solara")  # advice to the authors of pages
        from experiments.page.app import rehearse

        said = threading.Timer(
            SLOW, print, ("tariff-pause: preparing; the first time, the rules are compiled",), {"flush": True}
        )
        said.daemon = True
        said.start()
        try:
            rehearse(start)
        finally:
            said.cancel()
        os.environ[START] = json.dumps(asdict(start))
        if not is_loopback(host):
            print(f"warning: --host {host}: everyone who can reach this machine can use the page", file=sys.stderr)
        if reached.behind:
            print(f"warning: --behind {behind}: everyone whom the proxy lets in can use the page", file=sys.stderr)
        run_server(listener, reached, open_browser)
    finally:
        listener.close()


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to host and port (0: any free one), or an InputError that says what is wrong."""
    if not 0 <= port <= MOST_PORT:
        raise InputError(f"--port {port}: a whole number from 0 to {MOST_PORT} is allowed")
    listener = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        if os.name == "posix":  # elsewhere this option would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        if listener is not None:
            listener.close()
        raise InputError(refusal(error, host, port)) from None
    return listener


def refusal(error: OSError, host: str, port: int) -> str:
    """Why one cannot listen there, and what to do."""
    other = port + 1 if 1024 <= port < MOST_PORT else 8765
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host}: not an address of this machine; leave it out for 127.0.0.1"
    if error.errno == errno.EADDRINUSE:
        return f"--port {port}: taken on {host}; choose another, as in --port {other}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"--port {port}: not allowed to you on {host}; choose another, as in --port {other}"
    return f"--host {host} --port {port}: {error.strerror or error}"


def page_url(listener: socket.socket) -> str:
    """Where a browser on this machine finds the page."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run_server(listener: socket.socket, reached: Addresses, open_browser: bool) -> None:
    """Run the server on a bound socket until Ctrl-C."""
    import uvicorn

    url = page_url(listener) + reached.prefix.lstrip("/")
    config = uvicorn.Config(
        Gate(solara_server(reached, url), reached), log_level="error", timeout_graceful_shutdown=1, proxy_headers=False
    )
    server = uvicorn.Server(config)
    threading.Thread(target=announce, args=(server, url, open_browser), daemon=True).start()
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def solara_server(reached: Addresses, url: str) -> Any:
    """Solara's server, with nothing left open that it would settle at the first request."""
    os.environ["SOLARA_APP"] = "experiments.page.app"
    from solara.server import settings
    from solara.server.starlette import app

    settings.telemetry.mixpanel_enable = False  # also where Solara had been imported before
    settings.main.mode = "production"
    settings.main.root_path = reached.prefix
    settings.main.base_url = reached.behind.origin + reached.prefix if reached.behind else url
    serve_as_shipped(app, shipped_files())
    return app


def announce(server: object, url: str, open_browser: bool) -> None:
    """Once the server listens: say where, and open the browser."""
    while not getattr(server, "started", False):
        time.sleep(0.05)
    print(f"tariff-pause: {url} (Ctrl-C stops it)", flush=True)
    if open_browser:
        webbrowser.open(url)
