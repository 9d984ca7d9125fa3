"""pymarc's own tests, and the comparison with pymarc over a sample; `make conformance` does all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFORMANCE = Path(__file__).resolve().parent.parent / "conformance"
sys.path.insert(0, str(CONFORMANCE))

import compare
import source


@pytest.fixture(scope="module")
def archive():
    """Path of pymarc's source archive, if there is a network or a copy of it."""
    try:
        return source.folder()
    except source.Unavailable as reason:
        pytest.skip(f"pymarc's archive is not here: {reason}")


def run(*arguments):
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=110)


def test_pymarcs_own_tests_pass(archive):
    result = run(CONFORMANCE / "suite.py")
    assert "174 of 174 pass" in result.stdout, result.stdout + result.stderr
    assert result.returncode == 0


def test_pymarcs_sample_files_read_the_same(archive):
    files = sorted((archive / "test").glob("*.dat")) + sorted((archive / "test").glob("*.mrc"))
    assert len(files) == 20
    assert list(compare.of_files(files, 20_000)) == []


def test_records_of_the_library_of_congress_read_the_same(archive):
    with source.records().open("rb") as file:
        file.seek(100_000_000)
        data = file.read(150_000)
    # The bytes are from the first whole record on, to the middle of the last.
    assert list(compare.of_bytes(data[data.index(b"\x1d") + 1 :], every_option=False)) == []


def test_damaged_input_reads_the_same(archive):
    assert list(compare.of_damage(15)) == []


def test_the_bundled_records_read_the_same(fixtures):
    for path in sorted(fixtures.glob("*.mrc")):
        assert list(compare.of_bytes(path.read_bytes())) == [], path


@pytest.mark.timeout(0)
@pytest.mark.skipif(not os.environ.get("TIDEMARC_CORPUS"), reason="TIDEMARC_CORPUS names no folder")
def test_a_folder_of_files_reads_the_same():
    corpus = [Path(os.environ["TIDEMARC_CORPUS"])]
    assert list(compare.of_files(corpus, 60_000)) == []


def test_the_comparison_sees_a_difference(monkeypatch, books):
    import tidemarc.pymarc

    class Forgetful(tidemarc.pymarc.MARCReader):
        """A reader that loses a record."""

        def __next__(self):
            record = super().__next__()
            return super().__next__() if record and record["001"].data.endswith("3") else record

    monkeypatch.setattr(tidemarc.pymarc, "MARCReader", Forgetful)
    assert list(compare.of_bytes(books.read_bytes(), deep=False, every_option=False)) != []
