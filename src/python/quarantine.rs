//! The quarantine of a Python reader: a file for the bytes that are delivered in no record.

use super::{
    faults::errors::io_exception,
    gil::visited::Visited,
    io::{
        file_output,
        path::{is_path, path_of},
        path_output::{Interruptible, open_for_quarantine, raised_in},
        same_file::would_overwrite,
    },
};
use crate::{source::FileId, stream::Quarantine};
use pyo3::{exceptions::PyValueError, prelude::*, types::PyTuple};
use std::{
    io::{self, Write},
    path::PathBuf,
    sync::{Arc, Weak},
};

/// A Python file object that receives bytes. It may hold the reader.
struct Sink(Arc<Visited>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Python::attach(|py| file_output::write(&self.0.get(py)?, bytes, "the quarantine"))
            .map_err(raised_in)
    }

    fn flush(&mut self) -> io::Result<()> {
        Python::attach(|py| file_output::flush(&self.0.get(py)?)).map_err(raised_in)
    }
}

/// The reader's argument `quarantine`, before anything is opened.
pub(crate) enum QuarantineSpec<'py> {
    /// A path; the report is written beside it.
    Path(PathBuf),
    /// A binary file object.
    File(Bound<'py, PyAny>),
    /// Two file objects; the second receives the report.
    Files(Bound<'py, PyAny>, Bound<'py, PyAny>),
}

impl<'py> QuarantineSpec<'py> {
    /// Reads the argument `quarantine`.
    ///
    /// # Errors
    /// If it is neither a path, nor a file object, nor a pair of them.
    pub(crate) fn of(target: &Bound<'py, PyAny>) -> PyResult<Self> {
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

    /// Opens the target. With a start other than 0 it continues the quarantine of an earlier
    /// reader. The Python objects that it holds are added to `held`.
    ///
    /// # Errors
    /// If it is the input itself, cannot be opened, or cannot be written to.
    pub(crate) fn open(
        self,
        source: &Bound<'py, PyAny>,
        inputs: &[FileId],
        start: u64,
        held: &mut Vec<Weak<Visited>>,
    ) -> PyResult<Quarantine> {
        let py = source.py();
        let is_input = match &self {
            Self::Path(path) => Quarantine::paths(path)
                .iter()
                .any(|path| FileId::of_path(path).is_some_and(|file| inputs.contains(&file))),
            Self::File(file) => would_overwrite(source, inputs, file)?,
            Self::Files(bytes, report) => {
                would_overwrite(source, inputs, bytes)? || would_overwrite(source, inputs, report)?
            }
        };
        if is_input {
            return Err(PyValueError::new_err("the quarantine would be written over the input"));
        }
        match self {
            Self::Path(path) => py
                .detach(|| {
                    let wrap = |file| Box::new(Interruptible::in_place(file)) as Box<_>;
                    Quarantine::open_by(&path, start > 0, open_for_quarantine, wrap)
                })
                .map_err(|error| io_exception(py, error)),
            Self::File(bytes) => Ok(Quarantine::new(sink(&bytes, held)?)),
            Self::Files(bytes, report) => {
                Ok(Quarantine::new(sink(&bytes, held)?).report(sink(&report, held)?))
            }
        }
    }
}

fn sink(target: &Bound<'_, PyAny>, held: &mut Vec<Weak<Visited>>) -> PyResult<Sink> {
    let expected = "a path, a binary file object or two as a quarantine";
    file_output::check(target, "quarantine", expected)?;
    let target = Arc::new(Visited::new(target.clone().unbind()));
    held.push(Arc::downgrade(&target));
    Ok(Sink(target))
}
