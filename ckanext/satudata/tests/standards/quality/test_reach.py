"""Remote links: what opens, what does not, and that nothing inside the network is ever asked. Sockets are real."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.standards.quality import jobs, reach
from ckanext.satudata.standards.quality.model import quality
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import lasting_city  # noqa: F401


class Server(ThreadingHTTPServer):
    """A web server on this machine that notes what it is asked."""

    asked: list[tuple[str, str]]
    way_on: str = ""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.server.asked.append((self.command, self.path))
        path = self.path.split("?")[0]
        if path == "/slow":
            time.sleep(3)
        if path == "/drip":
            for letter in b"HTTP/1.0 200 OK\r\nX: " + b"x" * 60:
                time.sleep(0.1)
                try:
                    self.wfile.write(bytes([letter]))
                except OSError:
                    return None
        if path == "/no-head" and self.command == "HEAD":
            return self._say(405)
        if path == "/on":
            return self._say(302, Location=self.server.way_on)
        if path == "/round":
            return self._say(302, Location="/round")
        if path == "/endless" and self.command == "GET":
            self._say(200)
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return None
        return self._say({"/gone": 404, "/broken": 500, "/login": 401, "/endless": 405}.get(path, 200))

    def _say(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.asked = []
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def allowed(server: Server, path: str, seconds: float = 5) -> reach.Reached:
    """Ask the test's own server as if it stood on the public internet, under a public name."""
    port = server.server_address[1]
    return reach.reach(
        f"http://data.example.go.id:{port}{path}",
        seconds,
        resolver=lambda _host, _port: ["127.0.0.1"],
        refuse=lambda address: address != "127.0.0.1",
        ports=None,
    )


@pytest.mark.parametrize(
    ("path", "ok", "why"),
    [
        ("/data.csv", True, "200"),
        ("/no-head", True, "200"),
        ("/gone", False, "404"),
        ("/broken", False, "500"),
        ("/login", None, "401"),
        ("/round", False, "redirects"),
        ("/data?a=1&b=dua kata", True, "200"),
        ("/endless", True, "200"),
    ],
)
def test_a_link_is_asked_for_its_head_and_then_for_its_first_bytes(
    server: Server, path: str, ok: bool | None, why: str
) -> None:
    path = path.replace(" ", "%20")
    assert allowed(server, path) == reach.Reached(ok, why)
    assert server.asked[0][0] == "HEAD"


def test_a_slow_server_is_given_up(server: Server) -> None:
    before = time.monotonic()
    assert allowed(server, "/slow", seconds=0.5) == reach.Reached(False, "timeout")
    assert time.monotonic() - before < 2


def test_a_server_that_drips_its_answer_is_cut_off(server: Server) -> None:
    before = time.monotonic()
    assert allowed(server, "/drip", seconds=0.6) == reach.Reached(False, "timeout")
    assert time.monotonic() - before < 2


def test_a_redirect_counts_as_where_it_leads(server: Server) -> None:
    server.way_on = "/data.csv"
    assert allowed(server, "/on").ok
    server.way_on = "/gone"
    assert allowed(server, "/on") == reach.Reached(False, "404")


def test_a_closed_port_and_an_unknown_name_are_broken_links() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = reach.reach(
        f"http://x.example:{port}/", 2, resolver=lambda *_a: ["127.0.0.1"], refuse=lambda _a: False, ports=None
    )
    assert found.ok is False

    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror("no such name")

    assert reach.reach("http://tidak-ada.invalid/", 2, resolver=unknown) == reach.Reached(False, "gaierror")


# -- what is never asked --------------------------------------------------------------------------------------

PRIVATE = """
127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.5 172.16.3.4 172.31.255.255 192.168.1.1 169.254.169.254 169.254.0.1 100.64.0.1
100.100.100.200 168.63.129.16 192.0.0.192 198.18.0.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 192.0.2.1 203.0.113.7
::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
::ffff:7f00:1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2001:0:53aa:64c:0:5efe:80ff:fffe ::127.0.0.1 2001:db8::1
fec0::1 ::ffff:0:127.0.0.1 ::ffff:0:a00:1 3fff::1 5f00::1 nonsense
""".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert reach.is_private(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "103.28.15.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "2400:cb00::1"]
)
def test_public_addresses_are_not(address: str) -> None:
    assert not reach.is_private(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "017700000001", "127.1", "0"],
)
def test_this_machine_is_not_asked_however_it_is_written(server: Server, host: str) -> None:
    port = server.server_address[1]
    found = reach.reach(f"http://{host}:{port}/rahasia", 2, ports=None)
    assert found.ok is not True and server.asked == []


def test_a_public_name_with_one_private_address_is_not_asked(server: Server) -> None:
    port = server.server_address[1]
    for addresses in (["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], []):
        found = reach.reach(f"http://data.example.go.id:{port}/", 2, resolver=lambda *_a: addresses, ports=None)  # noqa: B023
        assert found == reach.Reached(None, "private")
    assert server.asked == []


def test_a_redirect_into_the_network_is_not_followed(server: Server) -> None:
    inner = Server(("127.0.0.1", 0), Handler)
    inner.asked = []
    threading.Thread(target=inner.serve_forever, args=(0.02,), daemon=True).start()
    try:
        for way_on in (
            f"http://127.0.0.1:{inner.server_address[1]}/rahasia",
            f"http://[::ffff:127.0.0.1]:{inner.server_address[1]}/rahasia",
            "http://169.254.169.254/latest/meta-data/",
            f"//localhost:{inner.server_address[1]}/rahasia",
        ):
            server.way_on = way_on

            def resolver(host: str, port: int) -> list[str]:
                return ["127.0.0.1"] if host == "data.example.go.id" else reach.resolve(host, port)

            # The first hop is let through as if it were public; what it leads to is judged as always.
            through = iter([True])

            def refuse(address: str, through: Iterator[bool] = through) -> bool:
                return not next(through, False) and reach.is_private(address)

            found = reach.reach(
                f"http://data.example.go.id:{server.server_address[1]}/on", 3, resolver=resolver, refuse=refuse,
                ports=None,
            )  # fmt: skip
            assert found == reach.Reached(None, "private"), way_on
        assert inner.asked == [] and len(server.asked) == 4
    finally:
        inner.shutdown()
        inner.server_close()


def test_the_name_is_looked_up_once_and_that_very_address_is_connected_to(server: Server) -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    port = server.server_address[1]
    found = reach.reach(f"http://a.example:{port}/no-head", 3, resolver=rebinding, refuse=lambda _a: False, ports=None)
    assert found.ok and len(asked) == 1 and [method for method, _path in server.asked] == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://data.example.go.id/a.csv", "address"),
        ("file:///etc/passwd", "address"),
        ("gopher://data.example.go.id/", "address"),
        ("http://user:pass@data.example.go.id/", "address"),
        ("http:///a.csv", "address"),
        ("http://data.example.go.id:22/", "port"),
        ("http://data.example.go.id:6379/", "port"),
        ("http://data.example.go.id/" + "a" * 5000, "long"),
    ],
)
def test_other_schemes_ports_and_credentials_are_not_asked(url: str, why: str) -> None:
    assert reach.reach(url, 2, resolver=lambda *_a: ["8.8.8.8"]) == reach.Reached(None, why)


@pytest.mark.parametrize("url", ["http://[::1", "http://data.example.go.id:99999/", "http://a\r\nHost: b/"])
def test_addresses_that_are_none_break_nothing(url: str) -> None:
    assert reach.reach(url, 2, resolver=lambda *_a: ["127.0.0.1"]).ok is not True


# -- the job --------------------------------------------------------------------------------------------------


def row(package_id: str) -> Any:
    model.Session.rollback()
    return model.Session.execute(sa.select(quality).where(quality.c.package_id == package_id)).first()


def test_the_job_tries_new_links_and_the_score_follows(
    lasting_city: SimpleNamespace,  # noqa: F811
    monkeypatch: Any,
) -> None:
    made = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan))
    before = row(made["id"])
    assert before.links == {} and before.links_due_at is not None
    answers = {"ok": reach.Reached(True, "200")}
    monkeypatch.setattr(reach, "reach", lambda _url, _seconds: answers["ok"])
    assert jobs.try_links() >= 1
    first = row(made["id"])
    assert [link["ok"] for link in first.links.values()] == [True] and first.score == before.score
    assert first.links_due_at > dt.datetime.utcnow() + dt.timedelta(days=6)

    def again() -> Any:
        model.Session.execute(quality.update().values(links_due_at=dt.datetime(2020, 1, 1)))
        model.Session.commit()
        jobs.try_links()
        return row(made["id"])

    answers["ok"] = reach.Reached(False, "500")
    doubtful = again()
    assert doubtful.score == first.score and doubtful.links_due_at < dt.datetime.utcnow() + dt.timedelta(hours=7)
    broken = again()
    assert broken.score < first.score and broken.advice[0]["kind"] == "link"
    answers["ok"] = reach.Reached(True, "200")
    assert again().score == first.score
    # Another address is another link.
    resource = call_as(lasting_city.producer, "package_show", id=made["id"])["resources"][0]
    call_as(lasting_city.producer, "resource_patch", id=resource["id"], url="https://example.com/lain.csv")
    changed = row(made["id"])
    assert changed.links == {} and changed.links_due_at <= dt.datetime.utcnow()


def test_links_can_be_left_alone(
    lasting_city: SimpleNamespace,  # noqa: F811
    ckan_config: Any,
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(reach, "reach", lambda *_args: pytest.fail("asked although switched off"))
    monkeypatch.setitem(ckan_config, "satudata.quality.links", False)
    call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan))
    assert jobs.try_links() == 0
