//! Proofs about the text of records, made before the text is decoded.
//!
//! pymarc decodes a whole record at once. One bad byte in any field means that there is no record,
//! and warnings come at that moment. A reader that decodes later behaves the same if it knows
//! beforehand that there will be no fault and no warning. Workers prove that while the bytes are in
//! their cache. A proof does not depend on the options, since those may change between two records.

use crate::{
    encoding::pymarc::is_silent,
    parse::{Parsed, Project},
    record::{FIELD_TERMINATOR, FieldSpan, LEADER_LENGTH, MIN_BASE_ADDRESS, SUBFIELD_DELIMITER},
};

/// The proofs about one record, a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Proof(u8);

/// The proofs of the records of a batch, by entry.
#[derive(Debug, Default)]
pub(crate) struct Proofs(Vec<Proof>);

impl Proofs {
    /// The proof of the entry with this index; nothing is proved where no projection ran.
    #[inline]
    pub(crate) fn of(&self, at: usize) -> Proof {
        self.0.get(at).copied().unwrap_or_default()
    }
}

/// The projection that proves what it can of each record's text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextProof;

impl Project for TextProof {
    type Output = Proofs;

    fn run(&self, batch: &Parsed<'_>, Proofs(proofs): &mut Proofs) {
        proofs.clear();
        if batch.index.is_text {
            return;
        }
        // Nothing is claimed of the text of a damaged record: it is decoded at once.
        let proof = |at: usize| match batch.record(at) {
            Some(record) if !record.is_repaired => {
                Proof::of(record.view.as_bytes(), batch.spans_of(&batch.entries()[at]))
            }
            _ => Proof::default(),
        };
        proofs.extend((0..batch.entries().len()).map(proof));
    }
}

impl Proof {
    /// Leader and indicators are ASCII, there is a field, each data field has two indicators with a
    /// delimiter or the end after them, and no control field begins inside a character of UTF-8,
    /// which may be in another field. (Its places were checked when it was framed.)
    const STRUCTURE: u8 = 1;
    /// All bytes are UTF-8.
    const UTF8: u8 = 2;
    /// Every subfield code is ASCII.
    const CODES: u8 = 4;
    /// In data fields no escape sequence, and no byte that ASCII or ANSEL have no character for.
    const MARC8: u8 = 8;
    /// Its fields stand side by side in the order of the directory, and no subfield is empty.
    const CANONICAL: u8 = 16;

    /// Proves what it can of a record whose directory was checked.
    fn of(record: &[u8], fields: &[FieldSpan]) -> Self {
        let mut bits = 0;
        if structure(record, fields) {
            bits |= Self::STRUCTURE;
        }
        let is_ascii = record.is_ascii();
        if is_ascii || std::str::from_utf8(record).is_ok() {
            bits |= Self::UTF8;
        }
        let (codes_are_ascii, none_is_empty) = codes(record);
        if is_ascii || codes_are_ascii {
            bits |= Self::CODES;
        }
        if none_is_empty && side_by_side(fields) {
            bits |= Self::CANONICAL;
        }
        // Leader/09; for records that say UTF-8 nobody will ask.
        if record.get(9) != Some(&b'a') && is_plain_marc8(record, fields) {
            bits |= Self::MARC8;
        }
        Self(bits)
    }

    #[inline]
    const fn has(self, bits: u8) -> bool {
        self.0 & bits == bits
    }

    /// Returns true if the record decodes as UTF-8 without a fault or a warning.
    #[inline]
    pub(crate) const fn is_quiet_utf8(self) -> bool {
        self.has(Self::STRUCTURE | Self::UTF8 | Self::CODES)
    }

    /// Returns true if it decodes as MARC-8 without one.
    #[inline]
    pub(crate) const fn is_quiet_marc8(self) -> bool {
        self.has(Self::STRUCTURE | Self::MARC8 | Self::CODES)
    }

    /// Returns true if the record, decoded as UTF-8 and encoded again, has the same bytes.
    #[inline]
    pub(crate) const fn is_canonical(self) -> bool {
        self.has(Self::STRUCTURE | Self::UTF8 | Self::CODES | Self::CANONICAL)
    }
}

fn structure(record: &[u8], fields: &[FieldSpan]) -> bool {
    let has_indicators = |field: &FieldSpan| {
        let bytes = bytes_of(record, field);
        match *bytes {
            [first, second, ref rest @ ..] => {
                first.is_ascii()
                    && second.is_ascii()
                    && first != SUBFIELD_DELIMITER
                    && second != SUBFIELD_DELIMITER
                    && rest.first().is_none_or(|&next| next == SUBFIELD_DELIMITER)
            }
            _ => false,
        }
    };
    let begins_whole =
        |field: &FieldSpan| bytes_of(record, field).first().is_none_or(|byte| byte & 0xC0 != 0x80);
    let is_sound = |field: &FieldSpan| match field.tag().is_control() {
        true => begins_whole(field),
        false => has_indicators(field),
    };
    !fields.is_empty()
        && record.get(..LEADER_LENGTH).is_some_and(<[u8]>::is_ascii)
        && fields.iter().all(is_sound)
}

/// Two answers: all subfield codes are ASCII; none is missing.
fn codes(record: &[u8]) -> (bool, bool) {
    let data = record.get(MIN_BASE_ADDRESS..).unwrap_or_default();
    memchr::memchr_iter(SUBFIELD_DELIMITER, data).fold((true, true), |(ascii, full), at| {
        let code = data.get(at + 1).copied().unwrap_or(FIELD_TERMINATOR);
        let is_missing = matches!(code, SUBFIELD_DELIMITER | FIELD_TERMINATOR);
        (ascii & code.is_ascii(), full & !is_missing)
    })
}

fn side_by_side(fields: &[FieldSpan]) -> bool {
    fields.windows(2).all(|pair| pair[1].start == pair[0].start + pair[0].length + 1)
        && fields
            .first()
            .is_some_and(|first| first.start as usize == MIN_BASE_ADDRESS + fields.len() * 12)
}

fn is_plain_marc8(record: &[u8], fields: &[FieldSpan]) -> bool {
    fields
        .iter()
        .filter(|field| !field.tag().is_control())
        .all(|field| is_silent(bytes_of(record, field)))
}

fn bytes_of<'a>(record: &'a [u8], field: &FieldSpan) -> &'a [u8] {
    let start = field.start as usize;
    record.get(start..start + field.length as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Proof;
    use crate::record::{FieldSpan, index_fields};

    /// The bits of a record with these fields: a control field for each that has no delimiter.
    fn prove(coding: &str, fields: &[(&str, &[u8])]) -> Proof {
        let (mut directory, mut data) = (Vec::new(), Vec::new());
        for (tag, bytes) in fields {
            let entry = format!("{tag}{:04}{:05}", bytes.len() + 1, data.len());
            directory.extend_from_slice(entry.as_bytes());
            data.extend_from_slice(bytes);
            data.push(0x1E);
        }
        let base = 25 + directory.len();
        let leader = format!("{:05}nam {coding}22{base:05}   4500", base + data.len() + 1);
        let record = [leader.as_bytes(), &directory, b"\x1e", &data, b"\x1d"].concat();
        let mut spans: Vec<FieldSpan> = Vec::new();
        index_fields(&record, &mut spans).unwrap();
        Proof::of(&record, &spans)
    }

    #[test]
    fn a_plain_record_is_proved_in_every_way() {
        let proof = prove(" ", &[("001", b"x"), ("245", b"10\x1faTitle\x1fbRest")]);
        assert!(proof.is_quiet_utf8() && proof.is_quiet_marc8() && proof.is_canonical());
    }

    #[test]
    fn text_is_what_it_is() {
        let utf8 = prove("a", &[("245", "10\x1faÉ".as_bytes())]);
        assert!(utf8.is_quiet_utf8() && utf8.is_canonical() && !utf8.is_quiet_marc8());
        let ansel = prove(" ", &[("001", b"\x1b\xff"), ("245", b"10\x1faCaf\xe2e")]);
        assert!(ansel.is_quiet_marc8() && !ansel.is_quiet_utf8() && !ansel.is_canonical());
        for loud in [b"10\x1fa\x1b(N", &b"10\x1fa\x80"[..], b"10\x1fa\xff", b"10\x1fa\x7f"] {
            assert!(!prove(" ", &[("245", loud)]).is_quiet_marc8());
        }
    }

    #[test]
    fn what_pymarc_would_speak_of_is_not_quiet() {
        let spoken_of: [&[u8]; 6] =
            [b"", b"1", b"1\x1fax", b"\x1fax", b"123\x1fax", "é0\x1fax".as_bytes()];
        for data in spoken_of {
            let proof = prove("a", &[("245", data)]);
            assert!(!proof.is_quiet_utf8() && !proof.is_quiet_marc8(), "{data:?}");
        }
        assert!(!prove("a", &[("245", "10\x1féx".as_bytes())]).is_quiet_utf8());
        assert!(!prove("a", &[]).is_quiet_utf8(), "pymarc finds no fields there");
    }

    #[test]
    fn text_that_begins_inside_a_character_is_not_quiet() {
        let (mut directory, data) = (String::new(), "10\x1faÉ\x1e".as_bytes());
        for (tag, length, start) in [("245", 7, 0), ("001", 2, 5)] {
            directory += &format!("{tag}{length:04}{start:05}");
        }
        let head = format!("{:05}nam a2200049   4500{directory}\x1e", 49 + data.len() + 1);
        let record = [head.as_bytes(), data, b"\x1d"].concat();
        let mut spans: Vec<FieldSpan> = Vec::new();
        index_fields(&record, &mut spans).unwrap();
        assert!(!Proof::of(&record, &spans).is_quiet_utf8());
    }

    #[test]
    fn what_pymarc_would_write_otherwise_is_not_canonical() {
        for data in [b"10\x1f\x1fax", &b"10\x1fax\x1f"[..]] {
            let proof = prove("a", &[("245", data)]);
            assert!(proof.is_quiet_utf8() && !proof.is_canonical());
        }
    }
}
