//! Work on each batch on the thread that parsed it.

use std::fs;
use tidemarc::{ErrorKind, Item, Limits, Parsed, Project, Reader};

/// The control number of each record; panics at one of them.
#[derive(Clone)]
struct Numbers {
    panics_at: &'static [u8],
    limits: Limits,
}

impl Project for Numbers {
    type Output = Vec<Vec<u8>>;

    fn run(&self, batch: &Parsed<'_>, numbers: &mut Self::Output) {
        numbers.clear();
        for record in batch.records() {
            let number = record.control_number().unwrap_or_default();
            numbers.push(number.to_vec());
            if number == self.panics_at {
                // Past the panic hook, which would print.
                std::panic::resume_unwind(Box::new(()));
            }
        }
    }

    fn limits(&self) -> Limits {
        self.limits
    }
}

fn books() -> Vec<u8> {
    fs::read("tests/fixtures/books.mrc").unwrap()
}

fn plain() -> Numbers {
    Numbers { panics_at: b"none", limits: Limits::expensive() }
}

fn all(reader: Reader, project: Numbers) -> Vec<Vec<u8>> {
    let mut reader = reader.project(project);
    let mut all = Vec::new();
    while let Some((batch, numbers)) = reader.next_batch().unwrap() {
        assert_eq!(batch.records().count(), numbers.len());
        all.append(numbers);
    }
    assert_eq!(reader.stats().records, all.len() as u64);
    all
}

#[test]
fn outputs_come_in_the_order_of_the_input_whatever_the_threads_and_the_chunks() {
    let input = books().repeat(30);
    let number = |record: Result<tidemarc::SharedRecord, _>| {
        record.unwrap().view().control_number().unwrap_or_default().to_vec()
    };
    let expected: Vec<_> = Reader::from_bytes(input.clone()).map(number).collect();
    for (threads, chunk_size) in [(1, 65_536), (1, 500), (2, 500), (2, 4_000), (4, 1_000)] {
        for limits in [Limits::default(), Limits::expensive()] {
            let reader = Reader::builder().threads(threads).chunk_size(chunk_size);
            let made = all(reader.from_bytes(input.clone()), Numbers { limits, ..plain() });
            assert!(made == expected, "{threads} threads, chunks of {chunk_size}");
        }
    }
}

#[test]
fn a_projection_that_panics_costs_the_record_that_caused_it() {
    for threads in [1, 2] {
        let reader = Reader::builder().threads(threads).chunk_size(2_000);
        let project = Numbers { panics_at: b"tm000003", ..plain() };
        let mut reader = reader.from_bytes(books()).project(project);
        let (mut count, mut faults) = (0, Vec::new());
        while let Some((batch, numbers)) = reader.next_batch().unwrap() {
            count += numbers.len();
            faults.extend(batch.items().filter_map(|item| match item {
                Item::Fault(error) => Some((error.kind(), error.record_number())),
                Item::Record(_) => None,
            }));
        }
        assert_eq!((count, faults), (59, vec![(ErrorKind::Panic, Some(3))]));
    }
}

#[test]
fn a_projection_that_comes_too_late_is_an_error() {
    let mut reader = Reader::from_bytes(books());
    assert!(reader.next().unwrap().is_ok());
    let mut reader = reader.project(plain());
    let error = reader.next_batch().unwrap_err();
    assert!(error.to_string().contains("was begun"), "{error}");
    assert!(reader.next_batch().unwrap().is_none());
}

/// The lengths of the control numbers of undamaged batches, added up; needs no records.
#[derive(Clone)]
struct Lengths {
    merges: bool,
}

impl Project for Lengths {
    type Output = Vec<usize>;

    fn run(&self, batch: &Parsed<'_>, lengths: &mut Self::Output) {
        lengths.clear();
        lengths
            .extend(batch.records().map(|record| record.control_number().map_or(0, <[u8]>::len)));
    }

    fn needs_records(&self) -> bool {
        false
    }

    fn merge(&self, before: &mut Self::Output, next: &mut Self::Output) -> bool {
        if self.merges {
            before.append(next);
        }
        self.merges
    }
}

/// Returns the outputs, the faults and the counts of a projection, and the number of records in its
/// batches.
fn counted(reader: Reader, project: Lengths) -> (Vec<usize>, Vec<String>, String, usize) {
    let mut reader = reader.project(project);
    let (mut lengths, mut faults, mut delivered) = (Vec::new(), Vec::new(), 0);
    while let Some((batch, output)) = reader.next_batch().unwrap() {
        lengths.append(output);
        delivered += batch.records().count();
        for item in batch.items() {
            match item {
                Item::Fault(error) => faults.push(error.to_string()),
                Item::Record(record) => {
                    faults.extend(record.faults().iter().map(ToString::to_string));
                }
            }
        }
    }
    (lengths, faults, format!("{:?}", reader.stats()), delivered)
}

#[test]
fn records_that_a_projection_does_not_need_are_counted_all_the_same() {
    let mut input = fs::read("tests/fixtures/books-damaged.mrc").unwrap();
    input.extend(books().repeat(4));
    let input = input.repeat(2);
    for repairs in [false, true] {
        // A part has 64 chunks.
        let builder = Reader::builder().repair(repairs).chunk_size(900);
        let reader = |partitions| builder.clone().partitions(partitions).from_bytes(input.clone());
        let whole = counted(reader(1), Lengths { merges: true });
        assert_eq!(whole.3, whole.0.len());
        assert!(!whole.1.is_empty());
        for (partitions, merges) in [(2, true), (2, false), (3, true), (7, false)] {
            let parts = counted(reader(partitions), Lengths { merges });
            assert_eq!((&parts.0, &parts.1, &parts.2), (&whole.0, &whole.1, &whole.2));
            // Only the damaged batches have their records.
            assert!(parts.3 < whole.3 / 2, "{} of {}", parts.3, whole.3);
        }
    }
}
