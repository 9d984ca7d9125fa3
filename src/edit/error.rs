//! The error for text that is not an edit.

use crate::select::{SelectorError, pointed};
use std::{boxed::Box, error, fmt, format, string::String};

/// Text that is not an edit: its first offending character, and what is wrong there.
///
/// `Display` shows three lines: the message, the text, and a caret under the character.
///
/// ```
/// use tidemarc::edit::Edit;
///
/// let error = Edit::set("245^3=1").unwrap_err().to_string();
/// assert_eq!(error.lines().skip(1).collect::<Vec<_>>(), ["    245^3=1", "        ^"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditError(Box<Content>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    text: String,
    /// Offset in bytes.
    at: usize,
    reason: String,
}

impl EditError {
    /// Creates an error. `at` is the offset in bytes of a character, or of the end.
    pub(super) fn new(text: &str, at: usize, reason: impl Into<String>) -> Self {
        Self(Box::new(Content { text: text.into(), at, reason: reason.into() }))
    }

    /// Creates the error that something else was expected at this offset.
    pub(super) fn expected(text: &str, at: usize, expected: &str) -> Self {
        let found = match text[at..].chars().next() {
            Some(found) => format!("{found:?}"),
            None => "the end".into(),
        };
        Self::new(text, at, format!("expected {expected}, found {found}"))
    }

    /// Returns the text that is not an edit.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Returns the position of the offending character, counted in characters from 0.
    #[must_use]
    pub fn position(&self) -> usize {
        self.0.text[..self.0.at].chars().count()
    }

    /// Returns the reason.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0.reason
    }
}

/// A mistake in the selector of an edit.
impl From<SelectorError> for EditError {
    fn from(error: SelectorError) -> Self {
        Self::expected(error.selector(), error.offset(), error.expected())
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an edit: {}, at position {}", self.reason(), self.position())?;
        pointed(f, &self.0.text, self.0.at)
    }
}

impl error::Error for EditError {}
