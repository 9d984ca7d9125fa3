//! Names of elements.

use memchr::memchr;

/// Returns the name in a complete start tag.
pub(super) fn name_of(tag: &[u8]) -> Option<&[u8]> {
    (tag.len() > 2).then(|| name(&tag[1..tag.len() - 1]))
}

/// Returns the name at the front of a tag's content.
pub(super) fn name(content: &[u8]) -> &[u8] {
    let end = content.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/');
    &content[..end.unwrap_or(content.len())]
}

/// Returns a name without its prefix.
pub(super) fn local_name(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(colon) => &name[colon + 1..],
        None => name,
    }
}
