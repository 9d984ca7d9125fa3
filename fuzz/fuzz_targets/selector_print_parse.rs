//! A selector that is printed parses to an equal one; an error points into the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use tidemarc::{
    Record,
    encoding::{RecordText, TextOptions},
    select::Selector,
};

static RECORD: LazyLock<Record> = LazyLock::new(|| {
    let builder = Record::builder().control("001", "id1");
    let builder = builder.data("245", *b"10", [(b'a', "ébc"), (b'b', "d"), (b'a', "")]);
    builder.build().expect("a sound record")
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let selector: Selector = match text.parse() {
        Ok(selector) => selector,
        Err(error) => {
            assert_eq!((error.selector(), error.to_string().lines().count()), (text, 3));
            assert_eq!(error.found(), text.chars().nth(error.position()));
            return;
        }
    };
    let printed = selector.to_string();
    let again: Selector = printed.parse().expect("the canonical form is a selector");
    assert_eq!(again, selector);
    assert_eq!(again.to_string(), printed);
    let rule = RecordText::of(&*RECORD, TextOptions::new());
    assert!(selector.values(&*RECORD, rule).is_ok());
});
