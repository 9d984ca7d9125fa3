//! The cells of one column while a projection fills them.

use super::{
    buffers::Buffers,
    indicators::IndicatorPattern,
    options::{Normalize, Order, Repeat, Type},
    text::trimmed,
};
use arrow_schema::DataType;
use std::{borrow::Cow, string::String};

/// The treatment of the values of a column.
#[derive(Debug)]
pub(super) struct Treatment {
    pub(super) repeat: Repeat,
    pub(super) separator: String,
    pub(super) kind: Type,
    pub(super) order: Order,
    pub(super) indicators: Option<IndicatorPattern>,
    pub(super) normalize: Option<Normalize>,
    pub(super) trim: bool,
    pub(super) default: Option<String>,
}

impl Treatment {
    /// Returns the text of a value as it goes into a cell.
    #[inline]
    pub(super) fn changed<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.normalize.is_none() && !self.trim {
            return Cow::Borrowed(text);
        }
        self.change(text)
    }

    fn change<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = match self.normalize {
            Some(form) => form.apply(text),
            None => Cow::Borrowed(text),
        };
        match text {
            text if !self.trim => text,
            Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
            Cow::Owned(text) => Cow::Owned(trimmed(&text).into()),
        }
    }

    /// Appends a value, the default, or null.
    #[inline]
    fn push(&self, text: &str, buffers: &mut Buffers) {
        match (self.kind, &self.default) {
            (Type::String, _) => buffers.push_bytes(self.changed(text).as_bytes()),
            (kind, Some(default)) if !kind.has_value(&self.changed(text)) => {
                kind.push(default, buffers);
            }
            (kind, _) => kind.push(&self.changed(text), buffers),
        }
    }
}

/// The cells of one column.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) buffers: Buffers,
    /// Number of values in the row that is being filled.
    found: u32,
    /// True if text that the row needs is undecodable.
    has_failed: bool,
}

impl Cells {
    pub(super) fn of(kind: &DataType) -> Self {
        Self { buffers: Buffers::of(kind), found: 0, has_failed: false }
    }

    /// Returns true if more values would not change the row.
    #[inline]
    pub(super) const fn is_settled(&self, how: &Treatment) -> bool {
        self.has_failed || (self.found > 0 && matches!(how.repeat, Repeat::First | Repeat::Exists))
    }

    /// Counts a value. Returns the buffers to which it is to be appended, if it is.
    #[inline]
    pub(super) fn open(&mut self, how: &Treatment) -> Option<&mut Buffers> {
        if self.has_failed {
            return None;
        }
        self.found += 1;
        match how.repeat {
            Repeat::List => Some(self.buffers.items()),
            Repeat::First if self.found == 1 => Some(&mut self.buffers),
            Repeat::Explode => Some(&mut self.buffers),
            Repeat::First | Repeat::Join | Repeat::Count | Repeat::Exists => None,
        }
    }

    /// Adds a value to the row.
    #[inline]
    pub(super) fn take(&mut self, how: &Treatment, text: &str) {
        if let Some(buffers) = self.open(how) {
            how.push(text, buffers);
        } else if how.repeat == Repeat::Join && !self.has_failed {
            if self.found > 1 {
                self.buffers.extend(how.separator.as_bytes());
            }
            self.buffers.extend(how.changed(text).as_bytes());
        }
    }

    /// Makes the row null, because text that it needs is undecodable. Returns false if the row does
    /// not need it.
    pub(super) const fn fail(&mut self, how: &Treatment) -> bool {
        let is_needed = !self.is_settled(how);
        self.has_failed |= is_needed;
        is_needed
    }

    /// Ends the row of a column that is not exploded.
    #[inline]
    pub(super) fn end_row(&mut self, how: &Treatment) {
        let (found, has_failed) = (self.found, self.has_failed);
        (self.found, self.has_failed) = (0, false);
        if has_failed {
            self.buffers.truncate(self.buffers.rows());
            return self.buffers.push_null();
        }
        match how.repeat {
            Repeat::Count => self.buffers.push_int(i64::from(found)),
            Repeat::Exists => self.buffers.push_bool(found > 0),
            _ if found == 0 => match &how.default {
                Some(default) => how.kind.push(default, &mut self.buffers),
                None => self.buffers.push_null(),
            },
            Repeat::List | Repeat::Join => self.buffers.close(),
            // The value is a row already.
            Repeat::First | Repeat::Explode => {}
        }
    }

    /// Ends the rows of a record in an exploded column that had `rows` before, and returns their new
    /// number.
    pub(super) fn end_exploded(&mut self, rows: usize) -> usize {
        if self.has_failed {
            self.buffers.truncate(rows);
        }
        (self.found, self.has_failed) = (0, false);
        self.buffers.rows()
    }
}
