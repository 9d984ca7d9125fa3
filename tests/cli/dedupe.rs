//! One record of those with the same key.

use crate::run::Place;
use tidemarc::Record;

/// Returns a record.
fn record(id: &str, title: &str, note: &str) -> Vec<u8> {
    let mut record = Record::builder().leader(*b"00000nam a2200000   4500").control("001", id);
    if !title.is_empty() {
        record = record.data("245", *b"14", [(b'a', title)]);
    }
    record.data("500", *b"  ", [(b'a', note)]).build().unwrap().to_iso2709().unwrap()
}

/// Makes two files: three records of one title, two of another, two without a title.
fn with_files(place: &Place) -> Vec<Vec<u8>> {
    let records = vec![
        record("a1", "The whale /", "x"),
        record("a2", "", "x"),
        record("a3", "The École :", "x"),
        record("a4", "The WHALE.", "longest"),
        record("b1", "", "x"),
        record("b2", "The Whale", "xx"),
        record("b3", "The E\u{301}cole", "x"),
    ];
    place.folder.file("a.mrc", records[..4].concat());
    place.folder.file("b.mrc", records[4..].concat());
    records
}

fn of(records: &[Vec<u8>], which: &[usize]) -> Vec<u8> {
    which.iter().flat_map(|at| records[*at].clone()).collect()
}

#[test]
fn one_record_of_each_key_is_kept_in_the_order_of_the_input() {
    let place = Place::new("dedupe");
    let records = with_files(&place);
    for (keep, which) in
        [("first", [0, 1, 2, 4]), ("last", [1, 4, 5, 6]), ("longest", [1, 2, 3, 4])]
    {
        let dedupe = ["dedupe", "--key", "245$a", "--keep", keep, "a.mrc", "b.mrc"];
        let ended = place.run(&dedupe).with_status(0);
        assert!(ended.stdout == of(&records, &which), "{keep}: {ended:?}");
        ended.saying("3 duplicates left out").saying("2 records without 245$a, kept");
        // A pipe is not read twice.
        let line = format!("cat a.mrc b.mrc | tidemarc dedupe -q --key 245 --keep {keep} -o o.mrc");
        place.shell(&line).with_status(0);
        assert!(place.read("o.mrc") == of(&records, &which), "{keep}");
    }
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn all_keys_must_be_equal_and_control_fields_are_compared_as_they_are() {
    let place = Place::new("dedupe-keys");
    let records = with_files(&place);
    let run = |keys: &[&str]| {
        let keys: Vec<_> = keys.iter().flat_map(|key| ["--key", key]).collect();
        let dedupe = [&["dedupe", "-q", "a.mrc", "b.mrc"], &keys[..]].concat();
        place.run(&dedupe).with_status(0).stdout
    };
    assert!(run(&["245$a", "500$a"]) == of(&records, &[0, 1, 2, 3, 4, 5]));
    assert!(run(&["245$a:exact"]) == records.concat());
    assert!(run(&["001"]) == records.concat());
    assert!(run(&["goldrush"]) == of(&records, &[0, 1, 2, 4]));
    let ids = [record("A-1", "", "x"), record("a 1", "", "x"), record("A-1", "", "y")];
    place.folder.file("a.mrc", ids.concat());
    place.folder.file("b.mrc", b"");
    assert!(run(&["001"]) == ids[..2].concat());
}

#[test]
fn a_report_has_a_row_for_each_record_that_was_left_out() {
    let place = Place::new("dedupe-report");
    with_files(&place);
    for (keep, expected) in [
        (
            "first",
            [
                "whale,a.mrc,4,a4,a.mrc,1,a1",
                "whale,b.mrc,2,b2,a.mrc,1,a1",
                "ecole,b.mrc,3,b3,a.mrc,3,a3",
            ],
        ),
        (
            "last",
            [
                "whale,a.mrc,1,a1,b.mrc,2,b2",
                "ecole,a.mrc,3,a3,b.mrc,3,b3",
                "whale,a.mrc,4,a4,b.mrc,2,b2",
            ],
        ),
    ] {
        let dedupe = ["dedupe", "--key", "245$a", "--keep", keep, "a.mrc", "b.mrc", "-o", "o.mrc"];
        place.run(&[&dedupe[..], &["--report", "r.csv"]].concat()).with_status(0);
        let report = String::from_utf8(place.read("r.csv")).unwrap();
        let mut rows = csv::Reader::from_reader(report.trim_start_matches('\u{FEFF}').as_bytes());
        let names = ["key", "file", "record", "001", "kept_file", "kept_record", "kept_001"];
        assert_eq!(rows.headers().unwrap(), names.as_slice());
        let rows: Vec<_> =
            rows.records().map(|row| row.unwrap().iter().collect::<Vec<_>>().join(",")).collect();
        assert_eq!(rows, expected, "{keep}");
    }
    let json = ["dedupe", "--key", "245$a", "a.mrc", "b.mrc", "-o", "o.mrc", "--report", "r.jsonl"];
    place.run(&json).with_status(0);
    let report = String::from_utf8(place.read("r.jsonl")).unwrap();
    let row: serde_json::Value = serde_json::from_str(report.lines().next().unwrap()).unwrap();
    assert_eq!((&row["record"], &row["kept_001"]), (&4.into(), &"a1".into()));
    assert_eq!(report.lines().count(), 3);
}

#[test]
fn a_record_that_cannot_be_written_does_not_stand_for_another() {
    let place = Place::new("dedupe-refused");
    // MARCXML cannot hold the control character.
    let records = [record("a", "The whale", "bad\u{1}"), record("b", "The whale", "good")];
    place.folder.file("a.mrc", records.concat());
    for keep in ["first", "longest"] {
        let dedupe = ["dedupe", "--key", "245$a", "--keep", keep, "--to", "marcxml", "a.mrc"];
        let ended = place.run(&dedupe).with_status(1).saying("not written");
        assert_eq!(ended.text().matches("<record>").count(), 1, "{keep}");
        assert!(ended.text().contains("good"), "{keep}");
    }
}

#[test]
fn wrong_arguments_are_refused_and_a_failure_leaves_the_old_files() {
    let place = Place::new("dedupe-usage");
    with_files(&place);
    place.folder.file("o.mrc", b"old");
    place.folder.file("r.csv", b"old");
    let dedupe = |more: &[&str]| place.run(&[&["dedupe", "a.mrc"], more].concat());
    dedupe(&[]).with_status(2).saying("--key");
    dedupe(&["--key", "245$"]).with_status(2).saying("^");
    dedupe(&["--key", "245$a:number"]).with_status(2).saying("exact is the only option");
    for key in ["goldrsh", "GoldRush", "goldrush:exact"] {
        dedupe(&["--key", key]).with_status(2).saying("or goldrush");
    }
    dedupe(&["--key", "001", "--report", "r.xlsx"]).with_status(2);
    dedupe(&["--key", "001", "--report", "r.arrow"]).with_status(2).saying(".jsonl");
    dedupe(&["--key", "001", "-o", "r.csv", "--to", "marc", "--report", "r.csv"])
        .with_status(2)
        .saying("cannot be two outputs");
    let last = ["--key", "001", "--keep", "last", "-o", "o.mrc"];
    dedupe(&[&last[..], &["--tmp", "no-folder"]].concat())
        .with_status(3)
        .saying("temporary file in no-folder: ");
    let strict = ["--errors", "strict", "books-damaged.mrc", "--report", "r.csv"];
    dedupe(&[&last[..], &strict[..]].concat()).with_status(1);
    assert_eq!((place.read("o.mrc"), place.read("r.csv")), (b"old".to_vec(), b"old".to_vec()));
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn the_report_is_complete_although_the_reader_of_the_output_has_ended() {
    let place = Place::new("dedupe-closed");
    place.shell("for n in $(seq 30); do cat books.mrc; done > many.mrc").with_status(0);
    for keep in ["first", "last"] {
        let line = format!(
            "tidemarc dedupe -q --key 001 --keep {keep} many.mrc --report r.csv | head -c 10 > h; \
             echo ${{PIPESTATUS[0]}}"
        );
        assert_eq!(place.shell(&line).with_status(0).text(), "0\n");
        let report = String::from_utf8(place.read("r.csv")).unwrap();
        assert_eq!(report.lines().count(), 1 + 29 * 60, "{keep}");
    }
}

#[test]
fn records_with_different_undecodable_text_are_not_the_same() {
    let place = Place::new("dedupe-undecodable");
    let with = |id: &str, byte: u8| {
        let mut bytes = record(id, "caf@ noir", "x");
        let at = bytes.iter().position(|byte| *byte == b'@').unwrap();
        bytes[at] = byte;
        bytes
    };
    let records = vec![with("a1", 0xE8), with("a2", 0xE9), with("a3", 0xE9), with("a4", b' ')];
    place.folder.file("u.mrc", records.concat());
    for key in ["245$a", "245$a:exact", "goldrush"] {
        let ended = place.run(&["dedupe", "--key", key, "u.mrc"]).with_status(0);
        assert!(ended.stdout == of(&records, &[0, 1, 3]), "{key}");
    }
}
