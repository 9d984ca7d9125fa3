//! A path that is written to.

#[cfg(unix)]
use super::{
    place::{self, Place},
    replacement::Replacement,
};
use crate::source::{Conflict, FileId, is_read};
use std::{
    fmt,
    fs::File,
    io::{self, Write},
    path::Path,
    vec::Vec,
};

/// How many bytes are handed to the file at once, or a few more.
const CAPACITY: usize = 64 << 10;

/// A file that takes the place of the one at its path when it is complete, and not before.
///
/// What is written goes to a temporary file in the same folder. [`commit`](Self::commit) waits until it
/// is on the disk and then renames it: whoever opens the path finds the old contents or all of the
/// new, also if a program is killed in between, and whoever reads the old file reads on in it. If the
/// value is dropped without a commit (an error, a panic), the old file is as it was, and
/// nothing of the new one is left. So a file can be written while it is being read.
///
/// - The new file has the mode of the old one, and its owner and group where this user may give
///   them. Access control lists and other extended attributes are not copied.
/// - Symbolic links are followed: the file is replaced, and the links stay.
/// - Another hard link to the old file keeps the old contents.
/// - A file that cannot be opened for writing is not replaced either. Nor is one whose folder does
///   not permit it; to write over that in place, open it yourself.
/// - A process that is killed leaves the temporary file, `.tidemarc-….tmp`, behind.
/// - Where there is no regular file (FIFOs, terminals, devices), and in files that are reached through a
///   descriptor (`/dev/stdout`), it is written directly, behind what is there.
///
/// Writes are buffered. On other systems than Unix, files are written in place.
///
/// ```
/// use std::io::Write;
/// use tidemarc::{OutputFile, Reader, Writer, format::{Format, WriteOptions}};
///
/// let path = std::env::temp_dir().join(format!("tidemarc-output-doc-{}.mrc", std::process::id()));
/// std::fs::copy("tests/fixtures/books.mrc", &path)?;
///
/// // The even records of a file, in the same file.
/// let mut writer = Writer::create(&path, Format::Iso2709, WriteOptions::new())?;
/// for (at, record) in Reader::from_path(&path)?.enumerate() {
///     if at % 2 == 0 {
///         writer.write(&record?)?;
///     }
/// }
/// writer.commit()?;
/// assert_eq!(Reader::from_path(&path)?.count(), 30);
///
/// // Without a commit nothing has happened.
/// OutputFile::create(&path)?.write_all(b"half a rec")?;
/// assert_eq!(Reader::from_path(&path)?.count(), 30);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct OutputFile {
    file: File,
    #[cfg(unix)]
    replacement: Option<Replacement>,
    buffer: Vec<u8>,
    /// How many bytes of the buffer the file has taken.
    taken: usize,
    /// The process that opened it.
    process: u32,
}

impl OutputFile {
    /// Opens a path. Of a FIFO, waits for somebody to read from it.
    ///
    /// # Errors
    /// Those of the operating system; of kind [`ResourceBusy`](io::ErrorKind::ResourceBusy) if the path
    /// leads to a file that is written directly, and that a reader of this process has not read to
    /// its end.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        loop {
            if let Some(file) = Self::try_create(path.as_ref())? {
                return Ok(file);
            }
        }
    }

    /// Opens a path, or returns `None` if that has to be tried again, after a while that has passed.
    #[cfg(unix)]
    pub(crate) fn try_create(path: &Path) -> io::Result<Option<Self>> {
        let old = match place::open_existing(path) {
            Ok(None) => return Ok(None),
            Ok(Some(file)) if !file.metadata()?.is_file() => {
                return Self::apart_from_readers(file, path).map(Some);
            }
            Ok(Some(file)) => Some(file.metadata()?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        match place::resolve(path)? {
            Place::Descriptor(number) => {
                let file = place::open_descriptor(path, number)?;
                file.map(|file| Self::apart_from_readers(file, path)).transpose()
            }
            Place::Named { folder, name } => {
                let (file, replacement) = Replacement::create(&folder, name, old.as_ref())?;
                Ok(Some(Self { replacement: Some(replacement), ..Self::in_place(file) }))
            }
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn try_create(path: &Path) -> io::Result<Option<Self>> {
        let file = std::fs::OpenOptions::new().create(true).write(true).open(path)?;
        let output = Self::apart_from_readers(file, path)?;
        output.file.set_len(0)?;
        Ok(Some(output))
    }

    /// An output that writes to an open file as it stands, unless that destroys what is read.
    ///
    /// # Errors
    /// If a stream of this process reads the file, and what is written does not go to its end.
    fn apart_from_readers(file: File, path: &Path) -> io::Result<Self> {
        let is_read = FileId::of_file(&file, path).is_some_and(|file| is_read(&file));
        #[cfg(unix)]
        let is_read = is_read && !place::appends(&file)?;
        if is_read {
            return Err(Conflict::Read.at("output", path));
        }
        Ok(Self::in_place(file))
    }

    /// An output that writes to an open file as it stands.
    pub(crate) fn in_place(file: File) -> Self {
        let buffer = Vec::with_capacity(CAPACITY);
        Self {
            file,
            #[cfg(unix)]
            replacement: None,
            buffer,
            taken: 0,
            process: std::process::id(),
        }
    }

    /// Whether a commit replaces a file, and a drop without one leaves no trace.
    #[must_use]
    pub const fn is_replacement(&self) -> bool {
        #[cfg(unix)]
        return self.replacement.is_some();
        #[cfg(not(unix))]
        return false;
    }

    /// Writes out what is buffered, waits until it is on the disk, and puts the file in its place.
    ///
    /// # Errors
    /// Those of the operating system. The old file is as it was then.
    pub fn commit(mut self) -> io::Result<()> {
        self.flush()?;
        #[cfg(unix)]
        if let Some(replacement) = self.replacement.take() {
            return replacement.commit(&self.file);
        }
        Ok(())
    }

    /// Whether so many bytes can be held without a write before.
    pub(crate) fn has_room_for(&self, length: usize) -> bool {
        self.buffer.len() - self.taken + length <= CAPACITY
    }

    /// Takes bytes into the buffer, to be written later.
    pub(crate) fn hold(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Writes what the file takes, or waits a while until it takes something. True if nothing is
    /// left to be written.
    ///
    /// # Errors
    /// Those of the operating system; and in the child of a fork, whose parent writes this file.
    pub(crate) fn write_some(&mut self) -> io::Result<bool> {
        let rest = &self.buffer[self.taken..];
        if rest.is_empty() {
            return Ok(true);
        }
        if self.process != std::process::id() {
            return Err(io::Error::other(
                "this output was opened before a fork, and belongs to the parent",
            ));
        }
        match (&self.file).write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => self.taken += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(),
            Err(error) => return Err(error),
        }
        if self.taken < self.buffer.len() {
            return Ok(false);
        }
        self.buffer.clear();
        self.taken = 0;
        Ok(true)
    }

    /// Waits for room in the file. If that fails, the next write reports it.
    #[cfg(unix)]
    fn wait(&self) {
        use rustix::event::{PollFd, PollFlags, poll};
        let _ = poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], Some(&place::pause(50)));
    }

    #[cfg(not(unix))]
    fn wait(&self) {
        std::thread::yield_now();
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.has_room_for(bytes.len()) {
            self.flush()?;
        }
        self.hold(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.write_some()? {}
        Ok(())
    }
}

impl fmt::Debug for OutputFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputFile")
            .field("is_replacement", &self.is_replacement())
            .finish_non_exhaustive()
    }
}

static_assertions::assert_impl_all!(OutputFile: Send);

/// Opens a file to be written as it stands, behind its end or from its beginning on, and makes it if
/// it is missing. `None` if that has to be tried again, after a while that has passed.
#[cfg(feature = "python")]
pub(crate) fn open_in_place(path: &Path, appends: bool) -> io::Result<Option<File>> {
    #[cfg(unix)]
    return place::open_or_make(path, appends);
    #[cfg(not(unix))]
    return std::fs::OpenOptions::new()
        .create(true)
        .write(true)
        .append(appends)
        .open(path)
        .map(Some);
}

/// Whether an output to this path would leave the file that is there now untouched, or there is none.
#[cfg(feature = "python")]
pub(crate) fn would_replace(path: &Path) -> bool {
    #[cfg(unix)]
    return path.metadata().map_or(true, |about| {
        about.is_file() && matches!(place::resolve(path), Ok(Place::Named { .. }))
    });
    #[cfg(not(unix))]
    return !path.exists();
}
