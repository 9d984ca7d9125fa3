//! Counts of what a reader has delivered.

use crate::reader::Stats as Counts;
use pyo3::prelude::*;
use std::collections::BTreeMap;

/// What a reader has delivered so far. The bytes of records, faults and padding add up to
/// `bytes_read`.
#[pyclass(frozen, module = "tidemarc", eq, get_all)]
#[derive(PartialEq, Eq)]
pub(super) struct Stats {
    /// Bytes delivered: in records, faults and padding.
    bytes_read: u64,
    /// Bytes of the input in all, where that is known; else None.
    total_bytes: Option<u64>,
    /// Records delivered.
    records: u64,
    /// Bytes in them.
    record_bytes: u64,
    /// How many of them were repaired and are whole.
    repaired: u64,
    /// How many of them were repaired and lack something.
    incomplete: u64,
    /// Faults met: spans that are no record.
    faults: u64,
    /// Bytes in them.
    fault_bytes: u64,
    /// Runs of padding passed over.
    paddings: u64,
    /// Bytes in them.
    padding_bytes: u64,
    /// Where reading began, in bytes from the start of the input.
    start: u64,
    /// How many faults of each kind, by the kind's name: spans that are no record, and what was
    /// repaired in records.
    kinds: BTreeMap<String, u64>,
    /// Whether the end of the input was reached, and not a failure.
    complete: bool,
}

impl From<Counts> for Stats {
    fn from(counts: Counts) -> Self {
        Self {
            bytes_read: counts.bytes(),
            total_bytes: counts.total_bytes,
            records: counts.records,
            record_bytes: counts.record_bytes,
            repaired: counts.repaired,
            incomplete: counts.incomplete,
            start: counts.start,
            kinds: counts.kinds().map(|(kind, count)| (kind.name().to_owned(), count)).collect(),
            faults: counts.faults,
            fault_bytes: counts.fault_bytes,
            paddings: counts.paddings,
            padding_bytes: counts.padding_bytes,
            complete: counts.complete,
        }
    }
}

/// What a pickle of a `Stats` holds: bytes, records, faults and padding; what was repaired, by kind;
/// where reading began, and whether it came to the end.
type Counted = (
    (u64, Option<u64>, u64, u64, u64, u64, u64, u64),
    (u64, u64, BTreeMap<String, u64>),
    (u64, bool),
);

/// Makes a `Stats` again that was pickled or copied.
#[pyfunction]
pub(super) fn _restore_stats(counted: Counted) -> Stats {
    let (bytes, (repaired, incomplete, kinds), (start, complete)) = counted;
    let (bytes_read, total_bytes, records, record_bytes, faults, fault_bytes, ..) = bytes;
    let (.., paddings, padding_bytes) = bytes;
    Stats {
        bytes_read,
        total_bytes,
        records,
        record_bytes,
        repaired,
        incomplete,
        faults,
        fault_bytes,
        paddings,
        padding_bytes,
        start,
        kinds,
        complete,
    }
}

#[pymethods]
impl Stats {
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Counted,))> {
        let restore = py.import("tidemarc._tidemarc")?.getattr("_restore_stats")?;
        let bytes = (
            self.bytes_read,
            self.total_bytes,
            self.records,
            self.record_bytes,
            self.faults,
            self.fault_bytes,
            self.paddings,
            self.padding_bytes,
        );
        let kinds = (self.repaired, self.incomplete, self.kinds.clone());
        let counted = (bytes, kinds, (self.start, self.complete));
        Ok((restore, (counted,)))
    }

    fn __repr__(&self) -> String {
        let total = self.total_bytes.map_or_else(|| "None".into(), |total| total.to_string());
        let kinds: Vec<_> =
            self.kinds.iter().map(|(kind, count)| format!("'{kind}': {count}")).collect();
        format!(
            "Stats(records={}, repaired={}, incomplete={}, faults={}, paddings={}, \
             record_bytes={}, fault_bytes={}, padding_bytes={}, start={}, bytes_read={}, \
             total_bytes={total}, kinds={{{}}}, complete={})",
            self.records,
            self.repaired,
            self.incomplete,
            self.faults,
            self.paddings,
            self.record_bytes,
            self.fault_bytes,
            self.padding_bytes,
            self.start,
            self.bytes_read,
            kinds.join(", "),
            if self.complete { "True" } else { "False" },
        )
    }
}
