//! The oracle: the rules of framing and of record structure once more, in the simplest form.
//!
//! It shares nothing with the crate: no type, no constant, no trick. It works on a whole input in
//! memory, tries every offset, keeps nothing from one frame to the next, and may be slow. Its
//! results are compared with those of the crate.
//!
//! With [`Rules::repairs`] it has the results with repair.
//!
//! It has two layers, as the crate has: [`frames`] is the result of a framer, from the ends of a
//! record; [`items`] is the result of a reader, after each record's fields were checked.

mod repair;

pub use repair::{Repaired, repair};

/// The options of reading. A number alone is a limit, without repair.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Limit on record length, at least 26 bytes.
    pub limit: usize,
    pub repairs: bool,
}

impl From<usize> for Rules {
    fn from(limit: usize) -> Self {
        Self { limit, repairs: false }
    }
}

/// The class of a run of bytes. The name of a fault is that of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Record,
    /// A record that was repaired.
    Repaired,
    Fault {
        name: &'static str,
        /// The directory entry at fault, from 1.
        entry: Option<u32>,
    },
    /// Continuation of a fault that the limit divided.
    Continued,
    Padding,
    /// Descriptor words of a mainframe.
    Descriptor,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Repaired => "repaired",
            Self::Fault { name, .. } => name,
            Self::Continued => "continued",
            Self::Padding => "padding",
            Self::Descriptor => "descriptor",
        }
    }
}

/// A run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub kind: Kind,
    pub offset: usize,
    pub length: usize,
}

/// A frame as a reader counts it: records and faults have a number, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub kind: Kind,
    pub offset: usize,
    pub length: usize,
    pub number: Option<u64>,
}

/// A fault found in one record: the name of its kind, and the directory entry.
pub type Found = (&'static str, Option<u32>);

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub tag: [u8; 3],
    /// Content without the terminator.
    pub data: Vec<u8>,
}

/// Returns the result of a reader for `input`.
pub fn items(input: &[u8], rules: impl Into<Rules>) -> Vec<Item> {
    let rules = rules.into();
    let mut checked = Vec::new();
    check_all(&frames(input, rules), input, 0, rules, &mut checked);
    if rules.repairs {
        checked = checked.into_iter().flat_map(|frame| repaired(input, frame, rules)).collect();
    }
    let mut count = 0;
    let number = |kind| {
        let counts = matches!(kind, Kind::Record | Kind::Repaired | Kind::Fault { .. });
        count += u64::from(counts);
        counts.then_some(count)
    };
    let numbers: Vec<_> = checked.iter().map(|frame| frame.kind).map(number).collect();
    let with_number =
        |(Frame { kind, offset, length }, number)| Item { kind, offset, length, number };
    checked.into_iter().zip(numbers).map(with_number).collect()
}

/// Returns the result of repair for a frame. A span that cannot be repaired has the same result as
/// without repair, if that contains a record.
fn repaired(input: &[u8], frame: Frame, rules: Rules) -> Vec<Frame> {
    let is_hopeless = |name| ["foreign", "over_long"].contains(&name);
    let repair_one = |frame: Frame| match frame.kind {
        Kind::Fault { name, .. } if !is_hopeless(name) => {
            let span = &input[frame.offset..][..frame.length];
            repair(span).map(|_| Frame { kind: Kind::Repaired, ..frame })
        }
        _ => None,
    };
    if !matches!(frame.kind, Kind::Fault { .. }) {
        return vec![frame];
    }
    if let Some(repaired) = repair_one(frame) {
        return vec![repaired];
    }
    let span = &input[frame.offset..][..frame.length];
    let without = Rules { repairs: false, ..rules };
    let mut parts = Vec::new();
    let found = frames_within(span, without);
    if let [Frame { kind: Kind::Fault { .. }, .. }] = found[..] {
        refused(span, frame.offset, without, &mut parts);
    } else {
        check_all(&found, span, frame.offset, without, &mut parts);
    }
    if parts.iter().all(|part| part.kind != Kind::Record) {
        return vec![frame];
    }
    parts.into_iter().map(|part| repair_one(part).unwrap_or(part)).collect()
}

/// Checks a record that was found by its ends. If its fields are unsound it is a bad span, and
/// another record may be inside.
fn check(record: &[u8], offset: usize, rules: Rules, checked: &mut Vec<Frame>) {
    if parse(record).is_ok() {
        checked.push(Frame { kind: Kind::Record, offset, length: record.len() });
        return;
    }
    refused(record, offset, rules, checked);
}

/// Frames a span again that was wrongly taken for a record by its two ends.
fn refused(span: &[u8], offset: usize, rules: Rules, checked: &mut Vec<Frame>) {
    let bad = bad_span(span, rules, "directory", Some(span.len()));
    checked.push(Frame { kind: bad.kind, offset, length: bad.length });
    let rest = &span[bad.length..];
    check_all(&frames_within(rest, rules), rest, offset + bad.length, rules, checked);
}

/// Returns the frames of bytes at `offset` of the input, with their records checked.
fn check_all(
    frames: &[Frame],
    bytes: &[u8],
    offset: usize,
    rules: Rules,
    checked: &mut Vec<Frame>,
) {
    for frame in frames {
        let at = offset + frame.offset;
        if frame.kind == Kind::Record {
            check(&bytes[frame.offset..][..frame.length], at, rules, checked);
        } else {
            checked.push(Frame { offset: at, ..*frame });
        }
    }
}

/// Returns the result of a framer for `input`.
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

/// Returns the number of bytes at the start of `input` that show that it is not MARC.
fn foreign(input: &[u8], rules: Rules) -> Option<usize> {
    let window = &input[..input.len().min(rules.limit)];
    let probe = &window[..window.len().min(65_536)];
    let begins_as_marc =
        matches!(first_run(window, rules).kind, Kind::Record | Kind::Padding | Kind::Descriptor)
            || !matches!(judge(window, rules.limit), Judgement::Bad(_))
            || long_record(window).is_some();
    let is_foreign = rules.repairs
        && !input.is_empty()
        && !begins_as_marc
        && next_leader(probe, rules).is_none()
        && looks_foreign(probe);
    is_foreign.then_some(probe.len())
}

/// Returns true if the beginning of these bytes is not MARC.
fn looks_foreign(bytes: &[u8]) -> bool {
    let has = |signature: &[u8]| bytes.starts_with(signature);
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let zero = |at: usize| bytes.get(at) == Some(&0);
    let in_ebcdic = |byte: &u8| (0xF0..=0xF9).contains(byte);
    let by_signature = has(b"\x1F\x8B\x08")
        || has(b"PK\x03\x04")
        || has(b"PK\x05\x06")
        || has(b"PK\x03\x06")
        || has(b"PK\x05\x04")
        || has(b"BZh") && (1..10).contains(&bytes.get(3).map_or(0, |byte| byte.wrapping_sub(b'0')))
        || has(b"\xFD7zXZ\0")
        || has(b"\x28\xB5\x2F\xFD")
        || has(b"%PDF-")
        || has(b"\xFF\xFE")
        || has(b"\xFE\xFF")
        || digit(0) && zero(1) && digit(2) && zero(3)
        || zero(0) && digit(1) && zero(2) && digit(3)
        || has(b"\x4C\x6F\xA7\x94\x93")
        || bytes.len() >= 5 && bytes[..5].iter().all(in_ebcdic);
    if by_signature {
        return true;
    }
    let text = if has(b"\xEF\xBB\xBF") { &bytes[3..] } else { bytes };
    let text_start = text.trim_ascii_start();
    let unwrapped: Vec<u8> =
        text_start.iter().copied().filter(|&byte| byte != b'\r' && byte != b'\n').collect();
    if is_isis(text_start, &unwrapped) {
        return true;
    }
    if bytes.contains(&0x1D) {
        return false;
    }
    let json = |open: u8| {
        text_start.strip_prefix(&[open]).is_some_and(|rest| {
            rest.trim_ascii_start()
                .first()
                .is_some_and(|byte| b"\"{[}]-tfn0123456789".contains(byte))
        })
    };
    let markup = text_start
        .strip_prefix(b"<")
        .and_then(<[u8]>::first)
        .is_some_and(|&byte| byte == b'?' || byte == b'!' || byte.is_ascii_alphabetic());
    let maker = text_start.len() >= 4 && {
        let head = text_start[..4].to_ascii_uppercase();
        head == b"=LDR" || head == b"=000"
    };
    markup || json(b'{') || json(b'[') || maker
}

fn is_isis(text: &[u8], unwrapped: &[u8]) -> bool {
    let number = |from: usize| {
        let digits: &[u8] = unwrapped.get(from..).unwrap_or_default();
        decimal(digits.get(..5)?)
    };
    let (Some(_), Some(base @ 25..99_999)) = (number(0), number(12)) else { return false };
    // The directory has only whole entries, of letters and digits.
    let directory = unwrapped.get(24..base - 1).unwrap_or_default();
    let is_plain = directory.iter().all(u8::is_ascii_alphanumeric);
    if (base - 25) % 12 != 0 || !is_plain {
        return false;
    }
    let is_wrapped = text.len() > 80
        && !text[..80].iter().any(|byte| b"\r\n".contains(byte))
        && b"\r\n".contains(&text[80]);
    match unwrapped.get(base - 1) {
        Some(b'#') => !text.contains(&0x1E),
        Some(0x1E) if text.contains(&0x1D) && !is_wrapped => false,
        Some(0x1E) => text[base - 1] != 0x1E,
        _ => false,
    }
}

/// Does the same as [`frames`] for bytes that are not the start of an input.
fn frames_within(input: &[u8], rules: Rules) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut offset = 0;
    let mut is_cut_off = false;
    while offset < input.len() {
        // Bytes beyond the limit have no influence.
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
struct Run {
    kind: Kind,
    length: usize,
    /// True if the limit ended the run, so that more of the same may follow.
    is_cut_off: bool,
}

fn run(kind: Kind, length: usize) -> Run {
    Run { kind, length, is_cut_off: false }
}

fn fault(name: &'static str, length: usize) -> Run {
    run(Kind::Fault { name, entry: None }, length)
}

fn first_run(window: &[u8], rules: Rules) -> Run {
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

/// Returns the length of blank space, if a plausible leader, a descriptor word or the end follows,
/// or only blanks up to the limit. With repair the leader need not have its directory.
fn padding(window: &[u8], rules: Rules) -> Option<usize> {
    let is_full = window.len() == rules.limit;
    let mut length = 0;
    while let Some(&byte) = window.get(length) {
        if [0x00, 0x09, 0x0A, 0x0D, 0x1A, 0x20].contains(&byte) {
            length += 1;
        } else if window[length..].starts_with(b"\xEF\xBB\xBF") {
            length += 3;
        } else {
            break;
        }
    }
    let rest = &window[length..];
    let follows = match rest {
        [] => true,
        // The limit divides a byte order mark, or a leader.
        [0xEF] | [0xEF, 0xBB] if is_full => true,
        rest => match if rules.repairs { leader_alone(rest) } else { leader_stands(rest, rules) } {
            Answer::Yes => true,
            Answer::No => false,
            Answer::TooFewBytes => is_full,
        },
    };
    if length > 0 && follows {
        return Some(length);
    }
    if length == 0 || leader_alone(rest) != Answer::No {
        return None;
    }
    if descriptors(rest).is_some() {
        return Some(length);
    }
    // The last blank is the first byte of a descriptor word.
    let is_shared = length > 1 && window[length - 1] == 0;
    (is_shared && descriptors(&window[length - 1..]).is_some()).then(|| length - 1)
}

/// Returns the length of a descriptor word, or of one for a block and one for a record, if a leader
/// follows.
fn descriptors(bytes: &[u8]) -> Option<usize> {
    let is_word = |at: usize| {
        bytes.get(at..at + 4).is_some_and(|word| {
            word[2..] == [0, 0] && usize::from(word[0]) * 256 + usize::from(word[1]) >= 30
        })
    };
    let is_leader = |at: usize| bytes.len() > at && leader_alone(&bytes[at..]) == Answer::Yes;
    if is_word(0) && is_leader(4) {
        return Some(4);
    }
    (is_word(0) && is_word(4) && is_leader(8)).then_some(8)
}

/// Decides if 24 bytes may be a leader.
fn leader_alone(bytes: &[u8]) -> Answer {
    let is_printable = |byte: &u8| (0x20..=0x7E).contains(byte);
    if !bytes.iter().take(5).all(is_printable) {
        return Answer::No;
    }
    if bytes.len() < 24 {
        return Answer::TooFewBytes;
    }
    let codes = [&bytes[5..10], &bytes[17..20]].concat();
    let has_numbers = decimal(&bytes[..5]).is_some() && decimal(&bytes[12..17]).is_some();
    match leader_bytes_are_fine(bytes) || has_numbers && codes.iter().all(is_printable) {
        true => Answer::Yes,
        false => long_leader(bytes).map_or(Answer::No, |(answer, _)| answer),
    }
}

/// Decides if there is a leader with six to nine digits for the length. Returns also the length,
/// with all its digits.
fn long_leader(bytes: &[u8]) -> Option<(Answer, usize)> {
    let digits = bytes.iter().position(|byte| !byte.is_ascii_digit())?;
    if !(6..=9).contains(&digits) || bytes[0] == b'0' {
        return None;
    }
    // The number counts as if it had five digits.
    let length: usize = std::str::from_utf8(&bytes[..digits]).unwrap().parse().unwrap();
    let answer = match &bytes[digits - 5..] {
        leader if leader.len() < 24 => Answer::TooFewBytes,
        leader if leader_bytes_are_fine(leader) => Answer::Yes,
        _ => Answer::No,
    };
    Some((answer, length + digits - 5))
}

/// Returns the length of a record with such a leader, if its terminator is the first one and where
/// it says.
fn long_record(window: &[u8]) -> Option<usize> {
    let (answer, length) = long_leader(window)?;
    let end = window.iter().position(|&byte| byte == 0x1D)?;
    (answer == Answer::Yes && end + 1 == length).then_some(length)
}

/// Returns the number of excess digits in the length that the whole of `record` states of itself.
fn excess_digits(record: &[u8]) -> usize {
    let digits = record.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_long = long_leader(record).is_some_and(|(_, length)| length == record.len());
    if is_long { digits - 5 } else { 0 }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    TooFewBytes,
}

/// P: decides if a plausible leader is at the start of `bytes`, with its directory. With repair P′:
/// its length may be any printable bytes.
fn leader_stands(bytes: &[u8], rules: Rules) -> Answer {
    let may_be_length = |byte: &u8| match rules.repairs {
        true => (0x20..=0x7E).contains(byte),
        false => byte.is_ascii_digit(),
    };
    if bytes.len() < 24 {
        return match bytes.iter().take(5).all(may_be_length) {
            true => Answer::TooFewBytes,
            false => Answer::No,
        };
    }
    let length_fits = |base| match decimal(&bytes[0..5]) {
        Some(length) => rules.repairs || length < 25 || base < length,
        None => rules.repairs && bytes[..5].iter().all(may_be_length),
    };
    let Some(base) = decimal(&bytes[12..17]) else { return Answer::No };
    if base < 37 || (base - 25) % 12 != 0 || !length_fits(base) || !leader_bytes_are_fine(bytes) {
        return Answer::No;
    }
    let directory = &bytes[24..bytes.len().min(base - 1)];
    if directory.chunks_exact(12).any(|entry| entry_of(entry).is_none()) {
        return Answer::No;
    }
    match bytes.get(base - 1) {
        Some(0x1E) => Answer::Yes,
        Some(_) => Answer::No,
        None => Answer::TooFewBytes,
    }
}

/// Returns the first offset other than 0 of a plausible leader whose directory is in `bytes`. The
/// search skips the directory of a leader at the start.
fn next_leader(bytes: &[u8], rules: Rules) -> Option<usize> {
    let first = match leader_stands(bytes, rules) {
        Answer::Yes => decimal(&bytes[12..17]).unwrap(),
        Answer::No | Answer::TooFewBytes => 1,
    };
    (first..bytes.len()).find(|&at| leader_stands(&bytes[at..], rules) == Answer::Yes)
}

fn leader_bytes_are_fine(leader: &[u8]) -> bool {
    let is_printable = |byte: &u8| (0x20..=0x7E).contains(byte);
    leader[5..10].iter().all(is_printable)
        && leader[17..20].iter().all(is_printable)
        && (&leader[10..12] == b"22" || &leader[20..22] == b"45")
}

fn decimal(digits: &[u8]) -> Option<usize> {
    let all_digits = digits.iter().all(u8::is_ascii_digit);
    all_digits.then(|| std::str::from_utf8(digits).unwrap().parse().unwrap())
}

/// Returns field length and starting position of a well-formed directory entry.
fn entry_of(entry: &[u8]) -> Option<(usize, usize)> {
    let tag_is_fine = entry[..3].iter().all(u8::is_ascii_alphanumeric);
    tag_is_fine.then_some((decimal(&entry[3..7])?, decimal(&entry[7..12])?))
}

/// Returns the length in the leader, if it is valid: a record has at least 26 bytes.
fn stated_length(window: &[u8]) -> Option<usize> {
    if window.len() < 24 {
        return None;
    }
    decimal(&window[..5]).filter(|&length| length >= 26)
}

/// Returns the length of a record with at least one field, from both its ends: leader, end of the
/// directory, last entry, last two bytes.
fn length_by_the_ends(window: &[u8]) -> Option<usize> {
    let length = stated_length(window).filter(|&length| length <= window.len())?;
    let base = decimal(&window[12..17])?;
    let base_fits = base >= 37 && (base - 25) % 12 == 0 && base < length;
    if !base_fits || !leader_bytes_are_fine(window) || window[base - 1] != 0x1E {
        return None;
    }
    let (field_length, start) = entry_of(&window[base - 13..base - 1])?;
    let ends_there = base + start + field_length == length - 1;
    (ends_there && window[..length].ends_with(b"\x1E\x1D")).then_some(length)
}

enum Judgement {
    Record(usize),
    OnlyTheLengthIsWrong(usize),
    Bad(&'static str),
}

/// Decides if a record is here, by its whole directory; if not, returns the first fault.
fn judge(window: &[u8], limit: usize) -> Judgement {
    use Judgement::{Bad, OnlyTheLengthIsWrong, Record};
    if window.len() < 24 {
        let begins_well = window.iter().take(5).all(u8::is_ascii_digit);
        return Bad(if begins_well { "truncation" } else { "record_length" });
    }
    let stated = stated_length(window);
    if !leader_bytes_are_fine(window) {
        return Bad(if stated.is_some() { "leader" } else { "record_length" });
    }
    let base = match decimal(&window[12..17]) {
        Some(base) if base >= 25 && (base - 25) % 12 == 0 => base,
        _ => return Bad("base_address"),
    };
    let directory = &window[24..window.len().min(base - 1)];
    if directory.chunks_exact(12).any(|entry| entry_of(entry).is_none()) {
        return Bad("directory");
    }
    match window.get(base - 1) {
        Some(0x1E) => {}
        Some(_) => return Bad("base_address"),
        None if window.len() == limit => return Bad("over_long"),
        None => return Bad("truncation"),
    }
    let ends = directory.chunks(12).filter_map(entry_of).map(|(length, start)| start + length);
    let length = base + ends.max().unwrap_or(0) + 1;
    // Only fields are between the base address and this place.
    let fields = directory.chunks(12).filter_map(entry_of).map(|(length, _)| length);
    let is_filled = base + fields.sum::<usize>() + 1 == length;
    let agrees = stated == Some(length);
    if length > limit {
        return Bad("over_long");
    }
    if length > window.len() {
        return Bad(if agrees { "truncation" } else { "directory" });
    }
    let record = &window[..length];
    if record.ends_with(b"\x1E\x1D") {
        if agrees {
            return Record(length);
        }
        if !directory.is_empty() && is_filled {
            return OnlyTheLengthIsWrong(length);
        }
    }
    Bad(match (agrees, stated) {
        (false, Some(_)) => "directory",
        (false, None) => "record_length",
        (true, _) if record.ends_with(b"\x1D") => "field_terminator",
        (true, _) => "record_terminator",
    })
}

/// Returns the length of a bad span, and its fault.
fn bad_span(window: &[u8], rules: Rules, name: &'static str, stated: Option<usize>) -> Run {
    let limit = rules.limit;
    // If the input continues after the span, the input did not end too soon.
    let goes_on = if name == "truncation" { "record_terminator" } else { name };
    let Some(terminator) = window.iter().position(|&byte| byte == 0x1D) else {
        return match next_leader(window, rules) {
            Some(leader) => fault(goes_on, leader),
            None if window.len() == limit => {
                // A leader that the limit divides is left for the next frame.
                let half = (1..limit)
                    .find(|&at| leader_stands(&window[at..], rules) == Answer::TooFewBytes);
                Run { is_cut_off: true, ..fault("over_long", half.unwrap_or(limit)) }
            }
            None => fault(name, window.len()),
        };
    };
    if let Some(leader) = next_leader(&window[..terminator], rules) {
        return fault(goes_on, leader);
    }
    // The span ends with the terminator. A stated length may claim more: up to a later terminator,
    // if it is there and no leader is before it. With repair, so may the number of fields.
    let through_terminator = terminator + 1;
    let is_end = |length: usize| {
        through_terminator < length
            && length <= window.len()
            && window[length - 1] == 0x1D
            && next_leader(&window[..length], rules).is_none()
    };
    let counted = counted_end(window, rules).filter(|&length| is_end(length));
    let claim = stated.filter(|&claim| claim == through_terminator || is_end(claim));
    if let (None, Some(length)) = (claim, counted) {
        return fault(goes_on, length);
    }
    let length = claim.unwrap_or(through_terminator);
    // The span is as long as it states: the check of the whole record finds the exact fault.
    match parse(&window[..length]) {
        Err((name, entry)) if stated == Some(length) && goes_on != "over_long" => {
            run(Kind::Fault { name, entry }, length)
        }
        _ => fault(goes_on, length),
    }
}

/// Returns the end of the record by the number of its fields: after as many fields as entries.
fn counted_end(window: &[u8], rules: Rules) -> Option<usize> {
    if !rules.repairs || leader_stands(window, rules) != Answer::Yes {
        return None;
    }
    let base = decimal(&window[12..17])?;
    let count = (base - 25) / 12;
    let mut ends = (base..window.len()).filter(|&at| window[at] == 0x1E);
    let last = ends.nth(count - 1)?;
    // The look-ahead is limited.
    (last + 2 <= 100_000).then_some(last + 2)
}

/// Returns the fields of one record that fills `record`, or its first fault.
pub fn parse(record: &[u8]) -> Result<Vec<Field>, Found> {
    let whole = |name| Err((name, None));
    if record.len() < 24 {
        return whole("truncation");
    }
    let Some(length) = stated_length(record) else { return whole("record_length") };
    if !leader_bytes_are_fine(record) {
        return whole("leader");
    }
    let base = match decimal(&record[12..17]) {
        Some(base) if base >= 25 && (base - 25) % 12 == 0 && base < length => base,
        _ => return whole("base_address"),
    };
    if record.get(base - 1) != Some(&0x1E) {
        return whole("base_address");
    }
    if length != record.len() {
        return whole(if length > record.len() { "truncation" } else { "record_length" });
    }
    if record[length - 1] != 0x1D {
        return whole("record_terminator");
    }
    if record[length - 2] != 0x1E {
        return whole("field_terminator");
    }
    let mut fields = Vec::new();
    let mut furthest = base;
    for (entry, ordinal) in record[24..base - 1].chunks(12).zip(1..) {
        let Some((field_length, start)) = entry_of(entry) else {
            return Err(("directory", Some(ordinal)));
        };
        let end = base + start + field_length;
        if end > length - 1 {
            return Err(("directory", Some(ordinal)));
        }
        if field_length == 0 || record[end - 1] != 0x1E {
            return Err(("field_terminator", Some(ordinal)));
        }
        let data = record[base + start..end - 1].to_vec();
        fields.push(Field { tag: [entry[0], entry[1], entry[2]], data });
        furthest = furthest.max(end);
    }
    if furthest == length - 1 { Ok(fields) } else { whole("directory") }
}
