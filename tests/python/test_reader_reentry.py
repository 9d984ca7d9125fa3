"""Calls of a reader from within its own source or log handler."""

from __future__ import annotations

import io

import pytest
from tidemarc import Reader


def test_a_read_that_calls_its_own_reader_gets_an_error_and_no_deadlock(marc):
    errors, seen = [], []

    class Source(io.BytesIO):
        def readinto1(self, buffer):
            try:
                next(reader)
            except RuntimeError as error:
                errors.append(str(error))
            seen.append(reader.stats.records)
            return super().readinto(buffer)

    reader = Reader(Source(marc.record()))
    assert len(list(reader)) == 1
    assert set(errors) == {
        "the reader was called again from inside its own read, log or signal handler"
    }
    assert seen == [0, 1]


def test_a_read_may_call_other_readers(marc, books):
    class Source(io.BytesIO):
        def readinto1(self, buffer):
            assert len(list(Reader(books))) == 60
            return super().readinto(buffer)

    assert len(list(Reader(Source(marc.record())))) == 1


def test_a_log_handler_may_not_call_its_own_reader(marc, monkeypatch):
    import logging

    errors, others = [], []

    class Handler(logging.Handler):
        def emit(self, entry):
            try:
                next(reader)
            except RuntimeError as error:
                errors.append(str(error))
            others.append(len(list(Reader(marc.record() * 2, errors="skip"))))
            others.append(reader.stats.faults)

    logger = logging.getLogger("tidemarc")
    handler = Handler()
    logger.addHandler(handler)
    try:
        reader = Reader(marc.BAD_DIRECTORY + marc.record(), errors="skip")
        assert len(list(reader)) == 1
    finally:
        logger.removeHandler(handler)
    assert len(errors) == 1
    assert "called again from inside its own read, log" in errors[0]
    assert others == [2, 1]


def test_what_a_log_handler_raises_is_raised_in_its_place(marc):
    import logging

    class Handler(logging.Filter):
        def filter(self, entry):
            raise LookupError("mine")

    logger = logging.getLogger("tidemarc")
    handler = Handler()
    logger.addFilter(handler)
    try:
        reader = Reader(marc.BAD_DIRECTORY + marc.record(), errors="skip")
        with pytest.raises(LookupError, match="mine"):
            next(reader)
    finally:
        logger.removeFilter(handler)
    assert next(reader).number == 2
