//! The way of the records through the edits.

use super::{difference::Differences, summary::Summary};
use crate::{
    cli::{
        failure::Failure,
        inputs::{Input, Inputs},
        record_writer::RecordWriter,
        records::{Run, report_batch},
        refusal::Refusal,
        session::Session,
    },
    edit::{EditRefusal, Edited, Edits},
    encoding::TextOptions,
    format::Beside,
    parse::{BatchRecord, Parsed, Project, Stats},
    pipeline::Limits,
    record::{AsRecord, Field, Leader, Record, Sealed},
};
use std::{any::Any, ops::ControlFlow, sync::Arc};

/// The edits and their effects so far.
pub(super) struct Editor {
    edits: Arc<Edits>,
    text: TextOptions,
    summary: Summary,
    /// The differences to show, if nothing is written.
    differences: Option<Differences>,
}

/// The end of one input.
pub(super) struct Ended {
    pub(super) stats: Stats,
    /// Number of records that are not written, or not whole, although they are not damaged.
    pub(super) lossy: u64,
}

impl Editor {
    pub(super) fn new(
        edits: Arc<Edits>,
        text: TextOptions,
        differences: Option<Differences>,
    ) -> Self {
        let summary = Summary::new(edits.edits().len());
        Self { edits, text, summary, differences }
    }

    /// Returns true if nothing is written.
    pub(super) const fn is_dry(&self) -> bool {
        self.differences.is_some()
    }

    /// Returns the effects so far.
    pub(super) const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Takes back effects, because the file was not replaced.
    pub(super) fn set_summary(&mut self, summary: Summary) {
        self.summary = summary;
    }

    /// Edits the records of an input, and writes all of them. Adds what it has beside the records to
    /// `beside`. Returns `None` if the input cannot be opened, which is reported.
    ///
    /// # Errors
    /// Returns errors of the output and the quarantine; for a strict command also the first fault,
    /// and the first record that cannot be edited.
    pub(super) fn edit(
        &mut self,
        inputs: &Inputs,
        input: &Input,
        writer: &mut RecordWriter,
        mut beside: Option<&mut Beside>,
        session: &mut Session,
    ) -> Result<Option<Ended>, Failure> {
        let Some(reader) = inputs.open(input, session)? else { return Ok(None) };
        // Records of a pipe are passed on as they arrive.
        let may_wait = reader.stats().total_bytes.is_none();
        let is_strict = inputs.is_strict();
        let (mut has_begun, mut lossy) = (false, 0);
        let project = Editing { edits: Arc::clone(&self.edits), text: self.text };
        let mut run = Run { input, is_strict, session };
        let (_, stats) = run.batches(reader, project, |batch, outcomes, format, session| {
            if !has_begun {
                writer.begin(format);
                has_begun = true;
            }
            if let Some(beside) = &mut beside {
                beside.add(format, batch.as_bytes());
            }
            let mut outcomes = outcomes.drain(..).peekable();
            let mut number = 0;
            report_batch(batch, is_strict, session, |record, session| {
                let outcome = outcomes.next_if(|(at, _)| *at == number);
                number += 1;
                let outcome = outcome.map(|(_, outcome)| outcome);
                let is_written = self.record(record, outcome, is_strict, writer, session)?;
                lossy += u64::from(!is_written);
                Ok(())
            })?;
            if may_wait {
                writer.push()?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Some(Ended { stats, lossy: lossy + writer.lossy() }))
    }

    /// Writes a record, edited or not. Returns false if it is not written.
    fn record(
        &mut self,
        record: &BatchRecord<'_>,
        outcome: Option<Outcome>,
        is_strict: bool,
        writer: &mut RecordWriter,
        session: &mut Session,
    ) -> Result<bool, Failure> {
        self.summary.count_record();
        let refusal = match outcome {
            None => None,
            Some(Err(refusal)) => Some(self.reason(&refusal)),
            Some(Ok(edited)) => match edited.record() {
                None => {
                    self.summary.count(&edited);
                    None
                }
                Some(changed) => {
                    match writer.try_write(&Changed { changed, record }, record.notes())? {
                        Ok(()) => {
                            self.summary.count(&edited);
                            if let Some(differences) = &mut self.differences {
                                differences.show(record, changed)?;
                            }
                            return Ok(true);
                        }
                        Err(error) => Some(error.to_string()),
                    }
                }
            },
        };
        if let Some(reason) = refusal {
            let refusal = Refusal::new(record, reason, "not edited");
            if is_strict {
                return Err(Failure::Refused(refusal.to_string()));
            }
            self.summary.count_refused();
            session.refused(&refusal);
        }
        writer.write(record, session)
    }

    /// Returns the reason why a record cannot be edited, with the edit.
    fn reason(&self, refusal: &EditRefusal) -> String {
        match refusal.edit().and_then(|nth| self.edits.edits().get(nth)) {
            Some(edit) => format!("{edit}: {refusal}"),
            None => refusal.to_string(),
        }
    }

    /// Reports the effects of all edits. `has_headline` says that the numbers of records were
    /// reported.
    ///
    /// # Errors
    /// Returns errors of the output of the differences.
    pub(super) fn end(self, has_headline: bool, session: &mut Session) -> Result<(), Failure> {
        session.console.clear();
        let is_dry = self.is_dry();
        if let Some(differences) = self.differences {
            differences.commit()?;
        }
        self.summary.report(self.edits.edits(), has_headline, is_dry, session);
        Ok(())
    }
}

/// An edited record, or the reason why a record cannot be edited.
type Outcome = Result<Edited, EditRefusal>;

/// The projection that applies the edits.
#[derive(Debug, Clone)]
struct Editing {
    edits: Arc<Edits>,
    text: TextOptions,
}

impl Project for Editing {
    /// The records on which an edit has an effect, by their numbers in the batch.
    type Output = Vec<(usize, Outcome)>;

    fn run(&self, batch: &Parsed<'_>, outcomes: &mut Self::Output) {
        outcomes.clear();
        for (number, record) in batch.records().enumerate() {
            let outcome = self.edits.apply(&record, record.text(self.text));
            let has_effect = match &outcome {
                Ok(edited) => edited.applied().iter().any(|applied| applied.found() > 0),
                Err(_) => true,
            };
            if has_effect {
                outcomes.push((number, outcome));
            }
        }
    }

    fn limits(&self) -> Limits {
        Limits::expensive()
    }
}

/// A changed record, with the text options of the record that was read.
struct Changed<'a, 'b> {
    changed: &'a Record,
    record: &'a BatchRecord<'b>,
}

impl Sealed for Changed<'_, '_> {}

impl AsRecord for Changed<'_, '_> {
    fn leader(&self) -> Leader<'_> {
        self.changed.leader()
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        AsRecord::fields(self.changed)
    }

    fn as_iso2709(&self) -> Option<&[u8]> {
        None
    }

    fn text_options(&self) -> Option<&dyn Any> {
        self.record.text_options()
    }
}
