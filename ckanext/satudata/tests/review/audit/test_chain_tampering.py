"""Whatever is done to the rows of the audit trail behind the extension's back, verification finds it.

The test database lets the trigger rest (``satudata.allow_purge``), as its owner can on any database.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.review import chain
from ckanext.satudata.review.audit import anchor as anchors
from ckanext.satudata.review.audit import canonical, rows, service, verify
from ckanext.satudata.review.audit.model import AuditHead, AuditRun
from ckanext.satudata.review.model import ReviewEvent

EVENTS = 12
event, head = ReviewEvent.__table__, AuditHead.__table__

UGLY = [
    "biasa",
    'dengan "kutip", \\ dan \t tab\nbaris',
    "\u0001\u000b\u007f kendali",
    "aksara ᯅᯖᯂ 𐤀 é",
    "\\N",
    '","body_id":"x',
    "",
]
CONTENTS: list[Any] = [
    None,
    {"metadata": "a" * 64, "files": {}, "tables": {}, "derived_tables": {}},
    {
        "metadata": "b" * 64,
        "files": {"0f9c2a4e-1111-4222-8333-944455556666": "c" * 64, "1f9c2a4e-1111-4222-8333-944455556666": None},
        "tables": {"2f9c2a4e-1111-4222-8333-944455556666": {"rows": 174, "hash": "-12345"}},
        "derived_tables": {"3f9c2a4e-1111-4222-8333-944455556666": None},
    },
    {"metadata": "with a space", "files": {"not an id": "x, "}},
]


def _fill() -> None:
    """A chain of events that carry all that text can hold, written by the one function that writes events."""
    for table in (event, head, AuditRun.__table__):
        model.Session.execute(sa.delete(table))
    for number in range(EVENTS):
        text = UGLY[number % len(UGLY)]
        chain.append(
            package_id=f"package-{number % 3}",
            package_name=f"data-{number}",
            package_title=text,
            organization_id="org" if number % 2 else None,
            action="return" if number % 2 else "submit",
            actor_id=None if number % 4 == 0 else "someone",
            actor_name=text,
            comment=text or None,
            field_comments={"satuan": text, "definisi": "a"} if number % 3 == 0 else None,
            principle_results={"metadata": {"conforms": bool(number % 2), "note": text}} if number % 2 else None,
            content=CONTENTS[number % len(CONTENTS)],
        )
    model.Session.commit()


@pytest.fixture(scope="module")
def trail(clean_once: None) -> Iterator[None]:
    _fill()
    yield
    for table in (event, head, AuditRun.__table__):
        model.Session.execute(sa.delete(table))
    model.Session.commit()


def execute(*statements: Any) -> None:
    with model.meta.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def stored() -> list[dict[str, Any]]:
    with model.meta.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(sa.select(event).order_by(event.c.position))]


@pytest.fixture
def mended(trail: None) -> Iterator[list[dict[str, Any]]]:
    """The rows as they were; put back afterwards."""
    before = stored()
    with model.meta.engine.connect() as connection:
        end = dict(connection.execute(sa.select(head)).one()._mapping)
    yield before
    execute(sa.delete(AuditRun.__table__))
    restore(before, end)


def restore(before: list[dict[str, Any]], end: dict[str, Any]) -> None:
    execute(sa.delete(event), sa.insert(event).values(before), sa.delete(head), sa.insert(head).values(end))


def rehashed(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The row with changes and a hash that fits it: what somebody does who knows the formula."""
    changed = {**row, **changes}
    return {**changed, "hash": chain.hash_of_values(changed)}


# -- what is whole is called whole ----------------------------------------------------------------------------


def test_a_chain_of_all_kinds_of_text_is_whole(trail: None) -> None:
    report = verify.verify()
    assert report.whole and report.events == EVENTS and report.last == EVENTS


def test_the_quick_reader_agrees_with_the_exact_one_on_every_kind_of_row(trail: None) -> None:
    found = verify.check_range(1, EVENTS)
    assert found.problems == [] and found.count == EVENTS
    assert found.before == chain.GENESIS.encode() and found.after == stored()[-1]["hash"].encode()


def test_ranges_checked_side_by_side_find_the_same(mended: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "CHUNK", 5)
    monkeypatch.setattr(verify, "ALONE", 1)
    steps: list[int] = []
    report = verify.verify(processes=3, started=steps.append, progress=steps.append)
    assert report.whole and steps == [EVENTS, 5, 5, 2]
    # A link broken just where two ranges meet.
    execute(sa.delete(event).where(event.c.position == 6), sa.insert(event).values(rehashed(mended[5], comment="x")))
    assert verify.verify(processes=3).bad == rows.Problem(7, "link")
    execute(sa.delete(event).where(event.c.position == 5))
    assert verify.verify(processes=3).bad == rows.Problem(5, "missing")


def test_an_empty_portal_is_whole(mended: Any) -> None:
    execute(sa.delete(event), sa.delete(head))
    report = verify.verify()
    assert report.whole and (report.events, report.last) == (0, 0)


def test_events_written_at_the_same_time_follow_each_other(mended: Any) -> None:
    """Also the very first: several writers find no head at all."""
    execute(sa.delete(event), sa.delete(head))
    go = threading.Barrier(6)

    def write(writer: int) -> None:
        go.wait()
        for number in range(10):
            chain.append(package_id=f"p{writer}", action="submit", comment=UGLY[number % len(UGLY)])
            model.Session.commit()
        model.Session.remove()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    report = verify.verify()
    assert report.whole and report.events == report.last == 60
    assert [row["position"] for row in stored()] == list(range(1, 61))


def test_an_event_is_told_as_it_was_written(mended: Any) -> None:
    told = chain.append(package_id="p", action="submit", comment='"kutip" \\ \u0001', content=CONTENTS[2])
    model.Session.commit()
    written = stored()[-1]
    assert {name: getattr(told, name) for name in (*chain.HASHED, "hash")} == written
    assert told.hash == chain.hash_of(told)


def test_what_is_undone_leaves_no_event_and_no_gap(mended: Any) -> None:
    chain.append(package_id="p", action="submit")
    model.Session.rollback()
    assert chain.append(package_id="p", action="submit").position == EVENTS + 1
    model.Session.commit()
    assert verify.verify().whole


# -- whatever is done, is found -------------------------------------------------------------------------------

positions = st.integers(1, EVENTS)
texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=20)
TEXT_COLUMNS = sorted(
    column.name for column in event.columns if isinstance(column.type, sa.UnicodeText) and column.name != "hash"
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts,
    lambda inner: st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)
objects = st.dictionaries(texts, values, max_size=3)

changes = st.one_of(
    st.tuples(st.just("text"), positions, st.sampled_from(TEXT_COLUMNS), texts),
    st.tuples(st.just("object"), positions, st.sampled_from(rows.JSON_COLUMNS), objects),
    st.tuples(st.just("null"), positions, st.sampled_from(["comment", "actor_id", "organization_id", "content"])),
    st.tuples(st.just("moment"), positions, st.integers(-(10**6), 10**6)),
    st.tuples(st.just("hash"), positions, st.text("0123456789abcdef", min_size=64, max_size=64)),
    st.tuples(st.just("remove"), positions, st.booleans()),
    st.tuples(st.just("swap"), positions, positions, st.booleans()),
    st.tuples(st.just("insert"), positions, texts, st.booleans()),
    st.tuples(st.just("cut"), positions),
    st.tuples(st.just("forge"), positions, texts),
    st.tuples(st.just("append"), texts),
)


def _tampered(before: list[dict[str, Any]], kind: str, *how: Any) -> list[dict[str, Any]]:
    """The rows after somebody's hand; the same list where nothing came of it."""
    after = [dict(row) for row in before]
    at = how[0] - 1 if isinstance(how[0], int) else 0
    if kind in ("text", "object"):
        after[at][how[1]] = how[2]
    elif kind == "null":
        after[at][how[1]] = None
    elif kind == "moment":
        after[at]["at"] += dt.timedelta(microseconds=how[1])
    elif kind == "hash":
        after[at]["hash"] = how[1]
    elif kind == "remove":
        del after[at]
        if how[1]:
            # The gap closed, as somebody would who renumbers.
            for number, row in enumerate(after, 1):
                row["position"] = number
    elif kind == "swap":
        other = how[1] - 1
        after[at], after[other] = (
            {**after[other], "position": at + 1},
            {**after[at], "position": other + 1},
        )
        if how[2]:
            after[at], after[other] = rehashed(after[at]), rehashed(after[other])
    elif kind == "insert":
        extra = {**after[at], "comment": how[1], "previous_hash": after[at]["hash"]}
        for row in after[at + 1 :]:
            row["position"] += 1
        extra["position"] = at + 2
        after.insert(at + 1, rehashed(extra) if how[2] else extra)
    elif kind == "cut":
        del after[at:]
    elif kind == "forge":
        after[at] = rehashed(after[at], comment=how[1])
    elif kind == "append":
        last = after[-1]
        after.append(rehashed(last, position=EVENTS + 1, previous_hash=last["hash"], comment=how[0]))
    return after


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=changes)
def test_every_changed_removed_inserted_moved_or_cut_off_event_is_found(trail: None, change: Any) -> None:
    before = stored()
    after = _tampered(before, *change)
    first = next((n for n, (a, b) in enumerate(zip(before, after, strict=False), 1) if a != b), None)
    if first is None:
        first = min(len(before), len(after)) + 1
    try:
        execute(sa.delete(event))
        if after:
            execute(sa.insert(event).values(after))
        report = verify.verify()
        if after == before:
            assert report.whole
            return
        assert report.bad is not None, change
        # Where the hash was made to fit, the first that does not follow is the next one.
        assert first <= report.bad.position <= first + 1, (change, report.problems)
    finally:
        execute(sa.delete(event), sa.insert(event).values(before))
    assert verify.verify().whole


# -- what a chain that is right in itself cannot hide ---------------------------------------------------------


def _rewrite(before: list[dict[str, Any]], start: int) -> None:
    """A whole new chain from ``start`` on, right in itself, with its head: what the owner of the tables can do."""
    new, previous = [], before[start - 2]["hash"] if start > 1 else chain.GENESIS
    for row in before[start - 1 :]:
        new.append(rehashed(row, previous_hash=previous, actor_name="orang lain"))
        previous = new[-1]["hash"]
    execute(
        sa.delete(event).where(event.c.position >= start),
        sa.insert(event).values(new),
        sa.update(head).values(hash=previous),
    )


def test_a_rewritten_chain_differs_from_what_an_earlier_verification_saw(mended: Any) -> None:
    service.run("full")
    _rewrite(mended, 4)
    run, report = service.run("full")
    assert report.bad == rows.Problem(EVENTS, "rewritten") and not run.whole


def test_a_rewritten_chain_differs_from_an_anchor_kept_elsewhere(mended: Any) -> None:
    kept = anchors.read(anchors.write(service.head())).known
    model.Session.rollback()
    _rewrite(mended, 1)
    assert verify.verify().whole, "right in itself"
    assert verify.verify(anchors=[kept]).bad == rows.Problem(EVENTS, "anchor")
    assert verify.verify(since=kept).bad == rows.Problem(EVENTS, "anchor")


def test_a_tail_cut_off_with_its_head_is_missed_by_the_anchor(mended: Any) -> None:
    kept = anchors.read(anchors.write(service.head())).known
    model.Session.rollback()
    execute(sa.delete(event).where(event.c.position > 8), sa.update(head).values(position=8, hash=mended[7]["hash"]))
    assert verify.verify().whole
    assert verify.verify(anchors=[kept]).bad == rows.Problem(EVENTS, "anchor")


def test_the_lost_record_of_the_end_is_found(mended: Any) -> None:
    execute(sa.delete(head))
    assert verify.verify().bad == rows.Problem(EVENTS, "no_head")


def test_what_was_cut_off_stays_a_gap_when_life_goes_on(mended: Any) -> None:
    execute(sa.delete(event).where(event.c.position > 10))
    chain.append(package_id="p", action="submit")
    model.Session.commit()
    assert verify.verify().bad == rows.Problem(11, "missing")


def test_the_database_refuses_to_move_the_end_back(trail: None) -> None:
    with model.meta.engine.connect() as connection:
        for statement in (
            "UPDATE satudata_audit_head SET position = 3",
            "DELETE FROM satudata_audit_head",
            "TRUNCATE satudata_audit_head",
        ):
            connection.exec_driver_sql("SET LOCAL satudata.allow_purge = 'off'")
            with pytest.raises(sa.exc.DBAPIError, match="one event at a time"):
                connection.exec_driver_sql(statement)
            connection.rollback()


# -- the short way of the quick reader ------------------------------------------------------------------------

_ID = "0f9c2a4e-1111-4222-8333-944455556666"
USUAL = {
    "derived_tables": {_ID: None},
    "files": {_ID: "c" * 64, "1" + _ID[1:]: None},
    "metadata": "b" * 64,
    "tables": {_ID: {"hash": "-12345", "rows": 174}},
}


def as_jsonb(value: Any) -> str:
    """As PostgreSQL prints ``jsonb``: shorter keys first, one space after each comma and colon."""
    if isinstance(value, dict):
        rows_ = sorted(value.items(), key=lambda item: (len(item[0].encode()), item[0].encode()))
        return "{" + ", ".join(f"{json.dumps(key)}: {as_jsonb(item)}" for key, item in rows_) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_jsonb, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@settings(max_examples=1500, deadline=None)
@given(
    at=st.integers(0, 1000),
    typed=st.text('0123456789abcdef-:, {}"', max_size=3),
    without=st.integers(0, 3),
    swapped=st.sampled_from(
        [("files", "filesa"), ("tables", "tablse"), ("rows", "rowsa"), ("metadata", "metadat"), ("c", "c ")]
    ),
    swap=st.booleans(),
)
def test_no_two_contents_are_one_to_the_quick_reader(
    at: int, typed: str, without: int, swapped: tuple[str, str], swap: bool
) -> None:
    text = as_jsonb(USUAL)
    at %= len(text)
    other = text.replace(*swapped, 1) if swap else text[:at] + typed + text[at + without :]
    try:
        changed = json.loads(other)
    except ValueError:
        return
    reader = rows.Range(1, 1)
    usual = reader._content(text.encode())
    assert usual == canonical.dumps(USUAL) and reader._skeletons
    read = reader._content(as_jsonb(changed).encode())
    assert (read == usual) is (changed == USUAL), changed
    try:
        assert json.loads(read) == changed
    except ValueError:
        assert changed != USUAL


# -- the formula ----------------------------------------------------------------------------------------------


numbers = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=200, deadline=None)
@given(values | st.lists(numbers | texts, max_size=4) | st.dictionaries(texts, numbers, max_size=4))
def test_the_quick_canonical_json_equals_rfc_8785(value: Any) -> None:
    import rfc8785

    assert canonical.dumps(value) == rfc8785.dumps(value)


def test_an_event_of_the_first_release_still_has_its_hash() -> None:
    row = dict.fromkeys(chain.HASHED)
    row |= {
        "position": 1,
        "package_id": "p",
        "package_name": "n",
        "package_title": 'Judul "dua"\n',
        "track": "publication",
        "action": "submit",
        "actor_name": "sari",
        "at": dt.datetime(2026, 11, 21, 10, 0, 0),
        "previous_hash": chain.GENESIS,
        "content": {"files": {}, "metadata": "é"},
    }
    import hashlib

    by_hand = (
        '{"action":"submit","actor_id":null,"actor_name":"sari","at":"2026-11-21T10:00:00.000000","body_id":null,'
        '"comment":null,"content":{"files":{},"metadata":"é"},"content_digest":null,"field_comments":null,'
        '"from_state":null,"organization_id":null,"package_id":"p","package_name":"n",'
        '"package_title":"Judul \\"dua\\"\\n","position":1,"previous_hash":"' + chain.GENESIS + '",'
        '"principle_results":null,"program":null,"to_state":null,"track":"publication"}'
    )
    assert chain.hash_of_values(row) == hashlib.sha256(by_hand.encode()).hexdigest()
