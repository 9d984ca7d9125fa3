//! Regular files, and reads without a wait.

use super::input::{Input, ReadOutcome};
use std::{
    fs::File,
    io::{self, Read},
};

/// The result of a read that must not wait.
pub(super) enum Now {
    /// This many bytes were read; 0 is the end.
    Bytes(usize),
    /// The read would have to wait.
    Wait,
    /// The system cannot say whether the read would have to wait.
    Unknown,
}

/// Reads from the current position of a file, if that needs no wait: bytes in the page cache, a
/// pipe or a socket.
#[cfg(target_os = "linux")]
pub(super) fn read_now(file: &File, buffer: &mut [u8]) -> Now {
    use rustix::io::{Errno, IoSliceMut, ReadWriteFlags, preadv2};
    /// The offset that means the current position of the file.
    const HERE: u64 = u64::MAX;
    match preadv2(file, &mut [IoSliceMut::new(buffer)], HERE, ReadWriteFlags::NOWAIT) {
        Ok(count) => Now::Bytes(count),
        Err(Errno::AGAIN | Errno::INTR) => Now::Wait,
        // An old kernel, or a file system without such reads. Any other error comes again in a read
        // that may wait, and is reported there.
        Err(_) => Now::Unknown,
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn read_now(_: &File, _: &mut [u8]) -> Now {
    Now::Unknown
}

/// Returns true if a file is kept in memory, not on a disk.
#[cfg(target_os = "linux")]
fn is_in_memory(file: &File) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58F6;
    rustix::fs::fstatfs(file).is_ok_and(|system| matches!(system.f_type as u64, TMPFS | RAMFS))
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &File) -> bool {
    false
}

/// The needs of a read of a file, as far as they are known.
#[derive(Debug, Clone, Copy)]
enum Needs {
    /// Unknown: the system says it at each read.
    ToAsk,
    /// No wait.
    Nothing,
    /// Perhaps a wait.
    Patience,
}

/// A regular file. A read of it takes as long as its disk needs, and cannot be interrupted.
#[derive(Debug)]
pub(super) struct RegularFile {
    file: File,
    waits: bool,
    needs: Needs,
}

impl RegularFile {
    pub(super) const fn new(file: File) -> Self {
        Self { file, waits: true, needs: Needs::ToAsk }
    }
}

impl Input for RegularFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        if !self.waits && matches!(self.needs, Needs::ToAsk) {
            match read_now(&self.file, buffer) {
                Now::Bytes(count) => return Ok(ReadOutcome::Bytes(count)),
                Now::Wait => return Ok(ReadOutcome::Pending),
                Now::Unknown => {
                    let in_memory = is_in_memory(&self.file);
                    self.needs = if in_memory { Needs::Nothing } else { Needs::Patience };
                }
            }
        }
        if !self.waits && matches!(self.needs, Needs::Patience) {
            return Ok(ReadOutcome::Pending);
        }
        self.file.read(buffer).map(ReadOutcome::Bytes)
    }

    fn may_be_shared(&mut self) -> bool {
        true
    }

    fn set_waits(&mut self, waits: bool) {
        self.waits = waits;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, fs, io::Write, path::PathBuf, process, vec::Vec};

    fn read_all(mut file: RegularFile, mut waits: impl FnMut() -> bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let mut buffer = [0; 1000];
            file.set_waits(waits());
            match file.read(&mut buffer).unwrap() {
                ReadOutcome::Bytes(0) => return bytes,
                ReadOutcome::Bytes(count) => bytes.extend_from_slice(&buffer[..count]),
                ReadOutcome::Pending => assert!(!file.waits),
            }
        }
    }

    #[test]
    fn a_file_gives_the_same_bytes_with_and_without_waits() {
        let content: Vec<u8> = (0..100_000_u32).map(|at| (at % 251) as u8).collect();
        // A file system that reports waits, one in memory, and one without such reads.
        for folder in [env::temp_dir(), PathBuf::from("/dev/shm"), PathBuf::from(".")] {
            let path = folder.join(std::format!("tidemarc-{}-waits", process::id()));
            let Ok(mut file) = File::create(&path) else { continue };
            file.write_all(&content).unwrap();
            let mut turn = 0;
            let opened = RegularFile::new(File::open(&path).unwrap());
            let found = read_all(opened, || {
                turn += 1;
                turn % 3 == 0
            });
            fs::remove_file(&path).unwrap();
            assert!(found == content, "{}", folder.display());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_in_memory_never_waits_and_one_of_the_kernel_may() {
        let mut file = RegularFile::new(File::open("/proc/self/status").unwrap());
        file.set_waits(false);
        assert_eq!(file.read(&mut [0; 10]).unwrap(), ReadOutcome::Pending);
        file.set_waits(true);
        assert_eq!(file.read(&mut [0; 10]).unwrap(), ReadOutcome::Bytes(10));
    }
}
