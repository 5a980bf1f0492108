"""The jars of Solr and Jetty, fetched in parallel and compared with the checksums in ``solr-jars.txt``.

``jgo`` (a Maven resolver in Python) fetches them from its own default repository, or from the one named in
``SATUDATA_MAVEN_REPOSITORY``. Resolving 129 jars one by one takes a minute; the pinned list makes resolving
unnecessary, and jars fetched once are shared by every checkout of this user.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.errors import PortalError

LIST = Path(__file__).with_name("solr-jars.txt")
SOLR_VERSION = "9.9.0"
# The two jakarta entries are needed: the resolver otherwise picks versions too old for Jersey 3,
# and Solr dies with NoClassDefFoundError: jakarta/inject/Singleton.
ROOTS = "+".join(
    (
        "org.eclipse.jetty:jetty-server:10.0.22",
        "org.eclipse.jetty:jetty-servlet:10.0.22",
        "org.eclipse.jetty:jetty-xml:10.0.22",
        "javax.servlet:javax.servlet-api:4.0.1",
        "jakarta.inject:jakarta.inject-api:2.0.1",
        "jakarta.annotation:jakarta.annotation-api:2.1.1",
        f"org.apache.solr:solr-core:{SOLR_VERSION}",
    )
)


@dataclass(frozen=True)
class Jar:
    """One line of the list."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    def __str__(self) -> str:
        names = [self.group, self.artifact, self.version, self.classifier]
        return f"{':'.join(name for name in names if name)} sha256:{self.sha256}"


def read_list(path: Path = LIST) -> list[Jar]:
    """The pinned jars.

    :raises PortalError: naming the line that is not ``group:artifact:version[:classifier] sha256:checksum``
    """
    jars = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        coordinate, _, checksum = line.partition(" sha256:")
        names = coordinate.split(":")
        if len(names) not in (3, 4) or len(checksum.strip()) != 64:
            raise PortalError(f"{path}, line {number} is not a pinned jar: {line!r}")
        jars.append(Jar(names[0], names[1], names[2], names[3] if len(names) == 4 else "", checksum.strip()))
    return jars


def cache() -> Path:
    """Where fetched jars lie, for every checkout of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "satudata-portal" / "maven"


def fetch(jars: list[Jar], progress: Callable[[int, int], None] | None = None, threads: int = 12) -> list[Path]:
    """The paths of all ``jars``, those missing or damaged in the cache being fetched.

    :param progress: called with (done, all) after each jar that had to be fetched
    :raises PortalError: if the repository cannot be reached, or a jar has not the pinned checksum
    """
    folder = cache()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PortalError(
            f"The cache {folder} cannot be written: {error.strerror}.",
            "Name another one with XDG_CACHE_HOME.",
        ) from error
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with ThreadPoolExecutor(threads) as pool:
            context = _context(folder)
            paths = {jar: path for jar, path in pool.map(lambda jar: (jar, _cached(context, jar)), jars) if path}
            missing = [jar for jar in jars if jar not in paths]
            jobs = {pool.submit(_fetch_one, context, jar): jar for jar in missing}
            for done, job in enumerate(as_completed(jobs), 1):
                try:
                    paths[jobs[job]] = job.result()
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
                if progress:
                    progress(done, len(missing))
    return [paths[jar] for jar in jars]


def resolve() -> list[Jar]:
    """Resolve ROOTS anew (a minute); for whoever moves Solr to another version."""
    import jgo

    environment = jgo.build(ROOTS)
    repository = Path(os.environ.get("M2_REPO") or Path.home() / ".m2" / "repository")
    places = {path.name: path.relative_to(repository).parts for path in repository.rglob("*.jar")}
    found = []
    for jar in environment.all_jars:
        *group, artifact, version, name = places[Path(jar).name]
        classifier = name[len(f"{artifact}-{version}") : -len(".jar")].lstrip("-")
        found.append(Jar(".".join(group), artifact, version, classifier, _sha256(Path(jar))))
    return sorted(found, key=str)


def _context(folder: Path) -> Any:
    from jgo.maven import MavenContext

    repository = os.environ.get("SATUDATA_MAVEN_REPOSITORY", "").rstrip("/")
    remotes = {"chosen": repository} if repository else None
    return MavenContext(repo_cache=folder, remote_repos=remotes, timeout=30)


def _cached(context: Any, jar: Jar) -> Path | None:
    """Its path in the cache if it is whole; what is half a file or damaged is removed."""
    path: Path = _artifact(context, jar).cached_path
    if not path.exists():
        return None
    if _sha256(path) == jar.sha256:
        return path
    path.unlink()
    return None


def _artifact(context: Any, jar: Jar) -> Any:
    return context.project(jar.group, jar.artifact).at_version(jar.version).artifact(jar.classifier)


def _fetch_one(context: Any, jar: Jar) -> Path:
    import requests

    trouble: Exception | None = None
    for _ in range(3):
        try:
            fetched: Path = _artifact(context, jar).resolve()
        except (requests.RequestException, OSError, RuntimeError) as error:
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise
            trouble = error
            continue
        if path := _cached(context, jar):
            return path
        trouble = PortalError(f"{fetched.name} does not have the checksum pinned in {LIST.name}")
    raise PortalError(
        f"{jar.group}:{jar.artifact}:{jar.version} could not be fetched: {trouble}.",
        "Is there a network? A private network may need REQUESTS_CA_BUNDLE (its certificates) "
        "or SATUDATA_MAVEN_REPOSITORY (the address of its own Maven repository).",
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        for block in iter(lambda: handle.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
