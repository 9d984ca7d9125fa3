//! No command reads and writes the same file.

use crate::run::Place;
use std::{fs, os::unix::fs::symlink};

#[test]
fn an_output_that_is_the_input_is_refused_under_any_name() {
    let place = Place::new("same");
    let original = place.read("books.mrc");
    symlink(place.path("books.mrc"), place.path("symbolic.mrc")).unwrap();
    fs::hard_link(place.path("books.mrc"), place.path("hard.mrc")).unwrap();
    symlink(place.path(""), place.path("here")).unwrap();
    let absolute = place.path("books.mrc").to_str().unwrap().to_owned();
    for name in
        ["books.mrc", "./books.mrc", "symbolic.mrc", "hard.mrc", "here/books.mrc", &*absolute]
    {
        for command in [
            &["cat", "books.mrc", "-o", name][..],
            &["cat", "books.mrc", "-o", "other.mrc", "--tee", name],
            &["repair", "books.mrc", "-o", name],
            &["repair", "books.mrc", "-o", "other.mrc", "--incomplete", name],
            &["convert", "--to", "marc", "books.mrc", "-o", name],
            &["edit", "--delete", "9XX", "--to", "marc", "books.mrc", "-o", name],
            &["select", "-c", "001", "--to", "csv", "books.mrc", "-o", name],
            &["check", "books.mrc", "--vendor-report", name],
            &["sort", "--by", "001", "books.mrc", "-o", name],
            &["check", "books.mrc", "--html", name],
            &["stats", "books.mrc", "--html", name],
            &["filter", "001", "books.mrc", "-o", name],
            &["dedupe", "--key", "001", "books.mrc", "-o", name],
            &["dedupe", "--key", "001", "books.mrc", "-o", "other.mrc", "--report", name],
            &["count", "books.mrc", "--quarantine", name],
        ] {
            place.run(command).with_status(2).saying("is the input books.mrc itself");
            assert!(place.read("books.mrc") == original, "{command:?}");
        }
    }
    assert!(!place.exists("other.mrc"));
}

#[test]
fn standard_output_and_input_are_looked_at_too() {
    let place = Place::new("same-descriptors");
    let original = place.read("books.mrc");
    for line in [
        "tidemarc cat books.mrc >> books.mrc",
        "tidemarc cat < books.mrc >> books.mrc",
        "tidemarc cat - < books.mrc -o books.mrc",
        "tidemarc count - < books.mrc --quarantine books.mrc",
        "tidemarc cat books.mrc -o /dev/stdout >> books.mrc",
    ] {
        place.shell(line).with_status(2).saying("itself");
        assert!(place.read("books.mrc") == original, "{line}");
    }
}

#[test]
fn two_outputs_are_never_the_same_file() {
    let place = Place::new("same-outputs");
    let tee = ["cat", "books.mrc", "-o", "new.mrc", "--tee", "./new.mrc"];
    place.run(&tee).with_status(2).saying("./new.mrc and new.mrc are the same output");
    for command in [
        &["cat", "books.mrc", "-o", "new.mrc", "--quarantine", "new.mrc"][..],
        &["repair", "books.mrc", "-o", "new.mrc", "--undecodable", "new.mrc"],
    ] {
        place.run(command).with_status(2).saying("new.mrc cannot be two outputs");
    }
    // Two names of a file that does not exist yet.
    fs::create_dir(place.path("folder")).unwrap();
    symlink("../new.mrc", place.path("folder/link.mrc")).unwrap();
    symlink("folder/link.mrc", place.path("again.mrc")).unwrap();
    for (one, other) in [("new.mrc", "again.mrc"), ("folder/link.mrc", "new.mrc")] {
        let repair = ["repair", "books-damaged.mrc", "-o", one, "--undecodable", other];
        place.run(&repair).with_status(2).saying("the same output");
        assert!(!place.exists("new.mrc"));
    }
    symlink("loop.mrc", place.path("loop.mrc")).unwrap();
    place.run(&["cat", "books.mrc", "-o", "loop.mrc"]).with_status(3);
    let line = "tidemarc cat books.mrc --tee new.mrc > new.mrc";
    place.shell(line).with_status(2).saying("the same output");
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn a_hyphen_is_standard_output_wherever_a_file_is_written() {
    let place = Place::new("hyphen");
    let books = place.read("books.mrc");
    let names = place.folder.names();
    for command in [
        &["cat", "books.mrc", "-o", "-"][..],
        &["cat", "books.mrc", "-o", "/dev/null", "--to", "marc", "--tee", "-"],
        &["repair", "books.mrc", "-o", "-"],
        &["convert", "books.mrc", "--to", "marc", "-o", "-"],
    ] {
        let ended = place.run(command).with_status(0);
        assert!(ended.stdout == books, "{command:?}");
    }
    let report = ["check", "books-damaged.mrc", "-o", "/dev/null", "--vendor-report", "-"];
    let rows = place.run(&report).with_status(1);
    assert!(rows.text().starts_with("\u{FEFF}file,record,"), "{}", rows.text());
    let rest = ["repair", "books-damaged.mrc", "-o", "/dev/null", "--undecodable", "-"];
    assert!(place.run(&rest).with_status(1).stdout.ends_with(b"\x1d"));
    for command in [
        &["cat", "books.mrc", "--tee", "-"][..],
        &["cat", "books.mrc", "-o", "-", "--tee", "-"],
        &["check", "books.mrc", "--vendor-report", "-"],
        &["repair", "books.mrc", "-o", "-", "--incomplete", "-"],
        &["repair", "books.mrc", "-o", "/dev/null", "--incomplete", "-", "--undecodable", "-"],
    ] {
        let ended = place.run(command).with_status(2).saying("cannot be two outputs");
        assert_eq!(ended.text(), "", "{command:?}");
    }
    place.run(&["count", "--quarantine", "-", "books.mrc"]).with_status(2).saying("two files");
    assert_eq!(place.folder.names(), names);
}

#[cfg(target_os = "linux")]
#[test]
fn two_outputs_are_not_mixed_in_one_pipe() {
    let place = Place::new("same-pipe");
    for line in [
        "tidemarc check books.mrc --vendor-report /dev/stdout | cat",
        "tidemarc cat books.mrc --tee /dev/stdout | cat",
        "mkfifo f; cat f > /dev/null & tidemarc cat books.mrc --to marc --tee ./f > f",
    ] {
        place.shell(line).with_status(2).saying("are the same output");
    }
}

#[test]
fn a_part_of_a_split_does_not_replace_the_input() {
    let place = Place::new("same-split");
    fs::copy(place.path("books.mrc"), place.path("part-1.mrc")).unwrap();
    let split = ["split", "--records", "20", "part-1.mrc", "-o", "part-{number}.mrc"];
    place.run(&split).with_status(2).saying("is the input part-1.mrc itself");
    assert!(place.read("part-1.mrc") == place.read("books.mrc"));
}
