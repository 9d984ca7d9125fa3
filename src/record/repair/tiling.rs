//! Terminators that were replaced by other bytes, or removed, after entries that follow one another
//! from the base address to the end of the fields.

use super::{
    body::{Body, FieldPlace, Slot},
    doubt::{is_control, looks_like_field},
    places::{lost, repaired},
    repairer::Repairer,
};
use crate::record::{ErrorKind, FIELD_TERMINATOR, Fault, RECORD_TERMINATOR, Severity};
use memchr::memchr2;

impl Repairer {
    /// Returns true if the entries follow one another from the base address to the end of the
    /// fields.
    pub(super) fn tiles(&self, body: Body<'_>) -> bool {
        // Entries are nearly always in the order of the directory. Other orders are left to the
        // count.
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

    /// Trusts the entries where terminators are missing, if they still lead to more than half of
    /// the fields. A field beside a missing terminator is lost if more than the terminator seems to
    /// be overwritten.
    pub(super) fn by_tiling(&mut self, body: Body<'_>) -> Option<()> {
        let tiling = Tiling { slots: &self.slots, body };
        for (at, slot) in self.slots.iter().enumerate() {
            let Some(place) = slot.stated else { continue };
            if tiling.is_in_doubt(at) {
                self.faults.push(lost(ErrorKind::FieldTerminator, at + 1));
                continue;
            }
            self.fields.push(slot.field(place));
            if !tiling.is_ended(at) {
                self.faults.push(repaired(ErrorKind::FieldTerminator, at + 1));
            }
        }
        (2 * self.fields.len() > self.slots.len()).then_some(())
    }

    /// Trusts the entries if every terminator is the same other byte, in a record of the stated
    /// length whose fields all begin as their tags require. The directory's terminator may be that
    /// byte too.
    pub(super) fn by_substitute(&mut self, body: Body<'_>) -> bool {
        let last = body.span[body.end - 1];
        let is_substitute = |place: usize| body.span[place] == last;
        // A run of that byte was written over the end of the field.
        let is_run = |slot: &Slot| slot.stated.is_some_and(|place| is_substitute(place.end() - 2));
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
            && self.slots.iter().all(is_field)
            && 2 * self.slots.iter().filter(|slot| is_run(slot)).count() < self.slots.len();
        if is_whole {
            self.as_stated();
            let fault = Fault::new(ErrorKind::FieldTerminator);
            self.faults.push(fault.with_severity(Severity::Repaired));
        }
        is_whole
    }
}

/// Entries that follow one another, and the fields at the places that they state.
struct Tiling<'a> {
    slots: &'a [Slot],
    body: Body<'a>,
}

impl Tiling<'_> {
    /// Returns the place of the field, or `None` if there is no such entry.
    fn place(&self, at: usize) -> Option<FieldPlace> {
        self.slots.get(at)?.stated
    }

    /// Returns true if the field's terminator is there. The terminators before the first field and
    /// after the last count as present.
    fn is_ended(&self, at: usize) -> bool {
        self.place(at).is_none_or(|place| self.body.holds(place))
    }

    /// Returns true if these bytes are not that field: they contain another terminator, or do not
    /// begin as the tag requires.
    fn is_other(&self, at: usize) -> bool {
        self.place(at).is_some_and(|place| {
            let content = place.content(self.body);
            memchr2(FIELD_TERMINATOR, RECORD_TERMINATOR, content).is_some()
                || !looks_like_field(self.slots[at].tag, content)
        })
    }

    /// Returns true if the byte in place of the terminator has an equal neighbour.
    fn is_laid_over(&self, at: usize) -> bool {
        self.place(at).is_some_and(|place| {
            let (end, span) = (place.end() - 1, self.body.span);
            span[end] == span[end - 1] || end + 1 < self.body.end && span[end] == span[end + 1]
        })
    }

    fn is_in_doubt(&self, at: usize) -> bool {
        let before = at.checked_sub(1).filter(|&before| !self.is_ended(before));
        let behind = Some(at).filter(|_| !self.is_ended(at));
        let mut missing = before.into_iter().chain(behind);
        if before.is_none() && behind.is_none() {
            return false;
        }
        // Bytes written over the start of the next field were also written over the end of this
        // one.
        self.is_other(at)
            || behind.is_some_and(|behind| self.is_other(behind + 1))
            || missing.clone().any(|border| self.is_laid_over(border))
            || self.is_control(at)
                && (before.is_some_and(|before| self.is_other(before))
                    || missing.any(|border| {
                        // The start of a data field shows where the overwritten bytes end.
                        let is_told = border == at && !self.is_control(at + 1);
                        !(is_told || self.is_lone_substitute(border))
                    })
                    || !self.is_plain(at))
    }

    /// Returns true if no terminator near it is missing too, and the byte in its place is not text.
    /// The content of a control field does not show what was written over it.
    fn is_lone_substitute(&self, at: usize) -> bool {
        let is_substitute = |byte: u8| byte < b' ' || (byte ^ FIELD_TERMINATOR).is_power_of_two();
        self.place(at).is_some_and(|place| is_substitute(self.body.span[place.end() - 1]))
            && at.checked_sub(1).is_none_or(|before| self.is_ended(before))
            && self.is_ended(at + 1)
    }

    fn is_control(&self, at: usize) -> bool {
        self.slots.get(at).is_some_and(|slot| is_control(slot.tag))
    }

    fn is_plain(&self, at: usize) -> bool {
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~');
        self.place(at).is_some_and(|place| place.content(self.body).iter().all(is_plain))
    }
}
