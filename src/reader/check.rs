//! The faults of an input, counted.

use super::{
    report::{ReportRows, Title},
    rust::Reader,
    scan::scan_batch,
    words::Headline,
};
use crate::{
    error::{Error, InputName, escaped},
    parse::Stats,
    record::{ErrorKind, Severity},
    stream::Stream,
};
use std::{cmp::Reverse, collections::BTreeMap, fmt, io, path::Path};

/// The contents of an input: counts of records, and faults by severity and kind. Made by [`check`].
#[derive(Debug)]
pub struct Summary {
    input: Option<InputName>,
    stats: Stats,
    /// The worst first.
    faults: BTreeMap<Reverse<(Severity, ErrorKind)>, Found>,
    /// Every field of undecodable text, in the order of the input, if they are to be listed.
    undecodable: Option<Vec<Error>>,
}

/// The faults of one severity and kind.
#[derive(Debug)]
struct Found {
    count: u64,
    first: Error,
}

/// Reads a file in any format from its beginning to its end, repairs what can be repaired, decodes
/// all text, and counts what was found. An empty file is sound, and has no records.
///
/// [`Summary::of`] does the same with a reader of any source and any options, such as one of
/// [several files](crate::ReaderBuilder::from_paths).
///
/// ```
/// let summary = tidemarc::check("tests/fixtures/books-damaged.mrc")?;
/// assert_eq!((summary.stats().records, summary.is_sound()), (59, false));
/// println!("{summary}");
/// # Ok::<(), tidemarc::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be opened or read. Faults in it are no errors here.
pub fn check(path: impl AsRef<Path>) -> Result<Summary, Error> {
    Summary::of(Reader::builder().repair(true).from_path(path)?)
}

impl Summary {
    /// Reads what is left in a reader, decodes its text and counts its faults. Damaged records are
    /// repaired only if the reader does that. The fault that ends a stream early
    /// ([`max_faults`](crate::ReaderBuilder::max_faults)) is counted like others.
    ///
    /// ```
    /// use tidemarc::{Reader, Summary, encoding::Encoding};
    ///
    /// let reader = Reader::builder().repair(true).encoding(Encoding::Ascii);
    /// let summary = Summary::of(reader.from_path("tests/fixtures/books.mrc")?)?;
    /// let (times, first) = summary.faults().next().unwrap();
    /// assert_eq!((first.kind(), times > 60), (tidemarc::ErrorKind::Encoding, true));
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the source fails, or the quarantine.
    pub fn of(reader: Reader) -> Result<Self, Error> {
        Self::read(reader, false)
    }

    /// Does the same, and [lists](Self::undecodable) every field with undecodable text. Each takes
    /// memory for a copy of its record.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn listing_undecodable(reader: Reader) -> Result<Self, Error> {
        Self::read(reader, true)
    }

    /// Does the same as [`of`](Self::of), and calls `found` with each fault in the order of the
    /// input, and with the title of its record, which is empty if it cannot be read. The first error
    /// that `found` returns ends the reading.
    ///
    /// ```
    /// use tidemarc::{Error, Reader, Summary};
    ///
    /// let reader = Reader::builder().repair(true).from_path("tests/fixtures/books-damaged.mrc")?;
    /// let mut tags = Vec::new();
    /// let summary = Summary::visit(reader, |fault, title| {
    ///     tags.extend(fault.tag().map(|tag| (tag, title.to_owned())));
    ///     Ok::<(), Error>(())
    /// })?;
    /// assert!(!summary.is_sound() && !tags.is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`of`](Self::of), and the errors of `found`.
    pub fn visit<E: From<Error>>(
        reader: Reader,
        found: impl FnMut(&Error, &str) -> Result<(), E>,
    ) -> Result<Self, E> {
        let (summary, ended) = Self::visit_to_end(reader, found);
        ended.map(|()| summary)
    }

    /// Does the same, and returns the summary of what was read even after an error.
    pub(crate) fn visit_to_end<E: From<Error>>(
        mut reader: Reader,
        mut found: impl FnMut(&Error, &str) -> Result<(), E>,
    ) -> (Self, Result<(), E>) {
        let mut summary = Self::begin(&reader.stream, false);
        let mut title = Title::default();
        let mut turn = || {
            let mut ended = Ok(());
            let scanned = scan_batch(&mut reader.stream, |batch, at, fault| {
                if ended.is_ok() {
                    ended = found(&fault, title.of(batch, at, &fault));
                }
                summary.add(fault);
            });
            scanned.map_err(|error| reader.stream.failure(error))?;
            ended?;
            Ok(reader.turn()?)
        };
        let ended = loop {
            match turn() {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        summary.end(&reader.stream);
        (summary, ended)
    }

    fn read(mut reader: Reader, lists_undecodable: bool) -> Result<Self, Error> {
        let mut summary = Self::begin(&reader.stream, lists_undecodable);
        loop {
            let added = summary.add_batch(&mut reader.stream, None);
            added.map_err(|error| reader.stream.failure(error))?;
            if !reader.turn()? {
                break;
            }
        }
        summary.end(&reader.stream);
        Ok(summary)
    }

    /// Returns a summary of what is left in a stream, without the faults.
    pub(crate) fn begin(stream: &Stream, lists_undecodable: bool) -> Self {
        let (input, stats) = (stream.title(), stream.stats());
        let undecodable = lists_undecodable.then(Vec::new);
        Self { input, stats, faults: BTreeMap::new(), undecodable }
    }

    /// Takes the rest of the stream's current batch, counts its faults, and adds a row for each to a
    /// report.
    ///
    /// # Errors
    /// If the quarantine cannot be written.
    pub(crate) fn add_batch(
        &mut self,
        stream: &mut Stream,
        mut rows: Option<&mut ReportRows>,
    ) -> io::Result<()> {
        scan_batch(stream, |batch, at, fault| {
            if let Some(rows) = &mut rows {
                rows.push(batch, at, &fault);
            }
            // A record of a text format with undecodable text is lost.
            if fault.kind() == ErrorKind::Encoding
                && fault.severity() == Severity::LostField
                && let Some(list) = &mut self.undecodable
            {
                list.push(fault.clone());
            }
            self.add(fault);
        })
    }

    /// Takes the counts at the end of the stream.
    pub(crate) fn end(&mut self, stream: &Stream) {
        self.stats = stream.stats();
    }

    fn add(&mut self, error: Error) {
        let key = Reverse((error.severity(), error.kind()));
        match self.faults.get_mut(&key) {
            Some(found) => found.count += 1,
            None => drop(self.faults.insert(key, Found { count: 1, first: error })),
        }
    }

    /// Counts of records, faults, padding and bytes.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// Returns true if every byte is in a sound record or in padding, and all text decodes. Data
    /// that is only unusual is sound.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let mut severities = self.faults.keys().map(|Reverse((severity, _))| *severity);
        self.stats.complete && severities.all(|severity| severity < Severity::Repaired)
    }

    /// Returns the faults, the worst first: for each severity and kind their number and the first
    /// of them.
    pub fn faults(&self) -> impl Iterator<Item = (u64, &Error)> {
        self.faults.values().map(|found| (found.count, &found.first))
    }

    /// Returns every field with undecodable text, in the order of the input. Empty unless the
    /// summary was made by [`listing_undecodable`](Self::listing_undecodable).
    #[must_use]
    pub fn undecodable(&self) -> &[Error] {
        self.undecodable.as_deref().unwrap_or_default()
    }

    /// Returns the [faults](Self::faults), to be kept.
    pub fn into_faults(self) -> impl Iterator<Item = (u64, Error)> {
        self.faults.into_values().map(|found| (found.count, found.first))
    }

    /// Returns the counts in one line.
    #[must_use]
    pub fn headline(&self) -> impl fmt::Display {
        Headline { input: self.input.as_deref(), stats: &self.stats }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.headline())?;
        for (Reverse((severity, kind)), Found { count, first }) in &self.faults {
            let (code, name) = (kind.code(), kind.name());
            write!(f, "\n  {code} {severity:<11} {count:>7} × {name}, first: ")?;
            if let (true, Some(name)) = (self.stats.inputs > 1, first.input_name()) {
                write!(f, "{}: ", escaped(name))?;
            }
            match (first.record_number(), first.offset()) {
                (Some(record), Some(offset)) => write!(f, "record {record}, byte {offset}: ")?,
                (_, Some(offset)) => write!(f, "byte {offset}: ")?,
                _ => {}
            }
            if let Some(tag) = first.tag() {
                write!(f, "field {tag}: ")?;
            }
            f.write_str(&escaped(&first.reason()))?;
        }
        Ok(())
    }
}
