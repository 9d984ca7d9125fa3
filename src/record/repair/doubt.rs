//! Which of the fields are sure to be those of their entries, where there are as many of one as of
//! the other.
//!
//! A length that is not as stated is accounted for by what another encoding or other line ends do to
//! such a field, and a start by what became of the field before. An entry of which that is not true
//! is odd. One odd entry is the damage that was repaired. Of two, the one may be the end of what the
//! other began: a terminator lost here, another come there, and every field between is its
//! neighbour's. That is so unless just the lengths are wrong, every field looks like one, none is as
//! long as two, and they are not as long as their neighbours' entries say.

use super::{
    Place, Slot,
    mapping::{distance, find, states_length},
};
use crate::record::SUBFIELD_DELIMITER;
use memchr::memchr;
use std::vec::Vec;

#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// Which slot has each of the runs.
    slot_of: Vec<u32>,
    /// Of each of the runs, whether it is in doubt.
    runs: Vec<bool>,
}

impl Doubt {
    /// Says how many entries are sure to have their fields. `data` are the bytes from `base` on.
    pub(super) fn survey(
        &mut self,
        data: &[u8],
        base: usize,
        slots: &[Slot],
        runs: &[Place],
        run_of: &[u32],
    ) -> usize {
        self.slot_of.clear();
        self.slot_of.resize(runs.len(), 0);
        for (slot, &run) in (0..).zip(run_of) {
            self.slot_of[run as usize] = slot;
        }
        self.runs.clear();
        self.runs.resize(runs.len(), false);
        let is_in_places = self.find_odd(data, base, slots, runs) & !self.find_shifts(slots, runs);
        let first = self.runs.iter().position(|odd| *odd);
        let last = self.runs.iter().rposition(|odd| *odd);
        let (Some(first), Some(last)) = (first, last) else { return slots.len() };
        if first == last {
            self.runs[first] = !is_in_order(run_of, self.slot_of[first] as usize);
        }
        if is_in_places && first < last {
            let stated = |run: usize| slots[*self.slot_of.get(run)? as usize].stated;
            let is_two = |run: usize, other: usize| {
                let lengths = stated(run).zip(stated(other));
                let sum = lengths.map(|(one, two)| one.length + two.length);
                // The terminator between them is another byte, or gone.
                sum.is_some_and(|sum| sum == runs[run].length || sum == runs[run].length + 1)
            };
            let is_field = |run: usize| {
                let place = runs[run];
                let content = &data[place.start as usize - base..][..place.length as usize - 1];
                looks_like_field(slots[self.slot_of[run] as usize].tag, content)
                    && !is_two(run, run + 1)
                    && !(run > 0 && is_two(run, run - 1))
            };
            if (first..=last).all(|run| !self.runs[run] || is_field(run)) {
                self.runs.fill(false);
                return slots.len();
            }
        }
        // Between two, those are sure that are where they say, or have a length that neither
        // neighbour has.
        let stated = |run: usize| slots[self.slot_of[run] as usize].stated;
        let length = |run: usize| stated(run).map(|place| place.length);
        for (run, place) in runs.iter().enumerate().take(last).skip(first + 1) {
            let is_sure = stated(run) == Some(*place)
                || length(run) == Some(place.length)
                    && length(run) != length(run - 1)
                    && length(run) != length(run + 1);
            self.runs[run] |= !is_sure;
        }
        self.runs.iter().filter(|in_doubt| !**in_doubt).count()
    }

    /// Whether this run is not sure to be the field of its entry.
    pub(super) fn is_about(&self, run: u32) -> bool {
        self.runs[run as usize]
    }

    /// Finds stretches of fields that are not as long as their entries say, but half of them or more as
    /// long as those of their neighbours on one side do: what a terminator that was lost on one end and
    /// one that came on the other make of them.
    fn find_shifts(&mut self, slots: &[Slot], runs: &[Place]) -> bool {
        let stated = |run: usize| slots[*self.slot_of.get(run)? as usize].stated;
        let states = |entry_of: usize, run: usize| {
            let stated = stated(entry_of);
            stated.is_some_and(|stated| states_length(stated.length, runs[run].length))
        };
        let mut is_found = false;
        let mut start = 0;
        while start < runs.len() {
            let (mut moved, mut ahead, mut behind) = (0, 0, 0);
            let (mut at, mut end) = (start, start);
            while at < runs.len() && stated(at) != Some(runs[at]) {
                let is_ahead = at > 0 && states(at - 1, at);
                let is_behind = states(at + 1, at);
                if states(at, at) {
                    // Where a neighbour's entry says the same, this says nothing.
                    if moved == 0 || !(is_ahead || is_behind) {
                        break;
                    }
                } else {
                    moved += 1;
                    ahead += usize::from(is_ahead);
                    behind += usize::from(is_behind);
                    end = at + 1;
                }
                at += 1;
            }
            let most = ahead.max(behind);
            if most > 1 && 2 * most >= moved {
                self.runs[start..end].fill(true);
                is_found = true;
            }
            start = at.max(start + 1);
        }
        is_found
    }

    /// Says whether of the odd entries just the lengths are wrong.
    fn find_odd(&mut self, data: &[u8], base: usize, slots: &[Slot], runs: &[Place]) -> bool {
        let mut are_lengths = true;
        // By how much the field before is off its stated place: at its start, at its end.
        let (mut off_start, mut off_end) = (0, 0);
        for (at, &run) in runs.iter().enumerate() {
            let Some(stated) = slots[self.slot_of[at] as usize].stated else {
                self.runs[at] = true;
                are_lengths = false;
                continue;
            };
            let off = distance(stated.start, run.start);
            let follows = off == off_start || off == off_end;
            if follows {
                off_start = off;
            }
            off_end = distance(stated.end() as u32, run.end() as u32);
            // A start beyond the five digits is cut, or all of them are nines or zeros.
            let is_clipped = run.start as usize - base > 99_999
                && matches!(stated.start as usize - base, 0 | 99_999);
            let content = &data[run.start as usize - base..][..run.length as usize - 1];
            let has_length = states_length(stated.length, run.length)
                || is_recoded(content, stated.length.abs_diff(run.length));
            if !(follows || is_clipped) || !has_length {
                self.runs[at] = true;
                are_lengths &= follows || is_clipped;
            }
            // Two entries that state the same field: one was written over.
            if stated != run
                && let Some(other) = find(runs, stated)
                && slots[self.slot_of[other] as usize].stated == Some(stated)
            {
                self.runs[at] = true;
                self.runs[other] = true;
                are_lengths = false;
            }
        }
        are_lengths
    }
}

/// Whether a field of this tag can have this content: text alone if it is a control field, else two
/// indicators and a subfield.
pub(super) fn looks_like_field(tag: [u8; 3], content: &[u8]) -> bool {
    match tag {
        [b'0', b'0', _] => memchr(SUBFIELD_DELIMITER, content).is_none(),
        _ => content.get(2) == Some(&SUBFIELD_DELIMITER),
    }
}

/// Whether a slot's field is between those of its neighbours; true if those are in no order.
fn is_in_order(run_of: &[u32], slot: usize) -> bool {
    let run = run_of[slot];
    let before = slot.checked_sub(1).map(|before| run_of[before]);
    let behind = run_of.get(slot + 1).copied().unwrap_or(u32::MAX);
    before > Some(behind) || before < Some(run) && run < behind
}

/// Whether another encoding, or other line ends, can have changed a field's length by so much.
fn is_recoded(content: &[u8], by: u32) -> bool {
    const ESCAPE: u8 = 0x1B;
    let changes = |byte: &&u8| matches!(byte, b'\r' | b'\n' | 0x80..);
    let most = 2 * content.iter().filter(changes).count();
    by as usize <= most || memchr(ESCAPE, content).is_some()
}
