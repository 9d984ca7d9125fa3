//! The reader: an iterator over the records of a source.

use super::{
    args::{
        format_options,
        on_fault::{Errors, OnFault},
        word::Word,
    },
    batch_handle::BatchHandle,
    driver::{Driver, Open, REENTRANT, next_step},
    faults::{
        errors::{io_exception, to_exception},
        losses::Losses,
    },
    gil::exclusive::Guard,
    io::source,
    quarantine::Target,
    record::Record,
    stats::Stats,
};
use crate::{
    error::{Error, escaped},
    format::Format,
    framing::MAX_OFFSET,
    record::Severity,
    stream::{MOST_BYTES, Options, Step, Stream},
};
use pyo3::{
    exceptions::{PyOverflowError, PyRuntimeError, PyStopIteration, PyValueError},
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::PyType,
};
use std::{
    cell::RefCell,
    ffi::CString,
    ops::RangeInclusive,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

thread_local! {
    /// The readers that are logging a fault, on this thread.
    static LOGGING: RefCell<Vec<*const Reader>> = const { RefCell::new(Vec::new()) };
}

/// An iterator over the MARC records of a source, in the order of the input.
///
/// `source` is a path, bytes or any other buffer, a binary file object, a socket, or a file
/// descriptor.
///
/// `format` is "iso2709", "marcxml", "json", "jsonl", "marcmaker", "line", or "auto", which detects
/// the format from the first bytes and falls back to ISO 2709. `controls` decides about control
/// characters that a text format does not allow: "error", "skip" or "replace".
///
/// `errors` decides about a damaged record. "strict" raises its exception; the next `next()`
/// continues after it. "skip" logs it. "yield" returns a `Fault` in its place. "repair" delivers
/// the records that can be repaired, with `record.faults`, and logs the others. A function is
/// called with the `Fault`, and may raise. `repair=True` adds repair to any value of `errors`.
///
/// After more than `max_faults` faults the stream ends with an error. `quarantine` is a path or a
/// binary file object. It receives the exact bytes of everything that is not delivered. A report in
/// JSON Lines goes to a file beside the path, or to the second of two file objects.
///
/// `start` is the offset at which reading begins, in bytes from the current position of the source:
/// the `offset` of a record, or the last `position` of an earlier reader. The bytes before it are
/// not read, except from pipes and file objects, where they are read and dropped. Record numbers
/// start at 1 there. An existing quarantine is continued; if `start` is before its end, it receives
/// some spans twice.
///
/// `encoding` is the encoding of the text: "utf-8", "marc-8", "iso-5426", "iso-8859-1", "ascii", or
/// "auto", which detects it for each record (`record.encoding`, `record.encoding_reason`).
/// `encoding_errors` decides about undecodable bytes when text is accessed: "strict" raises
/// `EncodingError`; "replace", "ignore" and "backslashreplace" work as in Python's codecs.
/// `numeric_references=True` replaces `&#x…;` in MARC-8 by the character of that number.
///
/// `threads` is the largest number of batches parsed at once; 1 does everything on the caller's
/// thread. `chunk_size` is the number of bytes of one read. `max_record_length` is the largest
/// length of a record, in bytes; a longer one is a fault. `threads` and `chunk_size` do not change
/// the results.
///
/// `read_ahead=False` leaves a file object or descriptor right after the record delivered, so that
/// other code can continue to read there. It requires ISO 2709, and reads on the caller's thread.
#[pyclass(frozen, module = "tidemarc")]
pub(crate) struct Reader {
    pub(crate) driver: Driver<()>,
    on_fault: OnFault,
    /// What is passed over may be written by Python.
    pub(crate) has_quarantine: bool,
    /// It was said at the end how much was passed over.
    has_said: AtomicBool,
    losses: Losses,
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
        if self.on_fault.calls_out() && self.is_logging() {
            return Err(PyRuntimeError::new_err(REENTRANT));
        }
        if self.losses.are_told()
            && let Some(record) = self.losses.take_kept(py)
        {
            return Ok(Some(record));
        }
        let mut passed_over = 0_u32;
        loop {
            match self.advance(py)? {
                Outcome::Record(batch, at) => {
                    let record = Bound::new(py, Record::of_batch(batch, at))?;
                    if self.losses.are_told() {
                        self.tell_losses(&record)?;
                    }
                    return Ok(Some(record.into_any()));
                }
                // What ends the stream is not passed over.
                Outcome::Fault(error)
                    if error.severity() == Severity::Fatal
                        && !matches!(self.on_fault, OnFault::Yield) =>
                {
                    return Err(to_exception(py, &error));
                }
                Outcome::Fault(error) => {
                    if let Some(item) = self.outside(|| self.on_fault.meet(py, error))? {
                        return Ok(Some(item));
                    }
                    // Who was told may have closed the reader.
                    if self.driver.is_closing() {
                        return self.say_how_much_was_skipped(py).map(|()| None);
                    }
                    // A function written in C looks after no signals.
                    passed_over += 1;
                    if passed_over.is_multiple_of(256) {
                        py.check_signals()?;
                    }
                }
                Outcome::Raise(error) => return Err(error),
                Outcome::End => return self.say_how_much_was_skipped(py).map(|()| None),
            }
        }
    }

    #[inline]
    fn advance(&self, py: Python<'_>) -> PyResult<Outcome> {
        let mut open = self.driver.enter(py)?;
        if self.has_quarantine {
            open.will_be_observed();
        }
        let outcome = match open.stream.as_mut().and_then(Stream::step_in_batch) {
            Some(step) => self.outcome(py, &mut open, step),
            None => return self.advance_batch(py, open),
        };
        if self.has_quarantine {
            return self.leave(py, open, outcome);
        }
        outcome
    }

    /// Leaves what code of a quarantine may have asked to close.
    #[cold]
    fn leave(
        &self,
        py: Python<'_>,
        open: Guard<'_, Open<()>>,
        outcome: PyResult<Outcome>,
    ) -> PyResult<Outcome> {
        drop(open);
        self.driver.left(py)?;
        outcome
    }

    #[cold]
    fn advance_batch(&self, py: Python<'_>, mut open: Guard<'_, Open<()>>) -> PyResult<Outcome> {
        let outcome = match self.driver.wait(py, &mut open, next_step) {
            Ok(step) => self.outcome(py, &mut open, step),
            Err(error) => Ok(Outcome::Raise(error)),
        };
        self.leave(py, open, outcome)
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
                let error = open.stream.as_ref().and_then(|stream| stream.error(at));
                Ok(error.map_or(Outcome::End, Outcome::Fault))
            }
            Step::Failed(error) => Ok(Outcome::Raise(self.driver.failure(py, error))),
            Step::End | Step::Pending => Ok(Outcome::End),
        }
    }

    /// A fault that is passed over is logged, by the logger `tidemarc`, or told to a function. Nobody
    /// is inside then, so that a handler that waits for another thread does not keep that one out; but
    /// a handler may not take what its own `next()` is about to find.
    #[cold]
    fn outside<R>(&self, tell: impl FnOnce() -> R) -> R {
        LOGGING.with_borrow_mut(|readers| readers.push(self));
        let told = tell();
        LOGGING.with_borrow_mut(Vec::pop);
        told
    }

    /// Logs what is lost in a record that is about to be delivered.
    #[inline(never)]
    fn tell_losses(&self, record: &Bound<'_, Record>) -> PyResult<()> {
        let lost = record.get().lost();
        if lost.is_empty() { Ok(()) } else { self.outside(|| self.losses.tell(record, &lost)) }
    }

    /// Whoever skips damaged records is told so once, at the end.
    #[cold]
    fn say_how_much_was_skipped(&self, py: Python<'_>) -> PyResult<()> {
        if !self.on_fault.skips() {
            return Ok(());
        }
        let counts = self.driver.counts(py);
        let Some(losses) = counts.losses() else { return Ok(()) };
        if self.has_said.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let name =
            self.driver.name().map_or_else(String::new, |name| format!("{}: ", escaped(name)));
        let message = format!("{name}{losses}; see Reader.summary()");
        self.outside(|| {
            let category = py.import("tidemarc.errors")?.getattr("SkippedWarning")?;
            PyErr::warn(py, &category, &CString::new(message)?, 1)
        })
    }

    /// Whether this thread is inside [`outside`](Self::outside), further up its stack.
    fn is_logging(&self) -> bool {
        LOGGING.with_borrow(|readers| readers.contains(&std::ptr::from_ref(self)))
    }
}

#[pymethods]
impl Reader {
    #[new]
    #[pyo3(
        signature = (source, *, format=Word::of("auto"), errors=Errors::strict(), repair=false, max_faults=None, quarantine=None, start=0, encoding=Word::of("auto"), encoding_errors=Word::of("strict"), numeric_references=false, threads=None, read_ahead=true, chunk_size=65536, max_record_length=16777216, controls=Word::of("error")),
        text_signature = "(source, *, format='auto', errors='strict', repair=False, max_faults=None, quarantine=None, start=0, encoding='auto', encoding_errors='strict', numeric_references=False, threads=None, read_ahead=True, chunk_size=65536, max_record_length=16777216, controls='error')"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        source: &Bound<'_, PyAny>,
        format: Word,
        errors: Errors,
        repair: bool,
        #[pyo3(from_py_with = max_faults_of)] max_faults: Option<u64>,
        quarantine: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = start_of)] start: u64,
        encoding: Word,
        encoding_errors: Word,
        numeric_references: bool,
        threads: Option<isize>,
        read_ahead: bool,
        chunk_size: isize,
        max_record_length: isize,
        controls: Word,
    ) -> PyResult<Self> {
        let (on_fault, asks_for_repair) = errors.meant()?;
        let text = format_options::text_options(&encoding, &encoding_errors, numeric_references)?;
        let mut options = Options {
            threads: threads.map(|threads| at_least("threads", threads, 1)).transpose()?,
            read_ahead,
            chunk_size: at_least("chunk_size", chunk_size, 1)?,
            max_record_length: at_least(
                "max_record_length",
                max_record_length,
                crate::record::MIN_RECORD_LENGTH as isize,
            )?,
            repair: repair || asks_for_repair,
            max_faults,
            start,
            format: format_options::format_or_auto("format", &format)?,
            controls: format_options::controls(&controls)?,
            text,
            ..Options::default()
        };
        options.settle().map_err(PyValueError::new_err)?;
        let format = Arc::clone(&options.found);
        let losses = Losses::new(on_fault.skips() && options.repair);
        let quarantine = quarantine.map(Target::of).transpose()?;
        let mut opened = source::open(source, options)?;
        let has_quarantine = quarantine.is_some();
        if let Some(quarantine) = quarantine {
            // Only now: what an earlier reader put there stays if there is nothing to be read.
            let quarantine =
                quarantine.open(source, opened.stream.file(), start, &mut opened.held)?;
            let set = opened.stream.set_quarantine(quarantine);
            set.map_err(|error| io_exception(source.py(), error))?;
        }
        let (driver, has_said) = (Driver::new(opened, ()), AtomicBool::new(false));
        Ok(Self { driver, on_fault, has_quarantine, has_said, losses, format })
    }

    const fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.next(py).map_err(|error| no_false_end(py, error))
    }

    /// Stops reading and releases the source. A file object stays open, since its owner closes it.
    /// The quarantine is flushed; a failure to do so is raised.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.driver.close(py)
    }

    /// Returns the reader itself.
    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// Closes the reader.
    #[pyo3(signature = (*_exception))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _exception: &Bound<'_, pyo3::types::PyTuple>,
    ) -> PyResult<()> {
        self.close(py)
    }

    /// Returns `Reader[Record | Fault]`, for annotations.
    #[classmethod]
    fn __class_getitem__<'py>(
        cls: &Bound<'py, PyType>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import("types")?.getattr("GenericAlias")?.call1((cls, item))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.on_fault.visit(&visit)?;
        self.losses.visit(&visit)?;
        self.driver.visit(&visit)
    }

    fn __clear__(&self) {
        self.driver.clear();
    }

    /// The format of the input, or None until it is detected.
    #[getter]
    fn format(&self) -> Option<&'static str> {
        self.format.get().map(|format| format.name())
    }

    /// The counts of records, faults, padding and bytes up to now.
    #[getter]
    fn stats(&self, py: Python<'_>) -> Stats {
        self.driver.counts(py).into()
    }

    /// The end of the last item delivered, in bytes from the start of the input.
    #[getter]
    fn position(&self, py: Python<'_>) -> u64 {
        self.driver.counts(py).position()
    }

    /// Returns the counts up to now as a few lines of text.
    fn summary(&self, py: Python<'_>) -> String {
        self.driver.counts(py).summary(self.driver.name().map(|name| &**name))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let counts = self.driver.counts(py);
        let (records, faults) = (counts.records, counts.faults);
        format!("<tidemarc.Reader: {records} records, {faults} faults, byte {}>", counts.position())
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

/// A number of bytes or of faults, up to `most`.
fn not_negative(name: &str, value: &Bound<'_, PyAny>, most: u64) -> PyResult<u64> {
    let error = match value.extract() {
        Ok(number) if number <= most => return Ok(number),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    if let Ok(true) = value.lt(0) {
        return Err(PyValueError::new_err(format!("{name} must be at least 0, not {value}")));
    }
    let too_many =
        || PyOverflowError::new_err(format!("{name} must be at most {most}, not {value}"));
    Err(error
        .filter(|error| !error.is_instance_of::<PyOverflowError>(value.py()))
        .unwrap_or_else(too_many))
}

fn start_of(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    not_negative("start", value, MAX_OFFSET)
}

fn max_faults_of(value: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
    if value.is_none() { Ok(None) } else { not_negative("max_faults", value, u64::MAX).map(Some) }
}

/// A number of no less than `least`, and no more than anybody can mean.
pub(crate) fn at_least(name: &str, value: isize, least: isize) -> PyResult<usize> {
    within(name, value, least..=MOST_BYTES as isize)
}

pub(crate) fn within(name: &str, value: isize, range: RangeInclusive<isize>) -> PyResult<usize> {
    let (least, most) = (range.start(), range.end());
    if value < *least {
        return Err(PyValueError::new_err(format!("{name} must be at least {least}, not {value}")));
    }
    if value > *most {
        return Err(PyOverflowError::new_err(format!(
            "{name} must be at most {most}, not {value}"
        )));
    }
    Ok(value.unsigned_abs())
}
