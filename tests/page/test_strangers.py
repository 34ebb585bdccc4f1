"""What strangers get from the served page, over plain sockets: nothing that is not theirs, and nothing is changed."""

import http.client
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from experiments.page import front_end
from experiments.page.front_end import check_front_end, read_record, shipped_files
from model.errors import InputError
from tests.tools.served_page import serving

KERNEL = "/jupyter/api/kernels/11111111-2222-3333-4444-555555555555/channels?session_id=66666666"
HANDSHAKE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Cookie": "solara-session-id=77777777",
}  # fmt: skip
LIES = {
    "X-Script-Name": "/evil", "Script-Name": "/evil", "X-Forwarded-Prefix": "/evil", "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "192.0.2.7", "Forwarded": "host=evil.example;proto=https",
}  # fmt: skip


def ask(url: str, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    """Status and body of the answer to a request with just these headers."""
    host = urlsplit(url).netloc
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": host, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read() if answer.status != 101 else b""
    connection.close()
    return answer.status, body


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Path:
    """A copy of the installed front end, at which Solara's own route would work if it were reached."""
    folder = tmp_path_factory.mktemp("front_end") / "cdn"
    for name, file in shipped_files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, folder / name)
    return folder


@pytest.fixture(scope="module")
def url(tmp_path_factory, copied) -> Iterator[str]:
    """The page, whose first request is a stranger's."""
    elsewhere = {"SOLARA_ASSETS_PROXY_CACHE_DIR": str(copied)}
    with serving(tmp_path_factory.mktemp("server"), environment=elsewhere) as address:
        assert ask(address, "/", **LIES)[0] == 200
        assert ask(address, "/", Host="evil.example")[0] == 403
        yield address


def test_the_first_visitor_decides_nothing_for_the_next(url):
    _, body = ask(url, "/")
    assert b"evil" not in body and b'src="/_solara/cdn/' in body and b'solara.rootPath = ""' in body
    assert ask(url, "/", **LIES) == ask(url, "/")


def test_behind_a_proxy_the_page_has_its_address_from_the_command_line(tmp_path):
    address = "https://lab.example.org/pause/"
    said = f"warning: --behind {address}: everyone whom the proxy lets in can use the page\n"
    with serving(tmp_path, "--behind", address, said=said) as url:
        assert urlsplit(url).path == "/pause"
        for path in ("/pause/", "/"):
            code, body = ask(url, path, **{**LIES, "Host": "lab.example.org", "Origin": "https://lab.example.org"})
            assert code == 200 and b"evil" not in body and b'src="/pause/_solara/cdn/' in body
            assert b'solara.rootPath = "/pause"' in body
        assert ask(url, "/pause/static/ansi.js") == ask(url, "/static/ansi.js")
        sockets = {"Host": "lab.example.org", **HANDSHAKE}
        assert ask(url, f"/pause{KERNEL}", **sockets, Origin="https://lab.example.org")[0] == 101
        assert ask(url, f"/pause{KERNEL}", **sockets, Origin="http://lab.example.org")[0] == 403


def test_sockets_open_to_the_page_alone(url):
    own = {"Origin": url.rstrip("/"), **HANDSHAKE}
    assert ask(url, KERNEL, **own)[0] == 101
    for changed in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}):
        assert ask(url, KERNEL, **{**own, **changed})[0] == 403
    assert ask(url, "/", **own)[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        "requirejs@2.3.6", "requirejs@2.3.6/", "font-awesome@4.5.0", "font-awesome@4.5.0/css", "@widgetti", "", ".",
        "@widgetti/solara-vuetify-app@10.1.1/dist", "%2e", "%2e%2e", "../cdn", "..%2fcdn", "requirejs@2.3.6/.",
        "requirejs%402.3.6", "requirejs@2.3.6%2f", "requirejs@2.3.6\\", "requirejs@2.3.6%00", "nothing@1.0.0/at/all.js",
        "../../../pyvenv.cfg", "%2e%2e/%2e%2e/%2e%2e/pyvenv.cfg", "/etc/passwd", "%2fetc%2fpasswd",
    ],
)  # fmt: skip
def test_the_front_end_is_served_as_shipped_and_stays(url, copied, path):
    before = {file: file.stat().st_size for file in copied.rglob("*") if file.is_file()}
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        assert ask(url, f"/_solara/cdn/{path}", method)[0] in (404, 405)
    assert {file: file.stat().st_size for file in copied.rglob("*") if file.is_file()} == before
    check_front_end(shipped_files())


def test_every_file_that_the_page_needs_is_served_whole(url):
    for name in ("requirejs@2.3.6/require.js", "font-awesome@4.5.0/css/font-awesome.min.css"):
        file = shipped_files()[name]
        assert ask(url, f"/_solara/cdn/{name}") == (200, file.path.read_bytes())


@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda path: path.write_bytes(b""), lambda path: path.open("a").write(" ")]
)
def test_a_damaged_front_end_is_noticed_and_says_how_to_mend_it(tmp_path, monkeypatch, call, damage):
    record = "\n".join(
        f"a{front_end.FOLDER}{name},sha256=x,{len(name)}" for name in ("requirejs@1/a.js", "vega@1/v.js")
    )
    for name in ("requirejs@1/a.js", "vega@1/v.js"):
        (path := Path(f"{tmp_path}/a{front_end.FOLDER}{name}")).parent.mkdir(parents=True)
        path.write_text(name)
    files = read_record(record, tmp_path)
    check_front_end(files)
    damage(files["vega@1/v.js"].path)  # which the page does not need
    check_front_end(files)
    damage(files["requirejs@1/a.js"].path)
    monkeypatch.setattr("experiments.page.serve.shipped_files", lambda: files)
    called = call("view", "--no-open", "--port", "0")
    assert (called.code, called.out) == (2, "")
    assert called.err == (
        "error: view: 1 of the 1 files of the page's front end are missing or damaged, as requirejs@1/a.js; "
        "mend it with: uv sync --reinstall-package solara-assets\n"
    )


def test_a_front_end_that_is_not_installed_is_one_line(monkeypatch):
    monkeypatch.setattr(front_end, "PACKAGE", "no-such-package-of-assets")
    with pytest.raises(InputError, match="the page needs the package no-such-package-of-assets"):
        shipped_files()
    with pytest.raises(InputError, match="does not hold the page's front end"):
        check_front_end({})
