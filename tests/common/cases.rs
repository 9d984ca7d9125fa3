//! The table of cases for every path through the crate, and for Python.

mod damage;
mod limits;
mod padding;
mod sound;
mod spans;

use super::oracle::{self, Kind};
use std::fmt::Write;

/// Limit on record length in the cases that are not about the limit.
const LIMIT: usize = 100_000;

/// An input, and the result that a reader should have.
pub struct Case {
    pub name: &'static str,
    pub input: Vec<u8>,
    pub max_record_length: usize,
    /// The kinds in order, separated by blanks, each with the directory entry at fault if there is
    /// one: `record directory:2 padding`. They are written by hand, so that the oracle is checked
    /// too.
    pub expected: &'static str,
}

/// Makes a case with the usual limit.
fn case(name: &'static str, input: impl Into<Vec<u8>>, expected: &'static str) -> Case {
    limited(name, LIMIT, input, expected)
}

fn limited(
    name: &'static str,
    max_record_length: usize,
    input: impl Into<Vec<u8>>,
    expected: &'static str,
) -> Case {
    Case { name, input: input.into(), max_record_length, expected }
}

impl Case {
    /// Returns the result of the oracle.
    pub fn items(&self) -> Vec<oracle::Item> {
        oracle::items(&self.input, self.max_record_length)
    }
}

/// Returns every case.
pub fn all() -> Vec<Case> {
    [sound::cases(), damage::cases(), spans::cases(), padding::cases(), limits::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// Returns the kinds of these items, in the form of [`Case::expected`].
pub fn in_words(items: &[oracle::Item]) -> String {
    let words: Vec<_> = items
        .iter()
        .map(|item| match item.kind {
            Kind::Fault { name, entry: Some(entry) } => format!("{name}:{entry}"),
            kind => kind.name().to_string(),
        })
        .collect();
    words.join(" ")
}

/// Returns the table as JSON: a list of objects, one for each line. Each item of `expected` is
/// kind, offset, length, and the number of the record or fault, or null.
pub fn to_json() -> String {
    let lines: Vec<_> = all().iter().map(line).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn line(case: &Case) -> String {
    let mut hex = String::new();
    for byte in &case.input {
        write!(hex, "{byte:02x}").unwrap();
    }
    let items: Vec<_> = case
        .items()
        .iter()
        .map(|item| {
            let number = item.number.map_or("null".into(), |number| number.to_string());
            format!("[\"{}\",{},{},{number}]", item.kind.name(), item.offset, item.length)
        })
        .collect();
    // Names contain nothing that JSON would have to escape; a test checks that.
    format!(
        r#"{{"name":"{}","max_record_length":{},"expected":[{}],"input":"{hex}"}}"#,
        case.name,
        case.max_record_length,
        items.join(","),
    )
}
