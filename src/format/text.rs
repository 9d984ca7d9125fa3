//! From a record's bytes to the text that the text formats hold.

use super::{
    AsRecord, Controls, ConversionError, ConversionErrorKind, Note, NoteKind, Undecodable,
    WriteOptions, draft::is_plain_ascii,
};
use crate::{
    encoding::{DecodeError, DecodeOptions, Encoding, ErrorPolicy},
    record::{Field, LEADER_LENGTH, Tag, is_separator},
};
use std::{borrow::Cow, str};

/// The text of a value: everything that the text formats write goes through here. The code of a
/// subfield is no part of what MARC-8 says in it, and is a character of its own.
fn text_of<'b>(
    encoding: Encoding,
    bytes: &'b [u8],
    is_subfield: bool,
    policy: ErrorPolicy,
) -> Result<Cow<'b, str>, DecodeError> {
    let options = DecodeOptions::new().policy(policy);
    if !is_subfield || encoding == Encoding::Utf8 {
        return encoding.decode_with(bytes, &options);
    }
    if let Ok(text) = encoding.decode_borrowed(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    let (code, value) = bytes.split_at(bytes.len().min(1));
    let mut text = encoding.decode_with(code, &options)?.into_owned();
    text.push_str(&encoding.decode_with(value, &options)?);
    Ok(Cow::Owned(text))
}

/// The encoding that a record's text is in: what [`detect`](crate::encoding::detect) finds. What
/// leader/09 calls UTF-8 is taken at its word first: see [`attempt`].
fn encoding_of(record: &impl AsRecord) -> Encoding {
    let leader = record.leader();
    let fields = || record.fields().map(|field| field.as_bytes());
    if fields().any(|bytes| !bytes.is_ascii())
        && fields().all(|bytes| str::from_utf8(bytes).is_ok())
    {
        return Encoding::Utf8;
    }
    let coded_data = record.fields().find(|field| field.tag() == "100").and_then(Field::data);
    coded_data.and_then(Encoding::of_coded_data).unwrap_or_else(|| Encoding::of(leader))
}

/// Appends a record by `write`. If that fails, nothing is left of it; and if it failed because
/// leader/09 says UTF-8 and means nothing by it, as in UNIMARC, it is tried again in the encoding
/// that the record shows.
pub(super) fn attempt<R: AsRecord>(
    record: &R,
    options: &WriteOptions,
    output: &mut Vec<u8>,
    notes: &mut Vec<Note>,
    write: impl Fn(&R, Texts<'_>, &mut Vec<u8>) -> Result<(), ConversionError>,
) -> Result<(), ConversionError> {
    let (length, noted) = (output.len(), notes.len());
    let is_lenient = options.undecodable != Undecodable::Strict;
    let mut encoding = match options.encoding {
        Some(encoding) => encoding,
        // Where nothing fails there is no second thought.
        None if record.leader().is_utf8() && !is_lenient => Encoding::Utf8,
        None => encoding_of(record),
    };
    loop {
        let texts =
            Texts { encoding, options: *options, notes: &mut *notes, at: 0, tag: Tag::default() };
        let Err(error) = write(record, texts, output) else { return Ok(()) };
        output.truncate(length);
        notes.truncate(noted);
        let is_undecodable = matches!(error.kind(), ConversionErrorKind::Encoding(_));
        let found = match options.encoding {
            None if is_undecodable => encoding_of(record),
            _ => return Err(error),
        };
        if found == encoding {
            return Err(error);
        }
        encoding = found;
    }
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
        if leader[9] != b'a' && !record.fields().all(|field| is_plain_ascii(field.as_bytes())) {
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

    /// The text of a value, or of a subfield's code and value.
    #[inline]
    pub(super) fn text<'b>(
        &mut self,
        bytes: &'b [u8],
        is_subfield: bool,
    ) -> Result<Cow<'b, str>, ConversionError> {
        match text_of(self.encoding, bytes, is_subfield, ErrorPolicy::Strict) {
            Ok(text) => Ok(text),
            Err(error) => self.text_in_spite(bytes, is_subfield, error),
        }
    }

    /// The text of bytes of which some are none.
    #[cold]
    fn text_in_spite<'b>(
        &mut self,
        bytes: &'b [u8],
        is_subfield: bool,
        error: DecodeError,
    ) -> Result<Cow<'b, str>, ConversionError> {
        let policy = match self.options.undecodable {
            Undecodable::Strict => ErrorPolicy::Strict,
            Undecodable::Replace => ErrorPolicy::Replace,
            Undecodable::Ignore => ErrorPolicy::Ignore,
            Undecodable::Backslash => ErrorPolicy::BackslashReplace,
        };
        let refused = |error: DecodeError| {
            let error = if is_subfield { error.in_value_of(bytes) } else { error };
            ConversionError::in_field(ConversionErrorKind::Encoding(error), self.tag)
        };
        if policy == ErrorPolicy::Strict {
            return Err(refused(error));
        }
        let text = text_of(self.encoding, bytes, is_subfield, policy).map_err(refused)?;
        self.note(NoteKind::Undecodable);
        Ok(text)
    }

    /// The same, without the separators of ISO 2709, which no reader would take back.
    pub(super) fn text_without_separators<'b>(
        &mut self,
        bytes: &'b [u8],
        is_subfield: bool,
    ) -> Result<Cow<'b, str>, ConversionError> {
        let text = self.text(bytes, is_subfield)?;
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
