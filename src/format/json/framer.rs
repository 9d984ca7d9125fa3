//! The search for the records in a JSON text: elements of an array, one object on each line, or
//! objects one after the other.
//!
//! A record is an object with a key `leader` or an array `fields` of its own, at any depth. The
//! text around records is a wrapper, and is skipped. A record cannot contain another, so if one
//! begins inside another, the outer one was not closed. After damage, reading continues there.

use super::{
    nesting::Nesting,
    scan::{Event, FIELDS, Inner, LEADER, SUBFIELDS, Scan, is_escaped, is_of_word, is_part},
    search::Search,
};
use crate::format::text_framer::{TextFault, TextFramer, TextStep};
use memchr::{memchr, memchr3};
use std::mem;

const NO_OBJECT: &str = "something other than an object stands where a record should";
const NOT_CLOSED: &str = "the record is not JSON, and is not closed";
const NO_RECORD: &str = "a part of a record stands outside of a record";

/// Number of blanks that are examined after a string.
const MOST_BLANKS: usize = 256;

/// The framing of a JSON text: finds its records.
#[derive(Debug)]
pub(in crate::format) struct JsonFramer {
    limit: usize,
    /// Number of bytes that were examined of a string or word at the front of the window.
    at: usize,
    /// The arrays and objects that are open around the window.
    around: Nesting,
    /// True if more of them may be open, which began before the input or in a lost part.
    may_be_inside: bool,
    /// True if the window begins after a colon.
    is_value: bool,
    /// True if the window begins after a value, without anything between them.
    is_behind_value: bool,
    frame: Option<Frame>,
    /// The fault at the front of the window, while the next record is searched for.
    lost: Option<(TextFault, Search)>,
}

/// The object that begins at the front of the window.
#[derive(Debug)]
struct Frame {
    scan: Scan,
    /// The search for a record after the first place in the object that is not JSON.
    search: Option<Search>,
    /// True if it is the rest of an object that contained a record.
    is_rest: bool,
    /// True if it begins after a colon.
    is_value: bool,
}

impl JsonFramer {
    pub(in crate::format) const fn new(limit: usize, is_resumed: bool) -> Self {
        Self {
            limit,
            at: 0,
            around: Nesting::new(),
            may_be_inside: is_resumed,
            is_value: false,
            is_behind_value: is_resumed,
            frame: None,
            lost: None,
        }
    }

    fn skip(&mut self, length: usize) -> TextStep {
        self.at = 0;
        self.frame = None;
        TextStep::Skip(length)
    }

    fn fault(&mut self, length: usize, fault: TextFault) -> TextStep {
        self.at = 0;
        self.frame = None;
        TextStep::Fault(length, fault)
    }

    /// Searches for the next record because of a fault at the front of the window. After a fault,
    /// strings and structure may be confused, so the search begins at the front.
    fn lose(&mut self, fault: TextFault, window: &[u8], is_end: bool) -> TextStep {
        self.frame = None;
        self.is_value = false;
        self.lost = Some((fault, Search::new(1, true)));
        self.search(window, is_end)
    }

    fn search(&mut self, window: &[u8], is_end: bool) -> TextStep {
        let Some((fault, mut search)) = self.lost.take() else { return TextStep::More };
        let view = self.within_limit(window);
        let is_over_long = window.len() > self.limit;
        let mut found = search.find(view);
        if is_end || is_over_long {
            found = found.or_else(|| search.maybe());
        }
        match found {
            // After the limit, the front of the window is already something new.
            Some(0) => self.skip(0),
            Some(start) => {
                let end = window[..start].iter().rposition(|byte| !is_separator(*byte));
                self.fault(end.map_or(start, |end| end + 1), fault.before_more())
            }
            None if is_over_long => {
                // Beyond the limit, the rest is a fault of its own.
                let undecided = search.undecided().filter(|start| *start > 0);
                let length = cut(&view[..undecided.unwrap_or(view.len())]);
                let step = self.fault(length, fault);
                let fault = TextFault::syntax("the text after a damaged record is not a record");
                self.lost = Some((fault, Search::new(0, true)));
                step
            }
            None if is_end => {
                self.around = Nesting::new();
                self.fault(window.len(), fault)
            }
            None => {
                self.lost = Some((fault, search));
                TextStep::More
            }
        }
    }

    /// Returns the part of the window that a record may take. The bytes after it are not examined,
    /// so that the result does not depend on how many have arrived.
    fn within_limit<'w>(&self, window: &'w [u8]) -> &'w [u8] {
        &window[..window.len().min(self.limit)]
    }

    fn outside(&mut self, window: &[u8], is_end: bool) -> TextStep {
        let Some(&first) = window.first() else { return self.end(is_end) };
        if is_separator(first) {
            let end = window.iter().position(|byte| !is_separator(*byte)).unwrap_or(window.len());
            if let Some(byte) = window[..end].iter().rfind(|byte| matches!(byte, b',' | b':')) {
                (self.is_value, self.is_behind_value) = (*byte == b':', false);
            }
            return self.skip(end);
        }
        // A bracket or an object may follow another without a comma.
        let is_misplaced = self.is_behind_value;
        self.is_behind_value = !matches!(first, b'[' | b'{');
        match first {
            b'[' => {
                self.around.push(false);
                self.is_value = false;
                self.skip(1)
            }
            b'{' => self.begin(Scan::new(0, false), false, window, is_end),
            b']' | b'}' if self.around.close(first == b'}') => self.skip(1),
            b']' | b'}' if self.may_be_inside => self.skip(1),
            b']' | b'}' => self.fault(1, TextFault::syntax(NO_OBJECT)),
            0xEF if b"\xEF\xBB\xBF".starts_with(window) && window.len() < 3 && !is_end => {
                self.is_behind_value = is_misplaced;
                TextStep::More
            }
            0xEF if window.starts_with(b"\xEF\xBB\xBF") => {
                self.is_behind_value = is_misplaced;
                self.skip(3)
            }
            b'"' if !is_misplaced => self.scalar(window, is_end),
            _ if !is_misplaced && is_of_word(first) => self.scalar(window, is_end),
            _ => self.lose_scalar(window, is_end),
        }
    }

    /// Reports a string or word in the wrong place. It may be the inside of a string, or the rest
    /// of a record that seemed to end before.
    fn lose_scalar(&mut self, window: &[u8], is_end: bool) -> TextStep {
        self.may_be_inside |= self.around.has_object();
        self.lose(TextFault::syntax(NO_OBJECT), window, is_end)
    }

    /// Handles a string, number or word. In a wrapper it may be anything except the key of a
    /// record; elsewhere it is not a record.
    fn scalar(&mut self, window: &[u8], is_end: bool) -> TextStep {
        let end = match scalar_end(window, &mut self.at) {
            Some(end) if end <= self.limit => end,
            _ if window.len() > self.limit => {
                return self.fault(self.limit, TextFault::over_long());
            }
            _ if is_end => window.len(),
            _ => {
                self.is_behind_value = false;
                return TextStep::More;
            }
        };
        let text = &window[..end];
        let is_closed = text.len() > 1 && text.ends_with(b"\"");
        if text[0] == b'"' && (!is_closed || memchr(b'{', text).is_some()) {
            let is_doubtful = !is_closed || !self.around.has_object();
            let follows = if is_doubtful { Some(false) } else { follows(window, end, is_end) };
            match follows {
                Some(true) => {}
                // It may have an extra quote, and its braces may be those of a record.
                Some(false) => return self.lose_scalar(window, is_end),
                None => {
                    self.is_behind_value = false;
                    return TextStep::More;
                }
            }
        }
        let is_key = |key: &[u8]| !self.is_value && (text == key || is_escaped(text, key));
        if self.around.has_object() {
            if is_key(LEADER) {
                self.around.close(true);
                self.may_be_inside = true;
                return self.begin(Scan::rest(), true, window, is_end);
            }
            if is_key(SUBFIELDS) || (is_part(text) && !self.is_value) {
                return self.lose_scalar(window, is_end);
            }
            if text[0] == b'"' || text.iter().all(|byte| is_of_word(*byte)) {
                self.is_value = false;
                return self.skip(end);
            }
        } else if !is_key(LEADER) && !is_key(FIELDS) {
            return self.fault(end, TextFault::syntax(NO_OBJECT));
        }
        self.lose_scalar(window, is_end)
    }

    fn begin(&mut self, scan: Scan, is_rest: bool, window: &[u8], is_end: bool) -> TextStep {
        self.at = 0;
        let is_value = mem::take(&mut self.is_value);
        self.frame = Some(Frame { scan, search: None, is_rest, is_value });
        self.inside(window, is_end)
    }

    fn end(&mut self, is_end: bool) -> TextStep {
        if !is_end || self.around.is_empty() {
            return TextStep::More;
        }
        self.around = Nesting::new();
        TextStep::Fault(0, TextFault::truncated("the input ends before its array or object does"))
    }

    fn inside(&mut self, window: &[u8], is_end: bool) -> TextStep {
        let view = self.within_limit(window);
        loop {
            let Some(frame) = &mut self.frame else { return TextStep::More };
            let before = frame.scan.verdict();
            let event = frame.scan.next(view);
            let verdict = frame.scan.verdict();
            if let Some(search) = &mut frame.search
                && let Some(start) = search.find(&view[..frame.scan.at()])
            {
                // A verdict from bytes after the start of the next record must not count.
                let is_before = search.reached < frame.scan.at();
                let (is_record, maybe) = if is_before { before } else { verdict };
                let inner = match event {
                    Event::Inner(inner) if !is_before && !is_record => Some(earlier(maybe, inner)),
                    _ => maybe,
                };
                if let Some(inner) = inner.filter(|inner| inner.start <= start) {
                    return self.unwrap_damaged(inner);
                }
                self.may_be_inside |= !is_record;
                return self.fault(start, TextFault::syntax(NOT_CLOSED));
            }
            let (is_record, maybe) = verdict;
            match event {
                Event::More => return self.incomplete(window, is_end),
                Event::Own | Event::Maybe => {}
                Event::Odd(from) => frame.search = Some(Search::new(from, false)),
                Event::Inner(inner) if is_record => {
                    return self.fault(inner.start, TextFault::syntax("the record is not closed"));
                }
                Event::Inner(inner) if frame.search.is_some() => {
                    return self.unwrap_damaged(earlier(maybe, inner));
                }
                Event::Inner(inner) => return self.unwrap(earlier(maybe, inner)),
                Event::Closed(length) => {
                    self.is_behind_value = true;
                    return self.closed(length);
                }
                Event::Broken(fault) => return self.broken(fault, window, is_end),
            }
        }
    }

    /// Handles the object at the front of the window as a wrapper around this one.
    fn unwrap(&mut self, inner: Inner) -> TextStep {
        let part = self.frame.as_ref().and_then(|frame| frame.scan.part);
        self.around.append(inner.around);
        match part.is_some_and(|part| part < inner.start) {
            true => self.fault(inner.start, TextFault::syntax(NO_RECORD)),
            false => self.skip(inner.start),
        }
    }

    /// Does the same for a damaged object. If a key of a record comes before the inner object, the
    /// text there is the start of a record.
    fn unwrap_damaged(&mut self, inner: Inner) -> TextStep {
        let named = self.frame.as_ref().and_then(|frame| frame.scan.named);
        let Some(named) = named.filter(|named| named.start < inner.start) else {
            return self.unwrap(inner);
        };
        self.around.append(named.around);
        self.may_be_inside = true;
        self.fault(inner.start, TextFault::syntax(NOT_CLOSED))
    }

    fn closed(&mut self, length: usize) -> TextStep {
        let Some(Frame { scan, is_rest, is_value, .. }) = &self.frame else {
            return TextStep::More;
        };
        if *is_rest {
            return self.fault(length, TextFault::syntax("a record contains another record"));
        }
        let is_record = scan.is_record || scan.is_named;
        // In an object every value stands after a key. A value without a key is the rest of a
        // record that seemed to end before.
        let is_part = scan.part.is_some() || (self.around.is_in_object() && !is_value);
        match scan.maybe {
            Some(inner) if !is_record => self.unwrap(inner),
            _ if is_record || !self.around.has_object() => {
                self.frame = None;
                TextStep::Record(length)
            }
            _ if is_part => self.fault(length, TextFault::syntax(NO_RECORD)),
            _ => self.skip(length),
        }
    }

    fn incomplete(&mut self, window: &[u8], is_end: bool) -> TextStep {
        if window.len() > self.limit {
            return self.broken(TextFault::over_long(), window, is_end);
        }
        if is_end {
            let fault = TextFault::truncated("the input ends inside a record");
            return self.broken(fault, window, is_end);
        }
        TextStep::More
    }

    /// Handles the object at the front of the window as one without an end.
    fn broken(&mut self, fault: TextFault, window: &[u8], is_end: bool) -> TextStep {
        let scan = self.frame.as_ref().map(|frame| &frame.scan);
        if let Some(scan) = scan.filter(|scan| !scan.is_record) {
            if let Some(inner) = scan.maybe {
                return self.unwrap_damaged(inner);
            }
            self.may_be_inside = true;
        }
        self.lose(fault, window, is_end)
    }
}

/// Returns true if this byte stands between values.
const fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':')
}

/// Returns the place to cut a lost part that continues after these bytes: before a letter or digit,
/// so that the next part does not look like the beginning of a record.
fn cut(bytes: &[u8]) -> usize {
    let first = bytes.len() - (bytes.len() / 2).min(64);
    let at = bytes[first..].iter().rposition(u8::is_ascii_alphanumeric);
    at.map_or(bytes.len(), |at| (first + at).max(1))
}

/// Returns true if the text after the end of a string may follow a string, or `None` if the bytes
/// do not decide. After this many blanks it does not matter.
fn follows(window: &[u8], end: usize, is_end: bool) -> Option<bool> {
    let mut next = window[end..].iter().take(MOST_BLANKS);
    match next.find(|byte| !byte.is_ascii_whitespace()) {
        Some(next) => Some(matches!(next, b',' | b':' | b']' | b'}')),
        None => (is_end || window.len() - end >= MOST_BLANKS).then_some(true),
    }
}

/// Returns the object that begins first.
fn earlier(maybe: Option<Inner>, inner: Inner) -> Inner {
    maybe.filter(|maybe| maybe.start < inner.start).unwrap_or(inner)
}

/// Returns the end of the string or the words at the start of the bytes. The bytes before `at` were
/// examined before.
fn scalar_end(bytes: &[u8], at: &mut usize) -> Option<usize> {
    *at = (*at).max(1);
    let rest = &bytes[*at..];
    if bytes[0] != b'"' {
        let Some(end) = rest.iter().position(|byte| b"\n,:[]{}\"".contains(byte)) else {
            *at = bytes.len();
            return None;
        };
        // The trim would remove a single form feed, which is not a blank in JSON.
        return Some(bytes[..*at + end].trim_ascii_end().len().max(1));
    }
    while let Some(next) = memchr3(b'"', b'\\', b'\n', &bytes[*at..]) {
        *at += next;
        match bytes[*at] {
            b'"' => return Some(*at + 1),
            // A line ends first, and no string can contain the end of a line.
            b'\n' => return Some(*at),
            _ if *at + 1 == bytes.len() => return None,
            _ => *at += 2,
        }
    }
    *at = bytes.len();
    None
}

impl TextFramer for JsonFramer {
    fn next(&mut self, window: &[u8], is_end: bool) -> TextStep {
        if self.lost.is_some() {
            self.search(window, is_end)
        } else if self.frame.is_some() {
            self.inside(window, is_end)
        } else {
            self.outside(window, is_end)
        }
    }
}
