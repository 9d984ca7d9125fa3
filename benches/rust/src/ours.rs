//! tidemarc's own jobs.

use std::{hint::black_box, path::Path};

use tidemarc::{
    Reader, ReaderBuilder,
    encoding::{DecodeOptions, Encoding, ErrorPolicy, RecordText, TextOptions, subfields},
    format::{Controls, Format, WriteOptions, Writer},
};

use crate::{ONE_RECORD_PASSES, Outcome, Result, threads};

/// Every record, leader and directory checked and fields indexed, batch by batch.
fn read(builder: ReaderBuilder, file: &Path) -> Result<Outcome> {
    let mut reader = builder.from_path(file)?;
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

pub fn default_threads(file: &Path) -> Result<Outcome> {
    read(Reader::builder(), file)
}

pub fn two_threads(file: &Path) -> Result<Outcome> {
    read(Reader::builder().threads(2), file)
}

pub fn one_thread(file: &Path) -> Result<Outcome> {
    read(Reader::builder().threads(1), file)
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

/// The text of every subfield of a file in MARC-8, and of every control field.
pub fn marc8(file: &Path) -> Result<Outcome> {
    let mut reader = Reader::builder().threads(1).from_path(file)?;
    let decode = DecodeOptions::new().policy(ErrorPolicy::Replace);
    let options = TextOptions::new().encoding(Some(Encoding::Marc8)).decode(decode);
    let (mut records, mut count) = (0, 0);
    while let Some(batch) = reader.next_batch()? {
        for record in batch.records() {
            records += 1;
            let view = record.view();
            let text = RecordText::of(&view, options);
            for field in view.fields() {
                let text = text.field(&view, field)?;
                count += subfields(black_box(&text)).count() as u64;
            }
        }
    }
    Ok(Outcome { records: Some(records), check: Some(count), ..Outcome::default() })
}

/// Every record as MARCXML, into nothing.
pub fn xml_write(file: &Path) -> Result<Outcome> {
    let mut reader = Reader::from_path(file)?;
    let options = WriteOptions::new().controls(Controls::Replace);
    let output = std::io::BufWriter::with_capacity(64 << 10, std::fs::File::create("/dev/null")?);
    let mut writer = Writer::with_options(output, Format::Marcxml, options);
    let mut records = 0;
    while let Some(batch) = reader.next_batch()? {
        for record in batch.records() {
            records += 1;
            writer.write(&record.view())?;
        }
    }
    writer.finish()?;
    Ok(Outcome { records: Some(records), ..Outcome::default() })
}
