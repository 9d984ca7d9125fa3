//! Inputs of every compression: parts, padding, damage, any size of reads.

use super::Unpacked;
use crate::source::{Input, Plain, ReadOutcome};
use std::{
    format,
    io::{self, Read, Write},
    string::{String, ToString},
    vec,
    vec::Vec,
};

/// A reader that returns few bytes at a time.
struct Few<R>(R, usize);

impl<R: Read> Read for Few<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(buffer.len());
        self.0.read(&mut buffer[..count])
    }
}

/// Returns everything that is read before the end or the error, and the error.
fn unpacked(bytes: &[u8], few: usize, room: usize) -> (Vec<u8>, Option<String>) {
    let mut input = Unpacked::new(Plain(Few(bytes, few)));
    let mut found = Vec::new();
    let mut buffer = vec![0; room];
    loop {
        match input.read(&mut buffer) {
            Ok(ReadOutcome::Bytes(0)) => return (found, None),
            Ok(ReadOutcome::Bytes(count)) => found.extend_from_slice(&buffer[..count]),
            Ok(ReadOutcome::Pending) => {}
            Err(error) => {
                assert_eq!(input.read(&mut buffer).unwrap(), ReadOutcome::Bytes(0));
                return (found, Some(error.to_string()));
            }
        }
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A block of BGZF: a member whose extra field has its length.
fn bgzf(data: &[u8]) -> Vec<u8> {
    let member = gzip(data);
    let length = (member.len() + 8 - 1) as u16;
    let extra = [6, 0, b'B', b'C', 2, 0, length.to_le_bytes()[0], length.to_le_bytes()[1]];
    [&member[..3], &[4], &member[4..10], &extra, &member[10..]].concat()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(data, 3).unwrap()
}

/// A frame to skip and a frame of data, as pzstd writes them.
fn pzstd(data: &[u8]) -> Vec<u8> {
    let frame = zstd(data);
    [&[0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0], &(frame.len() as u32).to_le_bytes()[..], &frame]
        .concat()
}

fn bzip2(data: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn xz(data: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

type Pack = fn(&[u8]) -> Vec<u8>;

const KINDS: [(&str, Pack); 6] =
    [("gzip", gzip), ("BGZF", bgzf), ("zstd", zstd), ("zstd", pzstd), ("bzip2", bzip2), ("xz", xz)];

fn data() -> Vec<u8> {
    let mut seed = 1_u32;
    let mut byte = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b"abcdefgh\x1e\x1f"[(seed >> 24) as usize % 10]
    };
    (0..3000).map(|_| byte()).collect()
}

#[test]
fn all_parts_are_read_whatever_the_size_of_reads() {
    let data = data();
    for (name, pack) in KINDS {
        for parts in [
            vec![&data[..]],
            vec![&data[..1000], &data[1000..1001], &data[1001..]],
            vec![&b""[..], &data[..], b"", b""],
        ] {
            // The last block of BGZF is empty.
            let end = if name == "BGZF" { pack(b"") } else { Vec::new() };
            let packed: Vec<u8> = parts.iter().flat_map(|part| pack(part)).chain(end).collect();
            for padding in [0, 4, 512, 70_000] {
                let input = [&packed[..], &vec![0; padding]].concat();
                for (few, room) in [(1, 1), (7, 100), (usize::MAX, 1 << 16)] {
                    let found = unpacked(&input, few, room);
                    assert!(found == (data.clone(), None), "{name}, {padding}, {:?}", found.1);
                }
            }
        }
    }
}

#[test]
fn an_input_that_is_cut_gives_all_that_is_before_and_an_error_with_both_positions() {
    let data = data();
    for (name, pack) in KINDS {
        let first = pack(&data);
        let packed = [&first[..], &pack(&data)].concat();
        for cut in 1..packed.len() {
            // A few bytes of a signature are not compressed input.
            let is_known = cut >= 10.min(first.len());
            let (found, error) = unpacked(&packed[..cut], 50, 999);
            if !is_known {
                continue;
            }
            let twice = [&data[..], &data].concat();
            assert!(twice.starts_with(&found), "{name}, {cut}");
            // After a part: a skipped frame of zstd, too, which has twelve bytes.
            let is_after_skipped =
                packed.starts_with(&[0x50]) && [12, first.len() + 12].contains(&cut);
            let is_whole = is_after_skipped || cut == first.len() && name != "BGZF";
            match error {
                None => assert!(is_whole, "{name}, {cut} of {}: {}", packed.len(), found.len()),
                Some(error) => {
                    assert!(!is_whole, "{name}, {cut}: {error}");
                    assert!(error.contains("compressed byte"), "{error}");
                    if cut >= first.len() {
                        assert!(found.len() >= data.len(), "{name}, {cut}: {error}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_flipped_bit_is_an_error_and_never_other_data() {
    let data = data();
    for (name, pack) in KINDS {
        let packed = [pack(&data), if name == "BGZF" { pack(b"") } else { Vec::new() }].concat();
        for at in (16..packed.len()).step_by(7) {
            let mut damaged = packed.clone();
            damaged[at] ^= 1 << (at % 8);
            let (found, error) = unpacked(&damaged, usize::MAX, 4096);
            // Without a checksum, which `zstd` leaves out by default, damage may go unnoticed.
            if name != "zstd" && error.is_none() {
                assert!(found == data, "{name}, {at}");
            }
        }
    }
}

#[test]
fn other_bytes_after_the_last_part_are_an_error_in_their_place() {
    for (name, pack) in KINDS {
        if name == "BGZF" {
            continue;
        }
        for junk in [&b"junk that is longer than a signature"[..], b"x", b"\0\0\0x"] {
            let packed = pack(b"data");
            let (found, error) = unpacked(&[&packed[..], junk].concat(), 3, 64);
            let used = packed.len() + junk.iter().take_while(|byte| **byte == 0).count();
            let place = format!("compressed byte {used}, after 4 bytes of data");
            assert_eq!(found, b"data", "{name}");
            let error = error.unwrap();
            assert!(error.ends_with(&place), "{error}: {place}");
        }
    }
}

#[test]
fn inputs_that_are_not_compressed_are_passed_on() {
    for bytes in [&b""[..], b"B", b"BZh9 is a title", b"\x1f", b"\x1f\x8b", b"P*M", b"00063nam"] {
        for few in [1, 2, 100] {
            assert_eq!(unpacked(bytes, few, 100), (bytes.to_vec(), None), "{bytes:?}");
        }
    }
}
