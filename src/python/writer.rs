//! Writes records to a path or a file object.

use super::{
    exclusive::{Exclusive, Guard, Refusal},
    path_output::PathOutput,
    reachable::Reachable,
    record::Record,
    refused::type_name,
    source::{is_path, path_of, text_file},
};
use pyo3::{
    exceptions::{PyBlockingIOError, PyOSError, PyTypeError, PyValueError},
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::PyBytes,
};
use std::{
    mem,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// What is said to who calls a writer that is further up its own stack.
const REENTRANT: &str =
    "the writer was called again from inside its own write, flush or signal handler";

/// What the docs and the `TypeError` say of a text file.
const TEXT_FILE: &str =
    "expected a binary file, got one in text mode: open it with open(path, \"wb\")";

enum Target {
    /// A file of ours.
    Path(PathOutput),
    /// A Python file object, the caller's: `Writer::object`.
    Object,
    Closed,
}

/// Writes records as ISO 2709, to a path (created or emptied) or a binary file object.
#[pyclass(frozen, module = "tidemarc")]
pub(super) struct Writer {
    target: Exclusive<Target>,
    object: Reachable,
    /// Set by a `close()` that could not wait for who is inside, who then closes for it.
    closing: AtomicBool,
    /// One record's bytes, used again.
    bytes: Mutex<Vec<u8>>,
}

impl Writer {
    /// Writes bytes, all or none of them as far as that is ours to say.
    fn put(&self, py: Python<'_>, bytes: &[u8]) -> PyResult<()> {
        let mut target = self.target.enter(py)?;
        target.will_be_observed();
        let written = match &mut *target {
            Target::Path(output) => output.write(py, bytes),
            Target::Object => self.object.get(py).and_then(|file| write_all(&file, bytes)),
            Target::Closed => Err(PyValueError::new_err("the writer is closed")),
        };
        drop(target);
        match self.closing.load(Ordering::Acquire) {
            true => written.and(self.close(py)),
            false => written,
        }
    }

    fn close_inside(&self, py: Python<'_>, mut target: Guard<'_, Target>) -> PyResult<()> {
        target.will_be_observed();
        self.closing.store(false, Ordering::Release);
        match mem::replace(&mut *target, Target::Closed) {
            Target::Path(mut output) => {
                let flushed = output.flush(py);
                // The system may take its time to close a file, too.
                py.detach(|| drop(output));
                flushed
            }
            Target::Object => {
                let object = self.object.get(py)?;
                self.object.clear();
                object.getattr_opt("flush")?.map_or(Ok(()), |flush| flush.call0().map(drop))
            }
            Target::Closed => Ok(()),
        }
    }
}

#[pymethods]
impl Writer {
    #[new]
    fn new(target: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = target.py();
        let mut object = Reachable::empty();
        let target = if is_path(target)? {
            Target::Path(PathOutput::create(py, path_of(target)?)?)
        } else if target.is_instance(&py.import("io")?.getattr("TextIOBase")?)? {
            return Err(text_file(target, TEXT_FILE));
        } else if target.getattr_opt("write")?.is_some_and(|write| write.is_callable()) {
            object = Reachable::new(target.clone().unbind());
            Target::Object
        } else {
            return Err(PyTypeError::new_err(format!(
                "expected a path or a binary file object, got {}",
                target.get_type().name()?
            )));
        };
        Ok(Self {
            target: Exclusive::new(target, REENTRANT),
            object,
            closing: AtomicBool::new(false),
            bytes: Mutex::new(Vec::new()),
        })
    }

    /// Writes one record. If it cannot be written, nothing of it is.
    fn write(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = record.cast::<Record>().map_err(|_| {
            PyTypeError::new_err(format!("expected a Record, got {}", type_name(record)))
        })?;
        // Taken out and not locked: a record's own Python code may write another.
        let spare = || self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = mem::take(&mut *spare());
        bytes.clear();
        let written = record.get().write_to(py, &mut bytes).and_then(|()| self.put(py, &bytes));
        *spare() = bytes;
        written
    }

    /// Writes out what is buffered, and closes the file if the writer opened it.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        match self.target.try_enter(py) {
            Ok(target) => self.close_inside(py, target),
            Err(Refusal::Reentrant) => {
                self.closing.store(true, Ordering::Release);
                Ok(())
            }
            Err(Refusal::Busy) => match self.target.enter(py) {
                Ok(target) => self.close_inside(py, target),
                Err(raised) => {
                    self.closing.store(true, Ordering::Release);
                    // Unless who was inside has left just now.
                    if let Ok(target) = self.target.try_enter(py) {
                        self.close_inside(py, target)?;
                    }
                    Err(raised)
                }
            },
        }
    }

    /// The writer itself.
    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// Closes the writer: also after an exception.
    #[pyo3(signature = (*_exception))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _exception: &Bound<'_, pyo3::types::PyTuple>,
    ) -> PyResult<()> {
        self.close(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.object.visit(&visit)
    }

    fn __clear__(&self) {
        self.object.clear();
    }
}

impl Drop for Writer {
    /// What is buffered is written, as far as the file takes it: nobody is there any more to be told
    /// why it did not, but `sys.unraisablehook`.
    fn drop(&mut self) {
        if let Target::Path(output) = self.target.get_mut() {
            Python::attach(|py| {
                if let Err(error) = output.flush(py) {
                    error.write_unraisable(py, None);
                }
            });
        }
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
