//! The ways in which a directory and the fields after it can still agree.

use super::{
    body::{Body, FieldPlace, Slot},
    doubt::looks_like_field,
    mapping::states_length,
    repairer::Repairer,
};
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, ErrorKind, FIELD_TERMINATOR, Fault, LEADER_LENGTH, Severity,
};
use memchr::memchr;

/// The strength of the evidence for a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// Every entry leads to a field of its own, and the last of them to the end.
    Firm,
    Weak,
}

pub(super) const fn repaired(kind: ErrorKind, entry: usize) -> Fault {
    Fault::in_entry(kind, entry as u32).with_severity(Severity::Repaired)
}

pub(super) const fn lost(kind: ErrorKind, entry: usize) -> Fault {
    Fault::in_entry(kind, entry as u32).with_severity(Severity::LostField)
}

impl Repairer {
    /// Finds the places of the fields, and reports the faults of the directory and of the fields.
    pub(super) fn place_fields(&mut self, body: Body<'_>) -> Option<Strength> {
        let directory = &body.span[LEADER_LENGTH..body.base - 1];
        let (entries, rest) = directory.as_chunks::<DIRECTORY_ENTRY_LENGTH>();
        // A single entry is easily found by chance, unless the leader confirms it.
        if entries.is_empty() || entries.len() == 1 && body.is_resized() {
            return None;
        }
        if !rest.is_empty() {
            self.find_runs(body, 2 * entries.len() + 1);
            if self.by_wide_entries(body, directory) {
                return Some(Strength::Firm);
            }
            return self.at_seam(body, directory).map(|()| Strength::Weak);
        }
        self.slots.clear();
        self.slots.extend(entries.iter().map(|entry| Slot::new(entry, body.base)));
        let spread = self.layout.survey(&self.slots, body);
        let all_hold = spread.held == entries.len() && spread.is_disjoint;
        if all_hold && spread.sum == body.end - body.base {
            self.as_stated();
            return Some(Strength::Firm);
        }
        let is_listed_to_end = all_hold && spread.furthest == body.end;
        if is_listed_to_end && !body.is_resized() && !body.may_have_other_entries() {
            self.as_stated();
            self.faults.push(Fault::new(ErrorKind::UnlistedData));
            return Some(Strength::Firm);
        }
        let tiles = self.tiles(body);
        if tiles && self.by_substitute(body) {
            return Some(Strength::Weak);
        }
        if body.span[body.base - 1] != FIELD_TERMINATOR {
            // Only the directory itself says where it ends.
            return None;
        }
        if self.by_characters(body) {
            self.faults.push(repaired(ErrorKind::FieldPositions, 0));
            return Some(Strength::Firm);
        }
        let places = self.slots.iter().filter_map(|slot| slot.stated);
        let held = places.filter(|&place| body.holds(place)).count();
        // A directory whose number of entries was changed says nothing about the number of fields.
        let is_other = body.is_resized()
            || body.has_other_entries()
            || is_listed_to_end && body.may_have_other_entries();
        if self.find_runs(body, 2 * entries.len() + 1) == entries.len() {
            let agreeing = self.mapping.choose(&self.slots, &self.runs);
            let is_proved = agreeing > 0 || self.all_look_like_fields(body);
            let is_counted = is_proved && !is_other && !(tiles && held >= agreeing);
            if is_counted && self.by_count(body) {
                return Some(Strength::Weak);
            }
        }
        if self.by_wide_entries(body, directory) {
            return Some(Strength::Firm);
        }
        if tiles && 2 * held >= entries.len() {
            self.by_tiling(body)?;
        } else if is_other {
            self.at_seam(body, directory)?;
        } else if !body.has_right_length || self.by_majority().is_none() {
            self.by_both_ends(body)?;
        }
        Some(Strength::Weak)
    }

    /// Returns true if the fields, in the chosen order, all begin as their tags require.
    fn all_look_like_fields(&self, body: Body<'_>) -> bool {
        self.slots
            .iter()
            .zip(&self.mapping.run_of)
            .all(|(slot, &run)| looks_like_field(slot.tag, self.runs[run as usize].content(body)))
    }

    pub(super) fn as_stated(&mut self) {
        let fields = self.slots.iter().filter_map(|slot| Some(slot.field(slot.stated?)));
        self.fields.extend(fields);
    }

    /// Reads the numbers of the directory as counts of UTF-8 characters, if every entry then leads
    /// to a field, in order, and the last one ends at the end.
    ///
    /// This finds the fields even if one of them contains a terminator.
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
            self.fields.push(slot.field(FieldPlace { start: place as u32, length }));
            place += length as usize;
            counted += stated.length;
        }
        let all_hold = self.fields.len() == self.slots.len() && place == body.end;
        if !all_hold {
            self.fields.clear();
        }
        all_hold
    }

    /// Divides the fields at their terminators, `most` of them at most, and returns their number.
    fn find_runs(&mut self, body: Body<'_>, most: usize) -> usize {
        self.runs.clear();
        let mut start = body.base;
        while start < body.end && self.runs.len() < most {
            let rest = &body.span[start..body.end];
            // The last terminator may be missing; it is counted as present.
            let length = memchr(FIELD_TERMINATOR, rest).unwrap_or(rest.len()) + 1;
            self.runs.push(FieldPlace { start: start as u32, length: length as u32 });
            start += length;
        }
        self.runs.len()
    }

    /// Gives each entry the field that the mapping assigns, unless too many fields are in doubt.
    fn by_count(&mut self, body: Body<'_>) -> bool {
        let sure = self.doubt.survey(body, &self.slots, &self.runs, &self.mapping.run_of);
        if 2 * sure <= self.slots.len() {
            return false;
        }
        let mut moved = 0;
        let mut mover = 0;
        for (at, slot) in self.slots.iter().enumerate() {
            let run = self.mapping.run_of[at];
            let before = at.checked_sub(1).map(|before| &self.slots[before]);
            if self.doubt.is_about(run) || !slot.has_tag(before) {
                self.faults.push(lost(ErrorKind::Directory, at + 1));
                continue;
            }
            let run = self.runs[run as usize];
            let is_whole = |stated: FieldPlace| states_length(stated.length, run.length);
            if run.end() > body.end && !slot.stated.is_some_and(is_whole) {
                // The field was cut: more than its terminator was lost.
                self.faults.push(lost(ErrorKind::FieldTerminator, at + 1));
                continue;
            }
            match slot.stated {
                Some(stated) if stated == run => {}
                Some(_) => {
                    moved += 1;
                    mover = at + 1;
                }
                None => self.faults.push(repaired(ErrorKind::Directory, at + 1)),
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
        true
    }

    /// Delivers the fields to which only their own entries lead, if these are more than half.
    fn by_majority(&mut self) -> Option<()> {
        let stands = |at: usize| {
            let before = at.checked_sub(1).map(|before| &self.slots[before]);
            self.layout.stands_alone(at) && self.slots[at].has_tag(before)
        };
        let standing = (0..self.slots.len()).filter(|&at| stands(at)).count();
        if 2 * standing <= self.slots.len() {
            return None;
        }
        for (at, slot) in self.slots.iter().enumerate() {
            match slot.stated.filter(|_| stands(at)) {
                Some(place) => self.fields.push(slot.field(place)),
                None => self.faults.push(lost(ErrorKind::Directory, at + 1)),
            }
        }
        if self.fields.len() == self.slots.len() {
            self.faults.push(Fault::new(ErrorKind::UnlistedData));
        }
        Some(())
    }
}
