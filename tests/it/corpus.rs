//! Real files by the hundred, if the environment variable `TIDEMARC_CORPUS` names a folder of them.
//!
//! The folder contains `real/` and `odd/`, with ISO 2709 files, and `MANIFEST.tsv`. The test uses
//! its columns `file` (a path in the folder), `n_records` and `what_is_odd`.

use crate::common::{
    corpus::files_below,
    observe::{self, Outcome},
    oracle::{Kind, Rules},
};
use std::{
    collections::{BTreeMap, HashMap},
    env, fs,
    path::{Path, PathBuf},
};
use tidemarc::{
    Reader, Severity, check,
    encoding::{self, RecordText, TextOptions},
};

const LIMIT: usize = 1 << 20;

/// Files in `real/` whose number of records differs from that in the manifest, with the reason.
const KNOWN: &[(&str, &str)] = &[];

/// Files in `real/` with undecodable records, their number, and the kind of the bytes.
const UNDECODABLE: &[(&str, u32)] = &[
    // The code is not in its set.
    ("real/BookOps-CAT__bookops-marc/nyp-sample.mrc", 1),
    ("real/indexdata__yaz/marc10.marc", 1),
    ("real/indexdata__yaz/marc11.marc", 1),
    ("real/indexdata__yaz/marc12.marc", 1),
    // The EACC code 5C552B is in no table.
    ("real/sul-dlss__libsys-airflow/encoding-samples.mrc", 1),
    // A delimiter is before a character of several bytes, the first of which is taken for the code.
    ("real/indexdata__yaz/marc5.json.marc", 1),
    ("real/psu-libraries__psulib_traject/sample_psucat.mrc", 98),
    // The code of a subfield is a combining mark of MARC-8.
    ("real/traject__traject/bad_subfield_code.marc", 1),
];

fn folder() -> Option<PathBuf> {
    let folder = env::var_os("TIDEMARC_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: TIDEMARC_CORPUS names no folder of MARC files");
    }
    folder
}

/// Reads the manifest: number of records and what is odd, by path.
fn manifest(folder: &Path) -> HashMap<String, (u64, String)> {
    let text = fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap().split('\t').collect();
    let column = |name| header.iter().position(|column| *column == name).unwrap();
    let (file, records, odd) = (column("file"), column("n_records"), column("what_is_odd"));
    let row = |line: &str| {
        let cells: Vec<_> = line.split('\t').collect();
        let records = cells[records].parse().unwrap_or(0);
        (cells[file].to_string(), (records, cells[odd].to_string()))
    };
    lines.map(row).collect()
}

fn name(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder).unwrap().to_str().unwrap().to_string()
}

/// Reads a file in several ways, which must agree and cover it to the last byte.
fn read(path: &Path, repair: bool) -> Outcome {
    let builder = || observe::iso2709().max_record_length(LIMIT).repair(repair);
    let outcome = observe::read(builder().threads(1).from_path(path).unwrap());
    let counts = outcome.counts;
    let bytes = counts.record_bytes + counts.fault_bytes + counts.padding_bytes;
    let is_foreign = |seen: &observe::Seen| seen.kind.name() == "foreign";
    if !outcome.seen.last().is_some_and(is_foreign) {
        assert_eq!(bytes, fs::metadata(path).unwrap().len(), "{}", path.display());
        assert!(counts.complete && !counts.failed);
    }
    let same = |other: Outcome, how: &str| {
        assert!(outcome == other, "{}: {how} differs", path.display());
    };
    same(observe::read(builder().from_path(path).unwrap()), "the default");
    same(
        observe::read(builder().chunk_size(1_000).threads(2).from_path(path).unwrap()),
        "chunks of 1,000",
    );
    same(observe::read(builder().from_bytes(fs::read(path).unwrap())), "bytes in memory");
    let length = fs::metadata(path).unwrap().len();
    let cuts: Vec<_> = (1..8).map(|part| length * part / 8 + part).collect();
    let open = |range| builder().range(range).from_path(path).unwrap();
    same(observe::read_ranges(&cuts, open), "the union of ranges");
    outcome
}

#[test]
fn real_files_read_without_a_fault() {
    let Some(folder) = folder() else { return };
    let manifest = manifest(&folder);
    let mut problems = BTreeMap::new();
    let files = files_below(&folder.join("real"));
    let mut records = 0;
    for path in &files {
        let name = name(&folder, path);
        let outcome = read(path, false);
        assert!(outcome == read(path, true), "{name}: repair changes a sound file");
        records += outcome.counts.records;
        let expected = manifest.get(&name).map(|(records, _)| *records);
        if let Some(fault) = outcome.seen.iter().find(|seen| seen.kind != Kind::Record) {
            let raw = &fault.raw[..fault.raw.len().min(100)];
            let at = (fault.number, fault.offset, fault.kind);
            let faults = outcome.counts.faults;
            problems.insert(name, format!("{faults} faults; first {at:?}: {}", raw.escape_ascii()));
        } else if expected != Some(outcome.counts.records) {
            problems.insert(name, format!("{} records, {expected:?}", outcome.counts.records));
        }
    }
    problems.retain(|name, _| KNOWN.iter().all(|(known, _)| known != name));
    eprintln!("{} files, {records} records", files.len());
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn odd_files_are_covered_to_the_last_byte_and_read_the_same_in_every_way() {
    let Some(folder) = folder() else { return };
    let manifest = manifest(&folder);
    let files = files_below(&folder.join("odd"));
    for path in &files {
        let outcome = read(path, false);
        let input = fs::read(path).unwrap();
        assert!(outcome == observe::expected(&input, LIMIT), "{}: the oracle", path.display());
        let mut lengths = [1, 700, 13].into_iter().cycle();
        let pieces = observe::frame_pieces(&input, LIMIT, || lengths.next().unwrap());
        assert!(pieces == observe::frame_whole(&input, LIMIT), "{}: pieces", path.display());
        let name = name(&folder, path);
        let (records, faults) = (outcome.counts.records, outcome.counts.faults);
        let (listed, odd) = manifest.get(&name).cloned().unwrap_or_default();
        eprintln!("{records:5} records {faults:4} faults of {listed:5}: {name}: {odd}");
    }
    eprintln!("{} files", files.len());
}

#[test]
fn the_text_of_real_files_is_decoded_in_the_encoding_that_is_detected() {
    let Some(folder) = folder() else { return };
    let (mut counts, mut problems) = (BTreeMap::new(), BTreeMap::new());
    for path in files_below(&folder.join("real")) {
        for record in Reader::from_path(&path).unwrap().flatten() {
            let view = record.view();
            let detected = encoding::detect(&view, None);
            let named = TextOptions::new().encoding(Some(detected.encoding));
            let mut faults = RecordText::of(&view, named).undecodable(&view);
            *counts.entry(format!("{} by {:?}", detected.encoding, detected.why)).or_insert(0) += 1;
            if let Some((_, fault)) = faults.next() {
                let (bad, _) =
                    problems.entry(name(&folder, &path)).or_insert((0, fault.to_string()));
                *bad += 1;
            }
        }
    }
    for (why, records) in &counts {
        eprintln!("{records:6} records in {why}");
    }
    problems.retain(|name, (bad, _)| !UNDECODABLE.contains(&(&name[..], *bad)));
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Checks the result of repair for each odd file. `TIDEMARC_BLESS=1` writes the table to
/// `docs/corpus-odd.md`; otherwise it must be up to date.
#[test]
fn odd_files_lose_nothing_good_with_repair_and_give_what_the_table_says() {
    let Some(folder) = folder() else { return };
    let manifest = manifest(&folder);
    let mut rows = Vec::new();
    for path in &files_below(&folder.join("odd")) {
        let name = name(&folder, path);
        let input = fs::read(path).unwrap();
        let outcome = read(path, true);
        let rules = Rules { limit: LIMIT, repairs: true };
        assert!(outcome == observe::expected(&input, rules), "{name}: the oracle");
        // A record that is sound without repair is delivered with it, or is inside one that is
        // delivered.
        for seen in read(path, false).seen.iter().filter(|seen| seen.kind == Kind::Record) {
            let end = seen.offset + seen.raw.len() as u64;
            let covers = |other: &&observe::Seen| {
                other.offset <= seen.offset && end <= other.offset + other.raw.len() as u64
            };
            let found = outcome.seen.iter().find(covers);
            let is_there =
                found.is_some_and(|found| matches!(found.kind, Kind::Record | Kind::Repaired));
            assert!(is_there, "{name}: {seen:?} and {found:?}");
        }
        let listed = manifest.get(&name).map_or(0, |(records, _)| *records);
        rows.push(row(&name, path, listed));
    }
    let table = rows.join("\n");
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/corpus-odd.md");
    let text = fs::read_to_string(&document).unwrap();
    let (head, rest) = text.split_once("<!-- table -->\n").unwrap();
    let (old, tail) = rest.split_once("\n<!-- end -->").unwrap();
    if env::var_os("TIDEMARC_BLESS").is_some() {
        fs::write(&document, format!("{head}<!-- table -->\n{table}\n<!-- end -->{tail}")).unwrap();
    } else {
        assert!(old == table, "docs/corpus-odd.md is out of date: set TIDEMARC_BLESS=1");
    }
}

/// Returns one file as a row of the table; empty if it has no fault.
fn row(name: &str, path: &Path, listed: u64) -> String {
    let summary = check(path).unwrap();
    let stats = summary.stats();
    let faults = |least: Severity, most: Severity| {
        let in_range = summary
            .faults()
            .filter(|(_, error)| least <= error.severity() && error.severity() <= most);
        let words: Vec<_> = in_range
            .map(|(count, error)| match error.looks_like() {
                Some(format) => format!("{} ({format})", error.kind().name()),
                None => format!("{} {count}", error.kind().name()),
            })
            .collect();
        words.join(", ")
    };
    format!(
        "| {} | {listed} | {} | {} | {} | {} | {} | {} | {} |",
        name.strip_prefix("odd/").unwrap_or(name),
        stats.records,
        stats.repaired,
        stats.incomplete,
        stats.faults,
        faults(Severity::LostRecord, Severity::Fatal),
        faults(Severity::Repaired, Severity::LostField),
        faults(Severity::Information, Severity::Information),
    )
}
