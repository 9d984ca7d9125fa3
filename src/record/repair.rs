//! Repair: finds the fields of a record that does not prove itself, but whose parts agree.
//!
//! A record states the places of its fields three times: by its directory, by the terminators
//! between the fields, and by its length. Damage rarely affects all three. So a damaged record is
//! delivered if the remaining parts agree:
//!
//! 1. *The directory holds*: every entry leads to a field of its own, and together they fill the
//!    record. Then only the leader was wrong.
//! 2. *The directory holds, with gaps*: the same, but some fields have no entry, and are lost. The
//!    leader confirms that the directory has its original length.
//! 3. *The directory holds in characters*: as 1, if its numbers count characters of UTF-8.
//! 4. *The count holds*: there are as many fields between the terminators as entries. Then lengths
//!    and starts were wrong: they were counted in characters, or cut to their last digits, or bytes
//!    were added or removed later. Fields are taken in the order of their starts; fields whose
//!    numbers were changed in more ways than one are lost.
//! 5. *The directory tiles*: its entries follow one another without gap or overlap from the base
//!    address to the end. Then terminators were lost.
//! 6. *Both ends of the directory hold*: bytes were added to it or removed from it, in one place.
//!    Or its entries have more digits than they should, and state the place of every field.
//! 7. *Both ends of the fields hold*: a terminator was added or removed in one place.
//! 8. *Most of the directory holds*: fields whose entries do not hold are lost, and the rest is
//!    delivered.
//!
//! Nothing is rewritten. The fields of a repaired record are spans of the unchanged bytes, so the
//! record needs no memory beyond its index, and its raw bytes are those of the input. The work is
//! linear in the span, except for one sort of the entries, of which there are at most 8,331.

mod body;
mod doubt;
mod ends;
mod layout;
mod mapping;
mod places;
mod repairer;
mod seam;
mod tiling;
mod wide;

pub(crate) use self::repairer::Repairer;
use self::{body::Body, places::Strength};
use super::{
    DIRECTORY_ENTRY_LENGTH, ErrorKind, FIELD_TERMINATOR, Fault, FieldSpan, LEADER_LENGTH, Leader,
    MIN_BASE_ADDRESS, RECORD_TERMINATOR, Severity, Tag, WideLeader, leader_is_plausible,
    leader_start, wide_leader,
};
use memchr::memchr;

impl Repairer {
    /// Finds the fields of a span that is not a sound record, and its faults. Returns `None` if the
    /// parts of the span do not agree.
    ///
    /// Every field lies inside the span. The severity of each fault says whether something was
    /// lost.
    pub(crate) fn repair(&mut self, span: &[u8]) -> Option<(&[FieldSpan], &[Fault])> {
        // All numbers of the record count from the leader, which may begin after extra digits.
        let mut start = leader_start(span);
        let leader = span[start..].first_chunk()?;
        let is_repaired = self.repair_at_leader(&span[start..], leader, 0).is_some();
        // The last bytes of a wide leader may pass for damage in the directory, which costs a field.
        if !is_repaired || self.lacks() {
            match wide_leader(span).filter(|_| start == 0) {
                Some(WideLeader { bytes, excess })
                    if self.repair_at_leader(&span[excess..], &bytes, excess).is_some()
                        && !(is_repaired && self.lacks()) =>
                {
                    start = excess;
                    self.report_wide_leader(leader, &bytes);
                }
                Some(_) if is_repaired => self.repair_at_leader(span, leader, 0)?,
                _ if is_repaired => {}
                _ => return None,
            }
        }
        if self.lacks() && self.fields.iter().all(|field| field.tag() != CONTROL_NUMBER) {
            self.faults.push(Fault::new(ErrorKind::ControlNumber));
        }
        for field in &mut self.fields {
            *field = field.shifted_by(start);
        }
        Some((&self.fields, &self.faults))
    }

    /// Reports a leader of more than 24 bytes. The record has its first 24 bytes: if these do not
    /// have all its other characters, they are lost.
    fn report_wide_leader(
        &mut self,
        delivered: &[u8; LEADER_LENGTH],
        leader: &[u8; LEADER_LENGTH],
    ) {
        // A writer states the layout of a record itself: leader/10-11 and 20-23.
        let (found, wanted) = (Leader::new(delivered).mended(), Leader::new(leader).mended());
        let fault = match found[..10] == wanted[..10] && found[12..20] == wanted[12..20] {
            true => repaired(ErrorKind::Leader),
            false => Fault::new(ErrorKind::Leader).with_severity(Severity::LostField),
        };
        match self.faults.iter_mut().find(|fault| fault.kind() == ErrorKind::Leader) {
            Some(found) => *found = fault,
            None => self.faults.push(fault),
        }
    }

    /// Does the same for a span after whose first 24 bytes the directory begins, and for the leader
    /// of the record: these bytes, unless it is `excess` bytes longer. Its numbers may count them.
    fn repair_at_leader(
        &mut self,
        span: &[u8],
        leader: &[u8; LEADER_LENGTH],
        excess: usize,
    ) -> Option<()> {
        let view = Leader::new(leader);
        let counted = |stated: Option<usize>, found: usize| {
            if stated == Some(found + excess) { Some(found) } else { stated }
        };
        let stated_length = counted(view.record_length(), span.len());
        let (end, is_terminated) = end_of_fields(span, stated_length)?;
        let directory_length = memchr(FIELD_TERMINATOR, span.get(LEADER_LENGTH..end)?);
        let first_base = directory_length.map(|length| LEADER_LENGTH + length + 1);
        let stated_base = counted(view.base_address(), first_base.unwrap_or(0));
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
                // Nothing in it is right: these are 24 bytes of something else.
                return false;
            }
            let found = self.place_fields(body);
            if !is_terminated {
                self.faults.push(repaired(ErrorKind::RecordTerminator));
            }
            // A record without its terminator may lack more than that, and an invalid leader cannot
            // be trusted, unless everything else is in order.
            let is_believed = is_plausible && is_terminated && excess == 0;
            match found {
                None => false,
                Some(Strength::Firm) => true,
                // The parts that this record lost may belong to another.
                Some(Strength::Weak) => is_believed && !(self.lacks() && body.holds_another()),
            }
        };
        candidates.into_iter().flatten().any(is_repaired).then_some(())
    }

    fn lacks(&self) -> bool {
        self.faults.iter().any(|fault| fault.severity() == Severity::LostField)
    }
}

/// The tag of the control number.
const CONTROL_NUMBER: Tag = Tag::new(*b"001");

const fn repaired(kind: ErrorKind) -> Fault {
    Fault::new(kind).with_severity(Severity::Repaired)
}

/// Returns true if the supposed leader has digits at the positions of its codes. Then the head of
/// the record was lost, and this is a part of its directory.
fn is_directory(leader: &[u8; LEADER_LENGTH]) -> bool {
    leader[5..10].iter().all(u8::is_ascii_digit)
}

/// Returns the end of the fields, and whether the record terminator stands there. The terminator
/// may be lost, or replaced by another byte, if the last field's terminator is there.
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
