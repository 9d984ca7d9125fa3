//! The proof of a record from its own bytes.
//!
//! The framer runs on the thread that reads, so it touches as little as it can: the leader, the
//! last directory entry, and the last two bytes. The entries between are checked when the fields
//! are indexed, on the workers (`record::structure`).

use super::plausible::sound_base;
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, Directory, DirectoryEntry, DirectoryReach, ErrorKind, FIELD_TERMINATOR,
    LEADER_LENGTH, Leader, MIN_BASE_ADDRESS, MIN_RECORD_LENGTH, RECORD_TERMINATOR, directory_reach,
    is_entry, leader_is_plausible, number,
};

/// The result of a proof at the start of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A record of this length.
    Record(usize),
    /// A sound directory and a wrong length: the record has this length.
    WrongLength(usize),
    /// No proof: the first fault, and the stated length if it is a number.
    Failed { kind: ErrorKind, stated: Option<usize> },
    /// Undecided; at least this many bytes are needed.
    NeedMore(usize),
}

/// Returns true if the bytes end in a field terminator and the record terminator.
#[inline]
fn is_terminated(record: &[u8]) -> bool {
    matches!(record, [.., FIELD_TERMINATOR, RECORD_TERMINATOR])
}

/// Tries the proof on `bytes`, of which more may come unless `at_end`.
#[inline]
pub(super) fn prove(bytes: &[u8], at_end: bool, limit: usize) -> Verdict {
    // The common case in one step: everything is there and agrees.
    if let Some(leader) = bytes.first_chunk::<LEADER_LENGTH>()
        && let Some(length) = number(&leader[..5])
        && length <= limit
        && let Some(record) = bytes.get(..length)
        && is_terminated(record)
        && let Some(base) = sound_base(leader)
        && record.get(base - 1) == Some(&FIELD_TERMINATOR)
        && last_entry_end(record, base) == Some(length - 1)
    {
        return Verdict::Record(length);
    }
    examine(bytes, at_end, limit)
}

/// Returns the end of the last directory entry's field, which is nearly always the end of the
/// record.
#[inline]
fn last_entry_end(record: &[u8], base: usize) -> Option<usize> {
    let at = base - 1 - DIRECTORY_ENTRY_LENGTH;
    let DirectoryEntry { field_length, starting_position, .. } =
        Directory::new(&record[at..base - 1]).next()?;
    Some(base + field_length as usize + starting_position as usize)
}

/// Makes the same proof step by step, and finds the reason if it fails.
///
/// The steps are in the order in which their bytes arrive, and each is decided as soon as these are
/// there, so the result does not depend on how many bytes came at once.
#[cold]
fn examine(bytes: &[u8], at_end: bool, limit: usize) -> Verdict {
    let Some(leader) = bytes.first_chunk::<LEADER_LENGTH>() else {
        let kind = match bytes.iter().take(5).all(u8::is_ascii_digit) {
            true => ErrorKind::Truncation,
            false => ErrorKind::RecordLength,
        };
        return if at_end {
            Verdict::Failed { kind, stated: None }
        } else {
            Verdict::NeedMore(LEADER_LENGTH)
        };
    };
    let view = Leader::new(leader);
    let stated = view.record_length().filter(|&length| length >= MIN_RECORD_LENGTH);
    let failed = |kind| Verdict::Failed { kind, stated };
    if !leader_is_plausible(leader) {
        return failed(if stated.is_some() { ErrorKind::Leader } else { ErrorKind::RecordLength });
    }
    let base = match view.base_address() {
        Some(base)
            if base >= MIN_BASE_ADDRESS
                && (base - MIN_BASE_ADDRESS).is_multiple_of(DIRECTORY_ENTRY_LENGTH) =>
        {
            base
        }
        _ => return failed(ErrorKind::BaseAddress),
    };
    let directory = &bytes[LEADER_LENGTH..bytes.len().min(base - 1)];
    let is_sound = directory.chunks_exact(DIRECTORY_ENTRY_LENGTH).all(is_entry);
    // A bad entry is reported before the rest arrives, unless the two ends of the record may still
    // agree, which is all that the common case above checks.
    let may_agree = stated.is_some_and(|length| base < length && length <= limit);
    if !is_sound && !may_agree {
        return failed(ErrorKind::Directory);
    }
    match bytes.get(base - 1) {
        Some(&FIELD_TERMINATOR) => {
            if let Some(length) = stated.filter(|_| may_agree && base > MIN_BASE_ADDRESS)
                && bytes.len() < length
                && !at_end
                && last_entry_end(bytes, base) == Some(length - 1)
            {
                return Verdict::NeedMore(length);
            }
            if !is_sound {
                return failed(ErrorKind::Directory);
            }
        }
        _ if !is_sound && (bytes.len() >= base || at_end || bytes.len() == limit) => {
            return failed(ErrorKind::Directory);
        }
        Some(_) => return failed(ErrorKind::BaseAddress),
        None if bytes.len() == limit => return failed(ErrorKind::OverLong),
        None if at_end => return failed(ErrorKind::Truncation),
        None => return Verdict::NeedMore(base.min(limit)),
    }
    // All of the directory is here. Where does it say that the record ends?
    let Some(DirectoryReach { end, sum }) = directory_reach(bytes, base) else {
        return failed(ErrorKind::Directory);
    };
    let length = end + 1;
    let agrees = stated == Some(length);
    if length > limit {
        return failed(ErrorKind::OverLong);
    }
    let Some(record) = bytes.get(..length) else {
        return match (agrees, at_end) {
            (_, false) => Verdict::NeedMore(length),
            (true, true) => failed(ErrorKind::Truncation),
            (false, true) => failed(ErrorKind::Directory),
        };
    };
    match (is_terminated(record), agrees) {
        (true, true) => Verdict::Record(length),
        // The fields must fill the record. One entry that points elsewhere, and by chance to the
        // end of another record, must not include that record.
        (true, false) if base > MIN_BASE_ADDRESS && base + sum == end => {
            Verdict::WrongLength(length)
        }
        (_, false) if stated.is_some() => failed(ErrorKind::Directory),
        (_, false) => failed(ErrorKind::RecordLength),
        (false, true) if record[length - 1] == RECORD_TERMINATOR => {
            failed(ErrorKind::FieldTerminator)
        }
        (false, true) => failed(ErrorKind::RecordTerminator),
    }
}
