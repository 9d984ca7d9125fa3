//! Where the bytes go that are delivered in no record.

use super::{
    batch::Batch,
    index::{Entry, What},
};
use crate::error::Error;
use std::{
    boxed::Box,
    fmt,
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    string::String,
};

/// A writer of any sort.
type Sink = Box<dyn Write + Send>;

/// Receives the exact bytes of everything that a [`Reader`](crate::Reader) does not deliver, so that
/// nothing of an input is ever lost: what was delivered, what is here and the padding between
/// records add up to the input, byte for byte.
///
/// The spans that are no record come one after the other, in the order of the input; the report has
/// a line of JSON for each, that says where it was and what is wrong with it. A record that was
/// repaired is delivered, and so is not here, also where a field of it was lost.
///
/// Padding (blank space between records, and descriptor words) is not a fault, and is dropped and
/// counted only, unless [`padding`](Self::padding) says where it should go.
///
/// ```
/// use tidemarc::{Quarantine, Reader};
///
/// let folder = std::env::temp_dir();
/// let path = folder.join(format!("tidemarc-quarantine-doc-{}.mrc", std::process::id()));
/// let quarantine = Quarantine::create(&path)?;
/// let reader = Reader::from_path("tests/fixtures/books-damaged.mrc")?.with_quarantine(quarantine);
/// assert_eq!(reader.filter(Result::is_ok).count(), 57);
/// let report = std::fs::read_to_string(path.with_extension("mrc.jsonl"))?;
/// assert_eq!(report.lines().count(), 4);
/// # std::fs::remove_file(&path)?;
/// # std::fs::remove_file(path.with_extension("mrc.jsonl"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Quarantine {
    bytes: Sink,
    report: Option<Sink>,
    padding: Option<Sink>,
    /// How many bytes are in `bytes`.
    length: u64,
}

impl Quarantine {
    /// A quarantine that writes the bytes of faults there, and no report.
    pub fn new(bytes: impl Write + Send + 'static) -> Self {
        Self { bytes: Box::new(bytes), report: None, padding: None, length: 0 }
    }

    /// A quarantine in a new file, with a report beside it: its name is that of the file and
    /// `.jsonl`. What was in these files is lost.
    ///
    /// # Errors
    /// If one of the two files cannot be made.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let mut report = path.as_os_str().to_owned();
        report.push(".jsonl");
        let bytes = BufWriter::new(File::create(path)?);
        Ok(Self::new(bytes).report(BufWriter::new(File::create(report)?)))
    }

    /// Writes a report there: for each span one line of JSON, with the keys of
    /// [`Error::to_json`](crate::Error::to_json) and `quarantine_offset`, which says where in the
    /// quarantine the span begins.
    #[must_use]
    pub fn report(mut self, report: impl Write + Send + 'static) -> Self {
        self.report = Some(Box::new(report));
        self
    }

    /// Writes the padding there, in the order of the input.
    #[must_use]
    pub fn padding(mut self, padding: impl Write + Send + 'static) -> Self {
        self.padding = Some(Box::new(padding));
        self
    }

    /// Takes what is no record.
    pub(super) fn take(&mut self, batch: &Batch, entry: &Entry) -> io::Result<()> {
        let bytes = batch.bytes_of(entry);
        match entry.what {
            What::Record { .. } => return Ok(()),
            #[cfg(feature = "formats")]
            What::PaddingContinued => {
                return self.padding.as_mut().map_or(Ok(()), |padding| padding.write_all(bytes));
            }
            What::Padding => {
                return self.padding.as_mut().map_or(Ok(()), |padding| padding.write_all(bytes));
            }
            What::Fault(_) => {
                let error = batch.error(entry);
                self.tell(|| error.as_ref().map(Error::to_json).unwrap_or_default())?;
            }
            What::FaultContinued => {
                let (offset, length) = (batch.offset_of(entry), bytes.len());
                self.tell(|| {
                    format!(r#"{{"kind":"continued","offset":{offset},"length":{length}}}"#)
                })?;
            }
        }
        self.bytes.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Adds a line to the report.
    fn tell(&mut self, json: impl FnOnce() -> String) -> io::Result<()> {
        let Some(report) = &mut self.report else { return Ok(()) };
        let json = json();
        let object = json.strip_suffix('}').unwrap_or(&json);
        writeln!(report, r#"{object},"quarantine_offset":{}}}"#, self.length)
    }

    /// Hands on what writers may hold back.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.bytes.flush()?;
        let others = [&mut self.report, &mut self.padding];
        others.into_iter().flatten().try_for_each(|sink| sink.flush())
    }
}

impl fmt::Debug for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantine").field("length", &self.length).finish_non_exhaustive()
    }
}

static_assertions::assert_impl_all!(Quarantine: Send);
