"""Jars are fetched once and only with the pinned checksum; the repository here is a small one of our own."""

from __future__ import annotations

import functools
import hashlib
import http.server
import threading

import pytest

from portal import jars
from portal.errors import PortalError

SMALL = jars.Jar("org.example", "small", "1.0", "", hashlib.sha256(b"a small jar").hexdigest())


@pytest.fixture
def repository(tmp_path, monkeypatch):
    folder = tmp_path / "repository" / "org" / "example" / "small" / "1.0"
    folder.mkdir(parents=True)
    (folder / "small-1.0.jar").write_bytes(b"a small jar")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path / "repository"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SATUDATA_MAVEN_REPOSITORY", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield folder
    server.shutdown()
    server.server_close()


def test_a_jar_is_fetched_once(repository):
    said = []
    (path,) = jars.fetch([SMALL], lambda done, total: said.append((done, total)))
    assert path.read_bytes() == b"a small jar"
    (repository / "small-1.0.jar").unlink()
    assert jars.fetch([SMALL], lambda done, total: said.append((done, total))) == [path]
    assert said == [(1, 1)]


def test_half_a_jar_of_an_interrupted_run_is_fetched_again(repository):
    (path,) = jars.fetch([SMALL])
    path.write_bytes(b"a sm")
    assert jars.fetch([SMALL])[0].read_bytes() == b"a small jar"


def test_a_jar_with_another_checksum_is_refused_and_not_kept(repository):
    (repository / "small-1.0.jar").write_bytes(b"something else")
    with pytest.raises(PortalError, match="checksum"):
        jars.fetch([SMALL])
    assert not list(jars.cache().rglob("*.jar"))


def test_a_repository_out_of_reach_is_said_plainly(repository, monkeypatch):
    monkeypatch.setenv("SATUDATA_MAVEN_REPOSITORY", "http://127.0.0.1:9")
    with pytest.raises(PortalError, match="Is there a network"):
        jars.fetch([SMALL])


def test_the_pinned_list_holds_solr_and_each_jar_once():
    pinned = jars.read_list()
    assert len({(jar.group, jar.artifact, jar.classifier) for jar in pinned}) == len(pinned) == 129
    assert ("solr-core", jars.SOLR_VERSION) in {(jar.artifact, jar.version) for jar in pinned}
    for root in jars.ROOTS.split("+"):
        assert root in {f"{jar.group}:{jar.artifact}:{jar.version}" for jar in pinned}


def test_a_bad_line_in_the_list_is_named(tmp_path):
    path = tmp_path / "jars.txt"
    path.write_text(f"# comment\n{SMALL}\norg.example:small\n")
    with pytest.raises(PortalError, match="line 3"):
        jars.read_list(path)
