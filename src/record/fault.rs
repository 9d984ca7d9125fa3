//! The faults of a record, in a form that needs no allocation.

use super::{
    DIRECTORY_ENTRY_LENGTH, ErrorKind, FIELD_TERMINATOR, LEADER_LENGTH, Leader, Severity,
    leader::{BASE_ADDRESS, COUNTS, ENTRY_MAP, RECORD_LENGTH},
    structure::{decode_entry, is_entry},
};
use core::{fmt, ops::Range};

/// A fault of one record: its kind, its severity, and the directory entry and the subfield at
/// fault, if there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    kind: ErrorKind,
    severity: Severity,
    /// The code of the subfield at fault; 0 if there is none.
    subfield: u8,
    /// The ordinal of the entry at fault, from 1; 0 if there is none.
    entry: u32,
}

impl Fault {
    /// Creates a fault of the record as a whole, with the usual severity of its kind.
    #[must_use]
    pub const fn new(kind: ErrorKind) -> Self {
        Self::in_entry(kind, 0)
    }

    /// Creates a fault in the directory entry with this ordinal, from 1, or in the field that the
    /// entry points to.
    #[must_use]
    pub const fn in_entry(kind: ErrorKind, entry: u32) -> Self {
        Self { kind, severity: kind.severity(), subfield: 0, entry }
    }

    /// Returns the same fault in the subfield with this code.
    #[must_use]
    pub const fn in_subfield(self, code: u8) -> Self {
        Self { subfield: code, ..self }
    }

    /// Returns the same fault without a directory entry.
    #[must_use]
    pub const fn in_no_entry(self) -> Self {
        Self { entry: 0, ..self }
    }

    /// Returns the same fault with another severity.
    #[must_use]
    pub const fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// Returns the broken part.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        self.kind
    }

    /// Returns the cost of the fault.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.severity
    }

    /// Returns the ordinal of the directory entry at fault, from 1.
    #[must_use]
    pub const fn entry(self) -> Option<u32> {
        if self.entry == 0 { None } else { Some(self.entry) }
    }

    /// Returns the code of the subfield at fault.
    #[must_use]
    pub const fn subfield(self) -> Option<u8> {
        if self.subfield == 0 { None } else { Some(self.subfield) }
    }

    /// Returns the bytes of `raw`, the span that has the fault, that are wrong: the leader
    /// positions, the directory entry or the end of the record, as far as they are there, or the
    /// byte that stands in the place of 0x1E. The range is empty if no particular byte is wrong.
    #[must_use]
    pub fn location(self, raw: &[u8]) -> Range<usize> {
        self.location_within(raw, raw.len())
    }

    /// Returns the same for a span of this length, of which `raw` may be only the beginning.
    pub(crate) fn location_within(self, raw: &[u8], length: usize) -> Range<usize> {
        let place = match self.kind {
            ErrorKind::RecordLength => RECORD_LENGTH,
            ErrorKind::Leader => implausible_positions(raw),
            ErrorKind::BaseAddress => BASE_ADDRESS,
            ErrorKind::LeaderCounts => COUNTS,
            ErrorKind::EntryMap => ENTRY_MAP,
            ErrorKind::RecordTerminator | ErrorKind::Truncation => length.saturating_sub(1)..length,
            _ => match self.entry() {
                Some(entry) => {
                    let at = entry_place(entry);
                    let missing = match self.kind {
                        ErrorKind::FieldTerminator => missing_terminator(raw, at),
                        _ => None,
                    };
                    missing.map_or(at..at.saturating_add(DIRECTORY_ENTRY_LENGTH), |at| at..at + 1)
                }
                None if self.kind == ErrorKind::FieldTerminator => {
                    length.saturating_sub(2)..length.saturating_sub(1)
                }
                None => 0..0,
            },
        };
        place.start.min(length)..place.end.min(length)
    }

    /// Returns the tag that the directory entry at fault has in `raw`, if the tag can be read. If a
    /// field was lost and its entry is malformed, the tag may be anything, and is not returned.
    #[must_use]
    pub fn tag(self, raw: &[u8]) -> Option<super::Tag> {
        let entry = raw.get(entry_place(self.entry()?)..)?;
        let tag: &[u8; 3] = entry.first_chunk()?;
        if self.severity() == Severity::LostField
            && !entry.get(..DIRECTORY_ENTRY_LENGTH).is_some_and(is_entry)
        {
            return None;
        }
        tag.iter().all(u8::is_ascii_alphanumeric).then(|| tag.into())
    }
}

/// Returns the offset of the directory entry with this ordinal. A caller may pass any ordinal, even
/// one that overflows on a machine of 32 bits.
const fn entry_place(entry: u32) -> usize {
    (entry as usize - 1).saturating_mul(DIRECTORY_ENTRY_LENGTH).saturating_add(LEADER_LENGTH)
}

/// Returns the offset at which the field of the entry at `at` should end but does not. Returns
/// `None` if the entry does not lead to the start of a field, because then the entry itself may be
/// wrong.
fn missing_terminator(raw: &[u8], at: usize) -> Option<usize> {
    let base = Leader::new(raw.first_chunk()?).base_address()?;
    let entry = decode_entry(raw.get(at..)?.first_chunk()?)?;
    let start = base.checked_add(entry.starting_position as usize)?;
    let last = start.checked_add((entry.field_length as usize).checked_sub(1)?)?;
    let has_terminator = |at: usize| raw.get(at).map(|&byte| byte == FIELD_TERMINATOR);
    let begins = has_terminator(start.checked_sub(1)?)?;
    (begins && !has_terminator(last)?).then_some(last)
}

/// Returns the range from the first to the last byte of the leader that is not printable, or that
/// of the counts if all are.
fn implausible_positions(raw: &[u8]) -> Range<usize> {
    let leader = &raw[..raw.len().min(LEADER_LENGTH)];
    let is_odd = |byte: &u8| !matches!(byte, 0x20..=0x7E);
    match (leader.iter().position(is_odd), leader.iter().rposition(is_odd)) {
        (Some(first), Some(last)) => first..last + 1,
        _ => COUNTS,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what().fmt(f)?;
        f.write_str(self.consequence())
    }
}

impl Fault {
    /// Returns the fault without its consequence, for a message.
    pub(crate) const fn what(self) -> What {
        What(self)
    }

    /// Returns the consequence, as the end of a message.
    pub(crate) const fn consequence(self) -> &'static str {
        match self.severity {
            Severity::Repaired => "; repaired",
            Severity::LostField if !matches!(self.kind, ErrorKind::ControlNumber) => {
                "; its content is lost"
            }
            _ => "",
        }
    }
}

/// A fault without its consequence.
pub(crate) struct What(Fault);

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(fault) = *self;
        match (fault.kind, fault.entry()) {
            (ErrorKind::RecordLength, _) => {
                f.write_str("the record length (leader/00-04) is not the record's length")
            }
            (ErrorKind::Leader, _) => f.write_str("the bytes are not a MARC leader"),
            (ErrorKind::BaseAddress, _) => {
                f.write_str("no directory ends before the base address of data (leader/12-16)")
            }
            (ErrorKind::Directory, Some(entry)) if fault.severity == Severity::LostField => {
                write!(f, "directory entry {entry} leads to no field that is certainly its own")
            }
            (ErrorKind::Directory, Some(entry)) => write!(
                f,
                "directory entry {entry} is malformed or points past the end of the record"
            ),
            (ErrorKind::Directory, None) => {
                f.write_str("the directory does not reach the end of the record")
            }
            (ErrorKind::FieldTerminator, Some(entry)) => write!(
                f,
                "the field of directory entry {entry} does not end in a field terminator (0x1E)"
            ),
            (ErrorKind::FieldTerminator, None) => {
                f.write_str("no field terminator (0x1E) stands before the record terminator")
            }
            (ErrorKind::RecordTerminator, _) => {
                f.write_str("no record terminator (0x1D) where the record should end")
            }
            (ErrorKind::Truncation, _) => f.write_str("the input ends inside the record"),
            (ErrorKind::OverLong, _) => {
                f.write_str("the record is longer than the limit on record length")
            }
            (ErrorKind::LeaderCounts, _) => {
                f.write_str("leader/10-11 is not 22, which was assumed")
            }
            (ErrorKind::EntryMap, _) => {
                f.write_str("the entry map (leader/20-23) is not 4500, which was assumed")
            }
            (ErrorKind::DirectoryLength, _) => {
                f.write_str("the directory's length is not a multiple of 12")
            }
            (ErrorKind::FieldPositions, _) => f.write_str(
                "the directory's lengths and starts do not lead to the fields, \
                 which were found by their terminators",
            ),
            (ErrorKind::UnlistedData, _) => {
                f.write_str("the record has data that no directory entry points to")
            }
            (ErrorKind::ControlNumber, _) => {
                f.write_str("no control number (001) is among the fields that were found")
            }
            (ErrorKind::Tag, _) => f.write_str("the tag is not three letters or digits"),
            (ErrorKind::StrayTerminator, _) => {
                f.write_str("a field terminator (0x1E) or record terminator (0x1D) inside a field")
            }
            (ErrorKind::Descriptor, _) => {
                f.write_str("a record descriptor word before the record, skipped")
            }
            (ErrorKind::Foreign, _) => f.write_str("the input is not a MARC record (ISO 2709)"),
            (ErrorKind::TooManyFaults, _) => f.write_str("more faults than this reader's limit"),
            (ErrorKind::StrayText, _) => {
                f.write_str("text between the indicators and the first subfield")
            }
            (ErrorKind::SubfieldCode, _) => {
                f.write_str("a subfield delimiter (0x1F) without a code after it")
            }
            (ErrorKind::NoSubfields, _) => f.write_str("a data field without subfields"),
            (ErrorKind::Indicator, _) => f.write_str("an indicator is not one ASCII character"),
            (ErrorKind::ControlCharacter, _) => {
                f.write_str("a control character that some formats cannot hold")
            }
            (ErrorKind::OddCode, _) => f.write_str("a subfield code that is not valid in MARCXML"),
            (ErrorKind::Syntax, _) => f.write_str("the text is not a record in this format"),
            (ErrorKind::Encoding, _) => f.write_str("undecodable bytes in this encoding"),
            (ErrorKind::Io, _) => f.write_str("reading failed"),
            (ErrorKind::Panic, _) => f.write_str("the parse of this record panicked"),
        }
    }
}

impl core::error::Error for Fault {}
