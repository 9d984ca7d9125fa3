//! Sorting: against a plain sort of the same records, and its failures.

use crate::run::{COMMAND, Place};
use std::{
    cmp::Reverse,
    fs,
    io::Write,
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tidemarc::Record;

/// Words of titles, and the same in filing form.
const WORDS: [(&str, &str); 10] = [
    ("whale", "whale"),
    ("Whales", "whales"),
    ("WHALE", "whale"),
    ("École", "ecole"),
    ("E\u{301}cole", "ecole"),
    ("\"Łódź\"", "lodz"),
    ("[zoo]", "zoo"),
    ("o'clock", "oclock"),
    ("10", "10"),
    ("9", "9"),
];

/// Texts between the words of a title. All are a space in filing form.
const BETWEEN: [&str; 4] = [" ", " : ", "-", ", "];

/// Random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}

/// A record and its values, as a plain program would compare them.
#[derive(Clone)]
struct Case {
    bytes: Vec<u8>,
    titles: Vec<String>,
    id: String,
    year: Option<u32>,
}

fn case(random: &mut Random) -> Case {
    let id = format!("{}{}", ["a", "B", "b ", "é"][random.below(4)], random.below(30));
    let mut record = Record::builder()
        .leader(*b"00000nam a2200000   4500")
        .control("001", &id)
        .data("500", *b"  ", [(b'a', "x".repeat(random.below(900)))]);
    let mut titles = Vec::new();
    for _ in 0..[0, 1, 1, 1, 2][random.below(5)] {
        let (mut shown, mut filed) = (String::new(), Vec::new());
        for at in 0..1 + random.below(3) {
            let (word, plain) = WORDS[random.below(WORDS.len())];
            shown += if at > 0 { BETWEEN[random.below(4)] } else { "" };
            shown += word;
            filed.push(plain);
        }
        let has_article = random.below(3) == 0;
        let indicator = if has_article { b'4' } else { b'0' };
        let title = format!("{}{shown} /", if has_article { "The " } else { "" });
        record = record.data("245", [b'1', indicator], [(b'a', title)]);
        titles.push(filed.join(" "));
    }
    let year = (random.below(4) > 0).then(|| 900 + random.below(1_200) as u32);
    if let Some(year) = year {
        record = record.data("260", *b"  ", [(b'c', format!("[c{year}?], 1066"))]);
    }
    let bytes = record.build().unwrap().to_iso2709().unwrap();
    Case { bytes, titles, id, year }
}

/// Returns a key after which records without values are sorted last.
fn last<T>(values: Option<T>) -> (bool, Option<T>) {
    (values.is_none(), values)
}

fn titles(case: &Case) -> (bool, Option<Vec<String>>) {
    last(Some(case.titles.clone()).filter(|titles| !titles.is_empty()))
}

#[test]
fn records_come_out_as_from_a_plain_stable_sort() {
    let place = Place::new("sort-plain");
    for seed in 0..12 {
        let mut random = Random(seed);
        let cases: Vec<_> = (0..random.below(400)).map(|_| case(&mut random)).collect();
        let bytes: Vec<_> = cases.iter().flat_map(|case| case.bytes.clone()).collect();
        place.folder.file("in.mrc", bytes);
        // From all in memory down to a run for a few records.
        let memory = ["256M", "64K", "16K", "3000"][random.below(4)];
        let check = |by: &[&str], sort: &dyn Fn(&mut Vec<Case>)| {
            let mut expected = cases.clone();
            sort(&mut expected);
            let expected: Vec<_> = expected.into_iter().flat_map(|case| case.bytes).collect();
            let by: Vec<_> = by.iter().flat_map(|by| ["--by", by]).collect();
            let run = [&["sort", "in.mrc", "--memory", memory, "-q"], &by[..]].concat();
            assert!(place.run(&run).with_status(0).stdout == expected, "{seed} {run:?}");
        };
        check(&["245$a"], &|cases| cases.sort_by_key(titles));
        check(&["245$a:reverse"], &|cases| {
            cases.sort_by_key(|case| (titles(case).0, Reverse(case.titles.clone())));
        });
        check(&["001"], &|cases| cases.sort_by_key(|case| case.id.clone()));
        check(&["260$c:number"], &|cases| cases.sort_by_key(|case| last(case.year)));
        check(&["260$c:number:reverse", "245$a", "001:exact"], &|cases| {
            cases.sort_by_key(|case| {
                ((case.year.is_none(), Reverse(case.year)), titles(case), case.id.clone())
            });
        });
    }
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn every_format_is_sorted_and_no_record_is_lost() {
    let place = Place::new("sort-formats");
    place.run(&["sort", "--by", "245$a", "books.mrc", "-o", "a.mrc"]).with_status(0);
    for to in ["xml", "json", "jsonl", "mrk"] {
        let (from, out) = (format!("in.{to}"), format!("out.{to}"));
        place.run(&["convert", "books.mrc", "-o", &from]).with_status(0);
        let sort = ["sort", "--by", "245$a", "--memory", "20K", &from, "-o", &out];
        place.run(&sort).with_status(0);
        let back = place.run(&["convert", "--to", "marc", &out]).with_status(0);
        assert!(back.stdout == place.read("a.mrc"), "{to}");
    }
    place.run(&["sort", "--by", "245$a", "books.mrc", "-o", "a.mrc.gz"]).with_status(0);
    place.shell("gzip -dc a.mrc.gz | cmp - a.mrc").with_status(0);
    let several = ["sort", "--by", "001", "ascii.mrc", "books.mrc", "-o", "all.mrc"];
    place.run(&several).with_status(0);
    let both = place.run(&["count", "--bare", "ascii.mrc", "books.mrc"]);
    assert_eq!(place.run(&["count", "--bare", "all.mrc"]).text(), both.text());
    assert_eq!(place.temporaries(), [""; 0]);
}

#[test]
fn records_without_a_value_are_counted_and_last() {
    let place = Place::new("sort-without");
    let ended = place.run(&["sort", "--by", "999$z", "books.mrc"]).with_status(0);
    assert!(ended.stdout == place.read("books.mrc"));
    ended.saying("60 records without 999$z, at the end");
    // A byte that does not decode costs the record neither its value nor its place.
    let sort = ["sort", "--by", "245$a", "--errors", "repair", "books-damaged.mrc", "-o", "o.mrc"];
    let ended = place.run(&sort).with_status(1);
    assert!(!ended.stderr.contains("without"), "{}", ended.stderr);
    assert_eq!(place.run(&["count", "--bare", "o.mrc"]).text(), "59\n");
}

#[test]
fn wrong_keys_sizes_and_folders_are_errors() {
    let place = Place::new("sort-usage");
    place.run(&["sort", "books.mrc"]).with_status(2).saying("--by");
    let by = |key: &str| place.run(&["sort", "--by", key, "books.mrc"]);
    by("245$").with_status(2).saying("^");
    by("245$a:numeric").with_status(2).saying("they are exact, number and reverse");
    by("245$a:").with_status(2);
    // A colon in a condition is a part of the selector.
    by(r"245$a{$a=\a:b}").with_status(0);
    let sort = ["sort", "--by", "001", "books.mrc"];
    place.run(&[&sort[..], &["--memory", "9X"]].concat()).with_status(2).saying("K, M or G");
    for folder in ["no-folder", "books.mrc"] {
        let ended = place.run(&[&sort[..], &["--tmp", folder, "-o", "out.mrc"]].concat());
        ended.with_status(3).saying(&format!("temporary file in {folder}: "));
    }
    assert_eq!(place.folder.names(), ["ascii.mrc", "books-damaged.mrc", "books.mrc"]);
}

#[test]
fn a_temporary_file_is_in_the_folder_that_is_named() {
    let place = Place::new("sort-tmp");
    fs::create_dir(place.path("tmp")).unwrap();
    for line in [
        "tidemarc sort --by 245 --memory 9K --tmp tmp books.mrc",
        "TMPDIR=tmp tidemarc sort --by 245 --memory 9K books.mrc",
        "TMPDIR=/no-such tidemarc sort --by 245 --memory 9K books.mrc --tmp tmp",
        "tidemarc sort --by 245 --memory 9K books.mrc -o out.mrc; cat out.mrc",
    ] {
        let expected = place.run(&["sort", "--by", "245", "books.mrc"]).with_status(0);
        assert!(place.shell(line).with_status(0).stdout == expected.stdout, "{line}");
    }
    assert_eq!(fs::read_dir(place.path("tmp")).unwrap().count(), 0);
}

/// Mounts a small file system, if this user may.
#[cfg(target_os = "linux")]
#[test]
fn a_full_temporary_disk_is_an_error_that_names_its_folder() {
    let place = Place::new("sort-full");
    fs::create_dir(place.path("small")).unwrap();
    // A mount in a namespace of its own ends with the process.
    let line = "unshare --mount bash -c 'mount -t tmpfs -o size=16k none small || exit 77
        tidemarc sort --by 245 --memory 9K --tmp small books.mrc -o out.mrc'; echo $?";
    let ended = place.shell(line);
    let (status, stderr) = (ended.text().trim(), &ended.stderr);
    if status == "77" || stderr.starts_with("unshare") {
        return eprintln!("not tested: {stderr}");
    }
    assert_eq!(status, "3", "{stderr}");
    let expected = "temporary file in small: No space left on device: name another folder";
    assert!(stderr.contains(expected), "{stderr}");
    assert!(!place.exists("out.mrc") && place.temporaries().is_empty());
}

#[test]
fn an_interrupted_sort_leaves_no_temporary_file() {
    let place = Place::new("sort-interrupt");
    for name in ["-TERM", "-KILL"] {
        fs::write(place.path("out.mrc"), b"old").unwrap();
        let mut child = place
            .command(COMMAND)
            .args(["sort", "--by", "245", "--memory", "9K", "--tmp", ".", "-", "-o", "out.mrc"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(&place.read("books.mrc").repeat(20)).unwrap();
        let begun = Instant::now();
        // The temporary file has no name, but it is open.
        while !has_deleted_file(child.id()) {
            assert!(begun.elapsed() < Duration::from_secs(60), "no run was written");
            thread::sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
        assert!(child.wait().unwrap().signal().is_some());
        drop(input);
        assert_eq!(place.read("out.mrc"), b"old");
        // A killed process leaves its output, as every command does.
        let left = place.temporaries().len();
        assert_eq!(left, usize::from(name == "-KILL"), "{name}");
    }
}

/// Returns true if a process has a file open that has no name. Other systems than Linux do not show
/// that.
fn has_deleted_file(process: u32) -> bool {
    if cfg!(not(target_os = "linux")) {
        thread::sleep(Duration::from_secs(1));
        return true;
    }
    let open = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    open.filter_map(|entry| entry.path().read_link().ok())
        .any(|target| target.to_string_lossy().ends_with("(deleted)"))
}
