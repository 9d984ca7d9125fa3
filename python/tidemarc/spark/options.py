"""The options of Spark's format "marc": text, which becomes the arguments of tidemarc."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from .. import _engines
from .._tidemarc import Column, Selector

_Columns = str | dict[str, str | Selector | Column]


def boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"must be true or false, not {text!r}")
    return text.lower() == "true"


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"must be a whole number, not {text!r}")
    return int(text)


#: The options that are arguments of `tidemarc.scan`.
SCAN: dict[str, Callable[[str], Any]] = {
    "chunk_size": _whole,
    "controls": str,
    "encoding": str,
    "encoding_errors": str,
    "errors": str,
    "format": str,
    "max_faults": _whole,
    "max_ratio": _whole,
    "max_record_length": _whole,
    "mnemonics": str,
    "numeric_references": boolean,
    "repair": boolean,
    "threads": _whole,
}
#: The options that are arguments of `tidemarc.Writer`.
WRITER: dict[str, Callable[[str], Any]] = {
    "compression": str,
    "compression_level": _whole,
    "controls": str,
    "encoding": str,
    "encoding_errors": str,
    "format": str,
    "namespace": boolean,
    "overlong": str,
}
PATHS = {"path", "paths"}
READ = {"columns", "pushdown", "target_bytes"}


def known(options: Mapping[str, str], names: set[str], task: str) -> None:
    """Checks that every option has one of these names: a misspelt one must not be without effect.

    Raises:
        ValueError: An option has another name.
    """
    for name in options:
        if name not in names:
            listed = ", ".join(sorted(names - PATHS))
            raise ValueError(f"option {name!r} is unknown; the options of {task} are {listed}")


def arguments(
    options: Mapping[str, str], parsers: Mapping[str, Callable[[str], Any]]
) -> dict[str, Any]:
    """Returns the options that have a parser, parsed."""
    return {name: of(options, name, parse) for name, parse in parsers.items() if name in options}


def of(options: Mapping[str, str], name: str, parse: Callable[[str], Any]) -> Any:
    """Returns one option, parsed. Its name is in front of the exception."""
    try:
        return parse(options[name])
    except ValueError as error:
        raise ValueError(f"option {name}: {error}") from None


def paths(options: Mapping[str, str]) -> list[str]:
    """Returns the paths that `load` received: Spark passes one as text and several as JSON."""
    if "paths" in options:
        given = json.loads(options["paths"])
    elif "path" in options:
        given = [options["path"]]
    else:
        raise ValueError("a path is missing: load(path) reads a file, a folder or a pattern")
    return [local(path) for path in given]


def local(path: str) -> str:
    """Returns the absolute path for a path or a URL with the scheme `file`.

    Executors have working directories of their own.
    """
    if "://" not in path and not path.startswith("file:/"):
        return os.path.abspath(path)
    url = urlsplit(path)
    if url.scheme != "file" or url.netloc not in ("", "localhost"):
        raise ValueError(
            f"{path}: the format marc reads and writes files that every executor can open by their "
            "path; docs/scale.md has a recipe for object stores"
        )
    return unquote(url.path)


def columns(text: str) -> _Columns:
    """Returns the columns that the option `columns` defines: a preset, or a JSON object.

    Each member is a selector, the name of a fact about the record, or an object with the arguments
    of `Column`, `Column.fields` or `Column.metadata`.

    Raises:
        ValueError: The text is neither a preset nor JSON, or a definition is wrong.
    """
    if not text.lstrip().startswith(("{", "[")):
        return text.strip()
    try:
        given = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error}") from None
    if isinstance(given, list):
        return _engines.named(given)
    return {name: _column(name, value) for name, value in given.items()}


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(members)
    if len(made) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is defined twice")
    return made


def _column(name: str, value: Any) -> str | Column:
    if isinstance(value, str):
        return value
    makers: dict[str, Callable[..., Column]] = {
        "selector": Column,
        "fields": Column.fields,
        "metadata": Column.metadata,
    }
    sources = [key for key in makers if isinstance(value, dict) and key in value]
    if len(sources) != 1:
        raise ValueError(
            f"column {name!r}: the definition must be a selector, or an object with one of "
            f"selector, fields and metadata, not {json.dumps(value, ensure_ascii=False)}"
        )
    rest = {key: given for key, given in value.items() if key != sources[0]}
    try:
        return makers[sources[0]](value[sources[0]], **rest)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {name!r}: {error}") from None
