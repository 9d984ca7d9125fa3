//! Where a Python reader puts the bytes that it delivers in no record.

use super::{
    file_input::count_in,
    reachable::Reachable,
    same_file::{file_of, would_overwrite},
    source::{is_path, path_of, refuse_text_file},
    writer::TEXT_FILE,
};
use crate::{reader::Quarantine, source::FileId};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBytes, PyTuple},
};
use std::{
    io::{self, Write},
    path::PathBuf,
    sync::{Arc, Weak},
};

/// A Python file object that bytes are written to. It may hold the reader.
struct Sink(Arc<Reachable>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = Python::attach(|py| {
            let answer = self.0.get(py)?.call_method1("write", (PyBytes::new(py, bytes),))?;
            // Raw files may write less than they were given; what says nothing wrote it all.
            if answer.is_none() {
                return Ok(bytes.len());
            }
            let length = bytes.len();
            count_in(&answer, length, "the quarantine's write", |count| {
                format!("the quarantine says it wrote {count} bytes of {length}")
            })
        });
        match written {
            Ok(0) if !bytes.is_empty() => Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => Ok(count),
            Err(raised) => Err(io::Error::other(raised)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Python::attach(|py| match self.0.get(py)?.getattr_opt("flush")? {
            Some(flush) => flush.call0().map(drop),
            None => Ok(()),
        })
        .map_err(|raised: PyErr| io::Error::other(raised))
    }
}

/// What the reader's `quarantine` means, before anything is opened for it.
pub(super) enum Target<'py> {
    /// A path, beside which a report is written.
    Path(PathBuf),
    /// A binary file object.
    File(Bound<'py, PyAny>),
    /// Two, of which the second gets the report.
    Files(Bound<'py, PyAny>, Bound<'py, PyAny>),
}

impl<'py> Target<'py> {
    /// # Errors
    /// If it is none of these.
    pub(super) fn of(target: &Bound<'py, PyAny>) -> PyResult<Self> {
        if is_path(target)? {
            return path_of(target).map(Self::Path);
        }
        if let Ok(both) = target.cast::<PyTuple>()
            && both.len() == 2
        {
            return Ok(Self::Files(both.get_item(0)?, both.get_item(1)?));
        }
        Ok(Self::File(target.clone()))
    }

    /// Opens it. Behind a start that is not 0 it goes on with what an earlier reader has put there. What
    /// it holds of Python's is added to `held`.
    ///
    /// # Errors
    /// If it is the input itself, cannot be opened, or is nothing that can be written to.
    pub(super) fn open(
        self,
        source: &Bound<'py, PyAny>,
        input: Option<&FileId>,
        start: u64,
        held: &mut Vec<Weak<Reachable>>,
    ) -> PyResult<Quarantine> {
        let py = source.py();
        let named = if input.is_none() { file_of(source) } else { None };
        let input = input.or(named.as_ref());
        let is_input = match &self {
            Self::Path(path) => input.is_some_and(|file| Quarantine::would_overwrite(path, file)),
            Self::File(file) => would_overwrite(source, input, file)?,
            Self::Files(bytes, report) => {
                would_overwrite(source, input, bytes)? || would_overwrite(source, input, report)?
            }
        };
        if is_input {
            return Err(PyValueError::new_err("the quarantine would be written over the input"));
        }
        match self {
            Self::Path(path) => py
                .detach(|| match start {
                    0 => Quarantine::create(&path),
                    _ => Quarantine::append(&path),
                })
                .map_err(|error| super::errors::open_exception(py, error, &path)),
            Self::File(bytes) => Ok(Quarantine::new(sink(&bytes, held)?)),
            Self::Files(bytes, report) => {
                Ok(Quarantine::new(sink(&bytes, held)?).report(sink(&report, held)?))
            }
        }
    }
}

fn sink(target: &Bound<'_, PyAny>, held: &mut Vec<Weak<Reachable>>) -> PyResult<Sink> {
    refuse_text_file(target, TEXT_FILE)?;
    match target.getattr_opt("write")? {
        Some(write) if write.is_callable() => {
            let target = Arc::new(Reachable::new(target.clone().unbind()));
            held.push(Arc::downgrade(&target));
            Ok(Sink(target))
        }
        _ => Err(PyTypeError::new_err(format!(
            "expected a path, a binary file object or two as a quarantine, got {}",
            target.get_type().name()?
        ))),
    }
}
