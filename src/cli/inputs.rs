//! The inputs of a command.

use super::{
    args::{Errors, InputArgs},
    failure::Failure,
    output::about,
    progress::Progress,
    quarantine::QuarantineFiles,
    same_file::Files,
    session::Session,
    shown,
};
use crate::{
    encoding::{Encoding, TextOptions},
    error::Error,
    framing::signatures::packed::{Compression, HEAD},
    reader::{Reader, ReaderBuilder},
    select::Filter,
    source::positioned::read_at,
};
use std::{
    fs::File,
    io::{self, IsTerminal},
    os::{fd::AsFd, unix::fs::FileTypeExt},
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

/// One input.
#[derive(Debug, Clone)]
pub(super) enum Input {
    Path(PathBuf),
    Standard,
}

impl Input {
    /// Returns the name as it is, for JSON.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Standard => STANDARD.into(),
        }
    }

    /// Returns the name for messages.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Path(path) => shown::path(path),
            Self::Standard => STANDARD.into(),
        }
    }

    /// Returns the length of a regular file, and `None` for anything else.
    fn length(&self) -> Option<u64> {
        let about = match self {
            Self::Path(path) => path.metadata(),
            Self::Standard => File::from(io::stdin().as_fd().try_clone_to_owned().ok()?).metadata(),
        };
        about.ok().filter(|about| about.is_file()).map(|about| about.len())
    }
}

/// The name of standard input.
const STANDARD: &str = "standard input";

/// The inputs of a command, all of which exist, and the way to read them.
#[derive(Debug)]
pub(super) struct Inputs {
    list: Vec<Input>,
    builder: ReaderBuilder,
    encoding: Option<Encoding>,
    pub(super) errors: Errors,
    /// True if only the records that match a filter are taken.
    pub(super) is_filtered: bool,
    /// Number of parts of a file that are read at once.
    parts: usize,
}

impl Inputs {
    /// Checks the arguments about inputs, and adds the files to those of the command. The session
    /// receives the quarantine.
    ///
    /// # Errors
    /// Fails if there is no input, if a file is missing, a directory or not readable, or if the
    /// quarantine is an input.
    pub(super) fn new(
        args: &InputArgs,
        files: &mut Files,
        session: &mut Session,
    ) -> Result<Self, Failure> {
        files.follow(session.reading());
        let list = match &*args.files {
            // Without a terminal, standard input may be /dev/null: nobody passes records.
            [] if io::stdin().is_terminal() || is_device(&io::stdin()) => {
                return Err(Failure::Usage(
                    "name a file, or pass records through a pipe: `tidemarc … FILE`".into(),
                ));
            }
            [] => vec![Input::Standard],
            paths => inputs_of(paths)?,
        };
        let standard = list.iter().filter(|input| matches!(input, Input::Standard)).count();
        if standard > 1 {
            return Err(Failure::Usage("standard input can be read only once".into()));
        }
        for input in &list {
            match input {
                Input::Path(path) => {
                    check(path)?;
                    files.read_path(path)?;
                }
                Input::Standard => files.read_standard()?,
            }
        }
        if let Some(path) = &args.quarantine {
            session.quarantine = Some(QuarantineFiles::create(path, files)?);
        }
        let mut builder = Reader::builder()
            .repair(args.errors == Errors::Repair)
            .format(args.input_format)
            .encoding(args.input_encoding);
        if let Some(threads) = session.threads {
            builder = builder.threads(threads.into());
        }
        let (encoding, errors) = (args.input_encoding, args.errors);
        Ok(Self { list, builder, encoding, errors, is_filtered: false, parts: 1 })
    }

    /// Shows the progress of reading, if `wanted` and if there is a terminal to show it on.
    pub(super) fn show_progress(&mut self, wanted: bool, session: &mut Session) {
        if !wanted || !session.console.shows_progress() {
            return;
        }
        let read = Arc::new(AtomicU64::new(0));
        self.builder = self.builder.clone().progress(Arc::clone(&read));
        let total = self.list.iter().map(Input::length).sum::<Option<u64>>();
        session.console.show(Progress::new(read, total));
    }

    /// Changes how the inputs are read.
    pub(super) fn set(&mut self, change: impl FnOnce(ReaderBuilder) -> ReaderBuilder) {
        self.builder = change(self.builder.clone());
    }

    /// Has parts of a long file read at once, for a command that needs counts and no records.
    pub(super) fn read_in_parts(&mut self, session: &Session) {
        // The search for the start of a part, and the addition of counts, take as long for few
        // records as for many. But a chunk has to fit in the cache of its processor.
        const CHUNK: usize = 128 << 10;
        // More threads would wait for the memory.
        const MOST: usize = 16;
        let threads = session.threads.map_or_else(crate::pipeline::threads, usize::from);
        self.parts = threads.min(MOST);
        self.set(|builder| builder.chunk_size(CHUNK));
    }

    /// Returns true if parts of a file are read at once: not of compressed files, whose blocks are,
    /// and not if the first fault ends the reading.
    fn has_parts(&self, path: &Path) -> bool {
        let is_plain = || plain_file(path).is_ok_and(|file| file.is_some());
        self.parts > 1 && !self.is_strict() && is_plain()
    }

    /// Returns the options of reading.
    pub(super) const fn builder(&self) -> &ReaderBuilder {
        &self.builder
    }

    /// Takes only the records that match a filter from now on.
    pub(super) fn only(&mut self, filter: Filter) {
        self.is_filtered = true;
        self.set(|builder| builder.filter(filter));
    }

    /// Returns true if one of the inputs is standard input.
    pub(super) fn has_standard(&self) -> bool {
        self.list.iter().any(|input| matches!(input, Input::Standard))
    }

    /// Returns the inputs, in their order.
    pub(super) fn list(&self) -> Vec<Input> {
        self.list.clone()
    }

    /// Returns the options by which the text of records is read.
    pub(super) fn text(&self) -> TextOptions {
        TextOptions::new().encoding(self.encoding)
    }

    /// Returns true if the first damaged record ends the command.
    pub(super) fn is_strict(&self) -> bool {
        self.errors == Errors::Strict
    }

    /// Opens an input. Returns `None` if that fails, which is reported: the next input follows.
    ///
    /// # Errors
    /// Fails if the quarantine cannot be opened; for a strict command also if the input cannot.
    pub(super) fn open(
        &self,
        input: &Input,
        session: &mut Session,
    ) -> Result<Option<Reader>, Failure> {
        let reader = match input {
            Input::Path(path) if self.has_parts(path) => {
                self.builder.clone().partitions(self.parts).from_path(path)
            }
            Input::Path(path) => self.builder.from_path(path),
            Input::Standard => {
                let copy = io::stdin().as_fd().try_clone_to_owned();
                let copy = copy.map_err(|error| Failure::Io(format!("{STANDARD}: {error}")))?;
                self.builder.from_file(copy.into(), STANDARD)
            }
        };
        let reader = match reader {
            Ok(reader) => reader,
            Err(error) => {
                session.unread(error, self.is_strict())?;
                return Ok(None);
            }
        };
        Ok(Some(match &mut session.quarantine {
            Some(files) => reader.with_quarantine(files.next()?),
            None => reader,
        }))
    }
}

/// Returns true for a device such as `/dev/null`.
fn is_device(descriptor: &impl AsFd) -> bool {
    let file = descriptor.as_fd().try_clone_to_owned().map(File::from);
    let about = file.and_then(|file| file.metadata());
    about.is_ok_and(|about| about.file_type().is_char_device())
}

/// Returns the inputs that the arguments stand for. A folder stands for the files in it, and a name
/// with `*` that leads to no file for the files that it matches.
fn inputs_of(paths: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for path in paths {
        match path == Path::new("-") {
            true => inputs.push(Input::Standard),
            false => inputs.extend(crate::files(path)?.into_iter().map(Input::Path)),
        }
    }
    Ok(inputs)
}

/// Checks that a path can be read, before anything is written. Pipes are not opened: that would
/// take their bytes.
fn check(path: &Path) -> Result<(), Failure> {
    let failure = |error: io::Error| Failure::Io(about(path, &error));
    let metadata = path.metadata().map_err(failure)?;
    if metadata.is_dir() {
        return Err(failure(io::ErrorKind::IsADirectory.into()));
    }
    if metadata.is_file() {
        File::open(path).map_err(failure)?;
    }
    Ok(())
}

/// Returns an open file that can be read at any place; `None` for a pipe or a compressed file.
///
/// # Errors
/// Returns errors of the operating system.
pub(super) fn plain_file(path: &Path) -> io::Result<Option<File>> {
    if !path.metadata()?.is_file() {
        return Ok(None);
    }
    let (file, mut first) = (File::open(path)?, [0; HEAD]);
    let count = read_at(&file, &mut first, 0)?;
    Ok(Compression::of(&first[..count]).is_none().then_some(file))
}

/// Returns true if an error says that the quarantine could not be written, which ends the command.
pub(super) fn is_of_quarantine(error: &Error) -> bool {
    let cause = std::error::Error::source(error);
    let cause = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.and_then(crate::error::Unwritten::inside).is_some()
}
