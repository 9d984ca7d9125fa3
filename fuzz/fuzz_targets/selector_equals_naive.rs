//! A selector has the same values as in the naive evaluator.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidemarc::{
    encoding::{RecordText, TextOptions},
    select::Selector,
};
use tidemarc_fuzz::selectors::{self, Choices, NaiveSelector};

fuzz_target!(|data: &[u8]| {
    let mut choices = Choices(data);
    let naive = NaiveSelector::make(&mut choices);
    let record = selectors::record(&mut choices);
    let text = naive.to_string();
    let selector: Selector = text.parse().expect("a selector");
    let values = selector.values(&record, RecordText::of(&record, TextOptions::new()));
    assert_eq!(values.expect("valid UTF-8"), naive.values(&record), "{text}");
});
