//! Prints the control number and the title of each record of a file.
//!
//! ```sh
//! cargo run --example titles FILE
//! ```
//!
//! A fault, or undecodable text, is reported on the standard error in its place; the exit status is
//! then 1.

use std::{
    env,
    error::Error,
    io::{self, Write},
    process::ExitCode,
};
use tidemarc::{Reader, RecordRef, Tag, encoding::Encoding};

const CONTROL_NUMBER: Tag = Tag::new(*b"001");
const TITLE: Tag = Tag::new(*b"245");

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("titles: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the number of records that could not be shown.
fn run() -> Result<u64, Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("usage: titles FILE")?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut problems = 0;
    for record in Reader::from_path(path)? {
        // A fault stands in the place of one record; the records after it still follow.
        let line = record.map_err(|fault| fault.to_string()).and_then(|record| {
            line(record.view()).map_err(|error| format!("record {}: {error}", record.number()))
        });
        match line {
            Ok(line) => writeln!(out, "{line}")?,
            Err(error) => {
                out.flush()?;
                eprintln!("titles: {error}");
                problems += 1;
            }
        }
    }
    out.flush()?;
    Ok(problems)
}

/// Returns the control number, and the title proper with its remainder: 245 $a and $b.
fn line<'a>(record: RecordRef<'a>) -> Result<String, String> {
    let encoding = Encoding::of(record.leader());
    let decode = |tag: Tag, bytes: &'a [u8]| {
        encoding
            .decode(bytes)
            .map_err(|error| format!("field {tag}: {error} in \"{}\"", bytes.escape_ascii()))
    };
    let mut line = match record.control_field(CONTROL_NUMBER) {
        Some(field) => decode(CONTROL_NUMBER, field.data)?.to_string(),
        None => String::from("(no 001)"),
    };
    if let Some(field) = record.data_field(TITLE) {
        for subfield in field.subfields().filter(|subfield| b"ab".contains(&subfield.code)) {
            line.push(' ');
            line.push_str(&decode(TITLE, subfield.value)?);
        }
    }
    Ok(line)
}
