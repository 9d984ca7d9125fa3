//! The cells of one column while a projection fills them.

use super::{buffers::Buffers, column::Repeat};
use arrow_schema::DataType;
use std::string::String;

/// The treatment of the values of a column.
#[derive(Debug)]
pub(super) struct Treatment {
    pub(super) repeat: Repeat,
    pub(super) separator: String,
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

    /// Adds a value to the row.
    #[inline]
    pub(super) fn take(&mut self, how: &Treatment, text: &str) {
        match how.repeat {
            Repeat::List => self.buffers.items().push_bytes(text.as_bytes()),
            Repeat::First if self.found == 0 => self.buffers.extend(text.as_bytes()),
            Repeat::Join => {
                if self.found > 0 {
                    self.buffers.extend(how.separator.as_bytes());
                }
                self.buffers.extend(text.as_bytes());
            }
            Repeat::First | Repeat::Count | Repeat::Exists => {}
        }
        self.found += 1;
    }

    /// Makes the row null, because text that it needs is undecodable. Returns false if the row does
    /// not need it.
    pub(super) fn fail(&mut self, how: &Treatment) -> bool {
        let is_needed = !self.is_settled(how);
        self.has_failed |= is_needed;
        is_needed
    }

    /// Ends the row.
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
            _ if found == 0 => self.buffers.push_null(),
            _ => self.buffers.close(),
        }
    }
}
