//! Inputs of every compression: parts, padding, damage, any size of reads.

mod damage;

use super::{
    Progress, Ratio, Unpacked,
    bgzf::{END_BLOCK, Header},
    blocks::BlockPacker,
};
use crate::source::{Helpers, Input, Plain, ReadOutcome};
use std::{
    boxed::Box,
    format,
    io::{self, Read, Write},
    string::{String, ToString},
    sync::Arc,
    thread, vec,
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

/// An input that reads without a wait, as a file does.
struct Ready<I>(I);

impl<I: Input> Input for Ready<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        self.0.read(buffer)
    }

    fn may_be_shared(&mut self) -> bool {
        true
    }
}

type Spawn = fn(Box<dyn FnOnce() + Send>);

/// The ways in which helpers may run: on a thread, at once, or never.
const SPAWNS: [Spawn; 3] = [|task| drop(thread::spawn(task)), |task| task(), drop];

/// Returns everything that is read before the end or the error, and the error.
fn unpacked_by(
    bytes: &[u8],
    few: usize,
    room: usize,
    ratio: Option<u64>,
    helpers: Option<Helpers>,
) -> (Vec<u8>, Option<String>) {
    let progress = Progress::new();
    let input = Ready(Plain(Few(bytes, few)));
    let mut input = Unpacked::new(input, Ratio::new(ratio), Arc::clone(&progress));
    let is_helped = helpers.is_some();
    input.set_helpers(helpers);
    let mut found = Vec::new();
    let mut buffer = vec![0; room];
    for turn in 0.. {
        // A reader that must not wait for a helper tries again.
        input.set_waits(!is_helped || turn % 2 == 0);
        match input.read(&mut buffer) {
            Ok(ReadOutcome::Bytes(0)) => {
                let used = progress.get();
                assert!(used.is_none_or(|used| used == bytes.len() as u64), "{used:?}");
                return (found, None);
            }
            Ok(ReadOutcome::Bytes(count)) => found.extend_from_slice(&buffer[..count]),
            Ok(ReadOutcome::Pending) => {}
            Err(error) => {
                assert_eq!(input.read(&mut buffer).unwrap(), ReadOutcome::Bytes(0));
                return (found, Some(error.to_string()));
            }
        }
    }
    unreachable!("the input has an end")
}

/// Returns the same, after all ways of reading gave it.
fn unpacked(bytes: &[u8], few: usize, room: usize) -> (Vec<u8>, Option<String>) {
    let alone = unpacked_by(bytes, few, room, None, None);
    if Header::parse(bytes).is_err() {
        return alone;
    }
    for (spawn, count) in SPAWNS.into_iter().zip([3, 1, 2]) {
        let helpers = Helpers { count, spawn: Arc::new(spawn) };
        let helped = unpacked_by(bytes, few, room, None, Some(helpers));
        assert!(helped == alone, "{:?}, {:?}", helped.1, alone.1);
    }
    alone
}

/// Returns blocks of BGZF with this much data in each, and their data.
fn blocks(lengths: &[usize]) -> (Vec<u8>, Vec<u8>) {
    let data: Vec<u8> = data().into_iter().cycle().take(lengths.iter().sum()).collect();
    let (mut packer, mut packed, mut rest) = (BlockPacker::new(1), Vec::new(), &data[..]);
    for &length in lengths {
        let (now, later) = rest.split_at(length);
        match now.is_empty() {
            true => packed.extend_from_slice(&END_BLOCK),
            false => packer.pack(now, &mut packed),
        }
        rest = later;
    }
    (packed, data)
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

#[test]
fn many_blocks_give_the_same_whoever_decompresses_them() {
    let lengths: Vec<usize> = (0..40).map(|at| (at * 7919) % 60_000).collect();
    let (packed, data) = blocks(&lengths);
    for end in [&END_BLOCK[..], &[&END_BLOCK[..], &[0; 70_000]].concat()] {
        let whole = [&packed[..], end].concat();
        for (few, room) in [(usize::MAX, 1 << 16), (5000, 1 << 20), (usize::MAX, 77)] {
            assert!(unpacked(&whole, few, room) == (data.clone(), None));
        }
    }
    let (found, error) = unpacked(&packed, usize::MAX, 1 << 16);
    assert!(found == data);
    let error = error.unwrap();
    let place = crate::error::Grouped(packed.len() as u64);
    assert!(error.starts_with("the BGZF input has no end block"), "{error}");
    assert!(error.contains(&format!("compressed byte {place}")), "{error}");
}

#[test]
fn a_cut_among_many_blocks_is_reported_in_its_place() {
    let (packed, data) = blocks(&[300, 20, 0, 500, 1, 400, 77, 0]);
    for cut in 18..packed.len() {
        let (found, error) = unpacked(&packed[..cut], 1000, 999);
        assert!(data.starts_with(&found), "{cut}");
        let error = error.unwrap_or_default();
        // After an empty block the file may be whole.
        assert!(error.contains("compressed byte") || cut < packed.len(), "{cut}: {error}");
    }
}

#[test]
fn a_flipped_bit_among_many_blocks_is_reported_in_its_place() {
    let lengths = [300, 20, 0, 500, 1, 400, 77, 0];
    let (packed, data) = blocks(&lengths);
    let ends = (1..=lengths.len()).map(|count| blocks(&lengths[..count]).0.len());
    let ends: Vec<usize> = ends.collect();
    // Without the signature it is another input.
    for bit in (24..8 * packed.len()).step_by(3) {
        let mut damaged = packed.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let (found, error) = unpacked(&damaged, usize::MAX, 4096);
        let before = ends.iter().filter(|&&end| end <= bit / 8).count();
        let before: usize = lengths[..before].iter().sum();
        assert_eq!(found[..before], data[..before], "{bit}: {error:?}");
        assert!(error.is_some() || found == data, "{bit}");
    }
}

#[test]
fn other_members_among_blocks_are_read_too() {
    let (packed, data) = blocks(&[300, 20, 500]);
    let member = gzip(b"a member that is not a block");
    for parts in [
        [&packed[..], &member, &packed, &END_BLOCK].concat(),
        [&packed[..], &member, &member, &[0; 99], &packed, &packed, &END_BLOCK].concat(),
    ] {
        let (found, error) = unpacked(&parts, 100, 1000);
        let is_member = |window: &[u8]| window == b"a member that is not a block";
        assert!(found.windows(28).any(is_member) && found.ends_with(&data));
        assert_eq!(error, None);
    }
}

#[test]
fn a_helper_that_panics_costs_nothing() {
    let (packed, data) = blocks(&[30_000; 60]);
    let whole = [&packed[..], &END_BLOCK].concat();
    let spawn: Spawn = |_| panic!("no thread");
    let helpers = Helpers {
        count: 2,
        spawn: Arc::new(move |task| {
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| spawn(task)));
        }),
    };
    assert!(unpacked_by(&whole, 4096, 999, None, Some(helpers)) == (data, None));
}

#[test]
fn data_beyond_the_ratio_is_an_error_in_its_place_whatever_the_size_of_reads() {
    let long = vec![b'a'; 5 << 19];
    let packs: [(&str, Pack); 5] = [
        ("gzip", gzip),
        ("zstd", zstd),
        ("bzip2", bzip2),
        ("xz", xz),
        ("BGZF", |data| {
            let mut packed = Vec::new();
            BlockPacker::new(6).pack(data, &mut packed);
            [&packed[..], &END_BLOCK].concat()
        }),
    ];
    for (name, pack) in packs {
        let packed = pack(&long);
        let ratio = long.len() as u64 / packed.len() as u64;
        // With room for the compressed bytes that are read before any data.
        assert!(unpacked_by(&packed, 999, 4096, Some(2 * ratio), None) == (long.clone(), None));
        let mut all = Vec::new();
        for (few, room) in [(usize::MAX, 1 << 16), (700, 999), (usize::MAX, 1 << 20)] {
            for helpers in [None, Some(Helpers { count: 2, spawn: Arc::new(SPAWNS[0]) })] {
                let (found, error) = unpacked_by(&packed, few, room, Some(20), helpers);
                let error = error.unwrap();
                assert!(error.contains("20 bytes of data for each compressed byte"), "{error}");
                assert!(
                    error.contains(&format!(
                        "after {} bytes",
                        crate::error::Grouped(found.len() as u64)
                    )),
                    "{error}"
                );
                assert!(found.len() >= 1 << 20, "{name}: a mebibyte is always allowed");
                assert!(long.starts_with(&found));
                all.push((found.len(), error));
            }
        }
        all.dedup();
        assert_eq!(all.len(), 1, "{name}: {all:?}");
        // A short input has no limit.
        assert_eq!(unpacked_by(&pack(&long[..1 << 20]), 999, 4096, Some(1), None).1, None);
    }
}
