"""Under which addresses the page is reached: whose requests are its own, by `Host` and `Origin`."""

import socket

import pytest

from experiments.page.addresses import addresses

PORT = 8765
MACHINE = socket.gethostname().lower()
LOCAL = addresses("127.0.0.1", PORT)
OUTSIDE = addresses("0.0.0.0", PORT)
ALLOWED = addresses("127.0.0.1", PORT, ["lab.example.org", "Tunnel.localhost.:9000"])
BEHIND = addresses("127.0.0.1", PORT, behind="https://lab.example.org/user/me%40there/pause/")
NO_NAMES = (
    "", "*", "*.example.org", "http://lab", "lab/pause", "lab:0", "lab:70000", "lab:x", "lab example", "me@lab", "-",
    "[::1",
)  # fmt: skip
NO_ADDRESSES = (
    "", "lab.example.org", "ftp://lab", "https://", "https://me@lab/", "//lab/x", "https://lab/?x=1", "https://lab/#x",
    "https://lab/../x", "https://lab//x", "https://lab/'x", "https://lab/%zz", "https://[::1/x", "https://lab:x/",
)  # fmt: skip


@pytest.mark.parametrize(
    ("reached", "host", "origin"),
    [
        (LOCAL, "127.0.0.1:8765", "http://127.0.0.1:8765"),
        (LOCAL, "LocalHost:8765", "http://localhost:8765"),
        (LOCAL, "localhost.:8765", "http://localhost:8765"),
        (LOCAL, "pause.localhost:8765", "http://pause.localhost:8765"),
        (LOCAL, "127.9.9.9:8765", "http://127.9.9.9:8765"),
        (LOCAL, "[::1]:8765", "http://[::1]:8765"),
        (LOCAL, "[::ffff:127.0.0.1]:8765", "http://[::ffff:127.0.0.1]:8765"),
        (LOCAL, "localhost", "http://localhost"),
        (OUTSIDE, "localhost:8765", "http://localhost:8765"),
        (OUTSIDE, "192.0.2.7:8765", "http://192.0.2.7:8765"),
        (OUTSIDE, "[2001:db8::1]:8765", "http://[2001:db8::1]:8765"),
        (OUTSIDE, f"{MACHINE}:8765", f"http://{MACHINE}:8765"),
        (OUTSIDE, f"{MACHINE.partition('.')[0]}.local:8765", f"http://{MACHINE.partition('.')[0]}.local:8765"),
        (addresses("Lab.example.org", PORT), "lab.example.org:8765", "http://lab.example.org:8765"),
        (ALLOWED, "lab.example.org:8765", "http://lab.example.org:8765"),
        (ALLOWED, "tunnel.localhost:9000", "http://tunnel.localhost:9000"),
        (BEHIND, "lab.example.org", "https://lab.example.org"),
        (BEHIND, "lab.example.org:443", "https://lab.example.org"),
        (BEHIND, "127.0.0.1:8765", "http://127.0.0.1:8765"),
    ],
)
def test_the_page_answers_to_its_own_names(reached, host, origin):
    assert reached.origin_under(host) == origin
    assert reached.own(host, None) and reached.own(host, origin) and reached.own(host, origin.upper())


@pytest.mark.parametrize(
    ("reached", "host"),
    [
        (LOCAL, "evil.example:8765"),
        (LOCAL, "evil.example"),
        (LOCAL, "localhost:8766"),
        (LOCAL, "localhost.evil.example:8765"),
        (LOCAL, "127.0.0.1.evil.example:8765"),
        (LOCAL, "localhost:8765.evil.example"),
        (LOCAL, "localhost:8765@evil.example"),
        (LOCAL, "evil.example#localhost:8765"),
        (LOCAL, "192.0.2.7:8765"),
        (LOCAL, "[2001:db8::1]:8765"),
        (LOCAL, f"{MACHINE}x:8765"),
        (LOCAL, "localhost:"),
        (LOCAL, "localhost:99999999999"),
        (LOCAL, "localhost:٨٧٦٥"),
        (LOCAL, "\N{FULLWIDTH LATIN SMALL LETTER L}ocalhost:8765"),
        (LOCAL, "localhost:8765, evil.example"),
        (LOCAL, "localhost\x00:8765"),
        (LOCAL, "localhost:8765\n"),
        (LOCAL, ""),
        (LOCAL, "[::1:8765"),
        (OUTSIDE, "evil.example:8765"),
        (OUTSIDE, "192.0.2.7:8766"),
        (OUTSIDE, "192.0.2.7.evil.example:8765"),
        (ALLOWED, "lab.example.org:8766"),
        (ALLOWED, "deeper.lab.example.org:8765"),
        (ALLOWED, "tunnel.localhost:9001"),
        (BEHIND, "lab.example.org:8765"),
        (BEHIND, "evil.example"),
    ],
)
def test_other_names_are_not_its_own(reached, host):
    assert reached.origin_under(host) is None and not reached.own(host, None)
    assert not reached.own(host, f"http://{host}")


@pytest.mark.parametrize(
    ("reached", "origin"),
    [
        (LOCAL, "http://evil.example"),
        (LOCAL, "http://127.0.0.1"),
        (LOCAL, "http://127.0.0.1:8766"),
        (LOCAL, "https://127.0.0.1:8765"),
        (LOCAL, "http://localhost:8765"),  # another server may have the port under that name
        (LOCAL, "http://127.0.0.1:8765.evil.example"),
        (LOCAL, "http://127.0.0.1:8765/"),
        (LOCAL, "null"),
        (LOCAL, ""),
        (LOCAL, "file://"),
        (LOCAL, "chrome-extension://abcdef"),
        (LOCAL, "http://127.0.0.1:8765 http://evil.example"),
        (OUTSIDE, "http://192.0.2.7:8765"),
        (ALLOWED, "http://lab.example.org:8765"),
        (BEHIND, "http://lab.example.org"),
        (BEHIND, "https://lab.example.org:8443"),
    ],
)
def test_a_page_from_elsewhere_is_not_its_own(reached, origin):
    assert not reached.own("127.0.0.1:8765", origin)


def test_behind_a_proxy_pages_come_from_the_proxy():
    for host in ("lab.example.org", "127.0.0.1:8765"):  # as the proxy passes it on, or names this server itself
        assert BEHIND.own(host, "https://lab.example.org")
    assert not BEHIND.own("lab.example.org", "http://127.0.0.1:8765")


@pytest.mark.parametrize(
    ("option", "text"),
    [*(("--allow-host", text) for text in NO_NAMES), *(("--behind", text) for text in NO_ADDRESSES)],
)
def test_an_address_that_cannot_be_is_one_line(option, text, call):
    called = call("view", "--no-open", "--port", "0", option, text)
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith(f"error: {option} {text!r}: write ") and called.err.count("\n") == 1
