"""CKAN's own test suite, plain and with this extension loaded, compared test by test.

``python -m benchmarks.ckan_suite [ckan.tests.logic …]``; without names the whole of ``ckan.tests``. Review is
switched off (``satudata.review.enabled = false``), so what CKAN promises must hold to the letter. Both runs have
databases, a Solr core and a Redis number of their own and go side by side. A test that ends differently is run
again, by itself: what then ends alike was chance (its name is still printed). What still differs is also run with
scheming and the same schema but without ``satudata``, to tell whose doing it is. The exit code is 1 if any is ours.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from benchmarks import names_only, places, with_satudata
from portal.home import Home

PLAIN, OURS, SCHEMING = "suite_plain", "suite_satudata", "suite_scheming"
AGAIN_AT_MOST = 60

# What CKAN's own test configuration sets and its tests rely on.
OPTIONS = {
    "testing": "true",
    "WTF_CSRF_ENABLED": "false",
    "ckan.site_id": "test.ckan.net",
    "ckan.site_title": "CKAN",
    "ckan.site_logo": "/images/ckan_logo_fullname_long.png",
    "ckan.site_url": "http://test.ckan.net",
    "ckan.auth.user_create_organizations": "true",
    "ckan.auth.user_create_groups": "true",
    "ckan.auth.create_user_via_api": "false",
    "ckan.auth.create_dataset_if_not_in_organization": "true",
    "ckan.auth.anon_create_dataset": "false",
    "ckan.auth.user_delete_groups": "true",
    "ckan.auth.user_delete_organizations": "true",
    "ckan.auth.create_unowned_dataset": "true",
    "ckan.cache_enabled": "false",
    "ckan.extra_resource_fields": "alt_url",
    "ckan.upload.user.types": "image",
    "ckan.upload.group.types": "image",
    "ckan.upload.resource.types": "*",
    "ckan.files.default_storages.default": "test",
    "ckan.files.storage.test.type": "ckan:fs",
    "ckan.files.storage.test.path": "%(here)s/files",
    "ckan.files.storage.test.initialize": "true",
    "smtp.test_server": "localhost:6675",
    "smtp.mail_from": "info@test.ckan.net",
    "ckan.locale_default": "en",
    "ckan.locale_order": "en pt_BR ja it cs_CZ ca es fr el sv sr sr@latin no sk fi ru de pl nl bg ko_KR hu sl lv",
    "ckan.datasets_per_page": "20",
    "ckan.activity_list_limit": "15",
}
MORE: dict[str, dict[str, str]] = {
    PLAIN: {},
    OURS: {"ckan.plugins": "satudata scheming_datasets", "satudata.review.enabled": "false"},
    SCHEMING: {"ckan.plugins": "benchmark_names_only scheming_datasets", **names_only.OPTIONS},
}


@dataclass(frozen=True)
class Outcome:
    """How one test ended: ``passed``, ``failed``, ``error`` or ``skipped``, and the first line of why."""

    state: str
    why: str = ""


Results = dict[str, Outcome]


def read(path: Path) -> Results:
    """The outcome of each test in a JUnit file, by ``class::name``."""
    outcomes: Results = {}
    for case in ElementTree.parse(path).iter("testcase"):
        state, why = "passed", ""
        for child in case:
            if child.tag in ("failure", "error", "skipped"):
                state = {"failure": "failed"}.get(child.tag, child.tag)
                why = (child.get("message") or "").strip().split("\n")[0][:160]
        name = f"{case.get('classname')}::{case.get('name')}"
        outcomes[name] = Outcome(state, why)
    return outcomes


def differences(plain: Results, ours: Results) -> list[str]:
    """Names of tests that end differently, or that only one of the two runs has."""
    return [
        name
        for name in sorted({*plain, *ours})
        if name not in plain or name not in ours or plain[name].state != ours[name].state
    ]


def alike(one: Outcome | None, other: Outcome | None) -> bool:
    """Whether a test ends in the same way; messages carry random names, so the kind of error counts."""

    def kind(outcome: Outcome) -> tuple[str, str]:
        return outcome.state, re.split(r"\W", outcome.why)[0]

    return one is not None and other is not None and kind(one) == kind(other)


def prepare(directory: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """Configure the portals and make their tables, theirs and ours; also the environment they need."""
    inis = {}
    extra = names_only.installed_into(directory / "plugins")
    for name, place in places.make([PLAIN, OURS, SCHEMING]).items():
        inis[name] = places.write_ini(directory / name, place, {**OPTIONS, **MORE[name]})
        places.ckan(inis[name], "db", "init", more=extra)
        if name == OURS:
            places.ckan(inis[name], "db", "upgrade", "-p", "satudata")
    return inis, extra


def start(name: str, ini: Path, tests: list[str], report: Path, extra: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start one run of pytest; its output goes to a file beside its report."""
    command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider"]
    environment = {**extra, "PYTHONHASHSEED": "0"}
    if name != PLAIN:
        command += ["-p", "benchmarks.with_satudata"]
        environment[with_satudata.KEPT] = MORE[name]["ckan.plugins"]
    # Names of tests in the report are relative to this, so that they can be given back to pytest.
    spec = importlib.util.find_spec("ckan")
    command += [f"--rootdir={Path(str(spec and spec.origin)).parent.parent}"]
    command += [f"--ckan-ini={ini}", f"--junitxml={report}", "--pyargs", *tests]
    with report.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=ini.parent,
            env=places.clean_environment(environment),
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def run(
    inis: dict[str, Path], extra: dict[str, str], tests: list[str], label: str, *, one_by_one: bool
) -> dict[str, Results]:
    """Run the tests on these portals.

    :raises RuntimeError: if a run ends without a report; its last lines are in the message
    """
    reports = {name: ini.parent / f"{label}.xml" for name, ini in inis.items()}
    runs = {}
    for name, ini in inis.items():
        reports[name].unlink(missing_ok=True)
        runs[name] = start(name, ini, tests, reports[name], extra)
        if one_by_one:
            runs[name].wait()
    try:
        for process in runs.values():
            process.wait()
    except KeyboardInterrupt:
        for process in runs.values():
            process.terminate()
        raise
    for name, report in reports.items():
        if not report.exists():
            tail = report.with_suffix(".log").read_text(errors="replace")[-3000:]
            raise RuntimeError(f"The run of {name} ended without a report:\n{tail}")
    return {name: read(report) for name, report in reports.items()}


def node(name: str) -> str:
    """What pytest takes for a test of the report: ``package.module.Class::test`` → a file path and a node."""
    dotted, _, test = name.partition("::")
    parts = dotted.split(".")
    classes = [part for part in parts if part[:1].isupper()]
    modules = parts[: len(parts) - len(classes)]
    return "::".join([".".join(modules), *classes, test])


def summary(results: Results) -> str:
    counts: dict[str, int] = {}
    for outcome in results.values():
        counts[outcome.state] = counts.get(outcome.state, 0) + 1
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items(), key=lambda pair: -pair[1]))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ckan_suite", description=__doc__)
    parser.add_argument("tests", nargs="*", default=["ckan.tests"], help="packages or modules (ckan.tests)")
    parser.add_argument("--one-by-one", action="store_true", help="one run after the other, not side by side")
    options = parser.parse_args()
    directory = Home().path / "suite"
    begin = time.monotonic()
    inis, extra = prepare(directory)
    two = {name: inis[name] for name in (PLAIN, OURS)}
    print(f"Running {' '.join(options.tests)} plain and with satudata; logs under {directory}", flush=True)
    results = run(two, extra, options.tests, "all", one_by_one=options.one_by_one)
    for name, outcomes in results.items():
        print(f"{name:16} {len(outcomes)} tests: {summary(outcomes)}")
    differing = differences(results[PLAIN], results[OURS])
    verdict = dict.fromkeys(differing, "differs")
    if differing and len(differing) <= AGAIN_AT_MOST:
        print(f"{len(differing)} ended differently; running these again", flush=True)
        again = run(inis, extra, [node(name) for name in differing], "again", one_by_one=options.one_by_one)
        scheming = differences(again[PLAIN], again[SCHEMING])
        for name in differing:
            if name not in differences(again[PLAIN], again[OURS]):
                verdict[name] = "by chance"
            elif name in scheming and alike(again[SCHEMING].get(name), again[OURS].get(name)):
                verdict[name] = "scheming"
    for name, what in verdict.items():
        plain, ours = (results[arm].get(name, Outcome("absent")) for arm in (PLAIN, OURS))
        print(f"{what}: {name}\n    plain: {plain.state} {plain.why}\n    ours:  {ours.state} {ours.why}")
    same = len(set(results[PLAIN]) & set(results[OURS])) - len(set(differing))
    counts = {what: list(verdict.values()).count(what) for what in ("differs", "scheming", "by chance")}
    print(
        f"{same} the same, {counts['differs']} differ, {counts['scheming']} differ with scheming alone as well, ",
        end="",
    )
    print(f"{counts['by chance']} by chance ({time.monotonic() - begin:.0f} s)")
    return 1 if counts["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
