//! What both readers of the Python face do: pull batches out of a stream, wait, close, survive a fork.

mod answer;
mod born;

use super::{
    batch_handle::BatchHandle,
    faults::errors::{file_exception, io_exception},
    gil::{
        aside::Aside,
        exclusive::{Exclusive, Guard, PATIENCE, Refusal},
        release::Release,
        visited::Visited,
    },
    io::source::Opened,
};
use crate::{
    error::InputName,
    parse::{Project, Stats as Counts},
    stream::{Batches, is_delay},
};
use answer::Answer;
pub(crate) use answer::{next_batch, next_step};
use born::of_parent;
pub(crate) use born::{Born, after_fork};
use pyo3::{
    exceptions::PyValueError,
    gc::{PyTraverseError, PyVisit},
    prelude::*,
};
use std::{
    io, mem,
    sync::{
        Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// What is said to who calls a reader that is further up its own stack.
pub(crate) const REENTRANT: &str =
    "the reader was called again from inside its own read, log or signal handler";

/// What who is inside may use.
pub(crate) struct Open<T, P: Project = ()> {
    /// `None` once closed.
    pub(crate) stream: Option<Batches<P>>,
    /// A closed stream whose quarantine has not taken everything yet; `close()` goes on with it.
    unwritten: Option<Batches<P>>,
    /// The current batch as Python's records hold it.
    handle: Option<Py<BatchHandle>>,
    /// When its steps let go of the GIL. `None` if reading calls Python, which decides that itself.
    release: Option<Release>,
    /// Whether it was closed while who is inside now waited for its turn.
    closed_meanwhile: bool,
    /// The reader's own.
    pub(crate) own: T,
}

impl<T, P: Project> Open<T, P> {
    /// The current batch, for records to hold.
    #[inline]
    pub(crate) fn handle(&mut self, py: Python<'_>) -> PyResult<Option<Py<BatchHandle>>> {
        if let Some(handle) = &self.handle {
            return Ok(Some(handle.clone_ref(py)));
        }
        let Some(batch) = self.stream.as_ref().and_then(Batches::current).cloned() else {
            return Ok(None);
        };
        let handle = BatchHandle::new(py, batch)?;
        self.handle = Some(handle.clone_ref(py));
        Ok(Some(handle))
    }

    /// Sets the handle of the current batch.
    pub(crate) fn set_handle(&mut self, handle: Py<BatchHandle>) {
        self.handle = Some(handle);
    }
}

/// A stream and who is using it.
pub(crate) struct Driver<T: Send, P: Project = ()> {
    open: Exclusive<Open<T, P>>,
    /// Set by `close()` while another thread is inside, which then closes for it.
    closing: AtomicBool,
    /// The counts as they were when a wait began, for who asks during the wait.
    waiting_stats: Mutex<Counts>,
    /// For errors; see [`Opened`].
    filename: Option<Py<PyAny>>,
    name: Option<InputName>,
    /// Every Python object that the stream holds, while the stream is there.
    held: Vec<Weak<Visited>>,
    /// The process and the fork in which the reader was made.
    born: Born,
}

impl<T: Send, P: Project> Driver<T, P> {
    pub(crate) fn new(opened: Opened<P>, own: T) -> Self {
        let Opened { stream, filename, held, release } = opened;
        let (waiting_stats, name) = (Mutex::new(stream.stats()), stream.name().cloned());
        let open = Open {
            stream: Some(stream),
            unwritten: None,
            handle: None,
            release,
            closed_meanwhile: false,
            own,
        };
        Self {
            open: Exclusive::new(open, REENTRANT),
            closing: AtomicBool::new(false),
            waiting_stats,
            filename,
            name,
            held,
            born: Born::now(),
        }
    }

    #[inline]
    pub(crate) fn enter<'a>(&'a self, py: Python<'a>) -> PyResult<Guard<'a, Open<T, P>>> {
        if self.born.is_before_fork() {
            return Err(of_parent());
        }
        match self.open.try_enter(py) {
            Ok(open) => Ok(open),
            Err(_) => self.enter_late(py),
        }
    }

    /// Enters where another thread is inside. Who closes the reader meanwhile ends this wait as well as
    /// that of the thread inside.
    #[cold]
    fn enter_late<'a>(&'a self, py: Python<'a>) -> PyResult<Guard<'a, Open<T, P>>> {
        self.check_process()?;
        let was_closed = self.is_closing();
        let mut open = self.open.enter(py)?;
        open.closed_meanwhile = !was_closed && open.stream.is_none();
        Ok(open)
    }

    /// To be called before a wait: who it waits for may have stayed with the parent of a fork.
    ///
    /// # Errors
    /// In a child of the process that made the reader.
    fn check_process(&self) -> PyResult<()> {
        if self.born.is_in_another_process() { Err(of_parent()) } else { Ok(()) }
    }

    /// To be called after leaving: who closed the reader while we were inside left that to us.
    ///
    /// # Errors
    /// See [`close`](Self::close).
    pub(crate) fn left(&self, py: Python<'_>) -> PyResult<()> {
        if !self.is_closing() {
            return Ok(());
        }
        // Of a stream that is closed already, the rest of its quarantine is for `close()` to write.
        let is_open = self.open.try_enter(py).is_ok_and(|open| open.stream.is_some());
        if is_open { self.close(py) } else { Ok(()) }
    }

    /// Whether the reader is closed, or about to be.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Ends the stream, or writes what is left of the last try. Returns the counts of the stream, too.
    fn finish(py: Python<'_>, open: &mut Guard<'_, Open<T, P>>) -> (Option<Counts>, PyResult<()>) {
        let stream = open.stream.take().or_else(|| open.unwritten.take());
        let Some(mut stream) = stream else { return (None, Ok(())) };
        let writes = stream.has_quarantine_files();
        let end = move || {
            stream.stop();
            let finished = stream.finish();
            // Of what there was no room for, or what a signal handler has called off, nothing is lost.
            let counts = stream.stats();
            let rest = finished.as_ref().is_err_and(is_delay).then_some(stream);
            (finished, counts, rest)
        };
        // Without files to be written there is no wait: threads are told to end, and not waited for.
        let (finished, counts, rest) = if writes { py.detach(end) } else { end() };
        open.unwritten = rest;
        (Some(counts), finished.map_err(|error| io_exception(py, error)))
    }

    /// The exception for a source that failed.
    pub(crate) fn failure(&self, py: Python<'_>, error: io::Error) -> PyErr {
        file_exception(py, error, self.filename.as_ref().map(|name| name.clone_ref(py)))
    }

    /// Asks the stream until it answers. Lets go of the GIL while it waits, and answers signals.
    #[cold]
    pub(crate) fn wait<A: Answer>(
        &self,
        py: Python<'_>,
        open: &mut Guard<'_, Open<T, P>>,
        ask: fn(&mut Batches<P>, Duration) -> A,
    ) -> PyResult<A> {
        open.will_be_observed();
        self.check_process()?;
        let Some(stream) = open.stream.as_ref() else {
            return match mem::take(&mut open.closed_meanwhile) {
                true => Ok(A::end()),
                false => Err(PyValueError::new_err("the reader is closed")),
            };
        };
        self.keep_counts(stream.stats());
        // The old batch goes back to be filled again once no record holds it.
        open.handle = None;
        loop {
            if self.is_closing() {
                // An answer that came meanwhile is nobody's, and is not counted.
                Self::finish(py, open).1?;
                return Ok(A::end());
            }
            let Open { stream: Some(stream), release, .. } = &mut **open else {
                return Ok(A::end());
            };
            let answer = self.ask(py, stream, release, ask)?;
            if answer.is_pending() {
                py.check_signals()?;
            } else if answer.is_failure() || !self.is_closing() {
                return Ok(answer);
            }
            // Closed meanwhile: what was read is nobody's any more.
        }
    }

    /// Asks the stream once. The GIL is kept for what is there already and let go of for a wait; what
    /// calls Python decides that for itself.
    fn ask<A: Answer>(
        &self,
        py: Python<'_>,
        stream: &mut Batches<P>,
        release: &mut Option<Release>,
        ask: fn(&mut Batches<P>, Duration) -> A,
    ) -> PyResult<A> {
        let Some(release) = release else { return Ok(ask(stream, PATIENCE)) };
        if !release.is_long() {
            let answer = release.run(py, || ask(stream, Duration::ZERO));
            if !answer.is_pending() {
                return Ok(answer);
            }
            self.check_process()?;
            return Ok(py.detach(|| ask(stream, PATIENCE)));
        }
        self.check_process()?;
        Ok(release.run(py, || ask(stream, PATIENCE)))
    }

    /// The counts for who asks while they cannot be had from the stream.
    fn keep_counts(&self, counts: Counts) {
        *self.waiting_stats.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }

    /// The name of the input, if it has one.
    pub(crate) const fn name(&self) -> Option<&InputName> {
        self.name.as_ref()
    }

    pub(crate) fn counts(&self, py: Python<'_>) -> Counts {
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
    /// If what the quarantine held back could not be written. If it had no room at the moment, another
    /// call goes on.
    pub(crate) fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.born.is_in_another_process() {
            return Ok(());
        }
        self.closing.store(true, Ordering::Release);
        if let Ok(mut open) = self.open.try_enter(py) {
            open.will_be_observed();
            open.handle = None;
            let (counts, finished) = Self::finish(py, &mut open);
            if let Some(counts) = counts {
                self.keep_counts(counts);
            }
            return finished;
        }
        Ok(())
    }

    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.held.iter().filter_map(Weak::upgrade).try_for_each(|object| object.visit(visit))
    }

    pub(crate) fn clear(&self) {
        self.held.iter().filter_map(Weak::upgrade).for_each(|object| object.clear());
    }
}

impl<T: Send, P: Project> Drop for Driver<T, P> {
    /// In the child of a fork the other side of the stream is not there, and may have been holding
    /// a lock when it vanished: then the stream is left alone. Elsewhere nobody is there any more to
    /// be told that the quarantine could not be written, but `sys.unraisablehook`.
    fn drop(&mut self) {
        let open = self.open.get_mut();
        let stream = open.stream.take().or_else(|| open.unwritten.take());
        if self.born.is_in_another_process() {
            mem::forget(stream);
        } else if let Some(mut stream) = stream
            // A file object is its owner's, and may be closed by now.
            && stream.has_quarantine_files()
        {
            // Where the interpreter is gone nobody answers signals, and there is no hook either.
            Python::try_attach(|py| {
                let _aside = Aside::set(py);
                if let Err(error) = py.detach(|| stream.finish()) {
                    io_exception(py, error).write_unraisable(py, None);
                }
            });
        }
    }
}
