//! What both readers of the Python face do: pull batches out of a stream, wait, close, survive a fork.

use super::{
    batch_handle::BatchHandle,
    errors::io_exception,
    exclusive::{Exclusive, Guard, PATIENCE, Refusal},
    reachable::Reachable,
    source::Opened,
};
use crate::reader::{Stats as Counts, Step, Stream, Turn};
use pyo3::{
    exceptions::{PyRuntimeError, PyValueError},
    gc::{PyTraverseError, PyVisit},
    prelude::*,
};
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

/// How many forks lie between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// To be called in the child after a fork.
pub(super) fn after_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// What is said to who calls a reader that is further up its own stack.
pub(super) const REENTRANT: &str =
    "the reader was called again from inside its own read, log or signal handler";

/// What who is inside may use.
pub(super) struct Open<T> {
    /// `None` once closed.
    pub(super) stream: Option<Stream>,
    /// The current batch as Python's records hold it.
    handle: Option<Py<BatchHandle>>,
    /// The reader's own.
    pub(super) own: T,
}

impl<T> Open<T> {
    /// The current batch, for records to hold.
    #[inline]
    pub(super) fn handle(&mut self, py: Python<'_>) -> PyResult<Option<Py<BatchHandle>>> {
        if let Some(handle) = &self.handle {
            return Ok(Some(handle.clone_ref(py)));
        }
        let Some(batch) = self.stream.as_ref().and_then(Stream::current).cloned() else {
            return Ok(None);
        };
        let handle = BatchHandle::new(py, batch)?;
        self.handle = Some(handle.clone_ref(py));
        Ok(Some(handle))
    }
}

/// An answer of a stream that may have to be asked again.
pub(super) trait Answer: Send {
    /// What stands for the end.
    fn end() -> Self;
    /// Whether nothing came within the patience of the caller.
    fn is_pending(&self) -> bool;
    /// Whether this is a failure, to be told even if the reader was closed meanwhile.
    fn is_failure(&self) -> bool;
}

impl Answer for Step {
    fn end() -> Self {
        Self::End
    }

    fn is_pending(&self) -> bool {
        matches!(self, Self::Pending)
    }

    fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

impl Answer for Turn {
    fn end() -> Self {
        Self::End
    }

    fn is_pending(&self) -> bool {
        matches!(self, Self::Pending)
    }

    fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// A stream and who is using it.
pub(super) struct Driver<T: Send> {
    open: Exclusive<Open<T>>,
    /// Set by `close()` while another thread is inside, which then closes for it.
    closing: AtomicBool,
    /// The counts as they were when a wait began, for who asks during the wait.
    waiting_stats: Mutex<Counts>,
    calls_python: bool,
    is_path: bool,
    /// What is read, while the stream is there.
    source: Weak<Reachable>,
    /// `FORKS` when the reader was made.
    born: u32,
}

impl<T: Send> Driver<T> {
    pub(super) fn new(Opened { stream, calls_python, is_path, source }: Opened, own: T) -> Self {
        let waiting_stats = Mutex::new(stream.stats());
        Self {
            open: Exclusive::new(Open { stream: Some(stream), handle: None, own }, REENTRANT),
            closing: AtomicBool::new(false),
            waiting_stats,
            calls_python,
            is_path,
            source,
            born: FORKS.load(Ordering::Relaxed),
        }
    }

    #[inline]
    pub(super) fn enter<'a>(&'a self, py: Python<'a>) -> PyResult<Guard<'a, Open<T>>> {
        if self.born != FORKS.load(Ordering::Relaxed) {
            return Err(PyRuntimeError::new_err(
                "this reader was made before a fork, and its threads stayed with the parent: \
                 open a new one in the child",
            ));
        }
        self.open.enter(py)
    }

    /// To be called after leaving: who closed the reader while we were inside left that to us.
    pub(super) fn left(&self, py: Python<'_>) {
        if self.closing.load(Ordering::Acquire) {
            // It was not called here, so there is nobody to raise it to.
            if let Err(error) = self.close(py) {
                error.write_unraisable(py, None);
            }
        }
    }

    /// The exception for a source that failed.
    pub(super) fn failure(&self, py: Python<'_>, open: &Open<T>, error: io::Error) -> PyErr {
        let path = open.stream.as_ref().and_then(|stream| stream.name());
        let path = path.filter(|_| self.is_path).map(|name| &**name);
        io_exception(py, error, path)
    }

    /// Asks the stream until it answers. Lets go of the GIL while it waits or parses, and answers
    /// signals.
    #[cold]
    pub(super) fn wait<A: Answer>(
        &self,
        py: Python<'_>,
        open: &mut Guard<'_, Open<T>>,
        ask: fn(&mut Stream) -> A,
    ) -> PyResult<A> {
        open.will_be_observed();
        let Some(stream) = open.stream.as_ref() else {
            return Err(PyValueError::new_err("the reader is closed"));
        };
        *self.waiting_stats.lock().unwrap_or_else(PoisonError::into_inner) = stream.stats();
        // The old batch goes back to be filled again once no record holds it.
        open.handle = None;
        loop {
            if self.closing.load(Ordering::Acquire) {
                if let Some(Err(error)) = open.stream.take().map(|stream| let_go(py, stream)) {
                    error.write_unraisable(py, None);
                }
                return Ok(A::end());
            }
            let Some(stream) = open.stream.as_mut() else { return Ok(A::end()) };
            let answer = if self.calls_python { ask(stream) } else { py.detach(|| ask(stream)) };
            if answer.is_pending() {
                py.check_signals()?;
            } else if answer.is_failure() || !self.closing.load(Ordering::Acquire) {
                return Ok(answer);
            }
            // Closed meanwhile: what was read is nobody's any more.
        }
    }

    /// The name of the input, if it has one and nobody is inside.
    pub(super) fn name(&self, py: Python<'_>) -> Option<Arc<str>> {
        let open = self.open.try_enter(py).ok()?;
        open.stream.as_ref()?.name().cloned()
    }

    pub(super) fn counts(&self, py: Python<'_>) -> Counts {
        match self.open.try_enter(py) {
            Ok(open) => {
                if let Some(stream) = &open.stream {
                    return stream.stats();
                }
            }
            Err(Refusal::Reentrant | Refusal::Busy) => {}
        }
        *self.waiting_stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops reading and lets go of the source.
    ///
    /// # Errors
    /// If what was quarantined cannot be written. The reader is closed all the same.
    pub(super) fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.born != FORKS.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.closing.store(true, Ordering::Release);
        if let Ok(mut open) = self.open.try_enter(py) {
            open.will_be_observed();
            if let Some(stream) = open.stream.take() {
                *self.waiting_stats.lock().unwrap_or_else(PoisonError::into_inner) = stream.stats();
                open.handle = None;
                return let_go(py, stream);
            }
        }
        Ok(())
    }

    pub(super) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.source.upgrade().map_or(Ok(()), |source| source.visit(visit))
    }

    pub(super) fn clear(&self) {
        if let Some(source) = self.source.upgrade() {
            source.clear();
        }
    }
}

impl<T: Send> Drop for Driver<T> {
    /// In the child of a fork the other side of the stream is not there, and may have been holding
    /// a lock when it vanished: then the stream is left alone.
    fn drop(&mut self) {
        let Some(mut stream) = self.open.get_mut().stream.take() else { return };
        if self.born != FORKS.load(Ordering::Relaxed) {
            std::mem::forget(stream);
        } else if let Err(error) = stream.close() {
            Python::try_attach(|py| io_exception(py, error, None).write_unraisable(py, None));
        }
    }
}

/// Ends a stream before its end.
fn let_go(py: Python<'_>, mut stream: Stream) -> PyResult<()> {
    let closed = py.detach(move || stream.close());
    closed.map_err(|error| io_exception(py, error, None))
}

/// The next record or fault, or a word that there is none yet.
pub(super) fn next_step(stream: &mut Stream) -> Step {
    stream.step(Some(PATIENCE))
}

/// The next batch, or a word that there is none yet.
pub(super) fn next_batch(stream: &mut Stream) -> Turn {
    stream.next_batch(Some(PATIENCE))
}
