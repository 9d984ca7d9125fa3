//! The layers: each folder of the sources uses only the folders above it in the table of
//! `docs/architecture.md`, section 2.

use crate::common::corpus::files_below;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the folders in the order of the table, with their rank.
fn ranks() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, section) = text.split_once("\n## 2. The layers\n").expect("a section on layers");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.flat_map(|row| {
        let cell = row.split('|').next().unwrap_or_default();
        cell.split('`')
            .filter(|name| name.chars().all(|c| c.is_ascii_lowercase()))
            .collect::<Vec<_>>()
    });
    names
        .filter(|name| !name.is_empty())
        .enumerate()
        .map(|(at, name)| (name.to_owned(), at))
        .collect()
}

/// Returns the code of a file without comments and without its unit tests, which may use anything.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns the folders that a file names after `crate::`, also inside braces.
fn used(code: &str) -> BTreeSet<String> {
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
    };
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if !rest.starts_with('{') {
            found.insert(name(rest));
            continue;
        }
        let mut depth = 0;
        for (at, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            let is_start = depth == 1 && matches!(c, '{' | ',');
            if is_start {
                found.insert(name(&rest[at + 1..]));
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[test]
fn no_folder_uses_one_below_it() {
    let ranks = ranks();
    let src = root().join("src");
    let mut breaches = Vec::new();
    for path in files_below(&src) {
        let relative = path.strip_prefix(&src).unwrap();
        let first = relative.iter().next().unwrap().to_str().unwrap();
        let own = first.trim_end_matches(".rs");
        let is_test = relative.to_str().unwrap().contains("test");
        if own == "lib" || is_test || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let rank = ranks.get(own).unwrap_or_else(|| panic!("{own} is not in the table of layers"));
        for name in used(&code(&path)) {
            if ranks.get(&name).is_some_and(|other| other > rank) {
                breaches.push(format!("{} uses {name}", relative.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "{breaches:#?}");
}
