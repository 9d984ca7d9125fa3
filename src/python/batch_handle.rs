//! A batch as a Python object.

use super::pymarc::text_proof::{Proof, Proofs, TextProof};
use crate::parse::{Batch, Project};
use pyo3::prelude::*;
use std::sync::Arc;

/// A batch that records and fields hold, and the proofs about its text.
///
/// It is a Python object rather than an `Arc`, because under the GIL its reference count is a plain
/// number: a record costs no atomic operation.
#[pyclass(frozen, module = "tidemarc._tidemarc", name = "_Batch")]
pub(crate) struct BatchHandle {
    batch: Arc<Batch>,
    proofs: Proofs,
}

impl BatchHandle {
    /// Makes a handle without proofs.
    pub(crate) fn new(py: Python<'_>, batch: Arc<Batch>) -> PyResult<Py<Self>> {
        Self::with_proofs(py, batch, Proofs::default())
    }

    /// Makes a handle with the proofs of its stream.
    pub(crate) fn with_proofs(
        py: Python<'_>,
        batch: Arc<Batch>,
        proofs: Proofs,
    ) -> PyResult<Py<Self>> {
        Py::new(py, Self { batch, proofs })
    }

    /// Makes a handle for a batch without a stream, and its proofs.
    pub(crate) fn proved(py: Python<'_>, batch: Batch) -> PyResult<Py<Self>> {
        let mut proofs = Proofs::default();
        TextProof.run(&batch.parsed(), &mut proofs);
        Self::with_proofs(py, Arc::new(batch), proofs)
    }

    /// Returns the proof of the record with this index among the entries.
    #[inline]
    pub(crate) fn proof_of(&self, at: usize) -> Proof {
        self.proofs.of(at)
    }
}

impl std::ops::Deref for BatchHandle {
    type Target = Batch;

    #[inline]
    fn deref(&self) -> &Batch {
        &self.batch
    }
}
