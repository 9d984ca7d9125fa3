//! Signals that end the process: Ctrl-C and its like.
//!
//! An output file has a temporary name until it is complete, so its old contents are safe in any
//! case. This module also removes the temporary file.

use super::shown;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};
use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// A file that is being written.
#[derive(Debug, Clone)]
struct Unfinished {
    number: u64,
    temporary: PathBuf,
    /// Path of the file that it will replace.
    target: PathBuf,
}

/// The files that are being written.
static UNFINISHED: Mutex<Registry> = Mutex::new(Registry { last: 0, files: Vec::new() });

#[derive(Debug)]
struct Registry {
    /// Number of the file that was added last.
    last: u64,
    files: Vec<Unfinished>,
}

impl Registry {
    fn add(&mut self, temporary: PathBuf, target: PathBuf) -> Unfinishing {
        self.last += 1;
        self.files.push(Unfinished { number: self.last, temporary, target });
        Unfinishing(self.last)
    }
}

/// True while a pager is shown: Ctrl-C is then for the pager.
static PAGER_IS_OPEN: AtomicBool = AtomicBool::new(false);

/// Registers a temporary file until it is dropped.
#[derive(Debug)]
pub(super) struct Unfinishing(u64);

impl Unfinishing {
    /// Has a temporary file made and registers it. A signal between the two waits, so that the file
    /// is always removed. `make` returns `None` if it must be tried again.
    ///
    /// # Errors
    /// Those of `make`.
    pub(super) fn making<T, E>(
        target: &Path,
        make: impl Fn() -> Result<Option<T>, E>,
        temporary: impl FnOnce(&T) -> Option<PathBuf>,
    ) -> Result<(T, Option<Self>), E> {
        loop {
            let mut files = unfinished();
            if let Some(made) = make()? {
                let path = temporary(&made);
                let unfinishing = path.map(|path| files.add(path, target.to_owned()));
                return Ok((made, unfinishing));
            }
            drop(files);
            // A signal has its turn here.
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Unfinishing {
    fn drop(&mut self) {
        unfinished().files.retain(|file| file.number != self.0);
    }
}

fn unfinished() -> MutexGuard<'static, Registry> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Leaves Ctrl-C to the pager, or takes it back.
pub(super) fn set_pager_is_open(is_open: bool) {
    PAGER_IS_OPEN.store(is_open, Ordering::Relaxed);
}

/// Starts the thread that waits for signals.
///
/// # Errors
/// Returns errors of the operating system.
pub(super) fn watch() -> io::Result<()> {
    // A program that was started with a signal ignored, as by `nohup`, keeps ignoring it.
    let ignored = ignored();
    let is_heeded = |signal: &i32| ignored >> (signal - 1) & 1 == 0;
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP].iter().filter(|it| is_heeded(it)))?;
    thread::Builder::new().name("tidemarc-signals".into()).spawn(move || {
        for signal in signals.forever() {
            if signal == SIGINT && PAGER_IS_OPEN.load(Ordering::Relaxed) {
                continue;
            }
            end(signal);
        }
    })?;
    Ok(())
}

/// Returns the set of signals that this process ignores: bit 0 is signal 1. Only Linux shows it.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).unwrap_or(0)
}

/// Removes the temporary files, says so, and ends the process as this signal does.
fn end(signal: i32) {
    let files = unfinished();
    let mut text = String::from("\ntidemarc: interrupted");
    // A file may have got its final name in this moment: then it is complete.
    let is_removed = |file: &&Unfinished| fs::remove_file(&file.temporary).is_ok();
    let removed: Vec<_> = files.files.iter().filter(is_removed).collect();
    match &removed[..] {
        [] => {}
        [file] => text.push_str(&format!("; {} is unchanged", shown::path(&file.target))),
        several => text.push_str(&format!("; {} files are unchanged", several.len())),
    }
    let _ = writeln!(io::stderr(), "{text}");
    let _ = emulate_default_handler(signal);
}
