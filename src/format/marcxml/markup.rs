//! The markup of XML, as far as it takes to find where an element ends.

use memchr::{memchr, memchr2, memmem};

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
}

/// The markup at the front of the bytes, which begin with `<`, and its length; `None` if it is
/// not complete.
///
/// No tag can contain a second `<`, not even in an attribute (XML 1.0, section 2.4), so a tag that
/// is not closed ends there, and no more than itself is lost.
pub(super) fn markup(bytes: &[u8]) -> Option<(usize, Markup<'_>)> {
    let until = |from: usize, end: &[u8]| {
        let length = memmem::find(bytes.get(from..)?, end)?;
        Some((from + length + end.len(), Markup::Other))
    };
    match bytes.get(1)? {
        b'?' => until(2, b"?>"),
        b'!' if bytes.starts_with(b"<!--") => until(4, b"-->"),
        b'!' if bytes.starts_with(b"<![CDATA[") => {
            let (end, _) = until(9, b"]]>")?;
            Some((end, Markup::Text(&bytes[9..end - 3])))
        }
        b'!' if b"<!--".starts_with(bytes) || b"<![CDATA[".starts_with(bytes) => None,
        b'!' => declaration(bytes),
        b'/' => {
            let end = 2 + memchr2(b'>', b'<', &bytes[2..])?;
            match bytes[end] {
                b'>' => Some((end + 1, Markup::Close { name: name(&bytes[2..end]) })),
                _ => Some((end, Markup::Stray)),
            }
        }
        byte if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..) => tag(bytes),
        _ => Some((1, Markup::Stray)),
    }
}

fn tag(bytes: &[u8]) -> Option<(usize, Markup<'_>)> {
    let mut at = 1;
    loop {
        at += bytes[at..].iter().position(|byte| matches!(byte, b'>' | b'<' | b'"' | b'\''))?;
        match bytes[at] {
            b'>' => break,
            b'<' => return Some((at, Markup::Stray)),
            quote => {
                at += 1 + memchr2(quote, b'<', &bytes[at + 1..])?;
                if bytes[at] == b'<' {
                    return Some((at, Markup::Stray));
                }
                at += 1;
            }
        }
    }
    let is_empty = bytes[at - 1] == b'/';
    Some((at + 1, Markup::Open { name: name(&bytes[1..at]), is_empty }))
}

/// A document type declaration. Its internal subset stands in brackets; what is declared there is
/// not used.
fn declaration(bytes: &[u8]) -> Option<(usize, Markup<'_>)> {
    let (mut at, mut is_in_subset) = (2, false);
    loop {
        match *bytes.get(at)? {
            b'>' if !is_in_subset => return Some((at + 1, Markup::Other)),
            b'[' => is_in_subset = true,
            b']' => is_in_subset = false,
            b'<' if is_in_subset && bytes[at..].starts_with(b"<!--") => {
                at += 3 + memmem::find(&bytes[at + 4..], b"-->")? + 3;
            }
            quote @ (b'"' | b'\'') => at += 1 + memchr(quote, &bytes[at + 1..])?,
            _ => {}
        }
        at += 1;
    }
}

/// The name at the front of a tag's content.
fn name(content: &[u8]) -> &[u8] {
    let end = content.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/');
    &content[..end.unwrap_or(content.len())]
}

/// A name without its prefix.
pub(super) fn local_name(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(colon) => &name[colon + 1..],
        None => name,
    }
}
