//! Text of records that does not decode.

use super::batch::Batch;
use crate::{
    encoding::{DecodeError, Encoding, detect},
    error::{Error, Place},
    record::{ErrorKind, Fault, Field, RecordRef, SUBFIELD_DELIMITER, Severity},
};
use std::vec::Vec;

/// The first bytes of a field that are no text.
struct Undecodable {
    /// Where the value begins in which they are, from the start of the field.
    start: usize,
    /// The code of the subfield, if the value is one's.
    code: Option<u8>,
    error: DecodeError,
}

impl Batch {
    /// Which fields of the record with this index among the entries are no text in the encoding that
    /// was asked for, or else in the one that the record shows: a fault each.
    pub(crate) fn undecodable(&self, at: usize, asked: Option<Encoding>) -> Vec<Error> {
        let entry = &self.entries()[at];
        let mut errors = Vec::new();
        let Some(record) = self.view_of(entry) else { return errors };
        let asked = asked.filter(|_| !self.is_text());
        each_undecodable(record, asked, |field, Undecodable { start, code, error }| {
            let fault = Fault::new(ErrorKind::Encoding).with_severity(Severity::LostField);
            let fault = code.map_or(fault, |code| fault.in_subfield(code));
            let from = record.offset_of(field.as_bytes()) + start + error.offset();
            let location = (!self.is_text()).then(|| from..from + error.bytes().len());
            let place = Place { tag: Some(field.tag()), location, ..self.place_of(entry) };
            errors.push(Error::with_cause(fault, place, error));
        });
        errors
    }
}

/// The rule by which text is read where it is asked for: what leader/09 calls UTF-8 is taken at its
/// word, until a field fails.
fn each_undecodable<'a>(
    record: RecordRef<'a>,
    asked: Option<Encoding>,
    mut tell: impl FnMut(Field<'a>, Undecodable),
) {
    let detected = || detect(record, None).encoding;
    let leader_says_utf8 = record.leader().is_utf8();
    let first = asked.unwrap_or_else(|| if leader_says_utf8 { Encoding::Utf8 } else { detected() });
    let second = || match asked {
        None if leader_says_utf8 => Some(detected()).filter(|&found| found != first),
        _ => None,
    };
    for field in record.fields() {
        let Some(undecodable) = undecodable_in(field, first) else { continue };
        match second() {
            None => tell(field, undecodable),
            Some(second) => {
                undecodable_in(field, second).into_iter().for_each(|found| tell(field, found));
            }
        }
    }
}

/// What fails first. Where an encoding has states, each subfield begins anew.
fn undecodable_in(field: Field<'_>, encoding: Encoding) -> Option<Undecodable> {
    let bytes = field.as_bytes();
    if encoding.decode_borrowed(bytes).is_ok() {
        return None;
    }
    let fails = |start, code, value: &[u8]| {
        let error = encoding.decode(value).err()?;
        Some(Undecodable { start, code, error })
    };
    if let Field::Control(_) = field {
        return fails(0, None, bytes);
    }
    let mut start = 0;
    for (nth, part) in bytes.split(|&byte| byte == SUBFIELD_DELIMITER).enumerate() {
        // The code is a byte of its own, and what comes before the first delimiter is indicators.
        let (code, value) = part.split_at(usize::from(nth > 0 && !part.is_empty()));
        let found = fails(start, None, code)
            .or_else(|| fails(start + code.len(), code.first().copied(), value));
        if found.is_some() {
            return found;
        }
        start += part.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;
    use std::vec;

    const UNIMARC: &[u8] = b"20260101d2026    m  y0frey50      ba";

    fn found(
        coding_scheme: u8,
        coded_data: &[u8],
        title: &[u8],
        asked: Option<Encoding>,
    ) -> Vec<(Option<u8>, usize, usize)> {
        let mut leader = *b"00000nam  2200000   4500";
        leader[9] = coding_scheme;
        let record = Record::builder()
            .leader(leader)
            .control("001", "id")
            .data("100", *b"  ", [(b'a', coded_data)])
            .data("200", *b"1 ", [(b'a', b"Plain".as_slice()), (b'b', title)])
            .build()
            .unwrap();
        let bytes = record.to_iso2709().unwrap();
        let mut found = Vec::new();
        each_undecodable(RecordRef::parse(&bytes).unwrap(), asked, |_, undecodable| {
            found.push((undecodable.code, undecodable.start, undecodable.error.offset()));
        });
        found
    }

    #[test]
    fn the_first_bytes_of_a_field_that_are_no_text_are_told() {
        assert_eq!(found(b'a', b"", "\u{e9}t\u{e9}".as_bytes(), None), []);
        // Behind the indicators, `$aPlain` and `$b`.
        assert_eq!(found(b'a', b"", b"\xE9t\xE9", None), vec![(Some(b'b'), 11, 0)]);
        assert_eq!(found(b'a', b"", b"t\xE9", None), vec![(Some(b'b'), 11, 1)]);
        // A combining mark of MARC-8 needs a character behind it.
        assert_eq!(found(b' ', b"", b"\xE2ete", None), []);
        assert_eq!(found(b' ', b"", b"\xE2", None), vec![(Some(b'b'), 11, 0)]);
    }

    #[test]
    fn an_encoding_that_was_asked_for_is_the_only_one_tried() {
        let latin = Some(Encoding::Latin1);
        assert_eq!(found(b'a', b"", b"\xE9t\xE9", latin), []);
        assert_eq!(found(b'a', UNIMARC, b"\xE2ete", Some(Encoding::Utf8)).len(), 1);
    }

    #[test]
    fn what_a_unimarc_record_calls_utf8_may_be_iso_5426() {
        let mut coded_data = UNIMARC.to_vec();
        coded_data[26..30].copy_from_slice(b"0103");
        assert_eq!(found(b'a', &coded_data, b"\xE2ete", None), []);
        assert_eq!(found(b'a', &coded_data, "\u{e9}".as_bytes(), None), []);
        assert_eq!(found(b'a', &coded_data, b"\xFF", None), vec![(Some(b'b'), 11, 0)]);
    }
}
