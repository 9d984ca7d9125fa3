//! Finds the titles in a stream of MARC records through one buffer of 4 KiB: no `std`, no
//! allocator, no thread.
//!
//! On a computer it reads a file, a few bytes at a time, as from a serial line:
//!
//! ```sh
//! cargo run --example embedded [FILE]
//! ```
//!
//! For a microcontroller the same file is a firmware: `make embedded` builds it for a Cortex-M3. A
//! record that does not fit the buffer is a fault (`OverLong`), and the stream continues after it.

#![cfg_attr(target_os = "none", no_std, no_main)]

use tidemarc::{
    Fault, RecordRef, Tag,
    framing::{Frame, FrameKind, Framer, Step},
};

/// Length of the buffer in bytes, and so of the longest record that can be read.
const CAPACITY: usize = 4096;

const TITLE_STATEMENT: Tag = Tag::new(*b"245");

/// The result for one record.
enum Finding<'a> {
    /// The first 245 $a, in the record's own encoding.
    Title(&'a [u8]),
    /// A sound record that has no title.
    Untitled,
    /// A damaged record, or one that is longer than the buffer.
    Fault(Fault),
}

/// Reads records to the end of the input and reports each, with its number from 1 and the offset
/// of its first byte.
///
/// `read` fills the front of a slice that is never empty, and returns the number of bytes it has
/// written; 0 is the end.
fn find_titles(
    mut read: impl FnMut(&mut [u8]) -> usize,
    mut report: impl FnMut(u32, u64, Finding<'_>),
) {
    let mut framer = Framer::with_max_record_length(CAPACITY);
    let mut buffer = [0; CAPACITY];
    // The bytes that have arrived and are in no frame yet are `buffer[start..end]`.
    let (mut start, mut end) = (0, 0);
    let mut at_end = false;
    let mut number = 0;
    loop {
        let offset = framer.offset();
        match framer.next(&buffer[start..end], at_end) {
            Step::Frame(Frame { kind, length }) => {
                let bytes = &buffer[start..start + length];
                start += length;
                let finding = match kind {
                    FrameKind::Record => title(bytes),
                    FrameKind::Fault(fault) => Finding::Fault(fault),
                    FrameKind::FaultContinued
                    | FrameKind::Padding
                    | FrameKind::PaddingContinued
                    | FrameKind::Descriptor => {
                        continue;
                    }
                };
                number += 1;
                report(number, offset, finding);
            }
            Step::NeedMore(needed) => {
                buffer.copy_within(start..end, 0);
                (start, end) = (0, end - start);
                // The framer never asks for more than its limit, which is the size of the buffer.
                while end < needed && !at_end {
                    let arrived = read(&mut buffer[end..]);
                    at_end = arrived == 0;
                    end += arrived;
                }
            }
            Step::End => return,
        }
    }
}

fn title(bytes: &[u8]) -> Finding<'_> {
    match RecordRef::parse(bytes) {
        Ok(record) => record
            .data_field(TITLE_STATEMENT)
            .and_then(|field| field.subfield(b'a'))
            .map_or(Finding::Untitled, Finding::Title),
        Err(fault) => Finding::Fault(fault),
    }
}

#[cfg(not(target_os = "none"))]
fn main() -> std::io::Result<()> {
    use std::io::Read as _;

    const BOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/books.mrc");
    /// Number of bytes that a small UART holds for its driver.
    const FIFO: usize = 16;

    let mut file = std::fs::File::open(std::env::args_os().nth(1).unwrap_or(BOOKS.into()))?;
    let mut failure = None;
    let read = |into: &mut [u8]| {
        let room = into.len().min(FIFO);
        file.read(&mut into[..room]).unwrap_or_else(|error| {
            failure = Some(error);
            0
        })
    };
    let (mut titles, mut faults) = (0, 0);
    find_titles(read, |number, offset, finding| match finding {
        Finding::Title(text) => {
            titles += 1;
            match std::str::from_utf8(text) {
                Ok(text) => println!("{number}: {text}"),
                Err(_) => println!("{number}: {}", text.escape_ascii()),
            }
        }
        Finding::Untitled => println!("{number}: (no title)"),
        Finding::Fault(fault) => {
            faults += 1;
            println!("{number}: at byte {offset}: {fault}");
        }
    });
    println!("titles: {titles}, faults: {faults}, buffer: {CAPACITY} bytes");
    failure.map_or(Ok(()), Err)
}

/// The firmware: reads a record from flash and stores the results where a debugger sees them. On a
/// board, `read` takes its bytes from a UART or a memory card, and the board's own runtime calls
/// the entry point.
#[cfg(target_os = "none")]
mod firmware {
    use super::{Finding, find_titles};
    use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
    use tidemarc::ErrorKind;

    static FLASH: &[u8] =
        b"00063nam a2200049   4500001000600000245000700006\x1eocm01\x1e10\x1faHi\x1e\x1d";

    #[unsafe(no_mangle)]
    static TITLES: AtomicU32 = AtomicU32::new(0);
    #[unsafe(no_mangle)]
    static LONGEST_TITLE: AtomicUsize = AtomicUsize::new(0);
    #[unsafe(no_mangle)]
    static OVER_LONG: AtomicU32 = AtomicU32::new(0);
    #[unsafe(no_mangle)]
    static DAMAGED: AtomicU32 = AtomicU32::new(0);

    #[unsafe(no_mangle)]
    extern "C" fn _start() -> ! {
        let mut rest = FLASH;
        let read = |into: &mut [u8]| {
            let (arrived, later) = rest.split_at(rest.len().min(into.len()));
            into[..arrived.len()].copy_from_slice(arrived);
            rest = later;
            arrived.len()
        };
        find_titles(read, |_number, _offset, finding| {
            let count = match finding {
                Finding::Title(title) => {
                    LONGEST_TITLE.fetch_max(title.len(), Relaxed);
                    &TITLES
                }
                Finding::Untitled => return,
                Finding::Fault(fault) if fault.kind() == ErrorKind::OverLong => &OVER_LONG,
                Finding::Fault(_) => &DAMAGED,
            };
            count.fetch_add(1, Relaxed);
        });
        halt()
    }

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        halt()
    }

    fn halt() -> ! {
        loop {
            core::hint::spin_loop();
        }
    }
}
