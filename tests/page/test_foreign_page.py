"""A page from elsewhere, in a real Chromium: whatever it tries, nothing of ours is played, read or downloaded."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.tools.served_page import Opened, serving

# Everything by which a page can ask another server for something, and what came of it.
ATTEMPTS = """async (target) => {
  const kernel = `${target}jupyter/api/kernels/11111111-2222-3333-4444-555555555555/channels?session_id=6`;
  const file = `${target}_solara/cdn/requirejs@2.3.6/require.js`;
  const element = (name, more) => new Promise((done) => {
    const one = Object.assign(document.createElement(name), more);
    one.onload = () => done(true);
    one.onerror = () => done(false);
    document.body.append(one);
  });
  const form = (address, fields) => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.name = `frame${document.querySelectorAll("iframe").length}`;
    document.body.append(frame);
    const form = Object.assign(document.createElement("form"), { method: "post", target: frame.name, action: address });
    document.body.append(form);
    frame.onload = () => done(Boolean(frame.contentDocument));
    form.submit();
  });
  const get = (address, mode) => fetch(address, { mode, credentials: "include" }).then(() => true, () => false);
  return {
    socket: await new Promise((done) => {
      const socket = new WebSocket(kernel.replace("http", "ws"));
      socket.onopen = () => done(true);
      socket.onerror = () => done(false);
    }),
    cors: await get(target, "cors"),
    blind: await get(file, "no-cors"),
    script: await element("script", { src: file }),
    style: await element("link", { rel: "stylesheet", href: `${target}static/assets/style.css` }),
    image: await element("img", { src: `${target}static/assets/favicon.png` }),
    post: await form(`${target}_solara/api/close/1?session_id=6`),
    read: await form(target),
  };
}"""
NOTHING = dict.fromkeys(("socket", "cors", "blind", "script", "style", "image", "post", "read"), False)


class Elsewhere(BaseHTTPRequestHandler):
    """Another server's page, empty."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><body>elsewhere</body>")

    def log_message(self, *told: Any) -> None:
        """Nothing."""


@contextmanager
def running(handler: Any) -> Iterator[int]:
    """A server on a port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@contextmanager
def proxy(target: int) -> Iterator[int]:
    """A port that passes everything on to another, as a tunnel does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    one = listener.accept()[0]
                except OSError:
                    return
                other = socket.create_connection(("127.0.0.1", target))
                for pair in ((one, other), (other, one)):
                    threading.Thread(target=carry, args=pair, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def carry(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes, until there is no more."""
    try:
        while piece := source.recv(1 << 16):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "evil.example"])
def test_a_page_from_elsewhere_gets_nothing(browser, url, name):
    """Another port of this machine, another name of it, and another site whose name is let mean this machine."""
    with running(Elsewhere) as port:
        page = browser["light"].new_page()
        answers: set[int] = set()
        page.on("response", lambda answer: answers.add(answer.status) if answer.url.startswith(url) else None)
        page.goto(f"http://{name}:{port}/")
        assert page.evaluate(ATTEMPTS, url) == NOTHING
        assert answers <= {403}
        page.close()


def test_the_same_attempts_are_good_enough_for_the_page_itself(browser, url):
    """Else the test above would show nothing."""
    page = Opened(browser, url)
    assert page.page.evaluate(ATTEMPTS, url) == dict.fromkeys(NOTHING, True)
    page.page.close()


def test_a_name_that_is_let_mean_this_machine_is_not_the_page(browser, url):
    """DNS rebinding: the browser takes the attacker's page and ours for the same site."""
    page = browser["light"].new_page()
    answer = page.goto(f"http://evil.example:{urlsplit(url).port}/")
    assert answer.status == 403 and "does not answer to 'evil.example:" in page.content()
    assert page.evaluate(ATTEMPTS, f"http://evil.example:{urlsplit(url).port}/")["socket"] is False
    page.close()


def test_the_page_cannot_be_framed(browser, url):
    with running(Elsewhere) as port:
        page = browser["light"].new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.evaluate("(url) => { document.body.innerHTML = `<iframe src='${url}'></iframe>`; }", url)
        page.wait_for_timeout(1500)
        assert all(frame.locator(".answer").count() == 0 for frame in page.frames)
        page.close()


def test_a_link_from_elsewhere_opens_the_page(browser, url):
    with running(Elsewhere) as port:
        page = browser["light"].new_page()
        page.goto(f"http://evil.example:{port}/")
        page.evaluate("(url) => { location.href = `${url}?seed=3&day=2`; }", url)
        page.locator(".answer[data-day='2']").wait_for(state="attached")
        page.close()


@pytest.mark.slow
def test_another_name_is_allowed_by_name(browser, tmp_path):
    with serving(tmp_path, "--allow-host", "pause.example") as url:
        page = browser["light"].new_page()
        page.goto(f"http://pause.example:{urlsplit(url).port}/")
        page.locator(".answer").wait_for(state="attached")
        page.get_by_role("button", name="Step", exact=True).click()
        page.locator(".answer[data-day='1']").wait_for(state="attached")
        page.close()


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", "/pause"])
def test_behind_a_proxy(browser, tmp_path, prefix):
    """Through the proxy it is a page like any other, and only through it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with proxy(port) as outside:
        address = f"http://127.0.0.1:{outside}{prefix}/"
        said = f"warning: --behind {address}: everyone whom the proxy lets in can use the page\n"
        with serving(tmp_path, "--port", str(port), "--behind", address, said=said) as inside:
            for url in (address, f"{address}?seed=3", inside, f"http://127.0.0.1:{port}/"):
                page = Opened(browser, url)
                page.click("Step")
                page.wait(day=1)
                page.finish()
                assert len(page.outcome()) == 6
                page.close()


def test_through_a_tunnel_without_a_word_the_page_says_what_to_do(browser, url):
    with proxy(urlsplit(url).port) as outside:
        page = browser["light"].new_page()
        assert page.goto(f"http://127.0.0.1:{outside}/").status == 403
        assert "--allow-host NAME, or --behind URL" in page.content()
        page.close()


@pytest.mark.parametrize("query", ["seed=" + 5000 * "9", "day=" + 5000 * "9", "replicate=" + 5000 * "1"])
def test_a_number_of_five_thousand_digits_is_a_line_on_the_page(browser, url, query):
    page = Opened(browser, f"{url}?{query}")
    said = page.page.get_by_role("alert").inner_text()
    assert "a whole number from 0 to" in said and len(said) < 400
    page.close()
