//! A program without `std` and without an allocator, which uses all of tidemarc's core.
//!
//! It is the build that counts. A static library is a whole program to rustc, so if anything it
//! reaches needs an allocator, rustc finds none and refuses; and if anything brings in `std`, its
//! panic handler clashes with the one below.

#![no_std]

use core::fmt::{self, Write as _};
use tidemarc::{
    Field, RecordRef, Tag, encoding,
    framing::{Frame, FrameKind, Framer, Step, recognise},
};

const CAPACITY: usize = 4096;

/// Frames and reads what stands in the first `length` bytes of the buffer, and returns a number
/// that depends on all that was read, so that none of it is optimised away.
#[unsafe(no_mangle)]
pub extern "C" fn tidemarc_read_everything(buffer: &[u8; CAPACITY], length: usize) -> u64 {
    let mut sum = Sum(0);
    let mut framer = Framer::with_max_record_length(CAPACITY).repairs(true);
    let mut rest = &buffer[..length.min(CAPACITY)];
    if let Some(format) = recognise(rest) {
        sum.show(format_args!("{format}"));
    }
    while let Step::Frame(Frame { kind, length }) = framer.next(rest, true) {
        let (frame, later) = rest.split_at(length);
        rest = later;
        match kind {
            FrameKind::Record => read_record(frame, &mut sum),
            FrameKind::Fault(fault) => sum.show(format_args!("{} {fault}", fault.kind().name())),
            FrameKind::FaultContinued
            | FrameKind::Padding
            | FrameKind::PaddingContinued
            | FrameKind::Descriptor => sum.add(frame),
        }
    }
    sum.0.wrapping_add(framer.offset())
}

fn read_record(bytes: &[u8], sum: &mut Sum) {
    let record = match RecordRef::parse(bytes) {
        Ok(record) => record,
        Err(fault) => return sum.show(format_args!("{fault}")),
    };
    sum.show(format_args!("{:?}", record.leader()));
    for entry in record.directory() {
        sum.show(format_args!("{entry:?}"));
    }
    for field in record.fields() {
        sum.show(format_args!("{}", field.tag()));
        match field {
            Field::Control(control) => sum.add(control.data),
            Field::Data(data) => {
                let indicators = data.indicators();
                sum.add(&[indicators.first, indicators.second]);
                for subfield in data.subfields() {
                    sum.add(&[subfield.code]);
                    sum.add(subfield.value);
                }
            }
        }
    }
    sum.add(record.control_number().unwrap_or_default());
    let title = record.data_field(Tag::new(*b"245")).and_then(|field| field.subfield(b'a'));
    sum.add(title.unwrap_or_default());
    let encoding = encoding::detect(&record, None).encoding;
    for char in encoding.chars(title.unwrap_or_default()) {
        match char {
            Ok(char) => sum.add(&u32::from(char).to_le_bytes()),
            Err(error) => sum.show(format_args!("{error}")),
        }
    }
}

/// Adds up bytes, and text that is formatted without being stored.
struct Sum(u64);

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, &byte| sum.rotate_left(5) ^ u64::from(byte));
    }

    fn show(&mut self, text: fmt::Arguments<'_>) {
        // `write_str` below never fails.
        _ = self.write_fmt(text);
    }
}

impl fmt::Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
