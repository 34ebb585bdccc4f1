"""The served page in tests: the real command in a process of its own, and a page of it in a real Chromium."""

import csv
import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP *.example 127.0.0.1",  # so that a test can have names of others' mean this machine
]  # fmt: skip
SEED = 7
TIMEOUT = 30_000  # so that a busy machine is no fault
# The command itself; its process tells of every connection and name look-up that would leave the machine.
WATCHED = """
import socket, sys
LOCAL = ("127.0.0.1", "::1", "localhost", None)
connect, look_up = socket.socket.connect, socket.getaddrinfo
def watched_connect(self, address):
    if isinstance(address, tuple) and address[0] not in LOCAL:
        print("LEFT THE MACHINE:", address, file=sys.stderr, flush=True)
    return connect(self, address)
def watched_look_up(host, *args, **kwargs):
    if host not in LOCAL:
        print("LEFT THE MACHINE:", host, file=sys.stderr, flush=True)
    return look_up(host, *args, **kwargs)
socket.socket.connect, socket.getaddrinfo = watched_connect, watched_look_up
from experiments.cli import main
sys.argv = ["tariff-pause", "view", "--port", "0", "--no-open", *sys.argv[1:]]
main()
"""


@contextmanager
def serving(
    folder: Path, *arguments: str, said: str = "", environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """`tariff-pause view` with these arguments; at the end it must have said just this on standard error."""
    log = folder / "server.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", WATCHED, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        try:
            assert process.stdout is not None
            found = None
            while found is None:
                line = process.stdout.readline()
                assert line, f"the server did not start: {log.read_text()}"
                found = re.search(r"http://\S+", line)
            yield found.group()
        finally:
            process.send_signal(signal.SIGINT)  # as Ctrl-C does
            assert process.wait(60) == 0
    assert log.read_text() == said


class Opened:
    """A page in the browser, and everything that went wrong with it."""

    def __init__(self, browser: Any, url: str, width: int = 1400, scheme: str = "light") -> None:
        self.hosts: set[str | None] = set()
        self.faults: list[str] = []
        self.page = browser[scheme].new_page()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.set_default_timeout(TIMEOUT)
        self.page.on("request", lambda request: self.hosts.add(urlparse(request.url).hostname or request.url[:5]))
        self.page.on("requestfailed", lambda request: self.faults.append(f"{request.url}: {request.failure}"))
        self.page.on("websocket", lambda sockets: self.hosts.add(urlparse(sockets.url).hostname))
        self.page.on("console", lambda told: self.faults.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(url)
        self.page.locator(".answer").wait_for(state="attached")

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def field(self, name: str) -> Any:
        return self.page.get_by_label(name, exact=True)

    def set(self, name: str, value: float) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        self.field(f"{name}, number").fill(str(value))
        self.field(f"{name}, number").press("Enter")

    def wait(self, **data: Any) -> None:
        """Until the page shows a day, or whether the run goes on (the data of its headline)."""
        for name, value in data.items():
            self.page.wait_for_function(
                "([name, value]) => document.querySelector('.answer')?.dataset[name] === value",
                arg=[name, str(value)],
            )

    def says(self, text: str) -> None:
        self.page.wait_for_function("(text) => document.querySelector('.panels')?.innerText.includes(text)", arg=text)

    def finish(self) -> None:
        self.click("To the end")
        self.wait(running="false")

    def outcome(self) -> list[dict[str, str]]:
        """The outcome as downloaded."""
        with self.page.expect_download() as download:
            self.click("Outcome as CSV")
        return list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))

    def close(self) -> None:
        self.page.close()
        assert self.hosts <= {"127.0.0.1", "data:", "blob:"}
        assert self.faults == []


def plain(html: str) -> str:
    """The text of a piece of HTML."""
    return unescape(re.sub(r"<[^>]*>", "", html))
