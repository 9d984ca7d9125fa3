//! How a writer ends: closed, given up, or forgotten.

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

/// Whether the program ends because of an exception that nobody caught.
static IS_FAILED: AtomicBool = AtomicBool::new(false);

/// To be called when the interpreter ends, and an uncaught exception is the reason: what writers have
/// written that nobody closed is half of something.
pub(crate) fn end_by_exception() {
    IS_FAILED.store(true, Ordering::Relaxed);
}

impl Writer {
    /// Ends the document: at once, or as soon as who is inside leaves. Returns what became of a path
    /// whose document was given up. In the child of a fork nothing happens.
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
                    // Unless who was inside has left just now.
                    if let Ok(output) = self.output.try_enter(py) {
                        self.end_inside(py, output, ending)?;
                    }
                    Err(raised)
                }
            },
        }
    }

    /// Ends after an exception, which is told what became of the path.
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
        // First, and without keeping others out: the target may be the file that is read, and is
        // replaced only when everything that is not in it is safe.
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
    /// A writer that nobody closed is closed: its output would be gone otherwise. But where an
    /// exception is on its way, or has ended the program, it is half of something. Nobody is there any
    /// more to be told of an error, but `sys.unraisablehook`.
    fn drop(&mut self) {
        let is_of_parent = self.is_of_parent();
        let output = self.output.get_mut();
        if is_of_parent {
            // Another thread may have been in the middle of it when the process was copied.
            let closed = WriterState::new(Output::Closed, Document::new(self.format, self.options));
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

/// Tells what became of a path whose document was given up: in a note on the exception; in the log, of
/// one that nobody is shown.
fn tell(raised: &Bound<'_, PyAny>, outcome: &str) -> PyResult<()> {
    let py = raised.py();
    let message = format!("tidemarc: {outcome}: an exception ended the writing");
    let is_silent =
        raised.is_instance_of::<PySystemExit>() || raised.is_instance_of::<PyGeneratorExit>();
    if is_silent {
        return log(py, &message);
    }
    // An object that takes no notes is no exception, and nobody's to be told of.
    let _ = raised.call_method1("add_note", (message,));
    Ok(())
}
