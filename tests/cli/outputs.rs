//! Commands with several outputs, and what is left of each when something fails.

use crate::run::Place;
use std::{fs, os::unix::net::UnixListener};

/// Makes a file with far more records, and more faults, than a pipe holds.
fn with_many(place: &Place) {
    place.shell("for n in $(seq 30); do cat books-damaged.mrc; done > many.mrc").with_status(0);
}

#[test]
fn an_old_quarantine_stays_until_the_new_one_is_complete() {
    let place = Place::new("quarantine-old");
    let old = |name: &str| place.folder.file(name, b"old");
    let is_old = |name: &str| place.read(name) == b"old";
    old("q.mrc");
    old("q.mrc.jsonl");
    // The arguments are wrong, an output cannot be made, a file is missing, no input is opened.
    for (more, status) in [
        (&["cat", "books.mrc", "-o", "books.mrc"][..], 2),
        (&["cat", "books.mrc", "-o", "no-folder/out.mrc"], 3),
        (&["cat", "no-such.mrc"], 3),
        (&["cat", "--limit", "0", "books.mrc"], 0),
    ] {
        place.run(&[more, &["--quarantine", "q.mrc"]].concat()).with_status(status);
        assert!(is_old("q.mrc") && is_old("q.mrc.jsonl"), "{more:?}");
    }
    // While records are read, the old files are there.
    let line = "(cat books-damaged.mrc; cat q.mrc q.mrc.jsonl >&2) \
        | tidemarc count --bare -q --quarantine q.mrc";
    let ended = place.shell(line).with_status(1);
    assert_eq!((ended.text(), &*ended.stderr), ("57\n", "oldold"));
    assert_eq!(String::from_utf8(place.read("q.mrc.jsonl")).unwrap().lines().count(), 4);
    let length = place.read("q.mrc").len();
    // The places in the report count over all inputs.
    let twice = ["count", "--quarantine", "q.mrc", "books-damaged.mrc", "books-damaged.mrc"];
    place.run(&twice).with_status(1);
    assert_eq!(place.read("q.mrc").len(), 2 * length);
    let report = String::from_utf8(place.read("q.mrc.jsonl")).unwrap();
    let fifth = report.lines().nth(4).unwrap();
    assert!(fifth.contains(&format!("\"quarantine_offset\":{length}}}")), "{fifth}");
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn a_fault_that_ends_the_command_is_in_the_quarantine() {
    let place = Place::new("quarantine-strict");
    place.folder.file("q.mrc", b"old");
    place.folder.file("q.mrc.jsonl", b"");
    let strict = ["cat", "--errors", "strict", "books-damaged.mrc", "-o", "out.mrc"];
    place.run(&[&strict[..], &["--quarantine", "q.mrc"]].concat()).with_status(1);
    let report = String::from_utf8(place.read("q.mrc.jsonl")).unwrap();
    assert!(report.starts_with('{') && report.contains("\"number\":8,"), "{report}");
    assert!(place.read("q.mrc") != b"old" && !place.read("q.mrc").is_empty());
    assert!(!place.exists("out.mrc"));
}

#[test]
fn a_selector_with_too_many_values_leaves_the_quarantine() {
    let place = Place::new("quarantine-split");
    let record = |id: u32| format!("{{\"fields\":[{{\"001\":\"x{id}\"}}]}}\n");
    place.folder.file("many.jsonl", (0..600).map(record).collect::<String>());
    let split = ["split", "--by", "001", "books-damaged.mrc", "many.jsonl", "-o", "{value}.mrc"];
    let ended = place.run(&[&split[..], &["--quarantine", "q.mrc"]].concat()).with_status(2);
    ended.saying("more than 500 values");
    let report = String::from_utf8(place.read("q.mrc.jsonl")).unwrap();
    assert_eq!(report.lines().count(), 4);
    assert!(!place.exists("tm000001.mrc"));
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn a_quarantine_that_is_an_input_or_an_output_is_refused() {
    let place = Place::new("quarantine-same");
    fs::copy(place.path("books.mrc"), place.path("b.mrc.jsonl")).unwrap();
    for command in [
        &["count", "books-damaged.mrc", "--quarantine", "books-damaged.mrc"][..],
        &["count", "b.mrc.jsonl", "--quarantine", "b.mrc"],
        &["cat", "books.mrc", "-o", "q.mrc.jsonl", "--quarantine", "q.mrc"],
        &["repair", "books.mrc", "-o", "o.mrc", "--incomplete", "q.mrc", "--quarantine", "q.mrc"],
        &["check", "books.mrc", "--vendor-report", "q.mrc", "--quarantine", "q.mrc"],
    ] {
        place.run(command).with_status(2);
    }
    assert!(place.read("b.mrc.jsonl") == place.read("books.mrc"));
    assert!(!place.exists("q.mrc") && !place.exists("o.mrc"));
}

#[test]
fn a_second_output_is_complete_although_the_reader_of_the_first_has_ended() {
    let place = Place::new("second");
    with_many(&place);
    place.folder.file("copy.mrc", b"old");
    for (command, second) in [
        ("cat --tee copy.mrc", "copy.mrc"),
        ("cat --quarantine q.mrc", "q.mrc.jsonl"),
        ("convert --to line --quarantine v.mrc", "v.mrc.jsonl"),
        ("check --list --vendor-report v.csv", "v.csv"),
    ] {
        let line =
            format!("tidemarc {command} -q many.mrc | head -c 100 > h; echo ${{PIPESTATUS[0]}}");
        let ended = place.shell(&line);
        assert_eq!((ended.text(), &*ended.stderr), ("1\n", ""), "{command}");
        assert_eq!(place.read("h").len(), 100);
        let closed = place.read(second);
        // Without its report, a quarantine is a file as any other.
        fs::remove_file(place.path(second)).unwrap();
        let _ = fs::remove_file(place.path(second.trim_end_matches(".jsonl")));
        place.shell(&format!("tidemarc {command} -q many.mrc > whole")).with_status(1);
        assert!(place.read(second) == closed && closed.len() > 10_000, "{command}");
    }
    // The second output may be the one that ends.
    let line = "mkfifo f; head -c 100 f > h & \
        tidemarc cat -q many.mrc --tee f > out.mrc; echo $?; wait; cmp out.mrc copy.mrc";
    assert_eq!(place.shell(line).with_status(0).text(), "1\n");
    // Nothing is left to do if both have ended: the input has no end.
    let line = "head -c 100 f > h & while cat books.mrc; do :; done \
        | tidemarc cat --tee f | head -c 100 > h2; echo ${PIPESTATUS[1]}";
    let ended = place.shell(line);
    assert!(ended.text() == "0\n", "{ended:?}");
}

#[test]
fn outputs_that_are_not_records_are_not_compressed() {
    let place = Place::new("plain");
    let repair = ["repair", "books-damaged.mrc", "-o", "clean.mrc.gz"];
    for command in [
        &[&repair[..], &["--incomplete", "x.mrc.gz"]].concat()[..],
        &[&repair[..], &["--undecodable", "x.mrc.zst"]].concat(),
        &[&repair[..], &["--quarantine", "x.mrc.gz"]].concat(),
        &["check", "books.mrc", "--vendor-report", "x.csv.gz"],
        &["check", "books.mrc", "-o", "x.txt.xz"],
        &["select", "-c", "001", "books.mrc", "-o", "x.csv.gz"],
        &["select", "-c", "001", "books.mrc", "--to", "csv", "-o", "x.csv.GZ"],
    ] {
        place.run(command).with_status(2).saying("is written without compression: leave out .");
        assert_eq!(place.folder.names(), ["ascii.mrc", "books-damaged.mrc", "books.mrc"]);
    }
    place.run(&[&repair[..], &["--incomplete", "i.mrc"]].concat()).with_status(1);
    assert!(place.read("clean.mrc.gz").starts_with(b"\x1f\x8b"));
}

#[test]
fn findings_before_the_end_of_a_truncated_file_are_shown() {
    let place = Place::new("findings");
    with_many(&place);
    place.shell("gzip many.mrc && head -c 150000 many.mrc.gz > cut.mrc.gz").with_status(0);
    let ended = place.run(&["check", "cut.mrc.gz", "books.mrc"]).with_status(3);
    ended.saying("error: cut.mrc.gz: ");
    let place_of = |text: &str| {
        let ended = place.run(&["check", "cut.mrc.gz", "books.mrc"]);
        ended.text().find(text).unwrap_or_else(|| panic!("{text}: {}", ended.text()))
    };
    assert!(place_of("TM101") < place_of("books.mrc: "));
    let ended = place.run(&["convert", "cut.mrc.gz", "-o", "out.xml"]).with_status(3);
    ended.saying("bad spans").saying("records written").saying("error: cut.mrc.gz: ");
}

#[test]
fn an_input_that_cannot_be_opened_is_reported_and_the_next_is_read() {
    let place = Place::new("unopened");
    // A socket has a name, but nobody can open it.
    let _socket = UnixListener::bind(place.path("socket")).unwrap();
    for command in [
        &["count", "--bare"][..],
        &["count", "--by", "001"],
        &["view"],
        &["cat"],
        &["check"],
        &["convert", "--to", "jsonl"],
        &["select", "-c", "001"],
    ] {
        let whole = place.run(&[command, &["books.mrc", "ascii.mrc"]].concat()).with_status(0);
        let ended = place.run(&[command, &["books.mrc", "socket", "ascii.mrc"]].concat());
        let ended = ended.with_status(3).saying("error: socket: ");
        assert!(ended.stdout == whole.stdout, "{command:?}");
        let strict = ["--errors", "strict", "-q", "socket", "books.mrc"];
        let ended = place.run(&[command, &strict[..]].concat()).with_status(3);
        assert_eq!(ended.stderr.lines().count(), 1, "{command:?}: {}", ended.stderr);
    }
    place.run(&["repair", "socket", "ascii.mrc", "-o", "out.mrc"]).with_status(3);
    assert!(place.read("out.mrc") == place.read("ascii.mrc"));
}

#[test]
fn json_lines_stay_json_lines_when_no_format_is_named() {
    let place = Place::new("json-lines");
    place.run(&["convert", "books.mrc", "-o", "a.jsonl"]).with_status(0);
    place.run(&["convert", "books.mrc", "-o", "a.json"]).with_status(0);
    let (lines, array) = (place.read("a.jsonl"), place.read("a.json"));
    let commands: [&[&str]; 6] = [
        &["cat"],
        &["filter", "001"],
        &["sort", "--by", "001"],
        &["dedupe", "--key", "001"],
        &["dedupe", "--keep", "last", "--key", "001"],
        &["edit", "-q", "--delete", "9ZZ"],
    ];
    for command in commands {
        for (name, whole) in [("a.jsonl", &lines), ("a.json", &array)] {
            let ended = place.run(&[command, &[name]].concat()).with_status(0);
            assert!(ended.stdout == *whole, "{command:?} {name}");
        }
    }
    let third = lines.split_inclusive(|byte| *byte == b'\n').nth(2).unwrap();
    let get = |name: &str| place.run(&["get", name, "tm000003"]).with_status(0).stdout;
    assert!(get("a.jsonl") == third);
    assert!(get("a.json").starts_with(b"["));
    place.run(&["index", "a.json", "a.jsonl"]).with_status(0);
    assert!(get("a.jsonl") == third);
    assert!(get("a.json").starts_with(b"["));
}

#[test]
fn a_dash_is_standard_output_for_every_output() {
    let place = Place::new("dash");
    let ended = place.run(&["get", "books.mrc", "nowhere", "-o", "o.mrc", "--missing", "-"]);
    assert_eq!(ended.with_status(1).text(), "nowhere\n");
    let report = ["dedupe", "--key", "003", "books.mrc", "-o", "o.mrc", "--report", "-"];
    let ended = place.run(&report).with_status(0);
    assert_eq!(ended.text().lines().count(), 60);
    let page = ["diff", "books.mrc", "ascii.mrc", "-o", "o.txt", "--html", "-"];
    assert!(place.run(&page).with_status(1).text().starts_with("<!DOCTYPE html>"));
    for two in [
        &["get", "books.mrc", "tm000001", "--missing", "-"][..],
        &["dedupe", "--key", "003", "books.mrc", "--report", "-"],
        &["diff", "books.mrc", "ascii.mrc", "--html", "-"],
    ] {
        place.run(two).with_status(2).saying("cannot be two outputs");
    }
    assert!(!place.exists("-"));
}

#[test]
fn a_report_does_not_replace_records() {
    let place = Place::new("reports");
    place.shell("cp books.mrc a.mrc; cp books.mrc b.mrc; cp books.mrc c.mrc").with_status(0);
    place.shell("tidemarc convert --to xml books.mrc -o b.xml; gzip -k b.mrc").with_status(0);
    let names = ["a.mrc", "b.xml", "b.mrc.gz", "books-damaged.mrc"];
    let old = names.map(|name| place.read(name));
    // An option takes the first file of a pattern as its own argument.
    let commands: [&[&str]; 8] = [
        &["stats", "c.mrc", "--html"],
        &["stats", "c.mrc", "-o"],
        &["check", "c.mrc", "--html"],
        &["check", "c.mrc", "--vendor-report"],
        &["check", "c.mrc", "-o"],
        &["diff", "b.mrc", "c.mrc", "--html"],
        &["get", "c.mrc", "tm000001", "-o", "o.mrc", "--missing"],
        &["cat", "c.mrc", "-o", "o.mrc", "--quarantine"],
    ];
    for command in commands {
        for (name, old) in names.iter().zip(&old) {
            let ended = place.run(&[command, &[name]].concat()).with_status(2);
            let is_refused = ["and would be replaced", "without compression: leave out .gz"];
            assert!(is_refused.iter().any(|one| ended.stderr.contains(one)), "{}", ended.stderr);
            assert!(place.read(name) == *old, "{command:?} {name}");
            assert!(!place.exists("o.mrc"));
        }
    }
    // Also one whose first record is damaged. What is written directly replaces nothing.
    place.shell("(printf '01234 lost\\035'; cat books.mrc) > a.mrc").with_status(0);
    place.run(&["check", "c.mrc", "--html", "a.mrc"]).with_status(2).saying("is a file of records");
    place.shell("tidemarc check c.mrc -o /dev/stdout >> a.mrc").with_status(0);
    // Older reports are replaced.
    for command in &commands[..6] {
        place.folder.file("report", b"<!DOCTYPE html>");
        let ended = place.run(&[*command, &["report"]].concat());
        assert!(ended.status < 2 && place.read("report") != *b"<!DOCTYPE html>", "{command:?}");
    }
}

#[test]
fn the_quarantine_of_an_earlier_edit_in_place_is_kept() {
    let place = Place::new("quarantine-in-place");
    fs::copy(place.path("books-damaged.mrc"), place.path("job.mrc")).unwrap();
    let edit = ["edit", "--in-place", "--quarantine", "bad.mrc", "--delete", "020", "job.mrc"];
    place.run(&edit).with_status(1);
    let bad = place.read("bad.mrc");
    assert_eq!(bad.len(), 2_326);
    // The damaged records are nowhere else now.
    let ended = place.run(&edit).with_status(2);
    ended.saying("bad.mrc has the damaged records of an earlier run").saying("move bad.mrc");
    assert!(place.read("bad.mrc") == bad);
    // A run that writes nothing needs no quarantine, and one without damage does not empty it.
    let dry = [&edit[..2], &["--dry-run"], &edit[2..]].concat();
    place.run(&dry).with_status(0);
    let ended = place.run(&["check", "--quarantine", "bad.mrc", "books.mrc"]).with_status(0);
    ended.saying("that of an earlier run is kept");
    assert!(place.read("bad.mrc") == bad);
}

#[test]
fn an_old_output_stays_if_not_everything_could_be_read() {
    let place = Place::new("incomplete");
    place.shell("gzip -c books.mrc | head -c 9000 > cut.mrc.gz").with_status(0);
    for (command, out) in [
        ("cat", "out.mrc"),
        ("convert", "out.xml"),
        ("filter 245", "out.mrc"),
        ("edit --delete 020", "out.mrc"),
        ("sort --by 001", "out.mrc"),
        ("dedupe --key 001", "out.mrc"),
        ("repair", "out.mrc"),
        ("select -c 001", "out.csv"),
    ] {
        place.folder.file(out, b"yesterday");
        let run = |more: &str| place.shell(&format!("tidemarc {command} {more} -o {out}"));
        let ended = run("books.mrc cut.mrc.gz").with_status(3);
        ended.saying(&format!("{out} is unchanged, because not everything could be read"));
        assert_eq!(place.read(out), b"yesterday", "{command}");
        // Nothing that could be read is lost, and no other file.
        let incomplete = place.read(&format!("{out}.incomplete"));
        assert!(incomplete.len() > 500, "{command}");
        place.folder.file(&format!("{out}.incomplete"), b"other");
        run("books.mrc cut.mrc.gz").with_status(3).saying(&format!("{out}.2.incomplete"));
        assert_eq!(place.read(&format!("{out}.incomplete")), b"other");
        assert!(place.read(&format!("{out}.2.incomplete")) == incomplete);
        for name in ["incomplete", "2.incomplete"] {
            fs::remove_file(place.path(&format!("{out}.{name}"))).unwrap();
        }
        // Without an old file, the new one has its name.
        fs::remove_file(place.path(out)).unwrap();
        run("books.mrc cut.mrc.gz").with_status(3);
        assert!(place.read(out) == incomplete, "{command}");
        // A damaged record is reported, and is no reason to keep the old file.
        place.folder.file(out, b"yesterday");
        assert!(run("books-damaged.mrc").status < 2 && place.read(out) != *b"yesterday");
    }
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn nobody_passes_records_through_a_device() {
    let place = Place::new("no-input");
    let old = place.read("books.mrc");
    // As in a job of cron in which the input is forgotten.
    for command in ["cat", "sort --by 001", "edit --delete 020", "filter 245"] {
        let ended = place.shell(&format!("tidemarc {command} -o books.mrc < /dev/null"));
        ended.with_status(2).saying("name a file");
        assert!(place.read("books.mrc") == old, "{command}");
    }
    // Records of an empty file or of an empty pipe are no records.
    for input in ["- < /dev/null", "< empty", "< <(cat empty)"] {
        let line = format!(": > empty; tidemarc cat -o out.mrc {input} && wc -c < out.mrc");
        assert_eq!(place.shell(&line).with_status(0).text(), "0\n", "{input}");
    }
}

#[test]
fn the_parts_of_an_earlier_run_are_named() {
    let place = Place::new("split-again");
    let split = |records: &str| {
        place.run(&["split", "--records", records, "-o", "p-{number:2}.mrc", "books.mrc"])
    };
    assert!(!split("20").with_status(0).stderr.contains("earlier"));
    split("40").with_status(0).saying("p-03.mrc: this file is of an earlier run");
}
