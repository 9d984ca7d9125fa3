//! The results of the commands.

use crate::run::{COMMAND, Place};
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::Stdio,
};

#[test]
fn count_has_a_line_for_each_file_and_one_for_all() {
    let place = Place::new("count");
    let ended = place.run(&["count", "-q", "books.mrc", "books-damaged.mrc"]).with_status(1);
    let expected = "\
records  damaged   bytes  file
     60        0   73298  books.mrc
     57        4   73083  books-damaged.mrc
    117        4  146381  total
";
    assert_eq!(ended.text(), expected);
    let ended = place.run(&["count", "--json", "books.mrc"]).with_status(0);
    let expected = "{\"source\":\"books.mrc\",\"records\":60,\"faults\":0,\"bytes\":73298}\n";
    assert_eq!(ended.text(), expected);
}

#[test]
fn count_by_a_selector_counts_values() {
    let place = Place::new("count-by");
    let ended = place.run(&["count", "--by", "008/35-37", "books.mrc"]).with_status(0);
    let sum: u64 = ended
        .text()
        .lines()
        .map(|line| line.split_whitespace().next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(sum, 60, "{}", ended.text());
    let ended = place.run(&["count", "--by", "001{245$a}", "--json", "books.mrc"]).with_status(0);
    assert_eq!(ended.text().lines().count(), 60);
    let ended = place.run(&["count", "--by", "999$z", "books.mrc"]).with_status(0);
    assert_eq!(ended.text(), "60  (records without a value)\n");
}

#[test]
fn pipes_and_files_give_the_same_records() {
    let place = Place::new("pipes");
    let both = [place.read("books.mrc"), place.read("ascii.mrc")].concat();
    for line in [
        "tidemarc cat books.mrc ascii.mrc",
        "cat books.mrc ascii.mrc | tidemarc cat",
        "cat books.mrc | tidemarc cat - ascii.mrc",
        "tidemarc cat - ascii.mrc < books.mrc",
        "gzip -c books.mrc > a.gz; tidemarc cat a.gz ascii.mrc",
        "tidemarc cat books.mrc ascii.mrc --threads 1 -o -",
        "tidemarc cat books.mrc ascii.mrc -o x.mrc; cat x.mrc",
        "tidemarc cat books.mrc ascii.mrc --tee x.mrc > y; cmp x.mrc y && cat x.mrc",
        "mkfifo f; cat books.mrc > f & tidemarc cat f ascii.mrc",
    ] {
        let ended = place.shell(line).with_status(0);
        assert!(ended.stdout == both, "{line}");
    }
    // Standard input is read from its position on.
    let ended = place.shell("(head -c 1234 > /dev/null; tidemarc count --bare) < books.mrc");
    assert_eq!(ended.with_status(0).text(), "59\n");
}

#[test]
fn a_record_of_a_pipe_is_passed_on_before_the_next_arrives() {
    let place = Place::new("live");
    let books = place.read("books.mrc");
    let length: usize = str::from_utf8(&books[..5]).unwrap().parse().unwrap();
    let mut child = place
        .command(COMMAND)
        .args(["cat", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&books[..length]).unwrap();
    let mut record = vec![0; length];
    child.stdout.as_mut().unwrap().read_exact(&mut record).unwrap();
    assert!(record == books[..length]);
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn cat_skips_limits_and_samples() {
    let place = Place::new("cat");
    let ids = |arguments: &[&str]| -> Vec<String> {
        let records = place.run(arguments).with_status(0).stdout;
        place.folder.file("some.mrc", records);
        let ended = place.run(&["select", "-c", "001", "--repeat", "first", "some.mrc"]);
        BufReader::new(&*ended.stdout).lines().skip(1).map(Result::unwrap).collect()
    };
    assert_eq!(ids(&["cat", "--skip", "58", "books.mrc"]), ["tm000059", "tm000060"]);
    assert_eq!(ids(&["cat", "--skip", "1", "--limit", "2", "books.mrc"]), ["tm000002", "tm000003"]);
    assert_eq!(ids(&["cat", "--limit", "0", "books.mrc"]), [""; 0]);
    let sample = ids(&["cat", "--sample", "7", "--seed", "3", "books.mrc", "ascii.mrc"]);
    assert_eq!(sample.len(), 7);
    assert_eq!(sample, ids(&["cat", "--sample", "7", "--seed", "3", "books.mrc", "ascii.mrc"]));
    assert_ne!(sample, ids(&["cat", "--sample", "7", "--seed", "4", "books.mrc", "ascii.mrc"]));
    let xml = place.run(&["cat", "--sample", "3", "--to", "marcxml", "books.mrc"]).with_status(0);
    assert_eq!(xml.text().matches("<record>").count(), 3);
    place.folder.file("sample.xml", xml.stdout);
    assert_eq!(place.run(&["count", "--bare", "sample.xml"]).text(), "3\n");
    place.run(&["cat", "--sample", "3", "--limit", "3", "books.mrc"]).with_status(2);
}

#[test]
fn a_record_that_loses_content_is_counted_by_every_way_of_cat() {
    let place = Place::new("cat-loss");
    // Neither a line break in a value nor an unknown element has a place in the line format.
    let json = r#"{"fields":[{"001":"x"},{"500":{"subfields":[{"a":"one\ntwo"}]}}]}"#;
    let xml = "<record><leader>00000nam a2200000   4500</leader><extra/>\
        <controlfield tag=\"001\">y</controlfield></record>";
    place.folder.file("a.json", json);
    place.folder.file("b.xml", xml);
    for more in [&[][..], &["--sample", "5"], &["--limit", "2"]] {
        let cat = ["cat", "--to", "line", "a.json", "b.xml"];
        let ended = place.run(&[&cat[..], more].concat()).with_status(1);
        assert!(ended.text().contains("001 y"), "{}", ended.text());
        ended.saying("2 records lost content");
    }
    place.run(&["cat", "--sample", "1", "a.json", "-o", "out.json"]).with_status(0);
}

#[test]
fn the_output_has_the_format_of_its_suffix_or_of_the_input() {
    let place = Place::new("formats");
    place.run(&["convert", "books.mrc", "-o", "a.xml"]).with_status(0);
    place.run(&["cat", "a.xml", "-o", "b.mrk"]).with_status(0);
    assert!(place.read("b.mrk").starts_with(b"=LDR  "));
    let ended = place.run(&["cat", "a.xml", "--limit", "1"]).with_status(0);
    assert!(ended.text().starts_with("<?xml") && ended.text().ends_with("</collection>\n"));
    for to in ["marcxml", "json", "jsonl", "mrk", "line", "iso2709"] {
        let bytes = place.run(&["convert", "--to", to, "books.mrc"]).with_status(0).stdout;
        place.folder.file("there", bytes);
        let back = place.run(&["convert", "--to", "marc", "there"]).with_status(0);
        assert!(back.stdout == place.read("books.mrc"), "{to}");
    }
    place.run(&["convert", "a.xml", "books.mrc", "-o", "two.json"]).with_status(0);
    assert_eq!(place.run(&["count", "--bare", "two.json"]).text(), "120\n");
}

#[test]
fn files_are_compressed_by_their_suffix() {
    let place = Place::new("compressed");
    for name in ["a.mrc.gz", "a.xml.zst", "a.json.gz"] {
        place.run(&["convert", "books.mrc", "-o", name]).with_status(0);
        assert_eq!(place.run(&["count", "--bare", name]).text(), "60\n", "{name}");
    }
    assert!(place.read("a.mrc.gz").starts_with(b"\x1f\x8b"));
    place.run(&["cat", "books.mrc", "-o", "b.mrc.gz", "--tee", "b.mrc"]).with_status(0);
    place.shell("gzip -dc b.mrc.gz | cmp - books.mrc && cmp b.mrc books.mrc").with_status(0);
    place.run(&["split", "--records", "30", "books.mrc", "-o", "{number}.mrc.zst"]).with_status(0);
    assert_eq!(place.run(&["count", "--bare", "1.mrc.zst", "2.mrc.zst"]).text(), "60\n");
}

#[test]
fn convert_changes_the_encoding_and_the_normal_form_and_reports_losses() {
    let place = Place::new("convert");
    let json = r#"{"leader":"00000nam a2200000   4500","fields":[{"245":{"ind1":"1","ind2":"0","subfields":[{"a":"Café 中 ☃"}]}}]}"#;
    place.folder.file("a.json", json);
    let nfd = place.run(&["convert", "--nfd", "--to", "jsonl", "a.json"]).with_status(0);
    assert!(nfd.text().contains("Cafe\u{301} 中"), "{}", nfd.text());
    place.folder.file("nfd.json", nfd.stdout);
    let nfc = place.run(&["convert", "--nfc", "nfd.json", "-o", "nfc.mrc"]).with_status(0);
    assert_eq!(nfc.stderr, "");
    assert!(String::from_utf8(place.read("nfc.mrc")).unwrap().contains("Café 中"));
    // The snowman is not in MARC-8.
    let to_marc8 = ["convert", "--encoding", "marc8", "a.json", "-o", "marc8.mrc"];
    place.run(&to_marc8).with_status(1).saying("1 refused record left out");
    let ended = place.run(&[&to_marc8[..], &["--undecodable", "replace"]].concat()).with_status(1);
    ended.saying("unencodable: 1");
    let back = place.run(&["convert", "--encoding", "utf8", "marc8.mrc"]).with_status(0);
    assert!(String::from_utf8_lossy(&back.stdout).contains("Café 中"));
    place.run(&["convert", "--nfc", "--nfd", "--to", "xml", "a.json"]).with_status(2);
    // Only ISO 2709 has encodings to choose from.
    for to in ["marcxml", "json", "jsonl", "mrk", "line"] {
        let convert = ["convert", "--to", to, "--encoding", "marc8", "ascii.mrc"];
        place.run(&convert).with_status(2).saying("is written in UTF-8, not in MARC-8");
        place.run(&["convert", "--to", to, "--encoding", "utf8", "ascii.mrc"]).with_status(0);
    }
}

#[test]
fn check_reports_the_same_as_the_library() {
    let place = Place::new("check");
    let path = place.path("books-damaged.mrc");
    let summary = tidemarc::check(&path).unwrap();
    let path = path.to_str().unwrap();
    let ended = place.run(&["check", path]).with_status(1);
    assert_eq!(ended.text(), format!("{summary}\n"));
    assert_eq!(ended.stderr, "");
    let total: u64 = summary.faults().map(|(count, _)| count).sum();
    let json = place.run(&["check", "--json", path]).with_status(1);
    assert_eq!(json.text().lines().count() as u64, total);
    let report = tidemarc::Summary::reporting;
    let mut expected = Vec::new();
    let reader = tidemarc::Reader::builder().repair(true).from_path(path).unwrap();
    report(reader, tidemarc::ReportFormat::JsonLines, &mut expected).unwrap();
    assert_eq!(json.stdout, expected);
    let list = place.run(&["check", "--list-undecodable", path]).with_status(1);
    assert!(list.text().lines().all(|line| line.starts_with("TM5")), "{}", list.text());
    assert!(list.text().lines().count() > 0);
    place.run(&["check", "books.mrc"]).with_status(0);
}

#[test]
fn a_vendor_report_has_a_row_for_each_fault() {
    let place = Place::new("vendor");
    let files = ["books.mrc", "books-damaged.mrc"];
    place.run(&[&["check", "--vendor-report", "r.csv"], &files[..]].concat()).with_status(1);
    let bytes = place.read("r.csv");
    let text = str::from_utf8(&bytes).unwrap().strip_prefix('\u{FEFF}').unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    let total: u64 =
        tidemarc::check(place.path(files[1])).unwrap().faults().map(|(count, _)| count).sum();
    assert_eq!(rows.len() as u64, total);
    assert_eq!(&rows[0][0], "books-damaged.mrc");
    assert_eq!((&rows[0][3], &rows[0][7]), ("tm000008", "TM101"));
    assert!(rows[0][9].contains("says 787"), "{:?}", rows[0]);
    assert_eq!(&rows[0][10], "30 30 37 38 37", "the five bytes of leader/00-04");
}

#[test]
fn repair_does_what_the_page_on_recovery_does() {
    let place = Place::new("repairs");
    let rest = ["--quarantine", "q.mrc", "--incomplete", "i.mrc", "--undecodable", "u.mrc"];
    let ended =
        place.run(&[&["repair", "books-damaged.mrc", "-o", "clean.mrc"], &rest[..]].concat());
    ended.with_status(1).saying("58 records written, 2 repaired whole, 1 with undecodable text");
    let count = |name: &str| place.run(&["count", "--bare", name]).text().trim().to_owned();
    assert_eq!((count("clean.mrc"), count("u.mrc")), ("58".into(), "1".into()));
    assert_eq!(place.read("i.mrc"), b"");
    place.run(&["check", "clean.mrc"]).with_status(0);
    let all = place.run(&["repair", "books-damaged.mrc", "-o", "all.mrc"]).with_status(1);
    all.saying("59 records written");
}

#[test]
fn split_divides_by_number_bytes_and_values() {
    let place = Place::new("split");
    place.run(&["split", "--records", "25", "books.mrc", "-o", "n-{number:2}.mrc"]).with_status(0);
    let joined = [place.read("n-01.mrc"), place.read("n-02.mrc"), place.read("n-03.mrc")].concat();
    assert!(joined == place.read("books.mrc") && !place.exists("n-04.mrc"));

    place.run(&["split", "--bytes", "20K", "books.mrc", "-o", "b-{number}.mrc"]).with_status(0);
    let parts: Vec<_> =
        (1..).map(|number| format!("b-{number}.mrc")).take_while(|it| place.exists(it)).collect();
    let parts: Vec<_> = parts.iter().map(|name| place.read(name)).collect();
    assert!(parts.len() == 4 && parts.iter().all(|part| part.len() <= 20 << 10));
    assert!(parts.concat() == place.read("books.mrc"));
    // A record that is longer than the limit is a file alone.
    place.run(&["split", "--bytes", "1", "ascii.mrc", "-o", "one-{number}.mrc"]).with_status(0);
    assert_eq!(place.run(&["count", "--bare", "one-1.mrc"]).text(), "1\n");

    place.run(&["split", "--by", "008/35-37", "books.mrc", "-o", "{value}.xml"]).with_status(0);
    let counts = place.run(&["count", "--by", "008/35-37", "--json", "books.mrc"]);
    for line in counts.text().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = format!("{}.xml", row["value"].as_str().unwrap());
        let count = place.run(&["count", "--bare", &name]).text().trim().parse::<u64>().unwrap();
        assert_eq!(count, row["count"].as_u64().unwrap(), "{name}");
    }
    // A selector with too many values ends before any file is in its place.
    place.shell("for n in $(seq 9); do tidemarc cat books.mrc; done > many.mrc").with_status(0);
    place.run(&["split", "--by", "001", "many.mrc", "-o", "id/{value}.mrc"]).with_status(3);
}

#[test]
fn help_version_completions_and_manual_pages_are_written() {
    let place = Place::new("help");
    let version = place.run(&["--version"]).with_status(0);
    assert_eq!(version.text(), format!("tidemarc {}\n", env!("CARGO_PKG_VERSION")));
    let help = place.run(&["count", "--help"]).with_status(0);
    assert!(help.text().starts_with("Count records"));
    assert!(help.text().find("Examples:").unwrap() < help.text().find("Usage:").unwrap());
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&["completions", shell]).with_status(0);
        assert!(script.text().contains("quarantine"), "{shell}");
    }
    place.shell("source <(tidemarc completions bash) && complete -p tidemarc").with_status(0);
    let page = place.run(&["man"]).with_status(0);
    assert!(page.text().contains(".SH EXAMPLES") && page.text().contains("tidemarc\\-count(1)"));
    place.run(&["man", "."]).with_status(0);
    assert!(String::from_utf8(place.read("tidemarc-check.1")).unwrap().contains("vendor"));
    place.run(&["man", "no-folder"]).with_status(2);
}

#[test]
fn parts_of_a_long_file_are_counted_as_the_whole() {
    let place = Place::new("count-parts");
    // Faults in all parts, and long runs without one.
    let line = "for i in 1 2 3 4; do for j in $(seq 60); do cat books.mrc; done; \
                cat books-damaged.mrc; done > long.mrc";
    place.shell(line).with_status(0);
    assert!(place.read("long.mrc").len() > 16 << 20, "shorter than two parts");
    let arguments: [&[&str]; 6] = [
        &["count", "long.mrc"],
        &["count", "--errors", "repair", "long.mrc", "books.mrc"],
        &["count", "--by", "650$a", "long.mrc"],
        &["count", "--where", "008/35-37 = 'ger'", "long.mrc"],
        &["stats", "--json", "long.mrc"],
        &["count", "--errors", "strict", "long.mrc"],
    ];
    for arguments in arguments {
        let run = |threads: &str| {
            let ended = place.run(&[&["--threads", threads], arguments].concat());
            (ended.status, ended.text().to_string(), ended.stderr.clone())
        };
        let whole = run("1");
        assert_ne!(whole.0, 0, "{arguments:?}: the faults are found");
        assert_eq!(run("3"), whole, "{arguments:?}");
    }
    let quarantine = |threads: &str| {
        let file = format!("q{threads}.mrc");
        place
            .run(&["--threads", threads, "count", "long.mrc", "--quarantine", &file])
            .with_status(1);
        place.read(&file)
    };
    assert!(!quarantine("1").is_empty());
    assert!(quarantine("1") == quarantine("3"));
}

#[test]
fn a_slip_in_an_edited_file_of_marcmaker_is_reported() {
    let place = Place::new("edited-marcmaker");
    place.run(&["convert", "books.mrc", "-o", "books.mrk"]).with_status(0);
    // The first character of a field is lost, as in an editor.
    place.shell("sed '0,/^=245/s/^=245/245/' books.mrk > slip.mrk").with_status(0);
    let ended = place.run(&["convert", "slip.mrk", "-o", "slip.mrc"]).with_status(1);
    ended.saying("is a field, but does not begin with `=`").saying("record 1");
    assert_eq!(place.run(&["count", "--bare", "slip.mrc"]).text(), "59\n");
    // So are the leaders, without which the type of a record is not known.
    place.shell("grep -v ^=LDR books.mrk > leaders.mrk").with_status(0);
    let ended = place.run(&["convert", "leaders.mrk", "-o", "leaders.mrc"]).with_status(0);
    ended.saying("60 records without a leader, which is blank");
}
