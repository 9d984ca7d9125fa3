//! `stats`, and the pages of `stats` and `check`.

use crate::run::Place;
use std::fs;
use tidemarc::{
    Reader,
    statistics::{Statistics, StatisticsOptions},
};

/// Elements that would load something, or run.
const ACTIVE: [&str; 8] = ["<script", "<link", "<img", "<a ", "<iframe", "src=", "url(", "@import"];

/// Checks that a page is complete, and complete in itself.
fn check_page(page: &[u8]) -> &str {
    let page = str::from_utf8(page).expect("a page is UTF-8");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(page.contains("Content-Security-Policy") && page.contains("default-src 'none'"));
    for element in ACTIVE {
        assert!(!page.contains(element), "{element}");
    }
    for element in ["main", "table", "details", "svg", "div", "section", "code", "pre"] {
        let (begun, ended) = (format!("<{element}"), format!("</{element}>"));
        assert_eq!(page.matches(&begun).count(), page.matches(&ended).count(), "{element}");
    }
    page
}

#[test]
fn stats_has_the_numbers_of_the_library() {
    let place = Place::new("stats");
    for file in ["books.mrc", "books-damaged.mrc", "ascii.mrc"] {
        let status = i32::from(file == "books-damaged.mrc");
        let reader = Reader::builder().repair(true).from_path(place.path(file)).unwrap();
        let found = Statistics::of(reader, StatisticsOptions::new()).unwrap();
        let full = place.path(file).display().to_string();
        let table = place.run(&["stats", "-q", file]).with_status(status);
        assert_eq!(table.text(), format!("{found}\n").replace(&full, file));
        let json = place.run(&["stats", "-q", "--json", file, "-o", "s.json"]).with_status(status);
        assert_eq!(json.text(), "");
        let json = String::from_utf8(place.read("s.json")).unwrap();
        assert_eq!(json, found.to_json().replace(&full, file) + "\n");
        let ended = place.run(&["stats", "-q", "--html", "s.html", file]).with_status(status);
        assert_eq!(ended.text(), "");
        let page = place.read("s.html");
        assert_eq!(check_page(&page), found.to_html().replace(&full, file));
    }
}

#[test]
fn several_files_are_counted_together() {
    let place = Place::new("stats-several");
    place.shell("cat books.mrc ascii.mrc > both.mrc").with_status(0);
    let json = |arguments: &[&str]| -> serde_json::Value {
        let ended = place.run(&[&["stats", "--json"], arguments].concat()).with_status(0);
        serde_json::from_slice(&ended.stdout).unwrap()
    };
    let (mut both, one) = (json(&["books.mrc", "ascii.mrc"]), json(&["both.mrc"]));
    assert_eq!(both["source"], "2 files");
    both["source"] = one["source"].clone();
    assert_eq!(both, one);
    for threads in ["1", "3"] {
        assert_eq!(json(&["both.mrc", "--threads", threads]), one);
    }
    let samples = json(&["both.mrc", "--samples", "2"]);
    assert_eq!(samples["tags"][0]["samples"].as_array().unwrap().len(), 2);
    let german = json(&["both.mrc", "--where", "008/35-37 = 'ger'"]);
    assert_eq!((&german["records"], &german["unmatched"]), (&5.into(), &63.into()));
    // A file that cannot be read to its end is named, and the others are counted.
    place.shell("gzip -c both.mrc | head -c 9000 > cut.mrc.gz").with_status(0);
    let ended = place.run(&["stats", "cut.mrc.gz", "books.mrc"]).with_status(3);
    ended.saying("error: cut.mrc.gz: ");
    let ended = place.run(&["stats", "-q", "cut.mrc.gz", "books.mrc"]);
    assert!(ended.text().lines().next().unwrap().ends_with("; 1 file not read to the end"));
}

#[test]
fn a_page_is_an_output_as_any_other() {
    let place = Place::new("stats-page");
    place.folder.file("old.html", b"old");
    for command in ["stats", "check"] {
        let run = |arguments: &[&str]| place.run(&[&[command], arguments].concat());
        run(&["books.mrc", "--html", "books.mrc"]).with_status(2).saying("is the input");
        run(&["books.mrc", "--html", "no-folder/p.html"]).with_status(3);
        run(&["books.mrc", "--html", "p.html.gz"]).with_status(2).saying("without compression");
        run(&["books.mrc", "--html", "p.html", "-o", "./p.html"]).with_status(2);
        run(&["no-such.mrc", "--html", "old.html"]).with_status(3);
        run(&["books-damaged.mrc", "--errors", "strict", "--html", "old.html"]).with_status(1);
        assert_eq!(place.read("old.html"), b"old", "{command}");
        assert!(!place.exists("p.html"));
        let ended = run(&["books.mrc", "--html", "/dev/full"]).with_status(3);
        ended.saying("/dev/full: No space left on device");
        let ended = run(&["books.mrc", "--html", "-", "-o", "text"]).with_status(0);
        check_page(&ended.stdout);
    }
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn a_page_has_the_faults_by_kind_with_their_places() {
    let place = Place::new("check-page");
    let files = ["books-damaged.mrc", "books.mrc"];
    let plain = place.run(&[&["check"], &files[..]].concat()).with_status(1);
    let ended = place.run(&[&["check", "--html", "p.html"], &files[..]].concat()).with_status(1);
    assert_eq!(ended.text(), plain.text());
    let page = place.read("p.html");
    let page = check_page(&page);
    let summary = tidemarc::check(place.path(files[0])).unwrap();
    for (count, first) in summary.faults() {
        let heading = format!(
            "<h3>{} {}, {}: {count}</h3>",
            first.code(),
            first.kind().name().replace('_', " "),
            first.severity()
        );
        assert!(page.contains(&heading), "{heading}");
    }
    let faults: u64 = summary.faults().map(|(count, _)| count).sum();
    assert_eq!(page.matches("<details class=\"fault\">").count() as u64, faults);
    assert!(page.contains("Not sound: 1 of 2 files.") && page.contains("<h1>2 files</h1>"));
    assert!(page.contains("says 787, has 780"));
    // A page about a sound file says so.
    place.run(&["check", "books.mrc", "--html", "p.html"]).with_status(0);
    assert!(check_page(&place.read("p.html")).contains("Sound: every byte"));
}

#[test]
fn a_hostile_record_is_text_in_a_page_and_a_page_does_not_grow_without_end() {
    let place = Place::new("page-hostile");
    let json = r#"{"fields":[{"001":"<script>alert(1)</script>"},{"245":{"subfields":[{"a":"<img alt=x> & \u001b[31m"}]}}]}"#;
    fs::write(place.path("<b>.json"), json).unwrap();
    place.run(&["convert", "<b>.json", "-o", "h.mrc", "--controls", "drop"]);
    // A record whose length is wrong, very often.
    let mut record = place.read("h.mrc");
    record[4] ^= 1;
    fs::write(place.path("<i>.mrc"), record.repeat(5_000)).unwrap();
    for command in ["stats", "check"] {
        for file in ["<b>.json", "<i>.mrc"] {
            place.run(&[command, "-q", file, "--html", "p.html", "-o", "text"]);
            let page = place.read("p.html");
            let page = check_page(&page);
            assert!(page.len() < 400_000, "{command} {file}: {}", page.len());
            assert!(!page.contains('\u{1b}') && !page.contains("<b>.json"), "{command}");
        }
    }
    let page = place.read("p.html");
    assert!(String::from_utf8(page).unwrap().contains("<p>and 4,900 more</p>"));
}
