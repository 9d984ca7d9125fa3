//! The frames of an input are what the oracle says, in whatever pieces the input arrives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidemarc_fuzz::{Input, observe, oracle};

fuzz_target!(|data: &[u8]| {
    let Some(Input { limit, sizes, bytes, .. }) = Input::new(data) else { return };
    let whole = observe::frame_whole(bytes, limit);
    assert_eq!(whole.iter().map(|frame| frame.length).sum::<usize>(), bytes.len());
    assert_eq!(whole, oracle::frames(bytes, limit));
    let mut pieces = sizes.into_iter().cycle();
    assert_eq!(whole, observe::frame_pieces(bytes, limit, || pieces.next().unwrap()));
    assert_eq!(whole, observe::frame_pieces(bytes, limit, || 1));
});
