//! `tidemarc edit --in-place`: no record of a user is lost.

use crate::run::{COMMAND, Ended, Place};
use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        process::ExitStatusExt,
    },
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const EDIT: [&str; 4] = ["edit", "--in-place", "--add", "949 $xlocal"];

fn edit(place: &Place, more: &[&str]) -> Ended {
    place.run(&[&EDIT[..], more].concat())
}

/// Returns the number of records that have the new field.
fn edited(place: &Place, name: &str) -> usize {
    let ended = place.run(&["count", "--by", "949$x", name]);
    let line = ended.text().lines().find(|line| line.ends_with(" local"));
    line.map_or(0, |line| line.split_whitespace().next().unwrap().parse().unwrap())
}

#[test]
fn a_file_is_replaced_with_its_permissions_and_may_be_kept_under_another_name() {
    let place = Place::new("in-place");
    let original = place.read("books.mrc");
    fs::set_permissions(place.path("books.mrc"), fs::Permissions::from_mode(0o640)).unwrap();
    edit(&place, &["--backup", "books.mrc"]).with_status(0).saying("the old file is books.mrc.bak");
    assert_eq!(edited(&place, "books.mrc"), 60);
    assert!(place.read("books.mrc.bak") == original);
    assert_eq!(place.path("books.mrc").metadata().unwrap().mode() & 0o777, 0o640);
    // A backup is never written over.
    let once = place.read("books.mrc");
    edit(&place, &["--backup", "books.mrc"]).with_status(2).saying("books.mrc.bak exists");
    assert!(place.read("books.mrc") == once && place.read("books.mrc.bak") == original);
    edit(&place, &["--backup=.2", "books.mrc"]).with_status(0);
    assert!(place.read("books.mrc.2") == once);
    for suffix in ["--backup=", "--backup=/x"] {
        edit(&place, &[suffix, "books.mrc"]).with_status(2);
    }
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn a_file_without_a_change_is_not_touched() {
    let place = Place::new("in-place-same");
    let before = place.path("books.mrc").metadata().unwrap();
    let none = ["edit", "--in-place", "--backup", "--delete", "9ZZ", "books.mrc"];
    place.run(&none).with_status(0).saying("the file is not touched").saying("nothing found");
    let after = place.path("books.mrc").metadata().unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
    assert!(!place.exists("books.mrc.bak"));
    edit(&place, &["--dry-run", "books.mrc"]).with_status(0).saying("would be changed");
    assert_eq!(before.ino(), place.path("books.mrc").metadata().unwrap().ino());
}

#[test]
fn a_file_with_damage_stays_unless_the_damaged_records_are_kept() {
    let place = Place::new("in-place-damaged");
    let original = place.read("books-damaged.mrc");
    for more in [&[][..], &["--errors", "skip"], &["--errors", "repair"], &["--errors", "strict"]] {
        let ended = edit(&place, &[more, &["books-damaged.mrc"]].concat()).with_status(1);
        assert!(place.read("books-damaged.mrc") == original, "{more:?}");
        if !more.contains(&"strict") {
            ended.saying("books-damaged.mrc is unchanged: ").saying("--backup");
        }
    }
    edit(&place, &["--quarantine", "q.mrc", "books-damaged.mrc", "books.mrc"]).with_status(1);
    assert_eq!((edited(&place, "books-damaged.mrc"), edited(&place, "books.mrc")), (57, 60));
    let report = String::from_utf8(place.read("q.mrc.jsonl")).unwrap();
    assert_eq!(report.lines().count(), 4);
    place.folder.file("books-damaged.mrc", &original);
    let backup = ["--errors", "repair", "--backup", "books-damaged.mrc"];
    edit(&place, &backup).with_status(1);
    assert_eq!(edited(&place, "books-damaged.mrc"), 59);
    assert!(place.read("books-damaged.mrc.bak") == original);
}

#[test]
fn a_field_that_a_repair_has_lost_is_in_no_quarantine_so_the_file_stays() {
    let place = Place::new("in-place-incomplete");
    // A directory entry that is cut short.
    let books = place.read("books.mrc");
    let number = |at: usize| str::from_utf8(&books[at..at + 5]).unwrap().parse::<usize>().unwrap();
    let (length, base) = (number(0), number(12));
    let mut damaged = format!("{:05}", length - 5).into_bytes();
    damaged.extend_from_slice(&books[5..12]);
    damaged.extend_from_slice(format!("{:05}", base - 5).as_bytes());
    damaged.extend_from_slice(&books[17..60]);
    damaged.extend_from_slice(&books[65..]);
    place.folder.file("damaged.mrc", &damaged);
    let repair = ["--errors", "repair", "--quarantine", "q.mrc", "damaged.mrc"];
    edit(&place, &repair).with_status(1).saying("lost a field").saying("damaged.mrc is unchanged");
    assert!(place.read("damaged.mrc") == damaged);
    edit(&place, &["--errors", "repair", "--backup", "damaged.mrc"]).with_status(1);
    assert!(place.read("damaged.mrc.bak") == damaged);
    assert_eq!(edited(&place, "damaged.mrc"), 60);
}

#[test]
fn a_file_in_another_format_keeps_it() {
    let place = Place::new("in-place-formats");
    for name in ["b.xml", "b.json", "b.jsonl", "b.mrk"] {
        place.run(&["convert", "books.mrc", "-o", name]).with_status(0);
        fs::rename(place.path(name), place.path("books")).unwrap();
        edit(&place, &["books"]).with_status(0);
        assert_eq!(edited(&place, "books"), 60, "{name}");
        place.run(&["edit", "--in-place", "--delete", "949", "books"]).with_status(0);
        place.run(&["convert", "books.mrc", "-o", name]).with_status(0);
        assert!(place.read("books") == place.read(name), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_quarantine_that_cannot_be_written_leaves_the_damaged_file() {
    let place = Place::new("in-place-quarantine");
    let original = place.read("books-damaged.mrc");
    edit(&place, &["--quarantine", "/dev/full", "books-damaged.mrc"]).with_status(3);
    assert!(place.read("books-damaged.mrc") == original);
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_stays_even_with_a_backup() {
    let place = Place::new("in-place-cut");
    place.shell("gzip -c books.mrc | head -c 9000 > cut.mrc.gz").with_status(0);
    let original = place.read("cut.mrc.gz");
    let ended = edit(&place, &["--backup", "cut.mrc.gz", "ascii.mrc"]).with_status(3);
    ended.saying("cut.mrc.gz is unchanged: it could not be read to its end");
    assert!(place.read("cut.mrc.gz") == original && !place.exists("cut.mrc.gz.bak"));
    assert!(edited(&place, "ascii.mrc") > 0);
    // A file in another format has no record to change.
    place.folder.file("book.pdf", b"%PDF-1.7\nnot a record");
    edit(&place, &["book.pdf"]).with_status(1);
    assert_eq!(place.read("book.pdf"), b"%PDF-1.7\nnot a record");
}

#[test]
fn a_compressed_file_stays_compressed() {
    let place = Place::new("in-place-packed");
    let head = |name: &str, length: usize| place.read(name)[..length].to_vec();
    for name in ["b.mrc.gz", "b.mrc.bgz", "b.mrc.zst"] {
        place.run(&["cat", "books.mrc", "-o", name]).with_status(0);
        // The first bytes say it, not the name.
        fs::rename(place.path(name), place.path("packed")).unwrap();
        let before = head("packed", 4);
        let is_bgzf = head("packed", 14).ends_with(b"BC");
        edit(&place, &["packed"]).with_status(0).saying("60 of 60 records changed");
        assert_eq!((head("packed", 4), head("packed", 14).ends_with(b"BC")), (before, is_bgzf));
        assert_eq!(edited(&place, "packed"), 60, "{name}");
    }
    place.folder.file("x.mrc.bz2", b"BZh91AY&SY\0\0\0\0");
    edit(&place, &["x.mrc.bz2"]).with_status(2).saying("is read, but not written: use -o");
    place.folder.file("x.zip", b"PK\x03\x04");
    edit(&place, &["x.zip"]).with_status(2);
}

#[test]
fn links_are_followed_and_another_name_keeps_the_old_records() {
    let place = Place::new("in-place-links");
    let original = place.read("books.mrc");
    symlink("books.mrc", place.path("link.mrc")).unwrap();
    edit(&place, &["link.mrc"]).with_status(0);
    assert!(place.path("link.mrc").is_symlink());
    assert_eq!(edited(&place, "books.mrc"), 60);
    place.folder.file("books.mrc", &original);
    fs::hard_link(place.path("books.mrc"), place.path("hard.mrc")).unwrap();
    edit(&place, &["books.mrc"]).with_status(0).saying("(a hard link) keeps the old records");
    assert!(place.read("hard.mrc") == original);
    assert_eq!(edited(&place, "books.mrc"), 60);
}

#[test]
fn arguments_that_contradict_an_edit_in_place_are_refused() {
    let place = Place::new("in-place-usage");
    let original = place.read("books.mrc");
    symlink("books.mrc", place.path("link.mrc")).unwrap();
    for (more, reason) in [
        (&["-"][..], "standard input cannot be edited in place"),
        (&[], "name a file"),
        (&["books.mrc", "-"], "standard input cannot be edited in place"),
        (&["books.mrc", "-o", "out.mrc"], "cannot be used with"),
        (&["books.mrc", "--to", "marcxml"], "cannot be used with"),
        (&["books.mrc", "./books.mrc"], "are the same file"),
        (&["books.mrc", "link.mrc"], "are the same file"),
        (&["books.mrc", "--quarantine", "books.mrc"], "is the input books.mrc itself"),
        (&["/dev/null"], "only files can be edited in place"),
    ] {
        edit(&place, more).with_status(2).saying(reason);
        assert!(place.read("books.mrc") == original, "{more:?}");
    }
    let line = "tidemarc edit --in-place --delete 245 /dev/stdin < books.mrc";
    place.shell(line).with_status(2).saying("only files can be edited in place");
    assert!(place.read("books.mrc") == original);
    place.run(&["edit", "--backup", "--delete", "9XX", "books.mrc"]).with_status(2);
    edit(&place, &["books.mrc", "no-such.mrc"]).with_status(3);
    assert!(place.read("books.mrc") == original);
}

#[test]
fn a_folder_that_is_read_only_leaves_the_file() {
    let place = Place::new("in-place-folder");
    let folder = place.path("folder");
    fs::create_dir(&folder).unwrap();
    fs::copy(place.path("books.mrc"), folder.join("books.mrc")).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    // The superuser may write everywhere.
    if fs::write(folder.join("probe"), b"").is_err() {
        let ended = edit(&place, &["--backup", "folder/books.mrc"]).with_status(3);
        ended.saying("cannot be replaced: use -o");
        assert!(fs::read(folder.join("books.mrc")).unwrap() == place.read("books.mrc"));
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_full_disk_leaves_the_file() {
    let place = Place::new("in-place-full");
    let original = place.read("books.mrc");
    // A limit on the size of files is like a disk that is full.
    let line =
        "trap '' XFSZ; ulimit -f 16; tidemarc edit --in-place --backup --delete 245 books.mrc";
    place.shell(line).with_status(3).saying("File too large");
    assert!(place.read("books.mrc") == original);
    assert!(!place.exists("books.mrc.bak"));
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn a_file_that_another_program_changes_meanwhile_is_not_replaced() {
    let place = Place::new("in-place-race");
    place.shell("for n in $(seq 400); do cat books.mrc; done > many.mrc").with_status(0);
    let mut child = started(&place);
    let mut file = fs::OpenOptions::new().append(true).open(place.path("many.mrc")).unwrap();
    std::io::Write::write_all(&mut file, &place.read("ascii.mrc")).unwrap();
    let length = place.path("many.mrc").metadata().unwrap().len();
    let ended = child.wait().unwrap();
    assert_eq!(ended.code(), Some(3));
    assert_eq!(place.path("many.mrc").metadata().unwrap().len(), length);
    assert_eq!(place.temporaries(), [""; 0]);
}

/// Starts an edit of `many.mrc`, and waits until the new file is begun.
fn started(place: &Place) -> std::process::Child {
    let child = place
        .command(COMMAND)
        .args([&EDIT[..], &["many.mrc"]].concat())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while place.temporaries().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no output was begun");
        thread::sleep(Duration::from_millis(1));
    }
    child
}

#[test]
fn an_interrupted_edit_leaves_the_file() {
    let place = Place::new("in-place-interrupt");
    place.shell("for n in $(seq 400); do cat books.mrc; done > many.mrc").with_status(0);
    let original = place.read("many.mrc");
    let child = started(&place);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.signal(), Some(2));
    let message = String::from_utf8(ended.stderr).unwrap();
    assert!(message.contains("interrupted; many.mrc is unchanged"), "{message}");
    assert!(place.read("many.mrc") == original);
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn a_quarantine_does_not_take_the_place_of_a_backup() {
    let place = Place::new("in-place-backup-name");
    let original = place.read("books.mrc");
    for quarantine in ["books.mrc.bak", "./books.mrc.bak"] {
        let more = ["--backup", "--quarantine", quarantine, "books.mrc"];
        edit(&place, &more).with_status(2).saying("books.mrc.bak");
        assert!(place.read("books.mrc") == original && !place.exists("books.mrc.bak"));
    }
    // The report is an output too.
    let more = ["--backup=.q.jsonl", "--quarantine", "books.mrc.q", "books.mrc"];
    edit(&place, &more).with_status(2);
    assert!(place.read("books.mrc") == original && !place.exists("books.mrc.q.jsonl"));
}

#[test]
fn the_data_around_records_of_a_protocol_are_not_lost() {
    let place = Place::new("in-place-wrapper");
    let xml = place.run(&["cat", "--limit", "1", "--to", "xml", "books.mrc"]).with_status(0);
    let (head, collection) = xml.text().split_once('\n').unwrap();
    let answer = format!(
        "{head}\n<!-- <collection> --><o:OAI-PMH xmlns:o=\"http://www.openarchives.org/OAI/2.0/\">\
         <o:ListRecords><o:record><o:metadata>{collection}</o:metadata></o:record>\
         <o:resumptionToken>next</o:resumptionToken></o:ListRecords></o:OAI-PMH>"
    );
    place.folder.file("answer.xml", answer.as_bytes());
    place.folder.file("plain.xml", format!("{head}\n<!-- x -->{collection}").as_bytes());
    for more in [&[][..], &["--quarantine", "q.mrc"]] {
        let ended = edit(&place, &[more, &["answer.xml"]].concat()).with_status(1);
        ended.saying("in the element o:OAI-PMH, and comments would be lost: keep the old file");
        assert!(place.read("answer.xml") == answer.as_bytes());
    }
    edit(&place, &["--backup", "answer.xml", "plain.xml"]).with_status(0);
    assert!(place.read("answer.xml.bak") == answer.as_bytes());
    edit(&place, &["plain.xml"]).with_status(0);
    assert_eq!(edited(&place, "plain.xml"), 2);
}

#[test]
fn comments_and_attributes_of_records_are_not_lost() {
    let place = Place::new("in-place-comments");
    let written = |to| {
        let ended = place.run(&["cat", "--limit", "1", "--to", to, "books.mrc"]).with_status(0);
        ended.text().to_owned()
    };
    let xml = written("xml");
    let texts = [
        ("comment.xml", xml.replace("<leader>", "<!-- checked --><leader>"), "comments would be"),
        ("typed.xml", xml.replace("<record>", "<record type='Authority'>"), "attributes would be"),
        ("comment.mrk", format!("# checked\n{}", written("mrk")), "comments would be"),
        ("comment.txt", format!("(checked)\n{}", written("line")), "comments would be"),
    ];
    for (name, text, loss) in texts {
        place.folder.file(name, text.as_bytes());
        edit(&place, &[name]).with_status(1).saying(loss).saying("with --backup");
        assert!(place.read(name) == text.as_bytes(), "{name}");
        edit(&place, &["--backup", name]).with_status(0);
        assert!(place.read(&format!("{name}.bak")) == text.as_bytes(), "{name}");
        assert_eq!(edited(&place, name), 1, "{name}");
    }
}

#[test]
fn a_backup_in_a_folder_is_not_edited() {
    let place = Place::new("in-place-backups");
    fs::create_dir(place.path("folder")).unwrap();
    for name in ["books.mrc", "ascii.mrc"] {
        fs::copy(place.path(name), place.path("folder").join(name)).unwrap();
    }
    edit(&place, &["--backup", "folder"]).with_status(0);
    // A folder does not stand for the backups in it, but a pattern may.
    edit(&place, &["folder"]).with_status(0).saying("68 of 68 records");
    assert!(place.read("folder/books.mrc.bak") == place.read("books.mrc"));
    let twice = place.read("folder/books.mrc");
    for more in [&["folder/*"][..], &["--backup=.2", "folder/*"]] {
        edit(&place, more).with_status(2).saying("folder/ascii.mrc.bak is the backup of a file");
        assert!(place.read("folder/books.mrc.bak") == place.read("books.mrc"));
        assert!(place.read("folder/books.mrc") == twice);
    }
    let count = place.run(&["count", "--bare", "folder"]).with_status(0);
    assert_eq!(count.text(), "68\n");
    // Alone it is a file as any other.
    edit(&place, &["folder/books.mrc.bak"]).with_status(0);
}
