//! Any bytes are decoded without a panic, in MARC-8 and in every other encoding: the text is the same
//! with and without an allocator, in NFC where it should be, and the same again after it was encoded
//! and decoded; and nothing that one subfield designates is left to the next.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidemarc::{
    DataField, Tag,
    encoding::{DecodeOptions, Encoding, ErrorPolicy, FieldDecoder},
};
use tidemarc_fuzz::text;

fuzz_target!(|data: &[u8]| {
    text::check(data);
    let options = DecodeOptions::new().policy(ErrorPolicy::Replace);
    let mut faults = 0;
    let mut decoder = FieldDecoder::new(Encoding::Marc8, options, |_| faults += 1);
    let field = DataField::new(Tag::new(*b"880"), data);
    let mut alone = 0;
    for subfield in field.subfields() {
        let text = decoder.subfield(field.tag, subfield).unwrap();
        let mut count = |_: &_| alone += 1;
        let same = Encoding::Marc8.decode_reporting(subfield.value, &options, &mut count);
        assert_eq!(text, same.unwrap());
    }
    assert_eq!(faults, alone);
});
