//! Records as text.

use crate::run::Place;

/// A record with a field in two scripts, an undecodable byte and a long note.
const JSON: &str = r#"{"leader":"00000nam a2200000   4500","fields":[
{"001":"x1"},{"245":{"ind1":"1","ind2":" ","subfields":[{"6":"880-01"},{"a":"Title"}]}},
{"500":{"ind1":" ","ind2":" ","subfields":[{"a":"one two three four five six seven eight"}]}},
{"880":{"ind1":"1","ind2":" ","subfields":[{"6":"245-01"},{"a":"題名"}]}}]}"#;

#[test]
fn a_record_is_shown_field_by_field() {
    let place = Place::new("view");
    place.folder.file("a.json", JSON);
    let ended = place.run(&["view", "--width", "30", "a.json"]).with_status(0);
    let expected = "\
a.json: record 1, byte 0 (001 x1)
LDR    00000nam a2200000   4500
001    x1
245 1# $6 880-01 $a Title
880 1# $6 245-01 $a 題名
500 ## $a one two three four
       five six seven eight

";
    assert_eq!(ended.text(), expected);
}

#[test]
fn records_are_chosen_by_number_and_by_control_number() {
    let place = Place::new("view-chosen");
    let ids = |arguments: &[&str]| -> Vec<String> {
        let ended = place.run(&[&["view", "-q"], arguments, &["books.mrc"]].concat());
        let lines = ended.text().lines().filter_map(|line| line.strip_prefix("001    "));
        lines.map(String::from).collect()
    };
    assert_eq!(ids(&["-n", "2"]), ["tm000001", "tm000002"]);
    assert_eq!(ids(&["--from", "60"]), ["tm000060"]);
    assert_eq!(ids(&["--id", "tm000005", "--id", "tm000001"]), ["tm000001", "tm000005"]);
    assert_eq!(ids(&[]).len(), 60);
    let ended = place.run(&["view", "--id", "nobody", "books.mrc"]).with_status(1);
    assert_eq!(ended.saying("no record has the control number nobody").text(), "");
}

#[test]
fn damage_is_shown_in_its_place() {
    let place = Place::new("view-damage");
    let ended = place.run(&["view", "books-damaged.mrc"]).with_status(1);
    assert!(ended.text().contains("TM101 record_length, record lost"));
    let headings =
        ended.text().lines().filter(|line| line.starts_with("books-damaged.mrc: record"));
    assert_eq!(headings.count(), 61);
    let record = b"00050nam a2200037   4500245001200000\x1e10\x1fares\xE9mer\x1e\x1d";
    place.folder.file("latin.mrc", record);
    let ended = place.run(&["view", "--color", "always", "latin.mrc"]).with_status(0);
    assert!(ended.text().contains("\x1b[1;31m\\xe9\x1b[0m"), "{}", ended.text());
    let ended = place.run(&["view", "--input-encoding", "latin-1", "latin.mrc"]).with_status(0);
    assert!(ended.text().contains("245 10 $a resémer\n"), "{}", ended.text());
}

#[test]
fn a_record_cannot_control_the_terminal() {
    let place = Place::new("view-escape");
    let record = b"00050nam a2200037   4500245001200000\x1e10\x1fa\x1b[31mRed\x1e\x1d";
    place.folder.file("escape.mrc", record);
    let ended = place.run(&["view", "escape.mrc"]);
    assert!(!ended.text().contains('\x1b'), "{:?}", ended.text());
    let colours = place.run(&["view", "--color", "never", "books.mrc"]);
    assert!(!colours.text().contains('\x1b'));
}
