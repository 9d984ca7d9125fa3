//! Where the records are in a text of JSON: elements of an array, one object a line, or objects
//! one after the other.
//!
//! A record is an object. One that begins with the key `leader` or `fields` can be told at once;
//! as no such object stands inside a record, it is where reading goes on after a damaged one. If
//! it stands inside another object, that is a wrapper, and passed over.

use crate::format::extent::{Extent, Extents, Flaw};
use memchr::{memchr, memchr3, memmem};

/// Deeper than this nothing is looked at: a record has four levels.
const DEEPEST: usize = 100;

/// Finds the records in a text of JSON.
#[derive(Debug)]
pub(in crate::format) struct JsonExtents {
    limit: usize,
    /// How far the window was looked at.
    at: usize,
    /// How many arrays and objects are open around.
    arrays: usize,
    objects: usize,
    /// Whether more of them may be open around, which began before the input.
    is_resumed: bool,
    frame: Option<Frame>,
    /// What is wrong with the front of the window, while the next record is searched for.
    flaw: Option<Flaw>,
}

/// The object that begins at the front of the window.
#[derive(Debug)]
struct Frame {
    /// Whether its first key is `leader` or `fields`.
    is_record: bool,
    /// What is open in it, from itself on.
    open: Vec<u8>,
}

impl JsonExtents {
    pub(in crate::format) const fn new(limit: usize, is_resumed: bool) -> Self {
        Self { limit, at: 0, arrays: 0, objects: 0, is_resumed, frame: None, flaw: None }
    }

    fn skip(&mut self, length: usize) -> Extent {
        self.at = 0;
        self.frame = None;
        Extent::Skip(length)
    }

    fn fault(&mut self, length: usize, flaw: Flaw) -> Extent {
        self.at = 0;
        self.frame = None;
        Extent::Fault(length, flaw)
    }

    /// Something is wrong with the front of the window: searches for the next record. Behind what
    /// is wrong, strings and structure may have changed places, so the search begins at the front.
    fn lose(&mut self, flaw: Flaw, window: &[u8], is_end: bool) -> Extent {
        self.frame = None;
        self.flaw = Some(flaw);
        self.at = 1;
        self.search(window, is_end)
    }

    fn search(&mut self, window: &[u8], is_end: bool) -> Extent {
        let Some(flaw) = self.flaw.take() else { return Extent::More };
        let view = self.within_limit(window);
        while let Some(brace) = memchr(b'{', view.get(self.at..).unwrap_or_default()) {
            let brace = self.at + brace;
            // At the beginning of a line it may be a record with other keys first.
            let is_line = brace > 0 && view[brace - 1] == b'\n';
            match (begins_record(&view[brace..]), is_line) {
                // Behind the limit the front of the window is already something new.
                (Some(true), _) if brace == 0 => return self.skip(0),
                (Some(true), _) | (_, true) => return self.fault(brace, flaw.before_more()),
                (None, _) if !(is_end && view.len() == window.len()) => {
                    self.at = brace;
                    return self.search_on(flaw, window);
                }
                _ => self.at = brace + 1,
            }
        }
        if is_end && view.len() == window.len() {
            (self.arrays, self.objects) = (0, 0);
            return self.fault(window.len(), flaw);
        }
        self.at = self.at.max(view.len());
        self.search_on(flaw, window)
    }

    /// The part of the window that a record may take. Nothing behind it is looked at, so that it
    /// does not matter how much of that there is.
    fn within_limit<'w>(&self, window: &'w [u8]) -> &'w [u8] {
        &window[..window.len().min(self.limit)]
    }

    /// Goes on searching when there are more bytes; beyond the limit in a fault of its own.
    fn search_on(&mut self, flaw: Flaw, window: &[u8]) -> Extent {
        if window.len() <= self.limit {
            self.flaw = Some(flaw);
            return Extent::More;
        }
        let extent = self.fault(self.limit, flaw);
        self.flaw = Some(Flaw::syntax("what follows a damaged record is no record"));
        extent
    }

    fn outside(&mut self, window: &[u8], is_end: bool) -> Extent {
        let Some(&first) = window.first() else { return self.end(is_end) };
        match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' => {
                let is_blank =
                    |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':');
                let end = window.iter().position(|byte| !is_blank(byte));
                self.skip(end.unwrap_or(window.len()))
            }
            b'[' => {
                self.arrays += 1;
                self.skip(1)
            }
            b']' if self.arrays > 0 => {
                self.arrays -= 1;
                self.skip(1)
            }
            b'}' if self.objects > 0 => {
                self.objects -= 1;
                self.skip(1)
            }
            b'{' => match begins_record(self.within_limit(window)) {
                None if !is_end && window.len() <= self.limit => Extent::More,
                begins => {
                    let is_record = begins == Some(true);
                    self.frame = Some(Frame { is_record, open: Vec::new() });
                    self.at = 0;
                    self.inside(window, is_end)
                }
            },
            b']' | b'}' if self.is_resumed => self.skip(1),
            0xEF if b"\xEF\xBB\xBF".starts_with(window) && window.len() < 3 && !is_end => {
                Extent::More
            }
            0xEF if window.starts_with(b"\xEF\xBB\xBF") => self.skip(3),
            _ => self.scalar(window, is_end),
        }
    }

    /// A string, number or words. In a wrapper it may be anything; elsewhere it is no record.
    fn scalar(&mut self, window: &[u8], is_end: bool) -> Extent {
        let end = match window[0] {
            b'"' => match string_end(window) {
                String::Ends(end) => Some(end),
                String::Broken(end) => Some(end),
                String::Incomplete => None,
            },
            _ => window[1..]
                .iter()
                .position(|byte| b"\n,:[]{}\"".contains(byte))
                // A form feed alone would be trimmed away, and is no blank of JSON.
                .map(|end| window[..end + 1].trim_ascii_end().len().max(1)),
        };
        let end = match end {
            Some(end) if end <= self.limit => end,
            _ if window.len() > self.limit => {
                return self.fault(self.limit, Flaw::over_long());
            }
            _ if is_end => window.len(),
            _ => return Extent::More,
        };
        if self.objects > 0 {
            return self.skip(end);
        }
        self.fault(end, Flaw::syntax("something other than an object stands where a record should"))
    }

    fn end(&mut self, is_end: bool) -> Extent {
        if !is_end || self.arrays + self.objects == 0 {
            return Extent::More;
        }
        (self.arrays, self.objects) = (0, 0);
        Extent::Fault(0, Flaw::truncated("the input ends before its array or object does"))
    }

    fn inside(&mut self, window: &[u8], is_end: bool) -> Extent {
        let view = self.within_limit(window);
        loop {
            let Some(mut frame) = self.frame.take() else { return Extent::More };
            let next = view[self.at..]
                .iter()
                .position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'));
            let at = self.at + next.unwrap_or(view.len() - self.at);
            self.at = at;
            match view.get(at) {
                None => return self.incomplete(frame, window, is_end),
                Some(b'"') => match string_end(&view[at..]) {
                    String::Ends(length) => self.at += length,
                    String::Broken(_) => {
                        let flaw = Flaw::syntax("a string is not closed");
                        return self.lose(flaw, window, is_end);
                    }
                    String::Incomplete => return self.incomplete(frame, window, is_end),
                },
                Some(b'{') if at > 0 => match begins_record(&view[at..]) {
                    None if !is_end || view.len() < window.len() => {
                        return self.incomplete(frame, window, is_end);
                    }
                    Some(true) if frame.is_record => {
                        return self.fault(at, Flaw::syntax("the record is not closed"));
                    }
                    Some(true) => {
                        let objects = frame.open.iter().filter(|&&byte| byte == b'{').count();
                        self.objects += objects;
                        self.arrays += frame.open.len() - objects;
                        return self.skip(at);
                    }
                    _ => frame.open.push(b'{'),
                },
                Some(&opening @ (b'{' | b'[')) => frame.open.push(opening),
                Some(&closing) => {
                    let opening = if closing == b'}' { b'{' } else { b'[' };
                    if frame.open.pop() != Some(opening) {
                        let flaw = Flaw::syntax("a bracket or brace closes nothing");
                        return self.lose(flaw, window, is_end);
                    }
                    if frame.open.is_empty() {
                        self.at = 0;
                        let length = at + 1;
                        let is_wanted = frame.is_record
                            || self.objects == 0
                            || names_content(&window[..length]);
                        return if is_wanted {
                            Extent::Record(length)
                        } else {
                            Extent::Skip(length)
                        };
                    }
                }
            }
            if frame.open.len() > DEEPEST {
                return self.lose(Flaw::syntax("the nesting is too deep"), window, is_end);
            }
            self.at += usize::from(self.at == at);
            self.frame = Some(frame);
        }
    }

    fn incomplete(&mut self, frame: Frame, window: &[u8], is_end: bool) -> Extent {
        if window.len() > self.limit {
            return self.lose(Flaw::over_long(), window, is_end);
        }
        if is_end {
            return self.lose(Flaw::truncated("the input ends inside a record"), window, is_end);
        }
        self.frame = Some(frame);
        Extent::More
    }
}

/// Where a string ends.
enum String {
    /// After so many bytes.
    Ends(usize),
    /// A line ends first, which no string can contain.
    Broken(usize),
    Incomplete,
}

/// Where the string ends that the bytes begin with.
fn string_end(bytes: &[u8]) -> String {
    let mut at = 1;
    while let Some(next) = memchr3(b'"', b'\\', b'\n', bytes.get(at..).unwrap_or_default()) {
        at += next;
        match bytes[at] {
            b'"' => return String::Ends(at + 1),
            b'\n' => return String::Broken(at),
            _ => at += 2,
        }
    }
    String::Incomplete
}

/// Whether an object in a wrapper has one of a record's keys somewhere, and so is none of the wrapper.
fn names_content(object: &[u8]) -> bool {
    [&b"\"leader\""[..], b"\"fields\""].iter().any(|key| memmem::find(object, key).is_some())
}

/// Whether the bytes, which begin with a brace, begin an object whose first key is `leader` or
/// `fields`; `None` if that cannot be told yet.
fn begins_record(bytes: &[u8]) -> Option<bool> {
    let text = bytes[1..].trim_ascii_start();
    let key = &b"\"leader\""[..];
    let other = &b"\"fields\""[..];
    if text.len() < key.len() {
        return if key.starts_with(text) || other.starts_with(text) { None } else { Some(false) };
    }
    let (head, rest) = text.split_at(key.len());
    if head != key && head != other {
        return Some(false);
    }
    rest.trim_ascii_start().first().map(|byte| *byte == b':')
}

impl Extents for JsonExtents {
    fn next(&mut self, window: &[u8], is_end: bool) -> Extent {
        if self.flaw.is_some() {
            self.search(window, is_end)
        } else if self.frame.is_some() {
            self.inside(window, is_end)
        } else {
            self.outside(window, is_end)
        }
    }
}
