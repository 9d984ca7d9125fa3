//! The reader: an iterator over the records of a source.

use super::{
    batch_handle::BatchHandle,
    errors::{io_exception, to_exception},
    exclusive::{Exclusive, Guard, PATIENCE, Refusal, reentrant},
    fault::Fault,
    file_input::Method,
    record::Record,
    source::{self, Opened},
    stats::Stats,
};
use crate::{
    error::Error,
    reader::{Options, Stats as Counts, Step, Stream},
};
use pyo3::{
    exceptions::{PyOverflowError, PyRuntimeError, PyValueError},
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::PyType,
};
use std::{
    cell::RefCell,
    sync::{
        Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

/// How many forks lie between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// To be called in the child after a fork.
pub(super) fn after_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

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

struct Open {
    /// `None` once closed.
    stream: Option<Stream>,
    /// The current batch as Python's records hold it.
    handle: Option<Py<BatchHandle>>,
}

/// Reads MARC records (ISO 2709) one after the other, in the order of the input.
///
/// `source` is a path, bytes or any other buffer, a binary file object, a socket, or a file
/// descriptor. `errors` says what a damaged record does: "strict" raises in its place, and the
/// next `next()` goes on behind it; "skip" logs it; "yield" gives a `Fault` in its place.
#[pyclass(frozen, module = "tidemarc")]
pub(super) struct Reader {
    open: Exclusive<Open>,
    /// Set by `close()` while another thread is inside, which then closes for it.
    closing: AtomicBool,
    /// The counts as they were when a wait began, for who asks during the wait.
    waiting_stats: Mutex<Counts>,
    on_fault: OnFault,
    calls_python: bool,
    /// How a file object is read, while the stream is there.
    method: Weak<Method>,
    /// `FORKS` when the reader was made.
    born: u32,
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
    fn enter<'a>(&'a self, py: Python<'a>) -> PyResult<Guard<'a, Open>> {
        if self.born != FORKS.load(Ordering::Relaxed) {
            return Err(PyRuntimeError::new_err(
                "this reader was made before a fork, and its threads stayed with the parent: \
                 open a new one in the child",
            ));
        }
        self.open.enter(py)
    }

    #[inline]
    fn advance(&self, py: Python<'_>) -> PyResult<Outcome> {
        let mut open = self.enter(py)?;
        match open.stream.as_mut().and_then(Stream::step_in_batch) {
            Some(step) => self.outcome(py, &mut open, step),
            None => self.advance_batch(py, open),
        }
    }

    #[cold]
    fn advance_batch(&self, py: Python<'_>, mut open: Guard<'_, Open>) -> PyResult<Outcome> {
        let outcome = match self.wait(py, &mut open) {
            Ok(step) => self.outcome(py, &mut open, step),
            Err(error) => Ok(Outcome::Raise(error)),
        };
        drop(open);
        if self.closing.load(Ordering::Acquire) {
            // Who closed the reader while we were inside left that to us.
            self.close(py);
        }
        outcome
    }

    #[inline]
    fn outcome(&self, py: Python<'_>, open: &mut Guard<'_, Open>, step: Step) -> PyResult<Outcome> {
        match step {
            Step::Record(at) => {
                if let Some(handle) = &open.handle {
                    return Ok(Outcome::Record(handle.clone_ref(py), at));
                }
                let batch = open.stream.as_ref().and_then(Stream::current).cloned();
                let Some(batch) = batch else { return Ok(Outcome::End) };
                open.will_be_observed();
                let handle = BatchHandle::new(py, batch)?;
                open.handle = Some(handle.clone_ref(py));
                Ok(Outcome::Record(handle, at))
            }
            Step::Fault(at) => {
                let batch = open.stream.as_ref().and_then(Stream::current);
                let error = batch.and_then(|batch| batch.error(&batch.entries()[at]));
                Ok(error.map_or(Outcome::End, Outcome::Fault))
            }
            Step::Failed(error) => {
                let path = open.stream.as_ref().and_then(|stream| stream.name());
                let path = path.filter(|_| !self.calls_python).map(|name| &**name);
                Ok(Outcome::Raise(io_exception(py, error, path)))
            }
            Step::End | Step::Pending => Ok(Outcome::End),
        }
    }

    /// Goes on to the next batch. Lets go of the GIL while it waits or parses, and answers signals.
    #[cold]
    fn wait(&self, py: Python<'_>, open: &mut Guard<'_, Open>) -> PyResult<Step> {
        open.will_be_observed();
        let Some(stream) = open.stream.as_ref() else {
            return Err(PyValueError::new_err("the reader is closed"));
        };
        *self.waiting_stats.lock().unwrap_or_else(PoisonError::into_inner) = stream.stats();
        // The old batch goes back to be filled again once no record holds it.
        open.handle = None;
        loop {
            if self.closing.load(Ordering::Acquire) {
                let stream = open.stream.take();
                py.detach(|| drop(stream));
                return Ok(Step::End);
            }
            let Some(stream) = open.stream.as_mut() else { return Ok(Step::End) };
            let step = if self.calls_python {
                stream.step(Some(PATIENCE))
            } else {
                py.detach(|| stream.step(Some(PATIENCE)))
            };
            match step {
                Step::Pending => py.check_signals()?,
                Step::Failed(error) => return Ok(Step::Failed(error)),
                // Closed meanwhile: what was read is nobody's any more.
                _ if self.closing.load(Ordering::Acquire) => {}
                step => return Ok(step),
            }
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

    fn counts(&self, py: Python<'_>) -> PyResult<Counts> {
        match self.open.try_enter(py) {
            Ok(open) => {
                if let Some(stream) = &open.stream {
                    return Ok(stream.stats());
                }
            }
            Err(Refusal::Reentrant | Refusal::Busy) => {}
        }
        Ok(*self.waiting_stats.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl Reader {
    #[new]
    #[pyo3(signature = (source, *, errors="strict", threads=None, chunk_size=65536, max_record_length=16777216))]
    fn new(
        source: &Bound<'_, PyAny>,
        errors: &str,
        threads: Option<isize>,
        chunk_size: isize,
        max_record_length: isize,
    ) -> PyResult<Self> {
        let on_fault = match errors {
            "strict" => OnFault::Raise,
            "skip" => OnFault::Skip,
            "yield" => OnFault::Yield,
            other => {
                return Err(PyValueError::new_err(format!(
                    "errors must be 'strict', 'skip' or 'yield', not {other:?}"
                )));
            }
        };
        let options = Options {
            // Asked for here, where the GIL can be let go: see `set_threads` in the module.
            threads: Some(match threads {
                Some(threads) => at_least("threads", threads, 1)?,
                None => source.py().detach(crate::pipeline::threads),
            }),
            chunk_size: at_least("chunk_size", chunk_size, 1)?,
            max_record_length: at_least(
                "max_record_length",
                max_record_length,
                crate::record::MIN_RECORD_LENGTH as isize,
            )?,
            ..Options::default()
        };
        let Opened { stream, calls_python, method } = source::open(source, options)?;
        let waiting_stats = Mutex::new(stream.stats());
        Ok(Self {
            open: Exclusive::new(Open { stream: Some(stream), handle: None }),
            closing: AtomicBool::new(false),
            waiting_stats,
            on_fault,
            calls_python,
            method,
            born: FORKS.load(Ordering::Relaxed),
        })
    }

    const fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.on_fault == OnFault::Skip && self.is_logging() {
            return Err(reentrant());
        }
        loop {
            match self.advance(py)? {
                Outcome::Record(batch, at) => {
                    let record = Bound::new(py, Record::of_batch(batch, at))?;
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

    /// Stops reading and lets go of the source. A file object is not closed: it is its owner's.
    fn close(&self, py: Python<'_>) {
        if self.born != FORKS.load(Ordering::Relaxed) {
            return;
        }
        self.closing.store(true, Ordering::Release);
        if let Ok(mut open) = self.open.try_enter(py) {
            open.will_be_observed();
            if let Some(stream) = open.stream.take() {
                *self.waiting_stats.lock().unwrap_or_else(PoisonError::into_inner) = stream.stats();
                open.handle = None;
                py.detach(|| drop(stream));
            }
        }
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

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
        self.method.upgrade().map_or(Ok(()), |method| method.visit(&visit))
    }

    fn __clear__(&self) {
        if let Some(method) = self.method.upgrade() {
            method.clear();
        }
    }

    /// What was delivered so far.
    #[getter]
    fn stats(&self, py: Python<'_>) -> PyResult<Stats> {
        self.counts(py).map(Stats::from)
    }

    /// How far the reader is: the end of what was delivered last, in bytes from the start.
    #[getter]
    fn position(&self, py: Python<'_>) -> PyResult<u64> {
        self.counts(py).map(|counts| counts.bytes())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let counts = self.counts(py)?;
        let (records, faults) = (counts.records, counts.faults);
        Ok(format!(
            "<tidemarc.Reader: {records} records, {faults} faults, byte {}>",
            counts.bytes()
        ))
    }
}

impl Drop for Reader {
    /// In the child of a fork the other side of the stream is not there, and may have been holding
    /// a lock when it vanished: then the stream is left alone.
    fn drop(&mut self) {
        if self.born != FORKS.load(Ordering::Relaxed) {
            std::mem::forget(self.open.get_mut().stream.take());
        }
    }
}

fn at_least(name: &str, value: isize, least: isize) -> PyResult<usize> {
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
