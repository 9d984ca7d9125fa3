//! Records that match a filter. The threads that parse the batches evaluate it.

use super::{builder::ReaderBuilder, rust::Reader, shared_record::SharedRecord};
use crate::{
    encoding::{RecordText, TextError, TextOptions},
    error::Error,
    parse::{Choose, Parsed, ParsedRecord, Project, Stats, What},
    pipeline::NextBatch,
    record::Field,
    select::{Filter, FilterError, Undecodable, ValueSet},
    stream::{Batches, NextEntry},
};
use std::{
    borrow::Cow, cell::OnceCell, fmt, fs, iter::FusedIterator, string::ToString, sync::Arc,
    vec::Vec,
};

impl Filter {
    /// Parses a filter, and reads the files of `in @FILE` in it, as [`ValueSet::of_lines`] describes.
    /// Their names are relative to the current directory.
    ///
    /// ```no_run
    /// use tidemarc::select::Filter;
    ///
    /// let filter = Filter::with_files("001 in @ids.txt and not 856")?;
    /// # Ok::<(), tidemarc::select::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// Returns the first mistake in the text. A file that cannot be read is a mistake at its `@`.
    pub fn with_files(text: &str) -> Result<Self, FilterError> {
        Self::parse_with(text, |name| {
            let text = fs::read(name).map_err(|error| [name, ": ", &error.to_string()].concat())?;
            ValueSet::of_lines(text).map_err(|reason| [name, ": ", &reason].concat())
        })
    }
}

impl ReaderBuilder {
    /// Sets a filter: the reader delivers only the records that match. Everything that is made of
    /// the reader has these records alone: batches, projections, conversions, statistics, tables.
    /// The threads that parse the batches evaluate the filter. A damaged span is no record, and
    /// comes out as always; the numbers of records count those that do not match too.
    ///
    /// [`Stats::unmatched`] counts the records that do not match. A record that matches or not
    /// depending on undecodable text does not match; [`Stats::undecided`] counts these.
    ///
    /// Default: all records.
    ///
    /// ```
    /// use tidemarc::Reader;
    ///
    /// let reader = Reader::builder().filter("650 and 008/7-10 >= 1950".parse()?);
    /// let mut reader = reader.from_path("tests/fixtures/books.mrc")?;
    /// assert_eq!(reader.by_ref().count(), 27);
    /// assert_eq!((reader.stats().records, reader.stats().unmatched), (27, 33));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.options.rule = Some(Arc::new(filter));
        self
    }
}

impl Choose for Filter {
    fn is_wanted(&self, record: &ParsedRecord<'_>, text: TextOptions) -> Option<bool> {
        answer(self, record, text).ok()
    }
}

/// The records of a reader that match a filter, in the order of the input. Made by
/// [`Reader::matching`].
///
/// The threads that parse the batches evaluate the filter, and as an iterator it gives
/// [`SharedRecord`]s. A damaged span is an `Err` in its place, and the records after it follow,
/// unless the reader [skips faults](crate::ReaderBuilder::skip_faults). A record that matches or not
/// depending on undecodable text does not match; [`undecodable`](Self::undecodable) counts these.
///
/// ```
/// use tidemarc::{Reader, select::Filter};
///
/// let filter: Filter = "650 and 008/7-10 >= 1950".parse()?;
/// let reader = Reader::from_path("tests/fixtures/books.mrc")?;
/// let found = reader.matching(filter).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(found.len(), 27);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Matching {
    batches: Batches<Evaluate>,
    /// The answers for the current batch.
    answers: Answers,
    skip_faults: bool,
    is_strict: bool,
    matched: u64,
    undecodable: u64,
}

impl Reader {
    /// Returns the records that match a filter: see [`Matching`].
    ///
    /// It must be a reader from which nothing was read yet. With any other, the first item is an
    /// error.
    #[must_use]
    pub fn matching(self, filter: Filter) -> Matching {
        let Self { stream, skip_faults } = self;
        let evaluate = Evaluate { filter: Arc::new(filter), text: stream.text() };
        Matching {
            batches: stream.project(evaluate),
            answers: Answers::default(),
            skip_faults,
            is_strict: false,
            matched: 0,
            undecodable: 0,
        }
    }
}

impl Matching {
    /// If true, a record whose undecodable text decides is an error in its place, with the position
    /// of the field. This has no effect if the reader
    /// [replaces](crate::ReaderBuilder::encoding_errors) such text.
    ///
    /// Default: false; the record does not match.
    #[must_use]
    pub const fn strict_text(mut self, is_strict: bool) -> Self {
        self.is_strict = is_strict;
        self
    }

    /// Returns the counts of the records, faults and padding so far, whether they match or not.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.batches.stats()
    }

    /// Returns the number of records so far that match.
    #[must_use]
    pub const fn matched(&self) -> u64 {
        self.matched
    }

    /// Returns the number of records so far whose undecodable text decides.
    #[must_use]
    pub const fn undecodable(&self) -> u64 {
        self.undecodable
    }

    /// Returns the name of the input, if it has one: for a file its path.
    #[must_use]
    pub fn input_name(&self) -> Option<&str> {
        self.batches.name().map(|name| &**name)
    }

    /// Ends the reading here, and returns the counts: see [`Reader::finish`].
    ///
    /// # Errors
    /// If the quarantine cannot be written.
    pub fn finish(mut self) -> Result<Stats, Error> {
        self.batches.end()
    }

    /// Returns the next match or error of the current batch; `None` at its end.
    fn next_in_batch(&mut self) -> Option<Result<SharedRecord, Error>> {
        while let Some(step) = self.batches.step_in_batch() {
            match step {
                NextEntry::Record(at) if self.answers.matches.get(at) == Some(&true) => {
                    self.matched += 1;
                    return Some(Ok(SharedRecord::new(Arc::clone(self.batches.current()?), at)));
                }
                NextEntry::Record(at) => {
                    let unknown = &self.answers.unknown;
                    let Ok(number) = unknown.binary_search_by_key(&at, |(at, _)| *at) else {
                        continue;
                    };
                    self.undecodable += 1;
                    if self.is_strict {
                        let Undecodable { field, error } = unknown[number].1;
                        return self.batches.current()?.text_fault_in(at, field, error).map(Err);
                    }
                }
                NextEntry::Fault(at) => {
                    let error = self.batches.error(at)?;
                    if !self.skip_faults || self.batches.is_end(&error) {
                        return Some(Err(error));
                    }
                }
                NextEntry::Failed(error) => return Some(Err(self.batches.failure(error))),
                NextEntry::Pending | NextEntry::End => return None,
            }
        }
        None
    }
}

impl Iterator for Matching {
    type Item = Result<SharedRecord, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.next_in_batch() {
                return Some(item);
            }
            self.batches.give_back(std::mem::take(&mut self.answers));
            match self.batches.fetch(None) {
                NextBatch::Batch((_, answers)) => self.answers = answers,
                NextBatch::Pending => {}
                NextBatch::End => return None,
                NextBatch::Failed(error) => return Some(Err(self.batches.failure(error))),
            }
        }
    }
}

impl FusedIterator for Matching {}

impl fmt::Debug for Matching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matching").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

static_assertions::assert_impl_all!(Matching: Send);

/// The projection that evaluates a filter.
#[derive(Debug, Clone)]
struct Evaluate {
    filter: Arc<Filter>,
    text: TextOptions,
}

/// The answers of a filter for the entries of a batch.
#[derive(Debug, Default)]
struct Answers {
    /// For each entry true if it is a record that matches.
    matches: Vec<bool>,
    /// The records whose undecodable text decides, in order, by their entries.
    unknown: Vec<(usize, Undecodable)>,
}

impl Project for Evaluate {
    type Output = Answers;

    fn run(&self, batch: &Parsed<'_>, answers: &mut Answers) {
        let Answers { matches, unknown } = answers;
        matches.clear();
        unknown.clear();
        matches.extend(batch.entries().iter().enumerate().map(|(at, entry)| {
            let What::Record { .. } = entry.what else { return false };
            let Some(record) = batch.record(at) else { return false };
            match answer(&self.filter, &record, self.text) {
                Ok(is_match) => is_match,
                Err(undecodable) => {
                    unknown.push((at, undecodable));
                    false
                }
            }
        }));
    }
}

/// Returns true if a record matches a filter.
fn answer(
    filter: &Filter,
    record: &ParsedRecord<'_>,
    options: TextOptions,
) -> Result<bool, Undecodable> {
    let text = LateText::new(record, options);
    filter.matches_with(record, &|_, field| text.of(field))
}

/// The text of a record's fields. The encoding of the record is detected only if a field is not
/// ASCII, since the detection may read the whole record.
struct LateText<'p, 'r> {
    record: &'p ParsedRecord<'r>,
    options: TextOptions,
    rule: OnceCell<RecordText>,
}

impl<'p, 'r> LateText<'p, 'r> {
    fn new(record: &'p ParsedRecord<'r>, options: TextOptions) -> Self {
        Self { record, options, rule: OnceCell::new() }
    }

    fn of<'f>(&self, field: Field<'f>) -> Result<Cow<'f, str>, TextError> {
        if self.rule.get().is_none()
            && let Some(text) = self.options.as_it_stands_in_all(field.as_bytes())
        {
            return Ok(Cow::Borrowed(text));
        }
        let rule = self.rule.get_or_init(|| self.record.text(self.options));
        rule.field(self.record, field)
    }
}
