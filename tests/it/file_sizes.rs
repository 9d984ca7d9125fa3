//! A file has one subject, so it is short: a limit on its lines of code.

use crate::common::corpus::files_below;
use std::{collections::BTreeMap, fs, path::Path};

/// The most lines of code in a file.
const LIMIT: usize = 450;

/// The files above the limit that are still to be parted, with their lines of code. The numbers may
/// only fall.
const EXCEPTIONS: &[(&str, usize)] = &[];

/// The number of lines that are neither blank nor a comment.
fn lines_of_code(text: &str, comment: &str) -> usize {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with(comment);
    text.lines().filter(is_code).count()
}

/// The Rust and Python files above the limit, by their path in the repository.
fn long_files() -> BTreeMap<String, usize> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "python/tidemarc", "tests"];
    let mut found = BTreeMap::new();
    for file in folders.iter().flat_map(|folder| files_below(&root.join(folder))) {
        let comment = match file.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => "//",
            Some("py") => "#",
            _ => continue,
        };
        let count = lines_of_code(&fs::read_to_string(&file).unwrap(), comment);
        if count > LIMIT {
            let name = file.strip_prefix(root).unwrap().to_str().unwrap();
            found.insert(name.to_owned(), count);
        }
    }
    found
}

#[test]
fn no_file_grows_beyond_the_limit() {
    let allowed: BTreeMap<_, _> = EXCEPTIONS.iter().copied().collect();
    for (file, count) in long_files() {
        let most = allowed.get(&*file).copied().unwrap_or(LIMIT);
        assert!(count <= most, "{file} has {count} lines of code, at most {most} are allowed");
    }
}

#[test]
fn an_exception_goes_once_its_file_is_short() {
    let found = long_files();
    for (file, _) in EXCEPTIONS {
        assert!(
            found.contains_key(*file),
            "{file} has at most {LIMIT} lines of code: no exception"
        );
    }
}
