//! A fast parser for ordinary records.
//!
//! A general parser spends most of its time on rare possibilities: attributes in any number,
//! references, comments. A record without these is parsed here. Every other record, and every
//! record with a fault, is left to the general parser. Both give the same result (the tests compare
//! them), so this affects only the speed.

use crate::format::{
    Controls,
    draft::{Draft, check_code, tag_of},
};
use crate::record::{SUBFIELD_DELIMITER, Tag};
use memchr::{memchr, memchr3};
use std::str;

/// Puts the record into the draft, which was begun, if it is plain. If it is not, the draft has no
/// meaning.
pub(super) fn plain(text: &str, draft: &mut Draft) -> Option<()> {
    let (tag, rest) = text.as_bytes().split_at(memchr(b'>', text.as_bytes())? + 1);
    // The attributes of the record do not matter, as long as they are closed.
    let quotes = tag.iter().filter(|byte| **byte == b'"').count();
    if quotes % 2 == 1 || tag.contains(&b'\'') || tag.contains(&b'&') || tag.ends_with(b"/>") {
        return None;
    }
    let name = tag[1..].split(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'>')).next()?;
    let prefix = name.strip_suffix(b"record")?;
    let mut cursor = Cursor { rest, prefix };
    while cursor.child(draft)? {}
    let is_whole = cursor.rest.is_empty() && (draft.leader().is_some() || draft.field_count() > 0);
    is_whole.then_some(())
}

struct Cursor<'t> {
    rest: &'t [u8],
    /// The text before every name: `marc:`, or nothing.
    prefix: &'t [u8],
}

impl<'t> Cursor<'t> {
    fn take(&mut self, expected: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    /// Skips `<` and a name, or `</` and a name.
    fn tag(&mut self, begin: &[u8], local: &[u8]) -> Option<()> {
        self.take(begin)?;
        self.take(self.prefix)?;
        self.take(local)
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Returns the text up to a tag, if it has no references and no line ends to be normalized.
    fn text(&mut self) -> Option<&'t [u8]> {
        let end = memchr3(b'<', b'&', b'\r', self.rest)?;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        rest.starts_with(b"</").then_some(text)
    }

    /// Returns the value of an attribute, from after its first quote.
    fn value(&mut self) -> Option<&'t str> {
        let end = memchr(b'"', self.rest)?;
        let (value, rest) = self.rest.split_at(end);
        self.rest = &rest[1..];
        let is_plain = |byte: &u8| !matches!(byte, b'&' | b'<' | b'\t' | b'\n' | b'\r');
        value.iter().all(is_plain).then(|| str::from_utf8(value).ok())?
    }

    /// Parses a leader or a field. Returns false at the end of the record.
    fn child(&mut self, draft: &mut Draft) -> Option<bool> {
        self.blanks();
        if self.rest.starts_with(b"</") {
            self.tag(b"</", b"record>")?;
            return Some(false);
        }
        self.tag(b"<", b"")?;
        match self.rest.first()? {
            b'd' => self.data_field(draft)?,
            b'c' => {
                self.take(b"controlfield tag=\"")?;
                let tag = tag_of(self.value()?).ok()?;
                self.take(b">")?;
                let start = draft.arena.len();
                draft.arena.extend_from_slice(self.text()?);
                draft.end_field(tag, start);
                self.tag(b"</", b"controlfield>")?;
            }
            _ => {
                self.take(b"leader>")?;
                let leader = str::from_utf8(self.text()?).ok()?;
                draft.set_leader(leader, Controls::Error).ok()?;
                self.tag(b"</", b"leader>")?;
            }
        }
        Some(true)
    }

    fn data_field(&mut self, draft: &mut Draft) -> Option<()> {
        self.take(b"datafield")?;
        let (mut tag, mut indicators) = (None, [None; 2]);
        for _ in 0..3 {
            self.take(b" ")?;
            if self.take(b"tag=\"").is_some() {
                tag = Some(tag_of(self.value()?).ok()?);
                continue;
            }
            self.take(b"ind")?;
            let (at, rest) = self.rest.split_first()?;
            self.rest = rest;
            self.take(b"=\"")?;
            let [indicator] = self.value()?.as_bytes() else { return None };
            *indicators.get_mut(usize::from(at.checked_sub(b'1')?))? = Some(*indicator);
        }
        self.take(b">")?;
        let tag: Tag = tag.filter(|tag: &Tag| !tag.is_control())?;
        let start = draft.arena.len();
        draft.arena.extend_from_slice(&[indicators[0]?, indicators[1]?]);
        loop {
            self.blanks();
            if self.rest.starts_with(b"</") {
                self.tag(b"</", b"datafield>")?;
                draft.end_field(tag, start);
                return Some(());
            }
            self.tag(b"<", b"subfield code=\"")?;
            let code = self.value()?;
            check_code(code, tag).ok()?;
            self.take(b">")?;
            draft.arena.push(SUBFIELD_DELIMITER);
            draft.arena.extend_from_slice(code.as_bytes());
            draft.arena.extend_from_slice(self.text()?);
            self.tag(b"</", b"subfield>")?;
        }
    }
}
