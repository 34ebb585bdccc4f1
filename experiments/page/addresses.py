"""Under which addresses the page is reached, and what its own pages therefore call themselves.

A browser says which name it looked up (`Host`) and whose page asks (`Origin`); a page elsewhere can forge neither. A
name of its own that it lets mean this machine (DNS rebinding) is no name of ours.
"""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from model.errors import InputError

USUAL_PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|\w(?:[\w.-]*\w)?)\.?(?::(?P<port>\d{1,5}))?", re.ASCII)
PREFIX = re.compile(r"(?:/(?!\.)(?:[\w@.~-]|%[0-9a-fA-F]{2})+)*/?", re.ASCII)
Name = tuple[str, int | None]


def split_host(text: str) -> Name | None:
    """Name and port (None: not said) of what stands in a `Host`; None where it is not written like one."""
    found = HOST.fullmatch(text.lower())
    return (found["name"].strip("[]"), int(found["port"]) if found["port"] else None) if found else None


def origin(scheme: str, name: str, port: int | None) -> str:
    """An origin as browsers write it: without the usual port."""
    bracketed = f"[{name}]" if ":" in name else name
    return f"{scheme}://{bracketed}" + (f":{port}" if port not in (None, USUAL_PORTS[scheme]) else "")


def read_origin(text: str) -> str | None:
    """An `Origin` in the form of `origin`; None where it is none ("null": a page that has none of its own)."""
    scheme, _, host = text.lower().partition("://")
    found = split_host(host)
    return origin(scheme, *found) if found and scheme in USUAL_PORTS else None


def address_in(name: str) -> IPv4Address | IPv6Address | None:
    """The address that a name spells out, if it is one."""
    try:
        found = ip_address(name)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_loopback(name: str) -> bool:
    """Whether only this machine can be meant."""
    address = address_in(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


@dataclass(frozen=True)
class Behind:
    """The address under which a proxy shows the page: `https://lab.example.org/pause`."""

    scheme: str
    name: str
    port: int
    prefix: str = ""  # of every path, as in /pause; what is special in it as %40

    @property
    def origin(self) -> str:
        return origin(self.scheme, self.name, self.port)


@dataclass(frozen=True)
class Addresses:
    """Where the page is served. `names`: beside those of the loopback, each at the port served unless it has its own;
    `literal`: any address in digits will do, for the page is served beyond this machine."""

    port: int
    names: frozenset[Name] = frozenset()
    literal: bool = False
    behind: Behind | None = None

    @property
    def prefix(self) -> str:
        """With which every path of the page begins: none, but behind a proxy that shows it below a path."""
        return self.behind.prefix if self.behind else ""

    def origin_under(self, host: str) -> str | None:
        """The origin of the page where it is reached under this `Host`; None where that is no name of it."""
        found = split_host(host)
        if found is None:
            return None
        name, port = found
        if self.behind and (name, port or self.behind.port) == (self.behind.name, self.behind.port):
            return self.behind.origin
        usual = (name, None) in self.names or is_loopback(name) or (self.literal and address_in(name) is not None)
        if (name, port) in self.names or (usual and port in (None, self.port)):
            return origin("http", name, port)
        return None

    def own(self, host: str, asking: str | None) -> bool:
        """Whether a request to `host` is for this page, and from it, where its `Origin` is said."""
        here = self.origin_under(host)
        mine = {here, self.behind.origin if self.behind else here}
        return here is not None and (asking is None or read_origin(asking) in mine)


def addresses(host: str, port: int, allowed: Iterable[str] = (), behind: str | None = None) -> Addresses:
    """The addresses of a page served on `host` at `port`, with what --allow-host and --behind add."""
    names = {allowed_name(text) for text in allowed}
    if not is_loopback(host):
        machine = socket.gethostname().lower()
        names |= {(name, None) for name in (host.lower(), machine, f"{machine.partition('.')[0]}.local")}
    return Addresses(port, frozenset(names), not is_loopback(host), None if behind is None else read_behind(behind))


def allowed_name(text: str) -> Name:
    """What --allow-host names: a name, or name:port where that is another than the one served."""
    found = split_host(text)
    if found is None or not (found[1] is None or 0 < found[1] <= 65535):
        raise InputError(f"--allow-host {text!r}: write a host's name, as in lab.example.org or localhost:9000")
    return found


def read_behind(text: str) -> Behind:
    """What --behind names: the page's address in the proxy's words."""
    try:
        parts = urlsplit(text)
        found = split_host(parts.netloc)
        fits = parts.scheme in USUAL_PORTS and not parts.query and not parts.fragment and PREFIX.fullmatch(parts.path)
    except ValueError:
        found, fits = None, None
    if not found or not fits:
        raise InputError(f"--behind {text!r}: write the page's address, as in https://lab.example.org/pause/")
    name, port = found
    return Behind(parts.scheme, name, port or USUAL_PORTS[parts.scheme], parts.path.rstrip("/"))
