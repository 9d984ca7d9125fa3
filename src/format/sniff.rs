//! Which format an input is in, by its first bytes.
//!
//! The first character makes a text format likely, and no more: a byte of junk before a file of
//! ISO 2709 must not swallow it. So the question is which of two things comes first in the input: a
//! whole record of that format, or what no text has and every file of ISO 2709 does, a 0x1D or a
//! plausible leader with its directory. If neither comes within [`SNIFF_LENGTH`] bytes or before
//! the end, the first character decides after all. The answer does not depend on how the bytes
//! come, and nothing waits for it: a record is known by its last byte.

use super::{
    Format, NoteKind, ReadOptions,
    draft::Draft,
    extent::{Extent, Extents},
    syntax::Syntax,
};
use crate::{
    framing::ends_plausible_leader,
    record::{FIELD_TERMINATOR, RECORD_TERMINATOR},
    source::{HEAD, Unit},
};
use memchr::memchr2;

/// How many bytes of an input [`Format::sniff`] looks at, at most.
pub const SNIFF_LENGTH: usize = 1 << 20;

/// How many bytes behind white space say which format is likely: more make no difference.
const ENOUGH: usize = 64;

/// How much white space is passed over before them.
const MOST_BLANKS: usize = 4 << 10;

/// Looks at the first bytes of an input as they come.
pub(super) struct Sniffer {
    options: ReadOptions,
    /// Whether the input is read from its middle on.
    is_resumed: bool,
    /// How far the bytes were searched for what only ISO 2709 has.
    searched: usize,
    finder: Option<Finder>,
}

impl Sniffer {
    pub(super) const fn new(options: ReadOptions, is_resumed: bool) -> Self {
        Self { options, is_resumed, searched: 0, finder: None }
    }

    /// The format, or that it is none, as soon as these first bytes are enough to tell.
    pub(super) fn look(&mut self, head: &[u8], is_end: bool) -> Option<Option<Format>> {
        let window = &head[..head.len().min(SNIFF_LENGTH)];
        let is_all = is_end || window.len() == SNIFF_LENGTH;
        let start = &window[..window.len().min(MOST_BLANKS + ENOUGH)];
        let Some(format) = guess(start, self.is_resumed) else {
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
        let sign = self.sign(window, unit);
        let text = &window[..sign.unwrap_or(window.len())];
        let finder = self.finder.get_or_insert_with(|| Finder::new(syntax, unit, self.options));
        if finder.finds_record(text) {
            return Some(Some(format));
        }
        match sign {
            Some(_) => Some(Some(Format::Iso2709)),
            None => is_all.then_some(Some(format)),
        }
    }

    /// The first byte by which only ISO 2709 can be told.
    fn sign(&mut self, window: &[u8], unit: Unit) -> Option<usize> {
        let is_wide = matches!(unit, Unit::Utf16 { .. });
        let separator = |from: usize| {
            memchr2(FIELD_TERMINATOR, RECORD_TERMINATOR, window.get(from..)?).map(|at| from + at)
        };
        while let Some(at) = separator(self.searched) {
            // In UTF-16 it may be half of a character.
            let is_end = window[at] == RECORD_TERMINATOR && !is_wide;
            if is_end || (window[at] == FIELD_TERMINATOR && ends_plausible_leader(window, at)) {
                return Some(at);
            }
            self.searched = at + 1;
        }
        self.searched = window.len();
        None
    }
}

/// Looks for a whole record of a text format.
struct Finder {
    syntax: Syntax,
    unit: Unit,
    options: ReadOptions,
    extents: Box<dyn Extents + Send>,
    /// How many bytes of the input were made `text`.
    taken: usize,
    text: Vec<u8>,
    /// How far `text` was looked at.
    at: usize,
}

impl Finder {
    fn new(syntax: Syntax, unit: Unit, options: ReadOptions) -> Self {
        let extents = syntax.extents(&options, true);
        Self { syntax, unit, options, extents, taken: 0, text: Vec::new(), at: 0 }
    }

    fn finds_record(&mut self, bytes: &[u8]) -> bool {
        self.taken += self.unit.append_utf8(&bytes[self.taken..], false, &mut self.text);
        loop {
            match self.extents.next(&self.text[self.at..], false) {
                Extent::More => return false,
                Extent::Skip(length) | Extent::Continued(length) | Extent::Fault(length, _) => {
                    self.at += length;
                }
                Extent::Record(length) => {
                    let record = &self.text[self.at..self.at + length];
                    if says_something(self.syntax, record, &self.options) {
                        return true;
                    }
                    self.at += length;
                }
            }
        }
    }
}

/// Whether text is a record with a field, or a leader at least.
fn says_something(syntax: Syntax, record: &[u8], options: &ReadOptions) -> bool {
    let mut draft = Draft::default();
    draft.begin();
    let is_leader = |draft: &Draft| {
        let is_short = draft.notes.iter().any(|note| note.kind() == NoteKind::LeaderLength);
        draft.leader().is_some() && !is_short
    };
    syntax.parse(record, options, &mut draft).is_ok()
        && (draft.field_count() > 0 || is_leader(&draft))
}

/// Whether an XML declaration is there to its end, or will not come.
pub(super) fn is_declared(head: &[u8]) -> bool {
    let head = &head[..head.len().min(HEAD)];
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    head.len() >= HEAD
        || (head.len() >= 4
            && (memchr::memmem::find(head, b"?>").is_some()
                || !(b"<?xml".starts_with(text) || text.starts_with(b"<?xml"))))
}

/// The format that the first bytes make likely.
fn guess(head: &[u8], is_resumed: bool) -> Option<Format> {
    if begins_wide_markup(head) {
        return Some(Format::Marcxml);
    }
    let mut head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let text = head.trim_ascii_start();
    match *text.first()? {
        b'<' => return is_xml_like(text).then_some(Format::Marcxml),
        b'{' | b'[' => return Some(Format::Json),
        // Behind one of its records.
        b',' | b']' if is_resumed => return Some(Format::Json),
        b'=' | b'#' => return Some(Format::Marcmaker),
        // A message of yaz-marcdump, which it prints among the records.
        b'(' => return Some(Format::Line),
        _ => {}
    }
    // A leader may begin with blanks, which belong to its 24 bytes; blank lines before it do not.
    let blanks = head.len() - text.len();
    if let Some(line) = head[..blanks].iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
        head = &head[line + 1..];
    }
    match head.iter().take(25).position(|byte| matches!(byte, b'\n' | b'\r')) {
        Some(24) => Some(Format::Line),
        _ => (is_leader_like(head) || is_leader_like(text)).then_some(Format::Iso2709),
    }
}

/// Whether markup begins here in UTF-16, behind a byte order mark and white space.
fn begins_wide_markup(head: &[u8]) -> bool {
    let Unit::Utf16 { is_little } = Unit::of_xml(head) else { return false };
    let mut units = head.chunks_exact(2).map(|unit| match (is_little, unit) {
        (true, &[byte, 0]) | (false, &[0, byte]) => byte,
        (true, [0xFF, 0xFE]) | (false, [0xFE, 0xFF]) => b' ',
        _ => 0,
    });
    let is_markup =
        |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'?' | b'!' | b'_' | b'/');
    units.find(|byte| !byte.is_ascii_whitespace()) == Some(b'<')
        && units.next().is_some_and(is_markup)
}

/// Whether text that begins with `<` may be XML: a web page, which a server sent in the place of a
/// file, is none.
fn is_xml_like(text: &[u8]) -> bool {
    let begins = |with: &[u8]| {
        let length = with.len().min(text.len());
        text[..length].eq_ignore_ascii_case(&with[..length])
    };
    // Too few bytes to tell are none of it, either.
    !begins(b"<!doctype html") && !begins(b"<html")
}

/// Whether these bytes may be the beginning of a leader: five digits, or blanks as pymarc and
/// others leave them, and printable ASCII after that.
fn is_leader_like(bytes: &[u8]) -> bool {
    // One more, which may be the end of a line.
    bytes.len() > 24
        && bytes[..5].iter().all(|byte| byte.is_ascii_digit() || *byte == b' ')
        && bytes[5..24].iter().all(|byte| matches!(byte, b' '..=b'~'))
}
