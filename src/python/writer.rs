//! Writes records to a path or a file object.

use super::{
    errors::{io_exception, open_exception},
    record::Record,
    source::path_of,
};
use pyo3::{
    exceptions::{PyBlockingIOError, PyOSError, PyTypeError, PyValueError},
    prelude::*,
    types::{PyBytes, PyString},
};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

enum Target {
    /// A file of ours: buffered here, closed here.
    Path(BufWriter<File>, PathBuf),
    /// A Python file object: the caller's.
    Object(Py<PyAny>),
    Closed,
}

/// Writes records as ISO 2709, to a path (created or emptied) or a binary file object.
#[pyclass(module = "tidemarc")]
pub(super) struct Writer {
    target: Target,
    /// One record's bytes, used again.
    bytes: Vec<u8>,
}

#[pymethods]
impl Writer {
    #[new]
    fn new(target: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = target.py();
        let target =
            if target.is_instance_of::<PyString>() || target.get_type().hasattr("__fspath__")? {
                let path = path_of(target)?;
                let file = py
                    .detach(|| File::create(&path))
                    .map_err(|error| open_exception(py, error, &path))?;
                Target::Path(BufWriter::with_capacity(64 << 10, file), path)
            } else if target.is_instance(&py.import("io")?.getattr("TextIOBase")?)? {
                return Err(PyTypeError::new_err(
                    "expected a binary file, got one in text mode: open it with open(path, \"wb\")",
                ));
            } else if target.getattr_opt("write")?.is_some_and(|write| write.is_callable()) {
                Target::Object(target.clone().unbind())
            } else {
                return Err(PyTypeError::new_err(format!(
                    "expected a path or a binary file object, got {}",
                    target.get_type().name()?
                )));
            };
        Ok(Self { target, bytes: Vec::new() })
    }

    /// Writes one record. If it cannot be written, nothing of it is.
    fn write(&mut self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = record.cast::<Record>().map_err(|_| {
            let name =
                record.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string());
            PyTypeError::new_err(format!("expected a Record, got {name}"))
        })?;
        self.bytes.clear();
        record.get().write_to(py, &mut self.bytes)?;
        match &mut self.target {
            Target::Path(file, path) => {
                let bytes = &self.bytes;
                py.detach(|| file.write_all(bytes)).map_err(|error| open_exception(py, error, path))
            }
            Target::Object(object) => write_all(object.bind(py), &self.bytes),
            Target::Closed => Err(PyValueError::new_err("the writer is closed")),
        }
    }

    /// Writes out what is buffered, and closes the file if the writer opened it.
    fn close(&mut self, py: Python<'_>) -> PyResult<()> {
        match std::mem::replace(&mut self.target, Target::Closed) {
            Target::Path(mut file, path) => py
                .detach(|| file.flush())
                .map_err(|error| io_exception(py, error, Some(&path.to_string_lossy()))),
            Target::Object(object) => {
                if let Some(flush) = object.bind(py).getattr_opt("flush")? {
                    flush.call0()?;
                }
                Ok(())
            }
            Target::Closed => Ok(()),
        }
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(
        &mut self,
        py: Python<'_>,
        _exception: &Bound<'_, pyo3::types::PyTuple>,
    ) -> PyResult<()> {
        self.close(py)
    }
}

/// Writes to a Python file. A raw one may take less than it is given, and says so.
fn write_all(file: &Bound<'_, PyAny>, mut bytes: &[u8]) -> PyResult<()> {
    let py = file.py();
    loop {
        let answer = file.call_method1("write", (PyBytes::new(py, bytes),))?;
        if answer.is_none() && file.is_instance(&py.import("io")?.getattr("RawIOBase")?)? {
            return Err(PyBlockingIOError::new_err("the file takes no data at the moment"));
        }
        match answer.extract::<usize>() {
            Ok(0) => return Err(PyOSError::new_err("the file takes no data")),
            Ok(count) if count < bytes.len() => bytes = &bytes[count..],
            _ => return Ok(()),
        }
    }
}
