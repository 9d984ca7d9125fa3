//! The rule that no command reads and writes the same file.

use super::{failure::Failure, shown};
use crate::source::FileId;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fs::{File, Metadata},
    io,
    os::{
        fd::AsFd,
        unix::fs::{FileTypeExt, MetadataExt},
    },
    path::{Path, PathBuf},
    rc::Rc,
};

/// Largest number of links that are followed, as in Linux.
const MOST_LINKS: usize = 40;

/// A file, under any of its names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Existing(FileId),
    /// The path of a file that does not exist yet, with its links resolved.
    New(PathBuf),
    /// The device and the number of a pipe. It may be read and written at once, but two outputs
    /// would be mixed in it.
    Pipe(u64, u64),
    /// Standard output, if it is a terminal or another device.
    Standard,
}

impl Identity {
    /// Returns the identity of the file at a path. `None` for a terminal or another device.
    fn of_path(path: &Path) -> Option<Self> {
        if let Ok(about) = path.metadata() {
            return FileId::of_path(path).map(Self::Existing).or_else(|| Self::of_pipe(&about));
        }
        let path = target_of(path);
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(Self::New(folder.join(path.file_name()?)))
    }

    /// Does the same for an open descriptor.
    fn of_descriptor(descriptor: &impl AsFd) -> Option<Self> {
        let file = File::from(descriptor.as_fd().try_clone_to_owned().ok()?);
        let existing = FileId::of_file(&file, Path::new("")).map(Self::Existing);
        existing.or_else(|| Self::of_pipe(&file.metadata().ok()?))
    }

    fn of_pipe(about: &Metadata) -> Option<Self> {
        let kind = about.file_type();
        let is_pipe = kind.is_fifo() || kind.is_socket();
        is_pipe.then(|| Self::Pipe(about.dev(), about.ino()))
    }
}

/// The files that a command reads and writes.
#[derive(Debug, Default)]
pub(super) struct Files {
    inputs: BTreeMap<Identity, String>,
    /// The names of the first two inputs that are the same file.
    same_inputs: Option<(String, String)>,
    outputs: BTreeMap<Identity, String>,
    /// Number of outputs whose readers have not ended.
    open_outputs: Rc<Cell<usize>>,
    /// The reading of the inputs, which decides whether the outputs replace old files.
    reading: Rc<Reading>,
}

/// The inputs that could not be read to their ends, and what that means for the outputs.
#[derive(Debug, Default)]
pub(super) struct Reading {
    has_failed: Cell<bool>,
    set_aside: RefCell<Vec<SetAside>>,
}

/// An output that does not replace its old file, because something is missing in it.
#[derive(Debug)]
pub(super) struct SetAside {
    /// The name of the old file, for messages.
    pub(super) name: String,
    /// The path of the new one.
    pub(super) path: PathBuf,
}

impl Reading {
    /// Marks the reading: an input could not be read to its end.
    pub(super) fn fail(&self) {
        self.has_failed.set(true);
    }

    /// Returns true if an input could not be read to its end.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.get()
    }

    /// Adds an output that was put beside its old file.
    pub(super) fn add_set_aside(&self, set_aside: SetAside) {
        self.set_aside.borrow_mut().push(set_aside);
    }

    /// Takes the outputs that were put beside their old files.
    pub(super) fn take_set_aside(&self) -> Vec<SetAside> {
        self.set_aside.take()
    }
}

impl Files {
    /// Adds an input.
    ///
    /// # Errors
    /// Fails if it is an output that was added before.
    pub(super) fn read_path(&mut self, path: &Path) -> Result<(), Failure> {
        self.read(Identity::of_path(path), shown::path(path))
    }

    /// Adds standard input as an input.
    ///
    /// # Errors
    /// Fails if it is an output that was added before.
    pub(super) fn read_standard(&mut self) -> Result<(), Failure> {
        self.read(Identity::of_descriptor(&io::stdin()), "standard input".into())
    }

    fn read(&mut self, identity: Option<Identity>, name: String) -> Result<(), Failure> {
        let Some(identity) = identity else { return Ok(()) };
        let is_pipe = matches!(identity, Identity::Pipe(..));
        if let Some(output) = self.outputs.get(&identity).filter(|_| !is_pipe) {
            return Err(Failure::Usage(itself(output, &name)));
        }
        if let Some(other) = self.inputs.insert(identity, name.clone()) {
            self.same_inputs.get_or_insert((other, name));
        }
        Ok(())
    }

    /// Adds an output.
    ///
    /// # Errors
    /// Fails if it is one of the inputs, or an output that was added before.
    pub(super) fn write_path(&mut self, path: &Path) -> Result<(), Failure> {
        self.write(Identity::of_path(path), shown::path(path))
    }

    /// Adds standard output as an output.
    ///
    /// # Errors
    /// Fails if it leads to one of the inputs, or to an output that was added before.
    pub(super) fn write_standard(&mut self) -> Result<(), Failure> {
        let identity = Identity::of_descriptor(&io::stdout()).unwrap_or(Identity::Standard);
        self.write(Some(identity), "standard output".into())
    }

    /// Sets the reading that decides whether outputs replace old files.
    pub(super) fn follow(&mut self, reading: Rc<Reading>) {
        self.reading = reading;
    }

    /// Returns the reading that decides whether outputs replace old files.
    pub(super) fn reading(&self) -> Rc<Reading> {
        Rc::clone(&self.reading)
    }

    /// Returns the number of outputs whose readers have not ended. All outputs share it.
    pub(super) fn open_outputs(&self) -> Rc<Cell<usize>> {
        Rc::clone(&self.open_outputs)
    }

    /// Checks that the inputs are different files, so that each can be replaced.
    ///
    /// # Errors
    /// Fails if two of them are the same file.
    pub(super) fn check_inputs_differ(&self) -> Result<(), Failure> {
        match &self.same_inputs {
            Some((one, other)) => {
                Err(Failure::Usage(format!("{other} and {one} are the same file")))
            }
            None => Ok(()),
        }
    }

    /// Counts an output that is not compared with the others.
    pub(super) fn add_output(&self) {
        self.open_outputs.set(self.open_outputs.get() + 1);
    }

    /// Adds a file that no output may be, because it is written in another way.
    ///
    /// # Errors
    /// As [`write_path`](Self::write_path).
    pub(super) fn reserve_path(&mut self, path: &Path) -> Result<(), Failure> {
        self.reserve(Identity::of_path(path), shown::path(path))
    }

    fn write(&mut self, identity: Option<Identity>, name: String) -> Result<(), Failure> {
        self.add_output();
        self.reserve(identity, name)
    }

    fn reserve(&mut self, identity: Option<Identity>, name: String) -> Result<(), Failure> {
        let Some(identity) = identity else { return Ok(()) };
        let is_pipe = matches!(identity, Identity::Pipe(..));
        if let Some(input) = self.inputs.get(&identity).filter(|_| !is_pipe) {
            return Err(Failure::Usage(itself(&name, input)));
        }
        if let Some(output) = self.outputs.get(&identity) {
            return Err(Failure::Usage(match *output == name {
                true => format!("{name} cannot be two outputs: name a file"),
                false => format!("{name} and {output} are the same output"),
            }));
        }
        self.outputs.insert(identity, name);
        Ok(())
    }
}

/// Returns the message about an output that is an input.
fn itself(output: &str, input: &str) -> String {
    format!("{output} is the input {input} itself: write to another file")
}

/// Follows the links of a path to the last name, whether a file has it or not.
fn target_of(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = path.read_link() else { break };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}
