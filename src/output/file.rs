//! An output to a path.

#[cfg(unix)]
use super::{
    place::{self, Place},
    replacement::Replacement,
};
use crate::source::{FileId, conflict_of};
use std::{
    fmt,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    vec::Vec,
};

/// Size of a write to the file, in bytes, which may be slightly exceeded.
const CAPACITY: usize = 64 << 10;

/// A file that replaces the one at its path when it is complete, and not before.
///
/// The bytes go to a temporary file in the same folder. [`commit`](Self::commit) waits until they
/// are on the disk, and then renames the file. A program that opens the path finds either the old
/// contents or all of the new, even if a program is killed meanwhile, and a program that reads the
/// old file continues to read it. If the value is dropped without a commit (an error, a panic), the
/// old file is unchanged, and nothing of the new one remains. So a file can be written while it is
/// being read.
///
/// - The new file has the mode of the old one, and its owner and group if this user may set them.
///   Access control lists and other extended attributes are not copied.
/// - Symbolic links are followed: the file is replaced, and the links stay.
/// - Another hard link to the old file keeps the old contents.
/// - A file that cannot be opened for writing is not replaced. Nor is one whose folder does not
///   permit it; to overwrite such a file in place, open it yourself.
/// - A process that is killed leaves the temporary file, `.tidemarc-….tmp`, in the folder.
/// - A path without a regular file (a FIFO, a terminal, a device), or a file that is reached
///   through a descriptor (`/dev/stdout`), is written directly, after its existing contents.
///
/// Writes are buffered. On systems other than Unix, files are written in place.
///
/// ```
/// use std::io::Write;
/// use tidemarc::{OutputFile, Reader};
///
/// let path = std::env::temp_dir().join(format!("tidemarc-output-doc-{}.mrc", std::process::id()));
/// std::fs::copy("tests/fixtures/books.mrc", &path)?;
///
/// // The even records of a file, in the same file.
/// let mut output = OutputFile::create(&path)?;
/// for (at, record) in Reader::from_path(&path)?.enumerate() {
///     if at % 2 == 0 {
///         output.write_all(&record?.raw())?;
///     }
/// }
/// output.commit()?;
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
    /// Number of bytes of the buffer that the file has taken.
    taken: usize,
    /// The process that opened the file.
    process: u32,
}

impl OutputFile {
    /// Opens a path. For a FIFO, waits for a reader.
    ///
    /// # Errors
    /// Returns errors of the operating system. Returns an error of kind
    /// [`ResourceBusy`](io::ErrorKind::ResourceBusy) if a quarantine of this process writes the file,
    /// or if the file is written directly and a reader of this process has not read it to its end.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        loop {
            if let Some(file) = Self::try_create(path.as_ref())? {
                return Ok(file);
            }
        }
    }

    /// Opens a path, or returns `None` after a short wait if the caller must try again.
    #[cfg(unix)]
    pub(crate) fn try_create(path: &Path) -> io::Result<Option<Self>> {
        let old = match place::open_existing(path) {
            Ok(None) => return Ok(None),
            Ok(Some(file)) if !file.metadata()?.is_file() => {
                return Self::over(file, path).map(Some);
            }
            Ok(Some(file)) => {
                // Readers keep the old file, but what a quarantine adds to it would be lost.
                refuse_conflict(&file, path, true)?;
                Some(file.metadata()?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        match place::resolve(path)? {
            Place::Descriptor(number) => {
                let file = place::open_descriptor(path, number)?;
                file.map(|file| Self::over(file, path)).transpose()
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
        let output = Self::over(file, path)?;
        output.file.set_len(0)?;
        Ok(Some(output))
    }

    /// Creates an output that writes to an open file in place, unless that destroys what another
    /// stream of this process reads or writes.
    fn over(file: File, path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        let appends = place::appends(&file)?;
        #[cfg(not(unix))]
        let appends = false;
        // Bytes after the end of a file destroy none.
        if !appends {
            refuse_conflict(&file, path, false)?;
        }
        Ok(Self::in_place(file))
    }

    /// Creates an output that writes to an open file in place.
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

    /// Returns true if a commit replaces a file, and a drop without one leaves no trace.
    #[must_use]
    pub const fn is_replacement(&self) -> bool {
        #[cfg(unix)]
        return self.replacement.is_some();
        #[cfg(not(unix))]
        return false;
    }

    /// Returns the path of the temporary file, if a commit replaces a file: for a program that
    /// removes it when a signal ends the process.
    ///
    /// ```
    /// let path = std::env::temp_dir().join("tidemarc-temporary-doc.mrc");
    /// let output = tidemarc::OutputFile::create(&path)?;
    /// let temporary = output.temporary_path().unwrap();
    /// assert!(temporary.exists() && !path.exists());
    /// drop(output);
    /// assert!(!temporary.exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn temporary_path(&self) -> Option<PathBuf> {
        #[cfg(unix)]
        return self.replacement.as_ref().map(Replacement::temporary_path);
        #[cfg(not(unix))]
        return None;
    }

    /// Writes out what is buffered, waits until it is on the disk, and puts the file in its place.
    ///
    /// # Errors
    /// Returns errors of the operating system, and an error in the child of a fork whose parent
    /// writes this file. The old file is then unchanged.
    pub fn commit(mut self) -> io::Result<()> {
        self.check_process()?;
        self.flush()?;
        #[cfg(unix)]
        if let Some(replacement) = self.replacement.take() {
            return replacement.commit(&self.file);
        }
        Ok(())
    }

    /// Returns true if a commit would replace a file that is not empty.
    #[must_use]
    pub fn replaces_contents(&self) -> bool {
        #[cfg(unix)]
        return self.replacement.as_ref().is_some_and(|replacement| replacement.has_old);
        #[cfg(not(unix))]
        return false;
    }

    /// Does the same as a [commit](Self::commit), but puts the file beside the old one, under its name
    /// and a suffix: for a program that has not read everything, and keeps the old file. If there is
    /// such a file, a number stands before the suffix. Returns the path; `None` for a file that is
    /// written directly.
    ///
    /// ```
    /// use std::io::Write;
    /// use tidemarc::OutputFile;
    ///
    /// let path = std::env::temp_dir().join(format!("tidemarc-beside-{}.txt", std::process::id()));
    /// std::fs::write(&path, "all of it")?;
    /// let mut output = OutputFile::create(&path)?;
    /// assert!(output.replaces_contents());
    /// output.write_all(b"a part")?;
    /// let beside = output.commit_beside(".incomplete")?.unwrap();
    /// assert_eq!(std::fs::read_to_string(&path)?, "all of it");
    /// assert_eq!(std::fs::read_to_string(&beside)?, "a part");
    /// # for path in [path, beside] { std::fs::remove_file(path)? }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn commit_beside(mut self, suffix: &str) -> io::Result<Option<PathBuf>> {
        self.check_process()?;
        self.flush()?;
        #[cfg(unix)]
        if let Some(replacement) = self.replacement.take() {
            return replacement.commit_beside(suffix, &self.file).map(Some);
        }
        Ok(None)
    }

    /// Checks that this process opened the file.
    ///
    /// # Errors
    /// Fails in the child of a fork whose parent writes this file.
    fn check_process(&self) -> io::Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(io::Error::other("this output was opened before a fork, and belongs to the parent"))
    }

    /// Returns true if this many bytes fit into the buffer without a write.
    pub(crate) fn has_room_for(&self, length: usize) -> bool {
        self.buffer.len() - self.taken + length <= CAPACITY
    }

    /// Takes bytes into the buffer, to be written later.
    pub(crate) fn hold(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Writes as much as the file takes, or waits a short time until it takes something. Returns
    /// true if nothing is left to write.
    ///
    /// # Errors
    /// Returns errors of the operating system, and an error in the child of a fork whose parent
    /// writes this file.
    pub(crate) fn write_some(&mut self) -> io::Result<bool> {
        let rest = &self.buffer[self.taken..];
        if rest.is_empty() {
            return Ok(true);
        }
        self.check_process()?;
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

/// Refuses a file that another stream of this process uses. `spares_readers` says that readers lose
/// nothing.
///
/// # Errors
/// Fails if a quarantine writes the file, or a stream reads it and would lose bytes.
fn refuse_conflict(file: &File, path: &Path, spares_readers: bool) -> io::Result<()> {
    let file = FileId::of_file(file, path);
    let conflict = file.and_then(|file| conflict_of(&file, spares_readers));
    conflict.map_or(Ok(()), |conflict| Err(conflict.at("output", path)))
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::{env, fs};

    #[test]
    fn the_child_of_a_fork_does_not_put_an_unfinished_file_in_place() {
        let path = env::temp_dir().join(format!("tidemarc-fork-{}", std::process::id()));
        fs::write(&path, b"old").unwrap();
        for bytes in [&b""[..], b"half a rec"] {
            let mut output = OutputFile::create(&path).unwrap();
            output.write_all(bytes).unwrap();
            output.flush().unwrap();
            output.process += 1;
            assert!(output.commit().unwrap_err().to_string().contains("before a fork"));
            assert_eq!(fs::read(&path).unwrap(), b"old");
        }
        fs::remove_file(&path).unwrap();
    }
}
