//! Every fault of a batch, in the order of the input: for `check` and for reports.

use crate::{
    error::Error,
    parse::Batch,
    stream::{NextEntry, Stream},
};
use std::{io, sync::Arc, vec::Vec};

/// Takes the rest of the stream's current batch, and calls `found` with each fault: bad spans,
/// repairs, unusual data, undecodable text, content that formats cannot hold. The index is that of
/// the record in the batch, if the fault is in one.
///
/// # Errors
/// If the quarantine cannot be written.
pub(super) fn scan_batch(
    stream: &mut Stream,
    mut found: impl FnMut(&Batch, Option<usize>, Error),
) -> io::Result<()> {
    let Some(batch) = stream.current().map(Arc::clone) else { return Ok(()) };
    let begin = stream.offset();
    let is_ahead = |fault: &Error, end| fault.offset().is_some_and(|offset| offset < end);
    let in_padding = batch.passed_over().into_iter();
    let mut in_padding = in_padding.filter(|fault| !is_ahead(fault, begin)).peekable();
    while let Some(step) = stream.step_in_batch() {
        let (at, faults) = match step {
            NextEntry::Record(at) => (at, faults_of(&batch, at)),
            NextEntry::Fault(at) => (at, stream.error(at).into_iter().collect()),
            NextEntry::Failed(error) => return Err(error),
            NextEntry::Pending | NextEntry::End => continue,
        };
        if in_padding.peek().is_some() {
            let offset = batch.offset_of(&batch.entries()[at]);
            while let Some(fault) = in_padding.next_if(|fault| is_ahead(fault, offset)) {
                found(&batch, None, fault);
            }
        }
        let record = matches!(step, NextEntry::Record(_)).then_some(at);
        faults.into_iter().for_each(|fault| found(&batch, record, fault));
    }
    // A fault may have ended the stream inside the batch.
    let end = stream.offset();
    in_padding.filter(|fault| is_ahead(fault, end)).for_each(|fault| found(&batch, None, fault));
    Ok(())
}

/// Returns the faults of a record.
fn faults_of(batch: &Batch, at: usize) -> Vec<Error> {
    let mut faults = batch.faults_of(at);
    faults.extend(super::formats::unheld(batch, at));
    faults.extend(batch.undecodable(at));
    faults
}
