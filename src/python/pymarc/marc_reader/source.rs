//! The source of a reader: opened as late as pymarc reads it, left, and opened again.

use super::{Last, MarcReader, PymarcItem, chunks, chunks::Cursor};
use crate::{
    format::Format,
    python::{
        driver::{Driver, of_parent},
        io::source,
        pymarc::text_proof::TextProof,
    },
    record::MAX_RECORD_LENGTH,
    stream::Options as StreamOptions,
};
use pyo3::{
    exceptions::PyValueError,
    gc::{PyTraverseError, PyVisit},
    intern,
    prelude::*,
    types::PyBytes,
};

/// A stream, and the position in it. It is a separate object, because a reader can be opened again
/// with another source.
#[pyclass(frozen, module = "tidemarc.pymarc", name = "_Pump")]
pub(crate) struct Pump {
    pub(super) driver: Driver<Cursor, TextProof>,
    pub(super) recover: bool,
}

#[pymethods]
impl Pump {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.driver.visit(&visit)
    }

    fn __clear__(&self) {
        self.driver.clear();
    }
}

impl MarcReader {
    /// Returns the next item, from the stream or directly from the file.
    #[inline]
    pub(super) fn meet(slf: &Bound<'_, Self>) -> PyResult<PymarcItem> {
        let py = slf.py();
        while !slf.get().driver.is_some(py) && !slf.get().is_direct.get(py) {
            // A reader opens its source as late as pymarc reads it: a subclass may read it itself.
            Self::begin(slf)?;
        }
        match slf.get().driver.get(py) {
            Some(pump) => {
                let met = chunks::next(py, &pump.get().driver, pump.get().recover);
                match &met {
                    Err(_) => slf.get().last.set(py, Last::Nothing),
                    Ok(PymarcItem::End) => slf.get().end(py, &pump)?,
                    Ok(_) => {}
                }
                met
            }
            None => {
                slf.get().last.set(py, Last::Nothing);
                let file = slf.getattr(intern!(py, "file_handle"))?;
                let reader = slf.get();
                let kept = reader.head.get(py).and_then(|head| head.extract(py).ok());
                reader.head.set(py, None);
                let keep = |head: chunks::Head<'_>| {
                    let head = head.into_pyobject(py).map(Bound::unbind).ok();
                    reader.head.set(py, head);
                };
                chunks::next_of_file(&file, kept, keep, |chunk| {
                    reader.last.set(py, Last::of(chunk));
                })
            }
        }
    }

    /// Opens the source, unless another thread does so meanwhile.
    #[cold]
    fn begin(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, reader) = (slf.py(), slf.get());
        let mut opening = match reader.opening.try_enter(py) {
            Ok(opening) => opening,
            // The thread inside may be one of the parent, which never leaves.
            Err(_) if reader.born.is_in_another_process() => return Err(of_parent()),
            Err(_) => reader.opening.enter(py)?,
        };
        opening.will_be_observed();
        if !reader.driver.is_some(py) && !reader.is_direct.get(py) {
            slf.call_method0(intern!(py, "_begin"))?;
        }
        Ok(())
    }

    /// Returns true if this is the stream that is read now.
    fn reads(&self, py: Python<'_>, pump: &Py<Pump>) -> bool {
        self.driver.get(py).is_some_and(|now| now.is(pump))
    }

    /// Drops a stream that has ended, if the source may have more to read. Another thread may have
    /// done so, and may have begun another stream: that one stays.
    #[cold]
    fn end(&self, py: Python<'_>, pump: &Py<Pump>) -> PyResult<()> {
        if self.goes_on.get(py) {
            self.leave(py, pump)?;
        }
        Ok(())
    }

    /// Drops this stream, if it is the one that is read now, and keeps the position.
    pub(super) fn leave(&self, py: Python<'_>, pump: &Py<Pump>) -> PyResult<()> {
        let place = pump.get().driver.enter(py)?.own.position();
        // The thread may have waited to enter.
        if self.reads(py, pump) {
            self.base.set(py, self.base.get(py) + place);
            self.driver.set(py, None);
        }
        Ok(())
    }

    /// Begins to read `source`. `head` has bytes that were taken out of it already.
    pub(super) fn open(
        &self,
        source: &Bound<'_, PyAny>,
        recover: bool,
        read_ahead: bool,
        head: &[u8],
    ) -> PyResult<()> {
        let py = source.py();
        let is_buffered = !source.is_instance_of::<PyBytes>()
            && (!source.hasattr(intern!(py, "read"))?
                || source.is_instance(&py.import("io")?.getattr("BufferedReader")?)?);
        let mut options = StreamOptions { repair: recover, read_ahead, ..StreamOptions::default() };
        // As in pymarc.
        options.unpack = false;
        options.formats.format = Some(Format::Iso2709);
        if !recover {
            // No length of pymarc's is above it, so nothing else is worth a search.
            options.max_record_length = MAX_RECORD_LENGTH;
        }
        let opened = source::open_one(source, options)?.project(TextProof);
        let driver = Driver::new(opened, Cursor::new(is_buffered, head));
        self.base.set(py, self.base.get(py) + head.len() as u64);
        self.driver.set(py, Some(Py::new(py, Pump { driver, recover })?));
        Ok(())
    }

    /// Returns the number of bytes delivered or skipped up to now.
    pub(super) fn end_of_last(&self, py: Python<'_>) -> PyResult<u64> {
        while let Some(pump) = self.driver.get(py) {
            let place = pump.get().driver.enter(py)?.own.position();
            // The stream may have ended while this thread waited to enter.
            if self.reads(py, &pump) {
                return Ok(self.base.get(py) + place);
            }
        }
        if self.is_direct.get(py) {
            return Err(PyValueError::new_err("ask the file: its tell() says where it stands"));
        }
        Ok(self.base.get(py))
    }
}
