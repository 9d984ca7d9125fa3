//! The work of an evaluation, counted in subfields.

use crate::{
    Record,
    encoding::{RecordText, TextOptions},
    select::Selector,
};
use std::{cell::Cell, ops::ControlFlow, string::ToString, vec::Vec};

std::thread_local! {
    static VISITED: Cell<usize> = const { Cell::new(0) };
}

/// Counts the items that are taken from an iterator.
pub(super) fn counted<T>(items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    items.inspect(|_| VISITED.set(VISITED.get() + 1))
}

/// Returns the number of subfields that an evaluation visits.
fn visits(selector: &str, record: &Record) -> usize {
    let selector: Selector = selector.parse().unwrap();
    let text = RecordText::of(record, TextOptions::new());
    VISITED.set(0);
    selector.visit(record, text, &mut |_| ControlFlow::Continue(())).unwrap();
    VISITED.get()
}

/// A record in which one field has many subfields, and many fields have one.
fn record(count: usize) -> Record {
    let numbers: Vec<_> = (0..count).map(|number| number.to_string()).collect();
    let many = |code| numbers.iter().map(move |number| (code, &**number));
    let mut builder = Record::builder();
    builder = builder.data("500", *b"  ", many(b'a').chain([(b'c', "x")]));
    builder = builder.data("501", *b"  ", many(b'a'));
    for number in &numbers {
        builder = builder.data("502", *b"  ", [(b'a', &**number)]);
    }
    builder.build().unwrap()
}

#[test]
fn a_side_that_is_the_same_for_many_values_is_looked_up_once() {
    let count = 200;
    let record = record(count);
    for selector in [
        // The other side depends on the value.
        r"500$a{$b?/0}",
        r"500$a{$b!/9}",
        r"500$a{$b=/0}",
        r"500$a{$b!~$a}",
        r"500$a{501$b?/0}",
        r"500$a{501$b=/0}",
        r"500$a{502$b!=/0}",
        r"500$a{$c=/0}",
        r"500$a{/0=$b}",
        r"500$a{/0~501$b}",
        r"500$a{=$c}",
        r"500$a{?$b}",
        r"500$a{/0?501$b}",
        r"500$a{/9=501$a}",
        // It depends on the field.
        r"502$a{501$b?$a[0]}",
        r"502$a{501$b=$b}",
        r"502$a{^1=501$b}",
        r"502$a{$b!=501$a}",
        r"502$a{502[0-#]$b?$b}",
        // Nothing depends on the value.
        r"500$a{$b}",
        r"502$a{501$b}",
        r"502$a{501$b=502[0-#]$b}",
    ] {
        let visits = visits(selector, &record);
        assert!((count..=6 * count).contains(&visits), "{selector}: {visits}");
    }
}
