//! The end of a writer: closed, abandoned after an exception, or dropped.

use super::{
    OPEN, Writer,
    output::{Ending, Output, WriterState},
};
use crate::{
    format::Document,
    python::{
        args::on_fault::log,
        gil::{
            aside::Aside,
            exclusive::{Guard, Refusal},
        },
    },
};
use pyo3::{
    exceptions::{PyGeneratorExit, PySystemExit},
    prelude::*,
};
use std::{
    mem,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// True once the program ends by an uncaught exception.
static IS_FAILED: AtomicBool = AtomicBool::new(false);

/// Marks the program as ended by an uncaught exception. A writer that is still open then holds an
/// incomplete document.
pub(crate) fn end_by_exception() {
    IS_FAILED.store(true, Ordering::Relaxed);
}

impl Writer {
    /// Ends the document, at once or as soon as the thread inside leaves. If the document of a path
    /// is abandoned, returns the resulting state of the path in words. Does nothing in the child of
    /// a fork.
    pub(crate) fn end(&self, py: Python<'_>, ending: Ending) -> PyResult<Option<String>> {
        if self.is_of_parent() {
            return Ok(None);
        }
        let later = || self.closing.store(ending as u8 + 1, Ordering::Release);
        match self.output.try_enter(py) {
            Ok(output) => self.end_inside(py, output, ending),
            Err(Refusal::Reentrant) => {
                later();
                Ok(None)
            }
            Err(Refusal::Busy) => match self.output.enter(py) {
                Ok(output) => self.end_inside(py, output, ending),
                Err(raised) => {
                    later();
                    // The thread inside may have left just now.
                    if let Ok(output) = self.output.try_enter(py) {
                        self.end_inside(py, output, ending)?;
                    }
                    Err(raised)
                }
            },
        }
    }

    /// Ends after an exception, which receives the resulting state of the path as a note.
    pub(super) fn give_up(
        &self,
        py: Python<'_>,
        raised: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        match (self.end(py, Ending::Abandon)?, raised) {
            (Some(outcome), Some(raised)) => tell(raised, &outcome),
            _ => Ok(()),
        }
    }

    fn end_inside(
        &self,
        py: Python<'_>,
        mut output: Guard<'_, WriterState>,
        ending: Ending,
    ) -> PyResult<Option<String>> {
        output.will_be_observed();
        self.closing.store(OPEN, Ordering::Release);
        let Some(diverted) = self.diverted.get() else {
            return output.close(py, &self.object, ending);
        };
        // The diverted records come first, and with no thread inside. The target may be the file
        // that is read: it is replaced only when the records that it lacks are safe.
        output.seal();
        drop(output);
        let diverted = diverted.get().end(py, ending);
        let ending = if diverted.is_ok() { ending } else { Ending::Abandon };
        let mut output = self.output.enter(py)?;
        output.will_be_observed();
        let ended = output.close(py, &self.object, ending);
        diverted.and(ended)
    }
}

impl Drop for Writer {
    /// Closes a writer that the program did not close, since its output would be lost. While an
    /// exception is pending, or after one has ended the program, the document is incomplete and is
    /// abandoned. An error can only go to `sys.unraisablehook`.
    fn drop(&mut self) {
        let is_of_parent = self.is_of_parent();
        let output = self.output.get_mut();
        if is_of_parent {
            // Another thread may have been inside at the fork.
            let closed =
                WriterState::new(Output::Closed, Document::new(self.format, self.options), None);
            mem::forget(mem::replace(output, closed));
            return;
        }
        Python::attach(|py| {
            let aside = Aside::set(py);
            let is_failed =
                aside.is_pending() || thread::panicking() || IS_FAILED.load(Ordering::Relaxed);
            let ending = if is_failed { Ending::Abandon } else { Ending::Commit };
            if let Err(error) = output.close_forgotten(py, &self.object, ending) {
                error.write_unraisable(py, None);
            }
        });
    }
}

/// Reports the state of a path whose document was abandoned: in a note on the exception, or in the
/// log if Python does not show that exception.
fn tell(raised: &Bound<'_, PyAny>, outcome: &str) -> PyResult<()> {
    let py = raised.py();
    let message = format!("tidemarc: {outcome}: an exception ended the writing");
    let is_silent =
        raised.is_instance_of::<PySystemExit>() || raised.is_instance_of::<PyGeneratorExit>();
    if is_silent {
        return log(py, &message);
    }
    // An object without `add_note` is not an exception, so nobody reads its notes.
    let _ = raised.call_method1("add_note", (message,));
    Ok(())
}
