//! The readers of all ranges of an input deliver together what one reader of the whole delivers, in
//! ISO 2709, with repair and without, and in the formats of lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidemarc::{Reader, format::Format};
use tidemarc_fuzz::{Input, is_compressed, observe, oracle::Rules};

fuzz_target!(|data: &[u8]| {
    let Some((&way, data)) = data.split_first() else { return };
    let Some(Input { limit, sizes, threads, bytes }) = Input::new(data) else { return };
    if is_compressed(bytes) {
        return;
    }
    let builder = Reader::builder().max_record_length(limit).chunk_size(sizes[1]).threads(threads);
    let (builder, expected) = match way % 4 {
        way @ (0 | 1) => {
            let rules = Rules { limit, repairs: way == 1 };
            let builder = builder.format(Format::Iso2709).repair(rules.repairs);
            (builder, observe::expected(bytes, rules))
        }
        way => {
            let format = if way == 2 { Format::Marcmaker } else { Format::Line };
            let builder = builder.format(format);
            let expected = observe::read(builder.from_bytes(bytes.to_vec()));
            (builder, expected)
        }
    };
    // The ranges have two lengths in turn.
    let mut cuts = Vec::new();
    let mut at = 0;
    while at <= bytes.len() {
        at += sizes[cuts.len() % 2];
        cuts.push(at as u64);
    }
    let parts = observe::read_ranges(&cuts, |range| {
        builder.clone().range(range).from_bytes(bytes.to_vec())
    });
    assert_eq!(parts, expected);
});
