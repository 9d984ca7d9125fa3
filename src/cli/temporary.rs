//! The folder for temporary files.

use super::{
    failure::{Failure, described},
    output::Output,
};
use crate::error::escaped;
use std::{
    env, io,
    path::{Path, PathBuf},
};

/// Returns the folder for a temporary file: the one that is named, that of `$TMPDIR`, that of the
/// output if it is a file, or that of the system.
///
/// # Errors
/// Fails if the folder is missing, or is not a folder.
pub(super) fn folder(named: Option<PathBuf>, output: &Output) -> Result<PathBuf, Failure> {
    let of_user = || env::var_os("TMPDIR").filter(|name| !name.is_empty()).map(PathBuf::from);
    let of_output = || output.temporary_path()?.parent().map(Path::to_owned);
    let folder = named.or_else(of_user).or_else(of_output).unwrap_or_else(env::temp_dir);
    let checked = folder.metadata().and_then(|about| match about.is_dir() {
        true => Ok(()),
        false => Err(io::ErrorKind::NotADirectory.into()),
    });
    checked.map_err(|error| failure(&folder, &error))?;
    Ok(folder)
}

/// Returns the failure of a temporary file in a folder.
pub(super) fn failure(folder: &Path, error: &io::Error) -> Failure {
    let (folder, error) = (folder.display().to_string(), described(error));
    Failure::Io(format!(
        "temporary file in {}: {error}: name another folder with --tmp",
        escaped(&folder)
    ))
}
