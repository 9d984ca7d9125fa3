//! The damage that files come to, built here: what of it is delivered, with which content, and how
//! each fault is placed.

use crate::common::{
    build,
    corpus::fixture_records,
    forge::{self, FieldText},
    observe,
    oracle::{self, Rules},
};
use std::{collections::BTreeMap, sync::LazyLock};
use tidemarc::{
    Error,
    ErrorKind::{
        self, BaseAddress, Directory, DirectoryLength, FieldPositions, FieldTerminator, Leader,
        RecordLength, RecordTerminator,
    },
    Reader, RecordRef,
    Severity::{self, LostField, LostRecord, Repaired},
};

mod damages;
mod losses;
mod neighbours;

const COUNT: usize = 2_000;
/// The record that is damaged, unless every one is.
const VICTIM: usize = 1_000;

/// The fields of a record, owned.
type Content = Vec<(String, Vec<u8>)>;

fn content(record: RecordRef<'_>) -> Content {
    record.fields().map(|field| (field.tag().to_string(), field.as_bytes().to_vec())).collect()
}

fn content_of(fields: &[FieldText]) -> Content {
    fields.iter().map(|(tag, data)| (tag.to_string(), data.clone())).collect()
}

/// The control number of a record of these fields.
fn id_of(fields: &[FieldText]) -> &str {
    std::str::from_utf8(&fields[0].1).unwrap()
}

/// The fields of the fixture's records, whose tags stay as long as the program runs.
static FIXTURE_LIBRARY: LazyLock<Vec<Vec<FieldText>>> = LazyLock::new(|| {
    let fields = |record: &Vec<u8>| {
        let fields = content(RecordRef::parse(record).unwrap());
        fields.into_iter().map(|(tag, data)| (&*tag.leak(), data)).collect()
    };
    fixture_records("books.mrc").iter().map(fields).collect()
});

/// What a reader that repairs gave: the content of each record by control number, and every fault,
/// those of delivered records too, but for what is only unusual.
#[derive(Default)]
struct Outcome {
    records: BTreeMap<String, Content>,
    faults: Vec<Error>,
}

impl Outcome {
    fn kinds(&self) -> Vec<(ErrorKind, Severity)> {
        self.faults.iter().map(|fault| (fault.kind(), fault.severity())).collect()
    }
}

fn read(input: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    let mut end = 0;
    for result in observe::iso2709().repair(true).from_bytes(input.to_vec()) {
        match result {
            Ok(record) => {
                let id = record.view().control_number().unwrap_or_default().to_vec();
                let id = String::from_utf8(id).unwrap();
                let view = record.view();
                assert!(outcome.records.insert(id, content(view)).is_none(), "twice");
                assert!(record.offset() >= end);
                end = record.offset() + view.as_bytes().len() as u64;
                outcome.faults.extend(
                    record.faults().into_iter().filter(|f| f.severity() > Severity::Information),
                );
            }
            Err(error) => {
                // The bytes of a fault are those of the input at its offset.
                let offset = error.offset().unwrap() as usize;
                assert_eq!(error.raw(), &input[offset..offset + error.length() as usize]);
                outcome.faults.push(error);
            }
        }
    }
    outcome
}

/// Asserts that these records came out, with the right content, and no other.
fn assert_delivered(outcome: &Outcome, library: &[Vec<FieldText>], lost: &[usize], what: &str) {
    for (number, fields) in library.iter().enumerate() {
        let found = outcome.records.get(id_of(fields));
        if lost.contains(&number) {
            assert!(found.is_none(), "{what}: record {number} is there");
        } else {
            assert!(found == Some(&content_of(fields)), "{what}: record {number}: {found:?}");
        }
    }
    assert_eq!(outcome.records.len(), library.len() - lost.len(), "{what}: count");
}

fn put(fields: &[FieldText], at: usize, bytes: &[u8]) -> Vec<u8> {
    build::put(forge::record(fields), at, bytes)
}

fn characters(content: &[u8]) -> usize {
    std::str::from_utf8(content).unwrap().chars().count()
}

/// The fields with a byte of the title replaced.
fn with_title(fields: &[FieldText], change: impl Fn(&mut Vec<u8>)) -> Vec<FieldText> {
    let mut fields = fields.to_vec();
    let title = fields.iter_mut().find(|(tag, _)| *tag == "245").unwrap();
    change(&mut title.1);
    fields
}
