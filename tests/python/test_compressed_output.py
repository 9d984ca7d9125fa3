"""Compressed outputs: suffixes and options, other programs that read them, failures."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow
import pytest
import tidemarc
from shared.marks import needs_full, posix
from tidemarc import Reader, Writer, convert

BOOKS = Path(__file__).parent.parent / "fixtures" / "books.mrc"
SUFFIXES = {".gz": "gzip", ".bgz": "bgzf", ".bgzf": "bgzf", ".zst": "zstd", ".GZ": "gzip"}
KINDS = ["gzip", "bgzf", "zstd"]
SUFFIX = {"gzip": ".gz", "bgzf": ".bgz", "zstd": ".zst"}
#: Programs that read a kind of compression from their standard input. Those that are missing are
#: skipped.
TOOLS = {
    "gzip": [["gzip", "-dc"], ["pigz", "-dc"], ["zstd", "-dcq", "--format=gzip"]],
    "bgzf": [["bgzip", "-dc"], ["gzip", "-dc"], ["pigz", "-dc"]],
    "zstd": [["zstd", "-dcq"]],
}
#: The empty block at the end of every BGZF file (SAM specification, section 4.1.2).
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def unpack(kind: str, packed: bytes) -> bytes:
    """Decompress by a library that is not tidemarc's."""
    if kind == "zstd":
        return pyarrow.CompressedInputStream(pyarrow.BufferReader(packed), "zstd").read()
    return gzip.decompress(packed)


def blocks(packed: bytes) -> list[int]:
    """The lengths of the data in the blocks of BGZF; every block states its own length."""
    lengths = []
    while packed:
        assert packed[:4] == b"\x1f\x8b\x08\x04" and packed[12:16] == b"BC\x02\x00"
        length = int.from_bytes(packed[16:18], "little") + 1
        lengths.append(int.from_bytes(packed[length - 4 : length], "little"))
        packed = packed[length:]
    return lengths


def long_books(count: int = 20) -> list[tidemarc.Record]:
    """Records of more than a chunk, and of more than a block."""
    return list(Reader(BOOKS.read_bytes() * count))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("format", [".mrc", "", ".xml", ".json", ".jsonl", ".mrk"])
def test_the_last_suffix_of_a_path_compresses_what_the_one_before_it_names(
    format: str, suffix: str, tmp_path: Path
) -> None:
    plain, path, kind = tmp_path / f"a{format}", tmp_path / f"b{format}{suffix}", SUFFIXES[suffix]
    source = BOOKS.read_bytes() * 20
    done = convert(source, plain)
    expected = plain.read_bytes()
    for threads in (None, 1, 2, 8):
        again = convert(source, path, threads=threads)
        assert (again.records, again.to_format) == (done.records, done.to_format)
        assert unpack(kind, path.read_bytes()) == expected
        assert path.stat().st_size < len(expected) / 2
        path.unlink()
    with Writer(path) as writer:
        assert (writer.format, writer.compression) == (done.to_format, kind)
        for record in Reader(source):
            writer.write(record)
    assert unpack(kind, path.read_bytes()) == expected
    assert sum(1 for _ in Reader(path)) == done.records


@pytest.mark.parametrize("kind", KINDS)
def test_an_option_compresses_any_target(kind: str, tmp_path: Path) -> None:
    expected = tidemarc.dumps(Reader(BOOKS), "marcxml")
    for target in (tmp_path / "b.xml", io.BytesIO()):
        with Writer(target, "marcxml", compression=kind) as writer:
            assert writer.compression == kind
            for record in Reader(BOOKS):
                writer.write(record)
        packed = target.read_bytes() if isinstance(target, Path) else target.getvalue()
        assert unpack(kind, packed) == expected
        target = tmp_path / "c.xml" if isinstance(target, Path) else io.BytesIO()
        convert(BOOKS, target, to_format="marcxml", compression=kind)
        packed = target.read_bytes() if isinstance(target, Path) else target.getvalue()
        assert unpack(kind, packed) == expected


def test_none_writes_the_plain_bytes_to_any_suffix(tmp_path: Path) -> None:
    path = tmp_path / "books.mrc.gz"
    with Writer(path, compression=None) as writer:
        assert writer.compression is None
        for record in Reader(BOOKS):
            writer.write(record)
    assert path.read_bytes() == BOOKS.read_bytes()
    convert(BOOKS, path, compression=None)
    assert path.read_bytes() == BOOKS.read_bytes()


def test_a_file_object_is_compressed_only_by_the_option(tmp_path: Path) -> None:
    with open(tmp_path / "books.mrc.gz", "wb") as file:
        convert(BOOKS, file)
    assert (tmp_path / "books.mrc.gz").read_bytes() == BOOKS.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format", ["iso2709", "marcxml", "json"])
def test_an_output_without_records_is_valid(kind: str, format: str, tmp_path: Path) -> None:
    path = tmp_path / "none"
    Writer(path, format, compression=kind).close()
    packed = path.read_bytes()
    assert unpack(kind, packed) == tidemarc.dumps([], format)
    assert list(Reader(path)) == []
    if kind == "bgzf":
        assert packed.endswith(END)


@pytest.mark.parametrize("threads", [1, None, 8])
@pytest.mark.parametrize("to_format", ["iso2709", "marcxml", "json"])
def test_bgzf_has_blocks_of_at_most_64_kib_and_one_end(
    to_format: str, threads: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "b.bgz"
    convert(BOOKS.read_bytes() * 40, path, to_format=to_format, threads=threads)
    lengths = blocks(path.read_bytes())
    assert all(0 < length <= 65_280 for length in lengths[:-1])
    assert lengths[-1] == 0
    assert path.read_bytes().endswith(END)
    # A writer fills its blocks.
    with Writer(path, to_format) as writer:
        for record in long_books(40):
            writer.write(record)
    lengths = blocks(path.read_bytes())
    assert set(lengths[:-2]) == {65_280}
    assert lengths[-1] == 0


@pytest.mark.parametrize("tool", [(kind, *tool) for kind in KINDS for tool in TOOLS[kind]])
def test_other_programs_read_it(tool: tuple[str, ...], tmp_path: Path) -> None:
    kind, *command = tool
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    path = tmp_path / f"books.xml{SUFFIX[kind]}"
    convert(BOOKS.read_bytes() * 20, path)
    with open(path, "rb") as file:
        found = subprocess.run(command, stdin=file, capture_output=True, check=True).stdout
    assert found == unpack(kind, path.read_bytes())
    assert found.endswith(b"</collection>\n")
    if command[0] == "bgzip":
        subprocess.run(["bgzip", "-t", path], check=True)


@pytest.mark.skipif(shutil.which("7z") is None, reason="7z is not installed")
def test_7z_finds_no_fault(tmp_path: Path) -> None:
    for suffix in (".gz", ".bgz"):
        path = tmp_path / f"books.xml{suffix}"
        convert(BOOKS.read_bytes() * 20, path)
        subprocess.run(["7z", "t", "-tgzip", path], check=True, capture_output=True)


def test_levels_are_passed_on_and_checked(tmp_path: Path) -> None:
    sizes = {}
    for kind, level in [
        ("gzip", 0),
        ("gzip", 9),
        ("bgzf", 0),
        ("bgzf", 9),
        ("zstd", 1),
        ("zstd", 19),
    ]:
        path = tmp_path / "x"
        convert(BOOKS, path, compression=kind, compression_level=level)
        assert unpack(kind, path.read_bytes()) == BOOKS.read_bytes()
        sizes[kind, level] = path.stat().st_size
    assert sizes["gzip", 0] > BOOKS.stat().st_size > 2 * sizes["gzip", 9]
    assert sizes["bgzf", 0] > BOOKS.stat().st_size > 2 * sizes["bgzf", 9]
    assert sizes["zstd", 1] > sizes["zstd", 19]
    for kind, level, range in [
        ("gzip", 10, "0 to 9"),
        ("bgzf", -1, "0 to 9"),
        ("zstd", 0, "1 to 22"),
        ("zstd", 300, "1 to 22"),
    ]:
        options: dict[str, Any] = {"compression": kind, "compression_level": level}
        message = f"compression_level: .*{kind} must be from {range}"
        with pytest.raises(ValueError, match=message):
            Writer(tmp_path / "y", **options)
        with pytest.raises(ValueError, match=message):
            convert(BOOKS, tmp_path / "y", **options)
    with pytest.raises(ValueError, match="compression_level: the output is not compressed"):
        Writer(tmp_path / "y.mrc", compression_level=3)
    assert not (tmp_path / "y").exists()


def test_an_unknown_compression_is_refused(tmp_path: Path) -> None:
    message = "compression must be 'auto', 'gzip', 'bgzf', 'zstd' or None"
    for wrong, error in [("xz", ValueError), ("GZIP", ValueError), (7, TypeError)]:
        options: dict[str, Any] = {"compression": wrong}
        with pytest.raises(error, match=message):
            Writer(tmp_path / "x", **options)
        with pytest.raises(error, match=message):
            convert(BOOKS, tmp_path / "x", **options)
    for name, said in [("x.txt.gz", "txt"), ("x.mrc.xz", "xz"), ("x.gz.gz", "gz")]:
        with pytest.raises(ValueError, match=rf"format: the suffix \.{said} stands for no format"):
            Writer(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("suffix", [".gz", ".bgz", ".zst"])
def test_a_compressed_file_is_replaced_while_it_is_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"books.mrc{suffix}"
    convert(BOOKS, path)
    before = path.read_bytes()
    with Writer(path) as writer:
        for record in Reader(path):
            record["245"]["a"] = "changed"
            writer.write(record)
        assert path.read_bytes() == before
    assert {record["245"]["a"] for record in Reader(path)} == {"changed"}
    before = path.read_bytes()
    with pytest.raises(LookupError) as caught, Writer(path) as writer:
        for record in long_books():
            writer.write(record)
        raise LookupError
    assert "is unchanged" in caught.value.__notes__[0]
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@posix
@needs_full
@pytest.mark.parametrize("kind", KINDS)
def test_a_full_device_is_reported_once_and_by_its_name(kind: str) -> None:
    # Many records fill the buffer; one record is reported by `close`.
    writer = Writer("/dev/full", compression=kind)
    writer.write(next(Reader(BOOKS)))
    with pytest.raises(OSError, match="No space") as caught:
        writer.close()
    assert caught.value.filename == "/dev/full"
    writer.close()
    with pytest.raises(OSError, match="No space"), Writer("/dev/full", compression=kind) as writer:
        for record in long_books(60):
            writer.write(record)
    with pytest.raises(OSError, match="No space"):
        convert(BOOKS.read_bytes() * 40, "/dev/full", compression=kind)


@posix
@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_pipe_is_an_error(kind: str, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb", buffering=0) as file:
        writer = Writer(file, compression=kind)
        writer.write(next(Reader(BOOKS)))
        for _ in range(2):
            with pytest.raises(BrokenPipeError):
                writer.close()
        del writer


class Failing(io.RawIOBase):
    """Takes a few bytes at a time, and fails at each third call."""

    def __init__(self, error: type[Exception] = OSError) -> None:
        self.taken, self.calls, self.error = bytearray(), 0, error

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.calls += 1
        if self.calls % 3 == 0:
            raise self.error(11, "at times")
        self.taken += data[:1000]
        return len(data[:1000])


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_is_written_once_however_often_a_file_fails(kind: str) -> None:
    file, records = Failing(BlockingIOError), long_books(60)
    failures = 0
    writer = Writer(file, compression=kind, compression_level=1)
    for record in records:
        while True:
            try:
                writer.write(record)
                break
            except BlockingIOError:
                # Nothing of this record was taken.
                failures += 1
    while True:
        try:
            writer.close()
            break
        except BlockingIOError:
            failures += 1
    assert failures > 5
    assert unpack(kind, bytes(file.taken)) == b"".join(record.raw for record in records)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_object_receives_what_was_written_if_its_writer_is_dropped(kind: str) -> None:
    file = io.BytesIO()
    writer = Writer(file, "marcxml", compression=kind)
    for record in Reader(BOOKS):
        writer.write(record)
    del writer
    whole = tidemarc.dumps(Reader(BOOKS), "marcxml")
    assert unpack(kind, file.getvalue()) == whole.removesuffix(b"</collection>\n")


@posix
def test_records_that_are_too_long_are_compressed_by_the_suffix_of_their_own_file(
    tmp_path: Path,
) -> None:
    long = tidemarc.Record(
        fields=[tidemarc.Field("500", [" ", " "], [tidemarc.Subfield("a", "x" * 10_000)])]
    )
    for name, other in [("a.mrc.zst", "b.xml.gz"), ("a.mrc", "b.xml.gz"), ("a.mrc.gz", "b.xml")]:
        path, second = tmp_path / name, tmp_path / other
        with Writer(path, overlong="xml", overlong_to=second) as writer:
            writer.write(long)
            writer.write(next(Reader(BOOKS)))
        packed = second.read_bytes()
        assert b"x" * 10_000 in (gzip.decompress(packed) if other.endswith("gz") else packed)
        assert len(list(Reader(path))) == 1
        source = io.BytesIO(tidemarc.dumps([long], "json"))
        done = convert(source, path, overlong="xml", overlong_to=second)
        assert done.records == 1
        packed = second.read_bytes()
        assert b"x" * 10_000 in (gzip.decompress(packed) if other.endswith("gz") else packed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_strict_conversion_to_a_file_object_ends_with_what_came_before(kind: str) -> None:
    source = BOOKS.read_bytes() * 3 + b"junk" + BOOKS.read_bytes()
    plain, packed = io.BytesIO(), io.BytesIO()
    for target, compression in [(plain, None), (packed, kind)]:
        with pytest.raises(tidemarc.errors.RecordError):
            convert(source, target, to_format="json", compression=compression)
    assert unpack(kind, packed.getvalue()) == plain.getvalue()
