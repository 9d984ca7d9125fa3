//! `filter`, and the option `--where` of other commands.

use crate::run::Place;
use std::{fs, os::unix::fs::symlink};
use tidemarc::{Reader, select::Filter};

/// Expressions of every kind, all of which some of the books match.
const EXPRESSIONS: [&str; 8] = [
    "008/35-37 = \"ger\"",
    "245$a ~ /histor(y|ies)/i",
    "count(650) >= 3 and not 700",
    "008/7-10 >= 1950 or LDR/6 != \"a\"",
    "all(650$2) = 'fast'",
    "001 in ('tm000007', 'tm000030')",
    "650$a{$2=\\fast} or 100",
    "not 001 = 'tm000007'",
];

/// Returns the records of the library that match, one after the other.
fn by_library(place: &Place, file: &str, expression: &str) -> Vec<u8> {
    let filter: Filter = expression.parse().unwrap();
    let reader = Reader::from_path(place.path(file)).unwrap().matching(filter);
    reader.filter_map(Result::ok).flat_map(|record| record.as_bytes().to_vec()).collect()
}

fn count(place: &Place, arguments: &[&str]) -> u64 {
    place.run(&[&["count", "--bare"], arguments].concat()).text().trim().parse().unwrap()
}

#[test]
fn the_records_that_match_are_written_byte_for_byte() {
    let place = Place::new("filter");
    for expression in EXPRESSIONS {
        let expected = by_library(&place, "books.mrc", expression);
        let found = place.run(&["filter", expression, "books.mrc"]).with_status(0);
        assert!(!expected.is_empty() && found.stdout == expected, "{expression}");
        assert_eq!(found.stderr, "");
        place.folder.file("in.mrc", &found.stdout);
        place.folder.file("out.mrc", place.run(&["filter", "-v", expression, "books.mrc"]).stdout);
        let [matches, others] = ["in.mrc", "out.mrc"].map(|name| count(&place, &[name]));
        assert!(matches > 0 && matches + others == 60, "{expression}: {matches} {others}");
        for arguments in [&["--threads", "1"][..], &["ascii.mrc", "books.mrc"]] {
            let run = [&["filter", expression, "books.mrc"], arguments].concat();
            let found = place.run(&run).with_status(0);
            let more = by_library(&place, "ascii.mrc", expression);
            let is_twice = arguments.len() == 2 && arguments[0] == "ascii.mrc";
            let all = if is_twice {
                [&expected[..], &more, &expected].concat()
            } else {
                expected.clone()
            };
            assert!(found.stdout == all, "{run:?}");
        }
    }
}

#[test]
fn the_format_is_that_of_the_input_or_of_the_suffix() {
    let place = Place::new("filter-formats");
    let german = "008/35-37 = 'ger'";
    place.run(&["convert", "books.mrc", "-o", "books.xml"]).with_status(0);
    let xml = place.run(&["filter", german, "books.xml"]).with_status(0);
    assert_eq!(xml.text().matches("<record>").count(), 5);
    for name in ["g.json", "g.mrk", "g.mrc.gz", "g.xml"] {
        let ended = place.run(&["filter", german, "books.mrc", "-o", name]).with_status(0);
        assert_eq!(ended.stderr, "tidemarc: 5 records match\n");
        assert_eq!(count(&place, &[name]), 5, "{name}");
    }
    let lines = place.run(&["filter", german, "--to", "line", "books.mrc"]).with_status(0);
    assert!(lines.stdout == place.run(&["convert", "--to", "line", "g.xml"]).stdout);
    place.shell("cat books.mrc | tidemarc filter '650' -q - > all.mrc").with_status(0);
    assert!(place.read("all.mrc") == by_library(&place, "books.mrc", "650"));
}

#[test]
fn no_match_has_status_1_and_an_empty_but_valid_output() {
    let place = Place::new("filter-none");
    let ended = place.run(&["filter", "001 = 'x'", "books.mrc"]).with_status(1);
    assert_eq!((ended.text(), &*ended.stderr), ("", "tidemarc: no record matches\n"));
    place.run(&["filter", "-q", "001 = 'x'", "books.mrc", "-o", "none.xml"]).with_status(1);
    assert!(String::from_utf8(place.read("none.xml")).unwrap().contains("</collection>"));
    place.run(&["filter", "-v", "001", "books.mrc", "ascii.mrc"]).with_status(1);
}

#[test]
fn a_mistake_has_a_caret_and_nothing_is_written() {
    let place = Place::new("filter-mistakes");
    let filter = |expression: &str| {
        place.run(&["filter", expression, "books.mrc", "-o", "out.mrc"]).with_status(2)
    };
    let ended = filter("650$2 = fast");
    let expected = "tidemarc: error: not a filter: expected a text in quotes, or a number at \
        position 8, found 'f'\n    650$2 = fast\n            ^\n";
    assert_eq!(ended.stderr, expected);
    for expression in
        ["", "650 and", "245$a ~ /(/", "245$", "count(650)", "(650", "650 = \u{1b}[31m"]
    {
        filter(expression).saying("\n    ").saying("^");
    }
    assert!(!filter("650 = '\u{1b}").stderr.contains('\u{1b}'));
    // The arguments are in the wrong order.
    let turned = place.run(&["filter", "books.mrc", "650"]).with_status(2);
    turned.saying("650: No such file").saying("The expression comes before the files");
    fs::write(place.path("650"), b"").unwrap();
    let turned = place.run(&["filter", "books.mrc", "650"]).with_status(2);
    turned.saying("The expression comes before the files");
    for command in [
        &["view"][..],
        &["cat"],
        &["count"],
        &["check"],
        &["stats"],
        &["select", "-c", "001"],
        &["convert", "--to", "xml"],
        &["split", "--records", "5", "-o", "{number}.mrc"],
    ] {
        let run = [command, &["--where", "650 ==", "books.mrc"]].concat();
        let ended = place.run(&run).with_status(2).saying("    650 ==\n         ^");
        assert_eq!(ended.text(), "", "{command:?}");
    }
    assert!(!place.exists("out.mrc") && !place.exists("1.mrc"));
}

#[test]
fn lists_come_from_files_and_from_standard_input() {
    let place = Place::new("filter-lists");
    let ids: String = (0..200_000).map(|number| format!("tm{:06}\r\n", number * 7)).collect();
    place.folder.file("ids.txt", &ids);
    place.folder.file("my ids.txt", "tm000007\ntm000014\n");
    let found = place.run(&["filter", "001 in @ids.txt", "books.mrc"]).with_status(0);
    assert!(found.stdout == by_library(&place, "books.mrc", "001 ~ /(07|14|21|28|35|42|49|56)$/"));
    assert_eq!(count(&place, &["--where", "001 in @\"my ids.txt\"", "books.mrc"]), 2);
    let line = "tidemarc filter '001 in @-' books.mrc < 'my ids.txt' > two.mrc";
    place.shell(line).with_status(0);
    assert_eq!(count(&place, &["two.mrc"]), 2);
    // Standard input is one thing only.
    for line in [
        "tidemarc filter '001 in @-' < 'my ids.txt'",
        "tidemarc filter '001 in @-' - books.mrc < 'my ids.txt'",
        "tidemarc filter '001 in @- or 035$a in @-' books.mrc < 'my ids.txt'",
    ] {
        place.shell(line).with_status(2).saying("standard input can be read only once");
    }
    // The file is not there, or is not text.
    let missing = place.run(&["filter", "001 in @no.txt", "books.mrc", "-o", "o.mrc"]);
    let expected = "tidemarc: error: not a usable filter: no.txt: No such file or directory, \
        at position 7\n    001 in @no.txt\n           ^\n";
    assert_eq!(missing.with_status(3).stderr, expected);
    place.folder.file("latin.txt", b"caf\xe9\n");
    place.run(&["filter", "001 in @latin.txt", "books.mrc"]).with_status(3).saying("not UTF-8");
    assert!(!place.exists("o.mrc"));
}

#[test]
fn a_list_is_an_input_that_no_output_replaces() {
    let place = Place::new("filter-same");
    place.folder.file("ids.txt", "tm000007\n");
    symlink("ids.txt", place.path("link")).unwrap();
    for command in [
        &["filter", "001 in @ids.txt", "books.mrc", "--to", "marc", "-o", "link"][..],
        &["cat", "--where", "001 in @link", "books.mrc", "--to", "marc", "-o", "ids.txt"],
        &["filter", "001 in @ids.txt", "books.mrc", "--quarantine", "ids.txt"],
    ] {
        place.run(command).with_status(2);
        assert_eq!(place.read("ids.txt"), b"tm000007\n", "{command:?}");
    }
    for name in ["books.mrc", "./books.mrc"] {
        let ended = place.run(&["filter", "001", "books.mrc", "-o", name]).with_status(2);
        ended.saying("is the input books.mrc itself");
    }
}

#[test]
fn damage_is_reported_and_undecodable_text_that_decides_too() {
    let place = Place::new("filter-damage");
    let all = place.run(&["cat", "books-damaged.mrc", "-o", "all.mrc"]).with_status(1);
    let some = place.run(&["filter", "001", "books-damaged.mrc", "-o", "some.mrc"]).with_status(1);
    assert!(place.read("all.mrc") == place.read("some.mrc"));
    assert!(some.stderr.starts_with(&*all.stderr), "{}", some.stderr);
    let strict = ["filter", "001", "--errors", "strict", "books-damaged.mrc", "-o", "some.mrc"];
    place.run(&strict).with_status(1).saying("record 8, byte ");
    // No damaged span matches, but the status says that there are some.
    let ended = place.run(&["view", "--where", "001 = 'tm000001'", "books-damaged.mrc"]);
    assert_eq!(ended.with_status(1).text().matches("LDR ").count(), 1);

    let text =
        b"00064nam a2200049   4500001000300000245001100003\x1ea1\x1e10\x1facaf\xe9 x\x1e\x1d";
    place.folder.file("latin.mrc", text);
    for command in [
        &["filter"][..],
        &["cat", "--where"],
        &["view", "--where"],
        &["count", "--where"],
        &["select", "-c", "001", "--where"],
        &["convert", "--to", "line", "--where"],
        &["stats", "--where"],
        &["check", "--where"],
    ] {
        let run = |expression: &str| place.run(&[command, &[expression, "latin.mrc"]].concat());
        let ended = run("245$a ~ 'x'").with_status(1);
        ended.saying("latin.mrc: 1 record left out, since undecodable text decides about a match");
        assert!(!run("001").stderr.contains("left out, since"), "{command:?}");
    }
    let named = ["filter", "245$a ~ 'x'", "--input-encoding", "latin-1", "latin.mrc"];
    assert!(place.run(&named).with_status(0).stdout == text);
}

#[test]
fn where_gives_a_command_only_the_records_that_match() {
    let place = Place::new("where");
    let german = ["--where", "008/35-37 = 'ger'", "books.mrc"];
    let run = |command: &[&str]| place.run(&[command, &german].concat()).with_status(0);
    let expected = by_library(&place, "books.mrc", "008/35-37 = 'ger'");
    let length = expected.len();
    place.folder.file("german.mrc", &expected);
    let alone = |command: &[&str]| place.run(&[command, &["german.mrc"]].concat()).with_status(0);

    assert!(run(&["cat"]).stdout == expected);
    let counted = run(&["count", "--json"]);
    let row =
        format!("{{\"source\":\"books.mrc\",\"records\":5,\"faults\":0,\"bytes\":{length}}}\n");
    assert_eq!(counted.text(), row);
    for command in [
        &["count", "--bare"][..],
        &["count", "--by", "650$a"],
        &["convert", "--to", "marcxml"],
        &["select", "-c", "id=001", "-c", "650$a"],
        &["select", "--preset", "long"],
        &["cat", "--sample", "2", "--to", "line"],
        &["cat", "--skip", "1", "--limit", "2"],
    ] {
        let (found, expected) = (run(command), alone(command));
        match command.contains(&"long") {
            // A column has the number of the record in its file.
            true => assert_eq!(found.text().lines().count(), expected.text().lines().count()),
            false => assert!(found.stdout == expected.stdout, "{command:?}: {}", found.text()),
        }
    }
    let shown = run(&["view", "-n", "3"]);
    assert_eq!(shown.text().matches("books.mrc: record ").count(), 3);
    place
        .run(&[&["split", "--records", "2", "-o", "g-{number}.mrc"], &german[..]].concat())
        .with_status(0);
    let parts = ["g-1.mrc", "g-2.mrc", "g-3.mrc"].map(|name| place.read(name)).concat();
    assert!(parts == expected && !place.exists("g-4.mrc"));
}

#[test]
fn letters_with_marks_are_found_in_both_forms() {
    let place = Place::new("filter-marks");
    let line = |title: &str| {
        format!("=LDR  00000nam a2200000   4500\n=245  10$a{title}\n=260  \\\\$aM\u{e9}xico\n\n")
    };
    // Composed, and decomposed as in the records of the Library of Congress.
    let text = line("Ang\u{e9}lique") + &line("Ange\u{301}lique") + &line("Angelique");
    place.folder.file("marks.mrk", &text);
    place.folder.file("list.txt", "Ange\u{301}lique\n");
    let count = |expression: &str| {
        let ended = place.run(&["count", "--bare", "--where", expression, "marks.mrk"]);
        ended.with_status(0).text().trim().parse::<u64>().unwrap()
    };
    for (expression, found) in [
        ("245$a = \"Ang\u{e9}lique\"", 2),
        ("245$a = \"Ange\u{301}lique\"", 2),
        ("245$a ^= \"Ang\u{e9}\"", 2),
        ("245$a ~ \"\u{e9}l\"", 2),
        ("245$a ~ /^ang\u{c9}l/i", 2),
        ("245$a ~ /e\u{301}/", 2),
        ("245$a in (\"Ang\u{e9}lique\", \"x\")", 2),
        ("245$a in @list.txt", 2),
        ("245$a ~ \"Angel\"", 1),
        ("all(260$a) = \"Me\u{301}xico\"", 3),
    ] {
        assert_eq!(count(expression), found, "{expression}");
    }
}

#[test]
fn words_are_no_tags_and_the_usual_spellings_are() {
    let place = Place::new("filter-words");
    for (command, word) in [
        (&["filter", "whale"][..], "whale"),
        (&["filter", "title ~ 'whale'"], "title"),
        (&["count", "--by", "language"], "language"),
        (&["select", "-c", "author"], "author"),
        (&["sort", "--by", "title"], "title"),
    ] {
        let ended = place.run(&[command, &["books.mrc"]].concat()).with_status(2);
        ended.saying("expected a tag, such as `245$a` for the title").saying(word);
    }
    let count = |expression: &str| {
        place.run(&["count", "--bare", "--where", expression, "books.mrc"]).with_status(0)
    };
    for (one, other) in [
        ("6xx", "6XX"),
        ("ldr/6 = 'a'", "LDR/6 = 'a'"),
        ("245 AND (100 OR 110)", "245 and (100 or 110)"),
    ] {
        assert_eq!(count(one).text(), count(other).text());
        assert_ne!(count(one).text(), "0\n");
    }
}

#[test]
fn a_list_needs_no_blanks() {
    let place = Place::new("filter-list");
    place.folder.file("list.txt", "tm000001\r\n  tm000002 \r\n\ttm000003\n");
    let ended = place.run(&["count", "--bare", "--where", "001 in @list.txt", "books.mrc"]);
    assert_eq!(ended.with_status(0).text(), "3\n");
}
