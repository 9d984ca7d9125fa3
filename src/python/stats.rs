//! Counts of the records, faults and padding that a reader has delivered.

use super::pickle::maker;
use crate::parse::Stats as Counts;
use pyo3::{prelude::*, types::PyDict};
use std::collections::BTreeMap;

/// The class, from a table of its attributes in the order of its `repr`: each has a name, a type, and
/// its value in the counts of the core.
macro_rules! stats {
    ($counts:ident: $($(#[$doc:meta])* $name:ident: $type:ty = $value:expr;)*) => {
        /// The counts of a reader up to now. The bytes of records, faults and padding add up to
        /// `bytes_read`.
        #[pyclass(frozen, module = "tidemarc", eq, get_all)]
        #[derive(PartialEq, Eq)]
        pub(crate) struct Stats {
            $($(#[$doc])* $name: $type,)*
        }

        impl From<Counts> for Stats {
            fn from($counts: Counts) -> Self {
                Self { $($name: $value,)* }
            }
        }

        impl Stats {
            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                $(dict.set_item(stringify!($name), &self.$name)?;)*
                Ok(dict)
            }

            fn from_dict(dict: &Bound<'_, PyDict>) -> PyResult<Self> {
                Ok(Self { $($name: dict.as_any().get_item(stringify!($name))?.extract()?,)* })
            }
        }
    };
}

stats! { counts:
    /// Number of records delivered.
    records: u64 = counts.records;
    /// Number of records that were repaired and are complete.
    repaired: u64 = counts.repaired;
    /// Number of records that were repaired and lack some content.
    incomplete: u64 = counts.incomplete;
    /// Number of bad spans.
    faults: u64 = counts.faults;
    /// Number of runs of padding.
    paddings: u64 = counts.paddings;
    /// Number of bytes in records.
    record_bytes: u64 = counts.record_bytes;
    /// Number of bytes in bad spans.
    fault_bytes: u64 = counts.fault_bytes;
    /// Number of bytes in padding.
    padding_bytes: u64 = counts.padding_bytes;
    /// Offset at which reading began, in bytes from the start of the input. Of a range it is the
    /// offset of the first item, once that is delivered.
    start: u64 = counts.start;
    /// Number of bytes delivered: in records, faults and padding.
    bytes_read: u64 = counts.bytes();
    /// Number of inputs: 1, or the number of files that are read as one.
    inputs: u64 = counts.inputs;
    /// Number of inputs, of several, that were left before their end: they failed, are foreign, have
    /// too many faults, or became shorter while they were read.
    unfinished: u64 = counts.unfinished;
    /// Length of the input in bytes, or the sum of several; None if it is unknown.
    total_bytes: Option<u64> = counts.total_bytes;
    /// Number of bytes of a compressed input that were decompressed so far, also for records that
    /// were read ahead and are not delivered yet. None if the input is not compressed, or nothing
    /// was read yet.
    compressed_bytes: Option<u64> = counts.compressed_bytes;
    /// Length of the compressed input in bytes, or None if it is unknown or not compressed.
    compressed_total_bytes: Option<u64> = counts.compressed_total_bytes;
    /// Number of faults of each kind, by the name of the kind: bad spans, and repairs in records.
    kinds: BTreeMap<String, u64> =
        counts.kinds().map(|(kind, count)| (kind.name().to_owned(), count)).collect();
    /// True once the end of the input was reached without a failure.
    complete: bool = counts.complete;
}

/// Restores a `Stats` that was pickled or copied.
#[pyfunction]
pub(crate) fn _restore_stats(state: &Bound<'_, PyDict>) -> PyResult<Stats> {
    Stats::from_dict(state)
}

#[pymethods]
impl Stats {
    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        let restore = maker(py, "_restore_stats")?;
        Ok((restore, (self.to_dict(py)?,)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let shown = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
            Ok(format!("{name}={}", value.repr()?))
        };
        let all = self.to_dict(py)?.iter().map(shown).collect::<PyResult<Vec<_>>>()?;
        Ok(format!("Stats({})", all.join(", ")))
    }
}
