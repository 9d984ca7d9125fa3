//! Times the steps of reading one by one, in one thread, to show the work that a pipeline can
//! distribute.
//!
//! ```sh
//! cargo run --release --example stages FILE
//! ```
//!
//! Each step runs together with those before it, and the difference is its own cost. The framer and
//! the views do no I/O, so their user writes the loop that feeds them: here with a buffer of 64 KiB
//! that grows for a longer record.

use std::{
    env,
    error::Error,
    fs::File,
    io::{self, Read},
    path::Path,
    time::Instant,
};
use tidemarc::{
    RecordRef,
    framing::{FrameKind, Framer, Step},
};

const CHUNK: usize = 64 << 10;
const ROUNDS: usize = 7;

/// A step that runs with those before it, and returns the number of records, if it counts them.
type Stage = fn(&Path) -> io::Result<Option<u64>>;

const STAGES: [(&str, Stage); 3] = [
    ("read", read),
    ("read and frame", |path| frame(path, |_| true)),
    ("read, frame and parse", |path| frame(path, |bytes| RecordRef::parse(bytes).is_ok())),
];

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("usage: stages FILE")?;
    let mut seconds = [[0.0; ROUNDS]; STAGES.len()];
    let mut records = None;
    // The stages take turns, so that a disturbance of the machine affects all of them.
    for round in 0..ROUNDS {
        for ((_, stage), seconds) in STAGES.iter().zip(&mut seconds) {
            let begin = Instant::now();
            records = stage(Path::new(&path))?.or(records);
            seconds[round] = begin.elapsed().as_secs_f64();
        }
    }
    let records = records.filter(|&records| records > 0).ok_or("there are no records")?;
    for ((name, _), mut seconds) in STAGES.into_iter().zip(seconds) {
        seconds.sort_by(f64::total_cmp);
        println!("{name}: {:.1} ns a record", seconds[ROUNDS / 2] * 1e9 / records as f64);
    }
    Ok(())
}

fn read(path: &Path) -> io::Result<Option<u64>> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; CHUNK];
    while file.read(&mut buffer)? > 0 {}
    Ok(None)
}

/// Reads, frames, and counts the records that `accept` accepts.
fn frame(path: &Path, accept: impl Fn(&[u8]) -> bool) -> io::Result<Option<u64>> {
    let mut file = File::open(path)?;
    let mut framer = Framer::new();
    let mut buffer = vec![0; CHUNK];
    // The bytes that have been read and are in no frame yet are `buffer[start..end]`.
    let (mut start, mut end) = (0, 0);
    let mut at_end = false;
    let mut records = 0;
    loop {
        match framer.next(&buffer[start..end], at_end) {
            Step::Frame(frame) => {
                let bytes = &buffer[start..start + frame.length];
                records += u64::from(matches!(frame.kind, FrameKind::Record) && accept(bytes));
                start += frame.length;
            }
            Step::NeedMore(needed) => {
                buffer.copy_within(start..end, 0);
                (start, end) = (0, end - start);
                if buffer.len() < needed {
                    buffer.resize(needed, 0);
                }
                let count = file.read(&mut buffer[end..])?;
                end += count;
                at_end = count == 0;
            }
            Step::End => return Ok(Some(records)),
        }
    }
}
