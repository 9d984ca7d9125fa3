//! Work on each batch on the thread that parsed it.

use std::fs;
use tidemarc::{ErrorKind, Item, Limits, Parsed, Project, Quarantine, Reader};

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
fn counted(
    reader: Reader,
    project: impl Project<Output = Vec<usize>>,
) -> (Vec<usize>, Vec<String>, String, usize) {
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

/// Returns what the quarantine and the padding of a reader get.
fn set_aside(reader: Reader) -> [Vec<u8>; 3] {
    let outputs = [(); 3].map(|()| Shared::default());
    let [bytes, report, padding] = outputs.clone();
    let quarantine = Quarantine::new(bytes).report(report).padding(padding);
    let found = counted(reader.with_quarantine(quarantine), Lengths { merges: true });
    assert!(!found.0.is_empty());
    outputs.map(|output| output.0.lock().unwrap().clone())
}

#[test]
fn the_quarantine_and_the_padding_of_batches_without_records_are_whole() {
    // Long runs of padding and of junk, and short ones between the records.
    let record = books()[..1_105].to_vec();
    let mut input = books().repeat(3);
    input.extend([b' '; 40_000]);
    input.extend([&record[..], b"\r\n"].concat().repeat(40));
    input.extend([b'x'; 150_000]);
    input.extend(books().repeat(3));
    input.extend([0; 30_000]);
    for limit in [10_000, 100_000_000] {
        let builder = Reader::builder().chunk_size(900).max_record_length(limit);
        let reader = |partitions| builder.clone().partitions(partitions).from_bytes(input.clone());
        let whole = set_aside(reader(1));
        assert!(whole.iter().all(|bytes| !bytes.is_empty()));
        for partitions in [2, 3, 7] {
            assert!(set_aside(reader(partitions)) == whole, "{partitions} parts, limit {limit}");
        }
    }
}

#[test]
fn a_range_without_its_records_begins_with_the_first_of_them() {
    let input = books().repeat(6);
    for range in [0..400_000, 1..400_000, 1_000..400_000, 75_000..75_001, 300_000..999_999] {
        let builder = Reader::builder().chunk_size(700).range(range.clone());
        let stats = |partitions| {
            let reader = builder.clone().partitions(partitions).from_bytes(input.clone());
            counted(reader, Lengths { merges: true }).2
        };
        assert_eq!(stats(3), stats(1), "{range:?}");
    }
}

#[test]
fn a_part_that_begins_far_inside_other_data_is_found() {
    // No frame begins within 1 MiB of some parts.
    let far = 5 << 20;
    let mut lines = fs::read("tests/fixtures/books.mrk").unwrap_or_default();
    lines.extend(b"=500  \\\\$a".iter().chain(&vec![b'y'; far]));
    for (junk, text) in [(vec![0; far], false), (vec![b'x'; far], false), (lines, true)] {
        let books = if text { junk[..junk.len() - far - 10].to_vec() } else { books() };
        let input = [books.repeat(9), junk, books.repeat(9)].concat();
        let builder = Reader::builder().chunk_size(4_096).max_record_length(100_000);
        let reader = |partitions| builder.clone().partitions(partitions).from_bytes(input.clone());
        let whole = counted(reader(1), Lengths { merges: true });
        for partitions in [2, 5] {
            let parts = counted(reader(partitions), Lengths { merges: true });
            assert!((&parts.0, &parts.1, &parts.2) == (&whole.0, &whole.1, &whole.2));
            // The same with records.
            let parts = counted(reader(partitions), NeedsRecords);
            assert!(parts == (whole.0.clone(), whole.1.clone(), whole.2.clone(), whole.0.len()));
        }
    }
}

/// The same lengths, of batches that have their records.
#[derive(Clone)]
struct NeedsRecords;

impl Project for NeedsRecords {
    type Output = Vec<usize>;

    fn run(&self, batch: &Parsed<'_>, lengths: &mut Self::Output) {
        Lengths { merges: false }.run(batch, lengths);
    }
}

/// A projection that panics in `merge`.
#[derive(Clone)]
struct Breaking;

impl Project for Breaking {
    type Output = Vec<usize>;

    fn run(&self, batch: &Parsed<'_>, lengths: &mut Self::Output) {
        Lengths { merges: false }.run(batch, lengths);
    }

    fn needs_records(&self) -> bool {
        false
    }

    fn merge(&self, before: &mut Self::Output, next: &mut Self::Output) -> bool {
        if before.len() > 100 {
            std::panic::resume_unwind(Box::new(()));
        }
        before.append(next);
        true
    }
}

#[test]
fn a_panic_in_a_merge_ends_the_stream_with_an_error() {
    let reader = Reader::builder().partitions(2).chunk_size(4_000).from_bytes(books().repeat(9));
    let mut reader = reader.project(Breaking);
    let error = loop {
        match reader.next_batch() {
            Ok(batch) => assert!(batch.is_some(), "an end"),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("panicked while it merged"), "{error}");
    // What was counted before is delivered.
    assert!(reader.stats().records > 100);
}

/// Bytes that several writers share.
#[derive(Clone, Default)]
struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
