//! One run of a scan: its source, read from the start to the end.

use crate::{
    columns::Scan,
    error::{Error, escaped},
    parse::Stats,
    python::{
        driver::{Born, of_parent},
        faults::errors::{file_exception, filename, io_exception, to_exception},
        gil::{aside::Aside, exclusive::PATIENCE},
    },
};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use pyo3::prelude::*;
use std::{
    ffi::CString,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

/// The counts of a run, which its scan reports.
#[derive(Default)]
pub(super) struct Report(Mutex<(Stats, String)>);

impl Report {
    pub(super) fn get(&self) -> MutexGuard<'_, (Stats, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One run of a scan. It ends its threads when it is dropped.
pub(super) struct Run {
    /// `None` only while it is dropped.
    scan: Option<Scan>,
    schema: SchemaRef,
    report: Arc<Report>,
    /// The path as the caller passed it, for errors.
    filename: Option<Py<PyAny>>,
    /// True if the end issues a warning about the faults that were skipped.
    warns: bool,
    has_quarantine: bool,
    born: Born,
}

impl Run {
    pub(super) fn new(
        scan: Scan,
        report: Arc<Report>,
        filename: Option<Py<PyAny>>,
        warns: bool,
        has_quarantine: bool,
    ) -> Self {
        let (schema, born) = (scan.schema(), Born::now());
        let run = Self { scan: Some(scan), schema, report, filename, warns, has_quarantine, born };
        run.keep_counts();
        run
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Returns the next batch; `None` at the end. While it reads and parses, it releases the GIL.
    ///
    /// # Errors
    /// The exception of a damaged record, of undecodable text, of the source, the log or the
    /// quarantine, or that of a signal handler.
    pub(super) fn next(&mut self, py: Python<'_>) -> PyResult<Option<RecordBatch>> {
        if self.born.is_in_another_process() {
            return Err(of_parent());
        }
        let Some(scan) = &mut self.scan else { return Ok(None) };
        let next = loop {
            match py.detach(|| scan.poll(Some(PATIENCE))) {
                Ok(Poll::Ready(batch)) => break Ok(batch),
                Ok(Poll::Pending) => py.check_signals()?,
                Err(error) => break Err(error),
            }
        };
        self.keep_counts();
        match next {
            Ok(Some(batch)) => Ok(Some(batch)),
            Ok(None) => self.warn(py).map(|()| None),
            Err(error) => Err(self.raised(py, error)),
        }
    }

    /// Returns the next batch if it comes soon; `None` at the end, and after about a second.
    ///
    /// # Errors
    /// Those of [`next`](Self::next).
    pub(super) fn glance(&mut self, py: Python<'_>) -> PyResult<Option<RecordBatch>> {
        const SOON: Duration = Duration::from_secs(1);
        let Some(scan) = &mut self.scan else { return Ok(None) };
        match py.detach(|| scan.poll(Some(SOON))) {
            Ok(Poll::Ready(batch)) => Ok(batch),
            Ok(Poll::Pending) => Ok(None),
            Err(error) => Err(self.raised(py, error)),
        }
    }

    fn keep_counts(&self) {
        if let Some(scan) = &self.scan {
            *self.report.get() = (scan.stats(), scan.summary());
        }
    }

    /// Makes the exception for an error. An exception of Python that passed through the core is
    /// returned unchanged.
    fn raised(&self, py: Python<'_>, error: Error) -> PyErr {
        // One of several inputs has no other name than its own.
        let own = error.input_path().filter(|_| self.filename.is_none());
        let own = own.map(|path| filename(py, path.as_os_str()));
        match error.into_failure() {
            Ok(failure) => {
                let filename = self.filename.as_ref().map(|name| name.clone_ref(py));
                file_exception(py, failure, filename.or(own))
            }
            Err(error) => to_exception(py, &error),
        }
    }

    /// Warns once, at the end, if damaged records were skipped.
    fn warn(&mut self, py: Python<'_>) -> PyResult<()> {
        if !mem::take(&mut self.warns) {
            return Ok(());
        }
        let Some(scan) = &self.scan else { return Ok(()) };
        let Some(losses) = scan.stats().losses() else { return Ok(()) };
        let name = scan.title().map_or_else(String::new, |name| format!("{}: ", escaped(&name)));
        let message = CString::new(format!("{name}{losses}; see Scan.summary()"))?;
        let category = py.import("tidemarc.errors")?.getattr("SkippedWarning")?;
        PyErr::warn(py, &category, &message, 1)
    }
}

impl Drop for Run {
    /// Ends the scan. In the child of a fork the scan's threads do not exist, and one may have held
    /// a lock at the fork: there the scan is not touched. An error of the quarantine can only go to
    /// `sys.unraisablehook`.
    fn drop(&mut self) {
        if self.born.is_in_another_process() {
            mem::forget(self.scan.take());
        } else if let Some(scan) = self.scan.take() {
            // The scan may hold Python objects. Without an interpreter there are none to release.
            let mut scan = Some(scan);
            Python::try_attach(|py| {
                let Some(scan) = scan.take() else { return };
                if self.has_quarantine {
                    let _aside = Aside::set(py);
                    let finished = py.detach(|| scan.finish());
                    if let Err(Ok(error)) = finished.map_err(Error::into_failure) {
                        io_exception(py, error).write_unraisable(py, None);
                    }
                }
            });
        }
    }
}
