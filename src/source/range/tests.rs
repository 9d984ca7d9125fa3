use super::*;
use crate::framing::Framer;
use std::{io, sync::Arc, vec::Vec};

/// Bytes in memory that count how many of them are read.
struct Counted {
    bytes: SliceAt,
    count: usize,
    length: usize,
}

impl Counted {
    fn new(bytes: Vec<u8>) -> Self {
        Self { length: bytes.len(), bytes: SliceAt(Arc::new(bytes)), count: 0 }
    }
}

impl ReadAt for Counted {
    fn length(&self) -> u64 {
        self.length as u64
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read_at(offset, buffer)?;
        self.count += count;
        Ok(count)
    }
}

const RECORD: &[u8] =
    b"00063nam a2200049   4500001000600000245000700006\x1eocm01\x1e10\x1faHi\x1e\x1d";

#[test]
fn the_search_in_a_sound_file_reads_its_reach_and_little_more() {
    let mut input = Counted::new(RECORD.repeat(100_000));
    for cut in [3_000_000, 5_000_001, 6_299_999] {
        input.count = 0;
        let first = first_frame(&mut input, &Framer::new(), cut, u64::MAX).unwrap().unwrap();
        assert_eq!(first, cut / 63 * 63);
        assert!(input.count < 400_000, "{} bytes", input.count);
    }
    assert_eq!(
        first_frame(&mut input, &Framer::new(), 6_300_000, u64::MAX).unwrap().unwrap(),
        6_300_000
    );
    assert_eq!(
        first_frame(&mut input, &Framer::new(), 9_000_000, u64::MAX).unwrap().unwrap(),
        6_300_000
    );
}

#[test]
fn the_search_in_a_file_without_terminators_takes_its_start() {
    let mut input = Counted::new(std::vec![0; 3_000_000]);
    let framer = Framer::with_max_record_length(100_000);
    assert_eq!(first_frame(&mut input, &framer, 2_950_000, u64::MAX).unwrap().unwrap(), 2_900_000);
    // The bytes are read a few times, not once for each look back.
    assert!(input.count < 12_000_000, "{} bytes", input.count);
}

#[test]
fn an_input_that_ends_early_is_no_endless_loop() {
    /// States a length that it does not have.
    struct Short;

    impl ReadAt for Short {
        fn length(&self) -> u64 {
            1 << 40
        }

        fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            let rest = RECORD.get(offset as usize..).unwrap_or_default();
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        }
    }

    /// The same, and fails.
    struct Broken;

    impl ReadAt for Broken {
        fn length(&self) -> u64 {
            1 << 40
        }

        fn read_at(&mut self, _: u64, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("disk"))
        }
    }

    assert_eq!(first_frame(&mut Short, &Framer::new(), 1 << 30, u64::MAX).unwrap().unwrap(), 63);
    assert_eq!(
        first_frame(&mut Broken, &Framer::new(), 1 << 30, u64::MAX).unwrap_err().to_string(),
        "disk"
    );
}

#[test]
fn a_blank_line_before_the_cut_is_found_across_the_parts_of_the_search() {
    for blank in [&b"\n\n"[..], b"\n\r\n", b"\r\n\r\n"] {
        for after in (65_530..65_545).chain([0, 1, 2, 200_000]) {
            let text = [&b"=001  1"[..], blank, &std::vec![b'x'; after]].concat();
            let mut input = Counted::new(text);
            let at = 7 + blank.len() as u64 - 1 - u64::from(blank != b"\n\n");
            let length = input.length();
            let found = line_before(&mut input, length, u64::MAX).unwrap().unwrap();
            assert_eq!(found, if after > 0 { at } else { 0 }, "{after}");
            // The blank line must end before the cut.
            let end = 7 + blank.len() as u64;
            assert_eq!(line_before(&mut input, end, u64::MAX).unwrap().unwrap(), 0);
        }
    }
    assert_eq!(
        line_before(&mut Counted::new(b"\n\n\nx".to_vec()), 4, u64::MAX).unwrap().unwrap(),
        2
    );
}
