//! `tidemarc edit`, to a new file.

use crate::run::Place;
use tidemarc::{Reader, Record};

/// Makes a file of ISO 2709 from lines of MARCMaker.
fn file(place: &Place, name: &str, text: &str, encoding: &str) {
    place.folder.file("source.mrk", text);
    let convert = ["convert", "--encoding", encoding, "source.mrk", "-o", name];
    place.run(&convert).with_status(0);
}

fn records(place: &Place, name: &str) -> Vec<Record> {
    let reader = Reader::from_path(place.path(name)).unwrap();
    reader.map(|record| record.unwrap().to_owned()).collect()
}

/// Returns the records of a file as lines.
fn lines(place: &Place, name: &str) -> String {
    let ended = place.run(&["convert", "--to", "line", name]).with_status(0);
    ended.text().to_owned()
}

const TWO: &str = "\
=LDR  00000nam a2200000   4500
=001  one
=020  \\\\$a1$c{dollar}5
=245  00$aWhales
=650  \\7$aWhaling$2fast
=949  \\\\$xlocal

=LDR  00000nam a2200000   4500
=001  two
=245  10$aA title
=856  40$uhttp://a.example/$yhttp

";

#[test]
fn every_edit_does_its_part_in_the_order_of_the_command_line() {
    let place = Place::new("edit");
    file(&place, "two.mrc", TWO, "utf8");
    let ended = place.run(&[
        "edit",
        "--replace",
        "856$u",
        "/^HTTP:/i",
        "https:",
        "--delete",
        r"650{^2=\7}",
        "--set",
        "245^1=1",
        "--add",
        "040 $dXXX",
        "--delete",
        "020$c",
        "--add-subfield",
        "245 $cB. C.",
        "--set",
        "LDR/5=c",
        "--sort-fields",
        "two.mrc",
        "-o",
        "out.mrc",
    ]);
    let ended = ended.with_status(0);
    let messages: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(
        messages,
        [
            "tidemarc: 2 of 2 records changed",
            "tidemarc:   replace 856$u /^HTTP:/i https:: 1 in 1 record",
            r"tidemarc:   delete 650{^2=\7}: 1 in 1 record",
            "tidemarc:   set 245^1=1: 1 in 1 record, 1 had it already",
            "tidemarc:   add 040 $dXXX: 2 in 2 records",
            "tidemarc:   delete 020$c: 1 in 1 record",
            "tidemarc:   add-subfield 245 $cB. C.: 2 in 2 records",
            "tidemarc:   set LDR/5=c: 2 in 2 records",
            "tidemarc:   sort-fields: 0 in 0 records, 2 had it already",
        ]
    );
    let fields = |record: &Record| {
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\u{1f}', "$");
        let fields = record.fields().iter();
        fields.map(|it| format!("{} {}", it.tag(), shown(it.as_bytes()))).collect::<Vec<_>>()
    };
    let edited = records(&place, "out.mrc");
    assert_eq!(
        fields(&edited[0]),
        ["001 one", "020   $a1", "040   $dXXX", "245 10$aWhales$cB. C.", "949   $xlocal"]
    );
    assert_eq!(
        fields(&edited[1]),
        ["001 two", "040   $dXXX", "245 10$aA title$cB. C.", "856 40$uhttps://a.example/$yhttp"]
    );
    assert!(edited.iter().all(|record| record.leader().record_status() == b'c'));
}

#[test]
fn the_order_of_different_options_counts() {
    let place = Place::new("edit-order");
    file(&place, "two.mrc", TWO, "utf8");
    let (add, delete) = (["--add", "940 $anew"], ["--delete", "940"]);
    let run = |edits: &[&str]| {
        place.run(&[&["edit", "two.mrc", "-o", "out.mrc"], edits].concat()).with_status(0);
        lines(&place, "out.mrc").matches("940").count()
    };
    assert_eq!(run(&[add, delete].concat()), 0);
    assert!(place.read("out.mrc") == place.read("two.mrc"));
    assert_eq!(run(&[delete, add].concat()), 2);
    let replace = ["--replace", "245$a", "/Whales/", "Seals"];
    let set = ["--set", "245$a=Whales"];
    run(&[&set[..], &replace, &["--sort-fields"], &set].concat());
    assert!(!lines(&place, "out.mrc").contains("Seals"));
    run(&[&["--sort-fields"], &set[..], &replace].concat());
    assert_eq!(lines(&place, "out.mrc").matches("Seals").count(), 2);
}

#[test]
fn records_without_a_change_are_written_byte_for_byte() {
    let place = Place::new("edit-same");
    // Records with an odd structure: a gap, a field before the one that the directory names first.
    for name in ["books.mrc", "ascii.mrc"] {
        let copied = place.run(&["edit", "--delete", "9ZZ", name]).with_status(0);
        assert!(copied.stdout == place.read(name));
        assert!(copied.stderr.contains("delete 9ZZ: nothing found"), "{}", copied.stderr);
    }
    let only = r#"001 = "tm000002""#;
    let edit = ["edit", "--set", "245^2=9", "--where", only, "books.mrc", "-o", "out.mrc"];
    place.run(&edit).with_status(0).saying("1 of 60 records changed");
    let (old, new) = (place.read("books.mrc"), place.read("out.mrc"));
    assert_eq!(old.iter().zip(&new).filter(|(old, new)| old != new).count(), 1);
    assert_eq!(old.len(), new.len());
}

#[test]
fn text_is_encoded_as_the_record_says_and_a_missing_character_is_reported() {
    let place = Place::new("edit-encoding");
    file(&place, "marc8.mrc", TWO, "marc8");
    let set = ["edit", "--set", "245$a=Dvořák", "marc8.mrc", "-o", "out.mrc"];
    place.run(&set).with_status(0);
    let edited = records(&place, "out.mrc");
    assert_eq!(edited[1].fields()[1].as_bytes(), b"10\x1faDvo\xe9r\xe2ak");
    assert_eq!(edited[1].leader().coding_scheme(), b' ');
    let set = ["edit", "--set", "856$y=✓", "--set", "245^1=1", "marc8.mrc", "-o", "out.mrc"];
    let ended = place.run(&set).with_status(1);
    let ended = ended.saying("(001 two): set 856$y=✓: field 856: ").saying(": not edited");
    let ended = ended.saying("1 of 2 records changed, 1 cannot be edited");
    drop(ended);
    let edited = records(&place, "out.mrc");
    let old = records(&place, "marc8.mrc");
    assert_eq!(edited[1], old[1]);
    assert!(edited[0] != old[0]);
    // A strict command ends there.
    place.folder.file("out.mrc", b"old");
    place.run(&[&set[..], &["--errors", "strict"]].concat()).with_status(1);
    assert_eq!(place.read("out.mrc"), b"old");
}

#[test]
fn a_record_that_becomes_too_long_is_reported_and_the_others_are_edited() {
    let place = Place::new("edit-long");
    let mut text = String::from("=LDR  00000nam a2200000   4500\n=001  long\n");
    for _ in 0..9 {
        text.push_str(&format!("=500  \\\\$a{}\n", "x".repeat(9_990)));
    }
    text.push_str(&format!("=500  \\\\$a{}\n\n{TWO}", "x".repeat(9_800)));
    file(&place, "long.mrc", &text, "utf8");
    let note = format!("501 $a{}", "y".repeat(300));
    let ended = place.run(&["edit", "--add", &note, "long.mrc", "-o", "out.mrc"]).with_status(1);
    ended.saying("(001 long): ").saying("2 of 3 records changed, 1 cannot be edited");
    let (old, new) = (records(&place, "long.mrc"), records(&place, "out.mrc"));
    assert_eq!((new.len(), &new[0]), (3, &old[0]));
    // MARCXML has no such limit.
    let edit = ["edit", "--add", &note, "long.mrc", "-o", "out.xml"];
    place.run(&edit).with_status(0).saying("3 of 3 records changed");
    // A dry run says the same.
    let ended = place.run(&["edit", "--dry-run=0", "--add", &note, "long.mrc"]).with_status(1);
    ended.saying("2 of 3 records would be changed, 1 cannot be edited");
}

#[test]
fn other_formats_are_edited_too() {
    let place = Place::new("edit-formats");
    file(&place, "two.mrc", TWO, "utf8");
    let edits = ["--set", "245$a=Dvořák", "--add", "500 $aŁódź"];
    for name in ["two.xml", "two.json", "two.jsonl", "two.mrk"] {
        place.run(&["convert", "two.mrc", "-o", name]).with_status(0);
        let out = format!("out-{name}");
        place.run(&[&["edit", name, "-o", &out], &edits[..]].concat()).with_status(0);
        assert_eq!(lines(&place, &out).matches("Łódź").count(), 2, "{name}");
        // Without a name, the format is that of the input.
        let ended = place.run(&[&["edit", name], &edits[..]].concat()).with_status(0);
        assert!(ended.stdout == place.read(&out), "{name}");
        // The fields are UTF-8, whatever encoding was named.
        let named = ["--input-encoding", "latin-1"];
        let ended = place.run(&[&["edit", name], &edits[..], &named].concat()).with_status(0);
        assert!(ended.stdout == place.read(&out), "{name}");
    }
}

#[test]
fn damaged_records_are_treated_as_in_every_command() {
    let place = Place::new("edit-damaged");
    let edit = ["edit", "--add", "040 $dXXX", "books-damaged.mrc", "-o", "out.mrc"];
    let count = || place.run(&["count", "--bare", "out.mrc"]).with_status(0).text().to_owned();
    place.run(&edit).with_status(1).saying("4 bad spans").saying("57 of 57 records changed");
    assert_eq!(count(), "57\n");
    place.run(&[&edit[..], &["--errors", "repair"]].concat()).with_status(1);
    assert_eq!(count(), "59\n");
    place.folder.file("out.mrc", b"old");
    place.run(&[&edit[..], &["--errors", "strict"]].concat()).with_status(1);
    assert_eq!(place.read("out.mrc"), b"old");
}

#[test]
fn a_dry_run_shows_the_first_changes_and_writes_nothing() {
    let place = Place::new("edit-dry");
    file(&place, "two.mrc", TWO, "utf8");
    let before = place.folder.names();
    let edits = ["--set", "245^1=1", "--delete", "949", "--add", "246 $aMore"];
    let ended =
        place.run(&[&["edit", "--dry-run", "two.mrc", "-o", "out.mrc"], &edits[..]].concat());
    let ended = ended.with_status(0).saying("2 of 2 records would be changed");
    let shown: Vec<_> = ended.text().lines().collect();
    assert_eq!(
        shown,
        [
            "two.mrc: record 1, byte 0 (001 one)",
            "- 245 00 $a Whales",
            "+ 245 10 $a Whales",
            "+ 246 ## $a More",
            "- 949 ## $x local",
            "",
            "two.mrc: record 2, byte 139 (001 two)",
            "+ 246 ## $a More",
            "",
        ]
    );
    let ended =
        place.run(&[&["edit", "--dry-run=1", "--in-place", "two.mrc"], &edits[..]].concat());
    assert_eq!(ended.with_status(0).text().lines().count(), 6);
    let ended = place.run(&[&["edit", "--json", "--dry-run", "two.mrc"], &edits[..]].concat());
    let ended = ended.with_status(0);
    let lines = ended.text().lines().chain(ended.stderr.lines());
    let objects: Vec<serde_json::Value> =
        lines.map(|line| serde_json::from_str(line).expect(line)).collect();
    assert_eq!(objects[0]["added"][1], "246 ## $a More");
    assert_eq!(
        (&objects[2]["changed"], &objects[2]["edits"][1]["records"]),
        (&2.into(), &1.into())
    );
    assert_eq!(place.folder.names(), before);
    let line = "tidemarc edit --dry-run=60 --delete 245 books.mrc > /dev/full";
    place.shell(line).with_status(3);
    let line = "tidemarc edit --dry-run=60 --delete 245 books.mrc | head -1; echo ${PIPESTATUS[0]}";
    assert!(place.shell(line).text().ends_with("\n0\n"));
}

#[test]
fn a_mistake_is_shown_with_a_caret() {
    let place = Place::new("edit-mistakes");
    for (edit, caret) in [
        (&["--delete", "9X"][..], "    9X\n      ^"),
        (&["--set", "245^3=1"], "    245^3=1\n        ^"),
        (&["--add", "040$dX"], "    040$dX\n       ^"),
        (&["--add-subfield", "040$dX"], "    040$dX\n       ^"),
        (&["--replace", "856$u", "/a(/", "x"], "    /a(/\n      ^"),
        (&["--delete", "9XX", "--where", "245 and"], "    245 and\n           ^"),
    ] {
        let ended = place.run(&[&["edit", "books.mrc", "-o", "out.mrc"], edit].concat());
        ended.with_status(2).saying(caret);
    }
    place.run(&["edit", "books.mrc"]).with_status(2).saying("--delete");
    place.run(&["edit", "--replace", "856$u", "/a/"]).with_status(2);
    place.run(&["edit", "--delete", "9XX", "books.mrc", "-o", "books.mrc"]).with_status(2);
    assert!(!place.exists("out.mrc"));
}

#[test]
fn the_list_of_a_filter_is_an_input_and_may_come_through_a_pipe() {
    let place = Place::new("edit-list");
    place.folder.file("ids.mrc", b"tm000007\n");
    let edit = ["edit", "--set", "LDR/5=c", "--where", "001 in @ids.mrc", "books.mrc"];
    let ended = place.run(&[&edit[..], &["-o", "ids.mrc"]].concat()).with_status(2);
    ended.saying("is the input ids.mrc itself");
    assert!(place.read("ids.mrc") == b"tm000007\n");
    place.run(&edit).with_status(0).saying("1 of 60 records changed");
    let line = "tidemarc edit --dry-run --set LDR/5=c --where '001 in @-'";
    let ended = place.shell(&format!("echo tm000007 | {line} books.mrc")).with_status(0);
    ended.saying("1 of 60 records would be changed");
    place.shell(&format!("cat books.mrc | {line}")).with_status(2).saying("only once");
    let missing = ["edit", "--delete", "245", "--where", "001 in @none.txt", "books.mrc"];
    place.run(&missing).with_status(3).saying("none.txt: No such file");
    let mistake = ["edit", "--delete", "245", "--where", "001 in", "books.mrc"];
    place.run(&mistake).with_status(2).saying("not a filter");
}

#[test]
fn habits_of_other_programs_are_understood_or_refused() {
    let place = Place::new("edit-habits");
    let edit = |arguments: &[&str]| {
        let ended = place.run(&[&["edit"], arguments, &["books.mrc", "-o", "out.mrc"]].concat());
        let has_field = |text: &str| {
            let shown = place.run(&["view", "--no-pager", "-n", "1", "out.mrc"]).with_status(0);
            assert!(shown.text().contains(text), "{text}: {}", shown.text());
        };
        (ended, has_field)
    };
    for field in ["655 _7$aHorror$2gsafd", "=655  \\7$aHorror$2gsafd", "655 #7$aHorror$2gsafd"] {
        let (ended, has_field) = edit(&["--add", field]);
        ended.with_status(0);
        has_field("655 #7 $a Horror $2 gsafd");
    }
    let (ended, has_field) = edit(&["--set", "245^1=_"]);
    ended.with_status(0);
    has_field("245 #");
    for (arguments, reason) in [
        (&["--set", "245^1=Z"][..], "one digit or lowercase letter"),
        (&["--add", "655 Z7$aHorror"], "lowercase letters"),
        (&["--add", "655 #7lcgft"], "use single quotes"),
        (&["--replace", "856$u", "/http:(.*)/", r"https:\1"], "a group is written with `$`: `$1`"),
        (&["--replace", "856$u", "/http:/https:/", "ascii.mrc"], "TEXT is the name of a file"),
    ] {
        let (ended, _) = edit(arguments);
        ended.with_status(2).saying(reason);
    }
}
