//! The search for the records of an XML document.
//!
//! A record is an element with the local name `record`, in any namespace, that contains a `leader`,
//! `controlfield` or `datafield`. Protocols wrap such elements into others of the same name
//! (OAI-PMH, SRU); only the innermost counts. The search distinguishes tags, comments, CDATA
//! sections, processing instructions and document type declarations, and examines nothing else: the
//! parser finds out later whether an element is well-formed.
//!
//! Everything outside of records is envelope (`envelope.rs`), or a fault.

use super::{
    envelope::{Envelope, Within, is_content},
    frame::Frame,
    markup::{Markup, Scanner, View, is_xml_declaration},
    names::{local_name, name_of},
};
use crate::{
    format::text_framer::{TextFault, TextFramer, TextStep},
    framing::signatures::xml::declared_encoding,
    record::ErrorKind,
    source::{Unit, unread_encoding},
};
use memchr::{memchr, memrchr};

/// The framing of an XML document: finds its records.
///
/// Outside of a record every piece of markup is reported as soon as it is complete, so that the
/// window begins with markup or with the text before it.
#[derive(Debug)]
pub(in crate::format) struct XmlFramer {
    limit: usize,
    /// Number of bytes of the window that were examined.
    at: usize,
    /// The elements that are open around the window.
    envelope: Envelope,
    frame: Option<Frame>,
    /// True if the input begins with the rest of a record.
    is_cut: bool,
    scanner: Scanner,
    /// True if there was anything except a byte order mark and white space.
    is_begun: bool,
    /// The encoding that the input declares, as [`Unit::declared`] returns it; `None` until a
    /// declaration, or its absence, decides.
    declared: Option<Unit>,
    /// The message about records that are not UTF-8, if the input declares an encoding that is not
    /// read.
    unread: Option<&'static str>,
    /// True if the end was reported as a fault.
    is_over: bool,
}

const UNCLOSED: &str =
    "a comment, CDATA section, processing instruction or declaration is not closed";

/// Returns the place to cut a record that continues after these bytes: before the end of a tag, so
/// that the next part visibly begins in the middle of one.
fn cut(bytes: &[u8]) -> usize {
    let half = bytes.len() / 2;
    memrchr(b'>', &bytes[half..]).map_or(bytes.len(), |at| half + at).max(1)
}

/// So many of the bytes, of which there are more, or a few less: not half a character, as its bytes
/// in the input belong to one piece.
fn whole_characters(bytes: &[u8], most: usize) -> usize {
    let is_whole = |length: &usize| bytes[*length] & 0xC0 != 0x80;
    (most.saturating_sub(3).max(1)..=most).rev().find(is_whole).unwrap_or(most)
}

fn is_blank(text: &[u8]) -> bool {
    text.trim_ascii().is_empty()
}

impl XmlFramer {
    pub(in crate::format) fn new(limit: usize, is_resumed: bool) -> Self {
        Self {
            limit,
            at: 0,
            envelope: Envelope::new(is_resumed),
            frame: None,
            is_cut: false,
            scanner: Scanner::default(),
            is_begun: false,
            declared: None,
            unread: None,
            is_over: false,
        }
    }

    /// Reports text that is not a record, from the front of the window.
    fn report(&mut self, step: TextStep) -> TextStep {
        self.at = 0;
        self.frame = None;
        if let TextStep::Skip(length) | TextStep::Record(length) | TextStep::Fault(length, _) = step
        {
            self.scanner.pass(length);
        }
        match step {
            TextStep::Skip(length) | TextStep::Fault(length, _) if self.is_cut && length > 0 => {
                self.is_cut = false;
                TextStep::Fault(
                    length,
                    TextFault::syntax("it belongs to the damaged record before it"),
                )
            }
            TextStep::Skip(length) if self.envelope.is_lost() => TextStep::Continued(length),
            TextStep::Fault(length, _) if self.envelope.is_lost() && length > 0 => {
                TextStep::Continued(length)
            }
            TextStep::Fault(..) => {
                self.envelope.has_fault = true;
                step
            }
            TextStep::Record(_) => {
                self.envelope.has_record = true;
                step
            }
            step => step,
        }
    }

    fn fault(&mut self, length: usize, message: &'static str) -> TextStep {
        self.report(TextStep::Fault(length, TextFault::syntax(message)))
    }

    /// Returns the step for markup, or for a record, that is not complete.
    fn incomplete(&mut self, window: &[u8], is_end: bool) -> TextStep {
        if window.len() > self.limit {
            let head = self.frame.as_ref().map_or(0, |frame| frame.head);
            let most = whole_characters(window, self.limit);
            let length = if head > 0 { cut(&window[..most]) } else { most };
            let step = self.report(TextStep::Fault(length, TextFault::over_long()));
            // The rest of an element is lost too.
            if let Some(name) = name_of(&window[..head]) {
                self.envelope.element(name, false);
                self.envelope.lose();
            }
            return step;
        }
        if !is_end {
            return TextStep::More;
        }
        self.is_over = true;
        let fault = TextFault::truncated("the input ends inside a record or a tag");
        self.report(TextStep::Fault(window.len(), fault))
    }

    /// Handles text that belongs to no record, before markup or the end.
    fn text(&mut self, text: &[u8], before: Option<Before>) -> TextStep {
        if text.starts_with(b"\xEF\xBB\xBF") && !self.envelope.is_open() {
            return self.report(TextStep::Skip(3));
        }
        let blanks = text.len() - text.trim_ascii_start().len();
        if blanks > 0 {
            return self.report(TextStep::Skip(blanks));
        }
        let is_long = text.len() > self.limit;
        if before.is_none() && !is_long {
            return TextStep::More;
        }
        self.is_begun = true;
        self.declared.get_or_insert(Unit::Byte);
        let Some(before) = before.filter(|_| !is_long) else {
            let length = whole_characters(text, self.limit);
            return self.report(TextStep::Fault(length, TextFault::over_long()));
        };
        match self.envelope.holds_text(before == Before::EndTag) {
            Within::Nothing => self.fault(text.len(), "text stands outside of all elements"),
            Within::Envelope => self.report(TextStep::Skip(text.len())),
            Within::Others => self.fault(text.len(), "text stands where a record should"),
        }
    }

    fn outside(&mut self, window: &[u8], is_end: bool) -> TextStep {
        if !self.is_begun && self.envelope.is_resumed() && window.first() == Some(&b'>') {
            (self.is_begun, self.is_cut) = (true, true);
            self.envelope.cut();
        }
        let start = memchr(b'<', &window[self.at..]).map(|start| self.at + start);
        match start {
            None if window.is_empty() && is_end => self.end(),
            None if window.is_empty() => TextStep::More,
            None => {
                self.at = window.len();
                self.text(window, is_end.then_some(Before::Other))
            }
            Some(0) => self.markup_outside(window, is_end),
            Some(start) => {
                self.at = start;
                let before = match window.get(start + 1) {
                    Some(b'/') => Some(Before::EndTag),
                    Some(_) => Some(Before::Other),
                    None => is_end.then_some(Before::Other),
                };
                self.text(&window[..start], before)
            }
        }
    }

    fn end(&mut self) -> TextStep {
        if self.is_over {
            return TextStep::More;
        }
        self.is_over = true;
        if self.envelope.is_open() || (self.is_begun && self.envelope.lacks_root()) {
            let fault = TextFault::truncated("the input ends before its last element does");
            return self.report(TextStep::Fault(0, fault));
        }
        if self.envelope.lacks_records() {
            return self.fault(0, "the document has no record in it");
        }
        TextStep::More
    }

    /// Returns the part of the window that a record may take. The bytes after it are not examined,
    /// so that the result does not depend on how many have arrived.
    fn view<'w>(&self, window: &'w [u8], is_end: bool) -> View<'w> {
        let bytes = &window[..window.len().min(self.limit)];
        View { bytes, is_all: is_end || window.len() > self.limit }
    }

    fn markup_outside(&mut self, window: &[u8], is_end: bool) -> TextStep {
        self.is_begun = true;
        let view = self.view(window, is_end);
        let markup = self.scanner.markup(view, 0, self.envelope.is_open());
        if let Some((end, markup)) = &markup
            && self.is_of_other_encoding(&window[..*end], markup)
        {
            return self.fault(*end, "the document is in another encoding than the one before");
        }
        let step = match markup {
            None => return self.incomplete(window, is_end),
            Some((end, Markup::Open { name, is_empty })) => {
                let is_record = local_name(name) == b"record";
                if is_record {
                    self.envelope.find();
                }
                let is_lost = self.envelope.is_lost();
                let is_odd = self.envelope.is_odd(name) && !is_lost && !is_content(name);
                if !is_empty && (is_record || is_odd) {
                    let prefix = name.len() - local_name(name).len();
                    self.frame =
                        Some(Frame { depth: 1, is_record, head: end, prefix, ..Frame::default() });
                    self.at = end;
                    return self.inside(window, is_end);
                }
                if is_record {
                    self.envelope.child();
                    return self.report(TextStep::Record(end));
                }
                if is_content(name) && !is_lost {
                    let step = self.fault(end, "a leader or field stands outside of all records");
                    self.envelope.lose();
                    self.envelope.element(name, is_empty);
                    return step;
                }
                self.envelope.element(name, is_empty);
                TextStep::Skip(end)
            }
            Some((end, Markup::Close { name })) => match self.envelope.close(name) {
                true => TextStep::Skip(end),
                false => TextStep::Fault(
                    end,
                    TextFault::syntax("an end tag closes no element that is open"),
                ),
            },
            Some((end, Markup::Stray)) => {
                TextStep::Fault(end, TextFault::syntax("a `<` begins no markup"))
            }
            Some((end, Markup::Unclosed)) => TextStep::Fault(end, TextFault::syntax(UNCLOSED)),
            Some((end, Markup::Text(text))) => {
                match is_blank(text) || self.envelope.holds_text(true) == Within::Envelope {
                    true => TextStep::Skip(end),
                    false => {
                        TextStep::Fault(end, TextFault::syntax("text stands where a record should"))
                    }
                }
            }
            Some((end, Markup::Other)) => TextStep::Skip(end),
        };
        self.report(step)
    }

    /// Returns true if this is the declaration of another document, which states another encoding.
    fn is_of_other_encoding(&mut self, bytes: &[u8], markup: &Markup<'_>) -> bool {
        let is_declaration = *markup == Markup::Other && is_xml_declaration(bytes) == Some(true);
        let declared = if is_declaration { Unit::declared(bytes) } else { Unit::Byte };
        if is_declaration {
            self.unread = declared_encoding(bytes).and_then(unread_encoding);
        }
        let is_read_as = *self.declared.get_or_insert(declared);
        is_declaration && declared != is_read_as
    }

    fn inside(&mut self, window: &[u8], is_end: bool) -> TextStep {
        let view = self.view(window, is_end);
        loop {
            let Some(frame) = &mut self.frame else { return TextStep::More };
            let rest = &window[self.at..];
            let length = memchr(b'<', rest);
            let text = &rest[..length.unwrap_or(rest.len())];
            let is_direct = !frame.is_record || frame.depth == 1;
            frame.has_text |= is_direct && !is_blank(text);
            let start = self.at + text.len();
            if length.is_none() {
                self.at = start;
                return self.incomplete(window, is_end);
            }
            self.at = start;
            if start < self.limit && frame.passes_over(window, start) {
                self.scanner.restart();
                self.at = start + 1;
                continue;
            }
            if start >= view.bytes.len() {
                return self.incomplete(window, is_end);
            }
            let Some((length, markup)) = self.scanner.markup(view, start, true) else {
                return self.incomplete(window, is_end);
            };
            let end = start + length;
            match markup {
                Markup::Open { name, is_empty } => {
                    match local_name(name) {
                        b"leader" | b"controlfield" | b"datafield" => {
                            match frame.depth == 1 || frame.has_prefix_of(name, window) {
                                true => frame.has_content = true,
                                false => frame.has_others = true,
                            }
                        }
                        b"record" if is_empty && frame.is_record => frame.has_others = true,
                        b"record" if frame.is_record && frame.has_content => {
                            return self.fault(start, "the record is not closed");
                        }
                        // It contains a record, and so belongs to the envelope.
                        b"record" => return self.unwrap(window),
                        b"metadata" | b"recordData" | b"subfield" => {
                            (frame.has_others, frame.has_place) = (true, true);
                        }
                        _ => frame.has_others = true,
                    }
                    frame.depth += usize::from(!is_empty);
                }
                Markup::Close { name } => {
                    frame.depth = frame.depth.saturating_sub(1);
                    let is_closed = match frame.is_record {
                        true => local_name(name) == b"record",
                        false => frame.depth == 0,
                    };
                    if is_closed {
                        let mut step = frame.closed(end, self.envelope.is_collection());
                        if let (TextStep::Record(_), Some(message)) = (&step, self.unread)
                            && str::from_utf8(&window[..end]).is_err()
                        {
                            let fault = TextFault { kind: ErrorKind::Encoding, message };
                            step = TextStep::Fault(end, fault);
                        }
                        self.envelope.child();
                        return self.report(step);
                    }
                }
                Markup::Text(text) => frame.has_text |= is_direct && !is_blank(text),
                Markup::Unclosed => frame.has_text |= is_direct,
                Markup::Stray | Markup::Other => {}
            }
            self.at = end;
        }
    }

    /// Handles the element at the front of the window as a wrapper: it is not a record, but
    /// contains one.
    fn unwrap(&mut self, window: &[u8]) -> TextStep {
        let Some(Frame { head, is_record, .. }) = self.frame.take() else { return TextStep::More };
        if is_record {
            self.envelope.wrap();
        }
        if let Some(name) = name_of(&window[..head]) {
            self.envelope.element(name, false);
        }
        self.report(TextStep::Skip(head))
    }
}

/// The markup after text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    EndTag,
    Other,
}

impl TextFramer for XmlFramer {
    fn next(&mut self, window: &[u8], is_end: bool) -> TextStep {
        if self.frame.is_some() {
            self.inside(window, is_end)
        } else {
            self.outside(window, is_end)
        }
    }
}
