"""The modes of a reader at faults: strict, skip and yield."""

from __future__ import annotations

import pytest
import tidemarc
from tidemarc import Fault, Reader, Record


def test_strict_raises_in_the_place_of_each_fault_and_goes_on_behind_it(damaged):
    reader = Reader(damaged)
    found, faults = [], []
    while True:
        try:
            found.append(next(reader).number)
        except StopIteration:
            break
        except tidemarc.RecordError as error:
            faults.append((error.record_number, error.kind))
    assert faults == [
        (8, "record_length"),
        (20, "record_length"),
        (31, "record_terminator"),
        (46, "directory"),
    ]
    assert sorted(found + [number for number, _ in faults]) == list(range(1, 62))
    assert reader.stats.complete


def test_strict_ends_a_for_loop_which_may_be_taken_up_again(marc):
    reader = Reader(marc.record() + marc.BAD_DIRECTORY + marc.record())
    with pytest.raises(tidemarc.errors.DirectoryError):
        for _ in reader:
            pass
    assert [record.number for record in reader] == [3]


def test_skip_logs_each_fault(damaged, caplog):
    reader = Reader(damaged, errors="skip")
    assert all(isinstance(item, Record) for item in reader)
    assert reader.stats.faults == len(caplog.records) == 4
    assert {(entry.name, entry.levelname) for entry in caplog.records} == {("tidemarc", "WARNING")}
    assert caplog.records[3].getMessage() == (
        f"{damaged}: record 46, byte 56,747 (001 tm000045): field 300: "
        'directory entry 11 is malformed: "300abcd00311"'
    )


def test_yield_gives_a_fault_in_its_place(damaged):
    items = list(Reader(damaged, errors="yield"))
    assert [item.number for item in items] == list(range(1, 62))
    faults = [item for item in items if isinstance(item, Fault)]
    assert [fault.number for fault in faults] == [8, 20, 31, 46]
    fault = faults[3]
    assert (fault.kind, fault.tag, fault.entry) == ("directory", "300", 11)
    assert (fault.source, fault.offset, fault.control_number) == (str(damaged), 56747, "tm000045")
    assert fault.raw == damaged.read_bytes()[fault.offset :][: len(fault.raw)]
    assert str(fault).endswith(fault.reason)
    assert repr(fault) == f"<tidemarc.Fault directory: {fault}>"
    error = fault.exception()
    assert isinstance(error, tidemarc.errors.DirectoryError)
    assert (str(error), error.raw, error.entry) == (str(fault), fault.raw, fault.entry)


@pytest.mark.parametrize("errors", ["skip", "yield", "strict"])
def test_a_thousand_faults_in_a_row_are_no_depth(errors, marc):
    reader = Reader(marc.BAD_DIRECTORY * 5000 + marc.record(), errors=errors)
    count = 0
    while True:
        try:
            next(reader)
        except StopIteration:
            break
        except tidemarc.RecordError:
            pass
        count += 1
    assert count == (1 if errors == "skip" else 5001)
    assert reader.stats.faults == 5000


def test_a_record_longer_than_the_limit_is_a_fault(marc):
    long = marc.record(marc.field("001", "x" * 500))
    data = marc.record() + long + marc.record()
    reader = Reader(data, errors="yield", max_record_length=100)
    kinds = [getattr(item, "kind", "record") for item in reader]
    assert kinds == ["record", "over_long", "record"]
    assert len(list(Reader(data, max_record_length=len(long)))) == 3
