//! The records and exceptions of a reader with recovery.

use super::{Last, MarcReader, chunks};
use crate::{
    error::Error,
    python::{
        args::on_fault::log, batch_handle::BatchHandle, faults::errors::set_parts, record::Record,
    },
    record::{ErrorKind, Fault, LEADER_LENGTH},
};
use pyo3::{
    exceptions::{PyException, PyUnicodeDecodeError},
    intern,
    prelude::*,
    types::PyBytes,
};
use std::fmt::Display;

impl MarcReader {
    /// Returns true if the program has requested tidemarc's recovery.
    fn recovers(&self, py: Python<'_>) -> bool {
        self.driver.get(py).is_some_and(|pump| pump.get().recover)
    }

    /// Returns true if pymarc's decoder cannot decode the record: it would follow a damaged
    /// directory, or refuse a sound record for a byte of its leader that has no meaning.
    pub(super) fn needs_repair(&self, py: Python<'_>, batch: &BatchHandle, at: usize) -> bool {
        let leader = batch.bytes_of(&batch.entries()[at]).get(..LEADER_LENGTH);
        self.recovers(py) && (batch.is_noted(at) || !leader.is_some_and(<[u8]>::is_ascii))
    }

    /// Adds the position to an exception, with recovery: Python's own exception for undecodable
    /// text has none.
    #[cold]
    pub(super) fn placed(&self, py: Python<'_>, raised: PyErr) -> PyErr {
        if !self.recovers(py) || !raised.is_instance_of::<PyUnicodeDecodeError>(py) {
            return raised;
        }
        let Last::Framed(batch, at) = self.last.get(py) else { return raised };
        let batch = batch.get();
        let place = batch.position_of(&batch.entries()[at]);
        let note = place.to_string();
        let error = Error::new(Fault::new(ErrorKind::Encoding), place);
        let value = raised.value(py);
        let told = set_parts(value.as_any(), &error)
            .and_then(|()| value.call_method1(intern!(py, "add_note"), (note,)));
        told.map_or_else(|failure| failure, |_| raised)
    }

    /// Decodes the fields that a repair found.
    #[cold]
    pub(super) fn repaired<'py>(
        &self,
        py: Python<'py>,
        batch: Py<BatchHandle>,
        at: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = self.options.decoding(py);
        let failure = match Record::decoded_repaired(py, batch.clone_ref(py), at, &options) {
            Ok(record) => return Ok(record.into_any()),
            Err(failure) => failure,
        };
        let entry = &batch.get().entries()[at];
        let bytes = PyBytes::new(py, batch.get().bytes_of(entry));
        let fault = format!("{}: {failure}", batch.get().position_of(entry));
        self.as_without_recovery(&bytes, &fault, failure)
    }

    /// Returns the record that pymarc makes of these bytes, and logs the fault in them: with
    /// recovery a reader delivers no fewer records than without.
    ///
    /// # Errors
    /// `failure`, if pymarc makes no record of them.
    #[cold]
    pub(super) fn as_without_recovery<'py>(
        &self,
        bytes: &Bound<'py, PyBytes>,
        fault: &dyn Display,
        failure: PyErr,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = bytes.py();
        let is_exception = |error: &PyErr| error.is_instance_of::<PyException>(py);
        if !is_exception(&failure) || !chunks::is_chunk(py, bytes.as_bytes()) {
            return Err(failure);
        }
        match self.decoded(bytes) {
            Ok(record) => {
                log(py, &format!("{fault}; delivered as without recovery"))?;
                Ok(record)
            }
            Err(error) if is_exception(&error) => Err(failure),
            Err(error) => Err(error),
        }
    }
}
