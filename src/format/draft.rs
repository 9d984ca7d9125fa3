//! A record of a text format while it is parsed.

use super::{Controls, Note, NoteKind, leader};
use crate::{
    encoding::CodedData,
    error::{Error, Position, beginning, shown},
    record::{
        ErrorKind, FIELD_TERMINATOR, Fault, Field, FieldSpan, LEADER_LENGTH, Severity, Tag,
        is_separator,
    },
};
use std::{borrow::Cow, error, fmt};

/// The leader of a record without one. It states nothing but UTF-8.
const NO_LEADER: [u8; LEADER_LENGTH] = *b"00000    a2200000   4500";

/// The reason why text is not a record. The caller adds the position.
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

    /// Returns the fault. Its severity does not depend on the kind: no record is delivered.
    pub(crate) const fn fault(&self) -> Fault {
        Fault::new(self.kind).with_severity(Severity::LostRecord)
    }

    /// Returns the error for a record that does not fit into memory.
    pub(crate) fn no_memory() -> Self {
        Self::of_parts(ErrorKind::OverLong, "no memory for the fields of the record".into())
    }

    /// Returns the error of the record at this position.
    pub(crate) fn at(self, position: Position) -> Error {
        let position = Position { tag: self.tag, ..position };
        Error::with_cause(self.fault(), position, Message(self.message))
    }
}

/// The cause of an [`Error`] that consists of words.
#[derive(Debug)]
struct Message(Cow<'static, str>);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for Message {}

/// Number of fields from which the memory for them is allocated in large parts.
const MANY: usize = 1 << 16;

/// Number of fields in such a part. The allocator takes that much directly from the system, so
/// growing copies nothing, and the unused rest is only address space.
const LARGE: usize = (33 << 20) / size_of::<FieldSpan>();

/// Records that are parsed from text, one after the other in one arena: for each its leader, and
/// its fields with their terminators. Nothing is allocated for a field.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// The records. The leader of the last one is blank until the record is finished.
    pub(crate) arena: Vec<u8>,
    /// The fields, as offsets from the start of their record.
    pub(crate) spans: Vec<FieldSpan>,
    pub(crate) notes: Vec<Note>,
    /// The start of the current record in each of the three lists.
    marks: Marks,
    leader: Option<[u8; LEADER_LENGTH]>,
    /// True if the values are in the encoding that leader/09 states, and not in UTF-8.
    pub(super) is_raw: bool,
    /// True if there was no memory for all fields of the current record.
    is_starved: bool,
}

/// A position in each of a draft's lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) arena: usize,
    pub(crate) spans: usize,
    pub(crate) notes: usize,
}

impl Draft {
    /// Removes all records, and keeps the memory.
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
        (self.is_raw, self.is_starved) = (false, false);
        self.arena.extend_from_slice(&[b' '; LEADER_LENGTH]);
    }

    /// Discards the fields parsed so far, and begins the record again.
    pub(super) fn again(&mut self) {
        self.abandon();
        self.begin();
    }

    /// Discards the fields parsed so far, with their notes, and keeps the leader.
    pub(super) fn drop_fields(&mut self) {
        self.arena.truncate(self.marks.arena + LEADER_LENGTH);
        self.spans.truncate(self.marks.spans);
        let mut at = 0;
        self.notes.retain(|note| {
            at += 1;
            at <= self.marks.notes || note.tag().is_none()
        });
    }

    /// Discards the current record.
    pub(crate) fn abandon(&mut self) {
        self.arena.truncate(self.marks.arena);
        self.spans.truncate(self.marks.spans);
        self.notes.truncate(self.marks.notes);
    }

    /// Returns the leader, once it was parsed.
    pub(super) const fn leader(&self) -> Option<&[u8; LEADER_LENGTH]> {
        self.leader.as_ref()
    }

    /// Returns the number of fields parsed so far.
    pub(super) fn field_count(&self) -> usize {
        self.spans.len() - self.marks.spans
    }

    /// Sets the leader to this text. A text of another length is [aligned](leader::aligned). A
    /// character that is not ASCII becomes a blank: some systems export one in place of a code.
    pub(super) fn set_leader(&mut self, text: &str, controls: Controls) -> Result<(), ParseError> {
        if !text.is_ascii() {
            self.note(NoteKind::LeaderByte);
            let blank = |c: char| if c.is_ascii() { c } else { ' ' };
            return self.set_leader(&text.chars().map(blank).collect::<String>(), controls);
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
        self.leader = Some(match bytes.try_into() {
            Ok(leader) => leader,
            Err(_) => {
                self.note(NoteKind::LeaderLength);
                leader::aligned(bytes)
            }
        });
        Ok(())
    }

    pub(super) fn note(&mut self, kind: NoteKind) {
        self.notes.push(Note::new(kind));
    }

    /// Adds a note on the field that is added next.
    pub(super) fn note_next(&mut self, kind: NoteKind, tag: Tag) {
        self.notes.push(Note::on_field(kind, tag, self.field_count()));
    }

    /// Ends a field whose bytes were appended to the arena from `start` on.
    #[inline]
    pub(super) fn end_field(&mut self, tag: Tag, start: usize) {
        let length = self.arena.len() - start;
        self.arena.push(FIELD_TERMINATOR);
        let start = start - self.marks.arena;
        if self.spans.len() < self.spans.capacity() || self.has_room_for_more() {
            self.spans.push(FieldSpan::new(tag, start as u32, length as u32));
        }
    }

    /// Makes room for more fields. Returns false if there is no memory.
    #[cold]
    fn has_room_for_more(&mut self) -> bool {
        let count = self.spans.len();
        let more = if count < MANY { count.max(16) } else { count.max(LARGE) };
        let spans = &mut self.spans;
        let has_room = [more, count / 4, MANY / 16]
            .into_iter()
            .any(|more| more > 0 && spans.try_reserve_exact(more).is_ok());
        self.is_starved |= !has_room;
        !self.is_starved
    }

    /// Returns an error if there was no memory for all fields of the record.
    pub(super) fn completed(&self) -> Result<(), ParseError> {
        if self.is_starved { Err(ParseError::no_memory()) } else { Ok(()) }
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

    /// Removes the separators of ISO 2709 from the value that was appended to the arena from
    /// `start` on.
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

    /// Returns the fields parsed so far.
    fn fields(&self) -> impl Iterator<Item = (Tag, &[u8])> {
        let record = &self.arena[self.marks.arena..];
        self.spans[self.marks.spans..].iter().map(|span| {
            let start = span.start as usize;
            (span.tag(), &record[start..start + span.length as usize])
        })
    }

    /// Returns the first field 001, for messages.
    pub(crate) fn control_number(&self) -> Option<String> {
        let (_, bytes) = self.fields().find(|(tag, _)| *tag == "001")?;
        Some(shown(bytes))
    }

    /// Returns the coded data of the fields parsed so far, if they are UNIMARC.
    pub(super) fn coded_data(&self) -> Option<CodedData> {
        CodedData::find(self.fields().map(|(tag, bytes)| Field::new(tag, bytes)))
    }

    /// Sets the character sets of UNIMARC to Unicode.
    fn state_unicode(&mut self, coded: CodedData) {
        let span = &self.spans[self.marks.spans + coded.field];
        let tag = span.tag();
        let at = self.marks.arena + span.start as usize + coded.at;
        let codes = &mut self.arena[at..at + CodedData::UTF_8.len()];
        if !coded.is_utf8() && codes.is_ascii() {
            codes.copy_from_slice(&CodedData::UTF_8);
            self.notes.push(Note::on_field(NoteKind::CharacterSets, tag, coded.field));
        }
    }

    /// Finishes the record, so that its leader/09, or in UNIMARC its field 100, states the encoding
    /// of its bytes. Returns its start.
    pub(crate) fn finish(&mut self) -> Marks {
        let mut leader = self.leader.unwrap_or_else(|| {
            self.notes.push(Note::new(NoteKind::LeaderMissing));
            NO_LEADER
        });
        if !self.is_raw && !is_plain_ascii(&self.arena[self.marks.arena..]) {
            match self.coded_data() {
                Some(coded) => self.state_unicode(coded),
                None if leader[9] != b'a' => {
                    leader[9] = b'a';
                    self.notes.push(Note::new(NoteKind::CodingScheme));
                }
                None => {}
            }
        }
        let start = self.marks.arena;
        self.arena[start..start + LEADER_LENGTH].copy_from_slice(&leader);
        self.marks
    }
}

/// Two drafts are equal if their current records are.
impl PartialEq for Draft {
    fn eq(&self, other: &Self) -> bool {
        let notes = |draft: &Self| draft.notes[draft.marks.notes..].to_vec();
        self.leader == other.leader
            && self.is_raw == other.is_raw
            && notes(self) == notes(other)
            && self.fields().eq(other.fields())
    }
}

/// Returns true if bytes are ASCII and mean ASCII: an escape sequence of MARC-8 consists of ASCII
/// bytes, and selects other characters.
pub(super) fn is_plain_ascii(bytes: &[u8]) -> bool {
    bytes.is_ascii() && memchr::memchr(0x1B, bytes).is_none()
}

/// Returns text in quotes, for a message. A long text is shortened to its beginning.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", beginning(text).escape_debug())
}

/// Returns the tag that a text states. As in ISO 2709, it may be odd: `check` reports that.
pub(super) fn tag_of(text: &str) -> Result<Tag, ParseError> {
    Tag::stated(text).ok_or_else(|| {
        let text = quoted(text);
        ParseError::syntax(format!("the tag {text} is not three characters of ASCII"))
    })
}

/// Returns the indicator that a text states: one character. Without a text it is a blank, and so is
/// a character that is not ASCII.
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
            let text = text.unwrap_or_default();
            if text.chars().count() == 1 && !text.is_ascii() {
                draft.note_next(NoteKind::IndicatorReplaced, tag);
                return Ok(b' ');
            }
            let message = format!("the indicator {} is not one ASCII character", quoted(text));
            Err(ParseError::syntax(message).in_field(tag))
        }
    }
}

/// Appends the indicators that these characters state.
pub(super) fn push_indicators(
    characters: impl IntoIterator<Item = char>,
    tag: Tag,
    draft: &mut Draft,
) -> Result<(), ParseError> {
    for character in characters {
        let indicator = indicator_of(Some(character.encode_utf8(&mut [0; 4])), tag, draft)?;
        draft.arena.push(indicator);
    }
    Ok(())
}

/// Checks that a subfield code is one character. Its UTF-8 is written after the delimiter. If it
/// has several bytes, every reader of ISO 2709 takes the first one as the code.
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
