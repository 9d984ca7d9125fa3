//! The outputs of a command.

use super::{
    failure::{Failure, described},
    interrupt::Unfinishing,
    same_file::{Files, Reading, SetAside},
    shown,
};
use crate::{
    OutputFile, Reader,
    format::{Compression, Format},
};
use std::{
    cell::Cell,
    fs::File,
    io::{self, IsTerminal, Read, Write},
    os::fd::AsFd,
    path::{Path, PathBuf},
    rc::Rc,
};

/// The suffixes of compressed files that are read but not written.
const READ_ONLY: [&str; 3] = ["bz2", "xz", "zip"];

/// The end of the name of an output in which something is missing.
const INCOMPLETE: &str = ".incomplete";

/// Number of bytes, and of items in them, among which a record of a file is searched.
const HEAD: u64 = 256 << 10;
const FIRST: usize = 50;

/// Standard output, or a file that appears under its name when it is complete.
#[derive(Debug)]
pub(super) struct Output {
    name: String,
    /// The file, until it is committed.
    file: Option<OutputFile>,
    is_standard: bool,
    /// True if the program that reads the output has ended, and other outputs go on.
    is_closed: bool,
    /// Number of outputs of the command that are not closed.
    open: Rc<Cell<usize>>,
    /// The reading of the inputs; `None` for an output that replaces an old file in any case.
    reading: Option<Rc<Reading>>,
    /// Compression of the file, by its suffix.
    compression: Option<Compression>,
    /// Has the temporary file removed if a signal ends the process.
    unfinished: Option<Unfinishing>,
}

impl Output {
    /// Opens the output that an argument names: a file at a path, or standard output for `-` and
    /// without an argument.
    ///
    /// # Errors
    /// Fails if the output is one of the inputs, or cannot be opened.
    pub(super) fn open(path: Option<&Path>, files: &mut Files) -> Result<Self, Failure> {
        match path.filter(|path| *path != Path::new("-")) {
            Some(path) => Self::create(path, files),
            None => Self::standard(files),
        }
    }

    /// Does the same for an argument that may be missing, and for an output that is never compressed.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if the suffix says that the file is compressed.
    pub(super) fn open_plain(
        path: Option<&Path>,
        files: &mut Files,
    ) -> Result<Option<Self>, Failure> {
        path.map(|path| Self::open(Some(plain(path)?), files)).transpose()
    }

    /// Does the same for something that is not records and never compressed. It does not replace a
    /// file of records: an option such as `--html` may have taken the first of several inputs for
    /// its own file.
    ///
    /// # Errors
    /// As [`open`](Self::open), if there is a file of records at the path, and if the suffix says
    /// that the file is compressed.
    pub(super) fn open_report(path: Option<&Path>, files: &mut Files) -> Result<Self, Failure> {
        let output = Self::open(path.map(plain).transpose()?, files)?;
        let replaces = output.file.as_ref().is_some_and(OutputFile::replaces_contents);
        match path.filter(|path| replaces && has_records(path)) {
            None => Ok(output),
            Some(path) => Err(Failure::Usage(format!(
                "{0} is a file of records, and would be replaced by something else: name another \
                 file for it, or remove {0} first",
                shown::path(path)
            ))),
        }
    }

    /// Does the same for an argument that may be missing.
    ///
    /// # Errors
    /// As [`open_report`](Self::open_report).
    pub(super) fn open_named_report(
        path: Option<&Path>,
        files: &mut Files,
    ) -> Result<Option<Self>, Failure> {
        path.map(|path| Self::open_report(Some(path), files)).transpose()
    }

    fn standard(files: &mut Files) -> Result<Self, Failure> {
        files.write_standard()?;
        let name = "standard output";
        let copy = io::stdout().as_fd().try_clone_to_owned();
        let copy = copy.map_err(|error| Failure::of_output(name, &error))?;
        let file = OutputFile::in_place(File::from(copy));
        Ok(Self {
            name: name.into(),
            file: Some(file),
            is_standard: true,
            is_closed: false,
            open: files.open_outputs(),
            reading: None,
            compression: None,
            unfinished: None,
        })
    }

    /// Opens a file whose name is made up, which may be `-`.
    ///
    /// # Errors
    /// Fails if the file is one of the inputs, or cannot be opened.
    pub(super) fn create(path: &Path, files: &mut Files) -> Result<Self, Failure> {
        let mut output = Self::replacing_always(path, files)?;
        output.reading = Some(files.reading());
        Ok(output)
    }

    /// Does the same for a file that replaces an old one even if an input could not be read to its
    /// end.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub(super) fn replacing_always(path: &Path, files: &mut Files) -> Result<Self, Failure> {
        files.write_path(path)?;
        Self::open_file(path, Compression::of_path(path), files)
    }

    /// Opens the file at a path, which is also read, to be replaced at the end.
    ///
    /// # Errors
    /// Fails if the file or its folder is not writable.
    pub(super) fn replacing(
        path: &Path,
        compression: Option<Compression>,
        files: &Files,
    ) -> Result<Self, Failure> {
        files.add_output();
        Self::open_file(path, compression, files)
    }

    /// Opens an output that drops everything.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(super) fn nowhere(files: &Files) -> Result<Self, Failure> {
        Self::open_file(Path::new("/dev/null"), None, files)
    }

    fn open_file(
        path: &Path,
        compression: Option<Compression>,
        files: &Files,
    ) -> Result<Self, Failure> {
        let name = shown::path(path);
        let make = || OutputFile::try_create(path);
        let made = Unfinishing::making(path, make, OutputFile::temporary_path);
        let (file, unfinished) = made.map_err(|error| match path.parent() {
            Some(folder) if is_missing(folder) && error.kind() == io::ErrorKind::NotFound => {
                Failure::Io(format!("{name}: there is no folder {}", shown::path(folder)))
            }
            _ => Failure::of_output(&name, &error),
        })?;
        Ok(Self {
            name,
            file: Some(file),
            is_standard: false,
            is_closed: false,
            open: files.open_outputs(),
            reading: None,
            compression,
            unfinished,
        })
    }

    /// Returns the name for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the path under which a file is written until it is complete.
    pub(super) fn temporary_path(&self) -> Option<PathBuf> {
        self.file.as_ref()?.temporary_path()
    }

    /// Returns true if a human sees the output at once.
    pub(super) fn is_terminal(&self) -> bool {
        self.is_standard && io::stdout().is_terminal()
    }

    /// Checks that records in this format are something for a terminal.
    ///
    /// # Errors
    /// Fails if the output is a terminal, and the format is ISO 2709.
    pub(super) fn check_terminal(&self, format: Format) -> Result<(), Failure> {
        match format == Format::Iso2709 && self.is_terminal() {
            false => Ok(()),
            true => Err(Failure::Usage(
                "records in ISO 2709 are not for a terminal: write them to a file with -o, look at \
                 them with `| tidemarc view`, or name another format, such as --to line"
                    .into(),
            )),
        }
    }

    /// Returns the compression for records, by the suffix of the file.
    pub(super) const fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// Returns the failure of a write.
    pub(super) fn failure(&self, error: &io::Error) -> Failure {
        Failure::of_output(&self.name, error)
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.write_all(bytes).map_err(|error| self.failure(&error))
    }

    /// Writes everything to the system, for readers that wait.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(super) fn push(&mut self) -> Result<(), Failure> {
        self.flush().map_err(|error| self.failure(&error))
    }

    /// Ends the output, and puts a file in its place. If an input could not be read to its end, an
    /// old file stays, and the new one is put beside it.
    ///
    /// # Errors
    /// Returns errors of the operating system. The old file is then unchanged.
    pub(super) fn commit(mut self) -> Result<(), Failure> {
        let Some(file) = self.file.take().filter(|_| !self.is_closed) else { return Ok(()) };
        let reading = self.reading.take().filter(|reading| reading.has_failed());
        let committed = match reading.filter(|_| file.replaces_contents()) {
            None => file.commit(),
            Some(reading) => file.commit_beside(INCOMPLETE).map(|path| {
                let set_aside = path.map(|path| SetAside { name: self.name.clone(), path });
                set_aside.into_iter().for_each(|set_aside| reading.add_set_aside(set_aside));
            }),
        };
        self.unfinished = None;
        match committed {
            Err(error) if goes_on(&error, &self.open) => Ok(()),
            other => other.map_err(|error| self.failure(&error)),
        }
    }

    /// Returns the result of a write. If the program that reads this output has ended, but other
    /// outputs are open, nothing more is written here, and the command goes on.
    fn unless_closed<T>(&mut self, written: io::Result<T>, otherwise: T) -> io::Result<T> {
        match written {
            Err(error) if goes_on(&error, &self.open) => {
                self.is_closed = true;
                Ok(otherwise)
            }
            other => other,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed {
            return Ok(bytes.len());
        }
        let Some(file) = &mut self.file else { return Ok(bytes.len()) };
        let written = file.write(bytes);
        self.unless_closed(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let flushed = file.flush();
        self.unless_closed(flushed, ())
    }
}

impl Drop for Output {
    /// Passes on everything that was written before a command ended early. A file that would replace
    /// another is given up instead.
    fn drop(&mut self) {
        if let Some(file) = &mut self.file
            && !self.is_closed
            && !file.is_replacement()
        {
            // The failure that ended the command is reported.
            let _ = file.flush();
        }
    }
}

/// Returns true if an error says that the reader of an output has ended, and if there are others
/// for which the command goes on.
fn goes_on(error: &io::Error, open: &Cell<usize>) -> bool {
    let goes_on = error.kind() == io::ErrorKind::BrokenPipe && open.get() > 1;
    if goes_on {
        open.set(open.get() - 1);
    }
    goes_on
}

/// Returns the path of an output that is never compressed.
///
/// # Errors
/// Fails if its suffix says that it is.
pub(super) fn plain(path: &Path) -> Result<&Path, Failure> {
    let suffix = path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default();
    let is_packed = Compression::of_path(path).is_some()
        || READ_ONLY.iter().any(|packed| suffix.eq_ignore_ascii_case(packed));
    match is_packed {
        false => Ok(path),
        true => Err(Failure::Usage(format!(
            "{}: this file is written without compression: leave out .{suffix}",
            shown::path(path)
        ))),
    }
}

/// Returns the format to write: the one that is named, or the one that the suffix of the path
/// stands for. `None` if there is neither a name nor a path.
///
/// # Errors
/// Fails if the suffix stands for no format.
pub(super) fn format_of(
    named: Option<Format>,
    path: Option<&Path>,
) -> Result<Option<Format>, Failure> {
    let Some(path) = path.filter(|path| *path != Path::new("-")) else { return Ok(named) };
    let suffix = path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default();
    if READ_ONLY.iter().any(|packed| suffix.eq_ignore_ascii_case(packed)) {
        return Err(Failure::Usage(format!(
            "{}: this compression is read, but not written: use .gz or .zst",
            shown::path(path)
        )));
    }
    if named.is_some() || !is_regular(path) {
        return Ok(named);
    }
    Format::of_path(path).map(Some).map_err(|unknown| {
        Failure::Usage(format!(
            "{}: {}",
            shown::path(path),
            unknown.to_string().replace("name the format", "name the format with --to")
        ))
    })
}

/// Returns true for a folder that does not exist. The current one has no name here.
fn is_missing(folder: &Path) -> bool {
    !folder.as_os_str().is_empty() && !folder.exists()
}

/// Returns true if there is a file at a path that begins with records, sound or damaged.
fn has_records(path: &Path) -> bool {
    let mut head = Vec::new();
    let is_read = path.metadata().is_ok_and(|about| about.is_file())
        && File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head)).is_ok();
    // The first ones may be damaged.
    is_read && Reader::from_bytes(head).take(FIRST).any(|item| item.is_ok())
}

/// Returns true if a path leads to a regular file, or to none yet. The name of a device or pipe
/// says nothing about the format.
fn is_regular(path: &Path) -> bool {
    path.metadata().map_or(true, |about| about.is_file())
}

/// Returns the message for an error of the system about a path.
pub(super) fn about(path: &Path, error: &io::Error) -> String {
    format!("{}: {}", shown::path(path), described(error))
}
