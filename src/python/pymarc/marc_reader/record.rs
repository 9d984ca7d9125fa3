//! The records of a reader: decoded on access, at once, or by a class that a program has replaced.

use super::{MarcReader, options};
use crate::python::{
    batch_handle::BatchHandle,
    pymarc::replaced::names_are_replaced,
    record::{Record, RecordFlags},
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyBytes, PyDict},
};

impl MarcReader {
    /// Makes a record that was framed. It is decoded on access if no program can see the
    /// difference.
    #[inline]
    pub(super) fn framed<'py>(
        &self,
        py: Python<'py>,
        batch: Py<BatchHandle>,
        at: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let entry = &batch.get().entries()[at];
        if !self.calls_class.get(py)
            && !names_are_replaced()
            && let Some(reading) = self.options.lazy_reading(py, batch.get().proof_of(at), || {
                batch.get().bytes_of(entry).get(9) == Some(&b'a')
            })
        {
            let flags = RecordFlags::pymarc(true, self.options.forces_utf8(py));
            return Ok(Bound::new(py, Record::read(batch, at, reading, flags))?.into_any());
        }
        if self.needs_repair(py, batch.get(), at) {
            return self.repaired(py, batch, at);
        }
        self.decoded(&PyBytes::new(py, batch.get().bytes_of(entry)))
    }

    pub(super) fn decoded<'py>(&self, marc: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyAny>> {
        let py = marc.py();
        if self.calls_class.get(py) || names_are_replaced() {
            return self.made_by_name(marc);
        }
        Ok(Record::decoded(marc, &self.options.decoding(py))?.into_any())
    }

    /// Calls the class that pymarc's module has under the name `Record`.
    #[cold]
    fn made_by_name<'py>(&self, marc: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyAny>> {
        let py = marc.py();
        let arguments = PyDict::new(py);
        for (name, which) in options::NAMES {
            arguments.set_item(name, self.options.get(py, which))?;
        }
        let class = py.import(intern!(py, "tidemarc.pymarc.reader"))?.getattr("Record")?;
        class.call((marc,), Some(&arguments))
    }
}
