//! The checks that make bytes a record, and the decoding of the numbers they rest on.
//!
//! This is the hottest code of the crate: every record of every file passes through
//! [`index_fields`] or [`check_fields`]. Two things make it quick. The nine digits of an entry are
//! checked and decoded eight at a time in one 64-bit word, and the faults of all entries are
//! gathered in one flag that is looked at once, at the end: only then is the directory read again,
//! slowly, to say which entry it was.

use super::{
    DIRECTORY_ENTRY_LENGTH, DirectoryEntry, ErrorKind, FIELD_TERMINATOR, Fault, LEADER_LENGTH,
    Leader, MIN_BASE_ADDRESS, MIN_RECORD_LENGTH, RECORD_TERMINATOR, Tag,
    leader::leader_is_plausible,
};

/// Where a field stands in its record, as the directory says and the check confirmed.
///
/// Twelve bytes in three words, so that the index of a batch stays in the first-level cache and a
/// span is written in three stores.
#[derive(Debug, Clone, Copy, Default)]
pub struct FieldSpan {
    /// The first four bytes of the directory entry: the tag, and a digit of no interest.
    head: [u8; 4],
    /// First byte of the field, from the start of the record.
    pub start: u32,
    /// Length of the field in bytes, without its terminator.
    pub length: u32,
}

impl FieldSpan {
    /// A field of this tag and place.
    #[cfg(feature = "std")]
    pub(crate) const fn new(tag: Tag, start: u32, length: u32) -> Self {
        let [t0, t1, t2] = *tag.as_bytes();
        Self { head: [t0, t1, t2, 0], start, length }
    }

    /// The same field of a record that begins so many bytes before.
    #[cfg(feature = "std")]
    pub(crate) const fn shifted_by(mut self, bytes: usize) -> Self {
        self.start += bytes as u32;
        self
    }

    /// The field's tag.
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

/// Eight bytes of an entry in one load. Little-endian on purpose, on every machine: the first byte
/// is the lowest.
#[inline(always)]
fn word(entry: &[u8; DIRECTORY_ENTRY_LENGTH], at: usize) -> u64 {
    entry[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Has a high bit set, of some byte, unless all eight bytes are ASCII digits.
///
/// Of a digit the exclusive or leaves 0 to 9, and no other byte; what is 10 or more sets the high
/// bit when 0x76 is added, or has it set. A carry comes only out of a byte that is none.
#[inline(always)]
const fn not_digits(eight: u64) -> u64 {
    let values = eight ^ ZEROS;
    values.wrapping_add(0x7676_7676_7676_7676) | values
}

/// The two numbers of an entry: field length and starting position. Meaningless, but never a
/// panic, if a byte of them is no digit.
#[inline(always)]
fn numbers(entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> (u32, u32) {
    // Neighbours are joined to numbers of two digits, and those to numbers of four.
    let digits = word(entry, 3) & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let quads = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    (quads as u32, ((quads >> 32) as u32) * 10 + u32::from(entry[11] & 0x0F))
}

/// Has a high bit set unless all twelve bytes are digits: no entry, or one whose tag has letters.
#[inline(always)]
fn not_all_digits(entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> u64 {
    not_digits(word(entry, 0)) | not_digits(word(entry, 4))
}

/// Whether an entry of which some byte is no digit is one with letters in its tag.
#[cold]
fn has_letters(entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> bool {
    entry[..3].iter().all(u8::is_ascii_alphanumeric) && entry[3..].iter().all(u8::is_ascii_digit)
}

/// Whether an entry is three letters or digits and nine digits.
#[inline(always)]
fn is_well_formed(entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> bool {
    not_all_digits(entry) & HIGH_BITS == 0 || has_letters(entry)
}

/// One entry of the directory, if it is three letters or digits and nine digits.
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

/// Whether these 12 bytes can be a directory entry.
#[inline]
pub(crate) fn is_entry(entry: &[u8]) -> bool {
    entry.try_into().is_ok_and(is_well_formed)
}

/// What the entries of a directory speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The furthest byte, from the start of the record: the greatest of base + starting position +
    /// length, which in a sound record is the terminator's offset.
    pub(crate) end: usize,
    /// How many bytes the fields have together.
    pub(crate) sum: usize,
}

/// The extent of a directory; `None` at the first entry that is malformed.
pub(crate) fn directory_extent(record: &[u8], base: usize) -> Option<Extent> {
    let entries = record.get(LEADER_LENGTH..base.checked_sub(1)?)?;
    entries.chunks_exact(DIRECTORY_ENTRY_LENGTH).try_fold(
        Extent { end: base, sum: 0 },
        |Extent { end, sum }, entry| {
            let entry = decode_entry(entry.try_into().ok()?)?;
            let (start, length) = (entry.starting_position as usize, entry.field_length as usize);
            Some(Extent { end: end.max(base + start + length), sum: sum + length })
        },
    )
}

/// The base address of a record whose leader and terminators are in order.
///
/// # Errors
/// The first thing that is out of order.
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

/// What the entries of a directory amount to, gathered without a branch an entry.
struct Survey<'a> {
    record: &'a [u8],
    base: u32,
    /// High bits, where an entry is not all digits.
    odd: u64,
    /// Its top bit, where an entry has no length.
    empty: u32,
    /// Whether a field does not end in 0x1E, or not inside the record.
    unterminated: bool,
    /// Where the last of the fields ends.
    furthest: u32,
}

impl<'a> Survey<'a> {
    #[inline(always)]
    fn new(record: &'a [u8], base: usize) -> Self {
        // The record's own terminator is no part of a field.
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
        // A field of no byte has no terminator, and would find that of the field before it.
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

/// Says which entry it was, once some entry is known to be at fault.
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

/// Checks a record's leader and every entry of its directory: well-formed, inside the record, each
/// field ended by 0x1E, and the last of them by the end of the record.
///
/// # Errors
/// The first thing that is out of order.
pub(super) fn check_fields(record: &[u8]) -> Result<usize, Fault> {
    let base = check_frame(record)?;
    let mut survey = Survey::new(record, base);
    for entry in entries(record, base) {
        survey.add(entry);
    }
    survey.verdict(record, base)?;
    Ok(base)
}

/// What [`check_fields`] checks behind the leader, and appends a span a field to `index`, in the
/// order of the directory. Leader and terminators of the record have proved themselves: the framer
/// looked at them.
///
/// # Errors
/// The first entry that is out of order; `index` is then as it was.
#[cfg(feature = "std")]
#[inline]
pub(crate) fn index_fields(
    record: &[u8],
    index: &mut std::vec::Vec<FieldSpan>,
) -> Result<(), Fault> {
    let base = super::digits::number(&record[super::leader::BASE_ADDRESS])
        .filter(|base| (MIN_BASE_ADDRESS..record.len()).contains(base));
    let Some(base) = base else { return Err(Fault::new(ErrorKind::BaseAddress)) };
    let entries = entries(record, base);
    let before = index.len();
    let mut survey = Survey::new(record, base);
    // `extend` knows the length beforehand: one reservation a record, no check a field.
    index.extend(entries.iter().map(|entry| survey.add(entry)));
    let verdict = survey.verdict(record, base);
    if verdict.is_err() {
        index.truncate(before);
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `decode_entry` must agree with: one byte at a time, in the plainest words.
    fn naive(entry: &[u8; 12]) -> Option<DirectoryEntry> {
        let text = core::str::from_utf8(entry).ok()?;
        let digits = |part: &str| {
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten()
        };
        text[..3].bytes().all(|b| b.is_ascii_alphanumeric()).then_some(())?;
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
