//! Limits of the machine: reading the file without looking at it, and computing without memory.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::{ONE_RECORD_PASSES, Outcome, Result, threads};

/// `read(2)` into one 64 KiB buffer until the end of the file.
pub fn read_loop(file: &Path) -> Result<Outcome> {
    let mut file = File::open(file)?;
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => bytes += n as u64,
        }
    }
    Ok(Outcome { bytes: Some(bytes), ..Outcome::default() })
}

/// Decompresses a file of gzip into one buffer of 64 KiB, and drops the data.
pub fn gunzip(file: &Path) -> Result<Outcome> {
    let file = BufReader::with_capacity(64 * 1024, File::open(file)?);
    drop_all(flate2::bufread::MultiGzDecoder::new(file))
}

/// Decompresses a file of zstd into one buffer of 64 KiB, and drops the data.
pub fn unzstd(file: &Path) -> Result<Outcome> {
    let file = BufReader::with_capacity(64 * 1024, File::open(file)?);
    drop_all(zstd::stream::read::Decoder::with_buffer(file)?)
}

fn drop_all(mut data: impl Read) -> Result<Outcome> {
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut bytes = 0;
    loop {
        match data.read(&mut buffer)? {
            0 => break,
            n => bytes += n as u64,
        }
    }
    Ok(Outcome { bytes: Some(bytes), ..Outcome::default() })
}

/// Opens the file and closes it, many times: what reading a file of one record is compared with.
pub fn open_and_close(file: &Path) -> Result<Outcome> {
    for _ in 0..ONE_RECORD_PASSES {
        drop(black_box(File::open(file)?));
    }
    Ok(Outcome { records: Some(ONE_RECORD_PASSES), threads: threads(), ..Outcome::default() })
}

/// Steps of [`spin`]: about 0.2 s.
const SPIN_STEPS: u64 = 150_000_000;

/// Arithmetic in registers, in four chains that do not wait for each other: no memory, no system
/// call. Two copies show how much a second processor computes.
pub fn spin(_file: &Path) -> Result<Outcome> {
    let mut chains = [1_u64, 2, 3, 4];
    for step in 0..black_box(SPIN_STEPS) {
        for chain in &mut chains {
            *chain = (*chain ^ step).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23);
        }
    }
    black_box(chains);
    Ok(Outcome::default())
}
