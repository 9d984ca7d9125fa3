//! Counts the records of a file, as fast as they can be read.
//!
//! ```sh
//! cargo run --release --example count FILE [THREADS]
//! ```
//!
//! `-` for FILE is the standard input. Prints the number of records and faults, and the time in
//! seconds. The exit status is 1 if the file cannot be read to its end. Faults are counted, and are
//! not an error.

use std::{env, error::Error, io, process::ExitCode, time::Instant};
use tidemarc::Reader;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("count: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let file = arguments.next().ok_or("usage: count FILE [THREADS]")?;
    let mut builder = Reader::builder();
    if let Some(threads) = arguments.next() {
        let threads = threads.to_str().and_then(|threads| threads.parse().ok());
        builder = builder.threads(threads.ok_or("THREADS must be a number")?);
    }

    let begin = Instant::now();
    let mut reader =
        if file == "-" { builder.from_reader(io::stdin()) } else { builder.from_path(file)? };
    // A batch is borrowed, and not even a reference is counted: this is the cheapest way to visit
    // each record.
    let mut met = 0;
    while let Some(batch) = reader.next_batch()? {
        met += batch.records().count() as u64;
    }
    let seconds = begin.elapsed().as_secs_f64();

    // The reader counts too, and also knows the faults and bytes.
    let stats = reader.stats();
    assert_eq!(met, stats.records);
    println!("{} records, {} faults, {seconds:.6} seconds", stats.records, stats.faults);
    Ok(())
}
