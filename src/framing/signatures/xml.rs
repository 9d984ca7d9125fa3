//! The first bytes of an XML document: UTF-16, and the declaration (XML 1.0, section 4.3.3 and
//! appendix F).

use memchr::{memchr, memmem};

/// Number of bytes that are searched for a declaration.
const HEAD: usize = 256;

/// Returns the byte order, true for the lower byte first, if these bytes are an XML document in
/// UTF-16. Without a byte order mark, two characters are needed to recognise it, because one may be
/// a stray NUL before or after white space or a `<`.
pub(crate) const fn utf16_markup(head: &[u8]) -> Option<bool> {
    match *head {
        [0xFF, 0xFE, ..] => Some(true),
        [0xFE, 0xFF, ..] => Some(false),
        [b'<' | b' ' | b'\t' | b'\r' | b'\n', 0, 1..=0xFF, 0, ..] => Some(true),
        [0, b'<' | b' ' | b'\t' | b'\r' | b'\n', 0, 1..=0xFF, ..] => Some(false),
        _ => None,
    }
}

/// Returns true if markup in UTF-16 begins here, after a byte order mark and white space.
pub(super) fn begins_wide_markup(head: &[u8]) -> bool {
    let Some(is_little) = utf16_markup(head) else { return false };
    let mut units = head.chunks_exact(2).map(|unit| match (is_little, unit) {
        (true, &[byte, 0]) | (false, &[0, byte]) => byte,
        (true, [0xFF, 0xFE]) | (false, [0xFE, 0xFF]) => b' ',
        _ => 0,
    });
    let is_markup =
        |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'?' | b'!' | b'_' | b'/');
    units.find(|byte| !byte.is_ascii_whitespace()) == Some(b'<')
        && units.next().is_some_and(is_markup)
}

/// Returns true if the XML declaration is complete, or if there is none.
pub(crate) fn is_declared(head: &[u8]) -> bool {
    let head = &head[..head.len().min(HEAD)];
    let text = super::without_mark(head);
    head.len() >= HEAD
        || (head.len() >= 4
            && (memmem::find(head, b"?>").is_some()
                || !(b"<?xml".starts_with(text) || text.starts_with(b"<?xml"))))
}

/// The names of ISO 8859-1 that IANA has registered, and two others that occur.
const LATIN_1: [&[u8]; 11] = [
    b"ISO-8859-1",
    b"ISO_8859-1",
    b"ISO_8859-1:1987",
    b"iso-ir-100",
    b"latin1",
    b"l1",
    b"IBM819",
    b"CP819",
    b"csISOLatin1",
    b"ISO8859-1",
    b"latin-1",
];

/// Returns true if an XML declaration states ISO 8859-1.
pub(crate) fn declares_latin_1(head: &[u8]) -> bool {
    let is = |name: &[u8]| LATIN_1.iter().any(|known| name.eq_ignore_ascii_case(known));
    declared_encoding(head).is_some_and(is)
}

/// Returns the name in `encoding="…"` of an XML declaration.
pub(crate) fn declared_encoding(head: &[u8]) -> Option<&[u8]> {
    let head = &head[..head.len().min(HEAD)];
    let end = memmem::find(head, b"?>")?;
    let declaration = head[..end].trim_ascii_start().strip_prefix(b"<?xml")?;
    let at = memmem::find(declaration, b"encoding")?;
    let rest = declaration[at + 8..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, rest) = rest.split_first()?;
    Some(&rest[..memchr(*quote, rest)?])
}
