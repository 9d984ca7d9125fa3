//! Detection of a record's encoding.

use super::{Encoding, from_utf8};
use crate::record::{AsRecord, Field, Tag};
use core::fmt;

/// The detected encoding of a record, and the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected {
    /// The encoding.
    pub encoding: Encoding,
    /// The reason for the encoding.
    pub why: Why,
}

/// The reasons for an encoding, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// The caller specified it.
    Asked,
    /// The record has bytes beyond ASCII, and they are valid UTF-8. The claims of the record are
    /// ignored.
    ValidUtf8,
    /// The record is UNIMARC, and its 100 $a has these codes of character sets (positions 26-29 in
    /// bibliographic records, 13-16 in authorities).
    CodedData([u8; 4]),
    /// Leader/09 has this byte.
    Leader(u8),
}

impl Why {
    /// Returns the name of the reason: `asked`, `valid-utf-8`, `coded-data`, `leader`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::ValidUtf8 => "valid-utf-8",
            Self::CodedData(_) => "coded-data",
            Self::Leader(_) => "leader",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("it was specified"),
            Self::ValidUtf8 => f.write_str("the record is valid UTF-8"),
            Self::CodedData(codes) => {
                write!(f, "field 100 $a states the character sets '{}'", codes.escape_ascii())
            }
            Self::Leader(byte) => write!(f, "leader/09 is '{}'", byte.escape_ascii()),
        }
    }
}

const CODED_DATA: Tag = Tag::new(*b"100");
/// Position of the character sets in 100 $a, by its length: UNIMARC bibliographic has 36
/// characters, of which the last two are often missing; UNIMARC authorities has 24.
const BIBLIOGRAPHIC: (usize, usize) = (30, 26);
const AUTHORITIES: (usize, usize) = (17, 13);

/// Detects the encoding of a record. It is the encoding that the caller specified, if there is one.
/// Otherwise it is UTF-8 if there are bytes beyond ASCII, and all of the record is valid UTF-8,
/// except for a damaged leader and directory. Otherwise it is what 100 $a says, if the record is
/// UNIMARC, where leader/09 has no meaning. Otherwise it is what leader/09 says.
///
/// A record is UNIMARC if its first field 100 is a data field whose $a begins with a date of eight
/// digits and has the length of UNIMARC's coded data: in MARC 21 that field is a person's name.
///
/// ```
/// use tidemarc::{Record, RecordRef, encoding::{self, Encoding, Why}};
///
/// // Leader/09 is blank, which is MARC-8.
/// let bytes = Record::builder()
///     .leader(*b"00000nam  2200000   4500")
///     .data("245", *b"00", [(b'a', "Être")])
///     .build()?
///     .to_iso2709()?;
/// let detected = encoding::detect(&RecordRef::parse(&bytes)?, None);
/// assert_eq!((detected.encoding, detected.why), (Encoding::Utf8, Why::ValidUtf8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn detect(record: &impl AsRecord, asked: Option<Encoding>) -> Detected {
    if let Some(encoding) = asked {
        return Detected { encoding, why: Why::Asked };
    }
    if has_utf8(record) {
        return Detected { encoding: Encoding::Utf8, why: Why::ValidUtf8 };
    }
    if let Some(CodedData { codes, .. }) = CodedData::find(record.fields()) {
        return Detected { encoding: of_codes(codes), why: Why::CodedData(codes) };
    }
    let leader = record.leader();
    Detected { encoding: Encoding::of(leader), why: Why::Leader(leader.coding_scheme()) }
}

/// Returns the encoding that [`detect`] finds. Without the reason, this is seldom more than a look at
/// the leader.
pub(crate) fn encoding_of(record: &impl AsRecord, asked: Option<Encoding>) -> Encoding {
    // Valid UTF-8 and leader/09 both say the same, and only UNIMARC can say something else.
    let is_utf8 = asked.is_none() && record.leader().is_utf8();
    match is_utf8 && CodedData::find(record.fields()).is_none() {
        true => Encoding::Utf8,
        false => detect(record, asked).encoding,
    }
}

/// Returns true if the fields have bytes beyond ASCII, and they are valid UTF-8.
fn has_utf8(record: &impl AsRecord) -> bool {
    // Leader and directory are ASCII. A byte beyond ASCII outside the fields is damage. It says
    // nothing about the text.
    let texts = || record.fields().map(|field| field.as_bytes());
    // Most records are decided by all their bytes at once.
    let is_valid = match record.as_iso2709() {
        Some(bytes) if bytes.is_ascii() => return false,
        Some(bytes) => from_utf8(bytes).is_ok(),
        None => false,
    };
    let is_valid = is_valid || texts().all(|bytes| from_utf8(bytes).is_ok());
    is_valid && texts().any(|bytes| !bytes.is_ascii())
}

/// The codes of character sets in 100 $a, which only a UNIMARC record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CodedData {
    /// Two codes of two characters.
    codes: [u8; 4],
    /// Index of the field in the record.
    pub(crate) field: usize,
    /// Offset of the codes in the bytes of the field.
    pub(crate) at: usize,
}

impl CodedData {
    /// The codes for UTF-8 alone.
    pub(crate) const UTF_8: [u8; 4] = *b"50  ";

    /// Returns true if the codes include UTF-8.
    pub(crate) fn is_utf8(self) -> bool {
        of_codes(self.codes) == Encoding::Utf8
    }

    /// Finds the codes, if the record with these fields is UNIMARC.
    pub(crate) fn find<'f>(fields: impl Iterator<Item = Field<'f>>) -> Option<Self> {
        let (index, field) = fields.enumerate().find(|(_, field)| field.tag() == CODED_DATA)?;
        let field = field.data()?;
        let coded = field.subfield(b'a')?;
        let date = coded.first_chunk::<8>()?;
        if !date.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let at = match coded.len() {
            length if length >= BIBLIOGRAPHIC.0 => BIBLIOGRAPHIC.1,
            length if length >= AUTHORITIES.0 => AUTHORITIES.1,
            _ => return None,
        };
        let codes = coded.get(at..)?.first_chunk().copied()?;
        let start = coded.as_ptr() as usize - field.as_bytes().as_ptr() as usize;
        Some(Self { codes, field: index, at: start + at })
    }
}

/// Returns the encoding for these codes (UNIMARC Manual, field 100 $a, character sets): 50 is ISO
/// 10646, which means UTF-8; 01 is ISO 646 and 03 is ISO 5426, which contains it. The other sets
/// (Cyrillic, Greek, Georgian …) are not decoded. Their records are taken for ISO 5426, and its
/// errors show where they are not.
fn of_codes(codes: [u8; 4]) -> Encoding {
    let [a, b, c, d] = codes;
    if [a, b] == *b"50" || [c, d] == *b"50" { Encoding::Utf8 } else { Encoding::Iso5426 }
}

#[cfg(all(test, feature = "std"))]
mod tests;
