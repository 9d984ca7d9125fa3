//! A filter matches the records that the naive evaluator matches.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidemarc::{
    encoding::{RecordText, TextOptions},
    select::{Filter, ValueSet},
};
use tidemarc_fuzz::{
    filters::{self, NaiveFilter},
    selectors::Choices,
};

fuzz_target!(|data: &[u8]| {
    let mut choices = Choices(data);
    let naive = NaiveFilter::make(&mut choices);
    let record = filters::record(&mut choices);
    let text = naive.to_string();
    let filter = Filter::parse_with(&text, |_| ValueSet::of_lines(naive.file().into()));
    let filter = filter.expect("a filter");
    let rule = RecordText::of(&record, TextOptions::new());
    let matches = filter.matches(&record, rule).expect("valid UTF-8");
    assert_eq!(matches, naive.matches(&record), "{text}");
});
