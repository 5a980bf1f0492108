"""What the portal remembers, and the secrets it keeps."""

from __future__ import annotations

import configparser
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal import ckan_ini, ports, run, testrun
from portal.errors import PortalError
from portal.home import ROOT, Home
from portal.services import Place

PLACE = Place("satudata", "postgresql://a", "postgresql://b", "postgresql://c", "http://d", "redis://e")


def test_a_secret_is_made_once_and_read_by_its_owner_only(home):
    first = home.secret("SECRET_KEY")
    assert first == Home(home.path).secret("SECRET_KEY") != home.secret("another")
    assert (home.path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_damaged_state_file_counts_as_empty(home):
    (home.path / "state.json").write_text('{"web_port": 50')
    assert home.state == {}
    home.remember(web_port=5001)
    assert home.state == {"web_port": 5001}


def test_servers_that_start_at_the_same_time_all_remember_their_ports(home):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: home.remember(**{f"port_{n}": n}), range(40)))
    assert home.state == {f"port_{n}": n for n in range(40)}


def test_the_directory_is_chosen_by_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SATUDATA_PORTAL_HOME", str(tmp_path / "elsewhere"))
    assert Home().path == tmp_path / "elsewhere"
    monkeypatch.delenv("SATUDATA_PORTAL_HOME")
    assert Home().path == ROOT / ".portal"


def test_a_second_command_waits_for_the_first(home):
    code = f"from portal.home import Home\nwith Home({str(home.path)!r}).lock(): print('in', flush=True)"
    with home.lock():
        second = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=-1, stderr=-1, text=True)
        assert "another command is working" in second.stderr.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(timeout=0.5)
    out, _ = second.communicate(timeout=60)
    assert out.strip() == "in"


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PortalError, match="cannot be written"):
        Home(tmp_path / "file" / "home").prepare()


def test_the_configuration_is_private_and_keeps_its_secrets(home):
    path = ckan_ini.write(home, PLACE, 5003)
    assert path.stat().st_mode & 0o777 == 0o600
    first = path.read_text()
    assert ckan_ini.write(home, PLACE, 5003).read_text() == first


def test_the_configuration_names_the_real_address_and_speaks_indonesian_first(tmp_path):
    home = Home(tmp_path / "100% portal")
    home.prepare()
    parser = configparser.ConfigParser()
    parser.read(ckan_ini.write(home, PLACE, 5003))
    main = parser["app:main"]
    assert main["ckan.site_url"] == "http://127.0.0.1:5003"
    assert main["ckan.locale_default"] == "id"
    assert main["ckan.storage_path"] == str(home.path / "storage")
    assert main["ckan.gravatar_default"] == "disabled"
    assert main["satudata.notices.mail"] == "false"
    assert {"activity", "datastore", "xloader", "satudata"} <= set(main["ckan.plugins"].split())


def test_the_next_port_is_taken_when_the_usual_one_is_in_use():
    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert not ports.is_free(number)
        assert ports.answers(number)
        assert ports.choose(number) > number
        assert ports.choose(number, {number + 1}) > number + 1


def test_an_error_shows_the_last_lines_of_the_log_and_how_to_mend_it(home):
    home.log_file("solr").write_text("".join(f"line {n}\n" for n in range(40)))
    text = str(PortalError("Solr does not come up.", "Try again.", log=home.log_file("solr")))
    assert text.startswith("Solr does not come up.\nLast lines of ")
    assert "line 39" in text
    assert "line 20" not in text
    assert text.endswith("Try again.")


def test_clean_refuses_a_directory_that_is_not_ours(monkeypatch, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    monkeypatch.setenv("SATUDATA_PORTAL_HOME", str(tmp_path))
    with pytest.raises(PortalError, match="not removed"):
        run.clean()
    assert (tmp_path / "thesis.txt").exists()


def test_status_of_an_empty_portal_says_that_nothing_runs(monkeypatch, home, capsys):
    monkeypatch.setenv("SATUDATA_PORTAL_HOME", str(home.path))
    assert run.status() == 0
    assert capsys.readouterr().out.count("does not run") == 5


def test_servers_given_by_half_are_refused_by_name(monkeypatch):
    for name in testrun.GIVEN:
        monkeypatch.setenv(name, "x://y")
    assert len(testrun.given()) == 1
    monkeypatch.delenv("SATUDATA_TEST_SOLR_URL")
    with pytest.raises(PortalError, match="SATUDATA_TEST_SOLR_URL"):
        testrun.given()
    for name in testrun.GIVEN:
        monkeypatch.delenv(name, raising=False)
    assert testrun.given() == []
