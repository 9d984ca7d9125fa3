//! Each example of `docs/faults.md` is what the page says it is.

use crate::common::build::{cut, simple};
use examples::examples;
use inputs::sound;
use tidemarc::{Reader, Summary};

mod examples;
mod inputs;
mod messages;

/// What is told of an input: code and severity.
fn told_of(input: &[u8], repair: bool) -> Vec<String> {
    let builder = Reader::builder().repair(repair).max_record_length(1 << 17);
    let summary = Summary::of(builder.from_bytes(input.to_vec())).unwrap();
    let word = |(_, error): (u64, &tidemarc::Error)| {
        format!("{} {}", error.code(), error.severity().name())
    };
    let mut told: Vec<_> = summary.faults().map(word).collect();
    told.sort();
    told
}

/// Returns true for content that a conversion refuses: without other formats there is none.
fn is_about_formats(code: &str) -> bool {
    matches!(code, "TM506" | "TM507")
}

/// The words of an example on the page, an input like that, what is told of it without `repair` and
/// with it: codes and severities, separated by commas.
type Example = (&'static str, &'static str, Vec<u8>, &'static str, &'static str);

#[test]
fn the_examples_of_the_documentation_are_what_it_says() {
    let page = include_str!("../../../docs/faults.md");
    let commas = |told: Vec<String>| told.join(",");
    let mut wrong = Vec::new();
    for (code, words, input, without, repaired) in examples() {
        if is_about_formats(code) && !cfg!(feature = "formats") {
            continue;
        }
        let section = page.split(&format!("\n## {code} ")).nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        assert!(section.contains(words), "{code}: {words}");
        // A page of HTML is one where the input begins; all else may stand between sound records.
        let input = match code {
            "TM404" => input,
            _ => [simple("a"), input, simple("b")].concat(),
        };
        let found = (commas(told_of(&input, false)), commas(told_of(&input, true)));
        if (found.0.as_str(), found.1.as_str()) != (without, repaired) {
            wrong.push((code, words, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let truncated = cut(sound(), 20);
    for repair in [false, true] {
        assert_eq!(told_of(&truncated, repair), ["TM401 lost_record"]);
    }
}

/// What the table says a kind costs without `repair` is what the examples cost.
#[test]
fn the_table_of_the_documentation_says_what_there_is_without_repair() {
    let page = include_str!("../../../docs/faults.md");
    for (code, words, _, without, _) in examples() {
        let row = page.lines().find(|line| line.starts_with(&format!("| [{code}]"))).unwrap();
        let column = row.split('|').nth(4).unwrap();
        let (told, severity) = without.split_once(' ').unwrap();
        let is_told = if told == code { column.contains("the same") } else { true };
        assert!(
            is_told && (column.contains(told) || column.contains("the same")),
            "{code} {words}"
        );
        assert!(severity == "information" || severity == "lost_record", "{code} {words}");
    }
}
