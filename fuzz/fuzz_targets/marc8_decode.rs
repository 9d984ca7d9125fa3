//! Any bytes are decoded without a panic, in MARC-8 and in every other encoding: the text is the same
//! with and without an allocator, in NFC where it should be, and the same again after it was encoded
//! and decoded; and nothing that one subfield designates is left to the next.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidemarc::{
    DataField, Field, Tag,
    encoding::{DecodeOptions, Encoding, ErrorPolicy, RecordText, TextOptions, subfields},
};
use tidemarc_fuzz::text;

fuzz_target!(|data: &[u8]| {
    text::check(data);
    let options = DecodeOptions::new().policy(ErrorPolicy::Replace);
    let field = DataField::new(Tag::new(*b"880"), data);
    let record = tidemarc::Record::builder().build().unwrap();
    let named = TextOptions::new().encoding(Some(Encoding::Marc8)).decode(options);
    // The subfields of a field and their values alone are the same text.
    let whole = RecordText::of(&record, named).field(&record, Field::Data(field)).unwrap();
    let alone = field.subfields().map(|subfield| {
        Encoding::Marc8.decode_with(subfield.value, &options).unwrap().into_owned()
    });
    assert!(subfields(&whole).map(|(_, value)| value.to_owned()).eq(alone));
});
