//! A compressed input gives the same by one thread, by several, in chunks of any size, and one byte a
//! read, also if it is damaged: the same records and errors, and the same positions in the compressed
//! input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Read};
use tidemarc::{Reader, ReaderBuilder};
use tidemarc_fuzz::is_archive;

/// A source that gives one byte a read.
struct Trickle(Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

/// The outcome of a reader.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// The bytes of each record, and the text of each fault and error.
    items: Vec<Result<Vec<u8>, String>>,
    position: u64,
    complete: bool,
    compressed_bytes: Option<u64>,
}

fn outcome(mut reader: Reader) -> Outcome {
    let items = reader.by_ref().map(|item| match item {
        Ok(record) => Ok(record.raw().to_vec()),
        Err(error) => Err(error.to_string()),
    });
    let items = items.collect();
    let stats = reader.stats();
    let (position, complete) = (stats.position(), stats.complete);
    Outcome { items, position, complete, compressed_bytes: stats.compressed_bytes }
}

fn builder(threads: usize, chunk_size: usize) -> ReaderBuilder {
    Reader::builder().max_record_length(1_000).max_ratio(20).threads(threads).chunk_size(chunk_size)
}

fuzz_target!(|data: &[u8]| {
    let alone = outcome(builder(1, 64).from_bytes(data.to_vec()));
    let helped = outcome(builder(3, 64).from_bytes(data.to_vec()));
    assert_eq!(helped, alone, "3 threads");
    let whole = outcome(builder(1, 1 << 16).from_bytes(data.to_vec()));
    assert_eq!(alone, whole, "chunks of 64 bytes");
    if !is_archive(data) {
        let trickle = Trickle(Cursor::new(data.to_vec()));
        let trickled = outcome(builder(1, 1 << 16).from_reader(trickle));
        assert_eq!(trickled, whole, "one byte a read");
    }
});
