//! The end of a damaged record by the count of its fields, beyond a record terminator inside one of
//! them.

use super::plausible::{Length, Plausibility, plausible_leader, stated_base};
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, MAX_RECORD_LENGTH, MIN_BASE_ADDRESS,
    RECORD_TERMINATOR,
};
use memchr::memchr;

/// The state of counting the fields of the damaged record at `span`. With more bytes the count
/// continues where it stopped.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    /// Offset of the record, in bytes from the start of the input.
    span: u64,
    /// Offset up to which its fields were counted, in bytes from the start of the record; 0 before
    /// the count begins.
    counted_to: usize,
    /// Number of fields still to come.
    left: usize,
}

/// The result of a count: the end of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The record has this length.
    At(usize),
    /// The count decides nothing.
    Unknown,
    NeedMore(usize),
}

impl Count {
    /// Returns the end of the record at the start of `bytes`, at `offset` of the input, by the
    /// count: after as many fields as its directory has entries, if the record terminator stands
    /// there.
    ///
    /// The look-ahead ends after 100,000 bytes. `is_all` says that no more bytes will come.
    pub(super) fn end(&mut self, bytes: &[u8], offset: u64, is_all: bool) -> End {
        let bytes = &bytes[..bytes.len().min(MAX_RECORD_LENGTH + 1)];
        let is_all = is_all || bytes.len() > MAX_RECORD_LENGTH;
        if self.counted_to == 0 || self.span != offset {
            let leader = bytes.first_chunk::<LEADER_LENGTH>();
            let Some(base) = leader
                .filter(|_| plausible_leader(bytes, Length::Any) == Plausibility::Yes)
                .and_then(|leader| stated_base(leader, Length::Any))
            else {
                return End::Unknown;
            };
            let left = (base - MIN_BASE_ADDRESS) / DIRECTORY_ENTRY_LENGTH;
            *self = Self { span: offset, counted_to: base, left };
        }
        while self.left > 0 {
            let rest = bytes.get(self.counted_to..).unwrap_or_default();
            match memchr(FIELD_TERMINATOR, rest) {
                Some(at) => {
                    self.counted_to += at + 1;
                    self.left -= 1;
                }
                None if is_all => return End::Unknown,
                None => {
                    self.counted_to = self.counted_to.max(bytes.len());
                    return End::NeedMore(bytes.len() + 1);
                }
            }
        }
        match bytes.get(self.counted_to) {
            Some(&RECORD_TERMINATOR) => End::At(self.counted_to + 1),
            None if !is_all => End::NeedMore(self.counted_to + 1),
            _ => End::Unknown,
        }
    }
}
