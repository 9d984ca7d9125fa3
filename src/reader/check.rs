//! What an input has, in a few lines.

use super::{
    batch::{Batch, Item},
    rust::Reader,
    stats::Stats,
};
use crate::{
    error::Error,
    record::{ErrorKind, Severity},
};
use std::{collections::BTreeMap, fmt, path::Path, string::String, string::ToString};

/// What a file or another input has: records, and faults by severity and kind. Made by [`check`].
#[derive(Debug)]
pub struct Summary {
    input: Option<String>,
    stats: Stats,
    faults: BTreeMap<(Severity, ErrorKind), Found>,
}

/// How often a fault was found, and where it was found first.
#[derive(Debug)]
struct Found {
    count: u64,
    first: Error,
}

/// Reads a file from its beginning to its end, repairs what can be repaired, decodes all text, and says
/// what was found. An empty file is sound, and has no records.
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
    /// Reads what is left in a reader. Damaged records are repaired only if the reader does that.
    ///
    /// # Errors
    /// If the source fails.
    pub fn of(mut reader: Reader) -> Result<Self, Error> {
        let input = reader.input_name().map(ToString::to_string);
        let mut summary = Self { input, stats: reader.stats(), faults: BTreeMap::new() };
        while let Some(batch) = reader.next_batch()? {
            summary.add_batch(batch);
        }
        summary.stats = reader.stats();
        Ok(summary)
    }

    fn add_batch(&mut self, batch: &Batch) {
        for item in batch.items() {
            match item {
                Item::Record(record) => {
                    let faults = record.faults().into_iter().chain(record.undecodable());
                    faults.for_each(|fault| self.add(fault));
                }
                Item::Fault(error) => self.add(error),
            }
        }
        batch.passed_over().into_iter().for_each(|fault| self.add(fault));
    }

    fn add(&mut self, error: Error) {
        match self.faults.get_mut(&(error.severity(), error.kind())) {
            Some(found) => found.count += 1,
            None => {
                let key = (error.severity(), error.kind());
                self.faults.insert(key, Found { count: 1, first: error });
            }
        }
    }

    /// Counts of records, faults, padding and bytes.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// Whether every byte is in a sound record or in padding, and all text decodes. What is only unusual
    /// is sound.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.stats.complete
            && self.faults.keys().all(|&(severity, _)| severity < Severity::Repaired)
    }

    /// What was found, the least severe first: how often, and the first of each severity and kind.
    pub fn faults(&self) -> impl Iterator<Item = (u64, &Error)> {
        self.faults.values().map(|found| (found.count, &found.first))
    }
}

/// `1 record`, `2 records`.
struct Counted(u64, &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.0, self.1)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats { records, repaired, incomplete, faults, fault_bytes, paddings, .. } = self.stats;
        if let Some(input) = &self.input {
            write!(f, "{input}: ")?;
        }
        write!(f, "{} in {}", Counted(records, "record"), Counted(self.stats.bytes(), "byte"))?;
        if repaired > 0 {
            write!(f, ", {repaired} repaired whole")?;
        }
        if incomplete > 0 {
            write!(f, ", {incomplete} that lost a field")?;
        }
        if faults > 0 {
            let (spans, bytes) = (Counted(faults, "span"), Counted(fault_bytes, "byte"));
            write!(f, "; {spans} of no record ({bytes})")?;
        }
        if paddings > 0 {
            let bytes = Counted(self.stats.padding_bytes, "byte");
            write!(f, "; {} of padding", bytes)?;
        }
        if !self.stats.complete {
            f.write_str("; not read to the end")?;
        }
        for ((severity, kind), Found { count, first }) in self.faults.iter().rev() {
            let (code, name) = (kind.code(), kind.name());
            write!(f, "\n  {code} {severity:<11} {count:>7} × {name}, first: ")?;
            match (first.record_number(), first.offset()) {
                (Some(record), Some(offset)) => write!(f, "record {record}, byte {offset}: ")?,
                (_, Some(offset)) => write!(f, "byte {offset}: ")?,
                _ => {}
            }
            if let Some(tag) = first.tag() {
                write!(f, "field {tag}: ")?;
            }
            f.write_str(&first.reason())?;
        }
        Ok(())
    }
}
