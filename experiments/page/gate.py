"""The gate in front of the page's server: who may talk to it, of what, and what the server is told of them.

A page elsewhere can send requests to this machine through the browser of whoever reads it. So a request must be for one
of the page's own addresses, and from the page itself; anything else is answered 403, a socket before it opens. Of the
paths that Solara's server offers, those that the page asks for are open. Of what is said about a request, the server
hears what it needs: nothing a stranger says about proxies changes what the next visitor gets.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

from experiments.page.addresses import Addresses

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

CDN = "/_solara/cdn"
FILE = r"(?:[\w@-][\w@.+-]*/)*[\w@-][\w@.+-]*"  # neither "..", nor hidden
READ = rf"/|{CDN}/{FILE}|/static/(?:assets/)?[\w-][\w.-]*|/jupyter/nbextensions/jupyter-vue(?:tify)?/{FILE}"
CLOSE = r"/_solara/api/close/[\w-]+\?session_id=[\w-]+"  # a page says that it has been closed
SOCKET = r"/jupyter/api/kernels/[\w-]+/channels\?session_id=[\w-]+"  # what the page shows, and is asked for
OPEN = {"GET": READ, "HEAD": READ, "POST": CLOSE}
LONGEST = 500  # letters of an address; those of the page are shorter
HEARD = (
    b"accept",
    b"accept-encoding",
    b"cookie",
    b"host",
    b"if-modified-since",
    b"if-none-match",
    b"if-range",
    b"range",
)
SAID = (
    (
        b"content-security-policy",
        b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
        b"base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
    ),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
)


class Gate:
    """An ASGI application that lets through to another what is the page's own."""

    def __init__(self, application: Application, addresses: Addresses) -> None:
        self.application, self.addresses = application, addresses
        self.prefix = unquote(addresses.prefix)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
            return
        path = self.without_prefix(scope["path"])
        refusal = stranger(scope, path, self.addresses) or closed(scope, path)
        if refusal:
            await refuse(scope, send, *refusal)
            return

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *SAID]
            await send(message)

        heard = [(name, value) for name, value in scope["headers"] if name in HEARD]
        inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": "", "headers": heard}
        await self.application(inner, receive, answer)

    def without_prefix(self, path: str) -> str:
        """The path in the page's own words: a proxy may leave the prefix on, or take it off."""
        if path == self.prefix or path.startswith(f"{self.prefix}/"):
            return path.removeprefix(self.prefix) or "/"
        return path


def stranger(scope: Scope, path: str, addresses: Addresses) -> tuple[int, str] | None:
    """Why a request is not the page's own; None where it is."""
    hosts, origins = headers(scope, b"host"), headers(scope, b"origin")
    if len(hosts) != 1 or addresses.origin_under(hosts[0]) is None:
        given = hosts[0] if len(hosts) == 1 else ""
        return 403, f"the page does not answer to {given[:200]!r}; if it should: --allow-host NAME, or --behind URL"
    if len(origins) > 1 or not addresses.own(hosts[0], origins[0] if origins else None):
        return 403, "the page does not answer to pages from elsewhere; behind a proxy, it is started with --behind URL"
    if asked_elsewhere(scope, path):
        return 403, "the page does not answer to pages from elsewhere"
    return None


def asked_elsewhere(scope: Scope, path: str) -> bool:
    """Whether the browser says that a page of another site asks. To follow a link to the page is no such request."""
    site, mode, target = ("".join(headers(scope, b"sec-fetch-" + what)) for what in (b"site", b"mode", b"dest"))
    follows = (scope.get("method"), path, mode, target) == ("GET", "/", "navigate", "document")
    return site not in ("", "none", "same-origin") and not follows


def closed(scope: Scope, path: str) -> tuple[int, str] | None:
    """Why nothing is to be had there; None where something is."""
    pattern = SOCKET if scope["type"] == "websocket" else OPEN.get(scope["method"])
    if pattern is None:
        return 405, "the page has no use for that"
    asked = path if pattern is READ else f"{path}?{scope['query_string'].decode('latin-1')}"
    if len(asked) > LONGEST or not re.fullmatch(pattern, asked, re.ASCII):
        return 404, "the page has nothing there"
    return None


def headers(scope: Scope, name: bytes) -> list[str]:
    """Every value of a header."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


async def refuse(scope: Scope, send: Send, status: int, why: str) -> None:
    """Say no: a line of plain text, or a socket that does not open."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it is accepted: the server answers 403
        return
    kind = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff"), *SAID]
    await send({"type": "http.response.start", "status": status, "headers": kind})
    await send({"type": "http.response.body", "body": f"tariff-pause: {why}\n".encode()})
