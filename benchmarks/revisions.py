"""Readers while working copies are published: ``python -m benchmarks.revisions [--reads 10000]``.

Runs the suite's own test of this with more reads, over HTTP, against a portal of its own on the databases of the
test: four readers ask ``package_show``, ``package_search``, the download and ``datastore_search`` in turn, while
version after version is edited, checked and published. A read is mixed where it speaks of two versions.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEST = ROOT / "ckanext/satudata/tests/review/revision/test_reading.py"


def main() -> int:
    """Run it and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads", type=int, default=10_000)
    os.environ["SATUDATA_READS"] = str(parser.parse_args().reads)
    began = time.monotonic()
    code = int(pytest.main(["-q", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), str(TEST)]))
    print(f"{time.monotonic() - began:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
