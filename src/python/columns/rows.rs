//! The batches of one run, as a Python iterator that raises the package's own exceptions.

use super::{batch::Batch, run::Run};
use crate::python::gil::exclusive::Exclusive;
use pyo3::prelude::*;

/// Message of the `RuntimeError` on re-entrant use.
pub(super) const REENTRANT: &str =
    "the scan was called again from inside its own read, log or signal handler";

/// An iterator over the batches of one run. Several threads may use it.
#[pyclass(frozen, module = "tidemarc._tidemarc", name = "_Rows")]
pub(crate) struct Rows(Exclusive<Option<Run>>);

impl Rows {
    pub(super) fn new(run: Run) -> Self {
        Self(Exclusive::new(Some(run), REENTRANT))
    }
}

#[pymethods]
impl Rows {
    const fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        let mut run = self.0.enter(py)?;
        run.will_be_observed();
        let Some(open) = run.as_mut() else { return Ok(None) };
        let next = open.next(py);
        if matches!(next, Ok(None)) {
            *run = None;
        }
        Ok(next?.map(Batch))
    }
}
