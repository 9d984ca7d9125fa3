//! Ranges of BGZF files, sound and damaged.

use super::{Temporary, builder};
use crate::{
    common::{
        bgzf::{block, blocks},
        build,
        corpus::fixture,
        forge::Dice,
        observe::{self, read_ranges},
        oracle::Rules,
        strategies as any_,
    },
    properties::config,
};
use proptest::{collection::vec, prelude::*, sample::Index};
use std::io::Write;
use tidemarc::{ByteRange, ErrorKind, Reader, ReaderBuilder, Writer, format::Format, splits};

/// An item or a failure that a reader delivered: its offset, its kind, and its bytes or a message.
type Seen = (Option<u64>, String, Vec<u8>);

/// The output of one reader, or of several one after the other.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    seen: Vec<Seen>,
    padding: u64,
    complete: bool,
}

fn read(mut reader: Reader) -> Read {
    let seen = reader.by_ref().map(|result| match result {
        Ok(record) => {
            let kind = format!("record, repaired: {}", record.is_repaired());
            (Some(record.offset()), kind, record.raw().into_owned())
        }
        Err(error) => match error.io_error() {
            Some(failure) => (None, failure.to_string(), Vec::new()),
            None => (error.offset(), format!("{:?}", error.fault()), error.raw().to_vec()),
        },
    });
    let seen = seen.collect();
    let stats = reader.stats();
    assert!(!(stats.complete && stats.failed));
    Read { seen, padding: stats.padding_bytes, complete: stats.complete }
}

/// Reads the ranges between these cuts in order, up to the first one that is not complete.
fn read_in_order(cuts: &[u64], mut open: impl FnMut(ByteRange) -> Reader) -> Read {
    let mut starts = [&[0], cuts].concat();
    starts.sort_unstable();
    let ends = starts[1..].iter().copied().map(Some).chain([None]);
    let mut all = Read { complete: true, ..Read::default() };
    for (&start, end) in starts.iter().zip(ends) {
        let part = read(open(ByteRange { start, end }));
        all.seen.extend(part.seen);
        all.padding += part.padding;
        all.complete = part.complete;
        if !part.complete {
            break;
        }
    }
    all
}

/// Asserts that ranges deliver what one reader delivers.
fn assert_same(packed: &[u8], cuts: &[u64], builder: &ReaderBuilder) {
    let whole = read(builder.from_bytes(packed.to_vec()));
    let parts =
        read_in_order(cuts, |range| builder.clone().range(range).from_bytes(packed.to_vec()));
    assert_equal(&parts, &whole, cuts);
}

/// Asserts that two outputs are equal, or shows the end of what they have in common.
fn assert_equal(parts: &Read, whole: &Read, cuts: &[u64]) {
    let common = parts.seen.iter().zip(&whole.seen).take_while(|(part, whole)| part == whole);
    let common = common.count();
    let show = |read: &Read| {
        let seen = read.seen.iter().skip(common).take(3).map(|(offset, kind, raw)| {
            format!("\n  {offset:?}: {kind}, {} bytes: {}", raw.len(), raw.escape_ascii())
        });
        let seen: String = seen.collect();
        format!("{} items, padding {}, {}{seen}", read.seen.len(), read.padding, read.complete)
    };
    let (shown, expected) = (show(parts), show(whole));
    assert!(parts == whole, "cuts at {cuts:?}, {common} equal items\nin {shown}\nof {expected}");
}

fn twenty_records() -> Vec<u8> {
    (0..20).flat_map(|number| build::simple(&"id".repeat(1 + number % 7))).collect()
}

#[test]
fn every_cut_of_a_file_of_twenty_records_gives_the_same() {
    let data = twenty_records();
    let mut damaged = data.clone();
    damaged[300] = b'x';
    damaged.truncate(data.len() - 7);
    // The numbers of blocks make some of these slow.
    for (data, lengths, step) in [
        (&data, &[1][..], 29),
        (&data, &[0, 90, 0, 0, 7], 1),
        (&data, &[1_000], 7),
        (&damaged, &[70, 3, 0], 11),
    ] {
        let packed = blocks(data, any_::in_turn(lengths));
        for limit in [100, 1 << 20] {
            let rules = Rules { limit, repairs: false };
            let whole = observe::expected(data, rules);
            let builder = builder(rules).threads(1);
            for cut in (0..=data.len() as u64 + 1).step_by(step) {
                let parts = read_ranges(&[cut], |range| {
                    builder.clone().range(range).from_bytes(packed.clone())
                });
                assert!(parts == whole, "{cut}");
            }
        }
    }
}

/// A change of a packed file.
#[derive(Debug, Clone)]
enum Damage {
    Flip(Index, u8),
    Cut(Index),
    /// These bytes after a block.
    Insert(Index, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        1 => any::<Index>().prop_map(Damage::Cut),
        2 => (any::<Index>(), proptest::sample::select(vec![
            vec![0; 3], vec![0; 70_000], b"junk".to_vec(), block(b""), gzip(b"another member"),
        ])).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
    ]
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Returns the offsets of the blocks, and the end of the last one.
fn starts(packed: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    while let Some(last) = packed.get(starts[starts.len() - 1]..).and_then(|rest| rest.get(16..18))
    {
        let length = usize::from(u16::from_le_bytes([last[0], last[1]])) + 1;
        starts.push(starts[starts.len() - 1] + length);
    }
    starts
}

/// Returns true if a bit is in the length that the header of a block states. A reader from the start
/// does not need it.
fn is_in_length(packed: &[u8], bit: usize) -> bool {
    starts(packed).iter().any(|start| (16..18).contains(&(bit / 8).wrapping_sub(*start)))
}

fn apply(packed: &mut Vec<u8>, damage: &Damage) {
    match damage {
        Damage::Flip(at, bit) => {
            let at = at.index(packed.len());
            if !is_in_length(packed, 8 * at) {
                packed[at] ^= 1 << bit;
            }
        }
        Damage::Cut(at) => packed.truncate(at.index(packed.len())),
        Damage::Insert(at, bytes) => {
            let starts = starts(packed);
            let at = starts[at.index(starts.len())].min(packed.len());
            packed.splice(at..at, bytes.iter().copied());
        }
    }
}

/// Makes content of some records to some hundred kilobytes.
fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => any_::input(),
        1 => (any_::input(), 1..400_usize).prop_map(|(input, times)| input.repeat(times)),
    ]
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn the_union_of_any_ranges_is_the_whole(
        data in content(), limit in any_::limit(), repairs in any::<bool>(),
        lengths in prop_oneof![vec(0..4_usize, 1..5), vec(0..300_usize, 1..5), vec(1..=65_536_usize, 1..4)],
        changes in prop_oneof![Just(Vec::new()), vec(damage(), 1..3)],
        cuts in vec(any::<Index>(), 0..6), threads in 1..3_usize,
        chunk_size in prop_oneof![1..80_usize, Just(1 << 16)],
    ) {
        let lengths = if lengths.iter().sum::<usize>() == 0 { vec![1] } else { lengths };
        let mut dice = Dice::new(data.len() as u64);
        // Thousands of blocks of one byte take too long.
        let least = data.len() / 2_000;
        let mut packed = blocks(&data, || (*dice.one_of(&lengths)).max(least));
        for change in &changes {
            if packed.len() > 1 {
                apply(&mut packed, change);
            }
        }
        let cuts: Vec<_> = cuts.iter().map(|cut| cut.index(data.len() + 2) as u64).collect();
        let builder = builder(Rules { limit, repairs }).chunk_size(chunk_size).threads(threads);
        assert_same(&packed, &cuts, &builder);
        let file = Temporary::new("bgzf-any", &packed);
        let whole = read(builder.from_bytes(packed.clone()));
        let open = |range| builder.clone().range(range).from_path(&file.0).unwrap();
        assert_equal(&read_in_order(&cuts, open), &whole, &cuts);
        // Ranges of 64 chunks.
        let parts = builder.clone().partitions(3).chunk_size(1 + chunk_size % 500);
        assert_equal(&read(parts.from_path(&file.0).unwrap()), &whole, &[]);
    }
}

#[test]
fn each_flipped_bit_of_a_block_is_noticed_by_the_range_that_serial_reading_ends_in() {
    let data = twenty_records();
    let packed = blocks(&data, any_::in_turn(&[400, 0, 300]));
    let starts = starts(&packed);
    let builder = builder(Rules { limit: 100, repairs: false }).threads(1);
    for bit in 8 * starts[1]..8 * starts[3] {
        let mut damaged = packed.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let cuts = [390, 401, 650, 705, 1_200];
        if is_in_length(&packed, bit) {
            // A length may be wrong and yet lead to another block.
            let open = |range| builder.clone().range(range).from_bytes(damaged.clone());
            let parts = read_in_order(&cuts, open);
            let is_reported = |seen: &Seen| seen.1.contains("another length than it states");
            if !parts.complete && parts.seen.last().is_some_and(is_reported) {
                continue;
            }
        }
        assert_same(&damaged, &cuts, &builder);
    }
}

#[test]
fn a_range_after_a_damaged_block_has_its_own_records() {
    let books = fixture("books.mrc");
    let data = books.repeat(10);
    let mut packed = blocks(&data, || 4_096);
    let at = starts(&packed)[20] + 500;
    packed[at] ^= 1;
    let builder = Reader::builder();
    let whole = read(builder.from_bytes(packed.clone()));
    let (failure, before) = whole.seen.split_last().unwrap();
    assert!(!whole.complete && failure.1.contains("gzip member 21 is damaged"), "{failure:?}");
    let open = |range: ByteRange| builder.clone().range(range).from_bytes(packed.clone());
    // The search for the start of this range needs no damaged block.
    let after = read(open(ByteRange::from(600_000..)));
    assert!(after.complete);
    let sound = read(builder.clone().range(600_000..).from_bytes(data));
    assert_eq!(after, sound);
    // This one does: it fails, and states the same place.
    let near = read(open(ByteRange::from(150_000..)));
    assert_eq!((near.complete, &near.seen[..]), (false, std::slice::from_ref(failure)));
    let first = read(open(ByteRange::from(0..60_000)));
    assert!(first.complete && before.starts_with(&first.seen));
}

#[test]
fn a_block_with_another_length_than_it_states_fails_its_range() {
    let data = fixture("books.mrc");
    let mut packed = blocks(&data, || 20_000);
    let starts = starts(&packed);
    // The first block reaches to the end of the second: a plain reader of gzip does not mind.
    let last = (starts[2] - 1) as u16;
    packed[16..18].copy_from_slice(&last.to_le_bytes());
    assert!(read(Reader::from_bytes(packed.clone())).complete);
    let open = |range: ByteRange| Reader::builder().range(range).from_bytes(packed.clone());
    let parts = read_in_order(&[10_000, 30_000], open);
    assert!(!parts.complete);
    let message = &parts.seen.last().unwrap().1;
    assert!(message.contains("it has another length than it states"), "{message}");
}

#[test]
fn text_in_lines_is_cut_too_and_other_formats_are_one_range() {
    let json = Reader::from_bytes(fixture("books.mrc")).map(|record| {
        let mut writer = Writer::new(Vec::new(), Format::Json);
        writer.write(&record.unwrap()).unwrap();
        writer.finish().unwrap()
    });
    for (name, data, is_cut) in
        [("mrk", fixture("books.mrk"), true), ("json", json.collect::<Vec<_>>().concat(), false)]
    {
        let packed = blocks(&data, || 3_000);
        let builder = Reader::builder();
        let file = Temporary::new(name, &packed);
        assert_eq!(builder.splits(&file.0, 10_000).unwrap().len() > 1, is_cut);
        assert_same(&packed, &[1, 5_000, 20_000, data.len() as u64], &builder);
    }
}

#[test]
fn splits_count_bytes_of_data_and_end_after_them() {
    let data = fixture("books.mrc");
    let mut packed = blocks(&data, || 5_000);
    let file = Temporary::new("splits", &packed);
    let ranges = splits(&file.0, 20_000).unwrap();
    assert_eq!(ranges.len(), data.len().div_ceil(20_000));
    assert!(ranges.iter().all(|range| range.end.unwrap() - range.start <= 20_000));
    let end = data.len() as u64 + 1;
    assert_eq!((ranges[0].start, ranges.last().unwrap().end), (0, Some(end)));
    // Without its end block the last range fails, even if it begins at the end of all data.
    packed.truncate(packed.len() - 28);
    assert_same(&packed, &[20_000, data.len() as u64], &Reader::builder());
    for range in [ByteRange::from(end - 1..), (end - 1..end).into(), (60_000..end).into()] {
        let last = read(Reader::builder().range(range).from_bytes(packed.clone()));
        assert!(!last.complete && last.seen.last().unwrap().1.contains("no end block"));
    }
    assert!(read(Reader::builder().range(60_000..end - 1).from_bytes(packed.clone())).complete);
    // Anything else between the blocks makes it one range.
    let odd = [&packed[..], &gzip(&data), &packed].concat();
    let file = Temporary::new("odd", &odd);
    assert_eq!(splits(&file.0, 20_000).unwrap(), [ByteRange::from(0..)]);
    assert_same(&odd, &[20_000, 100_000], &Reader::builder());
    let empty = Temporary::new("empty", &block(b""));
    assert_eq!(splits(&empty.0, 20_000).unwrap(), [ByteRange::from(0..)]);
}

#[test]
fn a_start_decompresses_nothing_before_its_block() {
    let data = fixture("books.mrc").repeat(4);
    let mut packed = blocks(&data, || 4_000);
    let whole = read(Reader::from_bytes(packed.clone()));
    let file = Temporary::new("start", &packed);
    for at in [0, 1, 57, 150, 239] {
        let start = whole.seen[at].0.unwrap();
        let builder = Reader::builder().start(start);
        assert_eq!(read(builder.from_path(&file.0).unwrap()).seen, whole.seen[at..]);
        assert_eq!(read(builder.from_bytes(packed.clone())).seen, whole.seen[at..]);
        let source = std::io::Cursor::new(packed.clone());
        assert_eq!(read(builder.from_reader(source)).seen, whole.seen[at..]);
    }
    let mut reader =
        Reader::builder().start(whole.seen[150].0.unwrap()).from_path(&file.0).unwrap();
    assert_eq!(reader.by_ref().count(), 90);
    let stats = reader.stats();
    assert_eq!(stats.compressed_bytes, Some(packed.len() as u64));
    assert_eq!(stats.compressed_total_bytes, stats.compressed_bytes);
    // Damage before the start is not seen.
    packed[100] ^= 1;
    let builder = Reader::builder().start(whole.seen[150].0.unwrap());
    assert_eq!(read(builder.from_bytes(packed.clone())).seen, whole.seen[150..]);
    let beyond = Reader::builder().start(1 << 40).from_bytes(packed.clone());
    assert_eq!(read(beyond).seen, []);
    packed.truncate(packed.len() - 28);
    let beyond = Reader::builder().start(1 << 40).from_bytes(packed);
    let error = beyond.last().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
}
