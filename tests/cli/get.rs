//! Index files, and records by their control numbers.

use crate::run::Place;
use std::{fs, os::unix::fs::PermissionsExt};

/// Returns the control numbers of the records in a file.
fn ids(place: &Place, file: &str) -> Vec<String> {
    let ended = place.run(&["select", "-q", "-c", "001", file]);
    ended.text().lines().skip(1).map(String::from).collect()
}

/// Makes a record of ISO 2709 with a control number and a title.
fn record(id: &str, title: &str) -> Vec<u8> {
    let (id, title) = (format!("{id}\x1e"), format!("10\x1fa{title}\x1e"));
    let directory = format!("001{:04}00000245{:04}{:05}\x1e", id.len(), title.len(), id.len());
    let base = 24 + directory.len();
    let length = base + id.len() + title.len() + 1;
    format!("{length:05}nam a22{base:05}   4500{directory}{id}{title}\x1d").into_bytes()
}

#[test]
fn an_index_says_what_is_in_the_file_and_is_kept_while_it_is_up_to_date() {
    let place = Place::new("index");
    let ended = place.run(&["index", "books.mrc"]).with_status(0);
    assert_eq!((ended.text(), &*ended.stderr), ("books.mrc.tmi: 60 records\n", ""));
    let first = place.read("books.mrc.tmi");
    let ended = place.run(&["index", "books.mrc"]).with_status(0);
    assert_eq!(ended.text(), "books.mrc.tmi is up to date: 60 records\n");
    let ended = place.run(&["index", "--force", "--json", "books.mrc"]).with_status(0);
    let expected = "{\"source\":\"books.mrc\",\"index\":\"books.mrc.tmi\",\"records\":60,\
        \"faults\":0,\"duplicates\":0,\"without_key\":0,\"is_new\":true}\n";
    assert_eq!(ended.text(), expected);
    assert!(place.read("books.mrc.tmi") == first);
    // Damage and duplicates are counted; other options make another index.
    let ended = place.run(&["index", "books-damaged.mrc"]).with_status(1);
    assert!(ended.text().contains("57 records, 4 damaged"), "{}", ended.text());
    ended.saying("4 damaged spans not in the index");
    let repair = ["index", "--errors", "repair", "books-damaged.mrc"];
    let ended = place.run(&repair).with_status(1);
    assert!(ended.text().starts_with("books-damaged.mrc.tmi: 59 records"), "{}", ended.text());
    assert!(place.run(&repair).text().contains("is up to date"));
    place.shell("cat books.mrc books.mrc > twice.mrc").with_status(0);
    let ended = place.run(&["index", "twice.mrc", "books.mrc"]).with_status(0);
    let expected = "twice.mrc.tmi: 120 records, 60 with the same 001 as an earlier one\n\
        books.mrc.tmi is up to date: 60 records\n";
    assert_eq!(ended.text(), expected);
}

#[test]
fn an_index_that_cannot_be_made_leaves_everything_as_it_is() {
    let place = Place::new("index-failures");
    place.run(&["index", "no-such.mrc"]).with_status(3).saying("no-such.mrc: No such file");
    place.run(&["index"]).with_status(2);
    place.run(&["index", "-"]).with_status(2).saying("standard input cannot have an index");
    place.shell("tidemarc index - < books.mrc").with_status(2);
    place.shell("gzip -k books.mrc").with_status(0);
    // The others are made all the same.
    let ended = place.run(&["index", "books.mrc.gz", "ascii.mrc"]).with_status(3).saying("BGZF");
    assert!(ended.text().starts_with("ascii.mrc.tmi: "), "{}", ended.text());
    place.folder.file("books.mrc.tmi", b"not an index");
    place.run(&["index", "books.mrc"]).with_status(3).saying("is not replaced");
    assert_eq!(place.read("books.mrc.tmi"), b"not an index");
    place.run(&["index", "books.mrc", "-o", "ascii.mrc"]).with_status(3);
    place.run(&["index", "books.mrc", "-o", "books.mrc"]).with_status(2).saying("itself");
    place.run(&["index", "books.mrc", "ascii.mrc", "-o", "x.tmi"]).with_status(2);
    place.run(&["index", "books.mrc", "-o", "no-folder/x.tmi"]).with_status(3);
    place.folder.file("book.pdf", b"%PDF-1.7\nnot a record");
    place.run(&["index", "book.pdf"]).with_status(1).saying("no record is sound");
    let strict = ["index", "--errors", "strict", "books-damaged.mrc"];
    place.run(&strict).with_status(1).saying("damaged record among the first");
    assert!(!place.exists("books-damaged.mrc.tmi") && !place.exists("book.pdf.tmi"));
    assert_eq!(place.temporaries(), [""; 0]);
    place.folder.file("empty.mrc", b"");
    assert_eq!(
        place.run(&["index", "empty.mrc"]).with_status(0).text(),
        "empty.mrc.tmi: 0 records\n"
    );
    place.run(&["get", "empty.mrc", "x"]).with_status(1).saying("control number x");
    // A folder in which nothing can be written; root can write everywhere.
    fs::create_dir(place.path("fixed")).unwrap();
    fs::copy(place.path("ascii.mrc"), place.path("fixed/a.mrc")).unwrap();
    fs::set_permissions(place.path("fixed"), fs::Permissions::from_mode(0o555)).unwrap();
    let ended = place.run(&["index", "fixed/a.mrc"]);
    assert!(ended.status == 3 || fs::write(place.path("fixed/x"), b"").is_ok());
    fs::set_permissions(place.path("fixed"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn records_come_in_the_order_of_their_numbers_with_an_index_and_without() {
    let place = Place::new("get");
    place.shell("cat books.mrc ascii.mrc books.mrc > many.mrc").with_status(0);
    place.folder.file("ids.txt", "tm000009\r\n\ntm000002\ntm000009\n");
    place.shell("tidemarc convert many.mrc -o many.xml && gzip -k many.xml").with_status(0);
    place.shell("tidemarc cat many.mrc -o many.mrc.bgz").with_status(0);
    for indexed in [false, true] {
        if indexed {
            place.run(&["index", "many.mrc", "many.xml", "many.mrc.bgz"]).with_status(0);
        }
        for file in ["many.mrc", "many.xml", "many.xml.gz", "many.mrc.bgz"] {
            let get = ["get", file, "tm000005", "@ids.txt", "tm000001", "-o", "out.mrc"];
            place.run(&get).with_status(0);
            let expected = ["tm000005", "tm000009", "tm000002", "tm000001"];
            let expected: Vec<_> = expected.iter().flat_map(|id| [*id, *id]).collect();
            assert_eq!(ids(&place, "out.mrc"), expected, "{file} {indexed}");
            let get = ["get", file, "-n", "60", "--number", "2", "-o", "out.mrc"];
            place.run(&get).with_status(0);
            assert_eq!(ids(&place, "out.mrc"), ["tm000060", "tm000002"], "{file} {indexed}");
        }
    }
    // Records that need no change are the bytes of the file.
    let ended = place.run(&["get", "books.mrc", "tm000001"]).with_status(0);
    assert!(place.read("books.mrc").starts_with(&ended.stdout) && !ended.stdout.is_empty());
    let xml = place.run(&["get", "many.mrc", "tm000001", "--to", "xml"]).with_status(0);
    assert_eq!(xml.text().matches("<record>").count(), 2, "{}", xml.text());
    for line in [
        "tidemarc get - tm000001 < many.mrc | cmp - <(tidemarc get many.mrc tm000001)",
        "cat many.mrc | tidemarc get - @ids.txt | cmp - <(tidemarc get many.mrc @ids.txt)",
        "tidemarc get many.mrc @- < ids.txt | cmp - <(tidemarc get many.mrc @ids.txt)",
        "tidemarc get many.mrc --no-index @ids.txt | cmp - <(tidemarc get many.mrc @ids.txt)",
    ] {
        place.shell(line).with_status(0);
    }
}

#[test]
fn missing_numbers_are_reported() {
    let place = Place::new("get-missing");
    place.shell("seq 1000 > ids.txt").with_status(0);
    for indexed in [false, true] {
        let get = ["get", "books.mrc", "nobody", "tm000001", "@ids.txt", "-n", "61"];
        let more = ["--missing", "missing.txt", "-o", "out.mrc"];
        let ended = place.run(&[&get[..], &more].concat()).with_status(1);
        let ended = ended.saying("no record has the control number nobody\n");
        assert_eq!(ended.stderr.lines().count(), 21, "{}", ended.stderr);
        ended.saying("982 more records not found");
        assert_eq!(ids(&place, "out.mrc"), ["tm000001"]);
        let missing = String::from_utf8(place.read("missing.txt")).unwrap();
        assert_eq!(missing.lines().count(), 1001);
        assert!(missing.starts_with("nobody\n1\n2\n"));
        let ended = place.run(&["get", "books.mrc", "-n", "61"]).with_status(1);
        ended.saying("there is no sound record 61");
        if !indexed {
            place.run(&["index", "books.mrc"]).with_status(0);
        }
    }
    let ended = place.run(&["get", "books-damaged.mrc", "-n", "8", "-n", "9"]).with_status(1);
    ended.saying("record 8, byte").saying("there is no sound record 8\n");
}

#[test]
fn blanks_of_the_library_of_congress_need_not_be_typed() {
    let place = Place::new("get-blanks");
    let records =
        ["   00000002 ", "00000003", "  2001000004", " short"].map(|id| record(id, "Title"));
    place.folder.file("lc.mrc", records.concat());
    for _ in 0..2 {
        let found = |id: &str| {
            let ended = place.run(&["get", "-q", "lc.mrc", id, "-o", "out.mrc"]);
            (ended.status, ids(&place, "out.mrc").len())
        };
        for id in ["00000002", "   00000002 ", "00000003", " 00000003", "2001000004", " short"] {
            assert_eq!(found(id), (0, 1), "{id:?}");
        }
        for id in ["short", "0000002", "2", "00000002x"] {
            assert_eq!(found(id), (1, 0), "{id:?}");
        }
        place.run(&["index", "lc.mrc"]).with_status(0);
    }
}

#[test]
fn an_index_that_does_not_belong_to_the_file_is_refused() {
    let place = Place::new("get-stale");
    place.run(&["index", "books.mrc"]).with_status(0);
    place.shell("cat ascii.mrc >> books.mrc").with_status(0);
    let ended = place.run(&["get", "books.mrc", "tm000001", "-o", "out.mrc"]).with_status(3);
    let ended = ended.saying("and had 73298 when it was indexed");
    ended.saying("build the index again: `tidemarc index books.mrc`");
    assert!(!place.exists("out.mrc"));
    place.run(&["get", "--no-index", "books.mrc", "tm000001"]).with_status(0);
    place.run(&["index", "books.mrc"]).with_status(0);
    place.run(&["get", "books.mrc", "tm000001"]).with_status(0);
    // Options that the index does not have.
    let repair = ["get", "--errors", "repair", "books.mrc", "tm000001"];
    place.run(&repair).with_status(2).saying("it has no repaired records");
    place.run(&["get", "--input-format", "xml", "books.mrc", "tm000001"]).with_status(2);
    place.run(&["get", "--errors", "skip", "books.mrc", "tm000001"]).with_status(0);
    // Damage of the index file.
    let mut bytes = place.read("books.mrc.tmi");
    let at = bytes.len() - 3000;
    bytes[at] ^= 1;
    place.folder.file("books.mrc.tmi", &bytes);
    place.run(&["get", "books.mrc", "tm000001"]).with_status(3).saying("damaged");
    place.folder.file("books.mrc.tmi", b"something");
    place.run(&["get", "books.mrc", "tm000001"]).with_status(3).saying("not an index file");
    place.run(&["get", "--index", "no-such.tmi", "books.mrc", "tm000001"]).with_status(3);
}

#[test]
fn get_fails_as_other_commands_do() {
    let place = Place::new("get-failures");
    place.run(&["get", "no-such.mrc", "x"]).with_status(3).saying("No such file");
    place.run(&["get", "books.mrc"]).with_status(2);
    place.run(&["get", "*.mrc", "x"]).with_status(2).saying("name one file");
    place.run(&["get", "books.mrc", "@no-such.txt"]).with_status(3).saying("no-such.txt");
    place.shell("tidemarc get - @- < books.mrc").with_status(2).saying("only once");
    place.run(&["get", "books.mrc", "tm000001", "-o", "books.mrc"]).with_status(2).saying("itself");
    place.run(&["index", "books.mrc"]).with_status(0);
    place.folder.file("ids.txt", "tm000001\n");
    for name in ["books.mrc.tmi", "ids.txt"] {
        let get = ["get", "books.mrc", "@ids.txt", "--missing", name];
        place.run(&get).with_status(2).saying("itself");
    }
    place.shell("tidemarc get books.mrc tm000001 > /dev/full").with_status(3);
    place.shell("for n in $(seq 30); do cat books.mrc; done > many.mrc").with_status(0);
    let ended = place.run(&["get", "many.mrc", "tm000001", "-o", "out.mrc"]).with_status(0);
    ended.saying("many.mrc: the whole file was read; `tidemarc index many.mrc` makes this faster");
    assert_eq!(ids(&place, "out.mrc").len(), 30);
    place.shell("tidemarc select -c 001 books.mrc > ids.txt").with_status(0);
    let line = "tidemarc get -q many.mrc @ids.txt | head -c 10 > head; echo ${PIPESTATUS[0]}";
    let ended = place.shell(line);
    assert_eq!((ended.text(), &*ended.stderr), ("0\n", ""));
    place.shell("gzip -c books.mrc | head -c 9000 > cut.mrc.gz").with_status(0);
    let get = ["get", "cut.mrc.gz", "tm000001", "tm000060", "-o", "out.mrc"];
    let whole = place.read("out.mrc");
    let ended = place.run(&get).with_status(3).saying("error: cut.mrc.gz: ").saying("tm000060");
    ended.saying("out.mrc is unchanged").saying("out.mrc.incomplete has what was read");
    assert!(place.read("out.mrc") == whole);
    assert_eq!(ids(&place, "out.mrc.incomplete"), ["tm000001"]);
    place.run(&["get", "books.mrc", "ids.txt"]).with_status(1).saying("(a list is @ids.txt)");
}
