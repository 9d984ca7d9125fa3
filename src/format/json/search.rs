//! The search for the next record, from a place where JSON is damaged.
//!
//! The text there may be the inside of a string or of an object. So every possible beginning of an
//! object is scanned, and if the text after it is not JSON, it was not an object.

use super::scan::{Event, Scan};
use memchr::memchr;

/// A search for the next object that is a record.
#[derive(Debug)]
pub(super) struct Search {
    at: usize,
    scan: Option<Scan>,
    /// Offset of the object that is scanned.
    start: usize,
    /// Offset up to which it was scanned.
    pub(super) reached: usize,
    /// True if an object at the beginning of a line counts: it may be a record without its keys.
    by_line: bool,
}

impl Search {
    pub(super) const fn new(at: usize, by_line: bool) -> Self {
        Self { at, scan: None, start: at, reached: at, by_line }
    }

    /// Returns the start of the next record, if these bytes decide it.
    pub(super) fn find(&mut self, view: &[u8]) -> Option<usize> {
        loop {
            let Some(scan) = &mut self.scan else {
                let rest = view.get(self.at..).unwrap_or_default();
                let Some(brace) = memchr(b'{', rest) else {
                    self.at = self.at.max(view.len());
                    self.reached = self.at;
                    return None;
                };
                self.start = self.at + brace;
                self.reached = self.reached.max(self.start + 1);
                if self.by_line && self.start > 0 && view[self.start - 1] == b'\n' {
                    return Some(self.start);
                }
                self.scan = Some(Scan::new(self.start, self.by_line));
                continue;
            };
            let event = scan.next(view);
            self.reached = self.reached.max(scan.at());
            let maybe = scan.maybe.map(|inner| inner.start);
            match event {
                Event::More => return None,
                Event::Maybe => {}
                Event::Own => return Some(self.start),
                Event::Inner(inner) => {
                    return Some(maybe.map_or(inner.start, |maybe| maybe.min(inner.start)));
                }
                _ if maybe.is_some() => return maybe,
                Event::Closed(_) if scan.is_named => return Some(self.start),
                Event::Closed(end) => self.go_on(end),
                Event::Odd(from) => self.go_on(from),
                Event::Broken(_) => {
                    let from = scan.way_out();
                    self.go_on(from);
                }
            }
        }
    }

    fn go_on(&mut self, from: usize) {
        self.at = from.max(self.start + 1);
        self.scan = None;
    }

    /// Returns the start of an object that may be a record, for use when no more bytes come.
    pub(super) fn maybe(&self) -> Option<usize> {
        Some(self.scan.as_ref()?.maybe?.start)
    }

    /// Returns the start of an object that is not decided yet.
    pub(super) fn undecided(&self) -> Option<usize> {
        self.scan.is_some().then_some(self.start)
    }
}
