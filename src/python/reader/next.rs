//! The next item of a reader: a record, a fault in its place, an exception, or the end.

use super::Reader;
use crate::{
    error::Error,
    python::{
        args::on_fault::OnFault,
        batch_handle::BatchHandle,
        driver::{Open, REENTRANT, next_step},
        faults::errors::to_exception,
        gil::exclusive::Guard,
        record::Record,
    },
    record::Severity,
    stream::{NextEntry, Stream},
};
use pyo3::{
    exceptions::{PyRuntimeError, PyStopIteration},
    prelude::*,
};

/// The next item of a reader.
enum NextItem {
    Record(Py<BatchHandle>, usize),
    Fault(Error),
    Raise(PyErr),
    End,
}

impl Reader {
    #[inline]
    pub(super) fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
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
                NextItem::Record(batch, at) => {
                    let record = Bound::new(py, Record::of_batch(batch, at))?;
                    if self.losses.are_told() {
                        self.tell_losses(&record)?;
                    }
                    return Ok(Some(record.into_any()));
                }
                // A fault that ends the stream is raised, unless faults are returned.
                NextItem::Fault(error)
                    if error.severity() == Severity::Fatal
                        && !self.has_inputs
                        && !matches!(self.on_fault, OnFault::Yield) =>
                {
                    return Err(to_exception(py, &error));
                }
                NextItem::Fault(error) => {
                    if let Some(item) = self.outside(|| self.on_fault.meet(py, error))? {
                        return Ok(Some(item));
                    }
                    // The function or the log handler may have closed the reader.
                    if self.driver.is_closing() {
                        return self.say_how_much_was_skipped(py).map(|()| None);
                    }
                    // The log or the function may run no Python code, so no signal handlers.
                    passed_over += 1;
                    if passed_over.is_multiple_of(256) {
                        py.check_signals()?;
                    }
                }
                NextItem::Raise(error) => return Err(error),
                NextItem::End => return self.say_how_much_was_skipped(py).map(|()| None),
            }
        }
    }

    #[inline]
    fn advance(&self, py: Python<'_>) -> PyResult<NextItem> {
        let mut open = self.driver.enter(py)?;
        if self.has_quarantine {
            open.will_be_observed();
        }
        let outcome = match open.stream.as_mut().and_then(Stream::step_in_batch) {
            Some(step) => self.outcome(py, &mut open, step),
            None => return self.advance_batch(py, open),
        };
        if self.has_quarantine {
            return self.driver.leave(py, open, outcome);
        }
        outcome
    }

    #[cold]
    fn advance_batch(&self, py: Python<'_>, mut open: Guard<'_, Open<()>>) -> PyResult<NextItem> {
        let outcome = match self.driver.wait(py, &mut open, next_step) {
            Ok(step) => self.outcome(py, &mut open, step),
            Err(error) => Ok(NextItem::Raise(error)),
        };
        self.driver.leave(py, open, outcome)
    }

    #[inline]
    fn outcome(
        &self,
        py: Python<'_>,
        open: &mut Guard<'_, Open<()>>,
        step: NextEntry,
    ) -> PyResult<NextItem> {
        match step {
            NextEntry::Record(at) => {
                let handle = open.handle(py)?;
                Ok(handle.map_or(NextItem::End, |handle| NextItem::Record(handle, at)))
            }
            NextEntry::Fault(at) => {
                let error = open.stream.as_ref().and_then(|stream| stream.error(at));
                Ok(error.map_or(NextItem::End, NextItem::Fault))
            }
            NextEntry::Failed(error) => Ok(NextItem::Raise(self.driver.failure(py, error))),
            NextEntry::End | NextEntry::Pending => Ok(NextItem::End),
        }
    }
}

/// Converts a `StopIteration` of a source, a log handler or a signal handler to a `RuntimeError`,
/// as a generator does (PEP 479). It would end a `for` loop as if the input had ended.
#[cold]
pub(super) fn no_false_end(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyStopIteration>(py) {
        return error;
    }
    let raised = PyRuntimeError::new_err("the source or a handler raised StopIteration");
    raised.set_cause(py, Some(error));
    raised
}
