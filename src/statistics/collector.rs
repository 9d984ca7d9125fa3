//! The sums of the batches of a stream, in their order.

use super::{
    StatisticsOptions,
    counts::Counts,
    report::Statistics,
    tally::{Filled, Tally},
};
use crate::{encoding::TextOptions, parse::Stats};
use std::{string::String, vec::Vec};

/// Adds the counts of batches.
#[derive(Debug)]
pub(crate) struct Collector {
    options: StatisticsOptions,
    counts: Counts,
    filled: Filled,
}

impl Collector {
    pub(crate) fn new(options: StatisticsOptions) -> Self {
        Self { options, counts: Counts::default(), filled: Filled::default() }
    }

    /// Returns the projection that counts a batch. Its text is read by these options.
    pub(crate) fn tally(&self, text: TextOptions) -> Tally {
        Tally { text, limits: self.options.limits(), filled: self.filled.clone() }
    }

    /// Adds the counts of the next batch.
    pub(crate) fn add(&mut self, counts: &Counts) {
        let mut newly_filled = Vec::new();
        self.counts.add(counts, self.options.limits(), |key| newly_filled.push(key));
        self.filled.extend(&newly_filled);
    }

    /// Returns the statistics of an input with these counts and this name.
    pub(crate) fn finish(self, stats: Stats, input: Option<String>) -> Statistics {
        Statistics::new(self.counts, stats, input)
    }
}
