//! The ways in which a directory and the fields behind it can still agree.

use super::{Body, Place, Repairer, Slot, mapping::find};
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, ErrorKind, FIELD_TERMINATOR, Fault, LEADER_LENGTH, Severity,
};
use memchr::memchr;

/// How much there is to be said for what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// Every entry leads to a field, and together they fill the record.
    Firm,
    Weak,
}

const fn repaired(kind: ErrorKind, entry: usize) -> Fault {
    Fault::in_entry(kind, entry as u32).with_severity(Severity::Repaired)
}

const fn lost(kind: ErrorKind, entry: usize) -> Fault {
    Fault::in_entry(kind, entry as u32).with_severity(Severity::LostField)
}

impl Repairer {
    /// Lays out the fields, and says what was wrong with the directory or with them.
    pub(super) fn place_fields(&mut self, body: Body<'_>) -> Option<Strength> {
        let directory = &body.span[LEADER_LENGTH..body.base - 1];
        let (entries, rest) = directory.as_chunks::<DIRECTORY_ENTRY_LENGTH>();
        if entries.is_empty() {
            return None;
        }
        if !rest.is_empty() {
            return self.ragged(body, directory);
        }
        self.slots.clear();
        self.slots.extend(entries.iter().map(|entry| Slot::new(entry, body.base)));
        let stated = || self.slots.iter().map_while(|slot| slot.stated);
        let all_hold = stated().count() == entries.len() && stated().all(|place| body.holds(place));
        let furthest = stated().map(Place::end).max();
        if all_hold && furthest == Some(body.end) {
            self.as_stated();
            return Some(Strength::Firm);
        }
        if body.span[body.base - 1] != FIELD_TERMINATOR {
            // Nothing says where this directory ends but the directory itself.
            return None;
        }
        let held = stated().filter(|&place| body.holds(place)).count();
        if self.by_characters(body) {
            self.faults.push(repaired(ErrorKind::FieldPositions, 0));
            return Some(Strength::Firm);
        }
        let tiles = self.tiles(body);
        if self.find_runs(body, entries.len() + 1) == entries.len() {
            let agreeing = self.mapping.choose(&self.slots, &self.runs);
            if !(tiles && held >= agreeing) {
                self.by_count(body);
                return Some(Strength::Weak);
            }
        }
        if tiles && 2 * held >= entries.len() {
            self.by_tiling(body);
        } else if !body.is_confirmed {
            return None;
        } else if all_hold {
            self.as_stated();
            self.faults.push(Fault::new(ErrorKind::UnlistedData));
        } else {
            self.by_majority(body)?;
        }
        Some(Strength::Weak)
    }

    fn as_stated(&mut self) {
        let fields = self.slots.iter().filter_map(|slot| Some(slot.field(slot.stated?)));
        self.fields.extend(fields);
    }

    /// Whether the entries follow one another from the base address to the end of the fields.
    fn tiles(&self, body: Body<'_>) -> bool {
        // Nearly always in the order of the directory; other orders are left to the count.
        let mut next = body.base;
        let follow = self.slots.iter().all(|slot| {
            slot.stated.is_some_and(|place| {
                let follows = place.start as usize == next && place.length > 0;
                next = place.end();
                follows
            })
        });
        follow && next == body.end
    }

    /// Takes the numbers of the directory for counts of characters in UTF-8, if every entry then
    /// leads to a field, one after the other, and the last of them to the end.
    ///
    /// This finds the fields even where one of them has a terminator inside it.
    fn by_characters(&mut self, body: Body<'_>) -> bool {
        let is_character = |byte: &u8| !matches!(byte, 0x80..=0xBF);
        let mut place = body.base;
        let mut counted = body.base as u32;
        for slot in &self.slots {
            let follows = slot.stated.filter(|stated| stated.start == counted && stated.length > 0);
            let Some(stated) = follows else { break };
            // The field ends in 0x1E, which is the last of its characters.
            let rest = &body.span[place..body.end];
            if !rest.first().is_some_and(is_character) {
                break;
            }
            let mut characters = (1..).zip(rest).filter(|(_, byte)| is_character(byte));
            let Some((length, &FIELD_TERMINATOR)) = characters.nth(stated.length as usize - 1)
            else {
                break;
            };
            self.fields.push(slot.field(Place { start: place as u32, length }));
            place += length as usize;
            counted += stated.length;
        }
        let all_hold = self.fields.len() == self.slots.len() && place == body.end;
        if !all_hold {
            self.fields.clear();
        }
        all_hold
    }

    /// Parts the fields by their terminators, `most` of them at most, and says how many there are.
    fn find_runs(&mut self, body: Body<'_>, most: usize) -> usize {
        self.runs.clear();
        let mut start = body.base;
        while start < body.end && self.runs.len() < most {
            let rest = &body.span[start..body.end];
            // The last terminator may be missing, and counts as being there.
            let length = memchr(FIELD_TERMINATOR, rest).unwrap_or(rest.len()) + 1;
            self.runs.push(Place { start: start as u32, length: length as u32 });
            start += length;
        }
        self.runs.len()
    }

    /// Gives each entry its field as the mapping says.
    fn by_count(&mut self, body: Body<'_>) {
        let mut moved = 0;
        let mut mover = 0;
        for (at, slot) in self.slots.iter().enumerate() {
            let run = self.runs[self.mapping.run_of[at] as usize];
            match slot.stated {
                Some(stated) if stated == run => {}
                Some(_) => {
                    moved += 1;
                    mover = at + 1;
                }
                None if slot.has_tag() => {
                    self.faults.push(repaired(ErrorKind::Directory, at + 1));
                }
                None => {
                    self.faults.push(lost(ErrorKind::Directory, at + 1));
                    continue;
                }
            }
            self.fields.push(slot.field(run));
            if run.end() > body.end {
                self.faults.push(repaired(ErrorKind::FieldTerminator, at + 1));
            }
        }
        match moved {
            0 => {}
            1 => self.faults.push(repaired(ErrorKind::Directory, mover)),
            _ => self.faults.push(repaired(ErrorKind::FieldPositions, 0)),
        }
    }

    /// Takes the entries at their word where terminators are missing.
    fn by_tiling(&mut self, body: Body<'_>) {
        self.as_stated();
        for (at, slot) in self.slots.iter().enumerate() {
            if slot.stated.is_some_and(|place| !body.holds(place)) {
                self.faults.push(repaired(ErrorKind::FieldTerminator, at + 1));
            }
        }
    }

    /// Delivers the fields to which their entries lead, if those are more than half.
    fn by_majority(&mut self, body: Body<'_>) -> Option<()> {
        for (at, slot) in self.slots.iter().enumerate() {
            match slot.stated.filter(|&place| body.holds_at_both_ends(place)) {
                Some(place) => self.fields.push(slot.field(place)),
                None => self.faults.push(lost(ErrorKind::Directory, at + 1)),
            }
        }
        (2 * self.fields.len() > self.slots.len()).then_some(())
    }

    /// A directory into which bytes came, or from which some went. The entries before that place
    /// and those behind it are known by the fields they lead to.
    fn ragged(&mut self, body: Body<'_>, directory: &[u8]) -> Option<Strength> {
        let most = directory.len() / DIRECTORY_ENTRY_LENGTH + 1;
        if self.find_runs(body, most + 1) > most {
            return None;
        }
        let runs = &self.runs;
        let leads_to_field =
            |slot: &Slot| slot.stated.is_some_and(|place| find(runs, place).is_some());
        let (head, _) = directory.as_chunks();
        let (_, tail) = directory.as_rchunks();
        let slot = |entry| Slot::new(entry, body.base);
        self.slots.clear();
        self.slots.extend(head.iter().map(slot).take_while(leads_to_field));
        let found_ahead = self.slots.len();
        // What is left may hold no part of an entry found already.
        let left =
            (directory.len() - found_ahead * DIRECTORY_ENTRY_LENGTH) / DIRECTORY_ENTRY_LENGTH;
        let behind = tail.iter().rev().take(left).map(slot).take_while(leads_to_field);
        self.slots.extend(behind);
        self.slots[found_ahead..].reverse();
        let found = self.slots.len();
        if found == 0 || !(runs.len().saturating_sub(1)..=runs.len()).contains(&found) {
            return None;
        }
        self.as_stated();
        self.faults.push(match found == self.runs.len() {
            true => repaired(ErrorKind::DirectoryLength, 0),
            false => lost(ErrorKind::DirectoryLength, 0),
        });
        Some(Strength::Weak)
    }
}
