//! tidemarc's own jobs.

use std::path::Path;

use tidemarc::Reader;

use crate::{ONE_RECORD_PASSES, Outcome, Result, threads};

/// Every record, leader and directory checked and fields indexed, batch by batch.
fn read(file: &Path, threads: usize) -> Result<Outcome> {
    let mut reader = Reader::builder().threads(threads).from_path(file)?;
    let (mut records, mut fields) = (0, 0);
    while let Some(batch) = reader.next_batch()? {
        for record in batch.records() {
            records += 1;
            fields += record.field_count() as u64;
        }
    }
    let bytes = Some(reader.stats().bytes());
    Ok(Outcome { records: Some(records), check: Some(fields), bytes, ..Outcome::default() })
}

pub fn two_threads(file: &Path) -> Result<Outcome> {
    read(file, 2)
}

pub fn one_thread(file: &Path) -> Result<Outcome> {
    read(file, 1)
}

/// Opens, reads and closes a file of one record, many times; looks at the threads while it is open.
pub fn one_record(file: &Path) -> Result<Outcome> {
    let mut outcome = Outcome { records: Some(ONE_RECORD_PASSES), ..Outcome::default() };
    for pass in 0..ONE_RECORD_PASSES {
        let mut reader = Reader::from_path(file)?;
        let record = reader.next().ok_or("a file of one record has none")??;
        if pass == 0 {
            outcome.threads = threads();
        }
        if reader.next().is_some() {
            return Err("a file of one record has two".into());
        }
        outcome.check = Some(outcome.check.unwrap_or(0) + record.view().field_count() as u64);
    }
    Ok(outcome)
}
