//! The places of `cfg(feature = …)`: in finished folders only the borders of modules.

use crate::common::corpus::files_below;
use std::{fs, path::Path};

/// The folders and files that keep the rule.
const FINISHED: [&str; 10] = [
    "columns", "convert", "encoding", "error", "format", "framing", "index", "output", "record",
    "source",
];

/// Returns true if this line declares a module or imports names.
fn is_border(line: &str) -> bool {
    let names = line.split_whitespace().filter(|word| !word.starts_with("pub"));
    names.take(1).any(|word| matches!(word, "mod" | "use"))
}

/// Returns the lines that ask for a feature, but are not part of an attribute of a `mod` or `use`.
fn breaches(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let is_outermost = |line: &&&str| !line.is_empty() && !line.starts_with([' ', ')', '/']);
    let is_allowed = |at: usize| {
        let begin = lines[..=at].iter().rfind(is_outermost);
        let is_attribute = begin.is_some_and(|line| line.starts_with("#["));
        let item = lines[at..].iter().filter(is_outermost).find(|line| !line.starts_with('#'));
        is_attribute && item.is_some_and(|line| is_border(line))
    };
    let asks = lines.iter().enumerate().filter(|(_, line)| line.contains("feature = \""));
    let breaches = asks.filter(|&(at, _)| !is_allowed(at));
    breaches.map(|(at, line)| format!("{}:{}: {line}", path.display(), at + 1)).collect()
}

#[test]
fn features_are_asked_for_only_where_a_module_begins() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in files_below(&src) {
        let first = path.strip_prefix(&src).unwrap().iter().next().unwrap().to_str().unwrap();
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        if is_source && FINISHED.contains(&first.trim_end_matches(".rs")) {
            found.extend(breaches(&path));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
