"""Zip archives as sources."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import tidemarc
from tidemarc import Reader

BOOKS = Path(__file__).parent.parent / "fixtures" / "books.mrc"
PLAIN = BOOKS.read_bytes()


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, **options: Any) -> bytes:
    """An archive with these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method, **options) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return target.getvalue()


class Unseekable(io.RawIOBase):
    """A target without seeks, for which zipfile writes data descriptors."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)


def streamed(zip64: bool = False) -> bytes:
    """An archive whose local header has neither sizes nor a checksum."""
    target = Unseekable()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made,
        made.open("books.mrc", "w", force_zip64=zip64) as member,
    ):
        member.write(PLAIN)
    return bytes(target.data)


ARCHIVES = {
    "deflated": archive({"books.mrc": PLAIN}),
    "stored": archive({"books.mrc": PLAIN}, zipfile.ZIP_STORED),
    "data descriptor": streamed(),
    "zip64": streamed(zip64=True),
    "folders": archive({"a/": b"", "a/b/": b"", "a/b/books.mrc": PLAIN}),
    "macOS": archive({"__MACOSX/._books.mrc": b"x", ".DS_Store": b"y", "books.mrc": PLAIN}),
    "comment": archive({"books.mrc": PLAIN})[:-2] + b"\x05\x00notes",
    "nested gzip": archive({"books.mrc.gz": gzip.compress(PLAIN)}, zipfile.ZIP_STORED),
}


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("way", ["path", "bytes", "descriptor"])
@pytest.mark.parametrize("options", [{}, {"threads": 1}, {"chunk_size": 50}], ids=str)
def test_one_file_is_read_like_itself(
    kind: str, way: str, options: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "books.zip"
    path.write_bytes(ARCHIVES[kind])
    source: Any = {"path": path, "bytes": ARCHIVES[kind]}.get(way)
    if source is None:
        source = os.open(path, os.O_RDONLY)
    reader = Reader(source, **options)
    assert [record.raw for record in reader] == [record.raw for record in Reader(PLAIN)]
    assert reader.stats.complete
    assert (reader.position, reader.stats.total_bytes) == (len(PLAIN), None)
    assert reader.stats.compressed_total_bytes == len(ARCHIVES[kind])
    if way == "descriptor":
        os.close(source)


def test_positions_name_the_archive_and_its_file(tmp_path: Path) -> None:
    path = tmp_path / "books.zip"
    damaged = PLAIN[:500] + b"junk" + PLAIN[500:]
    path.write_bytes(archive({"a/books.mrc": damaged}))
    faults = [item for item in Reader(path, errors="yield") if isinstance(item, tidemarc.Fault)]
    expected = [
        item for item in Reader(damaged, errors="yield") if isinstance(item, tidemarc.Fault)
    ]
    assert [fault.offset for fault in faults] == [fault.offset for fault in expected]
    assert str(faults[0]).startswith(f"{path}/a/books.mrc: record ")
    faults = [
        item
        for item in Reader(path.read_bytes(), errors="yield")
        if isinstance(item, tidemarc.Fault)
    ]
    assert str(faults[0]).startswith("a/books.mrc: record ")


def test_a_start_counts_bytes_of_the_file(tmp_path: Path) -> None:
    third = list(Reader(PLAIN))[2]
    path = tmp_path / "books.zip"
    path.write_bytes(ARCHIVES["deflated"])
    for source in (path, path.read_bytes()):
        assert next(Reader(source, start=third.offset)).raw == third.raw


def failure(source: Any) -> str:
    """The error of the reader, when it is made or when the first record is read."""
    with pytest.raises(OSError) as caught:
        next(Reader(source))
    return str(caught.value)


def encrypted() -> bytes:
    """An archive whose headers say that the file is encrypted."""
    packed = bytearray(ARCHIVES["stored"])
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def of_method(method: int) -> bytes:
    """An archive whose file has this compression method."""
    packed = bytearray(ARCHIVES["stored"])
    directory = packed.index(b"PK\x01\x02")
    struct.pack_into("<H", packed, 8, method)
    struct.pack_into("<H", packed, directory + 10, method)
    return bytes(packed)


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        (archive({}), "has no file"),
        (archive({"a/": b"", "__MACOSX/x": b"", ".x": b"", "a.tmi": b""}), "has no file"),
        (encrypted(), "books.mrc is encrypted: decrypt it first"),
        (of_method(12), "books.mrc is compressed by method 12, and only deflate"),
    ],
)
def test_archives_that_cannot_be_read_say_why(packed: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "books.zip"
    path.write_bytes(packed)
    for source in (path, packed):
        with pytest.raises(OSError, match=said):
            next(Reader(source))
    with pytest.raises(OSError, match=said) as caught:
        Reader(path)
    assert str(caught.value).startswith(f"{path}: the zip ")


@pytest.mark.parametrize("way", ["pipe", "file", "bytearray"])
def test_a_source_without_seeks_says_what_it_lacks(way: str, tmp_path: Path) -> None:
    packed = archive({"a.mrc": PLAIN[:500]})
    path = tmp_path / "books.zip"
    path.write_bytes(packed)
    if way == "pipe":
        read, write = os.pipe()
        with open(write, "wb") as file:
            file.write(packed)
        source: Any = read
    else:
        source = open(path, "rb") if way == "file" else bytearray(packed)
    reader = Reader(source)
    with pytest.raises(OSError, match="only from a path, a descriptor of a file, or bytes"):
        next(reader)
    assert not reader.stats.complete
    with pytest.raises(StopIteration):
        next(reader)
    if way == "file":
        source.close()


@pytest.mark.parametrize("kind", ["deflated", "stored", "data descriptor"])
def test_every_cut_and_many_flipped_bits_are_errors(kind: str, tmp_path: Path) -> None:
    small = PLAIN[: PLAIN.index(b"\x1d") + 1]
    method = zipfile.ZIP_STORED if kind == "stored" else zipfile.ZIP_DEFLATED
    packed = archive({"books.mrc": small}, method)
    for cut in range(4, len(packed)):
        with pytest.raises((OSError, tidemarc.errors.RecordError)):
            assert len(list(Reader(packed[:cut], errors="strict"))) == 1
            raise tidemarc.errors.RecordError("a stored record, found without the directory")
    begin, end = 30 + len("books.mrc"), packed.index(b"PK\x01\x02")
    for bit in range(8 * begin, 8 * end):
        damaged = bytearray(packed)
        damaged[bit // 8] ^= 1 << bit % 8
        reader = Reader(bytes(damaged), errors="skip")
        try:
            found = [record.raw for record in reader]
        except OSError as error:
            assert "zip member books.mrc" in str(error)
            assert "compressed byte" in str(error)
            assert not reader.stats.complete
        else:
            assert found == [small], bit


def test_wrong_sizes_and_checksums_of_the_directory_are_errors(tmp_path: Path) -> None:
    packed = ARCHIVES["deflated"]
    directory = packed.index(b"PK\x01\x02")
    for at, said in [(16, "its checksum is wrong"), (24, "the directory says")]:
        damaged = bytearray(packed)
        damaged[directory + at] ^= 1
        records = []
        reader = Reader(bytes(damaged))
        with pytest.raises(OSError, match=said):
            for record in reader:
                records.append(record)
        assert len(records) == 60
        assert not reader.stats.complete


def test_conversions_checks_and_scans_read_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "books.zip"
    path.write_bytes(ARCHIVES["deflated"])
    assert tidemarc.convert(path, tmp_path / "books.xml.gz").records == 60
    assert tidemarc.check(path).stats.records == 60
    assert sum(len(batch) for batch in tidemarc.scan(path, ["001"])) == 60


def test_a_ratio_limits_an_archive() -> None:
    long = PLAIN * 60
    packed = archive({"books.mrc": long})
    ratio = len(long) // len(packed)
    assert sum(1 for _ in Reader(packed, max_ratio=2 * ratio)) == 3600
    with pytest.raises(OSError, match="2 bytes of data for each compressed byte"):
        list(Reader(packed, max_ratio=2, errors="skip"))


def one_encrypted() -> bytes:
    """An archive of three files, of which the second is encrypted."""
    packed = bytearray(archive({"b.mrc": PLAIN, "x/secret.mrc": PLAIN, "a.mrc.gz": GZIP}))
    entry = packed.rindex(b"x/secret.mrc") - 46
    assert packed[entry : entry + 4] == b"PK\x01\x02"
    packed[entry + 8] |= 1
    return bytes(packed)


GZIP = gzip.compress(PLAIN)
RAW = [record.raw for record in Reader(PLAIN)]


@pytest.mark.parametrize("way", ["path", "bytes", "descriptor", "list", "directory"])
@pytest.mark.parametrize("options", [{}, {"threads": 1}, {"chunk_size": 50}], ids=str)
def test_several_files_are_read_in_the_order_of_the_directory(
    way: str, options: dict[str, Any], tmp_path: Path
) -> None:
    files = {"b.mrc": PLAIN, "empty.mrc": b"", "__MACOSX/b.mrc": b"x", "c/": b"", ".x": b"x"}
    packed = archive({**files, "a.mrc.gz": GZIP, "c/c.mrc": PLAIN})
    path = tmp_path / "books.zip"
    path.write_bytes(packed)
    source: Any = {"path": path, "bytes": packed, "list": [path], "directory": tmp_path}.get(way)
    if source is None:
        source = os.open(path, os.O_RDONLY)
    reader = Reader(source, **options)
    records = list(reader)
    assert [record.raw for record in records] == RAW * 3
    prefix = {"bytes": "", "descriptor": f"descriptor {source}/"}.get(way, f"{path}/")
    expected = [prefix + name for name in ("b.mrc", "a.mrc.gz", "c/c.mrc")]
    assert [record.source for record in records[::60]] == expected
    assert [record.number for record in records[::60]] == [1, 1, 1]
    assert records[-1].overall_number == 180
    assert reader.stats.complete
    assert (reader.stats.inputs, reader.stats.total_bytes) == (4, None)
    assert reader.stats.compressed_bytes == reader.stats.compressed_total_bytes
    if way == "descriptor":
        os.close(source)


def test_a_file_that_cannot_be_read_is_an_error_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "books.zip"
    path.write_bytes(one_encrypted())
    for source in (path, [path], path.read_bytes()):
        items = list(Reader(source, errors="yield"))
        faults = [item for item in items if isinstance(item, tidemarc.Fault)]
        assert [item.raw for item in items if isinstance(item, tidemarc.Record)] == RAW * 2
        assert len(faults) == 1 and items[60] is faults[0]
        assert "x/secret.mrc is encrypted: decrypt it first" in str(faults[0])
        assert str(faults[0].source).endswith("x/secret.mrc")
    reader = Reader(path)
    assert len([next(reader) for _ in range(60)]) == 60
    with pytest.raises(OSError, match="is encrypted") as caught:
        next(reader)
    assert str(caught.value).startswith(f"{path}/x/secret.mrc: ")
    assert [record.raw for record in reader] == RAW
    assert (reader.stats.unfinished, reader.stats.complete) == (1, False)


def test_a_damaged_file_costs_no_record_of_the_others(tmp_path: Path) -> None:
    packed = bytearray(archive({"a.mrc": PLAIN, "b.mrc": PLAIN}))
    packed[len(packed) // 4] ^= 0xFF
    path = tmp_path / "books.zip"
    path.write_bytes(packed)
    whole = list(Reader(path, errors="yield"))
    records = [item for item in whole if isinstance(item, tidemarc.Record)]
    assert [item.raw for item in records if str(item.source).endswith("/b.mrc")] == RAW
    faults = [str(item) for item in whole if isinstance(item, tidemarc.Fault)]
    assert any("zip member a.mrc is damaged" in fault for fault in faults)
    for size in (50, 1000):
        again = list(Reader(path, errors="yield", chunk_size=size))
        assert [str(item) for item in again if isinstance(item, tidemarc.Fault)] == faults


def test_archives_in_a_list_take_their_place_and_a_broken_one_is_an_error_there(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / name for name in ("a.mrc", "b.zip", "broken.zip", "empty.zip", "z.zip")]
    broken = bytearray(archive({"x.mrc": PLAIN, "y.mrc": PLAIN}))
    broken[broken.index(b"PK\x01\x02") + 1] = 0
    contents = [PLAIN, archive({"1.mrc": PLAIN, "2.mrc": PLAIN}), broken, archive({})]
    contents.append(archive({"one.mrc": PLAIN}))
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    for source in (tmp_path, paths):
        items = list(Reader(source, errors="yield"))
        sources = [str(item.source).removeprefix(f"{tmp_path}/") for item in items]
        places = list(dict.fromkeys(sources))
        files = ["a.mrc", "b.zip/1.mrc", "b.zip/2.mrc", "broken.zip", "empty.zip", "z.zip/one.mrc"]
        assert places == files
        faults = [str(item) for item in items if isinstance(item, tidemarc.Fault)]
        assert len(faults) == 2 and len(items) == 242
        assert "the zip archive is damaged" in faults[0]
        assert "the zip archive has no file" in faults[1]


def test_conversions_checks_and_scans_read_all_files_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "books.zip"
    path.write_bytes(archive({"a.mrc": PLAIN, "b.mrc": PLAIN}))
    assert tidemarc.convert(path, tmp_path / "books.xml.gz").records == 120
    assert tidemarc.check(path).stats.records == 120
    scan = tidemarc.scan(path, ["file", "001"])
    for _ in range(2):
        assert sum(len(batch) for batch in scan) == 120
    assert sum(len(batch) for batch in tidemarc.scan(path, ["001"], partitions=3)) == 120
    with pytest.raises(OSError, match="a start needs one input"):
        Reader(path, start=1)
    with pytest.raises(ValueError, match="same file"):
        tidemarc.convert(path, path, to_format="iso2709")
