"""Paths that are written to: what kind of file each leads to, and what is kept of it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import tidemarc
from shared.marks import posix
from tidemarc import Reader, Writer


@posix
def test_mode_owner_and_links_are_kept(copied):
    link = copied.with_name("link")
    link.symlink_to(copied.name)
    if os.geteuid() == 0:
        os.chown(copied, 12345, 54321)
    copied.chmod(0o640)
    before = copied.stat()
    with Writer(link) as writer:
        writer.write(next(Reader(copied)))
    after = copied.stat()
    assert link.is_symlink()
    assert len(list(Reader(copied))) == 1
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert after.st_ino != before.st_ino


AS_ANOTHER = """
import errno, os, sys, tidemarc
folder = sys.argv[1]
os.chdir("/")
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
def refused(name, number, advice=False):
    before = sorted(os.listdir(f"{folder}/{name.rpartition('/')[0]}"))
    path = f"{folder}/{name}"
    try:
        tidemarc.Writer(path)
    except OSError as error:
        assert (error.errno, error.filename) == (number, path), error
        assert ("open the file yourself" in str(error)) == advice, error
    else:
        raise AssertionError(name)
    assert sorted(os.listdir(f"{folder}/{name.rpartition('/')[0]}")) == before
refused("open/read-only", errno.EACCES)
refused("closed/new", errno.EACCES)
refused("closed/old", errno.EACCES, advice=True)
refused("sticky/old", errno.EPERM, advice=True)
tidemarc.Writer(f"{folder}/sticky/new").close()
tidemarc.Writer(f"{folder}/sticky/new").close()
# Nobody but the owner may give a file away.
tidemarc.Writer(f"{folder}/open/old").close()
assert os.stat(f"{folder}/open/old").st_mode & 0o7777 == 0o666
# To write in place is up to who opens it.
with open(f"{folder}/closed/old", "r+b") as file:
    tidemarc.Writer(file).close()
"""


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user")
def test_what_may_not_be_written_or_not_be_replaced_is_refused(process):
    import tempfile

    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        for name, mode in [("open", 0o777), ("closed", 0o755), ("sticky", 0o1777)]:
            below = Path(folder, name)
            below.mkdir()
            below.chmod(mode)
            old = below / "old"
            old.write_bytes(b"old")
            old.chmod(0o666)
        Path(folder, "open/read-only").write_bytes(b"old")
        Path(folder, "open/read-only").chmod(0o644)
        os.chmod(Path(folder, "open/old"), 0o6666)
        process.run(AS_ANOTHER, folder)
        for name in ("open/read-only", "closed/old", "sticky/old"):
            assert Path(folder, name).read_bytes() == b"old"


STDOUT = """
import os, sys, tidemarc
print("before", flush=True)
with tidemarc.Writer(sys.argv[1]) as writer:
    for record in tidemarc.Reader(sys.argv[2]):
        writer.write(record)
print("after", flush=True)
"""


@posix
@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="needs /proc")
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("mode", ["wb", "ab", "pipe"])
def test_standard_output_is_written_where_it_stands(name, mode, books, tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"earlier\n")
    command = [sys.executable, "-c", STDOUT, name, str(books)]
    if mode == "pipe":
        output = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    else:
        with open(path, mode) as file:
            subprocess.run(command, stdout=file, check=True, timeout=60)
        output = path.read_bytes()
    earlier = b"earlier\n" if mode == "ab" else b""
    assert output == earlier + b"before\n" + books.read_bytes() + b"after\n"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_device_is_written_directly():
    with Writer(os.devnull) as writer:
        writer.write(tidemarc.Record())
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode) or sys.platform == "win32"


@posix
def test_a_writer_does_not_follow_its_program_elsewhere(copied, tmp_path, monkeypatch):
    monkeypatch.chdir(copied.parent)
    with Writer(copied.name) as writer:
        monkeypatch.chdir(tmp_path)
        writer.write(next(Reader(copied)))
    assert len(list(Reader(copied))) == 1
