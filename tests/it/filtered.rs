//! Readers with a filter: everything that is made of them has the records that match, and no others.

use crate::common::build;
use std::{env, fs, sync::atomic::AtomicU64};
use tidemarc::{
    Error, Parsed, Project, Quarantine, Reader, ReaderBuilder, SharedRecord, Stats,
    encoding::Encoding, select::Filter,
};

/// A file of sound records, some with damage, padding or undecodable text between them.
fn input() -> Vec<u8> {
    let mut input = Vec::new();
    for number in 0..2_000 {
        let id = format!("id{number}");
        input.extend(match number % 10 {
            6 => b"\n\n".to_vec(),
            7 => b"x\x1e\x1d".to_vec(),
            8 => build::record(&[("001", id.as_bytes()), ("245", b"10\x1facaf\xe9 x")]),
            _ => build::record(&[("001", id.as_bytes()), ("245", b"10\x1faTitle")]),
        });
    }
    input
}

const FILTERS: [&str; 4] =
    ["001 ~ /[05]$/", "001 ~ /[058]$/ and 245$a ~ 'x'", "not 245$a = 'Title'", "245"];

fn builder(threads: usize) -> ReaderBuilder {
    Reader::builder().threads(threads).chunk_size(5_000).encoding(Encoding::Utf8)
}

fn filter(text: &str) -> Filter {
    text.parse().unwrap()
}

/// Describes a record or a fault: its number, its offset, and its bytes or its kind.
fn item(item: Result<SharedRecord, Error>) -> String {
    match item {
        Ok(record) => format!(
            "{} {} {} {}",
            record.number(),
            record.overall_number(),
            record.offset(),
            String::from_utf8_lossy(record.as_bytes())
        ),
        Err(error) => {
            let (number, offset) = (error.record_number(), error.offset());
            format!("{number:?} {} {offset:?} {:?}", error.overall_number().is_some(), error.kind())
        }
    }
}

/// Returns the items of a reader without a filter, of which the records match.
fn by_hand(reader: Reader, filter: &Filter) -> Vec<String> {
    let is_wanted = |found: &Result<SharedRecord, Error>| match found {
        Ok(record) => filter.matches(record, record.text()).unwrap_or(false),
        Err(_) => true,
    };
    reader.filter(is_wanted).map(item).collect()
}

/// Checks the counts of a reader that has read everything.
fn check(stats: Stats, all: Stats, items: &[String]) {
    let matched = items.len() as u64 - all.faults;
    assert_eq!((stats.records, stats.unmatched), (matched, all.records - matched));
    assert_eq!(stats.record_bytes + stats.unmatched_bytes, all.record_bytes);
    assert_eq!((stats.faults, stats.paddings), (all.faults, all.paddings));
    assert_eq!((stats.bytes(), stats.position()), (all.bytes(), all.position()));
    assert!(stats.complete);
}

#[test]
fn the_records_that_match_keep_their_numbers_and_the_faults_their_places() {
    for text in FILTERS {
        for threads in [1, 3] {
            let expected = by_hand(builder(threads).from_bytes(input()), &filter(text));
            let mut all = builder(threads).from_bytes(input());
            assert!(all.by_ref().count() > expected.len() || text == "245");
            let mut reader = builder(threads).filter(filter(text)).from_bytes(input());
            let items: Vec<_> = reader.by_ref().map(item).collect();
            assert_eq!(items, expected, "{text}");
            check(reader.stats(), all.stats(), &items);
            assert_eq!(reader.stats().undecided > 0, text.contains("$a"), "{text}");
        }
    }
}

#[test]
fn batches_and_projections_have_the_records_that_match() {
    #[derive(Clone)]
    struct Count;
    impl Project for Count {
        type Output = usize;
        fn run(&self, batch: &Parsed<'_>, count: &mut usize) {
            *count = batch.records().count();
        }
    }
    for text in FILTERS {
        let expected = by_hand(builder(3).from_bytes(input()), &filter(text));
        let mut all = builder(3).from_bytes(input());
        let (records, faults) = (all.by_ref().count(), all.stats().faults);
        assert!(records > 1_500);
        let matched = expected.len() - faults as usize;
        let mut reader = builder(3).filter(filter(text)).from_bytes(input()).project(Count);
        let (mut projected, mut items, mut alone) = (0, 0, 0);
        while let Some((batch, count)) = reader.next_batch().unwrap() {
            projected += *count;
            items += batch.items().count();
            alone += batch.records().count();
        }
        assert_eq!((projected, items, alone), (matched, expected.len(), matched), "{text}");
        check(reader.stats(), all.stats(), &expected);
    }
}

#[test]
fn a_reader_continues_where_another_stopped() {
    let filter = filter("001 ~ /[05]$/");
    let expected = by_hand(builder(1).from_bytes(input()), &filter);
    for stop in [1, 2, 17, 200, 399] {
        let mut first = builder(1).filter(filter.clone()).from_bytes(input());
        assert_eq!(first.by_ref().take(stop).count(), stop);
        let second = builder(1).filter(filter.clone()).start(first.position());
        assert_eq!(second.from_bytes(input()).count(), expected.len() - stop, "{stop}");
    }
}

#[test]
fn repairs_count_for_the_records_that_match() {
    let path = "tests/fixtures/books-damaged.mrc";
    let read = |filter: Option<&str>| {
        let mut builder = Reader::builder().repair(true);
        if let Some(text) = filter {
            builder = builder.filter(text.parse().unwrap());
        }
        let mut reader = builder.from_path(path).unwrap();
        let repaired = reader.by_ref().flatten().filter(SharedRecord::is_repaired).count();
        (repaired as u64, reader.stats())
    };
    let (repaired, all) = read(None);
    assert!(repaired > 0 && repaired == all.repaired + all.incomplete);
    for text in ["001", "not 001", "008/35-37 = 'eng'"] {
        let (repaired, stats) = read(Some(text));
        assert_eq!(repaired, stats.repaired + stats.incomplete, "{text}");
        assert_eq!(stats.faults, all.faults, "{text}");
    }
}

#[test]
fn several_files_ranges_and_the_quarantine_work_with_a_filter() {
    let folder = env::temp_dir().join(format!("tidemarc-filtered-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("input.mrc");
    fs::write(&path, input()).unwrap();
    let wanted = filter("001 ~ /[05]$/");
    let paths = [&path, &path];
    let expected = by_hand(builder(3).from_paths(paths).unwrap(), &wanted);
    let reader = builder(3).filter(wanted.clone()).from_paths(paths).unwrap();
    assert_eq!(reader.map(item).collect::<Vec<_>>(), expected);

    let expected = by_hand(builder(1).from_path(&path).unwrap(), &wanted);
    let reader = builder(3).filter(wanted.clone()).partitions(4).from_path(&path).unwrap();
    assert_eq!(reader.map(item).collect::<Vec<_>>(), expected);

    let quarantined = |name: &str, builder: ReaderBuilder| {
        let path_of = folder.join(name);
        let reader = builder.from_path(&path).unwrap();
        let mut reader = reader.with_quarantine(Quarantine::create(&path_of).unwrap());
        while reader.next_batch().unwrap().is_some() {}
        reader.finish().unwrap();
        fs::read(path_of).unwrap()
    };
    let rest = quarantined("all.mrc", builder(3));
    assert!(rest.len() > 100 && rest == quarantined("some.mrc", builder(3).filter(wanted)));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_counter_of_progress_counts_all_bytes() {
    let read = std::sync::Arc::new(AtomicU64::new(0));
    let reader = Reader::builder().filter(filter("not 001")).progress(read.clone());
    let path = "tests/fixtures/books.mrc";
    assert_eq!(reader.from_path(path).unwrap().count(), 0);
    assert_eq!(read.load(std::sync::atomic::Ordering::Relaxed), fs::metadata(path).unwrap().len());
}

#[cfg(feature = "formats")]
mod formats {
    use super::{FILTERS, builder, by_hand, filter, input};
    use tidemarc::{
        Converter, Reader, Summary, Writer,
        format::Format,
        statistics::{Facet, Statistics, StatisticsOptions},
    };

    #[test]
    fn conversions_statistics_and_checks_have_the_records_that_match() {
        for text in FILTERS {
            let reader = || builder(3).filter(filter(text)).from_bytes(input());
            let faults = 200;
            let matched =
                by_hand(builder(3).from_bytes(input()), &filter(text)).len() as u64 - faults;
            let mut writer = Writer::new(Vec::new(), Format::Iso2709);
            let done = Converter::new().skip(|_| {}).run(reader(), &mut writer).unwrap();
            assert_eq!((done.records(), done.faults()), (matched, faults), "{text}");
            assert_eq!((done.stats().records, done.stats().faults), (matched, faults));
            let written: Vec<_> = Reader::from_bytes(writer.finish().unwrap())
                .map(|record| record.unwrap().as_bytes().to_vec())
                .collect();
            let expected: Vec<_> =
                reader().flatten().map(|record| record.as_bytes().to_vec()).collect();
            assert!(written == expected, "{text}");

            let counted = Statistics::of(reader(), StatisticsOptions::new()).unwrap();
            let types = counted.values(Facet::RecordType);
            assert_eq!(types.iter().map(|(_, records)| records).sum::<u64>(), matched);
            assert_eq!(counted.stats().records, matched);

            let summary = Summary::of(reader()).unwrap();
            assert_eq!((summary.stats().records, summary.stats().faults), (matched, faults));
            let headline = summary.headline().to_string();
            assert_eq!(headline.contains("more that do not match"), text != "245", "{headline}");
        }
    }

    #[test]
    fn a_text_format_is_filtered_by_its_content() {
        let text = "=LDR  00000nam  2200000   4500\n=001  a1\n=245  10$aДом é\n\n\
                    =LDR  00000nam  2200000   4500\n=001  a2\n=245  10$aДом\n\n";
        let reader = builder(1).filter(filter("245$a = 'Дом é'")).from_bytes(text.as_bytes());
        let found: Vec<_> = reader.map(|record| record.unwrap().number()).collect();
        assert_eq!(found, [1]);
    }
}

#[cfg(feature = "columns")]
#[test]
fn a_table_has_the_records_that_match() {
    use tidemarc::columns::{Column, Columns, Metadata, Scan};
    for text in FILTERS {
        let columns = Columns::new([
            ("n", Column::metadata(Metadata::RecordNo)),
            ("id", Column::select("001").unwrap()),
        ]);
        let columns = columns.unwrap();
        let reader = |builder: ReaderBuilder| builder.skip_faults(true).from_bytes(input());
        let batches = |scan: Scan| scan.map(Result::unwrap).collect::<Vec<_>>();
        let expected = batches(Scan::matching(reader(builder(1)), &columns, filter(text)));
        let found = batches(Scan::new(reader(builder(3).filter(filter(text))), &columns));
        assert_eq!(found, expected, "{text}");
    }
}
