"""Who may talk to the page, and of what: the gate alone. `test_strangers.py` tries the server behind it."""

import asyncio
from typing import Any

import pytest

from experiments.page.addresses import addresses
from experiments.page.gate import Gate

LOCAL = addresses("127.0.0.1", 8765)
BEHIND = addresses("127.0.0.1", 8765, behind="https://lab.example.org/user/me%40there/pause/")


class Heard:
    """An application that notes what comes through to it."""

    def __init__(self) -> None:
        self.scopes: list[dict] = []

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"etag", b"x")]})
            await send({"type": "http.response.body", "body": b"well"})
        elif scope["type"] == "websocket":
            await send({"type": "websocket.accept"})


def asked(
    gate: Gate, address: str, method: str = "GET", kind: str = "http", twice: str = "", **headers: str
) -> list[dict]:
    """What the gate answers a request; a header is left out by an empty text, and one may be said `twice`."""
    path, _, query = address.partition("?")
    given = {"host": "127.0.0.1:8765", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope: dict[str, Any] = {
        "type": kind, "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
    }  # fmt: skip
    if kind == "http":
        scope["method"] = method
    scope["headers"] += [(twice.encode(), b"evil.example")] if twice else []
    sent: list[dict] = []

    async def send(message):
        sent.append(message)

    async def receive():
        raise AssertionError("nothing is read of a request that is refused")

    asyncio.run(gate(scope, receive, send))
    return sent


def status(*request: str, reached=LOCAL, **headers: str) -> int:
    """The answer's status; the application behind has been asked only where it is 200 or 101."""
    heard = Heard()
    sent = asked(Gate(heard, reached), *request, **headers)
    code = sent[0].get("status") or {"websocket.accept": 101, "websocket.close": 403}[sent[0]["type"]]
    assert len(heard.scopes) == (code in (101, 200))
    return code


KERNEL = "/jupyter/api/kernels/5f-a/channels?session_id=b7-1"
CLOSING = "/_solara/api/close/5f-a?session_id=b7-1"


@pytest.mark.parametrize(
    ("address", "method", "kind"), [("/", "GET", "http"), (CLOSING, "POST", "http"), (KERNEL, "", "websocket")]
)
def test_a_request_gets_through_from_the_page_alone(address, method, kind):
    request = (address, method, kind)
    assert status(*request) == status(*request, origin="http://127.0.0.1:8765") in (101, 200)
    assert status(*request, origin="http://127.0.0.1:9999") == 403
    assert status(*request, origin="null") == 403
    assert status(*request, host="evil.example:8765") == 403
    assert status(*request, host="evil.example:8765", origin="http://evil.example:8765") == 403
    assert status(*request, host="") == 403
    for site in ("same-site", "cross-site", "else"):
        assert status(*request, sec_fetch_site=site, sec_fetch_mode="no-cors", sec_fetch_dest="image") == 403
    assert status(*request, sec_fetch_site="same-origin", sec_fetch_mode="cors", sec_fetch_dest="empty") in (101, 200)


def test_two_hosts_or_two_origins_are_refused():
    mine = {"host": "127.0.0.1:8765", "origin": "http://127.0.0.1:8765"}
    assert status("/", **mine) == 200
    assert status("/", twice="host", **mine) == status("/", twice="origin", **mine) == 403


def test_a_link_to_the_page_can_be_followed_but_not_framed():
    linked = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    assert status("/", sec_fetch_dest="document", **linked) == 200
    assert status("/", sec_fetch_dest="iframe", **linked) == 403
    assert status(CLOSING, "POST", sec_fetch_dest="document", **linked) == 403
    assert status("/static/ansi.js", sec_fetch_dest="document", **linked) == 403
    sent = asked(Gate(Heard(), LOCAL), "/")
    assert b"frame-ancestors 'self'" in dict(sent[0]["headers"])[b"content-security-policy"]


# What Solara's server offers, and what of it the page asks for.
OFFERED = {
    "GET /": 200,
    "HEAD /": 200,
    "GET /_solara/cdn/@widgetti/solara-vuetify-app@10.1.1/dist/main8.css": 200,
    "GET /_solara/cdn/requirejs@2.3.6/require.js": 200,
    "GET /static/main-vuetify.js": 200,
    "GET /static/assets/theme-dark.css": 200,
    "GET /jupyter/nbextensions/jupyter-vue/nodeps.js": 200,
    "GET /jupyter/nbextensions/jupyter-vuetify/nodeps.js": 200,
    f"POST {CLOSING}": 200,
    "GET /readyz": 404,
    "GET /resourcez": 404,
    "GET /resourcez?verbose": 404,
    "GET /jupyter/api/kernels/5f-a": 404,
    "GET /page": 404,
    "GET /deeper/page": 404,
    "GET /_solara/auth/login": 404,
    "GET /_solara/auth/logout": 404,
    "GET /_solara/auth/authorize": 404,
    "POST /_solara/api/evict/5f-a": 404,
    "POST /_solara/api/close/5f-a": 404,
    "POST /": 404,
    "GET /_solara/api/close/5f-a?session_id=b7-1": 404,
    "GET /static/public/file.txt": 404,
    "GET /jupyter/nbextensions/mine/extension.js": 404,
    "GET /favicon.ico": 404,
    "OPTIONS /": 405,
    "PUT /": 405,
    "DELETE /_solara/cdn/requirejs@2.3.6/require.js": 405,
    "websocket /": 405,
}


@pytest.mark.parametrize("request_line", OFFERED)
def test_what_the_page_does_not_ask_for_is_closed(request_line):
    method, _, address = request_line.partition(" ")
    assert status(address, method) == OFFERED[request_line]


def test_solara_offers_nothing_that_is_not_listed_above():
    from solara.server.starlette import app

    paths = {getattr(route, "path", "") for route in app.routes}
    assert paths <= {
        "/readyz", "/resourcez", "/jupyter/api/kernels/{id}", "/jupyter/api/kernels/{kernel_id}/{name}", "/",
        "/{fullpath}", "/{fullpath:path}", "/_solara/api/close/{kernel_id}", "/_solara/api/evict/{kernel_id}",
        "/_solara/cdn", "/static/public", "/static/assets", "/static", "/jupyter/nbextensions",
        "/_solara/auth/authorize", "/_solara/auth/logout", "/_solara/auth/login",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py", "/static/assets/../../server.py", "/static/assets/..", "/static//etc/passwd",
        "/static/.hidden", "/_solara/cdn/../../../etc/passwd", "/_solara/cdn/a/../b", "/_solara/cdn/.idea/misc.xml",
        "/_solara/cdn//etc/passwd", "/_solara/cdn/a\\..\\b", "/_solara/cdn/a\x00b", "/_solara/cdn/a b", "/_solara/cdn/",
        "/_solara/cdn", "/jupyter/nbextensions/jupyter-vue/../../x", "/jupyter/nbextensions/jupyter-vue/..",
        "/_solara/cdn/" + 600 * "a", "/\n", "//", "http://evil.example/", "/é", "/_solara/cdn/é.js",
    ],
)  # fmt: skip
def test_no_path_leads_elsewhere(path):
    assert status(path) == 404


@pytest.mark.parametrize(
    "address",
    [
        "/jupyter/api/kernels/5f-a/channels", "/jupyter/api/kernels/5f-a/other?session_id=b7-1", "/", "/x?session_id=1",
        "/jupyter/api/kernels/5f/a/channels?session_id=b7-1", "/jupyter/api/kernels/5f-a/channels?session_id=",
        "/jupyter/api/kernels/5f-a/channels?session_id=b7-1&x=" + 600 * "1",
    ],
)  # fmt: skip
def test_no_other_socket_opens(address):
    assert status(address, "", "websocket") == 403


@pytest.mark.parametrize(
    ("asked_for", "path"),
    [
        ("/", "/"),
        ("/user/me@there/pause", "/"),
        ("/user/me@there/pause/", "/"),
        ("/user/me@there/pause/static/ansi.js", "/static/ansi.js"),
        ("/static/ansi.js", "/static/ansi.js"),
    ],
)
def test_a_proxy_may_leave_its_prefix_on_or_take_it_off(asked_for, path):
    heard = Heard()
    asked(Gate(heard, BEHIND), asked_for)
    assert [(scope["path"], scope["raw_path"], scope["root_path"]) for scope in heard.scopes] == [
        (path, path.encode(), "")
    ]
    assert status("/user/me@there/pausex", reached=BEHIND) == status("/user/me@there", reached=BEHIND) == 404


def test_what_is_said_of_proxies_is_not_heard():
    heard = Heard()
    told = {
        "x_script_name": "/evil", "script_name": "/evil", "x_forwarded_host": "evil.example", "x_real_ip": "192.0.2.7",
        "x_forwarded_proto": "https", "x_forwarded_prefix": "/evil", "forwarded": "host=evil.example",
        "authorization": "Bearer x", "cookie": "solara-session-id=1", "accept_encoding": "gzip",
    }  # fmt: skip
    asked(Gate(heard, LOCAL), "/", **told)
    assert dict(heard.scopes[0]["headers"]) == {
        b"host": b"127.0.0.1:8765", b"cookie": b"solara-session-id=1", b"accept-encoding": b"gzip",
    }  # fmt: skip


def test_a_refusal_says_what_to_do_and_keeps_the_answer_plain():
    sent = asked(Gate(Heard(), LOCAL), "/", host="<b>evil</b>.example")
    head = dict(sent[0]["headers"])
    assert (sent[0]["status"], head[b"content-type"]) == (403, b"text/plain; charset=utf-8")
    assert head[b"x-content-type-options"] == b"nosniff"
    assert "--allow-host" in sent[1]["body"].decode() and sent[1]["body"].count(b"\n") == 1
