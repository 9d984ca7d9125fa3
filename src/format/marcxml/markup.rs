//! The markup of XML, as far as is necessary to find the end of an element.

use super::{
    names::name,
    sections::{Section, Sections, has_record},
};
use memchr::{memchr_iter, memchr2, memmem};

/// A piece of markup.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Markup<'a> {
    /// A start tag, or the tag of an empty element.
    Open { name: &'a [u8], is_empty: bool },
    /// An end tag.
    Close { name: &'a [u8] },
    /// A CDATA section of this text.
    Text(&'a [u8]),
    /// A comment, processing instruction or document type declaration.
    Other,
    /// A `<` that begins nothing, or a tag without its end.
    Stray,
    /// The beginning of markup other than a tag, without an end that belongs to it.
    Unclosed,
}

/// A scanner that recognises markup. With more bytes it continues where it stopped.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    sections: Sections,
    progress: Progress,
}

/// The progress in a tag or a declaration that is not complete: the number of bytes examined, and
/// what they left open.
#[derive(Debug, Default)]
struct Progress {
    at: usize,
    quote: Option<u8>,
    is_in_subset: bool,
    /// The comment or processing instruction of the subset that is open.
    section: Option<Section>,
}

/// The bytes that contain markup, and whether more will come.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'w> {
    /// The part of the window that is examined.
    pub(super) bytes: &'w [u8],
    /// True if no more bytes will come.
    pub(super) is_all: bool,
}

impl Scanner {
    /// Drops this many bytes from the front of the window.
    pub(super) fn pass(&mut self, length: usize) {
        self.sections.pass(length);
        self.restart();
    }

    /// Prepares for the next piece of markup.
    pub(super) fn restart(&mut self) {
        self.progress = Progress::default();
    }

    /// Returns the markup at this place of the view, which is a `<`, and its length, or `None` if
    /// it is not complete. `is_inside` says that it stands in an element, where a declaration
    /// cannot be.
    ///
    /// No tag can contain a second `<`, not even in an attribute (XML 1.0, section 2.4). So a tag
    /// that is not closed ends there, and only the tag itself is lost.
    pub(super) fn markup<'w>(
        &mut self,
        view: View<'w>,
        start: usize,
        is_inside: bool,
    ) -> Option<(usize, Markup<'w>)> {
        let bytes = &view.bytes[start..];
        match bytes.get(1)? {
            b'?' => self.section(Section::Instruction, view, start),
            b'!' if bytes.starts_with(Section::Comment.begin()) => {
                self.section(Section::Comment, view, start)
            }
            b'!' if bytes.starts_with(Section::Text.begin()) => {
                self.section(Section::Text, view, start)
            }
            b'!' if !view.is_all
                && (b"<!--".starts_with(bytes) || b"<![CDATA[".starts_with(bytes)) =>
            {
                None
            }
            b'!' => self.declaration(view, start, is_inside),
            b'/' | b'_' | b':' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => {
                let found = tag(bytes, &mut self.progress);
                if found.is_some() {
                    self.restart();
                }
                found
            }
            _ => Some((1, Markup::Stray)),
        }
    }

    fn section<'w>(
        &mut self,
        section: Section,
        view: View<'w>,
        start: usize,
    ) -> Option<(usize, Markup<'w>)> {
        let bytes = &view.bytes[start..];
        if section == Section::Instruction && is_xml_declaration(bytes)? {
            return xml_declaration(bytes, view.is_all);
        }
        match self.sections.end(section, view.bytes, start) {
            Ok(Some(end)) => {
                let markup = match section {
                    Section::Text => Markup::Text(&view.bytes[start + 9..end - 3]),
                    _ => Markup::Other,
                };
                Some((end - start, markup))
            }
            Err(()) if !view.is_all => None,
            Err(()) | Ok(None) => {
                let length = section.begin().len();
                match memchr2(b'<', b'>', &bytes[length..]) {
                    Some(end) => {
                        let end = length + end;
                        Some((end + usize::from(bytes[end] == b'>'), Markup::Unclosed))
                    }
                    None if view.is_all => Some((bytes.len(), Markup::Unclosed)),
                    None => None,
                }
            }
        }
    }

    /// Returns a document type declaration. Its internal subset stands in brackets; the
    /// declarations in it are not used.
    fn declaration<'w>(
        &mut self,
        view: View<'w>,
        start: usize,
        is_inside: bool,
    ) -> Option<(usize, Markup<'w>)> {
        let bytes = &view.bytes[start..];
        if !is_inside && !self.sections.is_refused(Section::Declaration, start) {
            let (end, is_closed) = match declaration_end(bytes, &mut self.progress) {
                Some(Ok(end)) => (end, !has_record(&bytes[..end])),
                Some(Err(end)) => (end, false),
                None if !view.is_all => return None,
                None => (bytes.len(), false),
            };
            self.restart();
            if is_closed {
                return Some((end, Markup::Other));
            }
            // No declaration that begins in it is closed either. So no byte is searched twice for
            // an end.
            self.sections.refuse(Section::Declaration, start + end);
        }
        // It contains declarations, and ends at the first other markup.
        let from = 2.max(self.progress.at);
        let end = memchr_iter(b'<', &bytes[from..])
            .map(|end| from + end)
            .find(|end| bytes.get(end + 1) != Some(&b'!'));
        match end {
            Some(end) if end + 1 < bytes.len() || view.is_all => {
                self.restart();
                Some((end, Markup::Unclosed))
            }
            None if view.is_all => {
                self.restart();
                Some((bytes.len(), Markup::Unclosed))
            }
            Some(_) | None => {
                self.progress.at = end.unwrap_or(bytes.len() - 1).max(2);
                None
            }
        }
    }
}

/// Returns true if bytes that begin with `<?` begin an XML declaration, or `None` if they do not
/// decide.
pub(super) fn is_xml_declaration(bytes: &[u8]) -> Option<bool> {
    match bytes.strip_prefix(b"<?xml") {
        Some(rest) => rest.first().map(u8::is_ascii_whitespace),
        None if b"<?xml".starts_with(bytes) => None,
        None => Some(false),
    }
}

/// Returns an XML declaration. It cannot contain `<` or `>`, so a wrong end is recognised at once.
fn xml_declaration(bytes: &[u8], is_all: bool) -> Option<(usize, Markup<'static>)> {
    match memchr2(b'<', b'>', &bytes[2..]) {
        Some(at) if bytes[2 + at] == b'<' => Some((2 + at, Markup::Unclosed)),
        Some(at) if bytes[1 + at] == b'?' => Some((3 + at, Markup::Other)),
        Some(at) => Some((3 + at, Markup::Unclosed)),
        None => is_all.then_some((bytes.len(), Markup::Unclosed)),
    }
}

fn tag<'w>(bytes: &'w [u8], progress: &mut Progress) -> Option<(usize, Markup<'w>)> {
    let is_end_tag = bytes[1] == b'/';
    let mut at = progress.at.max(1);
    loop {
        let rest = &bytes[at..];
        let next = match progress.quote {
            Some(quote) => memchr2(quote, b'<', rest),
            None if is_end_tag => memchr2(b'>', b'<', rest),
            None => rest.iter().position(|byte| matches!(byte, b'>' | b'<' | b'"' | b'\'')),
        };
        let Some(next) = next else {
            progress.at = bytes.len();
            return None;
        };
        at += next;
        match bytes[at] {
            b'<' => return Some((at, Markup::Stray)),
            b'>' if progress.quote.is_none() => break,
            quote => {
                progress.quote = match progress.quote {
                    None => Some(quote),
                    Some(_) => None,
                };
                at += 1;
            }
        }
    }
    let markup = match is_end_tag {
        true => Markup::Close { name: name(&bytes[2..at]) },
        false => Markup::Open { name: name(&bytes[1..at]), is_empty: bytes[at - 1] == b'/' },
    };
    Some((at + 1, markup))
}

/// Returns the end of a declaration, or as `Err` the place of a `<` that it cannot contain: then it
/// is not closed.
fn declaration_end(bytes: &[u8], progress: &mut Progress) -> Option<Result<usize, usize>> {
    let mut at = progress.at.max(2);
    let end = loop {
        let Some(&byte) = bytes.get(at) else { break None };
        if let Some(section) = progress.section {
            let end = section.end();
            let Some(found) = memmem::find(&bytes[at..], end) else {
                at = at.max((bytes.len() + 1).saturating_sub(end.len()));
                break None;
            };
            progress.section = None;
            at += found + end.len();
            continue;
        }
        match byte {
            // The quoted values outside of the subset are names of files.
            b'<' if !progress.is_in_subset => break Some(Err(at)),
            _ if progress.quote == Some(byte) => progress.quote = None,
            _ if progress.quote.is_some() => {}
            b'"' | b'\'' => progress.quote = Some(byte),
            b'>' if !progress.is_in_subset => break Some(Ok(at + 1)),
            b'[' => progress.is_in_subset = true,
            b']' => progress.is_in_subset = false,
            b'<' => {
                let rest = &bytes[at..];
                let begins = |section: &Section| rest.starts_with(section.begin());
                match rest.get(1) {
                    None => break None,
                    Some(b'!' | b'?') if rest.len() < 4 && b"<!--".starts_with(rest) => break None,
                    Some(b'!' | b'?') => {
                        progress.section =
                            [Section::Comment, Section::Instruction].into_iter().find(begins);
                        at += progress.section.map_or(0, |section| section.begin().len() - 1);
                    }
                    Some(_) => break Some(Err(at)),
                }
            }
            _ => {}
        }
        at += 1;
    };
    progress.at = at;
    end
}
