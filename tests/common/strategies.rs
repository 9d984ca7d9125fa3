//! Inputs for property tests: any bytes, mixtures of MARC, and damaged records.

use super::{build, corpus};
use proptest::{collection::vec, prelude::*, sample::Index};
use std::sync::LazyLock;

/// Makes limits on record length: mostly small, so that they matter.
pub fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![26..200usize, 26..2_000usize, Just(1 << 20)]
}

/// Makes the lengths of pieces of an input, to be used in turn and again from the first.
pub fn pieces() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![vec(1..4usize, 1..8), vec(1..100usize, 1..8), vec(1..3_000usize, 1..4)]
}

/// Returns the lengths of pieces in turn, forever.
pub fn in_turn(pieces: &[usize]) -> impl FnMut() -> usize + Send + 'static {
    let pieces = pieces.to_vec();
    let mut turn = 0;
    move || {
        turn += 1;
        pieces[(turn - 1) % pieces.len()]
    }
}

/// Makes any input.
pub fn input() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => vec(any::<u8>(), 0..300),
        4 => soup(),
        4 => damaged(),
    ]
}

/// Makes mixtures of pieces of MARC, in which leaders, near-leaders, records and terminators are
/// frequent.
pub fn soup() -> impl Strategy<Value = Vec<u8>> {
    vec(morsel(), 0..16).prop_map(|morsels| morsels.concat())
}

fn morsel() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => record(),
        2 => broken(),
        1 => sample(&[
            b"00080nam a2200049   4500", b"00063nam a2200037   4500", b"     nam a2200049   4500",
            b"00026nam a2200025   4500\x1E\x1D", b"00120nam a2200061   4500001000300000",
            b"99999nam a2200037 \x1E\x1D4500", b"00023nam a2200037   4\x1E\x1D0",
        ]),
        1 => sample(&[b"245001000000", b"001000300000", b"001000600000245000700006\x1E", b"500000000000"]),
        2 => sample(&[b"\x1E", b"\x1D", b"\x1E\x1D", b"\x1F", b"0", b"00000", b"00100"]),
        1 => sample(&[b"\n", b"\r\n", b" ", b"\0\0\0", b"\x1A", b"\xEF\xBB\xBF", b"\xEF", b"\xEF\xBB"]),
        1 => vec(any::<u8>(), 0..40),
    ]
}

fn sample(of: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    proptest::sample::select(of).prop_map(<[u8]>::to_vec)
}

/// Makes the content of a field, which may contain the head of a record, or a whole one.
fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(prop_oneof![Just(b'a'), Just(b'0'), Just(0x1F)], 0..12),
        1 => vec(prop_oneof![Just(b'a'), Just(0x1D), Just(0x1E)], 0..8),
        1 => Just(build::simple("in")),
        1 => (0..60usize).prop_map(|length| build::simple("in")[..length].to_vec()),
        1 => Just([build::simple("in"), build::cut(build::simple("in"), 4)].concat()),
    ]
}

/// Makes a sound record of up to five fields.
pub fn record() -> impl Strategy<Value = Vec<u8>> {
    vec(content(), 0..5).prop_map(|contents| {
        let tags = ["001", "245", "500", "650", "999"];
        let fields: Vec<_> = tags.into_iter().zip(contents.iter().map(Vec::as_slice)).collect();
        build::record(&fields)
    })
}

/// Makes a sound record of at least one field: such a record can be found again after a bad span.
pub fn record_with_field() -> impl Strategy<Value = Vec<u8>> {
    record().prop_filter("no field", |record| record.len() > 26)
}

/// Makes a record in which a few bytes of the leader, the directory or the end were changed.
pub fn broken() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        proptest::sample::select(&b"0123456789"[..]),
        proptest::sample::select(&b"abc \n\x1D\x1E\x1F\xFF"[..]),
    ];
    let edits = vec((any::<Index>(), byte), 1..4);
    (record(), edits, any::<bool>(), -8..120isize).prop_map(|(mut record, edits, at_head, by)| {
        for (at, byte) in edits {
            let reach = if at_head { record.len().min(80) } else { record.len() };
            let at = at.index(reach);
            record[at] = byte;
        }
        match by {
            // The stated length is right, up to 8 bytes too small, or 64 bytes too large.
            -8..0 | 100.. => build::misstated(record, by.min(64)),
            _ => record,
        }
    })
}

/// One change to a run of bytes.
#[derive(Debug, Clone)]
enum Edit {
    Set(Index, u8),
    Delete(Index, usize),
    Insert(Index, Vec<u8>),
    /// Copies bytes from one place to another.
    Splice(Index, usize, Index),
    Truncate(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), prop_oneof![any::<u8>(), proptest::sample::select(&b"0159\x1D\x1E\x1F"[..])]).prop_map(|(at, byte)| Edit::Set(at, byte)),
        3 => (at(), 1..80usize).prop_map(|(at, count)| Edit::Delete(at, count)),
        2 => (at(), vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        2 => (at(), 1..300usize, at()).prop_map(|(from, count, to)| Edit::Splice(from, count, to)),
        1 => at().prop_map(Edit::Truncate),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: Edit) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match edit {
        Edit::Set(at, byte) => bytes[at.index(length)] = byte,
        Edit::Delete(at, count) => {
            let at = at.index(length);
            bytes.drain(at..length.min(at + count));
        }
        Edit::Insert(at, new) => {
            let at = at.index(length);
            bytes.splice(at..at, new);
        }
        Edit::Splice(from, count, to) => {
            let from = from.index(length);
            let copy = bytes[from..length.min(from + count)].to_vec();
            let to = to.index(length);
            bytes.splice(to..to, copy);
        }
        Edit::Truncate(at) => bytes.truncate(at.index(length)),
    }
}

/// The shorter records of the fixtures, so that a test sees many in a short time.
static REAL: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut records = corpus::fixture_records("books.mrc");
    records.extend(corpus::fixture_records("ascii.mrc"));
    records.retain(|record| record.len() < 1_500);
    records
});

/// Makes real records with a few bytes changed, lost, inserted or copied.
pub fn damaged() -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<Index>(), 1..4), vec(edit(), 0..4)).prop_map(|(records, edits)| {
        let mut bytes = Vec::new();
        for record in records {
            let record: &Vec<u8> = record.get(&REAL);
            bytes.extend_from_slice(record);
        }
        for edit in edits {
            apply(&mut bytes, edit);
        }
        bytes
    })
}
