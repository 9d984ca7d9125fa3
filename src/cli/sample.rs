//! A random sample of a stream.

/// Items chosen at random from a stream of unknown length: every item has the same chance
/// (reservoir sampling, "algorithm R" in Vitter, 1985).
#[derive(Debug)]
pub(super) struct Sample<T> {
    size: usize,
    /// Number of items seen.
    seen: u64,
    /// The chosen items with their numbers.
    chosen: Vec<(u64, T)>,
    random: Random,
}

impl<T> Sample<T> {
    /// Creates an empty sample. The same seed chooses the same items.
    pub(super) const fn new(size: usize, seed: u64) -> Self {
        Self { size, seen: 0, chosen: Vec::new(), random: Random(seed) }
    }

    /// Offers the next item, which is made if it is chosen.
    pub(super) fn offer(&mut self, make: impl FnOnce() -> T) {
        let number = self.seen;
        self.seen += 1;
        if self.chosen.len() < self.size {
            self.chosen.push((number, make()));
            return;
        }
        let place = self.random.below(self.seen);
        if let Some(chosen) = usize::try_from(place).ok().and_then(|at| self.chosen.get_mut(at)) {
            *chosen = (number, make());
        }
    }

    /// Returns the chosen items, in the order of the stream.
    pub(super) fn into_records(mut self) -> Vec<T> {
        self.chosen.sort_unstable_by_key(|(number, _)| *number);
        self.chosen.into_iter().map(|(_, item)| item).collect()
    }
}

/// Random numbers that are the same on every machine (SplitMix64, Steele and others, 2014).
#[derive(Debug)]
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`. The chances differ by less than one in 2^64 / `end`.
    const fn below(&mut self, end: u64) -> u64 {
        ((self.next() as u128 * end as u128) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_the_same_chance() {
        const ITEMS: usize = 20;
        let mut counts = [0_u32; ITEMS];
        for seed in 0..10_000 {
            let mut sample = Sample::new(5, seed);
            (0..ITEMS).for_each(|item| sample.offer(|| item));
            let chosen = sample.into_records();
            assert!(chosen.len() == 5 && chosen.is_sorted());
            chosen.into_iter().for_each(|item| counts[item] += 1);
        }
        // The mean is 2,500, the standard deviation 43.
        assert!(counts.iter().all(|count| (2_300..2_700).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_sample_of_a_short_stream_is_the_stream() {
        let mut sample = Sample::new(5, 0);
        (0..3).for_each(|item| sample.offer(|| item));
        assert_eq!(sample.into_records(), [0, 1, 2]);
        let mut none = Sample::new(0, 0);
        (0..3).for_each(|item| none.offer(|| item));
        assert_eq!(none.into_records(), [0; 0]);
    }
}
