//! pymarc's `MARCReader`, over tidemarc's streams.
//!
//! pymarc trusts the length that a record states. It reads that number of bytes, and stops for good
//! if they are not a record. tidemarc's frames are the same for every record whose length is exact.
//! Such a record is delivered as it was framed, and decoded on access. From the first position
//! where the two differ, bytes are read as pymarc reads them (`chunks.rs`), up to the next position
//! where a frame begins.

mod chunks;
mod options;
mod record;
mod recovery;
mod source;

use super::exceptions;
use crate::{
    error::Error,
    python::{
        batch_handle::BatchHandle,
        driver::{Born, REENTRANT},
        faults::errors::{raw_bytes, to_exception},
        gil::{
            exclusive::Exclusive,
            gil_cell::{GilCell, GilValue},
        },
    },
    record::Severity,
};
use chunks::Ending;
use options::Options;
use pyo3::{
    exceptions::PyException,
    gc::{PyTraverseError, PyVisit},
    intern,
    prelude::*,
    types::{PyBytes, PyDict, PyTuple},
};
use source::Pump;

/// The next item of pymarc's reader.
enum PymarcItem {
    /// A record that tidemarc has framed: an entry of a batch.
    Framed(Py<BatchHandle>, usize),
    /// Bytes that pymarc accepts as a record.
    Chunk(Vec<u8>),
    /// Bytes that pymarc refuses, and the reason.
    Broken(Vec<u8>, Ending),
    /// A bad span, if the program has requested tidemarc's recovery.
    Fault(Error),
    End,
}

/// The bytes of the last `next()`.
enum Last {
    Nothing,
    Framed(Py<BatchHandle>, usize),
    /// Bytes, or the object that a subclass has put in their place.
    Chunk(Py<PyAny>),
}

impl Last {
    fn of(chunk: &Bound<'_, PyAny>) -> Self {
        Self::Chunk(chunk.clone().unbind())
    }
}

impl GilValue for Last {
    fn share(&self, py: Python<'_>) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Framed(batch, at) => Self::Framed(batch.clone_ref(py), *at),
            Self::Chunk(bytes) => Self::Chunk(bytes.clone_ref(py)),
        }
    }
}

/// The compiled base of `tidemarc.pymarc.MARCReader`.
#[pyclass(frozen, module = "tidemarc.pymarc", subclass, name = "_MarcReader")]
pub(crate) struct MarcReader {
    /// The stream, from `_open` up to the end of the source.
    driver: GilCell<Option<Py<Pump>>>,
    /// True if each `next()` reads the file as pymarc does.
    is_direct: GilCell<bool>,
    /// True if the class `Record` is called for each record, since a program has replaced a method
    /// that pymarc's reader would call.
    calls_class: GilCell<bool>,
    /// True if the source may have more to read after its end, as files have.
    goes_on: GilCell<bool>,
    /// Position at which the stream began. Without a stream it is the end of the last one.
    base: GilCell<u64>,
    /// The right to call `_begin`: two threads that opened the source would read it twice.
    opening: Exclusive<()>,
    /// The process and the fork in which the reader was made.
    born: Born,
    options: Options,
    last: GilCell<Last>,
    exception: GilCell<Option<Py<PyAny>>>,
    /// True after an exception that ends the reading.
    is_over: GilCell<bool>,
    /// The first bytes of an unfinished record; see [`chunks::next_of_file`].
    head: GilCell<Option<Py<PyTuple>>>,
}

impl MarcReader {
    /// Keeps the exception for `current_exception`; `next()` returns None.
    #[cold]
    fn fail(&self, py: Python<'_>, error: PyErr) -> PyResult<()> {
        if !error.is_instance_of::<PyException>(py) {
            return Err(error);
        }
        let value = error.into_value(py).into_bound(py).into_any();
        self.is_over.set(py, self.is_over.get(py) || value.is_instance(&fatal_class(py)?)?);
        self.exception.set(py, Some(value.unbind()));
        Ok(())
    }
}

#[pymethods]
impl MarcReader {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            driver: GilCell::new(None),
            is_direct: GilCell::new(false),
            calls_class: GilCell::new(false),
            goes_on: GilCell::new(false),
            base: GilCell::new(0),
            opening: Exclusive::new((), REENTRANT),
            born: Born::now(),
            options: Options::new(),
            last: GilCell::new(Last::Nothing),
            exception: GilCell::new(None),
            is_over: GilCell::new(false),
            head: GilCell::new(None),
        }
    }

    /// Begins to read `source`, ahead of the program unless `read_ahead` is false. With `recover`,
    /// reading continues after damage, and records that can be repaired are repaired. With neither,
    /// each `next()` reads the `file_handle` as pymarc does.
    ///
    /// With `calls_class` each record is made by a call of the class `Record`. With `goes_on` the
    /// reader calls `_begin` again if it is used after the end of the source. `head` has bytes that
    /// were taken out of the source already.
    #[pyo3(signature = (
        source, recover=false, read_ahead=true, calls_class=false, goes_on=false, head=None
    ))]
    fn _open(
        &self,
        source: &Bound<'_, PyAny>,
        recover: bool,
        read_ahead: bool,
        calls_class: bool,
        goes_on: bool,
        head: Option<&[u8]>,
    ) -> PyResult<()> {
        let py = source.py();
        self.calls_class.set(py, calls_class);
        self.goes_on.set(py, goes_on);
        if !read_ahead && !recover && source.hasattr(intern!(py, "read"))? {
            self.is_direct.set(py, true);
            return Ok(());
        }
        self.open(source, recover, read_ahead, head.unwrap_or_default())
    }

    /// Forgets the source: the next record comes from the one that `_begin` opens.
    fn _reset(&self, py: Python<'_>) {
        self.driver.set(py, None);
        self.is_direct.set(py, false);
        self.head.set(py, None);
        self.base.set(py, 0);
    }

    /// Drops the stream, and returns the position: the next record comes from the source that
    /// `_begin` opens.
    fn _leave(&self, py: Python<'_>) -> PyResult<u64> {
        if let Some(pump) = self.driver.get(py) {
            self.leave(py, &pump)?;
        }
        Ok(self.base.get(py))
    }

    /// Stops reading. The source stays open.
    fn _close(&self, py: Python<'_>) -> PyResult<()> {
        self.driver.get(py).map_or(Ok(()), |pump| pump.get().driver.close(py))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.driver.visit(&visit)?;
        self.options.visit(&visit)?;
        self.head.visit(&visit)?;
        self.last.traverse(|last| match last {
            Last::Chunk(chunk) => visit.call(chunk),
            Last::Nothing | Last::Framed(..) => Ok(()),
        })?;
        self.exception.visit(&visit)
    }

    fn __clear__(&self) {
        Python::attach(|py| {
            self.driver.set(py, None);
            self.options.clear(py);
            self.head.set(py, None);
            self.last.set(py, Last::Nothing);
            self.exception.set(py, None);
        });
    }

    const fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, reader) = (slf.py(), slf.get());
        if reader.is_over.get(py) {
            return Ok(None);
        }
        if reader.exception.is_some(py) {
            reader.exception.set(py, None);
        }
        let nothing = || Ok(Some(py.None().into_bound(py)));
        let record = match Self::meet(slf)? {
            PymarcItem::Framed(batch, at) => {
                reader.last.set(py, Last::Framed(batch.clone_ref(py), at));
                reader.framed(py, batch, at)
            }
            PymarcItem::Chunk(bytes) => {
                let bytes = PyBytes::new(py, &bytes);
                reader.last.set(py, Last::of(&bytes));
                reader.decoded(&bytes)
            }
            PymarcItem::Broken(bytes, ending) => {
                reader.last.set(py, Last::of(&PyBytes::new(py, &bytes)));
                match ending {
                    Ending::Raise(error) => return Err(error),
                    Ending::Fatal(name) => Err(exceptions::new(py, name, ())),
                }
            }
            PymarcItem::Fault(error) => {
                reader.is_over.set(py, error.severity() == Severity::Fatal);
                let bytes = raw_bytes(py, &error)?;
                reader.last.set(py, Last::of(bytes.as_any()));
                reader.as_without_recovery(&bytes, &error, to_exception(py, &error))
            }
            PymarcItem::End => {
                reader.last.set(py, Last::of(&PyBytes::new(py, b"")));
                return Ok(None);
            }
        };
        match record {
            Ok(record) => Ok(Some(record)),
            Err(error) => {
                reader.fail(py, reader.placed(py, error))?;
                nothing()
            }
        }
    }

    /// The bytes that the last `next()` read; None before the first. A subclass may set it.
    #[getter(_current_chunk)]
    fn current_chunk<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        match self.last.get(py) {
            Last::Nothing => None,
            Last::Chunk(bytes) => Some(bytes.into_bound(py)),
            Last::Framed(batch, at) => {
                let batch = batch.get();
                Some(PyBytes::new(py, batch.bytes_of(&batch.entries()[at])).into_any())
            }
        }
    }

    #[setter(_current_chunk)]
    fn set_current_chunk(&self, chunk: &Bound<'_, PyAny>) {
        self.last.set(chunk.py(), if chunk.is_none() { Last::Nothing } else { Last::of(chunk) });
    }

    /// The reason why the last `next()` returned None; None if it returned a record. A subclass may
    /// set it; a `FatalReaderError` ends the reader.
    #[getter(_current_exception)]
    fn current_exception<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.exception.get(py).map(|exception| exception.into_bound(py))
    }

    #[setter(_current_exception)]
    fn set_current_exception(&self, exception: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = exception.py();
        self.is_over.set(py, exception.is_instance(&fatal_class(py)?)?);
        let exception = Some(exception.clone().unbind()).filter(|exception| !exception.is_none(py));
        self.exception.set(py, exception);
        Ok(())
    }

    /// True if text is decoded. Otherwise fields are `RawField` objects.
    #[getter]
    fn to_unicode<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.options.get(py, options::TO_UNICODE)
    }

    #[setter]
    fn set_to_unicode(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.set(options::TO_UNICODE, value)
    }

    /// True if text is decoded as UTF-8 regardless of the leader.
    #[getter]
    fn force_utf8<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.options.get(py, options::FORCE_UTF8)
    }

    #[setter]
    fn set_force_utf8(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.set(options::FORCE_UTF8, value)
    }

    /// True to suppress the lines on stderr about codes that MARC-8 does not have.
    #[getter]
    fn hide_utf8_warnings<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.options.get(py, options::HIDE_UTF8_WARNINGS)
    }

    #[setter]
    fn set_hide_utf8_warnings(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.set(options::HIDE_UTF8_WARNINGS, value)
    }

    /// The codec's `errors` for subfields that are not UTF-8.
    #[getter]
    fn get_utf8_handling<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.options.get(py, options::UTF8_HANDLING)
    }

    #[setter]
    fn set_utf8_handling(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.set(options::UTF8_HANDLING, value)
    }

    /// The encoding of records whose leader does not say UTF-8; "iso8859-1" stands for MARC-8.
    #[getter]
    fn get_file_encoding<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.options.get(py, options::FILE_ENCODING)
    }

    #[setter]
    fn set_file_encoding(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.set(options::FILE_ENCODING, value)
    }

    /// The number of bytes delivered or skipped up to now.
    #[getter]
    fn position(&self, py: Python<'_>) -> PyResult<u64> {
        self.end_of_last(py)
    }
}

/// The class of the exceptions after which pymarc reads nothing more.
fn fatal_class(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import(intern!(py, "tidemarc.pymarc.exceptions"))?.getattr(intern!(py, "FatalReaderError"))
}
