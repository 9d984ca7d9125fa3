//! The text of a record's fields, as the text formats hold it.

use super::{
    AsRecord, Controls, Note, NoteKind, WriteError, WriteErrorKind, WriteOptions,
    draft::is_plain_ascii,
    lines::has_separators,
    plain::{PlainField, Seen},
    shape::Shape,
};
use crate::{
    encoding::{CodedData, ErrorPolicy, RecordText, TextError},
    record::{
        ControlField, DataField, Field, Indicators, LEADER_LENGTH, SUBFIELD_DELIMITER, Tag,
        is_separator,
    },
};
use memchr::memchr;
use std::{borrow::Cow, str};

/// Appends a record by `write`. If that fails, nothing of it remains in the output.
pub(super) fn attempt<R: AsRecord, T>(
    record: &R,
    text: RecordText,
    options: &WriteOptions,
    output: &mut Vec<u8>,
    notes: &mut Vec<Note>,
    write: impl Fn(&R, Texts<'_, R>, &mut Vec<u8>) -> Result<T, WriteError>,
) -> Result<T, WriteError> {
    let (length, noted) = (output.len(), notes.len());
    // A policy that was specified for reading has precedence over that of the writer.
    let policy = match text.decode_options().error_policy() {
        ErrorPolicy::Strict => options.encoding_errors,
        policy => policy,
    };
    let text = text.with_policy(ErrorPolicy::Strict);
    let notes_here = &mut *notes;
    let (at, tag, settled, coded) = (0, Tag::default(), None, None);
    let texts = Texts { record, text, settled, policy, options, notes: notes_here, at, tag, coded };
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
    at: usize,
    pub(super) tag: Tag,
    /// The field of UNIMARC whose character sets are to be replaced, and their offset from its
    /// first delimiter.
    coded: Option<(usize, usize)>,
}

impl<R: AsRecord> Texts<'_, R> {
    /// Begins the field with this index, and returns its shape. A note reports bytes that are not
    /// part of the shape.
    pub(super) fn begin<'f>(&mut self, at: usize, field: Field<'f>) -> Shape<'f> {
        self.begin_as_it_is(at, field);
        let shape = Shape::of(&field);
        if let Shape::Subfields { is_regular: false, .. } = shape {
            self.note(NoteKind::FieldShape);
        }
        shape
    }

    /// Begins the field with this index, without examining its shape.
    pub(super) fn begin_as_it_is(&mut self, at: usize, field: Field<'_>) {
        (self.at, self.tag) = (at, field.tag());
    }

    /// Returns the policy for undecodable bytes.
    pub(super) const fn policy(&self) -> ErrorPolicy {
        self.policy
    }

    /// Returns the text before the first delimiter of a data field.
    pub(super) fn head<'b>(&mut self, head: &'b [u8]) -> Result<Cow<'b, str>, WriteError> {
        match str::from_utf8(head) {
            Ok(text) if text.is_ascii() => Ok(Cow::Borrowed(text)),
            _ => self.bytes(head, true),
        }
    }

    /// Adds a note on the field that is being written.
    pub(super) fn note(&mut self, kind: NoteKind) {
        self.notes.push(Note::on_field(kind, self.tag, self.at));
    }

    /// Returns the leader as text: printable ASCII, with leader/09 `a` unless all fields are ASCII.
    /// In UNIMARC the field 100 will state the encoding instead.
    pub(super) fn leader(&mut self) -> [u8; LEADER_LENGTH] {
        let mut leader = match self.record.is_damaged() {
            true => self.record.leader().mended(),
            false => *self.record.leader().as_bytes(),
        };
        for byte in &mut leader {
            if !matches!(byte, b' '..=b'~') {
                *byte = b' ';
                self.notes.push(Note::new(NoteKind::LeaderByte));
            }
        }
        let coded = CodedData::find(self.record.fields());
        let is_stated = coded.map_or(leader[9] == b'a', CodedData::is_utf8);
        let mut fields = self.record.fields();
        if is_stated || fields.all(|field| is_plain_ascii(field.as_bytes())) {
            return leader;
        }
        let Some(coded) = coded else {
            leader[9] = b'a';
            self.notes.push(Note::new(NoteKind::CodingScheme));
            return leader;
        };
        let first_delimiter = |field: Field<'_>| memchr(SUBFIELD_DELIMITER, field.as_bytes());
        if let Some(field) = self.record.fields().nth(coded.field)
            && let Some(delimiter) = first_delimiter(field)
            && field.as_bytes()[..coded.at + CodedData::UTF_8.len()].is_ascii()
        {
            self.coded = Some((coded.field, coded.at - delimiter));
            let note = Note::on_field(NoteKind::CharacterSets, field.tag(), coded.field);
            self.notes.push(note);
        }
        leader
    }

    /// Returns the text of UNIMARC's coded data with the character sets that are written.
    #[cold]
    fn restated<'b>(text: &str, at: usize) -> Cow<'b, str> {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at..at + CodedData::UTF_8.len()].copy_from_slice(&CodedData::UTF_8);
        // The replaced bytes are ASCII, and so are those before them.
        Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
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
    /// Most bytes are UTF-8, and then a call costs more than the work.
    #[inline(always)]
    pub(super) fn bytes<'b>(
        &mut self,
        bytes: &'b [u8],
        is_control: bool,
    ) -> Result<Cow<'b, str>, WriteError> {
        if self.coded.is_none()
            && self.options.normal_form.is_none()
            && let Some(text) = self.text.as_it_stands(bytes)
        {
            return Ok(Cow::Borrowed(text));
        }
        self.decoded(bytes, is_control)
    }

    /// Does the same for bytes that may not be their own text.
    #[inline(never)]
    fn decoded<'b>(
        &mut self,
        bytes: &'b [u8],
        is_control: bool,
    ) -> Result<Cow<'b, str>, WriteError> {
        let text = match self.text.at(self.record, self.at).bytes(bytes, is_control) {
            Ok(text) => text,
            Err(_) => self.undecodable(bytes, is_control)?,
        };
        let text = match self.options.normal_form {
            Some(form) => form.of_field(text),
            None => text,
        };
        match self.coded {
            Some((field, at)) if field == self.at => Ok(Self::restated(&text, at)),
            _ => Ok(text),
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

    /// Returns a data field that is written without changes: its text is its bytes, no byte is
    /// `special`, and it is two indicators and subfields with codes of ASCII. Nearly all fields are.
    #[inline(always)]
    pub(super) fn plain<'b>(
        &self,
        data: &DataField<'b>,
        is_special: impl Fn(u8) -> bool,
    ) -> Option<PlainField<'b>> {
        let &[first, second, SUBFIELD_DELIMITER, ..] = data.as_bytes() else { return None };
        let indicators = [first, second];
        let is_held = |byte: &u8| matches!(byte, b' '..=b'~') && !is_special(*byte);
        let subfields = &data.as_bytes()[2..];
        let is_plain = indicators.iter().all(is_held) && self.is_plain(subfields, is_special);
        is_plain.then_some(PlainField::new(indicators, subfields))
    }

    /// Returns true for a control field that is written without changes.
    #[inline(always)]
    pub(super) fn is_plain_data(
        &self,
        field: &ControlField<'_>,
        is_special: impl Fn(u8) -> bool,
    ) -> bool {
        self.is_plain(field.data, |byte| (byte == SUBFIELD_DELIMITER) | is_special(byte))
    }

    /// Returns true if bytes are their own text, none of them is `special` or a control character
    /// other than a delimiter, and a printable ASCII character follows each delimiter.
    #[inline(always)]
    fn is_plain(&self, bytes: &[u8], is_special: impl Fn(u8) -> bool) -> bool {
        let seen = Seen::of(bytes, is_special);
        let is_text = match seen.is_ascii {
            true => !self.text.decode_options().refers(),
            false => self.options.normal_form.is_none() && self.text.as_it_stands(bytes).is_some(),
        };
        is_text && !seen.is_bad && self.coded.is_none()
    }

    /// Returns the text without the separators of ISO 2709, which no reader would accept.
    pub(super) fn without_separators<'b>(
        &mut self,
        text: &'b str,
    ) -> Result<Cow<'b, str>, WriteError> {
        if !has_separators(text.as_bytes()) {
            return Ok(Cow::Borrowed(text));
        }
        self.filter(text.into(), is_no_separator)
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
        self.control_character(first)?;
        let filtered = match self.options.controls {
            Controls::Replace => {
                let replaced = |c| if is_held(c) { c } else { '\u{FFFD}' };
                text.chars().map(replaced).collect()
            }
            _ => text.chars().filter(|character| is_held(*character)).collect(),
        };
        Ok(Cow::Owned(filtered))
    }

    /// Returns a subfield code that the format can hold. A code cannot be left out, because its value
    /// would be lost too.
    pub(super) fn code<'b>(
        &mut self,
        code: &'b str,
        is_held: fn(char) -> bool,
    ) -> Result<Cow<'b, str>, WriteError> {
        let Some(character) = code.chars().find(|character| !is_held(*character)) else {
            return Ok(Cow::Borrowed(code));
        };
        self.control_character(character)?;
        Ok(Cow::Borrowed("\u{FFFD}"))
    }

    /// Adds the note on a control character, or refuses it.
    fn control_character(&mut self, character: char) -> Result<(), WriteError> {
        if self.options.controls == Controls::Error {
            let kind = WriteErrorKind::ControlCharacter(character);
            return Err(WriteError::in_field(kind, self.tag));
        }
        self.note(NoteKind::ControlCharacter);
        Ok(())
    }

    /// Returns the indicators of a data field, as ASCII characters that the format can hold.
    #[inline]
    pub(super) fn indicators(
        &mut self,
        data: &DataField<'_>,
        is_held: fn(char) -> bool,
    ) -> Result<[u8; 2], WriteError> {
        match *data.as_bytes() {
            [first @ b' '..=b'~', second @ b' '..=b'~', SUBFIELD_DELIMITER, ..] => {
                Ok([first, second])
            }
            _ => self.odd_indicators(data, is_held),
        }
    }

    /// Does the same for indicators that may be missing, or not ASCII. An indicator may be a
    /// character of several bytes, as a field of more than two bytes before its subfields shows; the
    /// other one is then sound.
    #[cold]
    fn odd_indicators(
        &mut self,
        data: &DataField<'_>,
        is_held: fn(char) -> bool,
    ) -> Result<[u8; 2], WriteError> {
        let bytes = data.as_bytes();
        let head = &bytes[..memchr(SUBFIELD_DELIMITER, bytes).unwrap_or(bytes.len())];
        let Indicators { first, second } = data.indicators();
        let mut found = [first, second].map(char::from);
        let is_of_characters = head.len() > 2 && !head[..2].is_ascii();
        if is_of_characters && let Ok(text) = self.text.bytes(head, false) {
            let mut characters = text.chars();
            found = found.map(|_| characters.next().unwrap_or(' '));
        }
        let mut indicators = [b' '; 2];
        for (indicator, character) in indicators.iter_mut().zip(found) {
            match u8::try_from(character) {
                Ok(byte) if !byte.is_ascii() || is_separator(byte) => {}
                Ok(byte) if is_held(character) => {
                    *indicator = byte;
                    continue;
                }
                Ok(_) => {
                    self.control_character(character)?;
                    continue;
                }
                Err(_) => {}
            }
            if head.len() == 2 {
                self.note(NoteKind::FieldShape);
            }
        }
        Ok(indicators)
    }
}

/// Returns true if a character is not a separator of ISO 2709.
pub(super) const fn is_no_separator(character: char) -> bool {
    !matches!(character, '\x1D'..='\x1F')
}
