//! The assignment of fields to directory entries, if there are as many fields as entries.

use super::body::{FieldPlace, Slot};
use std::vec::Vec;

/// The field of each slot, as an index of the runs.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    /// The chosen mapping.
    pub(super) run_of: Vec<u32>,
    trial: Vec<u32>,
    order: Vec<u32>,
    claimed: Vec<bool>,
}

/// A way to decide which field belongs to which entry.
#[derive(Debug, Clone, Copy)]
enum Rule {
    /// Entries that state a field's place exactly have it. The other entries take the remaining
    /// fields, in order. This is right if a few entries are damaged.
    Exact,
    /// Fields in the order of the stated starts. This is right if all starts were counted in
    /// another way.
    ByStart,
    /// Fields in the order of the entries. This is right if starts have lost their first digit.
    ByEntry,
}

impl Mapping {
    /// Chooses the mapping under which the most stated lengths are those of the fields. Of several,
    /// it chooses the one under which the most starts agree in their last five digits. Returns the
    /// number of lengths that agree. There must be as many `slots` as `runs`.
    pub(super) fn choose(&mut self, slots: &[Slot], runs: &[FieldPlace]) -> usize {
        let (left_over, is_ambiguous) = self.match_exactly(slots, runs);
        self.run_of.clone_from(&self.trial);
        let exact = score(&self.run_of, slots, runs);
        // Between equal scores, the likelier damage decides.
        let rules = match (is_ambiguous, left_over) {
            (true, _) => [Rule::ByEntry, Rule::Exact, Rule::ByStart],
            (false, 0 | 1) => [Rule::Exact, Rule::ByStart, Rule::ByEntry],
            (false, _) => [Rule::ByStart, Rule::ByEntry, Rule::Exact],
        };
        let mut best = None;
        for rule in rules {
            let score = match rule {
                Rule::Exact => Some(exact),
                Rule::ByStart => self.by_start(slots).then(|| score(&self.trial, slots, runs)),
                Rule::ByEntry => {
                    self.trial.clear();
                    self.trial.extend(0..slots.len() as u32);
                    Some(score(&self.trial, slots, runs))
                }
            };
            if score > best.map(|(score, _)| score) {
                best = score.map(|score| (score, rule));
            }
        }
        let Some(((agreeing, _), rule)) = best else { return 0 };
        match rule {
            Rule::Exact => {}
            Rule::ByStart => {
                self.by_start(slots);
                self.run_of.clone_from(&self.trial);
            }
            Rule::ByEntry => {
                self.run_of.clear();
                self.run_of.extend(0..slots.len() as u32);
            }
        }
        agreeing
    }

    /// Returns the number of entries that state no field's place, and whether two entries state the
    /// same place.
    fn match_exactly(&mut self, slots: &[Slot], runs: &[FieldPlace]) -> (usize, bool) {
        const NONE: u32 = u32::MAX;
        self.claimed.clear();
        self.claimed.resize(runs.len(), false);
        self.trial.clear();
        let (mut left_over, mut is_ambiguous) = (0, false);
        for slot in slots {
            let stated = slot.stated;
            let run = stated.and_then(|place| find(runs, place));
            match run {
                Some(run) if !self.claimed[run] => {
                    self.claimed[run] = true;
                    self.trial.push(run as u32);
                }
                run => {
                    is_ambiguous |= run.is_some();
                    left_over += 1;
                    self.trial.push(NONE);
                }
            }
        }
        let mut free = (0..).zip(&self.claimed).filter(|(_, claimed)| !**claimed);
        for run in self.trial.iter_mut().filter(|run| **run == NONE) {
            *run = free.next().map_or(0, |(run, _)| run);
        }
        (left_over, is_ambiguous)
    }

    /// Orders the fields by the stated starts. Returns false if a slot states no start.
    fn by_start(&mut self, slots: &[Slot]) -> bool {
        if slots.iter().any(|slot| slot.stated.is_none()) {
            return false;
        }
        self.order.clear();
        self.order.extend(0..slots.len() as u32);
        let start = |slot: &u32| slots[*slot as usize].stated.map_or(0, |place| place.start);
        if !self.order.is_sorted_by_key(start) {
            self.order.sort_unstable_by_key(|slot| (start(slot), *slot));
        }
        self.trial.clear();
        self.trial.resize(slots.len(), 0);
        for (run, slot) in (0..).zip(&self.order) {
            self.trial[*slot as usize] = run;
        }
        true
    }
}

/// Returns the run at exactly this place.
pub(super) fn find(runs: &[FieldPlace], place: FieldPlace) -> Option<usize> {
    let at = runs.binary_search_by_key(&place.start, |run| run.start).ok()?;
    (runs[at] == place).then_some(at)
}

/// Returns the number of lengths that are as stated, and the number of such starts.
fn score(run_of: &[u32], slots: &[Slot], runs: &[FieldPlace]) -> (usize, usize) {
    let (mut lengths, mut starts) = (0, 0);
    for (slot, &run) in slots.iter().zip(run_of) {
        let Some(stated) = slot.stated else { continue };
        let run = runs[run as usize];
        lengths += usize::from(states_length(stated.length, run.length));
        starts += usize::from(distance(stated.start, run.start) == 0);
    }
    (lengths, starts)
}

/// Returns the distance between two positions of which only the last five digits are known.
pub(super) const fn distance(from: u32, to: u32) -> u32 {
    (to as i64 - from as i64).rem_euclid(100_000) as u32
}

/// Returns true if the four digits `stated` can mean this length. A field of 10,000 bytes or more
/// is stated by its last four digits, by nines or by zeros.
pub(super) const fn states_length(stated: u32, length: u32) -> bool {
    stated == length
        || length > 9_999 && (stated == length % 10_000 || stated == 9_999 || stated == 0)
}
