//! The first 24 bytes of a record.

use super::{
    LEADER_LENGTH,
    digits::{is_printable, number},
};
use core::ops::Range;

/// Leader/00-04: length of the whole record in bytes, five digits.
pub(super) const RECORD_LENGTH: Range<usize> = 0..5;
/// Leader/12-16: base address of data, five digits.
pub(super) const BASE_ADDRESS: Range<usize> = 12..17;

/// Leader/10-11: number of indicators, and length of a subfield delimiter with its code.
pub(super) const COUNTS: Range<usize> = 10..12;
/// Leader/20-23: the lengths of the parts of a directory entry.
pub(super) const ENTRY_MAP: Range<usize> = 20..24;

/// A view of a record's leader
/// ([MARC 21 leader](https://www.loc.gov/marc/bibliographic/bdleader.html)).
///
/// Each accessor returns the byte at its position; none of them checks that the byte is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leader<'a>(&'a [u8; LEADER_LENGTH]);

macro_rules! positions {
    ($($(#[$doc:meta])* $name:ident = $at:literal;)*) => {
        $($(#[$doc])* #[must_use] pub const fn $name(self) -> u8 { self.0[$at] })*
    };
}

impl<'a> Leader<'a> {
    /// Returns the 24 bytes with these digits as leader/00-04 and 12-16.
    pub(crate) fn with_lengths(
        self,
        record_length: [u8; 5],
        base_address: [u8; 5],
    ) -> [u8; LEADER_LENGTH] {
        let mut leader = *self.0;
        leader[RECORD_LENGTH].copy_from_slice(&record_length);
        leader[BASE_ADDRESS].copy_from_slice(&base_address);
        leader
    }

    /// Returns the leader of a record that is laid out anew, and true if it did not describe it:
    /// leader/10-11 is `22`, and 20-22 is `450`. Position 23 is `0`, or blank as in UNIMARC, where
    /// it is undefined.
    pub(crate) fn with_layout(self) -> ([u8; LEADER_LENGTH], bool) {
        let mut leader = *self.0;
        leader[COUNTS].copy_from_slice(b"22");
        if !matches!(&leader[ENTRY_MAP], b"450 ") {
            leader[ENTRY_MAP].copy_from_slice(b"4500");
        }
        (leader, leader != *self.0)
    }

    /// Returns the leader of a damaged record in a form that a reader accepts: bytes that are
    /// invalid in a leader become blanks, and counts that were assumed are stated.
    pub(crate) fn mended(self) -> [u8; LEADER_LENGTH] {
        let mut leader = self.0.map(|byte| if is_printable(byte) { byte } else { b' ' });
        let is_readable =
            |range: Range<usize>| self.0[range].iter().all(|&byte| is_printable(byte));
        let is_known =
            leader_is_plausible(&leader) && is_readable(COUNTS) && is_readable(ENTRY_MAP);
        if !is_known {
            leader[COUNTS].copy_from_slice(b"22");
            leader[ENTRY_MAP].copy_from_slice(b"4500");
        }
        leader
    }

    /// Creates a view of these 24 bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8; LEADER_LENGTH]) -> Self {
        Self(bytes)
    }

    /// Returns the 24 bytes.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8; LEADER_LENGTH] {
        self.0
    }

    /// Returns leader/00-04, the length of the record in bytes, or `None` if it is not a number.
    #[must_use]
    pub fn record_length(self) -> Option<usize> {
        number(&self.0[RECORD_LENGTH])
    }

    /// Returns leader/12-16, the offset at which the fields begin, in bytes from the start of the
    /// record, or `None` if it is not a number.
    #[must_use]
    pub fn base_address(self) -> Option<usize> {
        number(&self.0[BASE_ADDRESS])
    }

    positions! {
        /// Leader/05: record status (`n` new, `c` corrected, `d` deleted …).
        record_status = 5;
        /// Leader/06: type of record (`a` language material, `e` map, `j` music …).
        type_of_record = 6;
        /// Leader/07: bibliographic level (`m` monograph, `s` serial …).
        bibliographic_level = 7;
        /// Leader/08: type of control (`a` archival).
        type_of_control = 8;
        /// Leader/09: character coding scheme: `a` is UTF-8, blank is MARC-8.
        coding_scheme = 9;
        /// Leader/10: number of indicators, `2` in MARC.
        indicator_count = 10;
        /// Leader/11: length of a subfield delimiter with its code, `2` in MARC.
        subfield_code_length = 11;
        /// Leader/17: encoding level.
        encoding_level = 17;
        /// Leader/18: descriptive cataloging form.
        cataloging_form = 18;
        /// Leader/19: multipart resource record level.
        multipart_level = 19;
    }

    /// Returns leader/20-23: the entry map, `4500` in MARC.
    #[must_use]
    pub fn entry_map(self) -> [u8; 4] {
        [self.0[20], self.0[21], self.0[22], self.0[23]]
    }

    /// Returns true if leader/09 says that the record is in UTF-8.
    #[must_use]
    pub const fn is_utf8(self) -> bool {
        self.coding_scheme() == b'a'
    }
}

/// A record length of more than five digits. Programs write such a length if they do not check that
/// the number fits. Everything after it is shifted by the number of extra digits; the length itself
/// and the base address were counted without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LongLength {
    /// Number of extra digits.
    pub(crate) excess: usize,
    /// Length of the record in bytes, including the extra digits.
    pub(crate) length: usize,
}

/// Returns the record length at the front, if it has six to nine digits.
pub(crate) fn long_length(bytes: &[u8]) -> Option<LongLength> {
    let digits = bytes.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    if !(6..10).contains(&digits) || bytes[0] == b'0' {
        return None;
    }
    let excess = digits - RECORD_LENGTH.end;
    Some(LongLength { excess, length: number(&bytes[..digits])? + excess })
}

/// Returns the offset of the leader's 24 bytes in a record: 0, or the offset after the extra
/// digits.
///
/// A sound record states its length in the first five digits, so with extra digits it would state
/// another length.
pub(crate) fn leader_start(record: &[u8]) -> usize {
    long_length(record).filter(|long| long.length == record.len()).map_or(0, |long| long.excess)
}

/// A leader of 24 characters that takes more than 24 bytes: programs put U+FFFD, or another
/// character outside ASCII, into the place of a byte that they could not decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WideLeader {
    /// The leader, with 0xFF for every character outside ASCII.
    pub(crate) bytes: [u8; LEADER_LENGTH],
    /// Number of bytes by which it is longer than 24.
    pub(crate) excess: usize,
}

/// Returns the leader at the start of a record if it is UTF-8 of more than 24 bytes.
pub(crate) fn wide_leader(record: &[u8]) -> Option<WideLeader> {
    if record.first_chunk::<LEADER_LENGTH>()?.is_ascii() {
        return None;
    }
    let head = &record[..record.len().min(4 * LEADER_LENGTH)];
    let text = match core::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => core::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
    };
    let mut bytes = [0; LEADER_LENGTH];
    let mut characters = text.chars();
    for byte in &mut bytes {
        *byte = characters.next().map(|character| u8::try_from(character).unwrap_or(0xFF))?;
        *byte = if byte.is_ascii() { *byte } else { 0xFF };
    }
    let length = text.len() - characters.as_str().len();
    Some(WideLeader { bytes, excess: length - LEADER_LENGTH })
}

/// Returns true if the bytes of a leader are plausible, except its two lengths: 05-09 and 17-19
/// printable ASCII, and 10-11 = `22` or 20-21 = `45`.
#[inline]
pub(crate) fn leader_is_plausible(leader: &[u8; LEADER_LENGTH]) -> bool {
    (leader[10..12] == *b"22" || leader[20..22] == *b"45") && leader_is_printable(leader)
}

/// Returns true if the codes of a leader are plausible: 05-09 and 17-19 are printable ASCII.
#[inline]
pub(crate) fn leader_is_printable(leader: &[u8; LEADER_LENGTH]) -> bool {
    leader[5..10].iter().chain(&leader[17..20]).all(|&byte| is_printable(byte))
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::{Leader, LongLength, long_length};

    #[test]
    fn a_length_is_long_with_six_digits_to_nine() {
        let long = |excess, length| Some(LongLength { excess, length });
        assert_eq!(long_length(b"110077    a22"), long(1, 110_078));
        assert_eq!(long_length(b"1100770    a22"), long(2, 1_100_772));
        assert_eq!(long_length(b"999999999nam"), long(4, 1_000_000_003));
        for none in
            [&b"99999nam a22"[..], b"9999999999nam", b"099999nam a22", b"1", b"", b" 110077 "]
        {
            assert_eq!(long_length(none), None);
        }
    }

    #[test]
    fn a_leader_describes_the_record_that_is_laid_out() {
        for (stated, laid_out) in [
            (b"00060nam a2200049   4500", b"00060nam a2200049   4500"),
            (b"00060nam a2200049   450 ", b"00060nam a2200049   450 "),
            (b"00060nam a4400049   5500", b"00060nam a2200049   4500"),
            (b"00060nam a  00049   4511", b"00060nam a2200049   4500"),
            (b"                        ", b"          22        4500"),
        ] {
            let found = Leader::new(stated).with_layout();
            assert_eq!(found, (*laid_out, stated != laid_out), "{}", stated.escape_ascii());
        }
    }

    #[test]
    fn a_leader_is_mended_where_no_reader_would_take_it_and_nowhere_else() {
        for (damaged, mended) in [
            (b"00060nam a2200049   4500", b"00060nam a2200049   4500"),
            (b"abcdenam a2200049   450 ", b"abcdenam a2200049   450 "),
            (b"00060na\x02 a2200049 \xE9 4500", b"00060na  a2200049   4500"),
            (b"00060nam a  00049   00  ", b"00060nam a2200049   4500"),
            (b"00060nam a2200049   45\0\0", b"00060nam a2200049   4500"),
        ] {
            assert_eq!(Leader::new(damaged).mended(), *mended, "{}", damaged.escape_ascii());
        }
    }
}
