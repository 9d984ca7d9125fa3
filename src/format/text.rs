//! The text of a record's fields, as the text formats hold it.

use super::{
    AsRecord, Controls, Note, NoteKind, WriteError, WriteErrorKind, WriteOptions,
    draft::is_plain_ascii, shape::Shape,
};
use crate::{
    encoding::{ErrorPolicy, RecordText, TextError},
    record::{Field, LEADER_LENGTH, SUBFIELD_DELIMITER, Tag, is_separator},
};
use memchr::memchr;
use std::borrow::Cow;

/// Appends a record by `write`. If that fails, nothing of it remains in the output.
pub(super) fn attempt<R: AsRecord>(
    record: &R,
    text: RecordText,
    options: &WriteOptions,
    output: &mut Vec<u8>,
    notes: &mut Vec<Note>,
    write: impl Fn(&R, Texts<'_, R>, &mut Vec<u8>) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let (length, noted) = (output.len(), notes.len());
    // A policy that was specified for reading has precedence over that of the writer.
    let policy = match text.decode_options().error_policy() {
        ErrorPolicy::Strict => options.encoding_errors,
        policy => policy,
    };
    let text = text.with_policy(ErrorPolicy::Strict);
    let (at, tag, settled) = (0, Tag::default(), None);
    let texts = Texts { record, text, settled, policy, options, notes: &mut *notes, at, tag };
    let written = write(record, texts, output);
    if written.is_err() {
        output.truncate(length);
        notes.truncate(noted);
    }
    written
}

/// The texts of one record while it is written in a text format.
pub(super) struct Texts<'n, R> {
    record: &'n R,
    /// Strict, so that nothing is replaced without a note.
    text: RecordText,
    /// The rule for fields that are not in the encoding that leader/09 states, once one was found.
    settled: Option<RecordText>,
    policy: ErrorPolicy,
    pub(super) options: &'n WriteOptions,
    pub(super) notes: &'n mut Vec<Note>,
    /// The ordinal of the field that is being written, from 0.
    pub(super) at: usize,
    pub(super) tag: Tag,
}

impl<R: AsRecord> Texts<'_, R> {
    /// Begins the field with this index, and returns its shape. A note reports bytes that are not
    /// part of the shape.
    pub(super) fn begin<'f>(&mut self, at: usize, field: Field<'f>) -> Shape<'f> {
        (self.at, self.tag) = (at, field.tag());
        let shape = Shape::of(&field);
        if let Shape::Subfields { is_regular: false, .. } = shape {
            self.note(NoteKind::FieldShape);
        }
        shape
    }

    /// Adds a note on the field that is being written.
    pub(super) fn note(&mut self, kind: NoteKind) {
        self.notes.push(Note::on_field(kind, self.tag, self.at));
    }

    /// Returns the leader as text: printable ASCII, with leader/09 `a` unless all fields are ASCII.
    pub(super) fn leader(&mut self) -> [u8; LEADER_LENGTH] {
        let mut leader = *self.record.leader().as_bytes();
        for byte in &mut leader {
            if !matches!(byte, b' '..=b'~') {
                *byte = b' ';
                self.notes.push(Note::new(NoteKind::LeaderByte));
            }
        }
        let mut fields = self.record.fields();
        if leader[9] != b'a' && !fields.all(|field| is_plain_ascii(field.as_bytes())) {
            leader[9] = b'a';
            self.notes.push(Note::new(NoteKind::CodingScheme));
        }
        leader
    }

    /// Returns the text of a control field, or of the subfields of a data field, from the first
    /// delimiter on. Indicators are bytes, for [`indicator`](Self::indicator).
    #[inline]
    pub(super) fn field<'b>(&mut self, field: Field<'b>) -> Result<Cow<'b, str>, WriteError> {
        match field {
            Field::Control(field) => self.bytes(field.data, true),
            Field::Data(field) => {
                let bytes = field.as_bytes();
                self.bytes(&bytes[memchr(SUBFIELD_DELIMITER, bytes).unwrap_or(0)..], false)
            }
        }
    }

    /// Returns the text of these bytes, a control field or the subfields of a data field.
    #[inline]
    pub(super) fn bytes<'b>(
        &mut self,
        bytes: &'b [u8],
        is_control: bool,
    ) -> Result<Cow<'b, str>, WriteError> {
        let is_made_of_text = self.record.is_made_of_text(self.at);
        let text = if is_made_of_text { RecordText::UTF_8 } else { self.text };
        match text.bytes(bytes, is_control) {
            Ok(text) => Ok(text),
            Err(_) => self.undecodable(bytes, is_control),
        }
    }

    /// Returns the text of a field that the record's rule does not decode.
    #[cold]
    fn undecodable<'b>(
        &mut self,
        bytes: &'b [u8],
        is_control: bool,
    ) -> Result<Cow<'b, str>, WriteError> {
        let (record, text) = (self.record, self.text);
        let settled = *self.settled.get_or_insert_with(|| text.settled(record));
        let tag = self.tag;
        let refused = |error: TextError| {
            WriteError::in_field(WriteErrorKind::Undecodable(*error.decode_error()), tag)
        };
        let error = match settled.bytes(bytes, is_control) {
            Ok(text) => return Ok(text),
            Err(error) => error,
        };
        if self.policy == ErrorPolicy::Strict {
            return Err(refused(error));
        }
        self.note(NoteKind::Undecodable);
        settled.with_policy(self.policy).bytes(bytes, is_control).map_err(refused)
    }

    /// Returns the text without the separators of ISO 2709, which no reader would accept.
    pub(super) fn without_separators<'b>(
        &mut self,
        text: &'b str,
    ) -> Result<Cow<'b, str>, WriteError> {
        if !text.bytes().any(is_separator) {
            return Ok(Cow::Borrowed(text));
        }
        let is_held = |character: char| !(character.is_ascii() && is_separator(character as u8));
        self.filter(text.into(), is_held)
    }

    /// Returns the text without the characters that the format cannot hold.
    pub(super) fn filter<'b>(
        &mut self,
        text: Cow<'b, str>,
        is_held: fn(char) -> bool,
    ) -> Result<Cow<'b, str>, WriteError> {
        let Some(first) = text.chars().find(|character| !is_held(*character)) else {
            return Ok(text);
        };
        let filtered = match self.options.controls {
            Controls::Error => {
                let kind = WriteErrorKind::ControlCharacter(first);
                return Err(WriteError::in_field(kind, self.tag));
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

    /// Returns an indicator's byte. A byte that is not ASCII, or is a separator, becomes a blank,
    /// with a note.
    pub(super) fn indicator(&mut self, byte: u8) -> u8 {
        if !byte.is_ascii() || is_separator(byte) {
            self.note(NoteKind::FieldShape);
            return b' ';
        }
        byte
    }
}
