//! Writing to a path, with waits that a signal can end.

use crate::{
    output::{OutputFile, in_place::open_in_place},
    python::faults::errors::open_exception,
};
use pyo3::prelude::*;
use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A buffered file that the writer itself opens and closes.
pub(crate) struct PathOutput {
    file: OutputFile,
    path: PathBuf,
}

impl PathOutput {
    /// Opens a path. For a FIFO, waits until a process reads from it.
    pub(crate) fn create(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let opened = patiently(py, || OutputFile::try_create(&path))?;
        match opened {
            Ok(file) => Ok(Self { file, path }),
            Err(error) => Err(open_exception(py, error, &path)),
        }
    }

    /// Takes all of these bytes; none of them if it raises.
    pub(crate) fn write(&mut self, py: Python<'_>, bytes: &[u8]) -> PyResult<()> {
        if !self.file.has_room_for(bytes.len()) {
            self.flush(py)?;
        }
        self.file.hold(bytes);
        Ok(())
    }

    /// Writes out the buffered bytes. If it raises, the rest remains, and the next call continues
    /// with it.
    pub(crate) fn flush(&mut self, py: Python<'_>) -> PyResult<()> {
        loop {
            match py.detach(|| self.file.write_some()) {
                Ok(true) => return Ok(()),
                Ok(false) => py.check_signals()?,
                Err(error) => return Err(open_exception(py, error, &self.path)),
            }
        }
    }

    /// Writes out the buffered bytes, and replaces the file at the path.
    pub(crate) fn commit(mut self, py: Python<'_>) -> PyResult<()> {
        let flushed = self.flush(py);
        let Self { file, path } = self;
        // Closing a file may take a while, too.
        let committed = py.detach(|| match &flushed {
            Ok(()) => file.commit(),
            Err(_) => {
                drop(file);
                Ok(())
            }
        });
        flushed.and(committed.map_err(|error| open_exception(py, error, &path)))
    }

    /// Discards the new file, and returns the resulting state of the path in words. `None` if the
    /// written bytes cannot be taken back.
    pub(crate) fn abandon(self, py: Python<'_>) -> Option<String> {
        let Self { file, path } = self;
        let outcome = file.is_replacement().then(|| match path.exists() {
            true => format!("{} is unchanged", path.display()),
            false => format!("{} was not made", path.display()),
        });
        py.detach(|| drop(file));
        outcome
    }

    /// Returns true if the written bytes can be taken back.
    pub(crate) const fn is_replacement(&self) -> bool {
        self.file.is_replacement()
    }
}

/// Opens a file that is written in place, without the GIL, as the core opens it. For a FIFO, waits
/// until a process reads from it; a signal handler may end the wait.
pub(crate) fn open_for_quarantine(path: &Path, appends: bool) -> io::Result<File> {
    Python::attach(|py| {
        patiently(py, || open_in_place(path, appends))
            .unwrap_or_else(|raised| Err(raised_in(raised)))
    })
}

/// Repeats a call until it has a result; signal handlers run in between.
fn patiently<T: Send>(
    py: Python<'_>,
    ask: impl Fn() -> io::Result<Option<T>> + Sync,
) -> PyResult<io::Result<T>> {
    loop {
        match py.detach(&ask) {
            Ok(Some(answer)) => return Ok(Ok(answer)),
            Ok(None) => py.check_signals()?,
            Err(error) => return Ok(Err(error)),
        }
    }
}

/// A file for the core. It is written without the GIL, and a signal handler may end a wait.
pub(crate) struct Interruptible(OutputFile);

impl Interruptible {
    pub(crate) fn in_place(file: File) -> Self {
        Self(OutputFile::in_place(file))
    }
}

impl Write for Interruptible {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.0.has_room_for(bytes.len()) {
            self.flush()?;
        }
        self.0.hold(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Python::attach(|py| {
            while !py.detach(|| self.0.write_some())? {
                py.check_signals().map_err(raised_in)?;
            }
            Ok(())
        })
    }
}

/// Converts an exception that was raised while the core called Python to an error that the core can
/// return. One that is not an `Exception` (Ctrl-C) is raised at once, and is not a failure of the
/// file.
pub(crate) fn raised_in(raised: PyErr) -> io::Error {
    let is_failure = Python::attach(|py| {
        raised.is_instance_of::<pyo3::exceptions::PyException>(py)
            && !raised.is_instance_of::<pyo3::exceptions::PyBlockingIOError>(py)
    });
    if is_failure {
        return io::Error::other(raised);
    }
    io::Error::new(io::ErrorKind::WouldBlock, raised)
}
