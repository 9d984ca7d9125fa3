//! What is left of a reader that was dropped: no thread and no descriptor; and pipes, which keep
//! their readers waiting.
#![cfg(all(feature = "parallel", target_os = "linux"))]

mod common;

use common::streams::{self, Endless, record_length, records, wait_for};
use std::{
    fs,
    io::{PipeWriter, Write},
    os::fd::AsRawFd,
    path::PathBuf,
    process::Command,
    sync::{Arc, MutexGuard, atomic::AtomicU64, mpsc},
    thread,
    time::{Duration, Instant},
};
use tidemarc::{ErrorKind, Reader};

/// How many I/O threads of ours this process has. A worker that one of them starts has its name, too,
/// until it takes its own.
fn io_threads() -> usize {
    let is_ours = |entry: &fs::DirEntry| {
        fs::read_to_string(entry.path().join("comm")).is_ok_and(|name| name.trim() == "tidemarc-io")
    };
    fs::read_dir("/proc/self/task").unwrap().flatten().filter(is_ours).count()
}

/// A turn of one's own, which begins once the I/O threads of the test before are gone: dropping a
/// reader does not wait for its thread.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    let turn = streams::one_at_a_time();
    wait_for("the I/O threads of the test before to end", || io_threads() == 0);
    turn
}

/// How many descriptors this process has open.
fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// A file that is removed in the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("tidemarc-{}-{name}", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

/// A pipe, and a path that opens its reading end anew.
fn pipe_with_path() -> (PipeWriter, std::io::PipeReader, PathBuf) {
    let (ours, theirs) = std::io::pipe().unwrap();
    let path = PathBuf::from(format!("/dev/fd/{}", ours.as_raw_fd()));
    (theirs, ours, path)
}

#[test]
fn ten_thousand_readers_dropped_in_mid_stream_leave_nothing_running() {
    let _turn = one_at_a_time();
    let file = Temporary::new("mid-stream.mrc");
    fs::write(&file.0, records(50_000)).unwrap();
    let builder = Reader::builder().chunk_size(256).threads(2);
    // Whatever is made once, the workers among it, is made now.
    assert!(builder.from_path(&file.0).unwrap().nth(1_000).is_some());
    wait_for("the first reader to end", || io_threads() == 0);
    let before = descriptors();
    let mut at_work = 0;
    for round in 0..10_000 {
        let mut reader = builder.from_path(&file.0).unwrap();
        // A different place each time, beyond the batch at which the pipeline starts.
        reader.nth(5 + round % 40).unwrap().unwrap();
        if round % 1_000 == 0 {
            at_work += io_threads();
        }
    }
    assert!(at_work > 0, "the pipeline never started");
    let took = wait_for("the I/O threads to end", || io_threads() == 0);
    println!("the last I/O thread ended {took:?} after the last drop");
    wait_for("the descriptors to be closed", || descriptors() <= before);
}

#[test]
fn readers_dropped_while_their_io_thread_waits_for_room_leave_nothing_running() {
    let _turn = one_at_a_time();
    let read = Arc::new(AtomicU64::new(0));
    let builder = Reader::builder().chunk_size(100).threads(2);
    let mut readers: Vec<_> = (0..50).map(|_| builder.from_reader(Endless::new(&read))).collect();
    for reader in &mut readers {
        reader.nth(100).unwrap().unwrap();
    }
    wait_for("workers to have names of their own", || io_threads() == 50);
    drop(readers);
    wait_for("the I/O threads to end", || io_threads() == 0);
}

#[cfg(feature = "columns")]
#[test]
fn scans_dropped_in_mid_stream_leave_nothing_running() {
    use tidemarc::columns::{Column, Columns, Scan};
    let _turn = one_at_a_time();
    let file = Temporary::new("scan.mrc");
    fs::write(&file.0, records(150_000)).unwrap();
    let columns = Columns::new([("id", Column::select("001").unwrap())]).unwrap();
    let builder = Reader::builder().chunk_size(4_096).threads(2);
    let before = descriptors();
    let mut at_work = 0;
    for _ in 0..5 {
        let mut scan = Scan::new(builder.from_path(&file.0).unwrap(), &columns);
        assert_eq!(scan.next_batch().unwrap().unwrap().num_rows(), 65_536);
        at_work += io_threads();
    }
    assert!(at_work > 0, "the pipeline never started");
    wait_for("the I/O threads to end", || io_threads() == 0);
    wait_for("the descriptors to be closed", || descriptors() <= before);
}

#[test]
fn a_reader_that_came_to_its_end_keeps_nothing_open() {
    let _turn = one_at_a_time();
    let file = Temporary::new("to-the-end.mrc");
    fs::write(&file.0, records(1_000)).unwrap();
    let before = descriptors();
    for threads in [1, 2] {
        let builder = Reader::builder().chunk_size(1_000).threads(threads);
        let mut reader = builder.from_path(&file.0).unwrap();
        assert_eq!(reader.by_ref().count(), 1_000);
        wait_for("the file to be closed", || descriptors() <= before);
        assert!(reader.next().is_none());
    }
    wait_for("the I/O thread to end", || io_threads() == 0);
}

#[test]
fn a_short_file_starts_no_thread() {
    let _turn = one_at_a_time();
    let file = Temporary::new("short.mrc");
    fs::write(&file.0, records(100)).unwrap();
    let mut reader = Reader::builder().threads(8).from_path(&file.0).unwrap();
    while reader.next().is_some() {
        assert_eq!(io_threads(), 0);
    }
    assert_eq!(reader.stats().records, 100);
}

#[test]
fn one_thread_asked_for_is_one_thread_had() {
    let _turn = one_at_a_time();
    let reader = Reader::builder().threads(1).chunk_size(500).from_bytes(records(1_000));
    for record in reader {
        record.unwrap();
        assert_eq!(io_threads(), 0);
    }
}

#[test]
fn dropping_a_reader_ends_its_thread_though_the_pipe_is_silent() {
    let _turn = one_at_a_time();
    let (mut writer, _keep, path) = pipe_with_path();
    for round in 0..20 {
        let mut reader = Reader::builder().chunk_size(50).threads(2).from_path(&path).unwrap();
        writer.write_all(&records(40)).unwrap();
        // The pipe is empty then, and the I/O thread waits for more.
        assert_eq!(reader.by_ref().take(40).map(Result::unwrap).count(), 40);
        wait_for("workers to have names of their own", || io_threads() == 1);
        thread::sleep(Duration::from_millis(5));
        let start = Instant::now();
        drop(reader);
        let took = wait_for("the I/O thread to end", || io_threads() == 0);
        if round == 0 {
            println!("dropped in {:?}, the thread ended within {took:?}", start.elapsed() - took);
        }
        assert!(start.elapsed() < Duration::from_secs(1), "{took:?}");
    }
}

/// Runs the reading on a thread of its own, which tells each record's number as it comes.
fn numbers_of(reader: Reader) -> mpsc::Receiver<Result<u64, ErrorKind>> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for result in reader {
            let number = result.map(|record| record.number()).map_err(|error| error.kind());
            if tell.send(number).is_err() {
                return;
            }
        }
    });
    told
}

#[test]
fn a_trickling_fifo_gives_each_record_as_soon_as_its_last_byte_was_written() {
    let _turn = one_at_a_time();
    let fifo = Temporary::new("trickle.fifo");
    let made = Command::new("mkfifo").arg(&fifo.0).status().unwrap();
    assert!(made.success());
    for threads in [1, 2] {
        // Opening does not wait for a writer; records come when one is there.
        let reader = Reader::builder().chunk_size(20).threads(threads).from_path(&fifo.0).unwrap();
        let mut writer = fs::OpenOptions::new().write(true).open(&fifo.0).unwrap();
        let told = numbers_of(reader);
        let bytes = records(30);
        let mut longest = Duration::ZERO;
        for (number, record) in (1..).zip(bytes.chunks(record_length())) {
            let (head, tail) = record.split_at(number as usize % record.len());
            writer.write_all(head).unwrap();
            thread::sleep(Duration::from_millis(2));
            writer.write_all(tail).unwrap();
            let start = Instant::now();
            let next = told.recv_timeout(Duration::from_secs(10));
            assert_eq!(next.expect("no record waits for the next"), Ok(number));
            longest = longest.max(start.elapsed());
        }
        println!("with {threads} threads the slowest record came after {longest:?}");
        writer.write_all(b"\n00012").unwrap();
        drop(writer);
        let last = told.recv_timeout(Duration::from_secs(10));
        assert_eq!(last.unwrap(), Err(ErrorKind::RecordLength));
        let end = told.recv_timeout(Duration::from_secs(10));
        assert_eq!(end, Err(mpsc::RecvTimeoutError::Disconnected));
    }
}

#[test]
fn a_damaged_record_on_a_pipe_holds_the_next_one_up_no_longer_than_its_directory() {
    let _turn = one_at_a_time();
    let (mut writer, _keep, path) = pipe_with_path();
    let told = numbers_of(Reader::builder().threads(2).from_path(&path).unwrap());
    writer.write_all(b"some junk").unwrap();
    // Its directory ends the fault; its last byte makes it a record.
    let record = records(1);
    writer.write_all(&record[..60]).unwrap();
    let fault = told.recv_timeout(Duration::from_secs(10));
    assert_eq!(fault.unwrap(), Err(ErrorKind::RecordLength));
    writer.write_all(&record[60..]).unwrap();
    assert_eq!(told.recv_timeout(Duration::from_secs(10)).unwrap(), Ok(2));
    drop((writer, _keep));
    told.recv_timeout(Duration::from_secs(10)).unwrap_err();
}

#[test]
fn a_folder_and_a_missing_file_are_errors_with_the_name_in_them() {
    let folder = Reader::from_path(std::env::temp_dir()).unwrap_err();
    assert_eq!(folder.kind(), ErrorKind::Io);
    assert_eq!(folder.io_error().unwrap().kind(), std::io::ErrorKind::IsADirectory);
    let missing = Reader::from_path("no/such/file.mrc").unwrap_err();
    assert_eq!(missing.io_error().unwrap().kind(), std::io::ErrorKind::NotFound);
    assert_eq!(missing.input_name(), Some("no/such/file.mrc"));
    assert!(missing.to_string().starts_with("no/such/file.mrc: "), "{missing}");
}
