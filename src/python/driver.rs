//! The common part of both readers: batches of a stream, waiting, closing, forks.

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
    stream::{Batches, Quarantine},
};
use answer::Answer;
pub(crate) use answer::{next_batch, next_step};
pub(crate) use born::{Born, after_fork, of_parent};
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

/// Message of the `RuntimeError` on re-entrant use.
pub(crate) const REENTRANT: &str =
    "the reader was called again from inside its own read, log or signal handler";

/// The state that a thread inside may use.
pub(crate) struct Open<T, P: Project = ()> {
    /// `None` once closed.
    pub(crate) stream: Option<Batches<P>>,
    /// A closed stream whose quarantine has not taken everything yet; the next `close()` continues.
    unwritten: Option<Batches<P>>,
    /// The current batch as Python's records hold it.
    handle: Option<Py<BatchHandle>>,
    /// The decision to release the GIL for a step. `None` if reading calls Python code, which makes
    /// that decision itself.
    release: Option<Release>,
    /// True if the reader was closed while the thread that is inside now waited to enter.
    closed_meanwhile: bool,
    /// State of the particular reader.
    pub(crate) own: T,
}

impl<T, P: Project> Open<T, P> {
    /// Returns the current batch, in the form that records hold.
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

/// A stream that several threads may use, one at a time.
pub(crate) struct Driver<T: Send, P: Project = ()> {
    open: Exclusive<Open<T, P>>,
    /// Set by a `close()` that finds another thread inside; that thread then closes the reader.
    closing: AtomicBool,
    /// The counts at the start of the last wait, and the name of the input, for other threads that
    /// read them during the wait.
    waiting: Mutex<(Counts, Option<InputName>)>,
    /// The path as the caller passed it, for errors; see [`Opened`].
    filename: Option<Py<PyAny>>,
    /// The name of the whole, for messages.
    title: Option<InputName>,
    /// The Python objects that the stream holds, for the garbage collector.
    held: Vec<Weak<Visited>>,
    /// The process and the fork in which the reader was made.
    born: Born,
}

impl<T: Send, P: Project> Driver<T, P> {
    pub(crate) fn new(opened: Opened<P>, own: T) -> Self {
        let Opened { stream, filename, held, release, .. } = opened;
        let waiting = Mutex::new((stream.stats(), stream.name().cloned()));
        let title = stream.title();
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
            waiting,
            filename,
            title,
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

    /// Waits until the other thread leaves, and enters. A `close()` meanwhile ends this wait and
    /// that of the thread inside.
    #[cold]
    fn enter_late<'a>(&'a self, py: Python<'a>) -> PyResult<Guard<'a, Open<T, P>>> {
        self.check_process()?;
        let was_closed = self.is_closing();
        let mut open = self.open.enter(py)?;
        open.closed_meanwhile = !was_closed && open.stream.is_none();
        Ok(open)
    }

    /// Checks, before a wait, that the threads it waits for are in this process.
    ///
    /// # Errors
    /// In a child of the process that made the reader.
    fn check_process(&self) -> PyResult<()> {
        if self.born.is_in_another_process() { Err(of_parent()) } else { Ok(()) }
    }

    /// Leaves the reader with this outcome, and closes it if another thread requested that
    /// meanwhile.
    ///
    /// # Errors
    /// See [`close`](Self::close).
    #[cold]
    pub(crate) fn leave<R>(
        &self,
        py: Python<'_>,
        open: Guard<'_, Open<T, P>>,
        outcome: PyResult<R>,
    ) -> PyResult<R> {
        drop(open);
        if self.is_closing() {
            // If the stream is closed already, the next `close()` writes the rest of its
            // quarantine.
            let is_open = self.open.try_enter(py).is_ok_and(|open| open.stream.is_some());
            if is_open {
                self.close(py)?;
            }
        }
        outcome
    }

    /// Returns true if the reader is closed, or will be as soon as the thread inside leaves.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Ends the stream, or continues to write the quarantine of a closed one. Also returns the
    /// counts of the stream.
    fn finish(py: Python<'_>, open: &mut Guard<'_, Open<T, P>>) -> (Option<Counts>, PyResult<()>) {
        let stream = open.stream.take().or_else(|| open.unwritten.take());
        let Some(mut stream) = stream else { return (None, Ok(())) };
        let writes = writes_files(&stream);
        let end = move || {
            stream.stop();
            let finished = stream.finish();
            // If there was no room, or a signal handler raised, the rest is kept for the next call.
            let counts = stream.stats();
            let rest = finished.as_ref().is_err_and(Quarantine::is_delay).then_some(stream);
            (finished, counts, rest)
        };
        // Without files to write there is no wait: the threads end on their own.
        let (finished, counts, rest) = if writes { py.detach(end) } else { end() };
        open.unwritten = rest;
        (Some(counts), finished.map_err(|error| io_exception(py, error)))
    }

    /// Makes the exception for a source that failed.
    pub(crate) fn failure(&self, py: Python<'_>, error: io::Error) -> PyErr {
        file_exception(py, error, self.filename.as_ref().map(|name| name.clone_ref(py)))
    }

    /// Polls the stream until it answers. While it waits it releases the GIL, and lets signal
    /// handlers run.
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
        self.keep_counts(stream);
        // The old batch is filled again once no record holds it.
        open.handle = None;
        loop {
            if self.is_closing() {
                // An answer that came meanwhile is not delivered and not counted.
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
            // The reader was closed meanwhile: the answer is dropped.
        }
    }

    /// Polls the stream once. The GIL is kept for an answer that is ready, and released for a wait.
    /// A source that calls Python code makes that decision itself.
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

    /// Keeps the counts for other threads that read them while a thread is inside.
    fn keep_counts(&self, stream: &Batches<P>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.0 = stream.stats();
        // The only input keeps its name.
        if stream.has_inputs() {
            waiting.1 = stream.name().cloned();
        }
    }

    /// Returns the name of the whole: that of the input, or the number of the inputs.
    pub(crate) const fn title(&self) -> Option<&InputName> {
        self.title.as_ref()
    }

    /// Returns the name of the current input, if it has one.
    pub(crate) fn name(&self, py: Python<'_>) -> Option<InputName> {
        if let Ok(open) = self.open.try_enter(py)
            && let Some(stream) = &open.stream
        {
            return stream.name().cloned();
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Returns the counts of the stream; if another thread is inside, those at the start of its
    /// wait.
    pub(crate) fn counts(&self, py: Python<'_>) -> Counts {
        match self.open.try_enter(py) {
            Ok(open) => {
                if let Some(stream) = &open.stream {
                    return stream.stats();
                }
            }
            Err(Refusal::Reentrant | Refusal::Busy) => {}
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Stops reading and releases the source.
    ///
    /// # Errors
    /// If the buffered bytes of the quarantine cannot be written. If there was only no room at the
    /// moment, the next call continues.
    pub(crate) fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.born.is_in_another_process() {
            return Ok(());
        }
        self.closing.store(true, Ordering::Release);
        if let Ok(mut open) = self.open.try_enter(py) {
            open.will_be_observed();
            open.handle = None;
            if let Some(stream) = &open.stream {
                self.keep_counts(stream);
            }
            let (counts, finished) = Self::finish(py, &mut open);
            if let Some(counts) = counts {
                self.waiting.lock().unwrap_or_else(PoisonError::into_inner).0 = counts;
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
    /// Ends the stream. In the child of a fork the stream's threads do not exist, and one may have
    /// held a lock at the fork: there the stream is not touched. An error of the quarantine can
    /// only go to `sys.unraisablehook`.
    fn drop(&mut self) {
        let open = self.open.get_mut();
        let stream = open.stream.take().or_else(|| open.unwritten.take());
        if self.born.is_in_another_process() {
            mem::forget(stream);
        } else if let Some(mut stream) = stream
            // A file object belongs to the caller, who may have closed it by now.
            && writes_files(&stream)
        {
            // Without an interpreter there are no signal handlers and no hook.
            Python::try_attach(|py| {
                let _aside = Aside::set(py);
                if let Err(error) = py.detach(|| stream.finish()) {
                    io_exception(py, error).write_unraisable(py, None);
                }
            });
        }
    }
}

/// Returns true if the stream has a quarantine at a path.
fn writes_files<P: Project>(stream: &Batches<P>) -> bool {
    stream.quarantine.as_ref().is_some_and(|quarantine| quarantine.files.is_some())
}
