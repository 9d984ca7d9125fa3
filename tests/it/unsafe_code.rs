//! The places of `unsafe`: only the files that CONTRIBUTING.md lists, and none of the core.

use crate::common::corpus::files_below;
use std::{collections::BTreeSet, fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the files of the table under "unsafe" in CONTRIBUTING.md.
fn listed() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let (_, section) = text.split_once("\n## `unsafe`\n").expect("a section about unsafe");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(file, _)| file.to_owned()).collect()
}

/// Returns true if a line of source has the keyword, outside of comments and names of lints.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe")
}

#[test]
fn unsafe_code_is_only_where_it_is_said_to_be() {
    let mut found = BTreeSet::new();
    for file in files_below(&root().join("src")) {
        if file.extension().is_some_and(|extension| extension == "rs")
            && fs::read_to_string(&file).unwrap().lines().any(is_unsafe)
        {
            found.insert(file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        }
    }
    assert_eq!(found, listed());
}

#[test]
fn the_core_forbids_unsafe_code() {
    for module in ["record", "framing", "encoding", "select", "edit", "output", "format"] {
        let text = fs::read_to_string(root().join(format!("src/{module}/mod.rs"))).unwrap();
        assert!(text.lines().any(|line| line == "#![forbid(unsafe_code)]"), "{module}");
    }
}
