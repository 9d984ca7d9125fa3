//! Unusual but harmless data in a delivered record, whether its structure is sound or was repaired.

use super::{
    DIRECTORY_ENTRY_LENGTH, ErrorKind, FIELD_TERMINATOR, Fault, Field, RECORD_TERMINATOR,
    RecordRef, SUBFIELD_DELIMITER, Tag,
    field::indicator_ends,
    leader::{COUNTS, ENTRY_MAP, wide_leader},
};
use memchr::{memchr, memchr_iter, memchr2};
use std::ops::Range;

/// A fault that is unusual but harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnusualFault {
    pub(crate) fault: Fault,
    /// The tag of the field, if it is in a field.
    pub(crate) field: Option<Tag>,
    /// The bytes that are unusual, in bytes from the start of the record.
    pub(crate) location: Range<usize>,
    /// The number of times that it occurs in the field; the location is that of the first.
    pub(crate) times: usize,
}

/// Reports everything that is unusual, in the order of the fields. The entry of a fault is the
/// ordinal of its field.
pub(crate) fn unusual_faults(record: RecordRef<'_>, mut report: impl FnMut(UnusualFault)) {
    let wide = wide_leader(record.as_bytes()).map(|wide| wide.bytes);
    let leader = wide.as_ref().unwrap_or(record.leader().as_bytes());
    for (kind, place, usual) in
        [(ErrorKind::LeaderCounts, COUNTS, &b"22"[..]), (ErrorKind::EntryMap, ENTRY_MAP, b"4500")]
    {
        if leader[place.clone()] != *usual {
            report(UnusualFault {
                fault: Fault::new(kind),
                field: None,
                location: place,
                times: 1,
            });
        }
    }
    for (ordinal, field) in (1..).zip(record.fields()) {
        let bytes = field.as_bytes();
        let start = record.offset_of(bytes);
        if field.tag().is_odd() {
            report(UnusualFault {
                fault: Fault::in_entry(ErrorKind::Tag, ordinal),
                field: Some(field.tag()),
                location: place_of_tag(record, ordinal, field.tag()),
                times: 1,
            });
        }
        let mut report = |kind, location: Range<usize>, code: Option<u8>, times| {
            let fault = Fault::in_entry(kind, ordinal);
            let fault = code.map_or(fault, |code| fault.in_subfield(code));
            let location = start + location.start..start + location.end;
            report(UnusualFault { fault, field: Some(field.tag()), location, times });
        };
        if let Some(at) = memchr2(FIELD_TERMINATOR, RECORD_TERMINATOR, bytes) {
            report(ErrorKind::StrayTerminator, at..at + 1, code_before(field, at), 1);
        }
        if let Field::Data(_) = field {
            report_subfields(bytes, report);
        }
    }
}

/// Returns the place of the tag of the field with this ordinal in the directory. The range is empty
/// if the entry with that ordinal has another tag, as in a repaired record.
fn place_of_tag(record: RecordRef<'_>, ordinal: u32, tag: Tag) -> Range<usize> {
    let at = record.leader_end() + (ordinal as usize - 1) * DIRECTORY_ENTRY_LENGTH;
    let place = at..at + tag.as_bytes().len();
    match record.as_bytes().get(place.clone()) {
        Some(found) if found == tag.as_bytes() => place,
        _ => 0..0,
    }
}

fn report_subfields(
    bytes: &[u8],
    mut report: impl FnMut(ErrorKind, Range<usize>, Option<u8>, usize),
) {
    let Some(first) = memchr(SUBFIELD_DELIMITER, bytes) else {
        return report(ErrorKind::NoSubfields, 0..bytes.len(), None, 1);
    };
    let end = report_indicators(&bytes[..first], &mut report);
    if first > end {
        report(ErrorKind::StrayText, end..first, None, 1);
    }
    let has_no_code = |at: &usize| matches!(bytes.get(at + 1), None | Some(&SUBFIELD_DELIMITER));
    let mut bare = memchr_iter(SUBFIELD_DELIMITER, bytes).filter(has_no_code);
    if let Some(first) = bare.next() {
        // One fault stands for all of them: there may be as many as bytes.
        report(ErrorKind::SubfieldCode, first..first + 1, None, 1 + bare.count());
    }
}

/// Reports indicators that are not ASCII, and returns the offset of the bytes after both. One fault
/// has the first of them, and stands for both.
fn report_indicators(
    head: &[u8],
    report: &mut impl FnMut(ErrorKind, Range<usize>, Option<u8>, usize),
) -> usize {
    let [first, second] = indicator_ends(head);
    let of_first = 0..first;
    let of_second = first..second;
    let mut odd = [of_first, of_second].into_iter().filter(|place| !head[place.clone()].is_ascii());
    if let Some(place) = odd.next() {
        report(ErrorKind::Indicator, place, None, 1 + odd.count());
    }
    second
}

/// Returns the code of the subfield that contains a byte of a data field.
fn code_before(field: Field<'_>, at: usize) -> Option<u8> {
    let bytes = field.data()?.as_bytes();
    let delimiter = memchr::memrchr(SUBFIELD_DELIMITER, &bytes[..at])?;
    bytes.get(delimiter + 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{OwnedField, Record};
    use std::{vec, vec::Vec};

    fn kinds(record: &[u8]) -> Vec<(ErrorKind, Option<u32>, Range<usize>)> {
        let mut kinds = Vec::new();
        unusual_faults(RecordRef::parse(record).unwrap(), |unusual| {
            kinds.push((unusual.fault.kind(), unusual.fault.entry(), unusual.location));
        });
        kinds
    }

    #[test]
    fn a_usual_record_has_no_unusual_fault() {
        let mut record = Record::new();
        record.push_field(OwnedField::control("001", "id").unwrap());
        assert_eq!(kinds(&record.to_iso2709().unwrap()), []);
    }

    #[test]
    fn dialects_and_oddities_are_reported_with_their_places() {
        let record = b"00082nam a  00061   450 245000600000500000400006650001000010\x1E\
            10\x1Fa\x1F\x1E  x\x1E 0text\x1Fax\x1E\x1D";
        assert_eq!(
            kinds(record),
            vec![
                (ErrorKind::LeaderCounts, None, 10..12),
                (ErrorKind::EntryMap, None, 20..24),
                (ErrorKind::SubfieldCode, Some(1), 65..66),
                (ErrorKind::NoSubfields, Some(2), 67..70),
                (ErrorKind::StrayText, Some(3), 73..77),
            ]
        );
    }
}
