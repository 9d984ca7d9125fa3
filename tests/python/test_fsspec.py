"""fsspec: whatever it opens is read and written as a file object."""

from __future__ import annotations

import gzip
import json
import zipfile

import pytest
import tidemarc

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: see requirements-dev.txt")


@pytest.fixture
def url(request, tmp_path, books):
    """The URL of a copy of the file of books in one of fsspec's file systems."""
    data = books.read_bytes()
    if request.param == "file":
        return f"file://{books}"
    if request.param == "zip":
        with zipfile.ZipFile(tmp_path / "books.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("folder/books.mrc", data)
        return f"zip://folder/books.mrc::file://{tmp_path}/books.zip"
    if request.param == "memory":
        fsspec.filesystem("memory").pipe("/books.mrc", data)
        return "memory://books.mrc"
    # A copy that fsspec downloads first, as one does for object stores.
    fsspec.filesystem("memory").pipe("/books.mrc", data)
    return f"{request.param}::memory://books.mrc"


URLS = ["file", "zip", "memory", "simplecache", "filecache"]


@pytest.mark.parametrize("url", URLS, indirect=True)
@pytest.mark.parametrize("chunk_size", [512, 65536])
def test_the_records_are_those_of_the_file(url, chunk_size, books):
    with fsspec.open(url) as file:
        records = list(tidemarc.Reader(file, chunk_size=chunk_size))
    assert [(r.offset, r.raw) for r in records] == [
        (r.offset, r.raw) for r in tidemarc.Reader(books)
    ]


@pytest.mark.parametrize("url", URLS, indirect=True)
def test_a_scan_is_that_of_the_file(url, books):
    pytest.importorskip("pyarrow")
    columns = {"id": "control_number", "subjects": "650$a", "place": "offset_bytes"}
    with fsspec.open(url) as file:
        table = tidemarc.scan(file, columns).to_arrow()
    assert table == tidemarc.scan(books, columns).to_arrow()


@pytest.mark.parametrize("url", URLS, indirect=True)
def test_reading_can_begin_at_a_record(url, books):
    tenth = list(tidemarc.Reader(books))[9]
    with fsspec.open(url) as file:
        file.seek(tenth.offset)
        assert next(tidemarc.Reader(file)).raw == tenth.raw


def test_many_files_one_after_the_other(books):
    system = fsspec.filesystem("memory")
    for record in list(tidemarc.Reader(books))[:20]:
        system.pipe(f"/many/{record.number:02}.mrc", record.raw)
    numbers = []
    for file in fsspec.open_files("memory://many/*.mrc"):
        with file as opened:
            numbers += [record["001"].data for record in tidemarc.Reader(opened)]
    assert numbers == [record["001"].data for record in tidemarc.Reader(books)][:20]


def test_compressed_data_is_recognised_or_decompressed_by_fsspec(books):
    fsspec.filesystem("memory").pipe("/books.mrc.gz", gzip.compress(books.read_bytes()))
    for options in ({}, {"compression": "infer"}):
        with fsspec.open("memory://books.mrc.gz", **options) as file:
            assert len(list(tidemarc.Reader(file))) == 60


def test_an_error_of_the_store_is_raised_as_it_is(books, tmp_path):
    class Broken(fsspec.implementations.memory.MemoryFileSystem):
        protocol = "broken"

        def _open(self, path, *args, **kwargs):
            file = super()._open(path, *args, **kwargs)
            file.readinto1 = file.readinto = file.read = self.fail
            return file

        def fail(self, *_arguments):
            raise ConnectionResetError("the store is gone")

    system = Broken(skip_instance_cache=True)
    system.pipe("/books.mrc", books.read_bytes())
    with system.open("/books.mrc") as file, pytest.raises(ConnectionResetError, match="is gone"):
        next(tidemarc.Reader(file))


@pytest.mark.parametrize("form", ["iso2709", "jsonl"])
def test_a_writer_writes_to_a_store(books, form):
    with (
        fsspec.open("memory://written", "wb") as file,
        tidemarc.Writer(file, form) as writer,
    ):
        for record in tidemarc.Reader(books):
            writer.write(record)
    written = fsspec.filesystem("memory").cat("/written")
    if form == "iso2709":
        assert written == books.read_bytes()
    else:
        assert [json.loads(line) for line in written.splitlines()] == [
            record.as_dict() for record in tidemarc.Reader(books)
        ]
