//! One batch of a scan.

use super::export::batch_capsules;
use arrow_array::RecordBatch;
use pyo3::{prelude::*, types::PyTuple};

/// A batch of rows that libraries with Arrow accept: `pyarrow.record_batch(batch)`.
#[pyclass(frozen, module = "tidemarc._tidemarc", name = "_Batch")]
pub(crate) struct Batch(pub(super) RecordBatch);

#[pymethods]
impl Batch {
    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        // The protocol permits to ignore it.
        let _ = requested_schema;
        batch_capsules(py, &self.0)
    }
}
