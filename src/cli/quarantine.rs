//! The files of `--quarantine`.

use super::{
    failure::Failure,
    output::{Output, about, plain},
    same_file::Files,
    shown,
};
use crate::stream::Quarantine;
use std::{
    fs::OpenOptions,
    io::BufWriter,
    path::{Path, PathBuf},
};

/// Returns true if a file contains something.
pub(super) fn has_contents(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.is_file() && about.len() > 0)
}

/// The two files that all inputs of a command share as their quarantine.
#[derive(Debug)]
pub(super) struct QuarantineFiles {
    path: PathBuf,
    /// The bytes and the report.
    outputs: [Output; 2],
    /// True once an input was opened. Without one, the old files stay.
    is_used: bool,
}

impl QuarantineFiles {
    /// Opens the files. The old ones stay until [`commit`](Self::commit).
    ///
    /// # Errors
    /// Fails if the path is `-`, if one of them is an input or another output, or cannot be opened.
    pub(super) fn create(path: &Path, files: &mut Files) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Err(Failure::Usage(
                "the quarantine is two files: name one, such as `--quarantine rest.mrc`".into(),
            ));
        }
        let paths = Quarantine::paths(plain(path)?);
        let [bytes, report] = &paths;
        let outputs =
            [Output::replacing_always(bytes, files)?, Output::replacing_always(report, files)?];
        if has_contents(bytes) && !report.exists() {
            return Err(Failure::Usage(format!(
                "{} is not a quarantine, since there is no {} beside it, and would be replaced: \
                 name another file for the quarantine, or remove it first",
                shown::path(bytes),
                shown::path(report)
            )));
        }
        Ok(Self { path: path.to_owned(), outputs, is_used: false })
    }

    /// Returns the quarantine of the next input. It adds to what the inputs before it left.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(super) fn next(&mut self) -> Result<Quarantine, Failure> {
        self.is_used = true;
        let [bytes, report] = self.outputs.each_ref().map(Output::temporary_path);
        let open = |path: &Path, appends| {
            let temporary = if path == self.path { &bytes } else { &report };
            OpenOptions::new().append(appends).open(temporary.as_deref().unwrap_or(path))
        };
        let quarantine =
            Quarantine::open_by(&self.path, true, open, |file| Box::new(BufWriter::new(file)));
        quarantine.map_err(|error| Failure::Quarantine(about(&self.path, &error)))
    }

    /// Returns the name for messages.
    pub(super) fn name(&self) -> String {
        shown::path(&self.path)
    }

    /// Returns true if a commit would replace the records of an earlier run, which may be nowhere
    /// else, by nothing.
    pub(super) fn would_empty(&self) -> bool {
        let new = self.outputs[0].temporary_path();
        new.is_some_and(|new| !has_contents(&new)) && has_contents(&self.path)
    }

    /// Puts the files in their places.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(super) fn commit(self) -> Result<(), Failure> {
        match self.is_used {
            true => self.outputs.into_iter().try_for_each(Output::commit),
            false => Ok(()),
        }
    }
}
