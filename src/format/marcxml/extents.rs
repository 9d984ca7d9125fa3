//! Where the records of an XML document are.
//!
//! A record is an element with the local name `record`, in whichever namespace, that has a
//! `leader`, `controlfield` or `datafield` in it. Protocols wrap such elements into others of the
//! same name (OAI-PMH, SRU); it is the innermost that counts. Tags, comments, CDATA sections,
//! processing instructions and document type declarations are told apart, and nothing else is
//! looked at: whether an element is well-formed is found where it is parsed.

use super::markup::{Markup, local_name, markup};
use crate::format::extent::{Extent, Extents, Flaw};
use memchr::memchr;

/// Finds the records of an XML document.
///
/// Outside of a record every piece of markup is reported as soon as it is complete, so that the
/// window begins with markup or with the text before it.
#[derive(Debug)]
pub(in crate::format) struct XmlExtents {
    limit: usize,
    /// How far the window was looked at.
    at: usize,
    /// How many elements are open.
    depth: usize,
    frame: Option<Frame>,
    /// Whether there was anything but a byte order mark and white space.
    is_begun: bool,
    /// Whether there was an element.
    has_root: bool,
    /// Whether the end was reported as a fault.
    is_over: bool,
}

/// The `record` element that is open. It begins at the front of the window.
#[derive(Debug)]
struct Frame {
    /// How many elements were open around it.
    depth: usize,
    /// Whether it has a leader or a field in it.
    has_content: bool,
    /// Whether it has other elements in it.
    has_others: bool,
    /// How long the prefix of its name is, colon included.
    prefix: usize,
}

impl Frame {
    /// Whether markup is a tag that neither ends this record nor begins another: once there is a
    /// leader or a field, most is. A tag ends at the next `<` at the latest, so there is no need to
    /// look for its end.
    fn passes_over(&self, markup: &[u8]) -> bool {
        let name = match markup {
            [b'<', b'/', name @ ..] | [b'<', name @ ..] => name,
            _ => return false,
        };
        let is_other = |byte: &u8| byte.is_ascii_lowercase() && *byte != b'r';
        self.has_content
            && name.first().is_some_and(is_other)
            && name.get(self.prefix).is_some_and(is_other)
    }
}

impl XmlExtents {
    pub(in crate::format) const fn new(limit: usize) -> Self {
        Self {
            limit,
            at: 0,
            depth: 0,
            frame: None,
            is_begun: false,
            has_root: false,
            is_over: false,
        }
    }

    const fn skip(&mut self, length: usize) -> Extent {
        self.at = 0;
        Extent::Skip(length)
    }

    const fn fault(&mut self, length: usize, flaw: Flaw) -> Extent {
        self.at = 0;
        if let Some(frame) = self.frame.take() {
            self.depth = frame.depth;
        }
        Extent::Fault(length, flaw)
    }

    /// What to say where markup, or a record, is not complete.
    fn incomplete(&mut self, window: &[u8], is_end: bool) -> Extent {
        if window.len() > self.limit {
            return self.fault(self.limit, Flaw::over_long());
        }
        if !is_end {
            return Extent::More;
        }
        self.is_over = true;
        self.fault(window.len(), Flaw::truncated("the input ends inside a record or a tag"))
    }

    /// Text that belongs to no record, before markup or the end: `is_whole` if no more of it can
    /// come.
    fn text(&mut self, text: &[u8], is_whole: bool) -> Extent {
        if self.depth > 0 {
            return self.skip(text.len());
        }
        if text.starts_with(b"\xEF\xBB\xBF") {
            return self.skip(3);
        }
        match text.iter().position(|byte| !byte.is_ascii_whitespace()) {
            None => self.skip(text.len()),
            Some(blanks @ 1..) => self.skip(blanks),
            Some(0) if text.len() > self.limit => self.fault(self.limit, Flaw::over_long()),
            Some(0) if is_whole => {
                self.has_root = true;
                self.fault(text.len(), Flaw::syntax("text stands outside of all elements"))
            }
            Some(0) => Extent::More,
        }
    }

    fn outside(&mut self, window: &[u8], is_end: bool) -> Extent {
        let start = memchr(b'<', &window[self.at..]).map(|start| self.at + start);
        match start {
            None if window.is_empty() && is_end => self.end(),
            None if window.is_empty() => Extent::More,
            None => {
                self.at = window.len();
                self.text(window, is_end)
            }
            Some(0) => self.markup_outside(window, is_end),
            Some(start) => {
                self.at = start;
                self.text(&window[..start], true)
            }
        }
    }

    fn end(&mut self) -> Extent {
        let is_cut = self.depth > 0 || (self.is_begun && !self.has_root);
        if is_cut && !self.is_over {
            self.is_over = true;
            return Extent::Fault(
                0,
                Flaw::truncated("the input ends before its last element does"),
            );
        }
        Extent::More
    }

    fn markup_outside(&mut self, window: &[u8], is_end: bool) -> Extent {
        self.is_begun = true;
        let (end, extent) = match markup(window) {
            None => return self.incomplete(window, is_end),
            Some((end, _)) if end > self.limit => return self.incomplete(window, is_end),
            Some((end, Markup::Open { name, is_empty })) => {
                self.has_root = true;
                let is_record = local_name(name) == b"record";
                if is_record && !is_empty {
                    let depth = self.depth;
                    let prefix = name.len() - b"record".len();
                    let (has_content, has_others) = (false, false);
                    self.frame = Some(Frame { depth, has_content, has_others, prefix });
                    self.depth += 1;
                    self.at = end;
                    return self.inside(window, is_end);
                }
                self.depth += usize::from(!is_empty);
                (end, if is_record { Extent::Record(end) } else { Extent::Skip(end) })
            }
            Some((end, Markup::Close { .. })) => {
                self.depth = self.depth.saturating_sub(1);
                (end, Extent::Skip(end))
            }
            Some((end, Markup::Stray)) => {
                (end, Extent::Fault(end, Flaw::syntax("a `<` begins no markup")))
            }
            Some((end, Markup::Other)) => (end, Extent::Skip(end)),
        };
        self.at = 0;
        debug_assert!(end > 0, "markup has at least its `<`");
        extent
    }

    fn inside(&mut self, window: &[u8], is_end: bool) -> Extent {
        loop {
            let Some(start) = memchr(b'<', &window[self.at..]).map(|start| self.at + start) else {
                self.at = window.len();
                return self.incomplete(window, is_end);
            };
            self.at = start;
            let is_passed = |frame: &Frame| frame.passes_over(&window[start..]);
            if start < self.limit && self.frame.as_ref().is_some_and(is_passed) {
                self.at = start + 1;
                continue;
            }
            let (end, markup) = match markup(&window[start..]) {
                Some((length, markup)) if start + length <= self.limit => (start + length, markup),
                _ => return self.incomplete(window, is_end),
            };
            let Some(frame) = &mut self.frame else { return Extent::More };
            match markup {
                Markup::Open { name, is_empty } => {
                    match local_name(name) {
                        b"leader" | b"controlfield" | b"datafield" => frame.has_content = true,
                        b"record" if is_empty => frame.has_others = true,
                        b"record" if frame.has_content => {
                            return self.fault(start, Flaw::syntax("the record is not closed"));
                        }
                        b"record" => {
                            self.frame = None;
                            return self.skip(start);
                        }
                        _ => frame.has_others = true,
                    }
                    self.depth += usize::from(!is_empty);
                }
                Markup::Close { name } => {
                    self.depth = self.depth.saturating_sub(1);
                    if local_name(name) == b"record" {
                        let is_record = frame.has_content || !frame.has_others;
                        self.depth = frame.depth;
                        self.frame = None;
                        self.at = 0;
                        return if is_record { Extent::Record(end) } else { Extent::Skip(end) };
                    }
                }
                Markup::Stray | Markup::Other => {}
            }
            self.at = end;
        }
    }
}

impl Extents for XmlExtents {
    fn next(&mut self, window: &[u8], is_end: bool) -> Extent {
        if self.frame.is_some() {
            self.inside(window, is_end)
        } else {
            self.outside(window, is_end)
        }
    }
}
