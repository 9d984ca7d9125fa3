//! Lists that an argument names: `@FILE`, or `@-` for standard input.

use super::{failure::Failure, output::about, same_file::Files};
use std::{
    fs,
    io::{self, Read},
    path::Path,
};

/// Reads the list with this name, which is a file of the command: none of its outputs replaces it.
/// `-` is standard input.
///
/// # Errors
/// Fails if it is one of the outputs, or cannot be read.
pub(super) fn read(name: &str, files: &mut Files) -> Result<Vec<u8>, Failure> {
    let (path, read) = match name {
        "-" => {
            files.read_standard()?;
            let mut text = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut text);
            (Path::new("standard input"), read.map(|_| text))
        }
        name => {
            files.read_path(Path::new(name))?;
            (Path::new(name), fs::read(name))
        }
    };
    read.map_err(|error| Failure::Io(about(path, &error)))
}
