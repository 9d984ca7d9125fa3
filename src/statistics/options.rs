//! The options of statistics.

use super::counts::Limits;

/// Options of [`Statistics`](super::Statistics): the limits on memory.
///
/// ```
/// use tidemarc::{Reader, statistics::{Statistics, StatisticsOptions}};
///
/// let options = StatisticsOptions::new().samples(3);
/// let statistics = Statistics::of(Reader::from_path("tests/fixtures/books.mrc")?, options)?;
/// assert_eq!(statistics.tag("001".try_into()?).unwrap().samples().len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct StatisticsOptions(Limits);

impl StatisticsOptions {
    /// Creates the default options.
    #[must_use]
    pub const fn new() -> Self {
        Self(Limits { samples: 10, values: 1_000 })
    }

    /// Sets the largest number of sample values of each subfield and of each field without
    /// subfields: the first different ones.
    ///
    /// Default: 10.
    #[must_use]
    pub const fn samples(self, samples: usize) -> Self {
        Self(Limits { samples, ..self.0 })
    }

    /// Sets the largest number of tags, and of values of each [`Facet`](super::Facet), that are
    /// counted on their own: the first that appear. All further ones are counted together, as
    /// others.
    ///
    /// Default: 1,000.
    #[must_use]
    pub const fn most_values(self, values: usize) -> Self {
        Self(Limits { values, ..self.0 })
    }

    pub(super) const fn limits(self) -> Limits {
        self.0
    }
}

impl Default for StatisticsOptions {
    fn default() -> Self {
        Self::new()
    }
}
