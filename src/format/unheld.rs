//! Content that some formats cannot hold, and that their writers refuse or note.
//!
//! The rule is the one of the writers: the characters that a [`Format`] holds, and the subfield
//! codes in the schema of MARCXML. `check` reports by it what a conversion would meet.

use super::{Format, marcxml, text::is_no_separator};
use crate::{
    encoding::{Encoding, RecordText},
    record::{AsRecord, ErrorKind, Field, SUBFIELD_DELIMITER},
};
use memchr::memchr_iter;
use std::{borrow::Cow, ops::Range, str};

impl Format {
    /// Returns true if text in this format can hold a character.
    const fn holds(self, character: char) -> bool {
        match self {
            Self::Iso2709 => true,
            Self::Marcxml => marcxml::is_legal(character),
            Self::Json | Self::JsonLines | Self::Marcmaker | Self::Line => {
                is_no_separator(character)
            }
        }
    }
}

/// Content of a field that a format cannot hold: the first of its kind in the field.
pub(crate) struct Unheld<'r> {
    pub(crate) kind: ErrorKind,
    pub(crate) field: Field<'r>,
    /// The ordinal of the field, from 1.
    pub(crate) ordinal: u32,
    /// The code of the subfield that has it in its value.
    pub(crate) code: Option<u8>,
    /// The range in the bytes of the field; all of them if its text had to be converted.
    pub(crate) location: Range<usize>,
    character: char,
    times: usize,
    is_utf8: bool,
}

impl Unheld<'_> {
    /// Returns the content and the formats in words.
    pub(crate) fn reason(&self) -> String {
        let Self { kind, character, times, .. } = *self;
        let point = u32::from(character);
        let times = if times == 1 { String::new() } else { format!(" ({times} times)") };
        if kind == ErrorKind::OddCode {
            return match character.is_control() || character.is_whitespace() {
                true => format!("the subfield code U+{point:04X}{times} is not valid in MARCXML"),
                false => {
                    format!("the subfield code \"{character}\"{times} is not valid in MARCXML")
                }
            };
        }
        let what = match character {
            '\x1B' if self.is_utf8 => {
                "an escape sequence of MARC-8 (0x1B) in text that is UTF-8".into()
            }
            '\x1F' => "a subfield delimiter (0x1F) in a field without subfields".into(),
            _ => format!("the control character U+{point:04X}"),
        };
        let refuse = |format: &Format| !format.holds(character);
        let names: Vec<_> = Format::ALL.into_iter().filter(refuse).map(Format::name).collect();
        format!("{what}{times} cannot be written as {}", names.join(", "))
    }
}

/// Calls `report` for the content of a record that a format cannot hold. Passes over undecodable
/// fields, and over terminators inside a field: they have faults of their own.
pub(crate) fn unheld<'r>(
    record: &'r impl AsRecord,
    text: RecordText,
    mut report: impl FnMut(Unheld<'r>),
) {
    // The encoding of a record is looked for once, not for each of its undecodable fields.
    let mut settled = None;
    for (ordinal, field) in (1..).zip(record.fields()) {
        let has_subfields = matches!(field, Field::Data(data) if !data.is_bare());
        if is_plain(field.as_bytes(), has_subfields) {
            continue;
        }
        let bytes_of =
            |text: RecordText| text.bytes(field.as_bytes(), matches!(field, Field::Control(_)));
        let settle = |_| bytes_of(*settled.get_or_insert_with(|| text.settled(record)));
        let Ok(decoded) = bytes_of(text).or_else(settle) else { continue };
        let mut found: [Option<Unheld<'_>>; 2] = [None, None];
        let (mut code, mut is_code) = (None, false);
        for (at, character) in decoded.char_indices() {
            if has_subfields && character == char::from(SUBFIELD_DELIMITER) {
                (code, is_code) = (None, true);
                continue;
            }
            let kind = match is_code {
                _ if !is_held_by_all(character) => Some(ErrorKind::ControlCharacter),
                true if !is_code_of_schema(character) => Some(ErrorKind::OddCode),
                _ => None,
            };
            if let Some(kind) = kind.filter(|_| !is_terminator(character)) {
                let location = match &decoded {
                    Cow::Borrowed(_) => at..at + character.len_utf8(),
                    Cow::Owned(_) => 0..field.as_bytes().len(),
                };
                let is_utf8 = text.encoding() == Encoding::Utf8;
                let first = || Unheld {
                    kind,
                    field,
                    ordinal,
                    code,
                    location,
                    character,
                    times: 0,
                    is_utf8,
                };
                found[usize::from(kind == ErrorKind::OddCode)].get_or_insert_with(first).times += 1;
            }
            if is_code {
                (code, is_code) =
                    (u8::try_from(character).ok().filter(u8::is_ascii_graphic), false);
            }
        }
        found.into_iter().flatten().for_each(&mut report);
    }
}

/// Returns true if every format holds a character.
const fn is_held_by_all(character: char) -> bool {
    marcxml::is_legal(character) && is_no_separator(character)
}

fn is_code_of_schema(character: char) -> bool {
    marcxml::is_code(character.encode_utf8(&mut [0; 4]))
}

const fn is_terminator(character: char) -> bool {
    matches!(character, '\x1D' | '\x1E')
}

/// Returns true if a field needs no decoding, because none of its bytes can belong to content that a
/// format cannot hold.
fn is_plain(bytes: &[u8], has_subfields: bool) -> bool {
    // 0xEF begins U+FFFE and U+FFFF. Nearly all fields have none of these bytes, so a chunk has no
    // early exit and the compiler processes many bytes at once.
    let is_suspect = |byte: u8| {
        ((byte < b' ') & !(has_subfields & (byte == SUBFIELD_DELIMITER))) | (byte == 0xEF)
    };
    let mut chunks = bytes.chunks(32);
    let is_code = |at: usize| match bytes.get(at + 1) {
        None | Some(&SUBFIELD_DELIMITER) => true,
        Some(byte) => IS_CODE[usize::from(*byte)],
    };
    !chunks.any(|chunk| chunk.iter().fold(false, |any, byte| any | is_suspect(*byte)))
        && (!has_subfields || memchr_iter(SUBFIELD_DELIMITER, bytes).all(is_code))
}

/// The bytes that are codes of the schema. All of these are ASCII.
static IS_CODE: [bool; 256] = {
    let mut is_code = [false; 256];
    let mut byte = 0;
    while byte < 0x80 {
        is_code[byte] = match str::from_utf8(&[byte as u8]) {
            Ok(code) => marcxml::is_code(code),
            Err(_) => false,
        };
        byte += 1;
    }
    is_code
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        encoding::TextOptions,
        format::{NoteKind, WriteErrorKind, Writer},
        record::{Record, Tag},
    };

    /// Returns a record in this encoding (leader/09) with one field.
    fn record_of(scheme: u8, tag: &[u8; 3], bytes: &[u8]) -> Record {
        let mut leader = *b"00000nam  2200000   4500";
        leader[9] = scheme;
        Record::of_parts(leader, [(Tag::new(*tag), bytes.to_vec())])
    }

    fn found(record: &Record) -> Vec<(&'static str, Option<u8>, Range<usize>, String)> {
        let text = RecordText::of(record, TextOptions::new());
        let mut all = Vec::new();
        unheld(record, text, |it| {
            all.push((it.kind.code(), it.code, it.location.clone(), it.reason()));
        });
        all
    }

    #[test]
    fn content_is_found_with_its_place_and_the_formats() {
        let texts = "marcxml, json, jsonl, marcmaker, line";
        for (record, expected) in [
            (record_of(b'a', b"245", "10\x1FaÉmile\t\u{98}\u{9C}\x7F\u{FFFD}".as_bytes()), vec![]),
            (record_of(b' ', b"245", b"10\x1Fa\x1B(3 \x1B(B\xE1e"), vec![]),
            (
                record_of(b' ', b"001", b"a\x1Fb\x1F"),
                vec![(
                    "TM506",
                    None,
                    1..2,
                    format!(
                        "a subfield delimiter (0x1F) in a field without subfields (2 times) cannot be \
                     written as {texts}"
                    ),
                )],
            ),
            (
                record_of(b'a', b"245", "10\x1Faé\x1B(3".as_bytes()),
                vec![(
                    "TM506",
                    Some(b'a'),
                    6..7,
                    "an escape sequence of MARC-8 (0x1B) in text that is UTF-8 cannot be written \
                     as marcxml"
                        .into(),
                )],
            ),
            (
                record_of(b'a', b"500", "  \x1Fa\u{FFFF}\x1F\u{E9}x\x1F x\x1F|x\x1E".as_bytes()),
                vec![
                    (
                        "TM506",
                        Some(b'a'),
                        4..7,
                        "the control character U+FFFF cannot be written as marcxml".into(),
                    ),
                    (
                        "TM507",
                        None,
                        8..10,
                        "the subfield code \"é\" (3 times) is not valid in MARCXML".into(),
                    ),
                ],
            ),
            (
                record_of(b'a', b"500", b"\x01 \x1F\x02a\x1F a"),
                vec![
                    (
                        "TM506",
                        None,
                        0..1,
                        "the control character U+0001 (2 times) cannot be written as marcxml"
                            .into(),
                    ),
                    (
                        "TM507",
                        None,
                        6..7,
                        "the subfield code U+0020 is not valid in MARCXML".into(),
                    ),
                ],
            ),
            (
                record_of(b' ', b"500", b"  \x1Fa\xE1e\x00"),
                vec![(
                    "TM506",
                    Some(b'a'),
                    0..7,
                    "the control character U+0000 cannot be written as marcxml".into(),
                )],
            ),
        ] {
            assert_eq!(found(&record), expected, "{record:?}");
        }
    }

    /// The rule is that of the writers: a format is named if its writer refuses the record.
    #[test]
    fn a_format_is_named_if_its_writer_refuses_the_record() {
        for character in (0..=0x20).chain([0x7E, 0x7F, 0x98, 0xFFFD, 0xFFFE, 0xFFFF]) {
            let character = char::from_u32(character).unwrap();
            for (tag, begin) in
                [(b"001", ""), (b"245", "10\x1Fa"), (b"245", "10\x1F"), (b"FMT", "")]
            {
                let is_delimiter = character == '\x1F' && tag != b"001";
                if is_delimiter || is_terminator(character) {
                    continue;
                }
                let text = format!("{begin}{character}é");
                let record = record_of(b'a', tag, text.as_bytes());
                let found = found(&record);
                for format in Format::ALL {
                    let mut writer = Writer::new(Vec::new(), format);
                    let written = writer.write(&record);
                    let is_refused = written.as_ref().is_err_and(|error| {
                        matches!(error.kind(), WriteErrorKind::ControlCharacter(_))
                    });
                    let is_named = |(code, _, _, reason): &(&str, Option<u8>, _, String)| {
                        let names = reason.rsplit_once(" as ").map_or("", |(_, names)| names);
                        *code == "TM506" && names.split(", ").any(|name| name == format.name())
                    };
                    assert_eq!(found.iter().any(is_named), is_refused, "{format} {text:?}");
                    let is_noted = written.is_ok_and(|notes| {
                        notes.iter().any(|note| note.kind() == NoteKind::SchemaSubfield)
                    });
                    let is_odd = found.iter().any(|found| found.0 == "TM507");
                    assert!(format != Format::Marcxml || is_noted == is_odd, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_plain_field_has_nothing_to_find() {
        for character in ('\0'..=char::MAX).filter(|character| !is_held_by_all(*character)) {
            let text = character.encode_utf8(&mut [0; 4]).to_owned();
            assert!(!is_plain(text.as_bytes(), false), "{character:?}");
            let is_plain = is_plain(format!("  \x1Fa{text}").as_bytes(), true);
            assert_eq!(is_plain, character == '\x1F', "{character:?}");
        }
        for code in ('\0'..='\u{FF}').filter(|code| !is_code_of_schema(*code) && *code != '\x1F') {
            assert!(!is_plain(format!("  \x1F{code}").as_bytes(), true), "{code:?}");
        }
    }
}
