//! Where a Python reader puts the bytes that it delivers in no record.

use super::source::{is_path, path_of};
use crate::reader::Quarantine;
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBytes, PyTuple},
};
use std::io::{self, Write};

/// A Python file object that bytes are written to.
struct Sink(Py<PyAny>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = Python::attach(|py| {
            let answer = self.0.bind(py).call_method1("write", (PyBytes::new(py, bytes),))?;
            // Raw files may write less than they were given; what says nothing wrote it all.
            if answer.is_none() { Ok(bytes.len()) } else { answer.extract::<usize>() }
        });
        match written {
            Ok(0) if !bytes.is_empty() => Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => Ok(count.min(bytes.len())),
            Err(raised) => Err(io::Error::other(raised)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Python::attach(|py| match self.0.bind(py).getattr_opt("flush")? {
            Some(flush) => flush.call0().map(drop),
            None => Ok(()),
        })
        .map_err(|raised: PyErr| io::Error::other(raised))
    }
}

/// What the reader's `quarantine` means: a path, beside which a report is written, a binary file
/// object, or two, of which the second gets the report.
///
/// # Errors
/// If it is neither, or the path cannot be written.
pub(super) fn quarantine(target: &Bound<'_, PyAny>) -> PyResult<Quarantine> {
    let py = target.py();
    if is_path(target)? {
        let path = path_of(target)?;
        return py
            .detach(|| Quarantine::create(&path))
            .map_err(|error| super::errors::open_exception(py, error, &path));
    }
    if let Ok(both) = target.cast::<PyTuple>()
        && both.len() == 2
    {
        let (bytes, report) = (both.get_item(0)?, both.get_item(1)?);
        return Ok(Quarantine::new(sink(&bytes)?).report(sink(&report)?));
    }
    Ok(Quarantine::new(sink(target)?))
}

fn sink(target: &Bound<'_, PyAny>) -> PyResult<Sink> {
    match target.getattr_opt("write")? {
        Some(write) if write.is_callable() => Ok(Sink(target.clone().unbind())),
        _ => Err(PyTypeError::new_err(format!(
            "expected a path, a binary file object or two as a quarantine, got {}",
            target.get_type().name()?
        ))),
    }
}
