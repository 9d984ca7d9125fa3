//! The parts of a span that a repair examines.

use crate::record::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, FieldSpan, Leader, RECORD_TERMINATOR, Tag,
    leader_is_plausible, structure::decode_entry,
};
use memchr::memchr_iter;

/// A field's place in the span: the offset of its first byte, and its length with the terminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldPlace {
    pub(super) start: u32,
    pub(super) length: u32,
}

impl FieldPlace {
    pub(super) const fn end(self) -> usize {
        self.start as usize + self.length as usize
    }

    /// Returns the field without its terminator.
    pub(super) fn content(self, body: Body<'_>) -> &[u8] {
        &body.span[self.start as usize..self.end() - 1]
    }
}

/// Twelve bytes at the position of a directory entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) tag: [u8; 3],
    /// The place that the entry states for its field; `None` if the bytes are not an entry.
    pub(super) stated: Option<FieldPlace>,
    /// True if the first byte after the tag is a digit; true if the last byte is one.
    pub(super) has_digits: (bool, bool),
}

impl Slot {
    pub(super) fn new(entry: &[u8; DIRECTORY_ENTRY_LENGTH], base: usize) -> Self {
        let stated = decode_entry(entry).map(|entry| FieldPlace {
            start: base as u32 + entry.starting_position,
            length: entry.field_length,
        });
        let has_digits = (entry[3].is_ascii_digit(), entry[11].is_ascii_digit());
        Self { tag: [entry[0], entry[1], entry[2]], stated, has_digits }
    }

    /// Returns true if the tag can be read. Damage on one of its sides may extend into the tag, and
    /// letters would hide that; there is no tag 000.
    pub(super) fn has_tag(&self, before: Option<&Self>) -> bool {
        let is_beside_damage = !self.has_digits.0 || before.is_some_and(|slot| !slot.has_digits.1);
        match is_beside_damage {
            true => self.tag.iter().all(u8::is_ascii_digit) && self.tag != *b"000",
            false => self.tag.iter().all(u8::is_ascii_alphanumeric) && self.tag != *b"000",
        }
    }

    pub(super) fn field(&self, place: FieldPlace) -> FieldSpan {
        FieldSpan::new(Tag::new(self.tag), place.start, place.length - 1)
    }
}

/// The parts of a span that a repair uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body<'a> {
    pub(super) span: &'a [u8],
    /// Offset at which the fields begin, after the directory's terminator.
    pub(super) base: usize,
    /// Offset at which the fields end: that of the record terminator, or where it should be.
    pub(super) end: usize,
    /// True if the leader states that the record ends there. Otherwise bytes that no entry leads to
    /// may be another record, which must not be delivered as a part of this one.
    pub(super) has_right_length: bool,
    /// True if the leader states that the fields begin there.
    pub(super) has_right_base: bool,
    /// Numbers of bytes by which the record and its directory are longer than the leader states.
    pub(super) excess: [Option<isize>; 2],
}

impl<'a> Body<'a> {
    /// Returns true if nothing confirms that the directory still has the length with which it was
    /// written.
    pub(super) const fn is_resized(&self) -> bool {
        !self.has_right_length && !self.has_right_base
    }

    /// Returns true if the base address shows that whole entries were added to the directory, or
    /// removed from it.
    pub(super) fn has_other_entries(&self) -> bool {
        self.excess[1].is_some_and(is_of_entries)
    }

    /// Returns true if one of the leader's numbers shows this, provided that the fields are
    /// unchanged.
    pub(super) fn may_have_other_entries(&self) -> bool {
        self.excess.into_iter().flatten().any(is_of_entries)
    }

    /// Returns true if another record's leader stands after a record terminator inside this record.
    pub(super) fn holds_another(&self) -> bool {
        memchr_iter(RECORD_TERMINATOR, &self.span[self.base..self.end]).any(|at| {
            self.span[self.base + at + 1..].first_chunk().is_some_and(|leader| {
                let view = Leader::new(leader);
                leader_is_plausible(leader)
                    && view.record_length().is_some()
                    && view.base_address().is_some()
            })
        })
    }

    /// Returns true if a field is at this place: inside the record, and ended by 0x1E.
    pub(super) fn holds(&self, place: FieldPlace) -> bool {
        place.length > 0
            && place.end() <= self.end
            && self.span[place.end() - 1] == FIELD_TERMINATOR
    }

    /// Returns true if, in addition, it begins where a field can begin.
    pub(super) fn holds_at_both_ends(&self, place: FieldPlace) -> bool {
        let start = place.start as usize;
        self.holds(place) && (start == self.base || self.span[start - 1] == FIELD_TERMINATOR)
    }
}

/// Returns true if added or removed bytes may be whole directory entries.
const fn is_of_entries(excess: isize) -> bool {
    excess != 0 && excess % DIRECTORY_ENTRY_LENGTH as isize == 0
}
