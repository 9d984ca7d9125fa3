//! A record that is being made out of text.

use super::{Controls, Note, NoteKind};
use crate::{
    error::{Error, Place},
    record::{ErrorKind, Fault, LEADER_LENGTH, Record, Tag, is_separator},
};
use std::{borrow::Cow, error, fmt, sync::Arc};

/// The leader of a record that came without one: nothing is claimed but UTF-8.
const NO_LEADER: [u8; LEADER_LENGTH] = *b"00000    a2200000   4500";

/// Why text is no record. Where it stands is told by what carries it.
#[derive(Debug)]
pub(super) struct ParseError {
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

    pub(super) const fn of_parts(kind: ErrorKind, message: Cow<'static, str>) -> Self {
        Self { kind, message, tag: None }
    }

    pub(super) fn in_field(mut self, tag: Tag) -> Self {
        self.tag.get_or_insert(tag);
        self
    }

    /// The error, at its place in the input.
    pub(super) fn at(
        self,
        name: Option<Arc<str>>,
        number: u64,
        offset: u64,
        control_number: Option<&[u8]>,
        raw: &[u8],
    ) -> Error {
        let place = Place {
            name,
            record: Some(number),
            offset: Some(offset),
            control_number: control_number.map(|bytes| bytes.escape_ascii().to_string()),
            tag: self.tag,
            raw: raw.to_vec(),
        };
        Error::with_cause(Fault::new(self.kind), place, Message(self.message))
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

/// A record that is being made out of text: its parts, and what had to be changed about them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    leader: Option<[u8; LEADER_LENGTH]>,
    pub(super) fields: Vec<(Tag, Vec<u8>)>,
    pub(super) notes: Vec<Note>,
    /// Whether the values are in the encoding that leader/09 says already, and not UTF-8.
    pub(super) is_raw: bool,
}

impl Draft {
    pub(super) const fn has_leader(&self) -> bool {
        self.leader.is_some()
    }

    /// The leader as the text has it. One that lost its blanks at the ends, or was laid out on a
    /// line of its own, is put right.
    pub(super) fn set_leader(&mut self, text: &str) -> Result<(), ParseError> {
        if !text.is_ascii() {
            return Err(ParseError::of_parts(ErrorKind::Leader, "the leader is not ASCII".into()));
        }
        let bytes = text.as_bytes();
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
        self.notes.push(Note::on_field(kind, tag, self.fields.len()));
    }

    pub(super) fn push(&mut self, tag: Tag, bytes: Vec<u8>) {
        self.fields.push((tag, bytes));
    }

    /// Appends a value, or part of one, to the field that is added next, without the separators
    /// of ISO 2709.
    pub(super) fn push_value(
        &mut self,
        value: &[u8],
        tag: Tag,
        controls: Controls,
        to: &mut Vec<u8>,
    ) -> Result<(), ParseError> {
        if !value.iter().any(|byte| is_separator(*byte)) {
            to.extend_from_slice(value);
            return Ok(());
        }
        if controls == Controls::Error {
            let message = "the separators 0x1D, 0x1E and 0x1F cannot stand inside a value";
            return Err(ParseError::syntax(message).in_field(tag));
        }
        self.note_next(NoteKind::ControlCharacter, tag);
        for &byte in value {
            match byte {
                byte if !is_separator(byte) => to.push(byte),
                _ if controls == Controls::Replace => to.extend_from_slice("\u{FFFD}".as_bytes()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The first field 001, for messages.
    pub(super) fn control_number(&self) -> Option<&[u8]> {
        let (_, bytes) = self.fields.iter().find(|(tag, _)| *tag == "001")?;
        Some(bytes)
    }

    /// The record, whose leader/09 now says what its bytes are, and the notes.
    pub(super) fn finish(mut self) -> (Record, Vec<Note>) {
        let mut leader = self.leader.unwrap_or_else(|| {
            self.notes.push(Note::new(NoteKind::LeaderMissing));
            NO_LEADER
        });
        let is_ascii = || self.fields.iter().all(|(_, bytes)| bytes.is_ascii());
        if !self.is_raw && leader[9] != b'a' && !is_ascii() {
            leader[9] = b'a';
            self.notes.push(Note::new(NoteKind::CodingScheme));
        }
        (Record::of_parts(leader, self.fields), self.notes)
    }
}

/// A tag out of text.
pub(super) fn tag_of(text: &str) -> Result<Tag, ParseError> {
    Tag::try_from(text).map_err(|_| {
        let text = text.escape_debug();
        ParseError::syntax(format!("the tag \"{text}\" is not three ASCII letters or digits"))
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
            let text = text.unwrap_or_default().escape_debug();
            let message = format!("the indicator \"{text}\" is not one ASCII character");
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
            let message =
                format!("the subfield code \"{}\" is not one character", text.escape_debug());
            Err(ParseError::syntax(message).in_field(tag))
        }
    }
}
