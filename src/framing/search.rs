//! The search for the next plausible leader and the next record terminator.
//!
//! P is searched for from its end. A directory holds no 0x1E, so a record with a plausible leader
//! has its base address right after a 0x1E, with nothing but entries before it. `memchr` finds the
//! 0x1E. From there the search walks back entry by entry, and checks at each step whether the 24
//! bytes in front are a leader that states exactly this base address. The walks from two different
//! 0x1E share no entry. One directory may hold thousands of leaders that share its end, made of its
//! entries; but the inside of the directory of a plausible leader is not searched, so each
//! directory is walked once or twice, and the search as a whole is linear in its input.
//!
//! The results are remembered as offsets of the whole input. A bad span is often searched again
//! from a later start, because it ends early or because more bytes arrive; the memory keeps this
//! linear too.

use super::plausible::{Length, Plausibility, plausible_leader, stated_base};
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, RECORD_TERMINATOR, is_entry,
};
use core::ops::Range;
use memchr::memchr;

/// The memory of a search that moves forward through one input.
#[derive(Debug, Clone, Default)]
pub(super) struct Search {
    /// The rule for the leaders that are searched for.
    rule: Length,
    /// The latest plausible leader found, and the 0x1E that ends its directory, as offsets of the
    /// input.
    leader: Option<(u64, u64)>,
    /// The offset of the last search, and the 0x1E that ends the directory of the plausible leader
    /// there, if there is one.
    own: Option<(u64, Option<u64>)>,
    /// The offset before which the last search found nothing, because it passed over the directory
    /// of the leader at its start.
    passed_to: u64,
    /// The offset before which every 0x1E was checked for leaders in front of it.
    leaders_seen_to: u64,
    /// The latest record terminator found.
    terminator: Option<u64>,
    /// The offset before which no record terminator follows `terminator` (or the start).
    terminators_seen_to: u64,
}

impl Search {
    pub(super) fn new(rule: Length) -> Self {
        Self { rule, ..Self::default() }
    }

    /// Returns the first plausible leader after the first of `bytes`, which begin at `offset` of
    /// the input, with its whole directory in `bytes`. If a plausible leader stands at `offset`
    /// itself, it returns the first one after its directory. The offsets of successive calls must
    /// not decrease.
    pub(super) fn leader(&mut self, bytes: &[u8], offset: u64) -> Option<usize> {
        let behind = self.own_directory_end(bytes, offset).map_or(offset, |end| end + 1);
        if self.passed_to > behind {
            // This search begins in the directory that the last one passed over.
            self.leader = None;
            self.leaders_seen_to = offset;
        }
        self.passed_to = behind;
        let is_later = |&(found, _): &(u64, u64)| found > offset && found >= behind;
        if let Some((found, directory_end)) = self.leader.filter(is_later) {
            let inside = directory_end - offset < bytes.len() as u64;
            return inside.then_some((found - offset) as usize);
        }
        let least = (behind - offset).max(1) as usize;
        let mut from = self.leaders_seen_to.saturating_sub(offset).max(least as u64) as usize;
        while let Some(at) = bytes.get(from..).and_then(|rest| memchr(FIELD_TERMINATOR, rest)) {
            let terminator = from + at;
            if let Some(found) = leader_before(bytes, least..terminator, self.rule) {
                self.leader = Some((offset + found as u64, offset + terminator as u64));
                // The 0x1E itself is not passed: a second leader may share it, in a search from a
                // later offset.
                self.leaders_seen_to = offset + terminator as u64;
                return Some(found);
            }
            from = terminator + 1;
        }
        self.leaders_seen_to = self.leaders_seen_to.max(offset + bytes.len() as u64);
        None
    }

    /// Returns the end of the directory of the plausible leader at `offset`, if there is one.
    fn own_directory_end(&mut self, bytes: &[u8], offset: u64) -> Option<u64> {
        if let Some((_, end)) = self.own.filter(|&(asked, _)| asked == offset) {
            return end;
        }
        let end = match plausible_leader(bytes, self.rule) {
            Plausibility::Yes => bytes
                .first_chunk()
                .and_then(|leader| stated_base(leader, self.rule))
                .map(|base| offset + base as u64 - 1),
            Plausibility::No => None,
            Plausibility::NeedMore(_) => return None,
        };
        self.own = Some((offset, end));
        end
    }

    /// Returns the first record terminator in `bytes`, which begin at `offset` of the input.
    pub(super) fn terminator(&mut self, bytes: &[u8], offset: u64) -> Option<usize> {
        if let Some(found) = self.terminator.filter(|&found| found >= offset) {
            return (found - offset < bytes.len() as u64).then_some((found - offset) as usize);
        }
        let from = self.terminators_seen_to.saturating_sub(offset) as usize;
        let found =
            from + memchr(RECORD_TERMINATOR, bytes.get(from..)?).unwrap_or(bytes.len() - from);
        self.terminators_seen_to = offset + found as u64;
        (found < bytes.len()).then(|| {
            self.terminator = Some(offset + found as u64);
            found
        })
    }
}

/// Returns true if the field terminator there ends the directory of a plausible leader that does
/// not stand at the very start of `bytes`.
pub(super) fn ends_plausible_leader(bytes: &[u8], terminator: usize) -> bool {
    leader_before(bytes, 1..terminator, Length::Stated).is_some()
}

/// Returns the earliest plausible leader that begins in `range` and whose directory ends in the
/// field terminator there.
fn leader_before(bytes: &[u8], range: Range<usize>, rule: Length) -> Option<usize> {
    let terminator = range.end;
    let mut found = None;
    let mut directory = terminator;
    while let Some(entry) = directory.checked_sub(DIRECTORY_ENTRY_LENGTH)
        && is_entry(&bytes[entry..directory])
    {
        directory = entry;
        let Some(start) = directory.checked_sub(LEADER_LENGTH).filter(|at| range.contains(at))
        else {
            break;
        };
        if let Some(leader) = bytes[start..].first_chunk()
            && stated_base(leader, rule) == Some(terminator + 1 - start)
        {
            found = Some(start);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::plausible::{Plausibility, plausible_leader};
    use super::*;
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    fn naive(bytes: &[u8], rule: Length) -> Option<usize> {
        let stands = |at: usize| plausible_leader(&bytes[at..], rule) == Plausibility::Yes;
        let own = bytes.iter().position(|&byte| byte == 0x1E).filter(|_| stands(0));
        (1..bytes.len()).filter(|&at| own.is_none_or(|end| at > end)).find(|&at| stands(at))
    }

    fn rule() -> impl Strategy<Value = Length> {
        prop_oneof![Just(Length::Stated), Just(Length::Any)]
    }

    /// Generates bytes in which leaders, near-leaders and terminators are frequent.
    fn soup() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"00080nam a2200049   4500".to_vec()),
            Just(b"00080nam a2200037   4500".to_vec()),
            Just(b"00080nam a2200037 \x1e\x1d4500".to_vec()),
            Just(b"abcdenam a2200037   4500".to_vec()),
            Just(b"000800000022000370004500".to_vec()),
            Just(b"000800000022000490004500".to_vec()),
            Just(b"000800000022000610004500".to_vec()),
            Just(b"245001000000".to_vec()),
            Just(b"0".to_vec()),
            Just(b"\x1e".to_vec()),
            Just(b"\x1d".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..4),
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    /// Found by fuzzing: the second leader begins in the directory of the first and has one of its
    /// own after it.
    #[test]
    fn no_leader_begins_in_the_directory_of_another() {
        let bytes = b"45000010000400049   4500001000600000245000700006\x1e00049   4500001000600000245000700000\x1e";
        assert_eq!(plausible_leader(bytes, Length::Stated), Plausibility::Yes);
        assert_eq!(plausible_leader(&bytes[37..], Length::Stated), Plausibility::Yes);
        assert_eq!(Search::new(Length::Stated).leader(bytes, 0), None);
    }

    /// Found by `a_search_in_pieces_finds_the_same`: the second leader is made of entries in the
    /// directory of the first.
    #[test]
    fn a_search_from_inside_a_directory_finds_its_leaders() {
        let bytes = b"000800000022000610004500000800000022000370004500245001000000\x1e";
        let mut search = Search::new(Length::Stated);
        assert_eq!(search.leader(bytes, 0), None);
        assert_eq!(naive(&bytes[1..], Length::Stated), Some(23));
        assert_eq!(search.leader(&bytes[1..], 1), Some(23));
    }

    proptest! {
        #[test]
        fn the_walk_back_finds_what_trying_every_offset_finds(bytes in soup(), rule in rule()) {
            prop_assert_eq!(Search::new(rule).leader(&bytes, 0), naive(&bytes, rule));
        }

        #[test]
        fn a_search_in_pieces_finds_the_same(
            bytes in soup(), rule in rule(), steps in proptest::collection::vec(1usize..40, 0..40),
        ) {
            let mut search = Search::new(rule);
            let (mut start, mut end) = (0, 0);
            for step in steps {
                end = (end + step).min(bytes.len());
                let window = &bytes[start..end];
                prop_assert_eq!(search.leader(window, start as u64), naive(window, rule));
                prop_assert_eq!(search.terminator(window, start as u64), window.iter().position(|&b| b == 0x1D));
                start = (start + step / 3).min(end);
            }
        }
    }
}
