//! Counts of the records, faults and padding that a reader has delivered.

use crate::parse::Stats as Counts;
use pyo3::prelude::*;
use std::collections::BTreeMap;

/// The counts of a reader up to now. The bytes of records, faults and padding add up to
/// `bytes_read`.
#[pyclass(frozen, module = "tidemarc", eq, get_all)]
#[derive(PartialEq, Eq)]
pub(crate) struct Stats {
    /// Number of bytes delivered: in records, faults and padding.
    bytes_read: u64,
    /// Length of the input in bytes, or None if it is unknown.
    total_bytes: Option<u64>,
    /// Number of records delivered.
    records: u64,
    /// Number of bytes in records.
    record_bytes: u64,
    /// Number of records that were repaired and are complete.
    repaired: u64,
    /// Number of records that were repaired and lack some content.
    incomplete: u64,
    /// Number of bad spans.
    faults: u64,
    /// Number of bytes in bad spans.
    fault_bytes: u64,
    /// Number of runs of padding.
    paddings: u64,
    /// Number of bytes in padding.
    padding_bytes: u64,
    /// Offset at which reading began, in bytes from the start of the input.
    start: u64,
    /// Number of faults of each kind, by the name of the kind: bad spans, and repairs in records.
    kinds: BTreeMap<String, u64>,
    /// True once the end of the input was reached without a failure.
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

/// State of a pickled `Stats`: bytes, records, faults and padding; the repairs, by kind; the offset
/// at which reading began, and the flag `complete`.
type StatsState = (
    (u64, Option<u64>, u64, u64, u64, u64, u64, u64),
    (u64, u64, BTreeMap<String, u64>),
    (u64, bool),
);

/// Restores a `Stats` that was pickled or copied.
#[pyfunction]
pub(crate) fn _restore_stats(counted: StatsState) -> Stats {
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
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (StatsState,))> {
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
