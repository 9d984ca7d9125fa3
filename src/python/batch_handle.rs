//! A batch as a Python object.

use crate::reader::Batch;
use pyo3::prelude::*;
use std::sync::Arc;

/// The owner of a batch, shared by its records and fields.
///
/// It is a Python object rather than an `Arc`, because under the GIL its reference count is a plain
/// number: a record costs no atomic operation.
#[pyclass(frozen, module = "tidemarc._tidemarc", name = "_Batch")]
pub(super) struct BatchHandle(Arc<Batch>);

impl BatchHandle {
    pub(super) fn new(py: Python<'_>, batch: Arc<Batch>) -> PyResult<Py<Self>> {
        Py::new(py, Self(batch))
    }
}

impl std::ops::Deref for BatchHandle {
    type Target = Batch;

    #[inline]
    fn deref(&self) -> &Batch {
        &self.0
    }
}
