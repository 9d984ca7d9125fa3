//! One object of JSON, looked at as its bytes come: where it ends, and whether it, or what, is a
//! record.
//!
//! An object with a key `leader` or an array `fields` of its own is a record. An object in it is
//! one too, and the outer a wrapper, if it begins with one of them or has both. One that has a
//! single one behind others may be part of a record, which has its own keys still to come; it is
//! kept in mind.

use super::nesting::Nesting;
use crate::format::extent::Flaw;
use memchr::{memchr, memchr3};

pub(super) const LEADER: &[u8] = b"\"leader\"";
pub(super) const FIELDS: &[u8] = b"\"fields\"";
pub(super) const SUBFIELDS: &[u8] = b"\"subfields\"";

/// Deeper than this nothing is looked at: a record has four levels.
const DEEPEST: usize = 100;

/// An object in the one that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) start: usize,
    /// What is open around it, from the object that is looked at on.
    pub(super) around: Nesting,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Nothing more in these bytes.
    More,
    /// The object is a record.
    Own,
    /// An object in it is a record.
    Inner(Inner),
    /// An object in it may be one.
    Maybe,
    /// Something is no JSON, for the first time. What is wrong may begin here already.
    Odd(usize),
    /// The object ends.
    Closed(usize),
    /// The object cannot end any more.
    Broken(Flaw),
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A key, or the end of an object that is empty.
    FirstKey,
    Key,
    Colon,
    Value,
    /// A value, or the end of an array that is empty.
    FirstValue,
    Comma,
}

/// A key of a record, as far as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Leader,
    Fields,
    /// With its colon.
    FieldsColon,
    /// With the bracket of an array.
    FieldsArray,
}

#[derive(Debug, Default)]
struct Level {
    start: usize,
    is_object: bool,
    has_leader: bool,
    has_fields: bool,
    /// Whether it has one of the keys, with whatever value or without.
    is_named: bool,
}

/// The state of a look at an object. All offsets count from the front of the window.
#[derive(Debug)]
pub(super) struct Scan {
    /// How far it was looked at.
    at: usize,
    open: Vec<Level>,
    next: Next,
    /// The string that is not complete.
    string: Option<usize>,
    /// Where the last string began.
    last_string: usize,
    /// Where a number or word ended that may go on.
    word: Option<usize>,
    key: Option<Key>,
    /// Whether the key is the first of its object.
    is_first: bool,
    is_odd: bool,
    /// Whether an object at the beginning of a line counts as a record.
    by_line: bool,
    pub(super) is_record: bool,
    /// Whether it has one of the keys, with whatever value.
    pub(super) is_named: bool,
    /// Where the first of the keys ends that it has, or an object in it, and what is open around that
    /// object.
    pub(super) named: Option<Inner>,
    /// The first object in it with a single one of the keys.
    pub(super) maybe: Option<Inner>,
    /// Where the first key ends in it that only part of a record has.
    pub(super) part: Option<usize>,
}

impl Scan {
    /// Of an object that begins here.
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

    /// Of what is left of an object, from one of its keys on.
    pub(super) fn rest() -> Self {
        let open = vec![Level { is_object: true, ..Level::default() }];
        Self { open, next: Next::Key, is_record: true, ..Self::new(0, false) }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Whether the object is a record, and if not, what in it may be one.
    pub(super) fn verdict(&self) -> (bool, Option<Inner>) {
        (self.is_record, self.maybe.filter(|_| !self.is_record))
    }

    /// What comes next in the bytes.
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

    /// Where what is wrong may begin, if it is found here: the string before may be one that should
    /// have ended earlier.
    fn doubtful(&self, at: usize) -> usize {
        let is_behind = self.open.first().is_none_or(|first| self.last_string > first.start);
        if is_behind { self.last_string + 1 } else { at }
    }

    /// Where to go on if the object is broken.
    pub(super) fn way_out(&self) -> usize {
        self.doubtful(self.at)
    }

    fn is_in_object(&self) -> bool {
        self.open.last().is_some_and(|level| level.is_object)
    }

    /// An object that stands in so many of those that are open.
    fn inner(&self, level: usize, start: usize) -> Inner {
        let mut around = Nesting::new();
        self.open[..level].iter().for_each(|level| around.push(level.is_object));
        Inner { start, around }
    }

    /// The innermost object may have shown what it is.
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
                b'\n' => return Some(Event::Broken(Flaw::syntax("a string is not closed"))),
                // What it escapes is not there yet.
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
            return Some(Event::Broken(Flaw::syntax("the nesting is too deep")));
        }
        // Whether what is open is the array of a record's fields.
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

    /// The object around the innermost array has fields.
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
            return Some(Event::Broken(Flaw::syntax("a bracket or brace closes nothing")));
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

/// Whether a byte may be one of a number, `true`, `false` or `null`.
pub(super) fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_digit() || b"+-.eEtrufalsn".contains(&byte)
}

/// Whether a key is one that only part of a record has: an indicator's, or a control field's tag.
pub(super) fn is_part(key: &[u8]) -> bool {
    matches!(key, b"\"ind1\"" | b"\"ind2\"" | [b'"', b'0', b'0', b'0'..=b'9', b'"'])
}

/// Whether a string is this name with characters of it written as `\u006c`.
pub(super) fn is_escaped(string: &[u8], name: &[u8]) -> bool {
    // What none of a record's own keys can be is told at once.
    (name.len() + 5..=6 * name.len()).contains(&string.len())
        && memchr(b'\\', string).is_some()
        && serde_json::from_slice(string)
            .is_ok_and(|text: String| text.as_bytes() == &name[1..name.len() - 1])
}
