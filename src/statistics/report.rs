//! The statistics of an input.

use super::{
    Facet, StatisticsOptions,
    collector::Collector,
    counts::{ByteCounts, CLASSES, Counts, SubfieldCounts, TagCounts},
    values::Values,
};
use crate::{error::Error, parse::Stats, reader::Reader, record::Tag};
use std::{path::Path, string::String, vec::Vec};

/// The statistics of an input, made in one pass.
///
/// The threads that parse the batches count them, and the counts are added in the order of the
/// input. So the result depends neither on the number of threads nor on the size of the chunks.
/// Memory is bounded by the [options](StatisticsOptions). `Display` writes tables of text.
///
/// ```
/// use tidemarc::statistics::{Facet, Statistics};
///
/// let statistics = Statistics::of_path("tests/fixtures/books.mrc")?;
/// let subjects = statistics.tag("650".try_into()?).unwrap();
/// assert_eq!((subjects.occurrences(), subjects.records()), (119, 60));
/// assert_eq!(statistics.values(Facet::RecordType)[0], ("a".to_owned(), 56));
/// std::fs::write(std::env::temp_dir().join("statistics-doc.html"), statistics.to_html())?;
/// # std::fs::remove_file(std::env::temp_dir().join("statistics-doc.html"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Statistics {
    pub(super) counts: Counts,
    pub(super) stats: Stats,
    pub(super) input: Option<String>,
}

impl Statistics {
    pub(super) const fn new(counts: Counts, stats: Stats, input: Option<String>) -> Self {
        Self { counts, stats, input }
    }

    /// Reads a file in any format, repairs what can be repaired, and returns its statistics.
    ///
    /// # Errors
    /// If the file cannot be opened or read. Faults in it are no errors here.
    pub fn of_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::of(Reader::builder().repair(true).from_path(path)?, StatisticsOptions::new())
    }

    /// Reads all of a reader from which nothing was read yet, and returns the statistics. Damaged
    /// records are counted only if the reader repairs them.
    ///
    /// # Errors
    /// If the source fails, or the quarantine, or if something was read from the reader before.
    pub fn of(reader: Reader, options: StatisticsOptions) -> Result<Self, Error> {
        let mut collector = Collector::new(options);
        let input = reader.title();
        let tally = collector.tally(reader.text_options());
        let mut reader = reader.project(tally);
        while let Some((_, counts)) = reader.next_batch()? {
            collector.add(counts);
        }
        Ok(collector.finish(reader.stats(), input))
    }

    /// Returns the counts of records, bytes and faults, and the faults by kind.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// Returns the counts of the input in one line.
    #[must_use]
    pub fn headline(&self) -> String {
        self.stats.headline(self.input.as_deref())
    }

    /// Returns the number of all fields.
    #[must_use]
    pub const fn fields(&self) -> u64 {
        self.counts.fields
    }

    /// Returns the number of all subfields.
    #[must_use]
    pub const fn subfields(&self) -> u64 {
        self.counts.subfields
    }

    /// Returns the statistics of each tag, in the order of the tags.
    #[must_use]
    pub fn tags(&self) -> Vec<TagStatistics<'_>> {
        let mut tags: Vec<_> = self.counts.tags.list().iter().map(TagStatistics).collect();
        tags.sort_by_key(TagStatistics::tag);
        tags
    }

    /// Returns the statistics of a tag; `None` if it has no fields, or is one of the others.
    #[must_use]
    pub fn tag(&self, tag: Tag) -> Option<TagStatistics<'_>> {
        self.counts.tags.list().iter().find(|counts| counts.tag == tag).map(TagStatistics)
    }

    /// Returns the number of fields with other tags: those beyond
    /// [`most_values`](StatisticsOptions::most_values).
    #[must_use]
    pub const fn fields_of_other_tags(&self) -> u64 {
        self.counts.tags.others
    }

    /// Returns the values of a facet with their numbers of records, the most frequent first. Bytes
    /// that are not UTF-8 are written as `\xe9`.
    #[must_use]
    pub fn values(&self, facet: Facet) -> Vec<(String, u64)> {
        self.facet(facet).by_count()
    }

    /// Returns the number of records with other values of a facet: those beyond
    /// [`most_values`](StatisticsOptions::most_values).
    #[must_use]
    pub const fn others(&self, facet: Facet) -> u64 {
        self.facet(facet).others
    }

    /// Returns the number of records without a value of a facet.
    #[must_use]
    pub const fn missing(&self, facet: Facet) -> u64 {
        self.facet(facet).missing
    }

    pub(super) const fn facet(&self, facet: Facet) -> &Values {
        &self.counts.facets[facet as usize]
    }
}

/// The statistics of the fields with one tag.
#[derive(Debug, Clone, Copy)]
pub struct TagStatistics<'s>(&'s TagCounts);

impl<'s> TagStatistics<'s> {
    /// Returns the tag.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.0.tag
    }

    /// Returns the number of fields.
    #[must_use]
    pub const fn occurrences(&self) -> u64 {
        self.0.occurrences
    }

    /// Returns the number of records that have one.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.0.repeats.total()
    }

    /// Returns a histogram: the number of records that have one such field, two, and so on. The
    /// tenth number is that of records with ten or more.
    #[must_use]
    pub const fn repeats(&self) -> [u64; CLASSES] {
        self.0.repeats.classes
    }

    /// Returns the values of the first indicator and of the second, sorted: for each the byte, its
    /// number of fields, and the number of records that have one. Fields without subfields have no
    /// indicators.
    #[must_use]
    pub fn indicators(&self) -> [Vec<(u8, u64, u64)>; 2] {
        self.0.indicators.each_ref().map(|list| {
            let value = |counts: &ByteCounts| (counts.byte, counts.occurrences, counts.records);
            let mut values: Vec<_> = list.iter().map(value).collect();
            values.sort_unstable();
            values
        })
    }

    /// Returns the statistics of each subfield, in the order of the codes.
    #[must_use]
    pub fn subfields(&self) -> Vec<SubfieldStatistics<'s>> {
        let mut subfields: Vec<_> = self.0.subfields.iter().map(SubfieldStatistics).collect();
        subfields.sort_by_key(SubfieldStatistics::code);
        subfields
    }

    /// Returns sample values of fields without subfields: the first different ones, with `…` after
    /// the 200th character. Undecodable bytes are written as `\xe9`.
    #[must_use]
    pub fn samples(&self) -> &'s [String] {
        &self.0.samples.list
    }
}

/// The statistics of the subfields with one code in the fields with one tag.
#[derive(Debug, Clone, Copy)]
pub struct SubfieldStatistics<'s>(&'s SubfieldCounts);

impl<'s> SubfieldStatistics<'s> {
    /// Returns the code: one byte, or the first of a character of several bytes.
    #[must_use]
    pub const fn code(&self) -> u8 {
        self.0.counts.byte
    }

    /// Returns the number of subfields.
    #[must_use]
    pub const fn occurrences(&self) -> u64 {
        self.0.counts.occurrences
    }

    /// Returns the number of records that have one.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.0.counts.records
    }

    /// Returns a histogram: the number of fields that have one such subfield, two, and so on. The
    /// tenth number is that of fields with ten or more.
    #[must_use]
    pub const fn repeats(&self) -> [u64; CLASSES] {
        self.0.repeats.classes
    }

    /// Returns sample values: the first different ones, with `…` after the 200th
    /// character. Undecodable bytes are written as `\xe9`.
    #[must_use]
    pub fn samples(&self) -> &'s [String] {
        &self.0.samples.list
    }
}
