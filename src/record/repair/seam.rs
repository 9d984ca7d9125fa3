//! A directory to which bytes were added, or from which bytes were removed: its length is not a
//! multiple of 12, or neither its end nor the record's is where the leader says.
//!
//! The entries before and after that place, the seam, are found by the fields they lead to. These
//! must be the first and the last fields of the record, in order. This proves the numbers of an
//! entry. Its tag stands before the numbers, so the tag of the first entry after the seam may be
//! joined from the bytes that were left there: then the field is lost.

use super::{
    body::{Body, FieldPlace, Slot},
    places::{lost, repaired},
    repairer::Repairer,
};
use crate::record::{DIRECTORY_ENTRY_LENGTH, ErrorKind, Fault};

const TAG_LENGTH: usize = 3;

/// The digits of length and start in a directory entry.
type Numbers = [u8; DIRECTORY_ENTRY_LENGTH - TAG_LENGTH];

/// Returns the digits that a directory has for a field at this place.
fn numbers_of(run: FieldPlace, base: usize) -> Numbers {
    let mut rest = (run.length as usize % 10_000) * 100_000 + (run.start as usize - base) % 100_000;
    let mut digits = [0; DIRECTORY_ENTRY_LENGTH - TAG_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    digits
}

/// Returns true if the removed bytes may reach from the entry with these numbers to the middle of
/// the tag: the rest of the entry in the seam continues in the tag.
fn may_be_cut(seam: &[u8], tag: &[u8; TAG_LENGTH], numbers: Numbers) -> bool {
    (1..=TAG_LENGTH).any(|taken| {
        let mut left = seam.iter().chain(&tag[..taken]).skip(TAG_LENGTH);
        let mut digits = numbers.iter();
        left.all(|byte| digits.next() == Some(byte))
    })
}

/// Returns true if the seam ends in these numbers, or is an entry that has them with bytes
/// inserted.
fn holds(seam: &[u8], numbers: Numbers) -> bool {
    (0..numbers.len()).any(|at| {
        let (ahead, behind) = numbers.split_at(at);
        let rest = seam.strip_suffix(behind);
        rest.is_some_and(|rest| {
            at == 0 || rest.get(TAG_LENGTH..).is_some_and(|rest| rest.starts_with(ahead))
        })
    })
}

impl Repairer {
    /// Delivers the fields of the entries before and after the seam, if these are more than half.
    pub(super) fn at_seam(&mut self, body: Body<'_>, directory: &[u8]) -> Option<()> {
        let runs = &self.runs;
        let (ahead, rest) = directory.as_chunks::<DIRECTORY_ENTRY_LENGTH>();
        let is_ragged = !rest.is_empty();
        if runs.len() > 2 * ahead.len() {
            return None;
        }
        let slot = |entry| Slot::new(entry, body.base);
        let leads_to = |(slot, run): &(Slot, &FieldPlace)| slot.stated == Some(**run);
        let before = ahead.iter().map(slot).zip(runs).take_while(leads_to).count();
        // The rest contains no part of an entry that was already found, and no field of one.
        let (_, behind) = directory[before * DIRECTORY_ENTRY_LENGTH..].as_rchunks();
        let from_the_end = behind.iter().rev().map(slot).zip(runs[before..].iter().rev());
        let after = from_the_end.take_while(leads_to).count();
        let missing = runs.len() - before - after;
        if after == 0 && missing > 1 {
            // Bytes that no entry leads to may be another record.
            return None;
        }
        let seam_start = before * DIRECTORY_ENTRY_LENGTH;
        let seam_end = directory.len() - after * DIRECTORY_ENTRY_LENGTH;
        let seam = &directory[seam_start..seam_end];
        let tag = directory[seam_end..].first_chunk::<TAG_LENGTH>();
        let numbers = |run: usize| numbers_of(runs[run], body.base);
        let is_sure = match tag {
            None => true,
            Some(tag) if missing > 0 && seam.len() < DIRECTORY_ENTRY_LENGTH => {
                !may_be_cut(seam, tag, numbers(before))
            }
            // The bytes were added before the tag, or after as much of it as the seam begins with.
            Some(tag) if missing == 0 && seam.iter().chain(tag).take(TAG_LENGTH).eq(tag) => true,
            Some(_) => {
                let entry_before = (runs.len() - after).checked_sub(1).map(numbers);
                entry_before.is_some_and(|numbers| match missing {
                    0 => seam.ends_with(&numbers),
                    _ => holds(seam, numbers),
                })
            }
        };
        // The seam has exactly the added bytes, or blanks. Otherwise it may contain entries whose
        // fields are gone.
        let came = seam.len().cast_signed();
        let is_accounted_for = missing == 0
            && (body.excess.contains(&Some(came))
                || seam.iter().all(|byte| matches!(byte, 0x00 | b' ')));
        let found = before + after - usize::from(!is_sure);
        if 2 * found <= directory.len() / DIRECTORY_ENTRY_LENGTH {
            return None;
        }
        self.slots.clear();
        self.slots.extend(ahead[..before].iter().map(slot));
        let sure_ones = behind.len() - after + usize::from(!is_sure);
        self.slots.extend(behind[sure_ones..].iter().map(slot));
        self.as_stated();
        if is_ragged {
            self.faults.push(match is_accounted_for && is_sure {
                true => repaired(ErrorKind::DirectoryLength, 0),
                false => lost(ErrorKind::DirectoryLength, 0),
            });
            return Some(());
        }
        let entry_at = |offset: usize| offset / DIRECTORY_ENTRY_LENGTH + 1;
        for entry in entry_at(seam_start)..entry_at(seam_end) {
            self.faults.push(match is_accounted_for {
                true => repaired(ErrorKind::Directory, entry),
                false => lost(ErrorKind::Directory, entry),
            });
        }
        if !is_sure {
            self.faults.push(lost(ErrorKind::Directory, entry_at(seam_end)));
        }
        if missing > 0 {
            self.faults.push(Fault::new(ErrorKind::UnlistedData));
        }
        Some(())
    }
}
