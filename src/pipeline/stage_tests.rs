use super::*;
use crate::{framing::Framer, source::Bytes};
use std::{
    panic::panic_any,
    string::String,
    sync::atomic::{AtomicUsize, Ordering},
    vec::Vec,
};

const RECORD: &[u8] =
    b"00063nam a2200049   4500001000600000245000700006\x1eocm01\x1e10\x1faHi\x1e\x1d";

/// A record of the same length with another control number.
fn record(id: &str) -> Vec<u8> {
    let at = RECORD.windows(5).position(|window| window == b"ocm01").unwrap();
    let mut record = RECORD.to_vec();
    record[at..at + 5].copy_from_slice(id.as_bytes());
    record
}

/// A batch of these bytes, framed.
fn batch(bytes: Vec<u8>) -> RawBatch {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    let mut at = 0;
    while let crate::framing::Step::Frame(frame) = framer.next(&bytes[at..], true) {
        at += frame.length;
        frames.push(frame);
    }
    let used = bytes.len();
    let bytes = Bytes::Owned { buffer: bytes, used };
    RawBatch::new(bytes, frames, 1_000, 1_000)
}

fn run<S: Stage>(stage: &S, bytes: Vec<u8>) -> Work<S::Output> {
    let mut work = Work::new(batch(bytes), S::Output::default());
    run_guarded(stage, &mut work).unwrap();
    work
}

/// One word a frame.
fn kinds(raw: &RawBatch) -> Vec<&'static str> {
    let word = |frame: &Frame| match frame.kind {
        FrameKind::Record => "record",
        FrameKind::Fault(fault) => fault.kind().name(),
        FrameKind::FaultContinued => "continued",
        FrameKind::Padding | FrameKind::PaddingContinued | FrameKind::Descriptor => "padding",
    };
    raw.frames().iter().map(word).collect()
}

/// Lists the records of a batch; panics at one that holds the word, after half of its output.
struct Touchy(&'static str);

impl Stage for Touchy {
    type Output = Vec<String>;

    fn run(&self, batch: &RawBatch, output: &mut Vec<String>) {
        output.clear();
        let mut start = 0;
        for frame in batch.frames() {
            let bytes = &batch.bytes()[start..start + frame.length];
            start += frame.length;
            let text = String::from_utf8_lossy(bytes).into_owned();
            if frame.kind == FrameKind::Record {
                let offset = batch.offset();
                assert!(!text.contains(self.0), "the stage cannot stand {} at {offset}", self.0);
                output.push(text[49..54].into());
            } else {
                output.push(kinds(batch)[output.len()].into());
            }
        }
    }
}

#[test]
fn a_record_at_which_the_stage_panics_becomes_a_fault_and_the_others_come_out() {
    let bytes = [record("id001"), record("crash"), record("id003")].concat();
    let work = run(&Touchy("crash"), bytes.clone());
    assert_eq!(kinds(&work.raw), ["record", "panic", "record"]);
    assert_eq!(work.output, ["id001", "panic", "id003"]);
    assert_eq!(work.raw.bytes(), bytes, "not a byte is lost");
}

#[test]
fn two_records_at_which_the_stage_panics_become_two_faults() {
    let work = run(&Touchy("crash"), [record("crash"), record("id002"), record("crash")].concat());
    assert_eq!(kinds(&work.raw), ["panic", "record", "panic"]);
    assert_eq!(work.output, ["panic", "id002", "panic"]);
}

#[test]
fn faults_and_padding_beside_a_panic_stay_what_they_are() {
    let mut damaged = record("id001");
    damaged[..5].copy_from_slice(b"abcde");
    let work = run(&Touchy("crash"), [damaged, b"\n".to_vec(), record("crash")].concat());
    assert_eq!(kinds(&work.raw), ["record_length", "padding", "panic"]);
}

#[test]
fn a_stage_that_does_not_panic_runs_once() {
    struct Counting(AtomicUsize);
    impl Stage for Counting {
        type Output = usize;
        fn run(&self, batch: &RawBatch, output: &mut usize) {
            self.0.fetch_add(1, Ordering::Relaxed);
            *output = batch.frames().len();
        }
    }
    let stage = Counting(AtomicUsize::new(0));
    let work = run(&stage, RECORD.repeat(3));
    assert_eq!((work.output, stage.0.into_inner()), (3, 1));
}

#[test]
fn a_stage_that_panics_only_at_all_records_together_makes_all_of_them_faults() {
    struct Crowd;
    impl Stage for Crowd {
        type Output = usize;
        fn run(&self, batch: &RawBatch, output: &mut usize) {
            let records = batch.frames().iter().filter(|frame| frame.kind == FrameKind::Record);
            assert!(records.count() < 2, "too many");
            *output = batch.frames().len();
        }
    }
    let work = run(&Crowd, [RECORD, b"\n", RECORD].concat());
    assert_eq!(kinds(&work.raw), ["panic", "padding", "panic"]);
    assert_eq!(work.output, 3);
}

/// Panics whatever it is given, with its output half filled.
struct Never;

impl Stage for Never {
    type Output = Vec<u8>;

    fn run(&self, _: &RawBatch, output: &mut Vec<u8>) {
        output.push(1);
        panic!("never");
    }
}

#[test]
fn a_stage_that_panics_whatever_it_is_given_is_said_to_be_broken() {
    let mut work = Work::new(batch(RECORD.repeat(2)), Vec::new());
    run_caught(&Never, &mut work);
    assert!(work.is_broken);
    assert_eq!(kinds(&work.raw), ["panic", "panic"]);
    assert_eq!(work.raw.bytes(), RECORD.repeat(2));
}

#[test]
#[should_panic = "nothing but faults"]
fn a_broken_stage_panics_on_the_callers_own_thread() {
    run(&Never, RECORD.repeat(2));
}

#[test]
fn a_panic_whose_payload_panics_again_when_dropped_is_survived() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a second time");
        }
    }
    struct Mined;
    impl Stage for Mined {
        type Output = usize;
        fn run(&self, batch: &RawBatch, output: &mut usize) {
            if kinds(batch).contains(&"record") {
                panic_any(Bomb);
            }
            *output = batch.frames().len();
        }
    }
    let work = run(&Mined, RECORD.repeat(2));
    assert_eq!((kinds(&work.raw), work.output), (vec!["panic", "panic"], 2));
}
