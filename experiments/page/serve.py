"""`tariff-pause view`: serve the browser page on this machine. Nothing that it does leaves the machine."""

import errno
import json
import os
import socket
import sys
import threading
import time
import warnings
import webbrowser
from contextlib import suppress
from dataclasses import asdict
from ipaddress import ip_address

from experiments.page.home import lend_home
from experiments.page.start import MOST_SEED, START, Start
from model.errors import InputError

MOST_PORT = 65535
SLOW = 3.0  # seconds of silence before the user is told what takes so long
QUIET = {
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",  # else the server reports usage to an analytics service
    "SOLARA_MODE": "production",  # else the page asks Solara's site whether the installation works
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",  # the front end comes from solara-assets; never fetch it
    "SOLARA_KERNEL_CULL_TIMEOUT": "1h",  # how long a page that has been closed is kept
    "SOLARA_THEME_TITLE": "tariff-pause",
    "SOLARA_THEME_LOADER": "plain",
    "SOLARA_THEME_SHOW_BANNER": "False",
}


def serve(start: Start, host: str = "127.0.0.1", port: int = 8765, open_browser: bool = True) -> None:
    """Serve the page until it is interrupted. InputError, before anything is served, where it cannot start."""
    if not 0 <= start.seed <= MOST_SEED:
        raise InputError(f"--seed {start.seed}: a whole number from 0 to {MOST_SEED} is allowed on the page")
    listener = listen(host, port)
    try:
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
        run_server(listener, page_url(listener), open_browser)
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


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def page_url(listener: socket.socket) -> str:
    """Where a browser on this machine finds the page."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run_server(listener: socket.socket, url: str, open_browser: bool) -> None:
    """Run the server on a bound socket until Ctrl-C."""
    import uvicorn

    os.environ["SOLARA_APP"] = "experiments.page.app"
    from solara.server import settings

    settings.telemetry.mixpanel_enable = False  # also where Solara had been imported before
    settings.main.mode = "production"
    config = uvicorn.Config("solara.server.starlette:app", log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    threading.Thread(target=announce, args=(server, url, open_browser), daemon=True).start()
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def announce(server: object, url: str, open_browser: bool) -> None:
    """Once the server listens: say where, and open the browser."""
    while not getattr(server, "started", False):
        time.sleep(0.05)
    print(f"tariff-pause: {url} (Ctrl-C stops it)", flush=True)
    if open_browser:
        webbrowser.open(url)
