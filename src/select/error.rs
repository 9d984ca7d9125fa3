//! The error for text that is not a selector.

use std::{boxed::Box, error, fmt, string::String};
use unicode_normalization::char::is_combining_mark;

/// Text that is not a selector: its first offending character, and what was expected there.
///
/// `Display` shows three lines: the message, the selector, and a caret under the character.
///
/// ```
/// use tidemarc::select::Selector;
///
/// let error = "245$A".parse::<Selector>().unwrap_err();
/// let lines = error.to_string();
/// assert_eq!(lines.lines().skip(1).collect::<Vec<_>>(), ["    245$A", "        ^"]);
/// assert_eq!((error.position(), error.found()), (4, Some('A')));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectorError(Box<Content>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    selector: String,
    /// Offset in bytes.
    at: usize,
    expected: String,
}

/// Largest number of characters that are shown before the caret, and after it.
const SHOWN: usize = 60;

impl SelectorError {
    /// Creates an error. `at` is the offset in bytes of a character, or of the end.
    pub(super) fn new(selector: &str, at: usize, expected: String) -> Self {
        Self(Box::new(Content { selector: selector.into(), at, expected }))
    }

    /// Returns the text that is not a selector.
    #[must_use]
    pub fn selector(&self) -> &str {
        &self.0.selector
    }

    /// Returns the position of the offending character, counted in characters from 0.
    #[must_use]
    pub fn position(&self) -> usize {
        self.before().chars().count()
    }

    /// Returns the offending character; `None` at the end.
    #[must_use]
    pub fn found(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Returns a description of the text that was expected.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.0.expected
    }

    /// Returns the offset of the offending character in bytes.
    #[cfg(feature = "filter")]
    pub(crate) fn offset(&self) -> usize {
        self.0.at
    }

    fn before(&self) -> &str {
        &self.0.selector[..self.0.at]
    }

    fn rest(&self) -> &str {
        &self.0.selector[self.0.at..]
    }
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not a selector: expected {} at position {}, found ",
            self.expected(),
            self.position()
        )?;
        match self.found() {
            Some(found) => write!(f, "{found:?}")?,
            None => f.write_str("the end")?,
        }
        pointed(f, self.selector(), self.0.at)
    }
}

/// Writes a line with the text, or the part of it around this offset in bytes, and a line with a
/// caret under the character there.
pub(crate) fn pointed(f: &mut fmt::Formatter<'_>, text: &str, at: usize) -> fmt::Result {
    let (before, rest) = text.split_at(at);
    let start = before.char_indices().rev().nth(SHOWN - 1).map_or(0, |(at, _)| at);
    let end = rest.char_indices().nth(SHOWN).map_or(rest.len(), |(at, _)| at);
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    let (head, tail) = (cut(start > 0), cut(end < rest.len()));
    let (before, rest) = (&before[start..], &rest[..end]);
    let shown = |text: &str| text.chars().map(visible).collect::<String>();
    write!(f, "\n    {head}{}{}{tail}", shown(before), shown(rest))?;
    let blanks = head.chars().chain(before.chars()).filter_map(blank).collect::<String>();
    write!(f, "\n    {blanks}^")
}

/// Returns the picture of a control character, which has the width of one column. Returns any other
/// character unchanged.
fn visible(c: char) -> char {
    match c {
        '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(c),
        '\x7F' => '\u{2421}',
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => '\u{FFFD}',
        c => c,
    }
}

/// Returns a blank as wide as a character; `None` for a combining mark.
fn blank(c: char) -> Option<char> {
    match c {
        c if is_combining_mark(c) => None,
        // The wide characters of East Asian scripts, and emoji.
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => Some('\u{3000}'),
        _ => Some(' '),
    }
}

impl error::Error for SelectorError {}
