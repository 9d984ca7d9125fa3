//! Where the bytes go that are delivered in no record.

use crate::{
    error::Unwritten,
    parse::{Batch, What},
    source::{Conflict, FileId, InUse, conflict_of, is_read},
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

/// A writer of any sort, and the path by which it was opened, if it was.
struct Sink {
    writer: Box<dyn Write + Send>,
    path: Option<PathBuf>,
    /// Bytes that the writer did not take when it had no room: they come first.
    rest: Vec<u8>,
}

impl Sink {
    fn new(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Box::new(writer), path: None, rest: Vec::new() }
    }

    /// Takes all of these bytes: after a delay, too.
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

    fn write_rest(&mut self) -> io::Result<()> {
        let (count, written) = write_all(&mut self.writer, &self.rest);
        self.rest.drain(..count);
        written
    }

    /// Writes what the writer had no room for.
    fn catch_up(&mut self) -> io::Result<()> {
        self.write_rest().map_err(|error| self.unwritten(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.write_rest().and_then(|()| self.writer.flush());
        flushed.map_err(|error| self.unwritten(error))
    }

    #[cold]
    fn unwritten(&self, cause: io::Error) -> io::Error {
        Unwritten { path: self.path.clone(), cause }.wrapped()
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
    /// Those to be emptied before the first byte.
    stale: Option<[File; 2]>,
    /// Keeps others of this process from writing them.
    uses: [Option<InUse>; 2],
}

/// The name of a quarantine in messages.
const WHAT: &str = "quarantine";

/// Receives the exact bytes of everything that a [`Reader`](crate::Reader) does not deliver, so that
/// nothing of an input is ever lost: what was delivered, what is here and the padding between
/// records add up to the input, byte for byte.
///
/// The spans that are no record come one after the other, in the order of the input; the report has
/// a line of JSON for each, that says where it was and what is wrong with it. A record that was
/// repaired is delivered, and so is not here, also where a field of it was lost.
///
/// What cannot be written is an error in its place, once, and ends the stream. A writer that has no
/// room at the moment ([`WouldBlock`](io::ErrorKind::WouldBlock)) is an error too, and ends nothing: the
/// next step goes on with the rest. What is still held
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
    pub(crate) files: Option<Files>,
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
    /// If one of the two files cannot be opened or made; of kind
    /// [`ResourceBusy`](io::ErrorKind::ResourceBusy) if a reader of this process has not read it to its
    /// end, or has it as its quarantine. What [`from_path`](crate::Reader::from_path) has opened is
    /// known to be read; what is behind a [`Read`](io::Read) is not.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::open(path.as_ref(), false)
    }

    /// The same behind what is in these files already: for a reader that takes up where another
    /// one stopped ([`ReaderBuilder::start`](crate::ReaderBuilder::start)).
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

    /// Opens the two files by a function, and writes to them by what another makes of them. The files
    /// are opened in place: what is written stays, whatever happens after that.
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
            open(path, appends)
                .map_err(|cause| Unwritten { path: Some(path.clone()), cause }.wrapped())
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

    /// To be called before the first byte: what was in the files goes, unless it is the input.
    pub(crate) fn begin(&mut self, input: Option<&FileId>) -> io::Result<()> {
        let Some(Files { paths, stale, uses }) = &mut self.files else { return Ok(()) };
        let mut files =
            uses.iter().zip(&*paths).filter_map(|(file, path)| Some((file.as_ref()?.file(), path)));
        if input.is_some_and(|input| files.clone().any(|(file, _)| file == input)) {
            let cause = io::Error::new(io::ErrorKind::InvalidInput, "it is the input itself");
            return Err(Unwritten { path: Some(paths[0].clone()), cause }.wrapped());
        }
        if stale.is_some() {
            // Somebody may have begun to read them after they were opened.
            let in_use = files.find(|(file, _)| is_read(file));
            in_use.map_or(Ok(()), |(_, path)| Err(Conflict::Read.at(WHAT, path)))?;
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

    /// Takes what is no record. After a delay, all of it is taken, and [`catch_up`](Self::catch_up)
    /// goes on.
    pub(crate) fn take(&mut self, batch: &Batch, at: usize) -> io::Result<()> {
        let entry = &batch.entries()[at];
        let bytes = batch.input_of(entry);
        let told = match entry.what {
            What::Record { .. } => return Ok(()),
            What::Padding | What::PaddingContinued => {
                return self.padding.as_mut().map_or(Ok(()), |padding| padding.write(&bytes));
            }
            What::Fault(_) => self.tell(batch, at),
            What::FaultContinued => self.tell_more(batch.offset_of(entry), bytes.len()),
        };
        if told.as_ref().is_err_and(|error| !Quarantine::is_delay(error)) {
            return told;
        }
        let written = self.bytes.write(&bytes);
        self.length += bytes.len() as u64;
        told.and(written)
    }

    /// Writes what there was no room for.
    pub(crate) fn catch_up(&mut self) -> io::Result<()> {
        let others = [&mut self.report, &mut self.padding];
        others.into_iter().flatten().try_for_each(Sink::catch_up)?;
        self.bytes.catch_up()
    }

    /// Adds a line about a fault to the report.
    fn tell(&mut self, batch: &Batch, at: usize) -> io::Result<()> {
        let Some(report) = &mut self.report else { return Ok(()) };
        let Some(error) = batch.error(at) else { return Ok(()) };
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
