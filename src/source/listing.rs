//! The files that a directory or a pattern stands for.

use super::pattern::{Pattern, is_pattern};
use crate::error::{Error, Position};
use std::{
    ffi::OsStr,
    fs, io,
    path::{Component, Path, PathBuf},
    vec::Vec,
};

/// The suffix of an index file, which stands beside the data and is no input.
pub(crate) const INDEX_SUFFIX: &str = ".tmi";

/// The suffixes of files that stand beside the data: an index, a backup of `edit --in-place`, and
/// an output in which something is missing.
const BESIDE: [&str; 3] = [INDEX_SUFFIX, ".bak", ".incomplete"];

/// The inputs that a path stands for.
pub(crate) enum Listed {
    /// The path itself: a file, or a name to which there is nothing.
    Itself,
    /// The files of a directory, or those that a pattern matches.
    Files(Vec<PathBuf>),
}

/// Returns the files that a path stands for, in the order of their names: those of a directory,
/// those that a pattern matches, or else the path itself.
///
/// - A directory stands for the regular files directly in it. Hidden files (`.name`) and files
///   with the suffixes `.tmi`, `.bak` and `.incomplete` are skipped. A link counts as the file that it leads to; a link that
///   leads nowhere is in the list, so that reading it reports it.
/// - A path to which there is nothing and that has one of the characters `*?[` is a pattern: `*`
///   stands for any characters of a name, `?` for one, `[a-z]` for one of a range, `[!a-z]` for any
///   other, and `**` as a whole name for any number of directories, except hidden ones and links.
///   A pattern matches a hidden name only if it begins with a dot too, and no directory.
///
/// The names are compared byte by byte. [`from_paths`](crate::Reader::from_paths) reads the files
/// one after the other; Python's `Reader` does both.
///
/// ```
/// let files = tidemarc::files("tests/fixtures/books*.mrc")?;
/// let names: Vec<_> = files.iter().filter_map(|file| file.file_name()?.to_str()).collect();
/// assert_eq!(names[0], "books-damaged.mrc");
/// assert_eq!(names.last(), Some(&"books.mrc"));
/// # Ok::<(), tidemarc::Error>(())
/// ```
///
/// # Errors
/// If a directory cannot be read, if it has no file, or if a pattern matches none.
pub fn files(path: impl AsRef<Path>) -> Result<Vec<PathBuf>, Error> {
    let path = path.as_ref();
    match list(path) {
        Ok(Listed::Files(files)) => Ok(files),
        Ok(Listed::Itself) => Ok(vec![path.to_owned()]),
        Err(error) => {
            Err(Error::io(error, Position { name: Some(path.into()), ..Position::default() }))
        }
    }
}

/// Does the same, and distinguishes a path that stands for itself.
pub(crate) fn list(path: &Path) -> io::Result<Listed> {
    let (mut files, nothing) = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => (files_in(path)?, "the directory has no file to read"),
        Ok(_) => return Ok(Listed::Itself),
        // A link that leads nowhere is a name, too.
        Err(_) if !is_pattern(path.as_os_str()) || path.symlink_metadata().is_ok() => {
            return Ok(Listed::Itself);
        }
        Err(_) => (matching(path)?, "no file matches the pattern"),
    };
    if files.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, nothing));
    }
    files.sort_unstable_by(|one, other| {
        one.as_os_str().as_encoded_bytes().cmp(other.as_os_str().as_encoded_bytes())
    });
    files.dedup();
    Ok(Listed::Files(files))
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

/// Returns the files of a directory that are read.
fn files_in(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        let has_suffix = |suffix: &str| name.as_encoded_bytes().ends_with(suffix.as_bytes());
        if is_hidden(&name) || BESIDE.into_iter().any(has_suffix) {
            continue;
        }
        let kind = entry.file_type()?;
        let is_file = match kind.is_symlink() {
            true => fs::metadata(&path).map_or(true, |metadata| metadata.is_file()),
            false => kind.is_file(),
        };
        if is_file {
            files.push(path);
        }
    }
    Ok(files)
}

/// Returns the paths that match a pattern and are not directories.
fn matching(pattern: &Path) -> io::Result<Vec<PathBuf>> {
    let parts: Vec<_> = pattern.components().collect();
    let mut found = Vec::new();
    walk(Path::new(""), &parts, &mut found)?;
    Ok(found)
}

/// Adds the paths below `base` that match the parts of a pattern.
fn walk(base: &Path, parts: &[Component<'_>], found: &mut Vec<PathBuf>) -> io::Result<()> {
    let Some((part, rest)) = parts.split_first() else {
        let metadata = fs::metadata(base);
        if metadata.map_or_else(|_| base.symlink_metadata().is_ok(), |found| !found.is_dir()) {
            found.push(base.to_owned());
        }
        return Ok(());
    };
    let text = part.as_os_str();
    if text == "**" {
        // As the last part it stands for files, too.
        let rest = if rest.is_empty() { &[Component::Normal("*".as_ref())] } else { rest };
        walk(base, rest, found)?;
        for (name, path, is_directory) in entries(base)? {
            if is_directory && !is_hidden(&name) {
                walk(&path, parts, found)?;
            }
        }
        return Ok(());
    }
    if !matches!(part, Component::Normal(_)) || !is_pattern(text) {
        let path = base.join(text);
        // Without this check every name of a long pattern would be requested.
        if rest.is_empty() || path.exists() {
            return walk(&path, rest, found);
        }
        return Ok(());
    }
    let pattern = Pattern::new(text);
    for (name, path, _) in entries(base)? {
        if pattern.matches(&name) && (rest.is_empty() || path.is_dir()) {
            walk(&path, rest, found)?;
        }
    }
    Ok(())
}

/// Returns the entries of a directory: name, path, and true for a directory that is not a link.
/// A file, and a directory that vanished meanwhile, have none.
fn entries(directory: &Path) -> io::Result<Vec<(std::ffi::OsString, PathBuf, bool)>> {
    let here = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let entries = match fs::read_dir(here) {
        Ok(entries) => entries,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    entries
        .map(|entry| {
            let entry = entry?;
            let name = entry.file_name();
            let is_directory = entry.file_type()?.is_dir();
            Ok((name.clone(), directory.join(name), is_directory))
        })
        .collect()
}
