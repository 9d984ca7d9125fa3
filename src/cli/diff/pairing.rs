//! Pairs of records with the same key.

use super::side::{Entry, Side};
use std::mem;

/// A record of the first file that differs from its partner, or has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) struct Differing {
    /// Index of the record in the first file.
    pub(super) before: u64,
    /// Index of its partner in the second file; `None` for a removed record.
    pub(super) after: Option<u64>,
}

/// The records that differ.
#[derive(Debug, Default)]
pub(in crate::cli) struct Paired {
    /// Changed and removed records, in the order of the first file.
    pub(super) changed: Vec<Differing>,
    /// Index of each added record, in the order of the second file.
    pub(super) added: Vec<u64>,
    pub(in crate::cli) sums: Sums,
}

/// The counts of a comparison.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Sums {
    /// Number of records of the two files.
    pub(in crate::cli) records: [u64; 2],
    pub(in crate::cli) equal: u64,
    pub(in crate::cli) changed: u64,
    pub(in crate::cli) removed: u64,
    pub(in crate::cli) added: u64,
    /// Number of pairs that stand in another order.
    pub(in crate::cli) moved: u64,
    /// Number of records of each file with the key of an earlier record.
    pub(in crate::cli) duplicates: [u64; 2],
    /// Number of records of each file without a key.
    pub(in crate::cli) keyless: [u64; 2],
}

impl Sums {
    /// Returns true if the files differ in more than the order of their records.
    pub(in crate::cli) const fn has_differences(&self) -> bool {
        self.changed + self.removed + self.added > 0
    }
}

/// Pairs the records of two files. Records with the same key and the same content are pairs first,
/// and the others with the same key in their order. Records without a key are pairs if they are
/// equal.
pub(in crate::cli) fn pair(one: &mut Side, other: &mut Side) -> Paired {
    let sums = Sums {
        records: [one.records(), other.records()],
        keyless: [one.keyless.len() as u64, other.keyless.len() as u64],
        ..Sums::default()
    };
    let mut work = Work { paired: Paired { sums, ..Paired::default() }, ..Work::default() };
    let (first, second) = (mem::take(&mut one.keyed), mem::take(&mut other.keyed));
    work.paired.sums.duplicates = work.join(first, second);
    let (first, second) = (mem::take(&mut one.keyless), mem::take(&mut other.keyless));
    work.join(first, second);
    work.finish()
}

/// The pairing while it is done.
#[derive(Default)]
struct Work {
    paired: Paired,
    /// The indices of all pairs in the two files.
    pairs: Vec<(u64, u64)>,
}

impl Work {
    /// Pairs the records of two lists. Returns the number of records in each whose key an earlier
    /// one has.
    fn join(&mut self, mut one: Vec<Entry>, mut other: Vec<Entry>) -> [u64; 2] {
        one.sort_unstable();
        other.sort_unstable();
        let mut duplicates = [0; 2];
        let (mut one, mut other) = (&mut one[..], &mut other[..]);
        while let Some(hash) =
            [one.first(), other.first()].into_iter().flatten().map(|entry| entry.hash()).min()
        {
            let (first, second);
            (first, one) = split_group(one, hash);
            (second, other) = split_group(other, hash);
            duplicates[0] += first.len().saturating_sub(1) as u64;
            duplicates[1] += second.len().saturating_sub(1) as u64;
            self.pair_group(first, second);
        }
        duplicates
    }

    /// Pairs the records with one key, which are in the order of their files.
    fn pair_group(&mut self, one: &mut [Entry], other: &mut [Entry]) {
        if let ([one], [other]) = (&*one, &*other) {
            return self.add_pair(*one, *other);
        }
        let by_content = |entry: &Entry| (entry.content, entry.index());
        one.sort_unstable_by_key(by_content);
        other.sort_unstable_by_key(by_content);
        let (mut rest, mut rest_of_other) = (Vec::new(), Vec::new());
        let (mut at, mut at_other) = (0, 0);
        while let (Some(first), Some(second)) = (one.get(at), other.get(at_other)) {
            match first.content.cmp(&second.content) {
                std::cmp::Ordering::Equal => {
                    self.add_pair(*first, *second);
                    (at, at_other) = (at + 1, at_other + 1);
                }
                std::cmp::Ordering::Less => {
                    rest.push(*first);
                    at += 1;
                }
                std::cmp::Ordering::Greater => {
                    rest_of_other.push(*second);
                    at_other += 1;
                }
            }
        }
        rest.extend_from_slice(&one[at..]);
        rest_of_other.extend_from_slice(&other[at_other..]);
        rest.sort_unstable();
        rest_of_other.sort_unstable();
        let pairs = rest.len().min(rest_of_other.len());
        for (first, second) in rest.iter().zip(&rest_of_other) {
            self.add_pair(*first, *second);
        }
        let removed = rest.iter().skip(pairs);
        self.paired
            .changed
            .extend(removed.map(|entry| Differing { before: entry.index(), after: None }));
        self.paired.added.extend(rest_of_other.iter().skip(pairs).map(|entry| entry.index()));
    }

    fn add_pair(&mut self, one: Entry, other: Entry) {
        self.pairs.push((one.index(), other.index()));
        if one.content != other.content {
            let after = Some(other.index());
            self.paired.changed.push(Differing { before: one.index(), after });
        }
    }

    /// Counts the pairs, and puts the differing records in order.
    fn finish(self) -> Paired {
        let Self { mut paired, mut pairs } = self;
        pairs.sort_unstable();
        paired.changed.sort_unstable();
        paired.added.sort_unstable();
        let changed = paired.changed.iter().filter(|record| record.after.is_some()).count() as u64;
        let count = pairs.len() as u64;
        paired.sums.equal = count - changed;
        paired.sums.changed = changed;
        paired.sums.removed = paired.changed.len() as u64 - changed;
        paired.sums.added = paired.added.len() as u64;
        paired.sums.moved = count - in_order(pairs.into_iter().map(|(_, other)| other));
        paired
    }
}

/// Returns the entries with this hash at the start of a list, and the rest.
fn split_group(list: &mut [Entry], hash: u128) -> (&mut [Entry], &mut [Entry]) {
    let end = list.iter().position(|entry| entry.hash() != hash).unwrap_or(list.len());
    list.split_at_mut(end)
}

/// Returns the length of the longest ascending subsequence (patience sorting).
fn in_order(numbers: impl Iterator<Item = u64>) -> u64 {
    // The last number of an ascending subsequence of each length, the smallest that there is.
    let mut tails: Vec<u64> = Vec::new();
    for number in numbers {
        match tails.last() {
            Some(last) if *last > number => {
                let at = tails.partition_point(|tail| *tail < number);
                tails[at] = number;
            }
            _ => tails.push(number),
        }
    }
    tails.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(records: &[(u64, u64)]) -> Vec<Entry> {
        let entry = |(index, (key, content)): (u64, &(u64, u64))| {
            Entry::new(u128::from(*key) << 64, index, *content)
        };
        (0..).zip(records).map(entry).collect()
    }

    fn joined(one: &[(u64, u64)], other: &[(u64, u64)]) -> Paired {
        let mut work = Work::default();
        work.paired.sums.duplicates = work.join(entries(one), entries(other));
        work.finish()
    }

    #[test]
    fn equal_duplicates_are_pairs_before_others() {
        let paired = joined(&[(1, 10), (1, 11), (2, 20)], &[(1, 11), (2, 21), (3, 30)]);
        let changed =
            [Differing { before: 0, after: None }, Differing { before: 2, after: Some(1) }];
        assert_eq!((&paired.changed[..], &paired.added[..]), (&changed[..], &[2][..]));
        assert_eq!((paired.sums.equal, paired.sums.duplicates), (1, [1, 0]));
    }

    #[test]
    fn only_records_out_of_order_are_moved() {
        let one = [(1, 0), (2, 0), (3, 0), (4, 0)];
        assert_eq!(joined(&one, &[(4, 0), (1, 0), (2, 0), (3, 0)]).sums.moved, 1);
        assert_eq!(joined(&one, &[(4, 0), (3, 0), (2, 0), (1, 0)]).sums.moved, 3);
        assert_eq!(joined(&one, &[(1, 0), (9, 0), (2, 0), (4, 0)]).sums.moved, 0);
        assert_eq!(joined(&[], &one).sums, Sums { added: 4, ..Sums::default() });
    }

    #[test]
    fn many_records_with_one_key_are_paired_quickly() {
        let one: Vec<_> = (0..200_000).map(|number| (7, number)).collect();
        let other: Vec<_> = (0..200_000).map(|number| (7, number + 1)).rev().collect();
        let paired = joined(&one, &other);
        assert_eq!((paired.sums.equal, paired.sums.changed), (199_999, 1));
        assert_eq!((paired.sums.duplicates, paired.sums.moved), ([199_999; 2], 199_998));
    }
}
