//! The parts of a stream that Python alone needs.

use crate::{
    parse::Project,
    source::FileId,
    stream::{Batches, Quarantine},
};
use std::path::Path;

type AroundParse = Box<dyn FnMut(&mut (dyn FnMut() + Send)) + Send>;

impl<P: Project> Batches<P> {
    /// Sets the wrapper around each inline parse, which may release the GIL.
    pub(crate) fn set_around_parse(&mut self, around_parse: AroundParse) {
        self.engine.around_parse = around_parse;
    }

    /// Returns true if there is a quarantine at a path.
    pub(crate) fn has_quarantine_files(&self) -> bool {
        self.quarantine.as_ref().is_some_and(|quarantine| quarantine.files.is_some())
    }
}

impl Quarantine {
    /// Returns true if a quarantine at this path would write over that file.
    pub(crate) fn would_overwrite(path: &Path, file: &FileId) -> bool {
        Self::paths(path).iter().any(|path| FileId::of_path(path).as_ref() == Some(file))
    }
}
