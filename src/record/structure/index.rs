//! The index of the fields of one record.

use super::{FieldSpan, Survey, entries};
use crate::record::{
    ErrorKind, FIELD_TERMINATOR, Fault, LEADER_LENGTH, MIN_BASE_ADDRESS, digits::number,
    leader::BASE_ADDRESS,
};
use std::vec::Vec;

/// Makes the checks of [`check_fields`](super::check_fields) that come after the leader, and
/// appends one span for each field to `index`, in the order of the directory. The framer has
/// already proved the leader and the terminators of the record.
///
/// # Errors
/// Returns the first entry at fault; `index` is then unchanged.
#[inline]
pub(crate) fn index_fields(record: &[u8], index: &mut Vec<FieldSpan>) -> Result<(), Fault> {
    let base = number(&record[BASE_ADDRESS])
        .filter(|base| (MIN_BASE_ADDRESS..record.len()).contains(base));
    let Some(base) = base else { return Err(Fault::new(ErrorKind::BaseAddress)) };
    let entries = entries(record, base);
    let before = index.len();
    let mut survey = Survey::new(record, base);
    // `extend` knows the length in advance: one reservation for each record, no check for each
    // field.
    index.extend(entries.iter().map(|entry| survey.add(entry)));
    let verdict = survey.verdict(record, base);
    if verdict.is_err() {
        index.truncate(before);
    }
    verdict
}

/// Returns the offset after the first 0x1E, which ends the directory of a damaged record.
pub(crate) fn directory_end(record: &[u8]) -> Option<usize> {
    let after = record.get(LEADER_LENGTH..)?;
    memchr::memchr(FIELD_TERMINATOR, after).map(|length| LEADER_LENGTH + length + 1)
}
