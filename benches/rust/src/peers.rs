//! The published crates, each in the way its own documentation reads a file.

use std::hint::black_box;
use std::path::Path;

use marc21::io::{ByteRecordsIter, MarcReadOptions};
use mrrc::boundary_scanner::RecordBoundaryScanner;
use mrrc::rayon_parser_pool::parse_batch_parallel;
use mrrc::{MarcReader, PipelineConfig, ProducerConsumerPipeline};

use crate::{Outcome, Result};

/// Adds up records and fields.
#[derive(Default)]
struct Tally {
    records: u64,
    fields: u64,
}

impl Tally {
    fn add_mrrc(&mut self, record: &mrrc::Record) {
        self.records += 1;
        self.fields += (record.control_fields_iter().count() + record.fields().count()) as u64;
        black_box(record);
    }

    fn outcome(self) -> Outcome {
        Outcome { records: Some(self.records), check: Some(self.fields), ..Outcome::default() }
    }
}

/// mrrc's `MarcReader::from_path` (64 KiB buffer, strict), one record a call.
pub fn mrrc_reader(file: &Path) -> Result<Outcome> {
    let mut reader = MarcReader::from_path(file)?;
    let mut tally = Tally::default();
    while let Some(record) = reader.read_record()? {
        tally.add_mrrc(&record);
    }
    Ok(tally.outcome())
}

/// mrrc's bulk way, as its own benchmark has it: read the whole file, scan it for record ends, parse
/// all records in one `parse_batch_parallel`. Its memory grows with the file.
pub fn mrrc_parallel(file: &Path) -> Result<Outcome> {
    let buffer = std::fs::read(file)?;
    let boundaries = RecordBoundaryScanner::new().scan(&buffer)?;
    let records = parse_batch_parallel(&boundaries, &buffer)?;
    let mut tally = Tally::default();
    records.iter().for_each(|record| tally.add_mrrc(record));
    Ok(tally.outcome())
}

/// The same in calls of 1,000 records, each batch dropped before the next: kinder to memory, and so
/// faster on a long file.
pub fn mrrc_batches(file: &Path) -> Result<Outcome> {
    let buffer = std::fs::read(file)?;
    let boundaries = RecordBoundaryScanner::new().scan(&buffer)?;
    let mut tally = Tally::default();
    for batch in boundaries.chunks(1_000) {
        let records = parse_batch_parallel(batch, &buffer)?;
        records.iter().for_each(|record| tally.add_mrrc(record));
    }
    Ok(tally.outcome())
}

/// mrrc's streaming pipeline with its own defaults: a thread that reads 512 KiB at a time, and
/// `parse_batch_parallel` on each.
pub fn mrrc_pipeline(file: &Path) -> Result<Outcome> {
    let file = file.to_str().ok_or("the path is not UTF-8")?;
    let pipeline = ProducerConsumerPipeline::from_file(file, &PipelineConfig::default())?;
    let mut tally = Tally::default();
    while let Some(record) = pipeline.next()? {
        tally.add_mrrc(&record);
    }
    Ok(tally.outcome())
}

/// The reader of the marc21 crate.
pub fn marc21_reader(file: &Path) -> Result<Outcome> {
    let mut reader = MarcReadOptions::default().try_into_reader_from_path(file)?;
    let mut tally = Tally::default();
    while let Some(record) = reader.next_byte_record() {
        let record = record.map_err(|error| error.to_string())?;
        tally.records += 1;
        tally.fields += record.fields().count() as u64;
        black_box(&record);
    }
    Ok(tally.outcome())
}
