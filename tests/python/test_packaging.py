"""The contents of the package, and its types."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest
import tidemarc
from tidemarc import _tidemarc, errors

PACKAGE = Path(tidemarc.__file__).parent
REPOSITORY = Path(__file__).resolve().parents[2]


def stub_names():
    """Returns the names at the top of the stub, and for each class the names in it."""
    names = {}
    for node in ast.parse((PACKAGE / "_tidemarc.pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            names[node.name] = {
                item.name if isinstance(item, ast.FunctionDef) else ast.unparse(item).split(":")[0]
                for item in node.body
            }
        elif isinstance(node, ast.FunctionDef):
            names[node.name] = set()
        elif isinstance(node, ast.AnnAssign):
            names[ast.unparse(node.target)] = set()
    return names


def test_everything_that_all_names_is_there():
    assert sorted(tidemarc.__all__) == sorted(set(tidemarc.__all__))
    for name in tidemarc.__all__:
        assert hasattr(tidemarc, name), name


def test_nothing_public_is_missing_in_all():
    public = {
        name
        for name, value in vars(tidemarc).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public | {"errors", "__version__"} == set(tidemarc.__all__)


def test_the_package_says_that_it_has_types():
    assert (PACKAGE / "py.typed").is_file()


def test_the_stub_names_what_the_module_has():
    names = stub_names()
    for name, value in vars(_tidemarc).items():
        if name.startswith("__") and name != "__version__":
            continue
        assert name in names, name
        if not inspect.isclass(value):
            continue
        for member in vars(value):
            if not member.startswith("__"):
                assert member in names[name], f"{name}.{member}"
    for name in names:
        # A name that only the stub needs, such as an alias for the types of sources, begins so.
        assert hasattr(_tidemarc, name) or name.startswith("_"), name


def test_everything_public_has_a_docstring():
    for name in tidemarc.__all__:
        value = getattr(tidemarc, name)
        if name == "__version__":
            continue
        assert value.__doc__, name
        if inspect.isclass(value) and not issubclass(value, tuple):
            for member, thing in vars(value).items():
                if not member.startswith("_") and (callable(thing) or isinstance(thing, property)):
                    assert thing.__doc__, f"{name}.{member}"


def stub_docstrings(body):
    """Yields each class, function and attribute of a part of the stub, with its docstring."""
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            setter = any(ast.unparse(name).endswith(".setter") for name in node.decorator_list)
            if not setter:
                yield node, node.name, ast.get_docstring(node)
        elif isinstance(node, ast.AnnAssign):
            match after:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield node, ast.unparse(node.target), text
                case _:
                    yield node, ast.unparse(node.target), None


def words(text):
    return text and text.split()


def test_the_docstrings_are_those_of_the_stub():
    stub = ast.parse((PACKAGE / "_tidemarc.pyi").read_text(encoding="utf-8"))
    compared = 0
    for node, name, docstring in stub_docstrings(stub.body):
        value = getattr(_tidemarc, name, None)
        # Aliases and protocols are only in the stub.
        if value is None or isinstance(node, ast.AnnAssign):
            continue
        assert words(value.__doc__) == words(docstring), name
        if not isinstance(node, ast.ClassDef):
            continue
        for _, member, text in stub_docstrings(node.body):
            thing = vars(value).get(member)
            if isinstance(thing, staticmethod):
                thing = thing.__func__
            # Python itself documents the slots of a class, such as `__iter__`.
            slot = isinstance(thing, types.WrapperDescriptorType)
            if slot or (member.startswith("__") and text is None):
                continue
            assert words(thing.__doc__) == words(text), f"{name}.{member}"
            compared += 1
    assert compared > 100


def test_classes_say_that_they_are_of_this_package():
    for name in ("Fault", "Field", "Leader", "Reader", "Record", "Stats", "Writer"):
        assert getattr(tidemarc, name).__module__ == "tidemarc"
    assert errors.RecordError.__module__ == "tidemarc.errors"


def test_the_version_is_that_of_the_distribution_and_of_the_crate():
    assert tidemarc.__version__ == importlib.metadata.version("tidemarc")
    manifest = (REPOSITORY / "Cargo.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{tidemarc.__version__}"\n' in manifest


def test_the_signature_of_the_reader_is_what_the_stub_says():
    signature = inspect.signature(tidemarc.Reader)
    assert str(signature) == (
        "(source, *, format='auto', errors='strict', repair=False, max_faults=None, quarantine=None, "
        "start=0, range=None, encoding='auto', encoding_errors='strict', "
        "numeric_references=False, threads=None, read_ahead=True, chunk_size=65536, "
        "max_record_length=16777216, controls='error', mnemonics='all', max_ratio=None)"
    )


def test_importing_it_starts_nothing(process):
    script = """
import sys, threading
before = set(sys.modules)
import tidemarc
assert threading.active_count() == 1
assert len(__import__("os").listdir("/proc/self/task")) == 1
heavy = {"asyncio", "multiprocessing", "logging", "socket", "numpy", "pymarc"} & set(sys.modules)
assert not heavy - before, heavy
"""
    process.run(script)


def checked(*command):
    result = subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=100,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_type_checkers_understand_how_it_is_used(tmp_path):
    pytest.importorskip("mypy")
    program = tmp_path / "program.py"
    program.write_text(
        """
import io
import mmap
import socket
from array import array
from pathlib import Path
from typing import Literal

import tidemarc
from typing_extensions import assert_type
from tidemarc import Fault, Field, Indicators, Leader, Reader, Record, Subfield, Writer


def sources(file: io.BufferedReader, plug: socket.socket, mapped: mmap.mmap) -> None:
    Reader("x"), Reader(Path("x")), Reader(b"x"), Reader(bytearray()), Reader(memoryview(b""))
    Reader(array("B")), Reader(5), Reader(file), Reader(plug), Reader(mapped), Reader(io.BytesIO())


def strict(path: str) -> list[str | None]:
    with Reader(path, threads=2) as reader:
        titles = [record.title for record in reader]
        assert_type(reader.stats.total_bytes, int | None)
    return titles


def yields(path: str) -> None:
    for item in Reader(path, errors="yield"):
        assert_type(item, Record | Fault)
        if isinstance(item, Fault):
            kind: str = item.kind
            raise item.exception()
        assert_type(item, Record)


def any_mode(mode: Literal["skip", "yield"]) -> None:
    reader = Reader("a", errors=mode, repair=True, quarantine="q", max_faults=3, start=5)
    for item in reader:
        assert_type(item, Record | Fault)
    tuned = Reader("a", format="jsonl", errors=mode, threads=1, controls="skip", encoding="latin-1")
    assert_type(tuned, Reader[Record | Fault])


def by_function(path: str) -> None:
    def act(fault: Fault) -> None:
        raise fault.exception()

    assert_type(Reader(path, errors=act), Reader[Record])
    tidemarc.check(path, list_undecodable=True, start=5, encoding="marc-8", threads=1)
    tidemarc.dumps([], "json", controls="skip")
    Writer("a.xml"), Writer("a.xml", None), Writer("a", "jsonl", overlong="split")
    tidemarc.convert(path, "a.xml")
    try:
        next(Reader(path))
    except (tidemarc.EncodingError, tidemarc.WriteError, tidemarc.TidemarcError):
        pass


def edit(record: Record) -> bytes:
    field = record["245"]
    assert_type(field.indicators, Indicators | None)
    field.indicators = ["1", "0"]
    field.subfields.append(Subfield("a", "x"))
    record.leader[9] = "a"
    record.leader = "x" * 24
    record.leader = Leader("x" * 24)
    record.add_field(Field("500", subfields=[Subfield("a", "x")]))
    default: Field | int = record.get("999", 5)
    assert_type(record.get("999"), Field | None)
    assert_type(field.get("a", ""), str)
    with Writer(io.BytesIO()) as writer:
        writer.write(record)
    return record.as_marc()


class Mine(Record):
    note: str = ""


def copied(mine: Mine) -> Mine:
    return mine.copy()


def wrong(record: Record) -> None:
    Reader(5.0)  # type: ignore[call-overload]
    Reader("x", errors=None)  # type: ignore[call-overload]
    Reader(io.StringIO())  # type: ignore[call-overload]
    record.title = "x"  # type: ignore[misc]
    Writer(io.StringIO())  # type: ignore[arg-type]


def typos(path: str, mode: str) -> None:
    Reader(path, errors="repiar")  # type: ignore[call-overload]
    Reader(path, errors=mode)  # type: ignore[call-overload]
    Reader(path, errors="yield", format="marxml")  # type: ignore[call-overload]
    Reader(path, encoding="utf-9")  # type: ignore[call-overload]
    Reader(path, encoding_errors="stric")  # type: ignore[call-overload]
    Reader(path, controls="drop")  # type: ignore[call-overload]
    Reader(path, mnemonics="marcedt")  # type: ignore[call-overload]
    Writer(path, "marxml")  # type: ignore[arg-type]
    Writer(path, encoding="latin-1")  # type: ignore[arg-type]
    Writer(path, overlong="splitt")  # type: ignore[arg-type]
    Writer(path, controls="drop")  # type: ignore[arg-type]
    Writer(path, encoding_errors="stric")  # type: ignore[arg-type]
    tidemarc.convert(path, path, to_format="marxml")  # type: ignore[arg-type]
    tidemarc.convert(path, path, errors="repair")  # type: ignore[arg-type]
    tidemarc.convert(path, path, encoding="utf-9")  # type: ignore[arg-type]
    tidemarc.check(path, encoding="utf-9")  # type: ignore[arg-type]
    tidemarc.check(path, errors="skip")  # type: ignore[call-arg]
    tidemarc.dumps([], overlong="splitt")  # type: ignore[arg-type]
    tidemarc.dumps([], controlls="skip")  # type: ignore[call-arg]
""",
        encoding="utf-8",
    )
    checked("mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path), str(program))


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py*")), ids=lambda path: path.name)
def test_no_file_of_the_package_names_a_place_on_our_machines(path):
    if path.suffix in (".py", ".pyi"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(home|root|tmp|work)/", text)
