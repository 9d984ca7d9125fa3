//! Readers and their threads: sources that fail, panic, block or never end, and many at once.

use crate::common::{
    build,
    observe::{self, Pieces},
    streams::{Act, Endless, PATIENCE, Script, one_at_a_time, record_length, records, wait_for},
};
use std::{
    io::{self, Read},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};
use tidemarc::{ErrorKind, Reader};

#[test]
fn a_source_that_panics_at_once_panics_in_the_callers_hands() {
    let _turn = one_at_a_time();
    let mut reader = Reader::builder().from_reader(Script(vec![Act::Panic]));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| reader.next()));
    assert!(caught.is_err());
}

#[test]
fn a_source_that_panics_on_the_io_thread_ends_in_an_error_after_what_was_read() {
    let _turn = one_at_a_time();
    let acts = vec![Act::Give(records(10)), Act::Give(records(5)), Act::Panic];
    // After so many chunks, the I/O thread is reading.
    let mut reader = Reader::builder().chunk_size(20).threads(2).from_reader(Script(acts));
    let mut delivered = 0;
    let error = loop {
        match reader.next().expect("an error before the end") {
            Ok(_) => delivered += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((delivered, error.kind()), (15, ErrorKind::Io));
    assert!(error.to_string().contains("panicked"), "{error}");
    assert!(reader.next().is_none());
    let stats = reader.stats();
    assert!(stats.failed && !stats.complete);
}

/// A source that claims to have read one byte more than the buffer has room for.
struct Boastful;

impl Read for Boastful {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b'0');
        Ok(buffer.len() + 1)
    }
}

#[test]
fn a_source_that_says_it_read_more_than_it_had_room_for_fails() {
    let _turn = one_at_a_time();
    for (start, read_ahead) in [(0, true), (0, false), (1, true), (10, false), (1 << 40, true)] {
        let builder = Reader::builder().start(start).read_ahead(read_ahead);
        let mut reader = builder.from_reader(Boastful);
        let error = reader.next().unwrap().unwrap_err();
        assert_eq!(error.reason(), "the source says it read more than it had room for");
        let copy = error.clone();
        let cause = |error: &tidemarc::Error| error.io_error().map(|cause| cause.to_string());
        assert_eq!((copy.reason(), cause(&copy)), (error.reason(), cause(&error)));
        assert!(reader.next().is_none());
        assert!(reader.stats().failed && !reader.stats().complete);
    }
}

/// A source that returns fewer bytes, or none, from the call with this number on.
struct Fickle {
    bytes: Vec<u8>,
    left: usize,
    calls: AtomicU64,
    steady: u64,
}

impl AsRef<[u8]> for Fickle {
    fn as_ref(&self) -> &[u8] {
        let is_steady = self.calls.fetch_add(1, Ordering::Relaxed) < self.steady;
        if is_steady { &self.bytes } else { &self.bytes[..self.left] }
    }
}

#[test]
fn a_lender_whose_bytes_become_fewer_is_no_panic() {
    let _turn = one_at_a_time();
    for threads in [1, 2] {
        for (steady, left) in (1..30).flat_map(|steady| [(steady, 0), (steady, 700)]) {
            let calls = AtomicU64::new(0);
            let bytes = Fickle { bytes: records(500), left, calls, steady };
            let mut reader = Reader::builder().chunk_size(900).threads(threads).from_bytes(bytes);
            let error = reader.by_ref().find_map(Result::err);
            assert!(reader.next().is_none());
            // Between two batches it is like a file that was cut short.
            let is_error = error.is_some_and(|error| error.kind() == ErrorKind::Io);
            let case = format!("{threads} threads, {steady} calls, then {left} bytes");
            assert!(is_error || !reader.stats().complete, "{case}");
        }
    }
}

#[test]
fn no_more_threads_parse_than_are_of_use() {
    let _turn = one_at_a_time();
    tidemarc::set_threads(100_000);
    assert_eq!(tidemarc::threads(), 256);
    tidemarc::set_threads(0);
}

#[test]
fn a_source_that_fails_gives_what_it_gave_before_and_then_its_error() {
    let _turn = one_at_a_time();
    for (chunk_size, threads) in [(1_000, 1), (20, 2), (20, 8), (1 << 16, 2)] {
        let cut = build::cut(build::simple("cut"), 10);
        let last = [&records(5)[..], &cut].concat();
        let acts = vec![Act::Give(records(12)), Act::Give(last), Act::Fail("disk on fire")];
        let builder = Reader::builder().chunk_size(chunk_size).threads(threads);
        let mut reader = builder.from_reader(Script(acts));
        let results: Vec<_> = reader.by_ref().collect();
        let records = results.iter().take_while(|result| result.is_ok()).count();
        assert_eq!((records, results.len()), (17, 19), "{chunk_size}, {threads}");
        let [fault, failure] = &results[17..] else { unreachable!() };
        let fault = fault.as_ref().unwrap_err();
        assert_eq!((fault.kind(), fault.raw()), (ErrorKind::Truncation, &cut[..]));
        let failure = failure.as_ref().unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::Io);
        assert_eq!(failure.io_error().unwrap().to_string(), "disk on fire");
        assert_eq!(failure.offset(), Some(reader.position()));
        let stats = reader.stats();
        assert!(stats.failed && !stats.complete);
    }
}

#[test]
fn a_source_that_fails_at_once_fails_once() {
    let _turn = one_at_a_time();
    let mut reader = Reader::builder().from_reader(Script(vec![Act::Fail("no such tape")]));
    assert_eq!(reader.next().unwrap().unwrap_err().to_string(), "byte 0: no such tape");
    assert!(reader.next().is_none());
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let _turn = one_at_a_time();
    for threads in [1, 2] {
        let mut acts = Vec::new();
        for _ in 0..40 {
            acts.extend([Act::Interrupt, Act::Give(records(3)), Act::Interrupt]);
        }
        let builder = Reader::builder().chunk_size(100).threads(threads);
        let outcome = observe::read(builder.from_reader(Script(acts)));
        assert_eq!((outcome.counts.records, outcome.counts.faults), (120, 0));
    }
}

#[test]
fn a_source_of_single_bytes_is_read_through_the_pipeline() {
    let _turn = one_at_a_time();
    let input = records(300);
    let source = Pieces::new(input.clone(), || 1);
    let outcome = observe::read(Reader::builder().chunk_size(100).threads(2).from_reader(source));
    assert_eq!(outcome, observe::expected(&input, 1 << 20));
}

#[test]
fn a_consumer_that_stops_stops_the_reading_too() {
    let _turn = one_at_a_time();
    let read = Arc::new(AtomicU64::new(0));
    let mut reader = Reader::builder().threads(2).from_reader(Endless::new(&read));
    // This is beyond the first chunks, after which the pipeline starts.
    while reader.position() < 3 << 20 {
        reader.next().unwrap().unwrap();
    }
    // Reading continues until the batches in flight reach their bound, and stops there.
    let mut before = 0;
    wait_for("the reading to stop", || {
        thread::sleep(Duration::from_millis(200));
        let now = read.load(Ordering::Relaxed);
        std::mem::replace(&mut before, now) == now
    });
    let ahead = before - reader.position();
    println!("{ahead} bytes read ahead");
    assert!(ahead < 6 << 20, "{ahead} bytes read ahead");
    assert!(ahead > 0);
    // It continues when the consumer does.
    for _ in 0..200_000 {
        reader.next().unwrap().unwrap();
    }
    assert!(read.load(Ordering::Relaxed) > before);
}

#[test]
fn huge_chunks_are_bounded_too() {
    let _turn = one_at_a_time();
    let read = Arc::new(AtomicU64::new(0));
    let builder = Reader::builder().chunk_size(2 << 20).threads(2);
    let mut reader = builder.from_reader(Endless::new(&read));
    // This is beyond the first chunk, after which the pipeline starts.
    while reader.position() < 3 << 20 {
        reader.next().unwrap().unwrap();
    }
    thread::sleep(Duration::from_millis(500));
    let ahead = read.load(Ordering::Relaxed) - reader.position();
    println!("{ahead} bytes read ahead");
    assert!(ahead < 14 << 20, "{ahead} bytes read ahead");
}

#[test]
fn records_that_are_kept_stay_what_they_are() {
    let _turn = one_at_a_time();
    let input: Arc<[u8]> = records(4_000).into();
    for threads in [1, 2, 8] {
        let source = Pieces::new(Arc::clone(&input), || usize::MAX);
        let reader = Reader::builder().chunk_size(700).threads(threads).from_reader(source);
        // Every seventh record is kept; the batches of the others are reused.
        let kept: Vec<_> = reader.enumerate().filter(|(at, _)| at % 7 == 0).collect();
        for (at, record) in kept {
            let record = record.unwrap();
            let id = format!("id{at:07}");
            assert_eq!(record.view().control_number(), Some(id.as_bytes()));
            assert_eq!(record.as_bytes(), &input[at * record_length()..][..record_length()]);
            assert_eq!(record.number(), at as u64 + 1);
        }
    }
}

#[test]
fn a_record_may_outlive_its_reader_and_change_threads() {
    let _turn = one_at_a_time();
    let mut reader = Reader::builder().chunk_size(700).threads(2).from_bytes(records(100));
    let record = reader.nth(50).unwrap().unwrap();
    drop(reader);
    let id = thread::spawn(move || record.view().control_number().map(<[u8]>::to_vec));
    assert_eq!(id.join().unwrap().unwrap(), b"id0000050");
}

#[test]
fn ninety_nine_stalled_readers_do_not_stop_the_hundredth() {
    let _turn = one_at_a_time();
    tidemarc::set_threads(2);
    assert_eq!(tidemarc::threads(), 2);
    let read = Arc::new(AtomicU64::new(0));
    let builder = || Reader::builder().chunk_size(100);
    let mut stalled: Vec<_> = (0..99).map(|_| builder().from_reader(Endless::new(&read))).collect();
    for reader in &mut stalled {
        for _ in 0..100 {
            reader.next().unwrap().unwrap();
        }
    }
    let input = records(20_000);
    let start = Instant::now();
    let count = builder().from_reader(Pieces::new(input, || usize::MAX)).count();
    println!("20,000 records beside 99 stalled readers: {:?}", start.elapsed());
    assert_eq!(count, 20_000);
    // None of the stalled readers has lost anything.
    for reader in &mut stalled {
        for number in 101..1_000 {
            assert_eq!(reader.next().unwrap().unwrap().number(), number);
        }
    }
    drop(stalled);
    tidemarc::set_threads(0);
}

#[test]
fn a_reader_may_be_pulled_from_many_threads_in_turn() {
    let _turn = one_at_a_time();
    let source = Pieces::new(records(5_000), || usize::MAX);
    let reader = Mutex::new(Reader::builder().chunk_size(900).threads(2).from_reader(source));
    let numbers = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(record) = { reader.lock().unwrap().next() } {
                    numbers.lock().unwrap().push(record.unwrap().number());
                }
            });
        }
    });
    let mut numbers = numbers.into_inner().unwrap();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=5_000).collect::<Vec<_>>());
}

/// A source that returns its pieces, says that there are no more, and blocks until it may continue.
struct Blocking {
    pieces: Vec<Vec<u8>>,
    blocks: mpsc::Sender<()>,
    go_on: mpsc::Receiver<()>,
    _dropped: mpsc::Sender<()>,
}

impl Read for Blocking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.pieces.pop() else {
            self.blocks.send(()).ok();
            self.go_on.recv().ok();
            return Ok(0);
        };
        buffer[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

#[test]
fn dropping_a_reader_does_not_wait_for_a_read_in_progress() {
    let _turn = one_at_a_time();
    let (go_on, waits) = mpsc::channel();
    let (blocks, waits_for_read) = mpsc::channel();
    let (_dropped, dropped) = mpsc::channel();
    let source = Blocking { pieces: vec![records(20); 33], blocks, go_on: waits, _dropped };
    let mut reader = Reader::builder().chunk_size(records(20).len()).threads(2).from_reader(source);
    // The last piece comes from the I/O thread, which then blocks in its next read.
    for _ in 0..20 * 32 + 1 {
        reader.next().unwrap().unwrap();
    }
    waits_for_read.recv_timeout(PATIENCE).expect("the read to begin");
    let (is_dropped, waits_for_drop) = mpsc::channel();
    thread::spawn(move || {
        drop(reader);
        is_dropped.send(()).unwrap();
    });
    waits_for_drop.recv_timeout(PATIENCE).expect("the drop to return");
    assert_eq!(dropped.try_recv(), Err(mpsc::TryRecvError::Empty), "the read is still going on");
    go_on.send(()).unwrap();
    assert_eq!(dropped.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn a_running_reader_goes_on_when_the_workers_are_replaced() {
    let _turn = one_at_a_time();
    let builder = Reader::builder().chunk_size(800).threads(4);
    let mut old = builder.from_bytes(records(3_000));
    old.nth(500).unwrap().unwrap();
    tidemarc::set_threads(3);
    assert_eq!(builder.from_bytes(records(3_000)).count(), 3_000);
    assert_eq!(old.count(), 3_000 - 501);
    tidemarc::set_threads(0);
}
