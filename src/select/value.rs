//! A selected value.

use std::borrow::Cow;

/// A value that a selector has found, and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value<'r> {
    pub(super) text: Cow<'r, str>,
    pub(super) spec: usize,
    pub(super) part: usize,
    pub(super) field: Option<usize>,
    pub(super) subfield: Option<usize>,
}

impl<'r> Value<'r> {
    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text, borrowed from the record if it needed no conversion.
    #[must_use]
    pub fn into_text(self) -> Cow<'r, str> {
        self.text
    }

    /// Returns the number of the spec among those that `|` separates, from 0.
    #[must_use]
    pub const fn spec(&self) -> usize {
        self.spec
    }

    /// Returns the number of the subfield among those of the spec, from 0: 1 for `b` in `245$a$b`.
    #[must_use]
    pub const fn part(&self) -> usize {
        self.part
    }

    /// Returns the number of the field in the record, from 0, or `None` for the leader.
    #[must_use]
    pub const fn field(&self) -> Option<usize> {
        self.field
    }

    /// Returns the number of the subfield in its field, from 0, or `None` for a whole field, an
    /// indicator and the leader. Delimiters without a code are not counted, as in
    /// [`subfields`](crate::encoding::subfields).
    #[must_use]
    pub const fn subfield(&self) -> Option<usize> {
        self.subfield
    }
}
