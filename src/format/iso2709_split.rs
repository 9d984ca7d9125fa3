//! The splitting of fields and records that are too long for ISO 2709.

use super::{Note, NoteKind, WriteError, shape::Shape};
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, Field, MAX_FIELD_LENGTH, MAX_RECORD_LENGTH, MIN_RECORD_LENGTH,
    OwnedField, Record, SUBFIELD_DELIMITER,
};
use std::str;

/// Greatest length of a field in bytes, without its terminator.
const MAX_FIELD: usize = MAX_FIELD_LENGTH - 1;
/// Greatest length of a value: two indicators, a delimiter and a code stand before it.
const MAX_VALUE: usize = MAX_FIELD - 4;

/// Splits a record that ISO 2709 cannot hold into records that it can.
///
/// - A data field of more than 9,998 bytes becomes several with the same tag and indicators, one
///   after the other, each with as many of its subfields as fit, in their order. A subfield that
///   is too long by itself is continued by another with the same code, in the next field: its
///   value is cut after a blank if the second half of the room has one, otherwise between two
///   characters. The values of the parts, joined, are the original value.
/// - A record of more than 99,999 bytes becomes several. Each has the leader and all control
///   fields, including the control number, by which the parts can be joined again. The data fields
///   are distributed in their order.
///
/// Notes report each field that was split, and the record if it was.
///
/// # Errors
/// Returns the error of [`write_record`](super::iso2709::write_record) if splitting does not help:
/// for a control field that is too long, for a leader that readers do not accept, for a field that
/// does not consist of indicators and subfields, and for a value in MARC-8 that contains an escape
/// sequence, or no blank after which it could be cut.
///
/// ```
/// use tidemarc::{Record, format::iso2709_split::split};
///
/// let long = "All work and no play makes Jack a dull boy. ".repeat(400);
/// let record = Record::builder().data("520", *b"  ", [(b'a', &long)]).build()?;
/// let (records, notes) = split(&record)?;
/// assert_eq!((records.len(), records[0].fields().len(), notes.len()), (1, 2, 1));
/// let parts = records[0].fields().iter().filter_map(|field| field.as_field().data());
/// let parts: Vec<_> = parts.filter_map(|field| field.subfield(b'a')).collect();
/// assert_eq!(parts.concat(), long.as_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn split(record: &Record) -> Result<(Vec<Record>, Vec<Note>), WriteError> {
    let Err(refusal) = record.to_iso2709() else { return Ok((vec![record.clone()], Vec::new())) };
    let mut whole = Record::new();
    *whole.leader_mut() = *record.leader().as_bytes();
    let mut notes = Vec::new();
    for (at, field) in record.fields().iter().enumerate() {
        if field.as_bytes().len() <= MAX_FIELD {
            whole.push_field(field.clone());
            continue;
        }
        let Some(parts) = split_field(field, record.leader().is_utf8()) else {
            return Err(refusal);
        };
        notes.push(Note::on_field(NoteKind::FieldSplit, field.tag(), at));
        whole.fields_mut().extend(parts);
    }
    let records = deal(whole).ok_or(refusal)?;
    if records.len() > 1 {
        notes.push(Note::new(NoteKind::RecordSplit));
    }
    // Splitting does not remove every cause.
    for record in &records {
        record.to_iso2709()?;
    }
    Ok((records, notes))
}

/// Returns the parts of a field, or `None` if it cannot be split.
fn split_field(field: &OwnedField, is_utf8: bool) -> Option<Vec<OwnedField>> {
    let Shape::Subfields { data, is_regular: true } = Shape::of(&field.as_field()) else {
        return None;
    };
    let indicators = data.indicators();
    let empty = || [indicators.first, indicators.second].to_vec();
    let mut parts = Vec::new();
    let mut part = empty();
    for subfield in data.subfields() {
        let mut rest = subfield.value;
        loop {
            let room = MAX_FIELD - part.len();
            if room < 2 + rest.len() && part.len() > 2 {
                parts.push(std::mem::replace(&mut part, empty()));
                continue;
            }
            let end = if rest.len() <= MAX_VALUE { rest.len() } else { cut(rest, is_utf8)? };
            part.extend_from_slice(&[SUBFIELD_DELIMITER, subfield.code]);
            part.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
            if rest.is_empty() {
                break;
            }
        }
    }
    parts.push(part);
    let field_of = |bytes: &Vec<u8>| {
        let view = Field::new(field.tag(), bytes);
        OwnedField::try_from(view).ok()
    };
    parts.iter().map(field_of).collect()
}

/// Returns the offset at which to cut a value that is longer than [`MAX_VALUE`].
fn cut(value: &[u8], is_utf8: bool) -> Option<usize> {
    let head = &value[..MAX_VALUE];
    // In MARC-8 an escape sequence applies to the end of the subfield.
    if !is_utf8 && value.contains(&0x1B) {
        return None;
    }
    let blank = memchr::memrchr(b' ', head).map(|blank| blank + 1);
    if let Some(end) = blank.filter(|end| *end > MAX_VALUE / 2) {
        return Some(end);
    }
    let text = str::from_utf8(value).ok().filter(|_| is_utf8);
    let between = text.and_then(|text| {
        // Not between a letter and its marks.
        let is_mark =
            |character: char| matches!(character, '\u{300}'..='\u{36F}' | '\u{FE20}'..='\u{FE2F}');
        (1..=MAX_VALUE).rev().find(|end| {
            text.is_char_boundary(*end) && !text[*end..].chars().next().is_some_and(is_mark)
        })
    });
    between.or(blank)
}

/// Distributes the data fields of a record over as many records as necessary. Returns `None` if one
/// does not fit beside the control fields.
fn deal(record: Record) -> Option<Vec<Record>> {
    let length = |field: &OwnedField| DIRECTORY_ENTRY_LENGTH + field.as_bytes().len() + 1;
    let total: usize = record.fields().iter().map(length).sum();
    if MIN_RECORD_LENGTH + total <= MAX_RECORD_LENGTH {
        return Some(vec![record]);
    }
    let leader = *record.leader().as_bytes();
    let is_control = |field: &&OwnedField| field.tag().is_control();
    let control: Vec<_> = record.fields().iter().filter(is_control).cloned().collect();
    let begin = MIN_RECORD_LENGTH + control.iter().map(length).sum::<usize>();
    let new = || {
        let mut part = Record::new();
        *part.leader_mut() = leader;
        part.fields_mut().extend(control.iter().cloned());
        part
    };
    let mut parts = vec![new()];
    let mut end = begin;
    for field in record.fields().iter().filter(|field| !field.tag().is_control()) {
        if begin + length(field) > MAX_RECORD_LENGTH {
            return None;
        }
        if end + length(field) > MAX_RECORD_LENGTH {
            parts.push(new());
            end = begin;
        }
        end += length(field);
        parts.last_mut()?.push_field(field.clone());
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(value: &[u8]) -> OwnedField {
        OwnedField::data("520", *b"1 ", [(b'a', value), (b'b', b"end")]).unwrap()
    }

    fn values(parts: &[OwnedField]) -> Vec<u8> {
        let parts = parts.iter().filter_map(|part| part.as_field().data());
        parts.flat_map(|part| part.subfields().map(|one| one.value.to_vec())).flatten().collect()
    }

    #[test]
    fn a_value_is_cut_after_a_blank_or_between_characters_and_no_byte_is_lost() {
        for value in ["word ".repeat(5_000), "é".repeat(9_000), "e\u{301}".repeat(9_000)] {
            let parts = split_field(&note(value.as_bytes()), true).unwrap();
            assert!(parts.len() >= 2);
            assert_eq!(values(&parts), [value.as_bytes(), b"end"].concat());
            for part in &parts {
                assert!(part.as_bytes().len() <= MAX_FIELD);
                let text = str::from_utf8(part.as_bytes()).expect("cut between characters");
                assert!(text.starts_with("1 \x1Fa") && !text.contains("\x1Fa\u{301}"));
            }
        }
    }

    #[test]
    fn what_a_cut_would_change_is_not_cut() {
        let escaped = [&b"word ".repeat(3_000)[..], b"\x1B(N1"].concat();
        assert!(split_field(&note(&escaped), false).is_none(), "an escape sequence of MARC-8");
        assert!(split_field(&note(&b"x".repeat(12_000)), false).is_none(), "no blank");
        assert!(split_field(&note(&b"word ".repeat(3_000)), false).is_some());
        let mut record = Record::new();
        record.push_field(OwnedField::control("008", "x".repeat(12_000)).unwrap());
        assert_eq!(split(&record).unwrap_err().tag(), Some(record.fields()[0].tag()));
        assert_eq!(split(&Record::new()).unwrap(), (vec![Record::new()], vec![]));
    }
}
