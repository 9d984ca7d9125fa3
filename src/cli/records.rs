//! The way of a command through the records of its inputs.

use super::{
    failure::{Failure, is_unread},
    inputs::{Input, Inputs, is_of_quarantine},
    session::Session,
};
use crate::{
    error::Error,
    format::Format,
    parse::{Batch, BatchRecord, Item, Project, Stats},
    reader::Reader,
};
use std::{ops::ControlFlow, path::Path};

/// Either the next record, or the end of the command's reading.
pub(super) type Flow = Result<ControlFlow<()>, Failure>;

/// The work of a command on each record, and on what a projection makes of its batch.
pub(super) trait Visit<P: Project = ()> {
    /// Prepares for records of an input in this format.
    ///
    /// # Errors
    /// Returns the failure that ends the command.
    fn begin(&mut self, input: &Input, format: Format) -> Result<(), Failure> {
        let _ = (input, format);
        Ok(())
    }

    /// Takes what the projection made of the records that follow.
    fn projected(&mut self, output: &mut P::Output) {
        let _ = output;
    }

    /// Takes a record. A break ends the reading of all inputs.
    ///
    /// # Errors
    /// Returns the failure that ends the command.
    fn record(&mut self, record: &BatchRecord<'_>, session: &mut Session) -> Flow;

    /// Takes a damaged span. By default it is only reported.
    ///
    /// # Errors
    /// Returns the failure that ends the command.
    fn fault(&mut self, error: &Error, session: &mut Session) -> Flow {
        session.fault(error);
        Ok(ControlFlow::Continue(()))
    }

    /// Passes on the records taken so far, because the next may be long in coming.
    ///
    /// # Errors
    /// Returns the failure that ends the command.
    fn rest(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// Visits the records of all inputs, in their order.
///
/// # Errors
/// Returns the first failure of the visitor, of opening an input or of the quarantine; for a strict
/// command also the first fault.
pub(super) fn visit(
    inputs: &mut Inputs,
    session: &mut Session,
    visitor: &mut impl Visit,
) -> Result<(), Failure> {
    visit_projected(inputs, session, &(), visitor)
}

/// Does the same, with a projection.
///
/// # Errors
/// As [`visit`].
pub(super) fn visit_projected<P: Project>(
    inputs: &mut Inputs,
    session: &mut Session,
    project: &P,
    visitor: &mut impl Visit<P>,
) -> Result<(), Failure> {
    for input in inputs.list() {
        let Some(reader) = inputs.open(&input, session)? else { continue };
        // Records of a pipe are passed on as they arrive.
        let may_wait = reader.stats().total_bytes.is_none();
        let mut has_begun = false;
        let mut run = Run { input: &input, is_strict: inputs.is_strict(), session };
        let (flow, _) =
            run.batches(reader, project.clone(), |batch, output, format, session| {
                if !has_begun {
                    visitor.begin(&input, format)?;
                    has_begun = true;
                }
                visitor.projected(output);
                for item in batch.items() {
                    let flow = match item {
                        Item::Record(record) => {
                            session.repairs(&record);
                            visitor.record(&record, session)?
                        }
                        Item::Fault(error) if inputs.is_strict() => return Err(error.into()),
                        Item::Fault(error) => visitor.fault(&error, session)?,
                    };
                    if flow.is_break() {
                        return Ok(flow);
                    }
                }
                if may_wait {
                    visitor.rest()?;
                }
                Ok(ControlFlow::Continue(()))
            })?;
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

/// The reading of one input.
pub(super) struct Run<'a> {
    pub(super) input: &'a Input,
    pub(super) is_strict: bool,
    pub(super) session: &'a mut Session,
}

impl Run<'_> {
    /// Takes the batches of a reader, with what a projection makes of them and with the format of
    /// the input. At the end, reports what was lost.
    ///
    /// # Errors
    /// Returns the first failure of `each` and of the quarantine; for a strict command also a
    /// failure of the input.
    pub(super) fn batches<P: Project>(
        &mut self,
        reader: Reader,
        project: P,
        mut each: impl FnMut(&Batch, &mut P::Output, Format, &mut Session) -> Flow,
    ) -> Result<(ControlFlow<()>, Stats), Failure> {
        let mut batches = reader.project(project);
        let found = batches.found();
        let mut form = None;
        let mut flow = ControlFlow::Continue(());
        while flow.is_continue() {
            flow = match batches.next_batch() {
                Ok(Some((batch, output))) => {
                    // An input in which no format is recognised is read as ISO 2709.
                    let format = || form_of(found.get().unwrap_or(Format::Iso2709), batch);
                    let format = *form.get_or_insert_with(format);
                    each(batch, output, format, self.session)?
                }
                Ok(None) => break,
                Err(error) => {
                    unread(error, self.is_strict, self.session)?;
                    break;
                }
            };
        }
        let stats = batches.finish()?;
        self.session.end_input(&self.input.shown(), &stats);
        Ok((flow, stats))
    }

    /// Counts the records of a reader, and reports its faults.
    ///
    /// # Errors
    /// As [`batches`](Self::batches); for a strict command also the first fault.
    pub(super) fn count<P: Project>(
        &mut self,
        reader: Reader,
        project: P,
        mut each: impl FnMut(&Batch, &mut P::Output),
    ) -> Result<Stats, Failure> {
        let is_strict = self.is_strict;
        let ended = self.batches(reader, project, |batch, output, _, session| {
            each(batch, output);
            // Nearly every batch is undamaged, and its records are not looked at.
            if !batch.is_undamaged() {
                report_batch(batch, is_strict, session, |_, _| Ok(()))?;
            }
            Ok(ControlFlow::Continue(()))
        });
        ended.map(|(_, stats)| stats)
    }
}

/// Returns the format of an input by its first batch. Detection does not distinguish the two forms
/// of JSON, which one parser reads: an array begins with `[`.
fn form_of(format: Format, first: &Batch) -> Format {
    let text = first.as_bytes();
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text).trim_ascii_start();
    match format {
        Format::Json if text.first() == Some(&b'{') => Format::JsonLines,
        format => format,
    }
}

/// Returns the format of a file whose records are read by an index, as [`Run::batches`] states it.
pub(super) fn form_of_file(path: &Path, format: Format, inputs: &Inputs) -> Format {
    let Ok(reader) = inputs.builder().from_path(path) else { return format };
    let mut batches = reader.project(());
    match batches.next_batch() {
        Ok(Some((first, ()))) => form_of(format, first),
        _ => format,
    }
}

/// Reports the bad spans and the repairs of a batch, and calls `each` with every record.
///
/// # Errors
/// Returns the first failure of `each`; for a strict command also the first fault.
pub(super) fn report_batch(
    batch: &Batch,
    is_strict: bool,
    session: &mut Session,
    mut each: impl FnMut(&BatchRecord<'_>, &mut Session) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for item in batch.items() {
        match item {
            Item::Record(record) => {
                session.repairs(&record);
                each(&record, session)?;
            }
            Item::Fault(error) if is_strict => return Err(error.into()),
            Item::Fault(error) => session.fault(&error),
        }
    }
    Ok(())
}

/// Reports an error in the place of the rest of an input. The next input follows.
///
/// # Errors
/// Returns the failure if the command is strict, or if it is the quarantine that failed.
pub(super) fn unread(error: Error, is_strict: bool, session: &mut Session) -> Result<(), Failure> {
    match is_unread(&error) && !is_of_quarantine(&error) {
        true => session.unread(error, is_strict),
        false => Err(error.into()),
    }
}
