//! A filter that is printed parses to an equal one; an error points into the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use tidemarc::{
    Record,
    encoding::{RecordText, TextOptions},
    select::{Filter, FilterError, ValueSet},
};

static RECORD: LazyLock<Record> = LazyLock::new(|| {
    let builder = Record::builder().control("001", "id1");
    let builder = builder.data("245", *b"10", [(b'a', "ébc"), (b'b', "12"), (b'a', "")]);
    builder.build().expect("a sound record")
});

fn parsed(text: &str) -> Result<Filter, FilterError> {
    Filter::parse_with(text, |name| ValueSet::of_lines(name.into()))
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let filter = match parsed(text) {
        Ok(filter) => filter,
        Err(error) => {
            assert_eq!((error.filter(), error.to_string().lines().count()), (text, 3));
            assert_eq!(error.found(), text.chars().nth(error.position()));
            return;
        }
    };
    let printed = filter.to_string();
    let again = parsed(&printed).expect("the canonical form is a filter");
    assert_eq!(again, filter);
    assert_eq!(again.to_string(), printed);
    let rule = RecordText::of(&*RECORD, TextOptions::new());
    assert_eq!(filter.matches(&*RECORD, rule), again.matches(&*RECORD, rule));
});
