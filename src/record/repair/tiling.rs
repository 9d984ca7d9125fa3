//! Terminators that are other bytes now, or gone, behind entries that follow one another from the base
//! address to the end of the fields.

use super::{
    Body, Repairer, Slot,
    doubt::looks_like_field,
    places::{lost, repaired},
};
use crate::record::{ErrorKind, FIELD_TERMINATOR, Fault, RECORD_TERMINATOR, Severity};
use memchr::memchr2;

impl Repairer {
    /// Whether the entries follow one another from the base address to the end of the fields.
    pub(super) fn tiles(&self, body: Body<'_>) -> bool {
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

    /// Takes the entries at their word where terminators are missing, if they still lead to more than
    /// half of the fields. A field at a missing terminator is lost if another one stands inside it, or
    /// if it does not begin as its tag asks: then it was not just the terminator that was overwritten.
    pub(super) fn by_tiling(&mut self, body: Body<'_>) -> Option<()> {
        let mut was_ended = true;
        for (at, slot) in self.slots.iter().enumerate() {
            let Some(place) = slot.stated else { continue };
            let is_ended = body.holds(place);
            let content = &body.span[place.start as usize..place.end() - 1];
            let is_in_doubt = !(is_ended && was_ended)
                && (memchr2(FIELD_TERMINATOR, RECORD_TERMINATOR, content).is_some()
                    || !looks_like_field(slot.tag, content));
            was_ended = is_ended;
            if is_in_doubt {
                self.faults.push(lost(ErrorKind::FieldTerminator, at + 1));
                continue;
            }
            self.fields.push(slot.field(place));
            if !is_ended {
                self.faults.push(repaired(ErrorKind::FieldTerminator, at + 1));
            }
        }
        (2 * self.fields.len() > self.slots.len()).then_some(())
    }

    /// Takes the entries at their word where every terminator is the same other byte, in a record of
    /// the stated length whose fields all begin as their tags ask. The directory's may be that byte
    /// too.
    pub(super) fn by_substitute(&mut self, body: Body<'_>) -> bool {
        let last = body.span[body.end - 1];
        let is_substitute = |place: usize| body.span[place] == last;
        let is_field = |slot: &Slot| {
            slot.stated.is_some_and(|place| {
                let end = place.end() - 1;
                is_substitute(end)
                    && looks_like_field(slot.tag, &body.span[place.start as usize..end])
            })
        };
        let is_whole = body.has_right_length
            && last != FIELD_TERMINATOR
            && self.slots.len() > 1
            && (is_substitute(body.base - 1) || body.has_right_base)
            && self.slots.iter().all(is_field);
        if is_whole {
            self.as_stated();
            let fault = Fault::new(ErrorKind::FieldTerminator);
            self.faults.push(fault.with_severity(Severity::Repaired));
        }
        is_whole
    }
}
