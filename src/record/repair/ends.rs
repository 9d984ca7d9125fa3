//! A terminator that was added or removed in one place: there are more fields than entries, or
//! fewer. The entries before that place state their fields exactly. Those after it are all wrong by
//! the number of bytes that were added or removed.

use super::{
    body::{Body, FieldPlace, Slot},
    places::{lost, repaired},
    repairer::Repairer,
};
use crate::record::{ErrorKind, FIELD_TERMINATOR, Fault};

/// The most fields that are lost: a field with an added terminator is one; fields that lost the
/// terminator between them are two.
const MOST_LOST: usize = 2;
/// The most bytes that may have been added or removed: fewer than the pieces that transfers lose.
/// If there are more, the bytes after the place are more likely another record's, unless exactly
/// one field was added or removed.
const MOST_OFF: i64 = 16;

impl Repairer {
    /// Delivers the fields before and after the place, if only the one or two at it are lost.
    pub(super) fn by_both_ends(&mut self, body: Body<'_>) -> Option<()> {
        let (slots, runs) = (&self.slots, &self.runs);
        let (last_slot, last_run) = (slots.last()?, runs.last()?);
        if runs.len() > 2 * slots.len() {
            // There may be more runs: the search for them stopped.
            return None;
        }
        let is_there = |(slot, run): &(&Slot, &FieldPlace)| slot.stated == Some(**run);
        let before = slots.iter().zip(runs).take_while(is_there).count();
        let off = last_slot.stated.map(|stated| last_run.end() as i64 - stated.end() as i64);
        let is_off = |(slot, run): &(&Slot, &FieldPlace)| {
            slot.stated.is_some_and(|stated| {
                stated.length == run.length
                    && off == Some(i64::from(run.start) - i64::from(stated.start))
            })
        };
        let is_off_at_all = off.is_some_and(|off| off != 0);
        let after = match is_off_at_all && last_run.end() <= body.end {
            true => slots.iter().rev().zip(runs.iter().rev()).take_while(is_off).count(),
            false => 0,
        };
        // A field that fits both sides is counted for neither.
        let both = (before + after).saturating_sub(slots.len().min(runs.len()));
        let (before, after) = (before - both, after - both);
        let found = before + after;
        let missing = slots.len() - found;
        let is_near = off.is_some_and(|off| off.abs() <= MOST_OFF);
        let stated = slots.get(before).and_then(|slot| slot.stated);
        // A neighbour of the same length may be either, and is left over too.
        let length = |place: &FieldPlace| i64::from(place.length);
        let is_one_field = match runs.len() as i64 - slots.len() as i64 {
            -1 => off == stated.as_ref().map(|place| -length(place)),
            1 => off == runs.get(before).map(length),
            _ => false,
        };
        if after > 0 && !(is_near || is_one_field) {
            return None;
        }
        // The bytes that no entry leads to.
        let rest = &runs[before..runs.len() - after];
        let rest = rest.first().map_or(0..0, |first| {
            first.start as usize..rest.last().map_or(0, |last| last.end()).min(body.end)
        });
        let is_blank = |byte: &u8| {
            matches!(*byte, FIELD_TERMINATOR | 0x00 | b'\t' | b'\n' | b'\r' | 0x1A | b' ')
        };
        let is_blank = body.span[rest].iter().all(is_blank);
        if after == 0 && (missing > 0 || !is_blank) {
            // These bytes may be another record.
            return None;
        }
        if missing > MOST_LOST || 2 * found <= slots.len() {
            return None;
        }
        let with_places = slots.iter().zip(runs).take(before);
        let behind = slots[slots.len() - after..].iter().zip(&runs[runs.len() - after..]);
        self.fields.extend(with_places.chain(behind).map(|(slot, run)| slot.field(*run)));
        for at in before..before + missing {
            self.faults.push(lost(ErrorKind::Directory, at + 1));
        }
        if after > 0 {
            self.faults.push(repaired(ErrorKind::FieldPositions, 0));
        }
        if !is_blank {
            self.faults.push(Fault::new(ErrorKind::UnlistedData));
        }
        Some(())
    }
}
