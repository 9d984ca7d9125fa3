//! The checks that accept bytes as a record, and the decoding of the numbers that they use.
//!
//! This is the hottest code of the crate: every record of every file passes through
//! [`index_fields`] or [`check_fields`]. Two things make it fast. The nine digits of an entry are
//! checked and decoded eight at a time in one 64-bit word. The faults of all entries are gathered
//! in one flag that is checked once, at the end: only then is the directory read again, slowly, to
//! find the entry at fault.

#[cfg(feature = "std")]
mod index;

#[cfg(feature = "std")]
pub(crate) use index::{directory_end, index_fields};

use super::{
    DIRECTORY_ENTRY_LENGTH, DirectoryEntry, ErrorKind, FIELD_TERMINATOR, Fault, LEADER_LENGTH,
    Leader, MIN_BASE_ADDRESS, MIN_RECORD_LENGTH, RECORD_TERMINATOR, Tag, digits::is_printable,
    leader::leader_is_plausible,
};

/// The place of a field in its record, as the directory states it and the check confirmed it.
///
/// It has twelve bytes in three words, so that the index of a batch stays in the first-level cache
/// and a span is written with three stores.
#[derive(Debug, Clone, Copy, Default)]
pub struct FieldSpan {
    /// The first four bytes of the directory entry: the tag, and a digit that is not used.
    head: [u8; 4],
    /// Offset of the first byte of the field, from the start of the record.
    pub start: u32,
    /// Length of the field in bytes, without its terminator.
    pub length: u32,
}

impl FieldSpan {
    /// Creates a span with this tag and place.
    pub(crate) const fn new(tag: Tag, start: u32, length: u32) -> Self {
        let [t0, t1, t2] = *tag.as_bytes();
        Self { head: [t0, t1, t2, 0], start, length }
    }

    /// Returns the same field of a record that begins this many bytes earlier.
    pub(crate) const fn shifted_by(mut self, bytes: usize) -> Self {
        self.start += bytes as u32;
        self
    }

    /// Returns the field's tag.
    #[must_use]
    #[inline]
    pub const fn tag(&self) -> Tag {
        let [t0, t1, t2, _] = self.head;
        Tag::new([t0, t1, t2])
    }
}

static_assertions::assert_eq_size!(FieldSpan, [u8; 12]);

const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Returns eight bytes of an entry in one load. The order is little-endian on every machine, so
/// that the first byte is the lowest.
#[inline(always)]
fn word(entry: &[u8; DIRECTORY_ENTRY_LENGTH], at: usize) -> u64 {
    entry[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Returns a word with the high bit of some byte set, unless all eight bytes are ASCII digits.
///
/// The exclusive or turns a digit, and no other byte, into 0 to 9. Adding 0x76 sets the high bit of
/// a value of 10 or more, unless it is already set. A carry comes only out of a byte that is not a
/// digit.
#[inline(always)]
const fn not_digits(eight: u64) -> u64 {
    let values = eight ^ ZEROS;
    values.wrapping_add(0x7676_7676_7676_7676) | values
}

/// Returns the two numbers of an entry: field length and starting position. If one of their bytes
/// is not a digit, the numbers have no meaning, but nothing panics.
#[inline(always)]
fn numbers(entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> (u32, u32) {
    // Neighbouring digits are joined to numbers of two digits, and those to numbers of four.
    let digits = word(entry, 3) & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let quads = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    (quads as u32, ((quads >> 32) as u32) * 10 + u32::from(entry[11] & 0x0F))
}

/// Returns a word with a high bit set unless all twelve bytes are digits: then they are not an
/// entry, or one whose tag has other characters.
#[inline(always)]
fn not_all_digits(entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> u64 {
    not_digits(word(entry, 0)) | not_digits(word(entry, 4))
}

/// Returns true if an entry with a byte that is not a digit has that byte in its tag, where it is
/// printable ASCII: a letter, or a character of an [odd](Tag::is_odd) tag.
#[cold]
fn has_other_tag(entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> bool {
    entry[..3].iter().all(|&byte| is_printable(byte)) && entry[3..].iter().all(u8::is_ascii_digit)
}

/// Returns true if an entry is three printable characters and nine digits.
#[inline(always)]
fn is_well_formed(entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> bool {
    not_all_digits(entry) & HIGH_BITS == 0 || has_other_tag(entry)
}

/// Returns one entry of the directory, if it is three printable characters and nine digits.
#[inline]
pub(crate) fn decode_entry(entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> Option<DirectoryEntry> {
    is_well_formed(entry).then(|| {
        let (field_length, starting_position) = numbers(entry);
        DirectoryEntry {
            tag: Tag::new([entry[0], entry[1], entry[2]]),
            field_length,
            starting_position,
        }
    })
}

/// Returns true if these 12 bytes can be a directory entry.
#[inline]
pub(crate) fn is_entry(entry: &[u8]) -> bool {
    entry.try_into().is_ok_and(is_well_formed)
}

/// The bytes that the entries of a directory cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirectoryReach {
    /// Offset of the furthest byte, from the start of the record: the greatest sum of base,
    /// starting position and length. In a sound record it is the offset of the terminator.
    pub(crate) end: usize,
    /// Sum of the lengths of the fields, in bytes.
    pub(crate) sum: usize,
}

/// Returns the extent of a directory, or `None` if an entry is malformed.
pub(crate) fn directory_reach(record: &[u8], base: usize) -> Option<DirectoryReach> {
    let entries = record.get(LEADER_LENGTH..base.checked_sub(1)?)?;
    entries.chunks_exact(DIRECTORY_ENTRY_LENGTH).try_fold(
        DirectoryReach { end: base, sum: 0 },
        |DirectoryReach { end, sum }, entry| {
            let entry = decode_entry(entry.try_into().ok()?)?;
            let (start, length) = (entry.starting_position as usize, entry.field_length as usize);
            Some(DirectoryReach { end: end.max(base + start + length), sum: sum + length })
        },
    )
}

/// Returns the base address of a record whose leader and terminators are in order.
///
/// # Errors
/// Returns the first fault.
#[inline]
pub(super) fn check_frame(record: &[u8]) -> Result<usize, Fault> {
    let fault = |kind| Err(Fault::new(kind));
    let Some(leader) = record.first_chunk::<LEADER_LENGTH>() else {
        return fault(ErrorKind::Truncation);
    };
    let view = Leader::new(leader);
    let Some(length) = view.record_length() else { return fault(ErrorKind::RecordLength) };
    if length < MIN_RECORD_LENGTH {
        return fault(ErrorKind::RecordLength);
    }
    if !leader_is_plausible(leader) {
        return fault(ErrorKind::Leader);
    }
    let Some(base) = view.base_address() else { return fault(ErrorKind::BaseAddress) };
    if base < MIN_BASE_ADDRESS
        || !(base - MIN_BASE_ADDRESS).is_multiple_of(DIRECTORY_ENTRY_LENGTH)
        || base >= length
        || record.get(base - 1) != Some(&FIELD_TERMINATOR)
    {
        return fault(ErrorKind::BaseAddress);
    }
    if length != record.len() {
        return fault(if length > record.len() {
            ErrorKind::Truncation
        } else {
            ErrorKind::RecordLength
        });
    }
    if record[length - 1] != RECORD_TERMINATOR {
        return fault(ErrorKind::RecordTerminator);
    }
    if record[length - 2] != FIELD_TERMINATOR {
        return fault(ErrorKind::FieldTerminator);
    }
    Ok(base)
}

/// The summary of a directory's entries, gathered without a branch for each entry.
struct Survey<'a> {
    record: &'a [u8],
    base: u32,
    /// High bits, set if an entry is not all digits.
    odd: u64,
    /// A word whose top bit is set if an entry has the length 0.
    empty: u32,
    /// True if a field does not end in 0x1E inside the record.
    unterminated: bool,
    /// Offset at which the last of the fields ends.
    furthest: u32,
}

impl<'a> Survey<'a> {
    #[inline(always)]
    fn new(record: &'a [u8], base: usize) -> Self {
        // The record's own terminator is not part of a field.
        let record = &record[..record.len() - 1];
        let base = base as u32;
        Self { record, base, odd: 0, empty: 0, unterminated: false, furthest: base }
    }

    #[inline(always)]
    fn add(&mut self, entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> FieldSpan {
        let (field_length, starting_position) = numbers(entry);
        self.odd |= not_all_digits(entry);
        let start = self.base + starting_position;
        let end = start + field_length;
        // A field of zero bytes has no terminator, and would find that of the field before it.
        let length = field_length.wrapping_sub(1);
        self.empty |= length;
        // `end` is at least the base address, which is not 0.
        self.unterminated |= self.record.get(end as usize - 1) != Some(&FIELD_TERMINATOR);
        self.furthest = self.furthest.max(end);
        FieldSpan { head: entry.first_chunk().copied().unwrap_or_default(), start, length }
    }

    #[inline(always)]
    fn verdict(&self, record: &[u8], base: usize) -> Result<(), Fault> {
        let places_are_sound = (self.empty >> 31 == 0)
            & !self.unterminated
            & (self.furthest as usize == record.len() - 1);
        if places_are_sound & (self.odd & HIGH_BITS == 0) {
            return Ok(());
        }
        let entries = entries(record, base);
        if places_are_sound && entries.iter().all(is_well_formed) {
            Ok(())
        } else {
            Err(blame(record, base))
        }
    }
}

fn entries(record: &[u8], base: usize) -> &[[u8; DIRECTORY_ENTRY_LENGTH]] {
    record[LEADER_LENGTH..base - 1].as_chunks().0
}

/// Finds the entry at fault, after some entry is known to be at fault.
#[cold]
fn blame(record: &[u8], base: usize) -> Fault {
    for (ordinal, entry) in (1..).zip(entries(record, base)) {
        let (length, start) = numbers(entry);
        let end = base + start as usize + length as usize;
        if !is_well_formed(entry) || end >= record.len() {
            return Fault::in_entry(ErrorKind::Directory, ordinal);
        }
        if length == 0 || record[end - 1] != FIELD_TERMINATOR {
            return Fault::in_entry(ErrorKind::FieldTerminator, ordinal);
        }
    }
    Fault::new(ErrorKind::Directory)
}

/// Checks a record's leader and every entry of its directory: each must be well-formed, lie inside
/// the record and end in 0x1E, and the last field must reach the end of the record.
///
/// # Errors
/// Returns the first fault.
pub(super) fn check_fields(record: &[u8]) -> Result<usize, Fault> {
    let base = check_frame(record)?;
    let mut survey = Survey::new(record, base);
    for entry in entries(record, base) {
        survey.add(entry);
    }
    survey.verdict(record, base)?;
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference for `decode_entry`: one byte at a time, as plainly as possible.
    fn naive(entry: &[u8; 12]) -> Option<DirectoryEntry> {
        let text = core::str::from_utf8(entry).ok()?;
        let digits = |part: &str| {
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten()
        };
        text[..3].bytes().all(|b| (b' '..=b'~').contains(&b)).then_some(())?;
        Some(DirectoryEntry {
            tag: Tag::new([entry[0], entry[1], entry[2]]),
            field_length: digits(&text[3..7])?,
            starting_position: digits(&text[7..12])?,
        })
    }

    #[test]
    fn an_entry_with_any_byte_at_any_place_is_decoded_as_by_the_naive_way() {
        for at in 0..12 {
            for byte in 0..=255u8 {
                for template in [b"245003500207", b"000000000000", b"999999999999", b"aZ0987612345"]
                {
                    let mut entry = *template;
                    entry[at] = byte;
                    let expected = if entry.is_ascii() { naive(&entry) } else { None };
                    assert_eq!(decode_entry(&entry), expected, "{}", entry.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn every_number_of_four_and_five_digits_is_decoded() {
        for n in 0..100_000u32 {
            let text = std::format!("245{:04}{n:05}", n % 10_000);
            let entry = decode_entry(text.as_bytes().try_into().unwrap()).unwrap();
            assert_eq!((entry.field_length, entry.starting_position), (n % 10_000, n));
        }
    }
}
