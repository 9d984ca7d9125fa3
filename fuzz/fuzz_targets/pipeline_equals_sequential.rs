//! A reader says what the oracle says, with any chunk size and any number of threads.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidemarc_fuzz::{
    Input, is_compressed,
    observe::{self, Pieces},
};

fuzz_target!(|data: &[u8]| {
    let Some(Input { limit, sizes, threads, bytes }) = Input::new(data) else { return };
    if is_compressed(bytes) {
        return;
    }
    let expected = observe::expected(bytes, limit);
    let builder = observe::iso2709().max_record_length(limit).chunk_size(sizes[0]);
    let sequential = builder.clone().threads(1);
    assert_eq!(expected, observe::read(sequential.from_bytes(bytes.to_vec())));
    let pieces = move || sizes[1];
    assert_eq!(expected, observe::read(sequential.from_reader(Pieces::new(bytes, pieces))));
    let piped = builder.threads(1 + threads);
    assert_eq!(expected, observe::read(piped.from_reader(Pieces::new(bytes, pieces))));
    assert_eq!(expected, observe::read_batches(piped.from_bytes(bytes.to_vec())));
});
