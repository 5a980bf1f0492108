"""How long a look into a file takes, by kind and size; and what scheming's validation costs a save.

``python -m benchmarks.checks [--ini test.ini] [--megabytes 10] [--rounds 5]``. Files are made by a seed in a
temporary directory: nothing is downloaded. Printed are the best and the median of the rounds, in seconds and per MB:
the best is what the machine can do, the median what it did beside its other work; processor time (of all
threads) is what other work hardly touches. With ``--ini`` the same dataset is
validated by CKAN's own schema and by ours, in turn, in this process.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

GOAL = "goal: a file a person waits for (10 MB; of a workbook 6.7 MB unpacked) in at most 1 s"
Row = list[Any]


def rows(seed: int = 1) -> Iterator[Row]:
    """Rows as a city publishes them, without end: codes, years, counts, words."""
    rng = random.Random(seed)
    sexes = ("Laki-laki", "Perempuan")
    number = 0
    while True:
        number += 1
        place = f"12.71.{number % 21 + 1:02d}.{1001 + number % 7}"
        yield [place, 2000 + number % 25, sexes[number % 2], f"Kelurahan {number % 151}", rng.randint(1, 99_999)]


HEADER = ["kode_wilayah", "periode", "jenis_kelamin", "nama_kelurahan", "nilai"]


def table(path: Path, size: int, quoted: bool = False, private: bool = False) -> None:
    """A CSV file of about that many bytes."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC if quoted else csv.QUOTE_MINIMAL)
    writer.writerow([*HEADER, "nik"] if private else HEADER)
    rng = random.Random(2)
    for row in rows():
        if private:
            row.append(
                f"12711{rng.randint(1, 9)}{rng.randint(1, 28):02d}05{rng.randint(0, 99):02d}{rng.randint(1, 9999):04d}"
            )
        writer.writerow(row)
        if text.tell() >= size:
            break
    path.write_text(text.getvalue(), encoding="utf-8")


def records(path: Path, size: int) -> None:
    """A JSON file of about that many bytes."""
    found, length = [], 0
    for row in rows():
        found.append(dict(zip(HEADER, row, strict=True)))
        length += 120
        if length >= size:
            break
    path.write_text(json.dumps(found), encoding="utf-8")


def workbook(path: Path, unpacked: int) -> None:
    """An XLSX file that unpacks to about that many bytes, as Excel writes them: texts in a list of their own."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    sheet.append(HEADER)
    for number, row in enumerate(rows()):
        sheet.append(row)
        if number * 300 >= unpacked:
            break
    book.save(path)


def old_workbook(path: Path, size: int) -> None:
    """An XLS file of about that many bytes: as many sheets as it takes."""
    import xlwt

    book = xlwt.Workbook()
    for number, row in enumerate(rows()):
        if number % 60_000 == 0:
            sheet = book.add_sheet(f"Data {number // 60_000 + 1}")
            for column, name in enumerate(HEADER):
                sheet.write(0, column, name)
        for column, value in enumerate(row):
            sheet.write(number % 60_000 + 1, column, value)
        if number * 91 >= size:
            break
    book.save(str(path))


def document(path: Path, size: int) -> None:
    """A PDF of about that many bytes, of nothing but tables: 60 rows a page."""
    from reportlab.pdfgen import canvas

    paper, taken = canvas.Canvas(str(path), pageCompression=1), rows()
    for _ in range(max(1, size // 1_400)):
        text = paper.beginText(40, 800)
        text.setFont("Helvetica", 8)
        for _ in range(60):
            text.textLine("   ".join(str(cell) for cell in next(taken)))
        paper.drawText(text)
        paper.showPage()
    paper.save()


def _processor() -> float:
    """Processor time of this process and of the readers it has started."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def measure(what: Callable[[], Any], rounds: int) -> tuple[float, float, float]:
    """Best and median of these rounds by the clock, and the least processor time, in seconds."""
    spent, worked = [], []
    for _ in range(rounds):
        begin, began = time.perf_counter(), _processor()
        what()
        spent.append(time.perf_counter() - begin)
        worked.append(_processor() - began)
    return min(spent), statistics.median(spent), min(worked)


def files(megabytes: float, rounds: int) -> dict[str, dict[str, float]]:
    """Seconds per kind of file."""
    from ckanext.satudata.standards.files.scan import look

    size = int(megabytes * 1_000_000)
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        made: list[tuple[str, str, Path, int]] = []
        for name, said, make in (
            ("CSV", "CSV", lambda path: table(path, size)),
            ("CSV, quoted", "CSV", lambda path: table(path, size, quoted=True)),
            ("CSV, with NIK", "CSV", lambda path: table(path, size, private=True)),
            ("JSON", "JSON", lambda path: records(path, size)),
            ("XLSX", "XLSX", lambda path: workbook(path, int(size / 1.5))),
            ("XLS, waiting", "XLS", lambda path: old_workbook(path, size // 5)),
            ("XLS, by the job", "XLS", lambda path: old_workbook(path, size)),
            ("PDF, waiting", "PDF", lambda path: document(path, size // 25)),
            ("PDF, by the job", "PDF", lambda path: document(path, size)),
            ("a million rows", "CSV", lambda path: table(path, size * 5)),
        ):
            path = Path(folder) / f"{len(made)}.{said.lower()}"
            make(path)
            weight = path.stat().st_size
            if said == "XLSX":
                with zipfile.ZipFile(path) as archive:
                    weight = sum(member.file_size for member in archive.infolist())
            made.append((name, said, path, weight))
        begin = time.perf_counter()
        look(made[0][2], "CSV")
        print(f"first look in this process, with the imports: {time.perf_counter() - begin:.2f} s; {GOAL}", flush=True)
        for name, said, path, weight in made:
            facts = look(path, said)
            if facts.trouble or not facts.complete:
                raise RuntimeError(f"{name}: {facts.trouble or 'not read to its end'}")
            best, median, worked = measure(lambda path=path, said=said: look(path, said), rounds)  # type: ignore[misc]
            mega = weight / 1_000_000
            count, of = sum(each.rows for each in facts.tables), "rows"
            if facts.prose is not None:
                count, of = facts.prose.pages, "pages"
            figures[name] = {"megabytes": mega, of: count, "best": best, "median": median}
            figures[name]["processor"] = worked
            print(
                f"{name:16} {mega:6.1f} MB {count:9,} {of}   best {best:5.2f} s   median {median:5.2f} s"
                f"   processor {worked:5.2f} s, {worked / mega:.3f} s a MB",
                flush=True,
            )
    return figures


def parts(rounds: int) -> dict[str, float]:
    """The two libraries by themselves on 300,000 rows: why frictionless sees a sample only."""
    import polars as pl
    from frictionless import Detector, Resource

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        table(path, 14_000_000)
        scan = pl.scan_csv(path, infer_schema=False).select(pl.all().n_unique())
        fast, _, _ = measure(lambda: scan.collect(), rounds)
        data = list(csv.reader(path.open(encoding="utf-8")))[:20_001]
        slow, _, _ = measure(lambda: Resource(data=data, detector=Detector(field_type="string")).validate(), 1)
    print(f"polars, distinct values of every column: {fast:.2f} s; frictionless, 20,000 rows: {slow:.2f} s", flush=True)
    return {"polars": fast, "frictionless_20000": slow}


def validation(ini: str, rounds: int) -> dict[str, float]:
    """Milliseconds to validate one dataset by CKAN's own schema and by ours, and to check it for submission."""
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    app = make_app(CKANConfigLoader(ini).get_config())
    with app._wsgi_app.test_request_context():
        import ckantoolkit as tk
        from ckan import model
        from ckan.lib import plugins as lib_plugins
        from ckan.logic.schema import default_create_package_schema

        from ckanext.satudata.standards import service

        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        plain = {"name": "ukur-kecepatan", "title": "Jumlah penduduk", "notes": "Untuk mengukur.", "private": True}
        plain |= {"tags": [{"name": "penduduk"}], "resources": [{"url": "https://example.com/a.csv", "format": "CSV"}]}
        ours = plain | {"type": "dataset", "konsep": "Penduduk", "satuan": "jiwa", "tahun": "2024", "ukuran": "Jumlah"}
        ours |= {"urusan": "2.12", "jenis_data": "statistik", "frekuensi": "tahunan", "accesslevel": "terbuka"}

        def context() -> dict[str, Any]:
            return {"model": model, "session": model.Session, "user": user, "ignore_auth": True}

        plugin: Any = lib_plugins.lookup_package_plugin("dataset")

        def by_core() -> None:
            tk.navl_validate(dict(plain), default_create_package_schema(), context())

        def by_ours() -> None:
            plugin.validate(context(), dict(ours), plugin.create_package_schema(), "package_create")

        def checked() -> None:
            service.check(dict(ours), "id", with_files=False)

        spent: dict[str, list[float]] = {"plain": [], "ours": [], "check": []}
        for call in (by_core, by_ours, checked):
            call()
        for _ in range(rounds * 10):
            for name, call in (("plain", by_core), ("ours", by_ours), ("check", checked)):
                spent[name].append(measure(call, 1)[0] * 1000)
        model.Session.rollback()
    figures = {name: statistics.median(values) for name, values in spent.items()}
    print(
        f"validation of one save: CKAN's own schema {figures['plain']:.1f} ms, ours by scheming "
        f"{figures['ours']:.1f} ms ({figures['ours'] / figures['plain']:.2f}); "
        f"the submission check without files {figures['check']:.1f} ms",
        flush=True,
    )
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--ini", default="", help="a portal's configuration, for the cost of validation")
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", default="", help="write the figures to this file")
    given = parser.parse_args()
    figures: dict[str, Any] = {"files": files(given.megabytes, given.rounds), "libraries": parts(given.rounds)}
    if given.ini:
        figures["validation"] = validation(given.ini, given.rounds)
    if given.json:
        Path(given.json).write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
