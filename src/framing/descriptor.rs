//! Descriptor words, which mainframes (z/OS, formats V and VB) write before records and blocks.

use super::plausible::{Plausibility, leader_alone};
use crate::record::MIN_RECORD_LENGTH;

/// Length of a descriptor word in bytes.
const WORD: usize = 4;

/// The result of looking for descriptor words at the start of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// The length of the descriptor words, in bytes.
    Words(usize),
    None,
    /// Undecided; at least this many bytes are needed.
    NeedMore(usize),
}

/// Finds the descriptor words at the start of `bytes`, of which more may come: one for the record,
/// or one for the block and one for the record, if a leader follows.
///
/// A word is a length in two bytes, which includes the word's own four, and two zero bytes.
pub(super) fn words(bytes: &[u8]) -> Found {
    for words in [1, 2] {
        let at = WORD * (words - 1);
        match &bytes[at..] {
            [high, low, 0, 0, rest @ ..]
                if usize::from(u16::from_be_bytes([*high, *low])) >= WORD + MIN_RECORD_LENGTH =>
            {
                match leader_alone(rest) {
                    Plausibility::Yes => return Found::Words(at + WORD),
                    Plausibility::NeedMore(more) => return Found::NeedMore(at + WORD + more),
                    Plausibility::No if words == 1 && rest.len() < WORD => {
                        return Found::NeedMore(2 * WORD);
                    }
                    Plausibility::No => {}
                }
            }
            [] | [_] | [_, _] | [_, _, 0] => return Found::NeedMore(at + WORD),
            _ => return Found::None,
        }
    }
    Found::None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_by_the_leader_behind_them() {
        let record = b"00063nam a2200049   4500001";
        let with = |words: &[u8]| words.iter().chain(record).copied().collect::<std::vec::Vec<_>>();
        assert_eq!(words(&with(b"\0\x43\0\0")), Found::Words(4));
        assert_eq!(words(&with(b"\0\x47\0\0\0\x43\0\0")), Found::Words(8));
        assert_eq!(words(&with(b"\0\x43\0\x01")), Found::None);
        assert_eq!(words(&with(b"\0\x05\0\0")), Found::None);
        assert_eq!(words(record), Found::None);
        let junk = b"\0\x47\0\0\0\x43\0\0two words before what is no leader";
        assert_eq!(words(junk), Found::None);
        assert_eq!(words(b"\0\x43\0"), Found::NeedMore(4));
        assert_eq!(words(&with(b"\0\x43\0\0")[..20]), Found::NeedMore(28));
    }
}
