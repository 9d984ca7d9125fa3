//! The scan of one JSON object while its bytes arrive: finds its end, and decides whether it is a
//! record or contains one.
//!
//! An object with a key `leader` or an array `fields` of its own is a record. An inner object is a
//! record too, and the outer one a wrapper, if the inner one begins with one of these keys or has
//! both. An inner object with only one of them, after other keys, may be part of a record whose own
//! keys are still to come; it is remembered.

use super::nesting::Nesting;
use crate::format::text_framer::TextFault;
use memchr::{memchr, memchr3};

pub(super) const LEADER: &[u8] = b"\"leader\"";
pub(super) const FIELDS: &[u8] = b"\"fields\"";
pub(super) const SUBFIELDS: &[u8] = b"\"subfields\"";

/// Largest depth that is scanned: a record has four levels.
const DEEPEST: usize = 100;

/// An object inside the scanned object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) start: usize,
    /// The arrays and objects that are open around it, from the scanned object on.
    pub(super) around: Nesting,
}

/// The result of a step of the scan.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// More bytes are needed.
    More,
    /// The object is a record.
    Own,
    /// An inner object is a record.
    Inner(Inner),
    /// An inner object may be a record.
    Maybe,
    /// The first text that is not JSON. The fault may begin at this earlier place.
    Odd(usize),
    /// The object ends here.
    Closed(usize),
    /// The object can no longer end.
    Broken(TextFault),
}

/// The elements of JSON that may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A key, or the end of an empty object.
    FirstKey,
    Key,
    Colon,
    Value,
    /// A value, or the end of an empty array.
    FirstValue,
    Comma,
}

/// A key of a record, as far as it has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Leader,
    Fields,
    /// `fields` with its colon.
    FieldsColon,
    /// `fields` with its colon and the bracket of an array.
    FieldsArray,
}

#[derive(Debug, Default)]
struct Level {
    start: usize,
    is_object: bool,
    has_leader: bool,
    has_fields: bool,
    /// True if it has one of the keys, with any value or none.
    is_named: bool,
}

/// The state of the scan of an object. All offsets count from the front of the window.
#[derive(Debug)]
pub(super) struct Scan {
    /// Offset up to which it was scanned.
    at: usize,
    open: Vec<Level>,
    next: Next,
    /// Offset of the string that is not complete.
    string: Option<usize>,
    /// Offset of the last string.
    last_string: usize,
    /// End of a number or word that may continue.
    word: Option<usize>,
    key: Option<Key>,
    /// True if the key is the first of its object.
    is_first: bool,
    is_odd: bool,
    /// True if an object at the beginning of a line counts as a record.
    by_line: bool,
    pub(super) is_record: bool,
    /// True if it has one of the keys, with any value.
    pub(super) is_named: bool,
    /// The end of the first of the keys in it or in an inner object, and the nesting around the
    /// object with the key.
    pub(super) named: Option<Inner>,
    /// The first inner object with only one of the keys.
    pub(super) maybe: Option<Inner>,
    /// End of the first key in it that occurs only in a part of a record.
    pub(super) part: Option<usize>,
}

impl Scan {
    /// Creates the scan of an object that begins here.
    pub(super) const fn new(start: usize, by_line: bool) -> Self {
        Self {
            at: start,
            open: Vec::new(),
            next: Next::Value,
            string: None,
            last_string: start,
            word: None,
            key: None,
            is_first: false,
            is_odd: false,
            by_line,
            is_record: false,
            is_named: false,
            named: None,
            maybe: None,
            part: None,
        }
    }

    /// Creates the scan of the rest of an object, from one of its keys on.
    pub(super) fn rest() -> Self {
        let open = vec![Level { is_object: true, ..Level::default() }];
        Self { open, next: Next::Key, is_record: true, ..Self::new(0, false) }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Returns true if the object is a record; otherwise also the inner object that may be one.
    pub(super) fn verdict(&self) -> (bool, Option<Inner>) {
        (self.is_record, self.maybe.filter(|_| !self.is_record))
    }

    /// Scans until the next event.
    pub(super) fn next(&mut self, view: &[u8]) -> Event {
        loop {
            let Some(&byte) = view.get(self.at) else { return Event::More };
            let at = self.at;
            if self.string.is_some() || byte == b'"' {
                match self.string_at(view) {
                    Some(event) => return event,
                    None => continue,
                }
            }
            self.at += 1;
            let event = match byte {
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                b'{' | b'[' => self.opening(byte == b'{', at, view),
                b'}' | b']' => self.closing(byte == b'}'),
                b':' => self.colon(),
                b',' => {
                    self.key = None;
                    let is_odd = self.next != Next::Comma;
                    self.next = if self.is_in_object() { Next::Key } else { Next::Value };
                    self.odd_if(is_odd, at)
                }
                _ => {
                    self.key = None;
                    let goes_on = self.word.replace(at + 1) == Some(at);
                    let is_value = matches!(self.next, Next::Value | Next::FirstValue);
                    let is_odd = !is_of_word(byte) || !(goes_on || is_value);
                    self.next = Next::Comma;
                    self.odd_if(is_odd, at)
                }
            };
            if let Some(event) = event {
                return event;
            }
        }
    }

    fn odd_if(&mut self, is_odd: bool, at: usize) -> Option<Event> {
        if !is_odd || self.is_odd {
            return None;
        }
        self.is_odd = true;
        Some(Event::Odd(self.doubtful(at)))
    }

    /// Returns the place where a fault found here may begin: the string before it may be one that
    /// should have ended earlier.
    fn doubtful(&self, at: usize) -> usize {
        let is_behind = self.open.first().is_none_or(|first| self.last_string > first.start);
        if is_behind { self.last_string + 1 } else { at }
    }

    /// Returns the place to continue from if the object is broken.
    pub(super) fn way_out(&self) -> usize {
        self.doubtful(self.at)
    }

    fn is_in_object(&self) -> bool {
        self.open.last().is_some_and(|level| level.is_object)
    }

    /// Returns an object that is inside this many of the open ones.
    fn inner(&self, level: usize, start: usize) -> Inner {
        let mut around = Nesting::new();
        self.open[..level].iter().for_each(|level| around.push(level.is_object));
        Inner { start, around }
    }

    /// Reports the innermost object as a record if its keys have shown that it is one.
    fn shown(&mut self, is_first: bool) -> Option<Event> {
        let depth = self.open.len() - 1;
        let level = &self.open[depth];
        if depth > 0 {
            let is_record = is_first || (level.has_leader && level.has_fields);
            return is_record.then(|| Event::Inner(self.inner(depth, level.start)));
        }
        let is_new = !self.is_record;
        self.is_record = true;
        is_new.then_some(Event::Own)
    }

    fn string_at(&mut self, view: &[u8]) -> Option<Event> {
        let start = match self.string {
            Some(start) => start,
            None => {
                (self.last_string, self.string) = (self.at, Some(self.at));
                self.at += 1;
                self.last_string
            }
        };
        loop {
            let Some(end) = memchr3(b'"', b'\\', b'\n', &view[self.at..]) else {
                self.at = view.len();
                return Some(Event::More);
            };
            self.at += end;
            match view[self.at] {
                b'"' => break,
                // No string can contain the end of a line.
                b'\n' => return Some(Event::Broken(TextFault::syntax("a string is not closed"))),
                // The escaped character has not arrived yet.
                _ if self.at + 1 == view.len() => return Some(Event::More),
                _ => self.at += 2,
            }
        }
        self.at += 1;
        self.string = None;
        let is_key = matches!(self.next, Next::FirstKey | Next::Key);
        let is_odd = matches!(self.next, Next::Colon | Next::Comma);
        self.is_first = self.next == Next::FirstKey;
        self.key = match &view[start..self.at] {
            _ if !self.is_in_object() => None,
            LEADER => Some(Key::Leader),
            FIELDS => Some(Key::Fields),
            key if is_key && is_escaped(key, LEADER) => Some(Key::Leader),
            key if is_key && is_escaped(key, FIELDS) => Some(Key::Fields),
            _ => None,
        };
        if self.key.is_some() && is_key {
            self.name();
        }
        if is_key && self.part.is_none() && is_part(&view[start..self.at]) {
            self.part = Some(self.at);
        }
        self.next = if is_key { Next::Colon } else { Next::Comma };
        self.odd_if(is_odd, start)
    }

    fn name(&mut self) {
        self.is_named |= self.open.len() == 1;
        if self.named.is_none() {
            self.named = Some(self.inner(self.open.len() - 1, self.at));
        }
        if let Some(level) = self.open.last_mut() {
            level.is_named = true;
        }
    }

    fn colon(&mut self) -> Option<Event> {
        let (key, next) = (self.key.take(), self.next);
        self.next = Next::Value;
        if key.is_some() {
            self.name();
        }
        match (key, self.open.last_mut()) {
            (Some(Key::Fields), _) => self.key = Some(Key::FieldsColon),
            (Some(Key::Leader), Some(level)) => {
                level.has_leader = true;
                return self.shown(self.is_first);
            }
            _ => {}
        }
        self.odd_if(next != Next::Colon, self.at - 1)
    }

    fn opening(&mut self, is_object: bool, at: usize, view: &[u8]) -> Option<Event> {
        let key = self.key.take();
        let is_odd = !matches!(self.next, Next::Value | Next::FirstValue);
        if self.open.len() == DEEPEST {
            return Some(Event::Broken(TextFault::syntax("the nesting is too deep")));
        }
        // True if the open array is that of a record's fields.
        let shown = match key {
            Some(Key::FieldsArray) if is_object => self.fields(self.is_first),
            _ => None,
        };
        self.open.push(Level { start: at, is_object, ..Level::default() });
        self.next = if is_object { Next::FirstKey } else { Next::FirstValue };
        if is_object && self.by_line && at > 0 && view[at - 1] == b'\n' && self.open.len() > 1 {
            return Some(Event::Inner(self.inner(self.open.len() - 1, at)));
        }
        if key == Some(Key::FieldsColon) && !is_object {
            self.key = Some(Key::FieldsArray);
        }
        shown.or_else(|| self.odd_if(is_odd, at))
    }

    /// Records that the object around the innermost array has fields.
    fn fields(&mut self, is_first: bool) -> Option<Event> {
        let array = self.open.pop()?;
        let shown = self.open.last_mut().map(|level| level.has_fields = true);
        let shown = shown.and_then(|()| self.shown(is_first));
        self.open.push(array);
        shown
    }

    fn closing(&mut self, is_object: bool) -> Option<Event> {
        let at = self.at - 1;
        if self.open.last().is_none_or(|level| level.is_object != is_object) {
            return Some(Event::Broken(TextFault::syntax("a bracket or brace closes nothing")));
        }
        let shown = match self.key.take() {
            Some(Key::FieldsArray) => self.fields(false),
            _ => None,
        };
        let is_odd = !matches!(self.next, Next::Comma | Next::FirstKey | Next::FirstValue);
        self.next = Next::Comma;
        let level = self.open.pop()?;
        if self.open.is_empty() {
            return Some(Event::Closed(self.at));
        }
        if level.is_named && self.maybe.is_none() {
            self.maybe = Some(self.inner(self.open.len(), level.start));
            return shown.or(Some(Event::Maybe));
        }
        shown.or_else(|| self.odd_if(is_odd, at))
    }
}

/// Returns true if a byte may be part of a number, `true`, `false` or `null`.
pub(super) fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_digit() || b"+-.eEtrufalsn".contains(&byte)
}

/// Returns true if a key occurs only in a part of a record: an indicator's key, or a control
/// field's tag.
pub(super) fn is_part(key: &[u8]) -> bool {
    matches!(key, b"\"ind1\"" | b"\"ind2\"" | [b'"', b'0', b'0', b'0'..=b'9', b'"'])
}

/// Returns true if a string is this name with some characters written as `\u006c`.
pub(super) fn is_escaped(string: &[u8], name: &[u8]) -> bool {
    // The length excludes most strings at once.
    (name.len() + 5..=6 * name.len()).contains(&string.len())
        && memchr(b'\\', string).is_some()
        && serde_json::from_slice(string)
            .is_ok_and(|text: String| text.as_bytes() == &name[1..name.len() - 1])
}
