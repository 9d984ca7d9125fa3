//! Which of the fields are sure to be those of their entries, where there are as many of one as of
//! the other.
//!
//! A length that is not as stated is accounted for by what another encoding or other line ends do to
//! such a field, and a start by what became of the field before. An entry of which that is not true
//! is odd. One odd entry is the damage that was repaired. Of two, the one may be the end of what the
//! other began: a terminator lost here, another come there, and every field between is its
//! neighbour's. That is so unless just the lengths are wrong, and with them that of the record, every
//! field looks like one, none is as long as two, and they are not as long as their neighbours' entries
//! say.

use super::{
    Body, Place, Slot,
    mapping::{distance, find, states_length},
};
use crate::record::SUBFIELD_DELIMITER;
use memchr::memchr;
use std::{mem, vec::Vec};

#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// Which slot has each of the runs.
    slot_of: Vec<u32>,
    /// Of each of the runs, whether it is in doubt.
    runs: Vec<bool>,
}

impl Doubt {
    /// Says how many entries are sure to have their fields.
    pub(super) fn survey(
        &mut self,
        body: Body<'_>,
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
            // At the end it may be what is left of another, and the rest is gone.
            let slot = self.slot_of[first] as usize;
            let content = runs[first].content(body);
            let lengths = Lengths { slots, runs, slot_of: &self.slot_of };
            let is_rest = last + 1 == runs.len()
                && !(looks_like_field(slots[slot].tag, content)
                    && first.checked_sub(1).is_none_or(|before| lengths.states(before, before)));
            self.runs[first] = is_rest || !is_in_order(run_of, slot);
        }
        let lengths = Lengths { slots, runs, slot_of: &self.slot_of };
        let end = |place: Place| place.end().min(body.end);
        // Text that was changed takes more room, or less; a block of something else takes the same.
        let is_moved = |run: usize| lengths.stated(run).map(end) != Some(end(runs[run]));
        if is_in_places && first < last && is_moved(runs.len() - 1) {
            let is_field = |run: usize| {
                // A sum may be that of a neighbour by chance, but not where the neighbour is whole.
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

    /// Finds the fields between a terminator that came and one that was lost, each of which is that of
    /// its neighbour's entry: by what the two made of the fields at the ends, or by the lengths of
    /// those between.
    fn find_shifts(&mut self, slots: &[Slot], runs: &[Place]) -> bool {
        let lengths = Lengths { slots, runs, slot_of: &self.slot_of };
        let mut is_found = false;
        // Where a field was last parted in two, and where two were last made one.
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

    /// Finds two neighbours that are together as long as stated, and none of them for itself, unless
    /// both begin as fields do: the terminator between them stands elsewhere.
    fn find_pairs(&mut self, body: Body<'_>, slots: &[Slot], runs: &[Place]) -> bool {
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

    /// Says whether of the odd entries just the lengths are wrong.
    fn find_odd(&mut self, body: Body<'_>, slots: &[Slot], runs: &[Place]) -> bool {
        let base = body.base;
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
            let has_length = states_length(stated.length, run.length)
                || is_recoded(run.content(body), stated.length.abs_diff(run.length));
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

/// The lengths that entries state, and those that fields have.
struct Lengths<'a> {
    slots: &'a [Slot],
    runs: &'a [Place],
    slot_of: &'a [u32],
}

impl Lengths<'_> {
    fn stated(&self, run: usize) -> Option<Place> {
        self.slots[*self.slot_of.get(run)? as usize].stated
    }

    /// Whether the field is where its entry says.
    fn is_there(&self, run: usize) -> bool {
        self.stated(run) == Some(self.runs[run])
    }

    /// Whether the entry of one field states the length of another.
    fn states(&self, entry_of: usize, run: usize) -> bool {
        let stated = self.stated(entry_of);
        stated.is_some_and(|stated| states_length(stated.length, self.runs[run].length))
    }

    /// Whether a field and the next one are together as long as their entries say, or but for one
    /// byte.
    fn share(&self, run: usize, next: usize) -> bool {
        self.stated(run).zip(self.stated(next)).is_some_and(|(one, two)| {
            let found = self.runs[run].length + self.runs[next].length;
            found.abs_diff(one.length + two.length) <= 1
        })
    }

    /// Whether a field and the one beside it are together as long as the entry of the first says; the
    /// terminator between them came, or took the place of a byte.
    fn parts(&self, run: usize, other: usize) -> bool {
        let beside = self.runs.get(other);
        self.stated(run).zip(beside).is_some_and(|(stated, beside)| {
            let sum = self.runs[run].length + beside.length;
            stated.length == sum || stated.length + 1 == sum
        })
    }

    /// Whether a field is as long as its entry and the one beside it say together; the terminator
    /// between them is another byte, or gone.
    fn joins(&self, run: usize, other: usize) -> bool {
        let beside = if other < self.runs.len() { self.stated(other) } else { None };
        self.stated(run).zip(beside).is_some_and(|(stated, beside)| {
            let sum = stated.length + beside.length;
            sum == self.runs[run].length || sum == self.runs[run].length + 1
        })
    }
}

/// Fields in a row that are not as long as their entries say. If half of them or more are as long as
/// those of their neighbours on one side do, they are those.
#[derive(Debug, Default)]
struct Stretch {
    start: usize,
    /// Behind the last of them.
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
            // Where a neighbour's entry says the same, this says nothing.
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

/// Whether every field has the length that its entry states, in the order of the entries, and the starts
/// go up as well, or are all zero: then the starts were counted otherwise, or not at all.
fn has_lengths(slots: &[Slot], runs: &[Place], run_of: &[u32]) -> bool {
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

/// Whether a field of this tag can have this content: text alone if it is a control field, else two
/// indicators and a subfield.
pub(super) fn looks_like_field(tag: [u8; 3], content: &[u8]) -> bool {
    match is_control(tag) {
        true => memchr(SUBFIELD_DELIMITER, content).is_none(),
        false => content.get(2) == Some(&SUBFIELD_DELIMITER),
    }
}

pub(super) fn is_control(tag: [u8; 3]) -> bool {
    tag.starts_with(b"00")
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
