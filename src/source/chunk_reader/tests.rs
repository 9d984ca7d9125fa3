use super::*;
use crate::{
    framing::{Frame, FrameKind, Framer},
    source::Plain,
};
use std::io::{Read, Result as IoResult};

const RECORD: &[u8] =
    b"00063nam a2200049   4500001000600000245000700006\x1eocm01\x1e10\x1faHi\x1e\x1d";

fn batches(input: impl Read + Send, chunk_size: usize, limit: usize) -> Vec<RawBatch> {
    let mut reader =
        ChunkReader::new(Plain(input), chunk_size, Framer::with_max_record_length(limit), 0);
    let mut batches = Vec::new();
    loop {
        match reader.fill(&mut None).unwrap() {
            FillOutcome::Batch(batch) => batches.push(batch),
            FillOutcome::Pending => {}
            FillOutcome::End => return batches,
        }
    }
}

fn bytes(batches: &[RawBatch]) -> Vec<u8> {
    batches.iter().flat_map(|batch| batch.bytes().to_vec()).collect()
}

#[test]
fn an_empty_input_has_no_batch() {
    assert!(batches(&b""[..], 64, 1000).is_empty());
}

#[test]
fn batches_cover_the_input_at_every_chunk_size() {
    let input = RECORD.repeat(5);
    for chunk_size in 1..150 {
        let batches = batches(&input[..], chunk_size, 1000);
        assert_eq!(bytes(&batches), input, "chunk size {chunk_size}");
        let mut offset = 0;
        for batch in &batches {
            assert_eq!(batch.offset(), offset);
            let framed: usize = batch.frames().iter().map(|frame| frame.length).sum();
            assert_eq!(framed, batch.bytes().len());
            offset += framed as u64;
        }
        let records = batches.iter().flat_map(|batch| batch.frames());
        assert_eq!(records.filter(|frame| frame.kind == FrameKind::Record).count(), 5);
    }
}

/// An input that returns each of its pieces in one read.
struct Pieces(Vec<IoResult<&'static [u8]>>);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        if self.0.is_empty() {
            return Ok(0);
        }
        let piece = self.0.remove(0)?;
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

#[test]
fn a_record_goes_out_as_soon_as_its_last_byte_is_there() {
    let (head, tail) = RECORD.split_at(40);
    let mut reader = ChunkReader::new(
        Plain(Pieces(vec![Ok(head), Ok(tail), Ok(RECORD)])),
        4096,
        Framer::with_max_record_length(4096),
        0,
    );
    let FillOutcome::Batch(batch) = reader.fill(&mut None).unwrap() else { panic!("a batch") };
    assert_eq!(batch.bytes(), RECORD);
    assert_eq!(reader.bytes_read(), RECORD.len() as u64, "nothing was read beyond it");
}

#[test]
fn an_interrupted_read_is_tried_again_and_another_error_loses_nothing() {
    let interrupted = || Err(io::ErrorKind::Interrupted.into());
    let failing = vec![interrupted(), Ok(RECORD), Ok(&RECORD[..30]), Err(io::Error::other("disk"))];
    let mut reader =
        ChunkReader::new(Plain(Pieces(failing)), 4096, Framer::with_max_record_length(4096), 0);
    assert!(matches!(reader.fill(&mut None), Ok(FillOutcome::Batch(_))));
    assert_eq!(reader.fill(&mut None).unwrap_err().to_string(), "disk");
    let rest = reader.finish().expect("the head of a record had been read");
    assert_eq!((rest.bytes(), rest.offset()), (&RECORD[..30], RECORD.len() as u64));
}

#[test]
fn a_failed_source_may_be_asked_again() {
    let pieces = vec![Ok(&RECORD[..30]), Err(io::Error::other("net")), Ok(&RECORD[30..])];
    let mut reader =
        ChunkReader::new(Plain(Pieces(pieces)), 4096, Framer::with_max_record_length(4096), 0);
    assert!(reader.fill(&mut None).is_err());
    let FillOutcome::Batch(batch) = reader.fill(&mut None).unwrap() else { panic!("a batch") };
    assert_eq!(batch.bytes(), RECORD);
}

#[test]
fn an_endless_record_takes_bounded_memory_and_is_told_as_one_fault() {
    let batches = batches(std::io::repeat(b'x').take(1 << 20), 1024, 10_000);
    assert_eq!(bytes(&batches).len(), 1 << 20);
    assert!(batches.iter().all(|batch| batch.memory() < 64 << 10), "no buffer grew beyond reason");
    let frames: Vec<_> = batches.iter().flat_map(|batch| batch.frames()).collect();
    let faults = frames.iter().filter(|frame| matches!(frame.kind, FrameKind::Fault(_))).count();
    assert_eq!(faults, 1);
}

#[test]
fn a_spare_buffer_is_used_again() {
    let input = RECORD.repeat(50);
    let mut reader =
        ChunkReader::new(Plain(&input[..]), 1000, Framer::with_max_record_length(1000), 0);
    let mut spare = None;
    let mut buffers = std::collections::HashSet::new();
    while let FillOutcome::Batch(batch) = reader.fill(&mut spare).unwrap() {
        buffers.insert(batch.bytes().as_ptr());
        spare = Some(batch);
    }
    assert!(buffers.len() <= 2, "{} buffers", buffers.len());
}

/// An input that returns at most this many bytes in a read.
struct Short<'a>(&'a [u8], usize);

impl Read for Short<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let most = self.1.min(buffer.len());
        self.0.read(&mut buffer[..most])
    }
}

/// Returns the frames of an input that is not read ahead. Each has the position of the input after
/// its batch.
fn exactly(input: &[u8], most: usize, repairs: bool) -> Vec<(Frame, u64, u64)> {
    let framer = Framer::with_max_record_length(100_000).repairs(repairs);
    let mut reader = ChunkReader::new(Plain(Short(input, most)), 4096, framer, 0).exact();
    let mut frames = Vec::new();
    while let FillOutcome::Batch(batch) = reader.fill(&mut None).unwrap() {
        let mut end = batch.offset();
        for &frame in batch.frames() {
            end += frame.length as u64;
            frames.push((frame, end, reader.bytes_read()));
        }
    }
    frames
}

#[test]
fn who_does_not_read_ahead_stops_behind_each_record() {
    let empty = b"00026nam a2200025   4500\x1e\x1d";
    let nuls = [0; 3000];
    let mark = b"\xEF\xBB\xBF";
    let pieces: [&[u8]; 9] = [mark, RECORD, RECORD, b"\r\n", RECORD, empty, RECORD, &nuls, RECORD];
    let input = [&pieces.concat()[..], b"and what is behind"].concat();
    for most in [1, 2, 23, usize::MAX] {
        for repairs in [false, true] {
            let frames = exactly(&input, most, repairs);
            let records = frames.iter().filter(|(frame, ..)| frame.kind == FrameKind::Record);
            let ends: Vec<_> = records.map(|&(_, end, read)| (end, read)).collect();
            assert_eq!(ends.len(), 6);
            assert!(ends.iter().all(|(end, read)| end == read), "{ends:?}");
        }
    }
}

#[test]
fn who_does_not_read_ahead_stops_there_again_soon_after_damage() {
    let directory = RECORD.to_vec().escape_ascii().to_string().replace("00006", "0000X");
    for damaged in [
        directory.as_bytes(),
        b"junk\x1d",
        b"99999nam a2200049   4500",
        &RECORD[..50],
        &[b"00099", &RECORD[5..]].concat(),
        &[b"00040", &RECORD[5..]].concat(),
    ] {
        let input = [RECORD, damaged, &RECORD.repeat(2000)].concat();
        for most in [1, usize::MAX] {
            let frames = exactly(&input, most, false);
            let ahead = batches(&input[..], 65536, 100_000);
            let ahead: Vec<_> = ahead.iter().flat_map(|batch| batch.frames()).collect();
            assert_eq!(frames.iter().map(|(frame, ..)| frame).collect::<Vec<_>>(), ahead);
            let records = frames.iter().filter(|(frame, ..)| frame.kind == FrameKind::Record);
            let ahead: Vec<_> = records.map(|(_, end, read)| read - end).collect();
            assert_eq!(ahead[0], 0);
            assert!(ahead.iter().all(|&ahead| ahead <= 100_000), "{ahead:?}");
            assert!(ahead[ahead.len() - 100..].iter().all(|&ahead| ahead == 0), "{ahead:?}");
        }
    }
}

#[test]
fn a_record_that_was_not_read_ahead_keeps_little_more_than_itself() {
    let input = RECORD.repeat(3);
    let mut reader =
        ChunkReader::new(Plain(&input[..]), 1 << 16, Framer::with_max_record_length(1000), 0)
            .exact();
    while let FillOutcome::Batch(batch) = reader.fill(&mut None).unwrap() {
        assert!(batch.memory() < 400, "{}", batch.memory());
    }
}

#[test]
fn an_input_that_has_no_memory_fails_once() {
    /// Returns half a record, and has no memory from then on.
    struct Starved(usize);

    impl Input for Starved {
        fn read(&mut self, buffer: &mut [u8]) -> IoResult<ReadOutcome> {
            self.0 += 1;
            if self.0 > 1 {
                make_room(&mut Vec::new(), usize::MAX, 0)?;
            }
            buffer[..30].copy_from_slice(&RECORD[..30]);
            Ok(ReadOutcome::Bytes(30))
        }
    }

    let mut reader = ChunkReader::new(Starved(0), 64, Framer::with_max_record_length(1000), 0);
    let error = reader.fill(&mut None).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    assert!(matches!(reader.fill(&mut None), Ok(FillOutcome::End)));
    assert!(reader.finish().is_none());
    // A failure of the operating system may pass, and the bytes before it are delivered.
    let failed = io::Error::from_raw_os_error(12);
    let pieces = Pieces(vec![Ok(&RECORD[..30]), Err(failed)]);
    let mut reader = ChunkReader::new(Plain(pieces), 64, Framer::with_max_record_length(1000), 0);
    assert!(reader.fill(&mut None).is_err());
    assert_eq!(reader.finish().map(|batch| batch.bytes().len()), Some(30));
}

/// Cuts bytes one by one, but only once all of the input is there.
struct OneByOne;

impl Framing for OneByOne {
    fn next(&mut self, bytes: &[u8], at_end: bool) -> crate::framing::Step {
        use crate::framing::Step;
        match bytes.is_empty() {
            _ if !at_end => Step::NeedMore(bytes.len() + 1),
            true => Step::End,
            false => Step::Frame(Frame { kind: FrameKind::Record, length: 1 }),
        }
    }

    fn max_record_length(&self) -> usize {
        1 << 20
    }
}

#[test]
fn many_batches_of_a_long_carry_do_not_move_it() {
    let input: Vec<u8> = (0..100_000_u32).map(|at| at as u8).collect();
    let mut reader = ChunkReader::new(Plain(&input[..]), 1000, OneByOne, 0);
    let (mut found, mut moves, mut batches) = (Vec::new(), 0, 0);
    let (mut spare, mut place) = (None, reader.buffer.as_ptr());
    while let FillOutcome::Batch(batch) = reader.fill(&mut spare).unwrap() {
        assert_eq!(batch.offset(), found.len() as u64);
        found.extend_from_slice(batch.bytes());
        moves +=
            usize::from(mem::replace(&mut place, reader.buffer.as_ptr()) != reader.buffer.as_ptr());
        batches += 1;
        spare = Some(batch);
    }
    assert_eq!(found, input);
    assert!(batches > 1000 && moves < 100, "{batches} batches, {moves} moves");
}
