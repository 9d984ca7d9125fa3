//! Leaders whose lengths and base addresses are too short to be true, with terminators at every
//! place and the end of the input anywhere: no number in them is used before it has been checked.

use crate::common::{
    observe::{self, frame_pieces, frame_whole},
    oracle::Rules,
};
use tidemarc::{RecordRef, framing::DEFAULT_MAX_RECORD_LENGTH};

const LENGTH: usize = 70;

/// Checks, for each length and base address, the bytes with both terminators at every place, and
/// with and without a field terminator before the base address.
fn grid(mut check: impl FnMut(&[u8])) {
    for length in 0..30 {
        for base in 0..60 {
            let mut bytes = vec![b'0'; LENGTH];
            bytes[..24].copy_from_slice(format!("{length:05}nam a22{base:05}   4500").as_bytes());
            for terminates in [false, true] {
                // A field terminator has no effect where no directory can end.
                if terminates && (base <= 24 || !matches!(base % 12, 0..=2)) {
                    continue;
                }
                if terminates {
                    bytes[base - 1] = 0x1E;
                }
                for at in 0..LENGTH - 1 {
                    let mut bytes = bytes.clone();
                    bytes[at..at + 2].copy_from_slice(b"\x1E\x1D");
                    check(&bytes);
                }
            }
        }
    }
}

#[test]
fn no_length_however_short_is_counted_on() {
    for repairs in [false, true] {
        let rules = || Rules { limit: DEFAULT_MAX_RECORD_LENGTH, repairs };
        grid(|bytes| {
            let terminator = bytes.iter().position(|&byte| byte == 0x1D).unwrap();
            let whole = frame_whole(bytes, rules());
            assert_eq!(whole, frame_pieces(bytes, rules(), || 23), "{}", bytes.escape_ascii());
            // The record terminator is at the end, or one byte before it.
            for end in [terminator + 1, LENGTH.min(terminator + 2)] {
                frame_whole(&bytes[..end], rules());
                let _ = RecordRef::parse(&bytes[..end]);
            }
        });
    }
}

#[test]
fn no_reader_counts_on_them_either() {
    let (mut all, mut count) = (Vec::new(), 0);
    // Every place of the terminators is combined with every length: 69 and 7 have no common
    // divisor.
    grid(|bytes| {
        count += 1;
        if count % 7 == 0 {
            all.extend_from_slice(bytes);
        }
    });
    let length = all.len() as u64;
    let all = std::sync::Arc::<[u8]>::from(all);
    for repair in [false, true] {
        let mut reader = observe::iso2709().repair(repair).from_bytes(std::sync::Arc::clone(&all));
        for item in reader.by_ref() {
            let _ = item.map(|record| record.to_owned());
        }
        assert_eq!(reader.stats().bytes(), length);
    }
}
