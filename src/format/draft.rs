//! A record that is being made out of text.

use super::{Controls, Note, NoteKind};
use crate::{
    error::{Error, InputName, Position, Raw, beginning, shown},
    record::{
        ErrorKind, FIELD_TERMINATOR, Fault, FieldSpan, LEADER_LENGTH, Severity, Tag, is_separator,
    },
};
use std::{borrow::Cow, error, fmt, sync::Arc};

/// The leader of a record that came without one: nothing is claimed but UTF-8.
const NO_LEADER: [u8; LEADER_LENGTH] = *b"00000    a2200000   4500";

/// Why text is no record. Where it stands is told by what carries it.
#[derive(Debug, Clone)]
pub(crate) struct ParseError {
    kind: ErrorKind,
    message: Cow<'static, str>,
    tag: Option<Tag>,
}

impl ParseError {
    pub(super) fn syntax(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ErrorKind::Syntax, message: message.into(), tag: None }
    }

    pub(super) fn encoding(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ErrorKind::Encoding, message: message.into(), tag: None }
    }

    pub(crate) const fn of_parts(kind: ErrorKind, message: Cow<'static, str>) -> Self {
        Self { kind, message, tag: None }
    }

    pub(super) fn in_field(mut self, tag: Tag) -> Self {
        self.tag.get_or_insert(tag);
        self
    }

    /// The fault: whatever kind it is of, there is no record.
    pub(crate) const fn fault(&self) -> Fault {
        Fault::new(self.kind).with_severity(Severity::LostRecord)
    }

    /// The error, at its place in the input.
    pub(crate) fn at(
        self,
        name: Option<InputName>,
        number: u64,
        offset: u64,
        control_number: Option<String>,
        raw: Raw,
    ) -> Error {
        let position = Position {
            name,
            record: Some(number),
            offset: Some(offset),
            control_number: control_number.map(Arc::from),
            tag: self.tag,
            raw,
            location: None,
        };
        Error::with_cause(self.fault(), position, Message(self.message))
    }
}

/// The cause of an [`Error`] that is told in words.
#[derive(Debug)]
struct Message(Cow<'static, str>);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for Message {}

/// Records that are made out of text, one after the other in one arena: for each its leader, and
/// its fields with their terminators. Nothing is allocated for a field.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// The records. Of the last, which is being made, the leader is blank until it is finished.
    pub(crate) arena: Vec<u8>,
    /// Where the fields stand, from the start of their record.
    pub(crate) spans: Vec<FieldSpan>,
    pub(crate) notes: Vec<Note>,
    /// Where the record that is being made begins, in each of the three.
    marks: Marks,
    leader: Option<[u8; LEADER_LENGTH]>,
    /// Whether the values are in the encoding that leader/09 says already, and not UTF-8.
    pub(super) is_raw: bool,
}

/// A place in a draft's lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) arena: usize,
    pub(crate) spans: usize,
    pub(crate) notes: usize,
}

impl Draft {
    /// Forgets all records, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.arena.clear();
        self.spans.clear();
        self.notes.clear();
    }

    /// Begins a record.
    pub(crate) fn begin(&mut self) {
        self.marks =
            Marks { arena: self.arena.len(), spans: self.spans.len(), notes: self.notes.len() };
        self.leader = None;
        self.is_raw = false;
        self.arena.extend_from_slice(&[b' '; LEADER_LENGTH]);
    }

    /// Takes back what was made of the record so far, as if it had just begun.
    pub(super) fn again(&mut self) {
        self.abandon();
        self.begin();
    }

    /// Takes back the record.
    pub(crate) fn abandon(&mut self) {
        self.arena.truncate(self.marks.arena);
        self.spans.truncate(self.marks.spans);
        self.notes.truncate(self.marks.notes);
    }

    /// The leader, once the text gave one.
    pub(super) const fn leader(&self) -> Option<&[u8; LEADER_LENGTH]> {
        self.leader.as_ref()
    }

    /// How many fields the record has so far.
    pub(super) fn field_count(&self) -> usize {
        self.spans.len() - self.marks.spans
    }

    /// The leader as the text has it. One that lost its blanks at the ends, or was laid out on a
    /// line of its own, is put right.
    pub(super) fn set_leader(&mut self, text: &str, controls: Controls) -> Result<(), ParseError> {
        if !text.is_ascii() {
            return Err(ParseError::of_parts(ErrorKind::Leader, "the leader is not ASCII".into()));
        }
        let bytes = text.as_bytes();
        let has_separators = bytes.iter().any(|byte| is_separator(*byte));
        if has_separators && controls == Controls::Error {
            let message = "the separators 0x1D, 0x1E and 0x1F cannot stand in the leader";
            return Err(ParseError::of_parts(ErrorKind::Leader, message.into()));
        }
        if has_separators {
            self.note(NoteKind::ControlCharacter);
            let text: std::string::String =
                text.chars().filter(|c| !matches!(c, '\x1D'..='\x1F')).collect();
            return self.set_leader(&text, controls);
        }
        let bytes = if bytes.len() == LEADER_LENGTH { bytes } else { bytes.trim_ascii() };
        if bytes.len() != LEADER_LENGTH {
            self.note(NoteKind::LeaderLength);
        }
        let mut leader = [b' '; LEADER_LENGTH];
        for (to, from) in leader.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.leader = Some(leader);
        Ok(())
    }

    pub(super) fn note(&mut self, kind: NoteKind) {
        self.notes.push(Note::new(kind));
    }

    /// A note on the field that is added next.
    pub(super) fn note_next(&mut self, kind: NoteKind, tag: Tag) {
        self.notes.push(Note::on_field(kind, tag, self.field_count()));
    }

    /// Ends a field whose bytes were appended to the arena from `start` on.
    #[inline]
    pub(super) fn end_field(&mut self, tag: Tag, start: usize) {
        let length = self.arena.len() - start;
        self.arena.push(FIELD_TERMINATOR);
        let start = start - self.marks.arena;
        self.spans.push(FieldSpan::new(tag, start as u32, length as u32));
    }

    /// Appends a value, or part of one, to the field that is added next, without the separators
    /// of ISO 2709.
    pub(super) fn push_value(
        &mut self,
        value: &[u8],
        tag: Tag,
        controls: Controls,
    ) -> Result<(), ParseError> {
        let start = self.arena.len();
        self.arena.extend_from_slice(value);
        self.settle(start, tag, controls)
    }

    /// Takes the separators of ISO 2709 out of the value that was appended to the arena from `start`
    /// on.
    pub(super) fn settle(
        &mut self,
        start: usize,
        tag: Tag,
        controls: Controls,
    ) -> Result<(), ParseError> {
        if !self.arena[start..].iter().any(|byte| is_separator(*byte)) {
            return Ok(());
        }
        if controls == Controls::Error {
            let message = "the separators 0x1D, 0x1E and 0x1F cannot stand inside a value";
            return Err(ParseError::syntax(message).in_field(tag));
        }
        self.note_next(NoteKind::ControlCharacter, tag);
        for byte in self.arena.split_off(start) {
            match byte {
                byte if !is_separator(byte) => self.arena.push(byte),
                _ if controls == Controls::Replace => {
                    self.arena.extend_from_slice("\u{FFFD}".as_bytes());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The fields of the record so far.
    fn fields(&self) -> impl Iterator<Item = (Tag, &[u8])> {
        let record = &self.arena[self.marks.arena..];
        self.spans[self.marks.spans..].iter().map(|span| {
            let start = span.start as usize;
            (span.tag(), &record[start..start + span.length as usize])
        })
    }

    /// The first field 001, for messages.
    pub(crate) fn control_number(&self) -> Option<String> {
        let (_, bytes) = self.fields().find(|(tag, _)| *tag == "001")?;
        Some(shown(bytes))
    }

    /// Finishes the record, whose leader/09 now says what its bytes are, and tells where it begins.
    pub(crate) fn finish(&mut self) -> Marks {
        let mut leader = self.leader.unwrap_or_else(|| {
            self.notes.push(Note::new(NoteKind::LeaderMissing));
            NO_LEADER
        });
        if !self.is_raw && leader[9] != b'a' && !is_plain_ascii(&self.arena[self.marks.arena..]) {
            leader[9] = b'a';
            self.notes.push(Note::new(NoteKind::CodingScheme));
        }
        let start = self.marks.arena;
        self.arena[start..start + LEADER_LENGTH].copy_from_slice(&leader);
        self.marks
    }

    /// Lays out a record as it is.
    pub(crate) fn copy(&mut self, record: &crate::record::Record) {
        self.leader = Some(*record.leader().as_bytes());
        self.is_raw = true;
        for field in record.fields() {
            let start = self.arena.len();
            self.arena.extend_from_slice(field.as_bytes());
            self.end_field(field.tag(), start);
        }
        self.finish();
    }

    pub(crate) const fn marks(&self) -> Marks {
        self.marks
    }
}

/// Two drafts are equal if the records are that they are at.
impl PartialEq for Draft {
    fn eq(&self, other: &Self) -> bool {
        let notes = |draft: &Self| draft.notes[draft.marks.notes..].to_vec();
        self.leader == other.leader
            && self.is_raw == other.is_raw
            && notes(self) == notes(other)
            && self.fields().eq(other.fields())
    }
}

/// Whether bytes are ASCII and say nothing else: an escape sequence of MARC-8 leads out of it with
/// bytes that are all ASCII.
pub(super) fn is_plain_ascii(bytes: &[u8]) -> bool {
    bytes.is_ascii() && memchr::memchr(0x1B, bytes).is_none()
}

/// Text in quotes, for a message: of a long one the beginning.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", beginning(text).escape_debug())
}

/// A tag out of text.
pub(super) fn tag_of(text: &str) -> Result<Tag, ParseError> {
    Tag::try_from(text).map_err(|_| {
        let text = quoted(text);
        ParseError::syntax(format!("the tag {text} is not three ASCII letters or digits"))
    })
}

/// An indicator out of text: one ASCII character. Without text it is a blank.
pub(super) fn indicator_of(
    text: Option<&str>,
    tag: Tag,
    draft: &mut Draft,
) -> Result<u8, ParseError> {
    match text.map(str::as_bytes) {
        Some(&[byte]) if byte.is_ascii() && !is_separator(byte) => Ok(byte),
        None | Some([]) => {
            draft.note_next(NoteKind::IndicatorMissing, tag);
            Ok(b' ')
        }
        Some(_) => {
            let text = quoted(text.unwrap_or_default());
            let message = format!("the indicator {text} is not one ASCII character");
            Err(ParseError::syntax(message).in_field(tag))
        }
    }
}

/// Checks that a subfield code is one character. Its UTF-8 stands after the delimiter; where it
/// is more than one byte, the code proper is the first, as for every reader of ISO 2709.
pub(super) fn check_code(text: &str, tag: Tag) -> Result<(), ParseError> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(code), None) if !(code.is_ascii() && is_separator(code as u8)) => Ok(()),
        _ => {
            let message = format!("the subfield code {} is not one character", quoted(text));
            Err(ParseError::syntax(message).in_field(tag))
        }
    }
}
