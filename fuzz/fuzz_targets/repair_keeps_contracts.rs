//! With repair: the frames cover the input and do not depend on its pieces, readers of every sort
//! say what the oracle says, fields and faults included, what is sound without repair is there with
//! it, and every fault can be told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidemarc::Error;
use tidemarc_fuzz::{
    Input, is_compressed, observe,
    oracle::{self, Rules},
};

fuzz_target!(|data: &[u8]| {
    let Some(Input { limit, sizes, threads, bytes }) = Input::new(data) else { return };
    if is_compressed(bytes) {
        return;
    }
    let rules = Rules { limit, repairs: true };
    let whole = observe::frame_whole(bytes, rules);
    assert_eq!(whole.iter().map(|frame| frame.length).sum::<usize>(), bytes.len());
    let mut turn = 0;
    let pieces = observe::frame_pieces(bytes, rules, || {
        turn += 1;
        sizes[turn % 2]
    });
    assert_eq!(whole, pieces);
    assert_eq!(whole, oracle::frames(bytes, rules));
    let expected = observe::expected(bytes, rules);
    let builder = observe::iso2709().repair(true).max_record_length(limit).chunk_size(sizes[0]);
    assert_eq!(observe::read(builder.clone().threads(1).from_bytes(bytes.to_vec())), expected);
    for item in builder.clone().threads(1).from_bytes(bytes.to_vec()) {
        match item {
            Ok(record) => record.faults().iter().for_each(tell),
            Err(fault) => tell(&fault),
        }
    }
    let source = observe::Pieces::new(bytes.to_vec(), move || sizes[1]);
    assert_eq!(observe::read(builder.threads(threads).from_reader(source)), expected);
});

fn tell(fault: &Error) {
    assert!(fault.detail().starts_with(&fault.to_string()));
    assert!(fault.to_json().contains(fault.code()));
}
