"""Helpers of the tests of the Python package: records to read, and ways to watch a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from shared.scripts import Script
from tidemarc import Reader, Record

# A process that was started in the background may ignore Ctrl-C, and so would each script that the
# tests of signals start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"

#: Longest time for an event that should be over at once. It is generous: machines are slow at
#: times, and slower still under a sanitizer.
DEADLINE = float(os.environ.get("TIDEMARC_DEADLINE", "20"))


def field(tag: str, data: str) -> tuple[str, bytes]:
    """Makes a field: control data, or `10$aTitle`, where `$` is the delimiter."""
    return tag, data.replace("$", "\x1f").encode()


def record(*fields: tuple[str, bytes], leader: bytes = b"00000nam a2200000   4500") -> bytes:
    """Makes a sound record; without fields, one with a control number and a title."""
    fields = fields or (field("001", "a1"), field("245", "10$aHi"))
    directory, data = b"", b""
    for tag, content in fields:
        directory += b"%s%04d%05d" % (tag.encode(), len(content) + 1, len(data))
        data += content + b"\x1e"
    base = 24 + len(directory) + 1
    length = base + len(data) + 1
    head = b"%05d%s%05d%s" % (length, leader[5:12], base, leader[17:])
    return head + directory + b"\x1e" + data + b"\x1d"


def numbered(count: int, size: int = 0) -> list[bytes]:
    """Makes records whose control numbers count from 0, of `size` bytes or a few more."""
    fill = "x" * max(0, size - 70)
    return [
        record(field("001", str(number)), field("245", f"10$aTitle {number}{fill}"))
        for number in range(count)
    ]


def numbers(records: Iterable[Any]) -> list[int]:
    """Returns the numbers that `numbered` counted."""
    return [int(record["001"].data) for record in records]


#: A record whose directory states a wrong start for 245.
BAD_DIRECTORY = record().replace(b"245000700003", b"245000700004")
#: A record whose 245 is not UTF-8; its structure is sound.
BAD_TEXT = record(field("001", "a1"), ("245", b"10\x1faCaf\xe9"), field("500", "  $aNote"))


def run(script: str, *arguments: object, timeout: float = DEADLINE) -> str:
    """Runs a script in a Python of its own; it must succeed, and write nothing to stderr."""
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", "error", "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return result.stdout


def open_descriptors() -> int:
    """Counts the open descriptors of this process."""
    return len(os.listdir("/proc/self/fd"))


def io_threads() -> int:
    """Counts the threads of this process that read for tidemarc."""
    count = 0
    for task in Path("/proc/self/task").iterdir():
        try:
            count += (task / "comm").read_text().strip() == "tidemarc-io"
        except OSError:
            continue  # It has ended.
    return count


def resident() -> int:
    """Returns the memory of this process, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def eventually(condition: Callable[[], object], within: float = DEADLINE) -> None:
    """Waits until a condition holds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.005)


def in_thread(function: Callable[[], Any]) -> Callable[[], Any]:
    """Starts a function in a thread. The returned function waits for its result or exception."""
    results: list[Any] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()

    def result() -> Any:
        thread.join(DEADLINE)
        assert not thread.is_alive(), "the thread never came back"
        if errors:
            raise errors[0]
        return results[0]

    return result


@pytest.fixture(scope="session")
def marc() -> SimpleNamespace:
    """Ways to make records."""
    return SimpleNamespace(
        BAD_DIRECTORY=BAD_DIRECTORY,
        BAD_TEXT=BAD_TEXT,
        field=field,
        numbered=numbered,
        numbers=numbers,
        record=record,
    )


@pytest.fixture(scope="session")
def process() -> SimpleNamespace:
    """Ways to watch this process, and to start others."""
    return SimpleNamespace(
        DEADLINE=DEADLINE,
        eventually=eventually,
        in_thread=in_thread,
        io_threads=io_threads,
        open_descriptors=open_descriptors,
        resident=resident,
        run=run,
    )


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The directory of the bundled records."""
    return FIXTURES


@pytest.fixture(scope="session")
def books() -> Path:
    """Path of 60 sound records in UTF-8."""
    return FIXTURES / "books.mrc"


@pytest.fixture
def book(books: Path) -> Record:
    """The first of them."""
    return next(Reader(books))


@pytest.fixture(scope="session")
def records(books: Path) -> list[bytes]:
    """The bytes of each of them."""
    return [record.raw for record in Reader(books)]


@pytest.fixture
def copied(books: Path, tmp_path: Path) -> Path:
    """A copy of them, alone in its folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "books.mrc"
    path.write_bytes(books.read_bytes())
    return path


@pytest.fixture(scope="session")
def damaged() -> Path:
    """Path of the same records with damage; see the README beside it."""
    return FIXTURES / "books-damaged.mrc"


@pytest.fixture
def damaged_copy(damaged: Path, tmp_path: Path) -> Path:
    """A copy of the damaged records."""
    path = tmp_path / "in.mrc"
    path.write_bytes(damaged.read_bytes())
    return path


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of 3,000 numbered records of a kilobyte each: many chunks."""
    path = tmp_path_factory.mktemp("large") / "large.mrc"
    path.write_bytes(b"".join(numbered(3000, 1000)))
    return path


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """A FIFO that no process has opened yet."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


@pytest.fixture
def pipe() -> Iterator[SimpleNamespace]:
    """A pipe: `read` is its descriptor, `write(bytes)` and `hang_up()` are for the other end."""
    reading, writing = os.pipe()
    ends = {reading, writing}

    def close(end: int) -> None:
        if end in ends:
            ends.remove(end)
            os.close(end)

    yield SimpleNamespace(
        read=reading,
        write=lambda data: os.write(writing, data),
        hang_up=lambda: close(writing),
        close=lambda: close(reading),
    )
    for end in list(ends):
        close(end)


@pytest.fixture
def restless() -> Iterator[None]:
    """Lets the threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def script() -> Iterator[Callable[..., Script]]:
    """Starts scripts; none of them outlives the test."""
    started: list[Script] = []

    def start(*arguments: object) -> Script:
        started.append(Script(*arguments))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()
