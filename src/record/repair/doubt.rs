//! Fields in doubt: decides which fields certainly belong to their entries, if there are as many
//! fields as entries.
//!
//! A length that differs from the stated one is explained if another encoding, or other line ends,
//! can have changed this field by as much. A start is explained by the change of the field before.
//! An entry is odd if this is not true of it. One odd entry is the damage that was repaired. Of two
//! odd entries, one may be the end of what the other began: a terminator lost here, another added
//! there, and every field between them belongs to its neighbour's entry. This is assumed unless
//! only the lengths are wrong, and with them that of the record; every field looks like one; none
//! is as long as two; and they do not have the lengths that their neighbours' entries state.

use super::{
    body::{Body, FieldPlace, Slot},
    mapping::{distance, find, states_length},
};
use crate::record::SUBFIELD_DELIMITER;
use memchr::memchr;
use std::{mem, vec::Vec};

#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// The slot of each run.
    slot_of: Vec<u32>,
    /// For each run, true if it is in doubt.
    runs: Vec<bool>,
}

impl Doubt {
    /// Returns the number of entries that certainly have their fields.
    pub(super) fn survey(
        &mut self,
        body: Body<'_>,
        slots: &[Slot],
        runs: &[FieldPlace],
        run_of: &[u32],
    ) -> usize {
        self.slot_of.clear();
        self.slot_of.resize(runs.len(), 0);
        for (slot, &run) in (0..).zip(run_of) {
            self.slot_of[run as usize] = slot;
        }
        self.runs.clear();
        self.runs.resize(runs.len(), false);
        if has_lengths(slots, runs, run_of) {
            return slots.len();
        }
        let is_in_places = self.find_odd(body, slots, runs)
            & !self.find_shifts(slots, runs)
            & !self.find_pairs(body, slots, runs);
        let first = self.runs.iter().position(|odd| *odd);
        let last = self.runs.iter().rposition(|odd| *odd);
        let (Some(first), Some(last)) = (first, last) else { return slots.len() };
        if first == last {
            // The last run may be the rest of another field, whose other part is gone.
            let slot = self.slot_of[first] as usize;
            let content = runs[first].content(body);
            let lengths = Lengths { slots, runs, slot_of: &self.slot_of };
            let is_rest = last + 1 == runs.len()
                && !(looks_like_field(slots[slot].tag, content)
                    && first.checked_sub(1).is_none_or(|before| lengths.states(before, before)));
            self.runs[first] = is_rest || !is_in_order(run_of, slot);
        }
        let lengths = Lengths { slots, runs, slot_of: &self.slot_of };
        let end = |place: FieldPlace| place.end().min(body.end);
        // Text that was changed takes more room, or less. A block that overwrote it takes the same.
        let is_moved = |run: usize| lengths.stated(run).map(end) != Some(end(runs[run]));
        if is_in_places && first < last && is_moved(runs.len() - 1) {
            let is_field = |run: usize| {
                // A sum may equal that of a neighbour by chance, but not if the neighbour is whole.
                let is_two = |other| lengths.joins(run, other) && !lengths.states(other, other);
                looks_like_field(slots[self.slot_of[run] as usize].tag, runs[run].content(body))
                    && !is_two(run + 1)
                    && !is_two(run.wrapping_sub(1))
            };
            if (first..=last).all(|run| !self.runs[run] || is_field(run)) {
                self.runs.fill(false);
                return slots.len();
            }
        }
        // Between two odd runs, a run is certain if it is where its entry says, or has its stated
        // length and neither neighbour's entry states the same.
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

    /// Returns true if it is not certain that this run is the field of its entry.
    pub(super) fn is_about(&self, run: u32) -> bool {
        self.runs[run as usize]
    }

    /// Finds the fields between a terminator that was added and one that was lost. Each of them
    /// belongs to its neighbour's entry. They are found by the effect of both terminators on the
    /// fields at the ends, or by the lengths of the fields between.
    fn find_shifts(&mut self, slots: &[Slot], runs: &[FieldPlace]) -> bool {
        let lengths = Lengths { slots, runs, slot_of: &self.slot_of };
        let mut is_found = false;
        // The last field that was split in two, and the last two that were joined.
        let (mut parted, mut joined) = (None, None);
        let mut stretch = Stretch::default();
        for at in 0..runs.len() {
            if lengths.is_there(at) {
                (parted, joined) = (None, None);
                is_found |= stretch.end(&mut self.runs);
                continue;
            }
            let from = match (
                lengths.joins(at, at.wrapping_sub(1)),
                lengths.parts(at, at.wrapping_sub(1)),
            ) {
                (true, _) if parted.is_some() => parted.take(),
                (_, true) => joined.take(),
                _ => None,
            };
            if let Some(from) = from {
                self.runs[from..=at].fill(true);
                is_found = true;
            }
            parted = if lengths.parts(at, at + 1) { Some(at) } else { parted };
            joined = if lengths.joins(at, at + 1) { Some(at) } else { joined };
            is_found |= stretch.go_on(at, &lengths, &mut self.runs);
        }
        is_found | stretch.end(&mut self.runs)
    }

    /// Finds two neighbours that are together as long as stated, although neither has its stated
    /// length, unless both begin as fields do. The terminator between them was moved.
    fn find_pairs(&mut self, body: Body<'_>, slots: &[Slot], runs: &[FieldPlace]) -> bool {
        let lengths = Lengths { slots, runs, slot_of: &self.slot_of };
        let is_field = |run: usize| {
            looks_like_field(slots[self.slot_of[run] as usize].tag, runs[run].content(body))
        };
        let mut is_found = false;
        for at in 1..runs.len() {
            let is_own = lengths.states(at - 1, at - 1) || lengths.states(at, at);
            if !is_own && lengths.share(at - 1, at) && !(is_field(at - 1) && is_field(at)) {
                self.runs[at - 1..=at].fill(true);
                is_found = true;
            }
        }
        is_found
    }

    /// Marks the odd entries. Returns true if only their lengths are wrong.
    fn find_odd(&mut self, body: Body<'_>, slots: &[Slot], runs: &[FieldPlace]) -> bool {
        let base = body.base;
        let mut are_lengths = true;
        // The distance of the previous field from its stated place: at its start, at its end.
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
            // A start with more than five digits was cut, or written as all nines or all zeros.
            let is_clipped = run.start as usize - base > 99_999
                && matches!(stated.start as usize - base, 0 | 99_999);
            let has_length = states_length(stated.length, run.length)
                || is_recoded(run.content(body), stated.length.abs_diff(run.length));
            if !(follows || is_clipped) || !has_length {
                self.runs[at] = true;
                are_lengths &= follows || is_clipped;
            }
            // Two entries state the same field: one was overwritten.
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

/// The lengths that entries state, and the lengths that fields have.
struct Lengths<'a> {
    slots: &'a [Slot],
    runs: &'a [FieldPlace],
    slot_of: &'a [u32],
}

impl Lengths<'_> {
    fn stated(&self, run: usize) -> Option<FieldPlace> {
        self.slots[*self.slot_of.get(run)? as usize].stated
    }

    /// Returns true if the field is where its entry says.
    fn is_there(&self, run: usize) -> bool {
        self.stated(run) == Some(self.runs[run])
    }

    /// Returns true if the entry of one field states the length of another.
    fn states(&self, entry_of: usize, run: usize) -> bool {
        let stated = self.stated(entry_of);
        stated.is_some_and(|stated| states_length(stated.length, self.runs[run].length))
    }

    /// Returns true if a field and the next one are together as long as their entries say, or
    /// differ by one byte.
    fn share(&self, run: usize, next: usize) -> bool {
        self.stated(run).zip(self.stated(next)).is_some_and(|(one, two)| {
            let found = self.runs[run].length + self.runs[next].length;
            found.abs_diff(one.length + two.length) <= 1
        })
    }

    /// Returns true if a field and the one beside it are together as long as the entry of the first
    /// says: the terminator between them was added, or replaced a byte.
    fn parts(&self, run: usize, other: usize) -> bool {
        let beside = self.runs.get(other);
        self.stated(run).zip(beside).is_some_and(|(stated, beside)| {
            let sum = self.runs[run].length + beside.length;
            stated.length == sum || stated.length + 1 == sum
        })
    }

    /// Returns true if a field is as long as its entry and the one beside it say together: the
    /// terminator between them was replaced by another byte, or removed.
    fn joins(&self, run: usize, other: usize) -> bool {
        let beside = if other < self.runs.len() { self.stated(other) } else { None };
        self.stated(run).zip(beside).is_some_and(|(stated, beside)| {
            let sum = stated.length + beside.length;
            sum == self.runs[run].length || sum == self.runs[run].length + 1
        })
    }
}

/// A row of fields that do not have the lengths that their entries state. If at least half of them
/// have the lengths that the entries of their neighbours on one side state, they are the fields of
/// those neighbours.
#[derive(Debug, Default)]
struct Stretch {
    start: usize,
    /// The index after the last of them.
    end: usize,
    moved: usize,
    ahead: usize,
    behind: usize,
}

impl Stretch {
    fn go_on(&mut self, at: usize, lengths: &Lengths<'_>, doubt: &mut [bool]) -> bool {
        let is_ahead = at > 0 && lengths.states(at - 1, at);
        let is_behind = lengths.states(at + 1, at);
        if lengths.states(at, at) {
            // If a neighbour's entry states the same length, this proves nothing.
            return !(is_ahead || is_behind) && self.end(doubt);
        }
        if self.moved == 0 {
            self.start = at;
        }
        self.moved += 1;
        self.ahead += usize::from(is_ahead);
        self.behind += usize::from(is_behind);
        self.end = at + 1;
        false
    }

    fn end(&mut self, doubt: &mut [bool]) -> bool {
        let Self { start, end, moved, ahead, behind } = mem::take(self);
        let most = ahead.max(behind);
        let is_shift = most > 1 && 2 * most >= moved;
        if is_shift {
            doubt[start..end].fill(true);
        }
        is_shift
    }
}

/// Returns true if every field has the length that its entry states, in the order of the entries,
/// and the starts increase or are all zero. Then the starts were counted in another way, or not at
/// all.
fn has_lengths(slots: &[Slot], runs: &[FieldPlace], run_of: &[u32]) -> bool {
    let start = |slot: &Slot| slot.stated.map(|place| place.start);
    let go_up = slots.is_sorted_by(|one, two| start(one) < start(two));
    let first = runs.first().map(|run| run.start);
    (go_up || slots.iter().all(|slot| start(slot) == first))
        && run_of.is_sorted()
        && slots
            .iter()
            .zip(runs)
            .all(|(slot, run)| slot.stated.is_some_and(|stated| stated.length == run.length))
}

/// Returns true if a field of this tag can have this content: only text in a control field,
/// otherwise two indicators and a subfield.
pub(super) fn looks_like_field(tag: [u8; 3], content: &[u8]) -> bool {
    match is_control(tag) {
        true => memchr(SUBFIELD_DELIMITER, content).is_none(),
        false => content.get(2) == Some(&SUBFIELD_DELIMITER),
    }
}

pub(super) fn is_control(tag: [u8; 3]) -> bool {
    tag.starts_with(b"00")
}

/// Returns true if a slot's field is between those of its neighbours, or if the neighbours are not
/// in order.
fn is_in_order(run_of: &[u32], slot: usize) -> bool {
    let run = run_of[slot];
    let before = slot.checked_sub(1).map(|before| run_of[before]);
    let behind = run_of.get(slot + 1).copied().unwrap_or(u32::MAX);
    before > Some(behind) || before < Some(run) && run < behind
}

/// Returns true if another encoding, or other line ends, can have changed a field's length by this
/// many bytes.
fn is_recoded(content: &[u8], by: u32) -> bool {
    const ESCAPE: u8 = 0x1B;
    let changes = |byte: &&u8| matches!(byte, b'\r' | b'\n' | 0x80..);
    let most = 2 * content.iter().filter(changes).count();
    by as usize <= most || memchr(ESCAPE, content).is_some()
}
