"""Several files read as one: a list, a directory, a pattern."""

from __future__ import annotations

import copy
import gzip
import io
import json
import logging
import os
import pickle
import subprocess
import sys

import pytest
import tidemarc
import tidemarc.pymarc
from tidemarc import Fault, Reader, SkippedWarning, check, convert, report, scan


@pytest.fixture
def folder(tmp_path, books, damaged):
    """A folder of three files: sound, damaged, sound."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.mrc").write_bytes(books.read_bytes())
    (folder / "b.mrc").write_bytes(damaged.read_bytes())
    (folder / "c.mrc").write_bytes(books.read_bytes())
    return folder


def paths_in(folder):
    return sorted(path for path in folder.iterdir() if path.is_file())


def seen(reader):
    """Returns everything that a reader delivers, with its place."""
    items = []
    while True:
        try:
            item = next(reader)
        except StopIteration:
            return items
        except (tidemarc.TidemarcError, OSError) as error:
            items.append(("raised", type(error), str(error)))
        else:
            place = item.source, item.number, item.overall_number, item.offset
            items.append((type(item), *place, item.raw))


@pytest.mark.parametrize("way", ["list", "tuple", "strings", "directory", "slash", "pattern"])
def test_the_ways_to_name_several_files(folder, way):
    paths = paths_in(folder)
    source = {
        "list": paths,
        "tuple": tuple(paths),
        "strings": [str(path) for path in paths],
        "directory": folder,
        "slash": f"{folder}/",
        "pattern": f"{folder}/*.mrc",
    }[way]
    reader = Reader(source, errors="yield")
    assert reader.name == str(paths[0])
    items = list(reader)
    assert len(items) == 60 + 61 + 60
    assert [items[at].source for at in (0, 60, 121)] == list(map(str, paths))
    assert [items[at].number for at in (0, 60, 121)] == [1, 1, 1]
    assert [items[at].overall_number for at in (0, 60, 121)] == [1, 61, 122]
    assert [items[at].offset for at in (0, 60, 121)] == [0, 0, 0]
    assert reader.name == str(paths[2])
    stats = reader.stats
    total = sum(path.stat().st_size for path in paths)
    assert (stats.inputs, stats.unfinished, stats.complete) == (3, 0, True)
    assert (stats.total_bytes, stats.bytes_read, reader.position) == (total, total, total)
    assert reader.summary().startswith("3 files: 177 records in ")


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("chunk_size", [100, 5_000, 65_536])
@pytest.mark.parametrize("errors", ["strict", "yield", "repair"])
def test_several_files_are_the_same_as_each_alone(
    folder, books, records, errors, chunk_size, threads
):
    whole = books.read_bytes()
    (folder / "0.mrc").write_bytes(b"")
    (folder / "d.mrc").write_bytes(whole[:-9])
    (folder / "e.html").write_bytes(b"<!DOCTYPE html><html></html>")
    (folder / "f.mrc.gz").write_bytes(gzip.compress(whole))
    convert(books, folder / "g.xml")
    (folder / "h.mrc").write_bytes(records[0])
    options = {"errors": errors, "chunk_size": chunk_size, "threads": threads}
    expected = []
    before = 0
    for path in paths_in(folder):
        try:
            alone = Reader(path, **options)
            items = seen(alone)
        finally:
            before_next = before + alone.stats.records + alone.stats.faults
        for item in items:
            if item[0] == "raised" and errors == "repair":
                continue  # Of several files a foreign one is logged and skipped.
            if item[0] != "raised":
                kind, source, number, _, offset, raw = item
                item = kind, source, number, before + number, offset, raw
            expected.append(item)
        before = before_next
    reader = Reader(folder, **options)
    assert seen(reader) == expected
    # Only repair ends a foreign file before its end.
    unfinished = int(errors == "repair")
    assert (reader.stats.unfinished, reader.stats.complete) == (unfinished, not unfinished)


def test_a_mistake_is_an_error_at_once(tmp_path, books):
    missing = tmp_path / "missing.mrc"
    for source, kind, filename in [
        ([books, missing], FileNotFoundError, missing),
        ([books, tmp_path], IsADirectoryError, tmp_path),
        (tmp_path, FileNotFoundError, tmp_path),
        (tmp_path / "*.mrc", FileNotFoundError, tmp_path / "*.mrc"),
        (missing, FileNotFoundError, missing),
    ]:
        for use in (Reader, check, lambda source: scan(source, ["001"])):
            with pytest.raises(kind) as caught:
                use(source)
            assert caught.value.filename == str(filename)
            assert caught.value.errno
    with pytest.raises(ValueError, match="the list of files is empty"):
        Reader([])
    with pytest.raises(ValueError, match="a start needs one input"):
        Reader([books], start=1)
    for element in (b"bytes", 3, io.BytesIO(), [books]):
        with pytest.raises(TypeError, match="a list of sources has paths only"):
            Reader([books, element])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_an_unreadable_file_is_an_error_at_once(folder):
    (folder / "b.mrc").chmod(0)
    with pytest.raises(PermissionError):
        Reader(folder)


def test_a_vanished_file_is_an_error_in_its_place(folder, caplog):
    (gone,) = [path for path in paths_in(folder) if path.name == "b.mrc"]
    content = gone.read_bytes()

    def opened(**options):
        gone.write_bytes(content)
        reader = Reader(folder, **options)
        gone.unlink()
        return reader

    reader = opened()
    assert sum(1 for _, _ in zip(range(60), reader, strict=False)) == 60
    with pytest.raises(FileNotFoundError) as caught:
        next(reader)
    assert caught.value.filename == str(gone)
    assert [record.number for record in reader] == list(range(1, 61))
    assert (reader.stats.records, reader.stats.unfinished, reader.stats.complete) == (120, 1, False)

    fault = next(item for item in opened(errors="yield") if isinstance(item, Fault))
    assert (fault.kind, fault.code, fault.severity) == ("io", "TM901", "fatal")
    assert (fault.source, fault.number, fault.offset, fault.raw) == (str(gone), None, 0, b"")
    assert str(fault) == f"{gone}: byte 0: No such file or directory (os error 2)"
    assert isinstance(fault.exception(), FileNotFoundError)
    for copied in (pickle.loads(pickle.dumps(fault)), copy.deepcopy(fault)):
        assert copied.to_dict() == fault.to_dict()

    with caplog.at_level(logging.WARNING, "tidemarc"), pytest.warns(SkippedWarning) as warned:
        assert len(list(opened(errors="skip"))) == 120
    assert str(gone) in caplog.text
    assert str(warned[0].message).startswith("3 files: 1 file not read to the end; see")

    found = []
    assert len(list(opened(errors=found.append))) == 120
    assert [fault.source for fault in found] == [str(gone)]


def test_a_list_of_one_is_a_list(tmp_path, books):
    path = tmp_path / "a.mrc"
    path.write_bytes(books.read_bytes())
    reader = Reader([path], errors="skip")
    path.unlink()
    with pytest.warns(SkippedWarning, match=r"a\.mrc: 1 file not read to the end"):
        assert list(reader) == []
    assert (reader.stats.inputs, reader.stats.unfinished) == (1, 1)


def test_too_many_faults_end_their_file_only(folder):
    reader = Reader(folder)
    with pytest.raises(tidemarc.RecordError) as caught:
        list(reader)
    raised = caught.value
    assert raised.overall_number == raised.number + 60 == raised.fault.overall_number
    copied = pickle.loads(pickle.dumps(raised))
    assert copied.fault.to_dict() == raised.fault.to_dict()
    reader = Reader([folder / "b.mrc", folder / "a.mrc", folder / "b.mrc"], max_faults=1)
    items = seen(reader)
    raised = [item for item in items if item[0] == "raised"]
    assert [kind.__name__ for _, kind, _ in raised].count("TooManyFaultsError") == 2
    assert reader.stats.unfinished == 2
    numbers = [item[2] for item in items if item[0] != "raised" and item[1].endswith("a.mrc")]
    assert numbers == list(range(1, 61))


def test_many_files_need_few_descriptors(tmp_path, records):
    for at in range(2_000):
        (tmp_path / f"{at:04}.mrc").write_bytes(records[at % 60])
    script = f"""
import resource, tidemarc
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
for threads in (1, 2, 8):
    reader = tidemarc.Reader({str(tmp_path)!r}, threads=threads, chunk_size=2048)
    kept = list(reader)
    assert [record.overall_number for record in kept] == list(range(1, 2001))
    assert {{record.number for record in kept}} == {{1}}
    assert reader.stats.complete
table = tidemarc.scan({str(tmp_path)!r}, ["record_no", "overall_no"])
assert sum(len(batch["record_no"]) for batch in map(dict_of, table._core)) == 2000
"""
    script = script.replace(
        "import resource, tidemarc",
        "import resource, tidemarc, pyarrow\ndict_of = lambda batch: pyarrow.record_batch(batch)",
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_records_that_are_kept_keep_little(tmp_path, records, process):
    for at in range(1_000):
        (tmp_path / f"{at:04}.mrc").write_bytes(records[at % 60])
    list(Reader(tmp_path))
    before = process.resident()
    kept = list(Reader(tmp_path))
    assert len(kept) == 1_000
    # A chunk for each of them would be 65 MB.
    assert process.resident() - before < 20 << 20


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO")
def test_a_fifo_is_read_when_its_turn_comes(tmp_path, books, records, process):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ends = os.open(pipe, os.O_RDWR)
    os.write(ends, b"".join(records[:20]))
    reader = Reader([books, pipe, books], chunk_size=500)
    assert reader.stats.total_bytes is None
    assert [next(reader).source for _ in range(80)] == [str(books)] * 60 + [str(pipe)] * 20
    rest = process.in_thread(lambda: len(list(reader)))
    os.close(ends)
    assert rest() == 60
    table = scan([books, pipe], ["001"])
    # The title and the schema: rows of a pipe cannot be read a second time.
    assert len(repr(table).splitlines()) == 2
    assert len(repr(scan([books, books], ["001"])).splitlines()) > 2


def test_the_quarantine_and_the_report_name_the_file(folder, tmp_path):
    quarantine = tmp_path / "q.mrc"
    items = list(Reader(folder, errors="yield", quarantine=quarantine))
    faults = [item for item in items if isinstance(item, Fault)]
    assert quarantine.read_bytes() == b"".join(fault.raw for fault in faults)
    lines = [json.loads(line) for line in (tmp_path / "q.mrc.jsonl").read_text().splitlines()]
    assert [line["source"] for line in lines] == [str(folder / "b.mrc")] * 4
    assert [line["number"] + 60 for line in lines] == [line["overall_number"] for line in lines]
    for name in ("a.mrc", "b.mrc", "c.mrc"):
        with pytest.raises(ValueError, match="written over the input"):
            Reader(folder, quarantine=folder / name)


def test_check_and_report(folder, tmp_path):
    summary = check(folder)
    assert str(summary).startswith("3 files: 179 records in ")
    assert f"first: {folder / 'b.mrc'}: record " in str(summary)
    (folder / "d.html").write_text("<!DOCTYPE html><html></html>")
    summary = check(folder)
    assert not summary.sound
    assert (summary.stats.records, summary.stats.unfinished) == (179, 1)
    assert "; 1 file not read to the end" in str(summary)
    target = tmp_path / "report.csv"
    report(folder, target)
    head, *rows = target.read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("file,number,offset,")
    assert {row.split(",")[0] for row in rows} == {
        f'"{folder / name}"' for name in ("b.mrc", "d.html")
    }
    with pytest.raises(ValueError, match="same file"):
        report([folder / "a.mrc", folder / "b.mrc"], folder / "b.mrc", report_format="csv")


def test_convert(folder, tmp_path, books):
    target = tmp_path / "all.mrc"
    (folder / "b.mrc").write_bytes(books.read_bytes())
    done = convert(folder, target)
    assert done.records == 180
    assert target.read_bytes() == books.read_bytes() * 3
    (folder / "d.html").write_text("<!DOCTYPE html><html></html>")
    with pytest.raises(
        tidemarc.RecordError, match=r"d\.html: record 1, byte 0: .* looks like HTML"
    ):
        convert(folder, target)
    assert convert(folder, target, errors="skip").records == 180
    before = (folder / "b.mrc").read_bytes()
    with pytest.raises(ValueError, match="source and target are the same file"):
        convert(folder, folder / "b.mrc")
    with pytest.raises(ValueError, match="source and target are the same file"):
        convert([folder / "b.mrc"], folder / "b.mrc")
    assert (folder / "b.mrc").read_bytes() == before


def test_scan(folder, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    columns = ["file", "record_no", "overall_no", "001"]
    table = scan(folder, columns, errors=lambda fault: None)
    rows = pyarrow.table(table).to_pylist()
    alone = []
    for path in paths_in(folder):
        alone += pyarrow.table(scan(path, columns, errors=lambda fault: None)).to_pylist()
    drop = [{**row, "overall_no": None} for row in rows]
    assert drop == [{**row, "overall_no": None} for row in alone]
    expected = [
        record.overall_number
        for record in Reader(folder, errors="yield")
        if type(record) is not Fault
    ]
    assert [row["overall_no"] for row in rows] == expected
    assert table.stats.inputs == 3
    assert table.summary().startswith("3 files: 177 records")
    assert pyarrow.table(table.head(70)).num_rows == 70
    # A pattern is looked up again for each run, and a list is kept as it was.
    listed = [folder / "a.mrc"]
    once, again = scan(listed, columns), scan(folder / "[ac]*.mrc", columns)
    assert pyarrow.table(again).num_rows == 120
    listed.append(folder / "c.mrc")
    (folder / "a2.mrc").write_bytes((folder / "a.mrc").read_bytes())
    assert pyarrow.table(once).num_rows == 60
    assert pyarrow.table(again).num_rows == 180
    assert pyarrow.table(pickle.loads(pickle.dumps(once))).num_rows == 60
    assert "a.mrc" in repr(once)
    with pytest.raises(ValueError, match="same file"):
        again.to_csv(folder / "c.mrc")


def test_a_vanished_file_of_a_scan(folder):
    pyarrow = pytest.importorskip("pyarrow")
    table = scan(folder / "*.mrc", ["001"], errors="skip")
    names = [folder / name for name in ("a.mrc", "gone.mrc")]
    names[1].write_bytes(b"")
    run = iter(scan(names, ["001"])._core)
    names[1].unlink()
    assert pyarrow.record_batch(next(run)).num_rows == 60
    with pytest.raises(FileNotFoundError) as caught:
        next(run)
    assert caught.value.filename == str(names[1])
    assert next(run, None) is None
    with pytest.warns(SkippedWarning, match="3 files: 4 bad spans"):
        assert pyarrow.table(table).num_rows == 177


def test_files_that_a_directory_skips(folder):
    for name in (".hidden.mrc", "a.mrc.tmi"):
        (folder / name).write_bytes(b"junk")
    (folder / "sub").mkdir()
    (folder / "sub" / "d.mrc").write_bytes(b"junk")
    assert sum(1 for item in Reader(folder, errors="yield")) == 181
    (folder / "link.mrc").symlink_to("nowhere")
    with pytest.raises(FileNotFoundError):
        Reader(folder)


def test_a_file_with_the_name_of_a_pattern_is_a_file(folder):
    (folder / "[ab].mrc").write_bytes((folder / "a.mrc").read_bytes())
    assert Reader(folder / "[ab].mrc").stats.inputs == 1
    assert len(list(Reader(folder / "[ab].mrc"))) == 60


def test_the_drop_in_reads_one_file(folder, tmp_path):
    from tidemarc.pymarc import MARCReader

    for source in (folder, str(folder / "*.mrc"), [folder / "a.mrc"]):
        with pytest.raises(Exception):  # noqa: B017
            next(MARCReader(source))


def test_a_close_in_the_middle_of_a_list(folder, process):
    reader = Reader([folder / "a.mrc"] * 50, threads=4, chunk_size=100)
    for _ in range(1_000):
        next(reader)
    number = process.open_descriptors()
    reader.close()
    process.eventually(lambda: process.open_descriptors() < number)
    assert reader.name == str(folder / "a.mrc")
    # Nothing holds the files any more.
    quarantine = Reader(folder / "b.mrc", errors="skip", quarantine=folder / "a.mrc")
    quarantine.close()
