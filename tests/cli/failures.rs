//! Failures that every command may meet.

use crate::{run::Place, zip::archive};
use std::fs;

/// The commands that read records, each with the arguments that it needs besides the input.
const READING: [&[&str]; 13] = [
    &["count"],
    &["stats"],
    &["filter", "001"],
    &["view"],
    &["cat"],
    &["check"],
    &["convert", "--to", "marcxml"],
    &["edit", "--delete", "9XX"],
    &["select", "-c", "id=001"],
    &["sort", "--by", "245$a"],
    &["dedupe", "--key", "001"],
    &["repair", "-o", "out.mrc"],
    &["split", "--records", "20", "-o", "out-{number}.mrc"],
];

fn with<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [command, more].concat()
}

#[test]
fn a_missing_file_is_an_error_before_anything_is_written() {
    let place = Place::new("missing");
    for command in READING {
        let ended = place.run(&with(command, &["books.mrc", "no-such.mrc"])).with_status(3);
        assert_eq!(ended.stdout, b"", "{command:?}");
        let (message, hint) = ended.stderr.split_once('\n').unwrap();
        assert_eq!(message, "tidemarc: error: no-such.mrc: No such file or directory");
        // The last of several files may be meant as the output.
        let is_hinted = hint == "An output is named with -o: `-o no-such.mrc`\n";
        assert!(if command[0] == "convert" { is_hinted } else { hint.is_empty() }, "{hint}");
        assert_eq!(place.folder.names(), ["ascii.mrc", "books-damaged.mrc", "books.mrc"]);
    }
}

#[test]
fn a_folder_stands_for_its_files_and_a_pattern_for_those_that_it_matches() {
    let place = Place::new("folder");
    fs::create_dir(place.path("folder")).unwrap();
    for command in READING {
        place.run(&with(command, &["folder"])).with_status(3).saying("folder: ");
        place.run(&with(command, &["no-such-*.mrc"])).with_status(3).saying("no-such-*.mrc: ");
    }
    for name in ["a.mrc", "b.mrc"] {
        fs::copy(place.path("books.mrc"), place.path("folder").join(name)).unwrap();
    }
    for name in ["folder", "folder/*.mrc", "folder/[ab].mrc"] {
        assert_eq!(place.run(&["count", "--bare", name]).with_status(0).text(), "120\n");
    }
    // A file in the folder is an input too.
    let into = ["cat", "folder", "-o", "folder/b.mrc"];
    place.run(&into).with_status(2).saying("is the input folder/b.mrc itself");
}

#[test]
fn an_empty_file_has_no_records_and_no_faults() {
    let place = Place::new("empty");
    place.folder.file("empty.mrc", b"");
    for command in READING {
        // Nothing matches.
        let status = i32::from(command[0] == "filter");
        let ended = place.run(&with(command, &["empty.mrc"])).with_status(status);
        assert!(!ended.stderr.contains("error"), "{command:?}: {}", ended.stderr);
    }
    assert_eq!(place.run(&["count", "--bare", "empty.mrc"]).text(), "0\n");
    assert_eq!(place.run(&["cat", "empty.mrc"]).text(), "");
    assert!(place.run(&["convert", "--to", "json", "empty.mrc"]).text().starts_with('['));
}

#[test]
fn a_damaged_file_is_read_to_its_end_and_the_status_says_so() {
    let place = Place::new("damaged");
    for command in READING {
        place.run(&with(command, &["books-damaged.mrc"])).with_status(1);
    }
    let ended = place.run(&["cat", "books-damaged.mrc", "-o", "out.mrc"]).with_status(1);
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines[0].starts_with("tidemarc: books-damaged.mrc: record 8, byte "), "{lines:?}");
    assert!(lines[4].contains("4 bad spans"), "{lines:?}");
    assert_eq!(place.run(&["count", "--bare", "out.mrc"]).with_status(0).text(), "57\n");
}

#[test]
fn a_strict_command_ends_at_the_first_fault_and_leaves_the_output_alone() {
    let place = Place::new("strict");
    place.folder.file("out.mrc", b"old");
    for command in READING {
        let ended = place.run(&with(command, &["--errors", "strict", "books-damaged.mrc"]));
        ended.with_status(1).saying("record 8, byte ");
    }
    let strict = ["--errors", "strict", "books-damaged.mrc", "-o", "out.mrc"];
    place.run(&with(&["cat"], &strict)).with_status(1);
    place.run(&with(&["convert"], &strict)).with_status(1);
    assert_eq!(place.read("out.mrc"), b"old");
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn a_strict_command_has_written_everything_before_the_fault() {
    let place = Place::new("strict-before");
    let strict = |command: &[&str]| {
        let more = ["--errors", "strict", "books.mrc", "books-damaged.mrc"];
        place.run(&with(command, &more)).with_status(1)
    };
    let before = ["cat", "--limit", "67", "books.mrc", "books-damaged.mrc"];
    assert!(strict(&["cat"]).stdout == place.run(&before).with_status(0).stdout);
    assert!(strict(&["convert", "--to", "line"]).text().contains("001 tm000060\n"));
    assert_eq!(strict(&["select", "-c", "001"]).text().lines().count(), 1 + 60 + 7);
    assert!(strict(&["view"]).text().ends_with("\n\n"));
    let check = place.run(&["check", "books.mrc"]).with_status(0);
    assert_eq!(strict(&["check"]).text(), check.text());
    let count = place.run(&["count", "--json", "books.mrc"]).with_status(0);
    assert_eq!(strict(&["count", "--json"]).text(), count.text());
    assert_eq!(strict(&["count"]).text().lines().count(), 2);
    // A part of a sum would look like the sum.
    assert_eq!(strict(&["count", "--bare"]).text(), "");
    assert_eq!(strict(&["count", "--by", "001"]).text(), "");
}

#[test]
fn repair_delivers_more_and_the_quarantine_has_the_rest() {
    let place = Place::new("repair");
    let repair = ["cat", "--errors", "repair", "--quarantine", "q.mrc", "books-damaged.mrc"];
    place.run(&with(&repair, &["-o", "out.mrc"])).with_status(1);
    assert_eq!(place.run(&["count", "--bare", "out.mrc"]).text(), "59\n");
    let report = String::from_utf8(place.read("q.mrc.jsonl")).unwrap();
    assert_eq!(report.lines().count(), 2);
    // Two inputs share one quarantine.
    let twice = ["count", "--quarantine", "twice.mrc", "books-damaged.mrc", "books-damaged.mrc"];
    place.run(&twice).with_status(1);
    let report = String::from_utf8(place.read("twice.mrc.jsonl")).unwrap();
    assert_eq!(report.lines().count(), 8);
}

#[test]
fn a_repair_is_reported_although_nothing_is_lost() {
    let place = Place::new("repaired");
    // Seven sound records, and one whose length is wrong.
    place.folder.file("wrong-length.mrc", &place.read("books-damaged.mrc")[..7_730]);
    for command in READING {
        let repair = ["--errors", "repair", "wrong-length.mrc"];
        let ended = place.run(&with(command, &repair)).with_status(1);
        let shown = ended.text().to_owned() + &ended.stderr;
        assert!(shown.contains("repaired"), "{command:?}: {shown}");
    }
    let convert = ["convert", "--errors", "repair", "wrong-length.mrc", "--to", "line"];
    place.run(&convert).saying("record 8, byte 6,950");
    place.run(&["select", "-c", "001", "--errors", "repair", "wrong-length.mrc"]).saying("check");
}

#[test]
fn records_before_the_end_of_a_truncated_file_are_delivered() {
    let place = Place::new("truncated");
    place.shell("gzip -c books.mrc | head -c 9000 > cut.mrc.gz").with_status(0);
    for command in READING {
        let ended = place.run(&with(command, &["cut.mrc.gz", "ascii.mrc"])).with_status(3);
        assert!(ended.stderr.contains("error: cut.mrc.gz: "), "{command:?}: {}", ended.stderr);
    }
    // The file after it is read too, and a command that is not strict keeps what it has.
    place.run(&["cat", "cut.mrc.gz", "ascii.mrc", "-o", "out.mrc"]).with_status(3);
    let whole = place.run(&["count", "--bare", "out.mrc"]).text().trim().parse::<u64>().unwrap();
    let after = place.run(&["count", "--bare", "ascii.mrc"]).text().trim().parse::<u64>().unwrap();
    assert!(whole > after && whole < after + 60, "{whole}");
    let strict = ["cat", "--errors", "strict", "cut.mrc.gz", "-o", "strict.mrc"];
    // The record that is cut off comes before the end.
    place.run(&strict).with_status(1).saying("the input ends inside the record");
    assert!(!place.exists("strict.mrc"));
}

#[test]
fn a_file_of_an_archive_that_cannot_be_read_costs_no_other() {
    let place = Place::new("archive");
    let books = place.read("books.mrc");
    let mut packed = archive(&[("a.mrc", &books), ("broken.mrc", &books), ("c.mrc", &books)]);
    // The directory states a compression that is none.
    let at = packed.windows(10).rposition(|window| window == b"broken.mrc").unwrap();
    packed[at - 36] = 12;
    place.folder.file("a.zip", packed);
    for command in READING {
        let ended = place.run(&with(command, &["a.zip", "ascii.mrc"])).with_status(3);
        let errors = ended.stderr.lines().filter(|line| line.contains("error: a.zip/broken.mrc"));
        assert_eq!(errors.count(), 1, "{command:?}: {}", ended.stderr);
        let strict = place.run(&with(command, &["--errors", "strict", "a.zip"])).with_status(3);
        strict.saying("error: a.zip/broken.mrc: ");
    }
    let rows = place.run(&["select", "-c", "001", "a.zip", "ascii.mrc"]);
    let both = place.run(&["select", "-c", "001", "books.mrc", "books.mrc", "ascii.mrc"]);
    assert_eq!(rows.text(), both.text());
}

#[test]
fn a_reader_that_has_ended_ends_the_command_silently() {
    let place = Place::new("closed");
    // Far more than a pipe holds.
    place.shell("for n in $(seq 30); do cat books.mrc; done > many.mrc").with_status(0);
    let to_stdout = READING
        .iter()
        .filter(|command| !matches!(command[0], "repair" | "split" | "check" | "count" | "stats"));
    for command in to_stdout {
        let line = format!(
            "tidemarc {} many.mrc | head -c 10 > head; echo ${{PIPESTATUS[0]}}",
            command.join(" ")
        );
        let ended = place.shell(&line);
        assert_eq!((ended.text(), &*ended.stderr), ("0\n", ""), "{command:?}");
    }
    let ended = place.shell("tidemarc --help | true; echo ${PIPESTATUS[0]}");
    assert_eq!((ended.text(), &*ended.stderr), ("0\n", ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let place = Place::new("full");
    for command in &READING[..11] {
        let line = format!("tidemarc {} books.mrc > /dev/full", command.join(" "));
        place.shell(&line).with_status(3).saying("standard output: No space left on device");
    }
    let ended = place.run(&["cat", "books.mrc", "-o", "/dev/full"]).with_status(3);
    ended.saying("/dev/full: No space left on device");
    place.shell("tidemarc --version > /dev/full").with_status(3);
}

#[test]
fn an_output_that_cannot_be_written_is_an_error_and_nothing_is_read() {
    let place = Place::new("unwritable");
    for command in ["cat", "repair"] {
        let ended = place.run(&[command, "books.mrc", "-o", "no-folder/out.mrc"]).with_status(3);
        ended.saying("no-folder/out.mrc: there is no folder no-folder");
    }
    fs::create_dir(place.path("folder")).unwrap();
    place.run(&["cat", "books.mrc", "--to", "marc", "-o", "folder"]).with_status(3);
    #[cfg(target_os = "linux")]
    place.run(&["cat", "books.mrc", "--to", "marc", "-o", "/proc/version"]).with_status(3);
    place.run(&["count", "--quarantine", "no-folder/q", "books.mrc"]).with_status(3);
}

#[test]
fn wrong_arguments_have_status_2_and_say_what_is_right() {
    let place = Place::new("usage");
    place.run(&["no-such-command"]).with_status(2);
    place.run(&[]).with_status(2).saying("Examples:");
    place.run(&["count", "--no-such-option", "books.mrc"]).with_status(2);
    place.run(&["count", "--by", "245$", "books.mrc"]).with_status(2).saying("^");
    place.run(&["convert", "books.mrc"]).with_status(2).saying("--to marcxml");
    place.run(&["convert", "books.mrc", "-o", "out.txt"]).with_status(2).saying("--to");
    place.run(&["convert", "books.mrc", "-o", "out.mrc.xz"]).with_status(2).saying(".zst");
    place.run(&["cat", "-", "-"]).with_status(2).saying("only once");
    place
        .run(&["split", "--records", "5", "books.mrc", "-o", "out.mrc"])
        .with_status(2)
        .saying("{number}");
    place.run(&["split", "--records", "0", "books.mrc", "-o", "{number}.mrc"]).with_status(2);
    place.run(&["split", "--bytes", "9X", "books.mrc", "-o", "{number}.mrc"]).with_status(2);
    place.run(&["select", "books.mrc"]).with_status(2);
    place.run(&["select", "-c", "x=@nothing", "books.mrc"]).with_status(2).saying("@record_no");
    place.run(&["select", "-c", "001", "books.mrc", "-o", "t.parquet"]).with_status(2);
    place.run(&["--threads", "0", "count", "books.mrc"]).with_status(2);
    assert_eq!(place.folder.names(), ["ascii.mrc", "books-damaged.mrc", "books.mrc"]);
}

#[test]
fn another_sort_of_file_is_named_and_the_others_are_read() {
    let place = Place::new("foreign");
    place.folder.file("book.pdf", b"%PDF-1.7\nnot a record");
    let ended = place.run(&["count", "book.pdf", "books.mrc"]).with_status(1).saying("PDF");
    assert!(ended.text().contains("60"), "{}", ended.text());
}

#[test]
fn the_name_of_a_file_cannot_control_the_terminal() {
    const NAME: &str = "a\u{1b}[31m\nb.mrc";
    let place = Place::new("names");
    fs::copy(place.path("books-damaged.mrc"), place.path(NAME)).unwrap();
    let check = |arguments: &[&str]| {
        let ended = place.run(arguments);
        assert!(ended.status > 0 && !ended.stderr.contains('\x1b'), "{arguments:?}: {ended:?}");
        assert!(!ended.stdout.contains(&0x1b), "{arguments:?}: {ended:?}");
        for line in ended.stderr.lines() {
            assert!(line.starts_with("tidemarc: "), "{arguments:?}: {line}");
        }
    };
    for command in READING {
        check(&with(command, &[NAME]));
        check(&with(command, &["--errors", "repair", NAME]));
        check(&with(command, &["--errors", "strict", NAME]));
    }
    let name = |suffix: &str| format!("{NAME}{suffix}");
    for suffix in [".xz", ".foo", "/out.mrc"] {
        check(&["cat", "books.mrc", "-o", &name(suffix)]);
        check(&["select", "-c", "001", "books.mrc", "-o", &name(suffix)]);
        check(&["check", "books-damaged.mrc", "--vendor-report", &name(suffix)]);
        check(&["split", "--records", "9", "books.mrc", "-o", &name(suffix)]);
        check(&["count", "books-damaged.mrc", "--quarantine", &name(suffix)]);
    }
    check(&["split", "--records", "9", "books.mrc", "-o", "a\u{1b}[31m\nb-{number}.{x}"]);
    check(&["view", "--id", NAME, "books.mrc"]);
    check(&["man", NAME]);
}

#[test]
fn messages_are_json_if_that_is_asked_for_and_none_if_quiet() {
    let place = Place::new("json");
    let ended = place.run(&["cat", "--json", "books-damaged.mrc", "-o", "out.mrc"]).with_status(1);
    assert!(ended.stderr.lines().count() >= 5);
    for line in ended.stderr.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect(line);
    }
    let ended = place.run(&["cat", "-q", "books-damaged.mrc", "-o", "out.mrc"]).with_status(1);
    assert_eq!(ended.stderr, "");
    place.run(&["cat", "-q", "no-such.mrc"]).with_status(3).saying("no-such.mrc");
}

#[test]
fn many_faults_are_counted_and_not_all_listed() {
    let place = Place::new("faults");
    place.shell("for n in $(seq 30); do cat books-damaged.mrc; done > many.mrc").with_status(0);
    let ended = place.run(&["cat", "many.mrc", "-o", "out.mrc"]).with_status(1);
    assert_eq!(ended.stderr.lines().count(), 22, "{}", ended.stderr);
    ended.saying("many.mrc: 100 more faults");
}

#[test]
fn records_that_cannot_be_edited_are_not_counted_as_faults() {
    let place = Place::new("failures-refused");
    let ended = place.run(&["edit", "--add", "001 x", "books.mrc", "-o", "o.mrc"]).with_status(1);
    assert_eq!(ended.stderr.lines().filter(|line| line.ends_with("not edited")).count(), 20);
    assert!(!ended.stderr.contains("more faults"), "{}", ended.stderr);
    ended.saying("books.mrc: the same is true for 40 more records: --json lists all of them");
    assert!(place.read("o.mrc") == place.read("books.mrc"));
    let ended = place.run(&["edit", "--json", "--add", "001 x", "books.mrc", "-o", "o.mrc"]);
    let lines: Vec<serde_json::Value> =
        ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 61, "{}", ended.stderr);
    for (number, line) in (1..).zip(&lines[..60]) {
        assert_eq!((&line["source"], &line["number"]), (&"books.mrc".into(), &number.into()));
        assert_eq!(line["control_number"], format!("tm{number:06}"));
        assert!(line["reason"].as_str().unwrap().ends_with("a field 001: not edited"), "{line}");
    }
}
