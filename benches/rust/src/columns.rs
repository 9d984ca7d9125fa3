//! Records as tables of Arrow; each batch is dropped.

use std::path::Path;

use tidemarc::{
    ByteRange, Reader, ReaderBuilder,
    columns::{Column, Columns, Preset, Repeat, Scan},
};

use crate::{Outcome, Result};

/// The ten columns: their selectors, and true for lists.
const TEN: [(&str, bool); 10] = [
    ("001", false),
    ("008/7-10", false),
    ("008/35-37", false),
    ("020$a", true),
    ("100$a", false),
    ("245$a", false),
    ("245$b", false),
    ("260$b", false),
    ("260$c", false),
    ("650$a", true),
];

fn ten() -> Result<Columns> {
    let columns = TEN.map(|(selector, is_list)| {
        let repeat = if is_list { Repeat::List } else { Repeat::First };
        Column::select(selector).map(|column| (selector, column.repeat(repeat)))
    });
    let columns = columns.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(Columns::new(columns)?)
}

/// Reads all batches. The number of cells stands for the work.
fn scan(builder: ReaderBuilder, file: &Path, columns: &Columns) -> Result<Outcome> {
    let mut scan = Scan::new(builder.from_path(file)?, columns);
    let (mut records, mut cells) = (0, 0);
    while let Some(batch) = scan.next_batch()? {
        records += batch.num_rows() as u64;
        cells += batch.columns().iter().map(|column| column.len() as u64).sum::<u64>();
    }
    let bytes = Some(scan.stats().bytes());
    Ok(Outcome { records: Some(records), check: Some(cells), bytes, ..Outcome::default() })
}

pub fn default_threads(file: &Path) -> Result<Outcome> {
    scan(Reader::builder(), file, &ten()?)
}

pub fn one_thread(file: &Path) -> Result<Outcome> {
    scan(Reader::builder().threads(1), file, &ten()?)
}

/// Reads both halves of the file at once, by a reader each.
pub fn two_ranges(file: &Path) -> Result<Outcome> {
    let half = std::fs::metadata(file)?.len() / 2;
    let columns = ten()?;
    let read = |range: ByteRange| {
        let outcome = scan(Reader::builder().threads(1).range(range), file, &columns);
        outcome.map_err(|error| error.to_string())
    };
    let (first, second) = std::thread::scope(|scope| {
        let second = scope.spawn(|| read(ByteRange::from(half..)));
        (read(ByteRange::from(0..half)), second.join())
    });
    let (first, second) = (first?, second.map_err(|_| "a thread panicked")??);
    let sum = |one: Option<u64>, other: Option<u64>| Some(one? + other?);
    Ok(Outcome {
        records: sum(first.records, second.records),
        check: sum(first.check, second.check),
        bytes: sum(first.bytes, second.bytes),
        ..Outcome::default()
    })
}

/// Reads two parts of the file at once by one reader, which delivers them in order.
pub fn two_partitions(file: &Path) -> Result<Outcome> {
    scan(Reader::builder().threads(1).partitions(2), file, &ten()?)
}

pub fn nested(file: &Path) -> Result<Outcome> {
    scan(Reader::builder(), file, &Columns::preset(Preset::Nested))
}

pub fn nested_one_thread(file: &Path) -> Result<Outcome> {
    scan(Reader::builder().threads(1), file, &Columns::preset(Preset::Nested))
}
