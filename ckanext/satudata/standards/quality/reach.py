"""Whether a remote link opens, without ever asking an address that is not public.

Addresses come from people who fill in forms, and the job that tries them stands inside the portal's network
(server-side request forgery). So a name is resolved first, *every* address it stands for has to be public, and the
connection goes to the very address that was looked at: no second look-up that could answer otherwise. The same for
each redirect. No proxy, no cookies, no credentials, a bound on time and on bytes; the answer is shown to nobody.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

REDIRECTS = 4
#: How much of an answer is read: enough to know that there is one.
MOST_BYTES = 4096
LONGEST_URL = 4000
AGENT = "ckanext-satudata link check"
#: Ports a public web server may have; others are where services of a network listen.
PORTS = frozenset({80, 443, 8000, 8080, 8443})
#: Public by their numbers, and yet asked by nobody from outside: metadata services of clouds, relays, test nets.
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::/32", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16",
        "2001::/32", "fec0::/10", "::/96", "::ffff:0:0:0/96", "3fff::/20", "5f00::/16",
    )
)  # fmt: skip

Resolve = Callable[[str, int], list[str]]
Refuse = Callable[[str], bool]


@dataclass(frozen=True)
class Reached:
    """What came of one link.

    :ivar ok: True, False, or None where it was not tried: that says nothing about the link
    :ivar why: a short word for logs and tests: ``200``, ``404``, ``private``, ``timeout`` …
    """

    ok: bool | None
    why: str


def is_private(address: str) -> bool:
    """Whether an IP address is anything but public: private, this machine, link-local, multicast, reserved, metadata.

    IPv4 addresses in the clothes of IPv6 (mapped, translated, 6to4, NAT64, Teredo) are looked at as what they lead to.
    """
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return True
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return not found.is_global or found.is_multicast or any(found in network for network in _REFUSED)


def resolve(host: str, port: int) -> list[str]:
    """The addresses a name stands for.

    :raises OSError: it stands for none
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def reach(
    url: str,
    seconds: float = 10,
    *,
    resolver: Resolve = resolve,
    refuse: Refuse = is_private,
    ports: frozenset[int] | None = PORTS,
) -> Reached:
    """Try one link: HEAD, and where a server does not know that, the first bytes by GET.

    :param seconds: for all of it, redirects included
    :param resolver: looks names up
    :param refuse: says which addresses are never connected to
    :param ports: which ports are asked; None for any
    """
    ends = time.monotonic() + seconds
    for _hop in range(REDIRECTS + 1):
        try:
            status, location = _ask(url, ends, resolver, refuse, ports)
        except _NotAskedError as error:
            return Reached(None, str(error))
        except TimeoutError:
            return Reached(False, "timeout")
        except ssl.SSLError:
            return Reached(False, "certificate")
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            return Reached(False, type(error).__name__)
        if status in (301, 302, 303, 307, 308) and location:
            url = urljoin(url, location)
            continue
        # Who asks for a login or to slow down is there; what the link holds is then not for us to say.
        return Reached(None if status in (401, 403, 429) else 200 <= status < 300, str(status))
    return Reached(False, "redirects")


class _NotAskedError(Exception):
    """This address is not asked."""


def _ask(
    url: str, ends: float, resolver: Resolve, refuse: Refuse, ports: frozenset[int] | None
) -> tuple[int, str | None]:
    if len(url) > LONGEST_URL:
        raise _NotAskedError("long")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise _NotAskedError("address")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if ports is not None and port not in ports:
        raise _NotAskedError("port")
    addresses = resolver(parts.hostname, port)
    # One private address among several is enough: which of them is connected to is not left to chance.
    if not addresses or any(refuse(address) for address in addresses):
        raise _NotAskedError("private")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path = path.encode("ascii", "ignore").decode() if path.isascii() else _quoted(path)
    for method in ("HEAD", "GET"):
        status, location = _request(parts.scheme, parts.hostname, addresses[0], port, method, path, ends)
        if method == "GET" or status not in (400, 403, 404, 405, 500, 501):
            return status, location
    raise AssertionError  # the loop returns with GET


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/%:?&=+,;@!$'()*~-._")


def _request(
    scheme: str, host: str, address: str, port: int, method: str, path: str, ends: float
) -> tuple[int, str | None]:
    """One request to exactly that address, in the name of that host."""
    connection = http.client.HTTPConnection(host, port, timeout=_left(ends))
    sock = socket.create_connection((address, port), timeout=_left(ends))
    # A time limit of a socket is for each read: a server that drips a byte a second would hold the job for hours.
    watch = threading.Timer(_left(ends), _cut, [sock])
    watch.start()
    try:
        if scheme == "https":
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
            watch.cancel()
            watch = threading.Timer(_left(ends), _cut, [sock])
            watch.start()
        connection.sock = sock
        headers = {"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"}
        if method == "GET":
            headers["Range"] = f"bytes=0-{MOST_BYTES - 1}"
        connection.request(method, path, headers=headers)
        sock.settimeout(_left(ends))
        answer = connection.getresponse()
        if method == "GET":
            sock.settimeout(_left(ends))
            answer.read(MOST_BYTES)
        return answer.status, answer.getheader("Location")
    except (OSError, http.client.HTTPException):
        _left(ends)
        raise
    finally:
        watch.cancel()
        sock.close()
        connection.close()


def _cut(sock: socket.socket) -> None:
    """End a connection under whoever reads from it."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _left(ends: float) -> float:
    """Seconds that are left.

    :raises TimeoutError: none
    """
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
