//! The floor: what it costs to read the file and do nothing with it.

use std::fs::File;
use std::hint::black_box;
use std::io::Read;
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

/// Opens the file and closes it, many times: what reading a file of one record is compared with.
pub fn open_and_close(file: &Path) -> Result<Outcome> {
    for _ in 0..ONE_RECORD_PASSES {
        drop(black_box(File::open(file)?));
    }
    Ok(Outcome { records: Some(ONE_RECORD_PASSES), threads: threads(), ..Outcome::default() })
}
