//! The rule that no command reads and writes the same file.

use super::failure::Failure;
use crate::{error::escaped, source::FileId};
use std::{
    cell::Cell,
    fs::File,
    io,
    os::fd::AsFd,
    path::{Path, PathBuf},
    rc::Rc,
};

/// Largest number of links that are followed, as in Linux.
const MOST_LINKS: usize = 40;

/// A file, under any of its names.
#[derive(Debug, PartialEq, Eq)]
enum Identity {
    Existing(FileId),
    /// The path of a file that does not exist yet, with its links resolved.
    New(PathBuf),
}

impl Identity {
    /// Returns the identity of the file at a path. `None` for a terminal, a pipe or another thing
    /// that can be read and written at once.
    fn of_path(path: &Path) -> Option<Self> {
        if path.exists() {
            return FileId::of_path(path).map(Self::Existing);
        }
        let path = target_of(path);
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(Self::New(folder.join(path.file_name()?)))
    }

    /// Does the same for an open descriptor.
    fn of_descriptor(descriptor: &impl AsFd) -> Option<Self> {
        let file = File::from(descriptor.as_fd().try_clone_to_owned().ok()?);
        FileId::of_file(&file, Path::new("")).map(Self::Existing)
    }
}

/// The files that a command reads and writes.
#[derive(Debug, Default)]
pub(super) struct Files {
    inputs: Vec<(Identity, String)>,
    outputs: Vec<(Identity, String)>,
    /// Number of outputs whose readers have not ended.
    open_outputs: Rc<Cell<usize>>,
}

impl Files {
    /// Adds an input.
    ///
    /// # Errors
    /// Fails if it is an output that was added before.
    pub(super) fn read_path(&mut self, path: &Path) -> Result<(), Failure> {
        self.read(Identity::of_path(path), name_of(path))
    }

    /// Adds standard input as an input.
    ///
    /// # Errors
    /// Fails if it is an output that was added before.
    pub(super) fn read_standard(&mut self) -> Result<(), Failure> {
        self.read(Identity::of_descriptor(&io::stdin()), "standard input".into())
    }

    /// Adds an output.
    ///
    /// # Errors
    /// Fails if it is one of the inputs, or an output that was added before.
    pub(super) fn write_path(&mut self, path: &Path) -> Result<(), Failure> {
        self.write(Identity::of_path(path), name_of(path))
    }

    /// Adds standard output as an output.
    ///
    /// # Errors
    /// Fails if it leads to one of the inputs, or to an output that was added before.
    pub(super) fn write_standard(&mut self) -> Result<(), Failure> {
        self.write(Identity::of_descriptor(&io::stdout()), "standard output".into())
    }

    /// Returns the number of outputs whose readers have not ended. All outputs share it.
    pub(super) fn open_outputs(&self) -> Rc<Cell<usize>> {
        Rc::clone(&self.open_outputs)
    }

    fn read(&mut self, identity: Option<Identity>, name: String) -> Result<(), Failure> {
        let Some(identity) = identity else { return Ok(()) };
        if let Some((_, output)) = self.outputs.iter().find(|(other, _)| *other == identity) {
            return Err(Failure::Usage(itself(output, &name)));
        }
        self.inputs.push((identity, name));
        Ok(())
    }

    fn write(&mut self, identity: Option<Identity>, name: String) -> Result<(), Failure> {
        self.open_outputs.set(self.open_outputs.get() + 1);
        let Some(identity) = identity else { return Ok(()) };
        let same = |files: &[(Identity, String)]| {
            files.iter().find(|(other, _)| *other == identity).map(|(_, name)| name.clone())
        };
        if let Some(input) = same(&self.inputs) {
            return Err(Failure::Usage(itself(&name, &input)));
        }
        if let Some(output) = same(&self.outputs) {
            return Err(Failure::Usage(format!("{name} and {output} are the same output")));
        }
        self.outputs.push((identity, name));
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

fn name_of(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}
