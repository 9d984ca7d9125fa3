//! Regular files, and reading no more than what can be had without a wait.

use super::input::{Arrival, Input};
use std::{
    fs::File,
    io::{self, Read},
};

/// What a read that must not wait brought.
pub(super) enum Now {
    /// So many bytes; 0 is the end.
    Bytes(usize),
    /// A wait is needed.
    Wait,
    /// The system cannot tell whether a wait is needed.
    Unknown,
}

/// Reads from where a file stands, if that takes no wait: what is in the page cache, a pipe or a
/// socket.
#[cfg(target_os = "linux")]
pub(super) fn read_now(file: &File, buffer: &mut [u8]) -> Now {
    use rustix::io::{Errno, IoSliceMut, ReadWriteFlags, preadv2};
    /// To the system this offset means where the file stands.
    const HERE: u64 = u64::MAX;
    match preadv2(file, &mut [IoSliceMut::new(buffer)], HERE, ReadWriteFlags::NOWAIT) {
        Ok(count) => Now::Bytes(count),
        Err(Errno::AGAIN | Errno::INTR) => Now::Wait,
        // An old kernel, or a file system that has no such reads. Any other error comes again where a
        // wait is allowed, and is told there.
        Err(_) => Now::Unknown,
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn read_now(_: &File, _: &mut [u8]) -> Now {
    Now::Unknown
}

/// Whether a file lies in memory and has no disk behind it.
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

/// What a read of a file needs, as far as it is known.
#[derive(Debug, Clone, Copy)]
enum Needs {
    /// The system says it at each read.
    ToAsk,
    /// Never a wait.
    Nothing,
    /// Perhaps a wait.
    Patience,
}

/// A regular file. A read of it lasts as long as its disk takes, and cannot be called off.
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
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        if !self.waits && matches!(self.needs, Needs::ToAsk) {
            match read_now(&self.file, buffer) {
                Now::Bytes(count) => return Ok(Arrival::Bytes(count)),
                Now::Wait => return Ok(Arrival::Pending),
                Now::Unknown => {
                    let in_memory = is_in_memory(&self.file);
                    self.needs = if in_memory { Needs::Nothing } else { Needs::Patience };
                }
            }
        }
        if !self.waits && matches!(self.needs, Needs::Patience) {
            return Ok(Arrival::Pending);
        }
        self.file.read(buffer).map(Arrival::Bytes)
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
                Arrival::Bytes(0) => return bytes,
                Arrival::Bytes(count) => bytes.extend_from_slice(&buffer[..count]),
                Arrival::Pending => assert!(!file.waits),
            }
        }
    }

    #[test]
    fn a_file_gives_the_same_bytes_with_and_without_waits() {
        let content: Vec<u8> = (0..100_000_u32).map(|at| (at % 251) as u8).collect();
        // A file system that tells of waits, one in memory, and what has no such reads at all.
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
        assert_eq!(file.read(&mut [0; 10]).unwrap(), Arrival::Pending);
        file.set_waits(true);
        assert_eq!(file.read(&mut [0; 10]).unwrap(), Arrival::Bytes(10));
    }
}
