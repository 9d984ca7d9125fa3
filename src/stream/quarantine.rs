//! The files that receive the bytes of faults.

use crate::{
    error::Unwritten,
    parse::{Batch, What},
    source::{Conflict, FileId, InUse, Unit, conflict_of, is_read},
};
use std::{
    boxed::Box,
    fmt,
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    string::String,
    vec::Vec,
};

/// A writer of any sort, with its path if it was opened by one.
struct Sink {
    writer: Box<dyn Write + Send>,
    path: Option<PathBuf>,
    /// Bytes that the writer had no room for. They are written first.
    rest: Vec<u8>,
}

impl Sink {
    fn new(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Box::new(writer), path: None, rest: Vec::new() }
    }

    /// Takes all of these bytes, even if the error is a delay.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (count, written) = match self.write_rest() {
            Ok(()) => write_all(&mut self.writer, bytes),
            Err(error) => (0, Err(error)),
        };
        written.map_err(|error| {
            if Quarantine::is_delay(&error) {
                self.rest.extend_from_slice(&bytes[count..]);
            }
            self.unwritten(error)
        })
    }

    /// Takes the bytes of the input from which this UTF-8 was made, even if the error is a delay.
    fn write_all(&mut self, unit: Unit, utf8: &[u8]) -> io::Result<()> {
        let mut written = Ok(());
        for piece in unit.pieces(utf8) {
            written = self.write(&piece);
            if written.as_ref().is_err_and(|error| !Quarantine::is_delay(error)) {
                break;
            }
        }
        written
    }

    fn write_rest(&mut self) -> io::Result<()> {
        let (count, written) = write_all(&mut self.writer, &self.rest);
        self.rest.drain(..count);
        written
    }

    /// Writes the bytes that the writer had no room for.
    fn catch_up(&mut self) -> io::Result<()> {
        self.write_rest().map_err(|error| self.unwritten(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.write_rest().and_then(|()| self.writer.flush());
        flushed.map_err(|error| self.unwritten(error))
    }

    #[cold]
    fn unwritten(&self, cause: io::Error) -> io::Error {
        Unwritten { what: WHAT, path: self.path.clone(), cause }.wrapped()
    }
}

/// Writes like `Write::write_all`, and returns how many bytes were written before an error.
fn write_all(writer: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match writer.write(&bytes[written..]) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

/// The two files of a quarantine that has a path.
pub(crate) struct Files {
    paths: [PathBuf; 2],
    /// The files that are emptied before the first byte is written.
    stale: Option<[File; 2]>,
    /// Keep other writers of this process from writing them.
    uses: [Option<InUse>; 2],
}

/// The name of a quarantine in messages.
const WHAT: &str = "quarantine";

/// Receives the exact bytes of everything that a [`Reader`](crate::Reader) does not deliver, so
/// that nothing of an input is lost: the records delivered, the quarantine and the padding between
/// records add up to the input, byte for byte.
///
/// The bad spans follow each other in the order of the input. The report has a line of JSON for
/// each, with its place and its fault. A repaired record is delivered, and so it is not in the
/// quarantine, even if it lost a field.
///
/// A failed write is an error in the place of the fault, once, and ends the stream. If a writer has
/// no room at the moment ([`WouldBlock`](io::ErrorKind::WouldBlock)), that is an error too, but the
/// stream does not end: the next step writes the rest. Buffered bytes are written at the end of the
/// input. If you stop before the end, call [`Reader::finish`](crate::Reader::finish); otherwise you
/// never learn of a full disk.
///
/// Padding (blank space between records, and descriptor words) is not a fault. It is counted and
/// dropped, unless [`padding`](Self::padding) sets a writer for it.
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
    /// Number of bytes in `bytes`.
    length: u64,
    pub(crate) files: Option<Files>,
    /// The part of the last line of the report that applies to every piece of its fault.
    head: String,
}

impl Quarantine {
    /// Returns a quarantine that writes the bytes of faults to a writer, without a report.
    pub fn new(bytes: impl Write + Send + 'static) -> Self {
        let (report, padding, files) = (None, None, None);
        Self { bytes: Sink::new(bytes), report, padding, length: 0, files, head: String::new() }
    }

    /// Returns a quarantine in a file, with a report beside it, whose name is that of the file and
    /// `.jsonl`. The earlier contents of these files are lost as soon as a reader takes the
    /// quarantine, and not before: if the input cannot be opened, an earlier quarantine is still
    /// there.
    ///
    /// # Errors
    /// If one of the two files cannot be opened or made; of kind
    /// [`ResourceBusy`](io::ErrorKind::ResourceBusy) if a reader of this process has not read it to
    /// its end, or has it as its quarantine. A file that [`from_path`](crate::Reader::from_path)
    /// opened is known to be in use; the file of a [`Read`](io::Read) is not.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::open(path.as_ref(), false)
    }

    /// Returns a quarantine in such files that keeps their earlier contents: for a reader that
    /// continues where another one stopped ([`ReaderBuilder::start`](crate::ReaderBuilder::start)).
    ///
    /// # Errors
    /// If one of the two files cannot be opened or made, or is another quarantine of this process.
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
        Self::open(path.as_ref(), true)
    }

    fn open(path: &Path, appends: bool) -> io::Result<Self> {
        let open = |path: &Path, appends| {
            OpenOptions::new().create(true).write(true).append(appends).open(path)
        };
        Self::open_by(path, appends, open, |file| Box::new(BufWriter::new(file)))
    }

    /// Opens the two files by one function, and makes their writers by another. The files are
    /// opened in place: written bytes stay, whatever happens later.
    ///
    /// # Errors
    /// If one of the two cannot be opened, or is in use: the error names it.
    pub(crate) fn open_by(
        path: &Path,
        appends: bool,
        open: impl Fn(&Path, bool) -> io::Result<File>,
        wrap: impl Fn(File) -> Box<dyn Write + Send>,
    ) -> io::Result<Self> {
        let paths = Self::paths(path);
        for path in &paths {
            let conflict = FileId::of_path(path).and_then(|file| conflict_of(&file, appends));
            conflict.map_or(Ok(()), |conflict| Err(conflict.at(WHAT, path)))?;
        }
        let open = |path: &PathBuf| {
            open(path, appends).map_err(|cause| {
                Unwritten { what: WHAT, path: Some(path.clone()), cause }.wrapped()
            })
        };
        let [bytes, report] = [open(&paths[0])?, open(&paths[1])?];
        let in_use = |file: &File, path: &PathBuf| {
            let file = FileId::of_file(file, path);
            let in_use = file.map(|file| InUse::writing(file, appends)).transpose();
            in_use.map_err(|conflict| conflict.at(WHAT, path))
        };
        let uses = [in_use(&bytes, &paths[0])?, in_use(&report, &paths[1])?];
        let length = if appends { bytes.metadata()?.len() } else { 0 };
        let stale = if appends { None } else { Some([bytes.try_clone()?, report.try_clone()?]) };
        let mut quarantine = Self::new(wrap(bytes)).report(wrap(report));
        quarantine.length = length;
        quarantine.bytes.path = Some(paths[0].clone());
        if let Some(report) = &mut quarantine.report {
            report.path = Some(paths[1].clone());
        }
        quarantine.files = Some(Files { paths, stale, uses });
        Ok(quarantine)
    }

    /// Returns true if a writer has no room at the moment, or was interrupted: nothing is lost, and
    /// it can be asked again.
    pub(crate) fn is_delay(error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::WouldBlock
    }

    /// Returns the paths of a quarantine and of its report.
    pub(crate) fn paths(path: &Path) -> [PathBuf; 2] {
        let mut report = path.as_os_str().to_owned();
        report.push(".jsonl");
        [path.to_owned(), report.into()]
    }

    /// Empties the files before the first byte is written.
    ///
    /// # Errors
    /// If one of them is the input, or is read, or cannot be emptied.
    pub(crate) fn begin(&mut self, inputs: &[InUse]) -> io::Result<()> {
        let Some(Files { paths, stale, uses }) = &mut self.files else { return Ok(()) };
        let mut files =
            uses.iter().zip(&*paths).filter_map(|(file, path)| Some((file.as_ref()?.file(), path)));
        if files.clone().any(|(file, _)| inputs.iter().any(|input| input.file() == file)) {
            let cause = io::Error::new(io::ErrorKind::InvalidInput, "it is the input itself");
            return Err(Unwritten { what: WHAT, path: Some(paths[0].clone()), cause }.wrapped());
        }
        if stale.is_some() {
            // A reader may have opened them after the quarantine did.
            let in_use = files.find(|(file, _)| is_read(file));
            in_use.map_or(Ok(()), |(_, path)| Err(Conflict::Read.at(WHAT, path)))?;
        }
        for (file, path) in stale.take().into_iter().flatten().zip(paths) {
            // Pipes and devices cannot be emptied.
            let empty = || if file.metadata()?.is_file() { file.set_len(0) } else { Ok(()) };
            empty().map_err(|cause| {
                Unwritten { what: WHAT, path: Some(path.clone()), cause }.wrapped()
            })?;
        }
        Ok(())
    }

    /// Sets the writer of the report: one line of JSON for each span, with the keys of
    /// [`Error::to_json`](crate::Error::to_json) and `quarantine_offset`, the offset of the span in
    /// the quarantine. A span longer than
    /// [`max_record_length`](crate::ReaderBuilder::max_record_length) comes in pieces, with a line
    /// each. The pieces after the first have its `source`, `number`, `code`, `kind`, `severity` and
    /// `control_number`, an `offset` and a `length` of their own, and `"continued":true`.
    #[must_use]
    pub fn report(mut self, report: impl Write + Send + 'static) -> Self {
        self.report = Some(Sink::new(report));
        self
    }

    /// Returns true if there is a writer for the padding.
    pub(super) const fn has_padding(&self) -> bool {
        self.padding.is_some()
    }

    /// Sets a writer for the padding, in the order of the input.
    #[must_use]
    pub fn padding(mut self, padding: impl Write + Send + 'static) -> Self {
        self.padding = Some(Sink::new(padding));
        self
    }

    /// Takes an entry that is not a record. If the error is a delay, all of it was taken, and
    /// [`catch_up`](Self::catch_up) writes the rest.
    pub(crate) fn take(&mut self, batch: &Batch, at: usize) -> io::Result<()> {
        let entry = &batch.entries()[at];
        let unit = batch.raw.unit;
        let (utf8, length) = (batch.bytes_of(entry), unit.measure(batch.bytes_of(entry)));
        let reported = match entry.what {
            What::Record { .. } | What::Unmatched { .. } => return Ok(()),
            What::Padding | What::PaddingContinued => {
                return self
                    .padding
                    .as_mut()
                    .map_or(Ok(()), |padding| padding.write_all(unit, utf8));
            }
            What::Fault(_) => self.report_fault(batch, at),
            What::FaultContinued => self.report_more(batch.offset_of(entry), length),
        };
        if reported.as_ref().is_err_and(|error| !Quarantine::is_delay(error)) {
            return reported;
        }
        let written = self.bytes.write_all(unit, utf8);
        self.length += length;
        reported.and(written)
    }

    /// Writes the bytes that there was no room for.
    pub(crate) fn catch_up(&mut self) -> io::Result<()> {
        let others = [&mut self.report, &mut self.padding];
        others.into_iter().flatten().try_for_each(Sink::catch_up)?;
        self.bytes.catch_up()
    }

    /// Adds a line about a fault to the report.
    fn report_fault(&mut self, batch: &Batch, at: usize) -> io::Result<()> {
        let Some(report) = &mut self.report else { return Ok(()) };
        let Some(error) = batch.error(at) else { return Ok(()) };
        self.head = error.json_head();
        let json = error.to_json();
        let object = json.strip_suffix('}').unwrap_or(&json);
        let line = format!("{object},\"quarantine_offset\":{}}}\n", self.length);
        report.write(line.as_bytes())
    }

    /// Adds a line about more of the fault before.
    fn report_more(&mut self, offset: u64, length: u64) -> io::Result<()> {
        let Some(report) = &mut self.report else { return Ok(()) };
        let (head, place) = (&self.head, self.length);
        let line = format!(
            "{{{head},\"offset\":{offset},\"length\":{length},\"continued\":true,\
             \"quarantine_offset\":{place}}}\n"
        );
        report.write(line.as_bytes())
    }

    /// Flushes every writer. Returns the first error.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let others = [&mut self.report, &mut self.padding];
        let rest = others.into_iter().flatten().map(Sink::flush).fold(Ok(()), Result::and);
        self.bytes.flush().and(rest)
    }
}

impl fmt::Debug for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantine").field("length", &self.length).finish_non_exhaustive()
    }
}

static_assertions::assert_impl_all!(Quarantine: Send);
