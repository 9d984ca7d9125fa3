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
    pub(super) fn read_path(&mut self, path: &Path) {
        let identity = Identity::of_path(path);
        self.inputs.extend(identity.map(|identity| (identity, name_of(path))));
    }

    /// Adds standard input as an input.
    pub(super) fn read_standard(&mut self) {
        let identity = Identity::of_descriptor(&io::stdin());
        self.inputs.extend(identity.map(|identity| (identity, "standard input".into())));
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

    /// Checks that the inputs are different files, so that each can be replaced.
    ///
    /// # Errors
    /// Fails if two of them are the same file.
    pub(super) fn check_inputs_differ(&self) -> Result<(), Failure> {
        for (at, (identity, name)) in self.inputs.iter().enumerate() {
            if let Some((_, other)) = self.inputs[..at].iter().find(|(it, _)| it == identity) {
                return Err(Failure::Usage(format!("{name} and {other} are the same file")));
            }
        }
        Ok(())
    }

    /// Counts an output that is not compared with the others.
    pub(super) fn add_output(&self) {
        self.open_outputs.set(self.open_outputs.get() + 1);
    }

    fn write(&mut self, identity: Option<Identity>, name: String) -> Result<(), Failure> {
        self.add_output();
        let Some(identity) = identity else { return Ok(()) };
        let same = |files: &[(Identity, String)]| {
            files.iter().find(|(other, _)| *other == identity).map(|(_, name)| name.clone())
        };
        if let Some(input) = same(&self.inputs) {
            return Err(Failure::Usage(format!(
                "{name} is the input {input} itself: write to another file"
            )));
        }
        if let Some(output) = same(&self.outputs) {
            return Err(Failure::Usage(format!("{name} and {output} are the same output")));
        }
        self.outputs.push((identity, name));
        Ok(())
    }
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
