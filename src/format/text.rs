//! From a record's bytes to the text that the text formats hold.

use super::{
    AsRecord, Controls, ConversionError, ConversionErrorKind, Note, NoteKind, Undecodable,
    WriteOptions,
};
use crate::{
    encoding::{DecodeError, Encoding},
    record::{LEADER_LENGTH, Tag, is_separator},
};
use std::{borrow::Cow, str};

/// The text of a value: everything that the text formats write goes through here.
fn text_of(encoding: Encoding, bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    encoding.decode(bytes).map(Cow::Borrowed)
}

/// The text of a value of which parts are no text.
fn text_in_spite(encoding: Encoding, bytes: &[u8], undecodable: Undecodable) -> String {
    let mut output = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Err(error) = text_of(encoding, rest) {
        let (text, bad) = rest.split_at(error.offset().min(rest.len()));
        // What stands before the first bad byte is text.
        output.push_str(&text_of(encoding, text).unwrap_or_default());
        let length = match str::from_utf8(bad) {
            Err(error) if encoding == Encoding::Utf8 => error.error_len().unwrap_or(bad.len()),
            _ => 1,
        };
        let (bad, after) = bad.split_at(length.min(bad.len()).max(1));
        match undecodable {
            Undecodable::Strict | Undecodable::Ignore => {}
            Undecodable::Replace => output.push('\u{FFFD}'),
            Undecodable::Backslash => {
                for byte in bad {
                    output.push_str(&format!("\\x{byte:02x}"));
                }
            }
        }
        rest = after;
    }
    output.push_str(&text_of(encoding, rest).unwrap_or_default());
    output
}

/// The texts of one record on its way into a text format.
pub(super) struct Texts<'n> {
    encoding: Encoding,
    options: WriteOptions,
    pub(super) notes: &'n mut Vec<Note>,
    /// The field that is being written, from 0.
    pub(super) at: usize,
    pub(super) tag: Tag,
}

impl<'n> Texts<'n> {
    pub(super) fn new(
        record: &impl AsRecord,
        options: &WriteOptions,
        notes: &'n mut Vec<Note>,
    ) -> Self {
        let encoding = Encoding::of(record.leader());
        Self { encoding, options: *options, notes, at: 0, tag: Tag::default() }
    }

    /// A note on the field that is being written.
    pub(super) fn note(&mut self, kind: NoteKind) {
        self.notes.push(Note::on_field(kind, self.tag, self.at));
    }

    /// The leader as text: printable ASCII, and leader/09 `a` if what follows is not all ASCII.
    pub(super) fn leader(&mut self, record: &impl AsRecord) -> [u8; LEADER_LENGTH] {
        let mut leader = *record.leader().as_bytes();
        for byte in &mut leader {
            if !matches!(byte, b' '..=b'~') {
                *byte = b' ';
                self.notes.push(Note::new(NoteKind::LeaderByte));
            }
        }
        // An escape sequence of MARC-8 leads out of ASCII with bytes that are all ASCII.
        let is_ascii = |bytes: &[u8]| bytes.is_ascii() && !bytes.contains(&0x1B);
        if leader[9] != b'a' && !record.fields().all(|field| is_ascii(field.as_bytes())) {
            leader[9] = b'a';
            self.notes.push(Note::new(NoteKind::CodingScheme));
        }
        leader
    }

    /// The text of a whole field, delimiters included, where that is the text of its parts: in
    /// UTF-8, which is checked faster at one go. In MARC-8 each subfield begins anew.
    pub(super) fn whole_field<'b>(&self, bytes: &'b [u8]) -> Option<&'b str> {
        if self.encoding == Encoding::Utf8 { str::from_utf8(bytes).ok() } else { None }
    }

    /// The text of a value.
    #[inline]
    pub(super) fn text<'b>(&mut self, bytes: &'b [u8]) -> Result<Cow<'b, str>, ConversionError> {
        match text_of(self.encoding, bytes) {
            Ok(text) => Ok(text),
            Err(error) if self.options.undecodable == Undecodable::Strict => {
                Err(ConversionError::in_field(ConversionErrorKind::Encoding(error), self.tag))
            }
            Err(_) => {
                self.note(NoteKind::Undecodable);
                let text = text_in_spite(self.encoding, bytes, self.options.undecodable);
                Ok(Cow::Owned(text))
            }
        }
    }

    /// The same, without the separators of ISO 2709, which no reader would take back.
    pub(super) fn text_without_separators<'b>(
        &mut self,
        bytes: &'b [u8],
    ) -> Result<Cow<'b, str>, ConversionError> {
        let text = self.text(bytes)?;
        if !text.bytes().any(is_separator) {
            return Ok(text);
        }
        self.filter(text, |character| !(character.is_ascii() && is_separator(character as u8)))
    }

    /// Text without the characters that cannot be held.
    pub(super) fn filter<'b>(
        &mut self,
        text: Cow<'b, str>,
        is_held: fn(char) -> bool,
    ) -> Result<Cow<'b, str>, ConversionError> {
        let Some(first) = text.chars().find(|character| !is_held(*character)) else {
            return Ok(text);
        };
        let filtered = match self.options.controls {
            Controls::Error => {
                let kind = ConversionErrorKind::ControlCharacter(first);
                return Err(ConversionError::in_field(kind, self.tag));
            }
            Controls::Skip => text.chars().filter(|character| is_held(*character)).collect(),
            Controls::Replace => {
                let replaced = |c| if is_held(c) { c } else { '\u{FFFD}' };
                text.chars().map(replaced).collect()
            }
        };
        self.note(NoteKind::ControlCharacter);
        Ok(Cow::Owned(filtered))
    }

    /// An indicator as a character. A byte that is no ASCII character becomes a blank.
    pub(super) fn indicator(&mut self, byte: u8) -> Result<u8, ConversionError> {
        if !byte.is_ascii() || is_separator(byte) {
            self.note(NoteKind::FieldShape);
            return Ok(b' ');
        }
        Ok(byte)
    }
}

/// A subfield's text, taken apart into its code, which is one character, and its value.
pub(super) fn code_and_value(text: &str) -> (&str, &str) {
    let mut chars = text.chars();
    chars.next();
    text.split_at(text.len() - chars.as_str().len())
}
