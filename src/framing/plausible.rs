//! The test for a plausible leader, P, which finds the next record after a bad span.
//!
//! The 24 bytes of a leader alone are not enough: a directory is a run of digits, in which a leader
//! fits by chance once in a few kilobytes. So P reads the directory as well. It holds at an offset
//! if
//!
//! - positions 00-04 and 12-16 are digits, 05-09 and 17-19 printable ASCII;
//! - positions 10-11 are `22` or positions 20-21 are `45`;
//! - the base address is at least 37 (one entry), a multiple of 12 after the leader, and less than
//!   the length if the stated length is 25 or more;
//! - a field terminator stands before the base address, and all bytes between it and the leader are
//!   directory entries: three printable characters and nine digits each.
//!
//! P′ is the same with any printable bytes in positions 00-04, for records that may be repaired.

use crate::record::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, Leader, LongLength, MAX_RECORD_LENGTH,
    MIN_BASE_ADDRESS, WideLeader, is_entry, leader_is_plausible, leader_is_printable, long_length,
    wide_leader,
};

/// An answer that may need more bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plausibility {
    Yes,
    No,
    /// Undecided; at least this many bytes are needed, counted from the offset in question.
    NeedMore(usize),
}

/// The rule for positions 00-04 of a plausible leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Length {
    /// P: digits. A length of 25 or more must exceed the base address.
    #[default]
    Stated,
    /// P′: any printable bytes.
    Any,
}

impl Length {
    /// Returns true if a leader can begin with these bytes, up to five of them.
    fn may_begin(self, bytes: &[u8]) -> bool {
        bytes.iter().take(5).all(|byte| match self {
            Self::Stated => byte.is_ascii_digit(),
            Self::Any => matches!(byte, 0x20..=0x7E),
        })
    }
}

/// Returns the base address that a leader states, if the leader passes its part of P. Every record
/// of every file passes through here.
#[inline]
pub(super) fn sound_base(leader: &[u8; LEADER_LENGTH]) -> Option<usize> {
    let view = Leader::new(leader);
    let length = view.record_length()?;
    let base = view.base_address()?;
    let fits = length < MIN_BASE_ADDRESS || base < length;
    (fits && has_entries(base) && leader_is_plausible(leader)).then_some(base)
}

/// Does the same for P or P′.
pub(super) fn stated_base(leader: &[u8; LEADER_LENGTH], rule: Length) -> Option<usize> {
    if rule == Length::Stated {
        return sound_base(leader);
    }
    let base = Leader::new(leader).base_address()?;
    let is_leader = rule.may_begin(leader) && has_entries(base) && leader_is_plausible(leader);
    is_leader.then_some(base)
}

/// Returns true if at least one entry, and no part of an entry, fits before this base address.
#[inline]
const fn has_entries(base: usize) -> bool {
    base >= MIN_BASE_ADDRESS + DIRECTORY_ENTRY_LENGTH
        && (base - MIN_BASE_ADDRESS).is_multiple_of(DIRECTORY_ENTRY_LENGTH)
}

/// Tests for a plausible leader at the start of `bytes`, of which more may come.
pub(super) fn plausible_leader(bytes: &[u8], rule: Length) -> Plausibility {
    let Some(leader) = bytes.first_chunk::<LEADER_LENGTH>() else {
        // The first five bytes are usually enough, and a slow pipe may bring no more for a long
        // time.
        return match rule.may_begin(bytes) {
            true => Plausibility::NeedMore(LEADER_LENGTH),
            false => Plausibility::No,
        };
    };
    let Some(base) = stated_base(leader, rule) else { return Plausibility::No };
    let directory = &bytes[LEADER_LENGTH..bytes.len().min(base - 1)];
    if !directory.chunks_exact(DIRECTORY_ENTRY_LENGTH).all(is_entry) {
        return Plausibility::No;
    }
    match bytes.get(base - 1) {
        Some(&FIELD_TERMINATOR) => Plausibility::Yes,
        Some(_) => Plausibility::No,
        None => Plausibility::NeedMore(base),
    }
}

fn has_numbers(leader: &[u8; LEADER_LENGTH]) -> bool {
    let leader = Leader::new(leader);
    leader.record_length().is_some() && leader.base_address().is_some()
}

/// Tests whether the 24 bytes at the start of `bytes` could be a leader, by its codes or by its
/// numbers, without looking at the bytes after them. This weak test is for the place after a
/// record, where even a damaged leader is likelier than anything else.
pub(super) fn leader_alone(bytes: &[u8]) -> Plausibility {
    match bytes.first_chunk::<LEADER_LENGTH>() {
        Some(leader) if leader_is_plausible(leader) && Length::Any.may_begin(leader) => {
            Plausibility::Yes
        }
        Some(leader) if leader_is_printable(leader) && has_numbers(leader) => Plausibility::Yes,
        Some(_) => match long_leader(bytes).0 {
            // Fewer bytes must not have had another answer, so the first five decide here too.
            Plausibility::No if Length::Any.may_begin(bytes) => wide_leader_alone(bytes),
            answer => answer,
        },
        None if Length::Any.may_begin(bytes) => Plausibility::NeedMore(LEADER_LENGTH),
        None => Plausibility::No,
    }
}

/// Does the same for a leader of 24 characters that are not all ASCII: it must have its codes and
/// its numbers.
#[cold]
fn wide_leader_alone(bytes: &[u8]) -> Plausibility {
    if let Some(WideLeader { bytes: leader, .. }) = wide_leader(bytes) {
        let leader = leader.map(|byte| if byte.is_ascii() { byte } else { b' ' });
        return match leader_is_plausible(&leader) && has_numbers(&leader) {
            true => Plausibility::Yes,
            false => Plausibility::No,
        };
    }
    // The leader may be cut off, also inside a character.
    let bytes = &bytes[..bytes.len().min(4 * LEADER_LENGTH)];
    let characters =
        |text: &[u8]| core::str::from_utf8(text).map_or(0, |text| text.chars().count());
    let found = match core::str::from_utf8(bytes) {
        Ok(text) => text.chars().count(),
        Err(error) if error.error_len().is_none() => characters(&bytes[..error.valid_up_to()]),
        Err(_) => return Plausibility::No,
    };
    match LEADER_LENGTH.checked_sub(found) {
        Some(missing @ 1..) if !bytes.is_ascii() => Plausibility::NeedMore(bytes.len() + missing),
        _ => Plausibility::No,
    }
}

/// Does the same for a leader whose record length has more than five digits, and returns the length
/// that it states.
pub(super) fn long_leader(bytes: &[u8]) -> (Plausibility, usize) {
    let Some(LongLength { excess, length }) = long_length(bytes) else {
        return (Plausibility::No, 0);
    };
    let answer = match bytes[excess..].first_chunk::<LEADER_LENGTH>() {
        Some(leader) if leader_is_plausible(leader) => Plausibility::Yes,
        Some(_) => Plausibility::No,
        None => Plausibility::NeedMore(excess + LEADER_LENGTH),
    };
    (answer, length)
}

/// Returns the first offset, except 0, at which the end of `bytes` cuts what may be a plausible
/// leader with its directory.
pub(super) fn cut_leader(bytes: &[u8], rule: Length) -> Option<usize> {
    // A directory ends before the base address, which has five digits.
    let first = bytes.len().saturating_sub(MAX_RECORD_LENGTH).max(1);
    let is_cut =
        |at: &usize| matches!(plausible_leader(&bytes[*at..], rule), Plausibility::NeedMore(_));
    (first..bytes.len()).find(is_cut)
}
