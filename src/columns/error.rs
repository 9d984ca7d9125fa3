//! The error for a table that cannot be made.

use std::{borrow::Cow, error, fmt, string::String};

/// The reason why there is no table of these columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnError {
    column: Option<String>,
    reason: Cow<'static, str>,
}

impl ColumnError {
    pub(super) fn new(column: Option<&String>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { column: column.cloned(), reason: reason.into() }
    }

    /// Returns the name of the column; `None` if it is not about one column.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// Returns the reason, without the name.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for ColumnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "column {column:?}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl error::Error for ColumnError {}
