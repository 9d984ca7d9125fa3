//! What damage costs in XML, JSON and the line format: no record that is sound, wherever it stands and
//! whatever is in the one before it.

use crate::common::formats::{Given, drain, read, read_with};
use std::ops::Range;
use tidemarc::{ErrorKind, Reader, format::Format};

mod json;
mod line;
mod soup;
mod xml;

const LEADER: &str = "00000nam a2200000   4500";

fn xml(number: &str) -> String {
    format!(
        "<record><leader>{LEADER}</leader><controlfield tag=\"001\">{number}</controlfield>\
         <datafield tag=\"245\" ind1=\" \" ind2=\" \"><subfield code=\"a\">A title</subfield>\
         </datafield></record>\n"
    )
}

fn xmls(numbers: Range<usize>) -> Vec<String> {
    numbers.map(|number| xml(&number.to_string())).collect()
}

fn collection(records: &[String]) -> String {
    format!("<collection>\n{}</collection>", records.concat())
}

/// The pairs of a record, without its braces.
fn pairs(number: usize) -> String {
    format!(
        r#""leader": "{LEADER}", "fields": [{{"001": "{number}"}}, {{"245": {{"ind1": " ", "ind2": " ", "subfields": [{{"a": "A {{title}}"}}]}}}}]"#
    )
}

fn json(number: usize) -> String {
    format!("{{{}}}", pairs(number))
}

/// A record whose keys come late.
fn late(number: usize) -> String {
    format!(r#"{{"_id": {number}, "of": {{"$oid": ["x", {{}}]}}, {}}}"#, pairs(number))
}

/// The control numbers of the records; a fault is an exclamation mark.
fn told(given: &[Given]) -> Vec<String> {
    let tell = |given: &Given| match given {
        Given::Record { record, .. } => {
            String::from_utf8(record.control_number().unwrap_or(b"-").to_vec()).unwrap()
        }
        Given::Fault { .. } => "!".into(),
    };
    given.iter().map(tell).collect()
}

fn told_of(text: &str, format: Format) -> Vec<String> {
    told(&read(text.as_bytes(), format))
}

/// The numbers of the records alone.
fn numbers_of(text: &str, format: Format) -> Vec<String> {
    let mut told = told_of(text, format);
    assert!(told.iter().any(|number| number == "!"), "{text}: no fault");
    told.retain(|number| number != "!");
    told
}

fn numbers(range: Range<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

fn told_records(given: &[Given]) -> Vec<String> {
    let mut told = told(given);
    told.retain(|number| number != "!");
    told
}
