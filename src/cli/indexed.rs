//! Index files, as the commands use them.

use super::{args::Errors, failure::Failure};
use crate::{
    format::Format,
    index::{Index, IndexError},
};
use std::path::Path;

/// Returns the reason why an index does not have the records that are asked for; `None` if it has.
pub(super) fn misfit(index: &Index, errors: Errors, format: Option<Format>) -> Option<String> {
    if errors == Errors::Repair && !index.repairs() {
        return Some("it has no repaired records".into());
    }
    let other = format.filter(|format| *format != index.format())?;
    Some(format!("it is of {} records, not of {}", index.format().name(), other.name()))
}

/// Returns the failure to build or to use the index of a file, with the way out.
pub(super) fn failure(error: IndexError, path: &Path) -> Failure {
    match error {
        IndexError::Read(error) => error.into(),
        IndexError::Stale { .. } | IndexError::Damaged { .. } | IndexError::Version { .. } => {
            Failure::Io(format!("{error}: `tidemarc index {}`", path.display()))
        }
        error => Failure::Io(error.to_string()),
    }
}
