//! The detection of an input's format by its first bytes.
//!
//! The first character only suggests a text format: a byte of junk before a file of ISO 2709 must
//! not swallow it. So the detector looks for two things, and the one that comes first decides: a
//! whole record of the suggested format, or something that no text contains and every file of ISO
//! 2709 does, a 0x1D or a plausible leader with its directory. If neither comes within
//! [`DETECTION_LENGTH`] bytes or before the end, the first character decides after all. The answer
//! does not depend on how the bytes arrive. Nothing waits for it, because the last byte of a record
//! is enough.
//!
//! The record that decides is parsed here, and again when it is delivered. Its bytes alone would
//! not do: a line of junk may be the extent of a record of MARCMaker, and fail to parse.

use super::{
    Format, NoteKind, ReadOptions,
    draft::Draft,
    syntax::Syntax,
    text_framer::{TextFramer, TextStep},
};
use crate::{
    framing::signatures::{ends_among_comments, sign_of_iso2709, suggest, xml::is_declared},
    source::Unit,
};

/// The largest number of bytes of an input that [`Format::detect`] examines.
pub const DETECTION_LENGTH: usize = 1 << 20;

/// Number of bytes after white space that suggest a format. More make no difference.
const ENOUGH: usize = 64;

/// Number of bytes of white space that may stand before them.
const MOST_BLANKS: usize = 4 << 10;

/// A detector, which examines the first bytes of an input as they arrive.
pub(super) struct Detector {
    options: ReadOptions,
    /// True if reading begins inside the input.
    is_resumed: bool,
    /// Number of bytes that were searched for a sign of ISO 2709.
    searched: usize,
    confirmation: Option<Confirmation>,
}

impl Detector {
    pub(super) const fn new(options: ReadOptions, is_resumed: bool) -> Self {
        Self { options, is_resumed, searched: 0, confirmation: None }
    }

    /// Returns the format, or that none is recognised, as soon as these first bytes decide it.
    pub(super) fn look(&mut self, head: &[u8], is_end: bool) -> Option<Option<Format>> {
        let window = &head[..head.len().min(DETECTION_LENGTH)];
        let is_all = is_end || window.len() == DETECTION_LENGTH;
        let start = &window[..window.len().min(MOST_BLANKS + ENOUGH)];
        let is_cut = start.len() < MOST_BLANKS + ENOUGH && !is_all;
        if is_cut && ends_among_comments(start) {
            return None;
        }
        let Some(format) = suggest(start, self.is_resumed).and_then(Format::of) else {
            let is_enough =
                start.trim_ascii_start().len() >= ENOUGH || start.len() == MOST_BLANKS + ENOUGH;
            return (is_end || is_enough).then_some(None);
        };
        let Some(syntax) = Syntax::of(format) else { return Some(Some(format)) };
        let is_xml = format == Format::Marcxml;
        if is_xml && !is_all && !is_declared(start) {
            return None;
        }
        let unit = if is_xml { Unit::of_xml(start) } else { Unit::Byte };
        let sign = sign_of_iso2709(window, self.searched, matches!(unit, Unit::Utf16 { .. }));
        self.searched = window.len();
        let text = &window[..sign.unwrap_or(window.len())];
        let confirmation =
            self.confirmation.get_or_insert_with(|| Confirmation::new(syntax, unit, self.options));
        if confirmation.finds_record(text) {
            return Some(Some(format));
        }
        match sign {
            Some(_) => Some(Some(Format::Iso2709)),
            None => is_all.then_some(Some(format)),
        }
    }
}

/// The search for a whole record of a text format.
struct Confirmation {
    syntax: Syntax,
    unit: Unit,
    options: ReadOptions,
    framer: Box<dyn TextFramer>,
    /// Number of bytes of the input that were converted to `text`.
    taken: usize,
    text: Vec<u8>,
    /// Number of bytes of `text` that were searched.
    at: usize,
}

impl Confirmation {
    fn new(syntax: Syntax, unit: Unit, options: ReadOptions) -> Self {
        let framer = syntax.framer(&options, true);
        Self { syntax, unit, options, framer, taken: 0, text: Vec::new(), at: 0 }
    }

    fn finds_record(&mut self, bytes: &[u8]) -> bool {
        self.taken += self.unit.append_utf8(&bytes[self.taken..], false, &mut self.text);
        loop {
            match self.framer.next(&self.text[self.at..], false) {
                TextStep::More => return false,
                TextStep::Skip(length)
                | TextStep::Continued(length)
                | TextStep::Fault(length, _) => {
                    self.at += length;
                }
                TextStep::Record(length) => {
                    let record = &self.text[self.at..self.at + length];
                    if has_content(self.syntax, record, &self.options) {
                        return true;
                    }
                    self.at += length;
                }
            }
        }
    }
}

/// Returns true if a text is a record with a field, or at least with a leader.
fn has_content(syntax: Syntax, record: &[u8], options: &ReadOptions) -> bool {
    let mut draft = Draft::default();
    draft.begin();
    let is_leader = |draft: &Draft| {
        let is_short = draft.notes.iter().any(|note| note.kind() == NoteKind::LeaderLength);
        draft.leader().is_some() && !is_short
    };
    syntax.parse(record, options, &mut draft).is_ok()
        && (draft.field_count() > 0 || is_leader(&draft))
}
