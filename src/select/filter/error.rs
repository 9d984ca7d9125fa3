//! The error for text that is not a filter.

use super::super::{SelectorError, error::pointed};
use std::{boxed::Box, error, fmt, string::String};

/// Text that is not a filter: the first offending character, and what is wrong there.
///
/// `Display` shows three lines: the message, the filter, and a caret under the character.
///
/// ```
/// use tidemarc::select::Filter;
///
/// let error = "245$a == 1".parse::<Filter>().unwrap_err();
/// let lines = error.to_string();
/// assert_eq!(lines.lines().skip(1).collect::<Vec<_>>(), ["    245$a == 1", "           ^"]);
/// assert_eq!((error.position(), error.found()), (7, Some('=')));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError(Box<Content>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    filter: String,
    /// Offset in bytes.
    at: usize,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// Another character was expected.
    Expected(String),
    /// The text is a filter, but something in it cannot be used: a file, a regular expression.
    Unusable(String),
}

impl FilterError {
    /// Creates an error. `at` is the offset in bytes of a character, or of the end.
    pub(super) fn new(filter: &str, at: usize, problem: Problem) -> Self {
        Self(Box::new(Content { filter: filter.into(), at, problem }))
    }

    /// Returns the text that is not a filter.
    #[must_use]
    pub fn filter(&self) -> &str {
        &self.0.filter
    }

    /// Returns the position of the offending character, counted in characters from 0.
    #[must_use]
    pub fn position(&self) -> usize {
        self.0.filter[..self.0.at].chars().count()
    }

    /// Returns the offending character; `None` at the end.
    #[must_use]
    pub fn found(&self) -> Option<char> {
        self.0.filter[self.0.at..].chars().next()
    }

    /// Returns a description of the text that was expected; `None` if the text is a filter, but a
    /// file or a regular expression in it cannot be used.
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        match &self.0.problem {
            Problem::Expected(expected) => Some(expected),
            Problem::Unusable(_) => None,
        }
    }
}

/// A mistake in a selector of the filter.
impl From<SelectorError> for FilterError {
    fn from(error: SelectorError) -> Self {
        let at = error.offset();
        Self::new(error.selector(), at, Problem::Expected(error.expected().into()))
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = self.position();
        match (&self.0.problem, self.found()) {
            (Problem::Unusable(reason), _) => {
                write!(f, "not a usable filter: {reason}, at position {position}")?;
            }
            (Problem::Expected(expected), found) => {
                write!(f, "not a filter: expected {expected} at position {position}, found ")?;
                match found {
                    Some(found) => write!(f, "{found:?}")?,
                    None => f.write_str("the end")?,
                }
            }
        }
        pointed(f, &self.0.filter, self.0.at)
    }
}

impl error::Error for FilterError {}
