//! A record's structure is checked, and its fields are found, as in the naive parse.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidemarc::{Field, RecordRef};
use tidemarc_fuzz::oracle;

fuzz_target!(|data: &[u8]| {
    match (RecordRef::parse(data), oracle::parse(data)) {
        (Ok(view), Ok(fields)) => {
            assert_eq!(view.as_bytes(), data);
            assert_eq!(view.field_count(), fields.len());
            assert_eq!(view.fields().count(), fields.len());
            for (seen, field) in view.fields().zip(&fields) {
                assert_eq!((*seen.tag().as_bytes(), seen.as_bytes()), (field.tag, &field.data[..]));
                if let Field::Data(seen) = seen {
                    let parts = field.data.split(|&byte| byte == 0x1F).skip(1);
                    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
                    let subfields =
                        seen.subfields().map(|subfield| (subfield.code, subfield.value));
                    assert!(subfields.eq(parts.iter().map(|part| (part[0], &part[1..]))));
                }
            }
        }
        (Err(fault), Err(expected)) => assert_eq!((fault.kind().name(), fault.entry()), expected),
        (seen, expected) => panic!("{seen:?} and {expected:?}"),
    }
});
