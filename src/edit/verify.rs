//! The check that an edited record is read in the encoding in which it was edited.

use super::RefusalKind;
use crate::{
    encoding::{CodedData, Encoding, RecordText, TextOptions},
    record::{AsRecord, Record},
};

/// Checks that every field of an edited record has the same text for a reader that detects its
/// encoding, and for one that believes leader/09 if an edit has set it.
///
/// # Errors
/// Fails if a field would be misread.
pub(super) fn check(
    original: &impl AsRecord,
    rule: RecordText,
    edited: &Record,
) -> Result<(), RefusalKind> {
    // The user knows better than the record.
    if rule.named().is_some() {
        return Ok(());
    }
    let (decode, leader) = (rule.decode_options(), edited.leader());
    let is_unimarc = || CodedData::find(AsRecord::fields(edited)).is_some();
    if leader.coding_scheme() != original.leader().coding_scheme() && !is_unimarc() {
        let stated = RecordText::new(Encoding::of(leader), true, decode);
        if !reads_alike(original, rule, edited, stated) {
            return Err(RefusalKind::CodingScheme);
        }
    }
    let detected = RecordText::of(edited, TextOptions::new().decode(decode));
    if detected.encoding() != rule.encoding() && !reads_alike(original, rule, edited, detected) {
        return Err(RefusalKind::Misread);
    }
    Ok(())
}

/// Returns true if two rules find the same text in every field. `rule` is for fields like those of
/// the original.
fn reads_alike(
    original: &impl AsRecord,
    rule: RecordText,
    edited: &Record,
    other: RecordText,
) -> bool {
    let mut fields = AsRecord::fields(edited).filter(|field| !field.as_bytes().is_ascii());
    fields.all(|field| match (rule.field(original, field), other.field(edited, field)) {
        (Ok(text), Ok(same)) => text == same,
        (Err(_), Err(_)) => true,
        _ => false,
    })
}
