//! The test for a plausible leader, P, that finds the way back after a bad span.
//!
//! The 24 bytes of a leader alone do not do: directories are soups of digits in which they fit
//! once in a few kilobytes. So P reads the directory as well: it holds at an offset if
//!
//! - positions 00-04 and 12-16 are digits, 05-09 and 17-19 printable ASCII;
//! - positions 10-11 are `22` or positions 20-21 are `45`;
//! - the base address is at least 37 (one entry), a multiple of 12 after the leader, and less than
//!   the length wherever a length of 25 or more is stated;
//! - a field terminator stands before the base address, and everything between it and the leader
//!   is directory entries: three letters or digits and nine digits each.
//!
//! P′ is the same with any printable bytes in positions 00-04, for records that are to be repaired.

use crate::record::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, Leader, LongLength, MAX_RECORD_LENGTH,
    MIN_BASE_ADDRESS, is_entry, leader_is_plausible, leader_is_printable, long_length,
};

/// An answer that may have to wait for more bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// Undecided; it takes at least this many bytes, counted from the offset asked about.
    NeedMore(usize),
}

/// What positions 00-04 of a plausible leader may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Length {
    /// Digits, and of a length of 25 or more one that exceeds the base address: P.
    #[default]
    Stated,
    /// Any printable bytes: P′.
    Any,
}

impl Length {
    /// Whether a leader can begin with these bytes, up to five of them.
    fn may_begin(self, bytes: &[u8]) -> bool {
        bytes.iter().take(5).all(|byte| match self {
            Self::Stated => byte.is_ascii_digit(),
            Self::Any => matches!(byte, 0x20..=0x7E),
        })
    }
}

/// The base address that a leader states, if the leader passes its part of P. Every record of every
/// file passes through here.
#[inline]
pub(super) fn sound_base(leader: &[u8; LEADER_LENGTH]) -> Option<usize> {
    let view = Leader::new(leader);
    let length = view.record_length()?;
    let base = view.base_address()?;
    let fits = length < MIN_BASE_ADDRESS || base < length;
    (fits && has_entries(base) && leader_is_plausible(leader)).then_some(base)
}

/// The same for P or P′.
pub(super) fn stated_base(leader: &[u8; LEADER_LENGTH], rule: Length) -> Option<usize> {
    if rule == Length::Stated {
        return sound_base(leader);
    }
    let base = Leader::new(leader).base_address()?;
    let is_leader = rule.may_begin(leader) && has_entries(base) && leader_is_plausible(leader);
    is_leader.then_some(base)
}

/// Whether at least one entry fits before this base address, and no part of one.
#[inline]
const fn has_entries(base: usize) -> bool {
    base >= MIN_BASE_ADDRESS + DIRECTORY_ENTRY_LENGTH
        && (base - MIN_BASE_ADDRESS).is_multiple_of(DIRECTORY_ENTRY_LENGTH)
}

/// Whether a plausible leader stands at the start of `bytes`, of which more may come.
pub(super) fn plausible_leader(bytes: &[u8], rule: Length) -> Verdict {
    let Some(leader) = bytes.first_chunk::<LEADER_LENGTH>() else {
        // The first five bytes decide most questions, and a slow pipe may bring no more for long.
        return match rule.may_begin(bytes) {
            true => Verdict::NeedMore(LEADER_LENGTH),
            false => Verdict::No,
        };
    };
    let Some(base) = stated_base(leader, rule) else { return Verdict::No };
    let directory = &bytes[LEADER_LENGTH..bytes.len().min(base - 1)];
    if !directory.chunks_exact(DIRECTORY_ENTRY_LENGTH).all(is_entry) {
        return Verdict::No;
    }
    match bytes.get(base - 1) {
        Some(&FIELD_TERMINATOR) => Verdict::Yes,
        Some(_) => Verdict::No,
        None => Verdict::NeedMore(base),
    }
}

fn has_numbers(leader: &[u8; LEADER_LENGTH]) -> bool {
    let leader = Leader::new(leader);
    leader.record_length().is_some() && leader.base_address().is_some()
}

/// Whether the 24 bytes at the start of `bytes` could be a leader, by its codes or by its numbers,
/// whatever stands behind them: a weak test, for the place behind a record, where a damaged one is
/// likelier than anything else.
pub(super) fn leader_alone(bytes: &[u8]) -> Verdict {
    match bytes.first_chunk::<LEADER_LENGTH>() {
        Some(leader) if leader_is_plausible(leader) && Length::Any.may_begin(leader) => {
            Verdict::Yes
        }
        Some(leader) if leader_is_printable(leader) && has_numbers(leader) => Verdict::Yes,
        Some(_) => long_leader(bytes).0,
        None if Length::Any.may_begin(bytes) => Verdict::NeedMore(LEADER_LENGTH),
        None => Verdict::No,
    }
}

/// The same for a leader whose record length has more digits than five, and the length that it
/// states.
pub(super) fn long_leader(bytes: &[u8]) -> (Verdict, usize) {
    let Some(LongLength { excess, length }) = long_length(bytes) else { return (Verdict::No, 0) };
    let verdict = match bytes[excess..].first_chunk::<LEADER_LENGTH>() {
        Some(leader) if leader_is_plausible(leader) => Verdict::Yes,
        Some(_) => Verdict::No,
        None => Verdict::NeedMore(excess + LEADER_LENGTH),
    };
    (verdict, length)
}

/// The first offset, but 0, at which the end of `bytes` cuts in two what may be a plausible leader
/// with its directory.
pub(super) fn cut_leader(bytes: &[u8], rule: Length) -> Option<usize> {
    // A directory ends before the base address, which has five digits.
    let first = bytes.len().saturating_sub(MAX_RECORD_LENGTH).max(1);
    let is_cut = |at: &usize| matches!(plausible_leader(&bytes[*at..], rule), Verdict::NeedMore(_));
    (first..bytes.len()).find(is_cut)
}
