//! The ends of comments, CDATA sections and processing instructions, if they are closed.
//!
//! They may contain anything, so a section that is not closed, or is closed in the wrong place,
//! would hide every record after it. So a section does not count if it has no end within the limit,
//! if the `record` tags in it are not in pairs, or if it contains a `record` and after that the
//! beginning of another section of its kind. A record that was commented out as a whole stays a
//! comment. A declaration never contains a `record`.

use super::names::local_name;
use memchr::{memchr, memchr_iter, memchr2_iter, memmem};

/// Markup that begins with `<!` or `<?` and is not a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Comment,
    Text,
    Instruction,
    Declaration,
}

impl Section {
    pub(super) const fn begin(self) -> &'static [u8] {
        match self {
            Self::Comment => b"<!--",
            Self::Text => b"<![CDATA[",
            Self::Instruction => b"<?",
            Self::Declaration => b"<!",
        }
    }

    pub(super) const fn end(self) -> &'static [u8] {
        match self {
            Self::Comment => b"-->",
            Self::Text => b"]]>",
            Self::Instruction => b"?>",
            Self::Declaration => b">",
        }
    }
}

/// The findings about the ends of sections, by kind, so that no byte is searched again for every
/// section before it. Offsets count from the front of the window.
#[derive(Debug, Default)]
pub(super) struct Sections {
    /// For each kind, an offset: after the last section, no end begins before it.
    searched: [usize; 4],
    /// For each kind, an offset: no section that begins before it is closed.
    refused: [usize; 4],
}

impl Sections {
    /// Drops this many bytes from the front of the window.
    pub(super) fn pass(&mut self, length: usize) {
        for at in self.searched.iter_mut().chain(&mut self.refused) {
            *at = at.saturating_sub(length);
        }
    }

    /// Returns the end of a section that begins at `start`, except for declarations. Returns `Err`
    /// if there is no end in the view, and `Ok(None)` if the section does not count.
    pub(super) fn end(
        &mut self,
        section: Section,
        view: &[u8],
        start: usize,
    ) -> Result<Option<usize>, ()> {
        if self.is_refused(section, start) {
            return Ok(None);
        }
        let (begin, end) = (section.begin(), section.end());
        let searched = &mut self.searched[section as usize];
        let from = (*searched).max(start + begin.len());
        let Some(at) = memmem::find(view.get(from..).unwrap_or_default(), end) else {
            *searched = from.max((view.len() + 1).saturating_sub(end.len()));
            return Err(());
        };
        *searched = from + at;
        let end = from + at + end.len();
        Ok(self.holds(section, view, start, end).then_some(end))
    }

    pub(super) fn is_refused(&self, section: Section, start: usize) -> bool {
        start < self.refused[section as usize]
    }

    /// Records that no section of this kind counts if it begins before this place.
    pub(super) fn refuse(&mut self, section: Section, before: usize) {
        self.refused[section as usize] = before;
    }

    /// Returns true if the section may contain the bytes between its beginning and its end.
    fn holds(&mut self, section: Section, view: &[u8], start: usize, end: usize) -> bool {
        let Some(first) = unpaired(section, &view[start..end]) else { return true };
        // Any other section that begins before the same record contains the same record.
        self.refuse(section, start + first);
        false
    }
}

/// Returns the first `record` tag in a section that cannot be meant to contain its content.
fn unpaired(section: Section, bytes: &[u8]) -> Option<usize> {
    let mut first = None;
    let (mut depth, mut is_negative, mut has_record) = (0_usize, false, false);
    let from = section.begin().len();
    let mut at = from;
    while let Some(next) = memchr(b'<', bytes.get(at..).unwrap_or_default()) {
        at += next;
        let tag = &bytes[at..];
        if has_record && tag.starts_with(section.begin()) {
            return first;
        }
        if let Some(is_end) = record_tag(tag) {
            first = first.or(Some(at));
            has_record |= !is_end;
            match is_end {
                false => depth += 1,
                true if depth == 0 => is_negative = true,
                true => depth -= 1,
            }
            if is_negative && has_record {
                return first;
            }
        }
        at += 1;
    }
    first.filter(|_| has_record && depth > 0)
}

/// Returns true if a `record` begins in these bytes.
pub(super) fn has_record(bytes: &[u8]) -> bool {
    memchr_iter(b'<', bytes).any(|at| record_tag(&bytes[at..]) == Some(false))
}

/// Returns true if the bytes begin with an end tag of a `record`, false for a start tag, and `None`
/// otherwise.
fn record_tag(bytes: &[u8]) -> Option<bool> {
    let is_end = bytes.get(1) == Some(&b'/');
    let name = &bytes[1 + usize::from(is_end)..];
    let length = name
        .iter()
        .take(LONGEST_NAME)
        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'<'))?;
    if local_name(&name[..length]) != b"record" {
        return None;
    }
    let rest = &name[length..];
    let is_empty = memchr2_iter(b'>', b'<', rest)
        .next()
        .is_some_and(|end| end > 0 && rest[end] == b'>' && rest[end - 1] == b'/');
    (!is_empty).then_some(is_end)
}

/// Length of the longest name, including its prefix, that is examined.
const LONGEST_NAME: usize = 256;
