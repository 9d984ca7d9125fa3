//! Where the bytes go that are delivered in no record.

use super::{
    batch::Batch,
    index::{Entry, What},
};
use crate::error::Error;
use std::{
    boxed::Box,
    fmt, format,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    string::String,
    sync::Arc,
};

/// A writer of any sort, which says of its failures that they are not the input's.
struct Sink {
    writer: Box<dyn Write + Send>,
    /// Where that is a file of ours.
    path: Option<Arc<Path>>,
}

impl Sink {
    fn new(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Box::new(writer), path: None }
    }

    /// A new file.
    fn create(path: PathBuf) -> io::Result<Self> {
        let writer = Box::new(BufWriter::new(File::create(&path)?));
        Ok(Self { writer, path: Some(path.into()) })
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes).map_err(|cause| self.failure(cause))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().map_err(|cause| self.failure(cause))
    }

    #[cold]
    fn failure(&self, cause: io::Error) -> io::Error {
        io::Error::new(cause.kind(), Unwritten { path: self.path.clone(), cause })
    }
}

/// Why a quarantine could not be written.
#[derive(Debug)]
pub(crate) struct Unwritten {
    path: Option<Arc<Path>>,
    cause: io::Error,
}

impl Unwritten {
    /// Which file could not, if it is one that [`Quarantine::create`] made.
    #[cfg(feature = "python")]
    pub(crate) fn path(&self) -> Option<Arc<Path>> {
        self.path.clone()
    }

    /// The error of the writer, if this is one of a quarantine.
    #[cfg(feature = "python")]
    pub(crate) fn cause_of(error: io::Error) -> io::Error {
        match error.downcast::<Self>() {
            Ok(Self { cause, .. }) | Err(cause) => cause,
        }
    }
}

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the quarantine ")?;
        if let Some(path) = &self.path {
            write!(f, "{} ", path.display())?;
        }
        write!(f, "cannot be written: {}", self.cause)
    }
}

impl std::error::Error for Unwritten {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

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
    /// It was said that it cannot be written, and so that the stream is over.
    has_failed: bool,
}

impl Quarantine {
    /// A quarantine that writes the bytes of faults there, and no report.
    pub fn new(bytes: impl Write + Send + 'static) -> Self {
        Self::of(Sink::new(bytes))
    }

    const fn of(bytes: Sink) -> Self {
        Self { bytes, report: None, padding: None, length: 0, has_failed: false }
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
        let bytes = Sink::create(path.to_owned())?;
        Ok(Self { report: Some(Sink::create(report.into())?), ..Self::of(bytes) })
    }

    /// Writes a report there: for each span one line of JSON, with the keys of
    /// [`Error::to_json`](crate::Error::to_json) and `quarantine_offset`, which says where in the
    /// quarantine the span begins.
    #[must_use]
    pub fn report(mut self, report: impl Write + Send + 'static) -> Self {
        self.report = Some(Sink::new(report));
        self
    }

    /// Writes the padding there, in the order of the input.
    #[must_use]
    pub fn padding(mut self, padding: impl Write + Send + 'static) -> Self {
        self.padding = Some(Sink::new(padding));
        self
    }

    /// Takes what is no record.
    pub(super) fn take(&mut self, batch: &Batch, entry: &Entry) -> io::Result<()> {
        let taken = self.write(batch, entry);
        self.has_failed |= taken.is_err();
        taken
    }

    fn write(&mut self, batch: &Batch, entry: &Entry) -> io::Result<()> {
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
        let line = format!("{object},\"quarantine_offset\":{}}}\n", self.length);
        report.write_all(line.as_bytes())
    }

    /// Hands on what writers may hold back, at the end of the stream. A failure is told once.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.has_failed {
            return Ok(());
        }
        let flushed = self.sinks().try_for_each(Sink::flush);
        self.has_failed = flushed.is_err();
        flushed
    }

    /// The same for the files that are ours alone, for a stream that is left before its end.
    #[cfg(feature = "python")]
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.sinks().filter(|sink| sink.path.is_some()).try_for_each(Sink::flush)
    }

    fn sinks(&mut self) -> impl Iterator<Item = &mut Sink> {
        [Some(&mut self.bytes), self.report.as_mut(), self.padding.as_mut()].into_iter().flatten()
    }
}

impl fmt::Debug for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantine").field("length", &self.length).finish_non_exhaustive()
    }
}

static_assertions::assert_impl_all!(Quarantine: Send);
