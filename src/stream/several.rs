//! Streams of several inputs: the border between two of them, and an input that is given up.

use super::batches::Batches;
use crate::{
    error::{Error, InputName},
    parse::Project,
    record::Severity,
    source::{InUse, Inputs},
};
use std::{format, sync::Arc};

impl<P: Project> Batches<P> {
    /// Sets the inputs, which the source reads one after the other.
    pub(crate) fn of_inputs(mut self, inputs: Arc<Inputs>) -> Self {
        let files = inputs.all.iter().filter_map(|input| input.file.clone());
        self.files = files.map(InUse::reading).collect();
        self.stats.inputs = inputs.all.len() as u64;
        self.engine.set_inputs(inputs);
        self
    }

    /// Returns true if there are several inputs. A fatal fault then ends only its own.
    pub(crate) const fn has_inputs(&self) -> bool {
        self.engine.inputs.is_some()
    }

    /// Returns true if an error ends everything, even if faults are skipped.
    pub(crate) fn is_end(&self, error: &Error) -> bool {
        error.severity() == Severity::Fatal && !self.has_inputs()
    }

    /// Returns the name of the whole: that of the input, or the number of the inputs.
    pub(crate) fn title(&self) -> Option<InputName> {
        match self.stats.inputs {
            0 | 1 => self.name().cloned(),
            inputs => Some(format!("{inputs} files").as_str().into()),
        }
    }

    /// Returns the end of the last item delivered, in bytes from the start of its input.
    pub(crate) fn offset(&self) -> u64 {
        self.input.offset(self.stats().position())
    }

    /// Ends the current input before its end: the next one follows, if there are several.
    pub(super) fn give_up_input(&mut self) {
        if !self.has_inputs() {
            return self.cut_short();
        }
        self.stats.unfinished += 1;
        (self.cut_short, self.goes_on) = (true, true);
        self.input.give_up();
        self.engine.give_up_input();
    }

    /// Counts the inputs before the one with this index that were shorter than in the beginning.
    pub(super) fn leave_input(&mut self, next: u32) {
        if let Some(inputs) = &self.engine.inputs {
            self.stats.unfinished += self.input.leave(self.stats.position(), inputs, next);
        }
    }
}
