//! The frames of a framer: the input parted into runs.

use super::{
    bad_span::bad_span,
    foreign::foreign,
    frame::{Frame, Kind, Rules},
    judge::{Judgement, judge, length_by_the_ends},
    leader::{Answer, leader_stands, long_record, stated_length},
    padding::{descriptors, padding},
};

/// What a framer makes of `input`.
pub fn frames(input: &[u8], rules: impl Into<Rules>) -> Vec<Frame> {
    let rules = rules.into();
    match foreign(input, rules) {
        None => frames_within(input, rules),
        Some(length) => {
            let kind = Kind::Fault { name: "foreign", entry: None };
            let mut frames = vec![Frame { kind, offset: 0, length }];
            let rest = frames_within(&input[length..], rules);
            frames
                .extend(rest.iter().map(|&frame| Frame { offset: frame.offset + length, ..frame }));
            frames
        }
    }
}

/// The same for bytes that are not the start of an input.
pub fn frames_within(input: &[u8], rules: Rules) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut offset = 0;
    let mut is_cut_off = false;
    while offset < input.len() {
        // Nothing beyond the limit has a say.
        let window = &input[offset..input.len().min(offset + rules.limit)];
        let run = match is_cut_off && leader_stands(window, rules) != Answer::Yes {
            true => Run { kind: Kind::Continued, ..bad_span(window, rules, "over_long", None) },
            false => first_run(window, rules),
        };
        frames.push(Frame { kind: run.kind, offset, length: run.length });
        is_cut_off = run.is_cut_off;
        offset += run.length;
    }
    frames
}

/// A run of bytes at the start of the window.
pub struct Run {
    pub kind: Kind,
    pub length: usize,
    /// Whether the limit ended it, and more of the same may follow.
    pub is_cut_off: bool,
}

pub fn run(kind: Kind, length: usize) -> Run {
    Run { kind, length, is_cut_off: false }
}

pub fn fault(name: &'static str, length: usize) -> Run {
    run(Kind::Fault { name, entry: None }, length)
}

pub fn first_run(window: &[u8], rules: Rules) -> Run {
    if let Some(length) = padding(window, rules) {
        return run(Kind::Padding, length);
    }
    if let Some(length) = length_by_the_ends(window) {
        return run(Kind::Record, length);
    }
    match judge(window, rules.limit) {
        Judgement::Record(length) => run(Kind::Record, length),
        Judgement::OnlyTheLengthIsWrong(length) => fault("record_length", length),
        Judgement::Bad(name) => match descriptors(window) {
            Some(length) => run(Kind::Descriptor, length),
            None => match long_record(window).filter(|_| rules.repairs) {
                Some(length) => fault("record_length", length),
                None => bad_span(window, rules, name, stated_length(window)),
            },
        },
    }
}
