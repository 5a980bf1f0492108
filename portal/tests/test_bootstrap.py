"""The part that runs under any Python, before anything is installed."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from portal import bootstrap

SOURCE = Path(bootstrap.__file__)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A place for ``.venv`` that is not the real one."""
    monkeypatch.setattr(bootstrap, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setattr(bootstrap, "STAMP", str(tmp_path / ".venv" / "satudata.stamp"))
    return tmp_path


def fake_python(folder, name, prints):
    path = folder / name
    path.write_text(f"#!/bin/sh\necho {prints}\n")
    path.chmod(0o755)
    return str(path)


def test_an_old_python_can_parse_it_and_say_which_one_is_wanted():
    ast.parse(SOURCE.read_text(), feature_version=(3, 6))


def test_the_first_python_of_a_right_version_is_chosen(tmp_path):
    old = fake_python(tmp_path, "python3.8", "3.8")
    new = fake_python(tmp_path, "python3.13", "3.13")
    right = fake_python(tmp_path, "python3.12", "3.12")
    broken = fake_python(tmp_path, "python3.11", "command not found")
    assert bootstrap.choose_python([None, old, new, broken, str(tmp_path / "absent"), right]) == right


def test_without_a_right_python_the_message_names_the_versions_and_the_way_out(tmp_path):
    with pytest.raises(bootstrap.Trouble) as caught:
        bootstrap.choose_python([fake_python(tmp_path, "python3.8", "3.8")])
    assert "3.10, 3.11 or 3.12" in str(caught.value)
    assert "SATUDATA_PYTHON=" in str(caught.value)


def test_half_a_virtual_environment_is_made_anew(checkout):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    fake_python(checkout / ".venv" / "bin", "python", "half made")
    assert bootstrap.make_venv(sys.executable) == "made"
    assert bootstrap.make_venv(sys.executable) == "kept"


def test_a_file_in_the_way_of_the_virtual_environment_is_not_removed(checkout):
    (checkout / ".venv").write_text("somebody's own")
    with pytest.raises(bootstrap.Trouble, match="in the way"):
        bootstrap.make_venv(sys.executable)
    assert (checkout / ".venv").read_text() == "somebody's own"


def test_without_the_stamp_of_a_finished_run_nothing_counts_as_installed(checkout, monkeypatch):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    fake_python(checkout / ".venv" / "bin", "python", "3.11")
    assert not bootstrap.installed()
    Path(bootstrap.STAMP).write_text(bootstrap.fingerprint())
    assert bootstrap.installed()
    monkeypatch.setattr(bootstrap, "fingerprint", lambda: "the requirements changed")
    assert not bootstrap.installed()


def test_too_little_disk_is_said_before_anything_is_fetched(monkeypatch):
    monkeypatch.setattr(bootstrap, "NEEDED_BYTES", 1 << 60)
    with pytest.raises(bootstrap.Trouble, match="Too little room"):
        bootstrap.check_disk()


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        ("NewConnectionError: Temporary failure in name resolution", "network"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", "PIP_CERT"),
        ("ERROR: something else", "pip could not install"),
    ],
)
def test_the_cause_is_read_from_the_last_words_of_pip(words, cause):
    assert cause in bootstrap.cause_of(words)


def test_the_stand_in_for_psycopg2_is_a_wheel_that_wants_the_compiled_one(tmp_path):
    folder = bootstrap.stand_in_for_psycopg2(str(tmp_path))
    (wheel,) = Path(folder).glob("*.whl")
    metadata = zipfile.ZipFile(wheel).read(f"psycopg2-{bootstrap.PSYCOPG2}.dist-info/METADATA").decode()
    assert f"Requires-Dist: psycopg2-binary=={bootstrap.PSYCOPG2}" in metadata
    from importlib.metadata import requires

    assert any(line.startswith(f"psycopg2=={bootstrap.PSYCOPG2};") for line in requires("ckan") or [])


def test_an_unreachable_index_ends_in_a_sentence_not_a_traceback(checkout, tmp_path):
    done = subprocess.run(
        [sys.executable, str(SOURCE), "status"],
        env={**os.environ, "SATUDATA_PORTAL_HOME": str(tmp_path / "nowhere")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
