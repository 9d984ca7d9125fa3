//! The search for records in the formats of lines: a record is a run of lines, and a blank line
//! ends it.

use super::text_framer::{TextFault, TextFramer, TextStep};
use crate::record::{FIELD_TERMINATOR, RECORD_TERMINATOR, SUBFIELD_DELIMITER};
use memchr::{memchr, memchr3};
use std::iter;

/// The characters that may end a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// CR, LF and VT, alone and in the pairs CR LF and LF CR; also CR CR LF, which a transfer in
    /// text mode makes.
    Any,
    /// The same if the first line of the record does not end with an LF. If it does, only an LF
    /// ends a line, and any other of these characters is data.
    LikeFirst,
}

impl LineEnds {
    /// Returns the rule for the lines after the first one, which is this.
    fn after(self, first: &[u8]) -> Breaks {
        match self {
            Self::LikeFirst if first.ends_with(b"\n") => Breaks::Lf,
            Self::Any | Self::LikeFirst => Breaks::Any,
        }
    }
}

/// The line breaks of a record, once its first line is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Any,
    Lf,
}

impl Breaks {
    /// Returns the offset of the first byte, from `from` on, that may begin a line break.
    fn find(self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = bytes.get(from..)?;
        let at = match self {
            Self::Any => memchr3(b'\n', b'\r', VERTICAL_TAB, rest),
            Self::Lf => memchr(b'\n', rest),
        };
        at.map(|at| from + at)
    }
}

const VERTICAL_TAB: u8 = 0x0B;

/// Returns the length of the line break at the front of the bytes, or `None` if more bytes are
/// needed to know it. An LF never waits for a CR after it: see [`continues_break`].
fn break_length(bytes: &[u8], is_end: bool) -> Option<usize> {
    match bytes {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r', b'\r', b'\n', ..] => Some(3),
        [b'\r'] | [b'\r', b'\r'] if !is_end => None,
        _ => Some(1),
    }
}

/// Returns true if the line at this offset, which ends after `length` bytes, is the CR of a line
/// break LF CR.
fn continues_break(bytes: &[u8], at: usize, length: usize) -> bool {
    length == 1 && bytes[at] == b'\r' && at > 0 && bytes[at - 1] == b'\n'
}

/// A line of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// The line without its line break.
    pub(super) text: &'t [u8],
    /// The line break; empty at the end of the input.
    pub(super) end: &'t [u8],
}

/// Returns the lines of a record.
pub(super) fn lines(bytes: &[u8], ends: LineEnds) -> impl Iterator<Item = Line<'_>> {
    let (mut at, mut breaks) = (0, Breaks::Any);
    iter::from_fn(move || {
        let start = at;
        if start == bytes.len() {
            return None;
        }
        let line_end = |from| match breaks.find(bytes, from) {
            Some(found) => (found, found + break_length(&bytes[found..], true).unwrap_or(1)),
            None => (bytes.len(), bytes.len()),
        };
        let (mut end, after) = line_end(start);
        at = after;
        if at < bytes.len() && continues_break(bytes, at, line_end(at).1 - at) {
            at += 1;
        }
        if breaks == Breaks::Lf {
            end -=
                bytes[start..end].iter().rev().take(2).take_while(|byte| **byte == b'\r').count();
        }
        if start == 0 {
            breaks = ends.after(&bytes[..at]);
        }
        Some(Line { text: &bytes[start..end], end: &bytes[end..at] })
    })
}

/// The framer of records that are runs of lines.
#[derive(Debug)]
pub(super) struct LineFramer {
    limit: usize,
    /// Returns true if a line begins a record, even inside a run of lines.
    begins_record: fn(&[u8]) -> bool,
    is_comment: fn(&[u8]) -> bool,
    ends: LineEnds,
    /// The line breaks of the run, from its second line on.
    breaks: Breaks,
    /// End of the first line of the run.
    first_end: usize,
    /// True if the run has a line other than comments.
    has_content: bool,
    /// Number of bytes of the window that were examined, up to the end of a line.
    at: usize,
    /// Number of bytes that were searched for the end of the line that begins at `at`.
    searched: usize,
    /// True while the rest of a record that was too long is skipped.
    is_lost: bool,
}

impl LineFramer {
    pub(super) const fn new(
        limit: usize,
        begins_record: fn(&[u8]) -> bool,
        is_comment: fn(&[u8]) -> bool,
        ends: LineEnds,
    ) -> Self {
        Self {
            limit,
            begins_record,
            is_comment,
            ends,
            breaks: Breaks::Any,
            first_end: 0,
            has_content: false,
            at: 0,
            searched: 0,
            is_lost: false,
        }
    }

    fn report(&mut self, length: usize) -> TextStep {
        let is_lost = self.is_lost;
        let is_record = self.has_content && !is_lost;
        (self.at, self.searched, self.breaks) = (0, 0, Breaks::Any);
        self.is_lost = false;
        self.has_content = false;
        match is_record {
            true => TextStep::Record(length),
            false if is_lost => TextStep::Continued(length),
            false => TextStep::Skip(length),
        }
    }

    const fn skip(&mut self, length: usize) -> TextStep {
        (self.searched, self.breaks) = (0, Breaks::Any);
        TextStep::Skip(length)
    }

    fn too_long(&mut self) -> TextStep {
        (self.at, self.searched) = (0, 0);
        self.has_content = false;
        let step = if self.is_lost {
            TextStep::Continued(self.limit)
        } else {
            TextStep::Fault(self.limit, TextFault::over_long())
        };
        self.is_lost = true;
        step
    }

    /// Returns the end of the line that begins at `at`, or `None` if it has not arrived. A line
    /// above the limit needs no end.
    fn line_end(&mut self, window: &[u8], is_end: bool) -> Option<usize> {
        if self.at == self.first_end && window.get(self.at) == Some(&b'\r') {
            // The first line ends with LF CR.
            self.breaks = Breaks::Any;
        }
        let found = self.breaks.find(window, self.searched.max(self.at));
        // A line may arrive byte by byte, and is not searched from its start each time.
        self.searched = found.unwrap_or(window.len());
        let is_long = window.len() > self.limit;
        let Some(found) = found else { return (is_end || is_long).then_some(window.len()) };
        match break_length(&window[found..], is_end) {
            Some(length) => Some(found + length),
            None => (found >= self.limit).then_some(window.len()),
        }
    }
}

/// Returns true if a line that could be skipped contains separators of ISO 2709.
pub(super) fn has_separators(line: &[u8]) -> bool {
    memchr3(FIELD_TERMINATOR, RECORD_TERMINATOR, SUBFIELD_DELIMITER, line).is_some()
}

/// Returns true if a byte is part of a line break.
const fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | VERTICAL_TAB)
}

/// Returns a line without its line break.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !is_break(*byte));
    &line[..end.map_or(0, |end| end + 1)]
}

/// Returns true if a line is blank, and so ends a record. Editors leave blanks and TABs in such
/// lines. These cannot belong to a field: in the line format a field begins with its tag, and in
/// MARCMaker a wrapped line has text. An empty line inside a field ends the record anyway.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| is_break(*byte) || matches!(byte, b' ' | b'\t' | 0x1A))
}

impl TextFramer for LineFramer {
    fn next(&mut self, window: &[u8], is_end: bool) -> TextStep {
        if self.at == 0 && !self.is_lost {
            // No record has begun: bytes before its first line are skipped.
            if !is_end && window.len() < 3 && b"\xEF\xBB\xBF".starts_with(window) {
                return TextStep::More;
            }
            if window.starts_with(b"\xEF\xBB\xBF") {
                return self.skip(3);
            }
            let blank = window.iter().position(|byte| !(is_break(*byte) || *byte == 0x1A));
            match blank.unwrap_or(window.len()) {
                0 => {}
                length => return self.skip(length),
            }
        }
        loop {
            let Some(end) = self.line_end(window, is_end) else { return TextStep::More };
            if end <= self.limit && continues_break(window, self.at, end - self.at) {
                self.at = end;
                if end == window.len() && is_end {
                    return self.report(end);
                }
                continue;
            }
            // A line above the limit is judged by its first bytes alone, so that the result does
            // not depend on how much has arrived.
            let line = &window[self.at..end.min(self.limit.saturating_add(1))];
            let is_whole = line.last().is_some_and(|byte| is_break(*byte));
            let is_whole = is_whole || (is_end && end <= self.limit);
            let is_blank = is_whole && is_blank(line) && !(self.begins_record)(line);
            if is_blank && self.at == 0 && !self.is_lost && end > 0 {
                return self.skip(end);
            }
            if self.at > 0 && (is_blank || (self.has_content && (self.begins_record)(line))) {
                return self.report(self.at);
            }
            if self.is_lost && self.at == 0 && is_blank && end > 0 {
                return self.report(end);
            }
            if end > self.limit {
                return self.too_long();
            }
            if self.at == 0 && !self.is_lost {
                (self.breaks, self.first_end) = (self.ends.after(line), end);
            }
            if end == window.len() && is_end {
                self.has_content |= !(self.is_comment)(line);
                return if end == 0 { TextStep::More } else { self.report(end) };
            }
            self.has_content |= !(self.is_comment)(line);
            self.at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_comes_by_the_byte_is_searched_once() {
        let text = [&b"=LDR  junk\n=245  10$a"[..], &[b'x'; 100], b"\n\n=LDR"].concat();
        let mut framer = LineFramer::new(1_000, |_| false, |_| false, LineEnds::Any);
        let record = text.len() - 5;
        for length in 1..=record + 1 {
            let step = framer.next(&text[..length], false);
            if length <= record {
                assert_eq!(step, TextStep::More);
                // The searched bytes reach to the end of the window.
                assert_eq!(framer.searched.max(framer.at), length);
            } else {
                assert_eq!(step, TextStep::Record(record));
                assert_eq!((framer.searched, framer.at), (0, 0));
            }
        }
    }
}
