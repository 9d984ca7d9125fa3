//! The reader: an iterator over the records of a source.

use super::{
    batch_handle::BatchHandle,
    driver::{Driver, Open, REENTRANT, next_step},
    errors::to_exception,
    exclusive::Guard,
    fault::Fault,
    format_options,
    native_text::TextOptions,
    record::Record,
    source,
    stats::Stats,
    word::Word,
};
use crate::{
    error::Error,
    format::Format,
    reader::{Options, Step, Stream},
};
use pyo3::{
    exceptions::{PyOverflowError, PyRuntimeError, PyStopIteration, PyValueError},
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::PyType,
};
use std::{
    cell::RefCell,
    sync::{Arc, OnceLock},
};

thread_local! {
    /// The readers that are logging a fault, on this thread.
    static LOGGING: RefCell<Vec<*const Reader>> = const { RefCell::new(Vec::new()) };
}

/// What a fault does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnFault {
    Raise,
    Skip,
    Yield,
}

/// Reads MARC records one after the other, in the order of the input.
///
/// `source` is a path, bytes or any other buffer, a binary file object, a socket, or a file
/// descriptor.
///
/// `format` is "iso2709", "marcxml", "json", "jsonl", "marcmaker", "line", or "auto": then the first
/// bytes decide, and what looks like none of the others is ISO 2709. `controls` says what becomes of
/// control characters that have no place in a text format: "error", "skip" or "replace".
///
/// `errors` says what a damaged record does: "strict" raises in its place, and the next `next()`
/// goes on behind it; "skip" logs it; "yield" gives a `Fault` in its place.
///
/// `encoding` is that of the records' text: "utf-8", "marc-8", "iso-5426", "iso-8859-1", "ascii",
/// or "auto", which finds it out for each record (`record.encoding`, `record.encoding_reason`).
/// `encoding_errors` says what becomes of bytes that are no text, when it is asked for: "strict"
/// raises `EncodingError`, "replace", "ignore" and "backslashreplace" do as in Python's codecs.
/// `numeric_references=True` takes `&#x…;` in MARC-8 for the character of that number.
///
/// `threads` is how many batches are parsed at once, at most; 1 does everything on the caller's
/// thread. `chunk_size` is how many bytes are read at once, `max_record_length` how many bytes a
/// record may have before it is a fault. The results depend on neither of the first two.
#[pyclass(frozen, module = "tidemarc")]
pub(super) struct Reader {
    driver: Driver<()>,
    on_fault: OnFault,
    text: TextOptions,
    /// What is read, once that is known.
    format: Arc<OnceLock<Format>>,
}

/// What a step means for the caller.
enum Outcome {
    Record(Py<BatchHandle>, usize),
    Fault(Error),
    Raise(PyErr),
    End,
}

impl Reader {
    #[inline]
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.on_fault == OnFault::Skip && self.is_logging() {
            return Err(PyRuntimeError::new_err(REENTRANT));
        }
        loop {
            match self.advance(py)? {
                Outcome::Record(batch, at) => {
                    let record = Bound::new(py, Record::of_batch(batch, at, self.text))?;
                    return Ok(Some(record.into_any()));
                }
                Outcome::Fault(error) => match self.on_fault {
                    OnFault::Raise => return Err(to_exception(py, &error)),
                    OnFault::Yield => {
                        return Ok(Some(Bound::new(py, Fault::new(error))?.into_any()));
                    }
                    OnFault::Skip => self.log(py, &error)?,
                },
                Outcome::Raise(error) => return Err(error),
                Outcome::End => return Ok(None),
            }
        }
    }

    #[inline]
    fn advance(&self, py: Python<'_>) -> PyResult<Outcome> {
        let mut open = self.driver.enter(py)?;
        match open.stream.as_mut().and_then(Stream::step_in_batch) {
            Some(step) => self.outcome(py, &mut open, step),
            None => self.advance_batch(py, open),
        }
    }

    #[cold]
    fn advance_batch(&self, py: Python<'_>, mut open: Guard<'_, Open<()>>) -> PyResult<Outcome> {
        let outcome = match self.driver.wait(py, &mut open, next_step) {
            Ok(step) => self.outcome(py, &mut open, step),
            Err(error) => Ok(Outcome::Raise(error)),
        };
        drop(open);
        self.driver.left(py);
        outcome
    }

    #[inline]
    fn outcome(
        &self,
        py: Python<'_>,
        open: &mut Guard<'_, Open<()>>,
        step: Step,
    ) -> PyResult<Outcome> {
        match step {
            Step::Record(at) => {
                let handle = open.handle(py)?;
                Ok(handle.map_or(Outcome::End, |handle| Outcome::Record(handle, at)))
            }
            Step::Fault(at) => {
                let batch = open.stream.as_ref().and_then(Stream::current);
                let error = batch.and_then(|batch| batch.error(&batch.entries()[at]));
                Ok(error.map_or(Outcome::End, Outcome::Fault))
            }
            Step::Failed(error) => Ok(Outcome::Raise(self.driver.failure(py, open, error))),
            Step::End | Step::Pending => Ok(Outcome::End),
        }
    }

    /// A fault that is passed over is logged, by the logger `tidemarc`. Nobody is inside then, so
    /// that a handler that waits for another thread does not keep that one out; but a handler may
    /// not take what its own `next()` is about to find.
    #[cold]
    fn log(&self, py: Python<'_>, error: &Error) -> PyResult<()> {
        LOGGING.with_borrow_mut(|readers| readers.push(self));
        let logged = py.import("logging").and_then(|logging| {
            let logger = logging.call_method1("getLogger", ("tidemarc",))?;
            logger.call_method1("warning", ("%s", error.to_string()))
        });
        LOGGING.with_borrow_mut(Vec::pop);
        logged.map(drop)
    }

    /// Whether this thread is inside [`log`](Self::log), further up its stack.
    fn is_logging(&self) -> bool {
        LOGGING.with_borrow(|readers| readers.contains(&std::ptr::from_ref(self)))
    }
}

#[pymethods]
impl Reader {
    #[new]
    #[pyo3(
        signature = (source, *, format=Word::of("auto"), errors=Word::of("strict"), encoding=Word::of("auto"), encoding_errors=Word::of("strict"), numeric_references=false, threads=None, chunk_size=65536, max_record_length=16777216, controls=Word::of("error")),
        text_signature = "(source, *, format='auto', errors='strict', encoding='auto', encoding_errors='strict', numeric_references=False, threads=None, chunk_size=65536, max_record_length=16777216, controls='error')"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        source: &Bound<'_, PyAny>,
        format: Word,
        errors: Word,
        encoding: Word,
        encoding_errors: Word,
        numeric_references: bool,
        threads: Option<isize>,
        chunk_size: isize,
        max_record_length: isize,
        controls: Word,
    ) -> PyResult<Self> {
        let on_fault =
            errors.one_of("errors", "'strict', 'skip' or 'yield'", |word| match word {
                "strict" => Some(OnFault::Raise),
                "skip" => Some(OnFault::Skip),
                "yield" => Some(OnFault::Yield),
                _ => None,
            })?;
        let text = TextOptions::new(&encoding, &encoding_errors, numeric_references)?;
        let options = Options {
            threads: threads.map(|threads| at_least("threads", threads, 1)).transpose()?,
            chunk_size: at_least("chunk_size", chunk_size, 1)?,
            max_record_length: at_least(
                "max_record_length",
                max_record_length,
                crate::record::MIN_RECORD_LENGTH as isize,
            )?,
            format: format_options::format_or_auto("format", &format)?,
            controls: format_options::controls(&controls)?,
            ..Options::default()
        };
        let format = Arc::clone(&options.found);
        if let Some(asked) = options.format {
            // It is new, and nobody else has it.
            let _ = format.set(asked);
        }
        let driver = Driver::new(source::open(source, options)?, ());
        Ok(Self { driver, on_fault, text, format })
    }

    const fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.next(py).map_err(|error| no_false_end(py, error))
    }

    /// Stops reading and lets go of the source. A file object is not closed: it is its owner's.
    fn close(&self, py: Python<'_>) {
        self.driver.close(py);
    }

    /// The reader itself.
    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// Closes the reader.
    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) {
        self.close(py);
    }

    /// `Reader[Record | Fault]`, for annotations.
    #[classmethod]
    fn __class_getitem__<'py>(
        cls: &Bound<'py, PyType>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import("types")?.getattr("GenericAlias")?.call1((cls, item))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.driver.visit(&visit)
    }

    fn __clear__(&self) {
        self.driver.clear();
    }

    /// The format that is read, or None as long as the first bytes have not shown it.
    #[getter]
    fn format(&self) -> Option<&'static str> {
        self.format.get().map(|format| format.name())
    }

    /// What was delivered so far.
    #[getter]
    fn stats(&self, py: Python<'_>) -> Stats {
        self.driver.counts(py).into()
    }

    /// How far the reader is: the end of what was delivered last, in bytes from the start.
    #[getter]
    fn position(&self, py: Python<'_>) -> u64 {
        self.driver.counts(py).bytes()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let counts = self.driver.counts(py);
        let (records, faults) = (counts.records, counts.faults);
        format!("<tidemarc.Reader: {records} records, {faults} faults, byte {}>", counts.bytes())
    }
}

/// A `StopIteration` out of a source, a log handler or a signal handler would end a `for` loop as if
/// the input had ended: it becomes a `RuntimeError`, as it does in a generator (PEP 479).
#[cold]
fn no_false_end(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyStopIteration>(py) {
        return error;
    }
    let raised = PyRuntimeError::new_err("the source or a handler raised StopIteration");
    raised.set_cause(py, Some(error));
    raised
}

/// A number of no less than `least`, and no more than anybody can mean.
pub(super) fn at_least(name: &str, value: isize, least: isize) -> PyResult<usize> {
    const MOST: isize = 1 << 30;
    if value < least {
        return Err(PyValueError::new_err(format!("{name} must be at least {least}, not {value}")));
    }
    if value > MOST {
        return Err(PyOverflowError::new_err(format!(
            "{name} must be at most {MOST}, not {value}"
        )));
    }
    Ok(value.unsigned_abs())
}
