//! The temporary name of an index file, for programs that remove it when a signal ends them.

use super::build::Build;
use std::path::PathBuf;

impl Build {
    /// Returns the path under which the index file is written until it is complete.
    pub(crate) fn temporary_path(&self) -> Option<PathBuf> {
        self.output.output.temporary_path()
    }
}
