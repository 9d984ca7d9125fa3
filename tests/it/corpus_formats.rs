//! Real MARCXML, MARC-in-JSON and MARCMaker files, if the environment variable `TIDEMARC_CORPUS`
//! names a folder of them.
//!
//! The folder contains `xml/`, `json/` and `mrk/`, and `MANIFEST_xml_json_mrk.tsv`. The test uses
//! its columns `file` (a path in the folder) and `n_records`.

use crate::common::{
    corpus::files_below,
    formats::{Given, drain, read, write},
};
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};
use tidemarc::{
    Reader, Record,
    encoding::Encoding,
    format::{Format, Writer},
};

/// Files whose records or faults differ from the manifest: records, faults, and the reason.
const KNOWN: &[(&str, usize, usize, &str)] = &[
    ("xml/NatLibFi__NDL-VuFind2/authlccn1.xml", 1, 0, "a record without a leader"),
    ("xml/NatLibFi__NDL-VuFind2/toc2.xml", 1, 0, "a record without a leader"),
    ("xml/NatLibFi__marc-record-serializers/from3", 1, 0, "a record without a leader"),
    ("xml/lcnetdev__marc2bibframe2/dup-properties.xml", 17, 0, "all but one without a leader"),
    ("xml/lcnetdev__marc2bibframe2/marc.xml", 14, 0, "records without a leader"),
    ("xml/NatLibFi__usemarcon/marcfile.cpp", 0, 7, "a program in C++"),
    ("xml/edsu__pymarc/bad_tag.xml", 0, 1, "the tag 42"),
    ("xml/pear__File_MARC/bad_example.xml", 1, 0, "the tag 30-, which is odd"),
    ("xml/gmcharlt__marc-perl/empty-record-2.xml", 0, 1, "an empty record"),
    ("xml/gmcharlt__marc-perl/invalid.xml", 0, 1, "a field outside of all records"),
    ("xml/indexdata__yaz/marc3.xml", 0, 1, "a data field with the tag of a control field"),
    ("xml/scriptotek__php-marc/oaipmh-bibsys.xml", 82, 7, "the subfield code BIBLIOTEK"),
    ("json/NatLibFi__marc-record-js/constructor_03_metadata.json", 0, 1, "not MARC-in-JSON"),
    ("json/NatLibFi__marc-record-js/constructor_04_metadata.json", 0, 1, "not MARC-in-JSON"),
    ("json/NatLibFi__marc-record-js/constructor_05_metadata.json", 1, 1, "one without fields"),
    ("json/NatLibFi__marc-record-js/constructor_08_metadata.json", 0, 2, "not MARC-in-JSON"),
    ("mrk/gitpan__MARC/badcmpnl.mkr", 4, 1, "fields of ISO 2709 in a leader"),
];

fn folder() -> Option<PathBuf> {
    let folder = env::var_os("TIDEMARC_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: TIDEMARC_CORPUS names no folder of files");
    }
    folder
}

/// Reads the manifest: number of records by path.
fn manifest(folder: &Path) -> BTreeMap<String, usize> {
    let text = fs::read_to_string(folder.join("MANIFEST_xml_json_mrk.tsv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap().split('\t').collect();
    let column = |name| header.iter().position(|column| *column == name).unwrap();
    let (file, records) = (column("file"), column("n_records"));
    let row = |line: &str| {
        let cells: Vec<_> = line.split('\t').collect();
        (cells[file].to_string(), cells[records].parse().unwrap_or(0))
    };
    lines.map(row).collect()
}

/// Returns a short form of a fault.
fn told(given: &Given) -> Option<String> {
    match given {
        Given::Record { .. } => None,
        Given::Fault { kind, reason, number, offset, raw } => {
            let head = raw[..raw.len().min(80)].escape_ascii();
            Some(format!("{number} at {offset}: {kind:?}: {reason}: {head}"))
        }
    }
}

/// Returns the content of a record: leader without lengths and leader/09, tags, indicators, codes,
/// texts.
fn said(record: &Record) -> Vec<String> {
    // Text is UTF-8 if it decodes as such, regardless of leader/09; otherwise MARC-8, also if
    // leader/09 says UTF-8.
    let bytes: Vec<_> =
        record.fields().iter().flat_map(|field| field.as_bytes()).copied().collect();
    let is_utf8 = std::str::from_utf8(&bytes).is_ok();
    let is_silent = bytes.is_ascii() && !record.leader().is_utf8();
    let encoding = if is_utf8 && !is_silent { Encoding::Utf8 } else { Encoding::Marc8 };
    let text = |bytes: &[u8]| encoding.decode(bytes).unwrap().into_owned();
    let leader = record.leader();
    let leader = leader.as_bytes();
    let mut said =
        vec![[&leader[5..9], &leader[10..12], &leader[17..]].concat().escape_ascii().to_string()];
    for field in record.fields() {
        said.push(field.tag().to_string());
        // Code and value are compared together, since a code may be a character of several bytes.
        said.extend(field.as_bytes().split(|&byte| byte == 0x1F).map(text));
    }
    said
}

#[test]
fn every_file_is_read_and_what_is_no_record_is_known() {
    let Some(folder) = folder() else { return };
    let manifest = manifest(&folder);
    let mut problems = Vec::new();
    let mut total = 0;
    for (part, format) in
        [("xml", Format::Marcxml), ("json", Format::Json), ("mrk", Format::Marcmaker)]
    {
        for path in files_below(&folder.join(part)) {
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_string();
            let bytes = fs::read(&path).unwrap();
            let given = read(&bytes, format);
            let records: Vec<_> = given.iter().filter_map(Given::record).collect();
            let faults: Vec<_> = given.iter().filter_map(told).collect();
            total += records.len();
            let expected = KNOWN.iter().find(|(known, ..)| *known == name).map_or_else(
                || (manifest.get(&name).copied().unwrap_or(0), 0),
                |(_, records, faults, _)| (*records, *faults),
            );
            if (records.len(), faults.len()) != expected {
                problems.push((name.clone(), records.len(), faults.len(), expected, faults));
            }
            if !records.is_empty() && name != "xml/NatLibFi__usemarcon/marcfile.cpp" {
                let mut detected = Reader::from_path(&path).unwrap();
                assert_eq!(drain(detected.by_ref()).len(), given.len(), "{name}");
                assert_eq!(detected.format(), Some(format), "{name}");
            }
            let records: Vec<_> = records.into_iter().cloned().collect();
            for target in [Format::Marcxml, Format::Json, Format::Marcmaker, Format::Line] {
                // Some records have undecodable bytes.
                let can = |record: &&Record| Writer::new(Vec::new(), target).write(*record).is_ok();
                let records: Vec<_> = records.iter().filter(can).cloned().collect();
                let (written, notes) = write(&records, target);
                if notes.iter().any(|note| note.is_loss()) {
                    eprintln!("{name}: {target}: {:?}", notes.iter().find(|note| note.is_loss()));
                    continue;
                }
                // Bytes of MARC-8 come back as Unicode, so the text must be the same, not the
                // bytes.
                let again = crate::common::formats::records(&written, target);
                assert_eq!(again.len(), records.len(), "{name} {target}");
                for (again, record) in again.iter().zip(&records) {
                    assert_eq!(said(again), said(record), "{name} {target}");
                }
            }
        }
    }
    eprintln!("{total} records");
    assert!(total > 0 && problems.is_empty(), "{problems:#?}");
}
