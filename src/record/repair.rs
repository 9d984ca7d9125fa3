//! Repair: the fields of a record that does not prove itself, but agrees with itself.
//!
//! A record says where its fields are three times: by its directory, by the terminators between the
//! fields, and by its length. Damage rarely hits all three. So a damaged record is delivered if
//! what is left agrees:
//!
//! 1. *The directory holds*: every entry leads to a field of its own, and together they fill the
//!    record. Then the leader alone was wrong.
//! 2. *The directory holds, with gaps*: the same, but some fields have no entry, and are lost. The
//!    leader says that the directory is as long as it was.
//! 3. *The directory holds in characters*: as 1, if its numbers count characters of UTF-8.
//! 4. *The count holds*: there are as many fields between the terminators as entries. Then lengths
//!    and starts were wrong; they were counted in characters, or cut to their last digits, or bytes
//!    came or went since. Fields are taken in the order of their starts; those whose numbers were
//!    changed in more ways than one are lost.
//! 5. *The directory tiles*: its entries follow one another without gap or overlap from the base
//!    address to the end. Then terminators were lost.
//! 6. *Both ends of the directory hold*: bytes came into it or went from it, in one place. Or its
//!    entries have more digits than they should, and state every field's place.
//! 7. *Both ends of the fields hold*: a terminator came or went in one place.
//! 8. *Most of the directory holds*: what does not is a lost field, and the rest is delivered.
//!
//! Nothing is rewritten. The fields of a repaired record are spans of the bytes as they stand, so
//! the record needs no memory beyond its index, and its raw bytes are those of the input. The work
//! is linear in the span but for one sort of the entries, of which there are 8,331 at most.

mod doubt;
mod ends;
mod layout;
mod mapping;
mod places;
mod seam;
mod tiling;
mod wide;

use self::{doubt::Doubt, layout::Layout, mapping::Mapping, places::Strength};
use super::{
    DIRECTORY_ENTRY_LENGTH, ErrorKind, FIELD_TERMINATOR, Fault, FieldSpan, LEADER_LENGTH, Leader,
    MIN_BASE_ADDRESS, RECORD_TERMINATOR, Severity, Tag, leader_is_plausible, leader_start,
    structure::decode_entry,
};
use memchr::{memchr, memchr_iter};
use std::vec::Vec;

/// A field's place in the span: its first byte, and its length with the terminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    start: u32,
    length: u32,
}

impl Place {
    const fn end(self) -> usize {
        self.start as usize + self.length as usize
    }

    /// The field without its terminator.
    fn content(self, body: Body<'_>) -> &[u8] {
        &body.span[self.start as usize..self.end() - 1]
    }
}

/// Twelve bytes where a directory entry should be.
#[derive(Debug, Clone, Copy)]
struct Slot {
    tag: [u8; 3],
    /// Where the entry says that its field is; `None` if it is no entry.
    stated: Option<Place>,
    /// Whether the first byte behind the tag is a digit, and whether the last one is.
    has_digits: (bool, bool),
}

impl Slot {
    fn new(entry: &[u8; DIRECTORY_ENTRY_LENGTH], base: usize) -> Self {
        let stated = decode_entry(entry).map(|entry| Place {
            start: base as u32 + entry.starting_position,
            length: entry.field_length,
        });
        let has_digits = (entry[3].is_ascii_digit(), entry[11].is_ascii_digit());
        Self { tag: [entry[0], entry[1], entry[2]], stated, has_digits }
    }

    /// Whether the tag can be read. What destroyed the bytes on one of its sides may go on in it, and
    /// letters would hide that; there is no tag 000.
    fn has_tag(&self, before: Option<&Self>) -> bool {
        let is_beside_damage = !self.has_digits.0 || before.is_some_and(|slot| !slot.has_digits.1);
        match is_beside_damage {
            true => self.tag.iter().all(u8::is_ascii_digit) && self.tag != *b"000",
            false => self.tag.iter().all(u8::is_ascii_alphanumeric) && self.tag != *b"000",
        }
    }

    fn field(&self, place: Place) -> FieldSpan {
        FieldSpan::new(Tag::new(self.tag), place.start, place.length - 1)
    }
}

/// The parts of a span that a repair looks at.
#[derive(Debug, Clone, Copy)]
struct Body<'a> {
    span: &'a [u8],
    /// Where the fields begin: behind the directory's terminator.
    base: usize,
    /// Where they end: at the record terminator, or where it should be.
    end: usize,
    /// Whether the leader states that the record ends there. Otherwise what no entry leads to may
    /// be another record, which must not be delivered as a part of this one.
    has_right_length: bool,
    /// Whether the leader states that the fields begin there.
    has_right_base: bool,
    /// By how many bytes the record and its directory are longer than the leader states.
    excess: [Option<isize>; 2],
}

impl<'a> Body<'a> {
    /// Whether nothing says that the directory is as long as it was when it was written.
    const fn is_resized(&self) -> bool {
        !self.has_right_length && !self.has_right_base
    }

    /// Whether the base address says that whole entries came into the directory, or went from it.
    fn has_other_entries(&self) -> bool {
        self.excess[1].is_some_and(is_of_entries)
    }

    /// Whether one of the leader's numbers says so, where the fields are as they were.
    fn may_have_other_entries(&self) -> bool {
        self.excess.into_iter().flatten().any(is_of_entries)
    }

    /// Whether another record's leader stands behind a record terminator inside this one.
    fn holds_another(&self) -> bool {
        memchr_iter(RECORD_TERMINATOR, &self.span[self.base..self.end]).any(|at| {
            self.span[self.base + at + 1..].first_chunk().is_some_and(|leader| {
                let view = Leader::new(leader);
                leader_is_plausible(leader)
                    && view.record_length().is_some()
                    && view.base_address().is_some()
            })
        })
    }

    /// Whether a field stands there: inside the record, and ended by 0x1E.
    fn holds(&self, place: Place) -> bool {
        place.length > 0
            && place.end() <= self.end
            && self.span[place.end() - 1] == FIELD_TERMINATOR
    }

    /// Whether it also begins where a field can begin.
    fn holds_at_both_ends(&self, place: Place) -> bool {
        let start = place.start as usize;
        self.holds(place) && (start == self.base || self.span[start - 1] == FIELD_TERMINATOR)
    }
}

/// Repairs records, and keeps its working memory from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Repairer {
    slots: Vec<Slot>,
    /// The fields as their terminators part them.
    runs: Vec<Place>,
    layout: Layout,
    mapping: Mapping,
    doubt: Doubt,
    /// What a repair found, until it is known to have succeeded.
    fields: Vec<FieldSpan>,
    faults: Vec<Fault>,
}

impl Repairer {
    /// Finds the fields of a span that is no sound record, and what is wrong with it. `None` if the
    /// span does not agree with itself.
    ///
    /// Every field lies inside the span; of each fault the severity says whether something was lost.
    pub(crate) fn repair(&mut self, span: &[u8]) -> Option<(&[FieldSpan], &[Fault])> {
        // All numbers of the record count from the leader, wherever that begins.
        let start = leader_start(span);
        self.repair_at_leader(&span[start..])?;
        for field in &mut self.fields {
            *field = field.shifted_by(start);
        }
        Some((&self.fields, &self.faults))
    }

    /// The same for a span that begins with the 24 bytes of its leader.
    fn repair_at_leader(&mut self, span: &[u8]) -> Option<()> {
        let leader = span.first_chunk::<LEADER_LENGTH>()?;
        let view = Leader::new(leader);
        let stated_length = view.record_length();
        let (end, is_terminated) = end_of_fields(span, stated_length)?;
        let stated_base = view.base_address();
        let directory_length = memchr(FIELD_TERMINATOR, span.get(LEADER_LENGTH..end)?);
        let first_base = directory_length.map(|length| LEADER_LENGTH + length + 1);
        let may_state = |base: &usize| {
            (MIN_BASE_ADDRESS + DIRECTORY_ENTRY_LENGTH..=end).contains(base)
                && (base - MIN_BASE_ADDRESS).is_multiple_of(DIRECTORY_ENTRY_LENGTH)
        };
        let candidates = [
            stated_base.filter(may_state),
            first_base.filter(|&base| Some(base) != stated_base || !may_state(&base)),
        ];
        let is_plausible = leader_is_plausible(leader);
        let is_repaired = |base| {
            let body = Body {
                span,
                base,
                end,
                has_right_length: stated_length == Some(end + 1),
                has_right_base: stated_base == Some(base) && span[base - 1] == FIELD_TERMINATOR,
                excess: [
                    stated_length.map(|stated| (end + 1).wrapping_sub(stated).cast_signed()),
                    stated_base.map(|stated| base.wrapping_sub(stated).cast_signed()),
                ],
            };
            self.fields.clear();
            self.faults.clear();
            if !body.has_right_length {
                self.faults.push(repaired(ErrorKind::RecordLength));
            }
            if !is_plausible {
                self.faults.push(repaired(ErrorKind::Leader));
            }
            if !body.has_right_base {
                self.faults.push(repaired(ErrorKind::BaseAddress));
            }
            if body.is_resized() && (!is_plausible || is_directory(leader)) {
                // No word of it is right: these are 24 bytes of something else.
                return false;
            }
            let found = self.place_fields(body);
            if !is_terminated {
                self.faults.push(repaired(ErrorKind::RecordTerminator));
            }
            // Without its terminator a record may lack more than that, and a leader that is none
            // is not to be believed: unless all else is in order.
            let is_believed = is_plausible && is_terminated;
            match found {
                None => false,
                Some(Strength::Firm) => true,
                // What is lost of this record may be another's.
                Some(Strength::Weak) => is_believed && !(self.lacks() && body.holds_another()),
            }
        };
        candidates.into_iter().flatten().any(is_repaired).then_some(())
    }

    fn lacks(&self) -> bool {
        self.faults.iter().any(|fault| fault.severity() == Severity::LostField)
    }
}

/// Whether bytes that came or went may be whole directory entries.
const fn is_of_entries(excess: isize) -> bool {
    excess != 0 && excess % DIRECTORY_ENTRY_LENGTH as isize == 0
}

const fn repaired(kind: ErrorKind) -> Fault {
    Fault::new(kind).with_severity(Severity::Repaired)
}

/// Whether what should be a leader is of digits where a leader has codes: the head of the record was
/// lost, and this is a part of its directory.
fn is_directory(leader: &[u8; LEADER_LENGTH]) -> bool {
    leader[5..10].iter().all(u8::is_ascii_digit)
}

/// Where the fields end, and whether the record terminator stands there. It may have been lost, or
/// replaced by another byte, if the last field's terminator is there.
fn end_of_fields(span: &[u8], stated_length: Option<usize>) -> Option<(usize, bool)> {
    let (&last, rest) = span.split_last()?;
    if last == RECORD_TERMINATOR {
        return Some((rest.len(), true));
    }
    let is_blank = |byte: &u8| matches!(byte, 0x00 | b'\t' | b'\n' | b'\r' | 0x1A | b' ');
    let content = span.iter().rposition(|byte| !is_blank(byte))? + 1;
    if span[content - 1] == FIELD_TERMINATOR {
        return Some((content, false));
    }
    let is_replaced = rest.last() == Some(&FIELD_TERMINATOR) && stated_length == Some(span.len());
    is_replaced.then_some((rest.len(), false))
}

#[cfg(test)]
mod tests;
