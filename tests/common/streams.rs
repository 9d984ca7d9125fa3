//! Sources and outputs of all sorts of behaviour, and waiting for slow events.

use super::build;
use std::{
    io::{self, Read, Write},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Longest wait. A missing event must not hang a test, and a busy machine must not fail it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Locks out other tests: the threads of the whole process are watched, so one test runs at a time.
pub fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes this many records, each with its number in field 001.
pub fn records(count: usize) -> Vec<u8> {
    (0..count).flat_map(|number| build::simple(&format!("id{number:07}"))).collect()
}

/// Returns the length of each of them.
pub fn record_length() -> usize {
    records(1).len()
}

/// Waits until the condition holds, and returns the time that this took.
pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(1));
    }
    start.elapsed()
}

/// An endless source that counts the bytes that were read from it.
pub struct Endless {
    block: Arc<[u8]>,
    at: usize,
    read: Arc<AtomicU64>,
}

impl Endless {
    pub fn new(read: &Arc<AtomicU64>) -> Self {
        Self { block: records(1_000).into(), at: 0, read: Arc::clone(read) }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let rest = &self.block[self.at..];
            let count = rest.len().min(buffer.len() - filled);
            buffer[filled..filled + count].copy_from_slice(&rest[..count]);
            self.at = (self.at + count) % self.block.len();
            filled += count;
        }
        self.read.fetch_add(filled as u64, Ordering::Relaxed);
        Ok(filled)
    }
}

/// An act of a scripted source, one for each read.
pub enum Act {
    Give(Vec<u8>),
    Fail(&'static str),
    Interrupt,
    Panic,
}

/// A source that performs a list of acts.
pub struct Script(pub Vec<Act>);

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Ok(0);
        }
        match self.0.remove(0) {
            Act::Give(bytes) => {
                let count = bytes.len().min(buffer.len());
                buffer[..count].copy_from_slice(&bytes[..count]);
                if count < bytes.len() {
                    self.0.insert(0, Act::Give(bytes[count..].to_vec()));
                }
                Ok(count)
            }
            Act::Fail(message) => Err(io::Error::other(message)),
            Act::Interrupt => Err(io::ErrorKind::Interrupted.into()),
            Act::Panic => panic!("the source was told to panic"),
        }
    }
}

/// A disk without room, to which nothing more is written.
pub struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
