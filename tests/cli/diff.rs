//! Differences between two files.

use crate::run::{Ended, Place};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A record: a key, if it has one, and other fields as text.
type Plain = (Option<String>, Vec<(&'static str, String)>);

/// Returns a record as MARC-in-JSON.
fn json_of((key, fields): &Plain) -> String {
    let mut all: Vec<_> = key.iter().map(|key| json!({ "001": key })).collect();
    for (tag, text) in fields {
        let subfields = json!([{ "a": text }]);
        all.push(json!({ *tag: { "ind1": " ", "ind2": "1", "subfields": subfields } }));
    }
    json!({ "leader": "00000nam a2200000   4500", "fields": all }).to_string() + "\n"
}

fn file_of(records: &[Plain]) -> String {
    records.iter().map(json_of).collect()
}

/// Returns the lines of JSON of a comparison, and the counts at their end.
fn results(ended: &Ended) -> (Vec<Value>, Value) {
    let mut lines: Vec<Value> =
        ended.text().lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let sums = lines.pop().expect("counts");
    (lines, sums)
}

/// A change: its kind, and the numbers of the record in the two files.
type Expected = (&'static str, Option<u64>, Option<u64>);

/// Compares two lists of records in the plainest way.
fn naive(one: &[Plain], other: &[Plain]) -> Vec<Expected> {
    let mut groups: BTreeMap<String, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, list) in [one, other].into_iter().enumerate() {
        for (at, (key, fields)) in list.iter().enumerate() {
            let key = key.clone().unwrap_or_else(|| format!("\0{fields:?}"));
            groups.entry(key).or_default()[side].push(at);
        }
    }
    let number = |at: usize| Some(at as u64 + 1);
    let (mut changed, mut added) = (Vec::new(), Vec::new());
    for [mut first, mut second] in groups.into_values() {
        first.retain(|at| match second.iter().position(|it| other[*it] == one[*at]) {
            Some(partner) => {
                second.remove(partner);
                false
            }
            None => true,
        });
        let pairs = first.len().min(second.len());
        for (before, after) in first.iter().zip(&second) {
            changed.push(("changed", number(*before), number(*after)));
        }
        changed.extend(first[pairs..].iter().map(|at| ("removed", number(*at), None)));
        added.extend(second[pairs..].iter().map(|at| ("added", None, number(*at))));
    }
    changed.sort_by_key(|(_, before, _)| *before);
    added.sort_by_key(|(_, _, after)| *after);
    [changed, added].concat()
}

/// Checks that the changes of fields lead from one record to the other.
fn check_fields(one: &Plain, other: &Plain, change: &Value) {
    let text = |value: &Value| value["subfields"][0]["a"].as_str().map(String::from);
    let mut fields: Vec<_> =
        one.1.iter().map(|(tag, text)| (String::from(*tag), text.clone())).collect();
    for change in change["fields"].as_array().unwrap() {
        let tag = change["tag"].as_str().unwrap().to_owned();
        assert_ne!(
            change["before"],
            if change["change"] == "moved" { json!(0) } else { change["after"].clone() }
        );
        if let Some(before) = text(&change["before"]) {
            let at = fields.iter().position(|field| *field == (tag.clone(), before.clone()));
            fields.remove(at.expect("a field of the first record"));
        }
        fields.extend(text(&change["after"]).map(|after| (tag, after)));
    }
    let mut expected: Vec<_> =
        other.1.iter().map(|(tag, text)| (String::from(*tag), text.clone())).collect();
    fields.sort();
    expected.sort();
    assert_eq!(fields, expected);
}

fn records() -> impl Strategy<Value = Vec<Plain>> {
    let key = prop_oneof![1 => Just(None), 6 => (0..12_u8).prop_map(|key| Some(format!("k{key}")))];
    let tag = prop_oneof![Just("245"), Just("500"), Just("650")];
    let field =
        (tag, prop_oneof![Just("x"), Just("y"), Just("né"), Just("題")].prop_map(String::from));
    proptest::collection::vec((key, proptest::collection::vec(field, 0..4)), 0..14)
}

#[test]
fn differences_are_those_of_a_naive_comparison() {
    let place = Place::new("diff-naive");
    let mut runner = TestRunner::new(Config { cases: 60, ..Config::default() });
    let formats = [("xml", "mrc"), ("mrc", "jsonl"), ("jsonl", "xml"), ("mrk", "mrc")];
    let strategy = (records(), records(), 0..4_usize, any::<bool>());
    let ran = runner.run(&strategy, |(one, mut other, formats_at, takes_from_one)| {
        if takes_from_one {
            // Most records are in both files, in another order.
            other.truncate(3);
            other.extend(one.iter().skip(2).rev().cloned());
        }
        place.folder.file("one.jsonl", file_of(&one));
        place.folder.file("other.jsonl", file_of(&other));
        let (format, other_format) = formats[formats_at];
        let names = [format!("a.{format}"), format!("b.{other_format}")];
        for (from, to) in [("one.jsonl", &names[0]), ("other.jsonl", &names[1])] {
            place.run(&["cat", from, "-o", to]).with_status(0);
        }
        let expected = naive(&one, &other);
        let status = i32::from(!expected.is_empty());
        let ended = place.run(&["diff", "--json", &names[0], &names[1]]).with_status(status);
        let (changes, sums) = results(&ended);
        let found: Vec<_> = changes
            .iter()
            .map(|change| {
                (
                    change["change"].as_str().unwrap(),
                    change["before"].as_u64(),
                    change["after"].as_u64(),
                )
            })
            .collect();
        assert_eq!(found, expected);
        let count = |kind: &str| expected.iter().filter(|(it, ..)| *it == kind).count() as u64;
        assert_eq!(sums["changed"].as_u64(), Some(count("changed")));
        let equal = one.len() as u64 - count("changed") - count("removed");
        assert_eq!(sums["equal"].as_u64(), Some(equal));
        for (change, (kind, before, after)) in changes.iter().zip(&expected) {
            if *kind == "changed" {
                let at = |number: &Option<u64>| number.unwrap() as usize - 1;
                check_fields(&one[at(before)], &other[at(after)], change);
            }
        }
        // Pipes and compressed files give the same.
        let line = format!("gzip -kf {0}; tidemarc diff --json {0}.gz - < {1}", names[0], names[1]);
        assert_eq!(place.shell(&line).with_status(status).text(), ended.text());
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn equal_contents_are_equal_in_any_format_encoding_and_order() {
    let place = Place::new("diff-equal");
    let equal = "60 equal, 0 changed, 0 removed, 0 added\n";
    for (line, expected) in [
        ("tidemarc diff books.mrc books.mrc", equal),
        ("tidemarc convert books.mrc -o b.xml; tidemarc diff books.mrc b.xml", equal),
        (
            "tidemarc convert --encoding utf8 books.mrc -o u.mrc; tidemarc diff books.mrc u.mrc",
            equal,
        ),
        (
            "tidemarc convert --encoding utf8 --nfd books.mrc -o d.mrc; tidemarc diff --nfc books.mrc d.mrc",
            equal,
        ),
        (
            "iconv -f utf-8 -t utf-16 b.xml > w.xml; sed -i '' w.xml; tidemarc diff b.xml w.xml",
            equal,
        ),
        ("tidemarc cat books.mrc -o b.mrc.gz; tidemarc diff b.mrc.gz books.mrc", equal),
        ("tidemarc diff <(cat books.mrc) <(cat b.xml)", equal),
        ("cat books.mrc | tidemarc diff - books.mrc", equal),
        (
            "(tidemarc cat --skip 1 books.mrc; tidemarc cat --limit 1 books.mrc) > o.mrc; \
          tidemarc diff books.mrc o.mrc",
            "60 equal, 0 changed, 0 removed, 0 added\n\
          1 equal or changed record in another order, which is no difference\n",
        ),
        (
            ": > empty.mrc; tidemarc diff empty.mrc empty.mrc",
            "0 equal, 0 changed, 0 removed, 0 added\n",
        ),
    ] {
        let ended = place.shell(line).with_status(0);
        assert_eq!((ended.text(), &*ended.stderr), (expected, ""), "{line}");
    }
    let ended = place.run(&["diff", "--summary", "books.mrc", "d.mrc"]).with_status(1);
    assert!(!ended.text().starts_with("60 equal"), "{}", ended.text());
}

#[test]
fn changed_fields_are_shown_before_and_after() {
    let place = Place::new("diff-text");
    let one = r#"{"leader":"00000nam a2200000   4500","fields":[{"001":"x1"},{"005":"2001"},{"245":{"ind1":"1","ind2":" ","subfields":[{"a":"One /"},{"c":"A."}]}},{"500":{"ind1":" ","ind2":" ","subfields":[{"a":"Old"}]}}]}
{"fields":[{"001":"x2"},{"245":{"ind1":" ","ind2":" ","subfields":[{"a":"Two"}]}}]}
{"fields":[{"245":{"ind1":" ","ind2":" ","subfields":[{"a":"Three"}]}}]}"#;
    let other = one
        .replace("00000nam", "00000cam")
        .replace("2001", "2002")
        .replace("One /", "Ein\\u001b /")
        .replace("Old", "New")
        .replace("x2", "x3");
    place.folder.file("a.json", one);
    place.folder.file("b.json", &other);
    let ended = place.run(&["diff", "a.json", "b.json"]).with_status(1);
    let expected = "\
changed x1 (records 1 and 1): One
- LDR    .....nam ........   ....
+ LDR    .....cam ........   ....
- 005    2001
+ 005    2002
- 245 1# $a One / $c A.
+ 245 1# $a Ein\\u001b / $c A.
- 500 ## $a Old
+ 500 ## $a New

removed x2 (record 2): Two

added x3 (record 2): Two

1 equal, 1 changed, 1 removed, 1 added
a.json: 1 record without a key, compared by content
b.json: 1 record without a key, compared by content
";
    assert_eq!(ended.text(), expected);
    let less =
        ["diff", "--ignore", "005", "--ignore", "5XX", "--ignore", "LDR", "a.json", "b.json"];
    let ended = place.run(&less).with_status(1);
    let lines: Vec<_> = ended.text().lines().filter(|line| line.starts_with(['-', '+'])).collect();
    assert_eq!(lines.len(), 2, "{}", ended.text());
    let ignored =
        ["diff", "--ignore", "...", "--ignore", "LDR", "--key", "245$c", "a.json", "b.json"];
    place.run(&ignored).with_status(0);
    let by_title = ["diff", "--key", "245$a", "--summary", "a.json", "b.json"];
    let ended = place.run(&by_title).with_status(1);
    assert_eq!(ended.text(), "1 equal, 1 changed, 1 removed, 1 added\n");
    let json = place.run(&["diff", "--json", "a.json", "b.json"]).with_status(1);
    let (changes, sums) = results(&json);
    let field = &changes[0]["fields"][3];
    let new = json!({ "ind1": " ", "ind2": " ", "subfields": [{ "a": "New" }] });
    assert_eq!((&field["tag"], &field["after"]), (&json!("500"), &new));
    assert_eq!((&sums["records"], &sums["without_key"]), (&json!([3, 3]), &json!([1, 1])));
    // The order of the fields counts, unless it is ignored.
    place.folder.file(
        "c.json",
        one.replace(r#"{"001":"x1"},{"005":"2001"}"#, r#"{"005":"2001"},{"001":"x1"}"#),
    );
    let ended = place.run(&["diff", "a.json", "c.json"]).with_status(1);
    assert!(ended.text().contains("(moved)"), "{}", ended.text());
    place.run(&["diff", "--ignore-order", "a.json", "c.json"]).with_status(0);
}

#[test]
fn a_page_of_html_has_the_differences_and_is_complete_in_itself() {
    let place = Place::new("diff-html");
    place
        .folder
        .file("a.json", r#"{"fields":[{"001":"<b>"},{"500":{"subfields":[{"a":"a & b"}]}}]}"#);
    place
        .folder
        .file("b.json", r#"{"fields":[{"001":"<b>"},{"500":{"subfields":[{"a":"a & c"}]}}]}"#);
    let ended = place.run(&["diff", "--html", "r.html", "a.json", "b.json"]).with_status(1);
    assert_eq!(ended.text(), "0 equal, 1 changed, 0 removed, 0 added\n");
    let page = String::from_utf8(place.read("r.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(page.contains("<ins>500 ## $a a &amp; <mark>c</mark></ins>"), "{page}");
    assert!(!page.contains("<b>") && !page.contains("<script") && !page.contains("http:"));
    // An old report stays until the new one is complete.
    place.run(&["diff", "--html", "r.html", "a.json", "no-such.mrc"]).with_status(3);
    assert_eq!(place.read("r.html"), page.as_bytes());
    place.run(&["diff", "--html", "a.json", "a.json", "b.json"]).with_status(2).saying("itself");
    place.run(&["diff", "--html", "r.html.gz", "a.json", "b.json"]).with_status(2);
    place.run(&["diff", "--html", "no-folder/r.html", "a.json", "b.json"]).with_status(3);
}

#[test]
fn duplicates_are_paired_and_the_rest_is_counted() {
    let place = Place::new("diff-duplicates");
    let record = |number: usize| (Some("same".to_owned()), vec![("245", number.to_string())]);
    let one: Vec<_> = (0..20_000).map(record).collect();
    let other: Vec<_> = (1..20_002).rev().map(record).collect();
    place.folder.file("a.jsonl", file_of(&one));
    place.folder.file("b.jsonl", file_of(&other));
    let ended = place.run(&["diff", "a.jsonl", "b.jsonl"]).with_status(1);
    let expected = "changed same (records 1 and 1): 0\n\
        - 245 #1 $a 0\n\
        + 245 #1 $a 20001\n\
        \n\
        added same (record 2): 20000\n\
        \n\
        19,999 equal, 1 changed, 0 removed, 1 added\n\
        19,998 equal or changed records in another order, which is no difference\n\
        a.jsonl: 19,999 records with the key of an earlier record\n\
        b.jsonl: 20,000 records with the key of an earlier record\n";
    assert_eq!(ended.text(), expected);
}

#[test]
fn damaged_records_are_reported_and_repaired_ones_compared() {
    let place = Place::new("diff-damage");
    let ended = place.run(&["diff", "books.mrc", "books-damaged.mrc"]).with_status(1);
    assert!(ended.text().contains("56 equal, 1 changed, 3 removed, 0 added"), "{}", ended.text());
    assert_eq!(ended.stderr.lines().filter(|line| line.contains(": record ")).count(), 4);
    let repair = ["diff", "--errors", "repair", "--summary", "books.mrc", "books-damaged.mrc"];
    let repaired = place.run(&repair).with_status(1);
    assert!(!repaired.text().contains("3 removed"), "{}", repaired.text());
    // Repaired records are read again in the same way as from a pipe.
    let line = "tidemarc diff -q --errors repair books.mrc books-damaged.mrc > a; \
        tidemarc diff -q --errors repair books.mrc - < books-damaged.mrc > b; cmp a b";
    place.shell(line).with_status(0);
    let strict = ["diff", "--errors", "strict", "books.mrc", "books-damaged.mrc"];
    let ended = place.run(&strict).with_status(1).saying("record 8, byte ");
    assert_eq!(ended.text(), "");
}

#[test]
fn files_that_cannot_be_read_are_not_compared() {
    let place = Place::new("diff-failures");
    place.shell("gzip -c books.mrc | head -c 9000 > cut.mrc.gz").with_status(0);
    place.folder.file("book.pdf", b"%PDF-1.7\nnot a record");
    place.folder.file("o.txt", b"old");
    for (file, status, message) in [
        ("no-such.mrc", 3, "no-such.mrc: No such file"),
        ("cut.mrc.gz", 3, "error: cut.mrc.gz: "),
        ("book.pdf", 1, "PDF"),
    ] {
        for [one, other] in [["books.mrc", file], [file, "books.mrc"]] {
            let ended = place.run(&["diff", one, other, "-o", "o.txt"]).with_status(status);
            assert_eq!(ended.saying(message).text(), "");
            assert!(place.read("o.txt") == b"old", "{one} {other}");
        }
    }
    std::fs::create_dir(place.path("folder")).unwrap();
    place.run(&["diff", "books.mrc", "folder"]).with_status(3);
    place.run(&["diff", "books.mrc"]).with_status(2);
    place.run(&["diff", "books.mrc", "*.mrc"]).with_status(2).saying("name two");
    place.run(&["diff", "-", "-"]).with_status(2).saying("only once");
    place.run(&["diff", "--key", "245$", "books.mrc", "ascii.mrc"]).with_status(2).saying("^");
    place.run(&["diff", "--ignore", "9", "books.mrc", "ascii.mrc"]).with_status(2);
    place
        .run(&["diff", "books.mrc", "ascii.mrc", "-o", "ascii.mrc"])
        .with_status(2)
        .saying("itself");
    place.shell("tidemarc diff books.mrc ascii.mrc > /dev/full").with_status(3);
    place.folder.file("empty.mrc", b"");
    let ended = place.run(&["diff", "--summary", "empty.mrc", "books.mrc"]).with_status(1);
    assert_eq!(ended.text(), "0 equal, 0 changed, 0 removed, 60 added\n");
    place.shell("for n in $(seq 30); do cat books.mrc; done > many.mrc").with_status(0);
    let line = "tidemarc diff empty.mrc many.mrc | head -c 10 > head; echo ${PIPESTATUS[0]}";
    let ended = place.shell(line);
    assert_eq!((ended.text(), &*ended.stderr), ("0\n", ""));
    assert_eq!(place.temporaries(), [""; 0]);
}
