//! The relative positions of the places that the entries of a directory state.

use super::body::{Body, Slot};
use std::vec::Vec;

/// A summary of the entries that lead to fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    /// Number of these entries.
    pub(super) held: usize,
    /// True if no two of their fields share a byte.
    pub(super) is_disjoint: bool,
    /// Sum of the lengths of their fields, in bytes.
    pub(super) sum: usize,
    /// Offset at which the last of their fields ends.
    pub(super) furthest: usize,
}

/// The entries in the order of their places.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The slots that lead to a field.
    order: Vec<u32>,
    /// For each slot, true if it leads to a field that no other slot shares.
    alone: Vec<bool>,
}

impl Layout {
    pub(super) fn survey(&mut self, slots: &[Slot], body: Body<'_>) -> Spread {
        let held = |slot: &Slot| slot.stated.is_some_and(|place| body.holds_at_both_ends(place));
        self.alone.clear();
        self.alone.extend(slots.iter().map(held));
        self.order.clear();
        self.order.extend((0..).zip(&self.alone).filter(|(_, held)| **held).map(|(at, _)| at));
        let start = |slot: &u32| slots[*slot as usize].stated.map_or(0, |place| place.start);
        if !self.order.is_sorted_by_key(start) {
            self.order.sort_unstable_by_key(|slot| (start(slot), *slot));
        }
        let mut spread =
            Spread { held: self.order.len(), is_disjoint: true, sum: 0, furthest: body.base };
        let mut last = None;
        for &at in &self.order {
            let Some(place) = slots[at as usize].stated else { continue };
            spread.sum += place.length as usize;
            if let Some(last) = last.filter(|_| (place.start as usize) < spread.furthest) {
                spread.is_disjoint = false;
                self.alone[at as usize] = false;
                self.alone[last] = false;
            }
            if place.end() > spread.furthest {
                spread.furthest = place.end();
                last = Some(at as usize);
            }
        }
        spread
    }

    /// Returns true if the entry leads to a field that shares no byte with another.
    pub(super) fn stands_alone(&self, slot: usize) -> bool {
        self.alone[slot]
    }
}
