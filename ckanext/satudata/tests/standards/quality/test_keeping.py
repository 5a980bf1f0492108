"""When a score is computed, where it is kept, and that it moves nothing else."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search

from ckanext.satudata.standards.quality import jobs, service
from ckanext.satudata.standards.quality.model import quality
from ckanext.satudata.standards.search import document
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import lasting_city, walk_to  # noqa: F401


def row(package_id: str) -> Any:
    model.Session.rollback()
    return model.Session.execute(sa.select(quality).where(quality.c.package_id == package_id)).first()


def indexed(package_id: str) -> dict[str, Any]:
    """Which values of our fields find the package: they are indexed, not stored."""
    conn = search.make_connection()
    found = {}
    for name in (document.SCORE, document.BAND, document.FRESHNESS, f"{document.PRODUCER}0", f"{document.PRODUCER}1"):
        answer = conn.search(
            "*:*", fq=f'id:"{package_id}"', rows=0, **{"facet": "true", "facet.field": name, "facet.mincount": 1}
        )
        values = answer.facets["facet_fields"][name][::2]
        found[name] = values[0] if values else None
    return found


def test_a_saved_draft_has_its_score_in_row_and_index_at_once(lasting_city: SimpleNamespace) -> None:  # noqa: F811
    made = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan))
    stored = row(made["id"])
    assert 60 < stored.score <= 100 and stored.rules_version == "1"
    assert set(stored.parts) == {"standar_data", "metadata", "interoperabilitas", "kode_referensi"}
    found = indexed(made["id"])
    assert found[document.SCORE] == f"{stored.score:03d}" and found[document.BAND] == stored.band
    assert found[f"{document.PRODUCER}0"] == lasting_city.kota["id"]
    assert found[f"{document.PRODUCER}1"] == lasting_city.kelurahan["id"]


def test_what_is_taken_out_lowers_the_score_and_what_is_put_back_raises_it(lasting_city: SimpleNamespace) -> None:  # noqa: F811
    made = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan))
    full = row(made["id"]).score
    call_as(lasting_city.producer, "package_patch", id=made["id"], konsep="", definisi="")
    poor = row(made["id"])
    assert poor.score < full
    assert {one["field"] for one in poor.advice} >= {"konsep", "definisi"}
    call_as(lasting_city.producer, "package_patch", id=made["id"], konsep="Penduduk", definisi="Orang yang tinggal")
    assert row(made["id"]).score >= full
    gone = call_as(lasting_city.producer, "package_show", id=made["id"])["resources"][0]
    call_as(lasting_city.producer, "resource_delete", id=gone["id"])
    without = row(made["id"])
    assert without.score < full and without.advice[0]["kind"] == "file"
    call_as(lasting_city.producer, "resource_create", package_id=made["id"], url=gone["url"], format="CSV", name="B")
    assert row(made["id"]).score >= full


def test_a_score_moves_neither_the_date_nor_what_package_show_tells(lasting_city: SimpleNamespace) -> None:  # noqa: F811
    made = walk_to(lasting_city, "published")
    before = call_as(None, "package_show", id=made["id"])
    model.Session.execute(quality.update().where(quality.c.package_id == made["id"]).values(score=1, band="kurang"))
    model.Session.commit()
    assert service.recompute([made["id"]]) == [made["id"]]
    assert call_as(None, "package_show", id=made["id"]) == before
    assert not any("skor" in key or "score" in key for key in before)
    assert indexed(made["id"])[document.SCORE] == f"{row(made['id']).score:03d}"


def test_publication_is_noted_and_counts_where_no_period_stands(lasting_city: SimpleNamespace) -> None:  # noqa: F811
    made = walk_to(lasting_city, "published")
    stored = row(made["id"])
    assert stored.published_at and abs((dt.datetime.utcnow() - stored.published_at).total_seconds()) < 120
    assert stored.next_due == dt.date(2025, 12, 31)
    assert indexed(made["id"])[document.FRESHNESS] == stored.freshness
    # To begin a working copy publishes nothing; to publish it does.
    copy = call_as(lasting_city.producer, "satudata_revision_start", id=made["id"], change_kind="koreksi")
    assert row(made["id"]).published_at == stored.published_at
    assert row(copy["revision_id"]).score == row(made["id"]).score


def test_the_daily_job_follows_the_calendar(lasting_city: SimpleNamespace) -> None:  # noqa: F811
    made = call_as(
        lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan, frekuensi="sewaktu_waktu")
    )
    assert row(made["id"]).freshness == "fresh"
    stale = {"freshness": "delinquent", "changes_on": dt.date(2020, 1, 1)}
    model.Session.execute(quality.update().where(quality.c.package_id == made["id"]).values(**stale))
    model.Session.commit()
    assert jobs.daily() >= 1
    assert (row(made["id"]).freshness, row(made["id"]).changes_on) == ("fresh", None)


def test_the_daily_job_makes_rows_that_are_missing(lasting_city: SimpleNamespace) -> None:  # noqa: F811
    made = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan))
    model.Session.execute(quality.delete().where(quality.c.package_id == made["id"]))
    model.Session.commit()
    assert made["id"] in jobs.missing()
    jobs.daily()
    assert row(made["id"]) is not None and jobs.missing() == []


def test_a_purge_takes_the_row_along(lasting_city: SimpleNamespace) -> None:  # noqa: F811
    made = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan))
    assert row(made["id"]) is not None
    call_as(lasting_city.sysadmin, "package_delete", id=made["id"])
    call_as(lasting_city.sysadmin, "dataset_purge", id=made["id"])
    assert row(made["id"]) is None


def test_a_score_that_fails_breaks_no_save(lasting_city: SimpleNamespace, monkeypatch: Any) -> None:  # noqa: F811
    monkeypatch.setattr(service, "score_of", lambda *_args: 1 / 0)
    made = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan))
    assert row(made["id"]) is None
    assert call_as(lasting_city.producer, "package_show", id=made["id"])["title"]


def test_large_files_are_left_to_a_job(lasting_city: SimpleNamespace, ckan_config: Any) -> None:  # noqa: F811
    ckan_config["satudata.quality.wait_bytes"] = 10
    resource = {"url": "besar.csv", "url_type": "upload", "size": 5_000_000, "format": "CSV", "name": "Besar"}
    made = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan, resources=[resource]))
    assert row(made["id"]).files_pending
    assert jobs.open_files() >= 1
    assert not row(made["id"]).files_pending
    # A check that ends later brings it back once more.
    service.after_file_check(made["id"])
    assert row(made["id"]).files_pending and jobs.open_files() == 1


@pytest.mark.parametrize("kind", ["kegiatan", "indikator"])
def test_activities_and_indicators_have_a_score_and_no_freshness(lasting_city: SimpleNamespace, kind: str) -> None:  # noqa: F811
    made = call_as(
        lasting_city.producer, "package_create", type=kind, name=f"nilai-{kind}", title="Pendataan",
        owner_org=lasting_city.kelurahan["id"],
    )  # fmt: skip
    assert row(made["id"]).freshness is None and row(made["id"]).band == "kurang"
