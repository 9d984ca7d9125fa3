//! Ranges of the formats of lines.

use crate::common::{
    corpus::fixture,
    observe::{self, read_ranges},
    strategies as any_,
};
use crate::properties::config;
use proptest::{collection::vec, prelude::*, sample::Index};
use tidemarc::{Reader, format::Format};

fn line() -> impl Strategy<Value = &'static [u8]> {
    proptest::sample::select(vec![
        &b"=LDR  00000nam a2200000   4500"[..],
        b"=001  ocm1",
        b"=245  10$aTitle",
        b"00000nam a2200000   4500",
        b"001 ocm1",
        b"245 10 $a Title",
        b"# a comment",
        b"junk",
        b" ",
        b"\x1A",
        b"\xEF\xBB\xBF",
        b"",
        b"",
        b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ])
}

fn line_end() -> impl Strategy<Value = &'static [u8]> {
    proptest::sample::select(vec![&b"\n"[..], b"\n", b"\r\n", b"\n\r", b"\r", b"\r\r\n", b"\x0B"])
}

/// Makes lines that end in any way, or all in the same way.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let mixed = vec((line(), line_end()), 0..60);
    let same = (vec(line(), 0..60), line_end())
        .prop_map(|(lines, end)| lines.into_iter().map(|line| (line, end)).collect());
    prop_oneof![mixed, same].prop_map(|lines: Vec<_>| {
        lines.into_iter().flat_map(|(line, end)| [line, end].concat()).collect()
    })
}

proptest! {
    #![proptest_config(config(1_500))]

    #[test]
    fn the_union_of_any_ranges_is_the_whole(
        text in text(), is_line in any::<bool>(), limit in prop_oneof![64..200usize, Just(1 << 20)],
        cuts in vec(any::<Index>(), 0..12), pieces in any_::pieces(), chunk_size in 1..200usize,
    ) {
        let format = if is_line { Format::Line } else { Format::Marcmaker };
        let builder = Reader::builder().format(format).max_record_length(limit);
        let whole = observe::read(builder.from_bytes(text.clone()));
        let pieces = any_::in_turn(&pieces);
        let piecewise = builder.from_reader(observe::Pieces::new(text.clone(), pieces));
        prop_assert_eq!(&observe::read(piecewise), &whole);
        let cuts: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 2) as u64).collect();
        let builder = builder.chunk_size(chunk_size);
        let parts =
            read_ranges(&cuts, |range| builder.clone().range(range).from_bytes(text.clone()));
        prop_assert_eq!(&parts, &whole, "{:?}", cuts);
    }
}

#[test]
fn every_cut_of_some_records_gives_the_same() {
    let text = fixture("books.mrk")[..4_000].to_vec();
    let builder = Reader::builder().threads(1);
    let whole = observe::read(builder.from_bytes(text.clone()));
    assert!(whole.counts.records > 2);
    for cut in 0..=text.len() as u64 {
        let parts =
            read_ranges(&[cut], |range| builder.clone().range(range).from_bytes(text.clone()));
        assert!(parts == whole, "{cut}");
    }
}
