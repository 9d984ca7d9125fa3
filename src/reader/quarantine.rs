//! Where the bytes go that are delivered in no record.

use super::{
    batch::Batch,
    index::{Entry, What},
};
use crate::{error::Unwritten, source::FileId};
use std::{
    boxed::Box,
    fmt,
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    string::String,
};

/// A writer of any sort, and the path by which it was opened, if it was.
struct Sink {
    writer: Box<dyn Write + Send>,
    path: Option<PathBuf>,
}

impl Sink {
    fn new(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Box::new(writer), path: None }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes).map_err(|error| self.unwritten(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().map_err(|error| self.unwritten(error))
    }

    #[cold]
    fn unwritten(&self, cause: io::Error) -> io::Error {
        Unwritten { path: self.path.clone(), cause }.wrapped()
    }
}

/// What becomes of the contents that the files of a quarantine have already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contents {
    Replaced,
    Kept,
}

/// The two files of a quarantine that has a path.
struct Files {
    paths: [PathBuf; 2],
    /// Those to be emptied before the first byte.
    stale: Option<[File; 2]>,
}

/// Receives the exact bytes of everything that a [`Reader`](crate::Reader) does not deliver, so that
/// nothing of an input is ever lost: what was delivered, what is here and the padding between
/// records add up to the input, byte for byte.
///
/// The spans that are no record come one after the other, in the order of the input; the report has
/// a line of JSON for each, that says where it was and what is wrong with it. A record that was
/// repaired is delivered, and so is not here, also where a field of it was lost.
///
/// What cannot be written is an error in its place, once, and ends the stream. What is still held
/// back is written out at the end of the input: who stops before it calls
/// [`Reader::finish`](crate::Reader::finish), or never hears of a disk that was full.
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
    files: Option<Files>,
    /// What the report said of the last fault that holds of all its pieces.
    head: String,
}

impl Quarantine {
    /// A quarantine that writes the bytes of faults there, and no report.
    pub fn new(bytes: impl Write + Send + 'static) -> Self {
        let (report, padding, files) = (None, None, None);
        Self { bytes: Sink::new(bytes), report, padding, length: 0, files, head: String::new() }
    }

    /// A quarantine in a file, with a report beside it: its name is that of the file and
    /// `.jsonl`. What was in these files is lost as soon as a reader takes the quarantine, and not
    /// before: if the input cannot be opened, an earlier quarantine is still there.
    ///
    /// # Errors
    /// If one of the two files cannot be opened or made.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::open(path.as_ref(), Contents::Replaced)
    }

    /// The same behind what is in these files already: for a reader that takes up where another
    /// one stopped ([`ReaderBuilder::start`](crate::ReaderBuilder::start)).
    ///
    /// # Errors
    /// If one of the two files cannot be opened or made.
    ///
    /// ```
    /// use tidemarc::{Quarantine, Reader};
    ///
    /// let (input, name) = ("tests/fixtures/books-damaged.mrc", std::process::id());
    /// let path = std::env::temp_dir().join(format!("tidemarc-append-doc-{name}.mrc"));
    /// let mut reader = Reader::from_path(input)?.with_quarantine(Quarantine::create(&path)?);
    /// assert_eq!(reader.by_ref().take(30).filter(Result::is_err).count(), 2);
    /// let start = reader.finish()?.position();
    /// let rest = Reader::builder().start(start).from_path(input)?;
    /// assert_eq!(rest.with_quarantine(Quarantine::append(&path)?).filter(Result::is_err).count(), 2);
    /// let report = std::fs::read_to_string(path.with_extension("mrc.jsonl"))?;
    /// assert_eq!(report.lines().count(), 4);
    /// # std::fs::remove_file(&path)?;
    /// # std::fs::remove_file(path.with_extension("mrc.jsonl"))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::open(path.as_ref(), Contents::Kept)
    }

    fn open(path: &Path, contents: Contents) -> io::Result<Self> {
        let paths = paths(path);
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(contents == Contents::Kept);
        let [bytes, report] = [options.open(&paths[0])?, options.open(&paths[1])?];
        let (mut stale, mut length) = (None, 0);
        match contents {
            Contents::Replaced => stale = Some([bytes.try_clone()?, report.try_clone()?]),
            Contents::Kept => length = bytes.metadata()?.len(),
        }
        let mut quarantine = Self::new(BufWriter::new(bytes)).report(BufWriter::new(report));
        quarantine.length = length;
        quarantine.bytes.path = Some(paths[0].clone());
        if let Some(report) = &mut quarantine.report {
            report.path = Some(paths[1].clone());
        }
        quarantine.files = Some(Files { paths, stale });
        Ok(quarantine)
    }

    /// Whether a quarantine of this path would write over that file.
    #[cfg(feature = "python")]
    pub(crate) fn would_overwrite(path: &Path, file: &FileId) -> bool {
        is_among(&paths(path), file)
    }

    #[cfg(feature = "python")]
    pub(super) const fn has_files(&self) -> bool {
        self.files.is_some()
    }

    /// To be called before the first byte: what was in the files goes, unless it is the input.
    pub(super) fn begin(&mut self, input: Option<&FileId>) -> io::Result<()> {
        let Some(Files { paths, stale }) = &mut self.files else { return Ok(()) };
        if input.is_some_and(|input| is_among(paths, input)) {
            let cause = io::Error::new(io::ErrorKind::InvalidInput, "it is the input itself");
            return Err(Unwritten { path: Some(paths[0].clone()), cause }.wrapped());
        }
        for (file, path) in stale.take().into_iter().flatten().zip(paths) {
            // Pipes and devices have nothing to be emptied.
            let empty = || if file.metadata()?.is_file() { file.set_len(0) } else { Ok(()) };
            empty().map_err(|cause| Unwritten { path: Some(path.clone()), cause }.wrapped())?;
        }
        Ok(())
    }

    /// Writes a report there: for each span one line of JSON, with the keys of
    /// [`Error::to_json`](crate::Error::to_json) and `quarantine_offset`, which says where in the
    /// quarantine the span begins. A span longer than
    /// [`max_record_length`](crate::ReaderBuilder::max_record_length) comes in pieces, with a line
    /// each: those behind the first have its `source`, `number`, `code`, `kind`, `severity` and
    /// `control_number`, an `offset` and a `length` of their own, and `"continued":true`.
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
        let bytes = batch.input_of(entry);
        match entry.what {
            What::Record { .. } => return Ok(()),
            What::Padding | What::PaddingContinued => {
                return self.padding.as_mut().map_or(Ok(()), |padding| padding.write(&bytes));
            }
            What::Fault(_) => self.tell(batch, entry)?,
            What::FaultContinued => self.tell_more(batch.offset_of(entry), bytes.len())?,
        }
        self.bytes.write(&bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Adds a line about a fault to the report.
    fn tell(&mut self, batch: &Batch, entry: &Entry) -> io::Result<()> {
        let Some(report) = &mut self.report else { return Ok(()) };
        let Some(error) = batch.error(entry) else { return Ok(()) };
        self.head = error.json_head();
        let json = error.to_json();
        let object = json.strip_suffix('}').unwrap_or(&json);
        let line = format!("{object},\"quarantine_offset\":{}}}\n", self.length);
        report.write(line.as_bytes())
    }

    /// Adds a line about more of the fault before.
    fn tell_more(&mut self, offset: u64, length: usize) -> io::Result<()> {
        let Some(report) = &mut self.report else { return Ok(()) };
        let (head, place) = (&self.head, self.length);
        let line = format!(
            "{{{head},\"offset\":{offset},\"length\":{length},\"continued\":true,\
             \"quarantine_offset\":{place}}}\n"
        );
        report.write(line.as_bytes())
    }

    /// Hands on what writers may hold back, each of them; the first that cannot is told.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let others = [&mut self.report, &mut self.padding];
        let rest = others.into_iter().flatten().map(Sink::flush).fold(Ok(()), Result::and);
        self.bytes.flush().and(rest)
    }
}

/// A quarantine's file and its report's.
fn paths(path: &Path) -> [PathBuf; 2] {
    let mut report = path.as_os_str().to_owned();
    report.push(".jsonl");
    [path.to_owned(), report.into()]
}

fn is_among(paths: &[PathBuf], file: &FileId) -> bool {
    paths.iter().any(|path| FileId::of_path(path).as_ref() == Some(file))
}

impl fmt::Debug for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantine").field("length", &self.length).finish_non_exhaustive()
    }
}

static_assertions::assert_impl_all!(Quarantine: Send);
