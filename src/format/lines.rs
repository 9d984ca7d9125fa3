//! The search for records in the formats of lines: a record is a run of lines, and a blank line
//! ends it.

use super::text_framer::{TextFault, TextFramer, TextStep};
use crate::record::{FIELD_TERMINATOR, RECORD_TERMINATOR, SUBFIELD_DELIMITER};
use memchr::{memchr, memchr3};

/// The framer of records that are runs of lines.
#[derive(Debug)]
pub(super) struct LineFramer {
    limit: usize,
    /// Returns true if a line begins a record, even inside a run of lines.
    begins_record: fn(&[u8]) -> bool,
    is_comment: fn(&[u8]) -> bool,
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
    ) -> Self {
        Self {
            limit,
            begins_record,
            is_comment,
            has_content: false,
            at: 0,
            searched: 0,
            is_lost: false,
        }
    }

    fn report(&mut self, length: usize) -> TextStep {
        let is_lost = self.is_lost;
        let is_record = self.has_content && !is_lost;
        (self.at, self.searched) = (0, 0);
        self.is_lost = false;
        self.has_content = false;
        match is_record {
            true => TextStep::Record(length),
            false if is_lost => TextStep::Continued(length),
            false => TextStep::Skip(length),
        }
    }

    const fn skip(&mut self, length: usize) -> TextStep {
        self.searched = 0;
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
}

/// Returns true if a line that could be skipped contains separators of ISO 2709.
pub(super) fn has_separators(line: &[u8]) -> bool {
    memchr3(FIELD_TERMINATOR, RECORD_TERMINATOR, SUBFIELD_DELIMITER, line).is_some()
}

/// Returns a line without its line end.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Returns true if a line is blank, and so ends a record. Editors leave blanks and TABs in such
/// lines. These cannot belong to a field: in the line format a field begins with its tag, and in
/// MARCMaker a wrapped line has text. An empty line inside a field ends the record anyway.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x1A))
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
            let blank = window.iter().position(|byte| !matches!(byte, b'\r' | b'\n' | 0x1A));
            match blank.unwrap_or(window.len()) {
                0 => {}
                length => return self.skip(length),
            }
        }
        loop {
            let searched = self.searched.max(self.at);
            let end = match memchr(b'\n', &window[searched..]) {
                Some(end) => searched + end + 1,
                None if !is_end && window.len() <= self.limit => {
                    // A line may arrive byte by byte, and is not searched from its start each time.
                    self.searched = window.len();
                    return TextStep::More;
                }
                None => window.len(),
            };
            // A line above the limit is judged by its first bytes alone, so that the result does
            // not depend on how much has arrived.
            let line = &window[self.at..end.min(self.limit.saturating_add(1))];
            let is_whole = line.ends_with(b"\n") || (is_end && end <= self.limit);
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
        let mut framer = LineFramer::new(1_000, |_| false, |_| false);
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
